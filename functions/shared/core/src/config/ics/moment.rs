//! A date, or a date with a time of day, as iCalendar writes it.

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;

/// A `DATE` or a `DATE-TIME`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Moment {
    Day(Date),
    /// The wall clock of the event's own zone, or of the schedule's where the file says UTC.
    Clock(DateTime),
}

impl Moment {
    pub(super) fn date(self) -> Date {
        match self {
            Self::Day(date) => date,
            Self::Clock(clock) => clock.date(),
        }
    }

    /// The first day that an event which ends here does not touch any more.
    pub(super) fn first_day_after(self) -> Result<Date, String> {
        match self {
            Self::Clock(clock) if clock.time() != Time::midnight() => {
                clock.date().tomorrow().map_err(|error| error.to_string())
            }
            other => Ok(other.date()),
        }
    }

    pub(super) fn is_day(self) -> bool {
        matches!(self, Self::Day(_))
    }

    pub(super) fn is_midnight(self) -> bool {
        matches!(self, Self::Clock(clock) if clock.time() == Time::midnight())
    }
}

/// Reads one; an instant in UTC is the reading of `zone`'s clock.
///
/// # Errors
/// What is no date.
pub(super) fn moment(text: &str, zone: Option<&TimeZone>) -> Result<Moment, String> {
    let text = text.trim();
    let digits = |text: &str, many| text.len() == many && text.bytes().all(|b| b.is_ascii_digit());
    if digits(text, 8) {
        return Date::strptime("%Y%m%d", text).map(Moment::Day).map_err(|_| format!("{text:?} is no date"));
    }
    let (clock, utc) = text.strip_suffix(['Z', 'z']).map_or((text, false), |clock| (clock, true));
    let shaped = clock.split_once(['T', 't']).is_some_and(|(day, time)| digits(day, 8) && digits(time, 6));
    let read = DateTime::strptime("%Y%m%dT%H%M%S", clock.to_ascii_uppercase());
    let read = read.ok().filter(|_| shaped).ok_or_else(|| format!("{text:?} is no date"))?;
    if !utc {
        return Ok(Moment::Clock(read));
    }
    let zone = zone.ok_or_else(|| format!("{text:?} is a date in the schedule's zone only, and that has a mistake"))?;
    let there = TimeZone::UTC.to_timestamp(read).map_err(|error| error.to_string())?;
    Ok(Moment::Clock(there.to_zoned_datetime(zone.clone()).datetime()))
}
