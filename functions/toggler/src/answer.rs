//! What a run answers, and says in its one log line. The shape is a promise (README, "toggler").

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;
use yakei_core::config::AlarmSelector;
use yakei_core::hours::{Decision, Desired, tzdata_version};

use crate::plan::Target;

/// What became of one alarm, or would.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It was as it should be.
    Unchanged(Desired),
    /// It was brought to the state it should have.
    Changed(Desired),
    /// It is not as it should be, or nobody can tell.
    Failed,
}

/// What became of every alarm that schedules name and that exists, or should be looked after.
pub type Outcomes = BTreeMap<String, Outcome>;

/// The answer of a run.
#[derive(Debug, Clone, Serialize)]
pub struct Answer {
    at: Timestamp,
    applied: bool,
    tzdata: &'static str,
    schedules: Vec<ScheduleAnswer>,
}

#[derive(Debug, Clone, Serialize)]
struct ScheduleAnswer {
    name: String,
    #[serde(flatten)]
    decision: Decision,
    alarms: AlarmsAnswer,
}

#[derive(Debug, Clone, Default, Serialize)]
struct AlarmsAnswer {
    matched: usize,
    changed: Vec<String>,
    unchanged: Vec<String>,
    missing: Vec<String>,
    failed: Vec<String>,
}

impl Answer {
    /// Puts an answer together. `complete` says whether all alarms could be read: only then is one missing.
    pub fn new(at: Timestamp, applied: bool, targets: Vec<Target>, outcomes: &Outcomes, complete: bool) -> Self {
        let schedules = targets.into_iter().map(|target| {
            let alarms = AlarmsAnswer::new(&target, outcomes, complete);
            ScheduleAnswer { name: target.name, decision: target.decision, alarms }
        });
        Self { at, applied, tzdata: tzdata_version(), schedules: schedules.collect() }
    }
}

impl AlarmsAnswer {
    fn new(target: &Target, outcomes: &Outcomes, complete: bool) -> Self {
        let mut answer = Self::default();
        for (name, outcome) in outcomes.iter().filter(|(name, _)| target.selects(name)) {
            answer.matched += 1;
            let list = match outcome {
                Outcome::Unchanged(_) => &mut answer.unchanged,
                Outcome::Changed(_) => &mut answer.changed,
                Outcome::Failed => &mut answer.failed,
            };
            list.push(name.clone());
        }
        let found = |selector: &AlarmSelector| outcomes.keys().any(|name| selector.selects(name));
        let missing = target.selectors.iter().filter(|selector| complete && !found(selector));
        answer.missing = missing.map(ToString::to_string).collect();
        answer
    }
}
