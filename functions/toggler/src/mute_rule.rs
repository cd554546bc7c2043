//! Muting by CloudWatch's alarm mute rules: which rules are wanted, and how they differ from those that are there.
//!
//! A recurring rule knows no holidays and is an hour off across a clock change. So there is one rule for the window
//! that is open, or for the next one within a day, with its real beginning and end: AWS begins and ends the mute
//! even if the toggler is dead by then. Rules are written in UTC, where an instant has one reading.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use yakei_core::hours::Mode;
use yakei_core::names::Name;

use crate::plan::{self, Target};
use crate::port::{Alarm, CHUNK, KnownRule, MuteRule};

/// How far ahead a rule is written.
const AHEAD: SignedDuration = SignedDuration::from_hours(24);

/// The longest mute that a rule can have: P15D (CloudWatch API reference, `Schedule`).
const LONGEST: SignedDuration = SignedDuration::from_hours(15 * 24);

/// More changes of mind than any schedule has in a day.
const MOST_CHANGES: usize = 400;

/// The difference between the rules that are wanted and those that are there.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RulePlan {
    /// There already.
    pub right: Vec<MuteRule>,
    /// To be made.
    pub put: Vec<MuteRule>,
    /// Ours, and no longer wanted.
    pub remove: Vec<KnownRule>,
    /// Alarms whose last rule has ended.
    pub ended: Vec<String>,
    /// Alarms that a rule mutes which is to be removed.
    pub freed: Vec<String>,
    /// Somebody else's, and muting now.
    pub foreign: Vec<String>,
}

/// Plans the rules for the alarms that are muted by rules.
pub fn plan(
    owner: &Name,
    at: &impl Fn(Timestamp) -> Vec<Target>,
    alarms: &[Alarm],
    known: &[KnownRule],
    now: Timestamp,
) -> RulePlan {
    let mut plan = RulePlan::default();
    let mut ours = Vec::new();
    for rule in known {
        match OwnName::parse(owner, &rule.name) {
            Some(name) => ours.push((rule, name)),
            None if rule.active => plan.foreign.push(rule.name.clone()),
            None => {}
        }
    }
    let mut wanted = Vec::new();
    for (window, alarms) in groups(at, alarms, now) {
        for chunk in alarms.chunks(CHUNK) {
            let hash = hash(chunk);
            let ended = ours.iter().any(|(_, name)| name.hash == hash && name.end <= now);
            let mutes = ours.iter().any(|(_, name)| name.hash == hash && name.start <= now && now < name.end);
            let open = window.is_some_and(|(start, _)| start <= now);
            plan.ended.extend(chunk.iter().filter(|_| ended).cloned());
            plan.freed.extend(chunk.iter().filter(|_| mutes && !open).cloned());
            wanted.extend(window.and_then(|window| Some((OwnName::new(window, hash, now)?, chunk.to_vec()))));
        }
    }
    for (mut name, alarms) in wanted {
        // A rule that mutes already began at some other instant than a new one would.
        let there = ours
            .iter()
            .find(|(rule, own)| own.hash == name.hash && own.end == name.end && own.serves(name, rule.active, now));
        if let Some((_, own)) = there {
            name = *own;
        }
        let rule = MuteRule { name: name.text(owner), start: name.start, end: name.end, alarms };
        if there.is_some() { plan.right.push(rule) } else { plan.put.push(rule) }
    }
    let unwanted = ours.into_iter().filter(|(rule, _)| !plan.right.iter().any(|right| right.name == rule.name));
    plan.remove = unwanted.map(|(rule, _)| rule.clone()).collect();
    plan
}

type Window = (Timestamp, Timestamp);

/// The alarms that are muted by rules, by the schedules that name them, each group with its window.
fn groups(
    at: &impl Fn(Timestamp) -> Vec<Target>,
    alarms: &[Alarm],
    now: Timestamp,
) -> Vec<(Option<Window>, Vec<String>)> {
    let targets = at(now);
    let mut groups: BTreeMap<Vec<usize>, Vec<String>> = BTreeMap::new();
    for alarm in alarms.iter().filter(|alarm| plan::by_rule(&targets, &alarm.name)) {
        let naming = targets.iter().enumerate().filter(|(_, target)| target.selects(&alarm.name));
        groups.entry(naming.map(|(index, _)| index).collect()).or_default().push(alarm.name.clone());
    }
    let sorted = |mut alarms: Vec<String>| {
        alarms.sort();
        alarms
    };
    groups.into_iter().map(|(group, alarms)| (window(at, &group, now), sorted(alarms))).collect()
}

/// The window that is open for a group of schedules, or the next one: while all of them want their alarms muted.
fn window(at: &impl Fn(Timestamp) -> Vec<Target>, group: &[usize], now: Timestamp) -> Option<Window> {
    let (mut t, mut start) = (now, None);
    for _ in 0..MOST_CHANGES {
        let targets = at(t);
        let decisions: Vec<_> = group.iter().filter_map(|index| Some(&targets.get(*index)?.decision)).collect();
        let muted = decisions.iter().all(|decision| decision.desired == Mode::Muted);
        match start {
            None if t > now.checked_add(AHEAD).ok()? => return None,
            None if muted => start = Some(t),
            Some(start) if !muted => return Some((start, t)),
            _ => {}
        }
        let longest = start.and_then(|start| start.checked_add(LONGEST).ok());
        if let (Some(start), Some(longest)) = (start, longest.filter(|longest| t >= *longest)) {
            return Some((start, longest));
        }
        let Some(next) = decisions.iter().filter_map(|decision| decision.next_change).min() else { break };
        t = next;
    }
    start.and_then(|start| Some((start, start.checked_add(LONGEST).ok()?)))
}

/// What a rule's name says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct OwnName {
    start: Timestamp,
    end: Timestamp,
    hash: u64,
}

impl OwnName {
    const FORMAT: &'static str = "%Y%m%dT%H%MZ";

    /// A rule for a window. One that is open already begins at the next whole minute: a rule whose beginning is
    /// past might never begin. `None` when less than a minute is left.
    fn new((start, end): Window, hash: u64, now: Timestamp) -> Option<Self> {
        let start = if start > now { start } else { next_minute(now)? };
        let end = end.min(start.checked_add(LONGEST).ok()?);
        (end.duration_since(start) >= SignedDuration::from_mins(1)).then_some(Self { start, end, hash })
    }

    /// Whether this rule, which is there, begins when the wanted one should: at the same instant, or it has begun
    /// already and mutes. One whose beginning is past and that does not mute was written too late to begin.
    fn serves(&self, wanted: Self, active: bool, now: Timestamp) -> bool {
        let minute = SignedDuration::from_mins(1);
        let begins_as_wanted = self.start == wanted.start && (active || now < self.start + minute);
        let has_begun = self.start <= now && (active || now < self.start + minute) && wanted.start <= now + minute;
        begins_as_wanted || has_begun
    }

    fn text(&self, owner: &Name) -> String {
        let Self { start, end, hash } = self;
        let format = |t: &Timestamp| t.strftime(Self::FORMAT).to_string();
        format!("{}-mute-{}-{}-{hash:016x}", owner.as_str(), format(start), format(end))
    }

    fn parse(owner: &Name, text: &str) -> Option<Self> {
        let mut parts = text.strip_prefix(owner.as_str())?.strip_prefix("-mute-")?.split('-');
        let instant = |text: &str| {
            let civil = jiff::civil::DateTime::strptime(Self::FORMAT, text).ok()?;
            civil.to_zoned_datetime(jiff::tz::TimeZone::UTC).ok().map(|zoned| zoned.timestamp())
        };
        let (start, end) = (instant(parts.next()?)?, instant(parts.next()?)?);
        let hash = u64::from_str_radix(parts.next()?, 16).ok()?;
        parts.next().is_none().then_some(Self { start, end, hash })
    }
}

fn next_minute(now: Timestamp) -> Option<Timestamp> {
    Timestamp::from_second((now.as_second().div_euclid(60) + 1) * 60).ok()
}

/// FNV-1a over the names, so that a rule's name changes with its alarms.
fn hash(alarms: &[String]) -> u64 {
    let bytes = alarms.iter().flat_map(|alarm| alarm.bytes().chain([0]));
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// A rule's duration as ISO 8601: `PT9H`, `PT9H30M`.
pub fn duration(rule: &MuteRule) -> String {
    let minutes = rule.end.duration_since(rule.start).as_mins();
    match (minutes / 60, minutes % 60) {
        (0, minutes) => format!("PT{minutes}M"),
        (hours, 0) => format!("PT{hours}H"),
        (hours, minutes) => format!("PT{hours}H{minutes}M"),
    }
}

#[cfg(test)]
mod tests {
    use yakei_core::config::Config;

    use super::*;
    use crate::hold::Holds;

    const NIGHTS: &str = r#"
[[schedule]]
name = "tokyo"
by = "mute-rule"
timezone = "Asia/Tokyo"
windows = [{ days = ["Mon", "Tue", "Wed", "Thu", "Fri"], start = "09:00", end = "18:00" }]
holidays = ["2026-11-23"]
alarms = ["a*"]
[[schedule]]
name = "london"
by = "mute-rule"
timezone = "Europe/London"
windows = [{ days = ["Fri", "Sat"], start = "22:00", end = "06:30" }]
alarms = ["b*", "a-both"]
[[schedule]]
name = "old"
timezone = "Asia/Tokyo"
windows = [{ days = ["Tue"], start = "00:00", end = "24:00" }]
alarms = ["a-mixed"]
"#;

    fn owner() -> Name {
        Name::parse("yakei").unwrap()
    }

    fn plan_at(now: &str, known: &[KnownRule], names: &[&str]) -> RulePlan {
        let config = Config::parse(NIGHTS).unwrap();
        let at = |t: Timestamp| plan::targets(&config, &Holds::default(), t);
        let alarms: Vec<_> = names.iter().map(|name| Alarm::named(name, Mode::Armed)).collect();
        plan(&owner(), &at, &alarms, known, now.parse().unwrap())
    }

    fn known(rules: &[MuteRule]) -> Vec<KnownRule> {
        rules.iter().map(|rule| KnownRule { name: rule.name.clone(), active: true }).collect()
    }

    fn show(rules: &[MuteRule]) -> Vec<String> {
        rules.iter().map(|rule| format!("{} {} {}", rule.start, duration(rule), rule.alarms.join(" "))).collect()
    }

    #[test]
    fn the_next_window_within_a_day_has_a_rule() {
        assert_eq!(show(&plan_at("2026-11-23T20:00:00Z", &[], &["a1", "a2"]).put), ["2026-11-24T00:00:00Z PT9H a1 a2"]);
        assert_eq!(plan_at("2026-11-22T20:00:00Z", &[], &["a1"]), RulePlan::default(), "the 23rd is a holiday");
        assert_eq!(plan_at("2026-11-27T09:00:00Z", &[], &["a1"]), RulePlan::default(), "the weekend is long");
    }

    #[test]
    fn an_open_window_begins_at_the_next_minute_and_keeps_its_end() {
        let plan = plan_at("2026-11-24T03:10:30Z", &[], &["a1"]);
        assert_eq!(show(&plan.put), ["2026-11-24T03:11:00Z PT5H49M a1"]);
        let later = plan_at("2026-11-24T05:00:00Z", &known(&plan.put), &["a1"]);
        assert_eq!((later.right.len(), later.put.len(), later.remove.len()), (1, 0, 0), "{later:?}");
        assert_eq!(plan_at("2026-11-24T08:59:30Z", &[], &["a1"]).put, [], "less than a minute is left");
    }

    #[test]
    fn durations_are_real_ones_across_a_clock_change() {
        // Saturday night in London, when clocks go forward and back.
        assert_eq!(show(&plan_at("2026-03-28T20:00:00Z", &[], &["b"]).put), ["2026-03-28T22:00:00Z PT7H30M b"]);
        assert_eq!(show(&plan_at("2026-10-24T20:00:00Z", &[], &["b"]).put), ["2026-10-24T21:00:00Z PT9H30M b"]);
    }

    #[test]
    fn a_shared_alarm_has_the_common_window_and_a_mixed_one_has_none() {
        let plan = plan_at("2026-11-27T22:10:00Z", &[], &["a-both", "a-mixed", "b"]);
        assert_eq!(
            show(&plan.put),
            ["2026-11-27T22:11:00Z PT8H19M b"],
            "Tokyo has no Saturdays, the mixed one is by actions"
        );
    }

    #[test]
    fn what_has_ended_or_is_no_longer_wanted_is_removed_and_others_are_reported() {
        let first = plan_at("2026-11-24T03:10:30Z", &[], &["a1"]).put;
        let mut all = known(&first);
        all.push(KnownRule { name: "maintenance".to_owned(), active: true });
        all.push(KnownRule { name: "yakei-mute-by-hand".to_owned(), active: false });
        let ended = plan_at("2026-11-24T09:00:00Z", &all, &["a1"]);
        assert_eq!((ended.remove, ended.ended), (known(&first), vec!["a1".to_owned()]));
        assert_eq!(ended.foreign, ["maintenance"]);
        let more = plan_at("2026-11-24T05:00:00Z", &known(&first), &["a1", "a2"]);
        assert_eq!(
            (more.remove, show(&more.put)),
            (known(&first), vec!["2026-11-24T05:01:00Z PT3H59M a1 a2".to_owned()])
        );
    }

    #[test]
    fn a_rule_that_came_too_late_to_begin_is_made_anew() {
        let first = plan_at("2026-11-24T03:10:30Z", &[], &["a1"]).put;
        let asleep = [KnownRule { name: first[0].name.clone(), active: false }];
        assert_eq!(plan_at("2026-11-24T03:11:30Z", &asleep, &["a1"]).put, [], "it may begin any moment");
        let anew = plan_at("2026-11-24T03:15:00Z", &asleep, &["a1"]);
        assert_eq!((anew.put.len(), anew.remove.len()), (1, 1));
    }

    #[test]
    fn a_hundred_alarms_a_rule() {
        let names: Vec<String> = (0..250).map(|n| format!("a{n:03}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let plan = plan_at("2026-11-24T03:10:30Z", &[], &names);
        assert_eq!(plan.put.iter().map(|rule| rule.alarms.len()).collect::<Vec<_>>(), [100, 100, 50]);
    }
}
