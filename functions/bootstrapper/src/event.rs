//! What an event asks for.

use serde_json::Value;
use yakei_core::names::Name;
use yakei_host::run::{Failure, Why};

const ACTIONS: &str = "plan, apply, verify, drill, destroy";

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Ask {
    Plan,
    Apply,
    Verify,
    /// Of this control; `None` for the first that is set up.
    Drill(Option<String>),
    /// Everything, or what stands in this Region that is no longer on the list.
    Destroy(Option<String>),
}

/// Reads an event; one without an action asks for a plan.
pub(crate) fn ask(event: &Value, name: &Name) -> Result<Ask, Failure> {
    match event.get("action").unwrap_or(&Value::Null) {
        Value::Null => Ok(Ask::Plan),
        Value::String(action) if action == "plan" => Ok(Ask::Plan),
        Value::String(action) if action == "apply" => Ok(Ask::Apply),
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

fn unconfirmed(name: &Name) -> Failure {
    let message = format_args!(
        "destroy removes everything that carries managed-by={name}, logs and buckets apart; to do it, say \
         {{\"action\":\"destroy\",\"confirm\":\"{name}\"}}"
    );
    Failure::new(Why::NotConfirmed, message)
}
