//! 64 bytes at once, a bit each, by the widest instructions that the processor has.

use fearless_simd::prelude::*;
use fearless_simd::u8x64;

use super::heads::{FURTHEST, Heads, Nibbles};

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
    pub(super) newlines: u64,
}

/// Looks at one block after another. No closure, and nothing that takes one, is called here with vectors: what is not
/// compiled into what calls it has to do without the processor's instructions.
#[derive(Clone, Copy)]
pub(super) struct Eye<S: Simd> {
    simd: S,
    first: [u8x64<S>; 2],
    behind: usize,
    other: [u8x64<S>; 2],
}

impl<S: Simd> Eye<S> {
    #[inline(always)]
    #[allow(clippy::inline_always)]
    pub(super) fn new(simd: S, heads: &Heads) -> Self {
        let Heads { first, behind, other } = heads;
        Self { simd, first: tables(simd, first), behind: *behind, other: tables(simd, other) }
    }

    /// The block with which these bytes begin; behind their end are blanks.
    #[inline(always)]
    #[allow(clippy::inline_always)]
    pub(super) fn look(&self, bytes: &[u8]) -> Block {
        if let Some(whole) = bytes.first_chunk() {
            return self.at(whole, true);
        }
        let mut padded = [b' '; WITH_BEHIND];
        for (to, from) in padded.iter_mut().zip(bytes) {
            *to = *from;
        }
        // What stands behind the end may be anything.
        self.at(&padded, false)
    }

    #[inline(always)]
    #[allow(clippy::inline_always)]
    pub(super) fn at(&self, bytes: &[u8; WITH_BEHIND], by_other: bool) -> Block {
        let lanes = u8x64::from_slice(self.simd, bytes.first_chunk::<64>().unwrap_or(&[b' '; 64]));
        let behind = self.behind.min(FURTHEST);
        let mut met = self.classes(&self.first, lanes);
        if by_other {
            let others = bytes.get(behind..behind + 64).unwrap_or(&[b' '; 64]);
            met &= self.classes(&self.other, u8x64::from_slice(self.simd, others));
        }
        Block {
            quotes: lanes.simd_eq(b'"').to_bitmask(),
            backslashes: lanes.simd_eq(b'\\').to_bitmask(),
            opening: lanes.simd_eq(b'{').to_bitmask(),
            closing: lanes.simd_eq(b'}').to_bitmask(),
            heads: !met.simd_eq(0).to_bitmask(),
            newlines: lanes.simd_eq(b'\n').to_bitmask(),
        }
    }

    /// Of each byte its bits: those that both of its halves have.
    #[inline(always)]
    #[allow(clippy::inline_always)]
    fn classes(&self, [low, high]: &[u8x64<S>; 2], lanes: u8x64<S>) -> u8x64<S> {
        let low = self.simd.swizzle_dyn_within_blocks_u8x64(*low, lanes & 0x0f);
        low & self.simd.swizzle_dyn_within_blocks_u8x64(*high, lanes >> 4)
    }
}

#[inline(always)]
#[allow(clippy::inline_always)]
fn tables<S: Simd>(simd: S, nibbles: &Nibbles) -> [u8x64<S>; 2] {
    let mut both = [[0; 64]; 2];
    for (table, nibbles) in both.iter_mut().zip([&nibbles.low, &nibbles.high]) {
        for (to, from) in table.iter_mut().zip(nibbles.iter().cycle()) {
            *to = *from;
        }
    }
    let [low, high] = &both;
    [u8x64::from_slice(simd, low), u8x64::from_slice(simd, high)]
}
