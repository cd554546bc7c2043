//! When the toggler is invoked, against what Scheduler is documented to do.

use jiff::civil::{Date, Time};
use proptest::prelude::*;

use super::*;
use crate::hours::Zone;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn told(edges: &[Edge]) -> Vec<String> {
    edges.iter().map(|e| format!("{} {} {}", e.name, e.expression, e.timezone)).collect()
}

fn of(text: &str, now: &str) -> Timetable {
    timetable(&Config::parse(text).unwrap(), at(now))
}

#[test]
fn edges_of_windows_in_their_own_zone() {
    let text = r#"
        [[schedule]]
        timezone = "Asia/Tokyo"
        windows = [
            { days = ["Mon", "Tue", "Wed", "Thu", "Fri"], start = "09:00", end = "18:00" },
            { days = ["Sat"], start = "09:00", end = "24:00" },
            { days = ["Fri", "Sun"], start = "22:00", end = "06:30" },
        ]
        [[schedule]]
        name = "b"
        timezone = "Etc/GMT+5"
        windows = [{ days = ["Mon"], start = "00:00", end = "24:00" }]
    "#;
    let Timetable { weekly, once, passing, not_yet } = of(text, "2026-11-21T12:00:00Z");
    assert_eq!(
        told(&weekly),
        [
            "every-5-minutes rate(5 minutes) UTC",
            "edge-Asia.Tokyo-0000 cron(0 0 ? * SUN *) Asia/Tokyo",
            "edge-Asia.Tokyo-0630 cron(30 6 ? * MON,SAT *) Asia/Tokyo",
            "edge-Asia.Tokyo-0900 cron(0 9 ? * MON,TUE,WED,THU,FRI,SAT *) Asia/Tokyo",
            "edge-Asia.Tokyo-1800 cron(0 18 ? * MON,TUE,WED,THU,FRI *) Asia/Tokyo",
            "edge-Asia.Tokyo-2200 cron(0 22 ? * FRI,SUN *) Asia/Tokyo",
            "edge-Etc.GMT_plus_5-0000 cron(0 0 ? * MON,TUE *) Etc/GMT+5",
        ]
    );
    assert_eq!((once, passing, not_yet), (vec![], vec![], vec![]));
}

const WEEK: &str = r#"windows = [{ days = ["Mon", "Tue", "Wed", "Thu", "Fri"], start = "09:00", end = "18:00" }]"#;

fn tokyo(dates: &str) -> String {
    format!("[[schedule]]\ntimezone = \"Asia/Tokyo\"\nholidays = [\"2026-12-29\"]\n{WEEK}\ndates = {{ {dates} }}\n")
}

#[test]
fn dates_ahead_have_one_run_at_each_edge_that_the_week_has_not() {
    let cases: [(&str, &[&str]); 8] = [
        // The week opens at nine; what closes at noon is the date's.
        (r#""2026-12-28" = [{ start = "09:00", end = "12:00" }]"#, &["20261228-1200 at(2026-12-28T12:00:00)"]),
        // A holiday with windows, a Saturday, over midnight into a working day, and into a closed one.
        (
            r#""2026-12-29" = [{ start = "10:00", end = "11:30" }]"#,
            &["20261229-1000 at(2026-12-29T10:00:00)", "20261229-1130 at(2026-12-29T11:30:00)"],
        ),
        (
            r#""2026-12-26" = [{ start = "09:00", end = "18:00" }]"#,
            &["20261226-0900 at(2026-12-26T09:00:00)", "20261226-1800 at(2026-12-26T18:00:00)"],
        ),
        (
            r#""2026-12-27" = [{ start = "22:00", end = "06:00" }], "2026-12-28" = []"#,
            &["20261227-2200 at(2026-12-27T22:00:00)", "20261228-0600 at(2026-12-28T06:00:00)"],
        ),
        // 24:00, windows that touch, one inside another, and closed: nothing happens there, and nothing runs.
        (
            r#""2026-12-28" = [{ start = "08:00", end = "12:00" }, { start = "12:00", end = "24:00" }, { start = "13:00", end = "14:00" }]"#,
            &["20261228-0800 at(2026-12-28T08:00:00)", "20261229-0000 at(2026-12-29T00:00:00)"],
        ),
        (r#""2026-12-30" = []"#, &[]),
        // Years ahead, and the same edge of two dates once.
        (
            r#""2031-01-04" = [{ start = "00:00", end = "24:00" }], "2031-01-05" = [{ start = "00:00", end = "01:00" }]"#,
            &["20310104-0000 at(2031-01-04T00:00:00)", "20310105-0100 at(2031-01-05T01:00:00)"],
        ),
        // Over.
        (
            r#""2026-11-20" = [{ start = "07:00", end = "08:00" }], "2020-01-01" = [{ start = "07:00", end = "08:00" }]"#,
            &[],
        ),
    ];
    for (dates, expected) in cases {
        let expected: Vec<String> = expected.iter().map(|it| format!("once-Asia.Tokyo-{it} Asia/Tokyo")).collect();
        assert_eq!(told(&of(&tokyo(dates), "2026-11-21T12:00:00Z").once), expected, "{dates}");
    }
    // Two offices in one zone share a run.
    let two = format!(
        "{}\n[[schedule]]\nname = \"b\"\ntimezone = \"Asia/Tokyo\"\nwindows = []\ndates = {{ \"2026-12-28\" = [{{ start = \"11:00\", end = \"12:00\" }}] }}",
        tokyo(cases[0].0)
    );
    assert_eq!(
        told(&of(&two, "2026-11-21T12:00:00Z").once),
        [
            "once-Asia.Tokyo-20261228-1100 at(2026-12-28T11:00:00) Asia/Tokyo",
            "once-Asia.Tokyo-20261228-1200 at(2026-12-28T12:00:00) Asia/Tokyo"
        ]
    );
}

#[test]
fn an_edge_is_wanted_while_it_is_ahead_and_let_alone_around_its_time() {
    // Noon in Tokyo is 03:00 UTC.
    let text = tokyo(r#""2026-12-28" = [{ start = "09:00", end = "12:00" }]"#);
    let counts = |now: &str| {
        let all = of(&text, now);
        (all.once.len(), all.passing.len())
    };
    for (now, expected) in [
        ("2026-12-28T02:49:59Z", (1, 0)),
        ("2026-12-28T02:50:00Z", (0, 1)),
        ("2026-12-28T03:00:00Z", (0, 1)),
        ("2026-12-28T03:14:59Z", (0, 1)),
        ("2026-12-28T03:15:00Z", (0, 0)),
    ] {
        assert_eq!(counts(now), expected, "{now}");
    }
}

#[test]
fn so_many_dates_have_schedules_and_the_others_are_said() {
    let dates: Vec<String> = (1..=60)
        .map(|day| {
            let date = Date::constant(2027, 1, 1).saturating_add(Span::new().days(day));
            format!(r#""{date}" = [{{ start = "05:00", end = "06:00" }}]"#)
        })
        .collect();
    let text = tokyo(&dates.join(", "));
    let all = of(&text, "2026-11-21T12:00:00Z");
    // Each date has two edges, and those of its weekday stay as they are.
    assert_eq!((all.once.len(), all.not_yet.len()), (MOST, 20));
    let facts = Facts::deployed_in("ap-northeast-1");
    let line = not_yet(&Config::parse(&text).unwrap(), &facts).unwrap();
    assert!(line.detail.contains("20 from at(2027-02-21T05:00:00) Asia/Tokyo on"), "{line}");
    assert_eq!(not_yet(&Config::parse(&tokyo("")).unwrap(), &facts), None);
}

#[test]
fn edges_that_the_clock_skips_or_shows_twice_are_hit_in_utc() {
    let london = |rest: &str| format!("[[schedule]]\ntimezone = \"Europe/London\"\n{rest}");
    let night = london(r#"windows = [{ days = ["Sat"], start = "22:00", end = "01:30" }]"#);
    // 01:30 is skipped on 28 March 2027 (the clock jumps at 01:00 UTC), and shown twice on 31 October.
    assert_eq!(
        told(&of(&night, "2026-11-21T12:00:00Z").weekly)[3..],
        [
            "edge-UTC-0030 cron(30 0 ? * SUN *) UTC",
            "edge-UTC-0100 cron(0 1 ? * SUN *) UTC",
            "edge-UTC-0130 cron(30 1 ? * SUN *) UTC"
        ]
    );
    // Asked on any other day it is the same.
    assert_eq!(of(&night, "2027-06-01T00:00:00Z").weekly, of(&night, "2026-11-21T12:00:00Z").weekly);
    let other = london(r#"windows = [{ days = ["Sat"], start = "22:00", end = "02:00" }]"#);
    assert_eq!(of(&other, "2026-11-21T12:00:00Z").weekly.len(), 3, "02:00 is never skipped or repeated");
    // A date's edge that is shown twice is named in UTC, both times, and so is the jump that opens the window again.
    let date = london(
        r#"windows = []
dates = { "2027-10-31" = [{ start = "00:15", end = "01:30" }] }"#,
    );
    assert_eq!(
        told(&of(&date, "2026-11-21T12:00:00Z").once),
        [
            "once-Europe.London-20271031-0015 at(2027-10-31T00:15:00) Europe/London",
            "once-UTC-20271031-0030 at(2027-10-31T00:30:00) UTC",
            "once-UTC-20271031-0100 at(2027-10-31T01:00:00) UTC",
            "once-UTC-20271031-0130 at(2027-10-31T01:30:00) UTC"
        ]
    );
}

const ZONES: [&str; 9] = [
    "Asia/Tokyo",
    "Europe/London",
    "America/New_York",
    "Australia/Lord_Howe",
    "Africa/Casablanca",
    "America/Santiago",
    "Asia/Kathmandu",
    "America/Argentina/ComodRivadavia",
    "UTC",
];

/// When Scheduler surely runs an expression, in a span of time: a reading that is skipped has no run, one that is shown
/// twice has one, and which of them is not told.
fn runs(edge: &Edge, from: Timestamp, days: i64) -> Vec<Timestamp> {
    let zone = Zone::parse(&edge.timezone).unwrap();
    let surely = |reading: DateTime| {
        let ambiguous = zone.time_zone().to_ambiguous_timestamp(reading);
        if ambiguous.is_ambiguous() { None } else { ambiguous.compatible().ok() }
    };
    if let Some(reading) = edge.expression.strip_prefix("at(").and_then(|rest| rest.strip_suffix(')')) {
        return vec![surely(reading.parse().unwrap()).expect("a reading that is shown once")];
    }
    let Some(cron) = edge.expression.strip_prefix("cron(") else { return Vec::new() };
    let words: Vec<&str> = cron.split(' ').collect();
    let time = Time::new(words[1].parse().unwrap(), words[0].parse().unwrap(), 0, 0).unwrap();
    let first = zone.time_zone().to_datetime(from).date();
    let dates = first.series(Span::new().days(1)).take(usize::try_from(days + 2).unwrap());
    let on = |date: &Date| words[4].split(',').any(|day| date.strftime("%a").to_string().to_uppercase() == day);
    dates.filter(on).filter_map(|date| surely(date.to_datetime(time))).collect()
}

fn span() -> impl Strategy<Value = String> {
    // Clocks change at night.
    let quarter = || prop_oneof![0..14u32, 0..96u32];
    (quarter(), quarter()).prop_filter("a length", |(a, b)| a != b).prop_map(|(a, b)| {
        let time = |quarter: u32| format!("{:02}:{:02}", quarter / 4, quarter % 4 * 15);
        format!(r#"start = "{}", end = "{}""#, time(a), time(b))
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn every_change_ahead_is_hit_to_the_minute(
        zone in proptest::sample::select(&ZONES[..]),
        windows in proptest::collection::vec((prop_oneof![5..7usize, 0..7usize], span()), 0..3),
        dates in proptest::collection::btree_map(0..200i32, proptest::option::of(span()), 0..4),
        holidays in proptest::collection::btree_set(0..200i32, 0..4),
        start in 0..400i64,
    ) {
        const DAYS: i64 = 200;
        let now = at("2026-11-21T12:07:00Z").checked_add(SignedDuration::from_hours(24 * start)).unwrap();
        let today = TimeZone::UTC.to_datetime(now).date();
        let date = |days: &i32| today.saturating_add(Span::new().days(*days));
        let windows: Vec<String> =
            windows.iter().map(|(day, span)| format!(r#"{{ days = ["{}"], {span} }}"#, Days::NAMES[*day])).collect();
        let dates: Vec<String> = dates
            .iter()
            .map(|(day, span)| format!(r#""{}" = [{}]"#, date(day), span.as_ref().map_or(String::new(), |s| format!("{{ {s} }}"))))
            .collect();
        let holidays: Vec<String> = holidays.iter().map(|day| format!("\"{}\"", date(day))).collect();
        let text = format!(
            "[[schedule]]\ntimezone = \"{zone}\"\nwindows = [{}]\nholidays = [{}]\ndates = {{ {} }}\n",
            windows.join(", "), holidays.join(", "), dates.join(", ")
        );
        let config = Config::parse(&text).unwrap();
        let all = timetable(&config, now);
        prop_assert!(all.not_yet.is_empty());
        let edges = all.weekly.iter().chain(&all.once);
        for edge in edges.clone() {
            prop_assert!(edge.name.len() <= 64 && edge.name.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c)));
        }
        let hit: BTreeSet<Timestamp> = edges.flat_map(|edge| runs(edge, now, DAYS)).collect();
        let calendar = &config.schedules[0].calendar;
        let (mut at, end) = (now, now + SignedDuration::from_hours(24 * DAYS));
        while let Some(change) = calendar.next_change(at).filter(|change| *change < end) {
            prop_assert!(change.duration_since(now) <= SOON || hit.contains(&change), "{change} in {text}: {all:?}");
            at = change;
        }
    }
}
