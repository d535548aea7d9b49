//! Norms of a row-major matrix. NaN in the matrix gives NaN.

use resolvent_kernels::{Kernels, Real, Scalar};

use super::{MatRef, zeroed};
use crate::error::Result;

/// `|A|_1`, the largest column sum.
pub(crate) fn norm_one<T: Scalar>(kernels: &Kernels<T>, a: MatRef<'_, T>) -> Result<T::Real> {
    let mut sums = zeroed::<T::Real>(a.ncols())?;
    assert!(a.col_stride() == 1 || a.ncols() < 2, "a row-major matrix");
    // SAFETY: rows of ncols contiguous elements, and as many sums.
    unsafe {
        (kernels.vector.column_sums)(a.nrows(), a.ncols(), a.as_ptr(), a.row_stride(), sums.as_mut_ptr());
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
