//! Reading what SNS delivered: an alarm of any shape, or something else that must not get lost either.

use std::borrow::Cow;

use serde_json::Value;

use super::evaluation::{Comparison, Evaluation};
use super::json::{array, number, text};
use super::reported::Alarm;
use super::state::State;
use super::watches::{Metric, Watches};
use crate::arns;
use crate::time::parse_aws;

/// What a message turned out to be.
#[derive(Debug, Clone, PartialEq)]
pub enum Message {
    /// An alarm's change of state.
    Alarm(Box<Alarm>),
    /// Anything else; it is forwarded for what it is.
    Other(NotAnAlarm),
}

/// What a message is that is no alarm.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotAnAlarm {
    /// Nothing, or white space only.
    #[error("the message is empty")]
    Empty,
    /// Some text.
    #[error("the message is not JSON, so it is not an alarm's")]
    NotJson,
    /// JSON without an alarm's members.
    #[error("the message is JSON, but not a CloudWatch alarm's: it has no AlarmName")]
    OtherJson,
}

/// Where a message came from, for what an alarm's body does not say.
#[derive(Debug, Clone, Copy, Default)]
pub struct Origin<'a> {
    /// The topic's ARN.
    pub topic_arn: Option<&'a str>,
    /// The Region that the function runs in.
    pub own_region: Option<&'a str>,
}

impl Message {
    /// Reads a message's body.
    pub fn read(body: &str, origin: Origin<'_>) -> Self {
        if body.trim().is_empty() {
            return Self::Other(NotAnAlarm::Empty);
        }
        match serde_json::from_str::<Value>(body) {
            Ok(body) => Self::read_value(&body, origin),
            Err(_) => Self::Other(NotAnAlarm::NotJson),
        }
    }

    /// Reads a body that is JSON already.
    pub fn read_value(body: &Value, origin: Origin<'_>) -> Self {
        match text(body, "AlarmName") {
            Some(name) => Self::Alarm(Box::new(alarm(name.into_owned(), body, origin))),
            None => Self::Other(NotAnAlarm::OtherJson),
        }
    }
}

fn alarm(name: String, body: &Value, origin: Origin<'_>) -> Alarm {
    let arn = text(body, "AlarmArn").map(Cow::into_owned);
    let topic = origin.topic_arn;
    let (said_region, said_account) = (text(body, "Region"), text(body, "AWSAccountId"));
    let regions = [
        arn.as_deref().and_then(arns::region),
        said_region.as_deref(),
        topic.and_then(arns::region),
        origin.own_region,
    ];
    // A display name ("EU (London)") or a made-up Region must not become part of an endpoint's address.
    let region = regions.iter().flatten().find(|it| is_region(it)).map(|it| (*it).to_owned());
    let accounts = [arn.as_deref().and_then(arns::account), said_account.as_deref(), topic.and_then(arns::account)];
    let account = accounts.iter().flatten().find(|it| is_account(it)).or_else(|| accounts.iter().flatten().next());
    let account = account.map(|it| (*it).to_owned());
    let trigger = body.get("Trigger").unwrap_or(&Value::Null);
    Alarm {
        name,
        account,
        region,
        arn,
        state: State::parse(&text(body, "NewStateValue").unwrap_or_default()),
        previous: State::parse(&text(body, "OldStateValue").unwrap_or_default()),
        changed_at: text(body, "StateChangeTime").as_deref().and_then(parse_aws),
        reason: text(body, "NewStateReason").unwrap_or_default().into_owned(),
        description: text(body, "AlarmDescription").map(Cow::into_owned),
        watches: watches(body, trigger),
        evaluation: evaluation(trigger),
    }
}

fn watches(body: &Value, trigger: &Value) -> Watches {
    if let Some(rule) = text(body, "AlarmRule") {
        let triggering =
            array(body, "TriggeringChildren").filter_map(|it| text(it, "Arn")).map(Cow::into_owned).collect();
        return Watches::Composite { rule: rule.into_owned(), triggering };
    }
    if let Some(metric) = metric(trigger) {
        return Watches::Metric(metric);
    }
    let mut metrics: Vec<_> =
        array(trigger, "Metrics").filter_map(|it| metric(it.get("MetricStat")?.get("Metric")?)).collect();
    metrics.sort();
    metrics.dedup();
    if metrics.is_empty() { Watches::Unknown } else { Watches::Math(metrics) }
}

fn metric(object: &Value) -> Option<Metric> {
    Some(Metric { namespace: text(object, "Namespace")?.into_owned(), name: text(object, "MetricName")?.into_owned() })
}

fn evaluation(trigger: &Value) -> Evaluation {
    let of_metrics = || {
        array(trigger, "Metrics")
            .filter_map(|it| number(it, "Period").or_else(|| number(it.get("MetricStat")?, "Period")))
    };
    let longest =
        || of_metrics().fold(None, |longest: Option<f64>, it| Some(longest.map_or(it, |longest| longest.max(it))));
    Evaluation {
        period: number(trigger, "Period").or_else(longest).and_then(whole),
        periods: number(trigger, "EvaluationPeriods").and_then(whole),
        threshold: number(trigger, "Threshold"),
        comparison: text(trigger, "ComparisonOperator").as_deref().and_then(Comparison::parse),
        statistic: text(trigger, "Statistic").map(Cow::into_owned),
    }
}

fn whole(number: f64) -> Option<i64> {
    #[expect(clippy::cast_possible_truncation, reason = "checked to be in range")]
    (1.0..=1e9).contains(&number).then_some(number as i64)
}

fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit())
}

/// Whether a text has the form of a Region's name: `eu-west-1`, `us-gov-east-1`.
pub fn is_region(text: &str) -> bool {
    let parts: Vec<_> = text.split('-').collect();
    let letters = |part: &&str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase());
    let (Some((number, words)), true) = (parts.split_last(), text.len() <= 32) else { return false };
    words.len() >= 2 && words.iter().all(letters) && !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit())
}
