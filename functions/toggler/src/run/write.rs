//! Arming, muting, and reading back.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use yakei_core::hours::Mode;

use super::{Run, chunks, tell};
use crate::hold::{Holds, Upkeep};
use crate::memory::{Entry, Memory};
use crate::plan;
use crate::ports::{Alarms, CallError, Kept, Read};

/// How often a write is looked for before it counts as failed.
const LOOKS: usize = 3;

/// How often what was read back may ask for another write.
const CORRECTIONS: usize = 3;

/// What finding out which name is refused leaves of the time, for reading back and telling.
const RESERVE: Duration = Duration::from_secs(15);

/// How much further into its names each run begins: no number of alarms in a call is a multiple of it.
const STRIDE: usize = 37;

/// How long an alarm that is to be muted again waits for a digest that may be told in part already: under another id, with
/// what comes, people would be told it twice.
const TELL_FIRST: SignedDuration = SignedDuration::from_mins(15);

/// Names of a call that was refused.
struct Refused {
    names: Vec<String>,
    error: CallError,
}

impl<P: Alarms> Run<'_, P> {
    /// Arms what is muted and should not be, and what nobody could read.
    pub(super) async fn arm(&mut self, now: Timestamp) {
        let targets = self.targets(now);
        let mut arm = plan::difference(&targets, self.now.values()).arm;
        arm.extend(self.unread(&targets));
        self.write(Mode::Armed, &arm).await;
    }

    /// Mutes what is armed and should not be, after remembering it. What cannot be remembered stays armed.
    pub(super) async fn mute(&mut self, clock: &impl Fn() -> Timestamp) {
        let mute = plan::difference(&self.targets(clock()), self.now.values()).mute;
        let now = clock();
        let (waiting, mute): (Vec<String>, Vec<String>) =
            mute.into_iter().partition(|alarm| self.is_being_told(alarm, now));
        self.waiting.extend(waiting);
        let remembered: Vec<String> = mute.into_iter().filter(|alarm| self.remember(alarm, now)).collect();
        if !self.keep_memory().await {
            self.unremembered.extend(remembered);
            return;
        }
        for chunk in chunks(&remembered) {
            let targets = self.targets(clock());
            let still = |name: &String| plan::actions(&targets, name) == Some(Mode::Muted);
            let chunk: Vec<String> = chunk.into_iter().filter(still).collect();
            self.write(Mode::Muted, &chunk).await;
        }
    }

    /// Whether what an armed alarm did while it was muted may be told in part, and the rest is soon: for some minutes, until
    /// the first run after them has tried as well, and while another run says that it tells.
    pub(super) fn is_being_told(&self, alarm: &str, now: Timestamp) -> bool {
        let Some(entry) = self.memory.get(alarm).filter(|_| self.mode(alarm) == Some(Mode::Armed)) else {
            return false;
        };
        let (Some(claim), Some(until)) = (&entry.claim, entry.until) else { return false };
        let soon = |at: Timestamp| at.duration_since(until).abs() < TELL_FIRST;
        soon(now) || soon(claim.at) || tell::is_claimed(entry, self.id, now)
    }

    fn remember(&mut self, alarm: &str, now: Timestamp) -> bool {
        let known = self.memory.get(alarm).filter(|entry| entry.since <= now);
        let rule = known.and_then(|entry| entry.rule).filter(|_| self.ruled.contains(alarm));
        // The rule may end before anybody looks again.
        let silent = rule.is_some();
        let entry = Entry { rule, silent, ..Entry::since(known.map_or(now, |entry| entry.since)) };
        let remembered = self.memory.remember(alarm, entry);
        if remembered {
            self.mutes.insert(alarm.to_owned());
        } else {
            self.no_room(alarm);
        }
        remembered
    }

    pub(super) fn no_room(&mut self, alarm: &str) {
        self.unremembered.insert(alarm.to_owned());
        let message = format!("there is no room to remember that {alarm} is muted: it stays armed");
        self.errors.push(CallError {
            operation: "PutMetricAlarm",
            code: "MemoryFull".to_owned(),
            message,
            refused: false,
        });
    }

    /// Writes a mode. Our own alarms come first, and when a call is refused its names are tried in halves, down to the
    /// one that may not be touched, as far as the time goes: our own with half of it where others are refused too.
    pub(super) async fn write(&mut self, mode: Mode, names: &[String]) {
        let prefix = self.settings.name().alarm_prefix();
        let (own, others): (Vec<String>, Vec<String>) =
            names.iter().cloned().partition(|name| name.starts_with(&prefix));
        let own = self.write_all(mode, chunks(&own)).await;
        let others = self.write_all(mode, chunks(&others)).await;
        let above = self.port.time_left().saturating_sub(RESERVE);
        let for_others = if others.is_empty() { Duration::ZERO } else { above / 2 };
        self.halve(mode, own, RESERVE + for_others).await;
        self.halve(mode, others, RESERVE).await;
    }

    /// Writes a mode; what was refused and may be had in parts comes back.
    async fn write_all(&mut self, mode: Mode, parts: impl Iterator<Item = Vec<String>>) -> Vec<Refused> {
        let mut refused = Vec::new();
        for names in parts {
            self.written.extend(names.iter().map(|name| (name.clone(), mode)));
            match self.port.set(mode, &names).await {
                Err(error) if error.refused && names.len() > 1 => refused.push(Refused { names, error }),
                result => self.errors.extend(result.err()),
            }
        }
        refused
    }

    /// Tries both halves of what was refused, and then those of one half to the end: so each run comes to single names.
    /// It begins elsewhere in each run, so that what may not be touched never keeps the time from the rest for ever.
    async fn halve(&mut self, mode: Mode, mut refused: Vec<Refused>, reserve: Duration) {
        let parts = refused.len();
        refused.rotate_left(self.turn.checked_rem(parts).unwrap_or_default());
        for Refused { names, .. } in &mut refused {
            let all = names.len();
            names.rotate_left(self.turn.wrapping_mul(STRIDE).checked_rem(all).unwrap_or_default());
        }
        while let Some(Refused { names, error }) = refused.pop() {
            if self.port.time_left() <= reserve {
                self.errors.push(error);
                continue;
            }
            let (one, other) = names.split_at(names.len() / 2);
            let halves = [one.to_vec(), other.to_vec()];
            refused.append(&mut self.write_all(mode, halves.into_iter()).await);
        }
    }

    /// Reads back what was written, and the holds and the memory with it, and puts right what is not as it should be
    /// by then. Nothing written and nothing to arm by now, nothing read.
    pub(super) async fn confirm(&mut self, clock: &impl Fn() -> Timestamp, upkeep: &Upkeep) {
        let hold = upkeep.keep.as_ref();
        let mut again = hold;
        for _ in 0..CORRECTIONS {
            if self.written.is_empty() && hold.is_none() {
                // Nothing to look for; but a window may have ended while this run was looking.
                let arm = self.overtaken(&self.targets(clock()));
                if arm.is_empty() {
                    return;
                }
                self.write(Mode::Armed, &arm).await;
            }
            let before = self.holds.clone();
            if !self.read_back(clock()).await {
                return;
            }
            if again.take_if(|hold| self.is_to_be_kept_again(hold)).is_some() {
                self.keep_holds(upkeep).await;
                continue;
            }
            // One that was overwritten meanwhile was heard: the last word counts.
            self.kept &= hold.is_none_or(|hold| self.holds.text(&hold.alarm).is_some());
            let unsaved = self.keep_memory_of_muted().await;
            let targets = self.targets(clock());
            let arm = self.overtaken(&targets);
            let changed = before != self.holds && self.kept && !self.cut_off;
            if arm.is_empty() && !changed && !unsaved {
                return;
            }
            self.write(Mode::Armed, &arm).await;
            if changed {
                self.mute(clock).await;
            }
        }
    }

    /// Whether a hold is not there: another run tidied the old one away, and the new one with it, or its write failed.
    /// Or it is there, and its answer was lost, or what it replaces was not removed. One that somebody else has written
    /// over is not written again.
    fn is_to_be_kept_again(&self, hold: &Kept) -> bool {
        self.holds.text(&hold.alarm).is_none_or(|text| !self.kept && text == hold.text)
    }

    /// Alarms that stand muted although by now they should not, and that this run has not tried to arm yet.
    fn overtaken(&self, targets: &[plan::Target]) -> Vec<String> {
        let arm = plan::difference(targets, self.now.values()).arm;
        arm.into_iter().filter(|name| self.written.get(name) != Some(&Mode::Armed)).collect()
    }

    /// Writes the memory again where another run has written over it; `true` when there was something to write.
    async fn keep_memory_of_muted(&mut self) -> bool {
        let lost = self.memory.upkeep(self.settings.name()).0;
        !lost.is_empty() && self.keep_memory().await
    }

    /// Reads everything that decides, a few times at most until what was written shows; `false` when it cannot be read.
    async fn read_back(&mut self, now: Timestamp) -> bool {
        let owner = self.settings.name();
        let schedules = self.settings.schedules();
        let holds =
            std::iter::once(owner.hold_alarm(None)).chain(schedules.iter().map(|it| owner.hold_alarm(Some(it))));
        let kept: BTreeSet<String> = holds
            .chain(self.found.places().chain(self.holds.places()).cloned())
            .chain(self.memory.places(owner))
            .collect();
        let names: Vec<String> = self.written.keys().cloned().chain(kept).collect();
        for look in 1..=LOOKS {
            let Read { mut alarms, cut_off } = self.port.read_named(&names).await;
            let vouched = cut_off.is_some() || self.vouch(&mut alarms).await;
            if !vouched {
                // Whose word it is cannot be known: what this run knew before counts.
                self.now.retain(|name, _| !self.written.contains_key(name));
                self.see(alarms);
                return false;
            }
            if let Some(error) = cut_off {
                // What was written and cannot be seen is not known to be so.
                self.now.retain(|name, _| !self.written.contains_key(name));
                self.see(alarms);
                self.errors.push(error);
                return false;
            }
            let holds = Holds::read(owner, alarms.iter(), now);
            let memory = Memory::read(owner, alarms.iter());
            self.now.retain(|name, _| !self.written.contains_key(name));
            self.see(alarms);
            self.gone = self.written.keys().filter(|name| !self.now.contains_key(*name)).cloned().collect();
            let shows = |(name, mode): (&String, &Mode)| self.mode(name) == Some(*mode) || self.gone.contains(name);
            // A refused call will not show up by waiting.
            if self.written.iter().all(shows) || look == LOOKS || !self.errors.is_empty() {
                self.holds = holds;
                if !self.cut_off {
                    self.refresh(memory);
                }
                return true;
            }
            self.port.settle().await;
        }
        true
    }
}
