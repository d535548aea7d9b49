//! Substitution for one right-hand side on row-major LU factors.

use resolvent_kernels::{Kernels, Scalar};

use crate::matrix::MatRef;

/// Which system the factors `L U` are to solve.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Substitution {
    /// `L U x = b`.
    Plain,
    /// `(L U)^T x = b`, no conjugation.
    Transposed,
}

/// Solves in place for one vector; `lu` holds the unit lower L and the upper U over each other, row-major.
pub(crate) fn substitute<T: Scalar>(
    kernels: &Kernels<T>,
    system: Substitution,
    lu: MatRef<'_, T>,
    x: &mut [T],
) {
    let n = lu.nrows();
    assert!(lu.ncols() == n && x.len() == n, "the factors must be square and fit the vector");
    assert!(lu.col_stride() == 1 || n < 2, "the factors must be row-major");
    let transposed = system == Substitution::Transposed;
    // SAFETY: square row-major factors, and a vector of as many elements that is borrowed uniquely.
    unsafe { (kernels.substitute)(transposed, n, lu.as_ptr(), lu.row_stride(), x.as_mut_ptr()) };
}
