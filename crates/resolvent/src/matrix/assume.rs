//! [`Assume`]: what a caller says the matrices are.

use std::fmt;
use std::str::FromStr;

use resolvent_kernels::Scalar;

use super::{MatMut, MatRef, Stack, StackRef};
use crate::error::{Error, Result};

/// What the caller says the matrices are, in SciPy's words: it decides which of their elements are read. Which method
/// then runs the elements decide, and [`Info::method`](crate::Info::method) tells.
///
/// # Example
/// ```
/// use resolvent::Assume;
/// assert_eq!("pos".parse::<Assume>()?, Assume::PositiveDefinite);
/// assert_eq!(Assume::PositiveDefinite.to_string(), "positive definite");
/// # Ok::<(), resolvent::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Assume {
    /// Nothing: no structure is looked for, and LU with partial pivoting runs.
    General,
    /// `A = A^T`: the upper triangle is read.
    Symmetric,
    /// `A = A^H`: the upper triangle is read, and of its diagonal the real parts.
    Hermitian,
    /// Hermitian and positive definite: read as a Hermitian one.
    PositiveDefinite,
    /// Zeros below the diagonal: the upper triangle is read.
    UpperTriangular,
    /// Zeros above the diagonal: the lower triangle is read.
    LowerTriangular,
    /// The diagonal is read.
    Diagonal,
    /// The diagonal and those beside it are read.
    Tridiagonal,
    /// Zeros far from the diagonal: all is read, and the width of the band found.
    Banded,
}

impl Assume {
    /// All of them.
    pub const ALL: [Assume; 9] = [
        Assume::General,
        Assume::Symmetric,
        Assume::Hermitian,
        Assume::PositiveDefinite,
        Assume::UpperTriangular,
        Assume::LowerTriangular,
        Assume::Diagonal,
        Assume::Tridiagonal,
        Assume::Banded,
    ];

    /// The word for it, as SciPy has it.
    pub fn name(self) -> &'static str {
        match self {
            Assume::General => "general",
            Assume::Symmetric => "symmetric",
            Assume::Hermitian => "hermitian",
            Assume::PositiveDefinite => "positive definite",
            Assume::UpperTriangular => "upper triangular",
            Assume::LowerTriangular => "lower triangular",
            Assume::Diagonal => "diagonal",
            Assume::Tridiagonal => "tridiagonal",
            Assume::Banded => "banded",
        }
    }

    /// SciPy's short word for it, if there is one.
    fn short(self) -> Option<&'static str> {
        match self {
            Assume::General => Some("gen"),
            Assume::Symmetric => Some("sym"),
            Assume::Hermitian => Some("her"),
            Assume::PositiveDefinite => Some("pos"),
            _ => None,
        }
    }

    /// The matrices as they are then: copies with the elements that are not read replaced; None if all are read.
    ///
    /// # Errors
    /// The memory is not there.
    ///
    /// # Example
    /// ```
    /// use resolvent::{Assume, StackRef};
    /// let a = [2.0, 1.0, f64::NAN, 3.0];
    /// let read = Assume::Symmetric.read(&StackRef::from_slice(&a, &[2, 2])?)?;
    /// assert_eq!(read.unwrap().as_slice(), [2.0, 1.0, 1.0, 3.0]);
    /// # Ok::<(), resolvent::Error>(())
    /// ```
    pub fn read<T: Scalar>(self, a: &StackRef<'_, T>) -> Result<Option<Stack<T>>> {
        if matches!(self, Assume::General | Assume::Banded) {
            return Ok(None);
        }
        let mut copies = Stack::zeros(&a.shape())?;
        for index in 0..a.len() {
            self.copy(a.matrix(index), copies.as_mut().matrix_mut(index));
        }
        Ok(Some(copies))
    }

    /// Into a matrix of zeros.
    pub(crate) fn copy<T: Scalar>(self, a: MatRef<'_, T>, mut to: MatMut<'_, T>) {
        let n = a.nrows();
        let mut row = |i: usize, start: usize, end: usize| {
            let len = end - start;
            to.reborrow().block(i, start, 1, len).copy_from(a.block(i, start, 1, len));
        };
        match self {
            Assume::General | Assume::Banded => to.copy_from(a),
            Assume::UpperTriangular => (0..n).for_each(|i| row(i, i, n)),
            Assume::LowerTriangular => (0..n).for_each(|i| row(i, 0, i + 1)),
            Assume::Diagonal => (0..n).for_each(|i| row(i, i, i + 1)),
            Assume::Tridiagonal => (0..n).for_each(|i| row(i, i.saturating_sub(1), n.min(i + 2))),
            Assume::Symmetric => {
                (0..n).for_each(|i| row(i, i, n));
                mirror(to, |x| x);
            }
            Assume::Hermitian | Assume::PositiveDefinite => {
                (0..n).for_each(|i| row(i, i, n));
                (0..n).for_each(|i| to.set(i, i, T::from_real(a.get(i, i).re())));
                mirror(to, T::conj);
            }
        }
    }
}

/// `a_ji := f(a_ij)` below the diagonal, in squares that stay in the cache.
fn mirror<T: Scalar>(mut a: MatMut<'_, T>, f: impl Fn(T) -> T) {
    const SQUARE: usize = 32;
    let n = a.nrows();
    for i0 in (0..n).step_by(SQUARE) {
        for j0 in (0..=i0).step_by(SQUARE) {
            for i in i0..n.min(i0 + SQUARE) {
                for j in j0..i.min(j0 + SQUARE) {
                    let mirrored = f(a.as_ref().get(j, i));
                    a.set(i, j, mirrored);
                }
            }
        }
    }
}

impl fmt::Display for Assume {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Assume {
    type Err = Error;

    fn from_str(word: &str) -> Result<Self> {
        let called = |assume: &Assume| word == assume.name() || Some(word) == assume.short();
        Assume::ALL.into_iter().find(called).ok_or_else(|| {
            let words = Assume::ALL.map(|assume| format!("'{assume}'")).join(", ");
            Error::UnknownAssumption { word: word.to_owned(), words }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use resolvent_kernels::Complex;

    #[test]
    fn what_is_read() {
        let n = 70;
        let element = |i: usize, j: usize| Complex::new((i * n + j) as f64, 1.0 + i as f64);
        let data: Vec<_> = (0..2 * n * n).map(|p| element(p / n % n, p % n)).collect();
        let a = Stack::from_vec(data, &[2, n, n]).unwrap();
        for assume in Assume::ALL {
            let copies = assume.read(&a.as_ref()).unwrap();
            let (sources, copies) = (a.as_ref(), copies.unwrap_or_else(|| a.copy().unwrap()));
            for i in 0..n {
                for j in 0..n {
                    let (own, mirrored) = (element(i, j), element(j, i));
                    let zero = Complex::new(0.0, 0.0);
                    let expected = match assume {
                        Assume::General | Assume::Banded => own,
                        Assume::Symmetric => {
                            if i <= j {
                                own
                            } else {
                                mirrored
                            }
                        }
                        Assume::Hermitian | Assume::PositiveDefinite if i == j => Complex::new(own.re, 0.0),
                        Assume::Hermitian | Assume::PositiveDefinite => {
                            if i < j {
                                own
                            } else {
                                mirrored.conj()
                            }
                        }
                        Assume::UpperTriangular => {
                            if i <= j {
                                own
                            } else {
                                zero
                            }
                        }
                        Assume::LowerTriangular => {
                            if i >= j {
                                own
                            } else {
                                zero
                            }
                        }
                        Assume::Diagonal => {
                            if i == j {
                                own
                            } else {
                                zero
                            }
                        }
                        Assume::Tridiagonal => {
                            if i.abs_diff(j) <= 1 {
                                own
                            } else {
                                zero
                            }
                        }
                    };
                    for index in 0..sources.len() {
                        assert_eq!(copies.as_ref().matrix(index).get(i, j), expected, "{assume} ({i}, {j})");
                    }
                }
            }
        }
    }

    #[test]
    fn words() {
        for assume in Assume::ALL {
            assert_eq!(assume.to_string().parse(), Ok(assume));
        }
        assert_eq!("sym".parse(), Ok(Assume::Symmetric));
        let message = "psd".parse::<Assume>().unwrap_err().to_string();
        assert!(message.contains("'psd'") && message.contains("'positive definite'"), "{message}");
    }
}
