//! Telling people what went off while alarms were muted that are armed now.
//!
//! What is remembered and neither muted nor wanted muted any more is told, once, and then forgotten. Of two runs at once
//! the one tells whose claim is found when it is read back. What could not be read or published stays remembered, and
//! the next run tells it, under the same id where it may have been sent already.

use std::collections::BTreeMap;
use std::hash::Hasher as _;

use jiff::{SignedDuration, Timestamp};
use siphasher::sip::SipHasher13;
use yakei_core::digest::{Digest, HandedOver, Unknown};
use yakei_core::hours::Mode;

use super::Run;
use super::rules::{Muting, Rules};
use crate::history;
use crate::memory::{Claim, Entry};
use crate::plan;
use crate::ports::{Alarms, CallError, CutOff, History, MuteRules, People};

/// How long another run's claim is believed: no invocation takes longer.
const BELIEVED: SignedDuration = SignedDuration::from_mins(2);

/// How long a history that cannot be read is tried again before that is told instead.
const PATIENCE: SignedDuration = SignedDuration::from_hours(24);

/// How long CloudWatch keeps an alarm's history (CloudWatch user guide: 30 days).
const KEPT: SignedDuration = SignedDuration::from_hours(30 * 24);

type Entries = BTreeMap<String, Entry>;

impl<P: Alarms + MuteRules> Run<'_, P> {
    /// Tells everything that is due.
    pub(super) async fn tell(&mut self, people: &impl People, rules: &Rules, clock: &impl Fn() -> Timestamp) {
        let now = clock();
        for (alarm, entry) in std::mem::take(&mut self.unknown) {
            if self.memory.get(&alarm).is_none() {
                let _ = self.memory.remember(&alarm, entry);
            }
        }
        let mut due: BTreeMap<Option<String>, Entries> = BTreeMap::new();
        let muting = rules.muting(now);
        for (alarm, entry) in self.due(&muting, now) {
            if entry.since > now && muting.will_mute(&alarm) {
                continue;
            }
            if entry.since > now || !people.listen() || !self.settings.wants_digest(&alarm) {
                self.forget(&alarm);
            } else {
                let id = entry.claim.as_ref().map(|claim| claim.id.clone());
                due.entry(id).or_default().insert(alarm, entry);
            }
        }
        for (id, entries) in due {
            let id = id.unwrap_or_else(|| self.name_of(&entries));
            self.tell_one(people, id, entries, now).await;
        }
        if !self.told {
            // So that it is known until when they were muted.
            self.keep_memory().await;
        }
    }

    /// What is remembered of alarms that are armed, and should be.
    fn due(&self, muting: &Muting<'_>, now: Timestamp) -> Vec<(String, Entry)> {
        if self.cut_off {
            return Vec::new();
        }
        let targets = self.targets(now);
        let due = self.memory.entries().filter(|(alarm, _)| {
            let muted = self.mode(alarm) == Some(Mode::Muted) || muting.mutes(alarm);
            let unseen = self.written.contains_key(*alarm) && self.mode(alarm).is_none() && !self.gone.contains(*alarm);
            let wanted = self.mode(alarm).is_some() && plan::desired(&targets, alarm) == Some(Mode::Muted);
            !muted && (!wanted || self.is_being_told(alarm, now)) && !unseen
        });
        due.map(|(alarm, entry)| (alarm.clone(), entry.clone())).collect()
    }

    /// The same for the same alarms muted since the same instants, whichever run tells.
    fn name_of(&self, entries: &Entries) -> String {
        let mut hasher = SipHasher13::new();
        hasher.write(self.settings.name().as_str().as_bytes());
        for (alarm, entry) in entries {
            hasher.write(alarm.as_bytes());
            hasher.write(&entry.since.as_nanosecond().to_be_bytes());
        }
        format!("{:016x}", hasher.finish())
    }

    async fn tell_one(&mut self, people: &impl People, id: String, entries: Entries, now: Timestamp) {
        let since = entries.iter().map(|(alarm, entry)| (alarm.clone(), entry.since)).collect();
        let history = self.port.history(&since).await;
        let digest = self.digest(&id, &entries, &history, now);
        if digest.is_empty() {
            self.settle_accounts(&entries, &history, now);
            return;
        }
        let Some(claimed) = self.claim(&id, &entries, now).await else {
            self.not_told(&entries, now);
            return;
        };
        if claimed.is_empty() {
            return;
        }
        // What another run tells is another digest.
        let digest = if claimed.len() == entries.len() {
            digest
        } else {
            self.digest(&self.name_of(&claimed), &claimed, &history, now)
        };
        if !digest.is_empty() && !self.publish(people, &digest, &claimed).await {
            return;
        }
        self.settle_accounts(&claimed, &history, now);
        self.keep_memory().await;
    }

    /// The enricher first, which knows who; the plain digest, once in each language, when nobody takes it. What was told
    /// in one language and not in another is told again in the other alone.
    async fn publish(&mut self, people: &impl People, digest: &Digest, claimed: &Entries) -> bool {
        let claim = claimed.values().find_map(|entry| entry.claim.as_ref());
        let mut told = claim.filter(|claim| claim.id == digest.id).map_or(Vec::new(), |claim| claim.told.clone());
        if told.is_empty() && people.hand_over(&HandedOver::new(digest)).await {
            return true;
        }
        let mut failed = false;
        for language in self.settings.languages() {
            if told.contains(&language) {
                continue;
            }
            match people.tell(digest, &self.settings.style(language)).await {
                Ok(()) => told.push(language),
                Err(error) => {
                    let json = serde_json::to_string(digest).unwrap_or_default();
                    let language = language.code();
                    tracing::error!(%error, language, digest = json, "nobody could be told what was missed");
                    self.errors.push(error);
                    failed = true;
                }
            }
        }
        if failed {
            let with = |(alarm, entry): (&String, &Entry)| {
                let claim = entry.claim.clone().map(|claim| Claim { told: told.clone(), ..claim });
                (alarm.clone(), Entry { claim, ..entry.clone() })
            };
            let entries: Entries = claimed.iter().map(with).collect();
            for (alarm, entry) in &entries {
                let _ = self.memory.remember(alarm, entry.clone());
            }
            self.not_told(&entries, digest.to);
        }
        !failed
    }

    fn not_told(&mut self, entries: &Entries, now: Timestamp) {
        self.told = false;
        for (alarm, entry) in entries {
            let entry = self.memory.get(alarm).unwrap_or(entry).clone();
            let until = entry.until.or(Some(now));
            let _ = self.memory.remember(alarm, Entry { until, ..entry });
        }
    }

    /// Forgets what is told, and keeps the rest of what could not be read.
    fn settle_accounts(&mut self, entries: &Entries, history: &History, now: Timestamp) {
        for (alarm, entry) in entries {
            match more_later(entry, history.cut_off.get(alarm), now) {
                None => self.forget(alarm),
                Some(CutOff { read_to, error }) => {
                    if !self.errors.contains(error) {
                        self.errors.push(error.clone());
                    }
                    self.told = false;
                    let (since, until) = (entry.since.max(*read_to), entry.until.or(Some(now)));
                    let _ = self.memory.remember(alarm, Entry { since, until, claim: None, ..entry.clone() });
                }
            }
        }
    }

    fn forget(&mut self, alarm: &str) {
        self.memory.forget(alarm);
        self.forgotten.insert(alarm.to_owned());
    }

    fn digest(&self, id: &str, entries: &Entries, history: &History, now: Timestamp) -> Digest {
        let from = entries.values().map(|entry| entry.since).min().unwrap_or(now);
        let to = entries.values().map(|entry| entry.until.unwrap_or(now)).max().unwrap_or(now);
        let mut digest = Digest::new(id.to_owned(), self.settings.name().as_str(), from, to);
        for (alarm, entry) in entries {
            let cut_off = history.cut_off.get(alarm);
            let until = entry.until.unwrap_or(now);
            let read_to = more_later(entry, cut_off, now).map(|it| it.read_to);
            let before = |at: Timestamp| at.checked_sub(SignedDuration::from_nanos(1)).unwrap_or(at);
            let until = read_to.map_or(until, |read_to| until.min(before(read_to)));
            let stands = self.now.get(alarm).is_some_and(|alarm| alarm.in_alarm);
            let story = history::story(alarm, entry, until, stands, &history.items);
            digest.add(story.missed);
            if read_to.is_some() {
                continue;
            }
            if story.sent_by_cloudwatch {
                digest.sent_by_cloudwatch.push(alarm.clone());
            } else if stands {
                digest.still_in_alarm.push(alarm.clone());
            }
            if let Some(CutOff { read_to, error }) = cut_off {
                let CallError { operation, code, message, refused: _ } = error.clone();
                let (alarm, after, call) = (alarm.clone(), *read_to, operation.to_owned());
                digest.problem(Unknown::After { alarm, after, call, code, message });
            }
        }
        let oldest = now.checked_sub(KEPT).unwrap_or(now);
        if from < oldest && !digest.is_empty() {
            digest.problem(Unknown::Before { before: oldest });
        }
        digest
    }

    /// Says that this run tells these, and reads back whether it was heard; what another run tells is left to it.
    /// `None` when it cannot be known.
    async fn claim(&mut self, id: &str, entries: &Entries, now: Timestamp) -> Option<Entries> {
        let later = self.read_memory().await?;
        // The same digest as before: what of it is told already stays told.
        let before = entries.values().filter_map(|entry| entry.claim.as_ref()).find(|claim| claim.id == id);
        let told = before.map_or(Vec::new(), |claim| claim.told.clone());
        let claim = Claim { id: id.to_owned(), run: self.id.to_owned(), at: now, told };
        let mut ours = Entries::new();
        for (alarm, entry) in entries {
            if later.is_gone(&self.memory, alarm) {
                // Another run has told it.
                self.forget(alarm);
            } else if let Some(theirs) = later.get(alarm).filter(|it| is_claimed(it, self.id, now)) {
                let _ = self.memory.remember(alarm, theirs.clone());
            } else {
                let until = entry.until.or(Some(now));
                ours.insert(alarm.clone(), Entry { until, claim: Some(claim.clone()), ..entry.clone() });
            }
        }
        self.refresh(later);
        for (alarm, entry) in &ours {
            let _ = self.memory.remember(alarm, entry.clone());
        }
        if ours.is_empty() {
            return Some(ours);
        }
        if !self.keep_memory().await {
            return None;
        }
        self.port.settle().await;
        let later = self.read_memory().await?;
        for (alarm, _) in std::mem::take(&mut ours) {
            match later.get(&alarm) {
                Some(entry) if entry.claim.as_ref() == Some(&claim) => drop(ours.insert(alarm, entry.clone())),
                Some(theirs) => drop(self.memory.remember(&alarm, theirs.clone())),
                None => self.forget(&alarm),
            }
        }
        self.refresh(later);
        Some(ours)
    }
}

/// Whether another run than this has said that it tells this, and may still be about to.
pub(super) fn is_claimed(entry: &Entry, run: &str, now: Timestamp) -> bool {
    let others = |claim: &&Claim| claim.run != run && now.duration_since(claim.at).abs() <= BELIEVED;
    entry.claim.as_ref().is_some_and(|claim| others(&claim))
}

/// Why there is more to read later; `None` when all is read, or was tried for long enough.
fn more_later<'c>(entry: &Entry, cut_off: Option<&'c CutOff>, now: Timestamp) -> Option<&'c CutOff> {
    let tried = entry.until.map_or(SignedDuration::ZERO, |until| now.duration_since(until));
    cut_off.filter(|_| tried < PATIENCE)
}
