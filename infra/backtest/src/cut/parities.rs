//! Each bit becomes the parity of those up to it: of quotes, whether a byte stands inside of a string.

use fearless_simd::{Level, Simd};

/// The parities of a block.
#[inline(always)]
#[allow(clippy::inline_always, reason = "once for each block")]
pub(super) fn parities<S: Simd>(simd: S, bits: u64) -> u64 {
    match simd.level() {
        #[cfg(target_arch = "x86_64")]
        Level::Avx512(token) => by_product(token, bits),
        _ => by_shifts(bits),
    }
}

#[inline(always)]
#[allow(clippy::inline_always, reason = "as above")]
fn by_shifts(mut bits: u64) -> u64 {
    for shift in [1, 2, 4, 8, 16, 32] {
        bits ^= bits << shift;
    }
    bits
}

// The product with all ones, without carrying, in one instruction of every processor that has AVX-512.
#[cfg(target_arch = "x86_64")]
fearless_simd::kernel!(
    #[inline(always)]
    #[allow(clippy::inline_always)]
    fn by_product(token: Avx512, bits: u64) -> u64 {
        use std::arch::x86_64::{_mm_clmulepi64_si128, _mm_cvtsi64_si128, _mm_cvtsi128_si64, _mm_set1_epi8};
        let _ = token;
        let product = _mm_clmulepi64_si128::<0>(_mm_cvtsi64_si128(bits.cast_signed()), _mm_set1_epi8(-1));
        _mm_cvtsi128_si64(product).cast_unsigned()
    }
);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_parity_is_that_of_all_bits_up_to_it(bits: u64) {
            let told: u64 = (0..64).map(|at| u64::from((bits << (63 - at)).count_ones() & 1) << at).sum();
            prop_assert_eq!(by_shifts(bits), told);
            let level = Level::new();
            prop_assert_eq!(fearless_simd::dispatch!(level, simd => parities(simd, bits)), told);
        }
    }
}
