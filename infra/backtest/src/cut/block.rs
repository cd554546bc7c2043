//! 64 bytes at once, a bit each, by the widest instructions that the processor has.

#![allow(clippy::inline_always, reason = "into what is compiled for the processor's instructions")]

use fearless_simd::prelude::*;
use fearless_simd::{mask8x64, u8x64};
use memchr::memchr;

use super::facts::Quotes;
use super::heads::{FURTHEST, Heads};

/// A block, and what is looked at behind it.
const WITH_BEHIND: usize = 64 + FURTHEST;

/// What the bytes of a block are.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Block {
    pub(super) quotes: u64,
    pub(super) backslashes: u64,
    pub(super) opening: u64,
    pub(super) closing: u64,
    /// Where a string that is looked for can begin, if one begins there at all.
    pub(super) heads: u64,
}

/// Looks at one block after another. No closure, and nothing that takes one, is called here with vectors: what is not
/// compiled into what calls it has to do without the processor's instructions.
#[derive(Clone, Copy)]
pub(super) struct Eye<S: Simd> {
    pub(super) simd: S,
    /// Whether a byte is told by its low half alone, and what of short strings.
    few: bool,
    short: [u8x64<S>; 2],
    short_behind: usize,
    /// Whether all others have the same first byte.
    is_only: bool,
    only: u8x64<S>,
    first: [u8x64<S>; 2],
    behind: usize,
    other: [u8x64<S>; 2],
}

impl<S: Simd> Eye<S> {
    #[inline(always)]
    pub(super) fn new(simd: S, heads: &Heads) -> Self {
        let Heads { first, behind, other, few } = heads;
        let (first, other, short) = match few {
            Some(few) => (tables(simd, &few.first, &few.first), tables(simd, &few.other, &few.other), few.short),
            None => (tables(simd, &first.low, &first.high), tables(simd, &other.low, &other.high), (0, 0, 0)),
        };
        Self {
            simd,
            few: few.is_some(),
            short: [u8x64::splat(simd, short.0), u8x64::splat(simd, short.2)],
            short_behind: short.1,
            is_only: few.as_ref().is_some_and(|few| few.only.is_some()),
            only: u8x64::splat(simd, few.as_ref().and_then(|few| few.only).unwrap_or_default()),
            first,
            behind: *behind,
            other,
        }
    }

    /// The block with which these bytes begin, and its newlines; behind their end are blanks.
    #[inline(always)]
    pub(super) fn look(&self, bytes: &[u8]) -> (Block, u64) {
        if let Some(whole) = bytes.first_chunk() {
            return (self.at(whole, true), self.newlines(whole));
        }
        let mut padded = [b' '; WITH_BEHIND];
        for (to, from) in padded.iter_mut().zip(bytes) {
            *to = *from;
        }
        // What stands behind the end may be anything.
        (self.at(&padded, false), self.newlines(&padded))
    }

    #[inline(always)]
    pub(super) fn at(&self, bytes: &[u8; WITH_BEHIND], by_other: bool) -> Block {
        let lanes = self.lanes(bytes, 0);
        let mut heads = if self.is_only { lanes.simd_eq(self.only) } else { self.may_be(&self.first, lanes) };
        let [first, last] = &self.short;
        let mut short = lanes.simd_eq(*first);
        if by_other {
            heads &= self.may_be(&self.other, self.lanes(bytes, self.behind));
            short &= self.lanes(bytes, self.short_behind).simd_eq(*last);
        }
        heads |= short;
        Block {
            quotes: lanes.simd_eq(b'"').to_bitmask(),
            backslashes: lanes.simd_eq(b'\\').to_bitmask(),
            opening: lanes.simd_eq(b'{').to_bitmask(),
            closing: lanes.simd_eq(b'}').to_bitmask(),
            heads: heads.to_bitmask(),
        }
    }

    #[inline(always)]
    pub(super) fn newlines(&self, bytes: &[u8; WITH_BEHIND]) -> u64 {
        self.lanes(bytes, 0).simd_eq(b'\n').to_bitmask()
    }

    #[inline(always)]
    fn lanes(&self, bytes: &[u8; WITH_BEHIND], from: usize) -> u8x64<S> {
        let from = from.min(FURTHEST);
        u8x64::from_slice(self.simd, bytes.get(from..from + 64).unwrap_or(&[b' '; 64]))
    }

    /// Which bytes are among those that the tables are of.
    #[inline(always)]
    fn may_be(&self, [low, high]: &[u8x64<S>; 2], lanes: u8x64<S>) -> mask8x64<S> {
        let low = self.simd.swizzle_dyn_within_blocks_u8x64(*low, lanes & 0x0f);
        if self.few {
            low.simd_eq(lanes)
        } else {
            !(low & self.simd.swizzle_dyn_within_blocks_u8x64(*high, lanes >> 4)).simd_eq(0)
        }
    }
}

impl<S: Simd> Quotes for Eye<S> {
    #[inline(always)]
    fn next_quote(&self, bytes: &[u8], from: usize) -> Option<usize> {
        let rest = bytes.get(from..)?;
        if let Some(block) = rest.first_chunk::<64>() {
            let quotes = u8x64::from_slice(self.simd, block).simd_eq(b'"').to_bitmask();
            if quotes != 0 {
                return Some(quotes.trailing_zeros() as usize);
            }
        }
        memchr(b'"', rest)
    }
}

#[inline(always)]
fn tables<S: Simd>(simd: S, low: &[u8; 16], high: &[u8; 16]) -> [u8x64<S>; 2] {
    let mut both = [[0; 64]; 2];
    for (table, of) in both.iter_mut().zip([low, high]) {
        for (to, from) in table.iter_mut().zip(of.iter().cycle()) {
            *to = *from;
        }
    }
    let [low, high] = &both;
    [u8x64::from_slice(simd, low), u8x64::from_slice(simd, high)]
}
