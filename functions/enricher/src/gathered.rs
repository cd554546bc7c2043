//! What several looks at the same log found: an event is counted once however often it was seen, and what was found
//! stays found when a later look fails.

use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher as _};
use std::ops::ControlFlow;

use jiff::Timestamp;
use yakei_core::activity::Groups;
use yakei_core::notice::{Bound, Problem};

use crate::plan::Plan;
use crate::ports::LogEvent;
use crate::search::Outcome;

/// What was found.
#[derive(Debug, Default)]
pub(crate) struct Gathered {
    pub groups: Groups,
    /// How many events the alarm counted, as it counts them.
    pub found: u64,
    /// Those of them that the first notice should have told.
    pub known: u64,
    /// Whether any look came to its end.
    pub whole: bool,
    /// What kept the looks from their end.
    pub problems: Vec<Problem>,
    /// The events that were counted, by a hash of source and id.
    seen: HashSet<u64>,
}

/// One look, which tells apart events that have no id.
#[derive(Debug, Default)]
pub(crate) struct Look(HashMap<u64, u64>);

impl Gathered {
    /// Takes an event of a plan's source; ends the look when there are more groups than may be.
    pub(crate) fn take(
        &mut self,
        look: &mut Look,
        plan: &Plan,
        at: usize,
        until: Option<Timestamp>,
        event: &LogEvent,
        most: usize,
    ) -> ControlFlow<Bound> {
        let Some(source) = plan.sources.get(at) else { return ControlFlow::Continue(()) };
        let times = source.counts(event);
        if times == 0 || !self.seen.insert(look.key(at, event)) {
            return ControlFlow::Continue(());
        }
        let new = source.is_new(event, until);
        self.found += times;
        self.known += if new { 0 } else { times };
        let of_group = if event.id.is_empty() { String::new() } else { format!("{}\n{}", source.log_group, event.id) };
        self.groups.add_event(&event.message, &of_group, event.logged_at, new);
        if self.groups.len() < most { ControlFlow::Continue(()) } else { ControlFlow::Break(Bound::Groups(most)) }
    }

    /// Ends a look: the best one counts, what kept another from its end is only said.
    pub(crate) fn looked(&mut self, outcome: Outcome) {
        self.whole |= !outcome.cut_off;
        self.problems.extend(outcome.problems);
    }
}

impl Look {
    /// An event of the same source and id is the same in every look; without an id, the nth of the same text is.
    fn key(&mut self, at: usize, event: &LogEvent) -> u64 {
        if !event.id.is_empty() {
            return hash(&(at, &event.id));
        }
        let text = hash(&(at, &event.message, event.logged_at));
        let nth = self.0.entry(text).or_default();
        *nth += 1;
        hash(&(text, *nth))
    }
}

fn hash(value: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}
