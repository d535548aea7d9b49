//! Norms of a row-major matrix, where NaN in the matrix gives NaN; and whether a matrix is finite.

use resolvent_kernels::{Kernels, Real, Scalar};

use super::{MatRef, zeroed};
use crate::error::Result;

/// `|A|_1`, the largest column sum.
pub(crate) fn norm_one<T: Scalar>(kernels: &Kernels<T>, a: MatRef<'_, T>) -> Result<T::Real> {
    let mut sums = zeroed::<T::Real>(a.ncols())?;
    for i in 0..a.nrows() {
        // SAFETY: a row of ncols contiguous elements, and as many sums.
        unsafe { (kernels.vector.add_abs)(a.ncols(), a.row(i).as_ptr(), sums.as_mut_ptr()) };
    }
    Ok(sums.into_iter().fold(T::Real::ZERO, |largest, sum| sum.max_nan(largest)))
}

/// `|A|_inf`, the largest row sum.
pub(crate) fn norm_inf<T: Scalar>(kernels: &Kernels<T>, a: MatRef<'_, T>) -> T::Real {
    (0..a.nrows())
        // SAFETY: a row of ncols contiguous elements.
        .map(|i| unsafe { (kernels.vector.sum_abs)(a.ncols(), a.row(i).as_ptr()) })
        .fold(T::Real::ZERO, |largest, sum| sum.max_nan(largest))
}

/// Every element of a matrix finite?
pub(crate) fn is_finite<T: Scalar>(a: MatRef<'_, T>) -> bool {
    (0..a.nrows()).all(|i| (0..a.ncols()).all(|j| a.get(i, j).is_finite()))
}
