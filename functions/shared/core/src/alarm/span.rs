//! The times to search for an alarm's log events.
//!
//! An event that breached a period lies in the period, not in the time before the alarm changed its
//! state: on real samples the usual `[StateChangeTime − Period, StateChangeTime]` loses 13 to 100 % of it.

use jiff::{SignedDuration, Timestamp};

use super::datapoint::Datapoint;
use super::reported::Alarm;
use crate::time::as_date;

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
    ///
    /// A metric filter's values stand at whole minutes, so a datapoint between two counts from its minute's start.
    pub fn windows(&self, datapoints: &[Datapoint]) -> Vec<Span> {
        let length = self.evaluation.period.unwrap_or(USUAL_PERIOD).clamp(1, LONGEST_RANGE);
        let window = |it: &Datapoint| Span {
            from: minute(it.start, 0),
            to: minute(later(it.start, length), SHORTEST_PERIOD - 1),
        };
        merged(datapoints.iter().map(window).collect())
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

/// At most so many spans that hold the same instants, and the least of others that can be: the narrowest gaps are
/// bridged first. Whoever searches a bridged span takes only what lies in the spans themselves.
pub fn bridged(spans: &[Span], most: usize) -> Vec<Span> {
    let spans = merged(spans.to_vec());
    let mut gaps: Vec<_> = spans
        .windows(2)
        .filter_map(|pair| Some((pair.get(1)?.from.duration_since(pair.first()?.to), pair.get(1)?.from)))
        .collect();
    gaps.sort();
    // The widest gaps stay: one fewer than there may be spans.
    let bridge: Vec<_> =
        gaps.iter().take(gaps.len().saturating_sub(most.saturating_sub(1))).map(|(_, at)| *at).collect();
    let mut out: Vec<Span> = Vec::new();
    for span in spans {
        match out.last_mut() {
            Some(last) if bridge.contains(&span.from) => last.to = span.to,
            _ => out.push(span),
        }
    }
    out
}

/// Saturates at the ends of time as it is written, which only a made-up message reaches.
fn later(instant: Timestamp, seconds: i64) -> Timestamp {
    instant.saturating_add(SignedDuration::from_secs(seconds)).map_or(instant, as_date)
}

/// The start of the minute that an instant, so many seconds later, lies in.
fn minute(instant: Timestamp, plus: i64) -> Timestamp {
    let instant = later(instant, plus);
    let start = instant.as_second() - instant.as_second().rem_euclid(SHORTEST_PERIOD);
    Timestamp::from_second(start).unwrap_or(instant)
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
    fn the_narrowest_gaps_are_bridged_and_nothing_is_lost() {
        let spans = [window(0, 60), window(120, 180), window(600, 660), window(660, 720), window(7200, 7260)];
        assert_eq!(bridged(&spans, 9), merged(spans.to_vec()));
        assert_eq!(bridged(&spans, 3), [window(0, 180), window(600, 720), window(7200, 7260)]);
        assert_eq!(bridged(&spans, 2), [window(0, 720), window(7200, 7260)]);
        assert_eq!(bridged(&spans, 1), [window(0, 7260)]);
        assert_eq!(bridged(&[], 1), []);
    }

    #[test]
    fn the_end_is_outside() {
        assert!(window(0, 60).contains(Timestamp::UNIX_EPOCH));
        assert!(!window(0, 60).contains(Timestamp::from_second(60).unwrap()));
    }
}
