//! LU with partial pivoting, `P A = L U`, by block columns with look-ahead.

use resolvent_kernels::{Real, Scalar};

use crate::blas::{Context, PackedLeft, Triangle, gemm, share, trsm};
use crate::error::{Error, Result};
use crate::matrix::{MatMut, MatRef, filled, identity, permutation_of, with_room};
use crate::parallel;
use crate::plan::{LU_LEAF_MIN, LU_PARTS, lu_block, lu_leaf};

/// What [`factor`] says of the factors it left in place of the matrix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Factors {
    /// `(P A)_i = A_{p_i}`.
    pub(crate) permutation: Vec<usize>,
    /// Column j was exchanged with this one, in order; empty if all stayed where they were.
    pub(super) columns: Vec<usize>,
    /// Where two rows and columns are a pivot of order 2 ([`super::pivots::Pivot`]).
    pub(super) pairs: Vec<usize>,
    /// The first pivot that is exactly zero.
    pub(crate) zero_pivot: Option<usize>,
}

impl Factors {
    /// Those of a matrix of order n whose rows stayed where they were.
    pub(crate) fn without_exchanges(n: usize) -> Result<Self> {
        Ok(Self { permutation: identity(n)?, columns: Vec::new(), pairs: Vec::new(), zero_pivot: None })
    }

    /// Where the columns stand: `A[p][:, q] = L U`; None if they stayed.
    pub(crate) fn column_permutation(&self) -> Result<Option<Vec<usize>>> {
        if self.columns.is_empty() {
            return Ok(None);
        }
        let mut columns = filled(self.columns.len(), 0)?;
        permutation_of(&self.columns, &mut columns);
        Ok(Some(columns))
    }

    /// Those of symmetric exchanges, from what [`Factors::exchanges`] and [`Factors::pairs`] tell.
    ///
    /// # Errors
    /// [`Error::BadArgument`] for exchanges or pairs of what is not there.
    pub(crate) fn symmetric(columns: Vec<usize>, pairs: Vec<usize>) -> Result<Self> {
        let n = columns.len();
        let exchanges = columns.iter().enumerate().all(|(j, &column)| j <= column && column < n);
        let apart = pairs.windows(2).all(|pair| pair[0] + 1 < pair[1]);
        if !(exchanges && apart && pairs.last().is_none_or(|&k| k + 1 < n)) {
            let reason = "exchanges with later columns, and pivots of order 2 that do not overlap".to_owned();
            return Err(Error::BadArgument { name: "columns and pairs", reason });
        }
        let mut permutation = filled(columns.len(), 0)?;
        permutation_of(&columns, &mut permutation);
        pairs.iter().for_each(|&k| permutation.swap(k, k + 1));
        Ok(Self { permutation, columns, pairs, zero_pivot: None })
    }

    /// Are they of a matrix of order n?
    pub(crate) fn is_of(&self, n: usize) -> bool {
        self.permutation.len() == n
    }

    /// Column j was exchanged with this one, in order.
    pub(crate) fn exchanges(&self) -> &[usize] {
        &self.columns
    }

    /// Where two rows and columns are a pivot of order 2 ([`super::pivots::Pivot`]).
    pub(crate) fn pairs(&self) -> &[usize] {
        &self.pairs
    }

    /// Undoes the exchanges of columns in what was solved for, row by row.
    pub(crate) fn restore<T: Scalar>(&self, context: Context<'_, T>, mut x: MatMut<'_, T>) {
        for (j, &column) in self.columns.iter().enumerate().rev() {
            x.swap_rows(context.kernels, j, column);
        }
    }

    /// [`Factors::restore`] for one vector.
    pub(crate) fn restore_vector<T>(&self, x: &mut [T]) {
        self.columns.iter().enumerate().rev().for_each(|(j, &column)| x.swap(j, column));
    }

    /// What [`Factors::restore_vector`] undoes: a right-hand side of the transposed system before it is solved.
    pub(crate) fn move_vector<T>(&self, x: &mut [T]) {
        self.columns.iter().enumerate().for_each(|(j, &column)| x.swap(j, column));
    }
}

/// Makes eps times the largest of those that are not zero of pivots that are zero, so that there is an answer: the matrix
/// changes by no more than rounding has changed it.
pub(crate) fn mend_pivots<T: Scalar>(mut lu: MatMut<'_, T>) {
    let n = lu.nrows();
    let size = |lu: &MatMut<'_, T>, i| lu.as_ref().get(i, i).abs1();
    let largest = (0..n).fold(T::Real::ZERO, |most, i| most.max_nan(size(&lu, i)));
    let tiny = T::Real::EPSILON * if largest > T::Real::ZERO { largest } else { T::Real::ONE };
    for i in 0..n {
        if size(&lu, i) == T::Real::ZERO {
            lu.set(i, i, T::from_real(tiny));
        }
    }
}

/// Factors a square row-major matrix in place: L (unit lower, its ones not stored) and U over each other. Columns behind
/// it, B, go along and become `L^-1 P B`. A zero pivot is noted and passed over, as LAPACK's getrf does.
pub(crate) fn factor<T: Scalar>(context: Context<'_, T>, a: MatMut<'_, T>) -> Result<Factors> {
    let n = a.nrows();
    assert!(a.ncols() >= n && (a.col_stride() == 1 || a.ncols() < 2), "a square row-major matrix and more");
    let mut pivots = filled(n, 0)?;
    let zero = if n <= lu_leaf::<T>(n) {
        context.factor_in_cache(a, &mut pivots)
    } else {
        by_block_columns(context, a, &mut pivots)?
    };
    let mut permutation = filled(n, 0)?;
    permutation_of(&pivots, &mut permutation);
    let zero_pivot = (zero < n).then_some(zero);
    Ok(Factors { permutation, columns: Vec::new(), pairs: Vec::new(), zero_pivot })
}

/// Block columns from left to right, `[A11 A12; A21 A22]` with A11 of order [`lu_block`]:
///
/// `P1 [A11; A21] = [L11; L21] U11`, `U12 := L11^-1 P1 A12`, `A22 := A22 - L21 U12`, and on with A22.
///
/// The next block column is updated and factored while the others are still being updated (look-ahead: Donfack et al.
/// 2015), so that threads do not wait for it. Returns the first zero pivot, or n.
fn by_block_columns<T: Scalar>(
    context: Context<'_, T>,
    mut a: MatMut<'_, T>,
    pivots: &mut [usize],
) -> Result<usize> {
    let (n, all) = (a.nrows(), a.ncols());
    let (mut k, mut size) = (0, lu_block(n, n));
    let (mut l21, mut next_l21) = (PackedLeft::new(context, n, size)?, PackedLeft::new(context, n, size)?);
    let mut zero = panel(context, a.reborrow().block(0, 0, n, size), &mut pivots[..size], &mut l21);
    while size > 0 {
        let next_size = lu_block(n, n - (k + size));
        let (left, right) = a.reborrow().block(k, k, n - k, all - k).split_cols(size);
        let (next, others) = right.split_cols(next_size);
        let (chosen, to_choose) = pivots[k..].split_at_mut(size);
        let step = Step { context, l11: left.as_ref().block(0, 0, size, size), pivots: chosen, l21: &l21 };
        let mut found = next_size;
        let ahead = (&mut to_choose[..next_size], &mut next_l21, &mut found);
        let mut work = with_room(1 + others.ncols())?;
        work.push((next, Some(ahead)));
        work.extend(chunks(context, context.kernels.gemm.mc, LU_PARTS, others).map(|chunk| (chunk, None)));
        parallel::for_each_mut(context.threads(), &mut work, |_, (columns, ahead)| {
            step.update(columns.reborrow());
            if let Some((to_choose, next_l21, found)) = ahead {
                let (_, below) = columns.reborrow().split_rows(size);
                **found = panel(context, below, to_choose, next_l21);
            }
        });
        drop(work);
        if zero == k + size {
            zero += found;
        }
        std::mem::swap(&mut l21, &mut next_l21);
        (k, size) = (k + size, next_size);
    }
    exchange_left(context, a.block(0, 0, n, n), pivots)?;
    Ok(zero)
}

/// One block column's work on the columns to its right.
struct Step<'s, T: Scalar> {
    context: Context<'s, T>,
    l11: MatRef<'s, T>,
    pivots: &'s [usize],
    l21: &'s PackedLeft<T>,
}

impl<T: Scalar> Step<'_, T> {
    /// `[U12; A22] := [L11^-1 B1; B2 - L21 U12]` with `[B1; B2] = P1 [A12; A22]`, for some of the columns, by this thread.
    fn update(&self, mut columns: MatMut<'_, T>) {
        exchange_rows(self.context, columns.reborrow(), self.pivots);
        let (mut upper, lower) = columns.split_rows(self.pivots.len());
        trsm(self.context.alone(), Triangle::UnitLower, self.l11, upper.reborrow());
        self.l21.subtract_product(self.context, upper.as_ref(), lower);
    }
}

/// Factors a block column by this thread, and packs what is below its triangle for the products to come. Returns its first
/// zero pivot, or its width.
fn panel<T: Scalar>(
    context: Context<'_, T>,
    mut a: MatMut<'_, T>,
    pivots: &mut [usize],
    l21: &mut PackedLeft<T>,
) -> usize {
    let zero = recurse(context.alone(), a.reborrow(), pivots);
    l21.pack(context.alone(), a.split_rows(pivots.len()).1.as_ref());
    zero
}

/// Factors an m x n matrix, m >= n, by recursion over its columns (Toledo 1997; Gustavson 1997). `pivots[j]` is the row
/// exchanged with row j. Returns the first zero pivot, or n.
fn recurse<T: Scalar>(context: Context<'_, T>, a: MatMut<'_, T>, pivots: &mut [usize]) -> usize {
    let (m, n) = (a.nrows(), a.ncols());
    if n <= lu_leaf::<T>(m) {
        return context.factor_in_cache(a, pivots);
    }
    // [A11 A12; A21 A22], A11 of order n1.
    let n1 = (n / 2).next_multiple_of(LU_LEAF_MIN);
    let (mut left, mut right) = a.split_cols(n1);
    let (pivots1, pivots2) = pivots.split_at_mut(n1);

    // P1 [A11; A21] = [L11; L21] U11.
    let zero1 = recurse(context, left.reborrow(), pivots1);
    exchange_rows(context, right.reborrow(), pivots1);
    let (mut a12, mut a22) = right.split_rows(n1);
    // U12 = L11^-1 A12.
    trsm(context, Triangle::UnitLower, left.as_ref().block(0, 0, n1, n1), a12.reborrow());
    // A22 := A22 - L21 U12.
    let minus = -T::Real::ONE;
    gemm(context, minus, left.as_ref().block(n1, 0, m - n1, n1), a12.as_ref(), a22.reborrow());
    // P2 A22 = L22 U22, and L21 := P2 L21.
    let zero2 = recurse(context, a22, pivots2);
    exchange_rows(context, left.block(n1, 0, m - n1, n1), pivots2);
    for pivot in pivots2 {
        *pivot += n1;
    }
    if zero1 < n1 { zero1 } else { n1 + zero2 }
}

/// Exchanges rows j and `pivots[j]` for each j in turn.
pub(super) fn exchange_rows<T: Scalar>(context: Context<'_, T>, mut a: MatMut<'_, T>, pivots: &[usize]) {
    for (j, &pivot) in pivots.iter().enumerate() {
        a.swap_rows(context.kernels, j, pivot);
    }
}

/// Carries out the exchanges of every block column on those to its left, and counts the pivots from the first row on.
fn exchange_left<T: Scalar>(context: Context<'_, T>, a: MatMut<'_, T>, pivots: &mut [usize]) -> Result<()> {
    let n = a.nrows();
    let mut columns = with_room(n.div_ceil(LU_LEAF_MIN))?;
    let (mut k, mut rest) = (0, a);
    while k < n {
        let size = lu_block(n, n - k);
        pivots[k..k + size].iter_mut().for_each(|pivot| *pivot += k);
        let (column, right) = rest.split_cols(size);
        columns.push((k + size, column));
        (k, rest) = (k + size, right);
    }
    let pivots = &*pivots;
    parallel::for_each_mut(context.threads(), &mut columns, |_, (end, column)| {
        for (j, &pivot) in pivots.iter().enumerate().skip(*end) {
            column.swap_rows(context.kernels, j, pivot);
        }
    });
    Ok(())
}

/// Cuts columns into what threads take one after the other, so many parts for each, of at most so many columns.
pub(super) fn chunks<'a, T: Scalar>(
    context: Context<'_, T>,
    most: usize,
    parts: usize,
    columns: MatMut<'a, T>,
) -> impl Iterator<Item = MatMut<'a, T>> {
    let gemm = &context.kernels.gemm;
    let width = share(columns.ncols(), most, gemm.mr, context.threads(), parts);
    let mut rest = Some(columns);
    std::iter::from_fn(move || {
        let columns = rest.take().filter(|rest| rest.ncols() > 0)?;
        let width = width.min(columns.ncols());
        let (chunk, others) = columns.split_cols(width);
        rest = Some(others);
        Some(chunk)
    })
}
