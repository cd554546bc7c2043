//! When the toggler is invoked: at the edges of every window, in the office's own zone, and every five
//! minutes for whatever the edges cannot know (holidays' ends, holds, a run that failed).

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Weekday;

use super::kind::Key;
use super::resource::Schedule;
use super::wanted::Desired;
use crate::config::Config;
use crate::hours::{Clock, Days};

/// A schedule's name and when it runs.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Edge {
    pub(super) name: String,
    pub(super) expression: String,
    pub(super) timezone: String,
}

/// The schedule that runs whatever the windows are.
const ALWAYS: &str = "every-5-minutes";

/// What the names of the others begin with.
const EDGE: &str = "edge-";

/// Whether a schedule that is found in our group is one that Yakei makes: by its key where it is wanted, else by the
/// shape of its name and by its target.
pub fn is_ours(desired: &Desired, key: &Key, found: &Schedule) -> bool {
    let name = key.name.rsplit('/').next().unwrap_or_default();
    let of_our_shape = name == ALWAYS || name.starts_with(EDGE);
    desired.contains(key) || (of_our_shape && found.target_arn == desired.place().function(&desired.name().toggler()))
}

/// Every schedule that the config's windows need.
pub(super) fn edges(config: &Config) -> Vec<Edge> {
    // One run a time of day and zone, whatever windows share it.
    let mut times: BTreeMap<(String, String), BTreeSet<usize>> = BTreeMap::new();
    for schedule in &config.schedules {
        let zone = schedule.calendar.zone.name();
        for window in schedule.calendar.windows() {
            let next_day = window.span.is_overnight();
            let days = weekdays(window.days);
            let ends = days.iter().map(|day| if next_day { (day + 1) % 7 } else { *day });
            add(&mut times, zone, window.span.start(), days.iter().copied());
            add(&mut times, zone, window.span.end(), ends);
        }
    }
    let every_five =
        Edge { name: ALWAYS.to_owned(), expression: "rate(5 minutes)".to_owned(), timezone: "UTC".to_owned() };
    let edge = |((zone, time), days): ((String, String), BTreeSet<usize>)| {
        let (hour, minute) = time.split_once(':')?;
        let (hour, minute): (u8, u8) = (hour.parse().ok()?, minute.parse().ok()?);
        let days: Vec<String> = days.iter().filter_map(|day| Days::NAMES.get(*day)).map(|d| d.to_uppercase()).collect();
        Some(Edge {
            name: format!("{EDGE}{}-{hour:02}{minute:02}", plain(&zone)),
            expression: format!("cron({minute} {hour} ? * {} *)", days.join(",")),
            timezone: zone,
        })
    };
    std::iter::once(every_five).chain(times.into_iter().filter_map(edge)).collect()
}

/// Adds a time of day on some days, 24:00 as 00:00 of the day after.
fn add(
    times: &mut BTreeMap<(String, String), BTreeSet<usize>>,
    zone: &str,
    time: Clock,
    days: impl Iterator<Item = usize>,
) {
    let text = time.to_string();
    let (text, shift) = if text == "24:00" { ("00:00".to_owned(), 1) } else { (text, 0) };
    times.entry((zone.to_owned(), text)).or_default().extend(days.map(|day| (day + shift) % 7));
}

/// Monday is 0.
fn weekdays(days: Days) -> Vec<usize> {
    let in_order = Weekday::Monday.cycle_forward().take(7).enumerate();
    in_order.filter(|(_, day)| days.contains(*day)).map(|(index, _)| index).collect()
}

/// A zone's name with the characters that Scheduler allows in a name (`[0-9a-zA-Z-_.]`), still unique.
fn plain(zone: &str) -> String {
    zone.replace('/', ".").replace('+', "_plus_")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Vec<String> {
        let config = Config::parse(text).unwrap();
        edges(&config).into_iter().map(|e| format!("{} {} {}", e.name, e.expression, e.timezone)).collect()
    }

    #[test]
    fn edges_of_windows_in_their_own_zone() {
        let text = r#"
            [[schedule]]
            timezone = "Asia/Tokyo"
            windows = [
                { days = ["Mon", "Tue", "Wed", "Thu", "Fri"], start = "09:00", end = "18:00" },
                { days = ["Sat"], start = "09:00", end = "24:00" },
                { days = ["Fri", "Sun"], start = "22:00", end = "06:30" },
            ]
            [[schedule]]
            name = "b"
            timezone = "Etc/GMT+5"
            windows = [{ days = ["Mon"], start = "00:00", end = "24:00" }]
        "#;
        assert_eq!(
            of(text),
            [
                "every-5-minutes rate(5 minutes) UTC",
                "edge-Asia.Tokyo-0000 cron(0 0 ? * SUN *) Asia/Tokyo",
                "edge-Asia.Tokyo-0630 cron(30 6 ? * MON,SAT *) Asia/Tokyo",
                "edge-Asia.Tokyo-0900 cron(0 9 ? * MON,TUE,WED,THU,FRI,SAT *) Asia/Tokyo",
                "edge-Asia.Tokyo-1800 cron(0 18 ? * MON,TUE,WED,THU,FRI *) Asia/Tokyo",
                "edge-Asia.Tokyo-2200 cron(0 22 ? * FRI,SUN *) Asia/Tokyo",
                "edge-Etc.GMT_plus_5-0000 cron(0 0 ? * MON,TUE *) Etc/GMT+5",
            ]
        );
    }
}
