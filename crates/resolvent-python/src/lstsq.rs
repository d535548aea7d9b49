//! `lstsq` as NumPy has it, and `ridge`.

use numpy::{PyArray1, PyArrayMethods};
use pyo3::exceptions::PyValueError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyTuple;
use resolvent::{Scalar, lstsq as least_squares, lstsq_with, ridges};

use crate::array::{Array, Element, Output};
use crate::dtype::{common, with_element};
use crate::error::{lin_alg, not_a_matrix, refusal};
use crate::info::lstsq_result;
use crate::layout::Core;
use crate::linalg::{core_of_rhs, work};
use crate::numpy_side::{Verb, overridden, refuse_overrides, wrap_like};
use crate::progress::run;

/// The operand as an array of matrices of any shape.
pub(crate) fn rectangular<'py>(a: &Bound<'py, PyAny>) -> PyResult<Array<'py>> {
    let array = Array::from_any(a)?;
    match array.shape() {
        [.., _, _] => Ok(array),
        shape => Err(not_a_matrix(a.py(), shape.len())),
    }
}

/// An array of these values.
pub(crate) fn filled<'py, T: Element>(
    py: Python<'py>,
    shape: &[usize],
    values: &[T],
) -> PyResult<Output<'py>> {
    let mut output = Output::zeros::<T>(py, shape)?;
    output.as_mut_slice::<T>().copy_from_slice(values);
    Ok(output)
}

/// Whole numbers as an array, or for a single matrix as a NumPy scalar.
pub(crate) fn counts<'py>(
    py: Python<'py>,
    batch: &[usize],
    counts: Vec<usize>,
) -> PyResult<Bound<'py, PyAny>> {
    let counts: Vec<isize> = counts.into_iter().map(|count| count as isize).collect();
    let array = PyArray1::from_slice(py, &counts).reshape(batch)?;
    if batch.is_empty() { array.get_item(PyTuple::empty(py)) } else { Ok(array.into_any()) }
}

/// The shape of an answer with so many rows for a right-hand side.
fn solution_shape(batch: &[usize], rows: usize, sides: usize, core: Core) -> Vec<usize> {
    match core {
        Core::Vector => [batch, &[rows]].concat(),
        Core::Matrix => [batch, &[rows, sides]].concat(),
    }
}

/// Rows that do not fit are a `LinAlgError` here, as NumPy's `lstsq` has it.
fn fitting(py: Python<'_>, a: &Array<'_>, b: &Array<'_>, core: Core) -> PyResult<()> {
    let rows = |shape: &[usize], core: Core| shape[shape.len() - core.dims()];
    let (m, of_b) = (rows(a.shape(), Core::Matrix), rows(b.shape(), core));
    if m == of_b {
        return Ok(());
    }
    Err(lin_alg(py, format!("Incompatible dimensions: a has {m} rows, b has {of_b}")))
}

/// Least-squares solutions: the shortest `x` that makes `|a x - b|` least.
///
/// Where the columns of `a`, brought to the same length, are independent beyond rounding, the solution is refined
/// until its digits are right, however `a` is scaled; the rank is then N. Otherwise singular values up to `rcond` times
/// the largest count as zero, as in NumPy.
///
/// Parameters
/// ----------
/// a : (..., M, N) array_like
/// b : (M,) or (..., M, K) array_like
///     A vector only if it has exactly one dimension; stack dimensions are broadcast, which NumPy has not.
/// rcond : float, optional
///     Singular values up to `rcond` times the largest count as zero; if 0 or negative, up to eps / 4 times. By
///     default the rank is decided as said above, with max(M, N) eps.
///
/// Returns
/// -------
/// LstsqResult
///     A named tuple: `x`, (..., N) or (..., N, K). `residuals`, the sums of squares of `b - a x` for every column of
///     `b`; for a single matrix empty if the rank is less than N or M <= N. `rank`. `s`, the singular values of `a`.
///
/// Raises
/// ------
/// LinAlgError
///     `a` holds NaN or infinity, or the shapes do not fit.
///
/// Examples
/// --------
/// A straight line through four points:
///
/// >>> import resolvent as rs
/// >>> rs.lstsq([[1, 0], [1, 1], [1, 2], [1, 3]], [-1, 0.2, 0.9, 2.1]).x
/// array([-0.95,  1.  ])
#[pyfunction]
#[pyo3(signature = (a, b, rcond=None))]
pub(crate) fn lstsq<'py>(
    a: &Bound<'py, PyAny>,
    b: &Bound<'py, PyAny>,
    rcond: Option<&Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = a.py();
    if let Some(result) = overridden(py, Verb::Lstsq, &[a, b], &[("rcond", rcond)])? {
        return Ok(result);
    }
    let rcond: Option<f64> = rcond.map(|rcond| rcond.extract()).transpose()?;
    let (matrix, side) = (rectangular(a)?, Array::from_any(b)?);
    if side.shape().is_empty() {
        return Err(not_a_matrix(py, 0));
    }
    let core = core_of_rhs(&side)?;
    fitting(py, &matrix, &side, core)?;
    with_element!(common(&[("a", &matrix), ("b", &side)])?, T => {
        type R = <T as Scalar>::Real;
        let (matrix, side) = (matrix.into_lendable::<T>()?, side.into_lendable::<T>()?);
        let (lent, sides) = (matrix.lend::<T>(Core::Matrix), side.lend::<T>(core));
        let (m, n, k) = (lent.nrows(), lent.ncols(), sides.ncols());
        let work = work(lent.len().max(sides.len()), m.max(n), k);
        let answer = run(py, work, || match rcond {
            None => least_squares(&lent, &sides),
            Some(rcond) => lstsq_with(&lent, &sides, rcond),
        })?;
        let batch = &answer.batch[..];
        let x = filled(py, &solution_shape(batch, n, k, core), answer.solution.as_slice())?.finish()?;
        let without = batch.is_empty() && (answer.rank != [n] || m <= n);
        let residuals: Output<'py> = if without {
            Output::zeros::<R>(py, &[0])?
        } else {
            filled(py, &[batch, &[k]].concat(), &answer.residuals)?
        };
        let s = filled(py, &[batch, &[m.min(n)]].concat(), &answer.singular_values)?.finish()?;
        let rank = counts(py, batch, answer.rank)?;
        lstsq_result([wrap_like(b, x)?, wrap_like(b, residuals.finish()?)?, rank, s])
    })
}

/// Least squares with a price on the length of the solution: the `x` that makes `|a x - b|^2 + alpha |x|^2` least.
///
/// No column is exempt from the price; subtract means first if an intercept is to be.
///
/// Parameters
/// ----------
/// a : (..., M, N) array_like
/// b : (M,) or (..., M, K) array_like
///     A vector only if it has exactly one dimension; stack dimensions are broadcast.
/// alpha : float or (L,) array_like of float
///     The price, not negative. Several take one decomposition.
///
/// Returns
/// -------
/// (..., N) ndarray if b is a vector, else (..., N, K); for several prices (L, ..., N) or (L, ..., N, K)
///
/// Raises
/// ------
/// LinAlgError
///     `a` holds NaN or infinity, or the shapes do not fit.
/// ValueError
///     A price is negative or NaN.
///
/// Examples
/// --------
/// >>> import resolvent as rs
/// >>> rs.ridge([[1, 0], [0, 2]], [2, 4], 1.0)
/// array([1. , 1.6])
/// >>> rs.ridge([[1]], [2], [0, 1, 3])
/// array([[2. ],
///        [1. ],
///        [0.5]])
#[pyfunction]
pub(crate) fn ridge<'py>(
    a: &Bound<'py, PyAny>,
    b: &Bound<'py, PyAny>,
    alpha: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = a.py();
    refuse_overrides("ridge", &[a, b])?;
    let (matrix, side) = (rectangular(a)?, Array::from_any(b)?);
    if side.shape().is_empty() {
        return Err(not_a_matrix(py, 0));
    }
    let core = core_of_rhs(&side)?;
    fitting(py, &matrix, &side, core)?;
    let prices = py.import("numpy")?.call_method1("asarray", (alpha, "float64"))?;
    let dims: usize = prices.getattr(intern!(py, "ndim"))?.extract()?;
    let alphas: Vec<f64> = match dims {
        0 => vec![prices.extract()?],
        1 => prices.extract()?,
        _ => return Err(PyValueError::new_err("alpha must be a number or have one dimension")),
    };
    with_element!(common(&[("a", &matrix), ("b", &side)])?, T => {
        let (matrix, side) = (matrix.into_lendable::<T>()?, side.into_lendable::<T>()?);
        let (lent, sides) = (matrix.lend::<T>(Core::Matrix), side.lend::<T>(core));
        let (n, k) = (lent.ncols(), sides.ncols());
        let work = work(lent.len().max(sides.len()), lent.nrows().max(n), k);
        let path = run(py, work, || ridges(&lent, &sides, &alphas))?;
        let batch = resolvent::broadcast_batches(lent.batch(), sides.batch()).map_err(|error| refusal(py, error))?;
        let mut shape = solution_shape(&batch, n, k, core);
        if dims == 1 {
            shape.insert(0, alphas.len());
        }
        let elements: Vec<T> = path.iter().flat_map(|x| x.as_slice().iter().copied()).collect();
        wrap_like(b, filled(py, &shape, &elements)?.finish()?)
    })
}
