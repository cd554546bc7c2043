//! One run: read, compare, write the difference, read back.
//!
//! Arming comes before muting, and before each mute the clock is looked at again: a run that was slow, retried
//! or doubled must not mute an alarm whose window has ended. After the last write the clock is looked at once
//! more, so that a mute which a slow call carried over the end of the window is taken back at once.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use yakei_core::config::AlarmSelector;
use yakei_core::hours::Desired;

use crate::answer::{Outcome, Outcomes};
use crate::plan::{self, Target};
use crate::port::{Alarm, Alarms, CHUNK, CallError, Read};

/// How often a write is looked for before it counts as failed.
const LOOKS: usize = 3;

/// What a run found and did.
#[derive(Debug)]
pub struct Ran {
    /// What was wanted in the end.
    pub targets: Vec<Target>,
    /// What became of each alarm.
    pub outcomes: Outcomes,
    /// Whether all alarms could be read.
    pub complete: bool,
    /// Calls that failed for good.
    pub errors: Vec<CallError>,
}

/// What is wanted at an instant: by the schedules, or by the fail-safe when not all alarms could be read.
pub trait Wanted {
    /// The wishes when everything could be read.
    fn at(&self, now: Timestamp) -> Vec<Target>;
    /// The wishes when it could not.
    fn doubtful(&self, now: Timestamp) -> Vec<Target>;
}

/// Compares without writing.
pub async fn plan(port: &impl Alarms, wanted: &impl Wanted, at: Timestamp) -> Ran {
    let run = Run::start(port, wanted, at).await;
    let targets = run.targets(at);
    let outcomes = run.before.iter().filter_map(|alarm| {
        let desired = plan::desired(&targets, &alarm.name)?;
        let same = desired == alarm.state;
        Some((alarm.name.clone(), if same { Outcome::Unchanged(desired) } else { Outcome::Changed(desired) }))
    });
    let unread = run.unread(&targets).into_iter().map(|name| (name, Outcome::Failed));
    let outcomes = outcomes.chain(unread).collect();
    Ran { targets, outcomes, complete: run.complete(), errors: run.errors }
}

/// Brings every alarm to the state that is wanted.
pub async fn reconcile(port: &impl Alarms, wanted: &impl Wanted, clock: &impl Fn() -> Timestamp) -> Ran {
    let mut run = Run::start(port, wanted, clock()).await;
    let targets = run.targets(clock());
    let plan::Difference { mut arm, mute } = plan::difference(&targets, &run.before);
    arm.extend(run.unread(&targets));
    run.write(Desired::Armed, &arm).await;
    for chunk in mute.chunks(CHUNK) {
        let targets = run.targets(clock());
        let still = |name: &&String| plan::desired(&targets, name) == Some(Desired::Muted);
        let chunk: Vec<String> = chunk.iter().filter(still).cloned().collect();
        run.write(Desired::Muted, &chunk).await;
    }
    run.confirm().await;
    let overtaken = run.overtaken(&run.targets(clock()));
    if !overtaken.is_empty() {
        run.write(Desired::Armed, &overtaken).await;
        run.confirm().await;
    }
    let targets = run.targets(clock());
    Ran { outcomes: run.outcomes(&targets), complete: run.complete(), errors: run.errors, targets }
}

struct Run<'a, P, W> {
    port: &'a P,
    wanted: &'a W,
    /// As the run found them.
    before: Vec<Alarm>,
    /// As they were last seen.
    now: BTreeMap<String, Desired>,
    /// What was last written, whatever came of it.
    written: BTreeMap<String, Desired>,
    cut_off: bool,
    errors: Vec<CallError>,
}

impl<'a, P: Alarms, W: Wanted> Run<'a, P, W> {
    async fn start(port: &'a P, wanted: &'a W, at: Timestamp) -> Self {
        let selectors: Vec<_> = wanted.at(at).into_iter().flat_map(|target| target.selectors).collect();
        let Read { alarms, cut_off } = port.read(&plan::common_prefix(selectors.iter())).await;
        let now = alarms.iter().map(|alarm| (alarm.name.clone(), alarm.state)).collect();
        let (written, errors) = (BTreeMap::new(), cut_off.iter().cloned().collect());
        Self { port, wanted, before: alarms, now, written, cut_off: cut_off.is_some(), errors }
    }

    fn complete(&self) -> bool {
        !self.cut_off
    }

    /// An alarm that could not be read may be muted, and a word that holds it armed may be among what is missing:
    /// then everything is armed.
    fn targets(&self, now: Timestamp) -> Vec<Target> {
        if self.cut_off { self.wanted.doubtful(now) } else { self.wanted.at(now) }
    }

    /// Alarms that are named exactly and were not read although they may exist.
    fn unread(&self, targets: &[Target]) -> Vec<String> {
        let exact = targets.iter().flat_map(|target| &target.selectors).filter_map(|selector| match selector {
            AlarmSelector::Exact(name) if self.cut_off && !self.now.contains_key(name) => Some(name.clone()),
            AlarmSelector::Exact(_) | AlarmSelector::Prefix(_) => None,
        });
        let unread: BTreeSet<String> = exact.collect();
        unread.into_iter().collect()
    }

    async fn write(&mut self, desired: Desired, names: &[String]) {
        for chunk in names.chunks(CHUNK) {
            self.written.extend(chunk.iter().map(|name| (name.clone(), desired)));
            if let Err(error) = self.port.set(desired, chunk).await {
                self.errors.push(error);
            }
        }
    }

    /// Reads back what was written, a few times at most until it shows.
    async fn confirm(&mut self) {
        let names: Vec<String> = self.written.keys().cloned().collect();
        for look in 1..=LOOKS {
            if names.is_empty() {
                return;
            }
            let Read { alarms, cut_off } = self.port.read_named(&names).await;
            self.now.retain(|name, _| !self.written.contains_key(name));
            self.now.extend(alarms.into_iter().map(|alarm| (alarm.name, alarm.state)));
            let shows = self.written.iter().all(|(name, desired)| self.now.get(name) == Some(desired));
            // A refused call will not show up by waiting.
            if let Some(error) = cut_off {
                self.errors.push(error);
                return;
            }
            if shows || look == LOOKS || !self.errors.is_empty() {
                return;
            }
            self.port.settle().await;
        }
    }

    /// Alarms that stand muted although by now they should not, and that this run has not tried to arm yet.
    fn overtaken(&self, targets: &[Target]) -> Vec<String> {
        let stands = |(name, state): &(&String, &Desired)| {
            **state == Desired::Muted
                && plan::desired(targets, name) == Some(Desired::Armed)
                && self.written.get(*name) != Some(&Desired::Armed)
        };
        self.now.iter().filter(stands).map(|(name, _)| name.clone()).collect()
    }

    /// What the reading back shows is what counts: an unanswered write may have worked, an answered one may not.
    fn outcomes(&self, targets: &[Target]) -> Outcomes {
        let before: BTreeMap<&String, Desired> = self.before.iter().map(|alarm| (&alarm.name, alarm.state)).collect();
        let names: BTreeSet<&String> = before.keys().copied().chain(self.written.keys()).collect();
        let outcome = |name: &String| {
            let desired = plan::desired(targets, name)?;
            let written = self.written.get(name).copied();
            Some(match self.now.get(name).copied() {
                None => Outcome::Failed,
                // What began to want muting while the run was under way is left to the next one.
                Some(Desired::Armed) if written.is_none() => Outcome::Unchanged(Desired::Armed),
                Some(state) if state != desired && written != Some(state) => Outcome::Failed,
                Some(Desired::Muted) if desired == Desired::Armed => Outcome::Failed,
                Some(state) if before.get(name) == Some(&state) => Outcome::Unchanged(state),
                Some(state) => Outcome::Changed(state),
            })
        };
        names.into_iter().filter_map(|name| Some((name.clone(), outcome(name)?))).collect()
    }
}
