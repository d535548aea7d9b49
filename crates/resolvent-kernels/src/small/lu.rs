//! `P A = L U` with partial pivoting in every lane.

use super::divisor::{Diagonal, Divisor};
use super::pack::Pack;
use super::tile::update;
use super::{Order, TINY, whole};
use crate::lanes::{Lanes, Mask, Number, Part};
use crate::scalar::Real;

/// Columns that are factored before the rest of the matrix hears of them.
const PANEL: usize = 8;

/// What became of the pivots.
pub(super) struct Pivots<N: Number> {
    /// The first pivot that is exactly zero, or n.
    pub(super) first_zero: N::Lanes,
    /// The sign of the permutation.
    pub(super) sign: N::Lanes,
    /// NaN if the elimination overflowed into a pivot, else 0.
    pub(super) overflow: N::Lanes,
}

impl<N: Number> Pivots<N> {
    /// The lanes with a zero pivot.
    #[inline(always)]
    pub(super) fn singular(&self, n: usize) -> <N::Lanes as Lanes>::Mask {
        whole::<N::Lanes>(n).gt(self.first_zero)
    }
}

/// Factors the n x n pack `f` in place. The rows of the n x `width` pack `carried` are exchanged along.
///
/// # Safety
/// The packs hold those extents and do not overlap; `diagonal` has n rows.
#[inline(always)]
pub(super) unsafe fn factor<N: Number, S: Order>(
    order: S,
    f: Pack<N>,
    carried: Pack<N>,
    width: usize,
    diagonal: Diagonal<N>,
) -> Pivots<N> {
    let n = order.get();
    let none: N::Lanes = whole(n);
    let zero = N::Lanes::splat(Part::<N>::ZERO);
    let mut pivots = Pivots { first_zero: none, sign: N::Lanes::splat(Part::<N>::ONE), overflow: zero };
    let mut start = 0;
    // SAFETY: start < end <= n, and every index below stays under n.
    unsafe {
        while start < n {
            let end = n.min(start + PANEL);
            for k in start..end {
                let row = largest(n, k, f);
                exchange(n, k, row, n, f, width, carried);
                pivots.sign = N::Lanes::select(row.eq(whole(k)), pivots.sign, N::Lanes::neg(pivots.sign));

                let pivot = f.get(k, k);
                let size = pivot.abs1();
                pivots.overflow = size.mul_add(zero, pivots.overflow);
                let first = size.eq(zero).and(none.eq(pivots.first_zero));
                pivots.first_zero = N::Lanes::select(first, whole(k), pivots.first_zero);

                let divisor = Divisor::new(pivot);
                diagonal.put(k, divisor);
                for i in k + 1..n {
                    let multiplier = divisor.divide(f.get(i, k));
                    f.put(i, k, multiplier);
                    for j in k + 1..end {
                        f.put(i, j, multiplier.neg_mul_add(f.get(k, j), f.get(i, j)));
                    }
                }
            }
            if S::LARGE && end < n {
                // U12 := L11^-1 A12, A22 := A22 - L21 U12
                for i in start + 1..end {
                    update(1, n - end, i - start, f.from(i, start), f.from(start, end), f.from(i, end));
                }
                update(
                    n - end,
                    n - end,
                    end - start,
                    f.from(end, start),
                    f.from(start, end),
                    f.from(end, end),
                );
            }
            start = end;
        }
    }
    pivots
}

/// The row of the largest element of column k, at or below the diagonal; the first of equals. NaN is never larger.
///
/// # Safety
/// f is n x n, k < n.
#[inline(always)]
unsafe fn largest<N: Number>(n: usize, k: usize, f: Pack<N>) -> N::Lanes {
    // SAFETY: i, k < n.
    unsafe {
        let mut best = f.get(k, k).abs1();
        let mut row = whole(k);
        for i in k + 1..n {
            let size = f.get(i, k).abs1();
            let larger = size.gt(best);
            best = N::Lanes::select(larger, size, best);
            row = N::Lanes::select(larger, whole(i), row);
        }
        row
    }
}

/// Exchanges row k and, in each lane, the row below it (or itself) that `row` says.
///
/// # Safety
/// `f` is n x `cols`, `carried` n x `width`, k < n.
#[inline(always)]
unsafe fn exchange<N: Number>(
    n: usize,
    k: usize,
    row: N::Lanes,
    cols: usize,
    f: Pack<N>,
    width: usize,
    carried: Pack<N>,
) {
    for i in k + 1..n {
        let wanted = row.eq(whole(i));
        // A tiny matrix is exchanged by straight-line code: asking whether anyone wants it costs more.
        if n > TINY && wanted.none() {
            continue;
        }
        // SAFETY: i, k < n.
        unsafe {
            exchange_rows(cols, wanted, f.from(k, 0), f.from(i, 0));
            exchange_rows(width, wanted, carried.from(k, 0), carried.from(i, 0));
        }
    }
}

/// # Safety
/// Both rows have `cols` numbers.
#[inline(always)]
unsafe fn exchange_rows<N: Number>(
    cols: usize,
    wanted: <N::Lanes as Lanes>::Mask,
    upper: Pack<N>,
    lower: Pack<N>,
) {
    for j in 0..cols {
        // SAFETY: j < cols.
        unsafe {
            let (u, l) = (upper.get(0, j), lower.get(0, j));
            upper.put(0, j, N::select(wanted, l, u));
            lower.put(0, j, N::select(wanted, u, l));
        }
    }
}
