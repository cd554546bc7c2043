//! What was missed: one message, when alarms are armed again, that says what went off while they were muted.
//!
//! An alarm that still stands in ALARM is armed and yet silent until it leaves that state: CloudWatch acts on
//! changes only. The digest says so. Nothing happened, no digest.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Serialize;
use yakei_core::hours::Zone;
use yakei_core::text::clean;

use crate::port::{History, WentOff};

/// The most alarms that a digest lists one by one; a message has 256 KB.
const LISTED: usize = 100;

/// The most characters of a reason.
const TEXT: usize = 200;

/// The longest name of an alarm.
const NAME: usize = 255;

/// What happened while alarms were muted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Digest {
    schema: &'static str,
    name: String,
    from: Timestamp,
    to: Timestamp,
    alarms: Vec<Missed>,
    still_in_alarm: Vec<String>,
    more: usize,
    problems: Vec<String>,
}

/// What one alarm did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Missed {
    name: String,
    count: usize,
    first: Timestamp,
    last: Timestamp,
    reason: String,
}

/// An alarm that is armed again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Armed {
    /// Since when it was muted.
    pub since: Timestamp,
    /// Whether it stands in ALARM now.
    pub in_alarm: bool,
}

impl Digest {
    /// Puts a digest together; `None` when nothing happened. A history that could not be read is said.
    pub fn new(name: &str, armed: &BTreeMap<String, Armed>, history: &History, now: Timestamp) -> Option<Self> {
        let from = armed.values().map(|armed| armed.since).min()?;
        let problems =
            history.cut_off.as_ref().map(|error| format!("the alarms' history could not be read in full: {error}"));
        let mut missed: BTreeMap<&str, Missed> = BTreeMap::new();
        let ours = history.went_off.iter().filter(|it| armed.get(&it.alarm).is_some_and(|armed| it.at >= armed.since));
        for WentOff { alarm, at, reason } in ours {
            let entry = || Missed { name: alarm.clone(), count: 0, first: *at, last: *at, reason: String::new() };
            let missed = missed.entry(alarm).or_insert_with(entry);
            missed.count += 1;
            missed.first = missed.first.min(*at);
            if missed.reason.is_empty() || *at >= missed.last {
                (missed.last, missed.reason) = (*at, clean(reason, TEXT).into_owned());
            }
        }
        let standing = armed.iter().filter(|(_, armed)| armed.in_alarm).map(|(name, _)| name.clone());
        let mut digest = Self {
            schema: "yakei.digest/1",
            name: name.to_owned(),
            from,
            to: now,
            alarms: missed.into_values().collect(),
            still_in_alarm: standing.collect(),
            more: 0,
            problems: problems.into_iter().collect(),
        };
        if digest.alarms.is_empty() && digest.still_in_alarm.is_empty() && digest.problems.is_empty() {
            return None;
        }
        digest.alarms.sort_by_key(|missed| std::cmp::Reverse(missed.last));
        digest.more = digest.alarms.len().saturating_sub(LISTED) + digest.still_in_alarm.len().saturating_sub(LISTED);
        digest.alarms.truncate(LISTED);
        digest.still_in_alarm.truncate(LISTED);
        Some(digest)
    }

    /// The mail's subject: at most 99 ASCII characters, as SNS allows.
    pub fn subject(&self) -> String {
        let Self { name, alarms, still_in_alarm, .. } = self;
        format!(
            "{name}: while muted, {} went off; {} still in ALARM",
            count(alarms.len(), "alarm"),
            still_in_alarm.len()
        )
    }

    /// The mail's text, with times in UTC and in the zone of whoever reads it.
    pub fn text(&self, zone: &Zone) -> String {
        let Self { schema: _, name: _, from, to, alarms, still_in_alarm, more, problems } = self;
        let span = format!("{} to {}", both(*from, zone), both(*to, zone));
        let mut text = format!("{} went off while muted, {span}.\n", count(alarms.len(), "alarm"));
        for Missed { name, count: times, first, last, reason } in alarms {
            let name = clean(name, NAME);
            let _ = match times {
                1 => writeln!(text, "\n- {name}, {}", both(*last, zone)),
                _ => writeln!(text, "\n- {name}, {times} times, {} to {}", both(*first, zone), both(*last, zone)),
            };
            if !reason.is_empty() {
                let _ = writeln!(text, "  {reason}");
            }
        }
        if !still_in_alarm.is_empty() {
            text +=
                "\nStill in ALARM. These are armed, and yet silent until they leave that state and enter it again:\n";
            for name in still_in_alarm {
                let _ = writeln!(text, "- {}", clean(name, NAME));
            }
        }
        if *more > 0 {
            let _ = writeln!(text, "\nAnd {more} more.");
        }
        for problem in problems {
            let _ = writeln!(text, "\nNot known: {}", clean(problem, 2 * TEXT));
        }
        text
    }
}

fn count(number: usize, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}

/// `2026-11-24 00:10 UTC (09:10 Asia/Tokyo)`.
fn both(at: Timestamp, zone: &Zone) -> String {
    let utc = at.to_zoned_datetime(TimeZone::UTC);
    let local = at.to_zoned_datetime(zone.time_zone().clone());
    let format = if utc.date() == local.date() { "%H:%M" } else { "%Y-%m-%d %H:%M" };
    format!("{} UTC ({} {})", utc.strftime("%Y-%m-%d %H:%M"), local.strftime(format), zone.name())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn went_off(alarm: &str, when: &str) -> WentOff {
        let reason = "Threshold Crossed: 1 datapoint [1.0 (24/11/26 01:10:00)] was >= 1\n".to_owned();
        WentOff { alarm: alarm.to_owned(), at: at(when), reason }
    }

    fn read(went_off: Vec<WentOff>) -> History {
        History { went_off, cut_off: None }
    }

    fn armed(in_alarm: bool) -> Armed {
        Armed { since: at("2026-11-24T00:00:00Z"), in_alarm }
    }

    #[test]
    fn tells_what_went_off_and_what_still_stands() {
        let alarms = BTreeMap::from([
            ("yakei-ConsoleLogin".to_owned(), armed(false)),
            ("yakei-RootUsage".to_owned(), armed(true)),
        ]);
        let history = vec![
            went_off("yakei-ConsoleLogin", "2026-11-24T05:40:00Z"),
            went_off("yakei-ConsoleLogin", "2026-11-24T01:12:00Z"),
            went_off("yakei-RootUsage", "2026-11-24T08:59:00Z"),
            went_off("yakei-RootUsage", "2026-11-23T20:00:00Z"), // before it was muted: somebody was told
            went_off("somebody-else", "2026-11-24T03:00:00Z"),
        ];
        let digest = Digest::new("yakei", &alarms, &read(history), at("2026-11-24T09:00:05Z")).unwrap();
        assert_eq!(digest.subject(), "yakei: while muted, 2 alarms went off; 1 still in ALARM");
        insta::assert_snapshot!(digest.text(&Zone::parse("Asia/Tokyo").unwrap()));
        insta::assert_json_snapshot!(digest);
    }

    #[test]
    fn nothing_happened_no_digest() {
        let alarms = BTreeMap::from([("a".to_owned(), armed(false))]);
        let now = at("2026-11-24T09:00:00Z");
        assert_eq!(Digest::new("yakei", &alarms, &read(vec![went_off("b", "2026-11-24T05:40:00Z")]), now), None);
        assert_eq!(Digest::new("yakei", &BTreeMap::new(), &History::default(), now), None);
    }

    #[test]
    fn an_unreadable_history_is_said() {
        let alarms = BTreeMap::from([("a".to_owned(), armed(false))]);
        let error = crate::port::CallError {
            operation: "DescribeAlarmHistory",
            code: "AccessDenied".to_owned(),
            message: "no".to_owned(),
        };
        let cut_off = History { cut_off: Some(error), ..read(Vec::new()) };
        let digest = Digest::new("yakei", &alarms, &cut_off, at("2026-11-24T09:00:00Z")).unwrap();
        assert!(
            digest
                .text(&Zone::parse("UTC").unwrap())
                .contains("Not known: the alarms' history could not be read in full: Desc")
        );
    }
}
