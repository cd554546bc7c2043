//! An event as a command. Anything without `action` reconciles: EventBridge and Scheduler send what they like.
//! With `action` a person asks, and is told about every slip.

use jiff::Timestamp;
use serde_json::{Map, Value};
use yakei_host::run::Failure;

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Bring every alarm to the state that is wanted now.
    Reconcile,
    /// Say what reconciling would do, and write nothing.
    Plan {
        /// Another instant than now.
        at: Option<Timestamp>,
    },
}

/// The actions, as an error lists them.
const ACTIONS: &str = "\"plan\", or no action at all to reconcile";

impl Command {
    /// Reads an event.
    ///
    /// # Errors
    /// `InvalidEvent` for an unknown action, an unknown field, or a field that cannot be read.
    pub fn parse(event: &Value) -> Result<Self, Failure> {
        let Some((fields, action)) = event.as_object().and_then(|fields| Some((fields, fields.get("action")?))) else {
            return Ok(Self::Reconcile);
        };
        match action.as_str() {
            Some("plan") => {
                only(fields, &["at"])?;
                Ok(Self::Plan { at: instant(fields, "at")? })
            }
            _ => Err(invalid(format!("action is {action}; known actions are {ACTIONS}"))),
        }
    }
}

fn invalid(message: String) -> Failure {
    Failure::new("InvalidEvent", message)
}

/// Refuses fields that the action does not know: a misspelt `at` would silently answer about now.
fn only(fields: &Map<String, Value>, known: &[&str]) -> Result<(), Failure> {
    let unknown = fields.keys().find(|key| *key != "action" && !known.contains(&key.as_str()));
    match unknown {
        Some(key) => Err(invalid(format!("unknown field {key:?}; known beside action: {}", known.join(", ")))),
        None => Ok(()),
    }
}

fn instant(fields: &Map<String, Value>, key: &str) -> Result<Option<Timestamp>, Failure> {
    let Some(value) = fields.get(key) else { return Ok(None) };
    let instant = value.as_str().and_then(|text| text.parse().ok());
    instant.map(Some).ok_or_else(|| {
        invalid(format!("{key} is {value}; an RFC 3339 instant such as \"2026-03-29T00:30:00Z\" is expected"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn whatever_has_no_action_reconciles() {
        let scheduler = json!({"version": "0", "source": "aws.scheduler", "detail": "{}", "resources": []});
        for event in [json!({}), json!(null), json!([]), json!("x"), scheduler, json!({"detail": {"action": "plan"}})] {
            assert_eq!(Command::parse(&event), Ok(Command::Reconcile), "{event}");
        }
    }

    #[test]
    fn a_plan_is_about_now_or_another_instant() {
        assert_eq!(Command::parse(&json!({"action": "plan"})), Ok(Command::Plan { at: None }));
        let at = "2026-03-29T00:30:00Z".parse().ok();
        for text in ["2026-03-29T00:30:00Z", "2026-03-29T09:30:00+09:00"] {
            assert_eq!(Command::parse(&json!({"action": "plan", "at": text})), Ok(Command::Plan { at }));
        }
    }

    #[test]
    fn slips_are_named() {
        let cases = [
            (json!({"action": "paln"}), "paln"),
            (json!({"action": null}), "null"),
            (json!({"action": 1}), "known actions"),
            (json!({"action": "plan", "at": "yesterday"}), "at is \"yesterday\""),
            (json!({"action": "plan", "at": 5}), "at is 5"),
            (json!({"action": "plan", "at": "2026-03-29T00:30:00"}), "RFC 3339"),
            (json!({"action": "plan", "when": "x"}), "\"when\""),
        ];
        for (event, expected) in cases {
            let failure = Command::parse(&event).unwrap_err();
            assert_eq!(failure.name, "InvalidEvent");
            assert!(failure.message.contains(expected), "{}", failure.message);
        }
    }
}
