//! What the toggler needs of CloudWatch and of the topics, in its own words.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use yakei_core::digest::{Digest, HandedOver};
use yakei_core::hours::Mode;
use yakei_core::names::Name;
use yakei_core::notice::Style;

use crate::rule_name::MutedSpan;

/// The most names that one `EnableAlarmActions`, `DisableAlarmActions` or `DescribeAlarms` takes.
pub const CHUNK: usize = 100;

/// An alarm of any kind, as far as the toggler looks at it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alarm {
    /// Its name, unique in account and Region.
    pub name: String,
    /// Its ARN.
    pub arn: Option<String>,
    /// Whether its actions are enabled.
    pub mode: Mode,
    /// Whether it stands in ALARM.
    pub in_alarm: bool,
    /// Its description.
    pub description: Option<String>,
    /// The namespace and the name of the metric that it watches, where it is one.
    pub metric: Option<(String, String)>,
}

impl Alarm {
    /// An alarm of which no more is known.
    pub fn named(name: &str, mode: Mode) -> Self {
        Self { name: name.to_owned(), arn: None, mode, in_alarm: false, description: None, metric: None }
    }

    /// Whether it watches the metric by which [`Alarms::keep`] marks what it makes.
    pub fn keeps(&self, owner: &Name, metric: &str) -> bool {
        self.metric.as_ref().is_some_and(|(namespace, name)| namespace == owner.metric_namespace() && name == metric)
    }
}

/// A text that is kept in the description of an alarm of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// The alarm's name.
    pub alarm: String,
    /// The metric that marks what it keeps; nobody writes it.
    pub metric: &'static str,
    /// The text, at most 1,024 bytes.
    pub text: String,
}

/// A call that failed for good, after its retries.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{operation}: {code}: {message}")]
pub struct CallError {
    /// AWS's name of the operation.
    pub operation: &'static str,
    /// AWS's error code, or `Timeout` and the like where no answer came.
    pub code: String,
    /// What AWS said.
    pub message: String,
    /// Whether the service said no: asking for less may get a yes, asking again will not.
    pub refused: bool,
}

impl CallError {
    /// A call that was not made because the time that is left is needed for something else.
    pub fn out_of_time(operation: &'static str) -> Self {
        let message = "not tried, for lack of time; the next run goes on".to_owned();
        Self { operation, code: "OutOfTime".to_owned(), message, refused: false }
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

/// What the alarms' history says, oldest first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct History {
    /// What happened.
    pub items: Vec<Item>,
    /// Alarms whose history could be read to an instant only, this instant not included.
    pub cut_off: BTreeMap<String, CutOff>,
}

/// Where a history ends too early.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CutOff {
    /// Everything before this instant was read.
    pub read_to: Timestamp,
    /// Why no more.
    pub error: CallError,
}

/// One entry of an alarm's history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// The alarm.
    pub alarm: String,
    /// When.
    pub at: Timestamp,
    /// What.
    pub what: What,
}

/// What an entry of an alarm's history says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// It changed to ALARM, for this reason.
    WentOff(String),
    /// It changed to another state.
    Calmed,
    /// CloudWatch carried out an action for the change at this instant, where the entry says which.
    ActionDone(Option<Timestamp>),
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
    /// When it was made or last changed, where CloudWatch says it.
    pub updated: Option<Timestamp>,
}

/// What an alarm mute rule says itself, whatever its name says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RuleSaid {
    /// The alarms that it names.
    pub alarms: Vec<String>,
    /// When it mutes; `None` when that is not one span of time that can be read, as of one that recurs.
    pub span: Option<MutedSpan>,
}

/// What a listing of mute rules gave before it ended or was cut off.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RuleList {
    /// The rules listed.
    pub rules: Vec<KnownRule>,
    /// Why there are not more.
    pub cut_off: Option<CallError>,
}

/// CloudWatch's alarm mute rules.
pub trait MuteRules {
    /// All rules that have not expired, and the expired ones that are still listed.
    fn rules(&self) -> impl Future<Output = RuleList>;

    /// What a rule says; `None` when it is gone by now.
    fn rule(&self, name: &str) -> impl Future<Output = Result<Option<RuleSaid>, CallError>>;

    /// Makes a rule.
    fn put_rule(&self, rule: &MuteRule, owner: &Name) -> impl Future<Output = Result<(), CallError>>;

    /// Removes a rule; what it muted is armed at once, and CloudWatch carries out the actions of what stands in ALARM.
    fn remove_rule(&self, name: &str) -> impl Future<Output = Result<(), CallError>>;
}

/// Where a digest goes.
pub trait People {
    /// Whether there is a topic for people; without one no digest is made.
    fn listen(&self) -> bool;

    /// Hands the digest to the enricher, which publishes it with who did what; `false` when nobody takes it.
    fn hand_over(&self, digest: &HandedOver) -> impl Future<Output = bool>;

    /// Publishes the digest as it is.
    fn tell(&self, digest: &Digest, style: &Style<'_>) -> impl Future<Output = Result<(), CallError>>;
}

/// CloudWatch's alarms. Implementations retry and keep within the API's rates.
pub trait Alarms {
    /// All alarms whose names begin with a prefix, every kind and every page.
    fn read(&self, prefix: &str) -> impl Future<Output = Read>;

    /// These alarms, as many of them as exist.
    fn read_named(&self, names: &[String]) -> impl Future<Output = Read>;

    /// Whether an alarm carries the tag by which Yakei marks what it makes.
    fn is_tagged(&self, alarm: &Alarm, owner: &Name) -> impl Future<Output = Result<bool, CallError>>;

    /// Enables or disables the actions of at most [`CHUNK`] alarms.
    fn set(&self, mode: Mode, names: &[String]) -> impl Future<Output = Result<(), CallError>>;

    /// Makes or overwrites an alarm that watches nothing and keeps a text in its description.
    fn keep(&self, kept: &Kept, owner: &Name) -> impl Future<Output = Result<(), CallError>>;

    /// Deletes at most [`CHUNK`] alarms that [`Alarms::keep`] made.
    fn remove(&self, names: &[String]) -> impl Future<Output = Result<(), CallError>>;

    /// What happened to these alarms, each since its own instant. Bounded in pages and in time, so that what was
    /// found can still be told.
    fn history(&self, since: &BTreeMap<String, Timestamp>) -> impl Future<Output = History>;

    /// Waits a moment, so that a write becomes visible to readers.
    fn settle(&self) -> impl Future<Output = ()>;

    /// What is left of the invocation's time.
    fn time_left(&self) -> Duration;
}
