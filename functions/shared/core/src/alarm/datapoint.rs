//! The datapoints that an alarm's reason names, such as `[1.0 (22/05/18 04:41:00)]`.
//!
//! The reason is the only place of a message that has them; `StateReasonData` is never in it.

use jiff::Timestamp;

use crate::time::parse_datapoint;

/// A day of minutes: more than an alarm evaluates.
const MOST: usize = 1440;

/// A metric's value over one period.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Datapoint {
    /// The value, finite.
    pub value: f64,
    /// Where its period starts.
    pub start: Timestamp,
}

impl Datapoint {
    /// The value as a count of events, when it is one.
    pub fn as_count(&self) -> Option<u64> {
        let is_count = self.value >= 0.0 && self.value.fract() == 0.0 && self.value <= 1e15;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "checked to be a whole number in range"
        )]
        is_count.then_some(self.value as u64)
    }
}

/// Reads the datapoints out of a reason: every `value (dd/MM/yy HH:mm:ss)` in square brackets.
///
/// Brackets without dates, such as an anomaly band's `[0.41]`, are none. A message's first day of them is read.
pub fn datapoints(reason: &str) -> Vec<Datapoint> {
    let brackets = reason.split('[').skip(1).filter_map(|rest| rest.split_once(']'));
    brackets.flat_map(|(inside, _)| inside.split(',')).filter_map(datapoint).take(MOST).collect()
}

fn datapoint(text: &str) -> Option<Datapoint> {
    let (value, rest) = text.split_once('(')?;
    let (date, _) = rest.split_once(')')?;
    let value: f64 = value.trim().parse().ok()?;
    Some(Datapoint { value, start: parse_datapoint(date)? }).filter(|_| value.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(reason: &str) -> Vec<String> {
        datapoints(reason).iter().map(|it| format!("{} {}", it.value, it.start)).collect()
    }

    #[test]
    fn reads_every_dated_value() {
        let cases: [(&str, &[&str]); 7] = [
            (
                "Threshold Crossed: 1 out of the last 1 datapoints [1.0 (22/05/18 04:41:00)] was greater than or equal to \
                 the threshold (1.0) (minimum 1 datapoint for OK -> ALARM transition).",
                &["1 2018-05-22T04:41:00Z"],
            ),
            (
                "Threshold Crossed: 2 datapoints [1.0 (22/05/18 04:41:00), 2.5E1 (22/05/18 04:36:00)] were greater",
                &["1 2018-05-22T04:41:00Z", "25 2018-05-22T04:36:00Z"],
            ),
            (
                "Thresholds Crossed: 1 out of the last 1 datapoints [0.46 (27/06/21 13:52:00)] was not less than the lower \
                 thresholds [0.41] or not greater than the upper thresholds [0.47]",
                &["0.46 2021-06-27T13:52:00Z"],
            ),
            ("Threshold Crossed: 1 datapoint (1.0) was greater than the threshold", &[]),
            ("Testing the Amazon Cloudwatch alarm", &[]),
            ("[NaN (22/05/18 04:41:00)] [1.0 (31/31/31 00:00:00)] [1.0 (", &[]),
            ("", &[]),
        ];
        for (reason, expected) in cases {
            assert_eq!(read(reason), expected, "{reason}");
        }
    }

    #[test]
    fn only_whole_numbers_are_counts() {
        let count = |value| Datapoint { value, start: Timestamp::UNIX_EPOCH }.as_count();
        assert_eq!(count(3.0), Some(3));
        for other in [-1.0, 0.5, 1e16] {
            assert_eq!(count(other), None, "{other}");
        }
    }
}
