//! Determinants: against the factors, beyond the range of the type, of nothing, and of what is not a number.

mod common;

use common::{Element, Random, bits, element, eps, real, stack_of};
use resolvent::{Complex, Mat, Real, SLogDet, Scalar, Status};

const ORDERS: [usize; 9] = [1, 2, 3, 6, 24, 25, 64, 65, 150];

fn modulus<T: Scalar>(z: T) -> f64 {
    z.re().to_f64().hypot(z.im().to_f64())
}

/// Is the permutation odd? By counting inversions.
fn is_odd(p: &[usize]) -> bool {
    let inversions =
        (0..p.len()).flat_map(|i| (0..i).map(move |j| (j, i))).filter(|&(j, i)| p[j] > p[i]).count();
    inversions % 2 == 1
}

fn the_product_of_the_pivots<T: Element>() {
    for n in ORDERS {
        let a = Random::new(n as u64).mat::<T>(n, n);
        let lu = resolvent::lu(&a).unwrap();
        let u = lu.u().unwrap();
        // The logarithms are added up with what each addition drops, or this reference were worse than what it judges.
        let (mut log, mut dropped, mut phase) = (0.0_f64, 0.0, T::Wide::one());
        for i in 0..n {
            let pivot = u[(i, i)].widen();
            let size = pivot.abs();
            let (term, sum) = (size.ln(), log + size.ln());
            let rounded = sum - log;
            dropped += (log - (sum - rounded)) + (term - rounded);
            log = sum;
            phase *= T::Wide::from_parts(pivot.re() / size, pivot.im() / size);
        }
        let log = log + dropped;
        let phase = if is_odd(lu.permutations()) { -phase } else { phase };
        let SLogDet { sign, logabsdet } = resolvent::slogdet(&a).unwrap();
        let tolerance = eps::<T>() * (n as f64 + log.abs());
        assert!((logabsdet.to_f64() - log).abs() <= tolerance, "n = {n}: {logabsdet}, by the pivots {log}");
        assert!(
            (sign.widen() - phase).abs() <= n as f64 * eps::<T>(),
            "n = {n}: {sign}, by the pivots {phase}"
        );
        if T::PARTS == 1 {
            assert_eq!(modulus(sign), 1.0);
        }
        let det = resolvent::det(&a).unwrap();
        if det.is_finite() && modulus(det) > T::Real::MIN_POSITIVE.to_f64() {
            let relative = modulus(det).ln() - log;
            assert!(relative.abs() <= 4.0 * tolerance, "n = {n}: {det}, by the pivots exp({log})");
            let direction =
                T::Wide::from_parts(det.re().to_f64() / modulus(det), det.im().to_f64() / modulus(det));
            assert!((direction - phase).abs() <= 2.0 * n as f64 * eps::<T>(), "n = {n}: the phase of {det}");
        }
        // The factor object says the same but for rounding (small orders have closed forms, and stacks multiply the
        // pivots in their own type), and so does the same matrix inside a stack, to the bit.
        let other = lu.slogdet();
        assert!(
            (other.logabsdet.to_f64() - logabsdet.to_f64()).abs() <= 2.0 * tolerance,
            "n = {n}: {other:?}"
        );
        assert!(
            (other.sign.widen() - sign.widen()).abs() <= 2.0 * n as f64 * eps::<T>(),
            "n = {n}: {other:?}"
        );
        let distance = (lu.det().widen() - det.widen()).abs();
        assert!(
            !det.is_finite() || distance <= 4.0 * tolerance * modulus(det),
            "n = {n}: {det}, {}",
            lu.det()
        );
        let stack = stack_of(&[a.clone(), Mat::identity(n), a], n, n);
        assert_eq!(bits(&resolvent::det(&stack).unwrap()), bits(&[det, T::one(), det]));
    }
}

/// A product of triangles with diagonals of our choice has a determinant that we know.
fn a_known_determinant<T: Element>() {
    for n in [2, 5, 24, 25, 47, 60] {
        let mut random = Random::new(30 + n as u64);
        let mut diagonal: Vec<T::Wide> = (0..n).map(|_| random.element()).collect();
        diagonal.iter_mut().for_each(|d| *d += T::Wide::from_real(2.0));
        let l = Mat::from_fn(n, n, |i, j| match i.cmp(&j) {
            std::cmp::Ordering::Equal => T::Wide::one(),
            std::cmp::Ordering::Less => T::Wide::zero(),
            std::cmp::Ordering::Greater => random.element::<T::Wide>() * T::Wide::from_real(1.0 / n as f64),
        });
        let u = Mat::from_fn(n, n, |i, j| match i.cmp(&j) {
            std::cmp::Ordering::Equal => diagonal[i],
            std::cmp::Ordering::Less => random.element::<T::Wide>() * T::Wide::from_real(1.0 / n as f64),
            std::cmp::Ordering::Greater => T::Wide::zero(),
        });
        let wide = common::product(&l, &u);
        let order = random.permutation(n);
        let a = Mat::from_fn(n, n, |i, j| {
            let z = wide[(order[i], j)];
            element::<T>(z.re(), z.im())
        });
        let SLogDet { sign, logabsdet } = resolvent::slogdet(&a).unwrap();
        let log: f64 = diagonal.iter().map(|d| d.abs().ln()).sum();
        let tolerance = 8.0 * n as f64 * eps::<T>();
        assert!((logabsdet.to_f64() - log).abs() <= tolerance * log.abs().max(1.0), "n = {n}");
        let mut phase = if is_odd(&order) { -T::Wide::one() } else { T::Wide::one() };
        for d in &diagonal {
            phase *= T::Wide::from_parts(d.re() / d.abs(), d.im() / d.abs());
        }
        assert!((sign.widen() - phase).abs() <= tolerance, "n = {n}: {sign}, exactly {phase}");
    }
}

fn beyond_the_range<T: Scalar>() {
    let (most, least) = (T::Real::MAX.to_f64(), T::Real::MIN_POSITIVE.to_f64());
    let diagonal = |d: &[f64]| {
        let d = d.to_vec();
        Mat::<T>::from_fn(d.len(), d.len(), move |i, j| real(if i == j { d[i] } else { 0.0 }))
    };
    for n in [4, 30] {
        let huge = vec![most / 2.0; n];
        let SLogDet { sign, logabsdet } = resolvent::slogdet(&diagonal(&huge)).unwrap();
        assert_eq!(sign, T::one());
        let log = n as f64 * (most / 2.0).ln();
        assert!((logabsdet.to_f64() - log).abs() <= 4.0 * eps::<T>() * log);
        assert_eq!(resolvent::det(&diagonal(&huge)).unwrap().re().to_f64(), f64::INFINITY);

        let tiny = vec![least; n];
        let SLogDet { sign, logabsdet } = resolvent::slogdet(&diagonal(&tiny)).unwrap();
        assert_eq!(sign, T::one());
        let log = n as f64 * least.ln();
        assert!((logabsdet.to_f64() - log).abs() <= 4.0 * eps::<T>() * log.abs());
        assert_eq!(resolvent::det(&diagonal(&tiny)).unwrap(), T::zero());

        // Partial products leave the range in both directions; the whole is 2^n.
        let most = (most / 2.0).log2().floor().exp2();
        let mut mixed: Vec<f64> = (0..n).map(|i| if i < n / 2 { most } else { 4.0 / most }).collect();
        assert_eq!(resolvent::det(&diagonal(&mixed)).unwrap(), real((n as f64).exp2()));
        mixed.reverse();
        mixed[0] = -mixed[0];
        assert_eq!(resolvent::det(&diagonal(&mixed)).unwrap(), real(-(n as f64).exp2()));
    }
    // Denormals are numbers like any other.
    let smallest = least * eps::<T>();
    assert_eq!(resolvent::det(&diagonal(&[smallest, 1.0 / eps::<T>()])).unwrap(), real(least));
    assert_eq!(resolvent::det(&diagonal(&[smallest, 1.0])).unwrap(), real(smallest));
    let log = resolvent::slogdet(&diagonal(&[smallest, smallest])).unwrap().logabsdet.to_f64();
    assert!((log - 2.0 * smallest.ln()).abs() <= 4.0 * eps::<T>() * log.abs());
}

fn nothing_and_zero<T: Scalar>() {
    let none = Mat::<T>::zeros(0, 0).unwrap();
    assert_eq!(resolvent::det(&none).unwrap(), T::one());
    assert_eq!(resolvent::slogdet(&none).unwrap(), SLogDet { sign: T::one(), logabsdet: T::Real::ZERO });
    let stack = resolvent::Stack::<T>::zeros(&[3, 0, 0]).unwrap();
    assert_eq!(resolvent::det(&stack).unwrap(), [T::one(); 3]);
    let stack = resolvent::Stack::<T>::zeros(&[0, 4, 4]).unwrap();
    assert!(resolvent::det(&stack).unwrap().is_empty());
    for n in [1, 2, 3, 7, 24, 25, 70] {
        for a in [Mat::<T>::zeros(n, n).unwrap(), common::gallery::rank_deficient(n.max(3))] {
            let lu = resolvent::lu(&a).unwrap();
            let SLogDet { sign, logabsdet } = resolvent::slogdet(&a).unwrap();
            assert_eq!(lu.info().status, [Status::Singular], "n = {n}");
            // Rounding may leave a pivot that is not zero, and a determinant that is small.
            let factors = lu.factors().as_ref().matrix(0).to_mat();
            if (0..a.nrows()).any(|i| factors[(i, i)] == T::zero()) {
                assert_eq!(resolvent::det(&a).unwrap(), T::zero(), "n = {n}");
                assert_eq!((sign, logabsdet.to_f64()), (T::zero(), f64::NEG_INFINITY), "n = {n}");
            }
        }
    }
}

fn not_finite<T: Scalar>() {
    for n in [1, 2, 3, 24, 25, 65] {
        for place in [0, n * n / 2, n * n - 1] {
            let mut a = Random::new(3).mat::<T>(n, n);
            a[(place / n, place % n)] = T::nan();
            let det = resolvent::det(&a).unwrap();
            assert!(det.re().is_nan(), "n = {n}: {det}");
            let SLogDet { sign, logabsdet } = resolvent::slogdet(&a).unwrap();
            assert!(sign.re().is_nan() && logabsdet.is_nan(), "n = {n}: {sign}, {logabsdet}");
            a[(place / n, place % n)] = real(f64::INFINITY);
            let det = resolvent::det(&a).unwrap();
            assert!(!det.is_finite(), "n = {n}: {det}");
        }
    }
    let infinite =
        Mat::<T>::from_fn(2, 2, |i, j| real(if i != j { 0.0 } else { [f64::NEG_INFINITY, 2.0][i] }));
    if T::PARTS == 1 {
        assert_eq!(resolvent::det(&infinite).unwrap().re().to_f64(), f64::NEG_INFINITY);
        let SLogDet { sign, logabsdet } = resolvent::slogdet(&infinite).unwrap();
        assert_eq!((sign, logabsdet.to_f64()), (-T::one(), f64::INFINITY));
    }
}

every_type! { the_product_of_the_pivots a_known_determinant beyond_the_range nothing_and_zero not_finite }

#[test]
fn phases_of_complex_determinants() {
    let i = Complex::new(0.0, 1.0);
    for n in 1..40 {
        let a = Mat::from_fn(n, n, |r, c| if r == c { i } else { Complex::default() });
        let exact = [Complex::new(1.0, 0.0), i, Complex::new(-1.0, 0.0), -i][n % 4];
        assert_eq!(resolvent::det(&a).unwrap(), exact, "n = {n}");
        assert_eq!(resolvent::slogdet(&a).unwrap(), SLogDet { sign: exact, logabsdet: 0.0 }, "n = {n}");
    }
}

#[test]
fn signs_of_permutations() {
    let mut random = Random::new(9);
    for n in [2, 3, 10, 24, 25, 33, 100] {
        for _ in 0..10 {
            let p = random.permutation(n);
            let a = Mat::from_fn(n, n, |i, j| if p[i] == j { 1.0_f32 } else { 0.0 });
            assert_eq!(resolvent::det(&a).unwrap(), if is_odd(&p) { -1.0 } else { 1.0 }, "n = {n}");
        }
    }
}
