//! Holidays from an iCalendar file (RFC 5545), as calendar programs and governments export them.
//!
//! Every all-day event is a holiday on each of its days. What cannot be read with certainty is a mistake: an event
//! that is left out would mute alarms on a day on which nobody is there.

use std::collections::BTreeSet;

use icalendar::parser::{Component, read_calendar, unfold};
use jiff::civil::Date;
use jiff::{Span, ToSpan as _};

/// Events that repeat every year are listed up to this year.
const LAST_YEAR: i16 = 2100;

/// The longest event, in days; more is a slip.
const LONGEST: i32 = 60;

/// Reads the holidays of a file.
///
/// # Errors
/// What is wrong, with the event's summary.
pub(super) fn holidays(text: &str) -> Result<BTreeSet<Date>, String> {
    let text = unfold(text.trim_start_matches('\u{feff}'));
    let calendar = read_calendar(&text).map_err(|why| {
        let line = why.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
        format!("no iCalendar file: {}", line.trim())
    })?;
    let mut all = BTreeSet::new();
    for event in calendar.components.iter().filter(|component| component.name == "VEVENT") {
        let days = event_days(event).map_err(|why| {
            let summary: String = value(event, "SUMMARY").unwrap_or("without summary").chars().take(60).collect();
            format!("event {summary:?}: {why}")
        })?;
        all.extend(days);
    }
    Ok(all)
}

fn value<'c>(event: &'c Component<'_>, name: &str) -> Option<&'c str> {
    let property = event.properties.iter().find(|property| property.name.as_ref().eq_ignore_ascii_case(name));
    property.map(|property| property.val.as_ref())
}

fn event_days(event: &Component<'_>) -> Result<Vec<Date>, String> {
    if value(event, "STATUS").is_some_and(|status| status.eq_ignore_ascii_case("CANCELLED")) {
        return Ok(Vec::new());
    }
    let first = date(value(event, "DTSTART").ok_or("it has no DTSTART")?)?;
    let days = length(event, first)?;
    if let Some(other) = ["RDATE", "EXDATE", "RECURRENCE-ID"].into_iter().find(|name| value(event, name).is_some()) {
        return Err(format!("{other} is not understood; write the single dates as events"));
    }
    let firsts = match value(event, "RRULE") {
        None => vec![first],
        Some(rule) if rule.eq_ignore_ascii_case("FREQ=YEARLY") => yearly(first),
        Some(rule) => return Err(format!("RRULE {rule:?} is not understood, only FREQ=YEARLY; write single events")),
    };
    let days_of = |first: Date| (0..days).filter_map(move |day| first.checked_add(day.days()).ok());
    Ok(firsts.into_iter().flat_map(days_of).collect())
}

/// The same day of each year; the 29th of February in leap years only, as RFC 5545 has it.
fn yearly(first: Date) -> Vec<Date> {
    let years = first.year()..=LAST_YEAR.max(first.year());
    years.filter_map(|year| Date::new(year, first.month(), first.day()).ok()).collect()
}

/// How many days an event has: `DTEND` is the first day after it.
fn length(event: &Component<'_>, first: Date) -> Result<i32, String> {
    if value(event, "DURATION").is_some() {
        return Err("DURATION is not understood; a DTEND is expected".to_owned());
    }
    let Some(end) = value(event, "DTEND") else { return Ok(1) };
    let end = date(end)?;
    let days = first.until(end).map_or(0, |span: Span| span.get_days());
    // Some programs write an end on the first day itself.
    match if end == first { 1 } else { days } {
        days @ 1..=LONGEST => Ok(days),
        _ => Err(format!("it lasts from {first} to {end}; 1 to {LONGEST} days are expected")),
    }
}

fn date(text: &str) -> Result<Date, String> {
    let digits = text.len() == 8 && text.bytes().all(|b| b.is_ascii_digit());
    if text.contains('T') {
        return Err(format!("{text:?} has a time of day; only all-day events are holidays"));
    }
    let parsed = Date::strptime("%Y%m%d", text).ok().filter(|_| digits);
    parsed.ok_or_else(|| format!("{text:?} is no date"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(events: &str) -> String {
        let events = events.trim().replace('\n', "\r\n");
        format!("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//test//EN\r\n{events}\r\nEND:VCALENDAR\r\n")
    }

    fn days(events: &str) -> Result<Vec<String>, String> {
        holidays(&file(events)).map(|days| days.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn all_day_events_are_holidays() {
        let events = "
BEGIN:VEVENT
UID:1
DTSTART;VALUE=DATE:20261229
DTEND;VALUE=DATE:20270104
SUMMARY:New year\\, the office
  is closed
END:VEVENT
BEGIN:VEVENT
UID:2
DTSTART;VALUE=DATE:20261123
SUMMARY:勤労感謝の日
END:VEVENT
BEGIN:VEVENT
UID:3
DTSTART;VALUE=DATE:20261124
DTEND;VALUE=DATE:20261124
STATUS:CANCELLED
END:VEVENT
BEGIN:VTODO
UID:4
DTSTART:20261125T090000Z
END:VTODO";
        let expected =
            ["2026-11-23", "2026-12-29", "2026-12-30", "2026-12-31", "2027-01-01", "2027-01-02", "2027-01-03"];
        assert_eq!(days(events).unwrap(), expected);
        assert_eq!(days(""), Ok(Vec::new()));
    }

    #[test]
    fn what_repeats_each_year_is_listed() {
        let all = days("BEGIN:VEVENT\nDTSTART;VALUE=DATE:20240229\nRRULE:FREQ=YEARLY\nEND:VEVENT").unwrap();
        assert_eq!(all[..3], ["2024-02-29", "2028-02-29", "2032-02-29"]);
    }

    #[test]
    fn what_is_not_understood_is_a_mistake() {
        let event = |lines: &str| format!("BEGIN:VEVENT\nSUMMARY:Party\n{lines}\nEND:VEVENT");
        let cases = [
            ("DTSTART:20261123T090000Z", "event \"Party\": \"20261123T090000Z\" has a time of day"),
            ("UID:1", "it has no DTSTART"),
            ("DTSTART;VALUE=DATE:20260230", "is no date"),
            ("DTSTART;VALUE=DATE:20261123\nRRULE:FREQ=MONTHLY", "FREQ=MONTHLY"),
            ("DTSTART;VALUE=DATE:20261123\nRRULE:FREQ=YEARLY;COUNT=2", "COUNT=2"),
            ("DTSTART;VALUE=DATE:20261123\nEXDATE;VALUE=DATE:20261123", "EXDATE"),
            ("DTSTART;VALUE=DATE:20261123\nDURATION:P2D", "DURATION"),
            ("DTSTART;VALUE=DATE:20261123\nDTEND;VALUE=DATE:20261122", "1 to 60 days"),
            ("DTSTART;VALUE=DATE:20261123\nDTEND;VALUE=DATE:20280101", "1 to 60 days"),
        ];
        for (lines, expected) in cases {
            let error = days(&event(lines)).unwrap_err();
            assert!(error.contains(expected), "{lines}: {error}");
        }
        for text in ["", "holidays", "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n"] {
            assert!(holidays(text).unwrap_err().contains("no iCalendar file"), "{text}");
        }
    }
}
