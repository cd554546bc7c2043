//! The dates of an event that repeats: its rules, and the single dates that are added and left out.

use std::collections::BTreeSet;

use jiff::ToSpan as _;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::moment::{Moment, moment};
use super::rule::Rule;

/// What repeats without an end is listed up to this day.
const LAST: Date = Date::constant(2100, 12, 31);

/// Repetitions of one event at most: more than the days from now to [`LAST`].
const MOST: usize = 40_000;

/// The whole days of an event, with their repetitions.
#[derive(Debug)]
pub(super) struct Days {
    /// The first day.
    pub(super) first: Date,
    /// How many days each lasts.
    pub(super) length: i32,
    /// `RRULE`s.
    pub(super) rules: Vec<String>,
    /// `RDATE`s.
    pub(super) more: Vec<Date>,
    /// `EXDATE`s.
    pub(super) without: Vec<Date>,
    /// The date of a series that it stands for (`RECURRENCE-ID`).
    pub(super) instead_of: Option<Date>,
    /// The schedule's zone.
    pub(super) zone: Option<TimeZone>,
}

impl Days {
    /// The first days of all repetitions.
    ///
    /// # Errors
    /// The rule that is not understood.
    pub(super) fn all(&self) -> Result<Vec<Date>, String> {
        // The first day counts whether the rule meets it or not: in doubt, a holiday.
        let mut firsts = BTreeSet::from([self.first]);
        firsts.extend(&self.more);
        for rule in &self.rules {
            firsts.extend(self.repeated(rule)?);
        }
        for date in &self.without {
            firsts.remove(date);
        }
        Ok(firsts.into_iter().collect())
    }

    /// The days of one repetition.
    pub(super) fn from(&self, first: Date) -> impl Iterator<Item = Date> + use<> {
        (0..self.length).filter_map(move |day| first.checked_add(day.days()).ok())
    }

    fn repeated(&self, text: &str) -> Result<Vec<Date>, String> {
        let wrong = |why: String| format!("RRULE {text:?} is not understood: {why}; write the single dates as events");
        // What is repeated until an instant ends with its day.
        let until = |value: &str| moment(value, self.zone.as_ref()).map(Moment::date);
        let rule = Rule::read(text, self.first, until).map_err(wrong)?;
        rule.days(self.first, LAST, MOST).map_err(wrong)
    }
}
