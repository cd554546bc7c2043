//! Holidays from an iCalendar file (RFC 5545), as Google, Outlook, Apple, Nextcloud and governments export them.
//!
//! Every event becomes days, or is named with its line: an event that is silently left out would mute alarms on a day
//! on which nobody is there. An event with a time of day is a meeting, no holiday; it is told and refuses nothing.

mod event;
mod lines;
mod moment;
mod repeat;
mod rule;
#[cfg(test)]
mod tests;
mod text;

use std::collections::BTreeSet;

use icalendar::parser::{Component, read_components};
use jiff::civil::Date;
use jiff::tz::TimeZone;

use event::{Event, Read};
use lines::Lines;

pub use text::text_of;

/// What is wanted of a file.
pub(super) struct Wanted<'w> {
    /// The schedule's zone, in which an instant in UTC is a date; without it such an event is not understood.
    pub(super) zone: Option<&'w TimeZone>,
    /// Only events whose description or categories hold this, in any letter case.
    pub(super) only: Option<&'w str>,
}

/// What a file holds.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Holidays {
    /// The holidays.
    pub(super) days: BTreeSet<Date>,
    /// Events that are no holidays because they have a time of day, a line each.
    pub(super) meetings: Vec<String>,
}

/// Reads the holidays of a file.
///
/// # Errors
/// Everything that is wrong, each with its line in the file.
pub(super) fn holidays(text: &str, wanted: &Wanted<'_>) -> Result<Holidays, Vec<String>> {
    let lines = Lines::of(text);
    lines.framed().map_err(|why| vec![format!("no iCalendar file: {why}")])?;
    let unfolded = lines.in_one();
    let roots = read_components(&unfolded).map_err(|why| vec![not_a_calendar(&why)])?;
    let mut events = Vec::new();
    for root in &roots {
        collect(root, &mut events);
    }
    let begins = lines.events();
    if let Some(line) = begins.get(events.len()) {
        return Err(vec![format!("line {line}: this event cannot be read; is an END before it missing or misspelt?")]);
    }
    if events.is_empty() {
        return Err(vec!["it holds no event (VEVENT), and so no holiday".to_owned()]);
    }
    let events: Vec<Event<'_>> = events.into_iter().zip(begins).map(|(it, line)| Event::of(it, line)).collect();
    days(&events, wanted)
}

fn days(events: &[Event<'_>], wanted: &Wanted<'_>) -> Result<Holidays, Vec<String>> {
    let chosen: Vec<&Event<'_>> = events.iter().filter(|event| event.is_about(wanted.only)).collect();
    if let (true, Some(only)) = (chosen.is_empty(), wanted.only) {
        return Err(vec![format!("none of its {} events has {only:?} in DESCRIPTION or CATEGORIES", events.len())]);
    }
    let mut mistakes = Vec::new();
    let mut holidays = Holidays::default();
    let read: Vec<(&Event<'_>, Read)> = chosen
        .iter()
        .filter_map(|event| match event.read(wanted.zone) {
            Ok(read) => Some((*event, read)),
            Err(why) => {
                mistakes.push(format!("{event}: {why}"));
                None
            }
        })
        .collect();
    let moved = moved(&read);
    for (event, read) in &read {
        match read {
            Read::Days(days) => {
                let left = |first: &Date| !moved.contains(&(event.uid(), *first)) || days.instead_of.is_some();
                match days.all() {
                    Ok(firsts) => holidays.days.extend(firsts.into_iter().filter(left).flat_map(|it| days.from(it))),
                    Err(why) => mistakes.push(format!("{event}: {why}")),
                }
            }
            Read::Meeting => {
                holidays.meetings.push(format!("{event} has a time of day: it is no holiday and was left out"));
            }
            Read::Cancelled(_) => {}
        }
    }
    if mistakes.is_empty() && holidays.days.is_empty() && !holidays.meetings.is_empty() {
        mistakes.push("every event in it has a time of day; only all-day events are holidays".to_owned());
    }
    if mistakes.is_empty() { Ok(holidays) } else { Err(mistakes) }
}

/// Every event in the file's order, also in components that this does not know.
fn collect<'c, 't>(component: &'c Component<'t>, into: &mut Vec<&'c Component<'t>>) {
    if component.name.as_str().eq_ignore_ascii_case("VEVENT") {
        into.push(component);
    }
    for inner in &component.components {
        collect(inner, into);
    }
}

fn not_a_calendar(why: &str) -> String {
    let line = why.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    format!("no iCalendar file: {}", line.trim())
}

/// The dates of series for which another event stands, or that do not take place.
fn moved<'e>(read: &[(&Event<'e>, Read)]) -> BTreeSet<(Option<&'e str>, Date)> {
    let date = |read: &Read| match read {
        Read::Days(days) => days.instead_of,
        Read::Cancelled(date) => *date,
        // In doubt, a holiday: a meeting takes none away.
        Read::Meeting => None,
    };
    read.iter().filter_map(|(event, read)| Some((event.uid(), date(read)?))).collect()
}
