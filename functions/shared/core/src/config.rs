//! `infra/yakei.toml`, the one file that a user edits, as typed values.
//!
//! A [`Config`] exists only when the whole file is right. All mistakes are found in one reading, each with its
//! key, line and column, and what was expected there.

mod calendar;
mod controls;
mod data_events;
mod dom;
mod error;
mod ics;
mod ignore;
mod known;
mod notify;
mod schedule;
mod selector;
mod trail;

use std::collections::BTreeSet;

use toml::de::DeTable;

use crate::controls::ControlChoice;
use crate::names::Name;
use crate::notice::Language;
use dom::{Mistakes, Table};
use notify::NotifyPart;

pub use data_events::{DataEvents, ReadWrite};
pub use dom::Beside;
pub use error::{ConfigError, ConfigErrors, Mistake};
pub use ics::text_of;
pub use notify::{Email, ExistingTopic, Notify};
pub use schedule::{Mechanism, Schedule, mutes};
pub use selector::AlarmSelector;
pub use trail::{Regions, Trail, TrailKey};

const DEFAULT_NAME: &str = "yakei";

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
    /// What is right and does less than it may seem, such as a meeting in a calendar of holidays; with its place.
    pub remarks: Vec<ConfigError>,
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
        read(text, beside)
    }
}

/// Reads the whole file.
fn read(text: &str, beside: Beside<'_>) -> Result<Config, ConfigErrors> {
    let (root, syntax) = DeTable::parse_recoverable(text);
    let mistakes = Mistakes::new(text, beside);
    let partly = read_root(Table::new(String::new(), 0, root.get_ref(), &mistakes));
    let (mut errors, remarks) = mistakes.into_sorted();
    if !syntax.is_empty() {
        errors = with_syntax(text, &syntax, errors);
    }
    let (name, mut alarms, chat) = (partly.name.clone(), partly.alarms.clone(), partly.chat);
    if !errors.is_empty() {
        let mut misplaced = BTreeSet::new();
        schedule::misplaced(root.get_ref(), &mut misplaced);
        for known in &alarms {
            misplaced.remove(known);
        }
        alarms.extend(misplaced);
    }
    // Where the syntax is broken, a key that is not there may be one that could not be read.
    let languages = match &partly.languages {
        Some(read) => read.clone().into(),
        None if syntax.is_empty() => [Language::default()].into(),
        None => Box::default(),
    };
    partly.complete(remarks).filter(|_| errors.is_empty()).ok_or(ConfigErrors { errors, name, alarms, languages, chat })
}

/// Where the syntax is broken the tree has holes: what seems missing, or stands on a broken line, is left out.
fn with_syntax(text: &str, syntax: &[toml::de::Error], mut errors: Vec<ConfigError>) -> Vec<ConfigError> {
    let broken = Mistakes::new(text, &|_| Err(String::new()));
    for error in syntax {
        let offset = error.span().map_or(0, |span| span.start);
        broken.add(Mistake::Syntax, offset, "", format!("no TOML: {}", error.message()));
    }
    let (mut broken, _) = broken.into_sorted();
    // One slip makes the parser stumble several times on the same line.
    broken.dedup_by_key(|error| error.line);
    let lines: BTreeSet<usize> = broken.iter().map(|error| error.line).collect();
    errors.retain(|error| error.mistake != Mistake::Missing && !lines.contains(&error.line));
    errors.extend(broken);
    errors.sort_by_key(|e| (e.line, e.column));
    errors
}

/// What a reading gave, right or not.
struct Partly {
    name: Option<Name>,
    schedules: Option<Vec<Schedule>>,
    alarms: Vec<AlarmSelector>,
    languages: Option<Vec<Language>>,
    chat: bool,
    notify: Option<NotifyPart>,
    trail: Trail,
    controls: ControlChoice,
}

impl Partly {
    fn complete(self, remarks: Vec<ConfigError>) -> Option<Config> {
        let (schedules, notify) = (self.schedules?, self.notify?);
        let NotifyPart { zone, languages, emails, chat, history, ignore, known, kms_key, topic, alarm_topic } = notify;
        let languages = if languages.is_empty() { vec![Language::default()] } else { languages };
        let timezone = zone.or_else(|| schedules.first().map(|first| first.calendar.zone.clone()))?;
        Some(Config {
            name: self.name?,
            schedules,
            notify: Notify {
                timezone,
                languages,
                emails,
                chat,
                history: history.unwrap_or(true),
                ignore,
                known,
                kms_key,
                topic,
                alarm_topic,
            },
            trail: self.trail,
            controls: self.controls,
            remarks,
        })
    }
}

fn read_root(mut root: Table<'_>) -> Partly {
    let name = match root.get("name") {
        None => Name::parse(DEFAULT_NAME).ok(),
        Some(node) => node
            .text(DEFAULT_NAME)
            .and_then(|text| Name::parse(text).map_err(|e| node.wrong(format!("{text:?} does not fit: {e}"))).ok()),
    };
    let mut alarms = Vec::new();
    let schedules = root.require("schedule", "[{ timezone = \"Asia/Tokyo\", windows = [ … ] }]");
    let schedules = schedules.and_then(|node| schedule::all(&node, name.as_ref(), &mut alarms));
    let (mut languages, mut chat) = (None, false);
    let notify_node = root.get("notify");
    let notify = notify_node
        .map_or(Some(NotifyPart::default()), |node| notify::notify(&node, name.as_ref(), &mut languages, &mut chat));
    let trail = root.get("trail").and_then(|node| trail::trail(&node, name.as_ref())).unwrap_or_default();
    let controls = root.get("controls").and_then(|node| controls::controls(&node)).unwrap_or_default();
    root.finish();
    Partly { name, schedules, alarms, languages, chat, notify, trail, controls }
}

#[cfg(test)]
mod tests;
