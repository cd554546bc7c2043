//! The digest as the custom notification of the AWS chat applications, which drop any other JSON without a word: as short
//! as a message in a channel is, and what it leaves out is counted. Its sentences are those of the mail, in which
//! strangers' text is without links already.

use jiff::tz::TimeZone;
use serde_json::json;

use super::mail::{did, headline, sentence, subject};
use super::model::{Digest, Missed, NAME};
use super::unknown::Unknown;
use crate::notice::chat::{Custom, Link, escaped, escaped_within, steps, without_markup};
use crate::notice::facts::MissedAlarm;
use crate::notice::{Language, history};
use crate::text::shown;

/// How many alarms are told, and how many names of each list.
const ALARMS: usize = 8;

/// How many groups of activity are told of each alarm.
const ROWS: usize = 3;

/// How many problems are told, of the whole and of each alarm.
const PROBLEMS: usize = 3;

/// The custom notification as JSON on one line.
pub(super) fn text(digest: &Digest, zone: &TimeZone, language: Language) -> String {
    let words = language.words();
    let labels = words.labels();
    let opening = words.digest_opening(digest.went_off, digest.times, digest.from, digest.to, zone);
    let mut lines: Vec<String> = headline(digest, zone, words).iter().map(|it| without_markup(it)).collect();
    lines.push(without_markup(&opening));
    digest.alarms.iter().take(ALARMS).for_each(|it| alarm(&mut lines, it, zone, language));
    list(&mut lines, labels.still, &digest.still_in_alarm);
    list(&mut lines, labels.late, &digest.sent_by_cloudwatch);
    let listed = [digest.alarms.len(), digest.still_in_alarm.len(), digest.sent_by_cloudwatch.len()];
    let more = listed.iter().fold(digest.more, |more, it| more.saturating_add(it.saturating_sub(ALARMS)));
    if more > 0 {
        lines.push(without_markup(&words.digest_more(more)));
    }
    problems(&mut lines, "", &digest.problems, language);
    let urls = digest.alarms.iter().flat_map(|it| &it.search).filter_map(|it| it.console_url.as_deref());
    let link = urls.take(1).map(|url| Link { url, text: labels.open_search }.to_string());
    let custom = Custom {
        id: &digest.id,
        title: &subject(digest, language),
        lines,
        steps: steps(&digest.stops().0, words).into_iter().chain(link).collect(),
        keywords: vec![escaped(&digest.name)],
        // What is told again stands beside what was told before.
        thread: &digest.id,
        summary: &opening,
        kind: "yakei.digest",
        resources: Vec::new(),
        context: json!({"wentOff": digest.went_off.to_string(), "times": digest.times.to_string()}),
    };
    custom.to_json()
}

fn alarm(lines: &mut Vec<String>, missed: &Missed, zone: &TimeZone, language: Language) {
    let words = language.words();
    let name = &shown(&missed.name, NAME);
    let told = MissedAlarm { name, times: missed.count, first: missed.first, last: missed.last };
    lines.push(format!("• {}", without_markup(&words.digest_alarm(&told, zone))));
    for group in missed.activity.iter().take(ROWS) {
        lines.push(format!("  – {}", without_markup(&did(group, zone, words))));
        lines.extend(history(group, words, Some(zone)).map(|it| format!("    {}", without_markup(&it))));
    }
    let left_out = missed.more.saturating_add(missed.activity.len().saturating_sub(ROWS) as u64);
    if left_out > 0 {
        lines.push(format!("  {}", without_markup(&words.and_more(left_out))));
    }
    problems(lines, "  ", &missed.problems, language);
    if missed.activity.is_empty() && !missed.reason.is_empty() {
        lines.push(format!("  {}", escaped(&missed.reason)));
    }
}

fn problems(lines: &mut Vec<String>, indent: &str, problems: &[Unknown], language: Language) {
    let words = language.words();
    for unknown in problems.iter().take(PROBLEMS) {
        let said = format!("{}: {}", words.labels().unknown, sentence(unknown, language));
        lines.push(format!("{indent}{}", without_markup(&said)));
    }
    let left_out = problems.len().saturating_sub(PROBLEMS) as u64;
    if left_out > 0 {
        lines.push(format!("{indent}{}", without_markup(&words.and_more(left_out))));
    }
}

fn list(lines: &mut Vec<String>, title: &str, names: &[String]) {
    if !names.is_empty() {
        // Ours: a full stop inside is no dot.
        lines.push(title.to_owned());
    }
    lines.extend(names.iter().take(ALARMS).map(|it| format!("• {}", escaped_within(it, NAME))));
}
