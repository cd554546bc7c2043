//! One event: which days it covers, or why it covers none.

use std::fmt;

use icalendar::parser::{Component, Property};
use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use jiff::{Span, Unit};

use super::moment::{Moment, moment};
use super::repeat::Days;

/// The longest event, in days; more is a slip.
const LONGEST: i64 = 60;

/// How Outlook and others mark an all-day event that they write as midnight to midnight.
const ALL_DAY: [&str; 3] = ["X-MICROSOFT-CDO-ALLDAYEVENT", "X-MICROSOFT-MSNCALENDAR-ALLDAYEVENT", "X-FUNAMBOL-ALLDAY"];

/// An event and where it stands.
pub(super) struct Event<'c> {
    component: &'c Component<'c>,
    line: usize,
}

/// What an event says.
#[derive(Debug)]
pub(super) enum Read {
    /// Whole days.
    Days(Days),
    /// A time of day.
    Meeting,
    /// It does not take place; with a date, that one of a series does not.
    Cancelled(Option<Date>),
}

impl fmt::Display for Event<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let summary: String = self.text("SUMMARY").unwrap_or("without summary").chars().take(60).collect();
        write!(f, "line {}: event {summary:?}", self.line)
    }
}

impl<'c> Event<'c> {
    pub(super) fn of(component: &'c Component<'c>, line: usize) -> Self {
        Self { component, line }
    }

    fn all(&self, name: &'c str) -> impl Iterator<Item = &'c Property<'c>> {
        self.component.properties.iter().filter(move |property| property.name.as_str().eq_ignore_ascii_case(name))
    }

    fn text(&self, name: &'c str) -> Option<&'c str> {
        self.all(name).next().map(|property| property.val.as_str())
    }

    /// What series it belongs to.
    pub(super) fn uid(&self) -> Option<&'c str> {
        self.text("UID")
    }

    /// Whether its description or categories hold the words, in any letter case.
    pub(super) fn is_about(&self, only: Option<&str>) -> bool {
        let Some(only) = only.map(str::to_lowercase) else { return true };
        let texts = ["DESCRIPTION", "CATEGORIES"].into_iter().flat_map(|name| self.all(name));
        texts.into_iter().any(|property| unescaped(property.val.as_str()).to_lowercase().contains(&only))
    }

    /// Reads it; an instant in UTC is a date of `zone`.
    ///
    /// # Errors
    /// Why it cannot be read.
    pub(super) fn read(&self, zone: Option<&TimeZone>) -> Result<Read, String> {
        let moment = |text: &str| moment(text, zone);
        let instead_of = self.instead_of(zone)?;
        if self.text("STATUS").is_some_and(|status| status.trim().eq_ignore_ascii_case("CANCELLED")) {
            return Ok(Read::Cancelled(instead_of));
        }
        let start = moment(self.text("DTSTART").ok_or("it has no DTSTART")?)?;
        let end = match (self.text("DTEND"), self.text("DURATION")) {
            (Some(end), _) => Some(moment(end)?.first_day_after().map(|day| (moment(end), day))?),
            (None, Some(duration)) => {
                let end = ends(start, duration)?;
                Some((Ok(end), end.first_day_after()?))
            }
            (None, None) => None,
        };
        let marked = ALL_DAY.iter().filter_map(|name| self.text(name)).any(is_true);
        let whole =
            end.as_ref().is_some_and(|(end, _)| end.as_ref().is_ok_and(|end| end.is_midnight() || end.is_day()));
        if marked && !start.is_day() && !start.is_midnight() {
            return Err(format!(
                "it is marked as all-day, but begins at {} by the schedule's clock",
                self.text("DTSTART").unwrap_or_default()
            ));
        }
        if !(start.is_day() || start.is_midnight() && (marked || whole)) {
            return Ok(Read::Meeting);
        }
        let first = start.date();
        let length = length(first, end.map(|(_, after)| after))?;
        let dates = |name| self.dates(name, zone);
        let rules = self.all("RRULE").map(|rule| rule.val.as_str().to_owned()).collect();
        Ok(Read::Days(Days {
            first,
            length,
            rules,
            more: dates("RDATE")?,
            without: dates("EXDATE")?,
            instead_of,
            zone: zone.cloned(),
        }))
    }

    /// The date of a series that this event stands for.
    fn instead_of(&self, zone: Option<&TimeZone>) -> Result<Option<Date>, String> {
        let Some(property) = self.all("RECURRENCE-ID").next() else { return Ok(None) };
        if property.params.iter().any(|param| param.key.as_str().eq_ignore_ascii_case("RANGE")) {
            return Err("RECURRENCE-ID with RANGE is not understood; write the single dates as events".to_owned());
        }
        Ok(Some(moment(property.val.as_str(), zone)?.date()))
    }

    /// The dates of a property that may stand several times and hold several values each.
    fn dates(&self, name: &'c str, zone: Option<&TimeZone>) -> Result<Vec<Date>, String> {
        let values = self.all(name).flat_map(|property| property.val.as_str().split(','));
        // Of a period (`start/end`) the beginning counts.
        values.map(|value| Ok(moment(value.split('/').next().unwrap_or_default(), zone)?.date())).collect()
    }
}

/// `TEXT` as people read it (RFC 5545, 3.3.11).
fn unescaped(text: &str) -> String {
    text.replace("\\n", "\n").replace("\\N", "\n").replace("\\,", ",").replace("\\;", ";").replace("\\\\", "\\")
}

fn is_true(text: &str) -> bool {
    let text = text.trim();
    text.eq_ignore_ascii_case("TRUE") || text == "1"
}

/// How many days there are from the first to the first that is none.
fn length(first: Date, after: Option<Date>) -> Result<i32, String> {
    let Some(after) = after else { return Ok(1) };
    let days = first.until((Unit::Day, after)).map_or(0, |span: Span| i64::from(span.get_days()));
    // Some programs write an end on the first day itself.
    match if after == first { 1 } else { days } {
        days @ 1..=LONGEST => i32::try_from(days).map_err(|error| error.to_string()),
        _ => Err(format!("it lasts from {first} to {after}; 1 to {LONGEST} days are expected")),
    }
}

fn ends(start: Moment, duration: &str) -> Result<Moment, String> {
    let wrong = || format!("DURATION {duration:?} is not understood; one such as P1D is expected");
    let span: Span = duration.trim().parse().map_err(|_| wrong())?;
    if span.is_negative() {
        return Err(wrong());
    }
    let from = match start {
        Moment::Day(date) => date.to_datetime(Time::midnight()),
        Moment::Clock(clock) => clock,
    };
    from.checked_add(span).map(Moment::Clock).map_err(|_| wrong())
}
