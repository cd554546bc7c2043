use aws_sdk_cloudwatch::operation::delete_alarms::DeleteAlarmsOutput;
use aws_sdk_cloudwatch::operation::describe_alarm_history::DescribeAlarmHistoryOutput;
use aws_sdk_cloudwatch::operation::describe_alarms::{DescribeAlarmsError, DescribeAlarmsOutput};
use aws_sdk_cloudwatch::operation::disable_alarm_actions::DisableAlarmActionsOutput;
use aws_sdk_cloudwatch::operation::enable_alarm_actions::EnableAlarmActionsError;
use aws_sdk_cloudwatch::operation::list_alarm_mute_rules::ListAlarmMuteRulesOutput;
use aws_sdk_cloudwatch::operation::put_alarm_mute_rule::PutAlarmMuteRuleOutput;
use aws_sdk_cloudwatch::operation::put_metric_alarm::PutMetricAlarmOutput;
use aws_sdk_cloudwatch::types::{AlarmMuteRuleStatus, AlarmMuteRuleSummary, CompositeAlarm, MetricAlarm};
use aws_smithy_mocks::{RuleMode, mock, mock_client};

use super::*;
use crate::port::{KnownRule, MuteRule, MuteRules as _};

fn metric(name: &str, enabled: bool) -> MetricAlarm {
    MetricAlarm::builder().alarm_name(name).actions_enabled(enabled).build()
}

fn read(name: &str, state: Mode) -> Alarm {
    Alarm::named(name, state)
}

#[tokio::test]
async fn reads_both_kinds_and_every_page() {
    let first = mock!(Client::describe_alarms)
        .match_requests(|request| {
            request.alarm_types() == [AlarmType::MetricAlarm, AlarmType::CompositeAlarm]
                && request.alarm_name_prefix() == Some("yakei-")
                && request.max_records() == Some(100)
                && request.next_token().is_none()
        })
        .then_output(|| DescribeAlarmsOutput::builder().metric_alarms(metric("yakei-a", true)).next_token("2").build());
    let second =
        mock!(Client::describe_alarms).match_requests(|request| request.next_token() == Some("2")).then_output(|| {
            let composite = CompositeAlarm::builder().alarm_name("yakei-b").actions_enabled(false).build();
            DescribeAlarmsOutput::builder().composite_alarms(composite).metric_alarms(metric("yakei-c", false)).build()
        });
    let port = CloudWatch::new(
        mock_client!(aws_sdk_cloudwatch, RuleMode::MatchAny, [&first, &second]),
        Duration::from_mins(1),
    );
    let Read { alarms, cut_off } = port.read("yakei-").await;
    assert_eq!(cut_off, None);
    assert_eq!(alarms, [read("yakei-a", Mode::Armed), read("yakei-c", Mode::Muted), read("yakei-b", Mode::Muted)]);
}

#[tokio::test]
async fn a_reading_that_is_cut_off_keeps_what_came_before() {
    let first = mock!(Client::describe_alarms)
        .match_requests(|request| request.next_token().is_none())
        .then_output(|| DescribeAlarmsOutput::builder().metric_alarms(metric("yakei-a", true)).next_token("2").build());
    let second =
        mock!(Client::describe_alarms).match_requests(|request| request.next_token().is_some()).then_error(|| {
            let meta =
                aws_sdk_cloudwatch::error::ErrorMetadata::builder().code("InvalidNextToken").message("no").build();
            DescribeAlarmsError::generic(meta)
        });
    let port = CloudWatch::new(
        mock_client!(aws_sdk_cloudwatch, RuleMode::MatchAny, [&first, &second]),
        Duration::from_mins(1),
    );
    let Read { alarms, cut_off } = port.read("").await;
    assert_eq!(alarms, [read("yakei-a", Mode::Armed)]);
    assert_eq!(cut_off.map(|e| e.to_string()).as_deref(), Some("DescribeAlarms: InvalidNextToken: no"));
}

#[tokio::test]
async fn names_are_read_a_hundred_at_a_time() {
    let sizes = mock!(Client::describe_alarms)
        .match_requests(|request| matches!(request.alarm_names().len(), 100 | 30) && request.alarm_types().len() == 2)
        .then_output(|| DescribeAlarmsOutput::builder().build());
    let port = CloudWatch::new(mock_client!(aws_sdk_cloudwatch, RuleMode::MatchAny, [&sizes]), Duration::from_mins(1));
    let names: Vec<String> = (0..130).map(|n| n.to_string()).collect();
    assert_eq!(port.read_named(&names).await.cut_off, None);
    assert_eq!(sizes.num_calls(), 2);
}

#[tokio::test]
async fn writes_keep_within_three_a_second_and_say_why_they_fail() {
    let disable = mock!(Client::disable_alarm_actions)
        .match_requests(|request| request.alarm_names() == ["a", "b"])
        .then_output(|| DisableAlarmActionsOutput::builder().build());
    let enable = mock!(Client::enable_alarm_actions).then_error(|| {
        let meta = aws_sdk_cloudwatch::error::ErrorMetadata::builder().code("AccessDenied").message("not you").build();
        EnableAlarmActionsError::generic(meta)
    });
    let port = CloudWatch::new(
        mock_client!(aws_sdk_cloudwatch, RuleMode::MatchAny, [&disable, &enable]),
        Duration::from_mins(1),
    );
    tokio::time::pause();
    let begin = Instant::now();
    let names = ["a".to_owned(), "b".to_owned()];
    assert_eq!(port.set(Mode::Muted, &names).await, Ok(()));
    let error = port.set(Mode::Armed, &names).await.unwrap_err();
    assert_eq!(error.to_string(), "EnableAlarmActions: AccessDenied: not you");
    assert!(begin.elapsed() >= BETWEEN_WRITES);
}

#[tokio::test]
async fn a_call_has_half_of_the_time_that_is_left() {
    let port = CloudWatch::new(mock_client!(aws_sdk_cloudwatch, RuleMode::MatchAny, []), Duration::from_secs(8));
    tokio::time::pause();
    let begin = Instant::now();
    let never = std::future::pending::<Result<(), SdkError<DescribeAlarmsError>>>();
    let error = port.within("DescribeAlarms", never).await.unwrap_err();
    assert_eq!(error.to_string(), "DescribeAlarms: Timeout: no answer within 4.0 s, half of the time that was left");
    assert_eq!(begin.elapsed().as_secs(), 4);
}

#[tokio::test]
async fn what_is_throttled_is_tried_again() {
    let rule = mock!(Client::describe_alarms)
        .sequence()
        .http_status(503, None)
        .times(2)
        .output(|| DescribeAlarmsOutput::builder().metric_alarms(metric("yakei-a", true)).build())
        .build();
    let retries = RetryConfig::standard().with_max_attempts(ATTEMPTS).with_initial_backoff(Duration::from_millis(1));
    let client =
        mock_client!(aws_sdk_cloudwatch, RuleMode::Sequential, [&rule], |config| config.retry_config(retries.clone()));
    let read = CloudWatch::new(client, Duration::from_mins(1)).read("").await;
    assert_eq!((read.alarms.len(), read.cut_off), (1, None));
}

#[tokio::test]
async fn a_mute_rule_is_one_instant_in_utc_and_a_duration() {
    let put = mock!(Client::put_alarm_mute_rule)
        .match_requests(|request| {
            let schedule = request.rule().and_then(|rule| rule.schedule()).unwrap();
            schedule.expression() == Some("at(2026-11-24T00:00)")
                && schedule.duration() == Some("PT9H")
                && schedule.timezone() == Some("UTC")
                && request.mute_targets().is_some_and(|targets| targets.alarm_names() == ["yakei-a"])
        })
        .then_output(|| PutAlarmMuteRuleOutput::builder().build());
    let list = mock!(Client::list_alarm_mute_rules).then_output(|| {
        let arn = "arn:aws:cloudwatch:us-east-1:123456789012:alarm-mute-rule:yakei-mute-x";
        let rule = AlarmMuteRuleSummary::builder().alarm_mute_rule_arn(arn).status(AlarmMuteRuleStatus::Active).build();
        ListAlarmMuteRulesOutput::builder().alarm_mute_rule_summaries(rule).build()
    });
    let client = mock_client!(aws_sdk_cloudwatch, RuleMode::MatchAny, [&put, &list]);
    let port = CloudWatch::new(client, Duration::from_mins(1));
    let instant = |text: &str| text.parse().unwrap();
    let rule = MuteRule {
        name: "yakei-mute-x".to_owned(),
        start: instant("2026-11-24T00:00:00Z"),
        end: instant("2026-11-24T09:00:00Z"),
        alarms: vec!["yakei-a".to_owned()],
    };
    assert_eq!(port.put_rule(&rule, &Name::parse("yakei").unwrap()).await, Ok(()));
    assert_eq!(port.rules().await, Ok(vec![KnownRule { name: "yakei-mute-x".to_owned(), active: true }]));
}

#[tokio::test]
async fn changes_to_alarm_are_taken_from_the_history() {
    let item = |state: &str| {
        let data = format!(r#"{{"version":"1.0","newState":{{"stateValue":"{state}","stateReason":"because"}}}}"#);
        AlarmHistoryItem::builder().alarm_name("yakei-a").timestamp(DateTime::from_secs(7)).history_data(data).build()
    };
    let history = mock!(Client::describe_alarm_history)
        .match_requests(|request| {
            request.history_item_type() == Some(&HistoryItemType::StateUpdate)
                && request.start_date() == Some(&DateTime::from_secs(5))
                && request.alarm_types().len() == 2
                && request.alarm_name() == Some("yakei-a")
        })
        .then_output(move || {
            let output = DescribeAlarmHistoryOutput::builder();
            output.alarm_history_items(item("OK")).alarm_history_items(item("ALARM")).build()
        });
    let port =
        CloudWatch::new(mock_client!(aws_sdk_cloudwatch, RuleMode::MatchAny, [&history]), Duration::from_mins(1));
    let at = |second| Timestamp::from_second(second).unwrap();
    let expected = WentOff { alarm: "yakei-a".to_owned(), at: at(7), reason: "because".to_owned() };
    assert_eq!(port.went_off(at(5), &["yakei-a"]).await, History { went_off: vec![expected], cut_off: None });
}

#[tokio::test]
async fn a_long_history_ends_at_the_bound_and_says_so() {
    let page = mock!(Client::describe_alarm_history)
        .match_requests(|request| request.alarm_name().is_none())
        .then_output(|| DescribeAlarmHistoryOutput::builder().next_token("more").build());
    let port = CloudWatch::new(mock_client!(aws_sdk_cloudwatch, RuleMode::MatchAny, [&page]), Duration::from_mins(1));
    let history = port.went_off(Timestamp::UNIX_EPOCH, &["a"; 11]).await;
    assert_eq!((page.num_calls(), history.cut_off.map(|error| error.code)), (20, Some("TooManyPages".to_owned())));
    let late = CloudWatch::new(mock_client!(aws_sdk_cloudwatch, RuleMode::MatchAny, [&page]), Duration::from_secs(4));
    let history = late.went_off(Timestamp::UNIX_EPOCH, &["a"; 11]).await;
    assert_eq!(history.cut_off.map(|error| error.code), Some("Timeout".to_owned()), "the rest is for telling");
}

#[tokio::test]
async fn people_get_text_and_programs_json() {
    use crate::port::People as _;
    let publish = mock!(aws_sdk_sns::Client::publish)
        .match_requests(|request| {
            let message: serde_json::Value = serde_json::from_str(request.message().unwrap()).unwrap();
            request.topic_arn() == Some("arn:topic")
                && request.message_structure() == Some("json")
                && message["default"] == "text"
                && message["email"] == "text"
                && message["sqs"] == r#"{"a":1}"#
        })
        .then_output(|| aws_sdk_sns::operation::publish::PublishOutput::builder().build());
    let client = mock_client!(aws_sdk_sns, RuleMode::MatchAny, [&publish]);
    let topic = Topic::new(client.clone(), Some("arn:topic".to_owned()));
    assert!(topic.listen());
    assert_eq!(topic.tell("subject", "text", &serde_json::json!({"a": 1})).await, Ok(()));
    assert!(!Topic::new(client, Some(String::new())).listen());
}

#[tokio::test]
async fn a_hold_s_alarm_watches_nothing_and_says_whose_it_is() {
    let put = mock!(Client::put_metric_alarm)
        .match_requests(|request| {
            request.alarm_name() == Some("yakei-hold")
                && request.alarm_description() == Some("{}")
                && request.alarm_actions().is_empty()
                && request.tags().iter().any(|tag| tag.key() == Some("managed-by") && tag.value() == Some("yakei"))
        })
        .then_output(|| PutMetricAlarmOutput::builder().build());
    let delete = mock!(Client::delete_alarms)
        .match_requests(|request| request.alarm_names() == ["yakei-hold"])
        .then_output(|| DeleteAlarmsOutput::builder().build());
    let client = mock_client!(aws_sdk_cloudwatch, RuleMode::MatchAny, [&put, &delete]);
    let port = CloudWatch::new(client, Duration::from_mins(1));
    assert_eq!(port.keep("yakei-hold", "{}", &Name::parse("yakei").unwrap()).await, Ok(()));
    assert_eq!(port.remove(&["yakei-hold".to_owned()]).await, Ok(()));
}
