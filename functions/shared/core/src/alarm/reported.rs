//! An alarm in a state, as a message or `DescribeAlarms` reports it, and what its datapoints say.

use jiff::Timestamp;

use super::datapoint::{Datapoint, datapoints};
use super::evaluation::Evaluation;
use super::state::State;
use super::watches::Watches;

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
