//! toggler: alarms muted in business hours, armed outside them.
//!
//! In doubt, armed: a config that does not load, an alarm that cannot be read, and a clock that has passed the
//! end of a window leave or put alarms armed, and the invocation fails so that it is seen.

pub mod answer;
pub mod aws;
pub mod event;
pub mod heartbeat;
mod history;
pub mod hold;
pub mod memory;
pub mod plan;
pub mod ports;
pub mod ran;
pub mod rule_name;
mod rule_plan;
pub mod run;
pub mod settings;

use jiff::Timestamp;
use serde_json::Value;
use yakei_host::run::{Failure, Why};

use answer::Answer;
use event::Command;
use ports::{Alarms, CallError, MuteRules, People};
use ran::{Listing, Outcome, Ran};
pub use settings::Settings;

/// Decides what to do with an event and does it. `run` is the invocation's own id: of two at once one tells people.
///
/// # Errors
/// `InvalidEvent`: nothing was written. `InvalidConfig`: every alarm under the name's prefix was armed.
/// `AlarmsNotSet`: everything else was done. `HoldNotKept`: what the event said about holds could not be written.
/// `DigestNotSent`: people could not be told all that was missed; the next run tells it.
/// The log line carries the answer in all but the first case.
pub async fn handle(
    event: &Value,
    settings: &Settings,
    port: &(impl Alarms + MuteRules),
    people: &impl People,
    run: &str,
    clock: &impl Fn() -> Timestamp,
) -> Result<Value, Failure> {
    // Windows begin and end at whole minutes; a fraction of a second only clutters the answer.
    let clock = &|| Timestamp::from_second(clock().as_second()).unwrap_or(Timestamp::UNIX_EPOCH);
    let asked = clock();
    let (at, applied, ran) = match Command::parse(event, settings.config.as_ref().ok(), asked)? {
        Command::Reconcile(change) => {
            if let Some(change) = &change {
                let change = serde_json::to_string(change).map_err(|e| Failure::new(Why::Internal, e))?;
                tracing::info!(change, "somebody asked");
            }
            (asked, true, Box::pin(run::reconcile(port, people, settings, run, clock, change.as_ref())).await)
        }
        Command::Week { at } => return week(settings, at.unwrap_or(asked)),
        Command::Plan { at } => {
            let at = at.and_then(|at| Timestamp::from_second(at.as_second()).ok()).unwrap_or(asked);
            (at, false, run::plan(port, settings, at).await)
        }
    };
    if applied && yakei_host::run::in_lambda() {
        println!("{}", heartbeat::line(settings.name(), &ran, event::due(event), clock()));
    }
    conclude(at, applied, settings, &ran)
}

/// The coming two weeks of every schedule as a picture. Holds are not in it: they are in a plan.
fn week(settings: &Settings, at: Timestamp) -> Result<Value, Failure> {
    let config = settings.config.as_ref().map_err(|error| Failure::new(Why::InvalidConfig, error))?;
    let pictures = config.schedules.iter().map(|schedule| schedule.calendar.picture(&schedule.name, at));
    Ok(Value::String(pictures.collect::<Vec<_>>().join("\n")))
}

/// The answer to an event that needs no account: a picture of the week, or why the event is none.
pub fn without_account(event: &Value, settings: &Settings, now: Timestamp) -> Option<Result<Value, Failure>> {
    match Command::parse(event, settings.config.as_ref().ok(), now) {
        Ok(Command::Week { at }) => Some(week(settings, at.unwrap_or(now))),
        Ok(Command::Plan { .. } | Command::Reconcile(_)) => None,
        Err(failure) => Some(Err(failure)),
    }
}

/// Logs the answer, and fails when something failed.
fn conclude(at: Timestamp, applied: bool, settings: &Settings, ran: &Ran) -> Result<Value, Failure> {
    let problem = problem(applied, settings, ran);
    let count = |wanted: fn(&Outcome) -> bool| ran.outcomes.values().filter(|outcome| wanted(outcome)).count();
    let changed = count(|outcome| matches!(outcome, Outcome::Changed(_)));
    let failed = count(|outcome| *outcome == Outcome::Failed);
    let answer = serde_json::to_value(Answer::new(at, applied, ran)).map_err(|e| Failure::new(Why::Internal, e))?;
    for alarm in &ran.unreadable {
        tracing::warn!(alarm, "what this alarm keeps cannot be read; a hold that cannot be read arms, until a resume");
    }
    match &problem {
        None => {
            // A call without an answer whose effect was seen on reading back, or a tidying that can wait.
            for error in &ran.errors {
                tracing::warn!(%error, "a call failed, and no alarm is the worse for it");
            }
            for foreign in &ran.foreign {
                let (rule, alarms) = (&foreign.rule, foreign.alarms.join(", "));
                tracing::warn!(rule, alarms, "somebody else's mute rule mutes alarms that should be armed");
            }
            tracing::info!(applied, changed, failed, %answer, "decided");
        }
        Some(problem) => tracing::error!(applied, changed, failed, %answer, %problem, "decided, with failures"),
    }
    problem.map_or(Ok(answer), Err)
}

fn problem(applied: bool, settings: &Settings, ran: &Ran) -> Option<Failure> {
    let Ran { outcomes, complete, listed, stuck, kept, told, errors, .. } = ran;
    let failed = outcomes.iter().filter(|(_, o)| **o == Outcome::Failed).map(|(name, _)| name.clone());
    let failed: Vec<String> = failed.chain(stuck.iter().map(|rule| format!("the alarms of the rule {rule}"))).collect();
    match &settings.config {
        Err(error) => {
            let done = armed_instead(applied, (*complete, *listed), &failed, errors);
            Some(Failure::new(Why::InvalidConfig, format_args!("{error}\n{done}")))
        }
        Ok(_) if !complete || !failed.is_empty() => Some(not_set(&failed, errors)),
        Ok(_) if !kept => Some(Failure::new(
            Why::HoldNotKept,
            format_args!("the next run will not know of it, so nothing was muted by it\n{}", lines(errors)),
        )),
        Ok(_) if !told => Some(Failure::new(
            Why::DigestNotSent,
            format_args!("the alarms are as they should be; the next run tells what was missed\n{}", lines(errors)),
        )),
        Ok(_) => None,
    }
}

fn armed_instead(
    applied: bool,
    (complete, listed): (bool, Listing),
    failed: &[String],
    errors: &[CallError],
) -> String {
    if !applied {
        return "nothing was written; a run would arm every alarm that may be muted".to_owned();
    }
    if complete && failed.is_empty() && listed == Listing::CutOff {
        let what = "the actions of every alarm that may have been muted are enabled; whether a mute rule mutes one is not known";
        return format!("{what}\n{}", lines(errors));
    }
    if complete && failed.is_empty() {
        return "every alarm that may have been muted was armed".to_owned();
    }
    not_set(failed, errors).message
}

fn not_set(failed: &[String], errors: &[CallError]) -> Failure {
    let what = match failed {
        [] => "not all alarms could be read; those that were read are armed".to_owned(),
        failed => format!("not as they should be: {}", failed.join(", ")),
    };
    let message = format!("{what}\n{}", lines(errors));
    Failure::new(Why::AlarmsNotSet, message.trim_end())
}

fn lines(errors: &[CallError]) -> String {
    errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests;
