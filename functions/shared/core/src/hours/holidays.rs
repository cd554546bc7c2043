//! Holidays that a config names instead of typing them. Each table says which years it covers; about other years
//! nothing is known, and a calendar that uses it answers fail-safe.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::sync::LazyLock;

use jiff::civil::Date;
use serde::Deserialize;

/// The holidays of a country for some years.
#[derive(Debug, PartialEq, Eq)]
pub struct Holidays {
    years: RangeInclusive<i16>,
    days: BTreeMap<Date, String>,
}

static JP: LazyLock<Holidays> = LazyLock::new(|| Holidays::read(include_str!("../../../../../infra/holidays/jp.toml")));

impl Holidays {
    /// The names of all tables.
    pub const NAMES: [&'static str; 1] = ["jp"];

    /// The table with this name.
    pub fn named(name: &str) -> Option<&'static Self> {
        (name == "jp").then(|| &*JP)
    }

    /// The years that it covers.
    pub fn years(&self) -> &RangeInclusive<i16> {
        &self.years
    }

    /// The holiday's name, when the date is one.
    pub fn on(&self, date: Date) -> Option<&str> {
        self.days.get(&date).map(String::as_str)
    }

    /// Whether it knows about the date at all.
    pub fn covers(&self, date: Date) -> bool {
        self.years.contains(&date.year())
    }

    /// Reads a table; one that cannot be read covers no year, so that everything about it is fail-safe.
    fn read(text: &str) -> Self {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct File {
            first_year: i16,
            last_year: i16,
            days: BTreeMap<String, String>,
        }
        let none = || Self { years: RangeInclusive::new(1, 0), days: BTreeMap::new() };
        let Ok(file) = toml::from_str::<File>(text) else { return none() };
        let day = |(date, name): (String, String)| Some((date.parse().ok()?, name));
        match file.days.into_iter().map(day).collect() {
            Some(days) => Self { years: file.first_year..=file.last_year, days },
            None => none(),
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::ToSpan as _;
    use jiff::civil::{Weekday, date};

    use super::*;

    /// What the Cabinet Office published for 2026 and 2027 (国民の祝日について, syukujitsu.csv).
    const ANNOUNCED: [&str; 35] = [
        "2026-01-01",
        "2026-01-12",
        "2026-02-11",
        "2026-02-23",
        "2026-03-20",
        "2026-04-29",
        "2026-05-03",
        "2026-05-04",
        "2026-05-05",
        "2026-05-06",
        "2026-07-20",
        "2026-08-11",
        "2026-09-21",
        "2026-09-22",
        "2026-09-23",
        "2026-10-12",
        "2026-11-03",
        "2026-11-23",
        "2027-01-01",
        "2027-01-11",
        "2027-02-11",
        "2027-02-23",
        "2027-03-21",
        "2027-03-22",
        "2027-04-29",
        "2027-05-03",
        "2027-05-04",
        "2027-05-05",
        "2027-07-19",
        "2027-08-11",
        "2027-09-20",
        "2027-09-23",
        "2027-10-11",
        "2027-11-03",
        "2027-11-23",
    ];

    #[test]
    fn japan_is_as_announced() {
        let table: Vec<String> =
            JP.days.keys().map(ToString::to_string).filter(|day| day < &"2028".to_owned()).collect();
        assert_eq!(table, ANNOUNCED);
    }

    #[test]
    fn japan_covers_ten_years_ahead_by_the_rules_of_the_act() {
        assert_eq!(JP.years(), &(2026..=2037));
        let named = |day: Date| JP.on(day).filter(|name| !name.starts_with("休日"));
        for day in date(2026, 1, 1).series(1.day()).take_while(|day| day.year() <= 2037) {
            let (before, after) = (day.yesterday().unwrap(), day.tomorrow().unwrap());
            // Back through the holidays to the one that a substitute would stand for.
            let run = before.series(-1.day()).take_while(|day| named(*day).is_some());
            let substitute = run.into_iter().any(|day| day.weekday() == Weekday::Sunday);
            let between = named(before).is_some() && named(after).is_some();
            let expected = named(day).is_some() || substitute || between;
            assert_eq!(JP.on(day).is_some(), expected, "{day}");
        }
        for year in JP.years().clone() {
            let of_year = JP.days.keys().filter(|day| day.year() == year && named(**day).is_some());
            assert_eq!(of_year.count(), 16, "{year}");
        }
    }

    #[test]
    fn every_name_has_a_table_that_can_be_read() {
        for name in Holidays::NAMES {
            assert!(Holidays::named(name).is_some_and(|table| !table.years().is_empty()), "{name}");
        }
        assert_eq!(Holidays::named("xx"), None);
        assert!(Holidays::read("days = 3").years().is_empty());
    }
}
