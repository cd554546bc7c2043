//! The braces of a block of 64 bytes that are in no string, and how deep the block begins.

#![allow(clippy::inline_always, reason = "once for each block")]

use super::block::Block;

#[derive(Clone, Copy)]
pub(super) struct Braces {
    pub(super) opening: u64,
    closing: u64,
    depth: usize,
}

impl Braces {
    #[inline(always)]
    pub(super) fn of(bits: &Block, inside: u64, depth: usize) -> Self {
        Self { opening: bits.opening & !inside, closing: bits.closing & !inside, depth }
    }

    /// Whether the object whose members are `own` deep may end in the block. Where everything opens before anything closes
    /// the end is the lowest point, else all may close at first.
    #[inline(always)]
    pub(super) fn may_close(self, own: usize) -> bool {
        let first_closed = self.closing & self.closing.wrapping_neg();
        let highest = if self.opening < first_closed { self.depth + count(self.opening) } else { self.depth };
        highest < own + count(self.closing)
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

/// Does it for each bit that is set, with its place.
#[inline(always)]
pub(super) fn each_bit(mut bits: u64, mut then: impl FnMut(u64, usize)) {
    while bits != 0 {
        then(bits & bits.wrapping_neg(), bits.trailing_zeros() as usize);
        bits &= bits - 1;
    }
}

#[inline(always)]
fn count(bits: u64) -> usize {
    bits.count_ones() as usize
}
