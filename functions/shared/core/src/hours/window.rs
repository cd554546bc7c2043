//! Windows: times of day, days of the week, and the span between two times.

use jiff::civil::{Date, DateTime, Time, Weekday};

/// A time of day with minutes, `00:00` to `24:00`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Clock(u16);

/// Why a text is no time of day, or two are no window.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct InvalidClock(String);

impl Clock {
    const DAY: u16 = 24 * 60;

    /// Reads `HH:MM`: two ASCII digits each, `24:00` allowed.
    ///
    /// # Errors
    /// [`InvalidClock`] with what was expected.
    pub fn parse(text: &str) -> Result<Self, InvalidClock> {
        let fail = |hint: &str| Err(InvalidClock(format!("{text:?} is no time; \"HH:MM\" is expected{hint}")));
        let &[h1, h2, b':', m1, m2] = text.as_bytes() else {
            let padded = format!("0{text}");
            let hint = if padded.len() == 5 && Self::parse(&padded).is_ok() {
                format!(", here {padded:?}")
            } else {
                ", for instance \"09:00\"".to_owned()
            };
            return fail(&hint);
        };
        if ![h1, h2, m1, m2].iter().all(u8::is_ascii_digit) {
            return fail(", for instance \"09:00\"");
        }
        let two = |tens: u8, ones: u8| u16::from(tens - b'0') * 10 + u16::from(ones - b'0');
        let (hour, minute) = (two(h1, h2), two(m1, m2));
        if minute > 59 {
            return fail(" with minutes 00 to 59");
        }
        match hour * 60 + minute {
            minutes if minutes <= Self::DAY => Ok(Self(minutes)),
            _ => fail(" with hours 00 to 23, or \"24:00\" at the end of a day"),
        }
    }

    /// This time on a date; `24:00` is midnight of the next day. `None` only at the end of the calendar.
    fn on(self, date: Date) -> Option<DateTime> {
        if self.0 == Self::DAY {
            return Some(date.tomorrow().ok()?.to_datetime(Time::midnight()));
        }
        let hour = i8::try_from(self.0 / 60).ok()?;
        let minute = i8::try_from(self.0 % 60).ok()?;
        Some(date.to_datetime(Time::new(hour, minute, 0, 0).ok()?))
    }

    /// Whether a reading stands at or after this time of day.
    fn reached(self, reading: Time) -> bool {
        i64::from(reading.hour()) * 60 + i64::from(reading.minute()) >= i64::from(self.0)
    }
}

impl std::fmt::Display for Clock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:02}:{:02}", self.0 / 60, self.0 % 60)
    }
}

/// From one time of day to another, the start included and the end not; over midnight when the end is the earlier.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    start: Clock,
    end: Clock,
}

impl Span {
    /// Makes a span.
    ///
    /// # Errors
    /// [`InvalidClock`] when both are equal, or the start is `24:00`.
    pub fn new(start: Clock, end: Clock) -> Result<Self, InvalidClock> {
        if start.0 == Clock::DAY {
            return Err(InvalidClock("a window cannot start at 24:00; write 00:00 of the next day".to_owned()));
        }
        if start == end {
            return Err(InvalidClock(format!(
                "start and end are both {start}: the window is empty; a whole day is start = \"00:00\", end = \"24:00\""
            )));
        }
        Ok(Self { start, end })
    }

    /// When it starts.
    pub fn start(self) -> Clock {
        self.start
    }

    /// When it ends.
    pub fn end(self) -> Clock {
        self.end
    }

    /// Whether it runs past midnight into the next day.
    pub fn is_overnight(self) -> bool {
        self.end < self.start
    }

    /// The readings at which it begins and ends when it starts on a date.
    pub(super) fn edges(self, date: Date) -> impl Iterator<Item = DateTime> + use<> {
        let ends_on = if self.is_overnight() { date.tomorrow().ok() } else { Some(date) };
        [self.start.on(date), ends_on.and_then(|date| self.end.on(date))].into_iter().flatten()
    }

    /// Whether it covers a reading on the day it starts on.
    pub(super) fn covers_today(self, reading: Time) -> bool {
        self.start.reached(reading) && (self.is_overnight() || !self.end.reached(reading))
    }

    /// Whether it covers a reading on the day after the one it starts on.
    pub(super) fn covers_tomorrow(self, reading: Time) -> bool {
        self.is_overnight() && !self.end.reached(reading)
    }
}

/// Days of the week.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Days(u8);

impl Days {
    /// The names as the config writes them, Monday first.
    pub const NAMES: [&'static str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

    /// Adds the day with this name; `false` when no day has it.
    pub fn add(&mut self, name: &str) -> bool {
        let Some(index) = Self::NAMES.iter().position(|known| *known == name) else { return false };
        self.0 |= 1 << index;
        true
    }

    /// Whether the day with this name is in the set.
    pub fn has(self, name: &str) -> bool {
        Self::NAMES.iter().position(|known| *known == name).is_some_and(|index| self.0 & (1 << index) != 0)
    }

    /// Whether no day is in the set.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether the day is in the set.
    pub fn contains(self, day: Weekday) -> bool {
        self.0 & (1 << day.to_monday_zero_offset()) != 0
    }
}

/// A span on some days of the week.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// The days it starts on.
    pub days: Days,
    /// From when to when.
    pub span: Span,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_hh_mm() {
        for good in ["00:00", "09:05", "23:59", "24:00"] {
            assert_eq!(Clock::parse(good).map(|c| c.to_string()), Ok(good.to_owned()));
        }
        let bad = [
            ("", "HH:MM"),
            ("9:00", "\"09:00\""),
            ("01:99", "minutes"),
            ("24:01", "24:00"),
            ("25:00", "hours"),
            ("０９:00", "HH:MM"),
            ("09:00:00", "HH:MM"),
            ("-1:00", "HH:MM"),
            ("9am", "HH:MM"),
            ("09.00", "HH:MM"),
        ];
        for (text, expected) in bad {
            let message = Clock::parse(text).unwrap_err().to_string();
            assert!(message.contains(expected), "{text}: {message}");
        }
    }

    #[test]
    fn a_window_has_a_length() {
        let span = |a, b| Span::new(Clock::parse(a).unwrap(), Clock::parse(b).unwrap());
        assert!(span("00:00", "24:00").is_ok_and(|s| !s.is_overnight()));
        assert!(span("22:00", "06:00").is_ok_and(Span::is_overnight));
        assert!(span("17:31", "17:31").unwrap_err().to_string().contains("empty"));
        assert!(span("24:00", "17:41").unwrap_err().to_string().contains("24:00"));
    }
}
