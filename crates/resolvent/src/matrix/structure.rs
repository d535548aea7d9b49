//! What a matrix is besides a matrix: looked for once, and not for long in one that is nothing special.

use resolvent_kernels::{Kernels, Scalar};

use super::MatRef;

/// What is worth knowing about a square matrix before it is factored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Structure {
    /// Zeros off the diagonal.
    Diagonal,
    /// Zeros below the diagonal.
    Upper,
    /// Zeros above the diagonal.
    Lower,
    /// `A = A^H`, bit by bit but for the sign of zeros.
    Hermitian,
    /// None of these.
    General,
}

/// The structure of a square row-major matrix of finite numbers. A full one without any is known as such after a few
/// elements; what is found costs a pass over the matrix.
pub(crate) fn structure_of<T: Scalar>(kernels: &Kernels<T>, a: MatRef<'_, T>) -> Structure {
    let n = a.nrows();
    // From where a matrix with a few zeros in the corner has none.
    let upper = (1..n).rev().all(|i| is_zero(&a.row(i)[..i]));
    let lower = (0..n).all(|i| is_zero(&a.row(i)[i + 1..]));
    match (upper, lower) {
        (true, true) => Structure::Diagonal,
        (true, false) => Structure::Upper,
        (false, true) => Structure::Lower,
        (false, false) if is_hermitian(kernels, a) => Structure::Hermitian,
        (false, false) => Structure::General,
    }
}

/// In pieces: one looks at all its elements at once.
fn is_zero<T: Scalar>(elements: &[T]) -> bool {
    const PIECE: usize = 64;
    elements.chunks(PIECE).all(|piece| piece.iter().fold(true, |zero, &x| zero & (x == T::zero())))
}

fn is_hermitian<T: Scalar>(kernels: &Kernels<T>, a: MatRef<'_, T>) -> bool {
    assert!(a.nrows() == a.ncols() && (a.col_stride() == 1 || a.ncols() < 2), "a square row-major matrix");
    // SAFETY: rows of n contiguous elements, readable as long as the view.
    unsafe { (kernels.is_hermitian)(a.nrows(), a.as_ptr(), a.row_stride()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::matrix::Mat;
    use resolvent_kernels::{Complex, Isa};

    fn of<T: Scalar>(a: &Mat<T>) -> Structure {
        let mut found = Isa::available().into_iter().map(|isa| structure_of(T::kernels(isa), a.as_ref()));
        let first = found.next().unwrap();
        assert!(found.all(|other| other == first));
        first
    }

    fn full(i: usize, j: usize) -> f64 {
        1.0 + (i * 31 + j * 17 % 7) as f64
    }

    /// A matrix and what it is.
    fn found(n: usize, element: impl Fn(usize, usize) -> f64 + Copy) -> Structure {
        let a = Mat::from_fn(n, n, element);
        let structure = of(&a);
        let mirrored = match structure {
            Structure::Upper => Structure::Lower,
            Structure::Lower => Structure::Upper,
            same => same,
        };
        assert_eq!(of(&Mat::from_fn(n, n, |i, j| element(j, i))), mirrored);
        structure
    }

    #[test]
    fn structures_are_told_apart() {
        for n in [2, 3, 16, 17, 40] {
            let symmetric = |i: usize, j: usize| full(i.min(j), i.max(j));
            let sign = |i: usize, j: usize| if (i, j) == (1, 1) { -1.0 } else { 1.0 };
            assert_eq!(found(n, full), Structure::General, "{n}");
            assert_eq!(found(n, |i, j| if i <= j { full(i, j) } else { 0.0 }), Structure::Upper);
            assert_eq!(found(n, |i, j| if i >= j { full(i, j) } else { -0.0 }), Structure::Lower);
            assert_eq!(found(n, |i, j| if i == j { 2.0 } else { 0.0 }), Structure::Diagonal);
            assert_eq!(found(n, |_, _| 0.0), Structure::Diagonal);
            assert_eq!(found(n, symmetric), Structure::Hermitian);
            assert_eq!(found(n, |i, j| symmetric(i, j) * sign(i, j)), Structure::Hermitian);
            assert_eq!(found(n, |i, j| if i == j { 0.0 } else { symmetric(i, j) }), Structure::Hermitian);
        }
        assert_eq!(of(&Mat::<f64>::identity(1)), Structure::Diagonal);
    }

    #[test]
    fn one_element_spoils_it() {
        let n = 35;
        for at in [(0, 1), (1, 0), (n - 1, 0), (0, n - 1), (n - 1, n - 2), (20, 17), (17, 20)] {
            for other in [1e-300, -7.0] {
                let spoiled = |i, j, x: f64| if (i, j) == at { other } else { x };
                let upper = found(n, |i, j| spoiled(i, j, if i <= j { full(i, j) } else { 0.0 }));
                assert_eq!(upper, if at.0 > at.1 { Structure::General } else { Structure::Upper }, "{at:?}");
                assert_eq!(
                    found(n, |i, j| spoiled(i, j, full(i.min(j), i.max(j)))),
                    Structure::General,
                    "{at:?}"
                );
            }
        }
    }

    #[test]
    fn a_hermitian_matrix_is_not_a_symmetric_one() {
        let element = |i: usize, j: usize, sign: f64| {
            let im = (i as f64 - j as f64) * if i < j { 1.0 } else { sign };
            Complex::new((i + j + 1) as f64, im)
        };
        let hermitian = Mat::from_fn(5, 5, |i, j| element(i, j, 1.0));
        let symmetric = Mat::from_fn(5, 5, |i, j| element(i, j, -1.0));
        assert_eq!(of(&hermitian), Structure::Hermitian);
        assert_eq!(of(&symmetric), Structure::General);
        // Its diagonal is real, in tiles of the kernel and behind them.
        for n in [5, 35] {
            for at in [0, 3, n - 1] {
                let mut spoiled = Mat::from_fn(n, n, |i, j| element(i, j, 1.0));
                for im in [1e-320, f64::MAX] {
                    spoiled[(at, at)].im = im;
                    assert_eq!(of(&spoiled), Structure::General, "{n}: {at}");
                }
                spoiled[(at, at)].im = -0.0;
                assert_eq!(of(&spoiled), Structure::Hermitian, "{n}: {at}");
            }
        }
    }
}
