//! Matrices with a structure: it is recognised, the answers are as good as any, and what is only nearly one is none.

mod common;

use resolvent::{Mat, Method, Real, Scalar, Stack, Status, inv_ex, set_num_threads, solve_ex};

use common::{Element, Random, element, eps, real, relative_residual};

every_type!(answers_are_good nearly_is_not singular_triangles threads_do_not_matter a_stack_of_several
            positive_inverses_are_hermitian tiny_diagonals
            ill_conditioned_positive_matrices inverses_of_triangles);

/// Orders on both sides of the blocks, and of where the methods begin.
const ORDERS: [usize; 7] = [61, 95, 96, 97, 221, 300, 385];

#[derive(Debug, Clone, Copy, PartialEq)]
enum Kind {
    Diagonal,
    Upper,
    Lower,
    Positive,
    /// Hermitian, with a positive diagonal, but not positive definite.
    Indefinite,
    Full,
}

const KINDS: [Kind; 6] =
    [Kind::Diagonal, Kind::Upper, Kind::Lower, Kind::Positive, Kind::Indefinite, Kind::Full];

fn matrix<T: Scalar>(kind: Kind, n: usize) -> Mat<T> {
    let random = |i: usize, j: usize| Random::new((i * 1009 + j) as u64 + 7).element::<T>();
    Mat::from_fn(n, n, |i, j| match kind {
        // Dominant diagonals: triangles with random ones are as badly conditioned as can be.
        _ if i == j && kind == Kind::Full => random(i, j),
        // Pairs of eigenvalues near n + 3n and n - 3n.
        Kind::Indefinite if i.abs_diff(j) == n / 2 && i.min(j) < n / 2 => real(3.0 * n as f64),
        _ if i == j => real(n as f64 + (i % 5) as f64),
        Kind::Diagonal => T::zero(),
        Kind::Upper if i > j => T::zero(),
        Kind::Lower if i < j => T::zero(),
        Kind::Positive | Kind::Indefinite if i > j => random(j, i).conj(),
        _ => random(i, j),
    })
}

fn method(kind: Kind) -> Method {
    match kind {
        Kind::Diagonal => Method::Diagonal,
        Kind::Upper | Kind::Lower => Method::Triangular,
        Kind::Positive => Method::PositiveDefinite,
        Kind::Indefinite => Method::HermitianIndefinite,
        _ => Method::Blocked,
    }
}

fn answers_are_good<T: Element>() {
    for kind in KINDS {
        for n in ORDERS {
            let a = matrix::<T>(kind, n);
            for k in [1, 7] {
                let b = Mat::from_fn(n, k, |i, j| Random::new((i * 31 + j) as u64 + 1).element::<T>());
                let answer = solve_ex(&a, &b).unwrap();
                let at = format!("{kind:?} {n}, {k} right-hand sides");
                // Solved with by LU, as long as that is faster.
                let lu = kind == Kind::Indefinite && n < if T::PARTS == 1 { 1400 } else { 700 };
                let expected = if lu { Method::Blocked } else { method(kind) };
                assert_eq!(answer.info.method, expected, "{at}");
                assert!(answer.info.status[0] < Status::Singular, "{at}");
                assert!(answer.info.backward_error[0] < n as f64 * eps::<T>(), "{at}");
                let ratio = relative_residual(&a, &answer.solution, &b);
                assert!(ratio < 3.0, "{at}: {ratio}");
            }
        }
        for n in [61, 161, 221, 300] {
            let a = matrix::<T>(kind, n);
            let answer = inv_ex(&a).unwrap();
            assert_eq!(answer.info.method, method(kind), "{kind:?} {n}");
            let ratio = relative_residual(&a, &answer.inverse, &Mat::identity(n));
            assert!(ratio < 3.0, "{kind:?} {n}: {ratio}");
        }
    }
}

/// One element in the wrong place, or one that is not finite, and it is a matrix like any other.
fn nearly_is_not<T: Element>() {
    let n = 165;
    for (kind, at) in [
        (Kind::Diagonal, (n - 1, 0)),
        (Kind::Upper, (90, 3)),
        (Kind::Lower, (3, 90)),
        (Kind::Positive, (70, 20)),
    ] {
        let mut a = matrix::<T>(kind, n);
        a[at] += T::one();
        let answer = solve_ex(&a, &vec![T::one(); n]).unwrap();
        let expected = match kind {
            Kind::Diagonal => Method::Triangular,
            // The rows between the two of the element are one block.
            Kind::Upper | Kind::Lower => Method::BlockTriangular,
            _ => Method::Blocked,
        };
        assert_eq!((answer.info.method, answer.info.status[0]), (expected, Status::Ok), "{kind:?}");
        a[at] = T::nan();
        let answer = solve_ex(&a, &vec![T::one(); n]).unwrap();
        assert_eq!(
            (answer.info.method, answer.info.status[0]),
            (Method::Blocked, Status::NotFinite),
            "{kind:?}"
        );
    }
}

/// A zero on the diagonal is named, and the answer is NaN.
fn singular_triangles<T: Element>() {
    for kind in [Kind::Diagonal, Kind::Upper, Kind::Lower] {
        for at in [0, 40, 99] {
            let mut a = matrix::<T>(kind, 100);
            a[(at, at)] = T::zero();
            let answer = inv_ex(&a).unwrap();
            assert_eq!(answer.info.status, [Status::Singular], "{kind:?}");
            // Of a lower triangle the last column is the first that depends on those before it.
            let pivot = if kind == Kind::Lower { 99 } else { at };
            assert_eq!(answer.info.failures[0].pivot, pivot, "{kind:?}");
            assert!(answer.inverse.as_slice().iter().all(|x| x.re().is_nan()));
        }
    }
}

fn threads_do_not_matter<T: Element>() {
    let n = 300;
    for kind in KINDS {
        let (a, b) = (matrix::<T>(kind, n), matrix::<T>(Kind::Full, n));
        let answers = [1, 2, 3].map(|threads| {
            set_num_threads(threads).unwrap();
            (solve_ex(&a, &b).unwrap(), inv_ex(&a).unwrap())
        });
        assert!(answers[0] == answers[1] && answers[1] == answers[2], "{kind:?}");
    }
}

/// Every matrix of a stack goes its own way, with the bits it has alone.
fn a_stack_of_several<T: Element>() {
    let n = 170;
    let mut elements = Vec::new();
    KINDS.iter().for_each(|&kind| elements.extend_from_slice(matrix::<T>(kind, n).as_slice()));
    let stack = Stack::from_vec(elements, &[KINDS.len(), n, n]).unwrap();
    let answer = inv_ex(&stack).unwrap();
    assert_eq!(answer.info.method, Method::Mixed);
    for (place, kind) in KINDS.into_iter().enumerate() {
        let alone = inv_ex(&matrix::<T>(kind, n)).unwrap();
        assert!(answer.inverse.as_slice()[place * n * n..][..n * n] == *alone.inverse.as_slice(), "{kind:?}");
        assert_eq!(answer.info.rcond[place], alone.info.rcond[0], "{kind:?}");
    }
}

fn positive_inverses_are_hermitian<T: Element>() {
    for n in [61, 170, 300] {
        let x = inv_ex(&matrix::<T>(Kind::Positive, n)).unwrap().inverse;
        for i in 0..n {
            for j in 0..=i {
                assert!(x[(i, j)] == x[(j, i)].conj(), "{n}: ({i}, {j})");
            }
        }
    }
}

/// `A X = I` as well as ever for positive definite matrices that nearly are not.
fn ill_conditioned_positive_matrices<T: Element>() {
    for n in [80, 250] {
        for digits in [2.0, 0.7 * -eps::<T>().log10()] {
            // D (I + small) D with D from 1 down to 10^(-digits/2): graded, as covariances are; and its reflection.
            let scale = |i: usize| 10_f64.powf(-0.5 * digits * i as f64 / n as f64);
            let wished = |i: usize, j: usize| {
                let correlation = if i == j { 1.0 } else { 0.9 };
                real::<T>(correlation * (scale(i) * scale(j)))
            };
            for turned in [false, true] {
                let place = |i: usize| if turned { n - 1 - i } else { i };
                let a = Mat::from_fn(n, n, |i, j| wished(place(i), place(j)));
                let answer = inv_ex(&a).unwrap();
                assert_eq!(answer.info.method, Method::PositiveDefinite);
                let ratio = relative_residual(&a, &answer.inverse, &Mat::identity(n));
                assert!(ratio < 3.0, "{n}, {digits} digits: {ratio}");
            }
        }
    }
}

/// The inverse of a triangle is one, with nothing on the other side.
fn inverses_of_triangles<T: Element>() {
    for n in [61, 221, 300] {
        for kind in [Kind::Diagonal, Kind::Upper, Kind::Lower] {
            let x = inv_ex(&matrix::<T>(kind, n)).unwrap().inverse;
            for i in 0..n {
                for j in 0..n {
                    let empty = i != j && (kind == Kind::Diagonal || (i > j) == (kind == Kind::Upper));
                    assert!(!empty || x[(i, j)] == T::zero(), "{kind:?} {n}: ({i}, {j})");
                }
            }
        }
        // What its columns are divided by makes their elements overflow: in general, then.
        let mut a = matrix::<T>(Kind::Upper, n);
        a[(2, 2)] = real(T::Real::MIN_POSITIVE.to_f64() * 16.0);
        (3..n).for_each(|j| a[(2, j)] *= real(1e-3));
        let answer = inv_ex(&a).unwrap();
        assert_eq!(answer.info.method, Method::Triangular);
        assert!((answer.inverse[(0, 0)] * a[(0, 0)] - T::one()).abs().to_f64() < 8.0 * eps::<T>());
    }
}

/// Columns of a triangle that cannot be divided by their diagonal without overflow are solved with all the same.
fn tiny_diagonals<T: Element>() {
    // A diagonal far from one has an inverse, and so has a complex one.
    for exponent in [0.6, -0.6] {
        let d = element::<T>(T::Real::MAX.to_f64().powf(exponent), T::Real::MAX.to_f64().powf(exponent));
        let a = Mat::from_fn(70, 70, |i, j| if i == j { d } else { T::zero() });
        let x = inv_ex(&a).unwrap().inverse;
        assert!((0..70).all(|i| (x[(i, i)] * d - T::one()).abs().to_f64() < 4.0 * eps::<T>()));
    }
    let n = 100;
    let tiny = T::Real::MIN_POSITIVE.to_f64() * 16.0;
    let mut a = matrix::<T>(Kind::Lower, n);
    a[(5, 5)] = real(tiny);
    let b: Vec<T> = (0..n).map(|i| if i < 5 { T::zero() } else { a[(i, 5)] }).collect();
    let answer = solve_ex(&a, &b).unwrap();
    for (i, &x) in answer.solution.iter().enumerate() {
        let exact: T = real(if i == 5 { 1.0 } else { 0.0 });
        assert!((x - exact).abs().to_f64() < 1e-3, "{i}: {x:?} {:?}", answer.info.method);
    }
}
