//! A calendar as a picture: people check a calendar by looking at it.
//!
//! Two weeks from the day of `now`, a row a day, a cell an hour of local time. What a cell shows is what
//! [`Calendar::at`] answers for that reading of the clock, so the picture cannot differ from what is done.

use std::fmt::Write as _;

use jiff::civil::{Date, DateTime};
use jiff::tz::{AmbiguousOffset, TimeZoneTransition};
use jiff::{SignedDuration, Span, Timestamp};

use super::calendar::Calendar;
use super::zone::tzdata_version;

/// How many days are shown.
const DAYS: i64 = 14;

const MUTED: char = '█';
const PARTLY: char = '▄';
const ARMED: char = '·';
const SKIPPED: char = ' ';

impl Calendar {
    /// The picture of a schedule, for a terminal.
    pub fn picture(&self, name: &str, now: Timestamp) -> String {
        let today = now.to_zoned_datetime(self.zone.time_zone().clone()).date();
        let mut text = format!(
            "{name}, {} (zone data {})   {MUTED} muted  {PARTLY} partly  {ARMED} armed\n",
            self.zone.name(),
            tzdata_version()
        );
        text += "                   0  3  6  9  12 15 18 21\n";
        for date in today.series(Span::new().days(1)).take(usize::try_from(DAYS).unwrap_or(14)) {
            let cells: String = (0..24).map(|hour| self.cell(date, hour)).collect();
            let marker = if date == today { '>' } else { ' ' };
            let row =
                format!("{marker} {} {date}   {cells}  {}", date.strftime("%a"), self.notes(date, now).join("; "));
            let _ = writeln!(text, "{}", row.trim_end());
        }
        text += &self.footer(now);
        text
    }

    fn footer(&self, now: Timestamp) -> String {
        let zone = self.zone.time_zone();
        let stands = |muted: bool| if muted { "muted" } else { "armed" };
        let reading = self.at(now);
        let mut line =
            format!("now {}: {}", reading.local.strftime("%a %Y-%m-%d %H:%M"), stands(reading.in_business_hours));
        match self.next_change(now) {
            Some(change) => {
                let local = change.to_zoned_datetime(zone.clone());
                let _ = write!(
                    line,
                    "; {} from {}",
                    stands(!reading.in_business_hours),
                    local.strftime("%a %Y-%m-%d %H:%M %Z")
                );
            }
            None => line += "; no change within 400 days",
        }
        line + "\n"
    }

    /// One hour of local time: muted, armed, some of both, or skipped by the clock.
    fn cell(&self, date: Date, hour: i8) -> char {
        let readings = (0..60).map(|minute| date.at(hour, minute, 0, 0));
        let states: Vec<bool> = readings.filter_map(|reading| self.state(reading)).collect();
        match (states.iter().any(|muted| *muted), states.iter().all(|muted| *muted)) {
            _ if states.is_empty() => SKIPPED,
            (_, true) => MUTED,
            (true, false) => PARTLY,
            (false, false) => ARMED,
        }
    }

    /// Whether alarms are muted at a reading of the clock; `None` when it never shows it.
    fn state(&self, reading: DateTime) -> Option<bool> {
        let offset = match self.zone.time_zone().to_ambiguous_timestamp(reading).offset() {
            AmbiguousOffset::Unambiguous { offset } | AmbiguousOffset::Fold { before: offset, .. } => offset,
            AmbiguousOffset::Gap { .. } => return None,
        };
        offset.to_timestamp(reading).ok().map(|instant| self.at(instant).in_business_hours)
    }

    fn notes(&self, date: Date, now: Timestamp) -> Vec<String> {
        let zone = self.zone.time_zone();
        let mut notes = Vec::new();
        if self.is_exception(date) {
            notes.push("its own windows".to_owned());
        } else if self.is_holiday(date) {
            notes.push(self.holiday_name(date).map_or("holiday".to_owned(), |name| format!("holiday: {name}")));
        } else if !self.is_covered(date) {
            notes.push("no holidays known for this year: armed".to_owned());
        }
        let begin = zone.to_timestamp(date.at(0, 0, 0, 0)).map(|t| t - SignedDuration::from_nanos(1));
        let jumps = begin.into_iter().flat_map(|begin| zone.following(begin).take_while(|jump| on(jump, date, self)));
        notes.extend(jumps.filter_map(|jump| self.clock_change(&jump)));
        if let Some(change) = self.next_change(now) {
            let local = change.to_zoned_datetime(zone.clone());
            if local.date() == date {
                notes.push(format!("next change {}", local.strftime("%H:%M")));
            }
        }
        notes
    }

    fn clock_change(&self, jump: &TimeZoneTransition<'_>) -> Option<String> {
        let before = (jump.timestamp() - SignedDuration::from_secs(1)).to_zoned_datetime(self.zone.time_zone().clone());
        let after = jump.timestamp().to_zoned_datetime(self.zone.time_zone().clone());
        let from = before.offset().to_datetime(jump.timestamp());
        // Some changes are of the name alone.
        let moved = after.offset() != before.offset();
        moved.then(|| format!("clocks {} -> {}", from.strftime("%H:%M"), after.strftime("%H:%M")))
    }
}

fn on(jump: &TimeZoneTransition<'_>, date: Date, calendar: &Calendar) -> bool {
    jump.timestamp().to_zoned_datetime(calendar.zone.time_zone().clone()).date() <= date
}

#[cfg(test)]
mod tests {
    use crate::config::Config;

    fn picture(schedule: &str, now: &str) -> String {
        let config = Config::parse(&format!("[[schedule]]\nname = \"office\"\n{schedule}")).unwrap();
        let picture = config.schedules[0].calendar.picture("office", now.parse().unwrap());
        picture.replace(crate::hours::tzdata_version(), "[release]")
    }

    #[test]
    fn a_japanese_new_year() {
        insta::assert_snapshot!(picture(
            r#"timezone = "Asia/Tokyo"
holiday_calendars = ["jp"]
windows = [{ days = ["Mon", "Tue", "Wed", "Thu", "Fri"], start = "09:00", end = "17:30" }]
dates = { "2026-12-28" = [{ start = "09:00", end = "12:00" }], "2026-12-30" = [] }
holidays = ["2026-12-31"]"#,
            "2026-12-23T01:00:00Z"
        ));
    }

    #[test]
    fn nights_around_a_clock_change() {
        let nights = r#"windows = [{ days = ["Fri", "Sat", "Sun"], start = "22:00", end = "06:00" }]"#;
        insta::assert_snapshot!(picture(&format!("timezone = \"Europe/London\"\n{nights}"), "2026-03-25T12:00:00Z"));
        insta::assert_snapshot!(picture(&format!("timezone = \"Europe/London\"\n{nights}"), "2026-10-22T12:00:00Z"));
    }

    #[test]
    fn a_year_that_no_table_covers_and_no_windows_at_all() {
        insta::assert_snapshot!(picture(
            "timezone = \"Asia/Tokyo\"\nholiday_calendars = [\"jp\"]\nwindows = [{ days = [\"Mon\"], start = \"09:00\", end = \"18:00\" }]",
            "2037-12-25T00:00:00Z"
        ));
        assert!(
            picture("timezone = \"UTC\"\nwindows = []", "2026-12-25T00:00:00Z").contains("no change within 400 days")
        );
    }
}
