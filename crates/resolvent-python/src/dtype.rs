//! Which element type a call computes in: the rule of `numpy.linalg`, and its refusals with the cast to make.

use numpy::npyffi::NPY_TYPES;
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::intern;
use pyo3::prelude::*;
use resolvent::Complex;

use crate::array::Array;

/// The four element types.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum DType {
    F32,
    F64,
    C64,
    C128,
}

/// Runs `$body` with `$T` standing for the Rust type of `$dtype`.
macro_rules! with_element {
    ($dtype:expr, $T:ident => $body:expr) => {
        match $dtype {
            $crate::dtype::DType::F32 => {
                type $T = f32;
                $body
            }
            $crate::dtype::DType::F64 => {
                type $T = f64;
                $body
            }
            $crate::dtype::DType::C64 => {
                type $T = resolvent::Complex<f32>;
                $body
            }
            $crate::dtype::DType::C128 => {
                type $T = resolvent::Complex<f64>;
                $body
            }
        }
    };
}
pub(crate) use with_element;

const BOOL: i32 = NPY_TYPES::NPY_BOOL as i32;
const LAST_INTEGER: i32 = NPY_TYPES::NPY_ULONGLONG as i32;
const FLOAT: i32 = NPY_TYPES::NPY_FLOAT as i32;
const DOUBLE: i32 = NPY_TYPES::NPY_DOUBLE as i32;
const CFLOAT: i32 = NPY_TYPES::NPY_CFLOAT as i32;
const CDOUBLE: i32 = NPY_TYPES::NPY_CDOUBLE as i32;
const HALF: i32 = NPY_TYPES::NPY_HALF as i32;
const LONGDOUBLE: i32 = NPY_TYPES::NPY_LONGDOUBLE as i32;
const CLONGDOUBLE: i32 = NPY_TYPES::NPY_CLONGDOUBLE as i32;
const OBJECT: i32 = NPY_TYPES::NPY_OBJECT as i32;

/// The type that holds the operands, each given with its name: single only if all are single, complex if one is;
/// integers and bools count as float64.
pub(crate) fn common(operands: &[(&str, &Array<'_>)]) -> PyResult<DType> {
    let (mut double, mut complex) = (false, false);
    for &(name, array) in operands {
        match array.type_number() {
            FLOAT => {}
            DOUBLE | BOOL..=LAST_INTEGER => double = true,
            CFLOAT => complex = true,
            CDOUBLE => (double, complex) = (true, true),
            HALF => return Err(unsupported(name, array, Some("float32"))),
            LONGDOUBLE => return Err(unsupported(name, array, Some("float64"))),
            CLONGDOUBLE => return Err(unsupported(name, array, Some("complex128"))),
            // A dtype of another package counts as what it casts to.
            _ if array.casts_to::<f64>() => double = true,
            _ if array.casts_to::<Complex<f64>>() => (double, complex) = (true, true),
            OBJECT => return Err(unsupported_objects(name)),
            // Dates, texts and records are no numbers, even where NumPy has a cast.
            _ => return Err(unsupported(name, array, None)),
        }
    }
    Ok(match (double, complex) {
        (false, false) => DType::F32,
        (true, false) => DType::F64,
        (false, true) => DType::C64,
        (true, true) => DType::C128,
    })
}

fn unsupported(operand: &str, array: &Array<'_>, cast: Option<&str>) -> PyErr {
    let name = name_of(array);
    let remedy = cast.map_or_else(
        || "supported are float32, float64, complex64, complex128, integers and bools".to_owned(),
        |to| format!("use {operand}.astype(np.{to})"),
    );
    PyTypeError::new_err(format!("array type {name} is unsupported in linalg; {remedy}"))
}

/// Objects may be whole numbers and fractions, of which floating-point numbers would lose something.
fn unsupported_objects(operand: &str) -> PyErr {
    PyTypeError::new_err(format!(
        "array type object is unsupported in linalg; use {operand}.astype(np.float64), or resolvent.exact for whole \
         numbers and fractions"
    ))
}

fn name_of(array: &Array<'_>) -> String {
    let object = array.as_object();
    let name =
        object.getattr(intern!(object.py(), "dtype")).and_then(|dtype| dtype.getattr("name")?.extract());
    name.unwrap_or_else(|_| "?".to_owned())
}

/// The caller's `out=`: an ndarray of exactly this type and shape that may be written.
pub(crate) fn check_out<'py, T: crate::array::Element>(
    out: &Bound<'py, PyAny>,
    shape: &[usize],
) -> PyResult<Array<'py>> {
    let Some(array) = Array::from_ndarray(out) else {
        let kind = out.get_type().name()?;
        return Err(PyTypeError::new_err(format!("out must be a numpy.ndarray, not {kind}")));
    };
    if !array.holds::<T>() {
        let message = format!("out must have dtype {}, as the result has, not {}", T::NAME, dtype_of(out)?);
        return Err(PyTypeError::new_err(message));
    }
    if array.shape() != shape {
        let message =
            format!("out must have shape {}, as the result has, not {}", tuple(shape), tuple(array.shape()));
        return Err(PyValueError::new_err(message));
    }
    if !array.is_writeable() {
        return Err(PyValueError::new_err("out is read-only"));
    }
    Ok(array)
}

/// The dtype with its byte order, if that is foreign.
fn dtype_of(array: &Bound<'_, PyAny>) -> PyResult<String> {
    array.getattr(intern!(array.py(), "dtype"))?.str()?.extract()
}

/// A shape as Python writes it.
pub(crate) fn tuple(shape: &[usize]) -> String {
    match shape {
        [extent] => format!("({extent},)"),
        _ => format!("({})", shape.iter().map(usize::to_string).collect::<Vec<_>>().join(", ")),
    }
}
