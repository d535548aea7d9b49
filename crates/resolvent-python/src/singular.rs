//! `pinv`, `matrix_rank` and `cond` as NumPy has them, and `null_space`: what singular values are for.

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{IntoPyDict, PyTuple};
use resolvent::{
    ConditionNorm, Cutoff, Scalar, Stack, StackRef, cond as condition, null_space_with, pinv_with, rank_with,
    svdvals,
};

use crate::array::{Array, Element};
use crate::dtype::{common, with_element};
use crate::error::{lin_alg, not_a_matrix, not_square, refusal};
use crate::layout::Core;
use crate::linalg::work;
use crate::lstsq::{counts, filled, rectangular};
use crate::numpy_side::{Verb, overridden, refuse_overrides, wrap_like};
use crate::progress::run;

/// With `hermitian=True` NumPy reads the lower triangles alone, and of the diagonals the real parts.
fn read<'py>(a: Array<'py>, hermitian: bool) -> PyResult<Array<'py>> {
    if !hermitian {
        return Ok(a);
    }
    let py = a.as_object().py();
    let [.., rows, columns] = *a.shape() else { return Err(not_a_matrix(py, a.shape().len())) };
    if rows != columns {
        return Err(not_square(py, a.shape()));
    }
    let numpy = py.import("numpy")?;
    let (tril, triu) = (numpy.getattr("tril")?, numpy.getattr("triu")?);
    let plain = numpy.call_method1("asarray", (a.as_object(),))?;
    let below = tril.call1((&plain, -1))?;
    let above = below.call_method0("conj")?.call_method1("swapaxes", (-1, -2))?;
    let diagonal = triu.call1((tril.call1((&plain,))?,))?.getattr("real")?;
    Array::from_any(&below.add(above)?.add(diagonal)?)
}

/// An argument that may be left out, which is another thing than `None`.
pub(crate) enum Perhaps<'py> {
    Absent,
    Given(Bound<'py, PyAny>),
}

impl<'py> FromPyObject<'_, 'py> for Perhaps<'py> {
    type Error = PyErr;
    fn extract(object: pyo3::Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        Ok(Self::Given(object.to_owned()))
    }
}

/// NumPy's default of `pinv`, whatever the type.
const PINV_CUTOFF: f64 = 1e-15;

/// The pseudoinverse of a matrix, or of every matrix of a stack.
///
/// Parameters
/// ----------
/// a : (..., M, N) array_like
/// rcond : (...) array_like of float, optional
///     Singular values up to `rcond` times the largest count as zero; one number, or one for every matrix. 1e-15 by
///     default, as in NumPy.
/// hermitian : bool, optional
///     The matrices are Hermitian, and only their lower triangles are read.
/// rtol : (...) array_like of float, optional
///     The same as `rcond`; `None` stands for max(M, N) eps.
///
/// Returns
/// -------
/// (..., N, M) ndarray
///
/// Raises
/// ------
/// LinAlgError
///     A matrix holds NaN or infinity.
///
/// Examples
/// --------
/// >>> import resolvent as rs
/// >>> rs.pinv([[2, 0], [0, 0]])
/// array([[0.5, 0. ],
///        [0. , 0. ]])
#[pyfunction]
#[pyo3(signature = (a, rcond=None, hermitian=false, *, rtol=Perhaps::Absent))]
pub(crate) fn pinv<'py>(
    a: &Bound<'py, PyAny>,
    rcond: Option<&Bound<'py, PyAny>>,
    hermitian: bool,
    rtol: Perhaps<'py>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = a.py();
    let given = if let Perhaps::Given(rtol) = &rtol { Some(rtol) } else { None };
    let symmetric = hermitian.into_pyobject(py)?;
    let keywords = [("rcond", rcond), ("hermitian", Some(symmetric.as_any())), ("rtol", given)];
    if let Some(result) = overridden(py, Verb::Pinv, &[a], &keywords)? {
        return Ok(result);
    }
    if rcond.is_some() && given.is_some() {
        return Err(PyValueError::new_err("`rtol` and `rcond` can't be both set."));
    }
    let array = read(rectangular(a)?, hermitian)?;
    with_element!(common(&[("a", &array)])?, T => {
        let array = array.into_lendable::<T>()?;
        let lent = array.lend::<T>(Core::Matrix);
        let inverses = match rcond.or(given) {
            None => pseudoinverses(py, &lent, Cutoff::Relative(PINV_CUTOFF))?,
            Some(cutoff) if cutoff.is_none() => pseudoinverses(py, &lent, Cutoff::Rounding)?,
            Some(cutoff) => {
                let (batch, each) = cutoffs(cutoff, &lent)?;
                let stack = lent.broadcast_to(&batch).map_err(|error| refusal(py, error))?;
                pseudoinverses(py, &stack, Cutoff::Each(&each))?
            }
        };
        wrap_like(a, filled(py, inverses.shape(), inverses.as_slice())?.finish()?)
    })
}

fn pseudoinverses<T: Element>(py: Python<'_>, a: &StackRef<'_, T>, cutoff: Cutoff<'_>) -> PyResult<Stack<T>> {
    run(py, work(a.len(), a.nrows().max(a.ncols()), 0), || pinv_with(a, cutoff))
}

/// Cutoffs broadcast with the stack: its dimensions then, and a number for each of its matrices.
fn cutoffs<T: Scalar>(cutoff: &Bound<'_, PyAny>, a: &StackRef<'_, T>) -> PyResult<(Vec<usize>, Vec<f64>)> {
    let py = cutoff.py();
    let numpy = py.import("numpy")?;
    let cutoff = numpy.call_method1("asarray", (cutoff, "float64"))?;
    let batch = PyTuple::new(py, a.batch())?;
    let shape: Vec<usize> =
        numpy.call_method1("broadcast_shapes", (cutoff.getattr("shape")?, batch))?.extract()?;
    let each = numpy.call_method1("broadcast_to", (cutoff, PyTuple::new(py, &shape)?))?;
    Ok((shape, each.call_method0("ravel")?.extract()?))
}

/// The rank of a matrix, or of every matrix of a stack: how many singular values are above a tolerance.
///
/// Parameters
/// ----------
/// A : (M,) or (..., M, N) array_like
///     A vector or a number has rank 0 if it is zero, else 1.
/// tol : (...) array_like of float, optional
///     Singular values up to `tol` count as zero.
/// hermitian : bool, optional
///     The matrices are Hermitian, and only their lower triangles are read.
/// rtol : (...) array_like of float, optional
///     Singular values up to `rtol` times the largest count as zero; max(M, N) eps by default.
///
/// Returns
/// -------
/// (...) ndarray of int, or a NumPy scalar for one matrix
///
/// Raises
/// ------
/// LinAlgError
///     A matrix holds NaN or infinity.
///
/// Examples
/// --------
/// >>> import resolvent as rs
/// >>> int(rs.matrix_rank([[1, 2, 3], [4, 5, 6], [7, 8, 9]]))
/// 2
#[pyfunction]
#[pyo3(signature = (A, tol=None, hermitian=false, *, rtol=None))]
#[allow(non_snake_case)]
pub(crate) fn matrix_rank<'py>(
    A: &Bound<'py, PyAny>,
    tol: Option<&Bound<'py, PyAny>>,
    hermitian: bool,
    rtol: Option<&Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = A.py();
    let symmetric = hermitian.into_pyobject(py)?;
    let keywords = [("tol", tol), ("hermitian", Some(symmetric.as_any())), ("rtol", rtol)];
    if let Some(result) = overridden(py, Verb::MatrixRank, &[A], &keywords)? {
        return Ok(result);
    }
    if tol.is_some() && rtol.is_some() {
        return Err(PyValueError::new_err("`tol` and `rtol` can't be both set."));
    }
    let array = Array::from_any(A)?;
    if array.shape().len() < 2 {
        let numpy = py.import("numpy")?;
        let zeros = numpy.call_method1("equal", (array.as_object(), 0))?;
        let all: bool = numpy.call_method1("all", (zeros,))?.extract()?;
        return Ok(i32::from(!all).into_pyobject(py)?.into_any());
    }
    let array = read(array, hermitian)?;
    with_element!(common(&[("A", &array)])?, T => {
        let array = array.into_lendable::<T>()?;
        let lent = array.lend::<T>(Core::Matrix);
        let work = work(lent.len(), lent.nrows().max(lent.ncols()), 0);
        if tol.is_none() && rtol.is_none() {
            let ranks = run(py, work, || rank_with(&lent, Cutoff::Rounding))?;
            return counts(py, lent.batch(), ranks);
        }
        let values = run(py, work, || svdvals(&lent))?.concat();
        let shape = [lent.batch(), &[lent.nrows().min(lent.ncols())]].concat();
        above(filled(py, &shape, &values)?.finish()?, tol, rtol)
    })
}

/// How many values are above a tolerance, or above one that is relative to the largest; both may have more dimensions than
/// the stack.
fn above<'py>(
    s: Bound<'py, PyAny>,
    tol: Option<&Bound<'py, PyAny>>,
    rtol: Option<&Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = s.py();
    let numpy = py.import("numpy")?;
    let column = |numbers: &Bound<'py, PyAny>| {
        numpy.call_method1("expand_dims", (numpy.call_method1("asarray", (numbers,))?, -1))
    };
    let tolerance = match (tol, rtol) {
        (Some(tol), _) => column(tol)?,
        (None, Some(rtol)) => {
            let keywords = [("axis", -1), ("keepdims", 1), ("initial", 0)].into_py_dict(py)?;
            s.call_method("max", (), Some(&keywords))?.mul(column(rtol)?)?
        }
        (None, None) => return Err(PyValueError::new_err("there is no tolerance")),
    };
    numpy.call_method1("count_nonzero", (numpy.call_method1("greater", (s, tolerance))?, -1))
}

/// The condition number of a matrix, or of every matrix of a stack.
///
/// Parameters
/// ----------
/// x : (..., M, N) array_like
/// p : {None, 1, -1, 2, -2, inf, -inf, 'fro', 'nuc'}, optional
///     The norm; `None` and 2 are the largest singular value by the smallest. Others than these and -2 need square matrices.
///
/// Returns
/// -------
/// (...) ndarray, or a NumPy scalar for one matrix
///     inf for a singular matrix, NaN for one that holds NaN.
///
/// Raises
/// ------
/// LinAlgError
///     The matrices have no elements, or are not square.
///
/// Examples
/// --------
/// >>> import resolvent as rs
/// >>> rs.cond([[1, 0], [0, 4]])
/// np.float64(4.0)
/// >>> rs.cond([[1, 2], [2, 4]], 1)
/// np.float64(inf)
#[pyfunction]
#[pyo3(signature = (x, p=None))]
pub(crate) fn cond<'py>(x: &Bound<'py, PyAny>, p: Option<&Bound<'py, PyAny>>) -> PyResult<Bound<'py, PyAny>> {
    let py = x.py();
    if let Some(result) = overridden(py, Verb::Cond, &[x], &[("p", p)])? {
        return Ok(result);
    }
    let array = rectangular(x)?;
    let [.., m, n] = *array.shape() else { return Err(not_a_matrix(py, 0)) };
    if m == 0 || n == 0 {
        return Err(lin_alg(py, "cond is not defined on empty arrays".to_owned()));
    }
    let norm = norm_of(p)?;
    with_element!(common(&[("x", &array)])?, T => {
        let array = array.into_lendable::<T>()?;
        let lent = array.lend::<T>(Core::Matrix);
        let numbers = run(py, work(lent.len(), m.max(n), 0), || condition(&lent, norm))?;
        filled(py, lent.batch(), &numbers)?.finish_scalar::<<T as Scalar>::Real>()
    })
}

/// NumPy's words and numbers for the norms.
fn norm_of(p: Option<&Bound<'_, PyAny>>) -> PyResult<ConditionNorm> {
    let unknown = || PyValueError::new_err("Invalid norm order for matrices.");
    let Some(p) = p else { return Ok(ConditionNorm::Two) };
    if let Ok(word) = p.extract::<String>() {
        return match word.as_str() {
            "fro" => Ok(ConditionNorm::Frobenius),
            "nuc" => Ok(ConditionNorm::Nuclear),
            _ => Err(unknown()),
        };
    }
    let number: f64 = p.extract().map_err(|_| unknown())?;
    let known = [
        (1.0, ConditionNorm::One),
        (-1.0, ConditionNorm::MinusOne),
        (2.0, ConditionNorm::Two),
        (-2.0, ConditionNorm::MinusTwo),
        (f64::INFINITY, ConditionNorm::Infinity),
        (f64::NEG_INFINITY, ConditionNorm::MinusInfinity),
    ];
    known.into_iter().find(|&(p, _)| p == number).map(|(_, norm)| norm).ok_or_else(unknown)
}

/// An orthonormal basis of the vectors that a matrix maps to zero.
///
/// Parameters
/// ----------
/// a : (..., M, N) array_like
///     The matrices of a stack need the same rank.
/// rcond : float, optional
///     Singular values up to `rcond` times the largest count as zero; max(M, N) eps by default.
///
/// Returns
/// -------
/// (..., N, K) ndarray
///     The basis as columns, K = N - rank.
///
/// Raises
/// ------
/// LinAlgError
///     A matrix holds NaN or infinity.
/// ValueError
///     The ranks in a stack differ.
///
/// Examples
/// --------
/// >>> import resolvent as rs
/// >>> abs(rs.null_space([[1, 1], [1, 1]])).round(4)
/// array([[0.7071],
///        [0.7071]])
#[pyfunction]
#[pyo3(signature = (a, rcond=None))]
pub(crate) fn null_space<'py>(a: &Bound<'py, PyAny>, rcond: Option<f64>) -> PyResult<Bound<'py, PyAny>> {
    let py = a.py();
    refuse_overrides("null_space", &[a])?;
    let array = rectangular(a)?;
    let cutoff = rcond.map_or(Cutoff::Rounding, Cutoff::Relative);
    with_element!(common(&[("a", &array)])?, T => {
        let array = array.into_lendable::<T>()?;
        let lent = array.lend::<T>(Core::Matrix);
        let work = work(lent.len(), lent.nrows().max(lent.ncols()), 0);
        let basis = run(py, work, || null_space_with(&lent, cutoff))?;
        wrap_like(a, filled(py, basis.shape(), basis.as_slice())?.finish()?)
    })
}
