//! Matrices with a name: Hilbert's, Cauchy's, Vandermonde's, Pascal's, Kahan's, Frank's, Lotkin's; magic squares.

use resolvent_kernels::Scalar;

use super::{binomial, rounded, sign};
use crate::matrix::Mat;

/// The Hilbert matrix, `1 / (i + j + 1)`: the classic of ill-conditioning. MATLAB's `hilb`.
///
/// Symmetric, positive definite, totally positive; the condition number grows as `e^(3.5 n)`. Its inverse is
/// [`hilbert_inverse`].
///
/// # Source
/// `higham2002accuracy`, section 28.1.
///
/// # Example
/// ```
/// use resolvent::gallery;
/// let det = resolvent::det(&gallery::hilbert::<f64>(3))?;
/// assert!((det * 2160.0 - 1.0).abs() < 1e-12);
/// # Ok::<(), resolvent::Error>(())
/// ```
pub fn hilbert<T: Scalar>(n: usize) -> Mat<T> {
    rounded(n, n, |i, j| 1.0 / (i + j + 1) as f64)
}

/// The inverse of the Hilbert matrix: whole numbers, exact in float64 up to order 12. MATLAB's `invhilb`.
///
/// `(-1)^(i+j) (i+j+1) C(n+i, n-j-1) C(n+j, n-i-1) C(i+j, i)^2`.
///
/// # Source
/// `higham2002accuracy`, section 28.1.
///
/// # Example
/// ```
/// let x = resolvent::gallery::hilbert_inverse::<f64>(3);
/// assert_eq!(x.as_slice(), [9.0, -36.0, 30.0, -36.0, 192.0, -180.0, 30.0, -180.0, 180.0]);
/// ```
pub fn hilbert_inverse<T: Scalar>(n: usize) -> Mat<T> {
    rounded(n, n, |i, j| {
        let corner = binomial(i + j, i);
        let sides = binomial(n + i, n - j - 1) * binomial(n + j, n - i - 1);
        sign(i + j) * (i + j + 1) as f64 * corner * corner * sides
    })
}

/// Lotkin's matrix: the Hilbert matrix with ones in its first row. MATLAB's `gallery('lotkin')`.
///
/// Not symmetric, as ill-conditioned as Hilbert's; the inverse has whole numbers.
///
/// # Source
/// `lotkin1955set`.
///
/// # Example
/// ```
/// let a = resolvent::gallery::lotkin::<f64>(2);
/// assert_eq!(a.as_slice(), [1.0, 1.0, 0.5, 1.0 / 3.0]);
/// ```
pub fn lotkin<T: Scalar>(n: usize) -> Mat<T> {
    rounded(n, n, |i, j| if i == 0 { 1.0 } else { 1.0 / (i + j + 1) as f64 })
}

/// Cauchy's matrix, `1 / (x_i + y_j)`. MATLAB's `gallery('cauchy')`.
///
/// # Shapes
/// `x` of m, `y` of n numbers; the matrix is m x n. Its inverse, if m = n, is [`cauchy_inverse`].
///
/// # Source
/// `higham2002accuracy`, section 28.1.
///
/// # Example
/// ```
/// let a = resolvent::gallery::cauchy::<f64>(&[1.0, 3.0], &[1.0, 2.0]);
/// assert_eq!(a.as_slice(), [0.5, 1.0 / 3.0, 0.25, 0.2]);
/// ```
pub fn cauchy<T: Scalar>(x: &[f64], y: &[f64]) -> Mat<T> {
    rounded(x.len(), y.len(), |i, j| 1.0 / (x[i] + y[j]))
}

/// The inverse of a square Cauchy matrix: each element right to about 6 n eps, however ill-conditioned the matrix.
///
/// `prod_k (x_j + y_k)(x_k + y_i) / ((x_j + y_i) prod_{k != j} (x_j - x_k) prod_{k != i} (y_i - y_k))`.
///
/// # Shapes
/// As many numbers `y` as `x`; what is over of either is not read.
///
/// # Source
/// `higham2002accuracy`, section 28.1.
///
/// # Example
/// ```
/// let x = resolvent::gallery::cauchy_inverse::<f64>(&[1.0, 3.0], &[1.0, 2.0]);
/// let expected = [12.0, -20.0, -15.0, 30.0];
/// assert!(x.as_slice().iter().zip(expected).all(|(x, y)| (x - y).abs() < 1e-13));
/// ```
pub fn cauchy_inverse<T: Scalar>(x: &[f64], y: &[f64]) -> Mat<T> {
    let n = x.len().min(y.len());
    rounded(n, n, |i, j| {
        // Factor by factor, numerators and denominators in turn: the products alone may overflow.
        let factor = |k: usize| {
            let apart = if k == j { 1.0 } else { x[j] - x[k] } * if k == i { 1.0 } else { y[i] - y[k] };
            (x[j] + y[k]) * (x[k] + y[i]) / apart
        };
        (0..n).map(factor).product::<f64>() / (x[j] + y[i])
    })
}

/// Vandermonde's matrix: row i holds the powers of `x_i`, from 0 to n - 1. MATLAB's `vander`, columns in reverse.
///
/// `A c = y` finds the polynomial through the points `(x_i, y_i)`. The determinant is the product of all
/// `x_i - x_j` with `i > j`.
///
/// # Shapes
/// `x` of m numbers; the matrix is m x n.
///
/// # Source
/// `higham2002accuracy`, chapter 22.
///
/// # Example
/// ```
/// let a = resolvent::gallery::vandermonde::<f64>(&[1.0, 2.0, 4.0], 3);
/// assert_eq!(resolvent::det(&a)?, (2.0 - 1.0) * (4.0 - 1.0) * (4.0 - 2.0));
/// # Ok::<(), resolvent::Error>(())
/// ```
pub fn vandermonde<T: Scalar>(x: &[f64], n: usize) -> Mat<T> {
    let mut power = 1.0;
    rounded(x.len(), n, |i, j| {
        power = if j == 0 { 1.0 } else { power * x[i] };
        power
    })
}

/// Kahan's upper triangle: `sin^i` on the diagonal and `-cos sin^i` to the right of it. MATLAB's `gallery('kahan')`.
///
/// No diagonal element is small, yet it is nearly singular, and QR with column pivoting does not see that.
/// The determinant is `sin(theta)^(n(n-1)/2)`.
///
/// # Source
/// `kahan1966numerical`; `higham2002accuracy`, section 8.3.
///
/// # Example
/// ```
/// let a = resolvent::gallery::kahan::<f64>(90, 1.2);
/// let answer = resolvent::inv_ex(&a)?;
/// assert!(answer.info.worst_rcond < 1e-13 && a[(89, 89)] > 1e-3);
/// # Ok::<(), resolvent::Error>(())
/// ```
pub fn kahan<T: Scalar>(n: usize, theta: f64) -> Mat<T> {
    let (s, c) = (theta.sin(), theta.cos());
    rounded(n, n, |i, j| match j {
        _ if j < i => 0.0,
        _ if j == i => s.powi(i as i32),
        _ => -c * s.powi(i as i32),
    })
}

/// Pascal's matrix, `C(i + j, i)`: symmetric, positive definite, of determinant 1. MATLAB's `pascal`.
///
/// Exact in float64 up to order 29. Its inverse is [`pascal_inverse`]; the eigenvalues come in pairs `x, 1/x`.
///
/// # Source
/// `higham2002accuracy`, section 28.4.
///
/// # Example
/// ```
/// let a = resolvent::gallery::pascal::<f64>(3);
/// assert_eq!(a.as_slice(), [1.0, 1.0, 1.0, 1.0, 2.0, 3.0, 1.0, 3.0, 6.0]);
/// ```
pub fn pascal<T: Scalar>(n: usize) -> Mat<T> {
    rounded(n, n, |i, j| binomial(i + j, i))
}

/// The inverse of Pascal's matrix: whole numbers, `(-1)^(i+j) sum_k C(k, i) C(k, j)`.
///
/// # Source
/// `higham2002accuracy`, section 28.4.
///
/// # Example
/// ```
/// let x = resolvent::gallery::pascal_inverse::<f64>(3);
/// assert_eq!(x.as_slice(), [3.0, -3.0, 1.0, -3.0, 5.0, -2.0, 1.0, -2.0, 1.0]);
/// ```
pub fn pascal_inverse<T: Scalar>(n: usize) -> Mat<T> {
    rounded(n, n, |i, j| sign(i + j) * (i.max(j)..n).map(|k| binomial(k, i) * binomial(k, j)).sum::<f64>())
}

/// Frank's matrix, upper Hessenberg: `n - max(i, j)`, zero below the subdiagonal. MATLAB's `gallery('frank')`.
///
/// The determinant is 1; the small eigenvalues are ill-conditioned, and computed determinants of its transpose are
/// far off.
///
/// # Source
/// `frank1958computing`.
///
/// # Example
/// ```
/// let a = resolvent::gallery::frank::<f64>(3);
/// assert_eq!(a.as_slice(), [3.0, 2.0, 1.0, 2.0, 2.0, 1.0, 0.0, 1.0, 1.0]);
/// ```
pub fn frank<T: Scalar>(n: usize) -> Mat<T> {
    rounded(n, n, |i, j| if i > j + 1 { 0.0 } else { (n - i.max(j)) as f64 })
}

/// A magic square of the numbers 1 to n^2: rows, columns and diagonals sum to `n (n^2 + 1) / 2`. MATLAB's `magic`.
///
/// Regular for odd orders. For even orders singular, a trap for whoever trusts pivots: rank 3 if 4 divides n, else
/// `n/2 + 2`. There is none of order 2; `[[1, 3], [4, 2]]` stands for it.
///
/// # Source
/// `higham1995toolbox`.
///
/// # Example
/// ```
/// let a = resolvent::gallery::magic::<f64>(3);
/// assert_eq!(a.as_slice(), [8.0, 1.0, 6.0, 3.0, 5.0, 7.0, 4.0, 9.0, 2.0]);
/// ```
pub fn magic<T: Scalar>(n: usize) -> Mat<T> {
    rounded(n, n, |i, j| magic_number(n, i, j) as f64)
}

fn magic_number(n: usize, i: usize, j: usize) -> usize {
    match n % 4 {
        // The numbers in order, those on the diagonals of the 4 x 4 blocks counted from the other end.
        0 => {
            let middle = |k: usize| matches!(k % 4, 1 | 2);
            let number = n * i + j + 1;
            if middle(i) == middle(j) { n * n + 1 - number } else { number }
        }
        // De la Loubere's staircase.
        1 | 3 => n * ((i + j + n.div_ceil(2)) % n) + (i + 2 * j + 1) % n + 1,
        // Strachey: four squares of half the order, and some columns of the upper and lower half exchanged.
        _ => {
            let half = n / 2;
            let k = (n - 2) / 4;
            let middle = i % half == k;
            let left = if middle { (1..=k).contains(&j) } else { j < k };
            let exchanged = n > 2 && (left || j > n - k);
            let lower = (i >= half) != exchanged;
            let quarter = match (lower, j >= half) {
                (false, false) => 0,
                (true, true) => 1,
                (false, true) => 2,
                (true, false) => 3,
            };
            magic_number(half, i % half, j % half) + quarter * half * half
        }
    }
}
