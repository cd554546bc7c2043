//! Metric filters: their check, `TestMetricFilter`, and the metrics that accepted log events make.
//!
//! A matching event gives a datapoint at the event's own timestamp: `metricValue`, a number or a field of the event, with
//! the dimensions whose fields the event has. A minute with events of which none matches gives `defaultValue`, once.
//! On AWS a minute is closed before that is decided; here a match that follows in the same minute comes on top.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::{Mutex, PoisonError};

use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use filter_pattern::Pattern;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::{Value, json};

use crate::patterns;
use crate::refusal::Refusal;
use crate::upstream::Upstream;

const MINUTE: i64 = 60_000;
/// `PutMetricData` takes at most so many datapoints a call.
const DATAPOINTS: usize = 1_000;
/// `TestMetricFilter` takes at most so many messages.
const TEST_MESSAGES: usize = 50;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct MetricFilter {
    filter_name: String,
    #[serde(default)]
    filter_pattern: String,
    #[serde(default)]
    metric_transformations: Vec<Transformation>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Transformation {
    metric_name: String,
    metric_namespace: String,
    metric_value: String,
    default_value: Option<f64>,
    #[serde(default)]
    dimensions: BTreeMap<String, String>,
    unit: Option<String>,
}

/// A `PutLogEvents` request.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Put {
    log_group_name: String,
    log_events: Vec<LogEvent>,
}

#[derive(Debug, Deserialize)]
struct LogEvent {
    timestamp: i64,
    message: String,
}

/// Refuses what AWS's `PutMetricFilter` refuses; whether the log group exists is MiniStack's to say.
pub(crate) fn check(body: &[u8]) -> Result<(), Refusal> {
    let filter: MetricFilter = serde_json::from_slice(body).map_err(Refusal::invalid)?;
    patterns::parse(&filter.filter_pattern)?;
    for Transformation { metric_value, default_value, dimensions, .. } in &filter.metric_transformations {
        if default_value.is_some() && !dimensions.is_empty() {
            return Err(Refusal::invalid(
                "Invalid metric transformation: dimensions and default value are mutually exclusive properties.",
            ));
        }
        if !metric_value.starts_with('$') && metric_value.parse::<f64>().is_err() {
            return Err(Refusal::invalid(
                "Invalid metric transformation: metricValue must be a number or a field reference.",
            ));
        }
    }
    Ok(())
}

/// A `TestMetricFilter` request.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Test {
    filter_pattern: String,
    log_event_messages: Vec<String>,
}

/// Answers `TestMetricFilter`.
pub(crate) fn test(body: &[u8]) -> Result<Value, Refusal> {
    let test: Test = serde_json::from_slice(body).map_err(Refusal::invalid)?;
    let pattern = patterns::parse(&test.filter_pattern)?;
    if test.log_event_messages.is_empty() || test.log_event_messages.len() > TEST_MESSAGES {
        return Err(Refusal::invalid(format_args!(
            "1 validation error detected: Value at 'logEventMessages' failed to satisfy constraint: \
             Member must have length between 1 and {TEST_MESSAGES}"
        )));
    }
    let matching = test.log_event_messages.iter().zip(1_u64..).filter(|(message, _)| pattern.matches(message));
    let matches = matching.map(|(message, number)| {
        json!({ "eventNumber": number, "eventMessage": message, "extractedValues": pattern.extract(message) })
    });
    Ok(json!({ "matches": matches.collect::<Vec<_>>() }))
}

/// Minutes of filters that have a value, so that they get no default value any more.
#[derive(Debug, Default)]
pub(crate) struct Feed(Mutex<HashSet<(String, i64)>>);

/// Datapoints of `PutMetricData`, by namespace.
type Datapoints = BTreeMap<String, Vec<Value>>;

impl Feed {
    /// Begins anew, for an emptied MiniStack.
    pub(crate) fn forget(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// Writes the metrics that the accepted `PutLogEvents` request `body` makes.
    pub(crate) async fn events(&self, upstream: &Upstream, caller: &HeaderMap, body: &[u8]) -> Result<(), Refusal> {
        let put: Put = serde_json::from_slice(body).map_err(Refusal::invalid)?;
        let scope = format!("{} {}", account_and_region(caller), put.log_group_name);
        let mut datapoints = Datapoints::new();
        for filter in metric_filters(upstream, caller, &put.log_group_name).await? {
            self.apply(&filter, &format!("{scope} {}", filter.filter_name), &put.log_events, &mut datapoints);
        }
        for (namespace, data) in &datapoints {
            for data in data.chunks(DATAPOINTS) {
                let request = json!({ "Namespace": namespace, "MetricData": data });
                let _: IgnoredAny =
                    upstream.call(caller, "GraniteServiceVersion20100801.PutMetricData", &request).await?;
            }
        }
        Ok(())
    }

    fn apply(&self, filter: &MetricFilter, id: &str, events: &[LogEvent], datapoints: &mut Datapoints) {
        // CloudFormation in MiniStack may have made a filter that `check` has not seen; the others still count.
        let Ok(pattern) = patterns::parse(&filter.filter_pattern) else { return };
        let (matching, others): (Vec<_>, Vec<_>) = events.iter().partition(|event| pattern.matches(&event.message));
        let mut valued = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        valued.extend(matching.iter().map(|event| (id.to_owned(), event.timestamp.div_euclid(MINUTE))));
        let quiet: BTreeSet<i64> = others.iter().map(|event| event.timestamp.div_euclid(MINUTE)).collect();
        let quiet: Vec<i64> = quiet.into_iter().filter(|minute| valued.insert((id.to_owned(), *minute))).collect();
        drop(valued);

        for transformation in &filter.metric_transformations {
            let data = datapoints.entry(transformation.metric_namespace.clone()).or_default();
            data.extend(matching.iter().filter_map(|event| transformation.datapoint(&pattern, event)));
            if let Some(value) = transformation.default_value {
                data.extend(quiet.iter().map(|minute| transformation.at(minute * MINUTE, value, &[])));
            }
        }
    }
}

impl Transformation {
    /// `None` when the value is a field that the event does not have, or no number.
    fn datapoint(&self, pattern: &Pattern, event: &LogEvent) -> Option<Value> {
        let value = match self.metric_value.parse::<f64>() {
            Ok(number) => number,
            Err(_) => pattern.value_at(&event.message, &self.metric_value)?.as_number()?,
        };
        let dimensions = self.dimensions.iter().filter_map(|(name, reference)| {
            Some(json!({ "Name": name, "Value": pattern.value_at(&event.message, reference)?.to_string() }))
        });
        let dimensions: Vec<Value> = dimensions.collect();
        value.is_finite().then(|| self.at(event.timestamp, value, &dimensions))
    }

    #[expect(clippy::cast_precision_loss, reason = "milliseconds of our time have 41 bits")]
    fn at(&self, timestamp: i64, value: f64, dimensions: &[Value]) -> Value {
        json!({
            "MetricName": self.metric_name,
            "Timestamp": timestamp as f64 / 1000.0,
            "Value": value,
            "Unit": self.unit.as_deref().unwrap_or("None"),
            "Dimensions": dimensions,
        })
    }
}

/// A page of `DescribeMetricFilters`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Filters {
    metric_filters: Vec<MetricFilter>,
    next_token: Option<String>,
}

async fn metric_filters(upstream: &Upstream, caller: &HeaderMap, group: &str) -> Result<Vec<MetricFilter>, Refusal> {
    let mut filters = Vec::new();
    let mut token = None;
    loop {
        let request = json!({ "logGroupName": group, "nextToken": token });
        let page: Filters = upstream.call(caller, "Logs_20140328.DescribeMetricFilters", &request).await?;
        filters.extend(page.metric_filters);
        token = page.next_token;
        if token.is_none() {
            return Ok(filters);
        }
    }
}

/// The access key and the Region of the signature: MiniStack keeps their things apart.
fn account_and_region(caller: &HeaderMap) -> String {
    let signature = caller.get(AUTHORIZATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let scope = signature.split_once("Credential=").map_or("", |(_, rest)| rest);
    let mut parts = scope.split('/');
    let key = parts.next().unwrap_or_default();
    format!("{key} {}", parts.nth(1).unwrap_or_default())
}
