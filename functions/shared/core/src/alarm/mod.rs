//! An alarm as CloudWatch reports it: its state, what it watches, and when it was breached.
//!
//! Messages from AWS are read tolerantly: any member may be missing, null or of another type. What is
//! no alarm at all is told apart ([`Message`]), so that a notice can still be sent for it.

mod datapoint;
mod history;
mod read;
mod rule;
mod window;

use jiff::Timestamp;

pub use datapoint::{Datapoint, datapoints};
pub use history::{Transition, evaluated};
pub use read::{Message, NotAnAlarm, Origin, is_region};
pub use rule::{children, name_of};
pub use window::{Window, merged};

/// An alarm's state. AWS's own words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// `ALARM`.
    Alarm,
    /// `OK`.
    Ok,
    /// `INSUFFICIENT_DATA`.
    InsufficientData,
    /// Absent, or a word that is none of AWS's.
    Unknown,
}

impl State {
    /// Reads AWS's word.
    pub fn parse(text: &str) -> Self {
        match text.trim() {
            "ALARM" => Self::Alarm,
            "OK" => Self::Ok,
            "INSUFFICIENT_DATA" => Self::InsufficientData,
            _ => Self::Unknown,
        }
    }

    /// AWS's word; `UNKNOWN` for none of them.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Alarm => "ALARM",
            Self::Ok => "OK",
            Self::InsufficientData => "INSUFFICIENT_DATA",
            Self::Unknown => "UNKNOWN",
        }
    }
}

impl serde::Serialize for State {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// A metric's identity, without dimensions: a metric filter is found by these two.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Metric {
    /// The namespace.
    pub namespace: String,
    /// The metric's name.
    pub name: String,
}

/// What an alarm looks at.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Watches {
    /// One metric, compared as it is.
    Metric(Metric),
    /// Metrics behind metric math or an anomaly detection band.
    Math(Vec<Metric>),
    /// Other alarms.
    Composite {
        /// `AlarmRule`.
        rule: String,
        /// Names or ARNs of the alarms that triggered it, as far as the message names them.
        triggering: Vec<String>,
    },
    /// The message does not say.
    #[default]
    Unknown,
}

impl Watches {
    /// The metrics, none for a composite alarm.
    pub fn metrics(&self) -> &[Metric] {
        match self {
            Self::Metric(metric) => std::slice::from_ref(metric),
            Self::Math(metrics) => metrics,
            Self::Composite { .. } | Self::Unknown => &[],
        }
    }
}

/// How an alarm compares its metric with its threshold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// `GreaterThanOrEqualToThreshold`.
    AtLeast,
    /// `GreaterThanThreshold`.
    Above,
    /// `LessThanThreshold`.
    Below,
    /// `LessThanOrEqualToThreshold`.
    AtMost,
}

impl Comparison {
    /// Reads AWS's word; `None` for the comparisons with an anomaly band, which have no threshold.
    pub fn parse(text: &str) -> Option<Self> {
        Some(match text.trim() {
            "GreaterThanOrEqualToThreshold" => Self::AtLeast,
            "GreaterThanThreshold" => Self::Above,
            "LessThanThreshold" => Self::Below,
            "LessThanOrEqualToThreshold" => Self::AtMost,
            _ => return None,
        })
    }

    /// Whether a value breaches a threshold.
    pub fn breached(self, value: f64, threshold: f64) -> bool {
        match self {
            Self::AtLeast => value >= threshold,
            Self::Above => value > threshold,
            Self::Below => value < threshold,
            Self::AtMost => value <= threshold,
        }
    }
}

/// How an alarm evaluates its metric.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Evaluation {
    /// Length of a period in seconds.
    pub period: Option<i64>,
    /// How many periods are looked at.
    pub periods: Option<i64>,
    /// The threshold, absent for anomaly detection.
    pub threshold: Option<f64>,
    /// How values are compared with it.
    pub comparison: Option<Comparison>,
    /// `Sum`, `SampleCount`, `Average`, …, in any case.
    pub statistic: Option<String>,
}

/// An alarm in a state, from a message or from `DescribeAlarms`. Texts are as AWS gave them, not cleaned.
#[derive(Debug, Clone, PartialEq)]
pub struct Alarm {
    /// `AlarmName`.
    pub name: String,
    /// `AlarmArn`; messages before 2021 may lack it.
    pub arn: Option<String>,
    /// The alarm's account.
    pub account: Option<String>,
    /// The alarm's Region, such as `eu-west-1`.
    pub region: Option<String>,
    /// Its state now.
    pub state: State,
    /// Its state before.
    pub previous: State,
    /// When it changed.
    pub changed_at: Option<Timestamp>,
    /// `NewStateReason`, the only place of a message that names datapoints.
    pub reason: String,
    /// `AlarmDescription`.
    pub description: Option<String>,
    /// What it looks at.
    pub watches: Watches,
    /// How.
    pub evaluation: Evaluation,
}

impl Alarm {
    /// The datapoints in the reason that breach the threshold; all of them where that cannot be told.
    pub fn breaching(&self) -> Vec<Datapoint> {
        self.breaching_of(datapoints(&self.reason))
    }

    /// Those of `all` that breach the threshold; all of them where that cannot be told.
    pub fn breaching_of(&self, all: Vec<Datapoint>) -> Vec<Datapoint> {
        let (Some(comparison), Some(threshold)) = (self.evaluation.comparison, self.evaluation.threshold) else {
            return all;
        };
        let breaching: Vec<_> = all.iter().copied().filter(|it| comparison.breached(it.value, threshold)).collect();
        if breaching.is_empty() { all } else { breaching }
    }

    /// How many log events the datapoints stand for: their sum, when the metric is one count of events.
    ///
    /// `None` for averages, for metric math and for values that are no count.
    pub fn expected(&self, datapoints: &[Datapoint]) -> Option<u64> {
        let counts = self
            .evaluation
            .statistic
            .as_deref()
            .is_some_and(|it| it.eq_ignore_ascii_case("sum") || it.eq_ignore_ascii_case("samplecount"));
        if !counts || !matches!(self.watches, Watches::Metric(_)) || datapoints.is_empty() {
            return None;
        }
        datapoints.iter().map(Datapoint::as_count).sum()
    }
}

#[cfg(test)]
mod tests;
