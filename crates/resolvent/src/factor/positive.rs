//! `A = L D L^H` for Hermitian positive definite matrices: LU without row exchanges, of which only U is computed,
//! `U = D L^H`, and L read off it. Half the flops of LU, and as stable as Cholesky's factors (Golub and Van Loan 2013,
//! chapter 4).

use resolvent_kernels::{Real, Scalar};

use super::lu::{Factors, chunks};
use super::quotient;
use crate::blas::{Context, PackedLeft, Triangle, gemm, trsm};
use crate::error::Result;
use crate::matrix::{MatMut, MatRef, with_room};
use crate::parallel;
use crate::plan::{POSITIVE_LEAF, POSITIVE_PARTS, TRIANGLE_COLUMNS, lu_block};

/// Factors a Hermitian row-major matrix in place: L (unit lower, its ones not stored) and U over each other. Only its upper
/// triangle is read. Columns behind it, B, go along and become `L^-1 B`. None, with anything in `a`, if the matrix is not
/// positive definite, or too nearly not to tell.
///
/// Block rows from the top, `[A11 A12; A12^H A22]` with A11 of order [`lu_block`]:
///
/// `A11 = L11 U11`, `U12 := L11^-1 A12`, `L21 := (D1^-1 U12)^H`, `A22 := A22 - L21 U12` on and above the diagonal.
pub(crate) fn factor_positive<T: Scalar>(
    context: Context<'_, T>,
    mut a: MatMut<'_, T>,
) -> Result<Option<Factors>> {
    let (n, all) = (a.nrows(), a.ncols());
    assert!(all >= n && (a.col_stride() == 1 || all < 2), "a square row-major matrix and more");
    let (mut k, mut size) = (0, lu_block(n, n));
    let mut l21 = PackedLeft::new(context, n, size)?;
    let mut positive = diagonal_block(context.alone(), a.reborrow().block(0, 0, size, size));
    while positive && size > 0 {
        let next_size = lu_block(n, n - (k + size));
        let (upper, lower) = a.reborrow().block(k, k, n - k, all - k).split_rows(size);
        let (u11, mut u12) = upper.split_cols(size);
        let (mut below, a22) = lower.split_cols(size);
        eliminate(context, u11.as_ref(), u12.reborrow(), below.reborrow())?;
        l21.pack(context, below.as_ref());
        let step = Step { context, u12: u12.as_ref(), l21: &l21 };
        positive = step.update(a22, next_size)?;
        (k, size) = (k + size, next_size);
    }
    if !positive {
        // What was done, in vain, was not planned.
        let flops = |n: usize| n * n * n / 3 + n * n * (all - n);
        parallel::expect(|_| (flops(n) - flops(n - k)) as f64);
    }
    positive.then(|| Factors::without_exchanges(n)).transpose()
}

/// `U12 := L11^-1 A12`, and L21, as far as it has rows.
fn eliminate<T: Scalar>(
    context: Context<'_, T>,
    u11: MatRef<'_, T>,
    a12: MatMut<'_, T>,
    l21: MatMut<'_, T>,
) -> Result<()> {
    let mut work = with_room(a12.ncols())?;
    let mut rest = l21;
    for columns in chunks(context, TRIANGLE_COLUMNS, POSITIVE_PARTS, a12) {
        // The rows that mirror these columns; columns that go along have none.
        let take = columns.ncols().min(rest.nrows());
        let (rows, others) = rest.split_rows(take);
        work.push((columns, rows));
        rest = others;
    }
    parallel::for_each_mut(context.threads(), &mut work, |_, (columns, rows)| {
        trsm(context.alone(), Triangle::UnitLower, u11, columns.reborrow());
        mirror_divided(u11, columns.as_ref(), rows.reborrow());
    });
    Ok(())
}

/// One block row's work on what is to the right of it and below.
pub(super) struct Step<'s, T: Scalar> {
    pub(super) context: Context<'s, T>,
    pub(super) u12: MatRef<'s, T>,
    pub(super) l21: &'s PackedLeft<T>,
}

impl<T: Scalar> Step<'_, T> {
    /// `A22 := A22 - L21 U12` on and above the diagonal, and the first `next_size` rows and columns factored while the rest
    /// is still being updated. Are they positive definite?
    pub(super) fn update(&self, a22: MatMut<'_, T>, next_size: usize) -> Result<bool> {
        let (rest, all) = (a22.nrows(), a22.ncols());
        let mut positive = true;
        let mut work = with_room(1 + all)?;
        let (next, others) = a22.split_cols(next_size);
        work.push((0, next.block(0, 0, next_size, next_size), Some(&mut positive)));
        let mut j = next_size;
        for columns in chunks(self.context, TRIANGLE_COLUMNS, POSITIVE_PARTS, others) {
            let width = columns.ncols();
            work.push((j, columns.block(0, 0, rest.min(j + width), width), None));
            j += width;
            if j <= rest {
                // A triangle more than was planned.
                parallel::expect(|_| (self.u12.nrows() * width * width) as f64);
            }
        }
        // The tallest first, so that nobody has to wait for it in the end.
        work[1..].reverse();
        parallel::for_each_mut(self.context.threads(), &mut work, |_, (j, columns, next)| {
            let u12 = self.u12.block(0, *j, self.u12.nrows(), columns.ncols());
            self.l21.subtract_product(self.context, u12, columns.reborrow());
            if let Some(positive) = next {
                **positive = diagonal_block(self.context.alone(), columns.reborrow());
            }
        });
        drop(work);
        Ok(positive)
    }
}

/// Factors a block on the diagonal by recursion. Is it positive definite?
fn diagonal_block<T: Scalar>(context: Context<'_, T>, mut a: MatMut<'_, T>) -> bool {
    let n = a.nrows();
    if n <= POSITIVE_LEAF {
        return leaf(a);
    }
    let n1 = (n / 2).next_multiple_of(POSITIVE_LEAF);
    let (upper, lower) = a.reborrow().split_rows(n1);
    let (mut u11, mut u12) = upper.split_cols(n1);
    let (mut l21, mut a22) = lower.split_cols(n1);
    if !diagonal_block(context, u11.reborrow()) {
        return false;
    }
    trsm(context, Triangle::UnitLower, u11.as_ref(), u12.reborrow());
    mirror_divided(u11.as_ref(), u12.as_ref(), l21.reborrow());
    gemm(context, -T::Real::ONE, l21.as_ref(), u12.as_ref(), a22.reborrow());
    diagonal_block(context, a22)
}

/// [`diagonal_block`], element by element.
fn leaf<T: Scalar>(mut a: MatMut<'_, T>) -> bool {
    let n = a.nrows();
    for k in 0..n {
        let pivot = a.as_ref().get(k, k).re();
        // Neither zero nor NaN is.
        if !(pivot > T::Real::ZERO && pivot.is_finite()) {
            return false;
        }
        a.set(k, k, T::from_real(pivot));
        for i in k + 1..n {
            let multiplier = quotient(a.as_ref().get(k, i).conj(), pivot);
            for j in i..n {
                let updated = a.as_ref().get(i, j) - multiplier * a.as_ref().get(k, j);
                a.set(i, j, updated);
            }
            a.set(i, k, multiplier);
        }
    }
    true
}

/// `L21 := (D1^-1 U12)^H` for the rows there are: row i of it from column i of U12, a few rows of that at a time.
fn mirror_divided<T: Scalar>(u11: MatRef<'_, T>, u12: MatRef<'_, T>, mut l21: MatMut<'_, T>) {
    const TILE: usize = 8;
    let (rows, size) = (l21.nrows(), l21.ncols());
    for k0 in (0..size).step_by(TILE) {
        let width = TILE.min(size - k0);
        // Behind the last row of U12 it is repeated, and not used.
        let from: [&[T]; TILE] = std::array::from_fn(|k| &u12.row(k0 + k.min(width - 1))[..rows]);
        let pivots: [T::Real; TILE] =
            std::array::from_fn(|k| u11.get(k0 + k.min(width - 1), k0 + k.min(width - 1)).re());
        for i in 0..rows {
            let row = &mut l21.row_mut(i)[k0..k0 + width];
            for ((element, from), &pivot) in row.iter_mut().zip(&from).zip(&pivots) {
                *element = quotient(from[i].conj(), pivot);
            }
        }
    }
}
