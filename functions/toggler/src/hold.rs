//! Holds: a person's word that wins over the schedule until it ends.
//!
//! A hold lives in the description of an alarm that Yakei makes for it, `yakei-hold` for all schedules and
//! `yakei-hold-<schedule>` for one. The same listing that finds the alarms finds the holds, so no run needs
//! another call, another SDK or another table; people see them in the console; and they end with their alarm.
//! Such an alarm is known by its name, its namespace, its metric and its tag, which is asked before anything is believed
//! that it says: a control or a stranger's alarm of such a name is an alarm like any other.
//! A mute always ends, at most 24 hours after it was asked for and after now, whatever the description says.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use yakei_core::hours::{Hold, Mode};
use yakei_core::names::Name;

use crate::ports::{Alarm, Kept};

/// The longest mute.
pub const LONGEST_MUTE: SignedDuration = SignedDuration::from_hours(24);

/// The most characters that are kept of a reason, and of the one who asked: an alarm's description holds 1,024.
pub const LONGEST_TEXT: usize = 200;

/// How far clocks may differ before a beginning in the future is no beginning.
const SKEW: SignedDuration = SignedDuration::from_mins(5);

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
    /// What each alarm keeps, as it was read.
    texts: BTreeMap<String, String>,
}

/// What has to be written so that the account keeps the holds as they are now.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Upkeep {
    /// An alarm to make or to overwrite.
    pub keep: Option<Kept>,
    /// Alarms to delete, and what they keep: one that keeps something else by then has been made anew.
    pub drop: BTreeMap<String, String>,
}

impl Holds {
    /// The metric that marks the alarms which keep holds.
    pub const METRIC: &'static str = Name::HOLD_METRIC;

    /// Whether an alarm is one that keeps a hold, if it has our tag; no schedule ever mutes those.
    pub fn is_kept_in(owner: &Name, alarm: &Alarm) -> bool {
        owner.is_hold_alarm(&alarm.name) && alarm.keeps(owner, Self::METRIC)
    }

    /// Reads the holds from the alarms that keep them.
    pub fn read<'a>(owner: &Name, alarms: impl Iterator<Item = &'a Alarm>, now: Timestamp) -> Self {
        let mut holds = Self::default();
        for alarm in alarms.filter(|alarm| Self::is_kept_in(owner, alarm)) {
            let text = alarm.description.clone().unwrap_or_default();
            let record = serde_json::from_str::<Record>(&text).ok();
            let record = record.filter(|it| owner.hold_alarm(it.schedule.as_deref()) == alarm.name);
            // A mute that has not begun would last beyond a day from now.
            let begun = |it: &Record| it.desired == Mode::Armed || it.since <= now.checked_add(SKEW).unwrap_or(now);
            // By a clock that is ahead: it ends a day from now all the same.
            let by_our_clock = |it: Record| match it.desired {
                Mode::Muted => Record { since: it.since.min(now), ..it },
                Mode::Armed => it,
            };
            match record.filter(begun).map(by_our_clock) {
                Some(record) => drop(holds.records.insert(record.schedule.clone(), record)),
                None => holds.unreadable.push(alarm.name.clone()),
            }
            holds.texts.insert(alarm.name.clone(), text);
        }
        holds
    }

    /// What an alarm keeps, as it was read.
    pub fn text(&self, alarm: &str) -> Option<&str> {
        self.texts.get(alarm).map(String::as_str)
    }

    /// The alarms that hold something.
    pub fn places(&self) -> impl Iterator<Item = &String> {
        self.texts.keys()
    }

    /// Takes a change in; what must be written for it comes back.
    pub fn change(&mut self, owner: &Name, change: &Change) -> Upkeep {
        let place = |schedule: &Option<String>| owner.hold_alarm(schedule.as_deref());
        let single = match change {
            Change::Set(record) => record.schedule.as_ref(),
            Change::Resume { schedule, .. } => schedule.as_ref(),
        };
        let gone: Vec<String> = match single {
            Some(single) => vec![owner.hold_alarm(Some(single))],
            None => self.texts.keys().cloned().collect(),
        };
        self.records.retain(|schedule, _| !gone.contains(&place(schedule)));
        if single.is_none() {
            self.unreadable.clear();
        }
        let mut drop: BTreeMap<String, String> =
            gone.into_iter().filter_map(|alarm| self.texts.remove_entry(&alarm)).collect();
        let mut keep = None;
        if let Change::Set(record) = change {
            let alarm = place(&record.schedule);
            drop.remove(&alarm);
            self.unreadable.retain(|other| *other != alarm);
            if let Ok(text) = serde_json::to_string(record) {
                self.texts.insert(alarm.clone(), text.clone());
                keep = Some(Kept { alarm, metric: Self::METRIC, text });
            }
            self.records.insert(record.schedule.clone(), record.clone());
        }
        Upkeep { keep, drop }
    }

    /// The alarms of holds that have ended, and what they keep.
    pub fn over(&self, owner: &Name, at: Timestamp) -> BTreeMap<String, String> {
        let over = self.records.values().filter(|record| !record.counts(at));
        let place = |record: &Record| owner.hold_alarm(record.schedule.as_deref());
        over.filter_map(|record| self.texts.get_key_value(&place(record)))
            .map(|(alarm, text)| (alarm.clone(), text.clone()))
            .collect()
    }

    /// The hold that counts for a schedule at an instant: its own, else the one for all. `known` are the schedules
    /// that there are: one that arms a schedule which nobody knows any more arms all.
    pub fn of(&self, schedule: &str, known: &[&str], at: Timestamp) -> Option<Hold> {
        let counting = |record: &&Record| record.counts(at);
        let lost = self.records.values().filter(counting).find(|record| {
            let named = record.schedule.as_deref();
            record.desired == Mode::Armed && named.is_some_and(|named| !known.contains(&named))
        });
        let own = self.records.get(&Some(schedule.to_owned())).filter(counting);
        let record = lost.or(own).or_else(|| self.records.get(&None).filter(counting));
        let doubt = Hold { desired: Mode::Armed, until: None };
        if self.unreadable.is_empty() { record.map(Record::hold) } else { Some(doubt) }
    }

    /// The holds that count at an instant.
    pub fn counting(&self, at: Timestamp) -> Vec<Record> {
        self.records.values().filter(|record| record.counts(at)).cloned().collect()
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
        let metric = Some(("yakei".to_owned(), Holds::METRIC.to_owned()));
        Alarm { description: Some(description.to_owned()), metric, ..Alarm::named(name, Mode::Armed) }
    }

    fn read(alarms: &[Alarm]) -> Holds {
        Holds::read(&yakei(), alarms.iter(), "2026-11-24T00:00:00Z".parse().unwrap())
    }

    fn of(holds: &Holds, schedule: &str, at: &str) -> Option<Mode> {
        holds.of(schedule, &["tokyo", "london"], at.parse().unwrap()).map(|hold| hold.desired)
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
        let Kept { alarm, text, .. } = upkeep.keep.unwrap();
        assert_eq!(alarm, "yakei-hold-tokyo");
        assert_eq!(read(&[kept(&alarm, &text)]), holds);
    }

    #[test]
    fn only_an_alarm_of_our_metric_is_a_hold() {
        let text = r#"{"desired":"muted","since":"2026-11-24T00:00:00Z","until":"2026-11-24T02:00:00Z"}"#;
        let hold = kept("yakei-hold", text);
        let other_metric = ("yakei".to_owned(), "hold-x".to_owned());
        let other_namespace = ("theirs".to_owned(), Holds::METRIC.to_owned());
        for (alarm, expected) in [
            (hold.clone(), true),
            (Alarm { metric: Some(other_metric), ..hold.clone() }, false),
            (Alarm { metric: Some(other_namespace), ..hold.clone() }, false),
            (Alarm { metric: None, ..hold.clone() }, false),
            (Alarm { name: "yakei-holdings".to_owned(), ..hold }, false),
        ] {
            assert_eq!(Holds::is_kept_in(&yakei(), &alarm), expected, "{alarm:?}");
            assert_eq!(read(&[alarm]).counting("2026-11-24T01:00:00Z".parse().unwrap()).len(), usize::from(expected));
        }
    }

    #[test]
    fn a_schedule_s_own_hold_wins_and_a_later_one_for_all_replaces_it() {
        let at = "2026-11-24T01:00:00Z";
        let mut holds = Holds::default();
        holds.change(&yakei(), &Change::Set(record(None, Mode::Muted, Some("2026-11-24T02:00:00Z"))));
        holds.change(&yakei(), &Change::Set(record(Some("tokyo"), Mode::Armed, None)));
        assert_eq!(of(&holds, "tokyo", at), Some(Mode::Armed));
        assert_eq!(of(&holds, "london", at), Some(Mode::Muted));
        let upkeep = holds.change(&yakei(), &Change::Set(record(None, Mode::Muted, Some("2026-11-24T03:00:00Z"))));
        assert_eq!(upkeep.drop.into_keys().collect::<Vec<_>>(), ["yakei-hold-tokyo"]);
        assert_eq!(of(&holds, "tokyo", at), Some(Mode::Muted));
        assert_eq!(holds.change(&yakei(), &resume()).drop.into_keys().collect::<Vec<_>>(), ["yakei-hold"]);
        assert_eq!(holds, Holds::default());
    }

    #[test]
    fn a_mute_ends_after_a_day_whatever_is_written_there() {
        let holds = read(&[kept(
            "yakei-hold",
            r#"{"desired":"muted","since":"2026-11-24T00:00:00Z","until":"2030-01-01T00:00:00Z"}"#,
        )]);
        assert_eq!(of(&holds, "tokyo", "2026-11-24T23:59:59Z"), Some(Mode::Muted));
        assert_eq!(of(&holds, "tokyo", "2026-11-25T00:00:00Z"), None);
        assert_eq!(holds.over(&yakei(), "2026-11-25T00:00:00Z".parse().unwrap()).len(), 1);
    }

    #[test]
    fn a_mute_that_begins_in_the_future_arms() {
        let text = r#"{"desired":"muted","since":"2030-01-01T00:00:00Z","until":"2030-01-01T09:00:00Z"}"#;
        let holds = read(&[kept("yakei-hold", text)]);
        assert_eq!(of(&holds, "tokyo", "2026-11-24T00:00:00Z"), Some(Mode::Armed));
        assert_eq!(holds.unreadable(), ["yakei-hold"]);
    }

    #[test]
    fn an_arm_for_a_schedule_that_is_gone_arms_all_and_a_mute_for_one_nobody() {
        let mut holds = Holds::default();
        holds.change(&yakei(), &Change::Set(record(Some("osaka"), Mode::Muted, Some("2026-11-24T02:00:00Z"))));
        assert_eq!(of(&holds, "tokyo", "2026-11-24T01:00:00Z"), None);
        holds.change(&yakei(), &Change::Set(record(Some("kyoto"), Mode::Armed, None)));
        for schedule in ["tokyo", "london"] {
            assert_eq!(of(&holds, schedule, "2026-11-24T01:00:00Z"), Some(Mode::Armed));
        }
    }

    #[test]
    fn a_hold_that_nobody_can_read_arms() {
        for (alarm, text) in [
            ("yakei-hold", "mute everything!"),
            (
                "yakei-hold-tokyo",
                r#"{"desired":"muted","since":"2026-11-24T00:00:00Z","until":"2026-11-24T02:00:00Z"}"#,
            ),
        ] {
            let mut holds = read(&[kept(alarm, text)]);
            assert_eq!(of(&holds, "tokyo", "2026-11-24T00:00:00Z"), Some(Mode::Armed));
            assert_eq!(holds.change(&yakei(), &resume()).drop.into_keys().collect::<Vec<_>>(), [alarm]);
            assert_eq!(of(&holds, "tokyo", "2026-11-24T00:00:00Z"), None);
        }
    }
}
