//! A schedule's zone, windows, holidays and dates.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use super::dom::{Node, Table, each, nearest, section, zone};
use super::ics;
use crate::hours::{Calendar, Clock, Days, Holidays, Span, Window, Zone};

pub(super) fn calendar(table: &mut Table<'_>) -> Option<Calendar> {
    let zone = table.require("timezone", "\"Asia/Tokyo\"").and_then(|node| zone(&node));
    let example = "[{ days = [\"Mon\"], start = \"09:00\", end = \"18:00\" }]";
    let windows = table.require("windows", example).and_then(|node| each(&node.list()?, window));
    let holidays = table.get("holidays").map_or(Some(BTreeSet::new()), |node| holidays(&node));
    let tables = table.get("holiday_calendars").map_or(Some(Vec::new()), |node| tables(&node));
    let imported = table.get("holiday_files").map_or(Some(BTreeSet::new()), |node| files(&node, zone.as_ref()));
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
        if days.has(text) {
            right = false;
            node.wrong(format!("{text:?} stands twice; each day is named once"));
        } else if !days.add(text) {
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

/// Calendars in files beside the config. An instant in UTC is a date of the schedule's zone.
fn files(node: &Node<'_>, zone: Option<&Zone>) -> Option<BTreeSet<Date>> {
    let read = |node: &Node<'_>| {
        let (name, text, only) = if node.is_table() {
            let mut table = section(node)?;
            let file = table.require("file", "\"holidays.ics\"").and_then(|node| node.file("holidays.ics"));
            let only = table.get("only").map_or(Some(None), |node| only(&node).map(Some));
            table.finish();
            let ((name, text), only) = (file?, only?);
            (name, text, only)
        } else {
            let (name, text) = node.file("holidays.ics")?;
            (name, text, None)
        };
        let wanted = ics::Wanted { zone: zone.map(Zone::time_zone), only: only.as_deref() };
        match ics::holidays(&text, &wanted) {
            Ok(holidays) => {
                for meeting in &holidays.meetings {
                    node.remark(format!("{name}, {meeting}"));
                }
                Some(holidays.days)
            }
            Err(mistakes) => {
                for why in &mistakes {
                    node.wrong(format!("{name}: {why}"));
                }
                None
            }
        }
    };
    Some(each(&node.list()?, read)?.into_iter().flatten().collect())
}

fn only(node: &Node<'_>) -> Option<String> {
    let text = node.text("Public holiday")?.trim();
    if text.is_empty() {
        node.wrong("words of the events' DESCRIPTION or CATEGORIES are expected, this is empty");
        return None;
    }
    Some(text.to_owned())
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
