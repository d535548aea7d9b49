//! The small-matrix kernels: residuals, pivots and condition numbers, one constant for all.

#[path = "small/rig.rs"]
#[macro_use]
#[allow(dead_code)]
mod rig;

use resolvent_kernels::table::Small;
use resolvent_kernels::{Real, Scalar};
use rig::*;

/// The one constant: every ratio stays below it.
const RATIO: f64 = 10.0;

everywhere! {
    random_inverses
    random_solutions
    random_factors
    ill_conditioned
    condition_numbers
    extreme_scales
}

#[track_caller]
fn small(what: &str, n: usize, ratio: f64) {
    assert!(ratio <= RATIO, "{what}, n = {n}: ratio {ratio}");
}

fn check_inverse<T: Scalar>(n: usize, a: &[T], x: &[T]) {
    let (a, x) = (wide_all(a), wide_all(x));
    let scale = n as f64 * norm(n, &a) * norm(n, &x) * eps::<T>();
    small("I - AX", n, norm(n, &subtract(&product(n, n, n, &a, &x), &identity(n))) / scale);
    small("I - XA", n, norm(n, &subtract(&product(n, n, n, &x, &a), &identity(n))) / scale);
}

fn random_inverses<T: Scalar>(kernels: &Small<T>) {
    let mut random = Random(1);
    for n in orders() {
        let a: Vec<Vec<T>> = (0..kernels.lanes).map(|_| random.matrix(n, n)).collect();
        let (x, verdicts) = invert(kernels, n, &a);
        for ((a, x), v) in a.iter().zip(&x).zip(&verdicts) {
            check_inverse(n, a, x);
            assert!(v.finite && v.zero_pivot.is_none());
            small("probe", n, v.backward_error.to_f64() / (n as f64 * eps::<T>()));
            let true_rcond = 1.0 / (norm(n, &wide_all(a)) * norm(n, &wide_all(x)));
            let rcond = v.rcond.to_f64();
            assert!((rcond / true_rcond - 1.0).abs() < 4.0 * n as f64 * eps::<T>(), "{rcond} {true_rcond}");
        }
    }
}

fn check_solution<T: Scalar>(n: usize, k: usize, a: &[T], b: &[T], x: &[T], berr: f64) {
    let (a, b, x) = (wide_all(a), wide_all(b), wide_all(x));
    let residual = subtract(&b, &product(n, n, k, &a, &x));
    let abs = |m: &[C]| -> Vec<C> { m.iter().map(|x| C::new(x.re.abs() + x.im.abs(), 0.0)).collect() };
    let scale = product(n, n, k, &abs(&a), &abs(&x));
    let mut worst = 0.0_f64;
    for ((r, s), b) in abs(&residual).iter().zip(&scale).zip(abs(&b)) {
        if r.re != 0.0 {
            worst = worst.max(r.re / (s.re + b.re));
        }
    }
    // The verdict is what the residual says, up to the rounding of the residual itself.
    let unit = (n + 1) as f64 * eps::<T>();
    assert!((berr - worst).abs() <= 2.0 * unit, "n = {n}: verdict {berr}, measured {worst}");
    for j in 0..k {
        let column = |m: &[C]| -> Vec<C> { m.iter().skip(j).step_by(k).copied().collect() };
        let scale = norm(n, &a) * norm(1, &column(&x)) * n as f64 * eps::<T>();
        small("b - Ax", n, norm(1, &column(&residual)) / scale);
    }
}

fn random_solutions<T: Scalar>(kernels: &Small<T>) {
    let mut random = Random(2);
    for n in orders() {
        for k in [1, 2, 3, 4, 7] {
            let a: Vec<Vec<T>> = (0..kernels.lanes).map(|_| random.matrix(n, n)).collect();
            let b: Vec<Vec<T>> = (0..kernels.lanes).map(|_| random.matrix(n, k)).collect();
            let (x, verdicts) = solve(kernels, n, k, &a, &b);
            for l in 0..a.len() {
                check_solution(n, k, &a[l], &b[l], &x[l], verdicts[l].backward_error.to_f64());
            }
        }
    }
}

fn check_factors<T: Scalar>(n: usize, a: &[T], lu: &[T], perm: &[usize], det: Option<T>) {
    let zero = C::new(0.0, 0.0);
    let (mut lower, mut upper) = (identity(n), vec![zero; n * n]);
    // An odd permutation has an odd number of inversions.
    let inversions =
        (0..n).flat_map(|i| (i..n).map(move |j| (i, j))).filter(|&(i, j)| perm[i] > perm[j]).count();
    let mut determinant = C::new(if inversions % 2 == 1 { -1.0 } else { 1.0 }, 0.0);
    for i in 0..n {
        for j in 0..n {
            let x = lu[i * n + j];
            if j < i {
                lower[i * n + j] = wide(x);
                // The multiplier is a quotient a/p with abs1(a) <= abs1(p): at most 1 if real, else sqrt 2 in modulus.
                let bound = if T::PARTS == 1 { 1.0 } else { 2.0_f64.sqrt() };
                assert!(wide(x).norm() <= bound * (1.0 + 2.0 * eps::<T>()), "a multiplier of {x}");
            } else {
                upper[i * n + j] = wide(x);
            }
        }
        determinant *= wide(lu[i * n + i]);
    }
    let mut seen = vec![false; n];
    perm.iter().for_each(|&p| assert!(!std::mem::replace(&mut seen[p], true), "{perm:?} repeats"));
    let wide_a = wide_all(a);
    let permuted: Vec<C> = perm.iter().flat_map(|&p| wide_a[p * n..(p + 1) * n].to_vec()).collect();
    let residual = norm(n, &subtract(&permuted, &product(n, n, n, &lower, &upper)));
    small("PA - LU", n, residual / (n as f64 * norm(n, &wide_a) * eps::<T>()));
    if let Some(det) = det {
        let off = (wide(det) - determinant).norm() / determinant.norm();
        assert!(off <= 100.0 * n as f64 * eps::<T>(), "n = {n}: {det}, by the factors {determinant}");
    }
    if n <= 4 {
        let direct = cofactors(n, &wide_a);
        let size = norm(n, &wide_a).powi(n as i32);
        assert!((direct - determinant).norm() <= 100.0 * eps::<T>() * size, "{direct} {determinant}");
    }
}

/// The determinant by expansion along the first row.
fn cofactors(n: usize, a: &[C]) -> C {
    if n == 0 {
        return C::new(1.0, 0.0);
    }
    (0..n)
        .map(|j| {
            let minor: Vec<C> =
                (1..n).flat_map(|r| (0..n).filter(move |&c| c != j).map(move |c| a[r * n + c])).collect();
            let term = a[j] * cofactors(n - 1, &minor);
            if j % 2 == 0 { term } else { -term }
        })
        .sum()
}

fn random_factors<T: Scalar>(kernels: &Small<T>) {
    let mut random = Random(3);
    for n in orders() {
        let a: Vec<Vec<T>> = (0..kernels.lanes).map(|_| random.matrix(n, n)).collect();
        let ((lu, verdicts), perms) = factor(kernels, n, &a);
        let dets = determinant(kernels, n, &a);
        for l in 0..a.len() {
            // Above, a product of float32 pivots may leave its range.
            assert!(dets[l].is_some() || n > 16);
            check_factors(n, &a[l], &lu[l], &perms[l], dets[l]);
            assert_eq!(verdicts[l].backward_error.to_f64(), 0.0);
        }
    }
}

/// Hilbert matrices, rows graded over a third of the exponent range, and what breaks LU without pivoting.
fn ill_conditioned<T: Scalar>(kernels: &Small<T>) {
    let mut random = Random(4);
    for n in orders() {
        let hilbert: Vec<f64> = (0..n * n).map(|e| 1.0 / (e / n + e % n + 1) as f64).collect();
        let grade = if eps::<T>() > 1e-10 { 40.0 } else { 300.0 };
        let graded: Vec<f64> =
            (0..n * n).map(|e| random.uniform() * (-grade * ((e / n) as f64 / n as f64)).exp2()).collect();
        let backwards: Vec<f64> = (0..n * n).map(|e| graded[(n - 1 - e / n) * n + e % n]).collect();
        let tiny_corner: Vec<f64> =
            (0..n * n).map(|e| if e == 0 { 1e-30 } else { random.uniform() }).collect();
        let a: Vec<Vec<T>> = [hilbert, graded, backwards, tiny_corner].iter().map(|m| real(m)).collect();
        let b: Vec<Vec<T>> = a.iter().map(|_| random.matrix(n, 1)).collect();
        for (a, b) in a.chunks(kernels.lanes).zip(b.chunks(kernels.lanes)) {
            let ((lu, _), perms) = factor(kernels, n, a);
            let (x, solved) = solve(kernels, n, 1, a, b);
            for l in 0..a.len() {
                check_factors(n, &a[l], &lu[l], &perms[l], None);
                check_solution(n, 1, &a[l], &b[l], &x[l], solved[l].backward_error.to_f64());
            }
        }
    }
}

/// Exact up to n = 8; above, never below the true value and at most ten times above it. `solve`, `factor` agree.
fn condition_numbers<T: Scalar>(kernels: &Small<T>) {
    let mut random = Random(5);
    for n in orders() {
        let mut a: Vec<Vec<T>> = (0..kernels.lanes).map(|_| random.matrix(n, n)).collect();
        // One of them badly conditioned, but not past the precision: its last row is nearly the first.
        if n > 1 {
            for j in 0..n {
                let small = T::from_real(T::Real::from_f64(1e-3));
                a[0][(n - 1) * n + j] = a[0][j] + small * random.scalar();
            }
        }
        let b: Vec<Vec<T>> = a.iter().map(|_| random.matrix(n, 1)).collect();
        let (_, exact) = invert(kernels, n, &a);
        let (_, solved) = solve(kernels, n, 1, &a, &b);
        let ((..), (_, factored)) = ((), factor(kernels, n, &a).0);
        for l in 0..a.len() {
            let truth = exact[l].rcond.to_f64();
            for found in [solved[l].rcond.to_f64(), factored[l].rcond.to_f64()] {
                let slack = 20.0 * n as f64 * eps::<T>() / truth;
                let most = if n <= 8 { 1.0 + slack } else { 10.0 };
                let ratio = found / truth;
                assert!(ratio >= 1.0 - slack && ratio <= most, "n = {n}: {found} for {truth}");
            }
        }
    }
}

/// Denormal pivots, entries whose norm overflows, a condition number past the exponent range.
fn extreme_scales<T: Scalar>(kernels: &Small<T>) {
    let (max, least) = (T::Real::MAX.to_f64(), T::Real::MIN_POSITIVE.to_f64());
    let tiny = least / 8.0;
    for (n, a, b, x) in [
        (1, vec![tiny], vec![tiny], vec![1.0]),
        (2, vec![1.0, 0.0, 0.0, tiny], vec![1.0, tiny * 2.0], vec![1.0, 2.0]),
        (2, vec![0.0, tiny, 4.0, 0.0], vec![tiny * 4.0, 8.0], vec![2.0, 4.0]),
        (1, vec![max], vec![max], vec![1.0]),
        (2, vec![max / 2.0, 0.0, 0.0, max], vec![max / 2.0, max / 4.0], vec![1.0, 0.25]),
        (5, diagonal(5, max / 2.0), vec![max / 2.0; 5], vec![1.0; 5]),
    ] {
        let (got, verdicts) = solve(kernels, n, 1, &[real::<T>(&a)], &[real::<T>(&b)]);
        let (got, expected) = (wide_all(&got[0]), wide_all(&real::<T>(&x)));
        assert!(norm(1, &subtract(&got, &expected)) <= 4.0 * eps::<T>(), "{got:?} instead of {expected:?}");
        assert!(verdicts[0].finite && verdicts[0].zero_pivot.is_none());
        assert!(!verdicts[0].rcond.is_nan());
    }
    // |A|_1 overflows, but no entry does.
    let h = 0.6 * max;
    let large = real::<T>(&[h, 0.0, h, 0.0, h, h, 0.0, 0.0, h]);
    let (_, inverted) = invert(kernels, 3, std::slice::from_ref(&large));
    let (_, solved) = solve(kernels, 3, 1, std::slice::from_ref(&large), &[real(&[h, h, h])]);
    let ((_, factored), _) = factor(kernels, 3, &[large]);
    for v in [inverted[0], solved[0], factored[0]] {
        assert!(v.finite && (9.0 * v.rcond.to_f64() - 1.0).abs() < 1e-4, "{v:?}");
    }
    small("probe", 3, inverted[0].backward_error.to_f64() / (3.0 * eps::<T>()));
    // The elimination itself overflows: nothing vouches for what comes out.
    let growing = real::<T>(&[max, max / 2.0, max / -2.0, max]);
    let ((_, factored), _) = factor(kernels, 2, std::slice::from_ref(&growing));
    let (_, inverted) = invert(kernels, 2, &[growing]);
    assert!(factored[0].finite && factored[0].rcond.to_f64() == 0.0);
    assert!(inverted[0].finite && inverted[0].rcond.to_f64() == 0.0);
}

fn diagonal(n: usize, x: f64) -> Vec<f64> {
    (0..n * n).map(|e| if e % (n + 1) == 0 { x } else { 0.0 }).collect()
}
