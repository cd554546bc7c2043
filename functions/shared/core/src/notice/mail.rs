//! The notice as plain text, for mail and for whatever shows text.

use std::fmt::Write as _;

use jiff::tz::TimeZone;

use super::model::{Notice, Search};
use super::style::Style;
use super::words::{alarm_name, found, headline, next, when};
use crate::activity::Group;
use crate::text::{clean, lines, shown, shown_outcome};

/// How many rows a table has at most. The JSON holds more of them.
const ROWS: usize = 25;
/// The widest that a cell may be.
const CELL: usize = 48;

impl Notice {
    /// The text of the mail. Lines are never longer than a pattern or a link makes them.
    pub fn mail(&self, style: &Style<'_>) -> String {
        text(self, style)
    }
}

fn text(notice: &Notice, style: &Style<'_>) -> String {
    let mut out = format!("{}\n\n", headline(notice, style.local));
    facts(&mut out, notice, style.local);
    activity(&mut out, notice);
    table(&mut out, "Nearby, outside the alarm's own window:\n", &notice.nearby, 0);
    if let Some(next) = next(notice, style) {
        let _ = write!(out, "\nNext       {}\n", clean(next, 500));
    }
    searches(&mut out, &notice.search);
    problems(&mut out, notice);
    if !notice.alarm.reason.is_empty() {
        let _ = write!(
            out,
            "\n{}   {}\n",
            if notice.alarm.name.is_some() { "AWS says" } else { "It says " },
            notice.alarm.reason
        );
    }
    let _ = write!(out, "\nNotice     {}\n", notice.id);
    out
}

fn facts(out: &mut String, notice: &Notice, local: Option<&TimeZone>) {
    let alarm = &notice.alarm;
    if let Some(name) = alarm_name(notice) {
        let changed = alarm.changed_at.map_or(String::new(), |at| format!("  {}", when(at, local)));
        let _ = writeln!(out, "Alarm      {name}  {} -> {}{changed}", alarm.previous.as_str(), alarm.state.as_str());
    }
    if let Some(description) = alarm.description.as_deref().filter(|it| !it.is_empty()) {
        let _ = writeln!(out, "           {description}");
    }
    let place: Vec<_> = [&alarm.account, &alarm.region].into_iter().flatten().map(String::as_str).collect();
    if !place.is_empty() {
        let _ = writeln!(out, "Account    {}", place.join("  "));
    }
    if !notice.search.is_empty() {
        let _ = writeln!(out, "Found      {}", found(notice));
    }
    if notice.ignored > 0 {
        let because = notice.ignored_because.join("; ");
        let _ = writeln!(out, "Ignored    {} of them, as agreed in [[notify.ignore]]: {because}", notice.ignored);
    }
}

/// What is new before what the first notice should have told.
fn activity(out: &mut String, notice: &Notice) {
    let heading = if notice.is_attributed() { "" } else { PERHAPS };
    let at = notice.activity.iter().take_while(|it| it.new).count();
    let (new, before) = notice.activity.split_at_checked(at).unwrap_or_default();
    let more = |groups: &[Group]| if groups.is_empty() { 0 } else { notice.more };
    table(out, heading, new, if before.is_empty() { more(new) } else { 0 });
    table(out, BEFORE, before, more(before));
}

/// Over activity of which the alarm may have counted none.
const PERHAPS: &str = "Found in these minutes, perhaps something else than what the alarm counted:\n";
/// Over an alarm's activity at its end that is not new.
const BEFORE: &str = "Known when it went off (the first notice should have told this):\n";

fn table(out: &mut String, title: &str, groups: &[Group], more: u64) {
    if groups.is_empty() {
        return;
    }
    let heads = ["LAST (UTC)", "COUNT", "WHO", "WHAT", "OUTCOME", "FROM", "ACCOUNT", "REGION"].map(str::to_owned);
    let rows: Vec<_> = std::iter::once(heads.to_vec()).chain(groups.iter().take(ROWS).map(row)).collect();
    let _ = write!(out, "\n{title}");
    for line in lines(&rows) {
        let _ = writeln!(out, "{line}");
    }
    let left_out = u64::try_from(groups.len().saturating_sub(ROWS)).unwrap_or(u64::MAX).saturating_add(more);
    if left_out > 0 {
        let _ = writeln!(out, "and {left_out} more");
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

fn searches(out: &mut String, searches: &[Search]) {
    for search in searches {
        let (from, to) = (search.from.strftime("%Y-%m-%d %H:%M:%S"), search.to.strftime("%Y-%m-%d %H:%M:%S"));
        let pattern = if search.pattern.is_empty() { "(every event)" } else { &search.pattern };
        let _ = write!(out, "\nSearched   {}  {from} to {to} UTC\n           {pattern}\n", search.log_group);
        if let Some(url) = &search.console_url {
            let _ = writeln!(out, "           {url}");
        }
    }
}

fn problems(out: &mut String, notice: &Notice) {
    if !notice.problems.is_empty() {
        let _ = write!(out, "\nWhat is not known, or not as it should be:\n");
    }
    for problem in &notice.problems {
        let _ = writeln!(out, "- {problem}");
    }
}
