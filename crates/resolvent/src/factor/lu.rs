//! LU with partial pivoting, `P A = L U`, recursive over columns (Toledo 1997; Gustavson 1997).

use resolvent_kernels::table::PANEL_MAX;
use resolvent_kernels::{Real, Scalar};

use crate::blas::{Context, Substitution, Triangle, gemm, substitute, trsm};
use crate::error::Result;
use crate::matrix::{MatMut, MatRef, filled, permutation_of, zeroed};
use crate::parallel;
use crate::plan::{BLOCKED_RHS, EXCHANGE_SLAB, PANEL};

const _: () = assert!(PANEL <= PANEL_MAX);

/// What [`factor`] says of the factors it left in place of the matrix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Factors {
    /// `(P A)_i = A_{p_i}`.
    pub(crate) permutation: Vec<usize>,
    /// The first pivot that is exactly zero.
    pub(crate) zero_pivot: Option<usize>,
}

/// Factors a square row-major matrix in place: L (unit lower, its ones not stored) and U over each other. A zero pivot
/// is noted and passed over, as LAPACK's getrf does.
pub(crate) fn factor<T: Scalar>(context: Context<'_, T>, a: MatMut<'_, T>) -> Result<Factors> {
    let n = a.nrows();
    assert!(a.ncols() == n && (a.col_stride() == 1 || n < 2), "a square row-major matrix");
    let mut pivots = filled(n, 0)?;
    let zero = recurse(context, a, &mut pivots);
    let mut permutation = filled(n, 0)?;
    permutation_of(&pivots, &mut permutation);
    Ok(Factors { permutation, zero_pivot: (zero < n).then_some(zero) })
}

/// Factors an m x n matrix, m >= n. `pivots[j]` is the row exchanged with row j. Returns the first zero pivot, or n.
fn recurse<T: Scalar>(context: Context<'_, T>, a: MatMut<'_, T>, pivots: &mut [usize]) -> usize {
    let (m, n) = (a.nrows(), a.ncols());
    if n <= PANEL {
        return context.factor_panel(a, pivots);
    }
    // [A11 A12; A21 A22], A11 of order n1.
    let n1 = (n / 2).next_multiple_of(PANEL);
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

/// Exchanges rows j and `pivots[j]` for each j in turn. Threads share the columns.
fn exchange_rows<T: Scalar>(context: Context<'_, T>, a: MatMut<'_, T>, pivots: &[usize]) {
    let swap = |slab: &mut MatMut<'_, T>| {
        for (j, &pivot) in pivots.iter().enumerate() {
            slab.swap_rows(context.kernels, j, pivot);
        }
    };
    if a.ncols() <= EXCHANGE_SLAB {
        let mut a = a;
        return swap(&mut a);
    }
    let mut slabs = Vec::with_capacity(a.ncols().div_ceil(EXCHANGE_SLAB));
    let mut rest = a;
    while rest.ncols() > 0 {
        let width = EXCHANGE_SLAB.min(rest.ncols());
        let (head, tail) = rest.split_cols(width);
        slabs.push(head);
        rest = tail;
    }
    parallel::for_each_mut(context.threads(), &mut slabs, |_, slab| swap(slab));
}

/// `X := (L U)^-1 X` in place, the rows of X already permuted; X row-major.
pub(crate) fn solve<T: Scalar>(
    context: Context<'_, T>,
    lu: MatRef<'_, T>,
    mut x: MatMut<'_, T>,
) -> Result<()> {
    if x.ncols() < BLOCKED_RHS {
        return by_columns(context, Substitution::Plain, lu, x);
    }
    trsm(context, Triangle::UnitLower, lu, x.reborrow());
    trsm(context, Triangle::Upper, lu, x);
    Ok(())
}

/// `X := (L U)^-T X` in place (no conjugation), before the rows of X are permuted back; X row-major.
pub(crate) fn solve_transposed<T: Scalar>(
    context: Context<'_, T>,
    lu: MatRef<'_, T>,
    mut x: MatMut<'_, T>,
) -> Result<()> {
    if x.ncols() < BLOCKED_RHS {
        return by_columns(context, Substitution::Transposed, lu, x);
    }
    trsm(context, Triangle::Lower, lu.transpose(), x.reborrow());
    trsm(context, Triangle::UnitUpper, lu.transpose(), x);
    Ok(())
}

/// A few right-hand sides, one after the other, where the elements of each follow each other.
fn by_columns<T: Scalar>(
    context: Context<'_, T>,
    system: Substitution,
    lu: MatRef<'_, T>,
    mut x: MatMut<'_, T>,
) -> Result<()> {
    let (n, k) = (x.nrows(), x.ncols());
    if k == 1 && x.row_stride() == 1 {
        substitute(context.kernels, system, lu, x.transpose().row_mut(0));
        return Ok(());
    }
    let mut column = zeroed(n)?;
    for j in 0..k {
        for (i, element) in column.iter_mut().enumerate() {
            *element = x.as_ref().get(i, j);
        }
        substitute(context.kernels, system, lu, &mut column);
        for (i, &element) in column.iter().enumerate() {
            x.set(i, j, element);
        }
    }
    Ok(())
}
