//! `diagnose`: what is found, in every type, and the page.

mod common;

use common::{Random, eps, real};
use resolvent::{
    Complex, DiagnoseOptions, Diagnosis, Error, Mat, MatRef, Proof, Real, Scalar, Scaling, Solutions, Stack,
    Status, diagnose, diagnose_with, gallery,
};

fn rows<T: Scalar, const N: usize>(rows: &[[f64; N]]) -> Mat<T> {
    Mat::from_fn(rows.len(), N, |i, j| real(rows[i][j]))
}

fn vector<T: Scalar>(elements: &[f64]) -> Vec<T> {
    elements.iter().map(|&x| real(x)).collect()
}

fn found<T: Scalar>(a: &Mat<T>, b: &[f64]) -> Diagnosis<T> {
    diagnose(a, Some(&vector(b))).unwrap()
}

/// `A x - b` by columns of a matrix x, the largest element.
fn distance<T: Scalar>(a: &Mat<T>, x: &[T], b: &[T]) -> f64 {
    let row = |i: usize| (0..a.ncols()).map(|j| a[(i, j)] * x[j]).sum::<T>() - b[i];
    (0..a.nrows()).map(|i| row(i).abs().to_f64()).fold(0.0, f64::max)
}

fn a_regular_system<T: Scalar>() {
    let d = found::<T>(&rows(&[[2.0, 1.0], [1.0, 3.0]]), &[5.0, 4.0]);
    assert_eq!((d.status, d.rank.rank, d.proof), (Status::Ok, 2, Proof::None));
    // Eigenvalues (5 -+ sqrt 5) / 2.
    let smallest = (5.0 - 5_f64.sqrt()) / 2.0;
    assert!((d.distance - smallest).abs() < 4.0 * f64::EPSILON.max(1e-15));
    assert!((d.condition - (5.0 + 5_f64.sqrt()) / 2.0 / smallest).abs() < 1e-14);
    assert!((d.rcond - 0.3125).abs() < 4.0 * eps::<T>());
    let system = d.system.unwrap();
    assert_eq!(system.solutions, Solutions::One);
    assert!((system.solution[0] - real(2.2)).abs().to_f64() < 8.0 * eps::<T>());
    assert!(d.columns.is_empty() && d.rows.is_empty() && d.scaling.is_none() && d.collinearity.is_none());
}

fn a_singular_system<T: Scalar>() {
    let a = rows::<T, 3>(&[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [7.0, 8.0, 9.0]]);
    let d = found(&a, &[6.0, 15.0, 24.0]);
    assert_eq!(
        (d.status, d.proof, d.rank.rank, d.rcond, d.digits),
        (Status::Singular, Proof::Deficient, 2, 0.0, 0)
    );
    for found in [&d.columns, &d.rows] {
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].index, found[0].exact, found[0].residual), (2, true, 0.0));
        assert_eq!(found[0].terms, [(0, real(-1.0)), (1, real(2.0))]);
    }
    let system = d.system.as_ref().unwrap();
    assert_eq!((system.solutions, &system.free[..]), (Solutions::Many, &[2][..]));
    assert!(distance(&a, &system.solution, &vector(&[6.0, 15.0, 24.0])) < 100.0 * eps::<T>());
    let null: Vec<T> = (0..3).map(|i| system.null_space[(i, 0)]).collect();
    assert_eq!(null, vector::<T>(&[1.0, -2.0, 1.0]));

    let d = found(&a, &[1.0, 2.0, 4.0]);
    let system = d.system.as_ref().unwrap();
    assert_eq!(system.solutions, Solutions::None);
    let contradiction = system.contradictions[0];
    assert_eq!((contradiction.row, contradiction.expected, contradiction.given), (2, real(3.0), real(4.0)));
    // Along the left null vector (1, -2, 1) / sqrt 6, b has length 1 / sqrt 6.
    assert!((system.residual - 1.0 / 6_f64.sqrt()).abs() < 100.0 * eps::<T>());
    assert!((system.relative_residual - 1.0 / 126_f64.sqrt()).abs() < 100.0 * eps::<T>());
}

/// Each dependence holds exactly, and each column that is named depends on columns before it that are not.
fn every_dependence_holds<T: Scalar>() {
    for (n, rank) in [(4, 2), (9, 5), (30, 27), (12, 1), (6, 0)] {
        let a = gallery::rank_deficient::<T>(n, rank, 3);
        let d = diagnose(&a, None).unwrap();
        assert_eq!((d.rank.rank, d.columns.len(), d.rows.len()), (rank, n - rank, n - rank), "{n} {rank}");
        let named: Vec<usize> = d.columns.iter().map(|found| found.index).collect();
        for (found, transposed) in
            d.columns.iter().map(|found| (found, false)).chain(d.rows.iter().map(|found| (found, true)))
        {
            assert!(found.exact, "{n} {rank}: {found:?}");
            for i in 0..n {
                let element = |j: usize| if transposed { a[(j, i)] } else { a[(i, j)] };
                let sum: T = found.terms.iter().map(|&(j, c)| c * element(j)).sum();
                let off = (sum - element(found.index)).abs().to_f64();
                assert!(off <= 1e3 * eps::<T>(), "{n} {rank}: {off:e}");
            }
            assert!(found.terms.iter().all(|&(j, _)| j < found.index && (transposed || !named.contains(&j))));
        }
    }
}

fn nearly_dependent<T: Scalar>() {
    let distance = eps::<T>() * 1e3;
    let a = gallery::nearly_dependent::<T>(6, distance, 2);
    let d = diagnose(&a, None).unwrap();
    assert_eq!((d.rank.rank, d.proof), (6, Proof::None));
    assert_eq!(d.status, Status::IllConditioned);
    let ones: Vec<(usize, T)> = (0..5).map(|j| (j, T::one())).collect();
    assert_eq!((d.columns[0].index, &d.columns[0].terms, d.columns[0].exact), (5, &ones, false));
    assert!((0.01..10.0).contains(&(d.columns[0].residual / distance)), "{}", d.columns[0].residual);
    assert_eq!(d.rows.len(), 1);
}

fn bad_scaling<T: Scalar>() {
    let a = gallery::one_scaled_row::<T>(6, T::Real::MIN_POSITIVE.to_f64() * 1e8, 3);
    let d = found(&a, &[1.0; 6]);
    assert_eq!((d.rank.rank, d.rank.unscaled), (6, 5));
    let advice = d.scaling.as_ref().unwrap();
    assert_eq!(advice.scaling, Scaling::Rows);
    assert!(advice.condition < 1e3);
    assert_eq!((0..6).max_by_key(|&i| advice.row_exponents[i]), Some(3));
    assert!(d.to_string().contains("badly scaled"), "{d}");
    assert_eq!(d.system.unwrap().solutions, Solutions::One);

    // A singular matrix of badly scaled rows: the dependence is found all the same.
    let scale = [1.0, 1e-12, 1e9];
    let singular = [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [7.0, 8.0, 9.0]];
    let a = Mat::from_fn(3, 3, |i, j| real::<T>(singular[i][j] * scale[i]));
    let d = diagnose(&a, None).unwrap();
    assert_eq!(d.rank.rank, 2, "{d}");
    assert_eq!(d.columns[0].index, 2);
    let off = (d.columns[0].terms[1].1 - real(2.0)).abs().to_f64();
    assert!(off < 1e3 * eps::<T>(), "{off:e}");
}

fn shapes<T: Scalar>() {
    let wide = found::<T>(&rows(&[[1.0, 2.0, 3.0, 4.0], [2.0, 4.0, 6.0, 9.0]]), &[1.0, 2.0]);
    assert_eq!((wide.rank.rank, wide.status, wide.columns.len(), wide.rows.len()), (2, Status::Ok, 0, 0));
    let system = wide.system.unwrap();
    assert_eq!((system.solutions, &system.free[..]), (Solutions::Many, &[1, 2][..]));
    assert_eq!(system.null_space.shape(), [4, 2]);

    let wide = found::<T>(&rows(&[[1.0, 2.0, 3.0], [2.0, 4.0, 6.0]]), &[1.0, 3.0]);
    assert_eq!((wide.rank.rank, wide.status), (1, Status::Singular));
    let system = wide.system.unwrap();
    assert_eq!((system.solutions, system.contradictions[0].row), (Solutions::None, 1));

    let tall = found::<T>(&rows(&[[1.0, 0.0], [1.0, 1.0], [1.0, 2.0]]), &[1.0, 2.0, 4.0]);
    let system = tall.system.unwrap();
    assert_eq!(system.solutions, Solutions::LeastSquares);
    // The line 5/6 + 3/2 t; residuals 1/6, -1/3, 1/6.
    assert!((system.solution[1] - real(1.5)).abs().to_f64() < 50.0 * eps::<T>());
    assert!((system.residual - (1.0_f64 / 6.0).sqrt()).abs() < 50.0 * eps::<T>());
    assert_eq!(tall.collinearity.unwrap().intercept, Some(0));
    let tall = found::<T>(&rows(&[[1.0, 0.0], [1.0, 1.0], [1.0, 2.0]]), &[1.0, 3.0, 5.0]);
    assert_eq!(tall.system.unwrap().solutions, Solutions::One);

    for shape in [[0, 0], [0, 3], [3, 0]] {
        let d = diagnose(&Mat::<T>::zeros(shape[0], shape[1]).unwrap(), Some(&vector(&vec![0.0; shape[0]])))
            .unwrap();
        assert_eq!((d.status, d.rank.rank, d.singular_values.len()), (Status::Ok, 0, 0), "{shape:?}");
        assert!(d.to_string().contains("empty"));
    }
    let zero = found::<T>(&Mat::zeros(2, 2).unwrap(), &[0.0, 0.0]);
    assert_eq!((zero.rank.rank, zero.system.unwrap().free.len()), (0, 2));
    assert!(zero.columns.iter().all(|found| found.terms.is_empty() && found.exact));
}

fn numbers_that_are_none<T: Scalar>() {
    let mut a = rows::<T, 2>(&[[1.0, 2.0], [3.0, 4.0]]);
    a[(1, 0)] = T::nan();
    let d = diagnose(&a, Some(&[T::one(), T::from_real(T::Real::INFINITY)])).unwrap();
    assert_eq!(d.status, Status::NotFinite);
    let places: Vec<_> =
        d.not_finite.iter().map(|bad| (bad.in_b, bad.first, bad.nans, bad.infinities)).collect();
    assert_eq!(places, [(false, [1, 0], 1, 0), (true, [1, 0], 0, 1)]);
    assert!(d.to_string().contains("row 1, column 0"), "{d}");
}

fn the_range_of_the_type<T: Scalar>() {
    for size in [T::Real::MAX.to_f64() / 64.0, T::Real::MIN_POSITIVE.to_f64() * 4.0] {
        let a = Mat::from_fn(3, 3, |i, j| real::<T>((3 * i + j + 1) as f64 * size));
        let d = diagnose(&a, Some(&vector(&[6.0 * size, 15.0 * size, 24.0 * size]))).unwrap();
        assert_eq!((d.rank.rank, d.columns.len()), (2, 1), "{size:e}");
        let system = d.system.unwrap();
        assert_eq!(system.solutions, Solutions::Many, "{size:e}");
        assert!((system.solution[1] - real(3.0)).abs().to_f64() < 1e3 * eps::<T>());
    }
}

/// Strides do not matter, to the bit.
fn strides<T: Scalar>() {
    let a = gallery::rank_deficient::<T>(7, 5, 1);
    let turned = Mat::from_fn(7, 7, |i, j| a[(j, i)]);
    assert_eq!(diagnose(&a, None).unwrap(), diagnose(&turned.as_ref().transpose(), None).unwrap());
    let mut random = Random::new(5);
    let (a, b) = (random.mat::<T>(9, 4), random.vec::<T>(9));
    let turned = Mat::from_fn(4, 9, |i, j| a[(j, i)]);
    let text = |a: MatRef<'_, T>| diagnose(&a, Some(&b)).unwrap().to_string();
    assert_eq!(text(a.as_ref()), text(turned.as_ref().transpose()));
}

every_type! {
    a_regular_system a_singular_system every_dependence_holds nearly_dependent bad_scaling shapes
    numbers_that_are_none the_range_of_the_type strides
}

#[test]
fn complex_coefficients() {
    let c = |re: f64, im: f64| Complex::new(re, im);
    let a = Mat::from_rows(&[[c(1.0, 1.0), c(0.0, 2.0)], [c(0.0, 2.0), c(-2.0, 2.0)]]);
    let d = diagnose(&a, Some(&[c(1.0, 0.0), c(1.0, 2.0)])).unwrap();
    assert_eq!(d.columns[0].terms, [(0, c(1.0, 1.0))]);
    assert!(d.columns[0].exact && d.rows[0].exact);
    let page = d.to_string();
    assert!(page.contains("row 1 = (1+i)*row 0, but b[1] is (1+2i), not (1+i)"), "{page}");
}

/// 0.1 + 0.2 is not 0.3: the third column is the sum of the others to rounding, and no closer.
#[test]
fn a_dependence_up_to_rounding_is_not_called_exact() {
    let a = Mat::from_rows(&[[0.1, 0.2, 0.3], [0.4, 0.5, 0.9], [0.7, 0.3, 1.0]]);
    let d = diagnose(&a, None).unwrap();
    assert_eq!((d.proof, d.status == Status::Singular), (Proof::Regular, false));
    assert_eq!((d.columns[0].exact, &d.columns[0].terms[..]), (false, &[(0, 1.0), (1, 1.0)][..]));
    assert!(d.to_string().contains("column 2 = column 1 + column 0, to rounding"), "{d}");
}

/// Rows that are no simple multiples, exactly: the proof is that of exact arithmetic, and so is the coefficient.
#[test]
fn exact_coefficients_that_are_no_simple_fractions() {
    let c = 1.0 + 37.0 / 1024.0;
    let a = Mat::from_rows(&[[3.0, 5.0], [3.0 * c, 5.0 * c]]);
    let d = diagnose(&a, None).unwrap();
    assert_eq!((d.proof, d.status), (Proof::Deficient, Status::Singular));
    assert_eq!((d.rows[0].exact, &d.rows[0].terms[..]), (true, &[(0, c)][..]));
}

/// NIST's Longley data (STRD): the variance inflation factors of the literature (Longley 1967; R's `car::vif`).
#[test]
fn longley() {
    const X: [[f64; 6]; 16] = [
        [83.0, 234289.0, 2356.0, 1590.0, 107608.0, 1947.0],
        [88.5, 259426.0, 2325.0, 1456.0, 108632.0, 1948.0],
        [88.2, 258054.0, 3682.0, 1616.0, 109773.0, 1949.0],
        [89.5, 284599.0, 3351.0, 1650.0, 110929.0, 1950.0],
        [96.2, 328975.0, 2099.0, 3099.0, 112075.0, 1951.0],
        [98.1, 346999.0, 1932.0, 3594.0, 113270.0, 1952.0],
        [99.0, 365385.0, 1870.0, 3547.0, 115094.0, 1953.0],
        [100.0, 363112.0, 3578.0, 3350.0, 116219.0, 1954.0],
        [101.2, 397469.0, 2904.0, 3048.0, 117388.0, 1955.0],
        [104.6, 419180.0, 2822.0, 2857.0, 118734.0, 1956.0],
        [108.4, 442769.0, 2936.0, 2798.0, 120445.0, 1957.0],
        [110.8, 444546.0, 4681.0, 2637.0, 121950.0, 1958.0],
        [112.6, 482704.0, 3813.0, 2552.0, 123366.0, 1959.0],
        [114.2, 502601.0, 3931.0, 2514.0, 125368.0, 1960.0],
        [115.7, 518173.0, 4806.0, 2572.0, 127852.0, 1961.0],
        [116.9, 554894.0, 4007.0, 2827.0, 130081.0, 1962.0],
    ];
    let a = Mat::from_fn(16, 7, |i, j| if j == 0 { 1.0 } else { X[i][j - 1] });
    let names = ["const", "deflator", "GNP", "unemployed", "forces", "population", "year"];
    let names = Some(names.map(str::to_owned).to_vec());
    let d = diagnose_with(&a, None, &DiagnoseOptions { names, target_cond: Some(1e4) }).unwrap();
    let found = d.collinearity.as_ref().unwrap();
    let vif = [135.53244, 1788.51348, 33.61889, 3.58893, 399.15102, 758.98060];
    assert!(found.vif[0].is_nan());
    for (ours, theirs) in found.vif[1..].iter().zip(vif) {
        assert!((ours / theirs - 1.0).abs() < 1e-6, "{ours} {theirs}");
    }
    // Belsley (1991), exhibit for these data: the largest scaled condition index is 43275.
    assert!((found.indices[6] - 43275.0).abs() < 1.0, "{:?}", found.indices);
    assert!(found.proportions[(6, 0)] > 0.99 && found.proportions[(6, 6)] > 0.99);
    // The ridge does what it is to do.
    let (ridge, s) = (d.ridge.unwrap(), &d.singular_values);
    let condition = ((s[0] * s[0] + ridge) / (s[6] * s[6] + ridge)).sqrt();
    assert!((condition / 1e4 - 1.0).abs() < 1e-9);
    assert!(d.to_string().contains("deflator"));
}

#[test]
fn what_is_refused() {
    let a = rows::<f64, 2>(&[[1.0, 2.0], [3.0, 4.0]]);
    let stack = Stack::<f64>::zeros(&[3, 2, 2]).unwrap();
    assert_eq!(diagnose(&stack, None).unwrap_err(), Error::OneMatrix { shape: vec![3, 2, 2] });
    assert!(matches!(diagnose(&a, Some(&[1.0])), Err(Error::ShapeMismatch { .. })));
    let with = |names: Option<Vec<String>>, target_cond| {
        diagnose_with(&a, None, &DiagnoseOptions { names, target_cond })
    };
    assert!(matches!(with(Some(vec![]), None), Err(Error::BadArgument { name: "names", .. })));
    for target in [1.0, -3.0, f64::NAN, f64::INFINITY] {
        assert!(matches!(with(None, Some(target)), Err(Error::BadArgument { name: "target_cond", .. })));
    }
}
