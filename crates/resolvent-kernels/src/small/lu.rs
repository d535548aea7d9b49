//! `P A = L U` with partial pivoting in every lane, one column after the other.
//!
//! Each step goes once down the rows below the pivot's to find out what comes up, and once more to put down what was
//! there and to subtract: an exchange of its own would load and store every element again. The column of the next pivot
//! comes first, so that the division by it is on its way while the other columns are served.

use core::hint::black_box;

use super::diagonal::Diagonal;
use super::pack::{Ahead, Pack};
use super::whole;
use crate::divisor::Divisor;
use crate::lanes::{Lanes, Mask};
use crate::number::{Number, Part};
use crate::scalar::{Real, Scalar};

/// What becomes of columns that do not hold the pivots to come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Others {
    /// Nothing: nobody reads them.
    Ignored,
    /// Their rows are exchanged: L stays L.
    Exchanged,
    /// They take part in all steps, as if multiplied by `L^-1 P`. L becomes `-L^-1`, for that is what the row operations
    /// make of the columns of the identity.
    Eliminated,
}

/// What became of the pivots.
pub(crate) struct Pivots<N: Number> {
    /// The first pivot that is exactly zero, or n.
    pub(crate) first_zero: N::Lanes,
    /// The sign of the permutation.
    pub(crate) sign: N::Lanes,
    /// NaN if the elimination overflowed into a pivot, else 0.
    pub(crate) overflow: N::Lanes,
}

impl<N: Number> Pivots<N> {
    /// None yet.
    #[inline(always)]
    pub(super) fn new(n: usize) -> Self {
        Pivots {
            first_zero: whole(n),
            sign: N::Lanes::splat(Part::<N>::ONE),
            overflow: N::Lanes::splat(Part::<N>::ZERO),
        }
    }

    /// The lanes with a zero pivot.
    #[inline(always)]
    pub(crate) fn singular(&self, n: usize) -> <N::Lanes as Lanes>::Mask {
        whole::<N::Lanes>(n).gt(self.first_zero)
    }

    /// An rcond that was computed from the factors: 0 where a pivot is zero or has overflowed, for such a matrix has no
    /// inverse to speak of.
    #[inline(always)]
    pub(crate) fn trusted(&self, n: usize, rcond: N::Lanes) -> N::Lanes {
        let rcond = rcond.add(self.overflow);
        let zero = N::Lanes::splat(Part::<N>::ZERO);
        N::Lanes::select(self.singular(n).or(rcond.eq(rcond).not()), zero, rcond)
    }

    /// A forward error that was computed from the factors: infinite where that came to nothing, NaN where the backward
    /// error is.
    #[inline(always)]
    pub(crate) fn certain(&self, forward: N::Lanes, backward: N::Lanes) -> N::Lanes {
        let forward = forward.add(self.overflow);
        let infinity = N::Lanes::splat(Part::<N>::INFINITY);
        let forward = N::Lanes::select(forward.eq(forward), forward, infinity);
        N::Lanes::select(backward.eq(backward), forward, backward)
    }

    /// Takes note of pivot k.
    #[inline(always)]
    pub(super) fn note(&mut self, n: usize, k: usize, pivot: Pivot<N>) {
        let zero = N::Lanes::splat(Part::<N>::ZERO);
        let size = pivot.value.abs1();
        self.sign = N::Lanes::select(pivot.row.eq(whole(k)), self.sign, self.sign.neg());
        self.overflow = size.mul_add(zero, self.overflow);
        let first = size.eq(zero).and(whole::<N::Lanes>(n).eq(self.first_zero));
        self.first_zero = N::Lanes::select(first, whole(k), self.first_zero);
    }
}

/// The element of a column that is largest by `abs1`, the first of equals; one on the diagonal that is NaN stays.
#[derive(Clone, Copy)]
pub(super) struct Pivot<N: Number> {
    row: N::Lanes,
    pub(super) value: N,
    size: N::Lanes,
}

impl<N: Number> Pivot<N> {
    #[inline(always)]
    pub(super) fn first(row: N::Lanes, value: N) -> Self {
        Pivot { row, value, size: value.abs1() }
    }

    /// Whichever is larger, this or the one further down.
    #[inline(always)]
    fn or(self, row: N::Lanes, value: N) -> Self {
        let size = value.abs1();
        let larger = size.gt(self.size);
        Pivot {
            row: N::Lanes::select(larger, row, self.row),
            value: N::select(larger, value, self.value),
            size: self.size.max(size),
        }
    }
}

/// Columns that [`strips`] takes at once: with what comes up and what goes down in each, half the registers.
#[inline(always)]
const fn strip_width<N: Number>() -> usize {
    if size_of::<N::Lanes>() == 64 { 8 / N::Scalar::PARTS } else { 4 / N::Scalar::PARTS }
}

/// Columns that are taken through all steps so far before the next are looked at: a whole matrix soon does not fit into
/// L1. Measured: up to order 32 the best of 8, 16 and all.
const BLOCK: usize = 16;

/// Factors the n x n pack `f` in place; `left` tells of the columns to the left of each pivot's, `along` of the n x `width`
/// pack `carried`.
///
/// # Safety
/// The packs hold those extents and do not overlap; `diagonal` has n rows. `steps` has n x n numbers if n is larger than
/// [`BLOCK`].
#[inline(always)]
pub(crate) unsafe fn factor<N: Number, const ORDER: usize>(
    n: usize,
    f: Pack<N>,
    left: Others,
    carried: Pack<N>,
    width: usize,
    along: Others,
    diagonal: Diagonal<N>,
    steps: Pack<N>,
    ahead: Ahead,
) -> Pivots<N> {
    let mut pivots = Pivots::new(n);
    let mut block = 0;
    // SAFETY: block <= k < end <= n.
    unsafe {
        while block < n {
            let end = if n < block + BLOCK { n } else { block + BLOCK };
            let columns = f.from(0, block);
            for k in 0..block {
                strips::<N, true>(n, k, diagonal.row(k), end - block, multipliers(n, k, f, steps), columns);
            }
            let mut pivot = Pivot::<N>::first(whole(block), f.get(block, block));
            let mut number = whole::<N::Lanes>(block);
            for i in block + 1..n {
                number = number.add(N::Lanes::splat(Part::<N>::ONE));
                pivot = pivot.or(number, f.get(i, block));
            }
            let mut divisor = Divisor::new(pivot.value);
            macro_rules! step {
                ($k:expr) => {
                    let k = $k;
                    ahead.part::<N>(k, n);
                    diagonal.put(k, divisor, pivot.row);
                    pivots.note(n, k, pivot);
                    if k + 1 < n {
                        let (row, multipliers) = (pivot.row, multipliers(n, k, f, steps));
                        pivot = lead(n, k, k + 1 < end, pivot, divisor, f.from(0, k), multipliers);
                        if k + 1 < end {
                            divisor = Divisor::new(pivot.value);
                            strips::<N, true>(n, k, row, end - k - 2, multipliers, f.from(0, k + 2));
                        }
                        others(n, k, row, left, k - block, multipliers, columns);
                        // Before later steps exchange the multipliers, unless they are apart.
                        if n <= BLOCK {
                            others(n, k, row, along, width, multipliers, carried);
                        }
                    }
                };
            }
            if ORDER == 0 {
                for k in block..end {
                    step!(k);
                }
                // The columns to the left, and those carried along, take part in these steps.
                if n > BLOCK {
                    let mut before = 0;
                    while before < block {
                        for k in block..end {
                            let (row, multipliers) = (diagonal.row(k), multipliers(n, k, f, steps));
                            others(n, k, row, left, BLOCK, multipliers, f.from(0, before));
                        }
                        before += BLOCK;
                    }
                    for k in block..end {
                        let (row, multipliers) = (diagonal.row(k), multipliers(n, k, f, steps));
                        others(n, k, row, along, width, multipliers, carried);
                    }
                }
            } else {
                const { assert!(ORDER <= BLOCK) };
                macro_rules! steps {
                    ($($k:literal)*) => {
                        $(if $k < ORDER {
                            step!($k);
                        })*
                    };
                }
                steps!(0 1 2 3 4 5 6 7);
            }
            block += BLOCK;
        }
    }
    pivots
}

/// Where the multipliers of step k are, one in each row: in column k of `f`, if that is where they are needed last, or
/// apart, where no later step changes them.
///
/// # Safety
/// As [`factor`], k < n.
#[inline(always)]
unsafe fn multipliers<N: Number>(n: usize, k: usize, f: Pack<N>, steps: Pack<N>) -> Pack<N> {
    // SAFETY: the same promise.
    unsafe { if n > BLOCK { Pack::new(steps.at(0, k * n), 1) } else { f.from(0, k) } }
}

/// Step k in `width` columns that do not hold the pivots to come.
///
/// # Safety
/// As [`strips`].
#[inline(always)]
unsafe fn others<N: Number>(
    n: usize,
    k: usize,
    row: N::Lanes,
    how: Others,
    width: usize,
    multipliers: Pack<N>,
    c: Pack<N>,
) {
    // SAFETY: the same promise.
    unsafe {
        match how {
            Others::Ignored => {}
            Others::Exchanged => strips::<N, false>(n, k, row, width, multipliers, c),
            Others::Eliminated => strips::<N, true>(n, k, row, width, multipliers, c),
        }
    }
}

/// Step k in the column of its own pivot, of which the multipliers are left, and, if it is there, in the `next`; returns
/// the pivot of that.
///
/// # Safety
/// `f` holds n x 2, or n x 1, k + 1 < n; `multipliers` n x 1, perhaps those very numbers; the row of the pivot is a whole
/// number from k up to n - 1 in every lane.
#[inline(always)]
unsafe fn lead<N: Number>(
    n: usize,
    k: usize,
    next: bool,
    pivot: Pivot<N>,
    divisor: Divisor<N>,
    f: Pack<N>,
    multipliers: Pack<N>,
) -> Pivot<N> {
    let one = N::Lanes::splat(Part::<N>::ONE);
    let beside = usize::from(next);
    // SAFETY: k < i < n, beside < 2 only if there are two columns.
    unsafe {
        let (old, old_beside) = (f.get(k, 0), f.get(k, beside));
        let mut top = old_beside;
        let mut number = whole::<N::Lanes>(k);
        for i in k + 1..n {
            number = number.add(one);
            top = N::select(pivot.row.eq(number), f.get(i, beside), top);
        }
        // In this order: beside may be 0.
        f.put(k, beside, top);
        f.put(k, 0, pivot.value);
        let mut number = whole::<N::Lanes>(k + 1);
        let mut found = Pivot::first(number, old);
        for i in k + 1..n {
            let here = pivot.row.eq(number);
            let multiplier = divisor.divide_smaller(N::select(here, old, f.get(i, 0)));
            let x = multiplier.neg_mul_add(top, N::select(here, old_beside, f.get(i, beside)));
            f.put(i, beside, x);
            f.put(i, 0, multiplier);
            multipliers.put(i, 0, multiplier);
            found = if i == k + 1 { Pivot::first(number, x) } else { found.or(number, x) };
            number = number.add(one);
        }
        found
    }
}

/// Step k in `width` columns: the exchange and, to ELIMINATE, the subtraction.
///
/// # Safety
/// `c` holds n x width, `multipliers` n x 1 apart from it, k < n; `row` has whole numbers from k up to n - 1.
#[inline(always)]
unsafe fn strips<N: Number, const ELIMINATE: bool>(
    n: usize,
    k: usize,
    row: N::Lanes,
    width: usize,
    multipliers: Pack<N>,
    c: Pack<N>,
) {
    let most = strip_width::<N>();
    let mut j = 0;
    // SAFETY: a strip of W columns ends at `width`.
    unsafe {
        while j < width {
            let c = c.from(0, j);
            macro_rules! strips {
                ($($w:literal)*) => {
                    match if width - j < most { width - j } else { most } {
                        $($w if $w <= most => strip::<N, $w, ELIMINATE>(n, k, row, multipliers, c),)*
                        _ => {}
                    }
                };
            }
            strips!(1 2 3 4 5 6 7 8);
            j += most;
        }
    }
}

/// [`strips`] for W columns, which stay in registers.
///
/// # Safety
/// As [`strips`], `width` being W.
#[inline(always)]
unsafe fn strip<N: Number, const W: usize, const ELIMINATE: bool>(
    n: usize,
    k: usize,
    row: N::Lanes,
    multipliers: Pack<N>,
    c: Pack<N>,
) {
    let one = N::Lanes::splat(Part::<N>::ONE);
    // The compiler must not know that this is 0: it makes a blend that is stored where it was loaded a masked store, for
    // which Zen 3 takes more than ten cycles.
    let zero = if ELIMINATE { 0 } else { black_box(0) };
    let mut old = [N::zero(); W];
    // SAFETY: k < i < n, j < W.
    unsafe {
        each!(j < W, { old[j] = c.get(k, j) });
        let mut top = old;
        let mut number = whole::<N::Lanes>(k);
        for i in k + 1..n {
            number = number.add(one);
            let here = row.eq(number);
            each!(j < W, { top[j] = N::select(here, c.get(i, j), top[j]) });
        }
        each!(j < W, { c.put(k, j, top[j]) });
        let mut number = whole::<N::Lanes>(k);
        for i in k + 1..n {
            number = number.add(one);
            let here = row.eq(number);
            let multiplier = if ELIMINATE { multipliers.get(i, 0) } else { N::zero() };
            each!(j < W, {
                let mut x = N::select(here, old[j], c.get(i, j));
                if ELIMINATE {
                    x = multiplier.neg_mul_add(top[j], x);
                }
                c.put(i, j + zero, x);
            });
        }
    }
}
