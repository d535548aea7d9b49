//! The reciprocal condition number after equilibration: is a matrix bad, or only badly scaled?

use resolvent_kernels::{Kernels, Real, Scalar};

use super::condition::inverse_norm_estimate;
use crate::blas::Workspace;
use crate::error::Result;
use crate::factor::factor;
use crate::matrix::{Mat, MatRef, norm_one};

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

    let norm = norm_one(kernels, scaled.as_ref())?;
    let workspace = Workspace::new(kernels, 1, n)?;
    let factors = factor(workspace.context(), scaled.as_mut())?;
    if factors.zero_pivot.is_some() {
        return Ok(T::Real::ZERO);
    }
    Ok(T::Real::ONE / norm / inverse_norm_estimate(kernels, scaled.as_ref())?)
}

/// Multiplies every row by the power of two that brings its largest element into [1/2, 1).
fn scale_rows<T: Scalar>(mut a: crate::matrix::MatMut<'_, T>) {
    for i in 0..a.nrows() {
        let row = a.row_mut(i);
        let largest = row.iter().map(|z| z.abs1().to_f64()).fold(0.0, f64::max);
        if largest == 0.0 || !largest.is_finite() {
            continue;
        }
        let exponent = largest.log2().floor() as i32 + 1;
        // In two steps, since 2^-exponent itself may overflow.
        for part in [exponent / 2, exponent - exponent / 2] {
            let factor = T::from_real(T::Real::from_f64((-f64::from(part)).exp2()));
            row.iter_mut().for_each(|z| *z *= factor);
        }
    }
}
