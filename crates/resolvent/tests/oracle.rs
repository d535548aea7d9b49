//! Exact rational arithmetic as the judge: matrices of small whole numbers, solved by Gauss and Jordan over the
//! rationals. Complex matrices through their real form [[Re, -Im], [Im, Re]].

mod common;

use common::{Random, element, eps, real};
use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{One, Signed, ToPrimitive, Zero};
use resolvent::{Complex, Mat, Real as _, Scalar, Status};

type Exact = Vec<Vec<BigRational>>;

fn exact(x: i64) -> BigRational {
    BigRational::from_integer(BigInt::from(x))
}

/// The determinant and `A^-1 B`, if there is one.
fn eliminate(mut a: Exact, mut b: Exact) -> (BigRational, Option<Exact>) {
    let n = a.len();
    let mut det = BigRational::one();
    for j in 0..n {
        let Some(pivot) = (j..n).find(|&i| !a[i][j].is_zero()) else {
            return (BigRational::zero(), None);
        };
        if pivot != j {
            a.swap(pivot, j);
            b.swap(pivot, j);
            det = -det;
        }
        det *= &a[j][j];
        let inverse = a[j][j].recip();
        a[j].iter_mut().chain(&mut b[j]).for_each(|x| *x *= &inverse);
        let (pivot_a, pivot_b) = (a[j].clone(), b[j].clone());
        for i in (0..n).filter(|&i| i != j) {
            let factor = a[i][j].clone();
            if !factor.is_zero() {
                a[i].iter_mut().zip(&pivot_a).for_each(|(x, p)| *x -= &factor * p);
                b[i].iter_mut().zip(&pivot_b).for_each(|(x, p)| *x -= &factor * p);
            }
        }
    }
    (det, Some(b))
}

fn identity(n: usize) -> Exact {
    (0..n).map(|i| (0..n).map(|j| exact(i64::from(i == j))).collect()).collect()
}

fn norm_one(a: &Exact) -> f64 {
    let column = |j: usize| a.iter().map(|row| row[j].abs()).sum::<BigRational>();
    (0..a[0].len()).map(column).max().unwrap().to_f64().unwrap()
}

/// Whole numbers (re, im) of at most `size`.
fn whole(random: &mut Random, m: usize, n: usize, size: usize) -> Vec<Vec<(i64, i64)>> {
    let mut number = || random.below(2 * size + 1) as i64 - size as i64;
    (0..m).map(|_| (0..n).map(|_| (number(), number())).collect()).collect()
}

fn to_mat<T: Scalar>(a: &[Vec<(i64, i64)>]) -> Mat<T> {
    Mat::from_fn(a.len(), a[0].len(), |i, j| element(a[i][j].0 as f64, a[i][j].1 as f64))
}

/// The real form of a matrix: itself, or twice as large in both directions.
fn real_form<T: Scalar>(a: &[Vec<(i64, i64)>]) -> Exact {
    let (m, n) = (a.len(), a[0].len());
    let at = |i: usize, j: usize| {
        let (re, im) = a[i % m][j % n];
        exact(match (i / m, j / n) {
            (0, 0) | (1, 1) => re,
            (0, _) => -im,
            _ => im,
        })
    };
    (0..m * T::PARTS).map(|i| (0..n * T::PARTS).map(|j| at(i, j)).collect()).collect()
}

/// The largest distance of an answer from the exact one, in the parts.
fn distance<T: Scalar>(x: &Mat<T>, exact: &Exact) -> f64 {
    let (m, n) = (x.nrows(), x.ncols());
    let mut worst: f64 = 0.0;
    for i in 0..m {
        for j in 0..n {
            for part in 0..T::PARTS {
                let value = exact[i + part * m][j].to_f64().unwrap();
                let error = (x[(i, j)].part(part).to_f64() - value).abs();
                worst = if error.is_nan() { f64::INFINITY } else { worst.max(error) };
            }
        }
    }
    worst
}

fn largest(a: &Exact) -> f64 {
    a.iter().flatten().map(|x| x.abs().to_f64().unwrap()).fold(0.0, f64::max)
}

/// The solution and the inverse by the blocked algorithms: as the last part of a system of order 40 whose other unknowns
/// stand alone, its equations in disorder.
fn beside_an_identity<T: Scalar>(a: &Mat<T>, b: &Mat<T>) -> (Mat<T>, Mat<T>) {
    const ORDER: usize = 40;
    let (n, k) = (a.nrows(), b.ncols());
    let first = ORDER - n;
    let order = Random::new(n as u64).permutation(ORDER);
    let wide = Mat::from_fn(ORDER, ORDER, |i, j| match (order[i], j) {
        (i, j) if i >= first && j >= first => a[(i - first, j - first)],
        (i, j) if i == j => T::one(),
        _ => T::zero(),
    });
    let side = |i: usize, j| if i >= first { b[(i - first, j)] } else { T::one() };
    let wide_b = Mat::from_fn(ORDER, k, |i, j| side(order[i], j));
    let (x, inverse) = (resolvent::solve(&wide, &wide_b).unwrap(), resolvent::inv(&wide).unwrap());
    let place = |j: usize| order.iter().position(|&p| p == first + j).unwrap();
    (Mat::from_fn(n, k, |i, j| x[(first + i, j)]), Mat::from_fn(n, n, |i, j| inverse[(first + i, place(j))]))
}

fn random_whole_matrices<T: Scalar>() {
    let mut singular = 0;
    for seed in 0..400 {
        let n = 1 + seed % 8;
        let n = if T::PARTS == 2 { n.min(5) } else { n };
        let mut random = Random::new(seed as u64);
        // Small numbers make singular matrices now and then, repeated rows always.
        let mut a = whole(&mut random, n, n, if seed % 3 == 0 { 1 } else { 9 });
        if seed % 10 == 5 && n > 1 {
            a[n - 1] = a[0].clone();
        }
        let b = whole(&mut random, n, 3, 9);
        let (exact_a, exact_b) = (real_form::<T>(&a), real_form::<T>(&b));
        let (det, inverse) = eliminate(exact_a.clone(), identity(n * T::PARTS));
        let (a, b) = (to_mat::<T>(&a), to_mat::<T>(&b));
        let found = resolvent::inv_ex(&a).unwrap();
        let found_det = resolvent::det(&a).unwrap();
        // |det|^2 is the determinant of the real form of a complex matrix.
        let modulus = det.to_f64().unwrap().abs().powf(1.0 / T::PARTS as f64);
        let size = norm_one(&exact_a);
        let Some(inverse) = inverse else {
            singular += 1;
            assert_eq!(found.info.status[0], Status::Singular, "seed {seed}: {:?}", found.info);
            assert!(
                found_det.abs().to_f64() <= 4.0 * n as f64 * eps::<T>() * size.powi(n as i32),
                "seed {seed}"
            );
            continue;
        };
        let condition = size * norm_one(&inverse);
        let tolerance = 2.0 * n as f64 * eps::<T>() * condition;
        assert!(found.info.status[0] <= Status::IllConditioned, "seed {seed}: {:?}", found.info);
        let error = distance(&found.inverse, &inverse);
        assert!(error <= tolerance * largest(&inverse), "seed {seed}, n = {n}: inverse off by {error}");

        let (_, solution) = eliminate(exact_a, exact_b);
        let solution = solution.unwrap();
        let x = resolvent::solve(&a, &b).unwrap();
        let (wide_x, wide_inverse) = beside_an_identity(&a, &b);
        for x in [x, wide_x] {
            let error = distance(&x, &solution);
            assert!(error <= tolerance * largest(&solution), "seed {seed}, n = {n}: solution off by {error}");
        }
        let error = distance(&wide_inverse, &inverse);
        assert!(
            error <= tolerance * largest(&inverse),
            "seed {seed}, n = {n}: inverse, blocked, off by {error}"
        );

        let error = (found_det.abs().to_f64() - modulus).abs();
        assert!(
            error <= tolerance * modulus,
            "seed {seed}, n = {n}: determinant {found_det}, exactly {modulus}"
        );
        if T::PARTS == 1 {
            assert_eq!(found_det.re().to_f64() > 0.0, det.is_positive(), "seed {seed}: the sign");
            let (rcond, exact) = (found.info.rcond[0], 1.0 / condition);
            assert!(
                (rcond - exact).abs() <= tolerance * exact,
                "seed {seed}: rcond {rcond}, exactly {exact}"
            );
        }
    }
    assert!(singular >= 10, "only {singular} singular matrices: not much of a test");
}

/// The complex determinant itself, by the Leibniz rule over whole numbers.
fn complex_determinants<R>()
where
    Complex<R>: Scalar,
{
    fn leibniz(a: &[Vec<(i64, i64)>], columns: &[usize]) -> (i64, i64) {
        let Some((row, _)) = a.split_first() else { return (1, 0) };
        let mut sum = (0, 0);
        for (place, &j) in columns.iter().enumerate() {
            let rest: Vec<usize> = columns.iter().copied().filter(|&c| c != j).collect();
            let (re, im) = leibniz(&a[1..], &rest);
            let (x, y) = row[j];
            let sign = if place % 2 == 0 { 1 } else { -1 };
            sum = (sum.0 + sign * (x * re - y * im), sum.1 + sign * (x * im + y * re));
        }
        sum
    }
    for seed in 0..100 {
        let n = seed % 6;
        let a = whole(&mut Random::new(1000 + seed as u64), n, n, 4);
        let (re, im) = leibniz(&a, &(0..n).collect::<Vec<_>>());
        let a = if n == 0 { Mat::zeros(0, 0).unwrap() } else { to_mat::<Complex<R>>(&a) };
        let det = resolvent::det(&a).unwrap();
        let error = (det.re().to_f64() - re as f64).hypot(det.im().to_f64() - im as f64);
        let scale = (8.0 * n as f64).powi(n as i32);
        assert!(error <= eps::<Complex<R>>() * scale, "seed {seed}: {det}, exactly {re} + {im}i");
    }
}

#[test]
fn complex_determinants_f32() {
    complex_determinants::<f32>();
}

#[test]
fn complex_determinants_f64() {
    complex_determinants::<f64>();
}

every_type! { random_whole_matrices known_inverses }

fn binomial(n: usize, k: usize) -> f64 {
    (0..k).fold(1.0, |product, i| product * (n - i) as f64 / (i + 1) as f64).round()
}

/// Matrices whose inverse is known in whole numbers or short fractions.
fn known_inverses<T: Scalar>() {
    let compare = |name: &str, a: Mat<T>, inverse: &dyn Fn(usize, usize) -> f64, det: f64, exactly: bool| {
        let n = a.nrows();
        let found = resolvent::inv_ex(&a).unwrap();
        let rcond = found.info.rcond[0];
        let largest = (0..n * n).map(|p| inverse(p / n, p % n).abs()).fold(0.0, f64::max);
        let tolerance = if exactly { 0.0 } else { 4.0 * n as f64 * eps::<T>() / rcond };
        for i in 0..n {
            for j in 0..n {
                let error = (found.inverse[(i, j)] - real(inverse(i, j))).abs().to_f64();
                assert!(error <= tolerance * largest, "{name} {n}: element ({i}, {j}) off by {error}");
            }
        }
        let error = (resolvent::det(&a).unwrap() - real(det)).abs().to_f64();
        assert!(error <= tolerance * det.abs(), "{name} {n}: determinant off by {error} of {det}");
    };
    for n in 1..=8 {
        // Pascal: determinant 1, a whole inverse. Elimination is exact in small orders.
        if eps::<T>() < 1e-10 || n <= 5 {
            let pascal = Mat::from_fn(n, n, |i, j| real(binomial(i + j, i)));
            let inverse = |i: usize, j: usize| {
                let terms = (i.max(j)..n).map(|k| binomial(k, i) * binomial(k, j));
                terms.sum::<f64>() * if (i + j).is_multiple_of(2) { 1.0 } else { -1.0 }
            };
            compare("Pascal", pascal, &inverse, 1.0, false);
        }
        // The second difference: inverse min(i, j) (n + 1 - max(i, j)) / (n + 1), counted from 1.
        let second = Mat::from_fn(n, n, |i, j| real([2.0, -1.0].get(i.abs_diff(j)).copied().unwrap_or(0.0)));
        let inverse = |i: usize, j: usize| ((i.min(j) + 1) * (n - i.max(j))) as f64 / (n + 1) as f64;
        compare("second difference", second, &inverse, (n + 1) as f64, false);
        // Ones on and below the diagonal: the first difference undoes the sum, exactly.
        let sums = Mat::from_fn(n, n, |i, j| real(f64::from(u8::from(j <= i))));
        let inverse = |i: usize, j: usize| f64::from(u8::from(i == j)) - f64::from(u8::from(i == j + 1));
        compare("sums", sums, &inverse, 1.0, true);
        // Lehmer, min / max: the inverse is tridiagonal.
        let lehmer = Mat::from_fn(n, n, |i, j| real((i.min(j) + 1) as f64 / (i.max(j) + 1) as f64));
        let inverse = |i: usize, j: usize| {
            let (k, least) = ((i.max(j) + 1) as f64, (i.min(j) + 1) as f64);
            match i.abs_diff(j) {
                0 if i + 1 == n => k * k / (2.0 * k - 1.0),
                0 => 4.0 * k * k * k / (4.0 * k * k - 1.0),
                1 => -k * least / (2.0 * least + 1.0),
                _ => 0.0,
            }
        };
        let det = (1..=n).map(|k| (2.0 * k as f64 - 1.0) / (k * k) as f64).product();
        compare("Lehmer", lehmer, &inverse, det, false);
        // Hilbert.
        if eps::<T>() < 1e-10 || n <= 4 {
            let inverse = |i: usize, j: usize| {
                let sign = if (i + j).is_multiple_of(2) { 1.0 } else { -1.0 };
                let middle = binomial(i + j, i);
                sign * (i + j + 1) as f64
                    * binomial(n + i, n - j - 1)
                    * binomial(n + j, n - i - 1)
                    * middle
                    * middle
            };
            let det = (1..n).map(|k| ((2 * k + 1) as f64 * binomial(2 * k, k).powi(2)).recip()).product();
            // The elements 1/(i+j+1) are rounded: a relative change of eps/2, times the condition, comes on top.
            compare("Hilbert", common::gallery::hilbert(n), &inverse, det, false);
        }
    }
}

#[test]
fn the_textbook_examples() {
    let a = [[2.0, 1.0], [1.0, 3.0]];
    let x = resolvent::solve(&a, &[5.0, 4.0]).unwrap();
    assert!((x[0] - 2.2_f64).abs() < 1e-15 && (x[1] - 0.6_f64).abs() < 1e-15);
    let inverse = resolvent::inv(&a).unwrap();
    for (x, exact) in inverse.as_flattened().iter().zip([0.6_f64, -0.2, -0.2, 0.4]) {
        assert!((x - exact).abs() < 1e-15);
    }
    assert_eq!(resolvent::det(&a).unwrap(), 5.0);
    assert!(resolvent::inv(&[[1.0, 2.0], [2.0, 4.0]]).is_err());
}
