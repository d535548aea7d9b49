//! LU with partial pivoting of a matrix that has its elements near the diagonal (Golub and Van Loan 2013, section 4.3;
//! LAPACK's gbtf2): every row keeps the columns it can ever reach, L stays where it was made, unsorted by later exchanges.

use resolvent_kernels::{Real, Scalar};

use crate::error::Result;
use crate::factor::divide;
use crate::matrix::{MatRef, check_size, filled, zeroed};
use crate::parallel;

/// Columns that are eliminated between two questions whether to go on.
const CHECK: usize = 64;

/// How many diagonals below and above the main one have elements.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Width {
    pub(super) lower: usize,
    pub(super) upper: usize,
}

impl Width {
    /// Flops of factors of order n, without what exchanges add, and of solving for k columns with them.
    pub(super) fn flops(self, n: usize, k: usize) -> f64 {
        let (lower, upper) = (self.lower as f64, self.upper as f64);
        2.0 * n as f64 * (lower * (1.0 + upper) + k as f64 * (2.0 * lower + upper))
    }
}

/// Factors of a band. Row i has the columns `i - lower .. i + lower + upper`, one after the other: those to the left of the
/// diagonal are multipliers, the others U, which exchanges widen by `lower`.
#[derive(Debug)]
pub(super) struct Band<T> {
    pub(super) width: Width,
    pub(super) order: usize,
    rows: Vec<T>,
    /// Row j was exchanged with row `pivots[j]` before column j was eliminated.
    pivots: Vec<usize>,
    /// The first pivot that is exactly zero.
    pub(super) zero_pivot: Option<usize>,
}

impl<T: Scalar> Band<T> {
    /// Factors a matrix that has no other elements.
    pub(super) fn new(a: MatRef<'_, T>, width: Width) -> Result<Self> {
        let n = a.nrows();
        let stride = 2 * width.lower + width.upper + 1;
        let rows = zeroed(check_size::<T>(&[n, stride])?)?;
        let mut band = Self { width, order: n, rows, pivots: filled(n, 0)?, zero_pivot: None };
        for i in 0..n {
            for j in i.saturating_sub(width.lower)..n.min(i + width.upper + 1) {
                let place = band.place(i, j);
                band.rows[place] = a.get(i, j);
            }
        }
        for j in 0..n {
            if j.is_multiple_of(CHECK) {
                parallel::checkpoint();
            }
            band.eliminate(j);
        }
        parallel::count(width.flops(n, 0) as usize);
        Ok(band)
    }

    fn place(&self, i: usize, j: usize) -> usize {
        // The stride, and `j - (i - lower)` behind where the row begins.
        i * (2 * self.width.lower + self.width.upper + 1) + self.width.lower + j - i
    }

    /// How many rows are reached below, and columns to the right of, pivot j.
    fn below(&self, j: usize) -> usize {
        self.width.lower.min(self.order - 1 - j)
    }

    fn right(&self, j: usize) -> usize {
        (self.width.lower + self.width.upper).min(self.order - 1 - j)
    }

    /// Exchanges for the pivot of column j, and subtracts its multiples from the rows below.
    fn eliminate(&mut self, j: usize) {
        let (below, right) = (self.below(j), self.right(j));
        let mut largest = (j, -T::Real::ONE);
        for i in j..=j + below {
            let size = self.rows[self.place(i, j)].abs1();
            if size > largest.1 {
                largest = (i, size);
            }
        }
        let pivot = largest.0;
        self.pivots[j] = pivot;
        if pivot != j {
            let (from, to) = (self.place(j, j), self.place(pivot, j));
            let (upper, lower) = self.rows.split_at_mut(to);
            upper[from..=from + right].swap_with_slice(&mut lower[..=right]);
        }
        let from = self.place(j, j);
        let diagonal = self.rows[from];
        if diagonal == T::zero() {
            self.zero_pivot = self.zero_pivot.or(Some(j));
            return;
        }
        for i in j + 1..=j + below {
            let to = self.place(i, j);
            let (upper, lower) = self.rows.split_at_mut(to);
            let (multiplier, row) = lower[..=right].split_at_mut(1);
            if multiplier[0] == T::zero() {
                continue;
            }
            multiplier[0] = divide(multiplier[0], diagonal);
            subtract(row, multiplier[0], &upper[from + 1..=from + right]);
        }
    }

    /// The elements of U to the right of the diagonal in row j.
    fn upper(&self, j: usize) -> &[T] {
        let diagonal = self.place(j, j);
        &self.rows[diagonal + 1..=diagonal + self.right(j)]
    }

    fn diagonal(&self, j: usize) -> T {
        self.rows[self.place(j, j)]
    }

    /// `X := A^-1 X` for an n x k row-major X, all of its rows one after the other in `x`.
    pub(super) fn solve(&self, x: &mut [T], k: usize) {
        parallel::checkpoint();
        for j in 0..self.order {
            let (upper, lower) = x.split_at_mut((j + 1) * k);
            let own = &mut upper[j * k..];
            if self.pivots[j] != j {
                own.swap_with_slice(&mut lower[(self.pivots[j] - j - 1) * k..][..k]);
            }
            for (i, row) in (j + 1..=j + self.below(j)).zip(lower.chunks_exact_mut(k)) {
                subtract(row, self.rows[self.place(i, j)], own);
            }
        }
        for j in (0..self.order).rev() {
            let (upper, lower) = x.split_at_mut((j + 1) * k);
            let own = &mut upper[j * k..];
            for (&u, row) in self.upper(j).iter().zip(lower.chunks_exact(k)) {
                subtract(own, u, row);
            }
            let diagonal = self.diagonal(j);
            own.iter_mut().for_each(|x| *x = divide(*x, diagonal));
        }
    }

    /// `x := A^-T x` (no conjugation).
    pub(super) fn solve_transposed(&self, x: &mut [T]) {
        for j in 0..self.order {
            let (own, below) = x[j..].split_at_mut(1);
            own[0] = divide(own[0], self.diagonal(j));
            subtract(&mut below[..self.right(j)], own[0], self.upper(j));
        }
        for j in (0..self.order).rev() {
            for i in j + 1..=j + self.below(j) {
                let product = self.rows[self.place(i, j)] * x[i];
                x[j] -= product;
            }
            x.swap(j, self.pivots[j]);
        }
    }
}

/// `y := y - l x`
pub(super) fn subtract<T: Scalar>(y: &mut [T], l: T, x: &[T]) {
    y.iter_mut().zip(x).for_each(|(y, &x)| *y -= l * x);
}
