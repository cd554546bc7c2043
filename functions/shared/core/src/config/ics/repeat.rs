//! The dates of an event that repeats. The rules themselves are the crate `rrule`'s; here is what they mean for whole
//! days.

use std::collections::BTreeSet;

use jiff::ToSpan as _;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use rrule::{Frequency, RRule, RRuleSet, Tz, Unvalidated};

use super::moment::moment;

/// What repeats without an end is listed up to the end of this year.
const LAST_YEAR: i32 = 2100;

/// Repetitions of one event at most: more than the days until [`LAST_YEAR`].
const MOST: u16 = 40_000;

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
        let rule: RRule<Unvalidated> = self.in_days(text)?.parse().map_err(|why| wrong(format!("{why}")))?;
        if matches!(rule.get_freq(), Frequency::Hourly | Frequency::Minutely | Frequency::Secondly) {
            return Err(wrong("it repeats within a day".to_owned()));
        }
        let start = midnight(self.first).ok_or_else(|| wrong("its first day is out of range".to_owned()))?;
        let set: RRuleSet = rule.build(start).map_err(|why| wrong(format!("{why}")))?;
        let end = jiff_year_end().and_then(midnight).unwrap_or(start);
        let found = set.before(end).all(MOST);
        if found.limited {
            return Err(wrong("it repeats without end, or too often".to_owned()));
        }
        Ok(found.dates.iter().filter_map(date).collect())
    }

    /// The rule with an `UNTIL` that ends with its day, in UTC as the dates here are.
    fn in_days(&self, text: &str) -> Result<String, String> {
        let part = |part: &str| match part.split_once('=') {
            Some((name, value)) if name.trim().eq_ignore_ascii_case("UNTIL") => {
                let last = moment(value, self.zone.as_ref())?.date();
                Ok(format!("UNTIL={}T000000Z", last.strftime("%Y%m%d")))
            }
            _ => Ok(part.trim().to_ascii_uppercase()),
        };
        let parts: Vec<String> =
            text.split(';').filter(|part| !part.trim().is_empty()).map(part).collect::<Result<_, String>>()?;
        Ok(parts.join(";"))
    }
}

fn jiff_year_end() -> Option<Date> {
    Date::new(i16::try_from(LAST_YEAR).ok()?, 12, 31).ok()
}

fn midnight(date: Date) -> Option<chrono::DateTime<Tz>> {
    let (month, day) = (u32::try_from(date.month()).ok()?, u32::try_from(date.day()).ok()?);
    let naive = chrono::NaiveDate::from_ymd_opt(i32::from(date.year()), month, day)?.and_hms_opt(0, 0, 0)?;
    Some(naive.and_utc().with_timezone(&Tz::UTC))
}

fn date(at: &chrono::DateTime<Tz>) -> Option<Date> {
    use chrono::Datelike as _;
    let (month, day) = (i8::try_from(at.month()).ok()?, i8::try_from(at.day()).ok()?);
    Date::new(i16::try_from(at.year()).ok()?, month, day).ok()
}
