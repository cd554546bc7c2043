//! Makes an account match `infra/yakei.toml`: trail, filters, alarms, topics, subscriptions, schedules.
//!
//! Observe, plan (pure, in `yakei_core::plan`), print, make, observe again. What somebody else made is never
//! changed; a run that is cut off is continued by the next.

pub mod account;
mod apply;
mod aws;

use serde::Serialize;
use serde_json::{Value, json};
use yakei_core::config::Config;
use yakei_core::controls::Catalogue;
use yakei_core::plan::{Change, Desired, Problem, Summary, desired, diff};
use yakei_host::run::Failure;

use account::Account;
pub use aws::Aws;

/// What a person at a terminal is told who gives no event.
pub const USAGE: &str = "\
usage: bootstrapper plan|apply|'{\"action\":…}'

  plan    what apply would do; writes nothing
  apply   makes the account match the config; run twice, the second changes nothing

The config is $YAKEI_CONFIG, else yakei.toml beside the program. The account and the Region are those of the
AWS SDK's environment (AWS_REGION, AWS_PROFILE, …).";

const ACTIONS: &str = "plan, apply";

/// What an event asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ask {
    Plan,
    Apply,
}

fn ask(event: &Value) -> Result<Ask, Failure> {
    match event.get("action") {
        None | Some(Value::Null) => Ok(Ask::Plan),
        Some(Value::String(action)) if action == "plan" => Ok(Ask::Plan),
        Some(Value::String(action)) if action == "apply" => Ok(Ask::Apply),
        Some(other) => Err(Failure::new("UnknownAction", format_args!("there is no action {other}; there are {ACTIONS}"))),
    }
}

/// The answer of plan and apply.
#[derive(Debug, Serialize)]
struct Answer {
    changes: Vec<Change>,
    summary: Summary,
}

/// Does what the event asks for.
///
/// # Errors
/// [`Failure`] `UnknownAction`, `BadControls` (the config names a control that is not there), `AccountUnreadable`
/// (not even the account's number could be read), `ApplyIncomplete` (after everything else was made).
pub async fn handle(account: &impl Account, config: &Config, event: &Value) -> Result<Value, Failure> {
    let ask = ask(event)?;
    let controls = Catalogue::builtin().and_then(|catalogue| catalogue.select(&config.controls));
    let controls = controls.map_err(|mistakes| Failure::new("BadControls", mistakes))?;
    let facts = account.facts(config).await.map_err(|problem| Failure::new("AccountUnreadable", problem))?;
    tracing::info!(account = facts.place.account, region = facts.place.region, "looking at the account");
    let desired = desired(config, &controls, &facts);
    let changes = diff(&desired, &account.observe(&desired).await);
    match ask {
        Ask::Plan => {
            for change in &changes {
                tracing::info!("{change}");
            }
            answer(changes)
        }
        Ask::Apply => make(account, &desired, changes).await,
    }
}

async fn make(account: &impl Account, desired: &Desired, changes: Vec<Change>) -> Result<Value, Failure> {
    let mut changes = apply::apply(account, changes).await;
    if changes.iter().any(Change::is_work) {
        settle(&mut changes, diff(desired, &account.observe(desired).await));
    }
    let failed: Vec<String> = changes.iter().filter_map(failure).collect();
    let answer = answer(changes)?;
    if failed.is_empty() {
        return Ok(answer);
    }
    tracing::error!(%answer, "not everything could be made");
    let message = format!("{} of {} things failed; run apply again when they are mended:\n", failed.len(), count(&answer));
    Err(Failure::new("ApplyIncomplete", message + &failed.join("\n")))
}

fn failure(change: &Change) -> Option<String> {
    change.problem.as_ref().map(|problem| format!("{}: {problem}", change.key))
}

fn count(answer: &Value) -> usize {
    answer.get("changes").and_then(Value::as_array).map_or(0, Vec::len)
}

fn answer(changes: Vec<Change>) -> Result<Value, Failure> {
    let summary = Summary::of(&changes);
    tracing::info!(summary = %json!(summary), "done");
    serde_json::to_value(Answer { changes, summary }).map_err(|error| Failure::new("Internal", error))
}

/// Says of each change that was made whether the account shows it. AWS may take a moment to; then the detail
/// says what it still shows, and the next run tells.
fn settle(changes: &mut [Change], left: Vec<Change>) {
    for left in left.into_iter().filter(Change::is_work) {
        let made = changes.iter_mut().find(|c| c.key == left.key && c.is_work() && c.problem.is_none());
        if let Some(made) = made {
            tracing::warn!(resource = %left.key, still = left.detail, "made, but AWS does not show it yet");
            made.detail = format!("{}; made, but AWS still shows: {} {}", made.detail, left.action, left.detail);
        }
    }
}

/// What a run answers that has no config: the mistakes.
///
/// # Errors
/// Always, with [`Failure`] `BadConfig`.
pub fn without_config(mistakes: &impl std::fmt::Display) -> Result<Value, Failure> {
    Err(Failure::new("BadConfig", mistakes))
}

/// What a run answers that has no Region.
///
/// # Errors
/// Always, with [`Failure`] `NoRegion`.
pub fn without_region() -> Result<Value, Failure> {
    let problem = Problem {
        code: "NoRegion".to_owned(),
        message: "no AWS Region is set".to_owned(),
        mend: "Set AWS_REGION to the home Region of the trail".to_owned(),
    };
    Err(Failure::new("NoRegion", problem))
}

#[cfg(test)]
mod tests;
