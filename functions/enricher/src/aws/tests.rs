use aws_sdk_cloudwatch::operation::describe_alarm_history::DescribeAlarmHistoryOutput;
use aws_sdk_cloudwatch::operation::describe_alarms::DescribeAlarmsOutput;
use aws_sdk_cloudwatch::primitives::DateTime;
use aws_sdk_cloudwatch::types as cw;
use aws_sdk_cloudwatchlogs::operation::describe_metric_filters::DescribeMetricFiltersOutput;
use aws_sdk_cloudwatchlogs::operation::filter_log_events::{FilterLogEventsError, FilterLogEventsOutput};
use aws_sdk_cloudwatchlogs::types as logs;
use aws_sdk_sns::operation::publish::{PublishError, PublishOutput};
use aws_smithy_mocks::{RuleMode, mock, mock_client};
use jiff::Timestamp;
use yakei_core::alarm::{LogQuery, Metric, Span, State, Statistic, Watches};
use yakei_core::notice::{Attribute, Outgoing};

use super::*;
use crate::ports::{Alarms as _, Fault, Filters, LogEvent, Logs as _, Notices as _, Page, Query};

const TOPIC: &str = "arn:aws:sns:eu-west-1:123456789012:yakei-notices";
const REGION: &str = "ap-northeast-1";

fn aws() -> Aws {
    let sdk = SdkConfig::builder().behavior_version(aws_sdk_sns::config::BehaviorVersion::v2026_01_12()).build();
    Aws::new(&sdk, TOPIC)
}

fn made(client: aws_sdk_sns::Client) -> LazyCell<aws_sdk_sns::Client, Box<dyn FnOnce() -> aws_sdk_sns::Client>> {
    LazyCell::new(Box::new(|| client))
}

fn with_logs(client: aws_sdk_cloudwatchlogs::Client) -> Aws {
    let aws = aws();
    aws.logs.borrow_mut().insert(REGION.to_owned(), client);
    aws
}

fn with_alarms(client: aws_sdk_cloudwatch::Client) -> Aws {
    let aws = aws();
    aws.alarms.borrow_mut().insert(REGION.to_owned(), client);
    aws
}

fn metric() -> Metric {
    Metric::new("yakei", "ConsoleLogin")
}

fn filter(group: &str, metric: &str, value: &str) -> logs::MetricFilter {
    let transformation =
        logs::MetricTransformation::builder().metric_name(metric).metric_namespace("yakei").metric_value(value);
    let transformation = transformation.build().unwrap();
    logs::MetricFilter::builder()
        .log_group_name(group)
        .filter_pattern("{ p }")
        .metric_transformations(transformation)
        .build()
}

#[tokio::test]
async fn metric_filters_are_read_by_metric_and_by_log_group() {
    let by_metric = mock!(aws_sdk_cloudwatchlogs::Client::describe_metric_filters)
        .match_requests(|it| {
            it.metric_name() == Some("ConsoleLogin")
                && it.metric_namespace() == Some("yakei")
                && it.next_token() == Some("1")
        })
        .then_output(|| {
            let page = DescribeMetricFiltersOutput::builder().next_token("2");
            page.metric_filters(filter("a", "ConsoleLogin", "1"))
                .metric_filters(filter("other", "Another", "1"))
                .metric_filters(filter("b", "ConsoleLogin", "$.size"))
                .build()
        });
    let by_group = mock!(aws_sdk_cloudwatchlogs::Client::describe_metric_filters)
        .match_requests(|it| it.log_group_name() == Some("b") && it.metric_name().is_none())
        .then_output(|| {
            let criteria = logs::MetricFilter::builder().field_selection_criteria("@aws.account = 1");
            let transformation = logs::MetricTransformation::builder()
                .metric_name("m")
                .metric_namespace("n")
                .metric_value("1")
                .default_value(1.0)
                .dimensions("User", "$.userIdentity.userName");
            let criteria = criteria.metric_transformations(transformation.build().unwrap()).log_group_name("b");
            DescribeMetricFiltersOutput::builder().metric_filters(criteria.build()).build()
        });
    let aws = with_logs(mock_client!(aws_sdk_cloudwatchlogs, RuleMode::MatchAny, [&by_metric, &by_group]));
    let page = aws.filters(REGION, Filters::OfMetric(&metric()), Some("1")).await.unwrap();
    let brief: Vec<_> =
        page.filters.iter().map(|it| (it.log_group.as_str(), it.counts_events, it.pattern.as_str())).collect();
    assert_eq!((brief, page.next.as_deref()), (vec![("a", true, "{ p }"), ("b", false, "{ p }")], Some("2")));
    let page = aws.filters(REGION, Filters::OfGroup("b"), None).await.unwrap();
    let only = &page.filters[0];
    assert_eq!(only.criteria.as_deref(), Some("@aws.account = 1"));
    assert_eq!(only.dimensions, [("User".to_owned(), "$.userIdentity.userName".to_owned())]);
    assert_eq!((only.counts_events, only.counts_samples), (false, false), "a default value is counted too");
}

#[tokio::test]
async fn a_search_ends_before_the_end_of_its_window() {
    let rule = mock!(aws_sdk_cloudwatchlogs::Client::filter_log_events)
        .match_requests(|it| {
            (it.start_time(), it.end_time()) == (Some(60_000), Some(119_999))
                && it.log_group_name() == Some("g")
                && it.filter_pattern() == Some("{ p }")
                && it.next_token() == Some("t")
        })
        .then_output(|| {
            let event = logs::FilteredLogEvent::builder()
                .event_id("e")
                .timestamp(61_000)
                .ingestion_time(62_000)
                .message("line")
                .build();
            FilterLogEventsOutput::builder().events(event).next_token("u").build()
        });
    let aws = with_logs(mock_client!(aws_sdk_cloudwatchlogs, RuleMode::MatchAny, [&rule]));
    let at = |second| Timestamp::from_second(second).unwrap();
    let query = Query { log_group: "g".into(), pattern: "{ p }".into(), window: Span { from: at(60), to: at(120) } };
    let page = aws.page(REGION, &query, Some("t")).await.unwrap();
    let event = LogEvent { id: "e".into(), logged_at: at(61), ingested_at: Some(at(62)), message: "line".into() };
    assert_eq!(page, Page { events: vec![event], next: Some("u".into()) });
}

#[tokio::test]
async fn the_oldest_event_is_asked_for_from_the_head_and_alone() {
    let rule = mock!(aws_sdk_cloudwatchlogs::Client::filter_log_events)
        .match_requests(|it| {
            (it.start_time(), it.end_time(), it.limit()) == (Some(60_000), Some(119_999), Some(1))
                && (it.log_group_name(), it.start_from_head()) == (Some("g"), Some(true))
                && (it.filter_pattern(), it.next_token()) == (None, Some("t"))
        })
        .then_output(|| {
            let event = logs::FilteredLogEvent::builder().event_id("e").timestamp(61_000).message("line").build();
            FilterLogEventsOutput::builder().events(event).build()
        });
    let aws = with_logs(mock_client!(aws_sdk_cloudwatchlogs, RuleMode::MatchAny, [&rule]));
    let at = |second| Timestamp::from_second(second).unwrap();
    let page = aws.oldest(REGION, "g", Span { from: at(60), to: at(120) }, Some("t")).await.unwrap();
    assert_eq!((page.events[0].logged_at, page.next), (at(61), None));
}

#[tokio::test]
async fn a_refused_search_says_its_code() {
    let rule = mock!(aws_sdk_cloudwatchlogs::Client::filter_log_events).then_error(|| {
        let meta =
            aws_sdk_cloudwatchlogs::error::ErrorMetadata::builder().code("AccessDeniedException").message("no").build();
        FilterLogEventsError::generic(meta)
    });
    let aws = with_logs(mock_client!(aws_sdk_cloudwatchlogs, RuleMode::MatchAny, [&rule]));
    let window = Span { from: Timestamp::UNIX_EPOCH, to: Timestamp::UNIX_EPOCH };
    let query = Query { log_group: "g".into(), pattern: String::new(), window };
    let error = aws.page(REGION, &query, None).await.unwrap_err();
    assert_eq!(error.to_string(), "FilterLogEvents failed with AccessDeniedException: no");
}

#[tokio::test]
async fn alarms_of_all_types_are_described() {
    let rule = mock!(aws_sdk_cloudwatch::Client::describe_alarms)
        .match_requests(|it| it.alarm_types().len() == 3 && it.alarm_names() == ["m", "c", "x", "l"])
        .then_output(|| {
            let data = r#"{"evaluatedDatapoints":[{"timestamp":"2026-11-21T18:40:00.000+0000","value":3.0}]}"#;
            let metric = cw::MetricAlarm::builder()
                .alarm_name("m")
                .alarm_arn("arn:aws:cloudwatch:ap-northeast-1:123456789012:alarm:m");
            let metric =
                metric.namespace("yakei").metric_name("ConsoleLogin").period(300).evaluation_periods(1).threshold(1.0);
            let metric = metric
                .comparison_operator(cw::ComparisonOperator::GreaterThanOrEqualToThreshold)
                .statistic(cw::Statistic::Sum);
            let metric = metric.state_value(cw::StateValue::Alarm).state_reason_data(data).build();
            let stat = cw::Metric::builder().namespace("AWS/EC2").metric_name("NetworkOut").build();
            let query = cw::MetricDataQuery::builder()
                .id("m1")
                .metric_stat(cw::MetricStat::builder().metric(stat).period(60).stat("Sum").build());
            let math = cw::MetricAlarm::builder().alarm_name("x").metrics(query.build()).build();
            let composite = cw::CompositeAlarm::builder()
                .alarm_name("c")
                .alarm_rule("ALARM(m)")
                .state_value(cw::StateValue::Ok)
                .build();
            let query = cw::ScheduledQueryConfiguration::builder().query_string("filter x").log_group_identifiers("g");
            let log = cw::LogAlarm::builder()
                .alarm_name("l")
                .scheduled_query_configuration(query.build())
                .action_log_line_count(5)
                .build();
            DescribeAlarmsOutput::builder()
                .metric_alarms(metric)
                .metric_alarms(math)
                .composite_alarms(composite)
                .log_alarms(log)
                .build()
        });
    let aws = with_alarms(mock_client!(aws_sdk_cloudwatch, RuleMode::MatchAny, [&rule]));
    let described = aws.describe(REGION, &["m", "c", "x", "l"].map(str::to_owned)).await.unwrap();
    let by_name = |name: &str| described.iter().find(|it| it.name == name).unwrap();
    assert_eq!((by_name("m").state, by_name("m").account.as_deref()), (State::Alarm, Some("123456789012")));
    assert_eq!(by_name("m").watches, Watches::Metric(metric()));
    assert_eq!(by_name("m").expected(&by_name("m").evaluated), Some(3));
    assert_eq!((by_name("x").period(), by_name("x").evaluation.statistic), (60, Some(Statistic::Sum)));
    assert_eq!(by_name("x").watches, Watches::Metric(Metric::new("AWS/EC2", "NetworkOut")));
    assert_eq!(by_name("c").watches, Watches::Composite { rule: "ALARM(m)".into(), triggering: Vec::new() });
    let query = LogQuery { log_groups: vec!["g".into()], query: "filter x".into(), lines: None, most_lines: Some(5) };
    assert_eq!(by_name("l").watches, Watches::Log(query));
}

#[tokio::test]
async fn history_comes_newest_first() {
    let rule = mock!(aws_sdk_cloudwatch::Client::describe_alarm_history)
        .match_requests(|it| {
            it.alarm_name() == Some("m") && it.history_item_type() == Some(&cw::HistoryItemType::StateUpdate)
        })
        .then_output(|| {
            let item = |second, state: &str| {
                let data = format!(r#"{{"newState":{{"stateValue":"{state}"}}}}"#);
                cw::AlarmHistoryItem::builder().timestamp(DateTime::from_secs(second)).history_data(data).build()
            };
            DescribeAlarmHistoryOutput::builder()
                .alarm_history_items(item(1, "ALARM"))
                .alarm_history_items(item(2, "OK"))
                .build()
        });
    let aws = with_alarms(mock_client!(aws_sdk_cloudwatch, RuleMode::MatchAny, [&rule]));
    let window = Span { from: Timestamp::UNIX_EPOCH, to: Timestamp::UNIX_EPOCH };
    let states: Vec<_> = aws.history(REGION, "m", window).await.unwrap().into_iter().map(|it| it.to).collect();
    assert_eq!(states, [State::Ok, State::Alarm]);
}

#[tokio::test]
async fn the_newest_events_come_first_where_aws_allows_that() {
    for (from, expected) in [("2026-11-21T18:40:00Z", Some(false)), ("2023-11-21T18:40:00Z", None)] {
        let rule = mock!(aws_sdk_cloudwatchlogs::Client::filter_log_events)
            .match_requests(move |it| it.start_from_head() == expected)
            .then_output(|| FilterLogEventsOutput::builder().build());
        let aws = with_logs(mock_client!(aws_sdk_cloudwatchlogs, RuleMode::MatchAny, [&rule]));
        let from: Timestamp = from.parse().unwrap();
        let query = Query { log_group: "g".into(), pattern: String::new(), window: Span { from, to: from } };
        aws.page(REGION, &query, None).await.unwrap();
        assert_eq!(rule.num_calls(), 1);
    }
}

#[test]
fn the_sdk_itself_tries_once_and_gives_a_publish_its_time() {
    let aws = aws();
    assert_eq!(aws.logs(REGION).config().retry_config().map(RetryConfig::max_attempts), Some(1));
    assert_eq!(aws.sns.config().retry_config().map(RetryConfig::max_attempts), Some(1));
    assert_eq!(aws.sns.config().timeout_config().and_then(TimeoutConfig::operation_attempt_timeout), None);
}

fn outgoing() -> Outgoing {
    let attributes = vec![Attribute { name: "suppressed", value: "false".into() }];
    Outgoing { subject: "s".into(), ascii_subject: "a".into(), message: r#"{"default":"d"}"#.into(), attributes }
}

#[tokio::test]
async fn a_notice_is_published_as_json_by_protocol() {
    let rule = mock!(aws_sdk_sns::Client::publish)
        .match_requests(|it| {
            let attribute = it.message_attributes().and_then(|all| all.get("suppressed"));
            it.topic_arn() == Some(TOPIC)
                && it.message_structure() == Some("json")
                && it.subject() == Some("s")
                && attribute.is_some_and(|it| it.string_value() == Some("false") && it.data_type() == "String")
        })
        .then_output(|| PublishOutput::builder().message_id("m").build());
    let mut aws = aws();
    aws.sns = made(mock_client!(aws_sdk_sns, RuleMode::MatchAny, [&rule]));
    aws.publish(&outgoing()).await.unwrap();
    assert_eq!(rule.num_calls(), 1);
}

#[tokio::test]
async fn a_subject_that_sns_refuses_is_sent_again_in_ascii_and_nothing_else_is() {
    let refused = || {
        let error =
            aws_sdk_sns::types::error::InvalidParameterException::builder().message("Invalid parameter: Subject");
        PublishError::InvalidParameterException(error.build())
    };
    for (subject, code, calls) in
        [("夜警", "InvalidParameter", 2), ("s", "InvalidParameter", 1), ("夜警", "NotFound", 1)]
    {
        let utf8 = mock!(aws_sdk_sns::Client::publish)
            .match_requests(move |it| it.subject() == Some(subject))
            .then_error(move || match code {
                "InvalidParameter" => refused(),
                other => PublishError::generic(aws_sdk_sns::error::ErrorMetadata::builder().code(other).build()),
            });
        let ascii = mock!(aws_sdk_sns::Client::publish)
            .match_requests(|it| it.subject() == Some("a"))
            .then_output(|| PublishOutput::builder().message_id("m").build());
        let mut aws = aws();
        aws.sns = made(mock_client!(aws_sdk_sns, RuleMode::MatchAny, [&utf8, &ascii]));
        let published = aws.publish(&Outgoing { subject: subject.into(), ..outgoing() }).await;
        assert_eq!((published.is_ok(), utf8.num_calls() + ascii.num_calls()), (calls == 2, calls), "{subject} {code}");
    }
}

#[tokio::test]
async fn a_failed_publish_says_its_code() {
    let rule = mock!(aws_sdk_sns::Client::publish).then_error(|| {
        PublishError::generic(
            aws_sdk_sns::error::ErrorMetadata::builder().code("NotFound").message("no such topic").build(),
        )
    });
    let mut aws = aws();
    aws.sns = made(mock_client!(aws_sdk_sns, RuleMode::MatchAny, [&rule]));
    let error = aws.publish(&outgoing()).await.unwrap_err();
    assert_eq!(
        (error.to_string().as_str(), error.fault),
        ("Publish failed with NotFound: no such topic", Fault::NotThere)
    );
}

#[test]
fn each_region_has_its_own_client_and_the_topic_its_own() {
    let aws = aws();
    assert_eq!(aws.logs("eu-west-2").config().region().map(AsRef::as_ref), Some("eu-west-2"));
    assert_eq!(aws.alarms("eu-west-3").config().region().map(AsRef::as_ref), Some("eu-west-3"));
    assert_eq!(aws.sns.config().region().map(AsRef::as_ref), Some("eu-west-1"));
}
