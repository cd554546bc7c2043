//! The events that CloudWatch itself sends: to a function that is an alarm's action (`alarmData`), and to EventBridge
//! (`detail`). Beside the reason they carry its data with every evaluated datapoint, but neither threshold nor
//! comparison: those stand in the reason's data and sentence.
//!
//! Source: CloudWatch user guide, "Invoke a Lambda function from an alarm" and "Alarm events and EventBridge".

use serde_json::Value;

use super::evaluation::{Comparison, Evaluation, Statistic};
use super::history::evaluated_in;
use super::json::{array, number, parse, text, whole};
use super::lines::log_query;
use super::reported::Alarm;
use super::state::State;
use super::watches::{Metric, Watches};
use crate::time::parse_aws;

/// What an event says, before the place it came from completes it; `None` when it is no such event.
pub(super) fn alarm(event: &Value) -> Option<Alarm> {
    let data = event.get("alarmData").or_else(|| event.get("detail"))?;
    let name = text(data, "alarmName")?.into_owned();
    let state = data.get("state").unwrap_or(&Value::Null);
    let previous = data.get("previousState").unwrap_or(&Value::Null);
    let configuration = data.get("configuration").unwrap_or(&Value::Null);
    let of_resources = || array(event, "resources").find_map(Value::as_str).map(str::to_owned);
    let owned = |object: &Value, key: &str| text(object, key).map(std::borrow::Cow::into_owned);
    let reason = owned(state, "reason").unwrap_or_default();
    // The reason's data is text with JSON in it; some stubs put the JSON there as it is.
    let reason_data = match state.get("reasonData") {
        Some(Value::String(text)) => parse(text).unwrap_or_default(),
        Some(other) => other.clone(),
        None => Value::Null,
    };
    Some(Alarm {
        name,
        arn: owned(event, "alarmArn").or_else(of_resources),
        account: owned(event, "accountId").or_else(|| owned(event, "account")),
        region: owned(event, "region"),
        state: State::parse(&text(state, "value").unwrap_or_default()),
        previous: State::parse(&text(previous, "value").unwrap_or_default()),
        changed_at: text(state, "timestamp").or_else(|| text(event, "time")).as_deref().and_then(parse_aws),
        evaluation: evaluation(configuration, &reason_data, &reason),
        evaluated: evaluated_in(&reason_data),
        reason,
        description: owned(configuration, "description"),
        watches: watches(data, configuration),
    })
}

fn watches(data: &Value, configuration: &Value) -> Watches {
    if let Some(rule) = text(configuration, "alarmRule") {
        return Watches::Composite { rule: rule.into_owned(), triggering: Vec::new() };
    }
    let queries: Vec<_> = array(configuration, "metrics").collect();
    let mut metrics: Vec<_> = queries.iter().filter_map(|it| metric(it)).collect();
    metrics.sort();
    metrics.dedup();
    match (queries.as_slice(), metrics.as_slice()) {
        ([_], [metric]) => Watches::Metric(metric.clone()),
        (_, []) => log_query(data).map_or(Watches::Unknown, Watches::Log),
        _ => Watches::Math(metrics),
    }
}

fn metric(query: &Value) -> Option<Metric> {
    let metric = query.get("metricStat")?.get("metric")?;
    let dimensions = metric.get("dimensions").and_then(Value::as_object);
    let mut dimensions: Vec<_> = dimensions
        .into_iter()
        .flatten()
        .filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned())))
        .collect();
    dimensions.sort();
    Some(Metric {
        namespace: text(metric, "namespace")?.into_owned(),
        name: text(metric, "name")?.into_owned(),
        dimensions,
        account: text(query, "accountId").map(std::borrow::Cow::into_owned),
    })
}

fn evaluation(configuration: &Value, reason_data: &Value, reason: &str) -> Evaluation {
    let stats = || array(configuration, "metrics").filter_map(|it| it.get("metricStat"));
    let period = number(reason_data, "period").or_else(|| stats().find_map(|it| number(it, "period")));
    let statistic = text(reason_data, "statistic").or_else(|| stats().find_map(|it| text(it, "stat")));
    let periods = reason_data.get("evaluatedDatapoints").and_then(Value::as_array).map(Vec::len);
    Evaluation {
        period: period.and_then(whole),
        periods: periods.and_then(|it| i64::try_from(it).ok()).filter(|it| *it > 0),
        threshold: number(reason_data, "threshold"),
        comparison: Comparison::of_reason(reason),
        statistic: statistic.as_deref().map(Statistic::parse),
    }
}
