//! `report.json` is what `infra/backtest.schema.json` says.
#![allow(clippy::unwrap_used)] // a test that cannot go on ends

use backtest::report::{Change, Control, From, NotAsked, Report, SCHEMA, Skipped, Source, Week, Who};

fn report() -> Report {
    let control = Control {
        key: "ConsoleLogin".into(),
        title: "Ensure console sign-ins are seen".into(),
        severity: "medium".into(),
        pattern: "{ $.eventName = \"ConsoleLogin\" }".into(),
        chosen: true,
        period_seconds: 300,
        threshold: 1.0,
        halving_threshold: Some(2),
        events: 3,
        undated: 0,
        alarms: 1,
        muted: 1,
        kept_back: 0,
        by_hour: [[0; 24]; 7],
        events_by_hour: [[0; 24]; 7],
        business_hours: [[0.5; 24]; 7],
        weeks: vec![Week { from: "2026-11-16".parse().unwrap(), events: 3, alarms: 1, muted: 1 }],
        who: vec![Who { who: "alice".into(), count: 3 }],
        who_more: 0,
        from: vec![From { source_ip: "203.0.113.5".into(), network: Some("Osaka VPN".into()), count: 3 }],
        from_more: 0,
        left_open: 0,
        change: Some(Change { threshold_today: None, alarms_today: 0, muted_today: 0, kept_back_today: 0 }),
    };
    Report {
        schema: SCHEMA.into(),
        source: Source::Files,
        config: "coming.toml".into(),
        today: Some("infra/yakei.toml".into()),
        timezone: "Asia/Tokyo".into(),
        from: Some("2026-11-21T18:41:00Z".parse().unwrap()),
        to: None,
        files: 1,
        insight_files: 0,
        digest_files: 0,
        records: 3,
        duplicates: 0,
        too_long: 0,
        skipped: vec![Skipped { file: "x.json.gz".into(), why: "is no gzip".into(), records: 0 }],
        not_asked: vec![NotAsked { key: "Words".into(), config: "coming.toml".into(), why: "no JSON".into() }],
        controls: vec![Control { change: None, ..control.clone() }, control],
    }
}

#[test]
fn a_report_is_what_the_schema_says_and_reads_back() {
    let json = serde_json::to_value(report()).unwrap();
    schema::BACKTEST.check(&json).unwrap();
    assert_eq!(serde_json::from_value::<Report>(json).unwrap(), report());
}

#[test]
fn the_checker_finds_what_is_wrong() {
    let good = serde_json::to_value(report()).unwrap();
    for (pointer, wrong) in [
        ("/schema", serde_json::json!("yakei.backtest/2")),
        ("/from", serde_json::json!("yesterday")),
        ("/controls/0/events", serde_json::json!("three")),
        ("/controls/0/by_hour/6", serde_json::json!([0])),
        ("/controls/0/business_hours/0/0", serde_json::json!(1.5)),
        ("/controls/1/change", serde_json::json!({"alarms_today": 1})),
        ("/controls/0/weeks/0/colour", serde_json::json!("red")),
        ("/not_asked/0/why", serde_json::json!(null)),
    ] {
        let mut bad = good.clone();
        let (parent, member) = pointer.rsplit_once('/').unwrap();
        match bad.pointer_mut(parent).unwrap() {
            serde_json::Value::Array(items) => *items.get_mut(member.parse::<usize>().unwrap()).unwrap() = wrong,
            object => object[member] = wrong,
        }
        assert!(schema::BACKTEST.check(&bad).is_err(), "{pointer}");
    }
    let mut short = good;
    short.as_object_mut().unwrap().remove("records");
    assert!(schema::BACKTEST.check(&short).is_err());
}
