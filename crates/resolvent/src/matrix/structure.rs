//! What a matrix is besides a matrix.

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

/// A square matrix of finite numbers that is no triangle: Hermitian or nothing special, which a full one shows after a few
/// elements.
pub(crate) fn symmetry_of<T: Scalar>(kernels: &Kernels<T>, a: MatRef<'_, T>) -> Structure {
    if is_hermitian(kernels, a) { Structure::Hermitian } else { Structure::General }
}

/// `A = A^H`, bit by bit but for the sign of zeros, for a square matrix of any strides.
pub(crate) fn is_hermitian<T: Scalar>(kernels: &Kernels<T>, a: MatRef<'_, T>) -> bool {
    let n = a.nrows();
    assert!(n == a.ncols(), "a square matrix");
    // A matrix is Hermitian if its transpose is.
    let stored = if a.col_stride() == 1 { a } else { a.transpose() };
    if stored.col_stride() != 1 {
        return (0..n).all(|i| (0..=i).all(|j| a.get(i, j) == a.get(j, i).conj()));
    }
    // SAFETY: rows of n contiguous elements, readable as long as the view.
    unsafe { (kernels.is_hermitian)(n, stored.as_ptr(), stored.row_stride()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::matrix::Mat;
    use resolvent_kernels::{Complex, Isa};

    fn of<T: Scalar>(a: &Mat<T>) -> Structure {
        let mut found = Isa::available().into_iter().map(|isa| symmetry_of(T::kernels(isa), a.as_ref()));
        let first = found.next().unwrap();
        assert!(found.all(|other| other == first));
        first
    }

    fn full(i: usize, j: usize) -> f64 {
        1.0 + (i * 31 + j * 17 % 7) as f64
    }

    #[test]
    fn one_element_spoils_it() {
        for n in [2, 3, 16, 17, 35, 40] {
            let symmetric = |i: usize, j: usize| full(i.min(j), i.max(j));
            let sign = |i: usize, j: usize| if (i, j) == (1, 1) { -1.0 } else { 1.0 };
            assert_eq!(of(&Mat::from_fn(n, n, full)), Structure::General, "{n}");
            assert_eq!(of(&Mat::from_fn(n, n, symmetric)), Structure::Hermitian);
            assert_eq!(of(&Mat::from_fn(n, n, |i, j| symmetric(i, j) * sign(i, j))), Structure::Hermitian);
            let hollow = |i, j| if i == j { 0.0 } else { symmetric(i, j) };
            assert_eq!(of(&Mat::from_fn(n, n, hollow)), Structure::Hermitian);
            for at in [(0, 1), (1, 0), (n - 1, 0), (0, n - 1), (n - 1, n - 2), (n / 2, n / 3)] {
                for other in [1e-300, -7.0] {
                    let mut spoiled = Mat::from_fn(n, n, symmetric);
                    spoiled[at] = other;
                    let symmetric = at.0 == at.1;
                    let expected = if symmetric { Structure::Hermitian } else { Structure::General };
                    assert_eq!(of(&spoiled), expected, "{n}: {at:?}");
                }
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
