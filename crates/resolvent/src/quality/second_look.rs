//! The reciprocal condition number after scaling: is a matrix bad, or only badly scaled, or its norm out of range?

use resolvent_kernels::table::{Group, SMALL_MAX};
use resolvent_kernels::{Kernels, Real, Scalar};

use super::condition::inverse_norm_estimate;
use super::status::Verdict;
use crate::blas::Workspace;
use crate::error::Result;
use crate::factor::factor;
use crate::matrix::{Mat, MatMut, MatRef, Scratch, norm_one, zeroed};
use crate::parallel;

/// rcond of `R A C`, R and C powers of two that bring the largest element of every row, then of every column, near 1
/// (van der Sluis 1969; LAPACK's geequb). 0 for a singular matrix.
pub(super) fn equilibrated_rcond<T: Scalar>(
    kernels: &'static Kernels<T>,
    a: MatRef<'_, T>,
) -> Result<T::Real> {
    let n = a.nrows();
    let mut scaled = Mat::zeros(n, n)?;
    scaled.as_mut().copy_from(a);
    scale_rows(scaled.as_mut());
    let mut transposed = Mat::zeros(n, n)?;
    transposed.as_mut().copy_from(scaled.as_ref().transpose());
    scale_rows(transposed.as_mut());
    scaled.as_mut().copy_from(transposed.as_ref().transpose());

    factored_rcond(kernels, scaled.as_mut())
}

/// rcond of `2^-k A`, which is that of A, with the largest element near 1: norms that overflow or underflow do not.
pub(super) fn unit_rcond<T: Scalar>(kernels: &'static Kernels<T>, a: MatRef<'_, T>) -> Result<T::Real> {
    let n = a.nrows();
    let mut memory = zeroed(n * n)?;
    MatMut::from_row_major(&mut memory, n, n)?.copy_from(a);
    scale(&mut memory);
    factored_rcond(kernels, MatMut::from_row_major(&mut memory, n, n)?)
}

/// rcond of a row-major matrix that is overwritten with its factors; 0 if it is singular.
fn factored_rcond<T: Scalar>(kernels: &'static Kernels<T>, mut a: MatMut<'_, T>) -> Result<T::Real> {
    let n = a.nrows();
    if n <= SMALL_MAX {
        return small_rcond(kernels, a);
    }
    let norm = norm_one(kernels, a.as_ref())?;
    let workspace = Workspace::new(kernels, 1, n, 0)?;
    parallel::expect(|_| 2.0 / 3.0 * (n as f64).powi(3));
    let factors = factor(workspace.context(), a.reborrow())?;
    if factors.zero_pivot.is_some() {
        return Ok(T::Real::ZERO);
    }
    Ok(T::Real::ONE / norm / inverse_norm_estimate(kernels, a.as_ref())?)
}

/// The same by one call of a kernel: a stack may hold a million such matrices.
fn small_rcond<T: Scalar>(kernels: &Kernels<T>, mut a: MatMut<'_, T>) -> Result<T::Real> {
    let n = a.nrows();
    let mut workspace = Scratch::new();
    let work = workspace.get((kernels.single.workspace)(n, 0))?;
    let mut permutation = [0; SMALL_MAX];
    let (rs, cs) = (a.row_stride(), a.col_stride());
    let target = a.as_mut_ptr();
    let source = Group { ptrs: &[target.cast_const()], rs, cs };
    let factors = Group { ptrs: &[target], rs, cs };
    // SAFETY: one matrix of order n <= SMALL_MAX, factored in place; room for its permutation and report; a workspace
    // of the size asked for, on a cache line.
    let (_, verdict) = Verdict::of_one(true, T::Real::ONE, |report| unsafe {
        (kernels.single.factor)(n, source, factors, permutation.as_mut_ptr(), report, work)
    });
    Ok(verdict.rcond)
}

/// Multiplies every row by the power of two that brings its largest element into [1/2, 1).
fn scale_rows<T: Scalar>(mut a: MatMut<'_, T>) {
    for i in 0..a.nrows() {
        scale(a.row_mut(i));
    }
}

/// Multiplies by the power of two that brings the largest element into [1/2, 1).
fn scale<T: Scalar>(elements: &mut [T]) {
    let size = |z: &T| z.re().abs().to_f64().max(z.im().abs().to_f64());
    let largest = elements.iter().map(size).fold(0.0, f64::max);
    if largest == 0.0 || !largest.is_finite() {
        return;
    }
    let exponent = largest.log2().floor() as i32 + 1;
    // In two steps, since 2^-exponent itself may overflow.
    for part in [exponent / 2, exponent - exponent / 2] {
        let factor = T::from_real(T::Real::from_f64((-f64::from(part)).exp2()));
        elements.iter_mut().for_each(|z| *z *= factor);
    }
}
