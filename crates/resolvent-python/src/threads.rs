//! `set_num_threads`, `get_num_threads` and `instruction_set`.

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use resolvent::Isa;

use crate::error::refusal;

/// Uses `n` threads from now on. Answers do not depend on it, bit for bit.
///
/// Without this call, `RESOLVENT_NUM_THREADS` says how many, or else the machine.
#[pyfunction]
pub(crate) fn set_num_threads(py: Python<'_>, n: isize) -> PyResult<()> {
    let count = usize::try_from(n)
        .map_err(|_| PyValueError::new_err(format!("the number of threads must be positive, not {n}")))?;
    py.detach(|| resolvent::set_num_threads(count)).map_err(|error| refusal(py, error))
}

/// How many threads are used.
#[pyfunction]
pub(crate) fn get_num_threads(py: Python<'_>) -> PyResult<usize> {
    resolvent::num_threads().map_err(|error| refusal(py, error))
}

/// The instruction set in force: "portable", "avx2", "avx512", ... `RESOLVENT_ISA` forces one.
#[pyfunction]
pub(crate) fn instruction_set(py: Python<'_>) -> PyResult<&'static str> {
    Ok(Isa::active().map_err(|error| refusal(py, error.into()))?.name())
}
