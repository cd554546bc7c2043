//! What was read of somebody's past, and the answer that it supports.

use std::collections::BTreeMap;
use std::net::IpAddr;

use ipnet::Ipv6Net;
use jiff::{SignedDuration, Timestamp};

use super::{DAYS, FromAddress, History, Subject, Usual};
use crate::activity::{Group, Groups, Handle, Place, Sighting};
use crate::known::{self, Known};

/// How many earlier ones are needed before any place is called usual.
const ENOUGH: u64 = 3;

/// How far back a look-up came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// To its end, in a log whose oldest event is of this time.
    Whole {
        /// The oldest event's log time.
        oldest: Timestamp,
    },
    /// A bound, the time or a failure ended it.
    CutOff,
}

/// What was read. Each act counts once.
#[derive(Debug)]
pub struct Past {
    subject: Subject,
    /// Only what was before counts: everything from here on stands in the notice itself.
    before: Timestamp,
    acts: Groups,
}

impl Past {
    /// Nothing read yet, of what somebody did before an instant.
    pub fn new(subject: Subject, before: Timestamp) -> Self {
        Self { subject, before, acts: Groups::default() }
    }

    /// Who it is about.
    pub fn subject(&self) -> &Subject {
        &self.subject
    }

    /// Takes in a log line. What is no record, somebody else's, a drill, failed, or not before is none of it.
    pub fn add(&mut self, line: &str, log_id: &str, logged_at: Timestamp) {
        let Ok(seen) = Sighting::read(line) else { return };
        let before = seen.time.is_some_and(|time| time < self.before);
        if before && !seen.drill && seen.has_succeeded() && self.subject.is_of(&seen) {
            self.acts.add(&seen, log_id, logged_at, false);
        }
    }

    /// How many kinds of acts are kept; each takes memory.
    pub fn kinds(&self) -> usize {
        self.acts.len()
    }

    /// Puts what may be said of an entry into it.
    pub fn tell(&self, entry: &mut Group, reach: Reach, known: &[Known]) {
        if self.subject.is_of_address() {
            entry.address_history = self.of_address(reach);
        } else {
            entry.history = self.answer(entry, reach, known);
        }
    }

    /// Who signed in from the address. None when nothing may be said.
    fn of_address(&self, reach: Reach) -> Option<FromAddress> {
        let mut earlier: Vec<&Group> = self.acts.groups().collect();
        earlier.sort_by_key(|it| std::cmp::Reverse(it.last));
        let (days, complete) = match reach {
            Reach::Whole { oldest } => (self.days_since(oldest), true),
            Reach::CutOff => {
                (earlier.iter().map(|it| it.first).min().map_or(0, |it| whole_days(self.before, it)), false)
            }
        };
        let last = earlier.first().copied();
        let mut people: Vec<_> = earlier.iter().map(|it| (&it.who, it.identity, &it.actor_account)).collect();
        people.sort_unstable();
        people.dedup();
        let root = |it: &Group| it.actor_account.clone().unwrap_or_else(|| it.account.clone());
        (last.is_some() || (complete && days > 0)).then(|| FromAddress {
            looked_back_days: days,
            sign_ins: earlier.iter().map(|it| it.count).sum(),
            last_who: last.map_or(String::new(), |it| it.who.clone()),
            last_root: last.filter(|it| it.handle == Handle::Root).map(root),
            last: last.map(|it| it.last),
            others: u64::try_from(people.len().saturating_sub(1)).unwrap_or(u64::MAX),
            complete,
        })
    }

    /// What may be said of this entry. None when nothing may.
    pub fn answer(&self, now: &Group, reach: Reach, known: &[Known]) -> Option<History> {
        let (days, complete) = match reach {
            Reach::Whole { oldest } => (self.days_since(oldest), true),
            Reach::CutOff => (0, false),
        };
        let mut earlier: Vec<&Group> = self.acts.groups().collect();
        earlier.sort_by_key(|it| std::cmp::Reverse(it.last));
        let count = earlier.iter().map(|it| it.count).sum();
        let oldest = earlier.iter().map(|it| it.first).min();
        // What was seen reaches as far as its oldest.
        let days = if complete { days } else { oldest.map_or(0, |it| whole_days(self.before, it)) };
        let from_here = address(&now.source_ip).map(|here| {
            let same = |it: &&&Group| address(&it.source_ip) == Some(here);
            earlier.iter().filter(same).map(|it| it.last).max()
        });
        let is_whole = complete && days > 0;
        let first_from_address = match from_here {
            Some(Some(_)) => Some(false),
            Some(None) if is_whole => Some(true),
            _ => None,
        };
        let start = || self.before.checked_sub(SignedDuration::from_hours(24 * days)).ok();
        let last = earlier.iter().map(|it| it.last).max();
        let first_since = if is_whole { last.or_else(start) } else { None };
        let usual = usual(&earlier, known);
        (is_whole || count > 0).then_some(History {
            looked_back_days: days,
            earlier: count,
            first_from_address,
            first_since,
            last_from_address: from_here.flatten(),
            usual,
            complete,
        })
    }

    /// Whole days of the log before, as many as are asked at most.
    fn days_since(&self, oldest: Timestamp) -> i64 {
        whole_days(self.before, oldest)
    }
}

fn whole_days(until: Timestamp, from: Timestamp) -> i64 {
    (until.duration_since(from).as_hours() / 24).clamp(0, DAYS)
}

/// An address, of version 6 its network of 64 bits: within it a computer changes its address by itself.
fn address(text: &str) -> Option<IpAddr> {
    match text.parse().ok()? {
        IpAddr::V6(it) => Some(Ipv6Net::new(it, 64).ok()?.trunc().addr().into()),
        four @ IpAddr::V4(_) => Some(four),
    }
}

impl Usual {
    /// An address, or its network where that is what stays the same.
    fn of_address(text: &str) -> Option<Self> {
        Some(match address(text)? {
            IpAddr::V6(network) => Self::Address(format!("{network}/64")),
            four @ IpAddr::V4(_) => Self::Address(four.to_string()),
        })
    }

    /// Whether an entry of a notice came from there.
    pub fn is_of(&self, group: &Group) -> bool {
        match (self, &group.place) {
            (Self::Network(name), Place::Known(here)) => name == here,
            (Self::Network(_), _) => false,
            (Self::Address(_), _) => Self::of_address(&group.source_ip).as_ref() == Some(self),
        }
    }
}

/// The place of more than half of at least three.
fn usual(earlier: &[&Group], known: &[Known]) -> Option<Usual> {
    let mut places: BTreeMap<String, (u64, Usual)> = BTreeMap::new();
    let mut all = 0;
    for act in earlier {
        all += act.count;
        let place = match known::place(act, known) {
            Place::Known(name) => Usual::Network(name),
            Place::Unsaid | Place::Unknown | Place::Endpoint => match Usual::of_address(&act.source_ip) {
                Some(place) => place,
                None => continue,
            },
            Place::Service => continue,
        };
        let key = format!("{place:?}");
        places.entry(key).or_insert((0, place)).0 += act.count;
    }
    let (count, place) = places.into_values().max_by_key(|(count, _)| *count)?;
    (all >= ENOUGH && count * 2 > all).then_some(place)
}
