//! One pass over a record's bytes, 64 at once, for all strings that are searched.
//!
//! Of each string its first quote and one more byte are looked for at their distance. Where both stand it may begin, which
//! is for others to see: no place where a string does stand is left out.

use fearless_simd::prelude::*;
use fearless_simd::{Level, dispatch, mask8x64, u8x64};

/// So many strings in one go; where there are more, the bytes are gone through again.
const GROUP: usize = 3;

/// Blocks that are looked at before any of what was found is told: a call between them would cost more than both.
const BLOCKS: usize = 32;

/// Bytes of JSON as CloudTrail writes it, from the most frequent to the rarest; those that are not here are rarer.
const FREQUENT: &[u8] = b"\"etaisron:c,dlmpu-.A0123456789gfyhERISvTwbCDPMkNLxOUzFVBGKHWqjYXJZQ";

/// What is looked for.
#[derive(Debug, Clone)]
pub(super) struct Pass {
    groups: Vec<[Rare; GROUP]>,
}

/// A byte of a string, and where it stands in it: below 64.
#[derive(Debug, Clone, Copy)]
struct Rare {
    place: usize,
    byte: u8,
}

impl Pass {
    /// The strings begin and end with their quotes.
    pub(super) fn new(strings: impl Iterator<Item = String>) -> Self {
        let rare: Vec<Rare> = strings.filter_map(|string| Rare::of(string.as_bytes())).collect();
        // What is left over of the last group looks for its first once more.
        let group = |of: &[Rare]| of.first().map(|first| std::array::from_fn(|at| *of.get(at).unwrap_or(first)));
        Self { groups: rare.chunks(GROUP).filter_map(group).collect() }
    }

    /// Tells where the strings may begin, behind their first quotes; some places twice. Is there a backslash?
    pub(super) fn over(&self, record: &[u8], found: &mut dyn FnMut(usize)) -> bool {
        if self.groups.is_empty() {
            return memchr::memchr(b'\\', record).is_some();
        }
        // A short one with zeros behind, which no string has.
        let mut longer = [0; SHORTEST];
        let record = match longer.get_mut(..record.len()) {
            Some(begin) => {
                begin.copy_from_slice(record);
                &longer
            }
            None => record,
        };
        let level = Level::new();
        let mut has_backslash = false;
        for group in &self.groups {
            has_backslash |= dispatch!(level, simd => go(simd, record, group, found));
        }
        has_backslash
    }
}

impl Rare {
    fn of(string: &[u8]) -> Option<Self> {
        let rarity = |byte: u8| FREQUENT.iter().position(|it| *it == byte).unwrap_or(FREQUENT.len());
        let (place, byte) = string.iter().enumerate().take(64).skip(1).max_by_key(|(_, byte)| rarity(**byte))?;
        Some(Self { place, byte: *byte })
    }
}

/// A block with the bytes behind it, as many as a place goes.
type Window = [u8; SHORTEST];
const SHORTEST: usize = 128;

/// What is compared with: the same byte 64 times.
struct Lanes<S: Simd> {
    quote: u8x64<S>,
    backslash: u8x64<S>,
    rare: [u8x64<S>; GROUP],
}

// All of it goes into what is compiled for the processor's instructions; a closure would not.
#[inline(always)]
#[allow(clippy::inline_always)]
fn go<S: Simd>(simd: S, record: &[u8], group: &[Rare; GROUP], found: &mut dyn FnMut(usize)) -> bool {
    let [first, second, third] = group;
    let lanes = Lanes {
        quote: u8x64::splat(simd, b'"'),
        backslash: u8x64::splat(simd, b'\\'),
        rare: [u8x64::splat(simd, first.byte), u8x64::splat(simd, second.byte), u8x64::splat(simd, third.byte)],
    };
    // First a look at every block for this alone: so little to do that what memory sends is waited for once and together.
    let mut backslashes = lanes.quote.simd_eq(lanes.backslash);
    let (whole, _) = record.as_chunks::<64>();
    for block in whole {
        backslashes |= u8x64::from_slice(simd, block).simd_eq(lanes.backslash);
    }
    let mut at = 0;
    loop {
        let mut begins = [0; BLOCKS];
        let mut blocks = 0;
        for begin in &mut begins {
            let Some(window) = window(record, at + 64 * blocks) else { break };
            let block = place(simd, window, 0);
            *begin = (block.simd_eq(lanes.quote) & any_rare(simd, window, group, &lanes)).to_bitmask();
            blocks += 1;
        }
        for (number, begin) in begins.iter().enumerate() {
            if number == blocks {
                break;
            }
            tell(*begin, at + 64 * number, found);
        }
        at += 64 * blocks;
        if blocks < BLOCKS {
            break;
        }
    }
    // Fewer than 128 bytes are left: those, with some told already, and of the last 64 what is wholly in them.
    let at = record.len().saturating_sub(SHORTEST);
    if let Some(window) = window(record, at) {
        let block = place(simd, window, 0);
        tell((block.simd_eq(lanes.quote) & any_rare(simd, window, group, &lanes)).to_bitmask(), at, found);
        let (_, last) = window.split_at(64);
        let block = u8x64::from_slice(simd, last);
        backslashes |= block.simd_eq(lanes.backslash);
        let [one, two, three] = lanes.rare;
        let rare = (block.simd_eq(one).to_bitmask() >> (first.place & 63))
            | (block.simd_eq(two).to_bitmask() >> (second.place & 63))
            | (block.simd_eq(three).to_bitmask() >> (third.place & 63));
        tell(block.simd_eq(lanes.quote).to_bitmask() & rare, at + 64, found);
    }
    backslashes.any_true()
}

#[inline(always)]
#[allow(clippy::inline_always)]
fn window(bytes: &[u8], at: usize) -> Option<&Window> {
    match bytes.get(at..) {
        Some(rest) => rest.first_chunk(),
        None => None,
    }
}

/// The block from a place below 64 on.
#[inline(always)]
#[allow(clippy::inline_always)]
fn place<S: Simd>(simd: S, window: &Window, place: usize) -> u8x64<S> {
    let (_, rest) = window.split_at(place & 63);
    let (block, _) = rest.split_at(64);
    u8x64::from_slice(simd, block)
}

/// Where a string would begin that has its rare byte in its place.
#[inline(always)]
#[allow(clippy::inline_always)]
fn any_rare<S: Simd>(simd: S, window: &Window, group: &[Rare; GROUP], lanes: &Lanes<S>) -> mask8x64<S> {
    let ([first, second, third], [one, two, three]) = (group, lanes.rare);
    place(simd, window, first.place).simd_eq(one)
        | place(simd, window, second.place).simd_eq(two)
        | place(simd, window, third.place).simd_eq(three)
}

#[inline(always)]
#[allow(clippy::inline_always)]
fn tell(mut begins: u64, at: usize, found: &mut dyn FnMut(usize)) {
    while begins != 0 {
        found(at + begins.trailing_zeros() as usize + 1);
        begins &= begins - 1;
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn pass(strings: &[String]) -> Pass {
        Pass::new(strings.iter().map(|string| format!("\"{string}\"")))
    }

    fn places(pass: &Pass, record: &[u8]) -> (BTreeSet<usize>, bool) {
        let mut found = BTreeSet::new();
        let has_backslash = pass.over(record, &mut |at| {
            found.insert(at);
        });
        (found, has_backslash)
    }

    /// One to seven strings, of no byte to more than a block, at every place of records of every length.
    #[test]
    fn a_string_is_found_at_every_place_of_a_record_of_any_length() {
        let strings: Vec<String> =
            ["eventName", "", "R", "ü夜", "errorCode", &"n".repeat(61), &"long".repeat(50)].map(str::to_owned).into();
        for few in 1..=strings.len() {
            let pass = pass(&strings[..few]);
            for string in &strings[..few] {
                let quoted = format!("\"{string}\"");
                for before in (0..200).chain(2040..2060) {
                    for behind in [0, 1, 62, 63, 64, 65, 127, 128, 129, 2048] {
                        let record = format!("{}{quoted}{}", "x".repeat(before), "y".repeat(behind));
                        let (found, has_backslash) = places(&pass, record.as_bytes());
                        assert!(found.contains(&(before + 1)), "{quoted} behind {before}, {behind} follow");
                        assert!(!has_backslash);
                        assert!(found.iter().all(|at| record.as_bytes().get(at - 1) == Some(&b'"')));
                    }
                }
            }
        }
    }

    #[test]
    fn a_backslash_is_seen_at_every_place_of_a_record_of_any_length() {
        for strings in [&["name".to_owned()][..], &[]] {
            let pass = pass(strings);
            for length in (0..260).chain([2048, 2176, 2177, 4500]) {
                let mut record = vec![b'x'; length];
                assert!(!places(&pass, &record).1);
                for at in (0..length).filter(|at| *at < 260 || length - at < 260) {
                    record[at] = b'\\';
                    assert!(places(&pass, &record).1, "at {at} of {length}");
                    record[at] = b'x';
                }
            }
        }
    }

    #[test]
    fn a_string_that_is_not_there_is_told_nowhere_but_at_a_quote_with_its_byte() {
        let pass = pass(&["eventName".to_owned()]);
        let (found, _) = places(&pass, br#"{"eventVersion":"1.08","eventTime":1,"xxxxxN":2,"eventName":"x"}"#);
        assert_eq!(found.into_iter().collect::<Vec<_>>(), [38, 49]);
    }
}
