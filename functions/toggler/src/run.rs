//! One run: read, compare, write the difference, read back, tell what was missed, tidy.
//!
//! Arming comes before muting, and before each mute the clock is looked at again: a run that was slow, retried
//! or doubled must not mute an alarm whose window has ended. What is muted is remembered first. After the last write
//! everything that decides is read again, the holds too: what another run or a person wrote meanwhile, and a mute that
//! a slow call carried over the end of a window, is put right at once. Telling and tidying come last.

// These go on with `impl Run`, each with one part of a run; `rules` also keeps what a run knows of rules. They look at
// each other on purpose: a run is one thing that is too long for one file.
mod keep;
mod rules;
mod tell;
mod write;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use yakei_core::config::AlarmSelector;
use yakei_core::hours::Mode;

use crate::hold::{Change, Holds, Upkeep};
use crate::memory::{Entry, Memory};
use crate::plan::{self, Target};
use crate::ports::{Alarm, Alarms, CHUNK, CallError, MuteRules, People, Read};
use crate::ran::{Listing, Outcome, Outcomes, Ran};
use crate::settings::Settings;
use rules::Rules;

/// So many muted alarms of our prefix that no schedule names are asked for their tags in one run.
const ASKED: usize = 10;

/// Compares without writing.
pub async fn plan(port: &(impl Alarms + MuteRules), settings: &Settings, at: Timestamp) -> Ran {
    let mut run = Run::start(port, settings, "plan", at).await;
    let targets = run.targets(at);
    let mut outcomes: Outcomes = Outcomes::new();
    for alarm in run.now.values() {
        if let Some(wanted) = plan::actions(&targets, &alarm.name) {
            let same = wanted == alarm.mode;
            outcomes
                .insert(alarm.name.clone(), if same { Outcome::Unchanged(wanted) } else { Outcome::Changed(wanted) });
        }
    }
    outcomes.extend(run.unread(&targets).into_iter().map(|name| (name, Outcome::Failed)));
    let rules = Rules::look(&mut run, at).await;
    rules.overlay(&run, &mut outcomes, &targets, at, false);
    let foreign = rules.foreign(&mut run, &targets).await;
    Ran { foreign, ..run.end(targets, outcomes, at) }
}

/// Takes a change of the holds in, brings every alarm to the state that is wanted, and tells what was missed.
///
/// `id` is the run's own: of two runs at once one tells.
pub async fn reconcile(
    port: &(impl Alarms + MuteRules),
    people: &impl People,
    settings: &Settings,
    id: &str,
    clock: &impl Fn() -> Timestamp,
    change: Option<&Change>,
) -> Ran {
    let mut run = Run::start(port, settings, id, clock()).await;
    let upkeep = change.map(|change| run.holds.change(settings.name(), change)).unwrap_or_default();
    run.arm(clock()).await;
    let mut rules = Rules::look(&mut run, clock()).await;
    rules.remove(&mut run).await;
    run.ruled = rules.active();
    run.keep_holds(&upkeep).await;
    if run.kept {
        run.mute(clock).await;
        rules.put(&mut run, clock()).await;
    } else {
        // A mute that the next run would not know of is none.
        run.holds = run.found.clone();
    }
    run.confirm(clock, &upkeep).await;
    let (mut now, mut targets, mut outcomes) = run.result(&rules, clock);
    let foreign = rules.foreign(&mut run, &targets).await;
    run.tell(people, &rules, clock).await;
    if !run.waiting.is_empty() && run.kept {
        run.mute(clock).await;
        run.confirm(clock, &Upkeep::default()).await;
        (now, targets, outcomes) = run.result(&rules, clock);
    }
    if run.kept {
        // What was told is forgotten; what comes is remembered.
        rules.remember(&mut run, clock());
    }
    run.tidy(&rules, clock()).await;
    Ran { foreign, ..run.end(targets, outcomes, now) }
}

/// What is wanted at an instant, so that it is worked out once.
struct Asked {
    now: Timestamp,
    cut_off: bool,
    holds: Holds,
    targets: Vec<Target>,
}

/// What a run knows.
struct Run<'a, P> {
    port: &'a P,
    settings: &'a Settings,
    id: &'a str,
    /// Which run it is by the clock: what one run has no time for another begins with.
    turn: usize,
    /// The alarms as they were last seen.
    now: BTreeMap<String, Alarm>,
    /// How they stood when the run began.
    before: BTreeMap<String, Mode>,
    /// Muted alarms that no schedule need name to be ours.
    ours: BTreeSet<String>,
    /// What was last written, whatever came of it.
    written: BTreeMap<String, Mode>,
    /// Alarms that could not be read before, and of which a complete reading shows that they are not there.
    gone: BTreeSet<String>,
    found: Holds,
    holds: Holds,
    kept: bool,
    memory: Memory,
    /// Alarms that were found muted though nothing is remembered of them and nobody wants it, and since when, perhaps.
    unknown: BTreeMap<String, Entry>,
    /// Alarms that stay armed because they could not be remembered.
    unremembered: BTreeSet<String>,
    /// Alarms that mute rules mute at this moment.
    ruled: BTreeSet<String>,
    /// Alarms that this run mutes.
    mutes: BTreeSet<String>,
    /// Alarms that this run has forgotten, since everything about them is told.
    forgotten: BTreeSet<String>,
    told: bool,
    /// Alarms that wait to be muted until what they did before is told.
    waiting: Vec<String>,
    listed: Listing,
    /// Rules of ours that could not be removed, and of which nobody can tell which alarms they mute.
    stuck: Vec<String>,
    /// Of alarms that seem to keep something: whether they carry our tag.
    tagged: BTreeMap<String, bool>,
    asked: RefCell<Option<Asked>>,
    /// Whether not all alarms could be read.
    cut_off: bool,
    errors: Vec<CallError>,
}

impl<'a, P: Alarms> Run<'a, P> {
    async fn start(port: &'a P, settings: &'a Settings, id: &'a str, at: Timestamp) -> Self {
        let owner = settings.name();
        let targets = settings.targets(&Holds::default(), at);
        // Holds and memory begin with it too, and alarms of ours that no schedule names any longer.
        let own = AlarmSelector::Prefix(owner.alarm_prefix());
        let selectors = targets.iter().flat_map(|target| target.names.selectors()).chain([&own]);
        let prefix = plan::common_prefix(selectors);
        let Read { mut alarms, cut_off } = port.read(&prefix).await;
        let mut run = Self {
            port,
            settings,
            id,
            turn: usize::try_from(at.as_second().div_euclid(300)).unwrap_or_default(),
            now: BTreeMap::new(),
            before: BTreeMap::new(),
            ours: BTreeSet::new(),
            written: BTreeMap::new(),
            gone: BTreeSet::new(),
            holds: Holds::default(),
            found: Holds::default(),
            kept: true,
            memory: Memory::default(),
            unknown: BTreeMap::new(),
            unremembered: BTreeSet::new(),
            ruled: BTreeSet::new(),
            mutes: BTreeSet::new(),
            forgotten: BTreeSet::new(),
            told: true,
            waiting: Vec::new(),
            listed: Listing::Whole,
            stuck: Vec::new(),
            tagged: BTreeMap::new(),
            asked: RefCell::new(None),
            cut_off: cut_off.is_some(),
            errors: cut_off.into_iter().collect(),
        };
        // What says whether it is ours could not be read: nor is what it keeps.
        run.cut_off |= !run.vouch(&mut alarms).await;
        run.found = Holds::read(owner, alarms.iter(), at);
        run.holds = run.found.clone();
        run.memory = Memory::read(owner, alarms.iter());
        run.see(alarms);
        run.see_remembered(&prefix).await;
        run.before = run.now.iter().map(|(name, alarm)| (name.clone(), alarm.mode)).collect();
        run.find_ours(&targets).await;
        run.asked.replace(None);
        let targets = run.targets(at);
        run.adopt(&targets, at);
        run.see_silent();
        run
    }

    /// What is remembered need not begin as the rest does: an alarm that was taken out of its schedule.
    async fn see_remembered(&mut self, prefix: &str) {
        let elsewhere = self.memory.entries().map(|(alarm, _)| alarm).filter(|alarm| !alarm.starts_with(prefix));
        let elsewhere: Vec<String> = elsewhere.cloned().collect();
        if elsewhere.is_empty() {
            return;
        }
        let Read { alarms, cut_off } = self.port.read_named(&elsewhere).await;
        self.see(alarms);
        self.cut_off |= cut_off.is_some();
        self.errors.extend(cut_off);
    }

    /// What nobody names and is muted is ours when it is remembered, or when it carries our tag.
    async fn find_ours(&mut self, targets: &[Target]) {
        self.ours = self.memory.entries().map(|(alarm, _)| alarm.clone()).collect();
        let prefix = self.settings.name().alarm_prefix();
        let unknown = |alarm: &&Alarm| {
            let named = plan::named(targets, &alarm.name);
            alarm.mode == Mode::Muted && alarm.name.starts_with(&prefix) && !named && !self.ours.contains(&alarm.name)
        };
        let mut unknown: Vec<Alarm> = self.now.values().filter(unknown).cloned().collect();
        if self.cut_off || unknown.is_empty() {
            return;
        }
        // Alarms of another installation stay unknown: each run asks for others of them.
        let turn = if unknown.len() > ASKED { (self.turn * ASKED) % unknown.len() } else { 0 };
        unknown.rotate_left(turn);
        for alarm in unknown.iter().take(ASKED) {
            match self.port.is_tagged(alarm, self.settings.name()).await {
                Ok(true) => drop(self.ours.insert(alarm.name.clone())),
                Ok(false) => {}
                Err(error) => self.errors.push(error),
            }
        }
    }

    /// An alarm that is found muted and of which nothing is remembered is remembered from now on, or told about when
    /// it is armed. What stands muted is not muted from a later time on: who wrote that into the memory knows nothing.
    fn adopt(&mut self, targets: &[Target], at: Timestamp) {
        if self.cut_off {
            return;
        }
        let unknown = |alarm: &&Alarm| {
            let ours = plan::named(targets, &alarm.name) || self.ours.contains(&alarm.name);
            let known = self.memory.get(&alarm.name).is_some_and(|entry| entry.rule.is_some() || entry.since <= at);
            alarm.mode == Mode::Muted && ours && !known
        };
        let unknown: Vec<String> = self.now.values().filter(unknown).map(|alarm| alarm.name.clone()).collect();
        let since = self.settings.guess(&unknown, at);
        for (alarm, since) in unknown.into_iter().zip(since) {
            let entry = Entry::since(since);
            if plan::actions(targets, &alarm) == Some(Mode::Muted) {
                let _ = self.memory.remember(&alarm, entry);
            } else {
                self.unknown.insert(alarm, entry);
            }
        }
    }

    /// Whoever disabled the actions of an alarm that a rule mutes: CloudWatch sends nothing when the rule ends.
    fn see_silent(&mut self) {
        let muted = |alarm: &str| self.mode(alarm) == Some(Mode::Muted);
        let silent =
            self.memory.entries().filter(|(alarm, entry)| entry.rule.is_some() && !entry.silent && muted(alarm));
        let silent: Vec<(String, Entry)> = silent.map(|(alarm, entry)| (alarm.clone(), entry.clone())).collect();
        for (alarm, entry) in silent {
            let _ = self.memory.remember(&alarm, Entry { silent: true, ..entry });
        }
    }

    fn end(self, targets: Vec<Target>, outcomes: Outcomes, at: Timestamp) -> Ran {
        let (complete, holds) = (!self.cut_off, self.holds.counting(at));
        let unreadable = self.found.unreadable().iter().chain(self.memory.unreadable()).cloned().collect();
        let Self { kept, told, listed, stuck, errors, .. } = self;
        Ran { targets, outcomes, complete, listed, stuck, holds, unreadable, kept, told, foreign: Vec::new(), errors }
    }

    /// Takes note of how alarms stand. Those that keep something are none that anybody watches.
    fn see(&mut self, alarms: Vec<Alarm>) {
        let owner = self.settings.name();
        let watch = |alarm: &Alarm| !Holds::is_kept_in(owner, alarm) && !Memory::is_kept_in(owner, alarm);
        self.now.extend(alarms.into_iter().filter(watch).map(|alarm| (alarm.name.clone(), alarm)));
    }

    /// Takes in what was read later.
    fn refresh(&mut self, later: Memory) {
        let (now, mutes) = (&self.now, &self.mutes);
        let mutes = |alarm: &str| mutes.contains(alarm) || now.get(alarm).is_some_and(|it| it.mode == Mode::Muted);
        self.memory.refresh(later, &self.forgotten, mutes);
    }

    fn mode(&self, alarm: &str) -> Option<Mode> {
        self.now.get(alarm).map(|alarm| alarm.mode)
    }

    /// An alarm that could not be read may be muted, and a word that holds it armed may be among what is missing:
    /// then everything is armed. Armed is too what was found muted and no schedule names.
    fn targets(&self, now: Timestamp) -> Vec<Target> {
        let same = |asked: &Asked| (asked.now, asked.cut_off) == (now, self.cut_off) && asked.holds == self.holds;
        if let Some(asked) = self.asked.borrow().as_ref().filter(|asked| same(asked)) {
            return asked.targets.clone();
        }
        let targets = self.work_out(now);
        let (cut_off, holds) = (self.cut_off, self.holds.clone());
        self.asked.replace(Some(Asked { now, cut_off, holds, targets: targets.clone() }));
        targets
    }

    fn work_out(&self, now: Timestamp) -> Vec<Target> {
        let mut targets =
            if self.cut_off { self.settings.doubtful(now) } else { self.settings.targets(&self.holds, now) };
        let muted = self.before.iter().filter(|(_, mode)| **mode == Mode::Muted);
        let muted: Vec<Alarm> = muted.map(|(name, mode)| Alarm::named(name, *mode)).collect();
        targets.extend(plan::strays(&targets, muted.iter(), &self.ours, now));
        targets
    }

    /// Alarms that are named exactly and were not read although they may exist.
    fn unread(&self, targets: &[Target]) -> Vec<String> {
        let exact = targets.iter().flat_map(|target| target.names.selectors()).filter_map(|selector| match selector {
            AlarmSelector::Exact(name) if self.cut_off && !self.now.contains_key(name) => Some(name.clone()),
            AlarmSelector::Exact(_) | AlarmSelector::Prefix(_) => None,
        });
        let unread: BTreeSet<String> = exact.chain(self.unread_entries()).collect();
        unread.into_iter().collect()
    }

    fn unread_entries(&self) -> impl Iterator<Item = String> {
        let entries = self.memory.entries().map(|(alarm, _)| alarm);
        entries.filter(|alarm| self.cut_off && !self.now.contains_key(*alarm)).cloned()
    }

    /// What came of the run by now.
    fn result(&self, rules: &Rules, clock: &impl Fn() -> Timestamp) -> (Timestamp, Vec<Target>, Outcomes) {
        let now = clock();
        let targets = self.targets(now);
        let mut outcomes = self.outcomes(&targets);
        rules.overlay(self, &mut outcomes, &targets, now, self.kept);
        (now, targets, outcomes)
    }

    /// What the reading back shows is what counts: an unanswered write may have worked, an answered one may not.
    fn outcomes(&self, targets: &[Target]) -> Outcomes {
        let names: BTreeSet<&String> = self.before.keys().chain(self.written.keys()).collect();
        let outcome = |name: &String| {
            let wanted = plan::actions(targets, name)?;
            let written = self.written.get(name).copied();
            Some(match self.mode(name) {
                // It was deleted meanwhile, or never was.
                None if self.gone.contains(name) => return None,
                None => Outcome::Failed,
                Some(Mode::Armed) if self.unremembered.contains(name) && wanted == Mode::Muted => Outcome::Failed,
                // What began to want muting while the run was under way is left to the next one.
                Some(Mode::Armed) if written.is_none() => Outcome::Unchanged(Mode::Armed),
                Some(mode) if mode != wanted && written != Some(mode) => Outcome::Failed,
                Some(Mode::Muted) if wanted == Mode::Armed => Outcome::Failed,
                Some(mode) if self.before.get(name) == Some(&mode) => Outcome::Unchanged(mode),
                Some(mode) => Outcome::Changed(mode),
            })
        };
        names.into_iter().filter_map(|name| Some((name.clone(), outcome(name)?))).collect()
    }
}

/// The names in parts that one call takes.
fn chunks(names: &[String]) -> impl Iterator<Item = Vec<String>> {
    names.chunks(CHUNK).map(<[String]>::to_vec)
}
