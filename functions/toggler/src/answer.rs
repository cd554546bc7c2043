//! What a run answers, and says in its one log line. The shape is a promise (README, "toggler").

use jiff::Timestamp;
use serde::Serialize;
use yakei_core::hours::{Decision, tzdata_version};

use crate::hold::Record;
use crate::plan::Target;
use crate::ran::{ForeignMute, Outcome, Ran};

/// The answer of a run.
#[derive(Debug, Clone, Serialize)]
pub struct Answer {
    at: Timestamp,
    applied: bool,
    tzdata: &'static str,
    holds: Vec<Record>,
    /// After those of the config `no-schedule`, when alarms of ours were muted that none of them names.
    schedules: Vec<ScheduleAnswer>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    foreign_mutes: Vec<ForeignMute>,
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
    /// Puts an answer together. Only when all alarms could be read is one missing.
    pub fn new(at: Timestamp, applied: bool, ran: &Ran) -> Self {
        let schedule = |target: &Target| ScheduleAnswer {
            name: target.name.clone(),
            decision: target.decision.clone(),
            alarms: AlarmsAnswer::new(target, ran),
        };
        let schedules = ran.targets.iter().map(schedule).collect();
        Self {
            at,
            applied,
            tzdata: tzdata_version(),
            holds: ran.holds.clone(),
            schedules,
            foreign_mutes: ran.foreign.clone(),
        }
    }
}

impl AlarmsAnswer {
    fn new(target: &Target, ran: &Ran) -> Self {
        let mut answer = Self { missing: ran.missing_of(target), ..Self::default() };
        for (name, outcome) in ran.outcomes.iter().filter(|(name, _)| target.selects(name)) {
            answer.matched += 1;
            let list = match outcome {
                Outcome::Unchanged(_) => &mut answer.unchanged,
                Outcome::Changed(_) => &mut answer.changed,
                Outcome::Failed => &mut answer.failed,
            };
            list.push(name.clone());
        }
        answer
    }
}
