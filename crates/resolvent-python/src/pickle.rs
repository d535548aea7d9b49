//! Factor objects in pickles: their parts as arrays, and the verdicts on them; nothing is factored again.

use numpy::PyArrayDyn;
use numpy::prelude::*;
use pyo3::exceptions::{PyMemoryError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyTuple;
use resolvent::{
    Cholesky as CholeskyOf, Info, Ldl as LdlOf, Lu as LuOf, Method, Qr as QrOf, Result, Stack, Status,
};

use crate::array::Array;
use crate::dtype::{common, with_element};
use crate::erased::{Exchanges, Kept, Object};
use crate::error::refusal;
use crate::factor::{Cholesky, Ldl, Lu, Qr};

/// What `__reduce__` returns: [`restore_factors`] and its arguments.
pub(crate) fn pickled<'py>(
    py: Python<'py>,
    kind: &str,
    factors: &dyn Object,
    parts: impl IntoPyObject<'py, Target = PyTuple, Output = Bound<'py, PyTuple>, Error = PyErr>,
) -> PyResult<Bound<'py, PyTuple>> {
    let info = factors.info();
    let status: Vec<u8> = info.status.iter().map(|&status| status as u8).collect();
    let pivots: Vec<usize> = info.failures.iter().map(|failure| failure.pivot).collect();
    let restore = py.import("resolvent._native")?.getattr("restore_factors")?;
    let arguments = (kind, parts.into_pyobject(py)?, info.batch.clone(), status, info.rcond.clone(), pivots);
    (restore, arguments.into_pyobject(py)?).into_pyobject(py)
}

/// A factor object from what its pickle kept. For `pickle` alone.
#[pyfunction]
pub(crate) fn restore_factors<'py>(
    kind: &str,
    parts: &Bound<'py, PyTuple>,
    batch: Vec<usize>,
    status: Vec<u8>,
    rcond: Vec<f64>,
    pivots: Vec<usize>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = parts.py();
    let info = |method| {
        const STATUSES: [Status; 5] = [
            Status::Ok,
            Status::IllConditioned,
            Status::NumericallySingular,
            Status::Singular,
            Status::NotFinite,
        ];
        let known = |&number: &u8| STATUSES.get(usize::from(number)).copied();
        let status = status.iter().map(known).collect::<Option<Vec<_>>>();
        let status = status.ok_or_else(|| PyValueError::new_err("a status is a number from 0 to 4"))?;
        fitting(py, Info::restored(&batch, status, rcond.clone(), method, &pivots))
    };
    let first = parts.get_item(0)?;
    with_element!(common(&[("factors", &Array::from_any(&first)?)])?, T => match kind {
        "LU" => {
            // A negative number is no place, nor is what it becomes.
            let rows = elements(&parts.get_item(1)?, |row: isize| row as usize)?;
            let factors = fitting(py, LuOf::from_parts(stack::<T>(&first)?, rows, info(Method::Blocked)?))?;
            Ok(Bound::new(py, Lu::new::<T>(factors))?.into_any())
        }
        "Cholesky" => {
            let factors = CholeskyOf::from_parts(stack::<T>(&first)?, info(Method::PositiveDefinite)?);
            Ok(Bound::new(py, Cholesky::new::<T>(fitting(py, factors)?))?.into_any())
        }
        "LDL" => {
            let exchanges: Exchanges = parts.get_item(1)?.extract()?;
            let factors = LdlOf::from_parts(stack::<T>(&first)?, exchanges, info(Method::HermitianIndefinite)?);
            Ok(Bound::new(py, Ldl::new::<T>(fitting(py, factors)?))?.into_any())
        }
        "QR" => {
            let (r, odd) = (stack::<T>(&parts.get_item(1)?)?, parts.get_item(2)?.extract()?);
            let factors = QrOf::from_parts(stack::<T>(&first)?, r, odd);
            Ok(Bound::new(py, Qr::new::<T>(fitting(py, factors)?))?.into_any())
        }
        _ => Err(PyValueError::new_err(format!("there are no factors of kind {kind:?}"))),
    })
}

fn fitting<R>(py: Python<'_>, restored: Result<R>) -> PyResult<R> {
    restored.map_err(|error| refusal(py, error))
}

/// An array in C order as a stack of the library.
fn stack<T: Kept>(array: &Bound<'_, PyAny>) -> PyResult<Stack<T>> {
    let shape = array.cast::<PyArrayDyn<T>>()?.shape().to_vec();
    fitting(array.py(), Stack::from_vec(elements(array, |x: T| x)?, &shape))
}

/// The elements of an array in C order, each as something else.
fn elements<T: numpy::Element + Copy, U>(array: &Bound<'_, PyAny>, of: impl Fn(T) -> U) -> PyResult<Vec<U>> {
    let array = array.cast::<PyArrayDyn<T>>()?.readonly();
    let (from, mut to) = (array.as_slice()?, Vec::new());
    let memory = |_| PyMemoryError::new_err("there is no memory for the factors in this pickle");
    to.try_reserve_exact(from.len()).map_err(memory)?;
    to.extend(from.iter().map(|&x| of(x)));
    Ok(to)
}
