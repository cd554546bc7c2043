//! The times to search for an alarm's log events.
//!
//! An event that breached a period lies in the period, not in the time before the alarm changed its
//! state: on real samples the usual `[StateChangeTime − Period, StateChangeTime]` loses 13 to 100 % of it.

use jiff::{SignedDuration, Timestamp};

use super::datapoint::Datapoint;
use super::reported::Alarm;

/// A metric filter's values are aggregated by the minute, so a shorter period behaves as one.
const SHORTEST_PERIOD: i64 = 60;
/// Where a message does not say its period: what the CIS controls use.
const USUAL_PERIOD: i64 = 300;
/// No alarm evaluates more than seven days (`PutMetricAlarm`).
const LONGEST_RANGE: i64 = 7 * 24 * 3600;
/// How long after a period CloudWatch may take to evaluate it, and how far clocks differ.
const SLACK: i64 = 120;

/// A span of time, `from` included, `to` not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// Its first instant.
    pub from: Timestamp,
    /// The instant after its last.
    pub to: Timestamp,
}

impl Span {
    /// Whether an instant lies in it.
    pub fn contains(&self, instant: Timestamp) -> bool {
        self.from <= instant && instant < self.to
    }

    /// The window, longer on both ends by so many seconds.
    #[must_use]
    pub fn widened(self, seconds: i64) -> Self {
        Self { from: later(self.from, -seconds), to: later(self.to, seconds) }
    }
}

impl Alarm {
    /// The length of a period in seconds, at least a minute.
    pub fn period(&self) -> i64 {
        self.evaluation.period.unwrap_or(USUAL_PERIOD).clamp(SHORTEST_PERIOD, LONGEST_RANGE)
    }

    /// The windows of these datapoints, merged and in order: each its whole period.
    pub fn windows(&self, datapoints: &[Datapoint]) -> Vec<Span> {
        merged(datapoints.iter().map(|it| Span { from: it.start, to: later(it.start, self.period()) }).collect())
    }

    /// Where to search when nothing names a datapoint: the evaluation range before the change, one
    /// period and two minutes longer, because a period may begin and end well before it is evaluated.
    pub fn fallback_window(&self, now: Timestamp) -> Span {
        let changed = self.changed_at.unwrap_or(now);
        let periods = self.evaluation.periods.unwrap_or(1).clamp(1, LONGEST_RANGE);
        let range = self.period().saturating_mul(periods.saturating_add(1)).min(LONGEST_RANGE);
        Span { from: later(changed, -(range + SLACK)), to: later(changed, SHORTEST_PERIOD) }
    }
}

/// The same instants in as few windows as possible, in order.
pub fn merged(mut windows: Vec<Span>) -> Vec<Span> {
    windows.sort_by_key(|it| it.from);
    let mut out: Vec<Span> = Vec::with_capacity(windows.len());
    for window in windows {
        match out.last_mut() {
            Some(last) if window.from <= last.to => last.to = last.to.max(window.to),
            _ => out.push(window),
        }
    }
    out
}

/// Saturates at the ends of time, which only a made-up message reaches.
fn later(instant: Timestamp, seconds: i64) -> Timestamp {
    instant.saturating_add(SignedDuration::from_secs(seconds)).unwrap_or(instant)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn window(from: i64, to: i64) -> Span {
        Span { from: Timestamp::from_second(from).unwrap(), to: Timestamp::from_second(to).unwrap() }
    }

    #[test]
    fn touching_windows_become_one() {
        let windows = vec![window(120, 180), window(0, 60), window(60, 120), window(300, 360), window(310, 320)];
        assert_eq!(merged(windows), [window(0, 180), window(300, 360)]);
    }

    #[test]
    fn the_end_is_outside() {
        assert!(window(0, 60).contains(Timestamp::UNIX_EPOCH));
        assert!(!window(0, 60).contains(Timestamp::from_second(60).unwrap()));
    }
}
