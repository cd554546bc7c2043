//! Nobody missing, nobody blamed: what CloudWatch leaves out of its message is found all the same, by the built enricher.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)] // a test that cannot go on ends

use aws_sdk_cloudwatch::operation::put_metric_alarm::builders::PutMetricAlarmFluentBuilder;
use aws_sdk_cloudwatch::types::{ComparisonOperator, Dimension, Statistic};
use aws_sdk_cloudwatchlogs::types::{InputLogEvent, MetricTransformation};
use jiff::{SignedDuration, Timestamp};
use local_aws::Mail;
use scenarios::story::{self, NOTICE_LIMIT, Narrator, denied, sign_in};
use scenarios::world::World;
use serde_json::json;

const PATTERN: &str = r#"{ $.eventName = "ConsoleLogin" }"#;

#[tokio::test]
async fn the_message_says_less_than_there_is_and_the_notice_all_of_it() {
    let world = World::start().await.unwrap();
    story::set_up(&world, &Narrator::default()).await.unwrap();
    of_eight_minutes_aws_names_five_and_the_notice_everybody(&world).await;
    an_alarm_on_one_user_names_no_other(&world).await;
    nobody_is_blamed_for_what_another_account_did(&world).await;
    world.stop().await;
}

fn alarm(world: &World, name: &str, metric: &str, periods: i32) -> PutMetricAlarmFluentBuilder {
    let alarm = world.cloudwatch.put_metric_alarm().alarm_name(name).namespace("Test").metric_name(metric);
    let alarm = alarm.statistic(Statistic::Sum).period(60).evaluation_periods(periods).threshold(1.0);
    let alarm = alarm.comparison_operator(ComparisonOperator::GreaterThanOrEqualToThreshold);
    alarm.treat_missing_data("notBreaching").alarm_actions(world.alarm_topic())
}

/// A metric filter on the trail's log group.
async fn filter(world: &World, metric: &str, pattern: &str, dimension: Option<&str>) {
    let transformation = MetricTransformation::builder().metric_name(metric).metric_namespace("Test").metric_value("1");
    let transformation = match dimension {
        Some(selector) => transformation.dimensions("User", selector),
        None => transformation,
    };
    let put = world.logs.put_metric_filter().log_group_name(world.name().log_group()).filter_name(metric);
    let put = put.filter_pattern(pattern).metric_transformations(transformation.build().unwrap());
    put.send().await.unwrap();
}

/// Puts records into the log group as if they had been delivered then, oldest first.
async fn delivered(world: &World, records: impl IntoIterator<Item = (Timestamp, String)>) {
    let events = records
        .into_iter()
        .map(|(at, record)| InputLogEvent::builder().timestamp(at.as_millisecond()).message(record).build().unwrap());
    let group = world.name().log_group();
    world.logs.create_log_stream().log_group_name(&group).log_stream_name("by-hand").send().await.ok();
    let put = world.logs.put_log_events().log_group_name(group).log_stream_name("by-hand");
    put.set_log_events(Some(events.collect())).send().await.unwrap();
}

async fn notice(world: &World, seen: usize, alarm: &str) -> Mail {
    world.mail(seen, NOTICE_LIMIT, |mail| mail.subject.starts_with(&format!("ALARM {alarm}"))).await.unwrap()
}

async fn of_eight_minutes_aws_names_five_and_the_notice_everybody(world: &World) {
    // Of nine minutes the alarm wants eight, so a minute that ends meanwhile does no harm.
    filter(world, "Many", PATTERN, None).await;
    alarm(world, "many", "Many", 9).datapoints_to_alarm(8).send().await.unwrap();
    let seen = world.mails().len();
    let ago = |minutes| Timestamp::now() - SignedDuration::from_mins(minutes);
    let others = (0..7).rev().map(|minutes| (ago(minutes), sign_in("alice", "203.0.113.5")));
    delivered(world, std::iter::once((ago(7), sign_in("first", "198.51.100.9"))).chain(others)).await;
    let mail = notice(world, seen, "many").await;
    assert!(mail.body.contains("8 out of the last 9 datapoints were greater"), "{}", mail.body);
    assert!(mail.body.contains("first") && mail.body.contains("198.51.100.9"), "{}", mail.body);
    assert!(mail.body.contains("8 matching events, as many as the alarm counted"), "{}", mail.body);
}

async fn an_alarm_on_one_user_names_no_other(world: &World) {
    filter(world, "ByUser", r#"{ $.errorCode = "AccessDenied*" }"#, Some("$.userIdentity.userName")).await;
    let bob = Dimension::builder().name("User").value("bob").build();
    alarm(world, "denied-bob", "ByUser", 1).dimensions(bob).send().await.unwrap();
    let seen = world.mails().len();
    let calls = ["alice", "bob", "alice"].map(|who| denied(who, "203.0.113.5", "iam", "CreateUser"));
    world.deliver(&calls).await.unwrap();
    let mail = notice(world, seen, "denied-bob").await;
    assert!(mail.body.starts_with("bob was denied iam:CreateUser"), "{}", mail.body);
    assert!(!mail.body.contains("alice"), "{}", mail.body);
}

async fn nobody_is_blamed_for_what_another_account_did(world: &World) {
    let message = json!({
        "AlarmName": "central", "AlarmDescription": null, "AWSAccountId": "000000000000", "NewStateValue": "ALARM",
        "NewStateReason": "Threshold Crossed: 1 datapoint [1.0 (02/02/26 12:05:00)] was greater than the threshold (0.0).",
        "StateChangeTime": "2026-02-02T12:06:35.472+0000", "Region": "US East (N. Virginia)",
        "AlarmArn": "arn:aws:cloudwatch:us-east-1:000000000000:alarm:central", "OldStateValue": "OK",
        "Trigger": {
            "Period": 60, "EvaluationPeriods": 1, "ComparisonOperator": "GreaterThanThreshold", "Threshold": 0.0,
            "TreatMissingData": "notBreaching", "EvaluateLowSampleCountPercentile": "",
            "Metrics": [{ "Id": "m1", "AccountId": "999999999999", "ReturnData": true, "MetricStat": {
                "Metric": { "Dimensions": [], "MetricName": "Many", "Namespace": "Test" }, "Period": 60, "Stat": "Sum",
            }}],
        },
    });
    let at: Timestamp = "2026-02-02T12:05:10Z".parse().unwrap();
    delivered(world, [(at, sign_in("local-user", "203.0.113.5"))]).await;
    let seen = world.mails().len();
    world.sns.publish().topic_arn(world.alarm_topic()).message(message.to_string()).send().await.unwrap();
    let mail = notice(world, seen, "central").await;
    assert!(!mail.body.contains("local-user"), "{}", mail.body);
    assert!(mail.body.contains("999999999999"), "{}", mail.body);
}
