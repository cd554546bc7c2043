//! An alarm's course through its minutes: when it goes off, and how often it would at any other threshold.

use std::collections::BTreeMap;

use jiff::Timestamp;
use yakei_core::controls::Control;

use crate::tally::{Minute, Tally};
use crate::watch::Watch;

/// How many windows are looked at for data.
const WINDOWS: i64 = 3;

/// An alarm that goes off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Alarm {
    /// When, in seconds since 1970.
    pub(super) at: i64,
    /// Whether the schedule mutes it then.
    pub(super) muted: bool,
    /// Whether everything in its window is agreed upon.
    pub(super) ignored: bool,
}

/// The course of a control's alarm, or of its alarms in all Regions.
#[derive(Debug, Default)]
pub(super) struct Course {
    /// What goes off, in its order.
    pub(super) alarms: Vec<Alarm>,
    /// By threshold, how many more alarms there are from it on than below it.
    steps: BTreeMap<u64, i64>,
}

/// The minutes of one metric, in order.
struct Metric {
    minutes: Vec<i64>,
    /// What is there before the minute of the same place.
    events: Vec<u64>,
    ignored: Vec<u64>,
}

impl Course {
    /// Follows an alarm; `side` is 0 for the config and 1 for today's, whose ignore rules count.
    pub(super) fn of(watch: &Watch, control: &Control, tally: &Tally, side: usize) -> Self {
        let mut course = Self::default();
        let seen = tally.minutes.iter().filter(|((region, _), _)| watch.sees(region));
        if watch.is_per_region() {
            let mut metrics: BTreeMap<&str, BTreeMap<i64, Minute>> = BTreeMap::new();
            for ((region, minute), here) in seen {
                metrics.entry(region).or_default().insert(*minute, *here);
            }
            for minutes in metrics.into_values() {
                course.follow(watch, control, &Metric::new(&minutes, side));
            }
        } else {
            let mut all: BTreeMap<i64, Minute> = BTreeMap::new();
            for ((_, minute), here) in seen {
                let sum = all.entry(*minute).or_default();
                sum.events += here.events;
                sum.ignored.iter_mut().zip(here.ignored).for_each(|(to, more)| *to += more);
            }
            course.follow(watch, control, &Metric::new(&all, side));
        }
        course.alarms.sort_unstable_by_key(|it| it.at);
        course
    }

    fn follow(&mut self, watch: &Watch, control: &Control, metric: &Metric) {
        let length = i64::from(control.period / 60).max(1);
        let (mut before, mut end) = (0_u64, i64::MIN);
        loop {
            if metric.sum(end.saturating_sub(WINDOWS * length), end).0 == 0 {
                // At rest, until the end of the next minute that has an event.
                let Some(next) = metric.next(end) else { break };
                (before, end) = (0, next + 1);
            }
            let (events, ignored) = match metric.sum(end.saturating_sub(length), end) {
                (0, _) => (before, 0), // older events keep it as it is
                of_window => of_window,
            };
            if events > before {
                *self.steps.entry(before + 1).or_default() += 1;
                *self.steps.entry(events + 1).or_default() -= 1;
            }
            if reaches(events, control.threshold) && !reaches(before, control.threshold) {
                let at = end.saturating_mul(60);
                let instant = Timestamp::from_second(at).unwrap_or(Timestamp::MAX);
                self.alarms.push(Alarm { at, muted: watch.mutes(control, instant), ignored: ignored == events });
            }
            before = events;
            end += 1;
        }
    }

    /// The smallest threshold above this one that would at least halve the alarms; none where there is none to halve.
    pub(super) fn halving_threshold(&self, threshold: f64) -> Option<u64> {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a threshold is 1 or more; `as` bounds it"
        )]
        let lowest = threshold.ceil() as u64;
        let now: i64 = self.steps.range(..=lowest).map(|it| it.1).sum();
        let mut then = now;
        let first = std::iter::once((
            lowest.saturating_add(1),
            self.steps.get(&(lowest.saturating_add(1))).copied().unwrap_or_default(),
        ));
        let further = self.steps.range(lowest.saturating_add(2)..).map(|(from, step)| (*from, *step));
        first.chain(further).find_map(|(from, step)| {
            then += step;
            (now > 0 && then * 2 <= now).then_some(from)
        })
    }
}

impl Metric {
    fn new(by_minute: &BTreeMap<i64, Minute>, side: usize) -> Self {
        let (mut events, mut ignored) = (vec![0], vec![0]);
        for here in by_minute.values() {
            events.push(events.last().copied().unwrap_or_default() + here.events);
            let more = here.ignored.get(side).copied().unwrap_or_default();
            ignored.push(ignored.last().copied().unwrap_or_default() + more);
        }
        Self { minutes: by_minute.keys().copied().collect(), events, ignored }
    }

    /// The first minute with events from this one on.
    fn next(&self, from: i64) -> Option<i64> {
        self.minutes.get(self.minutes.partition_point(|it| *it < from)).copied()
    }

    /// The events from one minute to before another, and which of them are agreed upon.
    fn sum(&self, from: i64, to: i64) -> (u64, u64) {
        let at = |minute: i64| self.minutes.partition_point(|it| *it < minute);
        let (first, last) = (at(from), at(to));
        let between = |sums: &[u64]| {
            let before = |place: usize| sums.get(place).copied().unwrap_or_default();
            before(last).saturating_sub(before(first))
        };
        (between(&self.events), between(&self.ignored))
    }
}

#[expect(clippy::cast_precision_loss, reason = "so many events no period has")]
fn reaches(events: u64, threshold: f64) -> bool {
    events as f64 >= threshold
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn watch(config: &str) -> Watch {
        let office = "[[schedule]]\ntimezone = \"UTC\"\nwindows = []\n";
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), format!("{office}{config}")).unwrap();
        Watch::read(file.path()).unwrap()
    }

    /// The minutes at whose end an alarm of this threshold and period goes off.
    fn goes_off(minutes: &[(i64, u64)], threshold: f64, period: i32) -> Vec<i64> {
        course(minutes, threshold, period).alarms.iter().map(|it| it.at / 60).collect()
    }

    fn course(minutes: &[(i64, u64)], threshold: f64, period: i32) -> Course {
        static PLAIN: std::sync::LazyLock<Watch> = std::sync::LazyLock::new(|| watch(""));
        let watch = &*PLAIN;
        let mut tally = Tally::default();
        for (minute, events) in minutes {
            tally.minutes.entry(("us-east-1".into(), *minute)).or_default().events += events;
        }
        Course::of(watch, &Control { threshold, period, ..watch.controls[0].clone() }, &tally, 0)
    }

    #[test]
    fn one_alarm_goes_off_until_fifteen_minutes_are_quiet() {
        assert_eq!(goes_off(&[(100, 1)], 1.0, 300), [101]);
        assert_eq!(goes_off(&[(100, 1), (103, 5), (118, 1)], 1.0, 300), [101]);
        assert_eq!(goes_off(&[(100, 1), (115, 1)], 1.0, 300), [101], "14 minutes are quiet");
        assert_eq!(goes_off(&[(100, 1), (116, 1)], 1.0, 300), [101, 117]);
    }

    #[test]
    fn events_of_any_five_minutes_reach_a_threshold_together() {
        assert_eq!(goes_off(&[(4, 2), (6, 3)], 5.0, 300), [7], "not only those of 00:00 to 00:05");
        assert_eq!(goes_off(&[(4, 2), (8, 3)], 5.0, 300), [9]);
        assert_eq!(goes_off(&[(4, 2), (9, 3)], 5.0, 300), [0; 0]);
        assert_eq!(goes_off(&[(4, 2), (9, 3)], 5.0, 600), [10]);
        assert_eq!(goes_off(&[(4, 2), (5, 3)], 5.0, 60), [0; 0]);
        assert_eq!(goes_off(&[(4, 3)], 2.5, 10), [5], "a period shorter than a minute is one");
        assert_eq!(goes_off(&[(-3, 1)], 1.0, 86_400), [-2]);
    }

    #[test]
    fn each_region_has_its_own_alarm_where_each_has_its_own_trail() {
        let mut tally = Tally::default();
        for (region, minute) in [("us-east-1", 10), ("eu-west-1", 11), ("eu-west-1", 12), ("ap-south-1", 13)] {
            tally.minutes.entry((region.into(), minute)).or_default().events += 1;
        }
        let one = watch("");
        let per_region = watch("[trail]\nregions = [\"us-east-1\", \"eu-west-1\"]\n");
        let alarms = |watch: &Watch, threshold| {
            let control = Control { threshold, ..watch.controls[0].clone() };
            Course::of(watch, &control, &tally, 0).alarms.iter().map(|it| it.at / 60).collect::<Vec<_>>()
        };
        assert_eq!((alarms(&one, 1.0), alarms(&one, 4.0)), (vec![11], vec![14]));
        assert_eq!((alarms(&per_region, 1.0), alarms(&per_region, 2.0)), (vec![11, 12], vec![13]));
        assert_eq!(alarms(&per_region, 3.0), [0; 0], "what happens where no trail is, no alarm sees");
    }

    #[test]
    fn a_threshold_halves() {
        assert_eq!(course(&[], 1.0, 300).halving_threshold(1.0), None);
        assert_eq!(course(&[(0, 1), (50, 2), (100, 3), (150, 4)], 1.0, 300).halving_threshold(1.0), Some(3));
        assert_eq!(course(&[(0, 7)], 1.0, 300).halving_threshold(1.0), Some(8));
        assert_eq!(course(&[(0, 7)], 8.0, 300).halving_threshold(8.0), None, "there is none to halve");
        assert_eq!(course(&[(0, 3), (50, 9)], 2.5, 300).halving_threshold(2.5), Some(4));
    }

    proptest! {
        /// Tried one by one: no smaller threshold halves, and the one that is told does.
        #[test]
        fn the_halving_threshold_is_the_smallest_that_halves(
            minutes in prop::collection::vec((0..120_i64, 1..6_u64), 0..25), threshold in 1..8_u32, period in prop::sample::select(vec![60, 300, 600]),
        ) {
            let alarms = |threshold: u32| goes_off(&minutes, threshold.into(), period).len();
            let now = alarms(threshold);
            let told = course(&minutes, threshold.into(), period).halving_threshold(threshold.into());
            let tried = (threshold + 1..200).find(|it| now > 0 && alarms(*it) * 2 <= now);
            prop_assert_eq!(told, tried.map(u64::from));
        }
    }
}
