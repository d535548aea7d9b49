//! Substitution for one right-hand side.

use resolvent_kernels::{Kernels, Scalar};

use super::Triangle;
use crate::matrix::MatRef;
use crate::parallel::checkpoint;

/// `x := T^-1 x` for a triangle of a matrix that is row-major or the transpose of such a one.
pub(crate) fn substitute<T: Scalar>(kernels: &Kernels<T>, triangle: Triangle, t: MatRef<'_, T>, x: &mut [T]) {
    checkpoint();
    let n = t.nrows();
    assert!(t.ncols() == n && x.len() == n, "the triangle must be square and fit the vector");
    let transposed = t.col_stride() != 1 && n > 1;
    let (stored, rs) = if transposed { (t.transpose(), t.col_stride()) } else { (t, t.row_stride()) };
    assert!(stored.col_stride() == 1 || n < 2, "the triangle must be stored by rows or by columns");
    // SAFETY: a square matrix whose rows, or columns, are contiguous, and a vector of as many elements that is borrowed
    // uniquely.
    unsafe { (kernels.substitute)(triangle, transposed, n, stored.as_ptr(), rs, x.as_mut_ptr()) };
}
