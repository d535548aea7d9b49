//! Packs: interleaved matrices. Element (i, j) of a pack is one [`Number`]: the same element of LANES matrices.

use core::marker::PhantomData;

use super::{not_a_number, whole};
use crate::lanes::{Lanes, Mask, Number, Part};
use crate::scalar::{Real, Scalar};
use crate::table::Group;

/// A matrix of numbers in planar storage, row-major: for each element LANES real parts, then (complex) LANES
/// imaginary parts. A plain pointer: who makes one vouches for the extent, who uses one stays inside it.
pub(super) struct Pack<N: Number> {
    base: *mut Part<N>,
    /// Numbers from one row to the next.
    row: usize,
    number: PhantomData<N>,
}

impl<N: Number> Clone for Pack<N> {
    #[inline(always)]
    fn clone(&self) -> Self {
        *self
    }
}
impl<N: Number> Copy for Pack<N> {}

impl<N: Number> Pack<N> {
    /// Reals per number.
    pub(super) const STEP: usize = N::Scalar::PARTS * N::LANES;

    /// The pack at `base` with `row` numbers to a row.
    #[inline(always)]
    pub(super) fn new(base: *mut Part<N>, row: usize) -> Self {
        Pack { base, row, number: PhantomData }
    }

    /// The address of element (i, j).
    ///
    /// # Safety
    /// (i, j) is inside the pack, or just behind it.
    #[inline(always)]
    pub(super) unsafe fn at(self, i: usize, j: usize) -> *mut Part<N> {
        // SAFETY: the caller keeps (i, j) inside the allocation.
        unsafe { self.base.add((i * self.row + j) * Self::STEP) }
    }

    /// The sub-pack that starts at (i, j).
    ///
    /// # Safety
    /// (i, j) is inside the pack, or just behind it.
    #[inline(always)]
    pub(super) unsafe fn from(self, i: usize, j: usize) -> Self {
        // SAFETY: the same promise.
        Pack { base: unsafe { self.at(i, j) }, ..self }
    }

    /// Element (i, j).
    ///
    /// # Safety
    /// (i, j) is inside the pack and has been written.
    #[inline(always)]
    pub(super) unsafe fn get(self, i: usize, j: usize) -> N {
        // SAFETY: an element is PARTS runs of LANES reals, one behind the other.
        unsafe { N::load_planar(self.at(i, j), N::LANES) }
    }

    /// Writes element (i, j).
    ///
    /// # Safety
    /// (i, j) is inside the pack.
    #[inline(always)]
    pub(super) unsafe fn put(self, i: usize, j: usize, x: N) {
        // SAFETY: an element is PARTS runs of LANES reals, one behind the other.
        unsafe { x.store_planar(self.at(i, j), N::LANES) }
    }
}

/// Interleaves. Lanes without a matrix repeat the last one.
///
/// # Safety
/// Every matrix of the group is readable over rows x cols, there is at least one and at most LANES; `dst` has room for
/// rows x cols, its rows following each other.
#[inline(always)]
pub(super) unsafe fn pack<N: Number>(
    rows: usize,
    cols: usize,
    src: Group<'_, *const N::Scalar>,
    dst: Pack<N>,
) {
    // Rows that follow each other are one long row.
    let one_run = src.cs == 1 && src.rs == cols as isize;
    let (rows, cols) = if one_run { (1, rows * cols) } else { (rows, cols) };
    // SAFETY: (i, j) stays inside rows x cols, l below LANES.
    unsafe {
        for i in 0..rows {
            let out = dst.base.add(i * cols * Pack::<N>::STEP);
            for l in 0..N::LANES {
                let ptr = src.ptrs[l.min(src.ptrs.len() - 1)].offset(i as isize * src.rs);
                if src.cs == 1 {
                    for j in 0..cols {
                        scatter::<N>(*ptr.add(j), out.add(j * Pack::<N>::STEP + l));
                    }
                } else {
                    for j in 0..cols {
                        scatter::<N>(*ptr.offset(j as isize * src.cs), out.add(j * Pack::<N>::STEP + l));
                    }
                }
            }
        }
    }
}

/// The parts of one element into one lane.
///
/// # Safety
/// `out` is the first part of that lane in a pack.
#[inline(always)]
unsafe fn scatter<N: Number>(x: N::Scalar, out: *mut Part<N>) {
    for p in 0..N::Scalar::PARTS {
        // SAFETY: part p of the lane is LANES reals further.
        unsafe { *out.add(p * N::LANES) = x.part(p) };
    }
}

/// One element out of one lane.
///
/// # Safety
/// `from` is the first part of that lane in a pack.
#[inline(always)]
unsafe fn gather<N: Number>(from: *const Part<N>) -> N::Scalar {
    // SAFETY: the last part of the lane is (PARTS - 1) * LANES reals further.
    unsafe { N::Scalar::from_parts(*from, *from.add((N::Scalar::PARTS - 1) * N::LANES)) }
}

/// Takes apart.
///
/// # Safety
/// Every matrix of the group is writable over rows x cols; `src` holds rows x cols, its rows following each other.
#[inline(always)]
pub(super) unsafe fn unpack<N: Number>(
    rows: usize,
    cols: usize,
    src: Pack<N>,
    dst: Group<'_, *mut N::Scalar>,
) {
    let one_run = dst.cs == 1 && dst.rs == cols as isize;
    let (rows, cols) = if one_run { (1, rows * cols) } else { (rows, cols) };
    // SAFETY: (i, j) stays inside rows x cols, l below the number of matrices.
    unsafe {
        for i in 0..rows {
            let from = src.base.add(i * cols * Pack::<N>::STEP);
            for (l, ptr) in dst.ptrs.iter().enumerate() {
                let ptr = ptr.offset(i as isize * dst.rs);
                for j in 0..cols {
                    *ptr.offset(j as isize * dst.cs) = gather::<N>(from.add(j * Pack::<N>::STEP + l));
                }
            }
        }
    }
}

/// Takes apart, and moves column i of each n x n matrix to the column that `numbers` has in its row i.
///
/// # Safety
/// Every matrix of the group is writable over n x n; `src` holds n x n; `numbers` holds in its first column, in every
/// lane, a permutation of 0..n.
#[inline(always)]
pub(super) unsafe fn unpack_columns<N: Number>(
    n: usize,
    src: Pack<N>,
    numbers: Pack<N>,
    dst: Group<'_, *mut N::Scalar>,
) {
    let mut column = [0_isize; crate::table::SMALL_MAX];
    // SAFETY: (i, j) stays inside n x n, and so does the permuted column; l is below the number of matrices.
    unsafe {
        for (l, ptr) in dst.ptrs.iter().enumerate() {
            for (j, c) in column.iter_mut().enumerate().take(n) {
                *c = row_number(numbers, j, l) as isize * dst.cs;
            }
            for i in 0..n {
                let ptr = ptr.offset(i as isize * dst.rs);
                for (j, c) in column.iter().enumerate().take(n) {
                    *ptr.offset(*c) = gather::<N>(src.at(i, j).add(l));
                }
            }
        }
    }
}

/// Writes 0, 1, 2 ... n-1 into the first column.
///
/// # Safety
/// `numbers` has n rows.
#[inline(always)]
pub(super) unsafe fn number_rows<N: Number>(n: usize, numbers: Pack<N>) {
    for i in 0..n {
        // SAFETY: i < n.
        unsafe { numbers.put(i, 0, N::from_lanes(whole(i))) };
    }
}

/// What [`number_rows`] wrote, wherever it has gone since: lane l of row i.
///
/// # Safety
/// (i, 0) is inside the pack, l < LANES.
#[inline(always)]
pub(super) unsafe fn row_number<N: Number>(numbers: Pack<N>, i: usize, l: usize) -> usize {
    // SAFETY: lane l of the real parts.
    unsafe { (*numbers.at(i, 0).add(l)).to_f64() as usize }
}

/// Copies `count` numbers that follow each other.
///
/// # Safety
/// Both packs hold `count` numbers and do not overlap.
#[inline(always)]
pub(super) unsafe fn copy<N: Number>(count: usize, src: Pack<N>, dst: Pack<N>) {
    for e in 0..count {
        // SAFETY: e < count; element (0, e) is the e-th number, whatever the row length.
        unsafe { dst.put(0, e, src.get(0, e)) };
    }
}

/// Which lanes have only finite numbers among `count` that follow each other.
///
/// # Safety
/// The pack holds `count` numbers.
#[inline(always)]
pub(super) unsafe fn finite<N: Number>(count: usize, src: Pack<N>) -> <N::Lanes as Lanes>::Mask {
    let zero = N::Lanes::splat(Part::<N>::ZERO);
    // 0 x is zero for a finite x and NaN for any other; a sum keeps the NaN.
    let mut sum = N::zero();
    for e in 0..count {
        // SAFETY: e < count.
        sum = sum.add(unsafe { src.get(0, e) }.scale(zero));
    }
    sum.abs1().eq(zero)
}

/// [`finite`], given a norm of the pack: a finite norm has finite parts; only an infinite one (perhaps a sum that
/// overflowed) asks for a look at the elements.
///
/// # Safety
/// As [`finite`].
#[inline(always)]
pub(super) unsafe fn finite_given<N: Number>(
    norm: N::Lanes,
    count: usize,
    src: Pack<N>,
) -> <N::Lanes as Lanes>::Mask {
    let sure = norm.is_finite();
    if sure.not().none() {
        return sure;
    }
    // SAFETY: the same promise.
    sure.or(unsafe { finite(count, src) })
}

/// NaN into every part of `count` numbers where the mask says so.
///
/// # Safety
/// The pack holds `count` numbers.
#[inline(always)]
pub(super) unsafe fn blank<N: Number>(count: usize, mask: <N::Lanes as Lanes>::Mask, pack: Pack<N>) {
    if mask.none() {
        return;
    }
    for e in 0..count {
        // SAFETY: e < count.
        unsafe { pack.put(0, e, N::select(mask, not_a_number(), pack.get(0, e))) };
    }
}
