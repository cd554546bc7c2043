//! toggler: alarms muted in business hours, armed outside them.
//!
//! In doubt, armed: a config that does not load, an alarm that cannot be read, and a clock that has passed the
//! end of a window leave or put alarms armed, and the invocation fails so that it is seen.

pub mod answer;
pub mod aws;
pub mod digest;
pub mod event;
pub mod heartbeat;
pub mod hold;
pub mod mute_rule;
pub mod plan;
pub mod port;
pub mod reconcile;
mod rules;

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::Value;
use yakei_core::config::{AlarmSelector, Config, ConfigErrors};
use yakei_core::hours::Zone;
use yakei_core::names::Name;
use yakei_core::time::parse_aws;
use yakei_host::config::LoadError;
use yakei_host::run::{Failure, Why};

use answer::{Answer, Outcome};
use digest::{Armed, Digest};
use event::Command;
use hold::Holds;
use plan::Target;
use port::{Alarms, CallError, MuteRules, People};
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
        Ok(Self { config, fallback: fallback.map_err(|e| Failure::new(Why::Internal, e))? })
    }

    /// The mistakes of a file that is there.
    fn mistakes(&self) -> Option<&ConfigErrors> {
        match &self.config {
            Err(LoadError::Invalid { errors, .. }) => Some(errors),
            Ok(_) | Err(LoadError::Unreadable { .. }) => None,
        }
    }

    /// Every alarm that an earlier, good config may have muted.
    fn fail_safe_alarms(&self) -> Vec<AlarmSelector> {
        let mut alarms = vec![AlarmSelector::Prefix(self.name().alarm_prefix())];
        for alarm in self.mistakes().into_iter().flat_map(ConfigErrors::alarms) {
            if !alarms.contains(alarm) {
                alarms.push(alarm.clone());
            }
        }
        alarms
    }
}

impl Wanted for Settings {
    fn name(&self) -> &Name {
        match &self.config {
            Ok(config) => &config.name,
            Err(_) => self.mistakes().and_then(ConfigErrors::name).unwrap_or(&self.fallback),
        }
    }

    fn at(&self, holds: &Holds, now: Timestamp) -> Vec<Target> {
        match &self.config {
            Ok(config) => plan::targets(config, holds, now),
            Err(_) => plan::without_config(self.fail_safe_alarms(), now),
        }
    }

    fn doubtful(&self, now: Timestamp) -> Vec<Target> {
        match &self.config {
            Ok(config) => plan::doubtful(config, now),
            Err(_) => plan::without_config(self.fail_safe_alarms(), now),
        }
    }

    fn muted_since(&self, alarm: &str, found: &Holds, now: Timestamp) -> Option<Timestamp> {
        match &self.config {
            Ok(config) => plan::muted_since(config, alarm, found, now),
            Err(_) => plan::a_day_before(now),
        }
    }
}

/// Decides what to do with an event and does it.
///
/// # Errors
/// `InvalidEvent`: nothing was written. `InvalidConfig`: every alarm under the name's prefix was armed.
/// `AlarmsNotSet`: everything else was done. `HoldNotKept`: what the event said about holds could not be written.
/// `DigestNotSent`: people could not be told what was missed.
/// The log line carries the answer in all but the first case.
pub async fn handle(
    event: &Value,
    settings: &Settings,
    port: &(impl Alarms + MuteRules),
    people: &impl People,
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
            (asked, true, reconcile::reconcile(port, settings, clock, change.as_ref()).await)
        }
        Command::Week { at } => return week(settings, at.unwrap_or(asked)),
        Command::Plan { at } => {
            let at = at.and_then(|at| Timestamp::from_second(at.as_second()).ok()).unwrap_or(asked);
            (at, false, reconcile::plan(port, settings, at).await)
        }
    };
    if applied && yakei_host::run::in_lambda() {
        let due = event.get("time").and_then(Value::as_str).and_then(parse_aws);
        println!("{}", heartbeat::line(settings.name(), &ran, due, clock()));
    }
    let told = tell_what_was_missed(settings, port, people, &ran, clock()).await;
    conclude(at, applied, settings, &ran).and_then(|answer| told.map(|()| answer))
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

/// One message about what went off while the alarms were muted that this run armed.
async fn tell_what_was_missed(
    settings: &Settings,
    port: &impl Alarms,
    people: &impl People,
    ran: &Ran,
    now: Timestamp,
) -> Result<(), Failure> {
    let since = |name: &str| settings.muted_since(name, &ran.found, now);
    let armed = ran
        .armed
        .iter()
        .filter_map(|(name, in_alarm)| Some((name.clone(), Armed { since: since(name)?, in_alarm: *in_alarm })));
    let armed: BTreeMap<String, Armed> = armed.collect();
    let Some(from) = armed.values().map(|armed| armed.since).min().filter(|_| people.listen()) else { return Ok(()) };
    let names: Vec<&str> = armed.keys().map(String::as_str).collect();
    let history = port.went_off(from, &names).await;
    let Some(digest) = Digest::new(settings.name().as_str(), &armed, &history, now) else { return Ok(()) };
    let zone = settings.config.as_ref().map(|config| config.notify.timezone.clone()).or_else(|_| Zone::parse("UTC"));
    let zone = zone.map_err(|e| Failure::new(Why::Internal, e))?;
    let json = serde_json::to_value(&digest).map_err(|e| Failure::new(Why::Internal, e))?;
    people.tell(&digest.subject(), &digest.text(&zone), &json).await.map_err(|error| {
        tracing::error!(%error, digest = %json, "nobody could be told what was missed");
        Failure::new(Why::DigestNotSent, format_args!("alarms are armed; the digest stands in the log\n{error}"))
    })
}

/// Logs the answer, and fails when something failed.
fn conclude(at: Timestamp, applied: bool, settings: &Settings, ran: &Ran) -> Result<Value, Failure> {
    let problem = problem(applied, settings, ran);
    let count = |wanted: fn(&Outcome) -> bool| ran.outcomes.values().filter(|outcome| wanted(outcome)).count();
    let changed = count(|outcome| matches!(outcome, Outcome::Changed(_)));
    let failed = count(|outcome| *outcome == Outcome::Failed);
    let answer = serde_json::to_value(Answer::new(at, applied, ran)).map_err(|e| Failure::new(Why::Internal, e))?;
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
    let Ran { outcomes, complete, kept, errors, .. } = ran;
    let failed: Vec<&str> =
        outcomes.iter().filter(|(_, o)| **o == Outcome::Failed).map(|(name, _)| name.as_str()).collect();
    match &settings.config {
        Err(error) => {
            let done = armed_instead(applied, *complete, &failed, errors);
            Some(Failure::new(Why::InvalidConfig, format_args!("{error}\n{done}")))
        }
        Ok(_) if !complete || !failed.is_empty() => Some(not_set(&failed, errors)),
        Ok(_) if !kept => Some(Failure::new(
            Why::HoldNotKept,
            format_args!("the next run will not know of it, so nothing was muted by it\n{}", lines(errors)),
        )),
        Ok(_) => None,
    }
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
