//! `P A = L U` with partial pivoting in every lane.

use core::hint::black_box;

use super::divisor::{Diagonal, Divisor};
use super::exchange::Exchange;
use super::pack::Pack;
use super::tile::update;
use super::triangular::{forward, forward_rows};
use super::whole;
use crate::lanes::{Lanes, Mask};
use crate::number::{Number, Part};
use crate::scalar::Real;

/// Columns that are factored before any other column hears of them.
pub(crate) const PANEL: usize = 4;

/// Columns that are factored, panel by panel, before the rest of the matrix hears of them: the trailing matrix goes
/// through the registers once per block instead of once per panel.
const BLOCK: usize = 8;

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

    /// Takes note of pivot k, found in `row`.
    #[inline(always)]
    fn note(&mut self, n: usize, k: usize, row: N::Lanes, pivot: N) {
        let zero = N::Lanes::splat(Part::<N>::ZERO);
        let size = pivot.abs1();
        self.sign = N::Lanes::select(row.eq(whole(k)), self.sign, self.sign.neg());
        self.overflow = size.mul_add(zero, self.overflow);
        let first = size.eq(zero).and(whole::<N::Lanes>(n).eq(self.first_zero));
        self.first_zero = N::Lanes::select(first, whole(k), self.first_zero);
    }
}

/// Factors the n x n pack `f` in place. The rows of the n x `width` pack `carried` are exchanged along. Unless `lower`,
/// what is left of L is of no use.
///
/// # Safety
/// The packs hold those extents and do not overlap; `diagonal` has n rows.
#[inline(always)]
pub(crate) unsafe fn factor<N: Number>(
    n: usize,
    f: Pack<N>,
    carried: Pack<N>,
    width: usize,
    diagonal: Diagonal<N>,
    lower: bool,
) -> Pivots<N> {
    let mut pivots = Pivots {
        first_zero: whole(n),
        sign: N::Lanes::splat(Part::<N>::ONE),
        overflow: N::Lanes::splat(Part::<N>::ZERO),
    };
    let zero = black_box(0);
    let mut block = 0;
    // SAFETY: block <= start < end <= block_end <= n; a panel that is followed by columns has PANEL columns, a block
    // that is followed by columns BLOCK.
    unsafe {
        while block < n {
            let block_end = n.min(block + BLOCK);
            let mut start = block;
            while start < block_end {
                let end = n.min(start + PANEL);
                // What is right of the block waits for all of its L, what is right of the panel in the block for the
                // panel's.
                let needed = if block_end < n { block } else { start };
                let needed = if lower { 0 } else { needed };
                let mut largest = largest(n, start, f);
                for k in start..end {
                    let (row, pivot) = find(n, k, largest, f);
                    let divisor = Divisor::new(pivot);
                    diagonal.put(k, divisor);
                    pivots.note(n, k, row, pivot);
                    let exchange = Exchange::<N>::new(n, k, row, zero);
                    exchange.apply(f, needed..n);
                    exchange.apply(carried, 0..width);
                    largest = match end - k {
                        4 => eliminate::<N, 4>(n, k, divisor, f),
                        3 => eliminate::<N, 3>(n, k, divisor, f),
                        2 => eliminate::<N, 2>(n, k, divisor, f),
                        _ => eliminate::<N, 1>(n, k, divisor, f),
                    };
                }
                if end < block_end {
                    // U12 := L11^-1 A12, A22 := A22 - L21 U12
                    forward_rows::<N, PANEL>(block_end - end, f.from(start, start), f.from(start, end));
                    let (left, above) = (f.from(end, start), f.from(start, end));
                    update(n - end, block_end - end, PANEL, left, above, f.from(end, end));
                }
                start = end;
            }
            if block_end < n {
                let (left, above) = (f.from(block_end, block), f.from(block, block_end));
                forward(BLOCK, n - block_end, f.from(block, block), above);
                update(n - block_end, n - block_end, BLOCK, left, above, f.from(block_end, block_end));
            }
            block = block_end;
        }
    }
    pivots
}

/// What [`find`] wants to know of column k.
///
/// # Safety
/// f is n x n, k < n.
#[inline(always)]
unsafe fn largest<N: Number>(n: usize, k: usize, f: Pack<N>) -> N::Lanes {
    // SAFETY: k <= i < n.
    unsafe {
        let mut largest = f.get(k, k).abs1();
        for i in k + 1..n {
            largest = largest.max(f.get(i, k).abs1());
        }
        largest
    }
}

/// The pivot of column k and its row, given the largest `abs1` at or below the diagonal; NaN if the diagonal has one.
///
/// # Safety
/// f is n x n, k < n.
#[inline(always)]
unsafe fn find<N: Number>(n: usize, k: usize, largest: N::Lanes, f: Pack<N>) -> (N::Lanes, N) {
    let one = N::Lanes::splat(Part::<N>::ONE);
    // SAFETY: k <= i < n.
    unsafe {
        // A NaN at the diagonal is equal to nothing: then row k stays.
        let mut pivot = f.get(k, k);
        let mut row = whole::<N::Lanes>(k);
        let mut number = whole::<N::Lanes>(n);
        // From the bottom up, so that the first row has the last word.
        for i in (k..n).rev() {
            number = number.sub(one);
            let x = f.get(i, k);
            let found = x.abs1().eq(largest);
            row = N::Lanes::select(found, number, row);
            pivot = N::select(found, x, pivot);
        }
        (row, pivot)
    }
}

/// Eliminates column k in the W columns k..k+W, rows being exchanged. Returns what [`find`] wants
/// to know of the next column.
///
/// # Safety
/// f is n x n, k + W <= n.
#[inline(always)]
unsafe fn eliminate<N: Number, const W: usize>(
    n: usize,
    k: usize,
    divisor: Divisor<N>,
    f: Pack<N>,
) -> N::Lanes {
    let mut largest = N::Lanes::splat(Part::<N>::ZERO);
    // SAFETY: i < n, j < W.
    unsafe {
        let mut upper = [N::zero(); W];
        each!(j < W, { upper[j] = f.get(k, k + j) });
        for i in k + 1..n {
            let multiplier = divisor.divide(f.get(i, k));
            f.put(i, k, multiplier);
            let mut j = 1;
            while j < W {
                let x = multiplier.neg_mul_add(upper[j], f.get(i, k + j));
                f.put(i, k + j, x);
                if j == 1 {
                    let size = x.abs1();
                    largest = if i == k + 1 { size } else { largest.max(size) };
                }
                j += 1;
            }
        }
    }
    largest
}
