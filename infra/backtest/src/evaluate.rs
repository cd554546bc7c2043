//! From what was counted to what the alarms would have done.
//!
//! An alarm is evaluated as CloudWatch documents it: every minute, over a window of its period that ends with that minute
//! and slides with it. A window that reaches the threshold is ALARM, one with fewer events is OK. A window without any
//! leaves the alarm as it is while one of the two before has events, and then it is OK: missing data is not breaching.
//! (The user guide lets an older window's number decide there; taken to the letter a burst would go off three times, once
//! as each window passes over it.) It goes off when it goes from OK to ALARM, at the end of the minute that did it; while
//! it stays in ALARM nothing further goes off. A period shorter than a minute behaves as one, because metric filters count
//! by the minute. The log's own times are not in the files: `eventTime` stands for them, while CloudTrail delivers some
//! minutes later.

mod alarms;
mod week;

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use yakei_core::controls::Control as Wanted;
use yakei_core::text::clean;

use crate::report::{ByHour, Change, Control, From, LISTED, NotAsked, Report, SCHEMA, Skipped, Source, Week, Who};
use crate::tally::{Tallies, Tally};
use crate::watch::{Watch, Watches};

use alarms::{Alarm, Course};
use week::{Local, business_hours};

/// More weeks than these are not listed without a gap: some record says a time that is none.
const WEEKS: usize = 1000;

/// What was read, beside what matched.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sums {
    /// `eventTime` of the first record.
    pub from: Option<Timestamp>,
    /// `eventTime` of the last record.
    pub to: Option<Timestamp>,
    /// Files that gave a record.
    pub files: u64,
    /// Insights files.
    pub insight_files: u64,
    /// Digest files.
    pub digest_files: u64,
    /// Files of hours in which nothing happened.
    pub quiet: u64,
    /// Different records.
    pub records: u64,
    /// Records that were there before.
    pub duplicates: u64,
    /// Records that are too long for CloudWatch Logs.
    pub too_long: u64,
    /// What could not be read.
    pub skipped: Vec<Skipped>,
    /// The patterns that were not asked for, by their number, and why.
    pub not_asked: BTreeMap<usize, String>,
    /// By the pattern's number, of how many events nobody can tell whether they match.
    pub open: BTreeMap<usize, u64>,
}

/// What the alarms would have done.
pub fn evaluate(watches: &Watches, tallies: &Tallies, source: Source, sums: Sums) -> Report {
    let zone = &watches.coming.config.notify.timezone;
    let local = Local::new(zone.time_zone().clone());
    let span = sums.from.zip(sums.to);
    let empty = Tally::default();
    let number = |control: &Wanted| watches.number(control);
    let tally = |control: &Wanted| number(control).and_then(|it| tallies.of(it)).unwrap_or(&empty);
    let open = |control: &Wanted| number(control).and_then(|it| sums.open.get(&it).copied()).unwrap_or_default();
    let refused = |control: &Wanted| number(control).and_then(|it| sums.not_asked.get(&it));
    let one = |control: &Wanted, coming: bool| {
        let today = watches.today.as_ref().filter(|it| it.control(&control.key).is_none_or(|it| refused(it).is_none()));
        let change = today.map(|watch| change(watch, control, tally));
        let left_open = open(control);
        Control { left_open, change, ..control_of(&watches.coming, control, coming, tally(control), &local, span) }
    };
    let chosen = watches.coming.controls.iter().filter(|it| refused(it).is_none()).map(|control| one(control, true));
    let gone = watches.today.iter().flat_map(|it| &it.controls);
    let gone = gone.filter(|it| watches.coming.control(&it.key).is_none() && refused(it).is_none());
    let controls = chosen.chain(gone.map(|control| one(control, false))).collect();
    let not_asked = watches.both().into_iter().flatten().flat_map(|watch| {
        let named = |control: &Wanted| {
            let (key, config, why) = (control.key.clone(), watch.path.clone(), clean(refused(control)?, 2000));
            Some(NotAsked { key, config, why: why.into_owned() })
        };
        watch.controls.iter().filter_map(named).collect::<Vec<_>>()
    });
    let not_asked = not_asked.collect();
    Report {
        schema: SCHEMA.to_owned(),
        source,
        config: watches.coming.path.clone(),
        today: watches.today.as_ref().map(|it| it.path.clone()),
        timezone: zone.name().to_owned(),
        from: sums.from,
        to: sums.to,
        files: sums.files,
        insight_files: sums.insight_files,
        digest_files: sums.digest_files,
        records: sums.records,
        duplicates: sums.duplicates,
        too_long: sums.too_long,
        skipped: sums.skipped,
        not_asked,
        controls,
    }
}

fn control_of(
    watch: &Watch,
    control: &Wanted,
    chosen: bool,
    tally: &Tally,
    local: &Local,
    span: Option<(Timestamp, Timestamp)>,
) -> Control {
    let course = Course::of(watch, control, tally, 0);
    let alarms: &[Alarm] = if chosen { &course.alarms } else { &[] };
    let (mut by_hour, mut events_by_hour): (ByHour<u64>, ByHour<u64>) = ([[0; 24]; 7], [[0; 24]; 7]);
    let mut weeks = Weeks::new(span, local);
    let mut events = tally.undated;
    let mut block = local.blocks();
    for ((_, minute), here) in tally.minutes.iter().filter(|((region, _), _)| watch.sees(region)) {
        events += here.events;
        let (day, hour) = block.of(minute * 60);
        add(&mut events_by_hour, day, hour, here.events);
        weeks.at(day).events += here.events;
    }
    for alarm in alarms {
        let (day, hour) = local.day_and_hour(alarm.at);
        add(&mut by_hour, day, hour, 1);
        let week = weeks.at(day);
        week.alarms += 1;
        week.muted += u64::from(alarm.muted);
    }
    let (who, who_more) = most(tally.who.iter().map(|(who, count)| (who.clone(), *count)));
    let (from, from_more) = most(tally.from.iter().map(|(from, count)| (from.clone(), *count)));
    Control {
        key: control.key.clone(),
        title: clean(&control.title, 200).into_owned(),
        severity: control.severity.to_string(),
        pattern: control.patterns().collect::<Vec<_>>().join("\n"),
        chosen,
        period_seconds: u32::try_from(control.period).unwrap_or_default(),
        threshold: control.threshold,
        halving_threshold: if chosen { course.halving_threshold(control.threshold) } else { None },
        events,
        undated: tally.undated,
        alarms: count(alarms, |_| true),
        muted: count(alarms, |it| it.muted),
        // Nothing of the watch itself is ignored.
        kept_back: count(alarms, |it| !it.muted && it.ignored && !control.itself),
        by_hour,
        events_by_hour,
        business_hours: business_hours(watch, control, local, span.map(|it| it.1)),
        weeks: weeks.listed(),
        who: who.into_iter().map(|(who, count)| Who { who, count }).collect(),
        who_more,
        from: from.into_iter().map(|((source_ip, network), count)| From { source_ip, network, count }).collect(),
        from_more,
        left_open: 0,
        change: None,
    }
}

/// What today's config does.
fn change<'t>(watch: &Watch, control: &Wanted, tally: impl Fn(&Wanted) -> &'t Tally) -> Change {
    let Some(control) = watch.controls.iter().find(|it| it.key == control.key) else {
        return Change { threshold_today: None, alarms_today: 0, muted_today: 0, kept_back_today: 0 };
    };
    let alarms = Course::of(watch, control, tally(control), 1).alarms;
    Change {
        threshold_today: Some(control.threshold),
        alarms_today: count(&alarms, |_| true),
        muted_today: count(&alarms, |it| it.muted),
        kept_back_today: count(&alarms, |it| !it.muted && it.ignored && !control.itself),
    }
}

fn count(alarms: &[Alarm], which: impl Fn(&Alarm) -> bool) -> u64 {
    alarms.iter().filter(|it| which(it)).count() as u64
}

fn add(hours: &mut ByHour<u64>, day: Date, hour: usize, count: u64) {
    let weekday = usize::try_from(day.weekday().to_monday_zero_offset()).unwrap_or_default();
    if let Some(cell) = hours.get_mut(weekday).and_then(|day| day.get_mut(hour)) {
        *cell += count;
    }
}

/// The most, and how many there are besides. Equal ones by name, so that the order of reading does not show.
fn most<T: Ord>(counted: impl Iterator<Item = (T, u64)>) -> (Vec<(T, u64)>, u64) {
    let mut all: Vec<(T, u64)> = counted.collect();
    all.sort_unstable_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    let more = all.len().saturating_sub(LISTED) as u64;
    all.truncate(LISTED);
    (all, more)
}

/// The weeks of a report, made as they are asked for.
struct Weeks(std::collections::BTreeMap<Date, Week>);

impl Weeks {
    fn new(span: Option<(Timestamp, Timestamp)>, local: &Local) -> Self {
        let mut weeks = Self(std::collections::BTreeMap::new());
        if let Some((from, to)) = span {
            let (mut monday, last) =
                (week::monday(local.day_and_hour(from.as_second()).0), local.day_and_hour(to.as_second()).0);
            for _ in 0..WEEKS {
                if monday > last {
                    return weeks;
                }
                weeks.at(monday);
                monday = monday.saturating_add(jiff::Span::new().days(7));
            }
            weeks.0.clear();
        }
        weeks
    }

    fn at(&mut self, day: Date) -> &mut Week {
        let from = week::monday(day);
        self.0.entry(from).or_insert(Week { from, events: 0, alarms: 0, muted: 0 })
    }

    fn listed(self) -> Vec<Week> {
        self.0.into_values().collect()
    }
}
