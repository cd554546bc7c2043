use jiff::Timestamp;

use super::*;
use crate::alarm::{Message, NotAnAlarm, Origin};

const TOPIC: &str = "arn:aws:sns:eu-west-2:111122223333:yakei-alarms";
/// Bodies as SNS delivers them, from Apache-2.0 sources that the file names.
const BODIES: &str = include_str!("../../tests/fixtures/alarm-bodies.jsonl");

fn read(body: &str) -> Alarm {
    let origin = Origin { topic_arn: Some(TOPIC), own_region: Some("us-east-1") };
    match Message::read(body, origin) {
        Message::Alarm(alarm) => *alarm,
        Message::Other(why) => panic!("{why}: {body}"),
    }
}

fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

#[test]
fn every_shape_is_read() {
    let mut lines = Vec::new();
    for line in BODIES.lines().filter(|line| line.starts_with('{')) {
        let fixture: serde_json::Value = serde_json::from_str(line).unwrap();
        let alarm = read(&fixture["message"].to_string());
        let breaching = alarm.breaching();
        let windows = alarm.windows(&breaching);
        let expected = alarm.expected(&breaching);
        lines.push(format!("{}\n{alarm:#?}\nexpected {expected:?} in {windows:?}\n", fixture["source"]));
    }
    insta::assert_snapshot!(lines.join("\n"));
}

#[test]
fn what_is_no_alarm_is_told_apart() {
    let cases = [
        ("", NotAnAlarm::Empty),
        (" \n", NotAnAlarm::Empty),
        ("hello", NotAnAlarm::NotJson),
        ("{\"AlarmName\":", NotAnAlarm::NotJson),
        ("[]", NotAnAlarm::OtherJson),
        ("\"AlarmName\"", NotAnAlarm::OtherJson),
        ("{\"AlarmName\":null}", NotAnAlarm::OtherJson),
        ("{\"Event\":\"autoscaling:TEST_NOTIFICATION\"}", NotAnAlarm::OtherJson),
    ];
    for (body, expected) in cases {
        assert_eq!(Message::read(body, Origin::default()), Message::Other(expected), "{body}");
    }
}

#[test]
fn an_alarm_may_say_nothing_but_its_name_or_lie_about_types() {
    let bare = read(r#"{"AlarmName":"a"}"#);
    assert_eq!((bare.region.as_deref(), bare.account.as_deref()), (Some("eu-west-2"), Some("111122223333")));
    assert_eq!((bare.state, bare.watches.clone(), bare.period()), (State::Unknown, Watches::Unknown, 300));
    let odd =
        r#"{"AlarmName":7,"AlarmArn":[],"NewStateValue":{},"Trigger":"none","Region":1,"AWSAccountId":123456789012}"#;
    let odd = read(odd);
    assert_eq!((odd.name.as_str(), odd.account.as_deref()), ("7", Some("123456789012")));
    let quoted =
        read(r#"{"AlarmName":"a","Trigger":{"Period":"60","Threshold":"1","Metrics":[{"MetricStat":null},3]}}"#);
    assert_eq!((quoted.period(), quoted.evaluation.threshold), (60, Some(1.0)));
}

#[test]
fn a_region_that_is_none_never_reaches_an_endpoint() {
    for bad in ["REGION", "EU (London)", "evil.example/", "us-east-1.evil.example", "us--1", "-1", ""] {
        let body = serde_json::json!({"AlarmName": "a", "AlarmArn": format!("arn:aws:cloudwatch:{bad}:1:alarm:a"), "Region": bad});
        assert_eq!(read(&body.to_string()).region.as_deref(), Some("eu-west-2"), "{bad}");
    }
    for good in ["eu-west-1", "us-gov-east-1", "ap-southeast-7", "us-iso-east-1"] {
        assert!(is_region(good), "{good}");
    }
}

#[test]
fn the_threshold_decides_which_datapoints_breach() {
    let body = |comparison: &str| {
        serde_json::json!({"AlarmName": "a", "NewStateReason": "[2.0 (21/11/26 18:45:00), 0.0 (21/11/26 18:40:00), 1.0 (21/11/26 18:35:00)]",
            "Trigger": {"MetricName": "m", "Namespace": "n", "Statistic": "SUM", "Period": 300, "Threshold": 1.0, "ComparisonOperator": comparison}})
    };
    let cases = [
        ("GreaterThanOrEqualToThreshold", vec![2.0, 1.0], Some(3)),
        ("GreaterThanThreshold", vec![2.0], Some(2)),
        ("LessThanThreshold", vec![0.0], Some(0)),
        ("LessThanOrEqualToThreshold", vec![0.0, 1.0], Some(1)),
        ("GreaterThanUpperThreshold", vec![2.0, 0.0, 1.0], Some(3)),
    ];
    for (comparison, expected, count) in cases {
        let alarm = read(&body(comparison).to_string());
        let breaching = alarm.breaching();
        assert_eq!(breaching.iter().map(|it| it.value).collect::<Vec<_>>(), expected, "{comparison}");
        assert_eq!(alarm.expected(&breaching), count, "{comparison}");
    }
    let alarm = read(&body("GreaterThanOrEqualToThreshold").to_string());
    let windows = alarm.windows(&alarm.breaching());
    let gap = [("2026-11-21T18:35:00Z", "2026-11-21T18:40:00Z"), ("2026-11-21T18:45:00Z", "2026-11-21T18:50:00Z")];
    assert_eq!(windows, gap.map(|(from, to)| Span { from: time(from), to: time(to) }));
}

#[test]
fn a_ten_second_period_is_searched_as_a_minute() {
    let alarm = read(r#"{"AlarmName":"a","NewStateReason":"[1.0 (21/11/26 18:41:00)]","Trigger":{"Period":10}}"#);
    assert_eq!(
        alarm.windows(&alarm.breaching()),
        [Span { from: time("2026-11-21T18:41:00Z"), to: time("2026-11-21T18:42:00Z") }]
    );
}

/// The breaching period of every real sample lies inside the window that is used without datapoints.
#[test]
fn the_fallback_covers_the_period_of_real_alarms() {
    for line in BODIES.lines().filter(|line| line.starts_with('{')) {
        let fixture: serde_json::Value = serde_json::from_str(line).unwrap();
        let alarm = read(&fixture["message"].to_string());
        for window in alarm.windows(&alarm.breaching()) {
            let fallback = alarm.fallback_window(Timestamp::UNIX_EPOCH);
            // One sample is edited by hand: its datapoint lies three months before its change.
            let edited = alarm.name == "EXAMPLE";
            assert!(
                edited || (fallback.from <= window.from && window.to <= fallback.to),
                "{} {window:?} {fallback:?}",
                alarm.name
            );
        }
    }
}
