//! `infra/yakei.toml`, the one file that a user edits, as typed values.
//!
//! A [`Config`] exists only when the whole file is right. All mistakes are found in one reading, each with its
//! key, line and column, and what was expected there.

mod controls;
mod dom;
mod error;
mod ics;
mod ignore;
mod notify;
mod read;
mod schedule;

use std::collections::BTreeMap;

use crate::controls::Control;
use crate::hours::{Calendar, Zone};
use crate::ignore::Ignore;
use crate::names::Name;

pub use dom::Beside;
pub use error::{ConfigError, ConfigErrors};

/// The whole file, validated.
#[derive(Debug, Clone)]
pub struct Config {
    /// Prefix of everything created; default `yakei`.
    pub name: Name,
    /// When which alarms are muted; at least one.
    pub schedules: Vec<Schedule>,
    /// Who is told, and in which local time.
    pub notify: Notify,
    /// What CloudTrail set-up is made or reused.
    pub trail: Trail,
    /// Which controls are wanted.
    pub controls: ControlChoice,
}

/// One `[[schedule]]`: a calendar and the alarms it mutes.
#[derive(Debug, Clone)]
pub struct Schedule {
    /// Name shown in answers; unique in the file. 1 to 64 of `A-Z a-z 0-9 . _ -`, as EventBridge Scheduler and
    /// tags allow; default `schedule-1` for the first, and so on.
    pub name: String,
    /// When business hours are.
    pub calendar: Calendar,
    /// The alarms that this schedule mutes in business hours; default the `ConsoleLogin` alarm. Never empty.
    pub alarms: Vec<AlarmSelector>,
    /// Whether people are told, when alarms are armed again, what happened while they were muted; default yes.
    pub digest: bool,
    /// How its alarms are muted; default [`Mechanism::Actions`].
    pub by: Mechanism,
}

/// How alarms are muted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mechanism {
    /// `"actions"`: by disabling and enabling their actions.
    #[default]
    Actions,
    /// `"mute-rule"`: by CloudWatch's alarm mute rules, which end by themselves and leave the actions enabled.
    MuteRule,
}

/// Names one alarm, or all whose names begin alike.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AlarmSelector {
    /// `"yakei-ConsoleLogin"`: this alarm.
    Exact(String),
    /// `"yakei-*"`: every alarm whose name begins with the text before the `*`.
    Prefix(String),
}

impl AlarmSelector {
    /// Whether it names the alarm.
    pub fn selects(&self, alarm: &str) -> bool {
        match self {
            Self::Exact(name) => name == alarm,
            Self::Prefix(prefix) => alarm.starts_with(prefix.as_str()),
        }
    }
}

/// As the config writes it.
impl std::fmt::Display for AlarmSelector {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Exact(name) => f.write_str(name),
            Self::Prefix(prefix) => write!(f, "{prefix}*"),
        }
    }
}

/// `[notify]`.
#[derive(Debug, Clone)]
pub struct Notify {
    /// Zone of the local time shown beside UTC; default the first schedule's.
    pub timezone: Zone,
    /// Addresses that the bootstrapper subscribes to the notice topic; none without `[notify]`.
    pub emails: Vec<String>,
    /// Whether HTTPS subscribers of the notice topic are the AWS chat applications (`https = "chat"`) and get
    /// their custom notification; default `https = "json"`, the notice itself.
    pub chat: bool,
    /// `[[notify.ignore]]`: activity that nobody is woken for.
    pub ignore: Vec<Ignore>,
    /// The ARN of a customer KMS key that encrypts both topics. The bootstrapper adds to its policy what lets
    /// CloudWatch use it.
    pub kms_key: Option<String>,
    /// An existing topic for people; without it one is made.
    pub topic: Option<ExistingTopic>,
    /// An existing topic that alarms publish to; without it one is made. Another than [`Notify::topic`].
    pub alarm_topic: Option<ExistingTopic>,
}

/// A topic that is named instead of made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExistingTopic {
    /// Its name.
    pub name: String,
    /// Its ARN, where the config gives one: it must be of the account and Region that the bootstrapper works in.
    pub arn: Option<String>,
}

/// `[trail]`: what exists already and is to be used as it is. Whatever is `None` is made.
#[derive(Debug, Clone)]
pub struct Trail {
    /// An existing trail's name.
    pub name: Option<String>,
    /// An existing bucket's name.
    pub bucket: Option<String>,
    /// An existing log group's name.
    pub log_group: Option<String>,
    /// Days that a log group made by the bootstrapper keeps its events: one of the numbers CloudWatch Logs
    /// allows; default 400.
    pub retention_days: u16,
    /// Regions of a per-Region set-up, each with its own trail, filters and alarms; empty means one trail for all
    /// Regions, watched in its home Region.
    pub regions: Vec<String>,
    /// The id of the organization whose accounts the trail covers; made in the management account.
    pub organization: Option<String>,
}

impl Default for Trail {
    fn default() -> Self {
        Self { name: None, bucket: None, log_group: None, retention_days: 400, regions: Vec::new(), organization: None }
    }
}

/// `[controls]`: which of the catalogue's controls are set up. The keys' shape is checked here, whether the
/// catalogue has them where the catalogue is.
#[derive(Debug, Clone, Default)]
pub struct ControlChoice {
    /// Only controls of this benchmark, such as `cis-3.0`, and the plain `ConsoleLogin`; its numbers are shown.
    /// `None` means all, with the newest numbers.
    pub benchmark: Option<String>,
    /// Only these keys; empty means all.
    pub only: Vec<String>,
    /// All but these keys.
    pub skip: Vec<String>,
    /// Other thresholds than the catalogue's, by key; each is positive.
    pub thresholds: BTreeMap<String, f64>,
    /// Whether a second filter and alarm is made where one pattern cannot satisfy every checker; then one event
    /// raises two alarms.
    pub companions: bool,
    /// Controls of your own, `[[controls.own]]`.
    pub own: Vec<Control>,
}

impl Config {
    /// Reads a config file's text.
    ///
    /// # Errors
    /// [`ConfigErrors`] with every mistake: the key, the line, and what was expected. It also carries what could
    /// still be read with certainty, for the fail-safe.
    pub fn parse(text: &str) -> Result<Self, ConfigErrors> {
        Self::parse_with(text, &|_| Err("only the config's text is at hand".to_owned()))
    }

    /// The name of the topic that alarms publish to, existing or ours.
    pub fn alarm_topic(&self) -> String {
        self.notify.alarm_topic.as_ref().map_or_else(|| self.name.alarm_topic(), |topic| topic.name.clone())
    }

    /// The name of the topic for people, existing or ours.
    pub fn notice_topic(&self) -> String {
        self.notify.topic.as_ref().map_or_else(|| self.name.notice_topic(), |topic| topic.name.clone())
    }

    /// Reads a config file's text that may name other files; `beside` gives their texts, or says why it cannot.
    ///
    /// # Errors
    /// As [`Config::parse`].
    pub fn parse_with(text: &str, beside: Beside<'_>) -> Result<Self, ConfigErrors> {
        read::config(text, beside)
    }
}

#[cfg(test)]
mod tests;
