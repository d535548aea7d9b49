//! `cholesky`, as NumPy has it.

use pyo3::prelude::*;
use resolvent::{Uplo, cholesky_into};

use crate::array::Output;
use crate::dtype::{common, with_element};
use crate::layout::Core;
use crate::linalg::{matrices, work};
use crate::numpy_side::{Verb, overridden, wrap_like};
use crate::progress::run;

/// The Cholesky factor of a Hermitian positive definite matrix, or of every matrix of a stack: `a = L @ L.conj().T`.
///
/// `resolvent.factor.cholesky` keeps it for solving, inverting and determinants.
///
/// Parameters
/// ----------
/// a : (..., M, M) array_like
///     Of which one triangle is read, and of the diagonal the real part.
/// upper : bool, default False
///     Read the upper triangle, and return U of `a = U.conj().T @ U`.
///
/// Returns
/// -------
/// (..., M, M) ndarray
///
/// Raises
/// ------
/// LinAlgError
///     A matrix is not positive definite, or not square.
///
/// Examples
/// --------
/// >>> import resolvent as rs
/// >>> rs.cholesky([[4, 2], [2, 5]])
/// array([[2., 0.],
///        [1., 2.]])
#[pyfunction]
#[pyo3(signature = (a, /, *, upper=false))]
pub(crate) fn cholesky<'py>(a: &Bound<'py, PyAny>, upper: bool) -> PyResult<Bound<'py, PyAny>> {
    let py = a.py();
    let flag = upper.into_pyobject(py)?;
    if let Some(result) = overridden(py, Verb::Cholesky, &[a], &[("upper", Some(flag.as_any()))])? {
        return Ok(result);
    }
    let array = matrices(a)?;
    with_element!(common(&[("a", &array)])?, T => {
        let array = array.into_lendable::<T>()?;
        let mut output = Output::new::<T>(py, array.shape())?;
        let lent = array.lend::<T>(Core::Matrix);
        let mut place = output.lend_mut::<T>(Core::Matrix);
        let uplo = if upper { Uplo::Upper } else { Uplo::Lower };
        run(py, work(lent.len(), lent.nrows(), 0), || cholesky_into(&lent, uplo, &mut place))?;
        wrap_like(a, output.finish()?)
    })
}
