//! Solves with the triangles of LU factors.

use resolvent_kernels::Scalar;

use crate::blas::{Context, Triangle, substitute, trsm};
use crate::error::Result;
use crate::matrix::{MatMut, MatRef, zeroed};
use crate::parallel;
use crate::plan::BLOCKED_RHS;

/// `X := (L U)^-1 X` in place, the rows of X already permuted; X row-major.
pub(crate) fn solve<T: Scalar>(context: Context<'_, T>, lu: MatRef<'_, T>, x: MatMut<'_, T>) -> Result<()> {
    by_triangles(context, &[Triangle::UnitLower, Triangle::Upper], lu, x)
}

/// `X := U^-1 X` in place: what [`super::factor`] leaves to be done for columns that went along.
pub(crate) fn solve_upper<T: Scalar>(
    context: Context<'_, T>,
    lu: MatRef<'_, T>,
    x: MatMut<'_, T>,
) -> Result<()> {
    by_triangles(context, &[Triangle::Upper], lu, x)
}

/// `X := (L U)^-T X` in place (no conjugation), before the rows of X are permuted back; X row-major.
pub(crate) fn solve_transposed<T: Scalar>(
    context: Context<'_, T>,
    lu: MatRef<'_, T>,
    x: MatMut<'_, T>,
) -> Result<()> {
    by_triangles(context, &[Triangle::Lower, Triangle::UnitUpper], lu.transpose(), x)
}

/// Solves with one triangle of the factors, or of their transpose, after the other.
fn by_triangles<T: Scalar>(
    context: Context<'_, T>,
    triangles: &[Triangle],
    t: MatRef<'_, T>,
    mut x: MatMut<'_, T>,
) -> Result<()> {
    let (n, k) = (x.nrows(), x.ncols());
    if k >= BLOCKED_RHS {
        triangles.iter().for_each(|&triangle| trsm(context, triangle, t, x.reborrow()));
        return Ok(());
    }
    let substitutions = |column: &mut [T]| {
        triangles.iter().for_each(|&triangle| substitute(context.kernels, triangle, t, column));
        parallel::count(triangles.len() * n * n);
    };
    if k == 1 && x.row_stride() == 1 {
        substitutions(x.transpose().row_mut(0));
        return Ok(());
    }
    // One after the other, where the elements of each follow each other.
    let mut column = zeroed(n)?;
    for j in 0..k {
        for (i, element) in column.iter_mut().enumerate() {
            *element = x.as_ref().get(i, j);
        }
        substitutions(&mut column);
        for (i, &element) in column.iter().enumerate() {
            x.set(i, j, element);
        }
    }
    Ok(())
}
