//! The datapoints that an alarm's reason names, such as `[1.0 (22/05/18 04:41:00)]`.
//!
//! AWS names the five newest at most and says how many there are; a [`Breach`] knows whether some are missing.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::time::parse_datapoint;

/// A day of minutes: more than an alarm evaluates.
const MOST: usize = 1440;
/// How many datapoints a reason names at most.
const NAMED: usize = 5;

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

/// Datapoints that breached a threshold, and how many there are in all.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Breach {
    /// Those that are named.
    pub points: Vec<Datapoint>,
    /// How many the reason says there are; `None` when it does not say.
    pub said: Option<usize>,
}

impl Breach {
    /// Whether every breaching datapoint is named. Five without a number may be the newest five of more.
    pub fn is_whole(&self) -> bool {
        let named = self.points.len();
        named > 0 && self.said.map_or(named != NAMED, |said| named >= said)
    }

    /// The same with further datapoints; one of the same period only once.
    #[must_use]
    pub fn with(self, further: Vec<Datapoint>) -> Self {
        let mut points: BTreeMap<Timestamp, Datapoint> = further.into_iter().map(|it| (it.start, it)).collect();
        points.extend(self.points.into_iter().map(|it| (it.start, it)));
        Self { points: points.into_values().collect(), said: self.said }
    }
}

/// Reads the datapoints out of a reason, every `value (dd/MM/yy HH:mm:ss)` in square brackets, and their number out of
/// `24 datapoints were …`, `3 out of the last 5 datapoints …`.
///
/// Brackets without dates, such as an anomaly band's `[0.41]`, are none. A message's first day of them is read.
pub fn said(reason: &str) -> Breach {
    let brackets = reason.split('[').skip(1).filter_map(|rest| rest.split_once(']'));
    let points = brackets.flat_map(|(inside, _)| inside.split(',')).filter_map(datapoint).take(MOST).collect();
    Breach { points, said: number(reason) }
}

fn datapoint(text: &str) -> Option<Datapoint> {
    let (value, rest) = text.split_once('(')?;
    let (date, _) = rest.split_once(')')?;
    let value: f64 = value.trim().parse().ok()?;
    Some(Datapoint { value, start: parse_datapoint(date)? }).filter(|_| value.is_finite())
}

/// The first number that stands before `datapoint` or `datapoints`, before its `out of the last …` if there is one.
fn number(reason: &str) -> Option<usize> {
    let before = reason.split_once(" datapoint").map(|(before, _)| before)?;
    let before = before.rsplit_once(" out of the last ").map_or(before, |(before, _)| before);
    before.rsplit(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(reason: &str) -> Vec<String> {
        said(reason).points.iter().map(|it| format!("{} {}", it.value, it.start)).collect()
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
    fn a_reason_says_how_many_datapoints_there_are() {
        let five = "[1.0 (22/05/18 04:45:00), 1.0 (22/05/18 04:44:00), 1.0 (22/05/18 04:43:00), 1.0 (22/05/18 04:42:00), 1.0 (22/05/18 04:41:00)]";
        let cases = [
            (
                format!(
                    "Threshold Crossed: 24 datapoints were greater than the threshold (0.0). The most recent datapoints which crossed the threshold: {five} (minimum 1 datapoint for OK -> ALARM transition)."
                ),
                Some(24),
                false,
            ),
            (
                format!(
                    "Threshold Crossed: 30 out of the last 30 datapoints were greater than the threshold (0.0). The most recent datapoints: {five}."
                ),
                Some(30),
                false,
            ),
            (format!("Threshold Crossed: 5 out of the last 10 datapoints {five} were greater"), Some(5), true),
            (format!("Threshold Crossed: {five}"), None, false),
            (
                "Threshold Crossed: 2 out of the last 2 datapoints [1.0 (22/05/18 04:45:00)] were".to_owned(),
                Some(2),
                false,
            ),
            ("Threshold Crossed: 1 datapoint [1.0 (22/05/18 04:45:00)] was".to_owned(), Some(1), true),
            ("Threshold Crossed: no datapoints were received for 1 period".to_owned(), None, false),
        ];
        for (reason, expected, whole) in cases {
            let breach = said(&reason);
            assert_eq!((breach.said, breach.is_whole()), (expected, whole), "{reason}");
        }
    }

    #[test]
    fn further_datapoints_make_a_breach_whole() {
        let point = |second| Datapoint { value: 1.0, start: Timestamp::from_second(second).unwrap() };
        let breach = Breach { points: vec![point(120), point(60)], said: Some(3) };
        assert!(!breach.clone().with(vec![point(60)]).is_whole());
        let whole = breach.with(vec![point(0), point(60)]);
        assert!(whole.is_whole());
        assert_eq!(whole.points, [point(0), point(60), point(120)]);
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
