//! [`Lanes`]: a SIMD register of reals that behaves as a number. [`Number`](crate::number::Number): the same for real
//! *or* complex lanes.
//!
//! Algorithms are written over these and nothing else. Every method is `#[inline(always)]` in its implementations,
//! so that a whole kernel collapses into the one function of `isa/` that carries the `target_feature`.

use crate::scalar::Real;
use crate::table::{LANES_MAX, SMALL_MAX};

/// One yes or no per lane.
pub trait Mask: Copy {
    /// No lane says yes.
    fn none(self) -> bool;
    /// Does lane `l` say yes?
    fn lane(self, l: usize) -> bool;
    /// The first lane that says yes; there is one.
    #[inline(always)]
    fn first(self) -> usize {
        let mut l = 0;
        while !self.lane(l) {
            l += 1;
        }
        l
    }
    /// Both.
    fn and(self, other: Self) -> Self;
    /// Either.
    fn or(self, other: Self) -> Self;
    /// The opposite.
    fn not(self) -> Self;
    /// Every lane says yes.
    #[inline(always)]
    fn all(self) -> bool {
        self.not().none()
    }
}

/// A SIMD register holding [`Lanes::LANES`] reals.
///
/// Safety of the pointer methods: `LANES` reals (twice as many for `_pairs`) are valid there; no alignment is needed.
pub trait Lanes: Copy {
    /// What a lane holds.
    type Elem: Real;
    /// The result of a comparison.
    type Mask: Mask;
    /// A single lane, with the same results.
    type One: Lanes<Elem = Self::Elem>;
    /// Lanes in the register.
    const LANES: usize;
    /// Does [`Lanes::mul_add`] round once? Error-free transformations rest on it.
    const FUSED: bool;

    /// The same number in every lane.
    fn splat(x: Self::Elem) -> Self;
    /// Consecutive reals.
    ///
    /// # Safety
    /// `LANES` reals are readable at `p`.
    unsafe fn load(p: *const Self::Elem) -> Self;
    /// Consecutive reals.
    ///
    /// # Safety
    /// `LANES` reals are writable at `p`.
    unsafe fn store(self, p: *mut Self::Elem);
    /// The first n reals, 1 to LANES; zeros in the lanes behind them.
    ///
    /// # Safety
    /// n reals are readable at `p`.
    #[inline(always)]
    unsafe fn load_first(p: *const Self::Elem, n: usize) -> Self {
        let mut room = [Self::Elem::ZERO; LANES_MAX];
        // SAFETY: n <= LANES <= LANES_MAX.
        unsafe {
            each!(l < n, { room[l] = *p.add(l) });
            Self::load(room.as_ptr())
        }
    }
    /// The first n lanes, 1 to LANES.
    ///
    /// # Safety
    /// n reals are writable at `p`.
    #[inline(always)]
    unsafe fn store_first(self, p: *mut Self::Elem, n: usize) {
        let mut room = [Self::Elem::ZERO; LANES_MAX];
        // SAFETY: n <= LANES <= LANES_MAX.
        unsafe {
            self.store(room.as_mut_ptr());
            each!(l < n, { *p.add(l) = room[l] });
        }
    }
    /// Consecutive reals, past the caches if the instruction set can; visible to other threads after [`Lanes::fence`].
    ///
    /// # Safety
    /// As [`Lanes::store`], and `p` is a multiple of the register's width.
    #[inline(always)]
    unsafe fn stream(self, p: *mut Self::Elem) {
        // SAFETY: the caller's promise is the same.
        unsafe { self.store(p) }
    }
    /// Orders what was streamed before what is stored after.
    #[inline(always)]
    fn fence() {}
    /// Asks for the cache line at `p`, which need not be readable, ahead of its use, if the instruction set can.
    #[inline(always)]
    fn prefetch(p: *const Self::Elem) {
        let _ = p;
    }
    /// `re, im, re, im, ...` taken apart into (real parts, imaginary parts).
    ///
    /// # Safety
    /// `2 * LANES` reals are readable at `p`.
    unsafe fn load_pairs(p: *const Self::Elem) -> (Self, Self);
    /// The reverse of [`Lanes::load_pairs`].
    ///
    /// # Safety
    /// `2 * LANES` reals are writable at `p`.
    unsafe fn store_pairs(re: Self, im: Self, p: *mut Self::Elem);
    /// Transposes a `LANES` x `LANES` block from memory to memory: the real at `src + i*ss + j` goes to
    /// `dst + j*ds + i`.
    ///
    /// # Safety
    /// The block is readable at `src`, writable at `dst`, and the two do not overlap.
    #[inline(always)]
    unsafe fn transpose(src: *const Self::Elem, ss: isize, dst: *mut Self::Elem, ds: isize) {
        for j in 0..Self::LANES as isize {
            for i in 0..Self::LANES as isize {
                // SAFETY: i, j < LANES, so both elements lie in the blocks the caller promises.
                unsafe { *dst.offset(j * ds + i) = *src.offset(i * ss + j) }
            }
        }
    }

    /// Reads one lane from each of `LANES` places: of C consecutive reals at `*rows.add(l) + offset`, real c becomes
    /// lane l of register c. C is 1 to 4.
    ///
    /// # Safety
    /// `LANES` addresses are readable at `rows`, and C reals at `offset` from each of them.
    #[inline(always)]
    unsafe fn load_rows<const C: usize>(rows: *const *const Self::Elem, offset: isize) -> [Self; C] {
        let mut lanes = [Self::splat(Self::Elem::ZERO); C];
        each!(c < C, {
            let mut room = [Self::Elem::ZERO; LANES_MAX];
            each!(l < Self::LANES, {
                // SAFETY: l < LANES and c < C, as the caller promises.
                room[l] = unsafe { *(*rows.add(l)).offset(offset + c as isize) };
            });
            // SAFETY: LANES <= LANES_MAX.
            lanes[c] = unsafe { Self::load(room.as_ptr()) };
        });
        lanes
    }
    /// The reverse of [`Lanes::load_rows`].
    ///
    /// # Safety
    /// `LANES` addresses are readable at `rows`, and C reals writable at `offset` from each of them.
    #[inline(always)]
    unsafe fn store_rows<const C: usize>(columns: [Self; C], rows: *const *mut Self::Elem, offset: isize) {
        each!(c < C, {
            let mut room = [Self::Elem::ZERO; LANES_MAX];
            // SAFETY: LANES <= LANES_MAX.
            unsafe { columns[c].store(room.as_mut_ptr()) };
            each!(l < Self::LANES, {
                // SAFETY: l < LANES and c < C, as the caller promises.
                unsafe { *(*rows.add(l)).offset(offset + c as isize) = room[l] };
            });
        });
    }
    /// The longest row [`Lanes::store_rows_permuted`] takes; 0 where it exists only to be never called.
    const PERMUTED: usize = 0;
    /// The transpose of n consecutive registers at `columns`, 1 to [`Lanes::PERMUTED`]: LANES rows of n reals, of which
    /// row l goes to `*rows.add(l) + offset`, its real `from[l][c]` to place c.
    ///
    /// # Safety
    /// n registers are readable at `columns`, LANES addresses at `rows`, and n reals writable at `offset` from each.
    unsafe fn store_rows_permuted(
        n: usize,
        columns: *const Self::Elem,
        from: &[[u32; SMALL_MAX]; LANES_MAX],
        rows: *const *mut Self::Elem,
        offset: isize,
    ) {
        let _ = (n, columns, from, rows, offset);
        unreachable!("rows are never longer than 0");
    }

    /// `2^-floor(log2 x)` for a positive normal x with a normal reciprocal: `x` times it lies in [1, 2). The largest
    /// power of two for zero and subnormal numbers; for others anything.
    fn scale_to_one(self) -> Self;

    /// Lane l in every lane.
    #[inline(always)]
    fn spread(self, l: usize) -> Self {
        let mut room = [Self::Elem::ZERO; LANES_MAX];
        // SAFETY: LANES <= LANES_MAX.
        unsafe { self.store(room.as_mut_ptr()) };
        Self::splat(room[l])
    }

    /// `self + other`.
    fn add(self, other: Self) -> Self;
    /// `self - other`.
    fn sub(self, other: Self) -> Self;
    /// `self * other`.
    fn mul(self, other: Self) -> Self;
    /// `self / other`, correctly rounded.
    fn div(self, other: Self) -> Self;
    /// `self * b + c`; one rounding where the instruction set has FMA, two where it has not, the same in every lane.
    fn mul_add(self, b: Self, c: Self) -> Self;
    /// `c - self * b`, rounded as [`Lanes::mul_add`].
    fn neg_mul_add(self, b: Self, c: Self) -> Self;
    /// `-self`.
    fn neg(self) -> Self;
    /// `|self|`.
    fn abs(self) -> Self;
    /// The square root, correctly rounded.
    fn sqrt(self) -> Self;
    /// `self > other`, false for NaN.
    fn gt(self, other: Self) -> Self::Mask;
    /// `self == other`, false for NaN.
    fn eq(self, other: Self) -> Self::Mask;
    /// Lane by lane `if mask { yes } else { no }`.
    fn select(mask: Self::Mask, yes: Self, no: Self) -> Self;

    /// `self` where it is larger or `other` is NaN, else `other`: a number wins over NaN in `other`.
    #[inline(always)]
    fn max(self, other: Self) -> Self {
        Self::select(other.gt(self), other, self)
    }
    /// True where the lane is neither NaN nor infinite.
    #[inline(always)]
    fn is_finite(self) -> Self::Mask {
        // x - x is 0 for a finite x, else NaN.
        self.sub(self).eq(Self::splat(Self::Elem::ZERO))
    }
}
