//! Local days, hours and weeks of a report.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};
use yakei_core::controls::Control;
use yakei_core::hours::Calendar;

use crate::report::ByHour;
use crate::watch::Watch;

/// The wall clock of a report.
#[derive(Debug)]
pub(super) struct Local(TimeZone);

impl Local {
    pub(super) fn new(zone: TimeZone) -> Self {
        Self(zone)
    }

    /// The date and the hour at a second since 1970.
    pub(super) fn day_and_hour(&self, second: i64) -> (Date, usize) {
        let local = self.0.to_datetime(Timestamp::from_second(second).unwrap_or(Timestamp::MAX));
        (local.date(), usize::try_from(local.hour()).unwrap_or_default())
    }

    /// The same for many seconds in their order.
    pub(super) fn blocks(&self) -> Blocks<'_> {
        Blocks { local: self, last: None }
    }
}

/// The last quarter of an hour is remembered: no zone's hours begin within one since 1972, and none changes its clock.
#[derive(Debug)]
pub(super) struct Blocks<'l> {
    local: &'l Local,
    last: Option<(i64, (Date, usize))>,
}

impl Blocks<'_> {
    pub(super) fn of(&mut self, second: i64) -> (Date, usize) {
        let quarter = second.div_euclid(900);
        match self.last {
            Some((same, known)) if same == quarter => known,
            _ => {
                let known = self.local.day_and_hour(second);
                self.last = Some((quarter, known));
                known
            }
        }
    }
}

/// The Monday of a date's week.
pub(super) fn monday(date: Date) -> Date {
    date.saturating_sub(Span::new().days(date.weekday().to_monday_zero_offset()))
}

/// The share of each hour in which the schedules mute a control's alarm in an ordinary week: one without holidays and dates
/// of their own. Shown is the week of an instant, for its offsets from UTC.
pub(super) fn business_hours(watch: &Watch, control: &Control, local: &Local, at: Option<Timestamp>) -> ByHour<f64> {
    let alarm = watch.config.name.alarm(&control.key);
    let naming = watch.config.schedules.iter().filter(|it| it.names(&alarm)).map(|it| &it.calendar);
    let ordinary: Vec<Calendar> = naming
        .map(|it| Calendar::new(it.zone.clone(), it.windows().to_vec(), BTreeSet::default(), BTreeMap::default()))
        .collect();
    let mut shares: ByHour<f64> = [[0.0; 24]; 7];
    if ordinary.is_empty() || watch.config.name.never_muted().contains(&alarm) {
        return shares;
    }
    let first = monday(local.day_and_hour(at.unwrap_or(Timestamp::UNIX_EPOCH).as_second()).0);
    for (weekday, hours) in (0..).zip(&mut shares) {
        let day = first.saturating_add(Span::new().days(weekday));
        for (hour, share) in (0..).zip(hours) {
            let muted = (0..60).filter(|minute| {
                let reading = day.to_datetime(Time::new(hour, *minute, 0, 0).unwrap_or_default());
                let instant = local.0.to_ambiguous_timestamp(reading).compatible();
                instant.is_ok_and(|it| ordinary.iter().all(|calendar| calendar.at(it).in_business_hours))
            });
            *share = f64::from(u32::try_from(muted.count()).unwrap_or_default()) / 60.0;
        }
    }
    shares
}
