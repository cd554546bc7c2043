//! `infra/yakei.toml`, the one file that a user edits, as typed values.

use std::collections::BTreeMap;

use crate::hours::{Calendar, Zone};
use crate::names::Name;

/// The whole file, validated.
#[derive(Debug, Clone)]
pub struct Config {
    /// Prefix of everything created; default `yakei`.
    pub name: Name,
    /// When which alarms are muted.
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
    /// Name shown in answers; unique in the file.
    pub name: String,
    /// When business hours are.
    pub calendar: Calendar,
    /// The alarms that this schedule mutes in business hours.
    pub alarms: Vec<AlarmSelector>,
}

/// Names one alarm, or all whose names begin alike.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AlarmSelector {
    /// `"yakei-ConsoleLogin"`: this alarm.
    Exact(String),
    /// `"yakei-*"`: every alarm whose name begins with the text before the `*`.
    Prefix(String),
}

/// `[notify]`.
#[derive(Debug, Clone)]
pub struct Notify {
    /// Zone of the local time shown beside UTC.
    pub timezone: Zone,
    /// Addresses that the bootstrapper subscribes to the notice topic.
    pub emails: Vec<String>,
}

/// `[trail]`: what exists already and is to be used as it is. Whatever is `None` is made.
#[derive(Debug, Clone, Default)]
pub struct Trail {
    /// An existing trail's name.
    pub name: Option<String>,
    /// An existing bucket's name.
    pub bucket: Option<String>,
    /// An existing log group's name.
    pub log_group: Option<String>,
}

/// `[controls]`: which of the catalogue's controls are set up.
#[derive(Debug, Clone, Default)]
pub struct ControlChoice {
    /// Only these keys; empty means all.
    pub only: Vec<String>,
    /// All but these keys.
    pub skip: Vec<String>,
    /// Other thresholds than the catalogue's, by key.
    pub thresholds: BTreeMap<String, f64>,
}

/// Every mistake in a config file.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{0}")]
pub struct ConfigErrors(String);

impl Config {
    /// Reads a config file's text.
    ///
    /// # Errors
    /// [`ConfigErrors`] with every mistake: the key, the line, and what was expected.
    pub fn parse(_text: &str) -> Result<Self, ConfigErrors> {
        Err(ConfigErrors("placeholder of the skeleton commit".to_owned()))
    }
}
