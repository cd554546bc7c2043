//! What the toggler mutes it remembers: which alarms, and since when.
//!
//! It stands in the descriptions of alarms that the toggler makes for it, `yakei-muted-1` and on, each at most 1,000
//! bytes of the 1,024 that CloudWatch takes: the one listing of a run finds them, like the holds. An entry is written
//! before its alarm is muted and goes only after people were told what the alarm did meanwhile. So an alarm is armed
//! even when no schedule names it any more, and a span of time is told once, whatever runs were missed. An alarm that
//! finds no room is not muted.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use yakei_core::names::Name;
use yakei_core::notice::Language;

use crate::ports::{Alarm, Kept};

/// The most bytes of a description that are used.
const ROOM: usize = 1000;

/// The most alarms that keep entries.
const MOST: u8 = 60;

/// Since when an alarm is muted, and how far telling about it has come.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Entry {
    /// Since when it is muted, or untold.
    pub since: Timestamp,
    /// Since when a mute rule mutes it, if one does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<Timestamp>,
    /// Whether its actions are disabled as well: then CloudWatch sends nothing when the rule ends.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub silent: bool,
    /// Until when it was muted: it is armed, and people could not be told yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
    /// The run that tells people, or meant to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claim: Option<Claim>,
}

/// A run's word that it tells people.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Claim {
    /// The digest's id.
    pub id: String,
    /// The run.
    pub run: String,
    /// When.
    pub at: Timestamp,
    /// The languages in which it is told already, where another one failed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub told: Vec<Language>,
}

impl Entry {
    /// An alarm that is muted since an instant.
    pub fn since(since: Timestamp) -> Self {
        Self { since, rule: None, silent: false, until: None, claim: None }
    }
}

/// Entries that are alike, as they are kept: the names without what they all begin with.
#[derive(Debug, Serialize, Deserialize)]
struct Alike {
    #[serde(flatten)]
    entry: Entry,
    #[serde(default)]
    prefix: String,
    names: Vec<String>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Slot {
    muted: Vec<Alike>,
}

type Entries = BTreeMap<String, Entry>;

/// What is remembered, and what of it is kept already.
#[derive(Debug, Clone, Default)]
pub struct Memory {
    slots: BTreeMap<u8, Entries>,
    /// How long the texts of slots are, where that is known: thousands of alarms must not be written out to find it.
    lengths: BTreeMap<u8, usize>,
    kept: BTreeMap<u8, String>,
    /// Alarms that are, or were, in what is kept.
    saved: BTreeSet<String>,
    /// Names that somebody else's alarms have.
    taken: BTreeSet<u8>,
    unreadable: Vec<String>,
}

impl Memory {
    /// The metric that marks the alarms which keep entries.
    pub const METRIC: &'static str = Name::MUTED_METRIC;

    /// Whether an alarm keeps entries, if it has our tag: by its name, namespace and metric.
    pub fn is_kept_in(owner: &Name, alarm: &Alarm) -> bool {
        owner.memory_index(&alarm.name).is_some() && alarm.keeps(owner, Self::METRIC)
    }

    /// Reads what is kept.
    pub fn read<'a>(owner: &Name, alarms: impl Iterator<Item = &'a Alarm>) -> Self {
        let mut memory = Self::default();
        for alarm in alarms {
            let Some(index) = owner.memory_index(&alarm.name) else { continue };
            if !alarm.keeps(owner, Self::METRIC) {
                memory.taken.insert(index);
                continue;
            }
            let text = alarm.description.clone().unwrap_or_default();
            let Ok(Slot { muted }) = serde_json::from_str::<Slot>(&text) else {
                memory.unreadable.push(alarm.name.clone());
                memory.kept.insert(index, text);
                continue;
            };
            for Alike { entry, prefix, names } in muted {
                for name in names {
                    let alarm = format!("{prefix}{name}");
                    memory.saved.insert(alarm.clone());
                    memory.take_in(index, alarm, entry.clone());
                }
            }
            memory.slots.entry(index).or_default();
            memory.kept.insert(index, text);
        }
        memory
    }

    /// Of two entries for one alarm the older counts.
    fn take_in(&mut self, index: u8, alarm: String, entry: Entry) {
        let known = self.slots.iter_mut().find_map(|(index, entries)| Some((*index, entries.get_mut(&alarm)?)));
        let changed = if let Some((known, other)) = known {
            other.since = other.since.min(entry.since);
            known
        } else {
            self.slots.entry(index).or_default().insert(alarm, entry);
            index
        };
        self.lengths.remove(&changed);
    }

    /// Takes in what was read later than this: another run may have written meanwhile. What this run has `forgotten`
    /// stays forgotten; what another run has forgotten goes, unless this run still mutes it (`mutes`).
    pub fn refresh(&mut self, later: Self, forgotten: &BTreeSet<String>, mutes: impl Fn(&str) -> bool) {
        let gone: Vec<String> = self
            .entries()
            .map(|(alarm, _)| alarm)
            .filter(|alarm| later.is_gone(self, alarm) && !mutes(alarm))
            .cloned()
            .collect();
        for alarm in gone {
            self.forget(&alarm);
        }
        for (index, entries) in later.slots {
            for (alarm, entry) in entries {
                if self.get(&alarm).is_none() && !forgotten.contains(&alarm) {
                    self.take_in(index, alarm, entry);
                }
            }
        }
        self.kept = later.kept;
        self.saved.extend(later.saved);
    }

    /// Whether something that was kept in an earlier reading is kept no more.
    pub fn is_gone(&self, earlier: &Self, alarm: &str) -> bool {
        earlier.saved.contains(alarm) && self.get(alarm).is_none()
    }

    /// The alarms that may keep entries now.
    pub fn places(&self, owner: &Name) -> Vec<String> {
        let all: BTreeSet<u8> = self.kept.keys().chain(self.slots.keys()).copied().collect();
        all.into_iter().map(|index| owner.memory_alarm(index)).collect()
    }

    /// What is remembered of an alarm.
    pub fn get(&self, alarm: &str) -> Option<&Entry> {
        self.slots.values().find_map(|entries| entries.get(alarm))
    }

    /// Everything that is remembered.
    pub fn entries(&self) -> impl Iterator<Item = (&String, &Entry)> {
        self.slots.values().flatten()
    }

    /// Alarms that keep something unreadable.
    pub fn unreadable(&self) -> &[String] {
        &self.unreadable
    }

    /// Remembers an alarm; `false` when there is no room.
    #[must_use]
    pub fn remember(&mut self, alarm: &str, entry: Entry) -> bool {
        let known = self.slots.iter().find(|(_, entries)| entries.contains_key(alarm)).map(|(index, _)| *index);
        let mut places = known.into_iter().chain(1..=MOST);
        let place = places.find_map(|index| Some((index, self.length_with(index, alarm, &entry)?)));
        let Some((place, length)) = place else { return false };
        if let Some(known) = known.filter(|known| *known != place) {
            self.forget_in(known, alarm);
        }
        self.slots.entry(place).or_default().insert(alarm.to_owned(), entry);
        self.lengths.insert(place, length);
        true
    }

    /// How long a slot's text is with this entry too; `None` when it has no room.
    fn length_with(&mut self, index: u8, alarm: &str, entry: &Entry) -> Option<usize> {
        if self.taken.contains(&index) {
            return None;
        }
        let nothing = Entries::new();
        let entries = self.slots.get(&index).unwrap_or(&nothing);
        if !entries.is_empty() && !entries.contains_key(alarm) {
            let length = *self.lengths.entry(index).or_insert_with(|| encode(entries.iter()).len());
            if length + least(entries, alarm, entry) > ROOM {
                return None;
            }
        }
        let name = alarm.to_owned();
        let others = entries.iter().filter(|(other, _)| **other != name);
        let length = encode(others.chain([(&name, entry)])).len();
        (length <= ROOM).then_some(length)
    }

    /// Forgets an alarm.
    pub fn forget(&mut self, alarm: &str) {
        for index in 1..=MOST {
            self.forget_in(index, alarm);
        }
    }

    fn forget_in(&mut self, index: u8, alarm: &str) {
        if self.slots.get_mut(&index).is_some_and(|entries| entries.remove(alarm).is_some()) {
            self.lengths.remove(&index);
        }
    }

    /// What has to be written, and which alarms keep nothing any more.
    pub fn upkeep(&self, owner: &Name) -> (Vec<Kept>, Vec<String>) {
        let full = self.slots.iter().filter(|(_, entries)| !entries.is_empty());
        let write = full.filter_map(|(index, entries)| {
            let text = encode(entries.iter());
            let same = self.kept.get(index) == Some(&text);
            (!same).then(|| Kept { alarm: owner.memory_alarm(*index), metric: Self::METRIC, text })
        });
        let empty = |index: &&u8| self.slots.get(index).is_none_or(BTreeMap::is_empty);
        let drop = self.kept.keys().filter(empty).map(|index| owner.memory_alarm(*index)).collect();
        (write.collect(), drop)
    }

    /// Takes note of what was written.
    pub fn written(&mut self, owner: &Name, kept: &Kept) {
        if let Some(index) = owner.memory_index(&kept.alarm) {
            self.kept.insert(index, kept.text.clone());
            self.saved.extend(self.slots.get(&index).into_iter().flatten().map(|(alarm, _)| alarm.clone()));
        }
    }

    /// Takes note of what was removed.
    pub fn removed(&mut self, owner: &Name, alarm: &str) {
        if let Some(index) = owner.memory_index(alarm) {
            self.kept.remove(&index);
            self.slots.remove(&index);
            self.lengths.remove(&index);
        }
    }
}

/// The least that one more alarm makes a text longer: its name without what it shares with one that is alike, in quotes
/// and behind a comma, where there are others. Another name never makes what all share longer.
fn least(entries: &Entries, alarm: &str, entry: &Entry) -> usize {
    let alike = entries.iter().find(|(_, other)| *other == entry);
    let shared = alike.map_or(0, |(name, _)| name.bytes().zip(alarm.bytes()).take_while(|(a, b)| a == b).count());
    alarm.len() - shared + 3
}

fn encode<'a>(entries: impl Iterator<Item = (&'a String, &'a Entry)>) -> String {
    let mut alike: BTreeMap<&Entry, Vec<&str>> = BTreeMap::new();
    for (alarm, entry) in entries {
        alike.entry(entry).or_default().push(alarm);
    }
    let muted = alike.into_iter().map(|(entry, names)| {
        let prefix = common(&names);
        let names = names.iter().map(|name| name.strip_prefix(prefix.as_str()).unwrap_or(name).to_owned()).collect();
        Alike { entry: entry.clone(), prefix, names }
    });
    serde_json::to_string(&Slot { muted: muted.collect() }).unwrap_or_default()
}

/// What all names begin with.
fn common(names: &[&str]) -> String {
    let shared = |one: &str, other: &str| -> String {
        one.chars().zip(other.chars()).take_while(|(a, b)| a == b).map(|(a, _)| a).collect()
    };
    let first = names.first().map(|name| (*name).to_owned()).unwrap_or_default();
    names.iter().fold(first, |prefix, name| shared(&prefix, name))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use yakei_core::hours::Mode;

    use super::*;

    fn owner() -> Name {
        Name::parse("yakei").unwrap()
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn as_alarms(memory: &Memory) -> Vec<Alarm> {
        let metric = ("yakei".to_owned(), Memory::METRIC.to_owned());
        let kept = memory.upkeep(&owner()).0.into_iter();
        let alarm = |kept: Kept| Alarm {
            description: Some(kept.text),
            metric: Some(metric.clone()),
            ..Alarm::named(&kept.alarm, Mode::Armed)
        };
        kept.map(alarm).collect()
    }

    #[test]
    fn a_day_s_mute_takes_one_alarm() {
        let mut memory = Memory::default();
        for alarm in ["yakei-ConsoleLogin", "yakei-RootUsage"] {
            assert!(memory.remember(alarm, Entry::since(at(0))));
        }
        insta::assert_snapshot!(memory.upkeep(&owner()).0[0].text, @r#"{"muted":[{"since":"1970-01-01T00:00:00Z","prefix":"yakei-","names":["ConsoleLogin","RootUsage"]}]}"#);
    }

    #[test]
    fn what_has_no_room_is_not_remembered_and_what_is_another_s_is_left_alone() {
        let mut memory = Memory::read(&owner(), [Alarm::named("yakei-muted-1", Mode::Armed)].iter());
        let long = |n: usize| format!("{n:03}{}", "x".repeat(252));
        let fitting = (0..400).filter(|n| memory.remember(&long(*n), Entry::since(at(0)))).count();
        assert_eq!(fitting, 59 * 3);
        assert!(memory.upkeep(&owner()).0.iter().all(|kept| kept.text.len() <= ROOM && kept.alarm != "yakei-muted-1"));
    }

    #[test]
    fn what_another_run_wrote_meanwhile_is_kept_too() {
        let mut ours = Memory::default();
        assert!(ours.remember("a", Entry::since(at(1))));
        let mut theirs = Memory::default();
        assert!(theirs.remember("b", Entry::since(at(2))));
        ours.refresh(Memory::read(&owner(), as_alarms(&theirs).iter()), &BTreeSet::new(), |_| false);
        let both = Memory::read(&owner(), as_alarms(&ours).iter());
        assert_eq!(both.entries().map(|(alarm, _)| alarm.as_str()).collect::<Vec<_>>(), ["a", "b"]);
    }

    #[test]
    fn what_nobody_can_read_is_said_and_overwritten() {
        let metric = Some(("yakei".to_owned(), Memory::METRIC.to_owned()));
        let alarm = Alarm { description: Some("?".to_owned()), metric, ..Alarm::named("yakei-muted-1", Mode::Armed) };
        let memory = Memory::read(&owner(), [alarm].iter());
        assert_eq!(memory.unreadable(), ["yakei-muted-1"]);
        assert_eq!(memory.upkeep(&owner()).1, ["yakei-muted-1"]);
    }

    proptest! {
        /// What decides whether an entry fits knows how long the texts are, whatever was remembered and forgotten.
        #[test]
        fn lengths_that_are_known_are_the_texts_own(
            steps in proptest::collection::vec(("[a-c\"夜-]{1,30}", 0..3_i64, any::<bool>()), 0..200)
        ) {
            let mut memory = Memory::default();
            for (name, since, forgets) in &steps {
                if *forgets && memory.get(name).is_some() {
                    memory.forget(name);
                } else {
                    let before = memory.slots.clone();
                    let fits = |index: &u8| {
                        let mut entries = before.get(index).cloned().unwrap_or_default();
                        entries.insert(name.clone(), Entry::since(at(*since)));
                        encode(entries.iter()).len() <= ROOM
                    };
                    let known = before.iter().find(|(_, entries)| entries.contains_key(name)).map(|(index, _)| *index);
                    let wanted = known.into_iter().chain(1..=MOST).find(fits);
                    prop_assert!(memory.remember(name, Entry::since(at(*since))));
                    let place = memory.slots.iter().find(|(_, entries)| entries.contains_key(name)).map(|(index, _)| *index);
                    prop_assert_eq!(place, wanted);
                }
                for (index, length) in &memory.lengths {
                    prop_assert_eq!(Some(*length), memory.slots.get(index).map(|entries| encode(entries.iter()).len()));
                }
            }
        }

        #[test]
        fn what_is_kept_is_read_again(names in proptest::collection::btree_map("[a-c\"夜-]{1,20}", 0..4_i64, 0..120)) {
            let mut memory = Memory::default();
            for (name, since) in &names {
                prop_assert!(memory.remember(name, Entry::since(at(*since))));
            }
            let alarms = as_alarms(&memory);
            prop_assert!(alarms.iter().all(|alarm| alarm.description.as_ref().unwrap().len() <= ROOM));
            let again = Memory::read(&owner(), alarms.iter());
            prop_assert_eq!(again.entries().count(), names.len());
            for (name, since) in &names {
                prop_assert_eq!(again.get(name), Some(&Entry::since(at(*since))));
            }
            prop_assert_eq!(again.upkeep(&owner()), (Vec::new(), Vec::new()));
        }
    }
}
