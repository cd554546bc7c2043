//! What the toggler needs of CloudWatch, in its own words.

use std::fmt;

use jiff::Timestamp;
use serde_json::Value;
use yakei_core::hours::Mode;
use yakei_core::names::Name;

/// The most names that one `EnableAlarmActions`, `DisableAlarmActions` or `DescribeAlarms` takes.
pub const CHUNK: usize = 100;

/// An alarm, metric or composite, as far as the toggler looks at it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alarm {
    /// Its name, unique in account and Region.
    pub name: String,
    /// Whether its actions are enabled.
    pub state: Mode,
    /// Whether it stands in ALARM.
    pub in_alarm: bool,
    /// Its description.
    pub description: Option<String>,
}

impl Alarm {
    /// An alarm of which no more is known.
    pub fn named(name: &str, state: Mode) -> Self {
        Self { name: name.to_owned(), state, in_alarm: false, description: None }
    }
}

/// A call that failed for good, after its retries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallError {
    /// AWS's name of the operation.
    pub operation: &'static str,
    /// AWS's error code, or `Timeout` and the like where no answer came.
    pub code: String,
    /// What AWS said.
    pub message: String,
}

impl fmt::Display for CallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}: {}", self.operation, self.code, self.message)
    }
}

/// What a reading of several pages gave before it ended or was cut off.
#[derive(Debug, Clone, Default)]
pub struct Read {
    /// The alarms read.
    pub alarms: Vec<Alarm>,
    /// Why there are not more.
    pub cut_off: Option<CallError>,
}

/// What reading the alarms' history gave before it ended or was cut off.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct History {
    /// The changes to ALARM.
    pub went_off: Vec<WentOff>,
    /// Why there are not more.
    pub cut_off: Option<CallError>,
}

/// One change of an alarm to ALARM.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WentOff {
    /// The alarm.
    pub alarm: String,
    /// When.
    pub at: Timestamp,
    /// What CloudWatch gave as the reason.
    pub reason: String,
}

/// A CloudWatch alarm mute rule that Yakei wants: these alarms, from one instant to another, once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MuteRule {
    /// Its name, which says all that matters: two rules of one name are one.
    pub name: String,
    /// When it begins; a whole minute.
    pub start: Timestamp,
    /// When it ends; a whole minute, 1 minute to 15 days later.
    pub end: Timestamp,
    /// At most [`CHUNK`] alarms.
    pub alarms: Vec<String>,
}

/// An alarm mute rule that is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownRule {
    /// Its name.
    pub name: String,
    /// Whether it mutes at this moment.
    pub active: bool,
}

/// CloudWatch's alarm mute rules.
pub trait MuteRules {
    /// All rules that have not expired, and the expired ones that are still listed.
    fn rules(&self) -> impl Future<Output = Result<Vec<KnownRule>, CallError>>;

    /// The alarms that a rule names.
    fn rule_alarms(&self, name: &str) -> impl Future<Output = Result<Vec<String>, CallError>>;

    /// Makes a rule.
    fn put_rule(&self, rule: &MuteRule, owner: &Name) -> impl Future<Output = Result<(), CallError>>;

    /// Removes a rule; what it muted is armed at once.
    fn remove_rule(&self, name: &str) -> impl Future<Output = Result<(), CallError>>;
}

/// The topic for people.
pub trait People {
    /// Whether there is such a topic; without one no digest is made.
    fn listen(&self) -> bool;

    /// Publishes a message: a subject, a text for mail, and JSON for programs.
    fn tell(&self, subject: &str, text: &str, json: &Value) -> impl Future<Output = Result<(), CallError>>;
}

/// CloudWatch's alarms. Implementations retry and keep within the API's rates.
pub trait Alarms {
    /// All metric and composite alarms whose names begin with a prefix, every page.
    fn read(&self, prefix: &str) -> impl Future<Output = Read>;

    /// These alarms, as many of them as exist.
    fn read_named(&self, names: &[String]) -> impl Future<Output = Read>;

    /// Enables or disables the actions of at most [`CHUNK`] alarms.
    fn set(&self, desired: Mode, names: &[String]) -> impl Future<Output = Result<(), CallError>>;

    /// Makes or overwrites an alarm that watches nothing and keeps a text in its description.
    fn keep(&self, name: &str, description: &str, owner: &Name) -> impl Future<Output = Result<(), CallError>>;

    /// Deletes at most [`CHUNK`] alarms that [`Alarms::keep`] made.
    fn remove(&self, names: &[String]) -> impl Future<Output = Result<(), CallError>>;

    /// The changes of these alarms to ALARM since an instant, and perhaps of others. Bounded in pages and in time,
    /// so that what was found can still be told.
    fn went_off(&self, since: Timestamp, names: &[&str]) -> impl Future<Output = History>;

    /// Waits a moment, so that a write becomes visible to readers.
    fn settle(&self) -> impl Future<Output = ()>;
}
