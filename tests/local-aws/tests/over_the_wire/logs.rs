//! Logs: filter patterns, pages, metric filters and their metrics; and how the local AWS starts.

use aws_sdk_cloudwatch::types::{ComparisonOperator, StandardUnit, StateValue, Statistic};
use aws_sdk_cloudwatchlogs::error::ProvideErrorMetadata as _;
use aws_sdk_cloudwatchlogs::types::{FilteredLogEvent, InputLogEvent, MetricTransformation};
use local_aws::{LocalAws, Options, StartError};

use crate::{Aws, aws, now};

const LOGIN: &str = r#"{ $.eventName = "ConsoleLogin" }"#;

impl Aws {
    async fn stream(&self, group: &str, stream: &str) {
        // The group may be there already: a group with several streams.
        let _ = self.logs.create_log_group().log_group_name(group).send().await;
        self.logs.create_log_stream().log_group_name(group).log_stream_name(stream).send().await.unwrap();
    }

    async fn put(&self, group: &str, stream: &str, events: impl IntoIterator<Item = (i64, String)>) {
        let events = events
            .into_iter()
            .map(|(at, message)| InputLogEvent::builder().timestamp(at).message(message).build().unwrap())
            .collect();
        let put = self.logs.put_log_events().log_group_name(group).log_stream_name(stream);
        put.set_log_events(Some(events)).send().await.unwrap();
    }

    /// Follows the pages to the last; how many events each had, and all of them.
    async fn pages(&self, search: Search<'_>) -> (Vec<usize>, Vec<FilteredLogEvent>) {
        let (mut sizes, mut found, mut token) = (Vec::new(), Vec::new(), None);
        loop {
            let request = self.logs.filter_log_events().log_group_name(search.group).filter_pattern(search.pattern);
            let request = request.set_start_time(search.start).set_end_time(search.end).set_limit(search.limit);
            let page = request.set_next_token(token).send().await.unwrap();
            sizes.push(page.events().len());
            found.extend(page.events().to_vec());
            token = page.next_token;
            if token.is_none() {
                return (sizes, found);
            }
            assert!(sizes.len() < 100, "endless pages");
        }
    }

    async fn metric_filter(&self, group: &str, name: &str, pattern: &str, transformation: MetricTransformation) {
        let put = self.logs.put_metric_filter().log_group_name(group).filter_name(name).filter_pattern(pattern);
        put.metric_transformations(transformation).send().await.unwrap();
    }

    /// Sum and number of samples of a metric in the minute of `at`.
    async fn minute(&self, metric: &str, at: i64, dimension: Option<(&str, &str)>) -> Option<(f64, f64)> {
        let time = aws_sdk_cloudwatch::primitives::DateTime::from_millis;
        let request = self.metrics.get_metric_statistics().namespace("Test").metric_name(metric).period(60);
        let request = request.start_time(time(at - at % 60_000)).end_time(time(at - at % 60_000 + 60_000));
        let dimension = dimension
            .map(|(name, value)| vec![aws_sdk_cloudwatch::types::Dimension::builder().name(name).value(value).build()]);
        let request = request.statistics(Statistic::Sum).statistics(Statistic::SampleCount);
        let answer = request.set_dimensions(dimension).send().await.unwrap();
        answer.datapoints().first().map(|point| (point.sum.unwrap(), point.sample_count.unwrap()))
    }
}

#[derive(Clone, Copy, Default)]
struct Search<'a> {
    group: &'a str,
    pattern: &'a str,
    start: Option<i64>,
    end: Option<i64>,
    limit: Option<i32>,
}

fn transformation(metric: &str, value: &str) -> aws_sdk_cloudwatchlogs::types::builders::MetricTransformationBuilder {
    MetricTransformation::builder().metric_name(metric).metric_namespace("Test").metric_value(value)
}

fn login(user: &str) -> String {
    format!(r#"{{"eventName":"ConsoleLogin","user":"{user}","size":7}}"#)
}

fn noise(n: i64) -> String {
    format!(r#"{{"eventName":"DescribeAlarms","n":{n}}}"#)
}

fn messages(events: &[FilteredLogEvent]) -> Vec<&str> {
    events.iter().map(|event| event.message().unwrap()).collect()
}

#[tokio::test]
async fn filter_log_events_honours_pattern_range_streams_and_order() {
    let aws = aws().await;
    let t = now();
    aws.stream("g", "a").await;
    aws.stream("g", "b").await;
    aws.put("g", "a", [(t, login("first")), (t + 1, noise(0)), (t + 10, login("third"))]).await;
    aws.put("g", "b", [(t + 5, login("second")), (t + 10, login("fourth")), (t + 20, "no JSON".to_owned())]).await;
    let search = Search { group: "g", pattern: LOGIN, ..Search::default() };

    let (_, found) = aws.pages(search).await;
    let all = [login("first"), login("second"), login("third"), login("fourth")];
    assert_eq!(messages(&found), all);
    assert_eq!(found[1].log_stream_name(), Some("b"));
    assert_eq!(found[1].timestamp(), Some(t + 5));
    assert!(found[1].ingestion_time().unwrap() >= t);
    let mut ids: Vec<_> = found.iter().map(|event| event.event_id().unwrap()).collect();
    ids.dedup();
    assert_eq!(ids.len(), 4);

    // Both ends are inside the range.
    let (_, found) = aws.pages(Search { start: Some(t), end: Some(t + 5), ..search }).await;
    assert_eq!(messages(&found), all[..2]);
    let (_, found) = aws.pages(Search { start: Some(t + 1), end: Some(t + 4), ..search }).await;
    assert!(found.is_empty());

    let by_name = aws.logs.filter_log_events().log_group_name("g").log_stream_names("b").send().await.unwrap();
    assert_eq!(by_name.events().len(), 3);
    let by_prefix = aws.logs.filter_log_events().log_group_identifier("g").log_stream_name_prefix("a").send().await;
    assert_eq!(by_prefix.unwrap().events().len(), 3);
    let (_, everything) = aws.pages(Search { pattern: "", ..search }).await;
    assert_eq!(everything.len(), 6);
    aws.local.stop().await;
}

#[tokio::test]
async fn pages_follow_each_other_and_some_are_empty() {
    let aws = aws().await;
    let t = now();
    aws.stream("g", "s").await;
    aws.put("g", "s", (0..7).map(|n| (t, login(&n.to_string())))).await;
    let search = Search { group: "g", pattern: LOGIN, limit: Some(2), ..Search::default() };
    let (sizes, found) = aws.pages(search).await;
    assert_eq!(sizes, [2, 0, 2, 2, 1], "the second page is empty and still has a token");
    assert_eq!(messages(&found), (0..7).map(|n| login(&n.to_string())).collect::<Vec<_>>());

    // A long stretch without a match gives pages without events.
    aws.put("g", "s", (0..2_500).map(|n| (t + 1 + n, noise(n)))).await;
    aws.put("g", "s", [(t + 5_000, login("last"))]).await;
    let (sizes, found) = aws.pages(Search { limit: None, ..search }).await;
    assert_eq!((sizes[0], found.len()), (7, 8));
    assert!(sizes[1..sizes.len() - 1].iter().all(|size| *size == 0) && sizes.len() > 2, "{sizes:?}");

    // More events of one millisecond than a page holds.
    aws.stream("big", "s").await;
    for batch in 0..3 {
        aws.put("big", "s", (0..4_000).map(|n| (t, format!("{batch}/{n}")))).await;
    }
    let (sizes, found) = aws.pages(Search { group: "big", ..Search::default() }).await;
    assert_eq!((sizes, found.len()), (vec![10_000, 0, 2_000], 12_000));

    // A megabyte of messages ends a page, too.
    aws.stream("fat", "s").await;
    for n in 0..3 {
        aws.put("fat", "s", [(t + n, "x".repeat(400_000))]).await;
    }
    let (sizes, _) = aws.pages(Search { group: "fat", ..Search::default() }).await;
    assert_eq!(sizes, [2, 0, 1]);
    aws.local.stop().await;
}

#[tokio::test]
async fn bad_searches_are_refused() {
    let aws = aws().await;
    aws.stream("g", "s").await;
    aws.put("g", "s", [(now(), login("a")), (now(), login("b"))]).await;
    let search = || aws.logs.filter_log_events().log_group_name("g");
    let token = search().limit(1).send().await.unwrap().next_token.unwrap();

    let code_of = async |request: aws_sdk_cloudwatchlogs::operation::filter_log_events::builders::FilterLogEventsFluentBuilder| {
        let error = request.send().await.unwrap_err();
        (error.code().unwrap_or_default().to_owned(), error.message().unwrap_or_default().to_owned())
    };
    let invalid = |message: &str| ("InvalidParameterException".to_owned(), message.to_owned());
    assert_eq!(code_of(search().next_token("bogus")).await, invalid("The specified nextToken is invalid."));
    let other = search().filter_pattern(LOGIN).next_token(token);
    assert_eq!(code_of(other).await, invalid("The specified nextToken is invalid."), "a token of another search");
    assert_eq!(code_of(search().log_group_identifier("g")).await.0, "InvalidParameterException");
    assert_eq!(
        code_of(search().log_stream_names("s").log_stream_name_prefix("s")).await.0,
        "InvalidParameterException"
    );
    assert_eq!(code_of(search().limit(10_001)).await.0, "InvalidParameterException");
    let nowhere = aws.logs.filter_log_events().log_group_name("nowhere");
    assert_eq!(code_of(nowhere).await.0, "ResourceNotFoundException");
    aws.local.stop().await;
}

#[tokio::test]
async fn invalid_patterns_are_refused_as_aws_refuses_them() {
    let aws = aws().await;
    aws.stream("g", "s").await;
    let broken = r#"{ $.eventName = "ConsoleLogin" "#;
    let long = format!("{{ $.a = \"{}\" }}", "x".repeat(1_020));
    for (pattern, message) in [
        (broken, "If a filter pattern starts with '{' it must end with '}'".to_owned()),
        ("a:b", filter_pattern::Pattern::parse("a:b").unwrap_err().aws_message()),
        (
            &long,
            format!(
                "1 validation error detected: Value '{long}' at 'filterPattern' failed to satisfy constraint: \
                 Member must have length less than or equal to 1024"
            ),
        ),
    ] {
        let logs = &aws.logs;
        let search = logs.filter_log_events().log_group_name("g").filter_pattern(pattern).send().await;
        let test = logs.test_metric_filter().filter_pattern(pattern).log_event_messages("x").send().await;
        let metric = logs.put_metric_filter().log_group_name("g").filter_name("f").filter_pattern(pattern);
        let metric = metric.metric_transformations(transformation("M", "1").build().unwrap()).send().await;
        let subscription = logs.put_subscription_filter().log_group_name("g").filter_name("f").filter_pattern(pattern);
        let subscription =
            subscription.destination_arn("arn:aws:lambda:us-east-1:000000000000:function:f").send().await;
        let errors = [
            search.unwrap_err().into_service_error().meta().clone(),
            test.unwrap_err().into_service_error().meta().clone(),
            metric.unwrap_err().into_service_error().meta().clone(),
            subscription.unwrap_err().into_service_error().meta().clone(),
        ];
        for error in errors {
            assert_eq!(error.code(), Some("InvalidParameterException"));
            assert_eq!(error.message(), Some(message.as_str()));
        }
    }
    let kept = aws.logs.describe_metric_filters().log_group_name("g").send().await.unwrap();
    assert!(kept.metric_filters().is_empty(), "a refused filter is not kept");

    let both = transformation("M", "1").default_value(0.0).dimensions("User", "$.user").build().unwrap();
    let put = aws.logs.put_metric_filter().log_group_name("g").filter_name("f").filter_pattern(LOGIN);
    let error = put.metric_transformations(both).send().await.unwrap_err();
    assert_eq!(error.code(), Some("InvalidParameterException"));
    assert!(error.message().unwrap().contains("mutually exclusive"));
    aws.local.stop().await;
}

#[tokio::test]
async fn test_metric_filter_numbers_matches_and_extracts_values() {
    let aws = aws().await;
    let test = aws.logs.test_metric_filter().filter_pattern(LOGIN);
    let test = test.log_event_messages(noise(0)).log_event_messages(login("a")).log_event_messages("no JSON");
    let answer = test.log_event_messages(login("b")).send().await.unwrap();
    let matches: Vec<_> =
        answer.matches().iter().map(|m| (m.event_number(), m.event_message().unwrap().to_owned())).collect();
    assert_eq!(matches, [(2, login("a")), (4, login("b"))]);
    assert_eq!(answer.matches()[0].extracted_values().unwrap()["$.eventName"], "ConsoleLogin");

    let test = aws.logs.test_metric_filter().filter_pattern("[ip, user, ..., status = 4*, size]");
    let answer = test.log_event_messages(r#"10.0.0.1 frank "GET /a" 404 12"#).send().await.unwrap();
    let values = answer.matches()[0].extracted_values().unwrap().clone();
    assert_eq!((values["$ip"].as_str(), values["$status"].as_str()), ("10.0.0.1", "404"));
    aws.local.stop().await;
}

#[tokio::test]
async fn accepted_events_make_metrics() {
    let aws = aws().await;
    aws.stream("g", "s").await;
    let t = now() / 60_000 * 60_000 - 120_000;
    let plain = transformation("Logins", "1").build().unwrap();
    let sized = transformation("Sizes", "$.size").unit(aws_sdk_cloudwatchlogs::types::StandardUnit::Bytes);
    let by_user = transformation("ByUser", "1").dimensions("User", "$.user").dimensions("Gone", "$.nothing");
    let quiet = transformation("Quiet", "3").default_value(5.0).build().unwrap();
    aws.metric_filter("g", "plain", LOGIN, plain).await;
    aws.metric_filter("g", "sized", "{ $.size = * }", sized.build().unwrap()).await;
    aws.metric_filter("g", "by-user", LOGIN, by_user.build().unwrap()).await;
    aws.metric_filter("g", "quiet", LOGIN, quiet).await;

    let no_number = r#"{"eventName":"ConsoleLogin","user":"carol","size":"huge"}"#.to_owned();
    aws.put("g", "s", [(t, login("alice")), (t + 1, login("bob")), (t + 2, no_number)]).await;
    aws.put("g", "s", [(t + 3, noise(0)), (t + 60_000, noise(1)), (t + 60_001, noise(2))]).await;
    aws.put("g", "s", [(t + 60_002, noise(3))]).await;

    assert_eq!(aws.minute("Logins", t, None).await, Some((3.0, 3.0)));
    assert_eq!(aws.minute("Logins", t + 60_000, None).await, None, "no match, no datapoint");
    assert_eq!(aws.minute("Sizes", t, None).await, Some((14.0, 2.0)), "what is no number counts for nothing");
    assert_eq!(aws.minute("ByUser", t, Some(("User", "alice"))).await, Some((1.0, 1.0)));
    assert_eq!(aws.minute("Quiet", t, None).await, Some((9.0, 3.0)), "a minute with a match has no default value");
    assert_eq!(aws.minute("Quiet", t + 60_000, None).await, Some((5.0, 1.0)), "once a minute");
    let listed = aws.metrics.list_metrics().namespace("Test").metric_name("ByUser").send().await.unwrap();
    assert_eq!(listed.metrics().len(), 3);
    assert!(listed.metrics().iter().all(|metric| metric.dimensions().len() == 1), "a field that is not there");

    let request = aws.metrics.get_metric_statistics().namespace("Test").metric_name("Sizes").period(60);
    let time = aws_sdk_cloudwatch::primitives::DateTime::from_millis;
    let request = request.start_time(time(t)).end_time(time(t + 60_000)).statistics(Statistic::Maximum);
    assert_eq!(request.send().await.unwrap().datapoints()[0].unit(), Some(&StandardUnit::Bytes));
    aws.local.stop().await;
}

#[tokio::test]
async fn a_record_raises_the_alarm_and_reset_empties_it_all() {
    let aws = aws().await;
    aws.stream("g", "s").await;
    let topic = aws.topics.create_topic().name("alarms").send().await.unwrap().topic_arn.unwrap();
    aws.metric_filter("g", "f", LOGIN, transformation("Logins", "1").build().unwrap()).await;
    let alarm = aws.metrics.put_metric_alarm().alarm_name("login").namespace("Test").metric_name("Logins");
    let alarm = alarm.statistic(Statistic::Sum).period(60).evaluation_periods(1).threshold(1.0).alarm_actions(topic);
    alarm.comparison_operator(ComparisonOperator::GreaterThanOrEqualToThreshold).send().await.unwrap();

    aws.put("g", "s", [(now(), noise(0))]).await;
    let state = async || aws.metrics.describe_alarms().send().await.unwrap().metric_alarms()[0].state_value.clone();
    assert_eq!(state().await, Some(StateValue::InsufficientData));
    aws.put("g", "s", [(now(), login("a"))]).await;
    assert_eq!(state().await, Some(StateValue::Alarm));

    aws.local.reset().await.unwrap();
    assert!(aws.metrics.describe_alarms().send().await.unwrap().metric_alarms().is_empty());
    assert!(aws.topics.list_topics().send().await.unwrap().topics().is_empty());
    aws.local.stop().await;
}

#[tokio::test]
async fn two_run_side_by_side_and_a_port_in_use_is_said() {
    let (one, two) = tokio::join!(aws(), aws());
    assert_ne!(one.local.endpoint(), two.local.endpoint());
    one.topics.create_topic().name("only-here").send().await.unwrap();
    assert!(two.topics.list_topics().send().await.unwrap().topics().is_empty());

    let port: u16 = one.local.endpoint().rsplit(':').next().unwrap().parse().unwrap();
    let error = LocalAws::start(Options { port, ..Options::default() }).await.unwrap_err();
    assert!(matches!(error, StartError::Port { .. }) && error.to_string().contains(&port.to_string()), "{error}");

    let endpoint = one.local.endpoint();
    assert!(one.local.log_path().is_file());
    one.local.stop().await;
    assert!(tokio::net::TcpStream::connect(endpoint.trim_start_matches("http://")).await.is_err());
    two.local.stop().await;
}

#[tokio::test]
async fn what_is_missing_is_said() {
    let home = tempfile::tempdir().unwrap();
    let options = |venv: &std::path::Path| Options {
        venv: venv.to_owned(),
        home: home.path().join("home"),
        ..Options::default()
    };
    let error = LocalAws::start(options(&home.path().join("none"))).await.unwrap_err();
    assert!(matches!(error, StartError::NoVenv { .. }) && error.to_string().contains("venv.sh"), "{error}");

    // A Python of its own, without MiniStack.
    let venv = home.path().join("empty");
    let python = Options::default().venv.join("bin/python");
    let made = std::process::Command::new(python).args(["-m", "venv", "--without-pip"]).arg(&venv).status();
    assert!(made.expect("no .venv: run sh tests/local-aws/venv.sh").success());
    let error = LocalAws::start(options(&venv)).await.unwrap_err();
    assert!(matches!(error, StartError::NotInstalled { .. }) && error.to_string().contains("cbor2"), "{error}");
}
