//! Matrices with a pattern: those of Wilkinson, differences, minima, circulants.

use resolvent_kernels::Scalar;

use super::rounded;
use crate::matrix::Mat;

/// The matrix on which partial pivoting fails: 1 on the diagonal and in the last column, -1 below the diagonal.
/// MATLAB's `gallery('gfpp')`, with its parameters left out.
///
/// The last column doubles in every step of elimination, to `2^(n-1)`, the determinant; the condition number is modest.
///
/// # Source
/// `wilkinson1961error`; `higham2002accuracy`, section 9.4.
///
/// # Example
/// ```
/// let a = resolvent::gallery::wilkinson_growth::<f64>(3);
/// assert_eq!(a.as_slice(), [1.0, 0.0, 1.0, -1.0, 1.0, 1.0, -1.0, -1.0, 1.0]);
/// assert_eq!(resolvent::det(&a)?, 4.0);
/// # Ok::<(), resolvent::Error>(())
/// ```
pub fn wilkinson_growth<T: Scalar>(n: usize) -> Mat<T> {
    rounded(n, n, |i, j| match () {
        () if i == j || j + 1 == n => 1.0,
        () if i > j => -1.0,
        () => 0.0,
    })
}

/// Wilkinson's matrix `W_n^+`: tridiagonal, `|(n-1)/2 - i|` on the diagonal, ones beside it. MATLAB's `wilkinson`.
///
/// Its largest eigenvalues come in pairs, which agree to many digits and are not equal.
///
/// # Source
/// `wilkinson1965algebraic`, page 308.
///
/// # Example
/// ```
/// let a = resolvent::gallery::wilkinson_eigen::<f64>(3);
/// assert_eq!(a.as_slice(), [1.0, 1.0, 0.0, 1.0, 0.0, 1.0, 0.0, 1.0, 1.0]);
/// ```
pub fn wilkinson_eigen<T: Scalar>(n: usize) -> Mat<T> {
    rounded(n, n, |i, j| match i.abs_diff(j) {
        0 => ((n as f64 - 1.0) / 2.0 - i as f64).abs(),
        1 => 1.0,
        _ => 0.0,
    })
}

/// The second difference, Poisson's matrix in one dimension: tridiagonal, 2 on the diagonal, -1 beside it. MATLAB's
/// `gallery('tridiag')`.
///
/// Symmetric, positive definite, Toeplitz; of determinant n + 1 and condition number about `(2 (n+1) / pi)^2`, the
/// eigenvalues being `4 sin^2(k pi / (2n+2))`. Its inverse is [`second_difference_inverse`].
///
/// # Source
/// `higham2002accuracy`, section 28.5.
///
/// # Example
/// ```
/// let a = resolvent::gallery::second_difference::<f64>(3);
/// assert_eq!(a.as_slice(), [2.0, -1.0, 0.0, -1.0, 2.0, -1.0, 0.0, -1.0, 2.0]);
/// ```
pub fn second_difference<T: Scalar>(n: usize) -> Mat<T> {
    rounded(n, n, |i, j| match i.abs_diff(j) {
        0 => 2.0,
        1 => -1.0,
        _ => 0.0,
    })
}

/// The inverse of the second difference, Green's function of a string: `(min+1) (n - max) / (n + 1)` of i and j.
///
/// # Source
/// `higham2002accuracy`, section 28.5.
///
/// # Example
/// ```
/// let x = resolvent::gallery::second_difference_inverse::<f64>(3);
/// assert_eq!(x.as_slice(), [0.75, 0.5, 0.25, 0.5, 1.0, 0.5, 0.25, 0.5, 0.75]);
/// ```
pub fn second_difference_inverse<T: Scalar>(n: usize) -> Mat<T> {
    rounded(n, n, |i, j| ((i.min(j) + 1) * (n - i.max(j))) as f64 / (n + 1) as f64)
}

/// `min(i, j) + 1`: symmetric, positive definite, of determinant 1. MATLAB's `gallery('minij')`.
///
/// Its inverse is [`minij_inverse`].
///
/// # Source
/// `higham1995toolbox`.
///
/// # Example
/// ```
/// let a = resolvent::gallery::minij::<f64>(3);
/// assert_eq!(a.as_slice(), [1.0, 1.0, 1.0, 1.0, 2.0, 2.0, 1.0, 2.0, 3.0]);
/// ```
pub fn minij<T: Scalar>(n: usize) -> Mat<T> {
    rounded(n, n, |i, j| (i.min(j) + 1) as f64)
}

/// The inverse of [`minij`]: the second difference with a 1 in its last place.
///
/// # Source
/// `higham1995toolbox`.
///
/// # Example
/// ```
/// let x = resolvent::gallery::minij_inverse::<f64>(2);
/// assert_eq!(x.as_slice(), [2.0, -1.0, -1.0, 1.0]);
/// ```
pub fn minij_inverse<T: Scalar>(n: usize) -> Mat<T> {
    let mut inverse = second_difference(n);
    if n > 0 {
        inverse[(n - 1, n - 1)] = T::one();
    }
    inverse
}

/// A circulant: every row is the one above, moved right by one, around the end. MATLAB's `gallery('circul')`.
///
/// The eigenvalues are the discrete Fourier transform of its first row, the determinant their product; for `1, 2, ..., n`
/// that is `(-n)^(n-1) (n+1) / 2`.
///
/// # Source
/// `golub2013matrix`, section 4.8.
///
/// # Example
/// ```
/// let a = resolvent::gallery::circulant::<f64>(&[1.0, 2.0, 3.0]);
/// assert_eq!(a.as_slice(), [1.0, 2.0, 3.0, 3.0, 1.0, 2.0, 2.0, 3.0, 1.0]);
/// ```
pub fn circulant<T: Scalar>(row: &[f64]) -> Mat<T> {
    let n = row.len();
    rounded(n, n, |i, j| row[(j + n - i) % n])
}
