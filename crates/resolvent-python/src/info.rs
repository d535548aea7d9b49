//! `Status`, `Info`, `InvResult` and `SolveResult`: what the `_ex` functions return.

use numpy::prelude::*;
use numpy::{PyArray1, PyArrayDyn};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{IntoPyDict, PyDict, PyTuple, PyType};
use resolvent::{Info, Status};

use crate::dtype::tuple;

static STATUS: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
static INV_RESULT: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
static SOLVE_RESULT: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
static LSTSQ_RESULT: PyOnceLock<Py<PyAny>> = PyOnceLock::new();

const STATUSES: [Status; 5] =
    [Status::Ok, Status::IllConditioned, Status::NumericallySingular, Status::Singular, Status::NotFinite];

/// Status, reciprocal condition number and backward error of every matrix of a call.
#[pyclass(name = "Info", module = "resolvent", frozen)]
pub(crate) struct PyInfo {
    /// The verdict on each matrix: a uint8 array of the stack's shape, with the values of `Status`.
    #[pyo3(get)]
    status: Py<PyAny>,
    /// The reciprocal condition number in the 1-norm of each matrix: a float64 array of the stack's shape.
    #[pyo3(get)]
    rcond: Py<PyAny>,
    /// The relative backward error of each answer: a float64 array of the stack's shape.
    #[pyo3(get)]
    backward_error: Py<PyAny>,
    /// The algorithm that ran.
    #[pyo3(get)]
    method: String,
}

impl PyInfo {
    pub(crate) fn new(py: Python<'_>, info: Info) -> PyResult<Self> {
        let status = info.status.iter().map(|&status| status as u8).collect();
        Ok(Self {
            status: shaped(py, status, &info.batch)?,
            rcond: shaped(py, info.rcond, &info.batch)?,
            backward_error: shaped(py, info.backward_error, &info.batch)?,
            method: info.method.to_string(),
        })
    }
}

pub(crate) fn shaped<T: numpy::Element>(
    py: Python<'_>,
    values: Vec<T>,
    shape: &[usize],
) -> PyResult<Py<PyAny>> {
    Ok(PyArray1::from_vec(py, values).reshape(shape)?.into_any().unbind())
}

#[pymethods]
impl PyInfo {
    /// For pickles and copies; `inv_ex` and `solve_ex` make the others.
    #[new]
    fn from_parts(
        status: &Bound<'_, PyAny>,
        rcond: &Bound<'_, PyAny>,
        backward_error: &Bound<'_, PyAny>,
        method: String,
    ) -> PyResult<Self> {
        let status = array_of::<u8>("status", "uint8", status)?;
        let rcond = array_of::<f64>("rcond", "float64", rcond)?;
        let backward_error = array_of::<f64>("backward_error", "float64", backward_error)?;
        let shapes = [status.shape(), rcond.shape(), backward_error.shape()];
        if shapes[0] != shapes[1] || shapes[0] != shapes[2] {
            let [status, rcond, backward_error] = shapes.map(tuple);
            return Err(PyValueError::new_err(format!(
                "status {status}, rcond {rcond} and backward_error {backward_error} must be of one shape"
            )));
        }
        Ok(Self {
            status: status.clone().into_any().unbind(),
            rcond: rcond.clone().into_any().unbind(),
            backward_error: backward_error.clone().into_any().unbind(),
            method,
        })
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<(Bound<'py, PyType>, Bound<'py, PyTuple>)> {
        let parts = (&self.status, &self.rcond, &self.backward_error, &self.method);
        Ok((py.get_type::<Self>(), parts.into_pyobject(py)?))
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        Ok(format!(
            "Info(status={}, rcond={}, backward_error={}, method={:?})",
            self.status.bind(py).repr()?,
            self.rcond.bind(py).repr()?,
            self.backward_error.bind(py).repr()?,
            self.method
        ))
    }
}

/// The object as an array of that dtype.
fn array_of<'a, 'py, T: numpy::Element>(
    name: &str,
    dtype: &str,
    object: &'a Bound<'py, PyAny>,
) -> PyResult<&'a Bound<'py, PyArrayDyn<T>>> {
    let refused = |_| PyTypeError::new_err(format!("{name} must be a numpy.ndarray of dtype {dtype}"));
    object.cast().map_err(refused)
}

/// `Status`, an `enum.IntEnum`.
pub(crate) fn status_class(py: Python<'_>) -> PyResult<&Bound<'_, PyAny>> {
    let build = || {
        let members: Vec<_> = STATUSES.iter().map(|&status| (status.name(), status as u8)).collect();
        let keywords = module_of(py)?;
        let class = py.import("enum")?.getattr("IntEnum")?.call(("Status", members), Some(&keywords))?;
        class.setattr(
            "__doc__",
            "How far the answer for one matrix can be trusted, from best to worst.\n\n\
             OK: at least half of the digits. ILL_CONDITIONED: rcond < sqrt(eps). NUMERICALLY_SINGULAR: rcond < n eps,\n\
             also after equilibration. SINGULAR: a pivot is exactly zero; the answer is NaN. NOT_FINITE: NaN or\n\
             infinity came in, or out: the answer overflowed.",
        )?;
        PyResult::Ok(class.unbind())
    };
    Ok(STATUS.get_or_try_init(py, build)?.bind(py))
}

/// `InvResult(inverse, info)`.
pub(crate) fn inv_result_class<'py>(py: Python<'py>) -> PyResult<&'py Bound<'py, PyAny>> {
    named_tuple(py, &INV_RESULT, "InvResult", &["inverse", "info"])
}

/// `SolveResult(solution, info)`.
pub(crate) fn solve_result_class<'py>(py: Python<'py>) -> PyResult<&'py Bound<'py, PyAny>> {
    named_tuple(py, &SOLVE_RESULT, "SolveResult", &["solution", "info"])
}

/// `LstsqResult(x, residuals, rank, s)`.
pub(crate) fn lstsq_result_class<'py>(py: Python<'py>) -> PyResult<&'py Bound<'py, PyAny>> {
    named_tuple(py, &LSTSQ_RESULT, "LstsqResult", &["x", "residuals", "rank", "s"])
}

fn named_tuple<'py>(
    py: Python<'py>,
    class: &'static PyOnceLock<Py<PyAny>>,
    name: &str,
    fields: &[&str],
) -> PyResult<&'py Bound<'py, PyAny>> {
    let build = || {
        let keywords = module_of(py)?;
        let namedtuple = py.import("collections")?.getattr("namedtuple")?;
        namedtuple.call((name, PyTuple::new(py, fields)?), Some(&keywords)).map(Bound::unbind)
    };
    Ok(class.get_or_try_init(py, build)?.bind(py))
}

/// The public module is named, so that pickles find the classes.
fn module_of(py: Python<'_>) -> PyResult<Bound<'_, PyDict>> {
    [("module", "resolvent")].into_py_dict(py)
}

pub(crate) fn inv_result<'py>(inverse: Bound<'py, PyAny>, info: PyInfo) -> PyResult<Bound<'py, PyAny>> {
    let py = inverse.py();
    inv_result_class(py)?.call1((inverse, info))
}

pub(crate) fn solve_result<'py>(solution: Bound<'py, PyAny>, info: PyInfo) -> PyResult<Bound<'py, PyAny>> {
    let py = solution.py();
    solve_result_class(py)?.call1((solution, info))
}

pub(crate) fn lstsq_result<'py>(parts: [Bound<'py, PyAny>; 4]) -> PyResult<Bound<'py, PyAny>> {
    let py = parts[0].py();
    lstsq_result_class(py)?.call1(PyTuple::new(py, parts)?)
}
