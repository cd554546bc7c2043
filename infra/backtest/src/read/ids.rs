//! Which records were there before. One event may be in two files: of two trails, or of one copied twice.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

/// The ids of what matches, of all cores.
#[derive(Debug, Default)]
pub(super) struct Acts(Mutex<HashSet<Box<str>>>);

impl Acts {
    /// Whether it was not there before.
    pub(super) fn is_new(&self, id: &str) -> bool {
        let mut acts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        !acts.contains(id) && acts.insert(id.into())
    }
}

/// Hashes of the ids of records that match nothing, to be counted at the end: who takes one for another miscounts records
/// and nothing else.
#[derive(Debug, Default)]
pub(super) struct Others(Vec<u64>);

impl Others {
    pub(super) fn add(&mut self, id: &[u8]) {
        self.0.push(hash(id));
    }

    #[must_use]
    pub(super) fn and(mut self, mut other: Self) -> Self {
        self.0.append(&mut other.0);
        self
    }

    /// How many different ones there are, and how many were there before.
    pub(super) fn counted(mut self) -> (u64, u64) {
        let all = self.0.len() as u64;
        self.0.sort_unstable();
        self.0.dedup();
        let different = self.0.len() as u64;
        (different, all - different)
    }
}

/// Ids are random already; this brings all their digits together.
fn hash(id: &[u8]) -> u64 {
    const ODD: u64 = 0x9e37_79b9_7f4a_7c15;
    let (words, rest) = id.as_chunks::<8>();
    let last = rest.iter().fold(id.len() as u64, |word, byte| word << 8 | u64::from(*byte));
    let words = words.iter().map(|it| u64::from_le_bytes(*it)).chain([last]);
    words.fold(0, |hash: u64, word| {
        let mixed = (hash ^ word).wrapping_mul(ODD);
        mixed ^ mixed >> 29
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_new_once() {
        let all: Vec<String> = (0..20_000_u32).map(|n| format!("{:08x}-0000-4000-8000-{n:012x}", n / 100)).collect();
        let counted = |times: usize| {
            let (mut one, mut other) = (Others::default(), Others::default());
            all.iter()
                .cycle()
                .take(all.len() * times)
                .enumerate()
                .for_each(|(n, id)| if n % 3 == 0 { one.add(id.as_bytes()) } else { other.add(id.as_bytes()) });
            one.and(other).counted()
        };
        assert_eq!((counted(0), counted(1), counted(3)), ((0, 0), (20_000, 0), (20_000, 40_000)));
        let acts = Acts::default();
        assert!(acts.is_new(&all[0]) && !acts.is_new(&all[0]) && acts.is_new(&all[1]));
    }
}
