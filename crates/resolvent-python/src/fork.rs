//! A process made by `fork` has this module's memory but none of its threads: the pool is built anew there.

use std::sync::atomic::{AtomicBool, Ordering};

use pyo3::prelude::*;
use resolvent::{num_threads, set_num_threads};

use crate::error::refusal;

static FORKED: AtomicBool = AtomicBool::new(false);

/// Has `os.fork` call [`forked`] in every child.
pub(crate) fn watch(module: &Bound<'_, PyModule>) -> PyResult<()> {
    let os = module.py().import("os")?;
    // Windows has no fork.
    if let Some(register) = os.getattr_opt("register_at_fork")? {
        let keywords = pyo3::types::PyDict::new(module.py());
        keywords.set_item("after_in_child", pyo3::wrap_pyfunction!(forked, module)?)?;
        register.call((), Some(&keywords))?;
    }
    Ok(())
}

#[pyfunction]
fn forked() {
    FORKED.store(true, Ordering::Relaxed);
}

/// Builds the pool anew in a forked child, at its first call. Another thread's call may find the old pool meanwhile,
/// where no helper ever comes, and works alone.
#[inline]
pub(crate) fn mend(py: Python<'_>) -> PyResult<()> {
    if FORKED.load(Ordering::Relaxed) && FORKED.swap(false, Ordering::Relaxed) {
        num_threads().and_then(set_num_threads).map_err(|error| refusal(py, error))?;
    }
    Ok(())
}
