//! The pivots of `L D L^H`: blocks of order 1 and 2 on the diagonal of D, and division by them.

use resolvent_kernels::{Real, Scalar};

use super::{divide, quotient};
use crate::matrix::{MatMut, MatRef};

/// A block of D, as it stands among LU factors.
///
/// One of order 2, `[a b; conj(b) c]` with a and c smaller than b, has its rows exchanged, which is what partial pivoting
/// does with it, and its columns left where they are:
///
/// `[conj(b) c; a b] = [1 0; l 1] [conj(b) c; 0 e]`.
///
/// L with its rows and columns exchanged likewise, and times that triangle, is unit lower triangular again, and belongs to
/// `[c conj(e); e -conj(l) e]` in the place of the block.
#[derive(Clone, Copy)]
pub(super) enum Pivot<T: Scalar> {
    /// Of order 1: real.
    One(T::Real),
    /// Of order 2.
    Two {
        /// `conj(b)`.
        upper: Divisor<T>,
        /// `e`.
        lower: Divisor<T>,
        /// `c / conj(b)`.
        ratio: T,
        /// `conj(l)`.
        multiplier: T,
    },
}

impl<T: Scalar> Pivot<T> {
    /// The pivots of the factors over each other in `lu`; those in `pairs` and the ones behind them are of order 2.
    pub(super) fn of(lu: MatRef<'_, T>, pairs: &[usize], pivots: &mut Vec<Self>) {
        let (mut i, mut pairs) = (0, pairs.iter().peekable());
        while i < lu.nrows() {
            let pivot =
                if pairs.next_if_eq(&&i).is_some() { Self::two(lu, i) } else { Self::One(lu.get(i, i).re()) };
            i += pivot.order();
            pivots.push(pivot);
        }
    }

    /// That of order 2 whose factors stand at (i, i).
    pub(super) fn two(lu: MatRef<'_, T>, i: usize) -> Self {
        let upper = Divisor::new(lu.get(i, i));
        let lower = Divisor::new(lu.get(i + 1, i + 1));
        let ratio = upper.divide(lu.get(i, i + 1));
        Self::Two { upper, lower, ratio, multiplier: lu.get(i + 1, i).conj() }
    }

    pub(super) fn order(&self) -> usize {
        if let Self::One(_) = self { 1 } else { 2 }
    }

    /// `conj(d^-1 u)` for the element of a column that belongs to the pivot, or both:
    ///
    /// `[c conj(e); e -conj(l) e] [x; y] = [u; v]` for `y = u / conj(b) - c / conj(b) v / e`, `x = v / e + conj(l) y`.
    pub(super) fn divide(&self, column: &mut [T]) {
        match *self {
            Self::One(d) => column[0] = quotient(column[0].conj(), d),
            Self::Two { upper, lower, ratio, multiplier } => {
                let v = lower.divide(column[1]);
                let y = upper.divide(column[0]) - ratio * v;
                (column[0], column[1]) = ((v + multiplier * y).conj(), y.conj());
            }
        }
    }

    /// [`Pivot::divide`] for every column, by as many pivots as have so many rows together; returns the others.
    pub(super) fn divide_rows<'p>(pivots: &'p [Self], rows: MatMut<'_, T>) -> &'p [Self] {
        let (mut rest, mut pivots) = (rows, pivots);
        while rest.nrows() > 0
            && let Some((pivot, others)) = pivots.split_first()
        {
            pivots = others;
            let (mut own, others) = rest.split_rows(pivot.order());
            if let Self::One(d) = *pivot {
                own.row_mut(0).iter_mut().for_each(|u| *u = quotient(u.conj(), d));
            } else {
                let (mut first, mut second) = own.split_rows(1);
                for (u, v) in first.row_mut(0).iter_mut().zip(second.row_mut(0)) {
                    let mut column = [*u, *v];
                    pivot.divide(&mut column);
                    [*u, *v] = column;
                }
            }
            rest = others;
        }
        pivots
    }

    /// [`Pivot::divide`] for a column as long as the pivots together.
    pub(super) fn divide_by_all(pivots: &[Self], column: &mut [T]) {
        let mut rest = column;
        for pivot in pivots {
            let (own, others) = rest.split_at_mut(pivot.order());
            pivot.divide(own);
            rest = others;
        }
    }
}

/// A number to divide by: its size, and the reciprocal of what is left, which neither overflows nor underflows.
#[derive(Clone, Copy)]
pub(super) struct Divisor<T: Scalar> {
    size: T::Real,
    reciprocal: T,
}

impl<T: Scalar> Divisor<T> {
    fn new(d: T) -> Self {
        let size = d.re().abs().max_nan(d.im().abs());
        Self { size, reciprocal: divide(T::one(), quotient(d, size)) }
    }

    fn divide(self, x: T) -> T {
        quotient(x, self.size) * self.reciprocal
    }
}
