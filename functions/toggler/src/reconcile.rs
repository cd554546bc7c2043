//! One run: read, compare, write the difference, read back.
//!
//! Arming comes before muting, and before each mute the clock is looked at again: a run that was slow, retried
//! or doubled must not mute an alarm whose window has ended. After the last write the clock is looked at once
//! more, so that a mute which a slow call carried over the end of the window is taken back at once.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use yakei_core::config::AlarmSelector;
use yakei_core::hours::Mode;
use yakei_core::names::Name;

use crate::answer::{ForeignMute, Outcome, Outcomes};
use crate::hold::{Change, Holds, Record, Upkeep};
use crate::plan::{self, Target};
use crate::port::{Alarm, Alarms, CHUNK, CallError, MuteRules, Read};
use crate::rules::Rules;

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
    /// The holds that count, and that were kept when the event brought one.
    pub holds: Vec<Record>,
    /// Whether what the event said about holds is kept for the next run.
    pub kept: bool,
    /// The holds as the run found them.
    pub found: Holds,
    /// Alarms that were muted and are armed now, and whether they stand in ALARM.
    pub armed: BTreeMap<String, bool>,
    /// Other people's mute rules that mute what should be armed.
    pub foreign: Vec<ForeignMute>,
    /// Calls that failed for good.
    pub errors: Vec<CallError>,
}

impl Ran {
    /// A run that found nothing and did nothing.
    pub fn empty() -> Self {
        Self {
            targets: Vec::new(),
            outcomes: Outcomes::new(),
            complete: true,
            holds: Vec::new(),
            kept: true,
            found: Holds::default(),
            armed: BTreeMap::new(),
            foreign: Vec::new(),
            errors: Vec::new(),
        }
    }

    /// What schedules name and nothing answers to, each once. Unknown, hence empty, when not all could be read.
    pub fn missing(&self) -> BTreeSet<String> {
        self.targets.iter().flat_map(|target| self.missing_of(target)).collect()
    }

    /// The same for one schedule.
    pub fn missing_of(&self, target: &Target) -> Vec<String> {
        let found = |selector: &AlarmSelector| self.outcomes.keys().any(|name| selector.selects(name));
        let missing = target.selectors.iter().filter(|selector| self.complete && !found(selector));
        missing.map(ToString::to_string).collect()
    }
}

/// What is wanted at an instant: by the schedules, or by the fail-safe when not all alarms could be read.
pub trait Wanted {
    /// The name that the alarms which keep holds begin with.
    fn name(&self) -> &Name;
    /// The wishes when everything could be read.
    fn at(&self, holds: &Holds, now: Timestamp) -> Vec<Target>;
    /// The wishes when it could not.
    fn doubtful(&self, now: Timestamp) -> Vec<Target>;
    /// Since when an alarm that is armed now was wanted muted; `None` when nobody asks what was missed.
    fn muted_since(&self, alarm: &str, found: &Holds, now: Timestamp) -> Option<Timestamp>;
}

/// Compares without writing.
pub async fn plan(port: &(impl Alarms + MuteRules), wanted: &impl Wanted, at: Timestamp) -> Ran {
    let run = Run::start(port, wanted, at).await;
    let targets = run.targets(at);
    let outcomes = run.before.iter().filter_map(|alarm| {
        let desired = plan::actions(&targets, &alarm.name)?;
        let same = desired == alarm.state;
        Some((alarm.name.clone(), if same { Outcome::Unchanged(desired) } else { Outcome::Changed(desired) }))
    });
    let unread = run.unread(&targets).into_iter().map(|name| (name, Outcome::Failed));
    let mut outcomes: Outcomes = outcomes.chain(unread).collect();
    let mut rules = Rules::look(port, wanted.name(), &|t| run.targets(t), &run.before, at).await;
    rules.overlay(&mut outcomes, &targets, false);
    let foreign = rules.foreign(port, &targets).await;
    let mut ran = run.end(targets, outcomes, at);
    ran.errors.append(&mut rules.errors);
    Ran { foreign, ..ran }
}

/// Takes a change of the holds in, and brings every alarm to the state that is wanted.
pub async fn reconcile(
    port: &(impl Alarms + MuteRules),
    wanted: &impl Wanted,
    clock: &impl Fn() -> Timestamp,
    change: Option<&Change>,
) -> Ran {
    let mut run = Run::start(port, wanted, clock()).await;
    let upkeep = change.map(|change| run.holds.change(wanted.name(), change)).unwrap_or_default();
    let targets = run.targets(clock());
    let mut arm = plan::difference(&targets, &run.before).arm;
    arm.extend(run.unread(&targets));
    run.write(Mode::Armed, &arm).await;
    let mut rules = Rules::look(port, wanted.name(), &|t| run.targets(t), &run.before, clock()).await;
    rules.remove(port).await;
    run.keep(upkeep, clock()).await;
    if run.kept {
        run.mute(clock).await;
        rules.put(port, wanted.name()).await;
    } else {
        // A mute that the next run would not know of is none.
        run.holds = run.found.clone();
    }
    run.confirm().await;
    let overtaken = run.overtaken(&run.targets(clock()));
    if !overtaken.is_empty() {
        run.write(Mode::Armed, &overtaken).await;
        run.confirm().await;
    }
    let now = clock();
    let targets = run.targets(now);
    let mut outcomes = run.outcomes(&targets);
    rules.overlay(&mut outcomes, &targets, run.kept);
    let foreign = rules.foreign(port, &targets).await;
    let by_rule: BTreeMap<String, bool> =
        rules.armed().map(|name| (name.clone(), run.in_alarm.contains(name))).collect();
    let mut ran = run.end(targets, outcomes, now);
    ran.armed.extend(by_rule);
    ran.errors.append(&mut rules.errors);
    Ran { foreign, ..ran }
}

struct Run<'a, P, W> {
    port: &'a P,
    wanted: &'a W,
    /// As the run found them.
    before: Vec<Alarm>,
    /// As they were last seen.
    now: BTreeMap<String, Mode>,
    /// Those that stood in ALARM when they were last seen.
    in_alarm: BTreeSet<String>,
    /// What was last written, whatever came of it.
    written: BTreeMap<String, Mode>,
    found: Holds,
    holds: Holds,
    kept: bool,
    cut_off: bool,
    errors: Vec<CallError>,
}

impl<'a, P: Alarms, W: Wanted> Run<'a, P, W> {
    async fn start(port: &'a P, wanted: &'a W, at: Timestamp) -> Self {
        let targets = wanted.at(&Holds::default(), at);
        // Holds begin with it too, and alarms of ours that no schedule names any longer.
        let own = AlarmSelector::Prefix(wanted.name().alarm_prefix());
        let selectors = targets.iter().flat_map(|target| &target.selectors).chain([&own]);
        let Read { alarms, cut_off } = port.read(&plan::common_prefix(selectors)).await;
        let (keepers, before): (Vec<Alarm>, Vec<Alarm>) =
            alarms.into_iter().partition(|alarm| Holds::keeps(wanted.name(), &alarm.name));
        let found = Holds::read(keepers.iter());
        let mut run = Self {
            port,
            wanted,
            before: Vec::new(),
            now: BTreeMap::new(),
            in_alarm: BTreeSet::new(),
            written: BTreeMap::new(),
            holds: found.clone(),
            found,
            kept: true,
            cut_off: cut_off.is_some(),
            errors: cut_off.into_iter().collect(),
        };
        run.see(&before);
        run.before = before;
        run
    }

    fn end(self, targets: Vec<Target>, outcomes: Outcomes, at: Timestamp) -> Ran {
        let changed = |name: &&String| outcomes.get(*name) == Some(&Outcome::Changed(Mode::Armed));
        let armed = self.written.keys().filter(changed);
        let armed = armed.map(|name| (name.clone(), self.in_alarm.contains(name))).collect();
        let (complete, holds) = (!self.cut_off, self.holds.counting(at));
        Ran {
            targets,
            outcomes,
            complete,
            holds,
            kept: self.kept,
            found: self.found,
            armed,
            foreign: Vec::new(),
            errors: self.errors,
        }
    }

    fn see(&mut self, alarms: &[Alarm]) {
        for alarm in alarms {
            self.now.insert(alarm.name.clone(), alarm.state);
            if alarm.in_alarm {
                self.in_alarm.insert(alarm.name.clone());
            } else {
                self.in_alarm.remove(&alarm.name);
            }
        }
    }

    /// Writes a change of the holds, and tidies away those that have ended.
    async fn keep(&mut self, upkeep: Upkeep, now: Timestamp) {
        let Upkeep { keep, drop } = upkeep;
        if let Some((alarm, description)) = keep {
            let kept = self.port.keep(&alarm, &description, self.wanted.name()).await;
            if let Err(error) = kept {
                // What the new hold would replace stays.
                self.errors.push(error);
                self.kept = false;
                return;
            }
        }
        let over: Vec<String> = self.holds.over(self.wanted.name(), now).collect();
        for (names, matters) in [(drop, true), (over, false)] {
            for chunk in names.chunks(CHUNK) {
                let removed = self.port.remove(chunk).await;
                self.kept &= removed.is_ok() || !matters;
                self.errors.extend(removed.err());
            }
        }
    }

    async fn mute(&mut self, clock: &impl Fn() -> Timestamp) {
        let mute = plan::difference(&self.targets(clock()), &self.before).mute;
        for chunk in mute.chunks(CHUNK) {
            let targets = self.targets(clock());
            let still = |name: &&String| plan::actions(&targets, name) == Some(Mode::Muted);
            let chunk: Vec<String> = chunk.iter().filter(still).cloned().collect();
            self.write(Mode::Muted, &chunk).await;
        }
    }

    /// An alarm that could not be read may be muted, and a word that holds it armed may be among what is missing:
    /// then everything is armed. Armed is too what was found muted and no schedule names.
    fn targets(&self, now: Timestamp) -> Vec<Target> {
        let mut targets = if self.cut_off { self.wanted.doubtful(now) } else { self.wanted.at(&self.holds, now) };
        targets.extend(plan::strays(self.wanted.name(), &targets, &self.before, now));
        targets
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

    async fn write(&mut self, desired: Mode, names: &[String]) {
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
            self.see(&alarms);
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
        let stands = |(name, state): &(&String, &Mode)| {
            **state == Mode::Muted
                && plan::actions(targets, name) == Some(Mode::Armed)
                && self.written.get(*name) != Some(&Mode::Armed)
        };
        self.now.iter().filter(stands).map(|(name, _)| name.clone()).collect()
    }

    /// What the reading back shows is what counts: an unanswered write may have worked, an answered one may not.
    fn outcomes(&self, targets: &[Target]) -> Outcomes {
        let before: BTreeMap<&String, Mode> = self.before.iter().map(|alarm| (&alarm.name, alarm.state)).collect();
        let names: BTreeSet<&String> = before.keys().copied().chain(self.written.keys()).collect();
        let outcome = |name: &String| {
            let desired = plan::actions(targets, name)?;
            let written = self.written.get(name).copied();
            Some(match self.now.get(name).copied() {
                None => Outcome::Failed,
                // What began to want muting while the run was under way is left to the next one.
                Some(Mode::Armed) if written.is_none() => Outcome::Unchanged(Mode::Armed),
                Some(state) if state != desired && written != Some(state) => Outcome::Failed,
                Some(Mode::Muted) if desired == Mode::Armed => Outcome::Failed,
                Some(state) if before.get(name) == Some(&state) => Outcome::Unchanged(state),
                Some(state) => Outcome::Changed(state),
            })
        };
        names.into_iter().filter_map(|name| Some((name.clone(), outcome(name)?))).collect()
    }
}
