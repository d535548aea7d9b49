//! Least squares, rank and their relatives: against exact rational arithmetic, and against what defines them.

mod common;

use common::answers::alone;
use common::layouts::{LAYOUTS, SEQUENCES, Strided};
use common::{Element, Random, bits, difference, element, eps, product, real, stack_of, transpose, widen};
use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{One, Signed, ToPrimitive, Zero};
use resolvent::{
    Complex, ConditionNorm, Cutoff, Error, Mat, Real as _, Scalar, Stack, cond, lstsq, lstsq_with,
    null_space, null_space_with, pinv, pinv_with, rank, rank_with, ridge, ridges, svdvals,
};

type Exact = Vec<Vec<BigRational>>;

/// The real form [[Re, -Im], [Im, Re]] of a complex matrix, a real one itself; exactly.
fn exact<T: Scalar>(a: &Mat<T>) -> Exact {
    let number = |x: T::Real| BigRational::from_float(x.to_f64()).unwrap();
    let (m, n) = (a.nrows(), a.ncols());
    if T::PARTS == 1 {
        return (0..m).map(|i| (0..n).map(|j| number(a[(i, j)].re())).collect()).collect();
    }
    let entry = |i: usize, j: usize| {
        let x = a[(i % m, j % n)];
        match (i < m, j < n) {
            (true, true) | (false, false) => number(x.re()),
            (true, false) => -number(x.im()),
            (false, true) => number(x.im()),
        }
    };
    (0..2 * m).map(|i| (0..2 * n).map(|j| entry(i, j)).collect()).collect()
}

fn turned(a: &Exact) -> Exact {
    (0..a[0].len()).map(|j| a.iter().map(|row| row[j].clone()).collect()).collect()
}

fn times(a: &Exact, b: &Exact) -> Exact {
    let b = turned(b);
    let dot = |x: &[BigRational], y: &[BigRational]| x.iter().zip(y).map(|(x, y)| x * y).sum();
    a.iter().map(|row| b.iter().map(|column| dot(row, column)).collect()).collect()
}

/// `A^-1 B`, by Gauss and Jordan.
fn solved(mut a: Exact, mut b: Exact) -> Exact {
    for j in 0..a.len() {
        let pivot = (j..a.len()).find(|&i| !a[i][j].is_zero()).expect("a regular matrix");
        a.swap(pivot, j);
        b.swap(pivot, j);
        let inverse = a[j][j].recip();
        a[j].iter_mut().chain(&mut b[j]).for_each(|x| *x *= &inverse);
        let (pivot_a, pivot_b) = (a[j].clone(), b[j].clone());
        for i in (0..a.len()).filter(|&i| i != j) {
            let factor = a[i][j].clone();
            a[i].iter_mut().zip(&pivot_a).for_each(|(x, p)| *x -= &factor * p);
            b[i].iter_mut().zip(&pivot_b).for_each(|(x, p)| *x -= &factor * p);
        }
    }
    b
}

/// The solution of the normal equations `(A^H A + alpha I) x = A^H b`, exactly.
fn normal_equations(a: &Exact, b: &Exact, alpha: &BigRational) -> Exact {
    let adjoint = turned(a);
    let mut gram = times(&adjoint, a);
    gram.iter_mut().enumerate().for_each(|(i, row)| row[i] += alpha);
    solved(gram, times(&adjoint, b))
}

/// The largest error of an element, relative to it, or to the largest if `normwise`.
fn relative_error<T: Scalar>(x: &Mat<T>, truth: &Exact, normwise: bool) -> f64 {
    let largest = truth.iter().flatten().map(BigRational::abs).max().unwrap();
    let mut worst = 0.0_f64;
    for (value, truth) in exact(x).iter().flatten().zip(truth.iter().flatten()) {
        let unit = if normwise { &largest } else { &truth.abs() };
        let error = (value - truth).abs();
        let relative = if error.is_zero() { 0.0 } else { (error / unit).to_f64().unwrap() };
        worst = worst.max(relative);
    }
    worst
}

/// Whole numbers.
fn whole<T: Scalar>(random: &mut Random, m: usize, n: usize, size: usize) -> Mat<T> {
    let mut number = || random.below(2 * size + 1) as f64 - size as f64;
    Mat::from_fn(m, n, |_, _| element(number(), number()))
}

/// Of that rank, but for rounding.
fn of_rank<T: Scalar>(random: &mut Random, m: usize, n: usize, rank: usize) -> Mat<T> {
    product(&whole(random, m, rank, 3), &whole(random, rank, n, 3))
}

fn conjugate_transpose<T: Scalar>(a: &Mat<T>) -> Mat<T> {
    Mat::from_fn(a.ncols(), a.nrows(), |i, j| a[(j, i)].conj())
}

fn largest<T: Scalar>(a: &Mat<T>) -> f64 {
    a.as_slice().iter().fold(0.0, |most: f64, x| most.max_nan(x.abs().to_f64()))
}

every_type! { overdetermined graded underdetermined deficient without_elements in_range not_finite
same_bits_everywhere pseudoinverses ranks null_spaces ridges_are_exact conditions singular_values }

/// Every element right to the last digits, whatever the condition lets a plain solver lose.
fn overdetermined<T: Element>() {
    let mut random = Random::new(1);
    for (m, n, k) in [(1, 1, 1), (3, 1, 2), (5, 2, 1), (4, 4, 2), (8, 4, 3), (10, 6, 1)] {
        let a: Mat<T> = whole(&mut random, m, n, 50);
        let b: Mat<T> = whole(&mut random, m, k, 50);
        let answer = lstsq(&a, &b).unwrap();
        let (a, b) = (exact(&a), exact(&b));
        let truth = normal_equations(&a, &b, &BigRational::zero());
        let error = relative_error(&answer.solution, &truth, false);
        assert!(error <= eps::<T>(), "{} {m} x {n}: {error:e}", T::NAME);
        assert_eq!((&answer.rank[..], answer.singular_values.len()), (&[n][..], n));
        let ax = times(&a, &truth);
        for (column, &sum) in answer.residuals.iter().enumerate() {
            let square = |i: usize| (&b[i][column] - &ax[i][column]).pow(2);
            let truth = (0..a.len()).map(square).sum::<BigRational>();
            let error = (BigRational::from_float(sum.to_f64()).unwrap() - &truth).abs();
            // No more than rounding takes from a sum of squares; of what is solved exactly nothing is left but that of x.
            let bound = 10.0 * eps::<T>() * truth.to_f64().unwrap() + 1e-28;
            assert!(error.to_f64().unwrap() <= bound, "{} {m} x {n}: residual {sum:e}", T::NAME);
        }
    }
}

/// Columns that differ in length by any factor change neither rank nor digits, powers of two not a bit.
fn graded<T: Element>() {
    let mut random = Random::new(2);
    let (m, n) = (11, 6);
    let a: Mat<T> = whole(&mut random, m, n, 9);
    let b: Mat<T> = whole(&mut random, m, 1, 9);
    let plain = lstsq(&a, &b).unwrap();
    let shift = |j: usize| real::<T>(2_f64.powi(17 * (j as i32 % 3) - 17 * (j as i32 / 3)));
    let scaled = Mat::from_fn(m, n, |i, j| a[(i, j)] * shift(j));
    let answer = lstsq(&scaled, &b).unwrap();
    assert_eq!(answer.rank, [n]);
    let back = Mat::from_fn(n, 1, |j, _| answer.solution[(j, 0)] * shift(j));
    assert_eq!(bits(back.as_slice()), bits(plain.solution.as_slice()), "{}", T::NAME);
    if eps::<T>() < 1e-10 {
        let uneven = Mat::from_fn(m, n, |i, j| a[(i, j)] * real::<T>(1000_f64.powi(j as i32)));
        let answer = lstsq(&uneven, &b).unwrap();
        assert_eq!(answer.rank, [n], "{}", T::NAME);
        let truth = normal_equations(&exact(&uneven), &exact(&b), &BigRational::zero());
        assert!(relative_error(&answer.solution, &truth, false) <= eps::<T>(), "{}", T::NAME);
        // Columns whose lengths square out of range.
        let far = Mat::from_fn(m, n, |i, j| a[(i, j)] * real::<T>(1e290_f64.powi(j as i32 % 3 - 1)));
        assert_eq!(lstsq(&far, &b).unwrap().rank, [n]);
    }
    // A cutoff of the caller's is about the matrix as it is.
    assert!(lstsq_with(&scaled, &b, 1e-3).unwrap().rank[0] < n);
}

/// The shortest of all solutions.
fn underdetermined<T: Element>() {
    let mut random = Random::new(3);
    for (m, n) in [(1, 2), (2, 5), (4, 6), (7, 12)] {
        let a: Mat<T> = whole(&mut random, m, n, 9);
        let b: Mat<T> = whole(&mut random, m, 2, 9);
        let answer = lstsq(&a, &b).unwrap();
        assert_eq!((&answer.rank[..], answer.singular_values.len()), (&[m][..], m));
        let (a, b) = (exact(&a), exact(&b));
        let adjoint = turned(&a);
        let truth = times(&adjoint, &solved(times(&a, &adjoint), b));
        let error = relative_error(&answer.solution, &truth, true);
        assert!(error <= 1e-14 + eps::<T>(), "{} {m} x {n}: {error:e}", T::NAME);
    }
}

/// Columns that are there twice share what one would have; those of zeros get nothing.
fn deficient<T: Element>() {
    let mut random = Random::new(4);
    for (m, n) in [(2, 1), (6, 3), (20, 8), (5, 5)] {
        let a: Mat<T> = whole(&mut random, m, n, 9);
        let b: Mat<T> = whole(&mut random, m, 1, 9);
        let reduced = normal_equations(&exact(&a), &exact(&b), &BigRational::zero());
        let twice = Mat::from_fn(m, 2 * n + 1, |i, j| if j == 2 * n { T::zero() } else { a[(i, j % n)] });
        let answer = lstsq(&twice, &b).unwrap();
        assert_eq!(answer.rank, [n], "{} {m} x {n}", T::NAME);
        assert_eq!(answer.solution[(2 * n, 0)], T::zero());
        let both = Mat::from_fn(n, 1, |j, _| answer.solution[(j, 0)] + answer.solution[(n + j, 0)]);
        let apart = Mat::from_fn(n, 1, |j, _| answer.solution[(j, 0)] - answer.solution[(n + j, 0)]);
        let error = relative_error(&both, &reduced, true);
        assert!(error <= 1e-13 + 2.0 * eps::<T>(), "{} {m} x {n}: {error:e}", T::NAME);
        assert!(largest(&apart) <= (1e-13 + eps::<T>()) * largest(&both), "{} {m} x {n}", T::NAME);
    }
    for rank in 0..4 {
        let a: Mat<T> = of_rank(&mut random, 9, 6, rank);
        let answer = lstsq(&a, &whole(&mut random, 9, 1, 5)).unwrap();
        assert_eq!(answer.rank, [rank], "{}", T::NAME);
    }
    let answer = lstsq(&Mat::<T>::zeros(3, 2).unwrap(), &vec![real::<T>(2.0); 3]).unwrap();
    assert_eq!((answer.solution, answer.rank[0]), (vec![T::zero(); 2], 0));
    assert_eq!(answer.residuals[0].to_f64(), 12.0);
}

fn without_elements<T: Element>() {
    let zeros = |m, n| Mat::<T>::zeros(m, n).unwrap();
    for (m, n, k) in [(0, 0, 0), (0, 3, 2), (3, 0, 2), (3, 2, 0), (0, 0, 1), (2, 3, 0)] {
        let answer = lstsq_with(&zeros(m, n), &zeros(m, k), 0.5).unwrap();
        assert_eq!(answer.solution, zeros(n, k));
        assert_eq!((answer.rank[0], answer.residuals.len(), answer.singular_values.len()), (0, k, m.min(n)));
        assert_eq!(ridge(&zeros(m, n), &zeros(m, k), 1.0).unwrap(), zeros(n, k));
    }
    assert_eq!(rank(&zeros(0, 3)).unwrap(), 0);
    assert_eq!(pinv(&zeros(0, 3)).unwrap(), zeros(3, 0));
    assert_eq!(null_space(&zeros(0, 3)).unwrap().shape(), [3, 3]);
    assert_eq!(null_space(&zeros(3, 0)).unwrap().shape(), [0, 0]);
    assert!(svdvals(&zeros(3, 0)).unwrap().is_empty());
    assert!(matches!(cond(&zeros(0, 0), ConditionNorm::Two), Err(Error::BadArgument { .. })));
    let none = Stack::<T>::zeros(&[0, 3, 2]).unwrap();
    assert_eq!(pinv(&none).unwrap().shape(), [0, 2, 3]);
    assert_eq!(null_space(&none).unwrap().shape(), [0, 2, 0]);
    let answer = lstsq(&none, &vec![T::zero(); 3]).unwrap();
    assert_eq!((answer.solution.len(), answer.rank.len(), &answer.batch[..]), (0, 0, &[0][..]));
    let wrong = lstsq(&zeros(3, 2), &zeros(2, 1)).map(drop);
    assert!(matches!(wrong, Err(Error::ShapeMismatch { .. })));
    assert!(matches!(ridge(&zeros(3, 2), &zeros(2, 1), 0.0), Err(Error::ShapeMismatch { .. })));
}

/// Near overflow and among the subnormal numbers: the same digits, powers of two apart.
fn in_range<T: Element>() {
    let mut random = Random::new(5);
    let far = if eps::<T>() < 1e-10 { 1010 } else { 120 };
    let shifted = |a: &Mat<T>, e: i32| {
        let power = |e: i32| real::<T>(2_f64.powi(e));
        Mat::from_fn(a.nrows(), a.ncols(), |i, j| a[(i, j)] * power(e / 2) * power(e - e / 2))
    };
    for (m, n, r) in [(6, 3, 3), (3, 6, 3), (6, 4, 2)] {
        let a: Mat<T> = of_rank(&mut random, m, n, r);
        let b: Mat<T> = whole(&mut random, m, 1, 9);
        let plain = lstsq(&a, &b).unwrap();
        for (of_a, of_b) in [(far, far), (-far, -far), (far, 0), (0, -far)] {
            let answer = lstsq(&shifted(&a, of_a), &shifted(&b, of_b)).unwrap();
            assert_eq!(answer.rank, plain.rank);
            if of_a == of_b {
                let (x, y) = (answer.solution.as_slice(), plain.solution.as_slice());
                assert_eq!(bits(x), bits(y), "{} {m} x {n} 2^{of_a}", T::NAME);
            }
        }
        assert_eq!(
            cond(&shifted(&a, far), ConditionNorm::Two).unwrap(),
            cond(&a, ConditionNorm::Two).unwrap()
        );
        assert_eq!(rank(&shifted(&a, -far)).unwrap(), r);
        let x = pinv(&shifted(&a, far - 10)).unwrap();
        assert_eq!(bits(shifted(&x, far - 10).as_slice()), bits(pinv(&a).unwrap().as_slice()));
        let x = ridge(&shifted(&a, far / 4), &shifted(&b, far / 4), 2_f64.powi(far / 4 * 2)).unwrap();
        assert_eq!(bits(x.as_slice()), bits(ridge(&a, &b, 1.0).unwrap().as_slice()));
    }
}

fn not_finite<T: Element>() {
    let mut random = Random::new(6);
    for bad in [f64::NAN, f64::INFINITY] {
        let mut matrices = vec![whole::<T>(&mut random, 4, 3, 9); 4];
        matrices[2][(1, 1)] = real(bad);
        let a = stack_of(&matrices, 4, 3);
        let b: Mat<T> = whole(&mut random, 4, 2, 9);
        let refused = Error::NoSingularValues { matrix: 2 };
        let b_stack = stack_of(std::slice::from_ref(&b), 4, 2);
        assert_eq!(lstsq(&a, &b_stack).map(drop), Err(refused.clone()));
        assert_eq!(ridge(&a, &b_stack, 1.0).map(drop), Err(refused.clone()));
        assert_eq!(pinv(&a).map(drop), Err(refused.clone()));
        assert_eq!(rank(&a).map(drop), Err(refused.clone()));
        assert_eq!(null_space(&a).map(drop), Err(refused.clone()));
        assert_eq!(svdvals(&a).map(drop), Err(refused));
        // On the right it spoils its own column only, of square systems too.
        for matrix in [&matrices[0], &whole::<T>(&mut random, 4, 6, 9), &of_rank(&mut random, 4, 4, 2)] {
            let mut spoilt = b.clone();
            spoilt[(3, 1)] = real(bad);
            let (good, answer) = (lstsq(matrix, &b).unwrap(), lstsq(matrix, &spoilt).unwrap());
            for j in 0..matrix.ncols() {
                assert_eq!(answer.solution[(j, 0)], good.solution[(j, 0)]);
                assert!(!answer.solution[(j, 1)].is_finite());
            }
        }
    }
    let one = Mat::<T>::identity(2);
    assert!(matches!(ridge(&one, &one, -1.0), Err(Error::BadArgument { .. })));
    assert!(matches!(ridge(&one, &one, f64::NAN), Err(Error::BadArgument { .. })));
}

/// Threads, strides, places in a stack.
fn same_bits_everywhere<T: Element>() {
    let _guard = alone();
    let mut random = Random::new(7);
    for (m, n) in [(5, 3), (3, 5), (4, 4), (70, 40)] {
        let count = if m > 9 { 3 } else { 9 };
        let mut matrices: Vec<Mat<T>> = (0..count).map(|_| random.mat(m, n)).collect();
        matrices[1] = of_rank(&mut random, m, n, 2);
        let b: Mat<T> = random.mat(m, 2);
        let sides = stack_of(std::slice::from_ref(&b), m, 2);
        let one_by_one: Vec<_> = matrices
            .iter()
            .map(|a| {
                (lstsq(a, &b).unwrap(), pinv(a).unwrap(), ridge(a, &b, 0.5).unwrap(), svdvals(a).unwrap())
            })
            .collect();
        let before = resolvent::num_threads().unwrap();
        for threads in [1, 3] {
            resolvent::set_num_threads(threads).unwrap();
            let some = if m > 9 { &LAYOUTS[..2] } else { &LAYOUTS[..] };
            for &layout in some {
                let strided = Strided::stack(&matrices, layout, SEQUENCES[0]);
                let a = strided.stack_view();
                let answer = lstsq(&a, &sides).unwrap();
                let inverses = pinv(&a).unwrap();
                let prices = ridge(&a, &sides, 0.5).unwrap();
                let values = svdvals(&a).unwrap();
                for (index, (alone, inverse, price, s)) in one_by_one.iter().enumerate() {
                    let x = answer.solution.as_ref().matrix(index).to_mat();
                    assert_eq!(bits(x.as_slice()), bits(alone.solution.as_slice()), "{} {m} x {n}", T::NAME);
                    assert_eq!(answer.rank[index], alone.rank[0]);
                    assert_eq!(bits(&answer.residuals[2 * index..][..2]), bits(&alone.residuals));
                    assert_eq!(inverses.as_ref().matrix(index).to_mat(), *inverse);
                    assert_eq!(prices.as_ref().matrix(index).to_mat(), *price);
                    assert_eq!(&values[index], s);
                }
            }
        }
        resolvent::set_num_threads(before).unwrap();
    }
}

/// The four equations of Penrose.
fn pseudoinverses<T: Element>() {
    let mut random = Random::new(8);
    for (m, n, r) in [(1, 1, 1), (4, 4, 4), (7, 3, 3), (3, 7, 3), (8, 6, 2), (40, 33, 33), (5, 5, 0)] {
        let a: Mat<T> = of_rank(&mut random, m, n, r);
        let x = pinv(&a).unwrap();
        assert_eq!(x.shape(), [n, m]);
        let (a, x) = (widen(a.as_ref()), widen(x.as_ref()));
        let (ax, xa) = (product(&a, &x), product(&x, &a));
        let unit = 30.0 * (m + n) as f64 * eps::<T>() * (largest(&a) * largest(&x)).max(1.0);
        let zero = |x: &Mat<T::Wide>, y: &Mat<T::Wide>, size: f64| {
            let error = largest(&difference(x, y));
            assert!(error <= unit * size, "{} {m} x {n} rank {r}: {error:e}", T::NAME);
        };
        zero(&product(&ax, &a), &a, largest(&a));
        zero(&product(&xa, &x), &x, largest(&x));
        zero(&conjugate_transpose(&ax), &ax, 1.0);
        zero(&conjugate_transpose(&xa), &xa, 1.0);
    }
    let a = Mat::from_rows(&[[real::<T>(2.0), T::zero()], [T::zero(), real(0.25)]]);
    let stack = stack_of(&[a.clone(), a], 2, 2);
    let inverses = pinv_with(&stack, Cutoff::Each(&[0.1, 0.2])).unwrap();
    let corner = |index| inverses.as_ref().matrix(index).get(1, 1);
    assert_eq!((corner(0), corner(1)), (real(4.0), T::zero()));
    assert!(matches!(pinv_with(&stack, Cutoff::Each(&[0.1])), Err(Error::WrongLength { .. })));
}

fn ranks<T: Element>() {
    let mut random = Random::new(9);
    for (m, n) in [(1, 1), (6, 4), (4, 6), (7, 7), (30, 20)] {
        for r in 0..=m.min(n) {
            let a: Mat<T> = of_rank(&mut random, m, n, r);
            assert_eq!(rank(&a).unwrap(), r, "{} {m} x {n}", T::NAME);
            assert_eq!(rank(&transpose(&a)).unwrap(), r);
        }
    }
    let a = Mat::from_fn(3, 3, |i, j| if i == j { real::<T>(10_f64.powi(-(i as i32))) } else { T::zero() });
    for (cutoff, expected) in [
        (Cutoff::Rounding, 3),
        (Cutoff::Relative(0.05), 2),
        (Cutoff::Absolute(0.5), 1),
        (Cutoff::Absolute(1.0), 0),
        (Cutoff::Relative(f64::NAN), 0),
    ] {
        assert_eq!(rank_with(&a, cutoff).unwrap(), expected, "{cutoff:?}");
    }
    // A value of rounding is none, one above counts: 3 eps times the largest is the boundary of order 3.
    let near =
        |x: f64| Mat::from_fn(3, 3, |i, j| if i == j { real::<T>([1.0, 1.0, x][i]) } else { T::zero() });
    assert_eq!(rank(&near(2.9 * eps::<T>())).unwrap(), 2);
    assert_eq!(rank(&near(3.1 * eps::<T>())).unwrap(), 3);
}

fn null_spaces<T: Element>() {
    let mut random = Random::new(10);
    for (m, n, r) in [(1, 1, 0), (4, 4, 2), (7, 3, 1), (3, 7, 3), (3, 9, 2), (30, 20, 11), (6, 6, 6)] {
        let a: Mat<T> = of_rank(&mut random, m, n, r);
        let basis = null_space(&a).unwrap();
        assert_eq!(basis.shape(), [n, n - r], "{} {m} x {n}", T::NAME);
        let (a, basis) = (widen(a.as_ref()), widen(basis.as_ref().matrix(0)));
        let unit = 10.0 * (m + n) as f64 * eps::<T>();
        assert!(largest(&product(&a, &basis)) <= unit * largest(&a), "{} {m} x {n}", T::NAME);
        let gram = product(&conjugate_transpose(&basis), &basis);
        assert!(largest(&difference(&gram, &Mat::identity(n - r))) <= unit, "{} {m} x {n}", T::NAME);
    }
    let same = stack_of(&[of_rank::<T>(&mut random, 4, 4, 2), of_rank(&mut random, 4, 4, 2)], 4, 4);
    assert_eq!(null_space(&same).unwrap().shape(), [2, 4, 2]);
    let other = stack_of(&[of_rank::<T>(&mut random, 4, 4, 2), of_rank(&mut random, 4, 4, 3)], 4, 4);
    assert!(matches!(null_space(&other), Err(Error::BadArgument { .. })));
    assert_eq!(null_space_with(&other, Cutoff::Relative(1.0)).unwrap().shape(), [2, 4, 4]);
}

fn ridges_are_exact<T: Element>() {
    let mut random = Random::new(11);
    for (m, n) in [(1, 1), (5, 3), (3, 5), (6, 6)] {
        let a: Mat<T> = whole(&mut random, m, n, 5);
        let b: Mat<T> = whole(&mut random, m, 2, 5);
        let alphas = [0.0, 0.5, 1.0, 1000.0];
        let path = ridges(&a, &b, &alphas).unwrap();
        assert_eq!(path.len(), 4);
        for (&alpha, x) in alphas.iter().zip(&path) {
            assert_eq!(bits(x.as_slice()), bits(ridge(&a, &b, alpha).unwrap().as_slice()));
            if alpha > 0.0 {
                let price = BigRational::from_float(alpha).unwrap() * BigRational::one();
                let error = relative_error(x, &normal_equations(&exact(&a), &exact(&b), &price), true);
                assert!(error <= 1e-13 + eps::<T>(), "{} {m} x {n} alpha {alpha}: {error:e}", T::NAME);
            }
        }
        let plain = lstsq(&a, &b).unwrap().solution;
        assert!(largest(&difference(&path[0], &plain)) <= (1e-12 + eps::<T>()) * largest(&plain));
    }
    let dear = ridge(&Mat::<T>::identity(2), &Mat::identity(2), f64::INFINITY).unwrap();
    assert_eq!(dear, Mat::zeros(2, 2).unwrap());
    assert!(ridges(&Mat::<T>::identity(2), &Mat::identity(2), &[]).unwrap().is_empty());
}

const NORMS: [ConditionNorm; 8] = [
    ConditionNorm::Two,
    ConditionNorm::MinusTwo,
    ConditionNorm::One,
    ConditionNorm::MinusOne,
    ConditionNorm::Infinity,
    ConditionNorm::MinusInfinity,
    ConditionNorm::Frobenius,
    ConditionNorm::Nuclear,
];

fn conditions<T: Element>() {
    // [[3, 4], [0, 5]] has the inverse [[1/3, -4/15], [0, 1/5]] and the singular values sqrt(45) and sqrt(5).
    let a = Mat::from_rows(&[[3.0, 4.0], [0.0, 5.0]].map(|row| row.map(real::<T>)));
    let expected = [
        3.0,
        1.0 / 3.0,
        9.0 * 7.0 / 15.0,
        1.0,
        7.0 * 9.0 / 15.0,
        1.0,
        50_f64.sqrt() * 50_f64.sqrt() / 15.0,
        (45_f64.sqrt() + 5_f64.sqrt()) * (1.0 / 45_f64.sqrt() + 1.0 / 5_f64.sqrt()),
    ];
    for (norm, expected) in NORMS.into_iter().zip(expected) {
        let number = cond(&a, norm).unwrap().to_f64();
        assert!((number - expected).abs() <= 4.0 * eps::<T>() * expected, "{norm:?}: {number}");
    }
    let singular = Mat::from_rows(&[[1.0, 2.0], [2.0, 4.0]].map(|row| row.map(real::<T>)));
    let zero = Mat::<T>::zeros(2, 2).unwrap();
    let mut undefined = a.clone();
    undefined[(0, 1)] = real(f64::NAN);
    let stack = stack_of(&[a.clone(), singular, zero, undefined], 2, 2);
    for norm in NORMS {
        let numbers = cond(&stack, norm).unwrap();
        assert_eq!(bits(&numbers[..1]), bits(&[cond(&a, norm).unwrap()]), "{norm:?}");
        let exactly = !matches!(norm, ConditionNorm::Two | ConditionNorm::MinusTwo | ConditionNorm::Nuclear);
        assert!(!exactly || numbers[1] == numbers[2], "{norm:?} of a singular matrix: {}", numbers[1]);
        assert!(numbers[2].to_f64() == f64::INFINITY, "{norm:?} of zeros: {}", numbers[2]);
        assert!(numbers[3].is_nan(), "{norm:?} of NaN: {}", numbers[3]);
    }
    let tall = Mat::<T>::zeros(3, 2).unwrap();
    assert!(matches!(cond(&tall, ConditionNorm::One), Err(Error::NotSquare { .. })));
    assert!(cond(&tall, ConditionNorm::Two).is_ok());
}

/// Sums of powers of the singular values are traces, which are exact for whole numbers.
fn singular_values<T: Element>() {
    let mut random = Random::new(12);
    for (m, n) in [(1, 1), (6, 4), (4, 6), (9, 9)] {
        let a: Mat<T> = whole(&mut random, m, n, 9);
        let s = svdvals(&a).unwrap();
        let a = exact(&a);
        let gram = times(&turned(&a), &a);
        let parts = BigRational::from_integer(BigInt::from(T::PARTS));
        for (power, square) in [(2, gram.clone()), (4, times(&gram, &gram))] {
            let trace = (0..square.len()).map(|i| square[i][i].clone()).sum::<BigRational>() / &parts;
            let (trace, sum) =
                (trace.to_f64().unwrap(), s.iter().map(|s| s.to_f64().powi(power)).sum::<f64>());
            assert!((sum - trace).abs() <= 20.0 * eps::<T>() * trace, "{} {m} x {n}: {sum} {trace}", T::NAME);
        }
    }
}

#[test]
fn kinds_of_operands() {
    let a = [[2.0, 0.0], [0.0, 3.0]];
    assert_eq!(lstsq(&a, &[2.0, 3.0]).unwrap().solution, [1.0, 1.0]);
    // A solution of another length than the right-hand side does not fit an array.
    let tall = Mat::from_rows(&[[1.0], [1.0]]);
    assert!(matches!(lstsq(&tall, &[2.0, 4.0]), Err(Error::ShapeMismatch { .. })));
    assert_eq!(lstsq(&tall, &vec![2.0, 4.0]).unwrap().solution, [3.0]);
    // Stack dimensions of both sides are broadcast.
    let sides = Stack::from_vec(vec![2.0, 4.0, 6.0, 8.0, 1.0, 1.0], &[3, 2, 1]).unwrap();
    let answer = lstsq(&tall, &sides).unwrap();
    assert_eq!((answer.solution.as_slice(), &answer.batch[..]), (&[3.0, 7.0, 1.0][..], &[3][..]));
    assert_eq!(answer.residuals, [2.0, 2.0, 0.0]);
    assert_eq!(pinv(&a).unwrap(), [[0.5, 0.0], [0.0, 1.0 / 3.0]]);
    assert!(matches!(lstsq(&vec_of_complex(), &[Complex::new(1.0, 0.0)]), Ok(answer) if answer.rank == [1]));
}

fn vec_of_complex() -> Mat<Complex<f64>> {
    Mat::from_fn(1, 1, |_, _| Complex::new(0.0, 2.0))
}
