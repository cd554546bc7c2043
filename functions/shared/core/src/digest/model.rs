//! What happened while alarms were muted, as values.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::unknown::{Unknown, as_sentences, from_sentences};
use crate::activity::Group;
use crate::notice::Search;
use crate::text::{clean, shown};

/// The schema's name, raised when a member changes its meaning.
pub const SCHEMA: &str = "yakei.digest/1";

/// The most characters of a reason or a problem.
pub(super) const TEXT: usize = 200;

/// About how many people it is said what stops them.
const STOPS: usize = 3;

/// The longest name of an alarm.
pub(super) const NAME: usize = 255;

/// What happened while alarms were muted. Serialises as `yakei.digest/1`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Digest {
    pub(super) schema: String,
    /// The same whenever the same thing is told again.
    pub id: String,
    /// The installation's name, `yakei`.
    pub name: String,
    /// When the first of the alarms was muted.
    pub from: Timestamp,
    /// Until when this is told.
    pub to: Timestamp,
    /// How many alarms went off, listed or not.
    pub went_off: usize,
    /// How often they went off in all.
    pub times: u64,
    /// What each of them did, the newest first.
    pub alarms: Vec<Missed>,
    /// Alarms that stand in ALARM and stay silent until they leave that state and enter it again.
    pub still_in_alarm: Vec<String>,
    /// Alarms that stood in ALARM when their mute rule ended: CloudWatch sends that change itself, late. It is in no
    /// count here.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sent_by_cloudwatch: Vec<String>,
    /// How many alarms of the two lists were left out for lack of room.
    pub more: usize,
    /// About how many people it is said what stops them.
    #[serde(skip, default = "stop_room")]
    pub(super) stop_room: usize,
    /// What is not known and why.
    #[serde(serialize_with = "as_sentences", deserialize_with = "from_sentences")]
    pub problems: Vec<Unknown>,
}

/// What one alarm did while it was muted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Missed {
    /// The alarm.
    pub name: String,
    /// How often it went off and nobody was told.
    pub count: u64,
    /// The first time.
    pub first: Timestamp,
    /// The last time.
    pub last: Timestamp,
    /// What CloudWatch gave as the reason, the last time.
    pub reason: String,
    /// Since when it was muted. The enricher searches from here…
    pub from: Timestamp,
    /// …to here.
    pub to: Timestamp,
    /// Who did what in that time, those never seen before first. Empty until the enricher has searched.
    #[serde(default, skip_deserializing, skip_serializing_if = "Vec::is_empty")]
    pub activity: Vec<Group>,
    /// How many further groups of activity there are.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub more: u64,
    /// Every search that was made.
    #[serde(default, skip_deserializing, skip_serializing_if = "Vec::is_empty")]
    pub search: Vec<Search>,
    /// Whether everything was searched; absent when nobody searched.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub complete: Option<bool>,
    /// What the search could not find out and why.
    #[serde(
        default,
        skip_serializing_if = "Vec::is_empty",
        serialize_with = "as_sentences",
        deserialize_with = "from_sentences"
    )]
    pub problems: Vec<Unknown>,
}

fn stop_room() -> usize {
    STOPS
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
fn is_zero(count: &u64) -> bool {
    *count == 0
}

impl Missed {
    /// An alarm that was muted in a span of time and has done nothing yet.
    pub fn new(name: &str, from: Timestamp, to: Timestamp) -> Self {
        Self {
            name: clean(name, NAME).into_owned(),
            count: 0,
            first: to,
            last: from,
            reason: String::new(),
            from,
            to,
            activity: Vec::new(),
            more: 0,
            search: Vec::new(),
            complete: None,
            problems: Vec::new(),
        }
    }

    /// Whether what was found is what the alarm counted; else nobody is stopped for it.
    pub fn is_attributed(&self) -> bool {
        !self.problems.iter().any(|it| matches!(it, Unknown::Problem(problem) if problem.is_about_others()))
    }

    /// Puts those first of whom it is known that they were never seen before, or not from there.
    pub fn new_people_first(&mut self) {
        self.activity.sort_by_key(|it| {
            let is_new = it.history.as_ref().is_some_and(|it| it.first_from_address == Some(true));
            let from_nowhere = it.address_history.as_ref().is_some_and(|it| it.complete && it.sign_ins == 0);
            !(is_new || from_nowhere)
        });
    }

    /// Counts one change to ALARM in.
    pub fn went_off(&mut self, at: Timestamp, reason: &str) {
        if self.count == 0 || at >= self.last {
            (self.last, self.reason) = (at, shown(reason, TEXT));
        }
        self.first = if self.count == 0 { at } else { self.first.min(at) };
        self.count += 1;
    }
}

impl Digest {
    /// A digest about a span of time in which nothing has happened yet.
    pub fn new(id: String, name: &str, from: Timestamp, to: Timestamp) -> Self {
        Self {
            schema: SCHEMA.to_owned(),
            id,
            name: name.to_owned(),
            from,
            to,
            went_off: 0,
            times: 0,
            alarms: Vec::new(),
            still_in_alarm: Vec::new(),
            sent_by_cloudwatch: Vec::new(),
            more: 0,
            stop_room: stop_room(),
            problems: Vec::new(),
        }
    }

    /// Takes in what one alarm did; one that did nothing counts for nothing.
    pub fn add(&mut self, missed: Missed) {
        if missed.count > 0 {
            self.went_off += 1;
            self.times += missed.count;
            self.alarms.push(missed);
            self.alarms.sort_by(|a, b| b.last.cmp(&a.last).then_with(|| a.name.cmp(&b.name)));
        }
    }

    /// Says what is not known.
    pub fn problem(&mut self, unknown: Unknown) {
        self.problems.push(unknown);
    }

    /// Whether there is nothing to tell.
    pub fn is_empty(&self) -> bool {
        self.went_off == 0
            && self.still_in_alarm.is_empty()
            && self.sent_by_cloudwatch.is_empty()
            && self.problems.is_empty()
    }
}
