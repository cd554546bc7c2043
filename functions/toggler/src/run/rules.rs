//! The part of a run that concerns alarm mute rules: look, remove, make, look again, tidy.
//!
//! Every run looks: a rule outlives the config that asked for it. What removes a rule that mutes comes before what
//! makes one, and tidying comes last; what there is no time for is left to the next run, and said.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use yakei_core::config::Mechanism;
use yakei_core::hours::Mode;

use super::Run;
use crate::memory::Entry;
use crate::plan::{self, Target};
use crate::ports::{Alarms, CHUNK, CallError, KnownRule, MuteRule, MuteRules, RuleList, RuleSaid};
use crate::ran::{ForeignMute, Listing, Outcome, Outcomes};
use crate::rule_name::{MutedSpan, RuleName, parts};
use crate::rule_plan::{self, OwnRule, RulePlan, Wanted};

/// What work on rules leaves of the time, for reading back and telling.
const RESERVE: Duration = Duration::from_secs(12);

/// What removing rules, which arms, leaves of the time.
const FOR_READING: Duration = Duration::from_secs(5);

/// So many rules that are as they should be by their names are asked in one run whether they are. Those that were
/// changed last are asked first, so what somebody changes is seen by the next run.
const ASKED: usize = 20;

/// What a run knows and did about rules.
#[derive(Debug, Default)]
pub(super) struct Rules {
    plan: RulePlan,
    /// Names of rules that could not be made or removed.
    failed: BTreeSet<String>,
    /// Somebody else's, and muting now.
    others: Vec<String>,
    /// Ours, and nobody can tell which alarms they name.
    nameless: Vec<OwnRule>,
    /// Whether rules may mute of which nothing could be found out.
    unknown: bool,
}

/// The alarms that rules mute.
pub(super) struct Muting<'a> {
    unknown: bool,
    now: BTreeSet<&'a str>,
    later: BTreeSet<&'a str>,
}

impl Muting<'_> {
    /// Whether a rule mutes an alarm at this moment, begins to at the next minute, or may.
    pub(super) fn mutes(&self, alarm: &str) -> bool {
        self.unknown || self.now.contains(alarm)
    }

    /// Whether a rule will mute an alarm.
    pub(super) fn will_mute(&self, alarm: &str) -> bool {
        self.later.contains(alarm)
    }
}

impl Rules {
    /// Looks at the rules that are there.
    pub(super) async fn look<P: Alarms + MuteRules>(run: &mut Run<'_, P>, now: Timestamp) -> Self {
        let targets = run.targets(now);
        let used = targets.iter().any(|target| target.by == Mechanism::MuteRule)
            || run.memory.entries().any(|(_, entry)| entry.rule.is_some());
        let RuleList { rules: known, cut_off } = run.port.rules().await;
        let mut rules = Self { unknown: used && cut_off.is_some(), ..Self::default() };
        run.listed = if cut_off.is_none() { Listing::Whole } else { Listing::CutOff };
        run.errors.extend(cut_off);
        let wanted = rule_plan::wanted(
            &targets,
            &|schedule, at| run.settings.decision(schedule, &run.holds, at),
            run.now.keys(),
            now,
        );
        let wanted = if run.cut_off { Wanted::new() } else { wanted };
        let there = rules.own(run, known, &wanted, now).await;
        let by_actions = run.now.values().filter(|alarm| alarm.mode == Mode::Muted).map(|alarm| alarm.name.clone());
        rules.plan = rule_plan::plan(run.settings.name(), &targets, &wanted, there, &by_actions.collect(), now);
        // Nobody wants any: what they name need not be known. Those that were not listed may be there already.
        let unwanted = std::mem::take(&mut rules.nameless);
        if wanted.is_empty() {
            rules.plan.remove.extend(unwanted);
        } else {
            rules.unknown |= unwanted.iter().any(|rule| rule.active);
        }
        if run.listed == Listing::CutOff {
            rules.plan.put.clear();
        }
        rules
    }

    /// Our rules with their alarms, as they say themselves: somebody may have changed one, and its name says nothing of
    /// it. Where there is no time to ask one that would be made of the same name now, its name is believed.
    async fn own<P: Alarms + MuteRules>(
        &mut self,
        run: &mut Run<'_, P>,
        mut known: Vec<KnownRule>,
        wanted: &Wanted,
        now: Timestamp,
    ) -> Vec<OwnRule> {
        let mut by_span: BTreeMap<_, Vec<String>> = BTreeMap::new();
        for (alarm, span) in wanted {
            by_span.entry(*span).or_default().push(alarm.clone());
        }
        let expected = by_span.into_iter().flat_map(|(span, alarms)| {
            parts(alarms, CHUNK).into_iter().map(move |alarms| (RuleName::new(span, &alarms).hash, alarms))
        });
        let expected: BTreeMap<u64, Vec<String>> = expected.collect();
        let mut own = Vec::new();
        // Half of the time is for removing.
        let reserve = RESERVE.max(run.port.time_left() / 2);
        // Where CloudWatch does not say when, each run begins with others.
        let turn = run.turn.wrapping_mul(ASKED).checked_rem(known.len()).unwrap_or_default();
        known.rotate_left(turn);
        known.sort_by_key(|rule| std::cmp::Reverse(rule.updated));
        let mut asked = 0;
        for KnownRule { name, active, updated: _ } in known {
            let Some(RuleName { span, hash }) = RuleName::parse(run.settings.name(), &name) else {
                if active {
                    self.others.push(name);
                }
                continue;
            };
            let by_name = expected.get(&hash).map(|alarms| RuleSaid { alarms: alarms.clone(), span: Some(span) });
            let said = match &by_name {
                _ if span.end <= now && !active => Ok(None),
                Some(_) if asked == ASKED || run.port.time_left() < reserve => Ok(by_name.clone()),
                _ if run.port.time_left() < reserve => Err(CallError::out_of_time("GetAlarmMuteRule")),
                _ => run.port.rule(&name).await,
            };
            asked = ASKED.min(asked + usize::from(by_name.is_some()));
            let said = match said {
                Ok(said) => said.or_else(|| Some(RuleSaid { alarms: Vec::new(), span: Some(span) })),
                Err(error) => {
                    // Planned by its name, and not known to mute what it says and nothing else.
                    self.unknown |= active && by_name.is_some();
                    run.errors.push(error);
                    by_name
                }
            };
            let Some(RuleSaid { mut alarms, span: really }) = said else {
                self.nameless.push(OwnRule { name, span, active, alarms: Vec::new() });
                continue;
            };
            alarms.sort();
            if !alarms.is_empty() && (really, RuleName::new(span, &alarms).hash) != (Some(span), hash) {
                tracing::warn!(rule = name, "somebody has changed this mute rule of ours; what it says itself counts");
            }
            // What does not exist any more can neither be muted nor be armed.
            alarms.retain(|alarm| run.now.contains_key(alarm) || run.cut_off || run.is_elsewhere(alarm));
            // One that recurs has no end, and is none of those that wait for their beginning.
            let endless = MutedSpan { start: if active { span.start } else { Timestamp::MAX }, end: Timestamp::MAX };
            own.push(OwnRule { name, span: really.unwrap_or(endless), active, alarms });
        }
        own
    }

    /// Removes what mutes and should not, which arms.
    pub(super) async fn remove<P: Alarms + MuteRules>(&mut self, run: &mut Run<'_, P>) {
        for rule in &self.plan.remove {
            let removed = if run.port.time_left() < FOR_READING {
                Err(CallError::out_of_time("DeleteAlarmMuteRule"))
            } else {
                run.port.remove_rule(&rule.name).await
            };
            if let Err(error) = removed {
                run.errors.push(error);
                self.failed.insert(rule.name.clone());
                if rule.active && rule.alarms.is_empty() {
                    run.stuck.push(rule.name.clone());
                    self.unknown = true;
                }
            } else {
                run.no_rule(rule);
            }
        }
    }

    /// The alarms that a rule mutes now.
    pub(super) fn active(&self) -> BTreeSet<String> {
        let rules = self.plan.stay.iter().chain(&self.plan.replace).filter(|rule| rule.active);
        rules.flat_map(|rule| rule.alarms.iter().cloned()).collect()
    }

    /// Makes what is wanted after remembering it, and believes only what it then finds listed.
    pub(super) async fn put<P: Alarms + MuteRules>(&mut self, run: &mut Run<'_, P>, now: Timestamp) {
        if run.cut_off {
            self.plan.put.clear();
            return;
        }
        self.remember(run, now);
        let remembered = run.keep_memory().await;
        if self.plan.put.is_empty() {
            return;
        }
        for rule in &self.plan.put {
            let made = if !remembered {
                continue;
            } else if run.port.time_left() < RESERVE {
                Err(CallError::out_of_time("PutAlarmMuteRule"))
            } else {
                run.port.put_rule(rule, run.settings.name()).await
            };
            if let Err(error) = made {
                run.errors.push(error);
                self.failed.insert(rule.name.clone());
            }
        }
        let RuleList { rules: known, cut_off } = run.port.rules().await;
        run.errors.extend(cut_off);
        let listed = |rule: &&MuteRule| known.iter().any(|known| known.name == rule.name);
        let absent = self.plan.put.iter().filter(|rule| !listed(rule));
        self.failed.extend(absent.map(|rule| rule.name.clone()));
    }

    /// Removes what has no effect any more, as far as the time goes.
    pub(super) async fn tidy<P: Alarms + MuteRules>(&self, run: &mut Run<'_, P>) {
        // One that was made anew under the same name is none of them any more.
        let made = |rule: &&OwnRule| self.plan.put.iter().any(|put| put.name == rule.name);
        for rule in self.plan.over.iter().filter(|rule| !made(rule)) {
            if run.port.time_left() < RESERVE {
                return;
            }
            run.errors.extend(run.port.remove_rule(&rule.name).await.err());
        }
    }

    /// What rules mute at an instant, and later.
    pub(super) fn muting(&self, now: Timestamp) -> Muting<'_> {
        let stuck = self.plan.remove.iter().filter(|rule| self.failed.contains(&rule.name));
        let stuck = stuck.flat_map(|rule| rule.alarms.iter().map(String::as_str));
        let soon = self.plan.spans().filter(|(_, span)| is_soon(span.start, now) && now < span.end);
        let later = self.plan.spans().filter(|(_, span)| now < span.start);
        Muting {
            unknown: self.unknown,
            now: soon.map(|(alarm, _)| alarm).chain(stuck).collect(),
            later: later.map(|(alarm, _)| alarm).collect(),
        }
    }

    /// Remembers what rules that are there or made now mute, or will.
    pub(super) fn remember<P: Alarms>(&mut self, run: &mut Run<'_, P>, now: Timestamp) {
        let begins = self.begins();
        let begins = |alarm: &String, start: Timestamp| begins.get(alarm).copied().unwrap_or(start);
        for rule in &self.plan.stay {
            for alarm in &rule.alarms {
                let _ = run.remember_rule(alarm, begins(alarm, rule.span.start), now);
            }
        }
        for rule in &mut self.plan.put {
            let all = rule.alarms.len();
            rule.alarms.retain(|alarm| {
                !run.is_being_told(alarm, now) && run.remember_rule(alarm, begins(alarm, rule.start), now)
            });
            if rule.alarms.len() < all {
                let span = MutedSpan { start: rule.start, end: rule.end };
                rule.name = RuleName::new(span, &rule.alarms).text(run.settings.name());
            }
        }
        self.plan.put.retain(|rule| !rule.alarms.is_empty());
    }

    /// When the first of an alarm's rules begins: a further one prolongs the mute, and does not begin it.
    fn begins(&self) -> BTreeMap<String, Timestamp> {
        let stay = self.plan.stay.iter().map(|rule| (&rule.alarms, rule.span.start));
        let put = self.plan.put.iter().map(|rule| (&rule.alarms, rule.start));
        let mut begins = BTreeMap::new();
        for (alarms, start) in stay.chain(put) {
            for alarm in alarms {
                begins
                    .entry(alarm.clone())
                    .and_modify(|first: &mut Timestamp| *first = start.min(*first))
                    .or_insert(start);
            }
        }
        begins
    }

    /// Other people's rules that mute alarms which should be armed.
    pub(super) async fn foreign<P: Alarms + MuteRules>(
        &self,
        run: &mut Run<'_, P>,
        targets: &[Target],
    ) -> Vec<ForeignMute> {
        let mut found = Vec::new();
        for rule in &self.others {
            if run.port.time_left() < RESERVE {
                run.errors.push(CallError::out_of_time("GetAlarmMuteRule"));
                break;
            }
            match run.port.rule(rule).await {
                Ok(said) => {
                    let alarms = said.unwrap_or_default().alarms;
                    let armed = |alarm: &String| plan::desired(targets, alarm) == Some(Mode::Armed);
                    let alarms: Vec<String> = alarms.into_iter().filter(armed).collect();
                    if !alarms.is_empty() {
                        found.push(ForeignMute { rule: rule.clone(), alarms });
                    }
                }
                Err(error) => run.errors.push(error),
            }
        }
        found
    }

    /// Alarms that nobody wants muted, named by a schedule or not, and that a rule still mutes or may.
    fn stuck<P: Alarms>(&self, run: &Run<'_, P>, targets: &[Target], now: Timestamp) -> Vec<String> {
        let mutes = |rule: &OwnRule| now < rule.span.end || rule_plan::overdue(rule.span, rule.active, now);
        let stuck = |rule: &&OwnRule| rule.active && mutes(rule) && self.failed.contains(&rule.name);
        let ruled = self.plan.remove.iter().filter(stuck).flat_map(|rule| &rule.alarms);
        let perhaps =
            run.memory.entries().filter(|(_, entry)| self.unknown && entry.rule.is_some() && entry.since <= now);
        let alarms = ruled.chain(perhaps.map(|(alarm, _)| alarm));
        alarms.filter(|alarm| plan::desired(targets, alarm) != Some(Mode::Muted)).cloned().collect()
    }

    /// Puts what the rules do in the place of what the actions say. `applied` is false in a plan.
    pub(super) fn overlay<P: Alarms>(
        &self,
        run: &Run<'_, P>,
        outcomes: &mut Outcomes,
        targets: &[Target],
        now: Timestamp,
        applied: bool,
    ) {
        outcomes.extend(self.stuck(run, targets, now).into_iter().map(|alarm| (alarm, Outcome::Failed)));
        let removed = by_alarm(self.plan.remove.iter().filter(|rule| rule.active).map(|rule| (&rule.alarms, rule)));
        let put = by_alarm(self.plan.put.iter().map(|rule| (&rule.alarms, rule)));
        let stays = self.plan.stay.iter().chain(&self.plan.replace);
        let stays = by_alarm(stays.map(|rule| (&rule.alarms, rule)));
        for (alarm, outcome) in outcomes.iter_mut().filter(|(_, outcome)| **outcome != Outcome::Failed) {
            let by_rule = plan::by_rule(targets, alarm);
            let remembered = run.memory.get(alarm).is_some_and(|entry| entry.rule.is_some());
            let alarm = alarm.as_str();
            let put = || put.get(alarm).into_iter().flatten();
            let stays = || stays.get(alarm).into_iter().flatten();
            *outcome = match plan::desired(targets, alarm) {
                _ if self.unknown && (by_rule || remembered) => Outcome::Failed,
                Some(Mode::Armed) if stays().any(|rule| rule.active && now < rule.span.end) => Outcome::Failed,
                Some(Mode::Armed) if removed.contains_key(alarm) => Outcome::Changed(Mode::Armed),
                Some(Mode::Muted) if by_rule && applied && put().any(|rule| self.failed.contains(&rule.name)) => {
                    Outcome::Failed
                }
                Some(Mode::Muted) if by_rule && stays().next().is_some() => Outcome::Unchanged(Mode::Muted),
                Some(Mode::Muted) if by_rule && put().next().is_some() => Outcome::Changed(Mode::Muted),
                _ => *outcome,
            };
        }
    }
}

impl<P: Alarms> Run<'_, P> {
    /// Whether an alarm may exist although the listing did not show it.
    fn is_elsewhere(&self, alarm: &str) -> bool {
        !self.settings.names(alarm) && !alarm.starts_with(&self.settings.name().alarm_prefix())
    }

    /// Remembers that a rule mutes an alarm, or will; `false` when there is no room. What is still to be told about an
    /// earlier mute comes first.
    fn remember_rule(&mut self, alarm: &str, start: Timestamp, now: Timestamp) -> bool {
        let known = self.memory.get(alarm).filter(|entry| entry.since <= now);
        if known.is_some() && !is_soon(start, now) {
            return true;
        }
        let since = known.map_or(start, |entry| entry.since);
        // Of what went off while its actions were disabled CloudWatch sends nothing when the rule ends.
        let rule = match known {
            None => start,
            Some(Entry { rule: Some(rule), silent: false, .. }) => *rule,
            Some(_) => start.max(now),
        };
        let remembered = self.memory.remember(alarm, Entry { rule: Some(rule), ..Entry::since(since) });
        if remembered {
            self.mutes.insert(alarm.to_owned());
        } else {
            self.no_room(alarm);
        }
        remembered
    }

    /// A rule is removed while its alarms are muted by their actions: CloudWatch sends nothing for those.
    fn no_rule(&mut self, rule: &OwnRule) {
        for alarm in &rule.alarms {
            let by_actions = self.mode(alarm) == Some(Mode::Muted);
            if let Some(entry) = self.memory.get(alarm).filter(|_| by_actions).cloned() {
                let _ = self.memory.remember(alarm, Entry { rule: None, silent: false, ..entry });
            }
        }
    }
}

/// The rules of each alarm.
fn by_alarm<'a, T>(rules: impl Iterator<Item = (&'a Vec<String>, T)>) -> BTreeMap<&'a str, Vec<T>>
where
    T: Copy,
{
    let mut by_alarm: BTreeMap<&str, Vec<T>> = BTreeMap::new();
    for (alarms, rule) in rules {
        for alarm in alarms {
            by_alarm.entry(alarm).or_default().push(rule);
        }
    }
    by_alarm
}

/// Whether a rule has begun, or does at the next minute.
fn is_soon(start: Timestamp, now: Timestamp) -> bool {
    start.duration_since(now) <= SignedDuration::from_mins(1)
}
