//! When a calendar's answer changes next.
//!
//! The answer depends on the wall-clock reading alone, so it can change only where the reading meets the start
//! or the end of a window, or jumps. All such instants are listed, and the first one where [`Calendar::at`]
//! answers otherwise is the change: windows that touch, gaps, overlaps and midnight need no rules of their own.

use std::collections::BTreeMap;

use jiff::civil::{Date, DateTime};
use jiff::tz::AmbiguousOffset;
use jiff::{SignedDuration, Span, Timestamp};

use super::calendar::Calendar;

/// How far ahead is looked, in days; short steps first, because most changes are near.
const AHEAD: [i64; 3] = [2, 8, 400];

/// As far as [`AHEAD`] looks.
const HORIZON: SignedDuration = SignedDuration::from_hours(24 * AHEAD[2]);

/// So many changes are remembered, more than anybody looks ahead at.
const REMEMBERED: usize = 64;

/// The changes of one calendar that were found before: a calendar that never changes is searched to its horizon once, and
/// not at every look.
#[derive(Debug, Clone, Default)]
pub struct Changes {
    /// What comes next from each of these instants on; `None`: nothing up to the horizon.
    found: BTreeMap<Timestamp, Option<Timestamp>>,
}

impl Changes {
    /// What [`Calendar::next_change`] answers. All calls must be about the same calendar.
    pub fn after(&mut self, calendar: &Calendar, instant: Timestamp) -> Option<Timestamp> {
        match self.found.range(..=instant).next_back() {
            Some((_, Some(change))) if instant < *change => return Some(*change),
            Some((from, None)) => {
                let seen = from.checked_add(HORIZON).ok().filter(|seen| instant < *seen);
                if let (Some(seen), Ok(to)) = (seen, instant.checked_add(HORIZON)) {
                    // Nothing changes up to there: only what has come into sight since is looked at.
                    return calendar.change_within(seen, to, calendar.at(instant).in_business_hours);
                }
            }
            _ => {}
        }
        let change = calendar.next_change(instant);
        if self.found.len() >= REMEMBERED {
            self.found.clear();
        }
        self.found.insert(instant, change);
        change
    }
}

impl Calendar {
    /// The first instant after `instant` at which being in business hours changes; `None` when it does not
    /// within 400 days.
    pub fn next_change(&self, instant: Timestamp) -> Option<Timestamp> {
        let now = self.at(instant).in_business_hours;
        let mut from = instant;
        for days in AHEAD {
            let to = instant.checked_add(SignedDuration::from_hours(24 * days)).ok()?;
            let change = self.change_within(from, to, now);
            if change.is_some() {
                return change;
            }
            from = to;
        }
        None
    }

    /// The first instant in `(from, to]` at which being in business hours is not `now`.
    fn change_within(&self, from: Timestamp, to: Timestamp, now: bool) -> Option<Timestamp> {
        self.candidates(from, to).into_iter().find(|t| self.at(*t).in_business_hours != now)
    }

    /// The last instant, up to and including `instant`, at which business hours began; `None` when they did not
    /// within the last 31 days, which is as far as CloudWatch keeps an alarm's history.
    pub fn last_opening(&self, instant: Timestamp) -> Option<Timestamp> {
        let from = instant.checked_sub(SignedDuration::from_hours(24 * 31)).ok()?;
        let opens = |t: &Timestamp| {
            let before = t.checked_sub(SignedDuration::from_nanos(1));
            self.at(*t).in_business_hours && before.is_ok_and(|before| !self.at(before).in_business_hours)
        };
        self.candidates(from, instant).into_iter().rev().find(opens)
    }

    /// Every instant in `(from, to]` at which the answer may change, in order.
    pub(super) fn candidates(&self, from: Timestamp, to: Timestamp) -> Vec<Timestamp> {
        let zone = self.zone.time_zone();
        // Two days wider on both sides: windows run over midnight, and zones have skipped a whole day.
        let first = zone.to_datetime(from).date().saturating_sub(Span::new().days(2));
        let last = zone.to_datetime(to).date().saturating_add(Span::new().days(2));
        let mut found: Vec<Timestamp> =
            first.series(Span::new().days(1)).take_while(|date| *date <= last).flat_map(|d| self.edges(d)).collect();
        found.extend(zone.following(from).map(|jump| jump.timestamp()).take_while(|t| *t <= to));
        found.retain(|t| from < *t && *t <= to);
        found.sort_unstable();
        found.dedup();
        found
    }

    /// The instants at which the windows that start on a date begin and end.
    fn edges(&self, date: Date) -> Vec<Timestamp> {
        let (_, spans) = self.day(date);
        spans.flat_map(|span| span.edges(date)).flat_map(|reading| self.instants(reading)).collect()
    }

    /// When the wall clock shows a reading: once, twice in an overlap, never in a gap (the jump itself is a
    /// candidate of its own).
    pub(super) fn instants(&self, reading: DateTime) -> impl Iterator<Item = Timestamp> + use<> {
        let offsets = match self.zone.time_zone().to_ambiguous_timestamp(reading).offset() {
            AmbiguousOffset::Unambiguous { offset } => [Some(offset), None],
            AmbiguousOffset::Fold { before, after } => [Some(before), Some(after)],
            AmbiguousOffset::Gap { .. } => [None, None],
        };
        offsets.into_iter().flatten().filter_map(move |offset| offset.to_timestamp(reading).ok())
    }
}
