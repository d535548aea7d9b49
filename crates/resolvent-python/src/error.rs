//! The library's verdicts in Python's words: exceptions, warnings, and the indices of the matrices concerned.

use std::ffi::CString;

use pyo3::exceptions::{PyMemoryError, PyRuntimeError, PyRuntimeWarning, PyValueError};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyTuple, PyType};
use resolvent::{Error, Failure, Info, broadcast_batches, digits_to_trust};

use crate::dtype::tuple;
use crate::layout::Core;

static LIN_ALG_ERROR: PyOnceLock<Py<PyType>> = PyOnceLock::new();
static SINGULAR_MATRIX_ERROR: PyOnceLock<Py<PyType>> = PyOnceLock::new();
static ILL_CONDITIONED_WARNING: PyOnceLock<Py<PyType>> = PyOnceLock::new();

/// At most this many matrices of a stack are listed in a message.
const LISTED: usize = 8;

/// `numpy.linalg.LinAlgError` itself.
pub(crate) fn lin_alg_error(py: Python<'_>) -> PyResult<&Bound<'_, PyType>> {
    LIN_ALG_ERROR.import(py, "numpy.linalg", "LinAlgError")
}

pub(crate) fn singular_matrix_error(py: Python<'_>) -> PyResult<&Bound<'_, PyType>> {
    let doc = c"A matrix has no inverse, in exact arithmetic: a row of it depends on others.

indices : tuple
    The singular matrices of the stack: integers for a stack of one dimension, tuples of integers otherwise
    (so `((),)` for a single matrix). `a[i]` is a singular matrix for every `i` in `indices`.
pivot : int
    The first column of the first of them that depends on the columns before it, counted from 0.
dependence : str or None
    The first row of it that depends on the rows before it, and how: 'row 2 = 2*row 1 - row 0'. None for large matrices.
";
    let build = || {
        let base = lin_alg_error(py)?;
        let class = PyErr::new_type(py, c"resolvent.SingularMatrixError", Some(doc), Some(base), None)?;
        // As class attributes, so that an error raised by other hands has them too. (PyO3 0.30's own way to give a
        // class a dict frees the dict too early.)
        class.bind(py).setattr("indices", PyTuple::empty(py))?;
        class.bind(py).setattr("pivot", -1)?;
        class.bind(py).setattr("dependence", py.None())?;
        PyResult::Ok(class)
    };
    Ok(SINGULAR_MATRIX_ERROR.get_or_try_init(py, build)?.bind(py))
}

pub(crate) fn ill_conditioned_warning(py: Python<'_>) -> PyResult<&Bound<'_, PyType>> {
    let doc = c"A matrix is so nearly singular that perhaps no digit of the answer can be trusted.";
    let build = || {
        let base = py.get_type::<PyRuntimeWarning>();
        PyErr::new_type(py, c"resolvent.IllConditionedWarning", Some(doc), Some(&base), None)
    };
    Ok(ILL_CONDITIONED_WARNING.get_or_try_init(py, build)?.bind(py))
}

/// `LinAlgError` with this message.
pub(crate) fn lin_alg(py: Python<'_>, message: String) -> PyErr {
    lin_alg_error(py).map_or_else(|error| error, |class| PyErr::from_type(class.clone(), (message,)))
}

/// NumPy's complaint about an array that is no matrix.
pub(crate) fn not_a_matrix(py: Python<'_>, ndim: usize) -> PyErr {
    lin_alg(py, format!("{ndim}-dimensional array given. Array must be at least two-dimensional"))
}

/// NumPy's complaint about a matrix that is not square, and what its shape is.
pub(crate) fn not_square(py: Python<'_>, shape: &[usize]) -> PyErr {
    lin_alg(py, format!("Last 2 dimensions of the array must be square, but its shape is {}", tuple(shape)))
}

/// The stack dimensions of `a x = b`.
///
/// The library checks that too; it is asked for here first because the library sees a vector as a matrix of one
/// column, and the caller should read the shape that was given.
pub(crate) fn fitting_batch(py: Python<'_>, a: &[usize], b: &[usize], core: Core) -> PyResult<Vec<usize>> {
    let misfit = |reason: &str| {
        PyValueError::new_err(format!(
            "a of shape {} and b of shape {} do not fit: {reason}",
            tuple(a),
            tuple(b)
        ))
    };
    let (batch, n) = (&a[..a.len() - 2], a[a.len() - 1]);
    let (batch_of_b, rows) = match core {
        Core::Vector => (&b[..0], b[0]),
        Core::Matrix => (&b[..b.len() - 2], b[b.len() - 2]),
    };
    if rows != n {
        let vectors = core == Core::Matrix && b[b.len() - 1] == n;
        let remedy = if vectors { "; for a stack of vectors use b[..., None]" } else { "" };
        return Err(misfit(&format!("b needs as many rows as a, which is {n}{remedy}")));
    }
    broadcast_batches(batch, batch_of_b).map_err(|error| match error {
        Error::ShapeMismatch { reason, .. } => misfit(&reason),
        other => refusal(py, other),
    })
}

/// A refusal of the library: NumPy's class and, where NumPy has one, NumPy's message.
pub(crate) fn refusal(py: Python<'_>, error: Error) -> PyErr {
    match error {
        Error::NotSquare { shape } => not_square(py, &shape),
        Error::NotAMatrix { shape } => not_a_matrix(py, shape.len()),
        Error::NoSingularValues { .. } => lin_alg(py, format!("SVD did not converge: {error}")),
        Error::NotPositiveDefinite { ref all, .. } => {
            let which = if all.len() > 1 { format!(": {error}") } else { String::new() };
            lin_alg(py, format!("Matrix is not positive definite{which}"))
        }
        Error::Singular { .. } => lin_alg(py, format!("Singular matrix: {error}")),
        Error::OneMatrix { shape } => lin_alg(
            py,
            format!("diagnose looks at one matrix, but the shape is {}; pick one, as in a[0]", tuple(&shape)),
        ),
        Error::OutOfMemory { .. } | Error::TooLittleMemory { .. } => {
            PyMemoryError::new_err(error.to_string())
        }
        Error::ShapeMismatch { a, b, reason } => {
            PyValueError::new_err(format!("the shapes {} and {} do not fit: {reason}", tuple(&a), tuple(&b)))
        }
        Error::TooLarge { shape } => PyValueError::new_err(format!(
            "an array of shape {} has more elements than a computer can address",
            tuple(&shape)
        )),
        Error::WrongLength { .. }
        | Error::Threads { .. }
        | Error::UnknownAssumption { .. }
        | Error::BadArgument { .. } => PyValueError::new_err(error.to_string()),
        _ => PyRuntimeError::new_err(error.to_string()),
    }
}

/// What a plain call says of its answers: nothing, a warning or an exception.
pub(crate) fn judge(py: Python<'_>, info: &Info, epsilon: f64) -> PyResult<()> {
    refuse_singular(py, info)?;
    if !info.doubtful.is_empty() { warn_doubtful(py, info, epsilon) } else { Ok(()) }
}

/// The exception, without the warning.
pub(crate) fn refuse_singular(py: Python<'_>, info: &Info) -> PyResult<()> {
    if info.failures.is_empty() { Ok(()) } else { Err(singular(py, &info.batch, &info.failures)) }
}

/// `SingularMatrixError` for these matrices of the stack.
pub(crate) fn singular(py: Python<'_>, batch: &[usize], failures: &[Failure]) -> PyErr {
    let which: Vec<usize> = failures.iter().map(|failure| failure.matrix).collect();
    let (pivot, dependence) = failures
        .first()
        .map_or((0, None), |first| (first.pivot, first.dependence.as_ref().map(ToString::to_string)));
    singular_because(py, batch, &which, pivot, dependence)
}

/// The same with the first column of the first of them that depends on those before it, and which row depends on which.
pub(crate) fn singular_because(
    py: Python<'_>,
    batch: &[usize],
    which: &[usize],
    pivot: usize,
    dependence: Option<String>,
) -> PyErr {
    build_singular(py, batch, which, pivot, dependence).unwrap_or_else(|error| error)
}

fn build_singular(
    py: Python<'_>,
    batch: &[usize],
    which: &[usize],
    pivot: usize,
    dependence: Option<String>,
) -> PyResult<PyErr> {
    let class = singular_matrix_error(py)?;
    let reason = dependence.clone().unwrap_or_else(|| format!("column {pivot} depends on those before it"));
    let message = match (batch, which) {
        ([], _) => format!("Singular matrix: {reason}"),
        (_, [only]) => format!("Singular matrix: matrix {} of the stack; {reason}", place(batch, *only)),
        (_, [first, ..]) => format!(
            "Singular matrix: matrix {} of the stack; {reason} ({} matrices of the stack are singular: {})",
            place(batch, *first),
            which.len(),
            list(batch, which)
        ),
        (_, []) => "Singular matrix".to_owned(),
    };
    let error = class.call1((message,))?;
    error.setattr("indices", indices(py, batch, which)?)?;
    error.setattr("pivot", pivot)?;
    error.setattr("dependence", dependence)?;
    Ok(PyErr::from_value(error))
}

fn warn_doubtful(py: Python<'_>, info: &Info, epsilon: f64) -> PyResult<()> {
    let (rcond, digits) = (info.worst_rcond, digits_to_trust(info.worst_rcond, epsilon));
    let all = digits_to_trust(1.0, epsilon);
    let trust = format!("about {digits} of {all} digits of the result can be trusted");
    let message = match &info.doubtful[..] {
        _ if info.batch.is_empty() => {
            format!("the matrix is numerically singular (rcond = {rcond:.1e}): {trust}")
        }
        [only] => format!(
            "matrix {} of the stack is numerically singular (rcond = {rcond:.1e}): {trust}",
            place(&info.batch, *only)
        ),
        several => format!(
            "{} matrices of the stack are numerically singular (smallest rcond = {rcond:.1e}): {trust}; they are {}",
            several.len(),
            list(&info.batch, several)
        ),
    };
    let message = CString::new(message).map_err(|_| PyRuntimeError::new_err("a message with a NUL"))?;
    PyErr::warn(py, ill_conditioned_warning(py)?.as_any(), &message, 1)
}

/// The index of a matrix in each dimension of the stack.
pub(crate) fn unravel(batch: &[usize], mut flat: usize) -> Vec<usize> {
    let mut index = vec![0; batch.len()];
    for (place, &extent) in index.iter_mut().zip(batch).rev() {
        *place = flat % extent.max(1);
        flat /= extent.max(1);
    }
    index
}

/// How Python writes the index of a matrix: `3`, or `(0, 3)` in a stack of more dimensions.
fn place(batch: &[usize], flat: usize) -> String {
    if batch.len() == 1 { flat.to_string() } else { tuple(&unravel(batch, flat)) }
}

fn list(batch: &[usize], flat: &[usize]) -> String {
    let mut items: Vec<String> = flat.iter().take(LISTED).map(|&index| place(batch, index)).collect();
    if flat.len() > LISTED {
        items.push("...".to_owned());
    }
    items.join(", ")
}

/// The indices such that `a[i]` is the matrix, for each.
fn indices<'py>(py: Python<'py>, batch: &[usize], flat: &[usize]) -> PyResult<Bound<'py, PyTuple>> {
    if batch.len() == 1 {
        return PyTuple::new(py, flat);
    }
    let tuples: PyResult<Vec<_>> =
        flat.iter().map(|&index| PyTuple::new(py, unravel(batch, index))).collect();
    PyTuple::new(py, tuples?)
}
