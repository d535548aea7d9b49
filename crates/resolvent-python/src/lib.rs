//! The extension module `resolvent._native`: NumPy arrays in, NumPy arrays out. The only crate that knows NumPy.
//!
//! A call runs straight down: `linalg` or `factor` takes the operands as arrays (`array`), settles the element type
//! (`dtype`), lends the memory to the library with the GIL released (`progress`, which knows who is told how far
//! it is), and turns the verdicts into a result, a warning or an exception (`error`, `info`). Whatever else NumPy does
//! around such a call is in `numpy_side`.

mod array;
mod cholesky;
mod determinant;
mod diagnose;
mod dlpack;
mod dtype;
mod erased;
mod error;
mod exact;
mod factor;
mod fork;
mod info;
mod layout;
mod linalg;
mod lstsq;
mod numpy_side;
mod pickle;
mod progress;
mod singular;
mod threads;
mod vjp;

use pyo3::prelude::*;

// Nothing here leans on the GIL: what is global is atomic or written once, the classes are frozen, and the outputs of a
// call are its own until it returns.
#[pymodule(gil_used = false)]
fn _native(module: &Bound<'_, PyModule>) -> PyResult<()> {
    let py = module.py();
    numpy_side::remember(py)?;
    fork::watch(module)?;
    module.add("__version__", env!("CARGO_PKG_VERSION"))?;

    module.add_function(wrap_pyfunction!(linalg::inv, module)?)?;
    module.add_function(wrap_pyfunction!(linalg::inv_ex, module)?)?;
    module.add_function(wrap_pyfunction!(linalg::solve, module)?)?;
    module.add_function(wrap_pyfunction!(linalg::solve_ex, module)?)?;
    module.add_function(wrap_pyfunction!(linalg::solve_unjudged, module)?)?;
    module.add_function(wrap_pyfunction!(determinant::det, module)?)?;
    module.add_function(wrap_pyfunction!(determinant::slogdet, module)?)?;
    module.add_function(wrap_pyfunction!(lstsq::lstsq, module)?)?;
    module.add_function(wrap_pyfunction!(singular::pinv, module)?)?;
    module.add_function(wrap_pyfunction!(singular::matrix_rank, module)?)?;
    module.add_function(wrap_pyfunction!(singular::cond, module)?)?;
    module.add_function(wrap_pyfunction!(singular::null_space, module)?)?;
    module.add_function(wrap_pyfunction!(lstsq::ridge, module)?)?;
    module.add_function(wrap_pyfunction!(factor::lu, module)?)?;
    module.add_function(wrap_pyfunction!(cholesky::cholesky, module)?)?;
    module.add_function(wrap_pyfunction!(factor::factor_cholesky, module)?)?;
    module.add_function(wrap_pyfunction!(factor::factor_ldl, module)?)?;
    module.add_function(wrap_pyfunction!(factor::factor_qr, module)?)?;
    module.add_class::<factor::Lu>()?;
    module.add_class::<factor::Cholesky>()?;
    module.add_class::<factor::Ldl>()?;
    module.add_class::<factor::Qr>()?;
    module.add_function(wrap_pyfunction!(pickle::restore_factors, module)?)?;
    module.add_function(wrap_pyfunction!(vjp::inv_vjp, module)?)?;
    module.add_function(wrap_pyfunction!(vjp::solve_vjp, module)?)?;
    module.add_function(wrap_pyfunction!(diagnose::diagnose, module)?)?;

    module.add_function(wrap_pyfunction!(exact::exact_det, module)?)?;
    module.add_function(wrap_pyfunction!(exact::exact_rank, module)?)?;
    module.add_function(wrap_pyfunction!(exact::exact_inv, module)?)?;
    module.add_function(wrap_pyfunction!(exact::exact_solve, module)?)?;

    module.add("Status", info::status_class(py)?)?;
    module.add_class::<info::PyInfo>()?;
    module.add("InvResult", info::inv_result_class(py)?)?;
    module.add("SolveResult", info::solve_result_class(py)?)?;
    module.add("LstsqResult", info::lstsq_result_class(py)?)?;

    module.add("Progress", progress::progress_class(py)?)?;
    module.add_function(wrap_pyfunction!(progress::watch, module)?)?;
    module.add_function(wrap_pyfunction!(progress::unwatch, module)?)?;

    module.add("LinAlgError", error::lin_alg_error(py)?)?;
    module.add("SingularMatrixError", error::singular_matrix_error(py)?)?;
    module.add("IllConditionedWarning", error::ill_conditioned_warning(py)?)?;

    module.add_function(wrap_pyfunction!(threads::set_num_threads, module)?)?;
    module.add_function(wrap_pyfunction!(threads::get_num_threads, module)?)?;
    module.add_function(wrap_pyfunction!(threads::instruction_set, module)?)?;
    Ok(())
}
