//! AVX-512 (F and DQ): 8 doubles or 16 floats a register, comparisons into mask registers.

use core::arch::x86_64::*;

use super::permute::{self, transposed_8, transposed_16};
use super::portable::Array;
use super::rows::{doubles, floats};
use crate::lanes::{Lanes, Mask};
use crate::number::{Cx, Re};
use crate::table::{LANES_MAX, SMALL_MAX};

/// Eight doubles.
#[derive(Clone, Copy, Debug)]
pub(super) struct F64s(__m512d);
/// Sixteen floats.
#[derive(Clone, Copy, Debug)]
pub(super) struct F32s(__m512);
/// One bit per double.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mask8(__mmask8);
/// One bit per float.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mask16(__mmask16);

macro_rules! mask {
    ($mask:ident) => {
        impl Mask for $mask {
            #[inline(always)]
            fn none(self) -> bool {
                self.0 == 0
            }
            #[inline(always)]
            fn lane(self, l: usize) -> bool {
                self.0 >> l & 1 == 1
            }
            #[inline(always)]
            fn first(self) -> usize {
                self.0.trailing_zeros() as usize
            }
            #[inline(always)]
            fn and(self, other: Self) -> Self {
                $mask(self.0 & other.0)
            }
            #[inline(always)]
            fn or(self, other: Self) -> Self {
                $mask(self.0 | other.0)
            }
            #[inline(always)]
            fn not(self) -> Self {
                $mask(!self.0)
            }
        }
    };
}
mask!(Mask8);
mask!(Mask16);

// SAFETY of every block below without a pointer: only the wrappers at the end of this file use these types, they
// carry the target features the intrinsics need, and `Isa::is_available` guards the way to them.
macro_rules! lanes {
    ($v:ident, $t:ident, $mask:ident, $n:literal, [$($even:literal)*], [$($odd:literal)*], [$($low:literal)*],
     [$($high:literal)*], $index:ident, $set1:ident, $loadu:ident, $storeu:ident, $bits:ident, $loadz:ident, $storem:ident, $stream:ident, $permute:ident, $permute1:ident, $add:ident,
     $sub:ident, $mul:ident, $div:ident, $fmadd:ident, $fnmadd:ident, $xor:ident, $abs:ident, $sqrt:ident, $cmp:ident,
     $blend:ident, $max:ident, $transpose:ident, $rows:ident, $join:ident, $halves:ident, $field:expr,
     $twice_bias:expr, $iset1:ident, $isub:ident, $icast:ident, $cast:ident) => {
        impl Lanes for $v {
            type Elem = $t;
            type Mask = $mask;
            const LANES: usize = $n;
            const FUSED: bool = true;
            type One = Array<$t, 1, true>;

            #[inline(always)]
            fn prefetch(p: *const $t) {
                // SAFETY: every x86-64 processor has the instruction, which reads nothing the program could see.
                unsafe { _mm_prefetch::<_MM_HINT_T0>(p.cast()) }
            }

            #[inline(always)]
            fn splat(x: $t) -> Self {
                // SAFETY: see above the macro.
                $v(unsafe { $set1(x) })
            }
            #[inline(always)]
            unsafe fn load(p: *const $t) -> Self {
                // SAFETY: the caller promises the register's width at `p`; the load needs no alignment.
                $v(unsafe { $loadu(p) })
            }
            #[inline(always)]
            unsafe fn store(self, p: *mut $t) {
                // SAFETY: as in `load`, for writing.
                unsafe { $storeu(p, self.0) }
            }
            #[inline(always)]
            unsafe fn load_first(p: *const $t, n: usize) -> Self {
                // SAFETY: the caller promises n reals at `p`; lanes outside the mask are not touched.
                $v(unsafe { $loadz(((1_u32 << n) - 1) as $bits, p) })
            }
            #[inline(always)]
            unsafe fn store_first(self, p: *mut $t, n: usize) {
                // SAFETY: as in `load_first`, for writing.
                unsafe { $storem(p, ((1_u32 << n) - 1) as $bits, self.0) }
            }
            #[inline(always)]
            fn spread(self, l: usize) -> Self {
                // SAFETY: see above the macro.
                $v(unsafe { $permute1($iset1(l as _), self.0) })
            }
            #[inline(always)]
            unsafe fn stream(self, p: *mut $t) {
                // SAFETY: as in `store`; the caller promises the alignment.
                unsafe { $stream(p, self.0) }
            }
            #[inline(always)]
            fn fence() {
                // SAFETY: see above the macro.
                unsafe { _mm_sfence() }
            }
            #[inline(always)]
            unsafe fn load_pairs(p: *const $t) -> (Self, Self) {
                // SAFETY: the caller promises two registers' width at `p`.
                unsafe {
                    let (lo, hi) = ($loadu(p), $loadu(p.add($n)));
                    let (even, odd) = ($index($($even),*), $index($($odd),*));
                    ($v($permute(lo, even, hi)), $v($permute(lo, odd, hi)))
                }
            }
            #[inline(always)]
            unsafe fn store_pairs(re: Self, im: Self, p: *mut $t) {
                // SAFETY: the caller promises two registers' width at `p`.
                unsafe {
                    let (low, high) = ($index($($low),*), $index($($high),*));
                    $storeu(p, $permute(re.0, low, im.0));
                    $storeu(p.add($n), $permute(re.0, high, im.0));
                }
            }
            #[inline(always)]
            unsafe fn transpose(src: *const $t, ss: isize, dst: *mut $t, ds: isize) {
                // SAFETY: the caller promises both blocks.
                unsafe { $transpose(src, ss, dst, ds) }
            }
            // Each half of the rows as AVX2 does all of its.
            #[inline(always)]
            unsafe fn load_rows<const C: usize>(rows: *const *const $t, offset: isize) -> [Self; C] {
                // SAFETY: the caller promises twice as many rows as a half has.
                unsafe {
                    let low: [_; C] = $rows::load(rows, offset);
                    let high: [_; C] = $rows::load(rows.add($n / 2), offset);
                    let mut lanes = [Self::splat(0.0); C];
                    each!(c < C, {
                        lanes[c] = $v($join(low[c], high[c]));
                    });
                    lanes
                }
            }
            #[inline(always)]
            unsafe fn store_rows<const C: usize>(columns: [Self; C], rows: *const *mut $t, offset: isize) {
                // SAFETY: the caller promises twice as many rows as a half has.
                unsafe {
                    let (mut low, mut high) = ([$halves(columns[0].0).0; C], [$halves(columns[0].0).1; C]);
                    each!(c < C, {
                        (low[c], high[c]) = $halves(columns[c].0);
                    });
                    $rows::store(low, rows, offset);
                    $rows::store(high, rows.add($n / 2), offset);
                }
            }
            const PERMUTED: usize = 2 * $n;
            #[inline(always)]
            unsafe fn store_rows_permuted(
                n: usize,
                columns: *const $t,
                from: &[[u32; SMALL_MAX]; LANES_MAX],
                rows: *const *mut $t,
                offset: isize,
            ) {
                // SAFETY: the same promise.
                unsafe { permute::$rows(n, columns, from, rows, offset) }
            }
            // The exponent field of 2^-e is 2 * bias - (bias + e).
            #[inline(always)]
            fn scale_to_one(self) -> Self {
                // SAFETY: see above the macro.
                $v(unsafe {
                    let field = _mm512_and_si512($icast(self.0), $iset1($field));
                    $cast($isub($iset1($twice_bias), field))
                })
            }
            #[inline(always)]
            fn add(self, other: Self) -> Self {
                // SAFETY: see above the macro.
                $v(unsafe { $add(self.0, other.0) })
            }
            #[inline(always)]
            fn sub(self, other: Self) -> Self {
                // SAFETY: see above the macro.
                $v(unsafe { $sub(self.0, other.0) })
            }
            #[inline(always)]
            fn mul(self, other: Self) -> Self {
                // SAFETY: see above the macro.
                $v(unsafe { $mul(self.0, other.0) })
            }
            #[inline(always)]
            fn div(self, other: Self) -> Self {
                // SAFETY: see above the macro.
                $v(unsafe { $div(self.0, other.0) })
            }
            #[inline(always)]
            fn mul_add(self, b: Self, c: Self) -> Self {
                // SAFETY: see above the macro.
                $v(unsafe { $fmadd(self.0, b.0, c.0) })
            }
            #[inline(always)]
            fn neg_mul_add(self, b: Self, c: Self) -> Self {
                // SAFETY: see above the macro.
                $v(unsafe { $fnmadd(self.0, b.0, c.0) })
            }
            #[inline(always)]
            fn neg(self) -> Self {
                // SAFETY: see above the macro.
                $v(unsafe { $xor(self.0, $set1(-0.0)) })
            }
            #[inline(always)]
            fn abs(self) -> Self {
                // SAFETY: see above the macro.
                $v(unsafe { $abs(self.0) })
            }
            #[inline(always)]
            fn sqrt(self) -> Self {
                // SAFETY: see above the macro.
                $v(unsafe { $sqrt(self.0) })
            }
            #[inline(always)]
            fn gt(self, other: Self) -> $mask {
                // SAFETY: see above the macro.
                $mask(unsafe { $cmp::<_CMP_GT_OQ>(self.0, other.0) })
            }
            #[inline(always)]
            fn eq(self, other: Self) -> $mask {
                // SAFETY: see above the macro.
                $mask(unsafe { $cmp::<_CMP_EQ_OQ>(self.0, other.0) })
            }
            #[inline(always)]
            fn select(mask: $mask, yes: Self, no: Self) -> Self {
                // SAFETY: see above the macro.
                $v(unsafe { $blend(mask.0, no.0, yes.0) })
            }
            // The instruction is `a > b ? a : b`: exactly the trait's definition with a = other, b = self.
            #[inline(always)]
            fn max(self, other: Self) -> Self {
                // SAFETY: see above the macro.
                $v(unsafe { $max(other.0, self.0) })
            }
        }
    };
}
lanes!(
    F64s, f64, Mask8, 8, [0 2 4 6 8 10 12 14], [1 3 5 7 9 11 13 15], [0 8 1 9 2 10 3 11], [4 12 5 13 6 14 7 15],
    _mm512_setr_epi64, _mm512_set1_pd, _mm512_loadu_pd, _mm512_storeu_pd, __mmask8, _mm512_maskz_loadu_pd,
    _mm512_mask_storeu_pd, _mm512_stream_pd, _mm512_permutex2var_pd, _mm512_permutexvar_pd, _mm512_add_pd,
    _mm512_sub_pd, _mm512_mul_pd, _mm512_div_pd, _mm512_fmadd_pd, _mm512_fnmadd_pd, _mm512_xor_pd, _mm512_abs_pd,
    _mm512_sqrt_pd, _mm512_cmp_pd_mask, _mm512_mask_blend_pd, _mm512_max_pd, transpose_8, doubles, join_8, halves_8,
    0x7ff0 << 48, 0x7fe0 << 48, _mm512_set1_epi64, _mm512_sub_epi64, _mm512_castpd_si512, _mm512_castsi512_pd
);
lanes!(
    F32s, f32, Mask16, 16, [0 2 4 6 8 10 12 14 16 18 20 22 24 26 28 30],
    [1 3 5 7 9 11 13 15 17 19 21 23 25 27 29 31], [0 16 1 17 2 18 3 19 4 20 5 21 6 22 7 23],
    [8 24 9 25 10 26 11 27 12 28 13 29 14 30 15 31], _mm512_setr_epi32, _mm512_set1_ps, _mm512_loadu_ps,
    _mm512_storeu_ps, __mmask16, _mm512_maskz_loadu_ps, _mm512_mask_storeu_ps, _mm512_stream_ps, _mm512_permutex2var_ps, _mm512_permutexvar_ps, _mm512_add_ps, _mm512_sub_ps, _mm512_mul_ps, _mm512_div_ps,
    _mm512_fmadd_ps, _mm512_fnmadd_ps, _mm512_xor_ps, _mm512_abs_ps, _mm512_sqrt_ps, _mm512_cmp_ps_mask,
    _mm512_mask_blend_ps, _mm512_max_ps, transpose_16, floats, join_16, halves_16, 0x7f80 << 16, 0x7f00 << 16,
    _mm512_set1_epi32, _mm512_sub_epi32, _mm512_castps_si512, _mm512_castsi512_ps
);

/// Two halves as one register.
///
/// # Safety
/// The processor has AVX-512 F.
#[inline(always)]
unsafe fn join_8(low: __m256d, high: __m256d) -> __m512d {
    // SAFETY: the caller's promise.
    unsafe { _mm512_insertf64x4::<1>(_mm512_castpd256_pd512(low), high) }
}

/// The reverse of [`join_8`].
///
/// # Safety
/// The processor has AVX-512 F.
#[inline(always)]
unsafe fn halves_8(x: __m512d) -> (__m256d, __m256d) {
    // SAFETY: the caller's promise.
    unsafe { (_mm512_castpd512_pd256(x), _mm512_extractf64x4_pd::<1>(x)) }
}

/// As [`join_8`], for floats.
///
/// # Safety
/// The processor has AVX-512 F and DQ.
#[inline(always)]
unsafe fn join_16(low: __m256, high: __m256) -> __m512 {
    // SAFETY: the caller's promise.
    unsafe { _mm512_insertf32x8::<1>(_mm512_castps256_ps512(low), high) }
}

/// The reverse of [`join_16`].
///
/// # Safety
/// The processor has AVX-512 F and DQ.
#[inline(always)]
unsafe fn halves_16(x: __m512) -> (__m256, __m256) {
    // SAFETY: the caller's promise.
    unsafe { (_mm512_castps512_ps256(x), _mm512_extractf32x8_ps::<1>(x)) }
}

/// [`Lanes::transpose`] by way of registers.
macro_rules! transpose {
    ($name:ident, $t:ident, $n:literal, $zero:ident, $load:ident, $store:ident, $transposed:ident) => {
        /// # Safety
        /// As [`Lanes::transpose`].
        #[inline(always)]
        unsafe fn $name(src: *const $t, ss: isize, dst: *mut $t, ds: isize) {
            // SAFETY: rows 0..LANES of both blocks, a register each, are the caller's promise.
            unsafe {
                let mut rows = [$zero(); $n];
                each!(i < $n, { rows[i] = $load(src.offset(i as isize * ss)) });
                let columns = $transposed(rows);
                each!(j < $n, { $store(dst.offset(j as isize * ds), columns[j]) });
            }
        }
    };
}
transpose!(transpose_8, f64, 8, _mm512_setzero_pd, _mm512_loadu_pd, _mm512_storeu_pd, transposed_8);
transpose!(transpose_16, f32, 16, _mm512_setzero_ps, _mm512_loadu_ps, _mm512_storeu_ps, transposed_16);

kernels! {
    F32: Re<F32s>, isa: Avx512, mv: 3, nr: 8, kc: 256, mc: 384, nc: 4096, trsm: 4 x 4, lu: 16, 8 x 3, panel: 4,
    #[target_feature(enable = "avx512f,avx512dq,avx2,fma")]
}
kernels! {
    F64: Re<F64s>, isa: Avx512, mv: 3, nr: 8, kc: 256, mc: 192, nc: 2048, trsm: 4 x 4, lu: 8, 8 x 3, panel: 4,
    #[target_feature(enable = "avx512f,avx512dq,avx2,fma")]
}
kernels! {
    COMPLEX_F32: Cx<F32s>, isa: Avx512, mv: 2, nr: 6, kc: 256, mc: 192, nc: 2040, trsm: 4 x 2, lu: 16, 4 x 2, panel: 2,
    #[target_feature(enable = "avx512f,avx512dq,avx2,fma")]
}
kernels! {
    COMPLEX_F64: Cx<F64s>, isa: Avx512, mv: 2, nr: 6, kc: 192, mc: 160, nc: 1536, trsm: 4 x 2, lu: 8, 4 x 2, panel: 2,
    #[target_feature(enable = "avx512f,avx512dq,avx2,fma")]
}
