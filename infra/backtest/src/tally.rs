//! What matched, counted as alarms and people need it: by the minute, by whom and from where.
//!
//! Memory grows with the minutes, people and addresses of what *matched*, not with what was read. Tallies of parts add up
//! to the tally of the whole, in any order.

use std::collections::{BTreeMap, HashMap};
use std::hash::Hash;

use jiff::Timestamp;
use yakei_core::activity::{Group, Place, Sighting, Unreadable};
use yakei_core::known;
use yakei_core::text::{unlinked, without_lone_surrogates};

use crate::watch::{Watch, Watches};

/// A Region and a minute since 1970.
pub type When = (String, i64);

/// The events of a minute.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Minute {
    /// How many there are.
    pub events: u64,
    /// Which of these `[[notify.ignore]]` means, of the config and of today's.
    pub ignored: [u64; 2],
}

/// What matched one pattern.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally {
    /// The events by Region and minute.
    pub minutes: BTreeMap<When, Minute>,
    /// Events whose record says no time: they are in no minute.
    pub undated: u64,
    /// Events by who did it, in what the config sees.
    pub who: HashMap<String, u64>,
    /// Events by address and the name that the config gives its network.
    pub from: HashMap<(String, Option<String>), u64>,
}

impl Tally {
    fn add(&mut self, other: Self) {
        for (when, minute) in other.minutes {
            let here = self.minutes.entry(when).or_default();
            here.events += minute.events;
            here.ignored.iter_mut().zip(minute.ignored).for_each(|(to, more)| *to += more);
        }
        self.undated += other.undated;
        other.who.into_iter().for_each(|(who, count)| *self.who.entry(who).or_default() += count);
        other.from.into_iter().for_each(|(from, count)| *self.from.entry(from).or_default() += count);
    }
}

/// What matched, by the number of the pattern.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tallies(Vec<Tally>);

impl Tallies {
    /// Nothing yet, for so many patterns.
    pub fn new(patterns: usize) -> Self {
        Self(vec![Tally::default(); patterns])
    }

    /// The tally of a pattern.
    pub fn of(&self, pattern: usize) -> Option<&Tally> {
        self.0.get(pattern)
    }

    /// Adds another part.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.0.iter_mut().zip(other.0).for_each(|(to, more)| to.add(more));
        self
    }

    /// Counts in what happened `times` times in one minute and matches these patterns.
    pub fn count(&mut self, watches: &Watches, patterns: &[usize], seen: &Sighting<'_>, times: u64) {
        self.add(watches, patterns, &mut Act::of(watches, seen), times);
    }

    /// The same of an act.
    pub(crate) fn add(&mut self, watches: &Watches, patterns: &[usize], act: &mut Act, times: u64) {
        let is_ignored = |watch: &Watch| act.group.as_ref().is_some_and(|group| watch.ignores(group));
        let ignored = watches.both().map(|watch| if watch.is_some_and(is_ignored) { times } else { 0 });
        let is_seen = watches.coming.sees(&act.when.0);
        for pattern in patterns {
            let Some(tally) = self.0.get_mut(*pattern) else { continue };
            if is_seen {
                more(&mut tally.who, &act.who, times);
                more(&mut tally.from, &act.from, times);
            }
            if !act.is_dated {
                tally.undated += times;
                continue;
            }
            let here = match tally.minutes.get_mut(&act.when) {
                Some(here) => here,
                None => tally.minutes.entry(act.when.clone()).or_default(),
            };
            here.events += times;
            here.ignored.iter_mut().zip(ignored).for_each(|(to, more)| *to += more);
        }
    }
}

/// What is known is not copied.
fn more<K: Eq + Hash + Clone>(counts: &mut HashMap<K, u64>, key: &K, times: u64) {
    match counts.get_mut(key) {
        Some(count) => *count += times,
        None => {
            counts.insert(key.clone(), times);
        }
    }
}

/// One act, as it is counted.
#[derive(Debug)]
pub(crate) struct Act {
    /// All of it, where a config has rules or names for it.
    group: Option<Box<Group>>,
    who: String,
    from: (String, Option<String>),
    /// Its Region and minute, if it has a time.
    when: When,
    is_dated: bool,
}

impl Act {
    pub(crate) fn of(watches: &Watches, seen: &Sighting<'_>) -> Self {
        let is_asked = |watch: &Watch| !(watch.config.notify.ignore.is_empty() && watch.config.notify.known.is_empty());
        let is_asked = watches.both().into_iter().flatten().any(is_asked);
        let group = is_asked.then(|| Box::new(Group::single(seen, Timestamp::UNIX_EPOCH)));
        let network = group.as_ref().and_then(|group| network(&watches.coming, group));
        let from = (unlinked(&seen.source_ip).into_owned(), network);
        let (minute, is_dated) = (minute(seen.time), seen.time.is_some());
        let who = unlinked(&seen.who).into_owned();
        Self { who, from, when: (seen.region.as_ref().to_owned(), minute), is_dated, group }
    }

    /// Makes it another one that differs by its id and its time alone.
    pub(crate) fn becomes(&mut self, event_id: &str, time: Option<Timestamp>) {
        (self.when.1, self.is_dated) = (minute(time), time.is_some());
        let Some(group) = &mut self.group else { return };
        (group.first, group.last) = (time.unwrap_or_default(), time.unwrap_or_default());
        event_id.clone_into(&mut group.newest_id);
        match group.event_ids.first_mut() {
            Some(id) => event_id.clone_into(id),
            None => group.event_ids.push(event_id.to_owned()),
        }
    }
}

fn minute(time: Option<Timestamp>) -> i64 {
    time.unwrap_or_default().as_second().div_euclid(60)
}

fn network(watch: &Watch, group: &Group) -> Option<String> {
    match known::place(group, &watch.config.notify.known) {
        Place::Known(name) => Some(name),
        Place::Unsaid | Place::Unknown | Place::Service | Place::Endpoint => None,
    }
}

/// Reads a record as the enricher does: with half a surrogate pair mended.
pub fn sighted<T>(record: &str, with: impl FnOnce(Result<&Sighting<'_>, Unreadable>) -> T) -> T {
    match Sighting::read(record) {
        Ok(seen) => with(Ok(&seen)),
        Err(why) => {
            let mended = without_lone_surrogates(record).filter(|_| why == Unreadable::NotJson);
            match mended.as_deref().map(Sighting::read) {
                Some(Ok(seen)) => with(Ok(&seen)),
                _ => with(Err(why)),
            }
        }
    }
}
