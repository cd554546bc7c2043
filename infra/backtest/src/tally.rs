//! What matched, counted as alarms and people need it: by the minute, by whom and from where.
//!
//! Memory grows with the minutes, people and addresses of what *matched*, not with what was read. Tallies of parts add up
//! to the tally of the whole, in any order.

use std::collections::{BTreeMap, HashMap};

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
        let group = Group::single(seen, Timestamp::UNIX_EPOCH);
        let ignored = watches.both().map(|watch| if watch.is_some_and(|it| it.ignores(&group)) { times } else { 0 });
        let network = network(&watches.coming, &group);
        let minute = seen.time.map(|it| it.as_second().div_euclid(60));
        for pattern in patterns {
            let Some(tally) = self.0.get_mut(*pattern) else { continue };
            if watches.coming.sees(&group.region) {
                *tally.who.entry(unlinked(&group.who).into_owned()).or_default() += times;
                let from = (unlinked(&group.source_ip).into_owned(), network.clone());
                *tally.from.entry(from).or_default() += times;
            }
            let Some(minute) = minute else {
                tally.undated += times;
                continue;
            };
            let here = tally.minutes.entry((group.region.clone(), minute)).or_default();
            here.events += times;
            here.ignored.iter_mut().zip(ignored).for_each(|(to, more)| *to += more);
        }
    }
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
