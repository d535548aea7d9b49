//! What `resolvent.torch` and `resolvent.jax` ask besides the public functions: products for gradients, and answers that
//! nobody is to be warned of again.

use pyo3::prelude::*;
use resolvent::{inv_vjp_into, solve_vjp_into};

use crate::array::Output;
use crate::dtype::{common, with_element};
use crate::layout::Core;
use crate::linalg::work;
use crate::lstsq::rectangular;
use crate::progress::run;

/// `-x^H g x^H` of arrays of one shape, (..., M, M): what the cotangent g of `x = inv(a)` is for a.
#[pyfunction]
pub(crate) fn inv_vjp<'py>(x: &Bound<'py, PyAny>, g: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    let (py, x, g) = (x.py(), rectangular(x)?, rectangular(g)?);
    with_element!(common(&[("x", &x), ("g", &g)])?, T => {
        let (x, g) = (x.into_lendable::<T>()?, g.into_lendable::<T>()?);
        let mut output = Output::new::<T>(py, x.shape())?;
        let (x, g) = (x.lend::<T>(Core::Matrix), g.lend::<T>(Core::Matrix));
        let mut place = output.lend_mut::<T>(Core::Matrix);
        run(py, work(x.len(), x.nrows(), x.nrows()), || inv_vjp_into(&x, &g, &mut place))?;
        output.finish()
    })
}

/// `-h x^H` of arrays of one shape, (..., M, K): what the cotangent g of x, `a x = b`, is for a, given `h = a^-H g`.
#[pyfunction]
pub(crate) fn solve_vjp<'py>(h: &Bound<'py, PyAny>, x: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    let (py, h, x) = (h.py(), rectangular(h)?, rectangular(x)?);
    with_element!(common(&[("h", &h), ("x", &x)])?, T => {
        let (h, x) = (h.into_lendable::<T>()?, x.into_lendable::<T>()?);
        let shape = h.shape();
        let n = shape[shape.len() - 2];
        let shape = [&shape[..shape.len() - 1], &[n]].concat();
        let mut output = Output::new::<T>(py, &shape)?;
        let (h, x) = (h.lend::<T>(Core::Matrix), x.lend::<T>(Core::Matrix));
        let mut place = output.lend_mut::<T>(Core::Matrix);
        run(py, work(h.len(), n, h.ncols()), || solve_vjp_into(&h, &x, &mut place))?;
        output.finish()
    })
}
