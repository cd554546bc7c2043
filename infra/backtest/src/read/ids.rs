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

/// How many are sorted together, about.
const PART: usize = 128;
const MOST_PARTS: usize = 4096;

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
    pub(super) fn counted(self) -> (u64, u64) {
        let all = self.0.len() as u64;
        let different = different(self.0);
        (different, all - different)
    }
}

/// How many different ones there are. First they are put by their first digits, so that what is sorted lies in the
/// processor's caches.
fn different(hashes: Vec<u64>) -> u64 {
    let parts = (hashes.len() / PART).next_power_of_two().min(MOST_PARTS);
    let part = |hash: u64| usize::try_from(hash >> 48).unwrap_or_default() & (parts - 1);
    let mut ends = vec![0; parts];
    for hash in &hashes {
        if let Some(count) = ends.get_mut(part(*hash)) {
            *count += 1;
        }
    }
    let mut end = 0;
    for count in &mut ends {
        end += std::mem::replace(count, end);
    }
    let mut put = vec![0; hashes.len()];
    for hash in hashes {
        if let Some(at) = ends.get_mut(part(hash))
            && let Some(place) = put.get_mut(*at)
        {
            (*place, *at) = (hash, *at + 1);
        }
    }
    let (mut rest, mut start, mut different) = (put.as_mut_slice(), 0, 0);
    for end in ends {
        let Some((part, behind)) = rest.split_at_mut_checked(end - start) else { break };
        different += counted_by_table(part).unwrap_or_else(|| {
            part.sort_unstable();
            part.chunk_by(|a, b| a == b).count() as u64
        });
        (rest, start) = (behind, end);
    }
    different
}

/// The same of a few; `None` where they are too many, or too much alike.
fn counted_by_table(hashes: &[u64]) -> Option<u64> {
    const ROOM: usize = 512;
    const FURTHEST: usize = 16;
    if hashes.len() > ROOM / 2 {
        return None;
    }
    let (mut table, mut different) = ([0; ROOM], u64::from(hashes.contains(&0)));
    for hash in hashes.iter().copied().filter(|it| *it != 0) {
        // 0 is an empty place.
        let first = usize::try_from(hash & (ROOM as u64 - 1)).unwrap_or_default();
        let place =
            (first..first + FURTHEST).find(|at| table.get(at % ROOM).is_some_and(|it| [0, hash].contains(it)))?;
        if let Some(here) = table.get_mut(place % ROOM) {
            different += u64::from(*here == 0);
            *here = hash;
        }
    }
    Some(different)
}

/// Ids are random already; this brings all their digits together.
fn hash(id: &[u8]) -> u64 {
    let length = id.len() as u64;
    let (blocks, _) = id.as_chunks::<16>();
    let Some(last) = id.last_chunk::<16>() else {
        let mut padded = [0; 16];
        padded.iter_mut().zip(id).for_each(|(to, from)| *to = *from);
        return mixed(&padded, length);
    };
    let all =
        (1..).zip(blocks).fold(mixed(last, length), |all: u64, (at, block)| all.rotate_left(23) ^ mixed(block, at));
    all.wrapping_mul(ODD[0]) ^ all >> 32
}

const ODD: [u64; 2] = [0x9e37_79b9_7f4a_7c15, 0xd6e8_feb8_6659_fd93];

/// Both halves of the product of both halves.
fn mixed(block: &[u8; 16], at: u64) -> u64 {
    let whole =
        u128::from_le_bytes(*block) ^ (u128::from(ODD[0]) << 64 | u128::from(ODD[1].wrapping_mul(at | 1 << 32)));
    #[expect(clippy::cast_possible_truncation, reason = "a half each")]
    let (low, high) = (whole as u64, (whole >> 64) as u64);
    let product = u128::from(low) * u128::from(high);
    #[expect(clippy::cast_possible_truncation, reason = "a half each")]
    let folded = product as u64 ^ (product >> 64) as u64;
    folded
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
        // Whatever they are: sorting is the judge.
        for (apart, many) in [(1, 5), (1, 400), (512, 200), (1 << 50, 3000), (0x9e37_79b9_7f4a_7c15, 200_000)] {
            let hashes: Vec<u64> = (0..many).map(|n: u64| (n / 2).wrapping_mul(apart)).collect();
            assert_eq!(different(hashes), many.div_ceil(2), "{apart}");
        }
        // Of any length, and different by one byte anywhere.
        let mut some = HashSet::new();
        for length in 1..80 {
            for at in 0..length {
                for byte in *b"ab" {
                    let mut id = vec![b'-'; length];
                    id[at] = byte;
                    some.insert(hash(&id));
                }
            }
        }
        assert_eq!(some.len(), (1..80).sum::<usize>() * 2);
        let acts = Acts::default();
        assert!(acts.is_new(&all[0]) && !acts.is_new(&all[0]) && acts.is_new(&all[1]));
    }
}
