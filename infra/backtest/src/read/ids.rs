//! Which records were there before. One event may be in two files: of two trails, or of one copied twice.

use std::collections::HashSet;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::{Mutex, PoisonError};

const SHARDS: usize = 64;

/// The ids that were seen, by all cores.
#[derive(Debug)]
pub(super) struct Ids {
    /// Hashes of the ids of records that match nothing: who takes one for another miscounts records and nothing else.
    others: Vec<Mutex<HashSet<u64, BuildHasherDefault<AsItIs>>>>,
    /// The ids of what matches, whole.
    acts: Mutex<HashSet<Box<str>>>,
}

impl Default for Ids {
    fn default() -> Self {
        Self { others: (0..SHARDS).map(|_| Mutex::default()).collect(), acts: Mutex::default() }
    }
}

impl Ids {
    /// Whether a record that matches nothing was not there before.
    pub(super) fn is_new(&self, id: &[u8]) -> bool {
        let hash = hash(id);
        let shard = usize::try_from(hash >> 32).unwrap_or_default() % SHARDS;
        self.others.get(shard).is_none_or(|it| it.lock().unwrap_or_else(PoisonError::into_inner).insert(hash))
    }

    /// Whether what matches was not there before.
    pub(super) fn is_new_act(&self, id: &str) -> bool {
        let mut acts = self.acts.lock().unwrap_or_else(PoisonError::into_inner);
        !acts.contains(id) && acts.insert(id.into())
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

/// What is put in is a hash.
#[derive(Debug, Default)]
struct AsItIs(u64);

impl Hasher for AsItIs {
    fn finish(&self) -> u64 {
        self.0
    }
    fn write(&mut self, bytes: &[u8]) {
        self.0 = hash(bytes);
    }
    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_new_once() {
        let ids = Ids::default();
        let all: Vec<String> = (0..20_000_u32).map(|n| format!("{:08x}-0000-4000-8000-{n:012x}", n / 100)).collect();
        assert!(all.iter().all(|it| ids.is_new(it.as_bytes())));
        assert!(!all.iter().any(|it| ids.is_new(it.as_bytes())));
        assert!(ids.is_new(b"") && !ids.is_new(b"") && ids.is_new(b"\0"));
        assert!(ids.is_new_act(&all[0]) && !ids.is_new_act(&all[0]));
    }
}
