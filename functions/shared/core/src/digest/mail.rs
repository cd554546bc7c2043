//! The digest as plain text. The sentences are those of its language.

use std::fmt::Write as _;

use jiff::tz::TimeZone;

use super::model::{Digest, Missed, NAME, TEXT};
use super::unknown::Unknown;
use crate::activity::Group;
use crate::notice::Language;
use crate::notice::facts::MissedAlarm;
use crate::notice::language_words::Words;
use crate::notice::{history, name, origin, steps};
use crate::plan::Cost;
use crate::text::{shown, shown_outcome};

/// How many people the first line names.
const NAMED: usize = 3;

/// How many groups of activity an alarm's paragraph lists. The JSON holds more of them.
const ROWS: usize = 10;

/// The widest that a name of a person may be.
const WHO: usize = 80;

/// The subject, however long.
pub(super) fn subject(digest: &Digest, language: Language) -> String {
    language.words().digest_subject(&digest.name, digest.went_off, digest.still_in_alarm.len())
}

/// A problem's sentence as it is shown.
pub(super) fn sentence(unknown: &Unknown, language: Language) -> String {
    match unknown {
        Unknown::Problem(problem) => language.problem_within(problem, 2 * TEXT),
        other => shown(&language.words().unknown(other), 2 * TEXT),
    }
}

/// The mail's text, with times in UTC and in the zone of whoever reads it.
pub(super) fn text(digest: &Digest, zone: &TimeZone, language: Language, costs: &[Cost]) -> String {
    let words = language.words();
    let labels = words.labels();
    let mut text = headline(digest, zone, words).map_or(String::new(), |it| format!("{it}\n\n"));
    let opening = words.digest_opening(digest.went_off, digest.times, digest.from, digest.to, zone);
    let _ = writeln!(text, "{opening}");
    for missed in &digest.alarms {
        alarm(&mut text, missed, zone, language);
    }
    steps(&mut text, &digest.stops(), words);
    list(&mut text, labels.still, &digest.still_in_alarm);
    list(&mut text, labels.late, &digest.sent_by_cloudwatch);
    if digest.more > 0 {
        let _ = writeln!(text, "\n{}", words.digest_more(digest.more));
    }
    for problem in &digest.problems {
        let _ = writeln!(text, "\n{}: {}", labels.unknown, sentence(problem, language));
    }
    if !costs.is_empty() {
        let _ = writeln!(text, "\n{}", labels.costs);
    }
    for Cost { key, usd, per, .. } in costs {
        let _ = writeln!(text, "- {key}: USD {usd:.3}, {}", words.per(*per));
    }
    let _ = writeln!(text, "\n{} {}", labels.digest, digest.id);
    text
}

/// Who did what, in one line; nothing while nobody is known.
pub(super) fn headline(digest: &Digest, zone: &TimeZone, words: &dyn Words) -> Option<String> {
    let groups = || digest.alarms.iter().flat_map(|missed| &missed.activity);
    let named: Vec<String> =
        groups().take(NAMED).map(|it| who(&words.named(&shown(&name(it), WHO)), it, words)).collect();
    let others = groups().count().saturating_sub(NAMED);
    (!named.is_empty()).then(|| words.digest_headline(digest.from, digest.to, zone, &named, others))
}

fn who(name: &str, group: &Group, words: &dyn Words) -> String {
    words.digest_who(name, group.count, &origin(group))
}

/// What somebody did.
pub(super) fn did(group: &Group, zone: &TimeZone, words: &dyn Words) -> String {
    let (event, outcome) = (shown(&group.event, WHO), shown_outcome(&group.outcome, WHO));
    words.digest_did(&who(&shown(&group.who, WHO), group, words), &event, &outcome, group.last, zone)
}

fn alarm(text: &mut String, missed: &Missed, zone: &TimeZone, language: Language) {
    let words = language.words();
    let name = &shown(&missed.name, NAME);
    let told = MissedAlarm { name, times: missed.count, first: missed.first, last: missed.last };
    let _ = writeln!(text, "\n- {}", words.digest_alarm(&told, zone));
    for group in missed.activity.iter().take(ROWS) {
        let _ = writeln!(text, "  {}", did(group, zone, words));
        if let Some(history) = history(group, words, Some(zone)) {
            let _ = writeln!(text, "    {history}");
        }
    }
    let left_out = missed.more + missed.activity.len().saturating_sub(ROWS) as u64;
    if left_out > 0 {
        let _ = writeln!(text, "  {}", words.and_more(left_out));
    }
    for problem in &missed.problems {
        let _ = writeln!(text, "  {}: {}", words.labels().unknown, sentence(problem, language));
    }
    if !missed.reason.is_empty() {
        let _ = writeln!(text, "  {}", missed.reason);
    }
    for search in &missed.search {
        let pattern = if search.pattern.is_empty() { words.labels().every_event } else { search.pattern.as_str() };
        let _ = writeln!(text, "  {}", words.digest_searched(&search.log_group, pattern));
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
