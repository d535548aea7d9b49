//! `inv` and `solve` as NumPy has them, and `inv_ex`, `solve_ex`.

use std::borrow::Cow;

use pyo3::prelude::*;
use resolvent::{Detail, Info, Options, Real, Scalar, inv_in_place, inv_into, solve_in_place, solve_into};

use crate::array::{Array, Element, Output};
use crate::dtype::{DType, check_out, common, with_element};
use crate::error::{fitting_batch, judge, not_a_matrix, not_square, refusal};
use crate::info::{PyInfo, inv_result, solve_result};
use crate::layout::Core;
use crate::numpy_side::{Verb, overridden, refuse_overrides, wrap_like};
use crate::progress::run;

/// About how many multiplications `matrices` systems of order `n` with `k` right-hand sides take.
pub(crate) fn work(matrices: usize, n: usize, k: usize) -> usize {
    matrices.saturating_mul(n).saturating_mul(n).saturating_mul(n.saturating_add(k).saturating_add(1))
}

pub(crate) fn epsilon<T: Scalar>() -> f64 {
    T::Real::EPSILON.to_f64()
}

/// The operand as an array of square matrices. The library checks that too; it is asked for here first because NumPy
/// complains of the shape of `a` before anything else.
pub(crate) fn matrices<'py>(a: &Bound<'py, PyAny>) -> PyResult<Array<'py>> {
    let array = Array::from_any(a)?;
    match array.shape() {
        [.., rows, columns] if rows == columns => Ok(array),
        shape @ [.., _, _] => Err(not_square(a.py(), shape)),
        shape => Err(not_a_matrix(a.py(), shape.len())),
    }
}

/// What a call is asked, with SciPy's word for what the matrices are.
fn asked(py: Python<'_>, detail: Detail, assume_a: Option<&str>, refine: bool) -> PyResult<Options> {
    let options = Options { refine, ..detail.into() };
    let Some(word) = assume_a else { return Ok(options) };
    Ok(options.assuming(word.parse().map_err(|error| refusal(py, error))?))
}

/// The memory for a result of that shape: the caller's `out=`, or new.
fn output<'py, T: Element>(
    py: Python<'py>,
    out: Option<&Bound<'py, PyAny>>,
    shape: &[usize],
    overwritable: &Array<'py>,
    others: &[&Array<'py>],
) -> PyResult<Output<'py>> {
    match out {
        None => Output::new::<T>(py, shape),
        Some(out) => Output::given::<T>(check_out::<T>(out, shape)?, overwritable, others),
    }
}

/// The result as the caller gets it: `out` itself, or wrapped as the operand asks.
fn delivered<'py>(
    output: Output<'py>,
    out: Option<&Bound<'py, PyAny>>,
    like: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyAny>> {
    let result = output.finish()?;
    if out.is_some() { Ok(result) } else { wrap_like(like, result) }
}

/// Inverts into an output.
fn inverted<'py, T: Element>(
    a: Array<'py>,
    out: Option<&Bound<'py, PyAny>>,
    options: Options,
) -> PyResult<(Output<'py>, Info)> {
    let py = a.as_object().py();
    let a = a.into_lendable::<T>()?;
    let mut output = output::<T>(py, out, a.shape(), &a, &[])?;
    let in_place = output.in_place;
    let mut place = output.lend_mut::<T>(Core::Matrix);
    let work = work(place.len(), place.nrows(), place.nrows());
    let info = if in_place {
        run(py, work, || inv_in_place(&mut place, options))?
    } else {
        let lent = a.lend::<T>(Core::Matrix);
        run(py, work, || inv_into(&lent, &mut place, options))?
    };
    Ok((output, info))
}

/// The inverse of a matrix, or of every matrix of a stack.
///
/// Parameters
/// ----------
/// a : (..., M, M) array_like
///     Integers and bools are computed in float64; float32, float64, complex64 and complex128 stay as they are.
/// out : ndarray, optional
///     Where to write the inverse: writeable, of the result's shape and dtype. May be `a` itself.
/// assume_a : str, optional
///     What the matrices are, in SciPy's words, which decides what is read of them: "general" (no structure is looked
///     for), "symmetric", "hermitian", "positive definite" (the upper triangle), "upper triangular", "lower
///     triangular", "diagonal", "tridiagonal", "banded". By default the structure is found.
/// refine : bool, default False
///     Refine the answer, with residuals in twice the precision, until its error is that of rounding, nearly whatever
///     the condition is (as long as rcond is above about M eps).
///
/// Returns
/// -------
/// (..., M, M) ndarray
///
/// Raises
/// ------
/// SingularMatrixError
///     A matrix has no inverse; `.indices` says which of the stack. It is raised after all others are
///     inverted, so `out` then holds their inverses, and NaN for the singular ones.
/// LinAlgError
///     The last two dimensions differ, or there are fewer than two.
///
/// Warns
/// -----
/// IllConditionedWarning
///     A matrix is so nearly singular that perhaps no digit of its inverse is right.
///
/// Examples
/// --------
/// >>> import resolvent as rs
/// >>> rs.inv([[2, 1], [1, 3]])
/// array([[ 0.6, -0.2],
///        [-0.2,  0.4]])
#[pyfunction]
#[pyo3(signature = (a, *, out=None, assume_a=None, refine=false))]
pub(crate) fn inv<'py>(
    a: &Bound<'py, PyAny>,
    out: Option<&Bound<'py, PyAny>>,
    assume_a: Option<Cow<'py, str>>,
    refine: bool,
) -> PyResult<Bound<'py, PyAny>> {
    let py = a.py();
    if assume_a.is_some() || refine {
        refuse_overrides("inv with assume_a or refine", &[a])?;
    } else if let Some(result) = overridden(py, Verb::Inv, &[a], &[("out", out)])? {
        return Ok(result);
    }
    let options = asked(py, Detail::Summary, assume_a.as_deref(), refine)?;
    let array = matrices(a)?;
    with_element!(common(&[("a", &array)])?, T => {
        let (output, info) = inverted::<T>(array, out, options)?;
        let result = delivered(output, out, a)?;
        judge(py, &info, epsilon::<T>())?;
        Ok(result)
    })
}

/// As `inv`, with the quality of every inverse, and never an error for a singular matrix.
///
/// Returns
/// -------
/// InvResult
///     `inverse`, NaN where a matrix has none, and `info` with `status` (values of `Status`), `rcond`,
///     `backward_error`, `forward_error` (arrays of the stack's shape) and `method`.
///
/// Examples
/// --------
/// >>> import resolvent as rs
/// >>> inverse, info = rs.inv_ex([[[2, 0], [0, 4]], [[1, 2], [2, 4]]])
/// >>> info.status
/// array([0, 3], dtype=uint8)
/// >>> rs.Status(info.status[1])
/// <Status.SINGULAR: 3>
#[pyfunction]
#[pyo3(signature = (a, *, assume_a=None, refine=false))]
pub(crate) fn inv_ex<'py>(
    a: &Bound<'py, PyAny>,
    assume_a: Option<Cow<'py, str>>,
    refine: bool,
) -> PyResult<Bound<'py, PyAny>> {
    refuse_overrides("inv_ex", &[a])?;
    let options = asked(a.py(), Detail::Full, assume_a.as_deref(), refine)?;
    let array = matrices(a)?;
    with_element!(common(&[("a", &array)])?, T => {
        let (output, info) = inverted::<T>(array, None, options)?;
        inv_result(delivered(output, None, a)?, PyInfo::new(a.py(), info)?)
    })
}

/// Two operands of `solve`, and what a right-hand side is: a vector only if it has one dimension.
struct System<'py> {
    a: Array<'py>,
    b: Array<'py>,
    core: Core,
    dtype: DType,
}

impl<'py> System<'py> {
    fn new(a: &Bound<'py, PyAny>, b: &Bound<'py, PyAny>) -> PyResult<Self> {
        let a = matrices(a)?;
        let b = Array::from_any(b)?;
        let core = core_of_rhs(&b)?;
        let dtype = common(&[("a", &a), ("b", &b)])?;
        Ok(Self { a, b, core, dtype })
    }

    fn solved<T: Element>(
        self,
        out: Option<&Bound<'py, PyAny>>,
        options: Options,
    ) -> PyResult<(Output<'py>, Info)> {
        let py = self.a.as_object().py();
        let (a, b) = (self.a.into_lendable::<T>()?, self.b.into_lendable::<T>()?);
        let mut shape = fitting_batch(py, a.shape(), b.shape(), self.core)?;
        let matrix = a.lend::<T>(Core::Matrix);
        shape.push(matrix.ncols());
        if self.core == Core::Matrix {
            shape.extend(b.shape().last());
        }
        let mut output = output::<T>(py, out, &shape, &b, &[&a])?;
        let in_place = output.in_place;
        let mut place = output.lend_mut::<T>(self.core);
        let work = work(place.len(), matrix.nrows(), place.ncols());
        let info = if in_place {
            run(py, work, || solve_in_place(&matrix, &mut place, options))?
        } else {
            let rhs = b.lend::<T>(self.core);
            run(py, work, || solve_into(&matrix, &rhs, &mut place, options))?
        };
        Ok((output, info))
    }
}

/// NumPy 2's rule.
pub(crate) fn core_of_rhs(b: &Array<'_>) -> PyResult<Core> {
    match b.shape().len() {
        0 => Err(pyo3::exceptions::PyValueError::new_err(
            "solve: b does not have enough dimensions (it has 0, and needs 1 for a vector or 2 for a matrix)",
        )),
        1 => Ok(Core::Vector),
        _ => Ok(Core::Matrix),
    }
}

/// The solution of `a x = b`, for one matrix or for stacks.
///
/// Parameters
/// ----------
/// a : (..., M, M) array_like
/// b : (M,) or (..., M, K) array_like
///     A vector only if it has exactly one dimension; stack dimensions are broadcast.
/// out : ndarray, optional
///     Where to write the solution: writeable, of the result's shape and dtype. May be `b` itself.
/// assume_a : str, optional
///     What the matrices are, in SciPy's words, which decides what is read of them: "general" (no structure is looked
///     for), "symmetric", "hermitian", "positive definite" (the upper triangle), "upper triangular", "lower
///     triangular", "diagonal", "tridiagonal", "banded". By default the structure is found.
/// refine : bool, default False
///     Refine the answer, with residuals in twice the precision, until its error is that of rounding, nearly whatever
///     the condition is (as long as rcond is above about M eps).
///
/// Returns
/// -------
/// (..., M) ndarray if b is a vector, else (..., M, K)
///
/// Raises
/// ------
/// SingularMatrixError
///     A matrix is singular; `.indices` says which of the stack. It is raised after all others are solved, so
///     `out` then holds their solutions, and NaN for the singular ones.
/// LinAlgError
///     `a` is not square, or has fewer than two dimensions.
/// ValueError
///     The shapes of `a` and `b` do not fit each other.
///
/// Warns
/// -----
/// IllConditionedWarning
///     A matrix is so nearly singular that perhaps no digit of the solution is right.
///
/// Examples
/// --------
/// >>> import resolvent as rs
/// >>> rs.solve([[2, 1], [1, 3]], [5, 4])
/// array([2.2, 0.6])
#[pyfunction]
#[pyo3(signature = (a, b, *, out=None, assume_a=None, refine=false))]
pub(crate) fn solve<'py>(
    a: &Bound<'py, PyAny>,
    b: &Bound<'py, PyAny>,
    out: Option<&Bound<'py, PyAny>>,
    assume_a: Option<Cow<'py, str>>,
    refine: bool,
) -> PyResult<Bound<'py, PyAny>> {
    let py = a.py();
    if assume_a.is_some() || refine {
        refuse_overrides("solve with assume_a or refine", &[a, b])?;
    } else if let Some(result) = overridden(py, Verb::Solve, &[a, b], &[("out", out)])? {
        return Ok(result);
    }
    let options = asked(py, Detail::Summary, assume_a.as_deref(), refine)?;
    let system = System::new(a, b)?;
    with_element!(system.dtype, T => {
        let (output, info) = system.solved::<T>(out, options)?;
        let result = delivered(output, out, b)?;
        judge(py, &info, epsilon::<T>())?;
        Ok(result)
    })
}

/// As `solve`, with the quality of every solution, and never an error for a singular matrix.
///
/// Returns
/// -------
/// SolveResult
///     `solution`, NaN where a matrix is singular, and `info` with `status` (values of `Status`), `rcond`,
///     `backward_error`, `forward_error` (arrays of the broadcast stack's shape) and `method`.
///
/// Examples
/// --------
/// >>> import resolvent as rs
/// >>> solution, info = rs.solve_ex([[2, 1], [1, 3]], [5, 4])
/// >>> rs.Status(info.status)
/// <Status.OK: 0>
#[pyfunction]
#[pyo3(signature = (a, b, *, assume_a=None, refine=false))]
pub(crate) fn solve_ex<'py>(
    a: &Bound<'py, PyAny>,
    b: &Bound<'py, PyAny>,
    assume_a: Option<Cow<'py, str>>,
    refine: bool,
) -> PyResult<Bound<'py, PyAny>> {
    refuse_overrides("solve_ex", &[a, b])?;
    let options = asked(a.py(), Detail::Full, assume_a.as_deref(), refine)?;
    let system = System::new(a, b)?;
    with_element!(system.dtype, T => {
        let (output, info) = system.solved::<T>(None, options)?;
        solve_result(delivered(output, None, b)?, PyInfo::new(a.py(), info)?)
    })
}

/// As `solve`, but neither a warning nor an error: NaN where a matrix is singular. For gradients, whose matrices somebody has
/// been warned of already.
#[pyfunction]
pub(crate) fn solve_unjudged<'py>(
    a: &Bound<'py, PyAny>,
    b: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyAny>> {
    let system = System::new(a, b)?;
    with_element!(system.dtype, T => {
        let (output, _) = system.solved::<T>(None, Detail::Summary.into())?;
        output.finish()
    })
}
