//! What NumPy does around a function of `numpy.linalg`: overrides by other array types, subclasses of the operand kept,
//! floating-point complaints, the type of a result.

use pyo3::exceptions::{PyFloatingPointError, PyRuntimeError, PyRuntimeWarning, PyTypeError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyTuple};

use crate::array::is_plain;

/// The functions that stand in for one of NumPy's.
#[derive(Clone, Copy)]
pub(crate) enum Verb {
    Inv,
    Solve,
    Det,
    Slogdet,
    Lstsq,
    Pinv,
    MatrixRank,
    Cond,
}

/// NumPy's own functions, in the order of [`Verb`], as they were when this module was imported: a program may put ours
/// in their place later.
static NUMPY_OWN: PyOnceLock<[Py<PyAny>; 8]> = PyOnceLock::new();
static NDARRAY_FUNCTION: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
static SLOGDET_RESULT: PyOnceLock<Py<PyAny>> = PyOnceLock::new();

/// Remembers NumPy's own functions.
pub(crate) fn remember(py: Python<'_>) -> PyResult<()> {
    let linalg = py.import("numpy.linalg")?;
    let own = |name: &str| linalg.getattr(name).map(Bound::unbind);
    let functions = [
        own("inv")?,
        own("solve")?,
        own("det")?,
        own("slogdet")?,
        own("lstsq")?,
        own("pinv")?,
        own("matrix_rank")?,
        own("cond")?,
    ];
    // A second import of the module finds them remembered.
    let _ = NUMPY_OWN.set(py, functions);
    let ndarray = py.import("numpy")?.getattr("ndarray")?;
    let _ = NDARRAY_FUNCTION.set(py, ndarray.getattr("__array_function__")?.unbind());
    Ok(())
}

fn numpy_own(py: Python<'_>, verb: Verb) -> PyResult<&Bound<'_, PyAny>> {
    let unknown = || PyRuntimeError::new_err("numpy.linalg is not loaded");
    Ok(NUMPY_OWN.get(py).ok_or_else(unknown)?[verb as usize].bind(py))
}

/// If an operand's type overrides NumPy's functions (NEP 18), the call is NumPy's to dispatch, as if it had come there.
#[inline]
pub(crate) fn overridden<'py>(
    py: Python<'py>,
    verb: Verb,
    operands: &[&Bound<'py, PyAny>],
    keywords: &[(&str, Option<&Bound<'py, PyAny>>)],
) -> PyResult<Option<Bound<'py, PyAny>>> {
    for operand in operands {
        if !is_plain(operand) && overrides(operand)? {
            let own = numpy_own(py, verb)?;
            let given = PyDict::new(py);
            for (name, value) in keywords {
                value.map_or(Ok(()), |value| given.set_item(name, value))?;
            }
            return own.call(PyTuple::new(py, operands)?, Some(&given)).map(Some);
        }
    }
    Ok(None)
}

/// Refuses operands whose type overrides NumPy's functions: NumPy has no function `name` that could be dispatched, and
/// a plain array in answer would drop whatever the type stands for.
#[inline]
pub(crate) fn refuse_overrides(name: &str, operands: &[&Bound<'_, PyAny>]) -> PyResult<()> {
    for operand in operands {
        if !is_plain(operand) && overrides(operand)? {
            let kind = operand.get_type().name()?;
            return Err(PyTypeError::new_err(format!("{name}: {kind} is unsupported, pass a numpy.ndarray")));
        }
    }
    Ok(())
}

fn overrides(operand: &Bound<'_, PyAny>) -> PyResult<bool> {
    let py = operand.py();
    let theirs = operand.get_type().getattr_opt(intern!(py, "__array_function__"))?;
    Ok(theirs.is_some_and(|theirs| NDARRAY_FUNCTION.get(py).is_none_or(|numpy| !theirs.is(numpy))))
}

/// The result as an array of the operand's kind: `numpy.matrix` in, `numpy.matrix` out.
#[inline]
pub(crate) fn wrap_like<'py>(
    operand: &Bound<'py, PyAny>,
    result: Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyAny>> {
    if is_plain(operand) {
        return Ok(result);
    }
    match operand.getattr_opt(intern!(operand.py(), "__array_wrap__"))? {
        Some(wrap) => wrap.call1((result,)),
        None => Ok(result),
    }
}

/// Says that a determinant overflowed, in the way that `numpy.errstate(over=...)` asks for.
pub(crate) fn warn_det_overflow(py: Python<'_>) -> PyResult<()> {
    let numpy = py.import("numpy")?;
    let wish: String = numpy.call_method0("geterr")?.get_item("over")?.extract()?;
    let message = c"overflow encountered in det";
    match wish.as_str() {
        "ignore" => Ok(()),
        "raise" => Err(PyFloatingPointError::new_err(message.to_string_lossy())),
        // An overflow of NumPy's own determinant does what is asked for.
        "call" | "print" | "log" => {
            numpy_own(py, Verb::Det)?.call1((((1e200, 0.0), (0.0, 1e200)),)).map(drop)
        }
        _ => PyErr::warn(py, py.get_type::<PyRuntimeWarning>().as_any(), message, 1),
    }
}

/// NumPy's `SlogdetResult`, whose type has no public name: taken from a result.
pub(crate) fn slogdet_result<'py>(
    sign: Bound<'py, PyAny>,
    logabsdet: Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = sign.py();
    let class = SLOGDET_RESULT.get_or_try_init(py, || {
        PyResult::Ok(numpy_own(py, Verb::Slogdet)?.call1((((1.0,),),))?.get_type().into_any().unbind())
    })?;
    class.bind(py).call1((sign, logabsdet))
}
