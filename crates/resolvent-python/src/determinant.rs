//! `det` and `slogdet`, as NumPy has them.

use pyo3::prelude::*;
use resolvent::{Scalar, StackRef, det_into, slogdet_into};

use crate::array::{Element, Output};
use crate::dtype::{common, with_element};
use crate::layout::Core;
use crate::linalg::{matrices, work};
use crate::numpy_side::{Verb, overridden, slogdet_result, warn_det_overflow};
use crate::progress::run;

/// The determinant of a matrix, or of every matrix of a stack.
///
/// One that is too large becomes infinity, with NumPy's RuntimeWarning (see `numpy.errstate`); `slogdet` has it.
/// Computed in double precision, as NumPy does: a float32 determinant is right to its last digit or the one before.
///
/// Parameters
/// ----------
/// a : (..., M, M) array_like
///
/// Returns
/// -------
/// (...) ndarray, or a NumPy scalar for one matrix
///
/// Examples
/// --------
/// >>> import resolvent as rs
/// >>> rs.det([[2, 1], [1, 3]])
/// np.float64(5.0)
#[pyfunction]
pub(crate) fn det<'py>(a: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    let py = a.py();
    if let Some(result) = overridden(py, Verb::Det, &[a], &[])? {
        return Ok(result);
    }
    let array = matrices(a)?;
    with_element!(common(&[("a", &array)])?, T => {
        type Wide = <T as Element>::Wide;
        let array = array.into_lendable::<Wide>()?;
        let lent = array.lend::<Wide>(Core::Matrix);
        let mut output = Output::zeros::<Wide>(py, lent.batch())?;
        let values = output.as_mut_slice::<Wide>();
        run(py, work(lent.len(), lent.nrows(), 0), || det_into(&lent, values))?;
        if values.iter().enumerate().any(|(index, &value)| is_overflow(&lent, index, value)) {
            warn_det_overflow(py)?;
        }
        output.finish_scalar::<T>()
    })
}

/// An answer that is not finite, of a matrix that is.
fn is_overflow<T: Scalar>(a: &StackRef<'_, T>, index: usize, value: T) -> bool {
    !value.is_finite() && a.matrix(index).is_finite()
}

/// The sign and the natural logarithm of the absolute value of the determinant.
///
/// Parameters
/// ----------
/// a : (..., M, M) array_like
///
/// Returns
/// -------
/// SlogdetResult
///     `sign`, a complex number of modulus 1 for complex matrices, and `logabsdet`; 0 and -inf for a singular one.
///
/// Examples
/// --------
/// >>> import resolvent as rs
/// >>> rs.slogdet([[0, 1], [1, 0]])
/// SlogdetResult(sign=np.float64(-1.0), logabsdet=np.float64(0.0))
#[pyfunction]
pub(crate) fn slogdet<'py>(a: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    let py = a.py();
    if let Some(result) = overridden(py, Verb::Slogdet, &[a], &[])? {
        return Ok(result);
    }
    let array = matrices(a)?;
    with_element!(common(&[("a", &array)])?, T => {
        type Wide = <T as Element>::Wide;
        let array = array.into_lendable::<Wide>()?;
        let lent = array.lend::<Wide>(Core::Matrix);
        let (mut signs, mut logs) = (Output::zeros::<Wide>(py, lent.batch())?, Output::zeros::<f64>(py, lent.batch())?);
        let (sign, log) = (signs.as_mut_slice::<Wide>(), logs.as_mut_slice::<f64>());
        run(py, work(lent.len(), lent.nrows(), 0), || slogdet_into(&lent, sign, log))?;
        slogdet_result(signs.finish_scalar::<T>()?, logs.finish_scalar::<<T as Scalar>::Real>()?)
    })
}
