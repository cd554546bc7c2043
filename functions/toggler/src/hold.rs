//! Holds: a person's word that wins over the schedule until it ends.
//!
//! A hold lives in the description of an alarm that Yakei makes for it, `yakei-hold` for all schedules and
//! `yakei-hold-<schedule>` for one. The same listing that finds the alarms finds the holds, so no run needs
//! another call, another SDK or another table; people see them in the console; and they end with their alarm.
//! A mute always ends, at most 24 hours after it was asked for, whatever the description says.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use yakei_core::hours::{Hold, Mode};
use yakei_core::names::Name;

use crate::port::Alarm;

/// The longest mute.
pub const LONGEST_MUTE: SignedDuration = SignedDuration::from_hours(24);

/// The most characters that are kept of a reason, and of the one who asked: an alarm's description holds 1,024.
pub const LONGEST_TEXT: usize = 200;

/// A hold as it is kept and shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// The schedule that it is for; all without one.
    #[serde(default)]
    pub schedule: Option<String>,
    /// What it wants.
    pub desired: Mode,
    /// When it was asked for.
    pub since: Timestamp,
    /// When it ends; an arm may be without end.
    #[serde(default)]
    pub until: Option<Timestamp>,
    /// Why, in the words of whoever asked.
    #[serde(default)]
    pub reason: Option<String>,
    /// Who asked, where the event said so.
    #[serde(default)]
    pub by: Option<String>,
}

impl Record {
    fn hold(&self) -> Hold {
        let last = (self.since.checked_add(LONGEST_MUTE)).ok().filter(|_| self.desired == Mode::Muted);
        let until = match (self.until, last) {
            (Some(until), Some(last)) => Some(until.min(last)),
            (until, _) => until,
        };
        Hold { desired: self.desired, until }
    }

    /// When it ends, as it counts.
    pub fn ends(&self) -> Option<Timestamp> {
        self.hold().until
    }

    /// Whether it counts at an instant.
    pub fn counts(&self, at: Timestamp) -> bool {
        self.hold().counts(at)
    }
}

/// What an event changes about holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Change {
    /// This holds from now on. For all schedules it replaces the holds of single ones too: the last word counts.
    Set(Record),
    /// The hold ends of the schedule that is named here, or all do.
    Resume {
        /// The schedule.
        schedule: Option<String>,
        /// Why, in the words of whoever asked.
        reason: Option<String>,
        /// Who asked, where the event said so.
        by: Option<String>,
    },
}

/// The holds that are kept, by the schedule that they are for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Holds {
    records: BTreeMap<Option<String>, Record>,
    /// Alarms that keep a hold which nobody can read: in doubt, armed.
    unreadable: Vec<String>,
}

/// What has to be written so that the account keeps the holds as they are now.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Upkeep {
    /// An alarm to make or to overwrite, and its description.
    pub keep: Option<(String, String)>,
    /// Alarms to delete.
    pub drop: Vec<String>,
}

impl Holds {
    /// The name of the alarm that keeps the hold of a schedule, or of all.
    pub fn alarm_name(name: &Name, schedule: Option<&str>) -> String {
        name.hold_alarm(schedule)
    }

    /// Whether an alarm is one that keeps a hold; no schedule ever mutes those.
    pub fn keeps(name: &Name, alarm: &str) -> bool {
        name.is_hold_alarm(alarm)
    }

    /// Reads the holds from the alarms that keep them.
    pub fn read<'a>(alarms: impl Iterator<Item = &'a Alarm>) -> Self {
        let mut holds = Self::default();
        for alarm in alarms {
            match serde_json::from_str::<Record>(alarm.description.as_deref().unwrap_or_default()) {
                Ok(record) => drop(holds.records.insert(record.schedule.clone(), record)),
                Err(_) => holds.unreadable.push(alarm.name.clone()),
            }
        }
        holds
    }

    /// Takes a change in; what must be written for it comes back.
    pub fn change(&mut self, name: &Name, change: &Change) -> Upkeep {
        let place = |schedule: &Option<String>| Self::alarm_name(name, schedule.as_deref());
        let mut upkeep = Upkeep::default();
        let single = match change {
            Change::Set(record) => record.schedule.as_ref(),
            Change::Resume { schedule, .. } => schedule.as_ref(),
        };
        let mut gone: Vec<Option<String>> = self.records.keys().cloned().collect();
        if let Some(single) = single {
            gone.retain(|schedule| schedule.as_ref() == Some(single));
        } else {
            upkeep.drop.append(&mut self.unreadable);
        }
        for schedule in gone {
            self.records.remove(&schedule);
            upkeep.drop.push(place(&schedule));
        }
        if let Change::Set(record) = change {
            upkeep.drop.retain(|alarm| *alarm != place(&record.schedule));
            self.unreadable.retain(|alarm| *alarm != place(&record.schedule));
            upkeep.keep = serde_json::to_string(record).ok().map(|text| (place(&record.schedule), text));
            self.records.insert(record.schedule.clone(), record.clone());
        }
        upkeep
    }

    /// The alarms of holds that have ended.
    pub fn over<'a>(&'a self, name: &'a Name, at: Timestamp) -> impl Iterator<Item = String> + 'a {
        let over = self.records.values().filter(move |record| !record.counts(at));
        over.map(|record| Self::alarm_name(name, record.schedule.as_deref()))
    }

    /// The hold that counts for a schedule at an instant: its own, else the one for all.
    pub fn of(&self, schedule: &str, at: Timestamp) -> Option<Hold> {
        let own = self.records.get(&Some(schedule.to_owned())).filter(|record| record.counts(at));
        let counting = own.or_else(|| self.records.get(&None)).filter(|record| record.counts(at));
        let doubt = Hold { desired: Mode::Armed, until: None };
        if self.unreadable.is_empty() { counting.map(Record::hold) } else { Some(doubt) }
    }

    /// The holds that count at an instant.
    pub fn counting(&self, at: Timestamp) -> Vec<Record> {
        self.records.values().filter(|record| record.counts(at)).cloned().collect()
    }

    /// All mutes, ended or not, that concern a schedule.
    pub fn mutes_of<'a>(&'a self, schedule: &'a str) -> impl Iterator<Item = &'a Record> {
        let concerns = move |record: &&Record| record.schedule.as_deref().is_none_or(|own| own == schedule);
        self.records.values().filter(|record| record.desired == Mode::Muted).filter(concerns)
    }

    /// Alarms that keep something unreadable.
    pub fn unreadable(&self) -> &[String] {
        &self.unreadable
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(schedule: Option<&str>, desired: Mode, until: Option<&str>) -> Record {
        Record {
            schedule: schedule.map(str::to_owned),
            desired,
            since: "2026-11-24T00:00:00Z".parse().unwrap(),
            until: until.map(|until| until.parse().unwrap()),
            reason: Some("drill".to_owned()),
            by: None,
        }
    }

    fn kept(name: &str, description: &str) -> Alarm {
        Alarm { description: Some(description.to_owned()), ..Alarm::named(name, Mode::Armed) }
    }

    fn yakei() -> Name {
        Name::parse("yakei").unwrap()
    }

    fn resume() -> Change {
        Change::Resume { schedule: None, reason: None, by: None }
    }

    #[test]
    fn what_is_kept_is_read_again() {
        let mut holds = Holds::default();
        let upkeep =
            holds.change(&yakei(), &Change::Set(record(Some("tokyo"), Mode::Muted, Some("2026-11-24T02:00:00Z"))));
        let (alarm, text) = upkeep.keep.unwrap();
        assert_eq!(alarm, "yakei-hold-tokyo");
        assert!(Holds::keeps(&yakei(), &alarm) && !Holds::keeps(&yakei(), "yakei-holdings"));
        assert_eq!(Holds::read([kept(&alarm, &text)].iter()), holds);
    }

    #[test]
    fn a_schedule_s_own_hold_wins_and_a_later_one_for_all_replaces_it() {
        let at = "2026-11-24T01:00:00Z".parse().unwrap();
        let mut holds = Holds::default();
        holds.change(&yakei(), &Change::Set(record(None, Mode::Muted, Some("2026-11-24T02:00:00Z"))));
        holds.change(&yakei(), &Change::Set(record(Some("tokyo"), Mode::Armed, None)));
        assert_eq!(holds.of("tokyo", at).map(|hold| hold.desired), Some(Mode::Armed));
        assert_eq!(holds.of("london", at).map(|hold| hold.desired), Some(Mode::Muted));
        let upkeep = holds.change(&yakei(), &Change::Set(record(None, Mode::Muted, Some("2026-11-24T03:00:00Z"))));
        assert_eq!(upkeep.drop, ["yakei-hold-tokyo"]);
        assert_eq!(holds.of("tokyo", at).map(|hold| hold.desired), Some(Mode::Muted));
        assert_eq!(holds.change(&yakei(), &resume()).drop, ["yakei-hold"]);
        assert_eq!(holds, Holds::default());
    }

    #[test]
    fn a_mute_ends_after_a_day_whatever_is_written_there() {
        let holds = Holds::read(
            [kept(
                "yakei-hold",
                r#"{"desired":"muted","since":"2026-11-24T00:00:00Z","until":"2030-01-01T00:00:00Z"}"#,
            )]
            .iter(),
        );
        let of = |at: &str| holds.of("tokyo", at.parse().unwrap()).map(|hold| hold.desired);
        assert_eq!(of("2026-11-24T23:59:59Z"), Some(Mode::Muted));
        assert_eq!(of("2026-11-25T00:00:00Z"), None);
        assert_eq!(holds.over(&yakei(), "2026-11-25T00:00:00Z".parse().unwrap()).count(), 1);
    }

    #[test]
    fn a_hold_that_nobody_can_read_arms() {
        let mut holds = Holds::read([kept("yakei-hold", "mute everything!")].iter());
        assert_eq!(holds.of("tokyo", Timestamp::UNIX_EPOCH).map(|hold| hold.desired), Some(Mode::Armed));
        assert_eq!(holds.change(&yakei(), &resume()).drop, ["yakei-hold"]);
        assert_eq!(holds.of("tokyo", Timestamp::UNIX_EPOCH), None);
    }
}
