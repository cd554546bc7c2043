//! What a run keeps in alarms of its own: holds and memory. What is not known to be the toggler's is never touched.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::rules::Rules;
use super::{Run, chunks};
use crate::hold::{Holds, Upkeep};
use crate::memory::Memory;
use crate::ports::{Alarm, Alarms, CallError, Kept, MuteRules, Read};

impl<P: Alarms> Run<'_, P> {
    /// Writes what the event changes about holds: first the new one, then what it replaces goes.
    pub(super) async fn keep_holds(&mut self, upkeep: &Upkeep) {
        if let Some(hold) = &upkeep.keep {
            self.kept = self.put(hold).await;
            if !self.kept {
                // What the new hold would replace stays.
                return;
            }
        }
        self.kept &= self.drop_holds(&upkeep.drop).await;
    }

    /// Writes the memory where it changed, and removes what keeps nothing any more; `false` when something could not
    /// be written.
    pub(super) async fn keep_memory(&mut self) -> bool {
        if self.cut_off {
            return false;
        }
        let (write, drop) = self.memory.upkeep(self.settings.name());
        for kept in &write {
            if !self.put(kept).await {
                return false;
            }
            self.memory.written(self.settings.name(), kept);
        }
        self.drop_memory(&drop).await;
        true
    }

    async fn drop_memory(&mut self, names: &[String]) {
        for chunk in chunks(names) {
            match self.port.remove(&chunk).await {
                Ok(()) => chunk.iter().for_each(|alarm| self.memory.removed(self.settings.name(), alarm)),
                Err(error) => self.errors.push(error),
            }
        }
    }

    /// Keeps a text, unless somebody else's alarm has the name.
    pub(super) async fn put(&mut self, kept: &Kept) -> bool {
        let result = if self.now.contains_key(&kept.alarm) {
            Err(taken("PutMetricAlarm", &kept.alarm))
        } else {
            self.port.keep(kept, self.settings.name()).await
        };
        if result.is_ok() {
            self.tagged.insert(kept.alarm.clone(), true);
        }
        result.map_err(|error| self.errors.push(error)).is_ok()
    }

    /// What seems to keep something and has not our tag is somebody else's, and what it watches its own affair. `false`
    /// when that cannot be found out. Each is asked once in a run, those of the memory once in the life of a process.
    pub(super) async fn vouch(&mut self, alarms: &mut [Alarm]) -> bool {
        let owner = self.settings.name();
        let mut all = true;
        for alarm in alarms {
            let remembers = Memory::is_kept_in(owner, alarm);
            if !remembers && !Holds::is_kept_in(owner, alarm) {
                continue;
            }
            let known = (remembers && self.settings.is_vouched(&alarm.name)).then_some(true);
            let known = known.or_else(|| self.tagged.get(&alarm.name).copied());
            let tagged = match known {
                Some(tagged) => Ok(tagged),
                None => self.port.is_tagged(alarm, owner).await,
            };
            match tagged {
                Ok(tagged) => {
                    self.tagged.insert(alarm.name.clone(), tagged);
                    if !tagged {
                        tracing::warn!(
                            alarm = alarm.name,
                            "it is named as what the toggler keeps, and has not its tag"
                        );
                        alarm.metric = None;
                    } else if remembers {
                        self.settings.vouch_for(&alarm.name);
                    }
                }
                Err(error) => {
                    self.errors.push(error);
                    all = false;
                }
            }
        }
        all
    }

    /// Removes holds that are still what they were when this run read them; `false` when one may be left.
    async fn drop_holds(&mut self, holds: &BTreeMap<String, String>) -> bool {
        if holds.is_empty() {
            return true;
        }
        let names: Vec<String> = holds.keys().cloned().collect();
        let Read { alarms, cut_off } = self.port.read_named(&names).await;
        let mut all = cut_off.is_none();
        self.errors.extend(cut_off);
        let mut drop = Vec::new();
        for alarm in alarms {
            let same = alarm.description.as_deref() == holds.get(&alarm.name).map(String::as_str);
            if same && Holds::is_kept_in(self.settings.name(), &alarm) {
                if self.is_tagged(&alarm).await {
                    drop.push(alarm.name);
                } else {
                    all = false;
                }
            }
        }
        for chunk in chunks(&drop) {
            let removed = self.port.remove(&chunk).await;
            all &= removed.is_ok();
            self.errors.extend(removed.err());
        }
        all
    }

    async fn is_tagged(&mut self, alarm: &Alarm) -> bool {
        match self.port.is_tagged(alarm, self.settings.name()).await {
            Ok(true) => true,
            Ok(false) => {
                self.errors.push(taken("DeleteAlarms", &alarm.name));
                false
            }
            Err(error) => {
                self.errors.push(error);
                false
            }
        }
    }

    /// Reads the memory again; `None` when it cannot be read.
    pub(super) async fn read_memory(&mut self) -> Option<Memory> {
        let places = self.memory.places(self.settings.name());
        let Read { mut alarms, cut_off } = self.port.read_named(&places).await;
        if let Some(error) = cut_off {
            self.errors.push(error);
            return None;
        }
        if !self.vouch(&mut alarms).await {
            return None;
        }
        Some(Memory::read(self.settings.name(), alarms.iter()))
    }
}

impl<P: Alarms + MuteRules> Run<'_, P> {
    /// What can wait: holds that are over, rules that have ended, and what nobody need remember.
    pub(super) async fn tidy(&mut self, rules: &Rules, now: Timestamp) {
        if self.cut_off {
            return;
        }
        let failed = self.errors.len();
        self.keep_memory().await;
        let over = self.holds.over(self.settings.name(), now);
        self.drop_holds(&over).await;
        if self.errors.len() == failed {
            rules.tidy(self).await;
        }
    }
}

fn taken(operation: &'static str, alarm: &str) -> CallError {
    let message = format!("{alarm} is somebody else's alarm: it has not our tag, or not our metric");
    CallError { operation, code: "NotOurs".to_owned(), message, refused: true }
}
