//! What the caller says a matrix is decides which of its elements are read.

mod common;

use resolvent::{
    Assume, Detail, Mat, Method, Options, Scalar, Stack, Status, inv_ex, inv_in_place, inv_with, solve_ex,
    solve_in_place, solve_with,
};

use common::{Element, Random, bits, real};

every_type!(unread_elements_do_not_matter general_looks_for_nothing in_place);

/// For the kernels for small matrices, for the blocked methods in the cache and beyond it.
const ORDERS: [usize; 5] = [1, 3, 20, 100, 300];

fn asked(assume: Assume) -> Options {
    Options::from(Detail::Full).assuming(assume)
}

fn is_read(assume: Assume, i: usize, j: usize) -> bool {
    match assume {
        Assume::General | Assume::Banded => true,
        Assume::LowerTriangular => i >= j,
        Assume::Diagonal => i == j,
        Assume::Tridiagonal => i.abs_diff(j) <= 1,
        _ => i <= j,
    }
}

/// The matrix that is meant, and one with NaN wherever it is not read.
fn pair<T: Scalar>(assume: Assume, n: usize) -> (Mat<T>, Mat<T>) {
    let random = |i: usize, j: usize| Random::new((i * 1009 + j) as u64 + 3).element::<T>();
    let meant = Mat::from_fn(n, n, |i, j| match assume {
        _ if i == j => real(2.0 * n as f64),
        Assume::Symmetric => random(i.min(j), i.max(j)),
        Assume::Hermitian | Assume::PositiveDefinite if i > j => random(j, i).conj(),
        Assume::Hermitian | Assume::PositiveDefinite => random(i, j),
        Assume::Banded if i.abs_diff(j) > 2 => T::zero(),
        _ if !is_read(assume, i, j) => T::zero(),
        _ => random(i, j),
    });
    let given = Mat::from_fn(n, n, |i, j| if is_read(assume, i, j) { meant[(i, j)] } else { T::nan() });
    (meant, given)
}

/// Small lower triangles are solved with in another way than the same matrix without that word.
fn substituted(assume: Assume, n: usize) -> bool {
    assume == Assume::LowerTriangular && n <= 20
}

fn unread_elements_do_not_matter<T: Element>() {
    for assume in Assume::ALL {
        for n in ORDERS {
            let (meant, given) = pair::<T>(assume, n);
            let b: Vec<T> = (0..n).map(|i| real(i as f64 - 1.0)).collect();
            let inverse = inv_with(&given, asked(assume)).unwrap();
            assert_eq!(inverse.info.status, [Status::Ok], "{assume} {n}");
            let solution = solve_with(&given, &b, asked(assume)).unwrap();
            if assume == Assume::General {
                continue;
            }
            assert!(inverse == inv_ex(&meant).unwrap(), "{assume} {n}");
            let by_word = solve_with(&meant, &b, asked(assume)).unwrap();
            let expected = if substituted(assume, n) { by_word } else { solve_ex(&meant, &b).unwrap() };
            assert!(solution == expected, "{assume} {n}");
            let expected = match (assume, n) {
                (_, ..=20) => Method::Small,
                (Assume::PositiveDefinite | Assume::Hermitian, _) => Method::PositiveDefinite,
                (Assume::Symmetric, _) if T::PARTS == 1 => Method::PositiveDefinite,
                (Assume::UpperTriangular | Assume::LowerTriangular, _) => Method::Triangular,
                (Assume::Diagonal, _) => Method::Diagonal,
                (Assume::Tridiagonal | Assume::Banded, _) => Method::Banded,
                _ => Method::Blocked,
            };
            assert_eq!(solution.info.method, expected, "{assume} {n}");
        }
    }
}

fn general_looks_for_nothing<T: Element>() {
    for assume in [Assume::Diagonal, Assume::UpperTriangular, Assume::PositiveDefinite, Assume::Banded] {
        for n in [100, 300] {
            let (meant, _) = pair::<T>(assume, n);
            let b: Vec<T> = (0..n).map(|i| real(i as f64 - 1.0)).collect();
            for info in [
                inv_with(&meant, asked(Assume::General)).unwrap().info,
                solve_with(&meant, &b, asked(Assume::General)).unwrap().info,
            ] {
                assert_eq!((info.method, info.status[0]), (Method::Blocked, Status::Ok), "{assume} {n}");
            }
        }
    }
}

/// In place, and in a stack whose matrices are read alike.
fn in_place<T: Element>() {
    for assume in Assume::ALL {
        for n in [3, 100] {
            let (meant, given) = pair::<T>(assume, n);
            let data = [given.as_slice(), given.as_slice()].concat();
            let mut stack = Stack::from_vec(data, &[2, n, n]).unwrap();
            let mut b = Stack::from_vec(vec![T::one(); 2 * n], &[2, n, 1]).unwrap();
            solve_in_place(&stack.as_ref(), &mut b.as_mut(), asked(assume)).unwrap();
            inv_in_place(&mut stack.as_mut(), asked(assume)).unwrap();
            let by_word = assume == Assume::General || substituted(assume, n);
            let options = if by_word { asked(assume) } else { Detail::Full.into() };
            let inverse = inv_with(&meant, options).unwrap().inverse;
            let x = solve_with(&meant, &vec![T::one(); n], options).unwrap().solution;
            for index in 0..2 {
                assert_eq!(bits(&stack.as_slice()[index * n * n..][..n * n]), bits(inverse.as_slice()));
                assert_eq!(bits(&b.as_slice()[index * n..][..n]), bits(&x), "{assume} {n}");
            }
        }
    }
}
