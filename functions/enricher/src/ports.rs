//! What the enricher asks of AWS, in the domain's types: one method is one call. No SDK type crosses these traits.
#![expect(async_fn_in_trait, reason = "the futures stay in this crate, on one thread")]

use jiff::Timestamp;
use yakei_core::alarm::{Alarm, Metric, Span, Transition};
use yakei_core::notice::{Outgoing, Problem};

/// What kind of failure a call met: what decides whether it is tried again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// AWS asks for fewer calls.
    Throttled,
    /// AWS could not, for now: HTTP 500 and above.
    Unavailable,
    /// The connection was not made, or was cut. The call may have been done.
    CutOff,
    /// No answer in time. The call may have been done.
    TimedOut,
    /// What was asked about is not there.
    NotThere,
    /// Not allowed.
    Refused,
    /// Anything else that will be the same next time.
    Other,
}

impl Fault {
    /// Whether the same call may succeed a moment later.
    pub fn passes(self) -> bool {
        matches!(self, Self::Throttled | Self::Unavailable | Self::CutOff | Self::TimedOut)
    }

    /// Whether the call may have been done although it did not answer.
    pub fn may_be_done(self) -> bool {
        matches!(self, Self::Unavailable | Self::CutOff | Self::TimedOut)
    }
}

/// A call that did not give its answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{call} failed with {code}{}{message}", if message.is_empty() { "" } else { ": " })]
pub struct CallError {
    /// The operation, such as `FilterLogEvents`.
    pub call: &'static str,
    /// What kind of failure.
    pub fault: Fault,
    /// AWS's code, or what happened on the way: `Timeout`, `DispatchFailure`. For people.
    pub code: String,
    /// AWS's message, possibly empty.
    pub message: String,
}

impl CallError {
    /// The same as a problem of a notice; `log_group` is what was asked about, possibly empty.
    pub fn problem(&self, log_group: &str) -> Problem {
        let Self { call, fault: _, code, message } = self;
        Problem::CallFailed { call, code: code.clone(), message: message.clone(), log_group: log_group.to_owned() }
    }
}

/// A metric filter, as far as searching needs it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct MetricFilter {
    /// The log group that it reads.
    pub log_group: String,
    /// Its pattern.
    pub pattern: String,
    /// The namespace and name of the metric that it feeds.
    pub metric: (String, String),
    /// The metric's dimensions: name, and the selector of its value.
    pub dimensions: Vec<(String, String)>,
    /// Dimensions that CloudWatch Logs itself adds, such as `@aws.account`.
    pub system_dimensions: Vec<String>,
    /// `fieldSelectionCriteria`: which events it reads at all, by fields that a search does not see.
    pub criteria: Option<String>,
    /// Whether each matching event adds exactly one to the metric's sum.
    pub counts_events: bool,
    /// Whether each matching event, and nothing else, is one of the metric's samples.
    pub counts_samples: bool,
    /// Whether it reads transformed events, which a search does not see.
    pub on_transformed: bool,
}

/// Which metric filters are asked for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Filters<'a> {
    /// All of a log group.
    OfGroup(&'a str),
    /// All that feed a metric, whatever its dimensions.
    OfMetric(&'a Metric),
    /// All of the Region.
    All,
}

/// A page of metric filters.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct FilterPage {
    /// The filters.
    pub filters: Vec<MetricFilter>,
    /// The token of the next page; none after the last.
    pub next: Option<String>,
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

/// CloudWatch Logs in any Region.
pub trait Logs {
    /// One page of metric filters.
    async fn filters(&self, region: &str, of: Filters<'_>, token: Option<&str>) -> Result<FilterPage, CallError>;
    /// One page of a search, the newest events first where AWS allows that.
    async fn page(&self, region: &str, query: &Query, token: Option<&str>) -> Result<Page, CallError>;
    /// The oldest event of a log group within a span of log time, whatever it is; a page without one may have a next.
    async fn oldest(&self, region: &str, log_group: &str, of: Span, token: Option<&str>) -> Result<Page, CallError>;
}

/// CloudWatch in any Region.
pub trait Alarms {
    /// The alarms of these names, at most a hundred, of every type; names that do not exist are left out.
    async fn describe(&self, region: &str, names: &[String]) -> Result<Vec<Alarm>, CallError>;
    /// An alarm's changes of state within a span of time, newest first, at most a hundred.
    async fn history(&self, region: &str, alarm: &str, span: Span) -> Result<Vec<Transition>, CallError>;
}

/// The topic for people.
pub trait Notices {
    /// Publishes a notice.
    async fn publish(&self, outgoing: &Outgoing) -> Result<(), CallError>;
}
