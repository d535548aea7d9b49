//! The factor objects: their factors multiply to the matrix, their answers solve it, alone as in a stack, and their parts make
//! them anew. Cholesky's factor by itself; the products of gradients.

mod common;

use common::{Element, Random, eps, product, relative_residual, stack_of, widen};
use resolvent::{
    Error, Mat, MatRef, Real, Scalar, Side, Stack, StackMut, StackRef, Uplo, cholesky, cholesky_into,
    inv_vjp_into, ldl, lu, qr, solve_vjp_into,
};

every_type! { positive hermitian rectangular general gradients }

const SIZES: [usize; 14] = [1, 2, 3, 4, 5, 8, 11, 33, 44, 45, 47, 48, 65, 130];
const COUNT: usize = 5;

fn adjoint<T: Scalar>(a: &Mat<T>) -> Mat<T> {
    Mat::from_fn(a.ncols(), a.nrows(), |i, j| a[(j, i)].conj())
}

fn turned<T: Scalar>(side: Side, a: &Mat<T>) -> Mat<T> {
    match side {
        Side::Plain => a.clone(),
        Side::Transposed => Mat::from_fn(a.ncols(), a.nrows(), |i, j| a[(j, i)]),
        Side::Adjoint => adjoint(a),
    }
}

/// `|A - B|` by n, the largest element of A and eps.
fn distance<T: Element>(a: &Mat<T>, b: &Mat<T::Wide>) -> f64 {
    let largest = a.as_slice().iter().map(|x| x.abs1().to_f64()).fold(0.0, f64::max);
    let pairs = a.as_slice().iter().zip(b.as_slice());
    let off = pairs
        .map(|(&a, &b)| (a.widen() - b).abs1())
        .fold(0.0, |worst: f64, x| if x <= worst { worst } else { x });
    off / (a.nrows().max(a.ncols()) as f64 * largest * eps::<T>())
}

fn matrix<T: Scalar>(stack: &Stack<T>, index: usize) -> Mat<T> {
    let a = stack.as_ref();
    let a: MatRef<'_, T> = a.matrix(index);
    Mat::from_fn(a.nrows(), a.ncols(), |i, j| a.get(i, j))
}

/// Hermitian matrices, exactly: of a kind, and with what stands above the diagonal replaced by NaN.
fn made<T: Scalar>(n: usize, definite: bool) -> (Vec<Mat<T>>, Stack<T>) {
    let mut random = Random::new(n as u64 + 100);
    let whole = |random: &mut Random| {
        let m = random.mat::<T>(n, n);
        let a = if definite { product(&m, &adjoint(&m)) } else { m };
        let shift = T::from_real(T::Real::from_f64(if definite { 0.5 } else { 0.0 }));
        Mat::from_fn(n, n, |i, j| match i.cmp(&j) {
            std::cmp::Ordering::Greater => a[(i, j)],
            std::cmp::Ordering::Less => a[(j, i)].conj(),
            std::cmp::Ordering::Equal => T::from_real(a[(i, i)].re()) + shift,
        })
    };
    let all: Vec<Mat<T>> = (0..COUNT).map(|_| whole(&mut random)).collect();
    let half: Vec<Mat<T>> =
        all.iter().map(|a| Mat::from_fn(n, n, |i, j| if i >= j { a[(i, j)] } else { T::nan() })).collect();
    (all, stack_of(&half, n, n))
}

/// Solutions of all sides, of the stack and of each matrix alone; inverses.
macro_rules! answers {
    ($n:expr, $all:expr, $factors:expr, |$one:ident| $again:expr) => {{
        let (n, all, factors) = ($n, $all, $factors);
        let mut random = Random::new(7);
        let b: Vec<Mat<T>> = (0..COUNT).map(|_| random.mat(n, 2)).collect();
        let inverse = factors.inverse().unwrap();
        for side in [Side::Plain, Side::Transposed, Side::Adjoint] {
            let x = factors.solve_side(side, &stack_of(&b, n, 2)).unwrap();
            for (index, a) in all.iter().enumerate() {
                let residual = relative_residual(&turned(side, a), &matrix(&x, index), &b[index]);
                assert!(residual < 4.0, "{n} {side:?}: {residual}");
                let $one = a;
                let alone = $again.solve_side(side, &b[index]).unwrap();
                assert_eq!(alone, matrix(&x, index), "{n} {side:?}");
            }
        }
        for (index, a) in all.iter().enumerate() {
            let residual = relative_residual(a, &matrix(&inverse, index), &Mat::identity(n));
            assert!(residual < 4.0, "{n}: {residual}");
        }
        inverse
    }};
}

fn positive<T: Element>() {
    for n in SIZES {
        let (all, half) = made::<T>(n, true);
        let factors = cholesky(&half).unwrap();
        let mut plain = Stack::zeros(half.shape()).unwrap();
        cholesky_into(&half.as_ref(), Uplo::Lower, &mut plain.as_mut()).unwrap();
        let lower = factors.l().unwrap();
        for (index, a) in all.iter().enumerate() {
            for l in [matrix(&lower, index), matrix(&plain, index)] {
                let wide = widen(l.as_ref());
                let off = distance(a, &product(&wide, &adjoint(&wide)));
                assert!(off < 2.0, "{n}: {off}");
                assert!((0..n).all(|j| (0..j).all(|i| l[(i, j)] == T::zero())));
            }
        }
        // U is what L is of the transpose.
        let flipped: Vec<Mat<T>> = (0..COUNT).map(|m| turned(Side::Transposed, &matrix(&half, m))).collect();
        let flipped = stack_of(&flipped, n, n);
        let mut upper = Stack::zeros(half.shape()).unwrap();
        cholesky_into(&flipped.as_ref(), Uplo::Upper, &mut upper.as_mut()).unwrap();
        for index in 0..COUNT {
            let (l, u) = (matrix(&plain, index), turned(Side::Transposed, &matrix(&upper, index)));
            assert!(distance(&l, &widen(u.as_ref())) < 2.0, "{n}");
            assert!((0..n).all(|j| (0..j).all(|i| u[(i, j)] == T::zero())));
        }
        let inverse = answers!(n, &all, &factors, |one| cholesky(one).unwrap());
        for index in 0..COUNT {
            let x = matrix(&inverse, index);
            assert_eq!(adjoint(&x), x, "{n}: the inverse is Hermitian");
        }
        let again = resolvent::Cholesky::<T, resolvent::Many>::from_parts(
            factors.factors().clone(),
            factors.info().clone(),
        );
        assert_eq!(again.unwrap().l().unwrap(), lower);
    }
}

fn hermitian<T: Element>() {
    for n in SIZES {
        let (all, half) = made::<T>(n, false);
        let factors = ldl(&half).unwrap();
        let (lower, middle) = (factors.l().unwrap(), factors.d().unwrap());
        for (index, a) in all.iter().enumerate() {
            let p = &factors.permutations()[index * n..][..n];
            let permuted = Mat::from_fn(n, n, |i, j| a[(p[i], p[j])]);
            let (l, d) = (widen(matrix(&lower, index).as_ref()), widen(matrix(&middle, index).as_ref()));
            let off = distance(&permuted, &product(&product(&l, &d), &adjoint(&l)));
            assert!(off < 8.0, "{n}: {off}");
            assert_eq!(adjoint(&d), d);
            assert!(
                (0..n).all(|i| l[(i, i)] == T::Wide::one() && (0..i).all(|j| l[(j, i)] == T::Wide::zero()))
            );
            assert!((0..n).all(|i| (0..i).all(|j| l[(i, j)].abs1() < 8.0)), "{n}: rook pivoting bounds L");
        }
        let inverse = answers!(n, &all, &factors, |one| ldl(one).unwrap());
        for index in 0..COUNT {
            let x = matrix(&inverse, index);
            assert_eq!(adjoint(&x), x, "{n}: the inverse is Hermitian");
        }
        let parts = (factors.triangles().clone(), factors.exchanges(), factors.info().clone());
        let again = resolvent::Ldl::<T, resolvent::Many>::from_parts(parts.0, parts.1, parts.2).unwrap();
        assert_eq!((again.l().unwrap(), again.d().unwrap()), (lower, middle));
    }
}

fn general<T: Element>() {
    for n in SIZES {
        let mut random = Random::new(n as u64);
        let all: Vec<Mat<T>> = (0..COUNT).map(|_| random.mat(n, n)).collect();
        let factors = lu(&stack_of(&all, n, n)).unwrap();
        answers!(n, &all, &factors, |one| lu(one).unwrap());
    }
}

fn rectangular<T: Element>() {
    for (m, n) in [(1, 1), (3, 2), (2, 3), (9, 9), (40, 17), (17, 40), (70, 60)] {
        let mut random = Random::new((m * n) as u64);
        let all: Vec<Mat<T>> = (0..COUNT).map(|_| random.mat(m, n)).collect();
        let factors = qr(&stack_of(&all, m, n)).unwrap();
        assert_eq!(factors.shape(), [COUNT, m, n]);
        for (index, a) in all.iter().enumerate() {
            let [q, r] = [factors.q(), factors.r()].map(|part| widen(matrix(part, index).as_ref()));
            assert!(distance(a, &product(&q, &r)) < 2.0, "{m} x {n}");
            let identity = Mat::<T>::identity(m.min(n));
            assert!(distance(&identity, &product(&adjoint(&q), &q)) < 2.0, "{m} x {n}");
        }
        let b: Mat<T> = random.mat(m, 2);
        let for_all = stack_of(std::slice::from_ref(&b), m, 2);
        if m < n {
            assert!(matches!(factors.solve(&for_all), Err(Error::BadArgument { .. })));
            continue;
        }
        let x = factors.solve(&for_all).unwrap();
        let short: Mat<T> = Mat::from_fn(n, 2, |i, j| b[(i, j)]);
        let y = factors.solve_side(Side::Adjoint, &stack_of(&[short], n, 2)).unwrap();
        for (index, a) in all.iter().enumerate() {
            // The residual is orthogonal to the columns of A.
            let (wide, x) = (widen(a.as_ref()), widen(matrix(&x, index).as_ref()));
            let residual = product(&wide, &x);
            let residual = Mat::from_fn(m, 2, |i, j| residual[(i, j)] - b[(i, j)].widen());
            let off =
                product(&adjoint(&wide), &residual).as_slice().iter().map(|x| x.abs1()).fold(0.0, f64::max);
            assert!(off < 1e3 * (m * n) as f64 * eps::<T>(), "{m} x {n}: {off}");
            let of_adjoint = product(&adjoint(&wide), &widen(matrix(&y, index).as_ref()));
            let off = (0..n).map(|i| (of_adjoint[(i, 0)] - b[(i, 0)].widen()).abs1()).fold(0.0, f64::max);
            assert!(off < 1e3 * (m * n) as f64 * eps::<T>(), "{m} x {n}: {off}");
        }
        let again = resolvent::Qr::<T, resolvent::Many>::from_parts(
            factors.q().clone(),
            factors.r().clone(),
            factors.odd().to_vec(),
        );
        assert_eq!(again.unwrap().solve(&for_all).unwrap(), x);
    }
}

fn gradients<T: Element>() {
    for n in [1, 2, 3, 4, 8, 17, 47, 48, 90] {
        let mut random = Random::new(n as u64);
        let stack = |random: &mut Random, k| {
            let all: Vec<Mat<T>> = (0..COUNT).map(|_| random.mat(n, k)).collect();
            (stack_of(&all, n, k), all)
        };
        let ((x, xs), (g, gs)) = (stack(&mut random, n), stack(&mut random, n));
        let mut c = Stack::zeros(x.shape()).unwrap();
        inv_vjp_into(&x.as_ref(), &g.as_ref(), &mut c.as_mut()).unwrap();
        for index in 0..COUNT {
            let xh = adjoint(&widen(xs[index].as_ref()));
            let expected = product(&product(&xh, &widen(gs[index].as_ref())), &xh);
            let minus = Mat::from_fn(n, n, |i, j| -expected[(i, j)]);
            assert!(distance(&matrix(&c, index), &minus) < 20.0, "{n}");
        }
        for k in [1, 3, 40] {
            let ((h, hs), (x, xs)) = (stack(&mut random, k), stack(&mut random, k));
            solve_vjp_into(&h.as_ref(), &x.as_ref(), &mut c.as_mut()).unwrap();
            for index in 0..COUNT {
                let expected = product(&widen(hs[index].as_ref()), &adjoint(&widen(xs[index].as_ref())));
                let minus = Mat::from_fn(n, n, |i, j| -expected[(i, j)]);
                assert!(distance(&matrix(&c, index), &minus) < 20.0, "{n} {k}");
            }
        }
    }
}

#[test]
fn shapes_that_do_not_fit() {
    let data = [1.0; 6];
    let wide = StackRef::from_slice(&data, &[2, 3]).unwrap();
    let square = StackRef::from_slice(&data[..4], &[2, 2]).unwrap();
    let mut out = [0.0; 4];
    let mut out = StackMut::from_slice(&mut out, &[2, 2]).unwrap();
    assert!(matches!(inv_vjp_into(&wide, &wide, &mut out), Err(Error::NotSquare { .. })));
    assert!(matches!(inv_vjp_into(&square, &wide, &mut out), Err(Error::ShapeMismatch { .. })));
    assert!(matches!(solve_vjp_into(&square, &wide, &mut out), Err(Error::ShapeMismatch { .. })));
    assert!(matches!(cholesky_into(&wide, Uplo::Lower, &mut out), Err(Error::NotSquare { .. })));
    let mut small = [0.0; 1];
    let mut small = StackMut::from_slice(&mut small, &[1, 1]).unwrap();
    assert!(matches!(cholesky_into(&square, Uplo::Lower, &mut small), Err(Error::ShapeMismatch { .. })));
    assert!(matches!(solve_vjp_into(&square, &square, &mut small), Err(Error::ShapeMismatch { .. })));
}

#[test]
fn what_is_not_positive_definite_is_listed() {
    let a = Stack::from_vec(vec![1.0, 0.0, 0.0, 1.0, 1.0, 2.0, 2.0, 1.0, -1.0, 0.0, 0.0, 1.0], &[3, 2, 2])
        .unwrap();
    let error = cholesky(&a).unwrap_err();
    assert_eq!(error, Error::NotPositiveDefinite { matrix: 1, all: vec![1, 2] });
    assert_eq!(
        error.to_string(),
        "matrix 1 is not positive definite (2 matrices of the stack are not: 1, 2)"
    );
    assert_eq!(cholesky(&[[-1.0]]).unwrap_err().to_string(), "matrix 0 is not positive definite");
}
