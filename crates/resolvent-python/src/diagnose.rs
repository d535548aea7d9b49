//! `diagnose`: the diagnosis as Python's own lists and dicts, and its page. `_diagnose.py` makes a `Diagnosis` of them.

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyComplex, PyDict, PyList};
use resolvent::{DiagnoseOptions, Tree, diagnose_with};

use crate::array::Array;
use crate::dtype::{common, tuple, with_element};
use crate::error::not_a_matrix;
use crate::layout::Core;
use crate::linalg::work;
use crate::numpy_side::refuse_overrides;
use crate::progress::run;

/// What is wrong with a matrix or a system, by name, and as a page of text.
#[pyfunction]
pub(crate) fn diagnose<'py>(
    a: &Bound<'py, PyAny>,
    b: Option<&Bound<'py, PyAny>>,
    names: Option<Vec<String>>,
    target_cond: Option<f64>,
) -> PyResult<(Bound<'py, PyAny>, String)> {
    let py = a.py();
    refuse_overrides("diagnose", &[&[a][..], b.as_slice()].concat())?;
    let a = Array::from_any(a)?;
    if a.shape().len() < 2 {
        return Err(not_a_matrix(py, a.shape().len()));
    }
    let b = b.map(Array::from_any).transpose()?;
    let core = b.as_ref().map(one_side).transpose()?;
    let operands: Vec<_> = std::iter::once(("a", &a)).chain(b.iter().map(|b| ("b", b))).collect();
    let options = DiagnoseOptions { names, target_cond };
    with_element!(common(&operands)?, T => {
        let a = a.into_lendable::<T>()?;
        let lent = a.lend::<T>(Core::Matrix);
        let b = b.map(Array::into_lendable::<T>).transpose()?;
        let side: Option<Vec<T>> = b.zip(core).map(|(b, core)| {
            let lent = b.lend::<T>(core);
            let column = lent.matrix(0);
            (0..column.nrows()).map(|i| column.get(i, 0)).collect()
        });
        let size = lent.nrows().max(lent.ncols());
        let call = || {
            let diagnosis = diagnose_with(&lent, side.as_deref(), &options)?;
            Ok((diagnosis.tree(), diagnosis.to_string()))
        };
        let (tree, page) = run(py, work(1, size, size), call)?;
        Ok((object(py, tree)?, page))
    })
}

/// How one right-hand side stands in its array.
fn one_side(b: &Array<'_>) -> PyResult<Core> {
    match b.shape() {
        [_] => Ok(Core::Vector),
        [_, 1] => Ok(Core::Matrix),
        shape => Err(PyValueError::new_err(format!(
            "b of shape {} is not one right-hand side; pick one of its columns, as in b[:, 0]",
            tuple(shape)
        ))),
    }
}

fn object(py: Python<'_>, tree: Tree) -> PyResult<Bound<'_, PyAny>> {
    Ok(match tree {
        Tree::Nothing => py.None().into_bound(py),
        Tree::Truth(x) => x.into_pyobject(py)?.to_owned().into_any(),
        Tree::Whole(x) => x.into_pyobject(py)?.into_any(),
        Tree::Number(x) => x.into_pyobject(py)?.into_any(),
        Tree::Complex(re, im) => PyComplex::from_doubles(py, re, im).into_any(),
        Tree::Text(text) => text.into_pyobject(py)?.into_any(),
        Tree::List(items) => {
            let list = PyList::empty(py);
            items.into_iter().try_for_each(|item| list.append(object(py, item)?))?;
            list.into_any()
        }
        Tree::Map(entries) => {
            let dict = PyDict::new(py);
            entries.into_iter().try_for_each(|(name, value)| dict.set_item(name, object(py, value)?))?;
            dict.into_any()
        }
    })
}
