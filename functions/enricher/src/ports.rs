//! What the enricher asks of AWS, in the domain's types. No SDK type crosses these traits.
#![expect(async_fn_in_trait, reason = "the futures stay in this crate, on one thread")]

use jiff::Timestamp;
use yakei_core::alarm::{Alarm, Datapoint, Metric, Span, Transition};
use yakei_core::notice::Outgoing;

/// A call that did not give its answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{call} failed with {code}{}{message}", if message.is_empty() { "" } else { ": " })]
pub struct CallError {
    /// The operation, such as `FilterLogEvents`.
    pub call: &'static str,
    /// AWS's code, or what happened on the way: `Timeout`, `DispatchFailure`.
    pub code: String,
    /// AWS's message, possibly empty.
    pub message: String,
}

/// A metric filter, as far as searching needs it.
#[derive(Debug, Clone, PartialEq)]
pub struct MetricFilter {
    /// The log group that it reads.
    pub log_group: String,
    /// Its pattern.
    pub pattern: String,
    /// Whether each matching event adds exactly one to the metric.
    pub counts_events: bool,
    /// Whether it reads transformed events, which a search does not see.
    pub on_transformed: bool,
}

/// One search: a log group, a pattern and a window.
#[derive(Debug, Clone, PartialEq)]
pub struct Query {
    /// The log group.
    pub log_group: String,
    /// The filter pattern.
    pub pattern: String,
    /// The log times to search.
    pub window: Span,
}

/// A log event.
#[derive(Debug, Clone, PartialEq)]
pub struct LogEvent {
    /// CloudWatch's id of the event, the same in every search.
    pub id: String,
    /// Its log time: when CloudTrail delivered the record.
    pub logged_at: Timestamp,
    /// When CloudWatch Logs took it in.
    pub ingested_at: Option<Timestamp>,
    /// The line.
    pub message: String,
}

/// A page of a search.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Page {
    /// Its events, possibly none although there is a next page.
    pub events: Vec<LogEvent>,
    /// The token of the next page; none after the last.
    pub next: Option<String>,
}

/// An alarm as it stands, with the datapoints of its last evaluation.
#[derive(Debug, Clone, PartialEq)]
pub struct Described {
    /// The alarm.
    pub alarm: Alarm,
    /// Of `StateReasonData`.
    pub evaluated: Vec<Datapoint>,
}

/// CloudWatch Logs in any Region.
pub trait Logs {
    /// All metric filters that feed a metric.
    async fn metric_filters(&self, region: &str, metric: &Metric) -> Result<Vec<MetricFilter>, CallError>;
    /// One page of a search.
    async fn page(&self, region: &str, query: &Query, token: Option<&str>) -> Result<Page, CallError>;
}

/// CloudWatch in any Region.
pub trait Alarms {
    /// The alarms of these names, of both types; names that do not exist are left out.
    async fn describe(&self, region: &str, names: &[String]) -> Result<Vec<Described>, CallError>;
    /// An alarm's changes of state within a window, newest first, at most a hundred.
    async fn history(&self, region: &str, alarm: &str, window: Span) -> Result<Vec<Transition>, CallError>;
}

/// The topic for people.
pub trait Notices {
    /// Publishes a notice.
    async fn publish(&self, outgoing: &Outgoing) -> Result<(), CallError>;
}
