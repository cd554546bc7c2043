//! toggler: alarms muted in business hours, armed outside them.
//!
//! In doubt, armed: a config that does not load, an alarm that cannot be read, and a clock that has passed the
//! end of a window leave or put alarms armed, and the invocation fails so that it is seen.

pub mod answer;
pub mod aws;
pub mod event;
pub mod plan;
pub mod port;
pub mod reconcile;

use jiff::Timestamp;
use serde_json::Value;
use yakei_core::config::{AlarmSelector, Config, ConfigErrors};
use yakei_core::names::Name;
use yakei_host::config::LoadError;
use yakei_host::run::Failure;

use answer::{Answer, Outcome};
use event::Command;
use plan::Target;
use port::{Alarms, CallError};
use reconcile::{Ran, Wanted};

/// The config as it loaded, and the name that counts when it did not.
#[derive(Debug)]
pub struct Settings {
    /// The config, or why there is none.
    pub config: Result<Config, LoadError>,
    /// The name that the function itself carries, for a config whose name cannot be read.
    pub fallback: Name,
}

impl Settings {
    /// Takes a loaded config. `function` is the Lambda function's name: `corp-toggler` belongs to the name `corp`.
    ///
    /// # Errors
    /// Never in practice: only if the built-in default name were no name.
    pub fn new(config: Result<Config, LoadError>, function: Option<&str>) -> Result<Self, Failure> {
        let by_function = function.and_then(|function| Name::parse(function.strip_suffix("-toggler")?).ok());
        let fallback = by_function.map_or_else(|| Name::parse("yakei"), Ok);
        Ok(Self { config, fallback: fallback.map_err(|e| Failure::new("Internal", e))? })
    }

    /// Every alarm that an earlier, good config may have muted.
    fn fail_safe_alarms(&self, error: &LoadError) -> Vec<AlarmSelector> {
        let readable = match error {
            LoadError::Invalid { errors, .. } => Some(errors),
            LoadError::Unreadable { .. } => None,
        };
        let name = readable.and_then(ConfigErrors::name).unwrap_or(&self.fallback);
        let mut alarms = vec![AlarmSelector::Prefix(name.alarm_prefix())];
        for alarm in readable.into_iter().flat_map(ConfigErrors::alarms) {
            if !alarms.contains(alarm) {
                alarms.push(alarm.clone());
            }
        }
        alarms
    }
}

impl Wanted for Settings {
    fn at(&self, now: Timestamp) -> Vec<Target> {
        match &self.config {
            Ok(config) => plan::targets(config, now),
            Err(error) => plan::without_config(self.fail_safe_alarms(error), now),
        }
    }

    fn doubtful(&self, now: Timestamp) -> Vec<Target> {
        match &self.config {
            Ok(config) => plan::doubtful(config, now),
            Err(_) => self.at(now),
        }
    }
}

/// Decides what to do with an event and does it.
///
/// # Errors
/// `InvalidEvent`: nothing was written. `InvalidConfig`: every alarm under the name's prefix was armed.
/// `AlarmsNotSet`: everything else was done. The log line carries the answer in all but the first case.
pub async fn handle(
    event: &Value,
    settings: &Settings,
    port: &impl Alarms,
    clock: &impl Fn() -> Timestamp,
) -> Result<Value, Failure> {
    // Windows begin and end at whole minutes; a fraction of a second only clutters the answer.
    let clock = &|| Timestamp::from_second(clock().as_second()).unwrap_or(Timestamp::UNIX_EPOCH);
    let (at, applied, ran) = match Command::parse(event)? {
        Command::Reconcile => (clock(), true, reconcile::reconcile(port, settings, clock).await),
        Command::Plan { at } => {
            let at = at.and_then(|at| Timestamp::from_second(at.as_second()).ok()).unwrap_or_else(clock);
            (at, false, reconcile::plan(port, settings, at).await)
        }
    };
    conclude(at, applied, settings, ran)
}

/// Logs the answer, and fails when something failed.
fn conclude(at: Timestamp, applied: bool, settings: &Settings, ran: Ran) -> Result<Value, Failure> {
    let Ran { targets, outcomes, complete, errors } = ran;
    let failed: Vec<&str> =
        outcomes.iter().filter(|(_, o)| **o == Outcome::Failed).map(|(name, _)| name.as_str()).collect();
    let problem = match &settings.config {
        Err(error) => Some(Failure::new(
            "InvalidConfig",
            format_args!("{error}\n{}", armed_instead(applied, complete, &failed, &errors)),
        )),
        Ok(_) if !complete || !failed.is_empty() => Some(not_set(&failed, &errors)),
        Ok(_) => None,
    };
    let answer = Answer::new(at, applied, targets, &outcomes, complete);
    let answer = serde_json::to_value(answer).map_err(|e| Failure::new("Internal", e))?;
    let count = |wanted: fn(&Outcome) -> bool| outcomes.values().filter(|outcome| wanted(outcome)).count();
    let changed = count(|outcome| matches!(outcome, Outcome::Changed(_)));
    match &problem {
        None => {
            // A call without an answer whose effect was seen on reading back.
            for error in &errors {
                tracing::warn!(%error, "a call failed, and what it should do is done");
            }
            tracing::info!(applied, changed, failed = failed.len(), %answer, "decided");
        }
        Some(problem) => {
            tracing::error!(applied, changed, failed = failed.len(), %answer, %problem, "decided, with failures");
        }
    }
    problem.map_or(Ok(answer), Err)
}

fn armed_instead(applied: bool, complete: bool, failed: &[&str], errors: &[CallError]) -> String {
    if !applied {
        return "nothing was written; a run would arm every alarm that may be muted".to_owned();
    }
    if complete && failed.is_empty() {
        return "every alarm that may have been muted was armed".to_owned();
    }
    not_set(failed, errors).message
}

fn not_set(failed: &[&str], errors: &[CallError]) -> Failure {
    let mut lines = vec![match failed {
        [] => "not all alarms could be read; those that were read are armed".to_owned(),
        failed => format!("not as they should be: {}", failed.join(", ")),
    }];
    lines.extend(errors.iter().map(ToString::to_string));
    Failure::new("AlarmsNotSet", lines.join("\n"))
}

#[cfg(test)]
mod tests;
