//! A repetition (RFC 5545, `RRULE`) of whole days.
//!
//! Its days are those of the standard; what a rule may not hold is a mistake, never left out. The test's oracle is the
//! crate `rrule`, which counts instants in all zones of the world: its tables were the largest part of each function.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;

use jiff::civil::{Date, Weekday};
use jiff::{Span, ToSpan as _};

/// How often it repeats.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Every {
    Day,
    Week,
    Month,
    Year,
}

/// What a rule says.
#[derive(Debug)]
pub(super) struct Rule {
    every: Every,
    interval: u16,
    count: Option<u32>,
    until: Option<Date>,
    week_start: Weekday,
    months: Vec<i16>,
    /// Days of a month, of a year and weeks of a year; negative ones count from the end.
    month_days: Vec<i16>,
    year_days: Vec<i16>,
    weeks: Vec<i16>,
    /// Days of the week: each (0), or that which comes so many-th, from the end when negative.
    weekdays: Vec<(i16, Weekday)>,
    positions: Vec<i16>,
    /// How many times of a day it names: `COUNT` and `BYSETPOS` count them, the day is the same.
    times: usize,
}

impl Rule {
    /// Reads a rule of a series that begins on `first`; `until` reads the value of `UNTIL`.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(super) fn read(text: &str, first: Date, until: impl Fn(&str) -> Result<Date, String>) -> Result<Self, String> {
        let mut every = None;
        let mut rule = Self::each_day();
        let mut seen = BTreeSet::new();
        for part in text.split(';').map(str::trim).filter(|part| !part.is_empty()) {
            let (name, value) = part.split_once('=').ok_or_else(|| format!("{part:?} is no NAME=VALUE"))?;
            let name = name.trim().to_ascii_uppercase();
            let value = value.trim().to_ascii_uppercase();
            let numbers = |range| numbers(&name, &value, &range);
            match name.as_str() {
                "FREQ" => every = Some(frequency(&value)?),
                "INTERVAL" => rule.interval = number(&name, &value, 1..=u16::MAX)?,
                "COUNT" => rule.count = Some(number(&name, &value, 0..=u32::MAX)?),
                "UNTIL" => rule.until = Some(until(&value)?),
                "WKST" => rule.week_start = weekday(&value).ok_or_else(|| format!("{value} is no day of a week"))?,
                "BYMONTH" => rule.months = numbers(1..=12)?,
                "BYMONTHDAY" => rule.month_days = numbers(-31..=31)?,
                "BYYEARDAY" => rule.year_days = numbers(-366..=366)?,
                "BYWEEKNO" => rule.weeks = numbers(-53..=53)?,
                "BYSETPOS" => rule.positions = numbers(-366..=366)?,
                "BYDAY" | "BYWEEKDAY" => rule.weekdays = value.split(',').map(nth_weekday).collect::<Result<_, _>>()?,
                "BYHOUR" => rule.times *= times(&name, &value, 23)?,
                "BYMINUTE" | "BYSECOND" => rule.times *= times(&name, &value, 59)?,
                _ => return Err(format!("{name} is not known")),
            }
            if !seen.insert(name.clone()) {
                return Err(format!("{name} stands twice"));
            }
        }
        rule.every = every.ok_or("it has no FREQ")?;
        rule.checked(first)?;
        rule.complete(first);
        Ok(rule)
    }

    fn each_day() -> Self {
        Self {
            every: Every::Day,
            interval: 1,
            count: None,
            until: None,
            week_start: Weekday::Monday,
            months: Vec::new(),
            month_days: Vec::new(),
            year_days: Vec::new(),
            weeks: Vec::new(),
            weekdays: Vec::new(),
            positions: Vec::new(),
            times: 1,
        }
    }

    /// Parts that may not stand together.
    fn checked(&self, first: Date) -> Result<(), String> {
        let numbered = self.weekdays.iter().any(|(nth, _)| *nth != 0);
        let (in_months, in_years) = (matches!(self.every, Every::Month | Every::Year), self.every == Every::Year);
        let wrong = [
            (!self.month_days.is_empty() && self.every == Every::Week, "BYMONTHDAY does not go with weeks"),
            (!self.year_days.is_empty() && !in_years, "BYYEARDAY goes with years alone"),
            (!self.weeks.is_empty() && !in_years, "BYWEEKNO goes with years alone"),
            (numbered && !in_months, "a number in BYDAY goes with months and years alone"),
            (numbered && !self.weeks.is_empty(), "a number in BYDAY does not go with BYWEEKNO"),
            (self.until.is_some_and(|until| until < first), "UNTIL is before its first day"),
        ];
        wrong.into_iter().find(|(wrong, _)| *wrong).map_or(Ok(()), |(_, why)| Err(why.to_owned()))
    }

    /// What a rule does not say, the first day does.
    fn complete(&mut self, first: Date) {
        let said = [&self.month_days, &self.year_days, &self.weeks].iter().any(|days| !days.is_empty());
        if said || !self.weekdays.is_empty() {
            return;
        }
        match self.every {
            Every::Day => {}
            Every::Week => self.weekdays = vec![(0, first.weekday())],
            Every::Month => self.month_days = vec![first.day().into()],
            Every::Year => {
                if self.months.is_empty() {
                    self.months = vec![first.month().into()];
                }
                self.month_days = vec![first.day().into()];
            }
        }
    }

    /// Its days from the first one on, up to `last`.
    ///
    /// # Errors
    /// When there are more than `most`.
    pub(super) fn days(&self, first: Date, last: Date, most: usize) -> Result<Vec<Date>, String> {
        let last = self.until.map_or(last, |until| until.min(last));
        let mut left = self.count;
        let mut found: Vec<Date> = Vec::new();
        for begin in self.periods(first, last) {
            for day in self.chosen(begin).into_iter().filter(|day| *day >= first) {
                if day > last || left == Some(0) {
                    return Ok(found);
                }
                left = left.map(|left| left - 1);
                if found.last() != Some(&day) {
                    found.push(day);
                }
                if found.len() > most {
                    return Err("it repeats without end, or too often".to_owned());
                }
            }
        }
        Ok(found)
    }

    /// The first days of the weeks, months, … in which it repeats.
    fn periods(&self, first: Date, last: Date) -> impl Iterator<Item = Date> {
        let begin = match self.every {
            Every::Day => first,
            Every::Week => self.week(first).unwrap_or(first),
            Every::Month => first.first_of_month(),
            Every::Year => first.first_of_year(),
        };
        let interval = i64::from(self.interval);
        let step = match self.every {
            Every::Day => Span::new().try_days(interval),
            Every::Week => Span::new().try_weeks(interval),
            Every::Month => Span::new().try_months(interval),
            Every::Year => Span::new().try_years(interval),
        };
        let next = move |day: &Date| step.as_ref().ok().and_then(|step| day.checked_add(*step).ok());
        std::iter::successors(Some(begin), next).take_while(move |day| *day <= last)
    }

    /// The days of one period, in order, each once for every time of day that counts.
    fn chosen(&self, begin: Date) -> Vec<Date> {
        let days = self.all(begin).into_iter().filter(|day| self.meets(*day));
        let days: Vec<Date> = days.flat_map(|day| std::iter::repeat_n(day, self.times)).collect();
        if self.positions.is_empty() {
            return days;
        }
        let place = |position: &i16| match usize::from(position.unsigned_abs()) {
            from_end if *position < 0 => days.len().checked_sub(from_end),
            from_begin => from_begin.checked_sub(1),
        };
        let places: BTreeSet<usize> = self.positions.iter().filter_map(place).collect();
        places.into_iter().filter_map(|at| days.get(at).copied()).collect()
    }

    /// All days of a period, without months that it leaves out.
    fn all(&self, begin: Date) -> Vec<Date> {
        match self.every {
            Every::Day => vec![begin],
            Every::Week => (0..7).filter_map(|day| begin.checked_add(day.days()).ok()).collect(),
            Every::Month => self.of_month(begin.year(), begin.month()).collect(),
            Every::Year => (1..=12).flat_map(|month| self.of_month(begin.year(), month)).collect(),
        }
    }

    fn of_month(&self, year: i16, month: i8) -> impl Iterator<Item = Date> + use<> {
        let taken = is_in(&self.months, &[month.into()]);
        (1..=31).filter(move |_| taken).filter_map(move |day| Date::new(year, month, day).ok())
    }

    fn meets(&self, day: Date) -> bool {
        let (in_month, of_month) = (i16::from(day.day()), i16::from(day.days_in_month()));
        let (in_year, of_year) = (day.day_of_year(), day.days_in_year());
        is_in(&self.months, &[day.month().into()])
            && is_in(&self.month_days, &[in_month, in_month - of_month - 1])
            && is_in(&self.year_days, &[in_year, in_year - of_year - 1])
            && (self.weeks.is_empty() || self.week_number(day).is_some_and(|both| is_in(&self.weeks, &both)))
            && (self.weekdays.is_empty() || self.weekdays.iter().any(|wanted| self.is_weekday(day, *wanted)))
    }

    /// Whether it is such a weekday: counted in its month when the rule names months, else in its year.
    fn is_weekday(&self, day: Date, (nth, weekday): (i16, Weekday)) -> bool {
        let (at, of) = if self.every == Every::Month || !self.months.is_empty() {
            (i16::from(day.day()), i16::from(day.days_in_month()))
        } else {
            (day.day_of_year(), day.days_in_year())
        };
        day.weekday() == weekday && [0, (at - 1) / 7 + 1, -((of - at) / 7 + 1)].contains(&nth)
    }

    /// The first day of its week.
    fn week(&self, day: Date) -> Option<Date> {
        let since = day.weekday().since(self.week_start);
        day.checked_sub(since.days()).ok()
    }

    /// The number of its week, counted from the year's beginning and from its end. A week is of the year that has its
    /// fourth day, and so most of it.
    fn week_number(&self, day: Date) -> Option<[i16; 2]> {
        let number = |day: Date| Some((self.week(day)?.checked_add(3.days()).ok()?.day_of_year() - 1) / 7 + 1);
        let year = self.week(day)?.checked_add(3.days()).ok()?.year();
        // The week of 28 December is the last of its year, whichever day weeks begin with.
        let (at, of) = (number(day)?, number(Date::new(year, 12, 28).ok()?)?);
        Some([at, at - of - 1])
    }
}

/// Whether one of these is wanted; nothing wanted leaves all.
fn is_in(wanted: &[i16], these: &[i16]) -> bool {
    wanted.is_empty() || these.iter().any(|it| wanted.contains(it))
}

fn frequency(value: &str) -> Result<Every, String> {
    match value {
        "DAILY" => Ok(Every::Day),
        "WEEKLY" => Ok(Every::Week),
        "MONTHLY" => Ok(Every::Month),
        "YEARLY" => Ok(Every::Year),
        "HOURLY" | "MINUTELY" | "SECONDLY" => Err("it repeats within a day".to_owned()),
        _ => Err(format!("{value:?} is no frequency")),
    }
}

fn number<T: std::str::FromStr + PartialOrd>(name: &str, value: &str, range: RangeInclusive<T>) -> Result<T, String> {
    let read = value.trim().parse().ok().filter(|number| range.contains(number));
    read.ok_or_else(|| format!("{name} cannot be {value:?}"))
}

/// A list of numbers; none is zero.
fn numbers(name: &str, value: &str, range: &RangeInclusive<i16>) -> Result<Vec<i16>, String> {
    let one = |text: &str| number(name, text, range.clone());
    let all: Vec<i16> = value.split(',').map(one).collect::<Result<_, _>>()?;
    if all.contains(&0) { Err(format!("{name} cannot be {value:?}")) } else { Ok(all) }
}

/// How many different ones there are.
fn times(name: &str, value: &str, largest: u8) -> Result<usize, String> {
    let all: Result<BTreeSet<u8>, _> = value.split(',').map(|text| number(name, text, 0..=largest)).collect();
    all.map(|all| all.len())
}

fn weekday(text: &str) -> Option<Weekday> {
    const NAMES: [(&str, Weekday); 7] = [
        ("MO", Weekday::Monday),
        ("TU", Weekday::Tuesday),
        ("WE", Weekday::Wednesday),
        ("TH", Weekday::Thursday),
        ("FR", Weekday::Friday),
        ("SA", Weekday::Saturday),
        ("SU", Weekday::Sunday),
    ];
    NAMES.into_iter().find(|(name, _)| *name == text).map(|(_, weekday)| weekday)
}

/// `MO`, or `-1MO`.
fn nth_weekday(text: &str) -> Result<(i16, Weekday), String> {
    let text = text.trim();
    let wrong = || format!("BYDAY cannot be {text:?}");
    let at = text.len().checked_sub(2).filter(|at| text.is_char_boundary(*at)).ok_or_else(wrong)?;
    let (nth, name) = text.split_at(at);
    let weekday = weekday(name).ok_or_else(wrong)?;
    if nth.is_empty() {
        return Ok((0, weekday));
    }
    let nth = nth.parse().ok().filter(|nth| *nth != 0 && (-53..=53).contains(nth)).ok_or_else(wrong)?;
    Ok((nth, weekday))
}

#[cfg(test)]
mod tests;
