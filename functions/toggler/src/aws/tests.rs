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
use aws_sdk_cloudwatch::operation::list_tags_for_resource::ListTagsForResourceOutput;
use aws_sdk_cloudwatch::primitives::DateTime;
use aws_sdk_cloudwatch::types::{AlarmHistoryItem, HistoryItemType, ScanBy};
use std::collections::BTreeMap;
use yakei_core::digest::{Digest, HandedOver};
use yakei_core::notice::{Language, Style};

use crate::ports::{CutOff, Item, KnownRule, MuteRule, MuteRules as _, People as _, RuleList, What};

fn metric(name: &str, enabled: bool) -> MetricAlarm {
    MetricAlarm::builder().alarm_name(name).actions_enabled(enabled).build()
}

fn read(name: &str, state: Mode) -> Alarm {
    Alarm::named(name, state)
}

#[tokio::test(start_paused = true)]
async fn reads_every_kind_and_every_page() {
    let first = mock!(Client::describe_alarms)
        .match_requests(|request| {
            request.alarm_types() == [AlarmType::MetricAlarm, AlarmType::CompositeAlarm, AlarmType::LogAlarm]
                && request.alarm_name_prefix() == Some("yakei-")
                && request.max_records() == Some(100)
                && request.next_token().is_none()
        })
        .then_output(|| DescribeAlarmsOutput::builder().metric_alarms(metric("yakei-a", true)).next_token("2").build());
    let second =
        mock!(Client::describe_alarms).match_requests(|request| request.next_token() == Some("2")).then_output(|| {
            let composite = CompositeAlarm::builder().alarm_name("yakei-b").actions_enabled(false).build();
            let log = LogAlarm::builder().alarm_name("yakei-d").actions_enabled(false).build();
            let page = DescribeAlarmsOutput::builder().composite_alarms(composite).log_alarms(log);
            page.metric_alarms(metric("yakei-c", false)).build()
        });
    let port = CloudWatch::new(
        mock_client!(aws_sdk_cloudwatch, RuleMode::MatchAny, [&first, &second]),
        Duration::from_mins(1),
    );
    let Read { alarms, cut_off } = port.read("yakei-").await;
    assert_eq!(cut_off, None);
    let others = ["yakei-c", "yakei-b", "yakei-d"].map(|name| read(name, Mode::Muted));
    assert_eq!(alarms, [vec![read("yakei-a", Mode::Armed)], others.to_vec()].concat());
}

#[tokio::test(start_paused = true)]
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

#[tokio::test(start_paused = true)]
async fn names_are_read_a_hundred_at_a_time() {
    let sizes = mock!(Client::describe_alarms)
        .match_requests(|request| matches!(request.alarm_names().len(), 100 | 30) && request.alarm_types().len() == 3)
        .then_output(|| DescribeAlarmsOutput::builder().build());
    let port = CloudWatch::new(mock_client!(aws_sdk_cloudwatch, RuleMode::MatchAny, [&sizes]), Duration::from_mins(1));
    let names: Vec<String> = (0..130).map(|n| n.to_string()).collect();
    assert_eq!(port.read_named(&names).await.cut_off, None);
    assert_eq!(sizes.num_calls(), 2);
}

#[tokio::test(start_paused = true)]
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
    let begin = Instant::now();
    let names = ["a".to_owned(), "b".to_owned()];
    assert_eq!(port.set(Mode::Muted, &names).await, Ok(()));
    let error = port.set(Mode::Armed, &names).await.unwrap_err();
    assert_eq!(error.to_string(), "EnableAlarmActions: AccessDenied: not you");
    assert!(begin.elapsed() >= BETWEEN_WRITES);
}

#[tokio::test(start_paused = true)]
async fn a_call_has_half_of_the_time_that_is_left() {
    let port = CloudWatch::new(mock_client!(aws_sdk_cloudwatch, RuleMode::MatchAny, []), Duration::from_secs(8));
    let begin = Instant::now();
    let never = std::future::pending::<Result<(), SdkError<DescribeAlarmsError>>>();
    let error = port.within("DescribeAlarms", never).await.unwrap_err();
    assert_eq!(error.to_string(), "DescribeAlarms: Timeout: no answer within 4.0 s, half of the time that was left");
    assert_eq!(begin.elapsed().as_secs(), 4);
}

#[tokio::test(start_paused = true)]
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

#[tokio::test(start_paused = true)]
async fn a_process_that_has_met_much_trouble_is_as_patient_as_a_new_one() {
    let attempts = usize::try_from(ATTEMPTS).unwrap();
    let rule = mock!(Client::describe_alarms)
        .sequence()
        .http_status(503, None)
        .times(20 * attempts + 3)
        .output(|| DescribeAlarmsOutput::builder().metric_alarms(metric("yakei-a", true)).build())
        .build();
    let client = mock_client!(aws_sdk_cloudwatch, RuleMode::Sequential, [&rule], |config| {
        config.retry_config(retries()).retry_partition(unlimited())
    });
    for _ in 0..20 {
        assert!(CloudWatch::new(client.clone(), Duration::from_mins(10)).read("").await.cut_off.is_some());
    }
    let read = CloudWatch::new(client, Duration::from_mins(10)).read("").await;
    assert_eq!((read.alarms.len(), read.cut_off), (1, None));
}

#[tokio::test(start_paused = true)]
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
        let rule = AlarmMuteRuleSummary::builder().alarm_mute_rule_arn(arn).status(AlarmMuteRuleStatus::Active);
        let rule = rule.last_updated_timestamp(DateTime::from_secs(7)).build();
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
    let rules = vec![KnownRule { name: "yakei-mute-x".to_owned(), active: true, updated: Some(at(7)) }];
    assert_eq!(port.rules().await, RuleList { rules, cut_off: None });
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn entry(second: i64, kind: HistoryItemType, data: &str) -> AlarmHistoryItem {
    let entry = AlarmHistoryItem::builder().alarm_name("yakei-a").timestamp(DateTime::from_secs(second));
    entry.history_item_type(kind).history_data(data).build()
}

fn change(second: i64, state: &str) -> AlarmHistoryItem {
    let data = format!(r#"{{"version":"1.0","newState":{{"stateValue":"{state}","stateReason":"because"}}}}"#);
    entry(second, HistoryItemType::StateUpdate, &data)
}

#[tokio::test(start_paused = true)]
async fn changes_and_the_actions_for_them_are_taken_from_the_history() {
    let history = mock!(Client::describe_alarm_history)
        .match_requests(|request| {
            request.history_item_type().is_none()
                && request.start_date() == Some(&DateTime::from_secs(5))
                && request.scan_by() == Some(&ScanBy::TimestampAscending)
                && request.alarm_types().len() == 3
                && request.alarm_name() == Some("yakei-a")
        })
        .then_output(|| {
            let action = |second, data: &str| entry(second, HistoryItemType::Action, data);
            let output = DescribeAlarmHistoryOutput::builder();
            let output = output.alarm_history_items(change(4, "ALARM")).alarm_history_items(change(7, "ALARM"));
            let output =
                output.alarm_history_items(action(8, r#"{"actionState":"Succeeded","stateUpdateTimestamp":7000}"#));
            let output =
                output.alarm_history_items(action(8, r#"{"actionState":"Failed","stateUpdateTimestamp":7000}"#));
            let output = output.alarm_history_items(action(
                9,
                r#"{"actionState":"Succeeded","stateUpdateTimestamp":"1970-01-01T00:00:09.000+0000"}"#,
            ));
            let output = output.alarm_history_items(entry(10, HistoryItemType::ConfigurationUpdate, "{}"));
            output.alarm_history_items(change(11, "OK")).build()
        });
    let port =
        CloudWatch::new(mock_client!(aws_sdk_cloudwatch, RuleMode::MatchAny, [&history]), Duration::from_mins(1));
    let since = BTreeMap::from([("yakei-a".to_owned(), at(5))]);
    let item = |second, what| Item { alarm: "yakei-a".to_owned(), at: at(second), what };
    let items = vec![
        item(7, What::WentOff("because".to_owned())),
        item(8, What::ActionDone(Some(at(7)))),
        item(9, What::ActionDone(Some(at(9)))),
        item(11, What::Calmed),
    ];
    assert_eq!(port.history(&since).await, History { items, cut_off: BTreeMap::new() });
}

#[tokio::test(start_paused = true)]
async fn a_history_that_ends_too_early_says_how_far_it_reaches() {
    let first =
        mock!(Client::describe_alarm_history).match_requests(|it| it.next_token().is_none()).then_output(|| {
            let output = DescribeAlarmHistoryOutput::builder().next_token("more");
            output.alarm_history_items(change(7, "ALARM")).alarm_history_items(change(9, "OK")).build()
        });
    let second =
        mock!(Client::describe_alarm_history).match_requests(|it| it.next_token().is_some()).then_error(|| {
            let meta = aws_sdk_cloudwatch::error::ErrorMetadata::builder().code("AccessDenied").message("no").build();
            aws_sdk_cloudwatch::operation::describe_alarm_history::DescribeAlarmHistoryError::generic(meta)
        });
    let port = CloudWatch::new(
        mock_client!(aws_sdk_cloudwatch, RuleMode::MatchAny, [&first, &second]),
        Duration::from_mins(1),
    );
    let since = BTreeMap::from([("yakei-a".to_owned(), at(5))]);
    let history = port.history(&since).await;
    assert_eq!(history.items.iter().map(|item| item.at).collect::<Vec<_>>(), [at(7)], "there may be more at 9");
    let Some(CutOff { read_to, error }) = history.cut_off.get("yakei-a") else { panic!("{history:?}") };
    assert_eq!((*read_to, error.code.as_str(), error.refused), (at(9), "AccessDenied", true));
}

#[tokio::test(start_paused = true)]
async fn alarms_are_asked_for_by_name_up_to_a_hundred_and_within_bounds() {
    let page = mock!(Client::describe_alarm_history)
        .match_requests(|request| request.alarm_name().is_none())
        .then_output(|| DescribeAlarmHistoryOutput::builder().next_token("more").build());
    let named = mock!(Client::describe_alarm_history)
        .match_requests(|request| request.alarm_name().is_some())
        .then_output(|| DescribeAlarmHistoryOutput::builder().build());
    let client = mock_client!(aws_sdk_cloudwatch, RuleMode::MatchAny, [&page, &named]);
    let alarms = |number: usize| (0..number).map(|n| (n.to_string(), at(0))).collect::<BTreeMap<_, _>>();
    let port = CloudWatch::new(client.clone(), Duration::from_mins(1));
    assert_eq!(port.history(&alarms(100)).await, History::default());
    assert_eq!((named.num_calls(), page.num_calls()), (100, 0));
    let history = port.history(&alarms(101)).await;
    assert_eq!((page.num_calls(), history.cut_off.len()), (200, 101));
    assert!(history.cut_off.values().all(|it| it.error.code == "TooManyPages"));
    let late = CloudWatch::new(client, Duration::from_secs(4)).history(&alarms(101)).await;
    assert!(late.cut_off.values().all(|it| it.error.code == "OutOfTime"), "the rest is for telling");
}

fn digest() -> Digest {
    let mut digest = Digest::new("0f".to_owned(), "yakei", at(0), at(60));
    digest.still_in_alarm.push("yakei-a".to_owned());
    digest
}

#[tokio::test(start_paused = true)]
async fn people_get_text_and_programs_json() {
    let publish = mock!(aws_sdk_sns::Client::publish)
        .match_requests(|request| {
            let message: serde_json::Value = serde_json::from_str(request.message().unwrap()).unwrap();
            let loud = request.message_attributes().and_then(|all| all.get("suppressed")?.string_value());
            request.topic_arn() == Some("arn:aws:sns:r:1:people")
                && request.message_structure() == Some("json")
                && loud == Some("false")
                && message["email"].as_str().is_some_and(|text| text.contains("yakei-a"))
                && message["sqs"].as_str().is_some_and(|text| text.contains("yakei.digest/1"))
        })
        .then_output(|| aws_sdk_sns::operation::publish::PublishOutput::builder().build());
    let client = mock_client!(aws_sdk_sns, RuleMode::MatchAny, [&publish]);
    let topic = Topic::new(move || client, Some("arn:aws:sns:r:1:people".to_owned()));
    assert!(topic.listen());
    assert_eq!(topic.tell(&digest(), &Style::default()).await, Ok(()));
}

#[test]
fn no_client_for_sns_is_made_before_something_is_told() {
    for (arn, listens) in [("arn:aws:sns:r:1:people", true), ("", false)] {
        let topic = Topic::new(|| panic!("a client was made"), Some(arn.to_owned()));
        assert_eq!(topic.within(Duration::from_secs(1), Some("alarms")).listen(), listens);
    }
}

#[tokio::test(start_paused = true)]
async fn people_are_told_although_sns_is_asked_too_often_at_first() {
    let throttled = "<ErrorResponse><Error><Type>Sender</Type><Code>Throttled</Code><Message>Rate exceeded</Message>\
                     </Error><RequestId>r</RequestId></ErrorResponse>";
    let publish = mock!(aws_sdk_sns::Client::publish)
        .sequence()
        .http_status(429, Some(throttled.to_owned()))
        .times(2)
        .output(|| aws_sdk_sns::operation::publish::PublishOutput::builder().build())
        .build();
    let client = mock_client!(aws_sdk_sns, RuleMode::Sequential, [&publish], topic::patient);
    let topic = Topic::new(move || client, Some("arn:aws:sns:r:1:people".to_owned()));
    assert_eq!(topic.tell(&digest(), &Style::default()).await, Ok(()));
    assert_eq!(publish.num_calls(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_subject_that_sns_refuses_is_sent_again_in_ascii() {
    use aws_sdk_sns::operation::publish::{PublishError, PublishOutput};
    let refused = || {
        let meta =
            aws_sdk_cloudwatch::error::ErrorMetadata::builder().code("InvalidParameter").message("Subject").build();
        PublishError::generic(meta)
    };
    let is_ascii = |it: &aws_sdk_sns::operation::publish::PublishInput| it.subject().is_some_and(str::is_ascii);
    let utf8 = mock!(aws_sdk_sns::Client::publish).match_requests(move |it| !is_ascii(it)).then_error(refused);
    let ascii = mock!(aws_sdk_sns::Client::publish)
        .match_requests(move |it| is_ascii(it) && it.message().is_some_and(|text| text.contains("ミュート中")))
        .then_output(|| PublishOutput::builder().build());
    let client = mock_client!(aws_sdk_sns, RuleMode::MatchAny, [&utf8, &ascii]);
    let topic = Topic::new(move || client, Some("arn:aws:sns:r:1:people".to_owned()));
    assert_eq!(topic.tell(&digest(), &Style { language: Language::Ja, ..Style::default() }).await, Ok(()));
    assert_eq!((utf8.num_calls(), ascii.num_calls()), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn the_enricher_is_asked_through_the_alarm_topic_and_a_refusal_is_no_answer() {
    let publish = mock!(aws_sdk_sns::Client::publish)
        .match_requests(|request| {
            let message: serde_json::Value = serde_json::from_str(request.message().unwrap()).unwrap();
            let read = HandedOver::read(message["default"].as_str().unwrap());
            request.topic_arn() == Some("arn:aws:sns:r:1:alarms") && read.is_some_and(|read| read.digest == digest())
        })
        .then_output(|| aws_sdk_sns::operation::publish::PublishOutput::builder().build());
    let refuse = mock!(aws_sdk_sns::Client::publish)
        .match_requests(|it| it.topic_arn() == Some("arn:aws:sns:r:1:none"))
        .then_error(|| {
            let meta = aws_sdk_cloudwatch::error::ErrorMetadata::builder().code("NotFound").build();
            aws_sdk_sns::operation::publish::PublishError::generic(meta)
        });
    let client = mock_client!(aws_sdk_sns, RuleMode::MatchAny, [&publish, &refuse]);
    let topic = Topic::new(move || client, Some("arn:aws:sns:r:1:people".to_owned()));
    let handed = HandedOver::new(&digest());
    assert!(topic.within(Duration::from_mins(1), Some("alarms")).hand_over(&handed).await);
    assert!(!topic.within(Duration::from_mins(1), Some("none")).hand_over(&handed).await);
    assert!(!topic.within(Duration::from_mins(1), None).hand_over(&handed).await);
}

#[tokio::test(start_paused = true)]
async fn an_alarm_s_tag_says_whose_it_is() {
    let list = mock!(Client::list_tags_for_resource)
        .match_requests(|it| it.resource_arn() == Some("arn:a"))
        .then_output(|| {
            let tag = Tag::builder().key("managed-by").value("yakei").build();
            ListTagsForResourceOutput::builder().tags(tag).build()
        });
    let client = mock_client!(aws_sdk_cloudwatch, RuleMode::MatchAny, [&list]);
    let port = CloudWatch::new(client, Duration::from_mins(1));
    let alarm = Alarm { arn: Some("arn:a".to_owned()), ..Alarm::named("a", Mode::Muted) };
    for (owner, expected) in [("yakei", true), ("yakei-eu", false)] {
        assert_eq!(port.is_tagged(&alarm, &Name::parse(owner).unwrap()).await, Ok(expected));
    }
    assert_eq!(port.is_tagged(&Alarm::named("a", Mode::Muted), &Name::parse("yakei").unwrap()).await, Ok(false));
}

#[tokio::test(start_paused = true)]
async fn a_throttle_is_no_refusal() {
    let code = |code: &'static str| {
        mock!(Client::enable_alarm_actions).then_error(move || {
            EnableAlarmActionsError::generic(aws_sdk_cloudwatch::error::ErrorMetadata::builder().code(code).build())
        })
    };
    for (name, refused) in [("AccessDenied", true), ("Throttling", false), ("ValidationError", true)] {
        let rule = code(name);
        let port =
            CloudWatch::new(mock_client!(aws_sdk_cloudwatch, RuleMode::MatchAny, [&rule]), Duration::from_mins(1));
        assert_eq!(port.set(Mode::Armed, &["a".to_owned()]).await.map_err(|error| error.refused), Err(refused));
    }
}

#[tokio::test(start_paused = true)]
async fn a_hold_s_alarm_watches_nothing_and_says_whose_it_is() {
    let put = mock!(Client::put_metric_alarm)
        .match_requests(|request| {
            request.alarm_name() == Some("yakei-hold")
                && request.alarm_description() == Some("{}")
                && request.alarm_actions().is_empty()
                && (request.namespace(), request.metric_name()) == (Some("yakei"), Some("Hold"))
                && request.tags().iter().any(|tag| tag.key() == Some("managed-by") && tag.value() == Some("yakei"))
        })
        .then_output(|| PutMetricAlarmOutput::builder().build());
    let delete = mock!(Client::delete_alarms)
        .match_requests(|request| request.alarm_names() == ["yakei-hold"])
        .then_output(|| DeleteAlarmsOutput::builder().build());
    let client = mock_client!(aws_sdk_cloudwatch, RuleMode::MatchAny, [&put, &delete]);
    let port = CloudWatch::new(client, Duration::from_mins(1));
    let kept = Kept { alarm: "yakei-hold".to_owned(), metric: "Hold", text: "{}".to_owned() };
    assert_eq!(port.keep(&kept, &Name::parse("yakei").unwrap()).await, Ok(()));
    assert_eq!(port.remove(&["yakei-hold".to_owned()]).await, Ok(()));
}
