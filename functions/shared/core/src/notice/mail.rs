//! The notice as plain text, for mail and for whatever shows text.

use std::fmt::Write as _;

use unicode_width::UnicodeWidthStr as _;

use super::answers;
use super::language::words::{Labels, Words};
use super::model::{Notice, Search};
use super::style::Style;
use super::words::{alarm_name, found, headline, next};
use crate::activity::Group;
use crate::text::{clean, lines, shown, shown_outcome, wide_lines};

/// How many rows a table has at most. The JSON holds more of them.
const ROWS: usize = 25;
/// The widest that a cell may be: with the time and the count before it, a mail client's 72 columns.
const CELL: usize = 44;
/// How wide labels are, with the blanks after them.
const LABEL: usize = 11;

impl Notice {
    /// The text of the mail. Lines are never longer than a pattern or a link makes them.
    pub fn mail(&self, style: &Style<'_>) -> String {
        text(self, style)
    }
}

fn text(notice: &Notice, style: &Style<'_>) -> String {
    let words = style.language.words();
    let labels = words.labels();
    let mut out = format!("{}\n\n", headline(notice, style));
    facts(&mut out, notice, style);
    activity(&mut out, notice, words);
    table(&mut out, words, labels.nearby, &notice.nearby, 0, home(notice));
    if let Some(next) = next(notice, style) {
        let _ = write!(out, "\n{}{}\n", head(labels.next), clean(next, 500));
    }
    answers::to_stop(&mut out, notice, style);
    searches(&mut out, &notice.search, words);
    problems(&mut out, notice, style);
    match &notice.said {
        Some(said) if !said.is_nothing() => {
            let _ = write!(out, "\n{}{}\n", head(labels.it_says), words.said(said));
        }
        None if !notice.alarm.reason.is_empty() => {
            let _ = write!(out, "\n{}{}\n", head(labels.aws_says), notice.alarm.reason);
        }
        _ => {}
    }
    let _ = write!(out, "\n{}{}\n", head(labels.notice), notice.id);
    out
}

/// A label, as wide as all of them.
pub(super) fn head(label: &str) -> String {
    format!("{label}{}", " ".repeat(LABEL.saturating_sub(label.width()).max(1)))
}

fn facts(out: &mut String, notice: &Notice, style: &Style<'_>) {
    let (alarm, words) = (&notice.alarm, style.language.words());
    let labels: &Labels = words.labels();
    match answers::histories(notice, style).as_slice() {
        [one] => {
            let _ = writeln!(out, "{}{one}", head(labels.history));
        }
        several => {
            let label = if several.is_empty() { "" } else { labels.history };
            let lines = several.iter().map(|it| format!("- {it}"));
            let lines: Vec<_> = std::iter::once(label.to_owned()).filter(|it| !it.is_empty()).chain(lines).collect();
            let _ = lines.iter().try_for_each(|line| writeln!(out, "{line}"));
        }
    }
    if let Some(name) = alarm_name(notice) {
        let (before, now) = (alarm.previous.as_str(), alarm.state.as_str());
        let _ = writeln!(out, "{}{name}  {before} -> {now}", head(labels.alarm));
        if let Some(at) = alarm.changed_at {
            let _ = writeln!(out, "  {}", words.when(at, style.local));
        }
    }
    if let Some(description) =
        style.notice.filter(|_| alarm.name.is_some()).or(alarm.description.as_deref()).filter(|it| !it.is_empty())
    {
        let _ = writeln!(out, "  {description}");
    }
    let place: Vec<_> = [&alarm.account, &alarm.region].into_iter().flatten().map(String::as_str).collect();
    if !place.is_empty() {
        let _ = writeln!(out, "{}{}", head(labels.account), place.join("  "));
    }
    if !notice.search.is_empty() {
        let _ = writeln!(out, "{}{}", head(labels.found), found(notice, style));
    }
    if notice.ignored > 0 {
        let ignored = words.ignored(notice.ignored, &notice.ignored_because);
        let _ = writeln!(out, "{}{ignored}", head(labels.ignored));
    }
}

/// What is new before what the first notice should have told.
fn activity(out: &mut String, notice: &Notice, words: &dyn Words) {
    let heading = if notice.is_attributed() { "" } else { words.labels().perhaps };
    let at = notice.activity.iter().take_while(|it| it.new).count();
    let (new, before) = notice.activity.split_at_checked(at).unwrap_or_default();
    let more = |groups: &[Group]| if groups.is_empty() { 0 } else { notice.more };
    let home = home(notice);
    table(out, words, heading, new, if before.is_empty() { more(new) } else { 0 }, home);
    table(out, words, words.labels().before, before, more(before), home);
}

/// The alarm's own account and Region.
fn home(notice: &Notice) -> [&str; 2] {
    [&notice.alarm.account, &notice.alarm.region].map(|it| it.as_deref().unwrap_or_default())
}

/// Columns that line up, an entry on two lines, or on three where anything happened elsewhere than at home: on one line
/// they would be wider than a mail client's 72 columns, and on a phone nothing would line up any more.
fn table(out: &mut String, words: &dyn Words, title: &str, groups: &[Group], more: u64, home: [&str; 2]) {
    if groups.is_empty() {
        return;
    }
    let elsewhere = groups.iter().any(|it| [it.account.as_str(), it.region.as_str()] != home);
    let heads = words.labels().heads.map(str::to_owned).to_vec();
    let rows: Vec<_> = std::iter::once(heads).chain(groups.iter().take(ROWS).map(row)).collect();
    let part = |columns: std::ops::Range<usize>| {
        let cells: Vec<_> = rows.iter().map(|it| it.get(columns.clone()).unwrap_or_default().to_vec()).collect();
        if words.labels().wide { wide_lines(&cells) } else { lines(&cells) }
    };
    let (first, second, third) = (part(0..3), part(3..6), part(6..8));
    let _ = write!(out, "\n{title}{}", if title.is_empty() { "" } else { "\n" });
    for ((first, second), third) in first.iter().zip(&second).zip(&third) {
        let _ = writeln!(out, "{first}\n  {second}");
        if elsewhere {
            let _ = writeln!(out, "  {third}");
        }
    }
    let left_out = u64::try_from(groups.len().saturating_sub(ROWS)).unwrap_or(u64::MAX).saturating_add(more);
    if left_out > 0 {
        let _ = writeln!(out, "{}", words.and_more(left_out));
    }
}

fn row(group: &Group) -> Vec<String> {
    let cell = |text: &str| if text.is_empty() { "-".to_owned() } else { shown(text, CELL) };
    let outcome = |text: &str| shown_outcome(text, CELL);
    vec![
        group.last.strftime("%Y-%m-%d %H:%M:%S").to_string(),
        group.count.to_string(),
        cell(&group.who),
        cell(&group.event),
        outcome(&group.outcome),
        cell(&group.source_ip),
        cell(&group.account),
        cell(&group.region),
    ]
}

fn searches(out: &mut String, searches: &[Search], words: &dyn Words) {
    let labels = words.labels();
    for search in searches {
        let span = words.span(search.from, search.to);
        let pattern = if search.pattern.is_empty() { labels.every_event } else { &search.pattern };
        let _ = write!(out, "\n{}{}\n  {span}\n  {pattern}\n", head(labels.searched), search.log_group);
        if let Some(url) = &search.console_url {
            let _ = writeln!(out, "  {url}");
        }
    }
}

fn problems(out: &mut String, notice: &Notice, style: &Style<'_>) {
    if !notice.problems.is_empty() {
        let _ = write!(out, "\n{}\n", style.language.words().labels().problems);
    }
    for problem in &notice.problems {
        let _ = writeln!(out, "- {}", style.language.problem(problem));
    }
}
