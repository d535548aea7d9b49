//! The factor objects `LU`, `Cholesky`, `LDL` and `QR`: factored once, then asked.

use pyo3::prelude::*;
use pyo3::types::PyTuple;
use resolvent::Error;

use crate::array::Array;
use crate::dtype::{common, tuple, with_element};
use crate::erased::{Factors, Kept, Object, Part, erased, per_matrix};
use crate::error::{refusal, singular_because};
use crate::info::shaped;
use crate::layout::Core;
use crate::linalg::{matrices, work};
use crate::lstsq::rectangular;
use crate::numpy_side::refuse_overrides;
use crate::pickle::pickled;
use crate::progress::run;

/// A factor class: what all have, and its own.
macro_rules! factor_class {
    ($(#[$doc:meta])* $Class:ident, $name:tt, { $($own:tt)* }) => {
        $(#[$doc])*
        #[pyclass(name = $name, module = "resolvent", frozen)]
        pub(crate) struct $Class(Box<dyn Object>);

        impl $Class {
            pub(crate) fn new<T: Kept>(factors: impl Factors<T>) -> Self {
                Self(erased::<T>(factors))
            }
        }

        #[pymethods]
        impl $Class {
            /// The solution of `a x = b` (trans="N"), `a.T x = b` ("T") or `a.conj().T x = b` ("C").
            ///
            /// `b` is a vector only if it has exactly one dimension; stack dimensions are broadcast. The solution has the
            /// dtype of the factors. Raises SingularMatrixError for singular matrices, and warns of nearly singular ones
            /// with IllConditionedWarning, unless `warn` is false.
            #[pyo3(signature = (b, trans = "N", *, warn = true))]
            fn solve<'py>(&self, b: &Bound<'py, PyAny>, trans: &str, warn: bool) -> PyResult<Bound<'py, PyAny>> {
                refuse_overrides(concat!($name, ".solve"), &[b])?;
                self.0.solve(Array::from_any(b)?, trans, warn)
            }

            /// The inverse; errors and warnings as of `solve`.
            #[pyo3(signature = (*, warn = true))]
            fn inv<'py>(&self, py: Python<'py>, warn: bool) -> PyResult<Bound<'py, PyAny>> {
                self.0.inverse(py, warn)
            }

            /// The determinant: a NumPy scalar for one matrix, else an array of the stack's shape. One that is too large
            /// becomes infinity, with NumPy's RuntimeWarning (see `numpy.errstate`).
            fn det<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
                self.0.det(py)
            }

            /// `SlogdetResult(sign, logabsdet)`, as `slogdet` of the matrix.
            fn slogdet<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
                self.0.slogdet(py)
            }

            /// The reciprocal condition number in the 1-norm, estimated: a NumPy scalar for one matrix, else an array.
            #[getter]
            fn rcond<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
                per_matrix(py, self.0.info().rcond.clone(), &self.0.info().batch)
            }

            /// The shape of the matrix or stack.
            #[getter]
            fn shape<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
                PyTuple::new(py, self.0.shape())
            }

            /// The dtype of the factors.
            #[getter]
            fn dtype<'py>(&self, py: Python<'py>) -> Bound<'py, PyAny> {
                self.0.dtype(py)
            }

            // Nothing can change the factors, so a copy may be the same object.
            fn __copy__(slf: Py<Self>) -> Py<Self> {
                slf
            }

            fn __deepcopy__(slf: Py<Self>, memo: &Bound<'_, PyAny>) -> Py<Self> {
                let _ = memo;
                slf
            }

            fn __repr__(&self) -> String {
                described($name, &*self.0)
            }

            $($own)*
        }
    };
}

factor_class! {
    /// The LU factorization of a matrix, or of every matrix of a stack: `a[..., p, :] = L @ U`.
    ///
    /// Made by `lu`. Solving, inverting and the determinant start from the factors, and cost no second factorization.
    Lu, "LU", {
        /// The lower triangle, with ones on its diagonal.
        #[getter]
        #[pyo3(name = "L")]
        fn lower<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
            self.0.part(py, Part::L)
        }

        /// The upper triangle.
        #[getter]
        #[pyo3(name = "U")]
        fn upper<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
            self.0.part(py, Part::U)
        }

        /// L (below the diagonal, its ones not stored) and U over each other.
        #[getter]
        fn packed<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
            self.0.part(py, Part::Packed)
        }

        /// The rows of `a` in the order of the pivots: `a[p] == L @ U` to rounding.
        #[getter]
        fn p<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
            permutation(py, &*self.0)
        }

        fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
            let moved = permutation(py, &*self.0)?;
            pickled(py, "LU", &*self.0, (self.0.part(py, Part::Packed)?, moved))
        }
    }
}

factor_class! {
    /// The Cholesky factorization of a Hermitian positive definite matrix, or of every matrix of a stack: `a = L @ L.conj().T`.
    ///
    /// Made by `resolvent.factor.cholesky`. Solving, inverting and the determinant cost no second factorization.
    Cholesky, "Cholesky", {
        /// The lower triangle.
        #[getter]
        #[pyo3(name = "L")]
        fn lower<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
            self.0.part(py, Part::L)
        }

        fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
            pickled(py, "Cholesky", &*self.0, (self.0.part(py, Part::Packed)?,))
        }
    }
}

factor_class! {
    /// The factorization of a Hermitian matrix, or of every matrix of a stack, with symmetric pivoting:
    /// `a[p][:, p] = L @ D @ L.conj().T`, D of blocks of order 1 and 2.
    ///
    /// Made by `resolvent.factor.ldl`. Solving, inverting and the determinant cost no second factorization.
    Ldl, "LDL", {
        /// The lower triangle, with ones on its diagonal.
        #[getter]
        #[pyo3(name = "L")]
        fn lower<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
            self.0.part(py, Part::L)
        }

        /// D: real numbers, and Hermitian blocks of order 2, on the diagonal.
        #[getter]
        #[pyo3(name = "D")]
        fn middle<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
            self.0.part(py, Part::D)
        }

        /// The rows and columns of `a` in the order of the pivots.
        #[getter]
        fn p<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
            permutation(py, &*self.0)
        }

        fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
            pickled(py, "LDL", &*self.0, (self.0.part(py, Part::Packed)?, self.0.exchanges()))
        }
    }
}

factor_class! {
    /// The QR factorization of a matrix, or of every matrix of a stack: `a = Q @ R`, Q with orthonormal columns.
    ///
    /// Made by `resolvent.factor.qr`. `solve` gives the least squares solution of `a x = b`, and of `a.conj().T x = b` the
    /// shortest one; it needs as many rows as columns at least, `inv` and `det` as many. `rcond` is that of R.
    Qr, "QR", {
        /// The orthonormal columns, (..., M, min(M, N)).
        #[getter]
        #[pyo3(name = "Q")]
        fn orthonormal<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
            self.0.part(py, Part::Q)
        }

        /// The upper triangle, (..., min(M, N), N).
        #[getter]
        #[pyo3(name = "R")]
        fn upper<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
            self.0.part(py, Part::R)
        }

        fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
            let parts = (self.0.part(py, Part::Q)?, self.0.part(py, Part::R)?, self.0.odd());
            pickled(py, "QR", &*self.0, parts)
        }
    }
}

/// Factors a matrix, or every matrix of a stack, with partial pivoting: `a[..., p, :] = L @ U`.
///
/// A singular matrix is factored too; only `solve` and `inv` of the result refuse it.
///
/// Parameters
/// ----------
/// a : (..., M, M) array_like
///
/// Examples
/// --------
/// >>> import resolvent as rs
/// >>> lu = rs.lu([[2, 1], [1, 3]])
/// >>> lu.solve([5, 4])
/// array([2.2, 0.6])
/// >>> lu.det()
/// np.float64(5.0)
#[pyfunction]
pub(crate) fn lu(a: &Bound<'_, PyAny>) -> PyResult<Lu> {
    refuse_overrides("lu", &[a])?;
    let array = matrices(a)?;
    with_element!(common(&[("a", &array)])?, T => Ok(Lu::new::<T>(factored(array, |a| resolvent::lu(a))?)))
}

/// Factors a Hermitian positive definite matrix, or every matrix of a stack: `a = L @ L.conj().T`.
///
/// Parameters
/// ----------
/// a : (..., M, M) array_like
///     The lower triangle is read, and of the diagonal the real part.
///
/// Raises
/// ------
/// LinAlgError
///     A matrix is not positive definite.
///
/// Examples
/// --------
/// >>> import resolvent as rs
/// >>> factors = rs.factor.cholesky([[4, 2], [2, 5]])
/// >>> factors.L
/// array([[2., 0.],
///        [1., 2.]])
/// >>> factors.det()
/// np.float64(16.0)
#[pyfunction]
pub(crate) fn factor_cholesky(a: &Bound<'_, PyAny>) -> PyResult<Cholesky> {
    refuse_overrides("factor.cholesky", &[a])?;
    let array = matrices(a)?;
    with_element!(common(&[("a", &array)])?, T => Ok(Cholesky::new::<T>(factored(array, |a| resolvent::cholesky(a))?)))
}

/// Factors a Hermitian matrix, or every matrix of a stack, by rook pivoting: `a[p][:, p] = L @ D @ L.conj().T`.
///
/// Parameters
/// ----------
/// a : (..., M, M) array_like
///     The lower triangle is read, and of the diagonal the real part.
///
/// Raises
/// ------
/// SingularMatrixError
///     A matrix is singular.
/// ValueError
///     A matrix is not finite, or its pivots leave the range of the dtype.
///
/// Examples
/// --------
/// >>> import resolvent as rs
/// >>> factors = rs.factor.ldl([[0, 2], [2, 0]])
/// >>> factors.D
/// array([[0., 2.],
///        [2., 0.]])
/// >>> factors.solve([2, 4])
/// array([2., 1.])
#[pyfunction]
pub(crate) fn factor_ldl(a: &Bound<'_, PyAny>) -> PyResult<Ldl> {
    refuse_overrides("factor.ldl", &[a])?;
    let array = matrices(a)?;
    with_element!(common(&[("a", &array)])?, T => Ok(Ldl::new::<T>(factored(array, |a| resolvent::ldl(a))?)))
}

/// Factors a matrix, or every matrix of a stack, by reflections: `a = Q @ R`.
///
/// Parameters
/// ----------
/// a : (..., M, N) array_like
///
/// Raises
/// ------
/// ValueError
///     A matrix is not finite.
///
/// Examples
/// --------
/// >>> import resolvent as rs
/// >>> factors = rs.factor.qr([[3, 1], [4, 2], [0, 2]])
/// >>> factors.solve([4, 6, 2]).round(4)
/// array([1., 1.])
#[pyfunction]
pub(crate) fn factor_qr(a: &Bound<'_, PyAny>) -> PyResult<Qr> {
    refuse_overrides("factor.qr", &[a])?;
    let array = rectangular(a)?;
    with_element!(common(&[("a", &array)])?, T => Ok(Qr::new::<T>(factored(array, |a| resolvent::qr(a))?)))
}

/// Runs one of the library's factorizations.
fn factored<T: Kept, A: Send>(
    array: Array<'_>,
    factor: impl FnOnce(&resolvent::StackRef<'_, T>) -> resolvent::Result<A> + Send,
) -> PyResult<A> {
    let py = array.as_object().py();
    let array = array.into_lendable::<T>()?;
    let lent = array.lend::<T>(Core::Matrix);
    let outcome = run(py, work(lent.len(), lent.nrows().max(lent.ncols()), 0), || match factor(&lent) {
        Err(error @ Error::Singular { .. }) => Ok(Err(error)),
        outcome => outcome.map(Ok),
    })?;
    outcome.map_err(|error| match error {
        Error::Singular { all, pivot, dependence, .. } => {
            singular_because(py, lent.batch(), &all, pivot, dependence)
        }
        error => refusal(py, error),
    })
}

fn described(name: &str, factors: &dyn Object) -> String {
    let info = factors.info();
    let which = if info.batch.is_empty() { "rcond" } else { "smallest rcond" };
    let rcond = match info.rcond.iter().copied().reduce(f64::min) {
        None => String::new(),
        Some(rcond) if rcond.is_nan() => format!(", {which} nan"),
        Some(rcond) => format!(", {which} {rcond:.1e}"),
    };
    format!("<resolvent.{name} of shape {}, {}{rcond}>", tuple(&factors.shape()), factors.name())
}

/// Where the rows went, as an array of the stack's shape by M.
fn permutation<'py>(py: Python<'py>, factors: &dyn Object) -> PyResult<Bound<'py, PyAny>> {
    let rows = factors.permutations().iter().map(|&row| row as isize).collect();
    let shape = factors.shape();
    Ok(shaped(py, rows, &shape[..shape.len() - 1])?.into_bound(py))
}
