//! Reading what SNS delivered: an alarm of any shape, or something else that must not get lost either.

use std::borrow::Cow;

use serde_json::Value;

use super::evaluation::{Comparison, Evaluation, Statistic};
use super::event;
use super::json::{array, number, parse, text, whole};
use super::lines::log_query;
use super::reported::Alarm;
use super::state::State;
use super::watches::{Metric, Watches};
use crate::arns::{self, is_account};
use crate::regions::is_region;
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
    /// It begins as JSON and is broken or cut off: not shown, for a record with credentials may be in it.
    #[error("the message is broken JSON, or cut off")]
    BrokenJson,
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
    /// Reads a message's body, with a byte order mark, half a surrogate pair or members nested without end as well.
    pub fn read(body: &str, origin: Origin<'_>) -> Self {
        let bare = body.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}' || c == '\0');
        if bare.is_empty() {
            return Self::Other(NotAnAlarm::Empty);
        }
        match parse(bare) {
            Some(body) => Self::read_value(&body, origin),
            None if bare.starts_with(['{', '[']) => Self::Other(NotAnAlarm::BrokenJson),
            None => Self::Other(NotAnAlarm::NotJson),
        }
    }

    /// Reads a body that is JSON already.
    pub fn read_value(body: &Value, origin: Origin<'_>) -> Self {
        let read = match text(body, "AlarmName") {
            Some(name) => Some(alarm(name.into_owned(), body)),
            None => event::alarm(body),
        };
        match read {
            Some(mut alarm) => {
                placed(&mut alarm, origin);
                Self::Alarm(Box::new(alarm))
            }
            None => Self::Other(NotAnAlarm::OtherJson),
        }
    }
}

/// What the body says of itself, its Region and account unchecked.
fn alarm(name: String, body: &Value) -> Alarm {
    let trigger = body.get("Trigger").unwrap_or(&Value::Null);
    Alarm {
        name,
        account: text(body, "AWSAccountId").map(Cow::into_owned),
        region: text(body, "Region").map(Cow::into_owned),
        arn: text(body, "AlarmArn").map(Cow::into_owned),
        state: State::parse(&text(body, "NewStateValue").unwrap_or_default()),
        previous: State::parse(&text(body, "OldStateValue").unwrap_or_default()),
        changed_at: text(body, "StateChangeTime").as_deref().and_then(parse_aws),
        reason: text(body, "NewStateReason").unwrap_or_default().into_owned(),
        evaluated: Vec::new(),
        description: text(body, "AlarmDescription").map(Cow::into_owned),
        watches: watches(body, trigger),
        evaluation: evaluation(trigger),
    }
}

/// Completes where an alarm is: its ARN wins over what the message says, and that over where it came from.
fn placed(alarm: &mut Alarm, origin: Origin<'_>) {
    let (arn, topic) = (alarm.arn.as_deref(), origin.topic_arn);
    let regions =
        [arn.and_then(arns::region), alarm.region.as_deref(), topic.and_then(arns::region), origin.own_region];
    // A display name ("EU (London)") or a made-up Region must not become part of an endpoint's address.
    let region = regions.iter().flatten().find(|it| is_region(it)).map(|it| (*it).to_owned());
    let accounts = [arn.and_then(arns::account), alarm.account.as_deref(), topic.and_then(arns::account)];
    let account = accounts.iter().flatten().find(|it| is_account(it)).or_else(|| accounts.iter().flatten().next());
    let account = account.map(|it| (*it).to_owned());
    (alarm.region, alarm.account) = (region, account);
}

fn watches(body: &Value, trigger: &Value) -> Watches {
    if let Some(rule) = text(body, "AlarmRule") {
        let triggering =
            array(body, "TriggeringChildren").filter_map(|it| text(it, "Arn")).map(Cow::into_owned).collect();
        return Watches::Composite { rule: rule.into_owned(), triggering };
    }
    if let Some(metric) = metric(trigger, None) {
        return Watches::Metric(metric);
    }
    let queries: Vec<_> = array(trigger, "Metrics").collect();
    let of_query = |it: &&Value| metric(it.get("MetricStat")?.get("Metric")?, text(it, "AccountId").as_deref());
    let mut metrics: Vec<_> = queries.iter().filter_map(of_query).collect();
    metrics.sort();
    metrics.dedup();
    match (queries.as_slice(), metrics.as_slice()) {
        // One metric without an expression is compared as it is.
        ([_], [metric]) => Watches::Metric(metric.clone()),
        (_, []) => log_query(body).map_or(Watches::Unknown, Watches::Log),
        _ => Watches::Math(metrics),
    }
}

fn metric(object: &Value, account: Option<&str>) -> Option<Metric> {
    let named = |it: &Value, key: &str, other: &str| text(it, key).or_else(|| text(it, other)).map(Cow::into_owned);
    let dimension = |it: &Value| Some((named(it, "name", "Name")?, named(it, "value", "Value")?));
    let mut dimensions: Vec<_> = array(object, "Dimensions").filter_map(dimension).collect();
    dimensions.sort();
    Some(Metric {
        namespace: text(object, "Namespace")?.into_owned(),
        name: text(object, "MetricName")?.into_owned(),
        dimensions,
        account: account.map(str::to_owned),
    })
}

fn evaluation(trigger: &Value) -> Evaluation {
    let stats = || array(trigger, "Metrics").filter_map(|it| it.get("MetricStat"));
    let of_metrics = || {
        array(trigger, "Metrics")
            .filter_map(|it| number(it, "Period"))
            .chain(stats().filter_map(|it| number(it, "Period")))
    };
    let longest =
        || of_metrics().fold(None, |longest: Option<f64>, it| Some(longest.map_or(it, |longest| longest.max(it))));
    let statistic = text(trigger, "Statistic").or_else(|| stats().find_map(|it| text(it, "Stat")));
    Evaluation {
        period: number(trigger, "Period").or_else(longest).and_then(whole),
        periods: number(trigger, "EvaluationPeriods").and_then(whole),
        threshold: number(trigger, "Threshold"),
        comparison: text(trigger, "ComparisonOperator").as_deref().and_then(Comparison::parse),
        statistic: statistic.as_deref().map(Statistic::parse),
    }
}
