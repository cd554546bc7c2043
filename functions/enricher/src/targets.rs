//! From an alarm to what is to be searched: metrics, each with its windows and the count to expect.
//!
//! An alarm that goes off is searched in every period that breached it; one that ends, from its first breaching period
//! to its end, with what its first notice could know kept apart.

use std::collections::HashSet;

use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;
use yakei_core::alarm::{
    Alarm, Breach, LogQuery, Metric, Span, State, Statistic, Transition, Watches, children, merged, name_of,
};
use yakei_core::notice::Problem;

use crate::patience::patiently;
use crate::ports::{Alarms, CallError};

/// How deep composite alarms are followed.
const DEPTH: usize = 4;
/// How many alarms behind a composite one are looked at.
const ALARMS: usize = 49;
/// CloudWatch keeps an alarm's history for 30 days.
const HISTORY: SignedDuration = SignedDuration::from_hours(30 * 24);
/// How far an alarm's change and the same change in its history may lie apart, in seconds.
const SLACK: i64 = 60;

/// An alarm on metrics whose log events are wanted.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Target {
    /// The metrics behind it.
    pub metrics: Vec<Metric>,
    /// What the alarm makes of their values.
    pub statistic: Option<Statistic>,
    /// Where to search.
    pub windows: Vec<Span>,
    /// The part of it that the first notice searched; nothing of an alarm that goes off.
    pub known: Vec<Span>,
    /// How many events it counted, when its values are counts.
    pub expected: Option<u64>,
    /// What is to be said if it is searched: that its windows are not the exact ones.
    pub inexact: Option<Problem>,
}

/// What is to be searched and what is not known about it.
#[derive(Debug, Default)]
pub(crate) struct Targets {
    pub list: Vec<Target>,
    /// The alarm's own log, when it is a log alarm.
    pub log: Option<LogQuery>,
    /// What may be missing and why: a call that failed, a bound that was met.
    pub gaps: Vec<Problem>,
    /// Until when the first notice could know what is logged; `None` when an alarm goes off, or nobody knows.
    pub until: Option<Timestamp>,
}

impl Targets {
    /// How many events all targets counted; `None` when any of them counts otherwise, or when two look
    /// at the same metric and so may have counted the same events.
    pub(crate) fn expected(&self) -> Option<u64> {
        let mut seen = HashSet::new();
        let distinct = self.list.iter().flat_map(|it| &it.metrics).all(|metric| seen.insert(metric));
        if self.list.is_empty() || !distinct { None } else { self.list.iter().map(|it| it.expected).sum() }
    }
}

/// Where and until when alarms are asked for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asking<'a> {
    pub region: &'a str,
    pub now: Timestamp,
    pub deadline: Instant,
}

/// What an alarm that went off is searched for, with at most a few calls: none for a metric alarm whose message names
/// all its datapoints.
pub(crate) async fn of_alarm(alarms: &impl Alarms, alarm: &Alarm, asking: Asking<'_>) -> Targets {
    let mut finder = Finder { alarms, alarm, asking, interval: None, found: Targets::default() };
    match &alarm.watches {
        Watches::Metric(_) | Watches::Math(_) => finder.breach_of_message().await,
        Watches::Composite { rule, triggering } => {
            let named: Vec<_> = triggering.iter().map(|it| name_of(it).to_owned()).collect();
            finder.of_names(if named.is_empty() { children(rule) } else { named }).await;
        }
        Watches::Log(query) => finder.found.log = Some(query.clone()),
        Watches::Unknown => finder.of_names(vec![alarm.name.clone()]).await,
    }
    finder.found
}

/// What an alarm that is over is searched for: all of the time that it lasted.
pub(crate) async fn of_end(alarms: &impl Alarms, alarm: &Alarm, asking: Asking<'_>) -> Targets {
    let ended = alarm.changed_at.unwrap_or(asking.now);
    let mut finder = Finder { alarms, alarm, asking, interval: None, found: Targets::default() };
    let history = finder.history(&alarm.name, ended).await;
    let began = history.as_deref().and_then(|it| beginning(it, ended)).cloned();
    if began.is_none() {
        finder.found.gaps.push(Problem::BeginningUnknown);
    }
    finder.interval = Some((began.as_ref().map(|it| it.at), ended));
    finder.found.until = began.as_ref().map(|it| whole_second(it.at));
    match &alarm.watches {
        Watches::Metric(_) | Watches::Math(_) => finder.lasted(alarm, began.as_ref()),
        Watches::Composite { rule, .. } => finder.of_names(children(rule)).await,
        Watches::Log(query) => finder.found.log = Some(query.clone()),
        Watches::Unknown => finder.of_names(vec![alarm.name.clone()]).await,
    }
    finder.found
}

/// The newest change to ALARM before an instant. The history comes newest first.
fn beginning(history: &[Transition], before: Timestamp) -> Option<&Transition> {
    history.iter().find(|it| it.to == State::Alarm && it.at <= before)
}

/// A history in whole seconds cuts the instant off.
fn whole_second(at: Timestamp) -> Timestamp {
    let cut_off = if at.subsec_nanosecond() == 0 { SignedDuration::from_secs(1) } else { SignedDuration::ZERO };
    at.saturating_add(cut_off).unwrap_or(at)
}

struct Finder<'a, A> {
    alarms: &'a A,
    alarm: &'a Alarm,
    asking: Asking<'a>,
    /// When the alarm that is over began, if that is known, and ended.
    interval: Option<(Option<Timestamp>, Timestamp)>,
    found: Targets,
}

impl<A: Alarms> Finder<'_, A> {
    /// The datapoints that the message names, if that is all of them; else those that the history has for this change
    /// of state, else those of the alarm as it stands, else the whole time before the change.
    async fn breach_of_message(&mut self) {
        let alarm = self.alarm;
        let mut breach = alarm.breach();
        if !breach.is_whole() {
            let changed = alarm.changed_at.unwrap_or(self.asking.now);
            breach = self.with_history(alarm, breach, changed).await;
        }
        if !breach.is_whole() && breach.said.is_some_and(|said| said > 0) {
            breach = self.with_described(breach).await;
        }
        self.breached(alarm, &breach);
    }

    async fn with_history(&mut self, alarm: &Alarm, breach: Breach, changed: Timestamp) -> Breach {
        let around = Span { from: changed, to: changed }.widened(SLACK);
        let history = self.ask_history(&alarm.name, around).await.unwrap_or_default();
        let same = history.into_iter().filter(|it| it.to == alarm.state && !it.datapoints.is_empty());
        let nearest = same.min_by_key(|it| it.at.duration_since(changed).abs());
        breach.with(alarm.breaching_of(nearest.map(|it| it.datapoints).unwrap_or_default()))
    }

    /// The alarm as it stands, as long as it still stands where the message says.
    async fn with_described(&mut self, breach: Breach) -> Breach {
        let alarm = self.alarm;
        let described = self.describe(std::slice::from_ref(&alarm.name)).await.unwrap_or_default();
        let same = |it: &&Alarm| {
            let near = |at: Timestamp| {
                alarm
                    .changed_at
                    .is_none_or(|changed| at.duration_since(changed).abs() <= SignedDuration::from_secs(SLACK))
            };
            it.name == alarm.name && it.state == alarm.state && it.changed_at.is_none_or(near)
        };
        match described.iter().find(same) {
            Some(it) => breach.with(alarm.breaching_of(it.evaluated.clone())),
            None => breach,
        }
    }

    /// Follows alarms by name, composite ones to their own children, breadth first.
    async fn of_names(&mut self, mut names: Vec<String>) {
        let mut seen: HashSet<String> = HashSet::new();
        let is_composite = matches!(self.alarm.watches, Watches::Composite { .. });
        if is_composite {
            seen.insert(self.alarm.name.clone());
        }
        let most = ALARMS + usize::from(is_composite);
        for _ in 0..DEPTH {
            names.retain(|name| !seen.contains(name));
            let room = most.saturating_sub(seen.len());
            let mut next = Vec::new();
            for name in names {
                if seen.insert(name.clone()) {
                    next.push(name);
                }
            }
            if next.len() > room {
                self.found.gaps.push(Problem::TooManyAlarms(ALARMS));
                next.truncate(room);
            }
            if next.is_empty() {
                return;
            }
            let Some(described) = self.describe(&next).await else { return };
            for name in next.iter().filter(|name| described.iter().all(|it| it.name != **name)) {
                let region = self.asking.region.to_owned();
                self.found.gaps.push(Problem::NoSuchAlarm { alarm: name.clone(), region });
            }
            names = Vec::new();
            for alarm in described {
                names.extend(self.of_described(alarm).await);
            }
        }
        if names.iter().any(|name| !seen.contains(name)) {
            self.found.gaps.push(Problem::TooDeep(DEPTH));
        }
    }

    /// Takes a metric alarm as a target; of a composite one, gives its children's names.
    async fn of_described(&mut self, mut child: Alarm) -> Vec<String> {
        if let Watches::Composite { rule, .. } = &child.watches {
            return children(rule);
        }
        let is_own = child.name == self.alarm.name;
        if let Watches::Log(query) = &child.watches {
            if is_own {
                self.found.log = Some(query.clone());
            } else {
                self.found.gaps.push(Problem::LogAlarm { alarm: child.name });
            }
            return Vec::new();
        }
        if is_own && child.state != self.alarm.state {
            // The message tells of its own change of state; the alarm has changed again since.
            child.evaluated.clear();
        }
        if is_own {
            child.reason.clone_from(&self.alarm.reason);
            child.changed_at = self.alarm.changed_at.or(child.changed_at);
            child.state = self.alarm.state;
        }
        match self.interval {
            Some((_, ended)) if is_own => {
                let history = self.history(&child.name, ended).await.unwrap_or_default();
                self.lasted(&child, beginning(&history, ended));
            }
            Some(interval) => self.child_that_lasted(&child, interval).await,
            None => self.child_that_breached(child, is_own).await,
        }
        Vec::new()
    }

    async fn child_that_breached(&mut self, child: Alarm, is_own: bool) {
        let changed = self.alarm.changed_at.unwrap_or(self.asking.now);
        if is_own || child.state == State::Alarm {
            let mut breach = child.breach();
            if !breach.is_whole() {
                let at = child.changed_at.unwrap_or(changed);
                breach = self.with_history(&child, breach, at).await;
            }
            return self.breached(&child, &breach);
        }
        // It rang and is over already: it triggered the alarm, so its own history knows when. Others are calm.
        if matches!(&self.alarm.watches, Watches::Composite { triggering, .. } if triggering.iter().any(|it| name_of(it) == child.name))
        {
            let history = self.history(&child.name, changed).await.unwrap_or_default();
            if let Some(began) = beginning(&history, changed) {
                let child = Alarm {
                    changed_at: Some(began.at),
                    state: State::Alarm,
                    reason: String::new(),
                    evaluated: Vec::new(),
                    ..child
                };
                let breach = Breach { points: child.breaching_of(began.datapoints.clone()), said: began.said };
                self.breached(&child, &breach);
            }
        }
    }

    /// A child of an alarm that is over, if it rang while that lasted: it may have gone off long before.
    async fn child_that_lasted(&mut self, child: &Alarm, (began, ended): (Option<Timestamp>, Timestamp)) {
        let Some(history) = self.history(&child.name, ended).await else {
            return self.lasted(child, None);
        };
        let Some(rang) = beginning(&history, ended) else {
            if child.state == State::Alarm {
                // It rings for longer than its history is kept.
                self.lasted(child, None);
            }
            return;
        };
        let over = history.iter().rev().find(|it| it.at > rang.at && it.to != State::Alarm).map(|it| it.at);
        if over.is_some_and(|over| began.is_some_and(|began| over < began)) {
            return;
        }
        self.lasted(child, Some(rang));
    }

    /// What breached is searched, exactly if all of it is known.
    fn breached(&mut self, alarm: &Alarm, breach: &Breach) {
        let mut windows = alarm.windows(&breach.points);
        let (mut expected, mut inexact) = (None, None);
        if breach.is_whole() {
            expected = alarm.expected(&breach.points);
        } else {
            let range = alarm.fallback_window(self.asking.now);
            let [from, to] = [range.from, range.to].map(|it| it.strftime("%H:%M").to_string());
            inexact = Some(if breach.points.is_empty() {
                Problem::NoDatapoint { from, to }
            } else {
                Problem::SomeDatapoints { named: breach.points.len(), from, to }
            });
            windows.push(range);
        }
        let windows = merged(windows);
        self.add(alarm, Target { metrics: Vec::new(), statistic: None, windows, known: Vec::new(), expected, inexact });
    }

    /// All of the time from what first breached to the alarm's end.
    fn lasted(&mut self, alarm: &Alarm, began: Option<&Transition>) {
        let ended = self.alarm.changed_at.unwrap_or(self.asking.now);
        let mut first = Vec::new();
        let mut expected = None;
        if let Some(began) = began {
            let then = Alarm { changed_at: Some(began.at), reason: String::new(), ..alarm.clone() };
            let breach = Breach { points: then.breaching_of(began.datapoints.clone()), said: began.said };
            first = then.windows(&breach.points);
            if breach.is_whole() {
                expected = then.expected(&breach.points);
            } else {
                first.push(then.fallback_window(began.at));
                first = merged(first);
            }
        }
        let before = Alarm { changed_at: Some(ended), ..alarm.clone() }.fallback_window(ended).from;
        let from = first.iter().map(|it| it.from).min().unwrap_or(before);
        let windows = merged(first.iter().copied().chain([Span { from, to: ended.max(from) }]).collect());
        // What rang later than the alarm itself was in no first notice.
        let told = match (self.found.until, began) {
            (Some(until), Some(began)) => {
                whole_second(began.at) <= until.saturating_add(SignedDuration::from_secs(SLACK)).unwrap_or(until)
            }
            _ => false,
        };
        let known = if told { first } else { Vec::new() };
        self.add(alarm, Target { metrics: Vec::new(), statistic: None, windows, known, expected, inexact: None });
    }

    fn add(&mut self, alarm: &Alarm, target: Target) {
        let (metrics, statistic) = (alarm.watches.metrics().to_vec(), alarm.evaluation.statistic);
        self.found.list.push(Target { metrics, statistic, ..target });
    }

    async fn history(&mut self, name: &str, ended: Timestamp) -> Option<Vec<Transition>> {
        let month = Span { from: ended.saturating_sub(HISTORY).unwrap_or(ended), to: ended };
        self.ask_history(name, month.widened(1)).await
    }

    async fn ask_history(&mut self, name: &str, span: Span) -> Option<Vec<Transition>> {
        let Asking { region, deadline, .. } = self.asking;
        let asked = patiently(deadline, "DescribeAlarmHistory", || self.alarms.history(region, name, span)).await;
        self.or_gap(asked)
    }

    async fn describe(&mut self, names: &[String]) -> Option<Vec<Alarm>> {
        let Asking { region, deadline, .. } = self.asking;
        let asked = patiently(deadline, "DescribeAlarms", || self.alarms.describe(region, names)).await;
        self.or_gap(asked)
    }

    fn or_gap<T>(&mut self, answer: Result<T, CallError>) -> Option<T> {
        answer.inspect_err(|error| self.found.gaps.push(error.problem(""))).ok()
    }
}
