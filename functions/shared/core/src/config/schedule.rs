//! `[[schedule]]`.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use super::dom::{Node, Table, nearest};
use super::read::{section, zone};
use super::{AlarmSelector, Mechanism, Schedule, ics};
use crate::hours::{Calendar, Clock, Days, Holidays, Span, Window};

/// Alarm names have at most 255 characters (CloudWatch API reference, `PutMetricAlarm`).
const LONGEST_ALARM_NAME: usize = 255;

/// All schedules, or `None` when one of them has mistakes. `alarms` gets every selector that can be read.
pub(super) fn all(
    node: &Node<'_>,
    default_alarm: Option<&str>,
    alarms: &mut Vec<AlarmSelector>,
) -> Option<Vec<Schedule>> {
    // `schedule.timezone = …` and `[schedule]` make a file with one schedule shorter.
    let nodes = if node.is_table() { vec![node.clone()] } else { node.list()? };
    if nodes.is_empty() {
        node.wrong("at least one schedule is expected, the list is empty");
        return None;
    }
    let mut names = BTreeSet::new();
    let mut schedules = Some(Vec::new());
    for (index, node) in nodes.iter().enumerate() {
        let schedule = one(node, index, default_alarm, alarms, &mut names);
        schedules = schedules.zip(schedule).map(|(mut all, one)| {
            all.push(one);
            all
        });
    }
    schedules
}

fn one(
    node: &Node<'_>,
    index: usize,
    default_alarm: Option<&str>,
    all_alarms: &mut Vec<AlarmSelector>,
    names: &mut BTreeSet<String>,
) -> Option<Schedule> {
    let mut table = section(node)?;
    let name = match table.get("name") {
        None => Some(format!("schedule-{}", index + 1)),
        Some(node) => schedule_name(&node),
    };
    if let Some(name) = name.as_ref().filter(|name| !names.insert((*name).clone())) {
        table.wrong(format!("{name:?} is the name of another schedule already"));
    }
    let alarms = match table.get("alarms") {
        None => default_alarm.map(|name| vec![AlarmSelector::Exact(name.to_owned())]),
        Some(node) => selectors(&node),
    };
    all_alarms.extend(alarms.iter().flatten().cloned());
    let digest = table.get("digest").map_or(Some(true), |node| node.flag());
    let by = table.get("by").map_or(Some(Mechanism::default()), |node| mechanism(&node));
    let calendar = calendar(&mut table);
    table.finish();
    Some(Schedule { name: name?, calendar: calendar?, alarms: alarms?, digest: digest?, by: by? })
}

fn mechanism(node: &Node<'_>) -> Option<Mechanism> {
    match node.text("actions")? {
        "actions" => Some(Mechanism::Actions),
        "mute-rule" => Some(Mechanism::MuteRule),
        other => {
            let hint = nearest(other, &["actions", "mute-rule"]).map(|near| format!("; did you mean {near:?}?"));
            node.wrong(format!(
                "{other:?} is no way to mute; \"actions\" or \"mute-rule\" is expected{}",
                hint.unwrap_or_default()
            ));
            None
        }
    }
}

fn schedule_name(node: &Node<'_>) -> Option<String> {
    let text = node.text("tokyo-office")?;
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    if !(1..=64).contains(&text.len()) || !text.chars().all(allowed) {
        node.wrong(format!("{text:?} does not fit: a schedule's name is 1 to 64 of A-Z, a-z, 0-9, '.', '_' and '-'"));
        return None;
    }
    Some(text.to_owned())
}

/// Reads every element, and gives them all or none.
fn each<'a, T>(list: &[Node<'a>], read: impl Fn(&Node<'a>) -> Option<T>) -> Option<Vec<T>> {
    list.iter().map(read).collect::<Vec<_>>().into_iter().collect()
}

fn selectors(node: &Node<'_>) -> Option<Vec<AlarmSelector>> {
    let list = node.list()?;
    if list.is_empty() {
        node.wrong("at least one alarm is expected, the list is empty");
        return None;
    }
    each(&list, selector)
}

fn selector(node: &Node<'_>) -> Option<AlarmSelector> {
    let text = node.text("yakei-ConsoleLogin")?;
    let (stem, prefix) = text.strip_suffix('*').map_or((text, false), |stem| (stem, true));
    let complaint = if text.is_empty() {
        Some("the name is empty")
    } else if stem.is_empty() {
        Some("\"*\" alone would mute every alarm of the account; give a prefix before the '*'")
    } else if stem.contains('*') {
        Some("only one '*' is allowed, at the end")
    } else if stem.chars().any(char::is_control) || stem.chars().count() > LONGEST_ALARM_NAME {
        Some("no alarm can have this name (1 to 255 characters, no control characters)")
    } else {
        None
    };
    if let Some(complaint) = complaint {
        node.wrong(format!("{complaint}; expected is an alarm's name, or a prefix with one trailing '*'"));
        return None;
    }
    let stem = stem.to_owned();
    Some(if prefix { AlarmSelector::Prefix(stem) } else { AlarmSelector::Exact(stem) })
}

fn calendar(table: &mut Table<'_>) -> Option<Calendar> {
    let zone = table.require("timezone", "\"Asia/Tokyo\"").and_then(|node| zone(&node));
    let example = "[{ days = [\"Mon\"], start = \"09:00\", end = \"18:00\" }]";
    let windows = table.require("windows", example).and_then(|node| each(&node.list()?, window));
    let holidays = table.get("holidays").map_or(Some(BTreeSet::new()), |node| holidays(&node));
    let tables = table.get("holiday_calendars").map_or(Some(Vec::new()), |node| tables(&node));
    let imported = table.get("holiday_files").map_or(Some(BTreeSet::new()), |node| files(&node));
    let dates = table.get("dates").map_or(Some(BTreeMap::new()), |node| dates(&node));
    let holidays = holidays?.into_iter().chain(imported?).collect();
    Some(Calendar::new(zone?, windows?, holidays, dates?).with_holidays(tables?))
}

fn window(node: &Node<'_>) -> Option<Window> {
    let mut table = section(node)?;
    let days = table.require("days", "[\"Mon\", \"Tue\"]").and_then(|node| days(&node));
    let span = span(&mut table);
    table.finish();
    Some(Window { days: days?, span: span? })
}

fn days(node: &Node<'_>) -> Option<Days> {
    let mut days = Days::default();
    let list = node.list()?;
    if list.is_empty() {
        node.wrong(format!("at least one of {} is expected, the list is empty", Days::NAMES.join(", ")));
        return None;
    }
    let mut right = true;
    for node in &list {
        let Some(text) = node.text("Mon") else {
            right = false;
            continue;
        };
        if !days.add(text) {
            right = false;
            let short: String = text.chars().take(3).collect();
            let hint = nearest(text, &Days::NAMES).or_else(|| nearest(&short, &Days::NAMES));
            let hint = hint.map(|day| format!("; did you mean \"{day}\"?")).unwrap_or_default();
            node.wrong(format!("{text:?} is no day; one of {} is expected{hint}", Days::NAMES.join(", ")));
        }
    }
    right.then_some(days)
}

fn span(table: &mut Table<'_>) -> Option<Span> {
    let clock = |node: &Node<'_>, example| {
        let text = node.text(example)?;
        Clock::parse(text).map_err(|e| node.wrong(e.to_string())).ok()
    };
    let start_node = table.require("start", "\"09:00\"");
    let end = table.require("end", "\"18:00\"").and_then(|node| clock(&node, "18:00"));
    let start_node = start_node?;
    let start = clock(&start_node, "09:00")?;
    Span::new(start, end?).map_err(|e| start_node.wrong(e.to_string())).ok()
}

fn date(text: &str) -> Result<Date, String> {
    let shaped = text.len() == 10
        && text.bytes().enumerate().all(|(at, b)| if at == 4 || at == 7 { b == b'-' } else { b.is_ascii_digit() });
    if !shaped {
        return Err(format!("{text:?} is no date; \"YYYY-MM-DD\" is expected, for instance \"2026-11-23\""));
    }
    text.parse().map_err(|_| format!("{text:?} does not exist in the calendar; \"YYYY-MM-DD\" is expected"))
}

fn holidays(node: &Node<'_>) -> Option<BTreeSet<Date>> {
    let read = |node: &Node<'_>| {
        let text = node.text("2026-11-23")?;
        date(text).map_err(|e| node.wrong(e)).ok()
    };
    Some(each(&node.list()?, read)?.into_iter().collect())
}

fn tables(node: &Node<'_>) -> Option<Vec<&'static Holidays>> {
    let read = |node: &Node<'_>| {
        let text = node.text("jp")?;
        let table = Holidays::named(text);
        if table.is_none() {
            let known = Holidays::NAMES.join(", ");
            node.wrong(format!("{text:?} is no calendar of holidays; known: {known}; others are typed in holidays"));
        }
        table
    };
    each(&node.list()?, read)
}

fn files(node: &Node<'_>) -> Option<BTreeSet<Date>> {
    let read = |node: &Node<'_>| {
        let (name, text) = node.file("holidays.ics")?;
        ics::holidays(&text).map_err(|why| node.wrong(format!("{name}: {why}"))).ok()
    };
    Some(each(&node.list()?, read)?.into_iter().flatten().collect())
}

fn dates(node: &Node<'_>) -> Option<BTreeMap<Date, Vec<Span>>> {
    let read = |(key, node): (&str, Node<'_>)| {
        let date = date(key).map_err(|e| node.wrong(e)).ok();
        let spans = node.list().and_then(|list| {
            each(&list, |node| {
                let mut table = section(node)?;
                let span = span(&mut table);
                table.finish();
                span
            })
        });
        Some((date?, spans?))
    };
    node.table()?.entries().map(read).collect::<Vec<_>>().into_iter().collect()
}
