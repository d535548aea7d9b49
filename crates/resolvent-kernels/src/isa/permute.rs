//! Transposes of AVX-512 registers, and rows that leave them with their columns in another order.

use core::arch::x86_64::*;

use crate::table::{LANES_MAX, SMALL_MAX};

/// 8 x 8 doubles: pairs of rows interleaved, then the four 128-bit quarters of the registers transposed.
///
/// # Safety
/// The processor has AVX-512 F.
#[inline(always)]
pub(super) unsafe fn transposed_8(r: [__m512d; 8]) -> [__m512d; 8] {
    // SAFETY: the caller's promise.
    unsafe {
        let mut columns = r;
        macro_rules! half {
            ($unpack:ident, $first:literal) => {
                let (q0, q1) = ($unpack(r[0], r[1]), $unpack(r[2], r[3]));
                let (q2, q3) = ($unpack(r[4], r[5]), $unpack(r[6], r[7]));
                let (a, b) = (_mm512_shuffle_f64x2::<0x88>(q0, q1), _mm512_shuffle_f64x2::<0x88>(q2, q3));
                columns[$first] = _mm512_shuffle_f64x2::<0x88>(a, b);
                columns[$first + 4] = _mm512_shuffle_f64x2::<0xdd>(a, b);
                let (a, b) = (_mm512_shuffle_f64x2::<0xdd>(q0, q1), _mm512_shuffle_f64x2::<0xdd>(q2, q3));
                columns[$first + 2] = _mm512_shuffle_f64x2::<0x88>(a, b);
                columns[$first + 6] = _mm512_shuffle_f64x2::<0xdd>(a, b);
            };
        }
        half!(_mm512_unpacklo_pd, 0);
        half!(_mm512_unpackhi_pd, 1);
        columns
    }
}

/// 16 x 16 floats: 4 x 4 transposes inside the 128-bit quarters, then the quarters themselves transposed.
///
/// # Safety
/// The processor has AVX-512 F.
#[inline(always)]
pub(super) unsafe fn transposed_16(r: [__m512; 16]) -> [__m512; 16] {
    // SAFETY: the caller's promise.
    unsafe {
        // q[g][s]: quarter l holds column 4l + s of rows 4g .. 4g+3.
        let mut q = [[r[0]; 4]; 4];
        each!(g < 4, {
            let (a, b) =
                (_mm512_unpacklo_ps(r[4 * g], r[4 * g + 1]), _mm512_unpacklo_ps(r[4 * g + 2], r[4 * g + 3]));
            let (c, d) =
                (_mm512_unpackhi_ps(r[4 * g], r[4 * g + 1]), _mm512_unpackhi_ps(r[4 * g + 2], r[4 * g + 3]));
            q[g][0] = _mm512_shuffle_ps::<0x44>(a, b);
            q[g][1] = _mm512_shuffle_ps::<0xee>(a, b);
            q[g][2] = _mm512_shuffle_ps::<0x44>(c, d);
            q[g][3] = _mm512_shuffle_ps::<0xee>(c, d);
        });
        let mut columns = r;
        each!(s < 4, {
            let a = _mm512_shuffle_f32x4::<0x88>(q[0][s], q[1][s]);
            let b = _mm512_shuffle_f32x4::<0x88>(q[2][s], q[3][s]);
            columns[s] = _mm512_shuffle_f32x4::<0x88>(a, b);
            columns[s + 8] = _mm512_shuffle_f32x4::<0xdd>(a, b);
            let a = _mm512_shuffle_f32x4::<0xdd>(q[0][s], q[1][s]);
            let b = _mm512_shuffle_f32x4::<0xdd>(q[2][s], q[3][s]);
            columns[s + 4] = _mm512_shuffle_f32x4::<0x88>(a, b);
            columns[s + 12] = _mm512_shuffle_f32x4::<0xdd>(a, b);
        });
        columns
    }
}

macro_rules! store_rows_permuted {
    ($name:ident, $t:ident, $lanes:literal, $transposed:ident, $load:ident, $zero:ident, $index:ident, $permute:ident, $permute2:ident,
     $store:ident, $mask_store:ident, $mask:ident) => {
        /// [`crate::lanes::Lanes::store_rows_permuted`].
        ///
        /// # Safety
        /// As there; the processor has AVX-512 F.
        #[inline(always)]
        pub(super) unsafe fn $name(
            n: usize,
            columns: *const $t,
            from: &[[u32; SMALL_MAX]; LANES_MAX],
            rows: *const *mut $t,
            offset: isize,
        ) {
            // SAFETY: columns and places below n are the caller's promise; what is stored behind place n is masked out.
            unsafe {
                // No loop may end at n: the registers would go through memory.
                let mut left = [$zero(); $lanes];
                each!(c < $lanes, {
                    if c < n {
                        left[c] = $load(columns.add(c * $lanes));
                    }
                });
                let left = $transposed(left);
                if n <= $lanes {
                    each!(l < $lanes, {
                        let row = $permute($index(&from[l], 0), left[l]);
                        let to = (*rows.add(l)).offset(offset);
                        if n == $lanes {
                            $store(to, row);
                        } else {
                            $mask_store(to, ((1_u32 << n) - 1) as $mask, row);
                        }
                    });
                    return;
                }
                let mut right = [$zero(); $lanes];
                each!(c < $lanes, {
                    if c + $lanes < n {
                        right[c] = $load(columns.add(($lanes + c) * $lanes));
                    }
                });
                let right = $transposed(right);
                each!(l < $lanes, {
                    let to = (*rows.add(l)).offset(offset);
                    $store(to, $permute2(left[l], $index(&from[l], 0), right[l]));
                    let row = $permute2(left[l], $index(&from[l], $lanes), right[l]);
                    if n == 2 * $lanes {
                        $store(to.add($lanes), row);
                    } else {
                        $mask_store(to.add($lanes), ((1_u32 << (n - $lanes)) - 1) as $mask, row);
                    }
                });
            }
        }
    };
}
store_rows_permuted!(
    doubles,
    f64,
    8,
    transposed_8,
    _mm512_loadu_pd,
    _mm512_setzero_pd,
    wide,
    _mm512_permutexvar_pd,
    _mm512_permutex2var_pd,
    _mm512_storeu_pd,
    _mm512_mask_storeu_pd,
    __mmask8
);
store_rows_permuted!(
    floats,
    f32,
    16,
    transposed_16,
    _mm512_loadu_ps,
    _mm512_setzero_ps,
    narrow,
    _mm512_permutexvar_ps,
    _mm512_permutex2var_ps,
    _mm512_storeu_ps,
    _mm512_mask_storeu_ps,
    __mmask16
);

/// Places `start..start + 8` as 64-bit integers.
///
/// # Safety
/// The processor has AVX-512 F, start + 8 <= SMALL_MAX.
#[inline(always)]
unsafe fn wide(from: &[u32; SMALL_MAX], start: usize) -> __m512i {
    // SAFETY: the caller's promise.
    unsafe { _mm512_cvtepu32_epi64(_mm256_loadu_si256(from.as_ptr().add(start).cast())) }
}

/// Places `start..start + 16`.
///
/// # Safety
/// The processor has AVX-512 F, start + 16 <= SMALL_MAX.
#[inline(always)]
unsafe fn narrow(from: &[u32; SMALL_MAX], start: usize) -> __m512i {
    // SAFETY: the caller's promise.
    unsafe { _mm512_loadu_si512(from.as_ptr().add(start).cast()) }
}
