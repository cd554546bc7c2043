//! From an alarm to what is to be searched: metrics, each with its windows and the count to expect.

use std::collections::HashSet;

use jiff::Timestamp;
use tokio::time::Instant;
use yakei_core::alarm::{Alarm, Datapoint, Metric, Span, State, Watches, children, name_of};

use crate::ports::{Alarms, CallError, Described};
use crate::search::within;

/// How deep composite alarms are followed, and how many alarms in all.
const DEPTH: usize = 4;
const ALARMS: usize = 50;

/// An alarm on metrics whose log events are wanted.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Target {
    /// The metrics behind it.
    pub metrics: Vec<Metric>,
    /// Where to search.
    pub windows: Vec<Span>,
    /// How many events it counted, when its values are counts.
    pub expected: Option<u64>,
}

/// What is to be searched and what is not known about it.
#[derive(Debug, Default)]
pub(crate) struct Targets {
    pub list: Vec<Target>,
    pub problems: Vec<String>,
    /// Whether a call failed or a bound was met, so that targets may be missing.
    pub incomplete: bool,
}

/// Finds the targets of an alarm with at most a few calls, none for a metric alarm that names its datapoints.
pub(crate) async fn find(
    alarms: &impl Alarms,
    alarm: &Alarm,
    region: &str,
    now: Timestamp,
    deadline: Instant,
) -> Targets {
    let mut finder = Finder { alarms, alarm, region, now, deadline, found: Targets::default() };
    match &alarm.watches {
        Watches::Metric(_) | Watches::Math(_) => finder.of_message().await,
        Watches::Composite { rule, triggering } => {
            let named: Vec<_> = triggering.iter().map(|it| name_of(it).to_owned()).collect();
            finder.of_names(if named.is_empty() { children(rule) } else { named }).await;
        }
        Watches::Unknown => finder.of_names(vec![alarm.name.clone()]).await,
    }
    finder.found
}

struct Finder<'a, A> {
    alarms: &'a A,
    alarm: &'a Alarm,
    region: &'a str,
    now: Timestamp,
    deadline: Instant,
    found: Targets,
}

impl<A: Alarms> Finder<'_, A> {
    /// The datapoints that the message names, else those that the history has for this change of state,
    /// else the time before the change.
    async fn of_message(&mut self) {
        let alarm = self.alarm;
        let mut breaching = alarm.breaching();
        // At an alarm's end the windows are those of the whole alarm.
        if breaching.is_empty() && alarm.state != State::Ok {
            let changed = alarm.changed_at.unwrap_or(self.now);
            let around = Span { from: changed, to: changed }.widened(60);
            let history = self.alarms.history(self.region, &alarm.name, around);
            match within(self.deadline, "DescribeAlarmHistory", history).await {
                Ok(history) => {
                    let change = history.into_iter().find(|it| it.to == alarm.state && !it.datapoints.is_empty());
                    breaching = alarm.breaching_of(change.map(|it| it.datapoints).unwrap_or_default());
                }
                Err(error) => self.failed(&error),
            }
        }
        self.add(alarm, &breaching);
    }

    /// Follows alarms by name, composite ones to their own children, breadth first.
    async fn of_names(&mut self, mut names: Vec<String>) {
        let mut seen: HashSet<String> = HashSet::new();
        if matches!(self.alarm.watches, Watches::Composite { .. }) {
            seen.insert(self.alarm.name.clone());
        }
        for _ in 0..DEPTH {
            names.retain(|name| seen.len() < ALARMS && seen.insert(name.clone()));
            if names.is_empty() {
                return;
            }
            let described = self.alarms.describe(self.region, &names);
            let described = match within(self.deadline, "DescribeAlarms", described).await {
                Ok(described) => described,
                Err(error) => return self.failed(&error),
            };
            for name in names.iter().filter(|name| described.iter().all(|it| it.alarm.name != **name)) {
                self.found.incomplete = true;
                self.found.problems.push(format!("the alarm {name} does not exist (any more) in {}", self.region));
            }
            names = described.into_iter().flat_map(|it| self.of_described(it)).collect();
        }
        if !names.is_empty() {
            self.found.incomplete = true;
            self.found.problems.push(format!("composite alarms were followed {DEPTH} deep and no further"));
        }
    }

    /// Takes a metric alarm as a target; of a composite one, gives its children's names.
    fn of_described(&mut self, described: Described) -> Vec<String> {
        let Described { alarm: mut child, evaluated } = described;
        if let Watches::Composite { rule, .. } = &child.watches {
            return children(rule);
        }
        let is_own = child.name == self.alarm.name;
        if is_own {
            // The message tells of its own change of state; the alarm may have changed again since.
            child.reason.clone_from(&self.alarm.reason);
            child.changed_at = self.alarm.changed_at.or(child.changed_at);
        }
        // When the composite alarm is over, so may its children be.
        if is_own || self.alarm.state == State::Ok || child.state == State::Alarm {
            let named = child.breaching();
            let breaching = if named.is_empty() { child.breaching_of(evaluated) } else { named };
            self.add(&child, &breaching);
        }
        Vec::new()
    }

    fn add(&mut self, alarm: &Alarm, breaching: &[Datapoint]) {
        let metrics = alarm.watches.metrics().to_vec();
        if !breaching.is_empty() {
            let (windows, expected) = (alarm.windows(breaching), alarm.expected(breaching));
            self.found.list.push(Target { metrics, windows, expected });
            return;
        }
        let window = alarm.fallback_window(self.now);
        let (from, to) = (window.from.strftime("%H:%M"), window.to.strftime("%H:%M"));
        if self.alarm.state != State::Ok {
            self.found
                .problems
                .push(format!("the alarm names no datapoint; what was logged from {from} to {to} UTC was searched"));
        }
        self.found.list.push(Target { metrics, windows: vec![window], expected: None });
    }

    fn failed(&mut self, error: &CallError) {
        self.found.incomplete = true;
        self.found.problems.push(error.to_string());
    }
}

impl Targets {
    /// How many events all targets counted; `None` when any of them counts otherwise, or when two look
    /// at the same metric and so may have counted the same events.
    pub(crate) fn expected(&self) -> Option<u64> {
        let mut seen = HashSet::new();
        let distinct = self.list.iter().flat_map(|it| &it.metrics).all(|metric| seen.insert(metric));
        if self.list.is_empty() || !distinct { None } else { self.list.iter().map(|it| it.expected).sum() }
    }

    /// Replaces the windows of all targets: the whole time of an alarm.
    pub(crate) fn throughout(&mut self, window: Span) {
        for target in &mut self.list {
            target.windows = vec![window];
            target.expected = None;
        }
    }
}
