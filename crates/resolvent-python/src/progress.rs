//! Runs the library, and knows who is told how far a call is: the callback of the innermost `progress` block of this
//! context.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::IntoPyDict;
use resolvent::{Progress, Result as LibraryResult, interruptible, with_progress};

use crate::error::refusal;
use crate::fork;

/// Below this many multiplications a call keeps the GIL: handing it over and back would take longer than the work.
const SHORT: usize = 1 << 15;

/// Blocks that are open, in whatever context: while there are none, a call asks no further.
static OPEN: AtomicUsize = AtomicUsize::new(0);

/// The callback, in a `contextvars.ContextVar`: each thread has its own, and each asynchronous task.
static CALLBACK: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
static PROGRESS: PyOnceLock<Py<PyAny>> = PyOnceLock::new();

fn variable(py: Python<'_>) -> PyResult<&Bound<'_, PyAny>> {
    let build = || {
        let keywords = [("default", py.None())].into_py_dict(py)?;
        let class = py.import("contextvars")?.getattr("ContextVar")?;
        class.call(("resolvent.progress",), Some(&keywords)).map(Bound::unbind)
    };
    Ok(CALLBACK.get_or_try_init(py, build)?.bind(py))
}

/// `Progress(fraction, what)`.
pub(crate) fn progress_class(py: Python<'_>) -> PyResult<&Bound<'_, PyAny>> {
    let build = || {
        let keywords = [("module", "resolvent")].into_py_dict(py)?;
        let namedtuple = py.import("collections")?.getattr("namedtuple")?;
        let class = namedtuple.call(("Progress", ("fraction", "what")), Some(&keywords))?;
        class.setattr(
            "__doc__",
            "How far a call is: `fraction`, from 0 to 1, and of `what`, as in \"solve 4000x4000 float64\".",
        )?;
        PyResult::Ok(class.unbind())
    };
    Ok(PROGRESS.get_or_try_init(py, build)?.bind(py))
}

/// Has `callback` told of the calls of this context; what comes back is for `unwatch`.
#[pyfunction]
pub(crate) fn watch<'py>(callback: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    let token = variable(callback.py())?.call_method1(intern!(callback.py(), "set"), (callback,))?;
    OPEN.fetch_add(1, Ordering::Relaxed);
    Ok(token)
}

/// Has whoever was told before told again.
#[pyfunction]
pub(crate) fn unwatch(token: &Bound<'_, PyAny>) -> PyResult<()> {
    OPEN.fetch_sub(1, Ordering::Relaxed);
    variable(token.py())?.call_method1(intern!(token.py(), "reset"), (token,)).map(drop)
}

/// Who is to be told of a call.
#[inline]
fn listener(py: Python<'_>) -> PyResult<Option<Py<PyAny>>> {
    if OPEN.load(Ordering::Relaxed) == 0 {
        return Ok(None);
    }
    let callback = variable(py)?.call_method0(intern!(py, "get"))?;
    Ok((!callback.is_none()).then(|| callback.unbind()))
}

/// Tells. Of calls that the callback makes nobody is told.
fn tell(py: Python<'_>, callback: &Py<PyAny>, progress: Progress<'_>) -> PyResult<()> {
    let progress = progress_class(py)?.call1((progress.fraction, progress.what))?;
    let token = watch(&py.None().into_bound(py))?;
    let told = callback.bind(py).call1((progress,));
    unwatch(&token)?;
    told.map(drop)
}

/// Runs the library with the GIL released, unless the work is short, and gives up when a signal's handler raises, or
/// whoever is told of the progress.
pub(crate) fn run<R: Send>(
    py: Python<'_>,
    work: usize,
    call: impl FnOnce() -> LibraryResult<R> + Send,
) -> PyResult<R> {
    fork::mend(py)?;
    let listener = listener(py)?;
    if work < SHORT && listener.is_none() {
        return call().map_err(|error| refusal(py, error));
    }
    // The first exception; nothing is asked or told after it.
    let raised = Mutex::new(None);
    let unless_raised = |ask: &dyn Fn(Python<'_>) -> PyResult<()>| {
        let mut raised = raised.lock().unwrap_or_else(PoisonError::into_inner);
        if raised.is_none() {
            *raised = Python::attach(ask).err();
        }
        raised.is_some()
    };
    let outcome = py.detach(|| {
        let call = || interruptible(|| unless_raised(&|py| py.check_signals()), call);
        match &listener {
            None => call(),
            Some(listener) => {
                let report = |progress: Progress<'_>| {
                    unless_raised(&|py| tell(py, listener, progress));
                };
                with_progress(report, call)
            }
        }
    });
    match raised.into_inner().unwrap_or_else(PoisonError::into_inner) {
        Some(exception) => Err(exception),
        None => outcome.map_err(|error| refusal(py, error)),
    }
}
