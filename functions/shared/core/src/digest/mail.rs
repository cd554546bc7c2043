//! The digest as plain text.

use std::fmt::Write as _;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::model::{Digest, Missed, NAME, TEXT};
use crate::activity::Group;
use crate::text::{ascii, clean, shown, shown_outcome, without_urls};

/// How many people the first line names.
const NAMED: usize = 3;

/// How many groups of activity an alarm's paragraph lists. The JSON holds more of them.
const ROWS: usize = 10;

/// The widest that a name of a person may be.
const WHO: usize = 80;

pub(super) fn subject(digest: &Digest, longest: usize) -> String {
    let (alarms, standing) = (count(digest.went_off, "alarm"), digest.still_in_alarm.len());
    ascii(&format!("{}: while muted, {alarms} went off; {standing} still in ALARM", digest.name), longest)
}

/// The mail's text, with times in UTC and in the zone of whoever reads it.
pub(super) fn text(digest: &Digest, zone: &TimeZone) -> String {
    let span = format!("{} to {}", both(digest.from, zone), both(digest.to, zone));
    let times = if digest.times > digest.went_off as u64 { format!(", {} times", digest.times) } else { String::new() };
    let mut text = headline(digest, zone);
    let _ = writeln!(text, "{} went off{times} while muted, {span}.", count(digest.went_off, "alarm"));
    for missed in &digest.alarms {
        alarm(&mut text, missed, zone);
    }
    let silent = "Still in ALARM. These are armed, and yet silent until they leave that state and enter it again:";
    list(&mut text, silent, &digest.still_in_alarm);
    let late = "In ALARM when their mute rule ended. CloudWatch sends this change itself, now:";
    list(&mut text, late, &digest.sent_by_cloudwatch);
    if digest.more > 0 {
        let _ = writeln!(text, "\nAnd {} more.", digest.more);
    }
    for problem in &digest.problems {
        let _ = writeln!(text, "\nNot known: {}", clean(&without_urls(problem), 2 * TEXT));
    }
    let _ = writeln!(text, "\nDigest {}", digest.id);
    text
}

/// `While muted, 09:00-18:00 JST: alice x3 from 203.0.113.5; …`; nothing while nobody is known.
fn headline(digest: &Digest, zone: &TimeZone) -> String {
    let groups = || digest.alarms.iter().flat_map(|missed| &missed.activity);
    let named: Vec<String> = groups().take(NAMED).map(who).collect();
    if named.is_empty() {
        return String::new();
    }
    let others = groups().count().saturating_sub(NAMED);
    let others = if others > 0 { format!("; and {others} more") } else { String::new() };
    let [from, to] = [digest.from, digest.to].map(|at| at.to_zoned_datetime(zone.clone()));
    let span = if from.date() == to.date() {
        format!("{}\u{2013}{}", from.strftime("%Y-%m-%d %H:%M"), to.strftime("%H:%M %Z"))
    } else {
        format!("{} \u{2013} {}", from.strftime("%Y-%m-%d %H:%M"), to.strftime("%Y-%m-%d %H:%M %Z"))
    };
    format!("While muted, {span}: {}{others}\n\n", named.join("; "))
}

/// `alice ×3 from 203.0.113.5`.
fn who(group: &Group) -> String {
    let from = if group.source_ip.is_empty() { "an unknown address" } else { group.source_ip.as_str() };
    format!("{} \u{d7}{} from {}", shown(&group.who, WHO), group.count, shown(from, WHO))
}

fn alarm(text: &mut String, missed: &Missed, zone: &TimeZone) {
    let name = shown(&missed.name, NAME);
    let _ = match missed.count {
        1 => writeln!(text, "\n- {name}, {}", both(missed.last, zone)),
        times => {
            writeln!(text, "\n- {name}, {times} times, {} to {}", both(missed.first, zone), both(missed.last, zone))
        }
    };
    for group in missed.activity.iter().take(ROWS) {
        let did = format!("{} ({})", shown(&group.event, WHO), shown_outcome(&group.outcome, WHO));
        let _ = writeln!(text, "  {}: {did}, last {}", who(group), both(group.last, zone));
    }
    let left_out = missed.more + missed.activity.len().saturating_sub(ROWS) as u64;
    if left_out > 0 {
        let _ = writeln!(text, "  and {left_out} more");
    }
    for problem in &missed.problems {
        let _ = writeln!(text, "  Not known: {}", clean(&without_urls(problem), 2 * TEXT));
    }
    if !missed.reason.is_empty() {
        let _ = writeln!(text, "  {}", missed.reason);
    }
    for search in &missed.search {
        let pattern = if search.pattern.is_empty() { "(every event)" } else { search.pattern.as_str() };
        let _ = writeln!(text, "  Searched {}: {pattern}", search.log_group);
        if let Some(url) = &search.console_url {
            let _ = writeln!(text, "  {url}");
        }
    }
}

fn list(text: &mut String, title: &str, names: &[String]) {
    if !names.is_empty() {
        let _ = writeln!(text, "\n{title}");
    }
    for name in names {
        let _ = writeln!(text, "- {}", shown(name, NAME));
    }
}

fn count(number: usize, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}

/// `2026-11-24 00:10 UTC (09:10 JST)`.
fn both(at: Timestamp, zone: &TimeZone) -> String {
    let utc = at.to_zoned_datetime(TimeZone::UTC);
    if zone == &TimeZone::UTC {
        return utc.strftime("%Y-%m-%d %H:%M UTC").to_string();
    }
    let local = at.to_zoned_datetime(zone.clone());
    let format = if utc.date() == local.date() { "%H:%M %Z" } else { "%Y-%m-%d %H:%M %Z" };
    format!("{} UTC ({})", utc.strftime("%Y-%m-%d %H:%M"), local.strftime(format))
}
