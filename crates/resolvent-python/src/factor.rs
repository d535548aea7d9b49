//! `lu`: the factor object.

use numpy::PyArray1;
use numpy::prelude::*;
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::intern;
use pyo3::prelude::*;
use resolvent::{Lu as Factors, Many, Scalar, Stack, Status};

use crate::array::{Array, Element};
use crate::dtype::{DType, common, tuple, with_element};
use crate::error::{fitting_batch, judge, refusal};
use crate::info::shaped;
use crate::layout::Core;
use crate::linalg::{core_of_rhs, epsilon, matrices, work};
use crate::numpy_side::{refuse_overrides, slogdet_result, warn_det_overflow};
use crate::progress::run;

/// The factors, in one of the four element types.
enum AnyFactors {
    F32(Factors<f32, Many>),
    F64(Factors<f64, Many>),
    C64(Factors<resolvent::Complex<f32>, Many>),
    C128(Factors<resolvent::Complex<f64>, Many>),
}

/// An element type and its place in [`AnyFactors`].
trait Kept: Element {
    const DTYPE: DType;
    fn keep(factors: Factors<Self, Many>) -> AnyFactors;
}

macro_rules! kept {
    ($($T:ty => $place:ident),*) => {
        $(impl Kept for $T {
            const DTYPE: DType = DType::$place;
            fn keep(factors: Factors<Self, Many>) -> AnyFactors {
                AnyFactors::$place(factors)
            }
        })*
    };
}
kept!(f32 => F32, f64 => F64, resolvent::Complex<f32> => C64, resolvent::Complex<f64> => C128);

/// Runs `$body` with the factors of whatever type.
macro_rules! with_factors {
    ($any:expr, $factors:ident => $body:expr) => {
        match $any {
            AnyFactors::F32($factors) => $body,
            AnyFactors::F64($factors) => $body,
            AnyFactors::C64($factors) => $body,
            AnyFactors::C128($factors) => $body,
        }
    };
}

/// The LU factorization of a matrix, or of every matrix of a stack: `a[..., p, :] = L @ U`.
///
/// Made by `lu`. Solving, inverting and the determinant start from the factors, and cost no second factorization.
#[pyclass(name = "LU", module = "resolvent", frozen)]
pub(crate) struct Lu(AnyFactors);

/// Factors a matrix, or every matrix of a stack, with partial pivoting: `a[..., p, :] = L @ U`.
///
/// A singular matrix is factored too; only `solve` and `inv` of the result refuse it.
///
/// Parameters
/// ----------
/// a : (..., M, M) array_like
///
/// Examples
/// --------
/// >>> import resolvent as rs
/// >>> lu = rs.lu([[2, 1], [1, 3]])
/// >>> lu.solve([5, 4])
/// array([2.2, 0.6])
/// >>> lu.det()
/// np.float64(5.0)
#[pyfunction]
pub(crate) fn lu(a: &Bound<'_, PyAny>) -> PyResult<Lu> {
    refuse_overrides("lu", &[a])?;
    let array = matrices(a)?;
    with_element!(common(&[("a", &array)])?, T => factored::<T>(a.py(), array))
}

fn factored<T: Kept>(py: Python<'_>, array: Array<'_>) -> PyResult<Lu> {
    let array = array.into_lendable::<T>()?;
    let lent = array.lend::<T>(Core::Matrix);
    let factors = run(py, work(lent.len(), lent.nrows(), 0), || resolvent::lu(&lent))?;
    Ok(Lu(T::keep(factors)))
}

/// Which system the factors solve.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Trans {
    None,
    Transpose,
    Conjugate,
}

impl Trans {
    fn parse(text: &str) -> PyResult<Self> {
        match text {
            "N" => Ok(Trans::None),
            "T" => Ok(Trans::Transpose),
            "C" => Ok(Trans::Conjugate),
            _ => Err(PyValueError::new_err(format!("trans must be 'N', 'T' or 'C', not {text:?}"))),
        }
    }
}

#[pymethods]
impl Lu {
    /// The solution of `a x = b` (trans="N"), `a.T x = b` ("T") or `a.conj().T x = b` ("C").
    ///
    /// `b` is a vector only if it has exactly one dimension; stack dimensions are broadcast. The solution has the
    /// dtype of the factors.
    #[pyo3(signature = (b, trans = "N"))]
    fn solve<'py>(&self, b: &Bound<'py, PyAny>, trans: &str) -> PyResult<Bound<'py, PyAny>> {
        let trans = Trans::parse(trans)?;
        refuse_overrides("LU.solve", &[b])?;
        let b = Array::from_any(b)?;
        with_factors!(&self.0, factors => solved(factors, b, trans))
    }

    /// The inverse.
    fn inv<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        with_factors!(&self.0, factors => {
            trusted(py, factors)?;
            owned(py, run(py, usize::MAX, || factors.inverse())?)
        })
    }

    /// The determinant: a NumPy scalar for one matrix, else an array of the stack's shape. One that is too large
    /// becomes infinity, with NumPy's RuntimeWarning (see `numpy.errstate`).
    fn det<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        with_factors!(&self.0, factors => {
            let values = factors.det();
            // The status of factors is NotFinite only if the matrix was not: an infinite factor is no reason.
            let overflow = |(value, &status)| !is_finite(value) && status != Status::NotFinite;
            if values.iter().zip(&factors.info().status).any(overflow) {
                warn_det_overflow(py)?;
            }
            per_matrix(py, values, factors.shape())
        })
    }

    /// `SlogdetResult(sign, logabsdet)`, as `slogdet` of the matrix.
    fn slogdet<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        with_factors!(&self.0, factors => {
            let (sign, log) = factors.slogdet().into_iter().map(|pair| (pair.sign, pair.logabsdet)).unzip();
            let shape = factors.shape();
            slogdet_result(per_matrix::<_>(py, sign, shape)?, per_matrix::<_>(py, log, shape)?)
        })
    }

    /// The reciprocal condition number in the 1-norm, estimated: a NumPy scalar for one matrix, else an array.
    #[getter]
    fn rcond<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        with_factors!(&self.0, factors => per_matrix(py, factors.rcond(), factors.shape()))
    }

    /// The lower triangle, with ones on its diagonal.
    #[getter]
    #[pyo3(name = "L")]
    fn lower<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        with_factors!(&self.0, factors => owned(py, factors.l().map_err(|error| refusal(py, error))?))
    }

    /// The upper triangle.
    #[getter]
    #[pyo3(name = "U")]
    fn upper<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        with_factors!(&self.0, factors => owned(py, factors.u().map_err(|error| refusal(py, error))?))
    }

    /// The rows of `a` in the order of the pivots: `a[p] == L @ U` to rounding.
    #[getter]
    fn p<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        with_factors!(&self.0, factors => {
            let rows = factors.permutations().iter().map(|&row| row as isize).collect();
            let shape = factors.shape();
            Ok(shaped(py, rows, &shape[..shape.len() - 1])?.into_bound(py))
        })
    }

    /// The shape of the matrix or stack.
    #[getter]
    fn shape<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, pyo3::types::PyTuple>> {
        pyo3::types::PyTuple::new(py, with_factors!(&self.0, factors => factors.shape()))
    }

    /// The dtype of the factors.
    #[getter]
    fn dtype<'py>(&self, py: Python<'py>) -> Bound<'py, PyAny> {
        fn of<'py, T: Element>(_: &Factors<T, Many>, py: Python<'py>) -> Bound<'py, PyAny> {
            T::get_dtype(py).into_any()
        }
        with_factors!(&self.0, factors => of(factors, py))
    }

    // Nothing can change the factors, so a copy may be the same object.
    fn __copy__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    fn __deepcopy__(slf: Py<Self>, memo: &Bound<'_, PyAny>) -> Py<Self> {
        let _ = memo;
        slf
    }

    fn __reduce__(&self) -> PyResult<()> {
        Err(PyTypeError::new_err("an LU cannot be pickled; pickle the matrix and factor it again"))
    }

    fn __repr__(&self) -> String {
        with_factors!(&self.0, factors => described(factors))
    }
}

fn is_finite<T: Scalar>(value: &T) -> bool {
    value.is_finite()
}

fn described<T: Scalar>(factors: &Factors<T, Many>) -> String {
    let which = if factors.shape().len() == 2 { "rcond" } else { "smallest rcond" };
    let rcond = match factors.rcond().into_iter().reduce(f64::min) {
        None => String::new(),
        Some(rcond) if rcond.is_nan() => format!(", {which} nan"),
        Some(rcond) => format!(", {which} {rcond:.1e}"),
    };
    format!("<resolvent.LU of shape {}, {}{rcond}>", tuple(factors.shape()), T::NAME)
}

/// Refuses singular matrices and warns of nearly singular ones, as the plain verbs do.
fn trusted<T: Scalar>(py: Python<'_>, factors: &Factors<T, Many>) -> PyResult<()> {
    judge(py, factors.info(), epsilon::<T>())
}

fn solved<'py, T: Kept>(
    factors: &Factors<T, Many>,
    b: Array<'py>,
    trans: Trans,
) -> PyResult<Bound<'py, PyAny>> {
    let py = b.as_object().py();
    let core = core_of_rhs(&b)?;
    let complex = matches!(common(&[("b", &b)])?, DType::C64 | DType::C128);
    if complex && matches!(T::DTYPE, DType::F32 | DType::F64) {
        let message = "b is complex, but the factors are real; factor a.astype(np.complex128)";
        return Err(PyTypeError::new_err(message));
    }
    fitting_batch(py, factors.shape(), b.shape(), core)?;
    trusted(py, factors)?;
    let conjugate = trans == Trans::Conjugate && T::PARTS == 2;
    // conj(A)^T x = b is A^T conj(x) = conj(b).
    let b = if conjugate { Array::from_any(&b.as_object().call_method0(intern!(py, "conj"))?)? } else { b };
    let b = b.into_lendable::<T>()?;
    let lent = b.lend::<T>(core);
    let x = run(py, usize::MAX, || match trans {
        Trans::None => factors.solve(&lent),
        Trans::Transpose | Trans::Conjugate => factors.solve_transposed(&lent),
    })?;
    let mut shape = x.shape().to_vec();
    if core == Core::Vector {
        shape.pop();
    }
    let mut values = x.into_vec();
    if conjugate {
        values.iter_mut().for_each(|value| *value = value.conj());
    }
    Ok(shaped(py, values, &shape)?.into_bound(py))
}

/// A stack of the library as an array, without a copy.
fn owned<T: Element>(py: Python<'_>, stack: Stack<T>) -> PyResult<Bound<'_, PyAny>> {
    let shape = stack.shape().to_vec();
    Ok(shaped(py, stack.into_vec(), &shape)?.into_bound(py))
}

/// One value per matrix of a stack of that whole shape; a NumPy scalar if there is no stack.
fn per_matrix<'py, T: numpy::Element>(
    py: Python<'py>,
    values: Vec<T>,
    shape: &[usize],
) -> PyResult<Bound<'py, PyAny>> {
    let batch = &shape[..shape.len() - 2];
    let array = PyArray1::from_vec(py, values).reshape(batch)?.into_any();
    // An empty index turns an array without dimensions into a scalar.
    if batch.is_empty() { array.get_item(()) } else { Ok(array) }
}
