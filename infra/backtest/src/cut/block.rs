//! 64 bytes at once, a bit each, by the widest instructions that the processor has.

use fearless_simd::prelude::*;
use fearless_simd::{Level, dispatch, u8x64};

/// What the bytes of a block are.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Block {
    pub(super) quotes: u64,
    pub(super) backslashes: u64,
    pub(super) braces: u64,
    /// The bytes that are looked for at the beginning of strings.
    pub(super) letters: u64,
    pub(super) newlines: u64,
}

/// So many at once: choosing the instructions costs as much as some blocks.
pub(super) type Blocks = [Block; 16];

/// Fills in the blocks of the first bytes: 1,024, or all there are. Behind them are blanks.
pub(super) fn fill(level: Level, bytes: &[u8], letters: [u8; 4], blocks: &mut Blocks) {
    let (whole, rest) = bytes.as_chunks::<64>();
    dispatch!(level, simd => look(simd, whole, letters, blocks));
    if let Some(last) = blocks.get_mut(whole.len()) {
        let mut padded = [b' '; 64];
        padded.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);
        dispatch!(level, simd => look(simd, &[padded], letters, std::slice::from_mut(last)));
    }
}

#[inline(always)] // into what is compiled for the processor's instructions
#[allow(clippy::inline_always)]
fn look<S: Simd>(simd: S, bytes: &[[u8; 64]], letters: [u8; 4], blocks: &mut [Block]) {
    let [a, b, c, d] = letters.map(|byte| u8x64::splat(simd, byte));
    for (bytes, block) in bytes.iter().zip(blocks) {
        let lanes = u8x64::from_slice(simd, bytes);
        let are = |byte: u8| lanes.simd_eq(u8x64::splat(simd, byte));
        let letters = lanes.simd_eq(a) | lanes.simd_eq(b) | lanes.simd_eq(c) | lanes.simd_eq(d);
        *block = Block {
            quotes: are(b'"').to_bitmask(),
            backslashes: are(b'\\').to_bitmask(),
            braces: (are(b'{') | are(b'}')).to_bitmask(),
            letters: letters.to_bitmask(),
            newlines: are(b'\n').to_bitmask(),
        };
    }
}
