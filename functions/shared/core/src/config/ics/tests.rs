use jiff::tz::TimeZone;

use super::*;

fn file(events: &str) -> String {
    let events = events.trim().replace('\n', "\r\n");
    format!("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//test//EN\r\n{events}\r\nEND:VCALENDAR\r\n")
}

fn read(text: &str, only: Option<&str>) -> Result<Holidays, Vec<String>> {
    let zone = TimeZone::get("Asia/Tokyo").unwrap();
    holidays(text, &Wanted { zone: Some(&zone), only })
}

fn dates(text: &str) -> Vec<String> {
    read(text, None).unwrap_or_else(|why| panic!("{why:?}: {text}")).days.iter().map(ToString::to_string).collect()
}

fn days(events: &str) -> Vec<String> {
    dates(&file(events))
}

fn one(lines: &str) -> Vec<String> {
    days(&format!("BEGIN:VEVENT\nUID:1\nSUMMARY:Closed\n{lines}\nEND:VEVENT"))
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
    let expected = ["2026-11-23", "2026-12-29", "2026-12-30", "2026-12-31", "2027-01-01", "2027-01-02", "2027-01-03"];
    assert_eq!(days(events), expected);
}

#[test]
fn each_way_of_writing_a_whole_day_is_read() {
    let cases = [
        ("DTSTART;VALUE=DATE:20261225\nDURATION:P1D", "2026-12-25 2026-12-25"),
        ("DTSTART;VALUE=DATE:20261225\nDURATION:P1W", "2026-12-25 2026-12-31"),
        ("DTSTART:20261225\nDURATION:PT48H", "2026-12-25 2026-12-26"),
        ("DTSTART;VALUE=DATE:20261225\nDURATION:P1DT1H", "2026-12-25 2026-12-26"),
        ("dtstart;value=date:20261225\ndtend;value=date:20261226", "2026-12-25 2026-12-25"),
        ("DTSTART;VALUE=DATE:20261225\nDTEND:20261226T000000", "2026-12-25 2026-12-25"),
        ("DTSTART;VALUE=DATE:20261225\nDTEND:20261226T120000", "2026-12-25 2026-12-26"),
        ("DTSTART;VALUE=DATE:20261225\nDTEND:20261225T150000Z", "2026-12-25 2026-12-25"),
        (
            "DTSTART;TZID=\"Tokyo Standard Time\":20261225T000000\nDTEND;TZID=\"Tokyo Standard Time\":20261226T000000\nX-MICROSOFT-CDO-ALLDAYEVENT:TRUE",
            "2026-12-25 2026-12-25",
        ),
        ("DTSTART:20261225T000000\nX-MICROSOFT-MSNCALENDAR-ALLDAYEVENT:TRUE", "2026-12-25 2026-12-25"),
        ("DTSTART:20261224T150000Z\nDTEND:20261225T150000Z\nX-Microsoft-CDO-AllDayEvent:true", "2026-12-25 2026-12-25"),
        // Without the mark it is a whole day all the same.
        ("DTSTART;TZID=Asia/Tokyo:20261225T000000\nDTEND;TZID=Asia/Tokyo:20261227T000000", "2026-12-25 2026-12-26"),
    ];
    for (lines, expected) in cases {
        let days = one(lines);
        assert_eq!(format!("{} {}", days.first().unwrap(), days.last().unwrap()), expected, "{lines}");
    }
}

#[test]
fn repetitions_are_those_of_the_standard() {
    let cases: [(&str, &[&str]); 12] = [
        ("20240229\nRRULE:FREQ=YEARLY", &["2024-02-29", "2028-02-29", "2032-02-29"]),
        ("20231225\nRRULE:FREQ=YEARLY;INTERVAL=1", &["2023-12-25", "2024-12-25", "2025-12-25"]),
        ("20231225\nRRULE:FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=25", &["2023-12-25", "2024-12-25", "2025-12-25"]),
        ("20251225\nRRULE:FREQ=YEARLY;COUNT=2", &["2025-12-25", "2026-12-25"]),
        ("20251225\nRRULE:FREQ=YEARLY;UNTIL=20271225", &["2025-12-25", "2026-12-25", "2027-12-25"]),
        ("20251225\nRRULE:FREQ=YEARLY;UNTIL=20271224T150000Z", &["2025-12-25", "2026-12-25", "2027-12-25"]),
        ("20251225\nrrule:freq=yearly;until=20271224", &["2025-12-25", "2026-12-25"]),
        ("20261126\nRRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=4TH", &["2026-11-26", "2027-11-25", "2028-11-23"]),
        ("20260525\nRRULE:FREQ=YEARLY;BYMONTH=5;BYDAY=-1MO", &["2026-05-25", "2027-05-31", "2028-05-29"]),
        ("20260105\nRRULE:FREQ=WEEKLY;COUNT=3\nEXDATE;VALUE=DATE:20260112", &["2026-01-05", "2026-01-19"]),
        ("20260105\nRDATE;VALUE=DATE:20260107,20260109", &["2026-01-05", "2026-01-07", "2026-01-09"]),
        // The first day counts, though the rule does not meet it.
        ("20261224\nRRULE:FREQ=YEARLY;BYMONTHDAY=25;BYMONTH=12;COUNT=1", &["2026-12-24", "2026-12-25"]),
    ];
    for (lines, expected) in cases {
        let days = one(&format!("DTSTART;VALUE=DATE:{lines}"));
        assert_eq!(days.iter().take(expected.len()).collect::<Vec<_>>(), expected, "{lines}");
    }
    assert_eq!(one("DTSTART;VALUE=DATE:20261225\nRRULE:FREQ=YEARLY").last().unwrap(), "2100-12-25");
}

#[test]
fn one_date_of_a_series_can_be_moved_or_cancelled() {
    let events = "
BEGIN:VEVENT
UID:1
DTSTART;VALUE=DATE:20251225
RRULE:FREQ=YEARLY;COUNT=3
END:VEVENT
BEGIN:VEVENT
UID:1
RECURRENCE-ID;VALUE=DATE:20261225
DTSTART;VALUE=DATE:20261228
END:VEVENT
BEGIN:VEVENT
UID:1
RECURRENCE-ID;VALUE=DATE:20271225
STATUS:CANCELLED
END:VEVENT";
    assert_eq!(days(events), ["2025-12-25", "2026-12-28"]);
}

#[test]
fn no_event_is_missed_wherever_and_however_it_stands() {
    let event = "BEGIN:VEVENT\r\nUID:1\r\nDTSTART;VALUE=DATE:20261225\r\nEND:VEVENT\r\n";
    let calendar = format!("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{event}END:VCALENDAR\r\n");
    let zone = "BEGIN:VTIMEZONE\r\nTZID:Asia/Tokyo\r\nEND:VTIMEZONE\r\n";
    let texts = [
        calendar.to_lowercase(),
        calendar.replace("\r\n", "\n"),
        calendar.replace("\r\n", "\r"),
        format!("\u{feff}{calendar}"),
        format!("{zone}{calendar}"),
        format!("BEGIN:VCALENDAR\r\nBEGIN:X-GROUP\r\n{event}END:X-GROUP\r\nEND:VCALENDAR\r\n"),
        format!("BEGIN:VCALENDAR\r\nBEGIN:VTODO\r\nUID:x\r\nEND:VTODO\r\nEND:VCALENDAR\r\n{calendar}"),
        calendar.replace("BEGIN:VEVENT", "begin:VEvent").replace("END:VEVENT", "End:vevent"),
        calendar.replace("UID:1", "BEGIN:VALARM\r\nTRIGGER:-PT30M\r\nEND:VALARM\r\nUID:1"),
        calendar.replace("20261225", "2026\r\n 1225"),
        calendar.replace("END:VEVENT", "\r\nEND:VEVENT  "),
    ];
    for text in texts {
        assert_eq!(dates(&text), ["2026-12-25"], "{text}");
    }
    let second = calendar.replace("20261225", "20261231");
    assert_eq!(dates(&format!("{calendar}{second}")), ["2026-12-25", "2026-12-31"]);
}

#[test]
fn a_meeting_is_named_and_refuses_nothing() {
    let events = "
BEGIN:VEVENT
DTSTART;VALUE=DATE:20261225
END:VEVENT
BEGIN:VEVENT
DTSTART:20261218T060000Z
DTEND:20261218T070000Z
SUMMARY:Year-end party
END:VEVENT";
    let read = read(&file(events), None).unwrap();
    assert_eq!(read.days.len(), 1);
    assert_eq!(
        read.meetings,
        ["line 7: event \"Year-end party\" has a time of day: it is no holiday and was left out"]
    );
}

#[test]
fn observances_can_be_left_out() {
    let event = |day: &str, about: &str| format!("BEGIN:VEVENT\nDTSTART;VALUE=DATE:{day}\n{about}\nEND:VEVENT\n");
    let events = event("20261225", "DESCRIPTION:Public holiday")
        + &event("20261224", "DESCRIPTION:Observance\\nTo hide observances\\, go to settings")
        + &event("20261226", "CATEGORIES:Holidays,PUBLIC HOLIDAY")
        + &event("20261231", "");
    let only = |only| read(&file(&events), Some(only)).map(|it| it.days.len());
    assert_eq!(only("Public holiday"), Ok(2));
    assert_eq!(only("observances, go"), Ok(1));
    let none = only("Feiertag").unwrap_err();
    assert_eq!(none, ["none of its 4 events has \"Feiertag\" in DESCRIPTION or CATEGORIES"]);
}

#[test]
fn what_is_not_understood_is_a_mistake_with_its_line() {
    let event = |lines: &str| file(&format!("BEGIN:VEVENT\nSUMMARY:Party\n{lines}\nEND:VEVENT"));
    let cases = [
        ("UID:1", "it has no DTSTART"),
        ("DTSTART;VALUE=DATE:20260230", "is no date"),
        ("DTSTART:2026-12-25", "is no date"),
        ("DTSTART;VALUE=DATE:20261123\nRRULE:FREQ=HOURLY", "within a day"),
        ("DTSTART;VALUE=DATE:20261123\nRRULE:FREQ=SOMETIMES", "RRULE"),
        ("DTSTART;VALUE=DATE:20261123\nRRULE:FREQ=YEARLY;BYMONTH=13", "RRULE"),
        ("DTSTART;VALUE=DATE:20261123\nEXDATE:tomorrow", "is no date"),
        ("DTSTART;VALUE=DATE:20261123\nDURATION:-P2D", "DURATION"),
        ("DTSTART;VALUE=DATE:20261123\nDURATION:long", "DURATION"),
        ("DTSTART;VALUE=DATE:20261123\nDTEND;VALUE=DATE:20261122", "1 to 60 days"),
        ("DTSTART;VALUE=DATE:20261123\nDTEND;VALUE=DATE:20280101", "1 to 60 days"),
        ("DTSTART:20261225T090000\nX-MICROSOFT-CDO-ALLDAYEVENT:TRUE", "marked as all-day"),
        ("DTSTART;VALUE=DATE:20261123\nRECURRENCE-ID;RANGE=THISANDFUTURE:20261123", "RANGE"),
    ];
    for (lines, expected) in cases {
        let errors = read(&event(lines), None).unwrap_err();
        assert!(errors[0].starts_with("line 4: event \"Party\": "), "{lines}: {errors:?}");
        assert!(errors[0].contains(expected), "{lines}: {errors:?}");
    }
    let both = file("BEGIN:VEVENT\nUID:1\nEND:VEVENT\nBEGIN:VEVENT\nUID:2\nEND:VEVENT");
    assert_eq!(read(&both, None).unwrap_err().len(), 2);
}

#[test]
fn a_file_without_holidays_is_a_mistake() {
    let cases = [
        ("", "no iCalendar file"),
        ("BEGIN:VCALENDAR\nEND:VCALENDAR", "no event"),
        ("holidays", "no iCalendar file"),
        ("BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n", "no iCalendar file"),
        ("BEGIN:VCALENDAR\nBEGIN:VJOURNAL\nDTSTART;VALUE=DATE:20261225\nEND:VJOURNAL\nEND:VCALENDAR", "no event"),
        ("BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20261218T060000Z\nEND:VEVENT\nEND:VCALENDAR", "has a time of day"),
    ];
    for (text, expected) in cases {
        let errors = read(text, None).unwrap_err();
        assert!(errors.join("\n").contains(expected), "{text}: {errors:?}");
    }
    let broken = [
        (
            "BEGIN:VCALENDAR\nBEGIN:VEVENT\nEND:VCALENDAR",
            "line 3: END:VCALENDAR stands where BEGIN:VEVENT of line 2 ends",
        ),
        ("BEGIN:VCALENDAR\nEND:VCALENDAR\nEND:VCALENDAR", "line 3: END:VCALENDAR without a BEGIN"),
        ("BEGIN:VCALENDAR\nEND:VCALENDAR\nand so on", "line 3: BEGIN:VCALENDAR is expected here"),
        ("BEGIN:VCALENDAR\nVERSION\nEND:VCALENDAR", "line 2: NAME:VALUE is expected here"),
        ("BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20261225", "line 1: BEGIN:VCALENDAR has no END"),
    ];
    for (text, expected) in broken {
        assert_eq!(read(text, None).unwrap_err(), [format!("no iCalendar file: {expected}")]);
    }
    let deep = "BEGIN:A\n".repeat(100_000);
    assert!(read(&deep, None).unwrap_err()[0].contains("deep"));
}
