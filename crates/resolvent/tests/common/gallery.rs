//! Named matrices that have broken solvers before.

pub use resolvent::gallery::{hilbert, wilkinson_growth as wilkinson};
use resolvent::{Mat, Real, Scalar};

use super::{Random, element, eps, real};

/// A matrix and what it is called.
pub struct Adversary<T> {
    pub name: &'static str,
    pub a: Mat<T>,
}

/// Kahan's upper triangle, with his angle.
pub fn kahan<T: Scalar>(n: usize) -> Mat<T> {
    resolvent::gallery::kahan(n, 1.2)
}

/// Random rows graded from 1 to 10^last.
pub fn graded_rows<T: Scalar>(n: usize, last: f64) -> Mat<T> {
    let mut random = Random::new(n as u64);
    let scale = |i: usize| 10_f64.powf(last * i as f64 / n.max(2).saturating_sub(1) as f64);
    Mat::from_fn(n, n, |i, _| element(random.uniform() * scale(i), random.uniform() * scale(i)))
}

/// A random matrix of elements of about `size`.
pub fn scaled<T: Scalar>(n: usize, size: f64) -> Mat<T> {
    let mut random = Random::new(7 * n as u64);
    Mat::from_fn(n, n, |_, _| element(random.uniform() * size, random.uniform() * size))
}

/// A random matrix whose row `n / 2` is multiplied by `scale`.
pub fn one_scaled_row<T: Scalar>(n: usize, scale: f64) -> Mat<T> {
    let mut random = Random::new(3 * n as u64);
    Mat::from_fn(n, n, |i, _| {
        let size = if i == n / 2 { scale } else { 1.0 };
        element(random.uniform() * size, random.uniform() * size)
    })
}

/// A matrix of small whole numbers of rank n - 1, exactly: the last row is the sum of the first two (n >= 3).
pub fn rank_deficient<T: Scalar>(n: usize) -> Mat<T> {
    let mut random = Random::new(11 * n as u64);
    let mut whole = || (random.below(9) as f64) - 4.0;
    let mut rows: Vec<Vec<(f64, f64)>> =
        (0..n).map(|_| (0..n).map(|_| (whole(), whole())).collect()).collect();
    rows[n - 1] = (0..n).map(|j| (rows[0][j].0 + rows[1][j].0, rows[0][j].1 + rows[1][j].1)).collect();
    Mat::from_fn(n, n, |i, j| element(rows[i][j].0, rows[i][j].1))
}

/// Ones on the diagonal and in two corners, and one of them, on the diagonal, off by eps (n >= 2): rcond is about eps.
pub fn doubtful<T: Scalar>(n: usize) -> Mat<T> {
    Mat::from_fn(n, n, |i, j| {
        let last = 1.0 + if i == n - 1 && j == n - 1 { eps::<T>() } else { 0.0 };
        real(if i.max(j) == n - 1 && i.min(j) == 0 || i == j { last } else { 0.0 })
    })
}

/// A symmetric matrix of condition about `condition`: a random reflection of a geometric spectrum from both sides.
pub fn conditioned<T: Scalar>(n: usize, condition: f64) -> Mat<T> {
    let mut random = Random::new(13 * n as u64);
    let unit = |random: &mut Random| {
        let v: Vec<f64> = (0..n).map(|_| random.gaussian()).collect();
        let size = v.iter().map(|x| x * x).sum::<f64>().sqrt();
        v.into_iter().map(|x| x / size).collect::<Vec<_>>()
    };
    let (u, v) = (unit(&mut random), unit(&mut random));
    let d: Vec<f64> =
        (0..n).map(|i| condition.powf(-(i as f64) / n.max(2).saturating_sub(1) as f64)).collect();
    // (I - 2uu') D (I - 2vv')
    let ud: Vec<f64> = (0..n).map(|j| u[j] * d[j]).collect();
    let udv: f64 = (0..n).map(|j| ud[j] * v[j]).sum();
    Mat::from_fn(n, n, |i, j| {
        let diagonal = if i == j { d[i] } else { 0.0 };
        real(diagonal - 2.0 * u[i] * ud[j] - 2.0 * d[i] * v[i] * v[j] + 4.0 * u[i] * udv * v[j])
    })
}

/// All of them at orders that suit small and blocked algorithms; none is singular.
pub fn adversaries<T: Scalar>() -> Vec<Adversary<T>> {
    let (big, small) = (T::Real::MAX.to_f64(), T::Real::MIN_POSITIVE.to_f64());
    let mut all = Vec::new();
    for n in [2, 5, 10, 24, 25, 40, 70] {
        let mut add = |name, a| all.push(Adversary { name, a });
        add("hilbert", hilbert(n));
        add("kahan", kahan(n));
        if n <= 40 {
            add("wilkinson", wilkinson(n));
        }
        add("graded rows down", graded_rows(n, -14.0));
        add("graded rows up", graded_rows(n, 14.0));
        add("graded columns", super::transpose(&graded_rows(n, -14.0)));
        add("near overflow", scaled(n, big / (4.0 * n as f64)));
        add("near underflow", scaled(n, small / eps::<T>()));
        add("one row scaled", one_scaled_row(n, small * 1e8));
        add("condition 1/sqrt(eps)", conditioned(n, 1.0 / eps::<T>().sqrt()));
        add("condition 1/eps", conditioned(n, 1.0 / eps::<T>()));
    }
    all
}
