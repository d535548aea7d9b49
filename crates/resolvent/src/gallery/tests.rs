//! What is claimed of the matrices, in exact arithmetic.

use num_rational::BigRational;
use num_traits::{One, Signed, ToPrimitive, Zero};
use resolvent_kernels::Complex;

use super::*;

type Exact = Vec<Vec<BigRational>>;

fn exact(a: &Mat<f64>) -> Exact {
    let number = |i, j| BigRational::from_float(a[(i, j)]).expect("finite");
    (0..a.nrows()).map(|i| (0..a.ncols()).map(|j| number(i, j)).collect()).collect()
}

fn whole(n: i64) -> BigRational {
    BigRational::from_integer(n.into())
}

fn product(a: &Exact, b: &Exact) -> Exact {
    let element = |row: &[BigRational], j: usize| row.iter().zip(b).map(|(x, y)| x * &y[j]).sum();
    a.iter().map(|row| (0..b.len()).map(|j| element(row, j)).collect()).collect()
}

fn identity(n: usize) -> Exact {
    exact(&Mat::identity(n))
}

/// Rank, and the determinant of a square matrix, by elimination.
fn rank_and_det(a: &Mat<f64>) -> (usize, BigRational) {
    let mut a = exact(a);
    let (mut rank, mut det) = (0, BigRational::one());
    for j in 0..a.first().map_or(0, Vec::len) {
        let Some(pivot) = (rank..a.len()).find(|&i| !a[i][j].is_zero()) else {
            det = BigRational::zero();
            continue;
        };
        if pivot != rank {
            a.swap(pivot, rank);
            det = -det;
        }
        det *= &a[rank][j];
        let top = a[rank].clone();
        for row in &mut a[rank + 1..] {
            let scale = &row[j] / &top[j];
            for (x, t) in row.iter_mut().zip(&top) {
                *x -= &scale * t;
            }
        }
        rank += 1;
    }
    (rank, det)
}

#[test]
fn inverses_are_inverses() {
    for n in 0..=12 {
        // 1 / (i + j + 1) itself, not the nearest double.
        let fraction = |i: usize, j: usize| whole(1) / whole((i + j + 1) as i64);
        let hilbert: Exact = (0..n).map(|i| (0..n).map(|j| fraction(i, j)).collect()).collect();
        assert_eq!(product(&hilbert, &exact(&hilbert_inverse(n))), identity(n), "hilbert {n}");
        let pairs = [("pascal", pascal(n), pascal_inverse(n)), ("minij", minij(n), minij_inverse(n))];
        for (name, a, inverse) in pairs {
            assert_eq!(product(&exact(&a), &exact(&inverse)), identity(n), "{name} {n}");
        }
        let numerators =
            rounded(n, n, |i, j| (second_difference_inverse::<f64>(n)[(i, j)] * (n + 1) as f64).round());
        let scaled = product(&exact(&second_difference(n)), &exact(&numerators));
        let expected: Exact = exact(&rounded(n, n, |i, j| if i == j { (n + 1) as f64 } else { 0.0 }));
        assert_eq!(scaled, expected, "second difference {n}");
    }
}

#[test]
fn the_inverse_of_cauchys_matrix_is_accurate_where_no_solver_is() {
    let x: Vec<f64> = (1..=12).map(f64::from).collect();
    let y: Vec<f64> = (0..12).map(f64::from).collect();
    assert_eq!(cauchy::<f64>(&x, &y), hilbert(12));
    let (cauchy, hilbert) = (cauchy_inverse::<f64>(&x, &y), hilbert_inverse::<f64>(12));
    for (x, y) in cauchy.as_slice().iter().zip(hilbert.as_slice()) {
        assert!((x - y).abs() <= 72.0 * f64::EPSILON * y.abs(), "{x} {y}");
    }
    assert_eq!(super::cauchy::<f64>(&[1.0], &[1.0, 3.0]).shape(), [1, 2]);
}

#[test]
fn determinants_are_as_told() {
    for n in 1..=9 {
        let det = |a: Mat<f64>| rank_and_det(&a).1;
        assert_eq!(det(frank(n)), whole(1));
        assert_eq!(det(pascal(n)), whole(1));
        assert_eq!(det(minij(n)), whole(1));
        assert_eq!(det(wilkinson_growth(n)), whole(1 << (n - 1)));
        assert_eq!(det(second_difference(n)), whole(n as i64 + 1));
        let row: Vec<f64> = (1..=n).map(|k| k as f64).collect();
        let circulant_det = whole(-(n as i64)).pow(n as i32 - 1) * whole(n as i64 + 1) / whole(2);
        assert_eq!(det(circulant(&row)).abs(), circulant_det.abs());
        assert_eq!(det(nearly_dependent(n, 0.25, 3)), whole(1) / whole(4));
        assert!(det(nearly_dependent(n, 0.0, 3)).is_zero());
        let mut expected = BigRational::one();
        for i in 0..n {
            for j in 0..i {
                expected *= whole(row[i] as i64 - row[j] as i64);
            }
        }
        assert_eq!(det(vandermonde(&row, n)), expected);
    }
}

#[test]
fn magic_squares_are_magic_and_of_the_rank_told() {
    for n in 1..=18_usize {
        let a = magic::<f64>(n);
        let mut numbers: Vec<f64> = a.as_slice().to_vec();
        numbers.sort_by(f64::total_cmp);
        assert!(numbers.iter().enumerate().all(|(k, &x)| x == (k + 1) as f64), "{n}");
        if n == 2 {
            continue;
        }
        let constant = (n * (n * n + 1) / 2) as f64;
        for k in 0..n {
            assert_eq!((0..n).map(|j| a[(k, j)]).sum::<f64>(), constant, "row {k} of {n}");
            assert_eq!((0..n).map(|i| a[(i, k)]).sum::<f64>(), constant, "column {k} of {n}");
        }
        assert_eq!((0..n).map(|k| a[(k, k)]).sum::<f64>(), constant);
        assert_eq!((0..n).map(|k| a[(k, n - 1 - k)]).sum::<f64>(), constant);
        let rank = match n % 4 {
            0 => 3,
            2 => n / 2 + 2,
            _ => n,
        };
        assert_eq!(rank_and_det(&a).0, rank, "{n}");
    }
}

#[test]
fn ranks_are_exact() {
    for (n, rank) in [(0, 0), (1, 0), (1, 1), (4, 2), (7, 7), (9, 1), (12, 5), (3, 8)] {
        let a = rank_deficient::<f64>(n, rank, 5);
        assert_eq!(rank_and_det(&a).0, rank.min(n));
        assert!(a.as_slice().iter().all(|x| x.abs() <= (4.0 * rank as f64).max(2.0) && x.fract() == 0.0));
    }
}

#[test]
fn a_seed_gives_the_matrix_that_python_has() {
    let a = rank_deficient::<f64>(3, 2, 7);
    assert_eq!(a.as_slice(), [2.0, 1.0, 0.0, -2.0, -1.0, -2.0, 0.0, 0.0, 1.0]);
}

#[test]
fn a_spectrum_is_kept() {
    let a = random_spectrum::<f64>(&[3.0, 2.0, 1e-3, 1e-3], 9);
    let square: f64 = a.as_slice().iter().map(|x| x * x).sum();
    assert!((square - 13.000_002).abs() < 1e-13);
    let det = rank_and_det(&a).1;
    assert!((det.abs().to_f64().unwrap() - 6e-6).abs() < 1e-14);
    assert_ne!(a, random_spectrum(&[3.0, 2.0, 1e-3, 1e-3], 10));
}

#[test]
fn every_type_and_the_empty_ones() {
    assert_eq!(kahan::<Complex<f32>>(2, 1.2)[(0, 1)], Complex::new(-(1.2_f64.cos()) as f32, 0.0));
    assert_eq!(lotkin::<f32>(3)[(2, 2)], 0.2_f32);
    for empty in [
        hilbert::<f64>(0),
        lotkin(0),
        frank(0),
        kahan(0, 1.0),
        magic(0),
        wilkinson_eigen(0),
        circulant(&[]),
        graded_rows(0, -3.0, 0),
        one_scaled_row(0, 1.0, 0),
        random_spectrum(&[], 0),
        minij_inverse(0),
        nearly_dependent(0, 1.0, 0),
        vandermonde(&[], 0),
        cauchy_inverse(&[], &[]),
        wilkinson_growth(0),
    ] {
        assert_eq!(empty.shape(), [0, 0]);
    }
    let graded = graded_rows::<f64>(3, -300.0, 1);
    assert!(graded.as_slice()[6..].iter().all(|x| x.abs() < 1e-300 && *x != 0.0));
    assert_eq!(wilkinson_eigen::<f64>(4)[(0, 0)], 1.5);
}
