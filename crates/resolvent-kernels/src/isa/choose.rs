//! Lanes of 256-bit registers chosen by number.

use core::arch::x86_64::*;

/// Lane l of 4 in every lane.
///
/// # Safety
/// The processor has AVX2.
#[inline(always)]
pub(super) unsafe fn spread_4(x: __m256d, l: usize) -> __m256d {
    // SAFETY: the caller's promise. A double is two floats, 2l and 2l + 1.
    unsafe {
        let halves =
            _mm256_add_epi32(_mm256_set1_epi32(2 * l as i32), _mm256_setr_epi32(0, 1, 0, 1, 0, 1, 0, 1));
        _mm256_castps_pd(_mm256_permutevar8x32_ps(_mm256_castpd_ps(x), halves))
    }
}

/// Lane l of 8 in every lane.
///
/// # Safety
/// The processor has AVX2.
#[inline(always)]
pub(super) unsafe fn spread_8(x: __m256, l: usize) -> __m256 {
    // SAFETY: the caller's promise.
    unsafe { _mm256_permutevar8x32_ps(x, _mm256_set1_epi32(l as i32)) }
}

/// Ones in the first n of 4 lanes.
///
/// # Safety
/// The processor has AVX2.
#[inline(always)]
pub(super) unsafe fn first_4(n: usize) -> __m256i {
    // SAFETY: the caller's promise.
    unsafe { _mm256_cmpgt_epi64(_mm256_set1_epi64x(n as i64), _mm256_setr_epi64x(0, 1, 2, 3)) }
}

/// Ones in the first n of 8 lanes.
///
/// # Safety
/// The processor has AVX2.
#[inline(always)]
pub(super) unsafe fn first_8(n: usize) -> __m256i {
    // SAFETY: the caller's promise.
    unsafe { _mm256_cmpgt_epi32(_mm256_set1_epi32(n as i32), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7)) }
}
