//! Alarms: evaluated as CloudWatch documents it, and told of as AWS tells.

use std::time::Duration;

use aws_sdk_cloudwatch::operation::put_metric_alarm::builders::PutMetricAlarmFluentBuilder;
use aws_sdk_cloudwatch::primitives::DateTime;
use aws_sdk_cloudwatch::types::{
    ComparisonOperator, Dimension, HistoryItemType, MetricAlarm, MetricDatum, StateValue, Statistic,
};
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::{Aws, aws, now};

const MINUTE: i64 = 60_000;
/// Longer than the alarms here look back, shorter than one of an hour does.
const A_WHILE: Duration = Duration::from_mins(10);

impl Aws {
    /// An alarm on `Test/<metric>`, a minute long, that rings from 1 on.
    fn alarm(&self, metric: &str, periods: i32) -> PutMetricAlarmFluentBuilder {
        let alarm = self.metrics.put_metric_alarm().alarm_name(metric).namespace("Test").metric_name(metric);
        let alarm = alarm.statistic(Statistic::Sum).period(60).evaluation_periods(periods).threshold(1.0);
        alarm.comparison_operator(ComparisonOperator::GreaterThanOrEqualToThreshold)
    }

    async fn data(&self, metric: &str, values: impl IntoIterator<Item = (i64, f64)>) {
        let data = values.into_iter().map(|(at, value)| {
            MetricDatum::builder().metric_name(metric).timestamp(DateTime::from_millis(at)).value(value).build()
        });
        let call = self.metrics.put_metric_data().namespace("Test").set_metric_data(Some(data.collect()));
        call.send().await.unwrap();
    }

    async fn described(&self, alarm: &str) -> MetricAlarm {
        let answer = self.metrics.describe_alarms().alarm_names(alarm).send().await.unwrap();
        answer.metric_alarms()[0].clone()
    }

    async fn state(&self, alarm: &str) -> StateValue {
        self.described(alarm).await.state_value.unwrap()
    }

    /// A topic whose messages arrive as mail.
    async fn read_topic(&self, name: &str) -> String {
        let topic = self.topics.create_topic().name(name).send().await.unwrap().topic_arn.unwrap();
        let subscribe = self.topics.subscribe().topic_arn(&topic).protocol("email-json").endpoint("reader@example.com");
        subscribe.send().await.unwrap();
        self.local.confirm().await.unwrap();
        topic
    }

    /// The messages of [`Aws::read_topic`].
    fn messages(&self) -> Vec<Value> {
        let mails = self.local.mails().into_iter().filter(|mail| mail.confirmation().is_none());
        let envelopes = mails.map(|mail| serde_json::from_str::<Value>(&mail.body).unwrap());
        envelopes.map(|it| serde_json::from_str(it["Message"].as_str().unwrap()).unwrap()).collect()
    }
}

/// Names and kinds of all fields, in order: two messages of one shape have the same.
fn shape(value: &Value) -> String {
    match value {
        Value::Object(fields) => {
            let fields: Vec<String> = fields.iter().map(|(name, value)| format!("{name}: {}", shape(value))).collect();
            format!("{{ {} }}", fields.join(", "))
        }
        Value::Array(items) => format!("[{}]", items.first().map(shape).unwrap_or_default()),
        Value::String(text) => text.chars().map(|c| if c.is_ascii_digit() { '9' } else { c }).collect(),
        Value::Number(number) => if number.is_f64() { "decimal" } else { "whole" }.to_owned(),
        other => other.to_string(),
    }
}

/// The beginning of a period as reasons name it.
fn named(at: i64) -> String {
    let text = DateTime::from_millis(at).fmt(aws_sdk_cloudwatch::primitives::DateTimeFormat::DateTime).unwrap();
    let (date, time) = text.split_once('T').unwrap();
    let parts: Vec<&str> = date.split('-').collect();
    format!("({}/{}/{} {})", parts[2], parts[1], &parts[0][2..], &time[..8])
}

/// Runs again what a new minute has interrupted.
async fn within_a_minute(mut attempt: impl AsyncFnMut(i64)) {
    loop {
        let minute = now() / MINUTE;
        attempt(minute * MINUTE).await;
        if now() / MINUTE == minute {
            return;
        }
    }
}

#[tokio::test]
async fn an_alarm_sends_the_message_that_aws_sends() {
    let aws = aws().await;
    let topic = aws.read_topic("night-alarms").await;
    let alarm = aws.alarm("ConsoleLogin", 1).alarm_name("night-ConsoleLogin").alarm_description("Somebody signed in.");
    let alarm = alarm.treat_missing_data("notBreaching").alarm_actions(&topic).ok_actions(&topic);
    alarm.send().await.unwrap();
    aws.data("Other", [(now(), 1.0)]).await;
    assert_eq!(
        aws.state("night-ConsoleLogin").await,
        StateValue::InsufficientData,
        "too new to say that data is missing"
    );
    aws.local.let_time_pass(A_WHILE).await.unwrap();
    assert_eq!(aws.state("night-ConsoleLogin").await, StateValue::Ok, "evaluated without data");

    aws.data("ConsoleLogin", [(now(), 1.0)]).await;
    let raised = aws.described("night-ConsoleLogin").await;
    assert_eq!(raised.state_value, Some(StateValue::Alarm));
    let data: Value = serde_json::from_str(raised.state_reason_data().unwrap()).unwrap();
    assert_eq!(data["recentDatapoints"], serde_json::json!([1.0]));
    assert_eq!(data["evaluatedDatapoints"][0]["value"], 1.0);
    assert!(raised.state_transitioned_timestamp().is_some());

    aws.local.let_time_pass(A_WHILE).await.unwrap();
    assert_eq!(aws.state("night-ConsoleLogin").await, StateValue::Ok, "its data is old");

    let [made, rang, ended] = aws.messages().try_into().unwrap_or_else(|all: Vec<Value>| panic!("{all:#?}"));
    let expected: Value = serde_json::from_str(include_str!("../../fixtures/alarm-message.json")).unwrap();
    assert_eq!(shape(&rang).replace("Test", "Night"), shape(&expected));
    assert_eq!(rang["NewStateReason"], raised.state_reason.unwrap());
    let quiet = "Threshold Crossed: no datapoints were received for 1 period and 1 missing datapoint was treated as [NonBreaching].";
    for (message, old) in [(made, "INSUFFICIENT_DATA"), (ended, "ALARM")] {
        let told = ["OldStateValue", "NewStateValue", "NewStateReason"].map(|name| message[name].as_str().unwrap());
        assert_eq!(told, [old, "OK", quiet]);
    }

    let history = aws.metrics.describe_alarm_history().alarm_name("night-ConsoleLogin").send().await.unwrap();
    let items = history.alarm_history_items();
    let summaries: Vec<&str> = items.iter().map(|item| item.history_summary().unwrap()).collect();
    let created = "Alarm \"night-ConsoleLogin\" created";
    let updates =
        ["ALARM to OK", "OK to ALARM", "INSUFFICIENT_DATA to OK"].map(|it| format!("Alarm updated from {it}"));
    assert_eq!(summaries, [updates.as_slice(), &[created.to_owned()]].concat());
    assert_eq!(items[3].history_item_type(), Some(&HistoryItemType::ConfigurationUpdate));
    let rang: Value = serde_json::from_str(items[1].history_data().unwrap()).unwrap();
    assert_eq!(rang["newState"]["stateReasonData"], data);
    aws.local.stop().await;
}

#[tokio::test]
async fn of_many_datapoints_the_reason_names_five_and_its_data_all() {
    let aws = aws().await;
    within_a_minute(async |minute| {
        let ago = |minutes: i64| minute - minutes * MINUTE;
        aws.local.reset().await.unwrap();
        aws.alarm("Eight", 8).send().await.unwrap();
        aws.alarm("Two", 2).datapoints_to_alarm(2).send().await.unwrap();
        aws.data("Eight", (0..8).map(|n| (ago(n), 2.0))).await;
        aws.data("Two", [(ago(0), 3.0), (ago(1), 1.5)]).await;

        let eight = aws.described("Eight").await;
        let five: Vec<String> = (0..5).map(|n| format!("2.0 {}", named(ago(n)))).collect();
        let reason = format!(
            "Threshold Crossed: 8 datapoints were greater than or equal to the threshold (1.0). \
             The most recent datapoints which crossed the threshold: [{}].",
            five.join(", ")
        );
        assert_eq!(eight.state_reason(), Some(reason.as_str()));
        let data: Value = serde_json::from_str(eight.state_reason_data().unwrap()).unwrap();
        assert_eq!(data["evaluatedDatapoints"].as_array().unwrap().len(), 8);

        let reason = format!(
            "Threshold Crossed: 2 out of the last 2 datapoints [3.0 {}, 1.5 {}] were greater than or equal to the \
             threshold (1.0) (minimum 2 datapoints for OK -> ALARM transition).",
            named(ago(0)),
            named(ago(1))
        );
        assert_eq!(aws.described("Two").await.state_reason(), Some(reason.as_str()));
    })
    .await;
    aws.local.stop().await;
}

/// Five periods, the newest last (`-` no data, `X` breaching), how many of three must breach, and the state for each way to
/// treat missing data: missing, ignore, breaching, notBreaching. Source: CloudWatch user guide, "Configuring how CloudWatch
/// alarms treat missing data"; `K` keeps the state that was.
const DOCUMENTED: &[(&str, i32, &str)] = &[
    ("0-X-X", 3, "OOOO"),
    ("----0", 3, "OOOO"),
    ("-----", 3, "IKAO"),
    ("0XX-X", 3, "AAAA"),
    ("--X--", 3, "AKAO"),
    ("0-X-X", 2, "AAAA"),
    ("00X0X", 2, "AAAA"),
    ("0-X--", 2, "OOAO"),
    ("----0", 2, "OOAO"),
    ("---X-", 2, "AKAO"),
];

#[tokio::test]
async fn missing_data_is_treated_as_aws_documents() {
    let aws = aws().await;
    within_a_minute(async |minute| {
        aws.local.reset().await.unwrap();
        let mut wrong = Vec::new();
        for (row, (periods, needed, _)) in DOCUMENTED.iter().enumerate() {
            let metric = format!("row{row}");
            let values = periods.chars().rev().zip(0..).filter(|(seen, _)| *seen != '-');
            let values = values.map(|(seen, ago)| (minute - ago * MINUTE, if seen == 'X' { 1.0 } else { 0.0 }));
            let values: Vec<_> = values.collect();
            for treat in ["missing", "ignore", "breaching", "notBreaching"] {
                let alarm = aws.alarm(&metric, 3).alarm_name(format!("{metric} {treat}")).treat_missing_data(treat);
                alarm.datapoints_to_alarm(*needed).send().await.unwrap();
            }
            if !values.is_empty() {
                aws.data(&metric, values).await;
            }
        }
        aws.local.let_time_pass(Duration::ZERO).await.unwrap();
        for (row, (periods, needed, wanted)) in DOCUMENTED.iter().enumerate() {
            for (treat, wanted) in ["missing", "ignore", "breaching", "notBreaching"].into_iter().zip(wanted.chars()) {
                let state = aws.state(&format!("row{row} {treat}")).await;
                let right = match wanted {
                    'A' => state == StateValue::Alarm,
                    'O' => state == StateValue::Ok,
                    _ => state == StateValue::InsufficientData,
                };
                if !right {
                    wrong.push(format!("{periods}, {needed} of 3, {treat}: {state}, not {wanted}"));
                }
            }
        }
        assert!(wrong.is_empty() || now() / MINUTE != minute / MINUTE, "{wrong:#?}");
    })
    .await;
    aws.local.stop().await;
}

#[tokio::test]
async fn data_of_another_dimension_or_from_long_ago_does_not_ring() {
    let aws = aws().await;
    aws.alarm("Logins", 1).send().await.unwrap();
    let bob = Dimension::builder().name("User").value("bob").build();
    aws.alarm("Logins", 1).alarm_name("bob").dimensions(bob.clone()).send().await.unwrap();
    aws.data("Logins", [(now() - 10 * MINUTE, 1.0)]).await;
    assert_eq!(aws.state("Logins").await, StateValue::InsufficientData);

    let datum = MetricDatum::builder().metric_name("Logins").dimensions(bob).value(1.0).build();
    aws.metrics.put_metric_data().namespace("Test").metric_data(datum).send().await.unwrap();
    assert_eq!(aws.state("bob").await, StateValue::Alarm);
    assert_eq!(aws.state("Logins").await, StateValue::InsufficientData);
    aws.local.stop().await;
}

#[tokio::test]
async fn data_that_joins_old_data_of_its_minute_rings_with_the_whole_sum() {
    let aws = aws().await;
    within_a_minute(async |minute| {
        aws.local.reset().await.unwrap();
        for (name, period) in [("Logins", 60), ("hourly", 3_600)] {
            let alarm = aws.alarm("Logins", 1).alarm_name(name).period(period).treat_missing_data("notBreaching");
            alarm.send().await.unwrap();
        }
        aws.data("Logins", [(minute, 1.0)]).await;
        aws.local.let_time_pass(A_WHILE).await.unwrap();
        assert_eq!(aws.state("Logins").await, StateValue::Ok);
        assert_eq!(aws.state("hourly").await, StateValue::Alarm, "it looks back further");
        aws.data("Logins", [(minute, 1.0)]).await;
        let reason = aws.described("Logins").await.state_reason.unwrap();
        assert!(reason.contains(&format!("[2.0 {}]", named(minute))), "{reason}");
    })
    .await;
    aws.local.stop().await;
}

#[tokio::test]
async fn a_state_set_by_hand_is_told_and_does_not_last() {
    let aws = aws().await;
    let topic = aws.read_topic("alarms").await;
    aws.alarm("Logins", 1).treat_missing_data("notBreaching").alarm_actions(topic).send().await.unwrap();
    let set = aws.metrics.set_alarm_state().alarm_name("Logins").state_value(StateValue::Alarm).state_reason("a test");
    set.state_reason_data(r#"{"of":"mine"}"#).send().await.unwrap();
    let history = aws.metrics.describe_alarm_history().alarm_name("Logins").send().await.unwrap();
    let set: Value = serde_json::from_str(history.alarm_history_items()[0].history_data().unwrap()).unwrap();
    assert_eq!(set["newState"]["stateReasonData"], serde_json::json!({"of": "mine"}));
    let messages = aws.messages();
    assert_eq!((messages.len(), messages[0]["NewStateReason"].as_str()), (1, Some("a test")));
    aws.data("Other", [(now(), 0.0)]).await;
    assert_eq!(aws.state("Logins").await, StateValue::Ok);
    aws.local.stop().await;
}

#[tokio::test]
async fn a_composite_alarm_names_its_rule_and_its_children() {
    let aws = aws().await;
    let topic = aws.read_topic("alarms").await;
    aws.alarm("Logins", 1).send().await.unwrap();
    let composite = aws.metrics.put_composite_alarm().alarm_name("night").alarm_rule("ALARM(Logins)");
    composite.alarm_actions(topic).send().await.unwrap();
    aws.data("Logins", [(now(), 1.0)]).await;
    let messages = aws.messages();
    let message = messages.last().unwrap();
    assert_eq!((&message["AlarmName"], &message["AlarmRule"]), (&"night".into(), &"ALARM(Logins)".into()));
    let child = aws.described("Logins").await.alarm_arn.unwrap();
    assert_eq!(message["TriggeringChildren"][0]["Arn"], child);
    assert_eq!(message["TriggeringChildren"][0]["State"]["Value"], "ALARM");
    assert!(message.get("Trigger").is_none());
    aws.local.stop().await;
}

#[tokio::test]
async fn the_query_protocol_tells_the_actions_too() {
    let aws = aws().await;
    let topic = aws.read_topic("alarms").await;
    aws.alarm("Logins", 1).alarm_description("a < b").alarm_actions(&topic).send().await.unwrap();
    let form = "Action=DescribeAlarms&Version=2010-08-01&AlarmNames.member.1=Logins";
    let authority = aws.local.endpoint().replace("http://", "");
    let scope = "Credential=test/20261122/us-east-1/monitoring/aws4_request";
    let request = format!(
        "POST / HTTP/1.1\r\nhost: {authority}\r\nconnection: close\r\n\
         authorization: AWS4-HMAC-SHA256 {scope}, SignedHeaders=host, Signature=0\r\n\
         content-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\n\r\n{form}",
        form.len()
    );
    let mut stream = tokio::net::TcpStream::connect(&authority).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    for part in [
        format!("<AlarmActions><member>{topic}</member></AlarmActions>"),
        "<AlarmDescription>a &lt; b</AlarmDescription>".to_owned(),
        "<ActionsEnabled>true</ActionsEnabled>".to_owned(),
        "<StateReason>Unchecked: Initial alarm creation</StateReason>".to_owned(),
    ] {
        assert!(answer.contains(&part), "{part} in {answer}");
    }
    aws.local.stop().await;
}
