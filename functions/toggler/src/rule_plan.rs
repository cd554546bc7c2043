//! Muting by CloudWatch's alarm mute rules: which rules are wanted, and how they differ from those that are there. Pure.
//!
//! A recurring rule knows no holidays and is an hour off across a clock change. So there is one rule for the window
//! that is open, or for the next one within a day, with its real beginning and end: AWS begins and ends the mute
//! even if the toggler is dead by then. Rules are written in UTC, where an instant has one reading.
//!
//! Removing a rule has a side effect: CloudWatch carries out the actions of every alarm of it that stands in ALARM. So
//! a rule that mutes now and ends within what is wanted stays as it is, whatever else is planned; what it lacks at its
//! end is added by a further rule in time; and a rule that ends too late goes when others are seen to mute its alarms.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use yakei_core::hours::Mode;
use yakei_core::names::Name;

use crate::plan;
use crate::plan::Target;
use crate::ports::{CHUNK, MuteRule};
use crate::rule_name::{MutedSpan, RuleName, parts};

/// How far ahead a rule is written.
const AHEAD: SignedDuration = SignedDuration::from_hours(24);

/// The longest mute that a rule can have: P15D (CloudWatch API reference, `Schedule`).
const LONGEST: SignedDuration = SignedDuration::from_hours(15 * 24);

const MINUTE: SignedDuration = SignedDuration::from_mins(1);

/// How long a rule may still be called active after its end.
const GRACE: SignedDuration = SignedDuration::from_mins(2);

/// More changes of mind than any schedule has in a day.
const MOST_CHANGES: usize = 400;

/// One of our rules that is there, with its alarms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OwnRule {
    /// Its name.
    pub name: String,
    /// What the name says.
    pub span: MutedSpan,
    /// Whether it mutes at this moment.
    pub active: bool,
    /// The alarms that it names.
    pub alarms: Vec<String>,
}

/// The difference between the rules that are wanted and those that are there.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct RulePlan {
    /// There already, and as good as wanted.
    pub stay: Vec<OwnRule>,
    /// To be made.
    pub put: Vec<MuteRule>,
    /// They mute what should be armed now, or will mute what nobody wants muted: to be removed at once.
    pub remove: Vec<OwnRule>,
    /// They end too late or are no longer how their alarms are muted: to be removed when everything that they mute is
    /// muted otherwise.
    pub replace: Vec<OwnRule>,
    /// Over, never begun, or of alarms that are not there: of no effect, to be tidied away.
    pub over: Vec<OwnRule>,
}

impl RulePlan {
    /// The alarms that rules mute, each with the span, those that are made now included.
    pub(crate) fn spans(&self) -> impl Iterator<Item = (&str, MutedSpan)> {
        let there = self.stay.iter().chain(&self.replace).map(|rule| (&rule.alarms, rule.span));
        let made = self.put.iter().map(|rule| (&rule.alarms, MutedSpan { start: rule.start, end: rule.end }));
        there.chain(made).flat_map(|(alarms, span)| alarms.iter().map(move |alarm| (alarm.as_str(), span)))
    }
}

/// What is wanted of the alarms that are muted by rules: the span of each that is open, or begins within a day.
pub(crate) type Wanted = BTreeMap<String, MutedSpan>;

/// Compares. `muted_otherwise` are alarms that stand muted by their actions.
pub(crate) fn plan(
    owner: &Name,
    targets: &[Target],
    wanted: &Wanted,
    there: Vec<OwnRule>,
    muted_otherwise: &BTreeSet<String>,
    now: Timestamp,
) -> RulePlan {
    let mut plan = RulePlan::default();
    let mut later = Vec::new();
    for rule in there {
        let begins = rule.active || now < plus(rule.span.start, MINUTE);
        let fits = |alarm: &String| {
            let begun = rule.span.start.max(now);
            wanted.get(alarm).is_some_and(|span| span.start <= begun && rule.span.end <= span.end)
        };
        let armed = |alarm: &String| plan::desired(targets, alarm) != Some(Mode::Muted);
        let overdue = overdue(rule.span, rule.active, now);
        // Of a rule whose alarms are all deleted nobody knows whether they are made again.
        if rule.alarms.is_empty() || (!overdue && (rule.span.end <= now || !begins)) {
            plan.over.push(rule);
        } else if !overdue && rule.alarms.iter().all(fits) {
            plan.stay.push(rule);
        } else if !rule.active || rule.alarms.iter().any(armed) {
            plan.remove.push(rule);
        } else {
            later.push(rule);
        }
    }
    plan.put = missing(owner, wanted, &plan.stay, now);
    let active = plan.stay.iter().filter(|rule| rule.active && !later.is_empty());
    let by_rule: BTreeSet<&String> = active.flat_map(|rule| &rule.alarms).collect();
    for rule in later {
        let muted = |alarm: &String| muted_otherwise.contains(alarm) || by_rule.contains(alarm);
        if rule.alarms.iter().all(muted) { plan.remove.push(rule) } else { plan.replace.push(rule) }
    }
    plan
}

/// Whether a rule mutes longer than its name says: somebody has changed it by hand. CloudWatch may take a moment to say
/// that one has ended.
pub(crate) fn overdue(span: MutedSpan, active: bool, now: Timestamp) -> bool {
    active && plus(span.end, GRACE) <= now
}

/// The rules that are needed beside those that stay.
fn missing(owner: &Name, wanted: &Wanted, stay: &[OwnRule], now: Timestamp) -> Vec<MuteRule> {
    let mut muted: BTreeMap<&str, Vec<MutedSpan>> = BTreeMap::new();
    for rule in stay {
        for alarm in &rule.alarms {
            muted.entry(alarm).or_default().push(rule.span);
        }
    }
    let mut groups: BTreeMap<MutedSpan, Vec<String>> = BTreeMap::new();
    for (alarm, span) in wanted {
        let rules = muted.remove(alarm.as_str()).unwrap_or_default();
        if let Some(gap) = gap(*span, rules, now) {
            groups.entry(gap).or_default().push(alarm.clone());
        }
    }
    let rules = groups.into_iter().flat_map(|(span, alarms)| {
        parts(alarms, CHUNK).into_iter().map(move |alarms| {
            let name = RuleName::new(span, &alarms).text(owner);
            MuteRule { name, start: span.start, end: span.end, alarms }
        })
    });
    rules.collect()
}

/// What of a wanted span the rules that stay leave open. One that mutes already may end before the span does: the next
/// begins a minute before, so that no moment lies between them.
fn gap(wanted: MutedSpan, mut rules: Vec<MutedSpan>, now: Timestamp) -> Option<MutedSpan> {
    let open = wanted.start <= now;
    let from = if open { now } else { wanted.start };
    let mut covered = from;
    rules.sort();
    for rule in rules {
        // A rule for a window that is open may begin at the next minute.
        let reaches = rule.start <= covered || (open && covered == from && rule.start <= plus(now, MINUTE));
        if reaches {
            covered = covered.max(rule.end);
        }
    }
    if covered >= wanted.end || (covered > from && covered > plus(now, AHEAD)) {
        return None;
    }
    let start = match (covered == from, open) {
        (true, false) => wanted.start,
        (true, true) => next_minute(now),
        (false, _) => covered.checked_sub(MINUTE).unwrap_or(covered).max(next_minute(now)),
    };
    let span = MutedSpan { start, end: wanted.end.min(plus(start, LONGEST)) };
    (span.length() >= MINUTE).then_some(span)
}

/// What is wanted of each alarm that all its schedules mute by rules. `at` says what schedules want at an instant.
pub(crate) fn wanted<'a>(
    targets: &[Target],
    at: &impl Fn(usize, Timestamp) -> Option<yakei_core::hours::Decision>,
    alarms: impl Iterator<Item = &'a String>,
    now: Timestamp,
) -> Wanted {
    let mut groups: BTreeMap<Vec<usize>, Vec<&String>> = BTreeMap::new();
    for alarm in alarms.filter(|alarm| plan::by_rule(targets, alarm)) {
        let naming = targets.iter().enumerate().filter(|(_, target)| target.selects(alarm));
        groups.entry(naming.map(|(index, _)| index).collect()).or_default().push(alarm);
    }
    let mut wanted = Wanted::new();
    for (group, alarms) in groups {
        if let Some(span) = window(at, &group, now) {
            wanted.extend(alarms.into_iter().map(|alarm| (alarm.clone(), span)));
        }
    }
    wanted
}

/// The window that is open for a group of schedules, or the next one: while all of them want their alarms muted. It
/// ends at a whole minute, as rules do.
fn window(
    at: &impl Fn(usize, Timestamp) -> Option<yakei_core::hours::Decision>,
    group: &[usize],
    now: Timestamp,
) -> Option<MutedSpan> {
    let (mut t, mut start) = (now, None);
    let mut ends = None;
    for _ in 0..MOST_CHANGES {
        let decisions: Vec<_> = group.iter().filter_map(|schedule| at(*schedule, t)).collect();
        let muted = decisions.len() == group.len() && decisions.iter().all(|it| it.desired == Mode::Muted);
        match start {
            None if t > plus(now, AHEAD) => return None,
            None if muted => start = Some(t),
            Some(_) if !muted => ends = Some(t),
            _ => {}
        }
        let longest = start.map(|start| plus(start, LONGEST));
        if ends.is_some() || longest.is_some_and(|longest| t >= longest) {
            break;
        }
        let Some(next) = decisions.iter().filter_map(|decision| decision.next_change).min() else { break };
        t = next;
    }
    let start = start?;
    let end = ends.unwrap_or_else(|| plus(start, LONGEST)).min(plus(start, LONGEST));
    let whole = |minutes: i64| Timestamp::from_second(minutes * 60).ok();
    let end = whole(end.as_second().div_euclid(60))?;
    let start = if start > now { whole(-(-start.as_second()).div_euclid(60))? } else { start };
    (end > start).then_some(MutedSpan { start, end })
}

fn plus(at: Timestamp, duration: SignedDuration) -> Timestamp {
    at.checked_add(duration).unwrap_or(at)
}

/// A rule whose beginning is past might never begin.
fn next_minute(now: Timestamp) -> Timestamp {
    Timestamp::from_second((now.as_second().div_euclid(60) + 1) * 60).unwrap_or(now)
}

#[cfg(test)]
mod tests;
