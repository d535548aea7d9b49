//! Random matrices of a given rank, spectrum or scaling; the same for the same seed everywhere.

use resolvent_kernels::Scalar;

use super::rounded;
use crate::matrix::{Mat, splitmix};

/// A stream of numbers.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        splitmix(&mut self.0)
    }

    /// Uniform in [-1, 1), a multiple of 2^-52.
    fn uniform(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 52) as f64 - 1.0
    }

    /// One of -2, -1, 0, 1, 2.
    fn digit(&mut self) -> f64 {
        (self.next() >> 32).wrapping_mul(5).wrapping_shr(32) as f64 - 2.0
    }

    /// The numbers below n in some order (Fisher and Yates).
    fn permutation(&mut self, n: usize) -> Vec<usize> {
        let mut order: Vec<usize> = (0..n).collect();
        for i in (1..n).rev() {
            order.swap(i, (self.next() % (i as u64 + 1)) as usize);
        }
        order
    }

    fn unit_vector(&mut self, n: usize) -> Vec<f64> {
        let v: Vec<f64> = (0..n).map(|_| self.uniform()).collect();
        let size = v.iter().map(|x| x * x).sum::<f64>().sqrt();
        v.into_iter().map(|x| if size > 0.0 { x / size } else { x }).collect()
    }
}

/// Small whole numbers of exactly that rank: `[I Y; X XY]`, its rows and columns in random order.
///
/// No element is larger than 4 times the rank (or 2), so that all are exact in every type, and what is independent is so
/// by far. Of a rank above n, n is taken.
///
/// # Source
/// `higham1995toolbox`, for the idea.
///
/// # Example
/// ```
/// let a = resolvent::gallery::rank_deficient::<f64>(4, 2, 7);
/// assert!(resolvent::det(&a)?.abs() < 1e-12);
/// # Ok::<(), resolvent::Error>(())
/// ```
pub fn rank_deficient<T: Scalar>(n: usize, rank: usize, seed: u64) -> Mat<T> {
    let rank = rank.min(n);
    let mut random = Random(seed);
    // [I; X], and the transpose of [I Y].
    let mut tall = || -> Mat<f64> {
        let digits = Mat::from_fn(n - rank, rank, |_, _| random.digit());
        Mat::from_fn(n, rank, |i, k| match i.checked_sub(rank) {
            Some(below) => digits[(below, k)],
            None => f64::from(u8::from(i == k)),
        })
    };
    let (left, right) = (tall(), tall());
    let (rows, columns) = (random.permutation(n), random.permutation(n));
    rounded(n, n, |i, j| (0..rank).map(|k| left[(rows[i], k)] * right[(columns[j], k)]).sum())
}

/// Uniform elements in [-1, 1), rows graded by powers of ten from 1 to `10^last`.
///
/// Ill-conditioned by its scaling only: rows multiplied by powers of ten make it well-conditioned.
///
/// # Source
/// `vandersluis1969condition`.
///
/// # Example
/// ```
/// let a = resolvent::gallery::graded_rows::<f64>(5, -12.0, 1);
/// assert!(a.as_slice()[20..].iter().all(|x| x.abs() <= 1e-12));
/// ```
pub fn graded_rows<T: Scalar>(n: usize, last: f64, seed: u64) -> Mat<T> {
    let mut random = Random(seed);
    let steps = n.max(2) as f64 - 1.0;
    rounded(n, n, |i, _| random.uniform() * 10_f64.powf(last * i as f64 / steps))
}

/// Uniform elements in [-1, 1), the row in the middle, `n / 2`, multiplied by `scale`, such as 1e-300.
///
/// # Source
/// `vandersluis1969condition`.
///
/// # Example
/// ```
/// let a = resolvent::gallery::one_scaled_row::<f64>(3, 1e-300, 1);
/// assert!(a[(1, 0)].abs() <= 1e-300);
/// ```
pub fn one_scaled_row<T: Scalar>(n: usize, scale: f64, seed: u64) -> Mat<T> {
    let mut random = Random(seed);
    rounded(n, n, |i, _| random.uniform() * if i == n / 2 { scale } else { 1.0 })
}

/// A random matrix of given singular values: `U diag(s) V^T`, each factor a product of n random reflections. MATLAB's
/// `gallery('randsvd')`.
///
/// The condition number in the 2-norm is `max s / min s`, up to the rounding of the product.
///
/// # Source
/// `higham2002accuracy`, section 28.3.
///
/// # Example
/// ```
/// let a = resolvent::gallery::random_spectrum::<f64>(&[4.0, 2.0, 1.0], 1);
/// assert!((resolvent::det(&a)?.abs() - 8.0).abs() < 1e-13);
/// # Ok::<(), resolvent::Error>(())
/// ```
pub fn random_spectrum<T: Scalar>(singular_values: &[f64], seed: u64) -> Mat<T> {
    let n = singular_values.len();
    let mut random = Random(seed);
    let mut a: Mat<f64> = Mat::from_fn(n, n, |i, j| if i == j { singular_values[i] } else { 0.0 });
    for _ in 0..n {
        let (u, v) = (random.unit_vector(n), random.unit_vector(n));
        // A - 2 u (u^T A), then A - 2 (A v) v^T.
        let along: Vec<f64> = (0..n).map(|j| (0..n).map(|i| u[i] * a[(i, j)]).sum()).collect();
        a = Mat::from_fn(n, n, |i, j| a[(i, j)] - 2.0 * u[i] * along[j]);
        let along: Vec<f64> = (0..n).map(|i| (0..n).map(|j| a[(i, j)] * v[j]).sum()).collect();
        a = Mat::from_fn(n, n, |i, j| a[(i, j)] - 2.0 * along[i] * v[j]);
    }
    rounded(n, n, |i, j| a[(i, j)])
}

/// Small whole numbers whose last column is the sum of the others, but for its last element, which is off by `distance`.
///
/// Singular for a distance of 0, or one that rounding loses; else of determinant `distance`: the other columns have ones
/// on the diagonal, 1 or -1 below it, and zeros elsewhere.
///
/// # Source
/// `belsley1980regression`, for the idea.
///
/// # Example
/// ```
/// let a = resolvent::gallery::nearly_dependent::<f64>(4, 1e-10, 7);
/// assert!((resolvent::det(&a)? - 1e-10).abs() < 1e-14);
/// # Ok::<(), resolvent::Error>(())
/// ```
pub fn nearly_dependent<T: Scalar>(n: usize, distance: f64, seed: u64) -> Mat<T> {
    let mut random = Random(seed);
    let mut sum = 0.0;
    rounded(n, n, |i, j| {
        let element = match () {
            () if j + 1 == n => sum + if i + 1 == n { distance } else { 0.0 },
            () if j == i => 1.0,
            () if j + 1 == i => {
                if random.digit() < 0.0 {
                    -1.0
                } else {
                    1.0
                }
            }
            () => 0.0,
        };
        sum = if j + 1 == n { 0.0 } else { sum + element };
        element
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stream_is_the_published_one() {
        let mut random = Random(1_234_567);
        // From the reference implementation.
        assert_eq!(random.next(), 6_457_827_717_110_365_317);
        assert_eq!(random.next(), 3_203_168_211_198_807_973);
    }
}
