//! `resolvent.exact`: whole numbers and fractions in, whole numbers and fractions out. Arrays are flat lists here, and their
//! shapes; `exact.py` makes them of whatever comes, and arrays of the answers.

use num_bigint::BigInt;
use num_rational::BigRational;
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyComplex, PyFloat, PyInt, PyList, PyTuple};
use resolvent::exact::{self, Matrix};
use resolvent::{Error, Result as LibraryResult};

use crate::dtype::tuple;
use crate::error::{fitting_batch, not_a_matrix, not_square, refusal, singular_because, unravel};
use crate::layout::Core;
use crate::linalg::work;
use crate::progress::run;

/// A stack of matrices of exact numbers.
struct Stack {
    batch: Vec<usize>,
    matrices: Vec<Matrix>,
    /// All numbers came as integers.
    is_whole: bool,
}

impl Stack {
    fn new(name: &str, elements: &Bound<'_, PyList>, shape: &[usize]) -> PyResult<Self> {
        let py = elements.py();
        let [batch @ .., rows, columns] = shape else {
            // Of rows that differ in length NumPy makes an array of lists.
            let row = elements.iter().position(|element| is_sequence(&element));
            let ragged = row.map(|row| ragged(&format!("{name}[{}]", index(shape, row))));
            return Err(ragged.unwrap_or_else(|| not_a_matrix(py, shape.len())));
        };
        Self::of_matrices(name, elements, shape, batch, [*rows, *columns])
    }

    fn square(elements: &Bound<'_, PyList>, shape: &[usize]) -> PyResult<Self> {
        match shape {
            [.., rows, columns] if rows != columns => Err(not_square(elements.py(), shape)),
            _ => Self::new("a", elements, shape),
        }
    }

    /// Matrices of so many rows and columns, of an array of that shape.
    fn of_matrices(
        name: &str,
        elements: &Bound<'_, PyList>,
        shape: &[usize],
        batch: &[usize],
        [rows, columns]: [usize; 2],
    ) -> PyResult<Self> {
        let py = elements.py();
        let (mut numbers, mut is_whole) = (Vec::with_capacity(elements.len()), true);
        for (place, element) in elements.iter().enumerate() {
            let number = number(&element, || format!("{name}[{}]", index(shape, place)))?;
            is_whole &= element.is_instance_of::<PyInt>();
            numbers.push(number);
        }
        let (count, size) = (batch.iter().product(), rows * columns);
        let matrix = |place: usize| Matrix::from_slice(&numbers[place * size..][..size], rows, columns);
        let matrices: LibraryResult<_> = (0..count).map(matrix).collect();
        let matrices = matrices.map_err(|error| refusal(py, error))?;
        Ok(Self { batch: batch.to_vec(), matrices, is_whole })
    }

    /// Something of every matrix.
    fn map<R: Send>(
        &self,
        py: Python<'_>,
        of: impl Fn(&Matrix) -> LibraryResult<R> + Send + Sync,
    ) -> PyResult<Vec<R>> {
        run(py, self.work(), || self.matrices.iter().map(of).collect())
    }

    fn work(&self) -> usize {
        // A product of words takes several times as long as one of floating-point numbers.
        let one = self.matrices.first().map_or(0, |a| work(1, a.nrows().max(a.ncols()), 0));
        one.saturating_mul(16).saturating_mul(self.matrices.len())
    }

    /// Solutions or inverses, or the error that names those that there are none of.
    fn regular(
        &self,
        py: Python<'_>,
        answers: Vec<LibraryResult<Matrix>>,
        batch: &[usize],
    ) -> PyResult<Vec<Matrix>> {
        let (mut good, mut singular, mut first) = (Vec::with_capacity(answers.len()), Vec::new(), None);
        for (place, answer) in answers.into_iter().enumerate() {
            match answer {
                Ok(answer) => good.push(answer),
                Err(Error::Singular { pivot, .. }) => {
                    singular.push(place);
                    first.get_or_insert(pivot);
                }
                Err(other) => return Err(refusal(py, other)),
            }
        }
        let Some(pivot) = first else { return Ok(good) };
        let a = &self.matrices[source(&self.batch, batch, singular[0])];
        let found = run(py, self.work(), || exact::dependence(a))?;
        let reason = found.map_or_else(|| "its determinant is zero".to_owned(), |found| found.to_string());
        Err(singular_because(py, batch, &singular, pivot, &reason))
    }
}

/// How Python writes an index.
fn index(shape: &[usize], place: usize) -> String {
    tuple(&unravel(shape, place)).trim_matches(['(', ')']).trim_end_matches(',').to_owned()
}

/// The place in a stack of what is broadcast to a place of a larger one.
fn source(of: &[usize], batch: &[usize], place: usize) -> usize {
    let full = unravel(batch, place);
    let own = of.iter().zip(&full[batch.len() - of.len()..]);
    own.fold(0, |place, (&extent, &i)| place * extent + if extent == 1 { 0 } else { i })
}

fn is_sequence(element: &Bound<'_, PyAny>) -> bool {
    element.is_instance_of::<PyList>() || element.is_instance_of::<PyTuple>()
}

fn ragged(place: &str) -> PyErr {
    PyValueError::new_err(format!("{place} is a sequence, not a number: the rows must have the same length"))
}

/// An integer or a fraction.
fn number(element: &Bound<'_, PyAny>, place: impl Fn() -> String) -> PyResult<BigRational> {
    if element.is_instance_of::<PyInt>() {
        return Ok(BigRational::from_integer(element.extract()?));
    }
    let py = element.py();
    if element.is_instance_of::<PyFloat>() || element.is_instance_of::<PyComplex>() {
        let name = element.get_type().name()?;
        return Err(PyTypeError::new_err(format!(
            "{} is a {name}, and an exact answer needs exact numbers: Fraction(x) of the module fractions is exactly what a \
             float x stores, Fraction('0.1') is what is written",
            place()
        )));
    }
    if is_sequence(element) {
        return Err(ragged(&place()));
    }
    let part = |name| -> PyResult<BigInt> { element.getattr(name)?.extract() };
    let (Ok(numerator), Ok(denominator)) =
        (part(pyo3::intern!(py, "numerator")), part(pyo3::intern!(py, "denominator")))
    else {
        let name = element.get_type().name()?;
        return Err(PyTypeError::new_err(format!(
            "{} is a {name}, which is neither an integer nor a fraction",
            place()
        )));
    };
    if denominator == BigInt::ZERO {
        return Err(PyValueError::new_err(format!("the denominator of {} is zero", place())));
    }
    Ok(BigRational::new(numerator, denominator))
}

/// The determinant of every matrix: integers, if all that came in are.
#[pyfunction]
pub(crate) fn exact_det<'py>(
    elements: &Bound<'py, PyList>,
    shape: Vec<usize>,
) -> PyResult<Bound<'py, PyList>> {
    let py = elements.py();
    let a = Stack::square(elements, &shape)?;
    let found = a.map(py, exact::det)?;
    if a.is_whole { PyList::new(py, found.iter().map(BigRational::numer)) } else { PyList::new(py, found) }
}

/// The rank of every matrix.
#[pyfunction]
pub(crate) fn exact_rank(elements: &Bound<'_, PyList>, shape: Vec<usize>) -> PyResult<Vec<usize>> {
    Stack::new("a", elements, &shape)?.map(elements.py(), exact::rank)
}

/// The inverse of every matrix, one after the other.
#[pyfunction]
pub(crate) fn exact_inv<'py>(
    elements: &Bound<'py, PyList>,
    shape: Vec<usize>,
) -> PyResult<Bound<'py, PyList>> {
    let py = elements.py();
    let a = Stack::square(elements, &shape)?;
    let found = a.map(py, |a| caught(exact::inv(a)))?;
    flat(py, a.regular(py, found, &a.batch)?)
}

/// The solutions of `a x = b`, one after the other, and the shape of all of them.
#[pyfunction]
pub(crate) fn exact_solve<'py>(
    a: &Bound<'py, PyList>,
    a_shape: Vec<usize>,
    b: &Bound<'py, PyList>,
    b_shape: Vec<usize>,
) -> PyResult<(Bound<'py, PyList>, Vec<usize>)> {
    let py = a.py();
    let stack = Stack::square(a, &a_shape)?;
    let core = match b_shape.len() {
        0 => return Err(not_a_matrix(py, 0)),
        1 => Core::Vector,
        _ => Core::Matrix,
    };
    let batch = fitting_batch(py, &a_shape, &b_shape, core)?;
    let (batch_of_b, extents) = match b_shape[..] {
        [n] => (&[][..], [n, 1]),
        [ref batch @ .., n, k] => (batch, [n, k]),
        [] => unreachable!("no dimension is refused above"),
    };
    let sides = Stack::of_matrices("b", b, &b_shape, batch_of_b, extents)?;
    let solved = |place| {
        let a = &stack.matrices[source(&stack.batch, &batch, place)];
        caught(exact::solve(a, &sides.matrices[source(batch_of_b, &batch, place)]))
    };
    let count: usize = batch.iter().product();
    let work = stack.work().max(sides.work()).saturating_mul(count);
    let found = run(py, work, || (0..count).map(solved).collect())?;
    let found = flat(py, stack.regular(py, found, &batch)?)?;
    let shape = [&batch[..], &b_shape[batch_of_b.len()..]].concat();
    Ok((found, shape))
}

/// A singular matrix is an answer as any other until all are known.
fn caught(answer: LibraryResult<Matrix>) -> LibraryResult<LibraryResult<Matrix>> {
    match answer {
        Ok(_) | Err(Error::Singular { .. }) => Ok(answer),
        Err(other) => Err(other),
    }
}

fn flat(py: Python<'_>, matrices: Vec<Matrix>) -> PyResult<Bound<'_, PyList>> {
    let all: Vec<BigRational> = matrices.into_iter().flat_map(Matrix::into_vec).collect();
    PyList::new(py, all)
}
