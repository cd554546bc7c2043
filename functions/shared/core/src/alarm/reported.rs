//! An alarm in a state, as a message or `DescribeAlarms` reports it, and what its datapoints say.

use jiff::Timestamp;

use super::datapoint::{Breach, Datapoint, said};
use super::evaluation::{Comparison, Evaluation, Statistic};
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
    /// `NewStateReason`: of SNS's messages the only place that names datapoints, at most the five newest.
    pub reason: String,
    /// The datapoints in `StateReasonData`, breaching or not; no message of SNS has it.
    pub evaluated: Vec<Datapoint>,
    /// `AlarmDescription`.
    pub description: Option<String>,
    /// What it looks at.
    pub watches: Watches,
    /// How.
    pub evaluation: Evaluation,
}

impl Alarm {
    /// Whether this is the end of an alarm: an alarm whose missing data counts as missing ends without data.
    pub fn has_ended(&self) -> bool {
        self.previous == State::Alarm && matches!(self.state, State::Ok | State::InsufficientData)
    }

    /// The datapoints that breach the threshold, as far as the alarm itself names them.
    pub fn breach(&self) -> Breach {
        let said = said(&self.reason);
        let named = Breach { points: self.breaching_of(said.points), said: said.said };
        named.with(self.breaching_of(self.evaluated.clone()))
    }

    /// Those of `all` that breach the threshold; all of them where that cannot be told.
    pub fn breaching_of(&self, all: Vec<Datapoint>) -> Vec<Datapoint> {
        let comparison = self.evaluation.comparison.or_else(|| Comparison::of_reason(&self.reason));
        let (Some(comparison), Some(threshold)) = (comparison, self.evaluation.threshold) else {
            return all;
        };
        let breaching: Vec<_> = all.iter().copied().filter(|it| comparison.breached(it.value, threshold)).collect();
        if breaching.is_empty() { all } else { breaching }
    }

    /// How many log events the datapoints stand for: their sum, when the metric is one count of events.
    ///
    /// `None` for averages, for metric math and for values that are no count.
    pub fn expected(&self, datapoints: &[Datapoint]) -> Option<u64> {
        let counts = matches!(self.evaluation.statistic, Some(Statistic::Sum | Statistic::SampleCount));
        if !counts || !matches!(self.watches, Watches::Metric(_)) || datapoints.is_empty() {
            return None;
        }
        datapoints.iter().try_fold(0_u64, |sum, it| sum.checked_add(it.as_count()?))
    }
}
