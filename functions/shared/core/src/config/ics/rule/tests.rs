use chrono::{Datelike as _, NaiveDate};
use jiff::tz::TimeZone;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use rrule::{RRule, RRuleSet, Tz, Unvalidated};

use super::*;
use crate::config::ics::moment::{Moment, moment};

const LAST: &str = "2030-12-31";

fn of(text: &str, first: &str) -> Result<Vec<String>, String> {
    let first: Date = first.parse().unwrap();
    let rule = Rule::read(text, first, |until| moment(until, Some(&TimeZone::UTC)).map(Moment::date))?;
    Ok(rule.days(first, LAST.parse().unwrap(), 20_000)?.iter().map(ToString::to_string).collect())
}

/// The same by the crate `rrule`.
fn by_oracle(text: &str, first: &str) -> Vec<String> {
    let midnight = |date: &str| {
        let date: NaiveDate = date.parse().unwrap();
        date.and_hms_opt(0, 0, 0).unwrap().and_utc().with_timezone(&Tz::UTC)
    };
    let rule: RRule<Unvalidated> = text.parse().unwrap();
    let set: RRuleSet = rule.build(midnight(first)).unwrap();
    let found = set.before(midnight(LAST)).all(20_000);
    assert!(!found.limited, "{text}");
    let mut days: Vec<String> =
        found.dates.iter().map(|at| format!("{:04}-{:02}-{:02}", at.year(), at.month(), at.day())).collect();
    days.dedup();
    days
}

/// The examples of RFC 5545, 3.8.5.3, that repeat in whole days.
#[test]
fn the_standard_s_examples_are_read_as_it_says() {
    let cases: [(&str, &str, &str); 20] = [
        ("FREQ=DAILY;COUNT=3", "1997-09-02", "1997-09-02 1997-09-03 1997-09-04"),
        ("FREQ=DAILY;INTERVAL=10;COUNT=3", "1997-09-02", "1997-09-02 1997-09-12 1997-09-22"),
        (
            "FREQ=WEEKLY;UNTIL=19970917;WKST=SU;BYDAY=TU,TH",
            "1997-09-02",
            "1997-09-02 1997-09-04 1997-09-09 1997-09-11 1997-09-16",
        ),
        (
            "FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=MO",
            "1997-08-05",
            "1997-08-05 1997-08-10 1997-08-19 1997-08-24",
        ),
        (
            "FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=SU",
            "1997-08-05",
            "1997-08-05 1997-08-17 1997-08-19 1997-08-31",
        ),
        ("FREQ=MONTHLY;COUNT=3;BYDAY=1FR", "1997-09-05", "1997-09-05 1997-10-03 1997-11-07"),
        ("FREQ=MONTHLY;INTERVAL=2;COUNT=4;BYDAY=1SU,-1SU", "1997-09-07", "1997-09-07 1997-09-28 1997-11-02 1997-11-30"),
        ("FREQ=MONTHLY;COUNT=3;BYDAY=-2MO", "1997-09-22", "1997-09-22 1997-10-20 1997-11-17"),
        ("FREQ=MONTHLY;BYMONTHDAY=-3;COUNT=3", "1997-09-28", "1997-09-28 1997-10-29 1997-11-28"),
        ("FREQ=MONTHLY;COUNT=4;BYMONTHDAY=1,-1", "1997-09-30", "1997-09-30 1997-10-01 1997-10-31 1997-11-01"),
        ("FREQ=YEARLY;COUNT=4;BYMONTH=6,7", "1997-06-10", "1997-06-10 1997-07-10 1998-06-10 1998-07-10"),
        (
            "FREQ=YEARLY;INTERVAL=3;COUNT=4;BYYEARDAY=1,100,200",
            "1997-01-01",
            "1997-01-01 1997-04-10 1997-07-19 2000-01-01",
        ),
        ("FREQ=YEARLY;BYDAY=20MO;COUNT=3", "1997-05-19", "1997-05-19 1998-05-18 1999-05-17"),
        ("FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO;COUNT=3", "1997-05-12", "1997-05-12 1998-05-11 1999-05-17"),
        ("FREQ=YEARLY;BYMONTH=3;BYDAY=TH;COUNT=3", "1997-03-13", "1997-03-13 1997-03-20 1997-03-27"),
        ("FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13;COUNT=3", "1997-09-02", "1998-02-13 1998-03-13 1998-11-13"),
        (
            "FREQ=YEARLY;INTERVAL=4;BYMONTH=11;BYDAY=TU;BYMONTHDAY=2,3,4,5,6,7,8;COUNT=3",
            "1996-11-05",
            "1996-11-05 2000-11-07 2004-11-02",
        ),
        ("FREQ=MONTHLY;COUNT=3;BYDAY=TU,WE,TH;BYSETPOS=3", "1997-09-04", "1997-09-04 1997-10-07 1997-11-06"),
        ("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-2;COUNT=3", "1997-09-29", "1997-09-29 1997-10-30 1997-11-27"),
        (
            "FREQ=MONTHLY;BYMONTHDAY=15,30;COUNT=5",
            "2007-01-15",
            "2007-01-15 2007-01-30 2007-02-15 2007-03-15 2007-03-30",
        ),
    ];
    for (rule, first, expected) in cases {
        assert_eq!(of(rule, first).unwrap().join(" "), expected, "{rule}");
    }
}

#[test]
fn weeks_that_two_years_share_are_of_the_year_that_has_most_of_them() {
    assert_eq!(
        of("FREQ=YEARLY;BYWEEKNO=1;BYDAY=MO;COUNT=3", "2024-06-01").unwrap(),
        ["2024-12-30", "2025-12-29", "2027-01-04"]
    );
    assert_eq!(of("FREQ=YEARLY;BYWEEKNO=-1;BYDAY=SU;COUNT=2", "2020-06-01").unwrap(), ["2021-01-03", "2022-01-02"]);
    assert_eq!(of("FREQ=YEARLY;BYWEEKNO=53;BYDAY=TH;COUNT=2", "2020-06-01").unwrap(), ["2020-12-31", "2026-12-31"]);
}

#[test]
fn weeks_are_those_of_iso_8601_when_they_begin_on_monday() {
    let days = || std::iter::successors(Some(Date::constant(1996, 1, 1)), |day| day.tomorrow().ok()).take(366 * 30);
    for wanted in [1, 2, 51, 52, 53, -1, -2, -53] {
        let of_week = |day: &Date| {
            let week = day.iso_week_date();
            let from_end = week.week() - week.weeks_in_year() - 1;
            // A rule looks at the days of one calendar year after another.
            wanted == week.week() || wanted == from_end
        };
        let expected: Vec<String> = days().filter(of_week).map(|day| day.to_string()).collect();
        let days = of(
            &format!("FREQ=YEARLY;BYWEEKNO={wanted};UNTIL={}", days().last().unwrap().strftime("%Y%m%d")),
            "1996-01-01",
        );
        assert_eq!(days.unwrap(), expected, "{wanted}");
    }
}

#[test]
fn a_day_with_several_times_is_one_day_and_counts_each() {
    assert_eq!(of("FREQ=DAILY;BYHOUR=9,17;COUNT=4", "2026-01-01").unwrap(), ["2026-01-01", "2026-01-02"]);
}

#[test]
fn plain_and_numbered_weekdays_may_stand_together() {
    assert_eq!(
        of("FREQ=MONTHLY;BYDAY=SU,1MO;COUNT=5", "2026-06-01").unwrap(),
        ["2026-06-01", "2026-06-07", "2026-06-14", "2026-06-21", "2026-06-28"]
    );
}

#[test]
fn what_a_rule_may_not_hold_is_a_mistake() {
    let cases = [
        ("", "FREQ"),
        ("FREQ", "FREQ"),
        ("FREQ=FORTNIGHTLY", "FORTNIGHTLY"),
        ("FREQ=HOURLY", "within a day"),
        ("FREQ=DAILY;FREQ=DAILY", "twice"),
        ("FREQ=DAILY;SKIP=OMIT", "SKIP"),
        ("FREQ=DAILY;INTERVAL=0", "INTERVAL"),
        ("FREQ=DAILY;INTERVAL=65536", "INTERVAL"),
        ("FREQ=DAILY;COUNT=-1", "COUNT"),
        ("FREQ=DAILY;UNTIL=tomorrow", "no date"),
        ("FREQ=DAILY;UNTIL=20251231", "before its first day"),
        ("FREQ=DAILY;WKST=MONDAY", "MONDAY"),
        ("FREQ=YEARLY;BYMONTH=13", "BYMONTH"),
        ("FREQ=YEARLY;BYMONTH=", "BYMONTH"),
        ("FREQ=MONTHLY;BYMONTHDAY=0", "BYMONTHDAY"),
        ("FREQ=WEEKLY;BYMONTHDAY=1", "BYMONTHDAY"),
        ("FREQ=MONTHLY;BYYEARDAY=1", "BYYEARDAY"),
        ("FREQ=MONTHLY;BYWEEKNO=1", "BYWEEKNO"),
        ("FREQ=YEARLY;BYWEEKNO=54", "BYWEEKNO"),
        ("FREQ=WEEKLY;BYDAY=1MO", "BYDAY"),
        ("FREQ=YEARLY;BYWEEKNO=1;BYDAY=1MO", "BYDAY"),
        ("FREQ=MONTHLY;BYDAY=0MO", "BYDAY"),
        ("FREQ=MONTHLY;BYDAY=54MO", "BYDAY"),
        ("FREQ=MONTHLY;BYDAY=é", "BYDAY"),
        ("FREQ=MONTHLY;BYDAY=日MO", "BYDAY"),
        ("FREQ=DAILY;BYHOUR=24", "BYHOUR"),
        ("FREQ=MONTHLY;BYSETPOS=367;BYDAY=MO", "BYSETPOS"),
    ];
    for (rule, expected) in cases {
        let why = of(rule, "2026-01-01").unwrap_err();
        assert!(why.contains(expected), "{rule}: {why}");
    }
}

#[test]
fn a_rule_ends_however_long_its_steps_are() {
    for every in ["DAILY", "WEEKLY", "MONTHLY", "YEARLY"] {
        assert_eq!(of(&format!("FREQ={every};INTERVAL=65535"), "2026-01-01").unwrap(), ["2026-01-01"], "{every}");
        let ends = [(Date::MIN, Date::constant(-9998, 1, 31)), (Date::constant(9998, 12, 1), Date::MAX)];
        for (first, last) in ends {
            let rule = Rule::read(&format!("FREQ={every};WKST=SU"), first, |_| Ok(last)).unwrap();
            assert_eq!(rule.days(first, last, 1000).unwrap().first(), Some(&first), "{every}");
        }
    }
    assert_eq!(of("FREQ=DAILY;COUNT=0", "2026-01-01").unwrap(), [""; 0]);
    assert_eq!(of("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "2026-01-01").unwrap(), [""; 0]);
    assert!(of("FREQ=DAILY", "1900-01-01").unwrap_err().contains("too often"));
}

fn list(name: &'static str, values: &'static [&'static str]) -> impl Strategy<Value = String> {
    subsequence(values.to_vec(), 0..=values.len().min(3)).prop_map(move |chosen| match chosen.as_slice() {
        [] => String::new(),
        chosen => format!(";{name}={}", chosen.join(",")),
    })
}

/// A rule that the standard allows and of which the oracle makes what the standard says: it takes plain beside numbered
/// weekdays for a contradiction, and the last weeks of a year for those of the year before.
fn rule() -> impl Strategy<Value = String> {
    const MONTHS: &[&str] = &["1", "2", "6", "11", "12"];
    const MONTH_DAYS: &[&str] = &["1", "13", "29", "31", "-1", "-7", "-31"];
    const YEAR_DAYS: &[&str] = &["1", "60", "200", "365", "366", "-1", "-100", "-366"];
    const WEEKS: &[&str] = &["1", "2", "20", "40"];
    const PLAIN: &[&str] = &["MO", "TU", "TH", "SA", "SU"];
    const NUMBERED: &[&str] = &["1MO", "2TU", "-1FR", "-2SU", "5WE", "3SA"];
    const POSITIONS: &[&str] = &["1", "2", "-1", "-2", "7"];
    let bound = prop_oneof![
        Just(String::new()),
        (1..60_u32).prop_map(|n| format!(";COUNT={n}")),
        (2010..2029_i32, 1..13_u32).prop_map(|(year, month)| format!(";UNTIL={year}{month:02}28T000000Z")),
    ];
    let of_years = (list("BYMONTH", MONTHS), list("BYMONTHDAY", MONTH_DAYS), list("BYYEARDAY", YEAR_DAYS));
    let year = prop_oneof![
        (of_years, prop_oneof![list("BYDAY", PLAIN), list("BYDAY", NUMBERED)], list("BYSETPOS", POSITIONS))
            .prop_map(|((months, days, year), weekdays, at)| format!("FREQ=YEARLY{months}{days}{year}{weekdays}{at}")),
        (list("BYWEEKNO", WEEKS), list("BYDAY", PLAIN)).prop_map(|(weeks, days)| format!("FREQ=YEARLY{weeks}{days}")),
    ];
    let weekdays = prop_oneof![list("BYDAY", PLAIN), list("BYDAY", NUMBERED)];
    let month = (list("BYMONTH", MONTHS), list("BYMONTHDAY", MONTH_DAYS), weekdays, list("BYSETPOS", POSITIONS));
    let month = month.prop_map(|(months, days, weekdays, at)| format!("FREQ=MONTHLY{months}{days}{weekdays}{at}"));
    let week = (list("BYMONTH", MONTHS), list("BYDAY", PLAIN));
    let week = week.prop_map(|(months, weekdays)| format!("FREQ=WEEKLY{months}{weekdays}"));
    let day = (list("BYMONTH", MONTHS), list("BYMONTHDAY", MONTH_DAYS), list("BYDAY", PLAIN));
    let day = day.prop_map(|(months, days, weekdays)| format!("FREQ=DAILY{months}{days}{weekdays}"));
    (prop_oneof![year, month, week, day], 1..5_u16, select(vec!["", ";WKST=SU", ";WKST=MO", ";WKST=WE"]), bound)
        .prop_map(|(rule, interval, week_start, bound)| format!("{rule};INTERVAL={interval}{week_start}{bound}"))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn its_days_are_those_of_another_program(
        rule in rule(), year in 1996..2010_i32, month in 1..13_u32, day in 1..29_u32,
    ) {
        let first = format!("{year}-{month:02}-{day:02}");
        prop_assert_eq!(of(&rule, &first).unwrap(), by_oracle(&rule, &first), "{} from {}", rule, first);
    }
}
