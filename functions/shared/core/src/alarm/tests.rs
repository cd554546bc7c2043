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
        let breaching = alarm.breach().points;
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
        ("\u{feff}", NotAnAlarm::Empty),
        ("\u{feff}[{", NotAnAlarm::BrokenJson),
        (" \n", NotAnAlarm::Empty),
        ("hello", NotAnAlarm::NotJson),
        ("{\"AlarmName\":", NotAnAlarm::BrokenJson),
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
        ("GreaterThanOrEqualToThreshold", vec![1.0, 2.0], Some(3)),
        ("GreaterThanThreshold", vec![2.0], Some(2)),
        ("LessThanThreshold", vec![0.0], Some(0)),
        ("LessThanOrEqualToThreshold", vec![1.0, 0.0], Some(1)),
        ("GreaterThanUpperThreshold", vec![1.0, 0.0, 2.0], Some(3)),
    ];
    for (comparison, expected, count) in cases {
        let alarm = read(&body(comparison).to_string());
        let breaching = alarm.breach().points;
        assert_eq!(breaching.iter().map(|it| it.value).collect::<Vec<_>>(), expected, "{comparison}");
        assert_eq!(alarm.expected(&breaching), count, "{comparison}");
    }
    let alarm = read(&body("GreaterThanOrEqualToThreshold").to_string());
    let windows = alarm.windows(&alarm.breach().points);
    let gap = [("2026-11-21T18:35:00Z", "2026-11-21T18:40:00Z"), ("2026-11-21T18:45:00Z", "2026-11-21T18:50:00Z")];
    assert_eq!(windows, gap.map(|(from, to)| Span { from: time(from), to: time(to) }));
}

#[test]
fn a_ten_second_period_is_searched_as_a_minute() {
    let alarm = read(r#"{"AlarmName":"a","NewStateReason":"[1.0 (21/11/26 18:41:00)]","Trigger":{"Period":10}}"#);
    assert_eq!(
        alarm.windows(&alarm.breach().points),
        [Span { from: time("2026-11-21T18:41:00Z"), to: time("2026-11-21T18:42:00Z") }]
    );
}

/// The breaching period of every real sample lies inside the window that is used without datapoints.
#[test]
fn the_fallback_covers_the_period_of_real_alarms() {
    for line in BODIES.lines().filter(|line| line.starts_with('{')) {
        let fixture: serde_json::Value = serde_json::from_str(line).unwrap();
        let alarm = read(&fixture["message"].to_string());
        for window in alarm.windows(&alarm.breach().points) {
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

#[test]
fn a_datapoint_between_two_minutes_counts_from_its_minutes_start() {
    for (start, period, from, to) in [
        ("18:41:30", 30, "18:41:00", "18:42:00"),
        ("18:41:50", 10, "18:41:00", "18:42:00"),
        ("18:41:00", 10, "18:41:00", "18:42:00"),
        ("18:41:00", 60, "18:41:00", "18:42:00"),
        ("18:40:00", 300, "18:40:00", "18:45:00"),
        ("18:40:27", 60, "18:40:00", "18:42:00"),
    ] {
        let body = format!(
            r#"{{"AlarmName":"a","NewStateReason":"[1.0 (21/11/26 {start})]","Trigger":{{"Period":{period}}}}}"#
        );
        let alarm = read(&body);
        let [from, to] = [from, to].map(|it| time(&format!("2026-11-21T{it}Z")));
        assert_eq!(alarm.windows(&alarm.breach().points), [Span { from, to }], "{start} {period}");
    }
}

#[test]
fn a_body_with_a_mark_half_a_pair_or_endless_nesting_is_an_alarm() {
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    for body in [
        "\u{feff}{\"AlarmName\":\"a\",\"NewStateValue\":\"ALARM\"}".to_owned(),
        r#"{"AlarmName":"a","NewStateValue":"ALARM","AlarmDescription":"\ud83d"}"#.to_owned(),
        format!(r#"{{"AlarmName":"a","NewStateValue":"ALARM","x":{deep}}}"#),
    ] {
        assert_eq!(read(&body).state, State::Alarm);
    }
}

#[test]
fn dimensions_and_the_metrics_account_are_the_metrics() {
    let dimensioned = read(
        r#"{"AlarmName":"a","Trigger":{"Namespace":"n","MetricName":"m","Dimensions":[{"value":"bob","name":"User"},{"Name":"B","Value":"1"}]}}"#,
    );
    let dimensions = vec![("B".to_owned(), "1".to_owned()), ("User".to_owned(), "bob".to_owned())];
    assert_eq!(dimensioned.watches, Watches::Metric(Metric { dimensions, ..Metric::new("n", "m") }));
    let other = read(
        r#"{"AlarmName":"a","Trigger":{"Metrics":[{"Id":"m1","AccountId":"444455556666","MetricStat":{"Period":60,"Stat":"SampleCount",
            "Metric":{"Namespace":"n","MetricName":"m"}}}]}}"#,
    );
    let metric = Metric { account: Some("444455556666".into()), ..Metric::new("n", "m") };
    assert_eq!(other.watches, Watches::Metric(metric));
    assert_eq!((other.period(), other.evaluation.statistic), (60, Some(Statistic::SampleCount)));
}

#[test]
fn an_event_of_cloudwatchs_own_is_an_alarm_with_its_reasons_data() {
    let data = serde_json::json!({"version": "1.0", "statistic": "Sum", "period": 60, "threshold": 0.0, "evaluatedDatapoints": [
        {"timestamp": "2026-11-21T18:41:00.000+0000", "value": 2.0}, {"timestamp": "2026-11-21T18:40:00.000+0000", "value": 0.0}]});
    let state = serde_json::json!({"value": "ALARM", "timestamp": "2026-11-21T18:46:12.345+0000", "reasonData": data.to_string(),
        "reason": "Threshold Crossed: 1 out of the last 2 datapoints was greater than the threshold (0.0)."});
    let metric = serde_json::json!({"id": "m1", "returnData": true, "metricStat": {"period": 60, "stat": "Sum",
        "metric": {"namespace": "yakei", "name": "ConsoleLogin", "dimensions": {"User": "bob"}}}});
    let alarm = serde_json::json!({"alarmName": "a", "state": state, "previousState": {"value": "OK"},
        "configuration": {"description": "d", "metrics": [metric]}});
    let arn = "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:a";
    let direct = serde_json::json!({"source": "aws.cloudwatch", "alarmArn": arn, "accountId": "123456789012",
        "time": "2026-11-21T18:46:12.345+0000", "region": "eu-west-1", "alarmData": alarm});
    let bridged = serde_json::json!({"detail-type": "CloudWatch Alarm State Change", "account": "123456789012", "region": "eu-west-1",
        "resources": [arn], "detail": alarm});
    let [direct, bridged] = [direct, bridged].map(|it| read(&it.to_string()));
    assert_eq!(direct, bridged);
    let points = direct.breach().points;
    assert_eq!((points.len(), direct.expected(&points), direct.previous), (1, Some(2), State::Ok));
    assert_eq!((direct.region.as_deref(), direct.account.as_deref()), (Some("eu-west-1"), Some("123456789012")));
    assert_eq!(direct.watches.metrics()[0].dimensions, [("User".to_owned(), "bob".to_owned())]);
    let composite = serde_json::json!({"alarmData": {"alarmName": "c", "state": {"value": "ALARM"}, "configuration": {"alarmRule": "ALARM(a)"}}});
    assert!(matches!(read(&composite.to_string()).watches, Watches::Composite { .. }));
}

#[test]
fn a_log_alarm_brings_its_own_lines() {
    let line = r#"{"eventName":"ConsoleLogin"}"#;
    let config = serde_json::json!({"QueryString": "filter x", "LogGroupIdentifiers": ["g"], "AggregationExpression": "count(*)"});
    let shapes = [
        serde_json::json!({"AlarmName": "l", "ActionLogLineCount": 5, "Trigger": {"ScheduledQueryConfiguration": config}, "LogLines": [line]}),
        serde_json::json!({"AlarmName": "l", "Trigger": {"ScheduledQueryConfiguration": config, "ActionLogLineCount": 5, "ActionLogLines": [{"message": line}]}}),
        serde_json::json!({"alarmData": {"alarmName": "l", "state": {"value": "ALARM", "logLines": [{"@message": line}]},
            "configuration": {"scheduledQueryConfiguration": {"queryString": "filter x", "logGroupIdentifiers": ["g"]}, "actionLogLineCount": 5}}}),
    ];
    for shape in shapes {
        let expected = LogQuery {
            log_groups: vec!["g".into()],
            query: "filter x".into(),
            lines: Some(vec![line.into()]),
            most_lines: Some(5),
        };
        assert_eq!(read(&shape.to_string()).watches, Watches::Log(expected), "{shape}");
    }
    let without = serde_json::json!({"AlarmName": "l", "Trigger": {"ScheduledQueryConfiguration": config}});
    assert!(matches!(read(&without.to_string()).watches, Watches::Log(LogQuery { lines: None, .. })));
}
