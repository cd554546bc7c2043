//! The report, `yakei.backtest/1`: what `report.json` holds and the page is made of (`infra/backtest.schema.json`).
//!
//! Every text in it that comes from a record is cleaned and bounded before it is put here; who renders it escapes it for
//! his own medium and nothing more. Weekdays begin with Monday, hours are local ones of [`Report::timezone`].

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// The value of [`Report::schema`].
pub const SCHEMA: &str = "yakei.backtest/1";

/// How many people and how many addresses a control keeps.
pub const LISTED: usize = 20;

/// A number for each hour of the week: `[weekday][hour]`, Monday first.
pub type ByHour<T> = [[T; 24]; 7];

/// What the alarms of a config would have done.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// [`SCHEMA`].
    pub schema: String,
    /// What was read.
    pub source: Source,
    /// The config that was evaluated, as it was named.
    pub config: String,
    /// The config of today, with which it is compared; `null` without a comparison.
    pub today: Option<String>,
    /// IANA name of the zone of every weekday, hour and date in here.
    pub timezone: String,
    /// `eventTime` of the first record; `null` when no record says one.
    pub from: Option<Timestamp>,
    /// `eventTime` of the last record.
    pub to: Option<Timestamp>,
    /// Files that gave at least one record; for Athena 0.
    pub files: u64,
    /// CloudTrail's Insights files, which hold no calls: they are not read.
    pub insight_files: u64,
    /// CloudTrail's digest files, which prove that nothing was changed: they are not read.
    pub digest_files: u64,
    /// Different records; what is there twice counts once. For Athena, those that match nothing count as often as files have
    /// them.
    pub records: u64,
    /// Records that were there before, by their `eventID`; for Athena, of those that match.
    pub duplicates: u64,
    /// Records of more than 256 KB: CloudTrail does not send them to CloudWatch Logs, so no alarm counts them.
    pub too_long: u64,
    /// Files that could not be read, or not to their end.
    pub skipped: Vec<Skipped>,
    /// Controls of which nothing is known, because their pattern could not be asked for: they are not among `controls`. For
    /// files none.
    pub not_asked: Vec<NotAsked>,
    /// The controls, in the catalogue's order; those that only today's config has come last.
    pub controls: Vec<Control>,
}

impl Report {
    /// So many of the files that could not be read, or not to their end: first those that gave records, which are CloudTrail's.
    pub fn skipped_first(&self, most: usize) -> Vec<&Skipped> {
        let (gave, others): (Vec<_>, Vec<_>) = self.skipped.iter().partition(|it| it.records > 0);
        gave.into_iter().chain(others).take(most).collect()
    }
}

/// A control that could not be asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotAsked {
    /// Its key.
    pub key: String,
    /// The config that has it so, as it was named.
    pub config: String,
    /// Which part of its pattern, and why.
    pub why: String,
}

/// Where the records came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Source {
    /// Files on this machine.
    Files,
    /// A query of Athena.
    Athena,
}

/// A file that could not be read, or not to its end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Skipped {
    /// Its path, below the folder that was named.
    pub file: String,
    /// Why, in a sentence's words.
    pub why: String,
    /// How many records it gave nevertheless.
    pub records: u64,
}

/// One control, and what its alarm would have done.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Control {
    /// Its key, `ConsoleLogin`.
    pub key: String,
    /// Its title.
    pub title: String,
    /// `low`, `medium`, `high` or `critical`.
    pub severity: String,
    /// Its filter pattern.
    pub pattern: String,
    /// Whether the evaluated config has it. One that only today's config has would set off nothing: `alarms`, `muted` and
    /// `kept_back` are 0 then, `events` counts what its pattern matches, and `change` tells today's alarms.
    pub chosen: bool,
    /// Length of the alarm's period in seconds.
    pub period_seconds: u32,
    /// Matching events in one period that raise the alarm.
    pub threshold: f64,
    /// The smallest threshold that would have at least halved the alarms; `null` when there was none to halve.
    pub halving_threshold: Option<u64>,
    /// Matching events, those without a time included.
    pub events: u64,
    /// Those whose record says no time: they are in no period, hour or week, and set off no alarm here.
    pub undated: u64,
    /// How often the alarm would have gone off: from OK to ALARM.
    pub alarms: u64,
    /// How many of these the schedule would have muted.
    pub muted: u64,
    /// How many of these not muted `[[notify.ignore]]` would have kept back: everything in them is agreed upon.
    pub kept_back: u64,
    /// Alarms by the weekday and hour at which they go off.
    pub by_hour: ByHour<u64>,
    /// Events by the weekday and hour of their `eventTime`.
    pub events_by_hour: ByHour<u64>,
    /// The share of the hour, 0 to 1, in which an ordinary week's schedules mute the alarm.
    pub business_hours: ByHour<f64>,
    /// Week by week, without a gap from the first to the last of the report; of more than a thousand, those that have events.
    pub weeks: Vec<Week>,
    /// Who did it, most first; at most [`LISTED`].
    pub who: Vec<Who>,
    /// How many more there are.
    pub who_more: u64,
    /// Where it came from, most first; at most [`LISTED`].
    pub from: Vec<From>,
    /// How many more there are.
    pub from_more: u64,
    /// Events of which nobody can tell whether they match: they are in no count. For files 0.
    pub left_open: u64,
    /// What today's config does; `null` without a comparison, and where today's pattern was not asked for.
    pub change: Option<Change>,
}

/// A local week.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Week {
    /// Its Monday.
    pub from: Date,
    /// Matching events by `eventTime`.
    pub events: u64,
    /// Alarms that go off in it.
    pub alarms: u64,
    /// How many of these the schedule would have muted.
    pub muted: u64,
}

/// Somebody and how many events are theirs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Who {
    /// As notices show it.
    pub who: String,
    /// Events.
    pub count: u64,
}

/// A source address and how many events came from it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct From {
    /// An address, a service's name or `AWS Internal`, as notices show it; empty when the records say none.
    pub source_ip: String,
    /// The name that `[[notify.known]]` gives it.
    pub network: Option<String>,
    /// Events.
    pub count: u64,
}

/// What today's config does with the same records.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Change {
    /// Its threshold; `null` when it does not have the control.
    pub threshold_today: Option<f64>,
    /// Its alarms.
    pub alarms_today: u64,
    /// How many of these its schedule mutes.
    pub muted_today: u64,
    /// How many of these not muted its ignore rules keep back.
    pub kept_back_today: u64,
}
