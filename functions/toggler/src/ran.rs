//! What a run found and did.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

use serde::Serialize;
use yakei_core::config::AlarmSelector;
use yakei_core::hours::Mode;

use crate::hold::Record;
use crate::plan::Target;
use crate::ports::CallError;

/// What became of one alarm, or would.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It was as it should be.
    Unchanged(Mode),
    /// It was brought to the state it should have.
    Changed(Mode),
    /// It is not as it should be, or nobody can tell.
    Failed,
}

/// What became of every alarm that schedules name and that exists, or should be looked after.
pub type Outcomes = BTreeMap<String, Outcome>;

/// Somebody else's alarm mute rule that mutes alarms which should be armed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ForeignMute {
    /// Its name.
    pub rule: String,
    /// Those of our alarms that it mutes.
    pub alarms: Vec<String>,
}

/// How far a listing came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Listing {
    /// To its end.
    Whole,
    /// Part of it, or nothing.
    CutOff,
}

/// What a run found and did.
#[derive(Debug, Clone, PartialEq)]
pub struct Ran {
    /// What was wanted in the end.
    pub targets: Vec<Target>,
    /// What became of each alarm.
    pub outcomes: Outcomes,
    /// Whether all alarms could be read.
    pub complete: bool,
    /// How far mute rules could be listed.
    pub listed: Listing,
    /// Mute rules of ours that mute what nobody can tell, and that could not be removed.
    pub stuck: Vec<String>,
    /// The holds that count, and that were kept when the event brought one.
    pub holds: Vec<Record>,
    /// Alarms of ours whose text nobody can read: of a hold, then everything is armed, or of what is muted.
    pub unreadable: Vec<String>,
    /// Whether what the event said about holds is kept for the next run.
    pub kept: bool,
    /// Whether people were told everything that they should be.
    pub told: bool,
    /// Other people's mute rules that mute what should be armed.
    pub foreign: Vec<ForeignMute>,
    /// Calls that failed for good.
    pub errors: Vec<CallError>,
}

impl Ran {
    /// A run that found nothing and did nothing.
    pub fn empty() -> Self {
        Self {
            targets: Vec::new(),
            outcomes: Outcomes::new(),
            complete: true,
            listed: Listing::Whole,
            stuck: Vec::new(),
            holds: Vec::new(),
            unreadable: Vec::new(),
            kept: true,
            told: true,
            foreign: Vec::new(),
            errors: Vec::new(),
        }
    }

    /// What schedules name and nothing answers to, each once. Unknown, hence empty, when not all could be read.
    pub fn missing(&self) -> BTreeSet<String> {
        self.targets.iter().flat_map(|target| self.missing_of(target)).collect()
    }

    /// The same for one schedule.
    pub fn missing_of(&self, target: &Target) -> Vec<String> {
        // The first name from a prefix on begins with it, or none does.
        let from = |prefix: &str| self.outcomes.range::<str, _>((Bound::Included(prefix), Bound::Unbounded)).next();
        let found = |selector: &AlarmSelector| match selector {
            AlarmSelector::Exact(name) => self.outcomes.contains_key(name),
            AlarmSelector::Prefix(prefix) => from(prefix).is_some_and(|(name, _)| selector.selects(name)),
        };
        let missing = target.names.selectors().iter().filter(|selector| self.complete && !found(selector));
        missing.map(ToString::to_string).collect()
    }
}
