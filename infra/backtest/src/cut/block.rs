//! 64 bytes at once, a bit each.

use wide::{i8x16, u8x16};

/// What the bytes of a block are.
pub(super) struct Block {
    pub(super) quotes: u64,
    pub(super) backslashes: u64,
    /// Braces, and a few others of which none is blank: `|`, `~`, delete.
    pub(super) braces: u64,
    /// The bytes that are looked for at the beginning of strings.
    pub(super) letters: u64,
    pub(super) newlines: u64,
}

impl Block {
    #[inline]
    pub(super) fn of(bytes: &[u8; 64], letters: [u8; 4], with_newlines: bool) -> Self {
        let mut block = Self { quotes: 0, backslashes: 0, braces: 0, letters: 0, newlines: 0 };
        let (parts, _) = bytes.as_chunks::<16>();
        let splat = |byte: u8| u8x16::splat(byte);
        let [a, b, c, d] = letters.map(splat);
        let mut backslash = splat(0);
        for (at, part) in parts.iter().enumerate() {
            let lanes = u8x16::from(*part);
            let bits = |lanes: u8x16| u64::from(lanes.to_bitmask()) << (at * 16);
            block.quotes |= bits(lanes.simd_eq(splat(b'"')));
            block.letters |= bits(lanes.simd_eq(a) | lanes.simd_eq(b) | lanes.simd_eq(c) | lanes.simd_eq(d));
            backslash |= lanes.simd_eq(splat(b'\\'));
            let signed = i8x16::from(part.map(u8::cast_signed));
            block.braces |= u64::from(signed.simd_gt(i8x16::splat(b'z'.cast_signed())).to_bitmask()) << (at * 16);
            if with_newlines {
                block.newlines |= bits(lanes.simd_eq(splat(b'\n')));
            }
        }
        if backslash.to_bitmask() != 0 {
            for (at, part) in parts.iter().enumerate() {
                let lanes = u8x16::from(*part);
                block.backslashes |= u64::from(lanes.simd_eq(splat(b'\\')).to_bitmask()) << (at * 16);
            }
        }
        block
    }
}
