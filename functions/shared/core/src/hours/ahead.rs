//! What a weekly timetable in local time cannot hit: the changes around dates of their own, and the edges that a
//! clock change moves.

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZoneTransition;
use jiff::{SignedDuration, Span, Timestamp};

use super::calendar::Calendar;

impl Calendar {
    /// The dates with windows of their own, or closed, from `first` on.
    pub fn exceptions_from(&self, first: Date) -> impl Iterator<Item = Date> {
        self.exceptions().filter(move |date| first <= *date)
    }

    /// Every instant at which being in business hours changes on a local date or the day after, where its windows may
    /// end.
    pub fn changes_around(&self, date: Date) -> Vec<Timestamp> {
        let zone = self.zone.time_zone();
        let midnight = |date: Date| zone.to_timestamp(date.at(0, 0, 0, 0)).ok();
        let last = date.saturating_add(Span::new().days(2));
        let (Some(from), Some(to)) = (midnight(date), midnight(last)) else { return Vec::new() };
        // Midnight itself is one of them.
        let from = from.checked_sub(SignedDuration::from_secs(1)).unwrap_or(from);
        let mut state = self.at(from).in_business_hours;
        let changed = |t: &Timestamp| {
            let before = std::mem::replace(&mut state, self.at(*t).in_business_hours);
            before != state
        };
        self.candidates(from, to).into_iter().filter(changed).collect()
    }

    /// The instants in `(from, to]` at which an ordinary week's edges happen where the clock skips them or shows them
    /// twice: the change of the clock, and both times.
    pub fn edges_in_clock_changes(&self, from: Timestamp, to: Timestamp) -> Vec<Timestamp> {
        let jumps = self.zone.time_zone().following(from).take_while(|jump| jump.timestamp() <= to);
        jumps.flat_map(|jump| self.edges_in(&jump)).collect()
    }

    fn edges_in(&self, jump: &TimeZoneTransition<'_>) -> Vec<Timestamp> {
        let zone = self.zone.time_zone();
        let at = jump.timestamp();
        let Ok(before) = at.checked_sub(SignedDuration::from_secs(1)) else { return Vec::new() };
        let (old, new) = (zone.to_offset(before).to_datetime(at), jump.offset().to_datetime(at));
        let (low, high) = (old.min(new), old.max(new));
        let first = low.date().saturating_sub(Span::new().days(1));
        let dates = first.series(Span::new().days(1)).take_while(|date| *date <= high.date());
        let met = dates.flat_map(|date| self.weekly_edges(date)).filter(|edge| low <= *edge && *edge < high);
        let met: Vec<DateTime> = met.collect();
        let twice = met.iter().flat_map(|edge| self.instants(*edge));
        // A change of the clock that meets no edge moves none.
        if met.is_empty() { Vec::new() } else { twice.chain([at]).collect() }
    }
}
