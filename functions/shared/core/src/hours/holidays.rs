//! Holidays that a config names instead of typing them. Each table says which years it covers; about other years
//! nothing is known, and a calendar that uses it answers fail-safe.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::sync::LazyLock;

use jiff::civil::Date;

/// The holidays of a country for some years.
#[derive(Debug, PartialEq, Eq)]
pub struct Holidays {
    years: RangeInclusive<i16>,
    days: BTreeMap<Date, String>,
}

/// Tables by name: files of `infra/holidays`, which tell their source. Each is read when it is first asked for.
macro_rules! tables {
    ($($name:literal),* $(,)?) => {
        impl Holidays {
            /// The names of all tables.
            pub const NAMES: &[&str] = &[$($name),*];

            /// The table with this name.
            pub fn named(name: &str) -> Option<&'static Self> {
                match name {
                    $($name => {
                        static TABLE: LazyLock<Holidays> = LazyLock::new(|| {
                            Holidays::read(include_str!(concat!("../../../../../infra/holidays/", $name, ".toml")))
                        });
                        Some(&TABLE)
                    })*
                    _ => None,
                }
            }
        }
    };
}

tables!("au", "br", "ca", "de", "es", "fr", "gb-eng", "ie", "it", "jp", "mx", "nz", "se", "us", "za");

impl Holidays {
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
    ///
    /// The files are TOML of the plainest kind, a date and a name a line. Every start reads one, and a reader of all TOML
    /// would be an eighth of a start. A test compares the two for every table.
    fn read(text: &str) -> Self {
        let none = || Self { years: RangeInclusive::new(1, 0), days: BTreeMap::new() };
        Self::from_lines(text).unwrap_or_else(none)
    }

    fn from_lines(text: &str) -> Option<Self> {
        let (mut first, mut last, mut days) = (None, None, BTreeMap::new());
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
        for line in lines.filter(|line| *line != "[days]") {
            let (key, value) = line.split_once('=').map(|(key, value)| (key.trim(), value.trim()))?;
            match key {
                "first_year" => first = Some(value.parse().ok()?),
                "last_year" => last = Some(value.parse().ok()?),
                date => {
                    let name = value.strip_prefix('"')?.strip_suffix('"').filter(|name| !name.contains(['"', '\\']))?;
                    days.insert(date.parse().ok()?, name.to_owned());
                }
            }
        }
        Some(Self { years: first?..=last?, days })
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

    fn table(name: &str) -> &'static Holidays {
        Holidays::named(name).unwrap()
    }

    /// Easter Sunday of the Gregorian calendar (Meeus, Jones and Butcher), an oracle of its own.
    fn easter(year: i16) -> Date {
        let whole = i32::from(year);
        let (golden, century, rest) = (whole % 19, whole / 100, whole % 100);
        let moon = (19 * golden + century - century / 4 - (century - (century + 8) / 25 + 1) / 3 + 15) % 30;
        let sunday = (32 + 2 * (century % 4) + 2 * (rest / 4) - moon - rest % 4) % 7;
        let day = moon + sunday - 7 * ((golden + 11 * moon + 22 * sunday) / 451) + 114;
        date(year, i8::try_from(day / 31).unwrap(), i8::try_from(day % 31 + 1).unwrap())
    }

    /// The nth such weekday of a month, or the last for -1.
    fn nth(year: i16, month: i8, nth: i8, day: Weekday) -> Date {
        date(year, month, 1).nth_weekday_of_month(nth, day).unwrap()
    }

    /// Days that are known otherwise: by Easter, by weekday, or by date.
    fn known(name: &str, year: i16) -> Vec<Date> {
        let from_easter = |days: i32| easter(year).checked_add(days.days()).unwrap();
        let (good_friday, easter_monday, ascension) = (from_easter(-2), from_easter(1), from_easter(39));
        let fixed = |month, day| date(year, month, day);
        match name {
            "au" => vec![fixed(4, 25), good_friday, easter_monday, fixed(12, 25)],
            "br" => vec![fixed(4, 21), fixed(9, 7), good_friday, fixed(11, 20), fixed(12, 25)],
            "ca" => vec![fixed(1, 1), good_friday, fixed(7, 1), nth(year, 9, 1, Weekday::Monday), fixed(12, 25)],
            "de" => {
                vec![good_friday, easter_monday, fixed(5, 1), ascension, from_easter(50), fixed(10, 3), fixed(12, 26)]
            }
            "es" => vec![good_friday, fixed(8, 15), fixed(10, 12), fixed(12, 6), fixed(12, 25)],
            "fr" => vec![easter_monday, fixed(5, 8), ascension, from_easter(50), fixed(7, 14), fixed(11, 11)],
            "gb-eng" => {
                let monday = Weekday::Monday;
                vec![
                    good_friday,
                    easter_monday,
                    nth(year, 5, 1, monday),
                    nth(year, 5, -1, monday),
                    nth(year, 8, -1, monday),
                ]
            }
            "ie" => {
                vec![fixed(3, 17), easter_monday, nth(year, 6, 1, Weekday::Monday), nth(year, 10, -1, Weekday::Monday)]
            }
            "it" => {
                vec![fixed(1, 6), easter_monday, fixed(4, 25), fixed(6, 2), fixed(8, 15), fixed(12, 8), fixed(12, 26)]
            }
            "mx" => {
                vec![nth(year, 2, 1, Weekday::Monday), nth(year, 3, 3, Weekday::Monday), fixed(9, 16), fixed(12, 25)]
            }
            "nz" => vec![fixed(2, 6), good_friday, easter_monday, nth(year, 10, 4, Weekday::Monday), fixed(12, 25)],
            "se" => vec![fixed(1, 6), good_friday, easter_monday, ascension, fixed(6, 6), fixed(12, 26)],
            "us" => {
                let monday = Weekday::Monday;
                let mondays =
                    [(1, 3), (2, 3), (5, -1), (9, 1), (10, 2)].map(|(month, at)| nth(year, month, at, monday));
                let mut days = mondays.to_vec();
                days.extend([nth(year, 11, 4, Weekday::Thursday), fixed(6, 19), fixed(7, 4), fixed(12, 25)]);
                days
            }
            "za" => vec![fixed(3, 21), good_friday, easter_monday, fixed(4, 27), fixed(9, 24), fixed(12, 16)],
            _ => Vec::new(),
        }
    }

    #[test]
    fn each_country_has_the_days_that_its_law_names() {
        for name in Holidays::NAMES {
            let table = table(name);
            for year in table.years().clone().filter(|year| *year <= 2035) {
                // Spain's list leaves out what falls on a Sunday: the regions choose another day.
                let listed = |day: &Date| *name != "es" || day.weekday() != Weekday::Sunday;
                let known = known(name, year).into_iter().filter(listed);
                let missing: Vec<Date> = known.filter(|day| table.on(*day).is_none()).collect();
                assert!(missing.is_empty(), "{name}: {missing:?}");
                let days = table.days.keys().filter(|day| day.year() == year).count();
                assert!((4..=30).contains(&days), "{name} {year}: {days}");
            }
        }
    }

    #[test]
    fn japan_is_as_announced() {
        let table: Vec<String> =
            table("jp").days.keys().map(ToString::to_string).filter(|day| day < &"2028".to_owned()).collect();
        assert_eq!(table, ANNOUNCED);
    }

    #[test]
    fn japan_covers_ten_years_ahead_by_the_rules_of_the_act() {
        assert_eq!(table("jp").years(), &(2026..=2037));
        let named = |day: Date| table("jp").on(day).filter(|name| !name.starts_with("休日"));
        for day in date(2026, 1, 1).series(1.day()).take_while(|day| day.year() <= 2037) {
            let (before, after) = (day.yesterday().unwrap(), day.tomorrow().unwrap());
            // Back through the holidays to the one that a substitute would stand for.
            let run = before.series(-1.day()).take_while(|day| named(*day).is_some());
            let substitute = run.into_iter().any(|day| day.weekday() == Weekday::Sunday);
            let between = named(before).is_some() && named(after).is_some();
            let expected = named(day).is_some() || substitute || between;
            assert_eq!(table("jp").on(day).is_some(), expected, "{day}");
        }
        for year in table("jp").years().clone() {
            let of_year = table("jp").days.keys().filter(|day| day.year() == year && named(**day).is_some());
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

    #[test]
    fn a_table_is_read_as_toml_reads_it() {
        #[derive(serde::Deserialize)]
        #[serde(deny_unknown_fields)]
        struct File {
            first_year: i16,
            last_year: i16,
            days: BTreeMap<String, String>,
        }
        for name in Holidays::NAMES {
            let path = format!("{}/../../../infra/holidays/{name}.toml", env!("CARGO_MANIFEST_DIR"));
            let file: File = toml::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
            let days = file.days.into_iter().map(|(date, name)| (date.parse().unwrap(), name)).collect();
            assert_eq!(*table(name), Holidays { years: file.first_year..=file.last_year, days }, "{name}");
        }
        for broken in ["first_year = 2026", "first_year = 2026\nlast_year = 2027\n[days]\n2026-13-01 = \"x\"", "x"] {
            assert!(Holidays::read(broken).years().is_empty(), "{broken}");
        }
    }
}
