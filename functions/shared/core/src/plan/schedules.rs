//! When the toggler is invoked: at the edges of every window, in the office's own zone, and every five
//! minutes for whatever the edges cannot know (holds, a run that failed).
//!
//! What recurs by the week has a `cron(…)`. What dates of their own change, and is ahead, has an `at(…)` that Scheduler
//! removes after its run. Where the clock skips an edge or shows it twice, a `cron(…)` in UTC hits it.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::{DateTime, Weekday};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Span, Timestamp};

use super::change::{Change, Why};
use super::facts::Facts;
use super::kind::{Key, Kind};
use super::resource::Schedule;
use super::wanted::Desired;
use crate::config::Config;
use crate::hours::{Calendar, Clock, Days};

/// A schedule's name and when it runs.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Edge {
    pub(super) name: String,
    pub(super) expression: String,
    pub(super) timezone: String,
    /// When, for one that runs once.
    pub(super) once: Option<Timestamp>,
}

/// All runs that a config needs.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Timetable {
    /// What recurs.
    pub(super) weekly: Vec<Edge>,
    /// What runs once and is ahead, soonest first.
    pub(super) once: Vec<Edge>,
    /// What runs once about now: it may be there still, or gone already.
    pub(super) passing: Vec<Edge>,
    /// What runs once and is too far ahead to be made now.
    pub(super) not_yet: Vec<Edge>,
}

/// The schedule that runs whatever the windows are.
const ALWAYS: &str = "every-5-minutes";

/// What the names of weekly ones begin with.
const EDGE: &str = "edge-";

/// What the names of those begin with that run once.
const ONCE: &str = "once-";

/// As many as run once are made; each is one more call in every look at the account.
const MOST: usize = 100;

/// Before this an edge is as good as there: making it may take minutes, and one that is over cannot be made.
const SOON: SignedDuration = SignedDuration::from_mins(10);

/// A run is tried again for five minutes, and Scheduler takes its time to remove what has run.
const OVER: SignedDuration = SignedDuration::from_mins(15);

/// How far ahead clock changes are looked at: the coming ones show where the edges meet them, and they come back every
/// year.
const CLOCK_CHANGES: SignedDuration = SignedDuration::from_hours(24 * 400);

/// Times of day by zone, each with its days; Monday is 0. One run a time of day and zone, whatever windows share it.
type Times = BTreeMap<(String, String), BTreeSet<usize>>;

/// Whether a schedule that is found in our group is one that Yakei makes: by its key where it is wanted, else by the
/// shape of its name and by its target.
pub fn is_ours(desired: &Desired, key: &Key, found: &Schedule) -> bool {
    let name = key.name.rsplit('/').next().unwrap_or_default();
    let of_our_shape = name == ALWAYS || name.starts_with(EDGE) || name.starts_with(ONCE);
    desired.contains(key) || (of_our_shape && found.target_arn == desired.place().function(&desired.name().toggler()))
}

/// A line of a plan where more dates are ahead than have schedules: a later apply makes the others.
pub fn not_yet(config: &Config, facts: &Facts) -> Option<Change> {
    let mut left = timetable(config, facts.now).not_yet.into_iter();
    let first = left.next()?;
    let name = config.name.schedule_group();
    let key = Key { kind: Kind::Schedule, region: facts.place.region.clone(), name };
    let detail = format!(
        "`dates` change when alarms are muted more than {MOST} times from now on: the first {MOST} have a schedule, {} from \
         {} {} on have none yet, and may be up to five minutes late",
        left.count() + 1,
        first.expression,
        first.timezone
    );
    Some(Change::new(key, Why::Gap, detail))
}

/// Every schedule that the config's windows need.
pub(super) fn timetable(config: &Config, now: Timestamp) -> Timetable {
    let times = weekly(config, now);
    let every_five = Edge {
        name: ALWAYS.to_owned(),
        expression: "rate(5 minutes)".to_owned(),
        timezone: "UTC".to_owned(),
        once: None,
    };
    let mut all = Timetable::default();
    for edge in once(config, now, &times).into_values() {
        let ahead = edge.once.map_or(SignedDuration::ZERO, |at| at.duration_since(now));
        let list = if ahead <= SOON {
            &mut all.passing
        } else if all.once.len() < MOST {
            &mut all.once
        } else {
            &mut all.not_yet
        };
        list.push(edge);
    }
    all.weekly = std::iter::once(every_five).chain(times.into_iter().filter_map(recurring)).collect();
    all
}

/// When ordinary weeks begin and end their windows.
fn weekly(config: &Config, now: Timestamp) -> Times {
    let mut times = Times::new();
    for schedule in &config.schedules {
        let zone = schedule.calendar.zone.name();
        for window in schedule.calendar.windows() {
            let next_day = window.span.is_overnight();
            let days = weekdays(window.days);
            let ends = days.iter().map(|day| if next_day { (day + 1) % 7 } else { *day });
            add(&mut times, zone, window.span.start(), days.iter().copied());
            add(&mut times, zone, window.span.end(), ends);
        }
        let until = now.checked_add(CLOCK_CHANGES).unwrap_or(now);
        for at in schedule.calendar.edges_in_clock_changes(now, until) {
            let (time, day) = spot(TimeZone::UTC.to_datetime(at));
            times.entry(("UTC".to_owned(), time)).or_default().insert(day);
        }
    }
    times
}

/// What dates of their own change and no weekly run hits, by its instant, from those that are just over on.
fn once(config: &Config, now: Timestamp, times: &Times) -> BTreeMap<(Timestamp, String), Edge> {
    let mut all = BTreeMap::new();
    for calendar in config.schedules.iter().map(|schedule| &schedule.calendar) {
        let zone = calendar.zone.time_zone();
        // A window of the day before may end today.
        let first = zone.to_datetime(now).date().saturating_sub(Span::new().days(2));
        let changes = calendar.exceptions_from(first).flat_map(|date| calendar.changes_around(date));
        for at in changes.filter(|at| now.duration_since(*at) < OVER) {
            let edge = single(calendar, at, times);
            all.extend(edge.map(|edge| ((at, edge.name.clone()), edge)));
        }
    }
    all
}

/// The run at this instant, unless a weekly one hits it: in the office's zone, in UTC where the clock shows the reading
/// twice.
fn single(calendar: &Calendar, at: Timestamp, times: &Times) -> Option<Edge> {
    let zone = calendar.zone.time_zone();
    let local = zone.to_datetime(at);
    let plainly = !zone.to_ambiguous_timestamp(local).is_ambiguous();
    let utc = TimeZone::UTC.to_datetime(at);
    let local = plainly.then(|| (calendar.zone.name().to_owned(), local));
    let spots = [local.clone(), Some(("UTC".to_owned(), utc))];
    let hit = spots.into_iter().flatten().any(|(zone, reading)| {
        let (time, day) = spot(reading);
        reading.second() == 0 && times.get(&(zone, time)).is_some_and(|days| days.contains(&day))
    });
    let (timezone, reading) = local.unwrap_or(("UTC".to_owned(), utc));
    (!hit).then(|| Edge {
        name: format!("{ONCE}{}-{}", plain(&timezone), reading.strftime("%Y%m%d-%H%M")),
        expression: format!("at({})", reading.strftime("%Y-%m-%dT%H:%M:%S")),
        timezone,
        once: Some(at),
    })
}

/// A reading as a time of day and a day of the week.
fn spot(reading: DateTime) -> (String, usize) {
    let day = reading.weekday().to_monday_zero_offset();
    (reading.strftime("%H:%M").to_string(), usize::try_from(day).unwrap_or_default())
}

fn recurring(((zone, time), days): ((String, String), BTreeSet<usize>)) -> Option<Edge> {
    let (hour, minute) = time.split_once(':')?;
    let (hour, minute): (u8, u8) = (hour.parse().ok()?, minute.parse().ok()?);
    let days: Vec<String> = days.iter().filter_map(|day| Days::NAMES.get(*day)).map(|d| d.to_uppercase()).collect();
    Some(Edge {
        name: format!("{EDGE}{}-{hour:02}{minute:02}", plain(&zone)),
        expression: format!("cron({minute} {hour} ? * {} *)", days.join(",")),
        timezone: zone,
        once: None,
    })
}

/// Adds a time of day on some days, 24:00 as 00:00 of the day after.
fn add(times: &mut Times, zone: &str, time: Clock, days: impl Iterator<Item = usize>) {
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
mod tests;
