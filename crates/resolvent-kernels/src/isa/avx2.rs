//! AVX2 with FMA: 4 doubles or 8 floats a register, comparisons into whole registers of ones and zeros.

use core::arch::x86_64::*;

use super::choose::{first_4, first_8, spread_4, spread_8};
use super::portable::Array;
use super::rows::{doubles, floats};
use crate::lanes::{Lanes, Mask};
use crate::number::{Cx, Re};

/// Four doubles.
#[derive(Clone, Copy, Debug)]
pub(super) struct F64s(__m256d);
/// Eight floats.
#[derive(Clone, Copy, Debug)]
pub(super) struct F32s(__m256);
/// All ones or all zeros per double.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mask4(__m256d);
/// All ones or all zeros per float.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mask8(__m256);

// SAFETY of every block below without a pointer: only the wrappers at the end of this file use these types, they
// carry the target features the intrinsics need, and `Isa::is_available` guards the way to them.
macro_rules! mask {
    ($mask:ident, $movemask:ident, $and:ident, $or:ident, $xor:ident, $ones:expr) => {
        impl Mask for $mask {
            #[inline(always)]
            fn none(self) -> bool {
                // SAFETY: see above the macro.
                unsafe { $movemask(self.0) == 0 }
            }
            #[inline(always)]
            fn lane(self, l: usize) -> bool {
                // SAFETY: see above the macro.
                unsafe { $movemask(self.0) >> l & 1 == 1 }
            }
            #[inline(always)]
            fn first(self) -> usize {
                // SAFETY: see above the macro.
                unsafe { $movemask(self.0) }.trailing_zeros() as usize
            }
            #[inline(always)]
            fn and(self, other: Self) -> Self {
                // SAFETY: see above the macro.
                $mask(unsafe { $and(self.0, other.0) })
            }
            #[inline(always)]
            fn or(self, other: Self) -> Self {
                // SAFETY: see above the macro.
                $mask(unsafe { $or(self.0, other.0) })
            }
            #[inline(always)]
            fn not(self) -> Self {
                // SAFETY: see above the macro.
                $mask(unsafe { $xor(self.0, $ones) })
            }
        }
    };
}
mask!(
    Mask4,
    _mm256_movemask_pd,
    _mm256_and_pd,
    _mm256_or_pd,
    _mm256_xor_pd,
    _mm256_castsi256_pd(_mm256_set1_epi64x(-1))
);
mask!(
    Mask8,
    _mm256_movemask_ps,
    _mm256_and_ps,
    _mm256_or_ps,
    _mm256_xor_ps,
    _mm256_castsi256_ps(_mm256_set1_epi32(-1))
);

// SAFETY of every block below without a pointer: as above.
macro_rules! lanes {
    ($v:ident, $t:ident, $mask:ident, $n:literal, $set1:ident, $loadu:ident, $storeu:ident, $loadm:ident, $storem:ident, $first:ident, $spread:ident, $stream:ident, $apart:ident,
     $together:ident, $add:ident, $sub:ident, $mul:ident, $div:ident, $fmadd:ident, $fnmadd:ident, $xor:ident,
     $andnot:ident, $sqrt:ident, $cmp:ident, $blendv:ident, $max:ident, $transpose:ident, $rows:ident, $field:expr,
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
                $v(unsafe { $loadm(p, $first(n)) })
            }
            #[inline(always)]
            unsafe fn store_first(self, p: *mut $t, n: usize) {
                // SAFETY: as in `load_first`, for writing.
                unsafe { $storem(p, $first(n), self.0) }
            }
            #[inline(always)]
            fn spread(self, l: usize) -> Self {
                // SAFETY: see above the macro.
                $v(unsafe { $spread(self.0, l) })
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
                let (re, im) = unsafe { $apart($loadu(p), $loadu(p.add($n))) };
                ($v(re), $v(im))
            }
            #[inline(always)]
            unsafe fn store_pairs(re: Self, im: Self, p: *mut $t) {
                // SAFETY: the caller promises two registers' width at `p`.
                unsafe {
                    let (lo, hi) = $together(re.0, im.0);
                    $storeu(p, lo);
                    $storeu(p.add($n), hi);
                }
            }
            #[inline(always)]
            unsafe fn transpose(src: *const $t, ss: isize, dst: *mut $t, ds: isize) {
                // SAFETY: the caller promises both blocks.
                unsafe { $transpose(src, ss, dst, ds) }
            }
            #[inline(always)]
            unsafe fn load_rows<const C: usize>(rows: *const *const $t, offset: isize) -> [Self; C] {
                // SAFETY: the caller's promise is the same.
                let columns: [_; C] = unsafe { $rows::load(rows, offset) };
                let mut lanes = [$v(columns[0]); C];
                each!(c < C, {
                    lanes[c] = $v(columns[c]);
                });
                lanes
            }
            #[inline(always)]
            unsafe fn store_rows<const C: usize>(columns: [Self; C], rows: *const *mut $t, offset: isize) {
                let mut registers = [columns[0].0; C];
                each!(c < C, {
                    registers[c] = columns[c].0;
                });
                // SAFETY: the caller's promise is the same.
                unsafe { $rows::store(registers, rows, offset) }
            }
            // The exponent field of 2^-e is 2 * bias - (bias + e).
            #[inline(always)]
            fn scale_to_one(self) -> Self {
                // SAFETY: see above the macro.
                $v(unsafe {
                    let field = _mm256_and_si256($icast(self.0), $iset1($field));
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
                $v(unsafe { $andnot($set1(-0.0), self.0) })
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
                $v(unsafe { $blendv(no.0, yes.0, mask.0) })
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
#[rustfmt::skip]
lanes!(
    F64s, f64, Mask4, 4, _mm256_set1_pd, _mm256_loadu_pd, _mm256_storeu_pd, _mm256_maskload_pd,
    _mm256_maskstore_pd, first_4, spread_4, _mm256_stream_pd, apart_4, together_4, _mm256_add_pd,
    _mm256_sub_pd, _mm256_mul_pd, _mm256_div_pd, _mm256_fmadd_pd, _mm256_fnmadd_pd, _mm256_xor_pd, _mm256_andnot_pd,
    _mm256_sqrt_pd, _mm256_cmp_pd, _mm256_blendv_pd, _mm256_max_pd, transpose_4, doubles, 0x7ff0 << 48,
    0x7fe0 << 48, _mm256_set1_epi64x, _mm256_sub_epi64, _mm256_castpd_si256, _mm256_castsi256_pd
);
#[rustfmt::skip]
lanes!(
    F32s, f32, Mask8, 8, _mm256_set1_ps, _mm256_loadu_ps, _mm256_storeu_ps, _mm256_maskload_ps,
    _mm256_maskstore_ps, first_8, spread_8, _mm256_stream_ps, apart_8, together_8, _mm256_add_ps,
    _mm256_sub_ps, _mm256_mul_ps, _mm256_div_ps, _mm256_fmadd_ps, _mm256_fnmadd_ps, _mm256_xor_ps, _mm256_andnot_ps,
    _mm256_sqrt_ps, _mm256_cmp_ps, _mm256_blendv_ps, _mm256_max_ps, transpose_8, floats, 0x7f80 << 16,
    0x7f00 << 16, _mm256_set1_epi32, _mm256_sub_epi32, _mm256_castps_si256, _mm256_castsi256_ps
);

/// `r0 i0 r1 i1`, `r2 i2 r3 i3` into `r0 r1 r2 r3`, `i0 i1 i2 i3`.
///
/// # Safety
/// The processor has AVX2.
#[inline(always)]
unsafe fn apart_4(lo: __m256d, hi: __m256d) -> (__m256d, __m256d) {
    // SAFETY: AVX2 is the caller's promise.
    unsafe {
        let (re, im) = (_mm256_unpacklo_pd(lo, hi), _mm256_unpackhi_pd(lo, hi)); // r0 r2 r1 r3
        (_mm256_permute4x64_pd::<0xd8>(re), _mm256_permute4x64_pd::<0xd8>(im))
    }
}

/// The reverse of [`apart_4`].
///
/// # Safety
/// The processor has AVX2.
#[inline(always)]
unsafe fn together_4(re: __m256d, im: __m256d) -> (__m256d, __m256d) {
    // SAFETY: AVX2 is the caller's promise.
    unsafe {
        let (a, b) = (_mm256_unpacklo_pd(re, im), _mm256_unpackhi_pd(re, im)); // r0 i0 r2 i2, r1 i1 r3 i3
        (_mm256_permute2f128_pd::<0x20>(a, b), _mm256_permute2f128_pd::<0x31>(a, b))
    }
}

/// As [`apart_4`], 8 pairs of floats.
///
/// # Safety
/// The processor has AVX2.
#[inline(always)]
unsafe fn apart_8(lo: __m256, hi: __m256) -> (__m256, __m256) {
    // SAFETY: AVX2 is the caller's promise.
    unsafe {
        let re = _mm256_castps_pd(_mm256_shuffle_ps::<0x88>(lo, hi)); // r0 r1, r4 r5, r2 r3, r6 r7
        let im = _mm256_castps_pd(_mm256_shuffle_ps::<0xdd>(lo, hi));
        (
            _mm256_castpd_ps(_mm256_permute4x64_pd::<0xd8>(re)),
            _mm256_castpd_ps(_mm256_permute4x64_pd::<0xd8>(im)),
        )
    }
}

/// The reverse of [`apart_8`].
///
/// # Safety
/// The processor has AVX2.
#[inline(always)]
unsafe fn together_8(re: __m256, im: __m256) -> (__m256, __m256) {
    // SAFETY: AVX2 is the caller's promise.
    unsafe {
        let (a, b) = (_mm256_unpacklo_ps(re, im), _mm256_unpackhi_ps(re, im)); // 0 1 4 5, 2 3 6 7
        (_mm256_permute2f128_ps::<0x20>(a, b), _mm256_permute2f128_ps::<0x31>(a, b))
    }
}

/// 4 x 4 doubles.
///
/// # Safety
/// As [`Lanes::transpose`].
#[inline(always)]
unsafe fn transpose_4(src: *const f64, ss: isize, dst: *mut f64, ds: isize) {
    // SAFETY: rows 0..4 of both blocks, 4 doubles each, are the caller's promise.
    unsafe {
        let (r0, r1) = (_mm256_loadu_pd(src), _mm256_loadu_pd(src.offset(ss)));
        let (r2, r3) = (_mm256_loadu_pd(src.offset(2 * ss)), _mm256_loadu_pd(src.offset(3 * ss)));
        let (a, b) = (_mm256_unpacklo_pd(r0, r1), _mm256_unpackhi_pd(r0, r1)); // columns 0 2, columns 1 3
        let (c, d) = (_mm256_unpacklo_pd(r2, r3), _mm256_unpackhi_pd(r2, r3));
        _mm256_storeu_pd(dst, _mm256_permute2f128_pd::<0x20>(a, c));
        _mm256_storeu_pd(dst.offset(ds), _mm256_permute2f128_pd::<0x20>(b, d));
        _mm256_storeu_pd(dst.offset(2 * ds), _mm256_permute2f128_pd::<0x31>(a, c));
        _mm256_storeu_pd(dst.offset(3 * ds), _mm256_permute2f128_pd::<0x31>(b, d));
    }
}

/// 8 x 8 floats: 4 x 4 transposes inside the halves, then the halves exchanged.
///
/// # Safety
/// As [`Lanes::transpose`].
#[inline(always)]
unsafe fn transpose_8(src: *const f32, ss: isize, dst: *mut f32, ds: isize) {
    // SAFETY: rows 0..8 of both blocks, 8 floats each, are the caller's promise.
    unsafe {
        // q[g][s]: half h holds column 4h + s of rows 4g .. 4g+3.
        let mut q = [[_mm256_setzero_ps(); 4]; 2];
        let mut g = 0;
        while g < 2 {
            let row = src.offset(4 * g as isize * ss);
            let (r0, r1) = (_mm256_loadu_ps(row), _mm256_loadu_ps(row.offset(ss)));
            let (r2, r3) = (_mm256_loadu_ps(row.offset(2 * ss)), _mm256_loadu_ps(row.offset(3 * ss)));
            let (a, b) = (_mm256_unpacklo_ps(r0, r1), _mm256_unpacklo_ps(r2, r3));
            let (c, d) = (_mm256_unpackhi_ps(r0, r1), _mm256_unpackhi_ps(r2, r3));
            q[g][0] = _mm256_shuffle_ps::<0x44>(a, b);
            q[g][1] = _mm256_shuffle_ps::<0xee>(a, b);
            q[g][2] = _mm256_shuffle_ps::<0x44>(c, d);
            q[g][3] = _mm256_shuffle_ps::<0xee>(c, d);
            g += 1;
        }
        let mut s = 0;
        while s < 4 {
            let to = dst.offset(s as isize * ds);
            _mm256_storeu_ps(to, _mm256_permute2f128_ps::<0x20>(q[0][s], q[1][s]));
            _mm256_storeu_ps(to.offset(4 * ds), _mm256_permute2f128_ps::<0x31>(q[0][s], q[1][s]));
            s += 1;
        }
    }
}

kernels! {
    F32: Re<F32s>, isa: Avx2, mv: 2, nr: 6, kc: 256, mc: 192, nc: 4080, trsm: 4 x 2, lu: 8, 8 x 1, panel: 2,
    #[target_feature(enable = "avx2,fma")]
}
kernels! {
    F64: Re<F64s>, isa: Avx2, mv: 2, nr: 6, kc: 256, mc: 96, nc: 2040, trsm: 4 x 2, lu: 8, 8 x 1, panel: 2,
    #[target_feature(enable = "avx2,fma")]
}
kernels! {
    COMPLEX_F32: Cx<F32s>, isa: Avx2, mv: 1, nr: 4, kc: 256, mc: 96, nc: 2048, trsm: 2 x 2, lu: 8, 4 x 1, panel: 1,
    #[target_feature(enable = "avx2,fma")]
}
kernels! {
    COMPLEX_F64: Cx<F64s>, isa: Avx2, mv: 1, nr: 4, kc: 192, mc: 64, nc: 1536, trsm: 2 x 2, lu: 8, 4 x 1, panel: 1,
    #[target_feature(enable = "avx2,fma")]
}
