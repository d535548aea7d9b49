//! The errors that the small-matrix kernels tell of: bounds that hold against solutions in twice the precision and are not
//! far above, and growth that is not overlooked.

#[path = "small/rig.rs"]
#[macro_use]
#[allow(dead_code)]
mod rig;
#[path = "small/twofold.rs"]
mod twofold;

use resolvent_kernels::table::Small;
use resolvent_kernels::{Real, Scalar};
use rig::*;
use twofold::Solution;

everywhere! {
    forward_errors_of_solutions
    the_bound_itself
    forward_errors_of_inverses
    nothing_and_out_of_range
    growth
    no_growth
}

/// Every order in the type that is used most.
fn many_orders<T: Scalar>() -> Vec<usize> {
    if T::NAME == "float64" { (1..=47).collect() } else { vec![1, 2, 3, 4, 5, 6, 7, 8, 13, 17, 24, 33] }
}

/// So many of [`matrices`] are nothing but random.
const ORDINARY: usize = 8;

/// Matrices of all sorts that are not too badly conditioned to be solved.
fn matrices<T: Scalar>(n: usize, random: &mut Random) -> Vec<Vec<T>> {
    let plain = random.matrix::<T>(n, n);
    let each = |f: &dyn Fn(usize, usize, T) -> T| -> Vec<T> {
        plain.iter().enumerate().map(|(e, &x)| f(e / n, e % n, x)).collect()
    };
    let power = |x: T, e: f64| x * T::from_real(T::Real::from_f64(e.exp2()));
    let grade = |i: usize| -20.0 * i as f64 / n as f64;
    let number = |x: f64| T::from_real(T::Real::from_f64(x));
    let near = -T::Real::EPSILON.to_f64().log2() * 0.7;
    let mut nearly_singular = plain.clone();
    for j in 0..n {
        nearly_singular[(n - 1) * n + j] = plain[j] + power(random.scalar(), -near);
    }
    let mut all: Vec<Vec<T>> = (0..ORDINARY).map(|_| random.matrix(n, n)).collect();
    all.extend([
        each(&|i, _, x| power(x, grade(i))),
        each(&|_, j, x| power(x, grade(j))),
        each(&|i, j, x| power(x, grade(i) - grade(j))),
        each(&|i, j, x| power(x, -40.0 * (i as f64 - j as f64).abs() / n as f64)),
        each(&|i, j, x| if i == j { number(4.0) * x } else { number(1.0 / (1 + i + j) as f64) }),
        each(&|i, j, x| {
            if i > j { T::zero() } else { number(0.5) * x + number(f64::from(u8::from(i == j))) }
        }),
        nearly_singular,
    ]);
    if n <= if T::Real::EPSILON.to_f64() < 1e-10 { 9 } else { 4 } {
        all.push(each(&|i, j, _| number(1.0 / (1 + i + j) as f64)));
    }
    all
}

/// The middle one.
fn median(mut x: Vec<f64>) -> f64 {
    x.sort_by(f64::total_cmp);
    x[x.len() / 2]
}

fn forward_errors_of_solutions<T: Scalar>(kernels: &Small<T>) {
    let mut random = Random(21);
    for n in many_orders::<T>() {
        let mut over = Vec::new();
        for k in [1, 1, 3] {
            let a = matrices::<T>(n, &mut random);
            // Columns of very different sizes: each has its own error.
            let side = |random: &mut Random| -> Vec<T> {
                let scale = |e: usize| T::from_real(T::Real::from_f64([1.0, 1e-6, 1e6][e % k]));
                random.matrix::<T>(n, k).iter().enumerate().map(|(e, &x)| x * scale(e)).collect()
            };
            let b: Vec<Vec<T>> = a.iter().map(|_| side(&mut random)).collect();
            let (x, verdicts) = solve(kernels, n, k, &a, &b);
            for m in 0..a.len() {
                let v = verdicts[m];
                if v.rcond.to_f64() < 100.0 * n as f64 * eps::<T>() {
                    continue;
                }
                let (a, b, x) = (wide_all(&a[m]), wide_all(&b[m]), wide_all(&x[m]));
                let solution = Solution::new(T::PARTS == 2, n, k, &a, &b);
                let (mut worst, bound) = (0.0_f64, v.forward_error.to_f64());
                for j in 0..k {
                    let largest = |f: &dyn Fn(usize) -> f64| (0..n).map(f).fold(0.0, f64::max);
                    let error = largest(&|i| solution.minus(&x, i, j).norm());
                    worst = worst.max(error / largest(&|i| x[i * k + j].norm()));
                }
                assert!(worst <= bound, "n = {n}, k = {k}, matrix {m}: {worst}, told {bound}, {v:?}");
                if m < ORDINARY && worst > 0.0 {
                    over.push(bound / worst);
                }
            }
        }
        let typical = median(over);
        // The bound is of n roundings, of complex numbers twice as many, that all add up; mostly they do not.
        let most = 100.0_f64.max(16.0 * n as f64) * T::PARTS as f64;
        assert!(typical <= most, "n = {n}: told {typical} times the error");
    }
}

/// `| |A^-1| g |_inf`, up to the rounding of residuals and what the estimator misses: of matrices with rows so
/// different that no weight may stand for another.
fn the_bound_itself<T: Scalar>(kernels: &Small<T>) {
    let mut random = Random(26);
    let size = |z: C| z.re.abs() + z.im.abs();
    for n in orders() {
        let graded = |random: &mut Random| -> Vec<T> {
            let scales: Vec<f64> = (0..n).map(|_| (20.0 * random.uniform()).round().exp2()).collect();
            let scale = |e: usize| T::from_real(T::Real::from_f64(scales[e / n]));
            random.matrix::<T>(n, n).iter().enumerate().map(|(e, &x)| x * scale(e)).collect()
        };
        let a: Vec<Vec<T>> = (0..kernels.lanes).map(|_| graded(&mut random)).collect();
        // Closed forms have weights of their own for each right-hand side.
        let k = if n <= 4 { 1 } else { 2 };
        let b: Vec<Vec<T>> = a
            .iter()
            .map(|a| product(n, n, k, &wide_all(a), &wide_all(&random.matrix::<T>(n, k))))
            .map(|b| {
                b.iter().map(|z| T::from_parts(T::Real::from_f64(z.re), T::Real::from_f64(z.im))).collect()
            })
            .collect();
        let (x, verdicts) = solve(kernels, n, k, &a, &b);
        for m in 0..a.len() {
            let (a, b, x) = (wide_all(&a[m]), wide_all(&b[m]), wide_all(&x[m]));
            let unit = 0.5 * ((n + 1) * T::PARTS) as f64 * eps::<T>();
            let residual = subtract(&b, &product(n, n, k, &a, &x));
            let weight = |i: usize, j: usize| {
                let scale: f64 = (0..n).map(|p| size(a[i * n + p]) * size(x[p * k + j])).sum();
                let largest = (0..n).map(|p| x[p * k + j].norm()).fold(0.0, f64::max);
                (size(residual[i * k + j]) + unit * (scale + size(b[i * k + j]))) / largest
            };
            let weights: Vec<f64> = (0..n).map(|i| weight(i, 0).max(weight(i, k - 1))).collect();
            let inverse = Solution::new(T::PARTS == 2, n, n, &a, &identity(n));
            let nothing = vec![C::new(0.0, 0.0); n * n];
            let row =
                |i: usize| -> f64 { (0..n).map(|j| size(inverse.minus(&nothing, i, j)) * weights[j]).sum() };
            let ratio = verdicts[m].forward_error.to_f64() / (0..n).map(row).fold(0.0, f64::max);
            let least = if n <= 8 { 0.6 } else { 0.1 };
            assert!((least..2.5).contains(&ratio), "n = {n}, matrix {m}: {ratio} of what it is");
        }
    }
}

fn forward_errors_of_inverses<T: Scalar>(kernels: &Small<T>) {
    let mut random = Random(22);
    for n in many_orders::<T>().into_iter().filter(|n| n % 4 < 2) {
        let a = matrices::<T>(n, &mut random);
        let (x, verdicts) = invert(kernels, n, &a);
        for m in 0..a.len() {
            let v = verdicts[m];
            if v.rcond.to_f64() < 100.0 * n as f64 * eps::<T>() {
                continue;
            }
            let x = wide_all(&x[m]);
            let solution = Solution::new(T::PARTS == 2, n, n, &wide_all(&a[m]), &identity(n));
            let difference: Vec<C> = (0..n * n).map(|e| solution.minus(&x, e / n, e % n)).collect();
            let (error, bound) = (norm(n, &difference) / norm(n, &x), v.forward_error.to_f64());
            assert!(error <= bound, "n = {n}, matrix {m}: {error}, told {bound}, {v:?}");
        }
    }
}

/// What is exactly zero has no error; what has lost all its digits has an infinite one.
fn nothing_and_out_of_range<T: Scalar>(kernels: &Small<T>) {
    let mut random = Random(23);
    for n in orders() {
        let a = [random.matrix::<T>(n, n)];
        let (_, v) = solve(kernels, n, 2, &a, &[vec![T::zero(); 2 * n]]);
        assert!(v[0].forward_error.to_f64() == 0.0 && v[0].backward_error.to_f64() == 0.0);
        // A column of zeros beside another adds nothing to its error.
        let b = random.matrix::<T>(n, 1);
        let beside: Vec<T> = b.iter().flat_map(|&x| [T::zero(), x]).collect();
        let (_, alone) = solve(kernels, n, 1, &a, &[b]);
        let (_, both) = solve(kernels, n, 2, &a, &[beside]);
        assert_eq!(alone[0].forward_error, both[0].forward_error, "n = {n}");
        // The true solution is below what the type can hold.
        let large = T::Real::MAX.to_f64() / 2.0;
        let diagonal: Vec<f64> = (0..n * n).map(|e| if e % (n + 1) == 0 { large } else { 0.0 }).collect();
        let b = vec![T::Real::MIN_POSITIVE.to_f64() / 2.0; n];
        let (x, v) = solve(kernels, n, 1, &[real::<T>(&diagonal)], &[real(&b)]);
        assert!(x[0].iter().all(|&x| x == T::zero()), "n = {n}");
        assert_eq!(v[0].forward_error.to_f64(), f64::INFINITY, "n = {n}: {:?}", v[0]);
    }
}

/// Wilkinson's matrix, times a number: every step doubles the last column of U.
fn wilkinson<T: Scalar>(n: usize, by: T) -> Vec<T> {
    let element = |i: usize, j: usize| match i {
        _ if i == j || j == n - 1 => by,
        _ if i > j => T::zero() - by,
        _ => T::zero(),
    };
    (0..n * n).map(|e| element(e / n, e % n)).collect()
}

fn growth<T: Scalar>(kernels: &Small<T>) {
    let mut random = Random(24);
    for n in 8..=64 {
        let mut a: Vec<Vec<T>> = (0..2 * kernels.lanes + 1).map(|_| random.matrix(n, n)).collect();
        let b: Vec<Vec<T>> = a.iter().map(|_| random.matrix(n, 2)).collect();
        let (lane, scale) = (n % kernels.lanes, [1.0, 1e-15, 1e15][n % 3]);
        a[lane] = wilkinson(n, T::from_parts(T::Real::from_f64(scale), T::Real::from_f64(-scale)));
        let plain =
            [invert_asked(kernels, Ask::Plain, n, &a), solve_asked(kernels, Ask::Plain, n, 2, &a, &b)];
        let full = [invert(kernels, n, &a), solve(kernels, n, 2, &a, &b)];
        for ((x, plain), (_, full)) in plain.iter().zip(&full) {
            assert!(x.iter().flatten().all(|x| x.is_finite()));
            for m in 0..a.len() {
                assert_eq!(plain[m].backward_error.is_nan(), m == lane, "n = {n}, matrix {m}");
                assert!(plain[m].finite && plain[m].zero_pivot.is_none());
                assert!(!full[m].backward_error.is_nan(), "n = {n}, matrix {m}");
            }
        }
    }
}

/// Nothing grows in matrices of other sorts.
fn no_growth<T: Scalar>(kernels: &Small<T>) {
    let mut random = Random(25);
    for n in (8..=16).chain([23, 32, 47, 64]) {
        let mut a = matrices::<T>(n, &mut random);
        for _ in 0..20 {
            a.push(random.matrix(n, n));
            // Signs.
            let signs = random.matrix::<f64>(n, n).iter().map(|x| x.signum()).collect::<Vec<_>>();
            a.push(real(&signs));
            // Whole numbers.
            a.push(real(&random.matrix::<f64>(n, n).iter().map(|x| (9.0 * x).round()).collect::<Vec<_>>()));
        }
        let difference =
            |i: usize, j: usize| if i == j { 2.0 } else { f64::from(u8::from(i.abs_diff(j) == 1)) };
        a.push(real(&(0..n * n).map(|e| difference(e / n, e % n)).collect::<Vec<_>>()));
        let wave =
            |i: usize, j: usize| (std::f64::consts::PI * ((2 * i + 1) * j) as f64 / (2 * n) as f64).cos();
        a.push(real(&(0..n * n).map(|e| wave(e / n, e % n)).collect::<Vec<_>>()));
        let b: Vec<Vec<T>> = a.iter().map(|_| random.matrix(n, 1)).collect();
        let (_, inverted) = invert_asked(kernels, Ask::Plain, n, &a);
        let (_, solved) = solve_asked(kernels, Ask::Plain, n, 1, &a, &b);
        for m in 0..a.len() {
            for v in [inverted[m], solved[m]] {
                assert!(!v.backward_error.is_nan() || v.zero_pivot.is_some(), "n = {n}, matrix {m}: {v:?}");
            }
        }
    }
}
