//! The bootstrapper as a CloudFormation custom resource.
//!
//! Whatever happens, the response URL is answered: CloudFormation waits an hour for an answer that does not come.
//! Source: CloudFormation User Guide, "Custom resource reference" (request objects, response objects).

use std::time::Duration;

use serde_json::{Value, json};
use yakei_core::names::Name;
use yakei_host::run::{Failure, Why};

/// CloudFormation takes a response of 4,096 bytes; what went wrong must leave room for the rest of it.
const REASON: usize = 1_000;

/// The physical id that a create answers which touched nothing: there is nothing to remove for it.
const NOTHING: &str = "yakei-nothing-was-made";

/// Failures before anything is made.
const UNTOUCHED: [Why; 5] =
    [Why::AccountUnreadable, Why::InvalidConfig, Why::BadControls, Why::NoRegion, Why::WrongPlace];

/// The waits before another try of what failed in a stack's first seconds.
pub const AGAIN: [Duration; 3] = [Duration::from_secs(5), Duration::from_secs(15), Duration::from_secs(30)];

/// What CloudFormation asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// The event for the bootstrapper; `None` when there is nothing to do.
    pub event: Option<Value>,
    url: String,
    creates: bool,
    /// Why there is nothing to do, where that may surprise.
    nothing: Option<String>,
    physical_id: String,
    echo: Vec<(&'static str, String)>,
}

/// Reads a custom resource's event; `None` when the event is something else.
///
/// The physical id is derived from the config's name, so that an update is never a replacement.
pub fn request(event: &Value, name: Option<&Name>) -> Option<Request> {
    let text = |key: &str| event.get(key).and_then(Value::as_str).map(ToOwned::to_owned);
    let (kind, url) = (text("RequestType")?, text("ResponseURL")?);
    let own = name.map(|name| format!("{name}-account"));
    let given = text("PhysicalResourceId");
    let physical_id = given.clone().or_else(|| own.clone()).unwrap_or_else(|| "yakei-account".to_owned());
    let other = kind == "Delete" && own.is_some() && given != own && given.as_deref() != Some(NOTHING);
    let nothing = other.then(|| {
        let (given, own) = (given.as_deref().unwrap_or_default(), own.as_deref().unwrap_or_default());
        format!(
            "nothing was removed: this resource is {given}, and the config's name makes {own}; what was made under \
             another name is removed by destroy with that name in the config"
        )
    });
    let event = match kind.as_str() {
        // CloudFormation rolls back a create that failed: without this it could never be deleted.
        "Delete" if given.as_deref() == Some(NOTHING) => None,
        // A resource of another id was never made by us: CloudFormation cleans up after a create that failed.
        "Delete" if nothing.is_some() => None,
        "Delete" => Some(json!({ "action": "destroy", "confirm": name.map(Name::as_str) })),
        _ => Some(json!({ "action": "apply" })),
    };
    let echo = ["StackId", "RequestId", "LogicalResourceId"];
    let echo = echo.into_iter().map(|key| (key, text(key).unwrap_or_default())).collect();
    Some(Request { event, url, creates: kind == "Create", nothing, physical_id, echo })
}

impl Request {
    /// Where the answer goes.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Whether a run that ended like this is worth another try: a stack's roles are seconds old when it is created, and
    /// what they may do is not known everywhere yet. Applying twice does no harm.
    pub fn worth_another_try(&self, result: &Result<Value, Failure>) -> bool {
        let early = |failure: &Failure| matches!(failure.name, Why::AccountUnreadable | Why::Incomplete);
        self.creates && result.as_ref().is_err_and(early)
    }

    /// The answer for CloudFormation.
    pub fn response(&self, result: &Result<Value, Failure>) -> String {
        let (status, reason, summary) = match result {
            Ok(answer) => (
                "SUCCESS",
                self.nothing.clone().unwrap_or_else(|| "done".to_owned()),
                answer.get("summary").cloned().unwrap_or_default(),
            ),
            Err(failure) => ("FAILED", failure.to_string(), Value::Null),
        };
        let untouched = result.as_ref().is_err_and(|failure| UNTOUCHED.contains(&failure.name));
        let mut body = json!({
            "Status": status,
            "Reason": reason.chars().take(REASON).collect::<String>(),
            "PhysicalResourceId": if self.creates && untouched { NOTHING } else { &self.physical_id },
            "Data": { "Summary": summary.to_string() },
        });
        if let Some(members) = body.as_object_mut() {
            members.extend(self.echo.iter().map(|(key, value)| ((*key).to_owned(), json!(value))));
        }
        body.to_string()
    }
}

/// Time that is kept for answering, of the time that the function has left.
const RESERVE: Duration = Duration::from_secs(10);

/// How long work for CloudFormation may take; what is not done then is told as failed.
pub fn time_for_work(left: Duration) -> Duration {
    left.saturating_sub(RESERVE).max(Duration::from_secs(1))
}

/// What is answered when the time is over.
pub fn out_of_time() -> Failure {
    Failure::new(
        Why::OutOfTime,
        "the function's time is over; what is made stays: raise its timeout and update the stack",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(kind: &str, id: Option<&str>) -> Value {
        let mut event = json!({
            "RequestType": kind, "ResponseURL": "https://example.com/put", "StackId": "s", "RequestId": "r",
            "LogicalResourceId": "Account", "ResourceType": "Custom::Yakei", "ResourceProperties": {}
        });
        if let Some(id) = id {
            event["PhysicalResourceId"] = json!(id);
        }
        event
    }

    fn ask(kind: &str, id: Option<&str>) -> Option<Value> {
        request(&event(kind, id), Some(&Name::parse("yakei").unwrap())).unwrap().event
    }

    #[test]
    fn create_and_update_apply_and_delete_destroys() {
        assert_eq!(ask("Create", None), Some(json!({"action": "apply"})));
        assert_eq!(ask("Update", Some("yakei-account")), Some(json!({"action": "apply"})));
        assert_eq!(ask("Delete", Some("yakei-account")), Some(json!({"action": "destroy", "confirm": "yakei"})));
        // The roll-back of a create that never answered, and a resource of another name.
        assert_eq!(ask("Delete", Some("2026/11/21/[$LATEST]abc")), None);
        assert_eq!(ask("Delete", Some(NOTHING)), None);
        assert_eq!(request(&event("Delete", Some(NOTHING)), None).unwrap().event, None);
        assert_eq!(request(&json!({"action": "plan"}), None), None);
    }

    #[test]
    fn the_answer_fits_and_its_id_is_stable() {
        let name = Name::parse("yakei").unwrap();
        let request = request(&event("Create", None), Some(&name)).unwrap();
        let read = |result: Result<Value, Failure>| {
            let text = request.response(&result);
            assert!(text.len() <= 4096, "{}", text.len());
            serde_json::from_str::<Value>(&text).unwrap()
        };
        let done = read(Ok(json!({"changes": [], "summary": {"create": 3}})));
        assert_eq!(
            (done["Status"].as_str(), done["PhysicalResourceId"].as_str()),
            (Some("SUCCESS"), Some("yakei-account"))
        );
        assert_eq!((done["StackId"].as_str(), done["LogicalResourceId"].as_str()), (Some("s"), Some("Account")));
        assert_eq!(done["Data"]["Summary"], r#"{"create":3}"#);
        let failed = read(Err(Failure::new(Why::InvalidConfig, "夜".repeat(5000))));
        assert_eq!((failed["Status"].as_str(), failed["PhysicalResourceId"].as_str()), (Some("FAILED"), Some(NOTHING)));
        let half_done = read(Err(Failure::new(Why::Incomplete, "one alarm")));
        assert_eq!(half_done["PhysicalResourceId"], "yakei-account");
        assert!(failed["Reason"].as_str().unwrap().starts_with("InvalidConfig"));
    }

    #[test]
    fn a_delete_of_another_name_removes_nothing_and_says_so() {
        let name = Name::parse("night").unwrap();
        let request = request(&event("Delete", Some("yakei-account")), Some(&name)).unwrap();
        assert_eq!(request.event, None);
        let answer: Value = serde_json::from_str(&request.response(&Ok(Value::Null))).unwrap();
        let reason = answer["Reason"].as_str().unwrap();
        assert!(reason.contains("yakei-account") && reason.contains("night-account"), "{reason}");
        assert_eq!((&answer["Status"], &answer["PhysicalResourceId"]), (&json!("SUCCESS"), &json!("yakei-account")));
    }

    #[test]
    fn what_is_denied_in_a_stacks_first_seconds_is_tried_again() {
        let name = Name::parse("yakei").unwrap();
        let fails = |kind: &str, why: Why| {
            let request = request(&event(kind, Some("yakei-account")), Some(&name)).unwrap();
            request.worth_another_try(&Err(Failure::new(why, "AccessDenied")))
        };
        assert!(fails("Create", Why::AccountUnreadable) && fails("Create", Why::Incomplete));
        assert!(!fails("Create", Why::InvalidConfig) && !fails("Update", Why::Incomplete));
    }

    #[test]
    fn without_a_config_a_delete_is_still_answered() {
        let request = request(&event("Delete", Some("yakei-account")), None).unwrap();
        assert!(request.response(&Err(Failure::new(Why::InvalidConfig, "x"))).contains("FAILED"));
    }
}
