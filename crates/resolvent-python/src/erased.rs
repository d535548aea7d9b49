//! The library's factors in one of the four types, as the classes of `factor` ask them: the type is forgotten here.

use std::marker::PhantomData;

use numpy::PyArray1;
use numpy::prelude::*;
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use resolvent::{
    Cholesky as CholeskyOf, Info, Ldl as LdlOf, Lu as LuOf, Many, Qr as QrOf, SLogDet, Scalar, Side, Stack,
    StackRef, Status,
};

use crate::array::{Array, Element};
use crate::dtype::{DType, common};
use crate::error::{fitting_batch, judge, refusal, refuse_singular};
use crate::info::shaped;
use crate::layout::Core;
use crate::linalg::{core_of_rhs, epsilon};
use crate::numpy_side::{slogdet_result, warn_det_overflow};
use crate::progress::run;

/// An element type of factors.
pub(crate) trait Kept: Element + Scalar<Real: numpy::Element> {
    const DTYPE: DType;
}
impl Kept for f32 {
    const DTYPE: DType = DType::F32;
}
impl Kept for f64 {
    const DTYPE: DType = DType::F64;
}
impl Kept for resolvent::Complex<f32> {
    const DTYPE: DType = DType::C64;
}
impl Kept for resolvent::Complex<f64> {
    const DTYPE: DType = DType::C128;
}

/// The arrays that factors are.
#[derive(Clone, Copy)]
pub(crate) enum Part {
    L,
    U,
    D,
    Q,
    R,
    /// All that the object keeps of an LU, over each other.
    Packed,
}

/// Of each matrix, with which later column every column was exchanged, and where pivots of order 2 begin.
pub(crate) type Exchanges = Vec<(Vec<usize>, Vec<usize>)>;

/// What the library's factors have in common, of whatever type.
pub(crate) trait Factors<T: Kept>: Send + Sync + 'static {
    fn shape(&self) -> Vec<usize>;
    fn info(&self) -> &Info;
    fn solve(&self, side: Side, b: &StackRef<'_, T>) -> resolvent::Result<Stack<T>>;
    fn inverse(&self) -> resolvent::Result<Stack<T>>;
    fn det(&self) -> resolvent::Result<Vec<T>>;
    fn slogdet(&self) -> resolvent::Result<Vec<SLogDet<T>>>;
    fn part(&self, part: Part) -> resolvent::Result<Stack<T>>;
    /// Where the rows went, n numbers for each matrix.
    fn permutations(&self) -> &[usize] {
        &[]
    }
    /// [`LdlOf::exchanges`].
    fn exchanges(&self) -> Exchanges {
        Vec::new()
    }
    /// [`QrOf::odd`].
    fn odd(&self) -> Vec<bool> {
        Vec::new()
    }
    /// Are the matrices square by their making, so that a right-hand side is checked against them here?
    fn square(&self) -> bool {
        true
    }
}

macro_rules! square_factors {
    ($Of:ident, |$this:ident, $part:ident| $parts:expr, { $($own:tt)* }) => {
        impl<T: Kept> Factors<T> for $Of<T, Many> {
            fn shape(&self) -> Vec<usize> {
                $Of::shape(self).to_vec()
            }
            fn info(&self) -> &Info {
                $Of::info(self)
            }
            fn solve(&self, side: Side, b: &StackRef<'_, T>) -> resolvent::Result<Stack<T>> {
                self.solve_side(side, b)
            }
            fn inverse(&self) -> resolvent::Result<Stack<T>> {
                $Of::inverse(self)
            }
            fn det(&self) -> resolvent::Result<Vec<T>> {
                Ok($Of::det(self))
            }
            fn slogdet(&self) -> resolvent::Result<Vec<SLogDet<T>>> {
                Ok($Of::slogdet(self))
            }
            fn part(&self, $part: Part) -> resolvent::Result<Stack<T>> {
                let $this = self;
                $parts
            }
            $($own)*
        }
    };
}
square_factors!(
    LuOf,
    |this, part| match part {
        Part::L => this.l(),
        Part::U => this.u(),
        _ => this.factors().copy(),
    },
    {
        fn permutations(&self) -> &[usize] {
            LuOf::permutations(self)
        }
    }
);
square_factors!(
    CholeskyOf,
    |this, part| match part {
        Part::L => this.l(),
        _ => this.factors().copy(),
    },
    {}
);
square_factors!(
    LdlOf,
    |this, part| match part {
        Part::L => this.l(),
        Part::D => this.d(),
        _ => this.triangles().copy(),
    },
    {
        fn permutations(&self) -> &[usize] {
            LdlOf::permutations(self)
        }
        fn exchanges(&self) -> Exchanges {
            LdlOf::exchanges(self)
        }
    }
);

impl<T: Kept> Factors<T> for QrOf<T, Many> {
    fn shape(&self) -> Vec<usize> {
        QrOf::shape(self)
    }
    fn info(&self) -> &Info {
        QrOf::info(self)
    }
    fn solve(&self, side: Side, b: &StackRef<'_, T>) -> resolvent::Result<Stack<T>> {
        self.solve_side(side, b)
    }
    fn inverse(&self) -> resolvent::Result<Stack<T>> {
        QrOf::inverse(self)
    }
    fn det(&self) -> resolvent::Result<Vec<T>> {
        QrOf::det(self)
    }
    fn slogdet(&self) -> resolvent::Result<Vec<SLogDet<T>>> {
        QrOf::slogdet(self)
    }
    fn part(&self, part: Part) -> resolvent::Result<Stack<T>> {
        if let Part::Q = part { self.q() } else { self.r() }.copy()
    }
    fn odd(&self) -> Vec<bool> {
        QrOf::odd(self).to_vec()
    }
    fn square(&self) -> bool {
        false
    }
}

/// A side by LAPACK's letter.
fn side(trans: &str) -> PyResult<Side> {
    match trans {
        "N" => Ok(Side::Plain),
        "T" => Ok(Side::Transposed),
        "C" => Ok(Side::Adjoint),
        _ => Err(PyValueError::new_err(format!("trans must be 'N', 'T' or 'C', not {trans:?}"))),
    }
}

/// Factors of one type, as Python asks them.
pub(crate) trait Object: Send + Sync {
    fn shape(&self) -> Vec<usize>;
    fn info(&self) -> &Info;
    fn name(&self) -> &'static str;
    fn dtype<'py>(&self, py: Python<'py>) -> Bound<'py, PyAny>;
    fn solve<'py>(&self, b: Array<'py>, trans: &str, warn: bool) -> PyResult<Bound<'py, PyAny>>;
    fn inverse<'py>(&self, py: Python<'py>, warn: bool) -> PyResult<Bound<'py, PyAny>>;
    fn det<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>>;
    fn slogdet<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>>;
    fn part<'py>(&self, py: Python<'py>, part: Part) -> PyResult<Bound<'py, PyAny>>;
    fn permutations(&self) -> &[usize];
    fn exchanges(&self) -> Exchanges;
    fn odd(&self) -> Vec<bool>;
}

/// Factors and their type.
struct Of<T, A>(A, PhantomData<fn() -> T>);

/// Factors whose type is forgotten.
pub(crate) fn erased<T: Kept>(factors: impl Factors<T>) -> Box<dyn Object> {
    Box::new(Of(factors, PhantomData::<fn() -> T>))
}

impl<T: Kept, A: Factors<T>> Object for Of<T, A> {
    fn shape(&self) -> Vec<usize> {
        self.0.shape()
    }
    fn info(&self) -> &Info {
        self.0.info()
    }
    fn name(&self) -> &'static str {
        T::NAME
    }
    fn dtype<'py>(&self, py: Python<'py>) -> Bound<'py, PyAny> {
        T::get_dtype(py).into_any()
    }

    fn solve<'py>(&self, b: Array<'py>, trans: &str, warn: bool) -> PyResult<Bound<'py, PyAny>> {
        let (py, side) = (b.as_object().py(), side(trans)?);
        let core = core_of_rhs(&b)?;
        let complex = matches!(common(&[("b", &b)])?, DType::C64 | DType::C128);
        if complex && matches!(T::DTYPE, DType::F32 | DType::F64) {
            let message = "b is complex, but the factors are real; factor a.astype(np.complex128)";
            return Err(PyTypeError::new_err(message));
        }
        if self.0.square() {
            fitting_batch(py, &self.0.shape(), b.shape(), core)?;
        }
        trusted::<T>(py, self.0.info(), warn)?;
        let b = b.into_lendable::<T>()?;
        let lent = b.lend::<T>(core);
        let n = self.0.shape().last().copied().unwrap_or(0);
        let multiplications =
            lent.len().max(self.0.info().rcond.len()).saturating_mul(n * n).saturating_mul(lent.ncols());
        let x = run(py, multiplications, || self.0.solve(side, &lent))?;
        let mut shape = x.shape().to_vec();
        if core == Core::Vector {
            shape.pop();
        }
        Ok(shaped(py, x.into_vec(), &shape)?.into_bound(py))
    }

    fn inverse<'py>(&self, py: Python<'py>, warn: bool) -> PyResult<Bound<'py, PyAny>> {
        trusted::<T>(py, self.0.info(), warn)?;
        owned(py, run(py, usize::MAX, || self.0.inverse())?)
    }

    fn det<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let values = self.0.det().map_err(|error| refusal(py, error))?;
        // The status of factors is NotFinite only if the matrix was not: an infinite factor is no reason.
        let overflow = |(value, &status): (&T, &Status)| !value.is_finite() && status != Status::NotFinite;
        if values.iter().zip(&self.0.info().status).any(overflow) {
            warn_det_overflow(py)?;
        }
        per_matrix(py, values, &self.0.info().batch)
    }

    fn slogdet<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let pairs = self.0.slogdet().map_err(|error| refusal(py, error))?;
        let (sign, log): (Vec<T>, Vec<T::Real>) =
            pairs.into_iter().map(|pair| (pair.sign, pair.logabsdet)).unzip();
        let batch = &self.0.info().batch;
        slogdet_result(per_matrix(py, sign, batch)?, per_matrix(py, log, batch)?)
    }

    fn part<'py>(&self, py: Python<'py>, part: Part) -> PyResult<Bound<'py, PyAny>> {
        owned(py, run(py, usize::MAX, || self.0.part(part))?)
    }

    fn permutations(&self) -> &[usize] {
        self.0.permutations()
    }
    fn exchanges(&self) -> Exchanges {
        self.0.exchanges()
    }
    fn odd(&self) -> Vec<bool> {
        self.0.odd()
    }
}

/// Refuses singular matrices and, if wanted, warns of nearly singular ones, as the plain verbs do.
fn trusted<T: Scalar>(py: Python<'_>, info: &Info, warn: bool) -> PyResult<()> {
    if warn { judge(py, info, epsilon::<T>()) } else { refuse_singular(py, info) }
}

/// A stack of the library as an array, without a copy.
pub(crate) fn owned<T: Element>(py: Python<'_>, stack: Stack<T>) -> PyResult<Bound<'_, PyAny>> {
    let shape = stack.shape().to_vec();
    Ok(shaped(py, stack.into_vec(), &shape)?.into_bound(py))
}

/// One value per matrix of a stack of these dimensions; a NumPy scalar if there is no stack.
pub(crate) fn per_matrix<'py, T: numpy::Element>(
    py: Python<'py>,
    values: Vec<T>,
    batch: &[usize],
) -> PyResult<Bound<'py, PyAny>> {
    let array = PyArray1::from_vec(py, values).reshape(batch)?.into_any();
    // An empty index turns an array without dimensions into a scalar.
    if batch.is_empty() { array.get_item(()) } else { Ok(array) }
}
