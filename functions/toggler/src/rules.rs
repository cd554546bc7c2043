//! The part of a run that concerns alarm mute rules: look, remove, make, look again.
//!
//! It costs calls only where a schedule says `by = "mute-rule"`. When the rules cannot be listed nothing is made:
//! what is there ends by itself.

use std::collections::BTreeSet;

use jiff::Timestamp;
use yakei_core::config::Mechanism;
use yakei_core::hours::Mode;
use yakei_core::names::Name;

use crate::answer::{ForeignMute, Outcome, Outcomes};
use crate::mute_rule::{self, RulePlan};
use crate::plan::{self, Target};
use crate::port::{Alarm, CallError, MuteRule, MuteRules};

/// What a run knows and did about rules.
#[derive(Debug, Default)]
pub(crate) struct Rules {
    plan: RulePlan,
    /// Names of rules that could not be made or removed.
    failed: BTreeSet<String>,
    /// Whether the rules could be listed; true when nobody asked.
    unlisted: bool,
    /// Calls that failed for good.
    pub(crate) errors: Vec<CallError>,
}

impl Rules {
    /// Looks at the rules that are there, if any schedule mutes by rules.
    pub(crate) async fn look(
        port: &impl MuteRules,
        owner: &Name,
        at: &impl Fn(Timestamp) -> Vec<Target>,
        alarms: &[Alarm],
        now: Timestamp,
    ) -> Self {
        if !at(now).iter().any(|target| target.by == Mechanism::MuteRule) {
            return Self::default();
        }
        match port.rules().await {
            Ok(known) => Self { plan: mute_rule::plan(owner, at, alarms, &known, now), ..Self::default() },
            Err(error) => Self { unlisted: true, errors: vec![error], ..Self::default() },
        }
    }

    /// Removes what is no longer wanted, which arms.
    pub(crate) async fn remove(&mut self, port: &impl MuteRules) {
        for rule in &self.plan.remove {
            if let Err(error) = port.remove_rule(&rule.name).await {
                self.failed.insert(rule.name.clone());
                self.errors.push(error);
            }
        }
    }

    /// Makes what is wanted, and believes only what it then finds listed.
    pub(crate) async fn put(&mut self, port: &impl MuteRules, owner: &Name) {
        for rule in &self.plan.put {
            if let Err(error) = port.put_rule(rule, owner).await {
                self.failed.insert(rule.name.clone());
                self.errors.push(error);
            }
        }
        if self.plan.put.is_empty() {
            return;
        }
        match port.rules().await {
            Ok(known) => {
                let listed = |rule: &&MuteRule| known.iter().any(|known| known.name == rule.name);
                let absent = self.plan.put.iter().filter(|rule| !listed(rule));
                self.failed.extend(absent.map(|rule| rule.name.clone()));
            }
            Err(error) => self.errors.push(error),
        }
    }

    /// Other people's rules that mute alarms which should be armed.
    pub(crate) async fn foreign(&mut self, port: &impl MuteRules, targets: &[Target]) -> Vec<ForeignMute> {
        let mut found = Vec::new();
        for rule in &self.plan.foreign {
            match port.rule_alarms(rule).await {
                Ok(alarms) => {
                    let armed = |alarm: &String| plan::desired(targets, alarm) == Some(Mode::Armed);
                    let alarms: Vec<String> = alarms.into_iter().filter(armed).collect();
                    if !alarms.is_empty() {
                        found.push(ForeignMute { rule: rule.clone(), alarms });
                    }
                }
                Err(error) => self.errors.push(error),
            }
        }
        found
    }

    /// Puts what the rules do in the place of what the actions say. `applied` is false in a plan.
    pub(crate) fn overlay(&self, outcomes: &mut Outcomes, targets: &[Target], applied: bool) {
        let ours = outcomes.iter_mut().filter(|(name, _)| plan::by_rule(targets, name));
        for (name, outcome) in ours {
            let covers = |rules: &[MuteRule]| rules.iter().any(|rule| rule.alarms.contains(name));
            let failed =
                self.plan.put.iter().any(|rule| self.failed.contains(&rule.name) && rule.alarms.contains(name));
            let stuck = self.plan.remove.iter().any(|rule| rule.active && self.failed.contains(&rule.name));
            let desired = plan::desired(targets, name);
            *outcome = match desired {
                _ if *outcome == Outcome::Failed || self.unlisted || (applied && failed) => Outcome::Failed,
                Some(Mode::Muted) if covers(&self.plan.right) => Outcome::Unchanged(Mode::Muted),
                Some(Mode::Muted) if covers(&self.plan.put) => Outcome::Changed(Mode::Muted),
                Some(Mode::Armed) if stuck => Outcome::Failed,
                Some(Mode::Armed) if self.plan.freed.contains(name) => Outcome::Changed(Mode::Armed),
                _ => *outcome,
            };
        }
    }

    /// Alarms that a rule muted until now.
    pub(crate) fn armed(&self) -> impl Iterator<Item = &String> {
        self.plan.freed.iter().chain(&self.plan.ended)
    }
}
