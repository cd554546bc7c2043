//! A schedule's calendar, and what it says about an instant. See the parent module for the rule.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::{Date, DateTime};
use jiff::{Timestamp, ZonedDateTime};
use serde::Serialize;

use super::holidays::Holidays;
use super::window::{Span, Window};
use super::zone::Zone;

/// One schedule's windows, holidays and dates in its zone.
#[derive(Debug, Clone)]
pub struct Calendar {
    /// The office's time zone.
    pub zone: Zone,
    windows: Vec<Window>,
    holidays: BTreeSet<Date>,
    dates: BTreeMap<Date, Vec<Span>>,
    tables: Vec<&'static Holidays>,
}

/// Why a schedule wants its alarms armed or muted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Because {
    /// A window of the weekday covers the moment: muted.
    Window,
    /// No window does: armed.
    Outside,
    /// The day is a holiday: armed.
    Holiday,
    /// `dates` says so: armed or muted.
    Date,
    /// A person said so, for a while.
    Hold,
    /// Nothing can be said for sure: armed.
    FailSafe,
}

/// What a calendar says about an instant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    /// Whether a window covers the instant.
    pub in_business_hours: bool,
    /// Which rule decided.
    pub because: Because,
    /// The local wall clock.
    pub local: ZonedDateTime,
}

impl Reading {
    /// The wall clock with its offset, to the second: `2026-11-24T09:00:00+09:00`.
    pub fn local_text(&self) -> String {
        self.local.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
    }
}

/// Which rule gives a day its windows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rule {
    Weekday,
    Holiday,
    Date,
    /// A table of holidays does not reach so far.
    Unknown,
}

impl Calendar {
    /// Makes a calendar.
    pub fn new(zone: Zone, windows: Vec<Window>, holidays: BTreeSet<Date>, dates: BTreeMap<Date, Vec<Span>>) -> Self {
        Self { zone, windows, holidays, dates, tables: Vec::new() }
    }

    /// The same with a country's holidays; on dates that a table does not cover no window starts.
    #[must_use]
    pub fn with_holidays(mut self, tables: Vec<&'static Holidays>) -> Self {
        self.tables = tables;
        self
    }

    /// What a country's table calls the date.
    pub fn holiday_name(&self, date: Date) -> Option<&'static str> {
        self.tables.iter().find_map(|table| table.on(date))
    }

    /// Whether the date is a holiday, typed or by a country's table.
    pub fn is_holiday(&self, date: Date) -> bool {
        self.holidays.contains(&date) || self.holiday_name(date).is_some()
    }

    /// Whether every table that the calendar uses knows about the date.
    pub fn is_covered(&self, date: Date) -> bool {
        self.tables.iter().all(|table| table.covers(date))
    }

    /// Whether the date has windows of its own.
    pub fn is_exception(&self, date: Date) -> bool {
        self.dates.contains_key(&date)
    }

    /// The dates with windows of their own, or closed.
    pub(super) fn exceptions(&self) -> impl Iterator<Item = Date> {
        self.dates.keys().copied()
    }

    /// The readings at which the windows of ordinary weeks begin and end that start on a date.
    pub(super) fn weekly_edges(&self, date: Date) -> impl Iterator<Item = DateTime> {
        let on = self.windows.iter().filter(move |window| window.days.contains(date.weekday()));
        on.flat_map(move |window| window.span.edges(date))
    }

    /// The windows of ordinary weeks.
    pub fn windows(&self) -> &[Window] {
        &self.windows
    }

    /// What the calendar says about an instant.
    pub fn at(&self, instant: Timestamp) -> Reading {
        let local = instant.to_zoned_datetime(self.zone.time_zone().clone());
        let (date, time) = (local.date(), local.time());
        let (rule, mut today) = self.day(date);
        if today.any(|span| span.covers_today(time)) {
            return Reading { in_business_hours: true, because: open(rule), local };
        }
        let running_on = date.yesterday().ok().and_then(|yesterday| {
            let (rule, mut spans) = self.day(yesterday);
            spans.any(|span| span.covers_tomorrow(time)).then_some(rule)
        });
        let because = running_on.map_or_else(|| closed(rule), open);
        Reading { in_business_hours: running_on.is_some(), because, local }
    }

    /// The rule that a local date follows, and the windows that start on it.
    pub(super) fn day(&self, date: Date) -> (Rule, impl Iterator<Item = Span> + '_) {
        let exception = self.dates.get(&date);
        let rule = match exception {
            Some(_) => Rule::Date,
            None if self.is_holiday(date) => Rule::Holiday,
            None if !self.is_covered(date) => Rule::Unknown,
            None => Rule::Weekday,
        };
        let weekday = date.weekday();
        let weekly = self.windows.iter().filter(move |window| rule == Rule::Weekday && window.days.contains(weekday));
        (rule, exception.into_iter().flatten().copied().chain(weekly.map(|window| window.span)))
    }
}

fn open(rule: Rule) -> Because {
    match rule {
        Rule::Date => Because::Date,
        Rule::Weekday | Rule::Holiday | Rule::Unknown => Because::Window,
    }
}

fn closed(rule: Rule) -> Because {
    match rule {
        Rule::Date => Because::Date,
        Rule::Holiday => Because::Holiday,
        Rule::Weekday => Because::Outside,
        Rule::Unknown => Because::FailSafe,
    }
}
