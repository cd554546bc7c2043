//! What an event asks for.

use serde_json::Value;
use yakei_core::names::Name;
use yakei_core::plan::Adopt;
use yakei_host::run::{Failure, Why};

const ACTIONS: &str = "plan, apply, verify, drill, destroy";

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Ask {
    /// What apply would do, with what it would adopt.
    Plan(Adopt),
    /// With what becomes ours that is somebody else's.
    Apply(Adopt),
    Verify,
    /// Of this control; `None` for the first that is set up.
    Drill(Option<String>),
    /// Everything, or what stands in this Region that is no longer on the list.
    Destroy(Option<String>),
}

/// Reads an event; one without an action asks for a plan.
pub(crate) fn ask(event: &Value, name: &Name) -> Result<Ask, Failure> {
    match event.get("action").unwrap_or(&Value::Null) {
        Value::Null => Ok(Ask::Plan(adopt(event)?)),
        Value::String(action) if action == "plan" => Ok(Ask::Plan(adopt(event)?)),
        Value::String(action) if action == "apply" => Ok(Ask::Apply(adopt(event)?)),
        Value::String(action) if action == "verify" => Ok(Ask::Verify),
        Value::String(action) if action == "drill" => {
            Ok(Ask::Drill(event.get("control").and_then(Value::as_str).map(ToOwned::to_owned)))
        }
        Value::String(action) if action == "destroy" => {
            let confirm = event.get("confirm").and_then(Value::as_str);
            let region = event.get("region").and_then(Value::as_str).map(ToOwned::to_owned);
            if confirm == Some(name.as_str()) { Ok(Ask::Destroy(region)) } else { Err(unconfirmed(name)) }
        }
        other => Err(Failure::new(Why::InvalidEvent, format_args!("there is no action {other}; there are {ACTIONS}"))),
    }
}

/// `"adopt": ["alarm/yakei-RootUsage"]`, each as a plan names it.
fn adopt(event: &Value) -> Result<Adopt, Failure> {
    let wrong = || {
        let expected = "\"adopt\" is a list of names as plan shows them, such as [\"alarm/yakei-RootUsage\"]";
        Failure::new(Why::InvalidEvent, expected)
    };
    match event.get("adopt") {
        None | Some(Value::Null) => Ok(Adopt::default()),
        Some(Value::Array(names)) => {
            names.iter().map(|name| name.as_str().filter(|name| name.contains('/')).ok_or_else(wrong)).collect()
        }
        Some(_) => Err(wrong()),
    }
}

fn unconfirmed(name: &Name) -> Failure {
    let message = format_args!(
        "destroy removes everything that carries managed-by={name}, logs and buckets apart; to do it, say \
         {{\"action\":\"destroy\",\"confirm\":\"{name}\"}}"
    );
    Failure::new(Why::NotConfirmed, message)
}
