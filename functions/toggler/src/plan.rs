//! Mode and observed in, the difference out. Pure: nothing here reads a clock or calls AWS.
//!
//! An alarm that several schedules name is muted only while all of them want it muted.

mod selection;

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use yakei_core::config::{AlarmSelector, Config, Mechanism, Schedule};
use yakei_core::hours::{Because, Changes, Decision, Hold, Mode};

use crate::hold::Holds;
use crate::ports::Alarm;

pub use selection::Selection;

/// What of a config does not change from one look to the next, by schedule: which alarms each names, and when its calendar
/// changes. A hundred schedules are worked out several times a run.
#[derive(Debug)]
pub struct Known {
    selections: Vec<Arc<Selection>>,
    changes: Mutex<Vec<Changes>>,
}

impl Known {
    /// Of a config that is loaded.
    pub fn of(config: &Config) -> Self {
        let selection = |schedule: &Schedule| Arc::new(Selection::new(schedule.alarms.clone()));
        let selections: Vec<_> = config.schedules.iter().map(selection).collect();
        let changes = Mutex::new(vec![Changes::default(); selections.len()]);
        Self { selections, changes }
    }

    /// The schedules that name an alarm, by their place in the config.
    pub fn naming(&self, alarm: &str) -> impl Iterator<Item = usize> {
        self.selections.iter().enumerate().filter(move |(_, names)| names.selects(alarm)).map(|(schedule, _)| schedule)
    }

    fn decide(&self, config: &Config, schedule: usize, at: Timestamp, hold: Option<Hold>) -> Option<Decision> {
        let calendar = &config.schedules.get(schedule)?.calendar;
        let mut changes = self.changes.lock().unwrap_or_else(PoisonError::into_inner);
        Some(calendar.decide_knowing(changes.get_mut(schedule)?, at, hold))
    }
}

/// A schedule with what it wants at an instant.
#[derive(Debug, Clone, PartialEq)]
pub struct Target {
    /// The schedule's name.
    pub name: String,
    /// The alarms it names.
    pub names: Arc<Selection>,
    /// What it wants of them.
    pub decision: Decision,
    /// How it mutes them.
    pub by: Mechanism,
    /// Alarms that a prefix may select and that are never muted, see [`Name::never_muted`].
    ///
    /// [`Name::never_muted`]: yakei_core::names::Name::never_muted
    pub never: Vec<String>,
}

impl Target {
    /// Whether it names the alarm.
    pub fn selects(&self, alarm: &str) -> bool {
        self.names.selects(alarm)
    }

    fn wants(&self, alarm: &str) -> Mode {
        if self.keeps_armed(alarm) { Mode::Armed } else { self.decision.desired }
    }

    fn mutes_by_rule(&self, alarm: &str) -> bool {
        self.by == Mechanism::MuteRule && !self.keeps_armed(alarm)
    }

    fn keeps_armed(&self, alarm: &str) -> bool {
        self.never.iter().any(|never| never == alarm)
    }
}

/// What each schedule of a config wants at an instant.
pub fn targets(config: &Config, known: &Known, holds: &Holds, at: Timestamp) -> Vec<Target> {
    let names = names(config);
    with(config, known, |index, schedule| known.decide(config, index, at, holds.of(&schedule.name, &names, at)))
}

/// What one schedule of a config wants at an instant; `None` when the config has no such schedule.
pub fn decide(config: &Config, known: &Known, schedule: usize, holds: &Holds, at: Timestamp) -> Option<Decision> {
    let name = &config.schedules.get(schedule)?.name;
    known.decide(config, schedule, at, holds.of(name, &names(config), at))
}

/// The same schedules when something essential cannot be known: all armed.
pub fn doubtful(config: &Config, known: &Known, at: Timestamp) -> Vec<Target> {
    with(config, known, |_, schedule| Some(schedule.calendar.fail_safe(at)))
}

fn names(config: &Config) -> Vec<&str> {
    config.schedules.iter().map(|schedule| schedule.name.as_str()).collect()
}

fn with(config: &Config, known: &Known, decide: impl Fn(usize, &Schedule) -> Option<Decision>) -> Vec<Target> {
    let target = |(index, (schedule, names)): (usize, (&Schedule, &Arc<Selection>))| {
        let Schedule { name, alarms: _, by, calendar: _, digest: _ } = schedule;
        let decision = decide(index, schedule)?;
        let never = config.name.never_muted().into();
        Some(Target { name: name.clone(), names: Arc::clone(names), decision, by: *by, never })
    };
    config.schedules.iter().zip(&known.selections).enumerate().filter_map(target).collect()
}

/// Without a readable config: whatever may have been muted by an earlier, good one is armed.
pub fn without_config(selectors: Vec<AlarmSelector>, at: Timestamp) -> Vec<Target> {
    let local = at.strftime("%Y-%m-%dT%H:%M:%S+00:00").to_string();
    let (desired, because) = (Mode::Armed, Because::FailSafe);
    let decision = Decision { in_business_hours: false, desired, because, local, next_change: None };
    let names = Arc::new(Selection::new(selectors));
    vec![Target { name: "fail-safe".to_owned(), names, decision, by: Mechanism::Actions, never: Vec::new() }]
}

/// Muted alarms that no schedule names and that are ours to arm, as one that was taken out of a schedule while it was
/// muted: nobody else would arm them. They are a target of their own, `no-schedule`; none of them, no target.
pub fn strays<'a>(
    targets: &[Target],
    alarms: impl Iterator<Item = &'a Alarm>,
    ours: &BTreeSet<String>,
    at: Timestamp,
) -> Option<Target> {
    let stray =
        |alarm: &&Alarm| alarm.mode == Mode::Muted && ours.contains(&alarm.name) && !named(targets, &alarm.name);
    let strays: Vec<_> = alarms.filter(stray).map(|alarm| AlarmSelector::Exact(alarm.name.clone())).collect();
    if strays.is_empty() {
        return None;
    }
    let target = without_config(strays, at).pop()?;
    Some(Target { name: "no-schedule".to_owned(), ..target })
}

/// Whether any schedule names an alarm.
pub fn named(targets: &[Target], alarm: &str) -> bool {
    targets.iter().any(|target| target.selects(alarm))
}

/// What is wanted of an alarm; `None` when no schedule names it.
pub fn desired(targets: &[Target], alarm: &str) -> Option<Mode> {
    let wishes = targets.iter().filter(|target| target.selects(alarm)).map(|target| target.wants(alarm));
    wishes.reduce(|one, other| if one == other { one } else { Mode::Armed })
}

/// Whether an alarm is muted by mute rules: when all schedules that name it say so.
pub fn by_rule(targets: &[Target], alarm: &str) -> bool {
    let mut naming = targets.iter().filter(|target| target.selects(alarm)).peekable();
    naming.peek().is_some() && naming.all(|target| target.mutes_by_rule(alarm))
}

/// What an alarm's actions should be: mute rules leave them enabled.
pub fn actions(targets: &[Target], alarm: &str) -> Option<Mode> {
    if by_rule(targets, alarm) { Some(Mode::Armed) } else { desired(targets, alarm) }
}

/// The alarms that schedules name and whose actions are not as they should be.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Difference {
    /// Muted, to be armed.
    pub arm: Vec<String>,
    /// Armed, to be muted.
    pub mute: Vec<String>,
}

/// Compares what is wanted with what is.
pub fn difference<'a>(targets: &[Target], alarms: impl Iterator<Item = &'a Alarm>) -> Difference {
    let mut difference = Difference::default();
    for alarm in alarms {
        match (alarm.mode, actions(targets, &alarm.name)) {
            (Mode::Muted, Some(Mode::Armed)) => difference.arm.push(alarm.name.clone()),
            (Mode::Armed, Some(Mode::Muted)) => difference.mute.push(alarm.name.clone()),
            (_, None) | (Mode::Armed, Some(Mode::Armed)) | (Mode::Muted, Some(Mode::Muted)) => {}
        }
    }
    difference
}

/// What all names that the selectors name begin with; one listing by this prefix finds them all.
pub fn common_prefix<'a>(selectors: impl Iterator<Item = &'a AlarmSelector>) -> String {
    let stem = |selector: &'a AlarmSelector| match selector {
        AlarmSelector::Exact(stem) | AlarmSelector::Prefix(stem) => stem.as_str(),
    };
    let shared = |one: &'a str, other: &'a str| {
        let same = one.char_indices().zip(other.chars()).find(|((_, a), b)| a != b).map(|((at, _), _)| at);
        one.get(..same.unwrap_or(one.len().min(other.len()))).unwrap_or_default()
    };
    selectors.map(stem).reduce(shared).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn selectors(texts: &[&str]) -> Vec<AlarmSelector> {
        let read = |text: &&str| match text.strip_suffix('*') {
            Some(stem) => AlarmSelector::Prefix(stem.to_owned()),
            None => AlarmSelector::Exact((*text).to_owned()),
        };
        texts.iter().map(read).collect()
    }

    fn target(alarms: &[&str], desired: Mode) -> Target {
        let mut target = without_config(selectors(alarms), Timestamp::UNIX_EPOCH).remove(0);
        target.decision.desired = desired;
        target
    }

    #[test]
    fn a_shared_alarm_is_muted_only_while_all_want_it() {
        use Mode::{Armed, Muted};
        let targets = [target(&["a", "b*"], Muted), target(&["b1", "c"], Armed), target(&["b2"], Muted)];
        let cases = [
            ("a", Some(Muted)),
            ("b1", Some(Armed)),
            ("b2", Some(Muted)),
            ("b3", Some(Muted)),
            ("c", Some(Armed)),
            ("d", None),
        ];
        for (alarm, expected) in cases {
            assert_eq!(desired(&targets, alarm), expected, "{alarm}");
        }
    }

    #[test]
    fn strays_are_muted_ours_and_named_by_nobody() {
        use Mode::{Armed, Muted};
        let targets = [target(&["yakei-ConsoleLogin"], Muted)];
        let ours = ["yakei-RootUsage", "yakei-eu-own", "app", "yakei-ConsoleLogin"].map(str::to_owned).into();
        let cases = [
            ("yakei-RootUsage", Muted, true),
            ("yakei-eu-own", Muted, true),
            ("app", Muted, true),
            ("app", Armed, false),
            ("yakei-ConsoleLogin", Muted, false),
            ("yakei-eu-RootUsage", Muted, false),
            ("somebody-else", Muted, false),
        ];
        for (alarm, mode, expected) in cases {
            let found = strays(&targets, [Alarm::named(alarm, mode)].iter(), &ours, Timestamp::UNIX_EPOCH);
            assert_eq!(found.is_some_and(|target| target.selects(alarm)), expected, "{alarm} {mode}");
        }
    }

    #[test]
    fn one_listing_finds_all() {
        let cases: [(&[&str], &str); 6] = [
            (&["yakei-ConsoleLogin"], "yakei-ConsoleLogin"),
            (&["yakei-ConsoleLogin", "yakei-Root*"], "yakei-"),
            (&["yakei-ConsoleLogin", "yakei-Con*"], "yakei-Con"),
            (&["a", "b"], ""),
            (&["夜警", "夜番"], "夜"),
            (&[], ""),
        ];
        for (texts, expected) in cases {
            assert_eq!(common_prefix(selectors(texts).iter()), expected, "{texts:?}");
        }
    }
}
