//! The braces of a block of 64 bytes that are in no string, and how deep the block begins.

#![allow(clippy::inline_always, reason = "once for each block")]

use super::block::Block;

#[derive(Clone, Copy)]
pub(super) struct Braces {
    opening: u64,
    closing: u64,
    depth: usize,
}

impl Braces {
    #[inline(always)]
    pub(super) fn of(bits: &Block, inside: u64, depth: usize) -> Self {
        Self { opening: bits.opening & !inside, closing: bits.closing & !inside, depth }
    }

    /// Whether the object whose members are `own` deep may end in the block: all that closes may do so at first.
    #[inline(always)]
    pub(super) fn may_close(self, own: usize) -> bool {
        self.depth < own + count(self.closing)
    }

    /// The bit of the brace that ends it, if one does.
    #[inline(always)]
    pub(super) fn end(self, own: usize) -> Option<u64> {
        let mut left = self.closing;
        while left != 0 {
            let bit = left & left.wrapping_neg();
            if self.is_own(own, bit) {
                return Some(bit);
            }
            left ^= bit;
        }
        None
    }

    /// Whether what stands at a bit is a member of that object itself, and of none inside.
    #[inline(always)]
    pub(super) fn is_own(self, own: usize, bit: u64) -> bool {
        let before = bit - 1;
        self.depth + count(self.opening & before) == own + count(self.closing & before)
    }

    /// How deep the next block begins. Not to be asked where more may close than is open.
    #[inline(always)]
    pub(super) fn depth_behind(self) -> usize {
        self.depth + count(self.opening) - count(self.closing)
    }
}

#[inline(always)]
fn count(bits: u64) -> usize {
    bits.count_ones() as usize
}
