//! The Matrix Market exchange format: `%%MatrixMarket matrix (array|coordinate) FIELD SYMMETRY`.
//!
//! Entries given twice are added up, as the format's assembled matrices have it. Symmetric files list the lower
//! triangle only; an entry above the diagonal is refused, because a file that lists both would silently be doubled.

use std::ops::Range;
use std::str::FromStr;

use num_complex::Complex;

use crate::array::{Array, Element, Values, element_count, out_of_memory, zeros};
use crate::fault::{Fault, Result, quote};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Field {
    Real,
    Integer,
    Complex,
    Pattern,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Symmetry {
    General,
    Symmetric,
    SkewSymmetric,
    Hermitian,
}

struct Header {
    coordinate: bool,
    field: Field,
    symmetry: Symmetry,
}

/// Reads a matrix; complex128 if the file says complex, else float64.
pub(crate) fn read_matrix_market(text: &str) -> Result<Values> {
    let mut lines = Lines { text, next: 0 };
    let header = read_header(text, &mut lines)?;
    if header.field == Field::Complex {
        read_body::<Complex<f64>>(text, &mut lines, &header)
    } else {
        read_body::<f64>(text, &mut lines, &header)
    }
}

/// The lines that are neither blank nor comments.
struct Lines<'a> {
    text: &'a str,
    next: usize,
}

impl Lines<'_> {
    fn raw(&mut self) -> Option<Range<usize>> {
        if self.next >= self.text.len() {
            return None;
        }
        let start = self.next;
        let end = self.text[start..].find('\n').map_or(self.text.len(), |i| start + i);
        self.next = end + 1;
        Some(start..end)
    }

    fn data(&mut self) -> Option<Range<usize>> {
        loop {
            let line = self.raw()?;
            let content = self.text[line.clone()].trim();
            if !content.is_empty() && !content.starts_with('%') {
                return Some(line);
            }
        }
    }

    /// # Errors
    /// The file ends here.
    fn expect(&mut self, what: impl FnOnce() -> String) -> Result<Range<usize>> {
        let end = self.text.len();
        self.data().ok_or_else(|| Fault::at(self.text, end..end, format!("the file ends, but {}", what())))
    }
}

/// The words of a line with their places.
fn words(text: &str, line: Range<usize>) -> impl Iterator<Item = Range<usize>> {
    let content = &text[line.clone()];
    content.split_ascii_whitespace().map(move |word| {
        let start = line.start + (word.as_ptr() as usize - content.as_ptr() as usize);
        start..start + word.len()
    })
}

fn read_header(text: &str, lines: &mut Lines<'_>) -> Result<Header> {
    const BANNER: &str = "expected `%%MatrixMarket matrix coordinate|array real|integer|complex|pattern \
                          general|symmetric|skew-symmetric|hermitian`";
    let line = lines.raw().unwrap_or(0..0);
    let mut words = words(text, line.clone());
    let mut word = |choices: &[&str]| -> Result<usize> {
        let span = words.next().unwrap_or(line.end..line.end);
        let found = text[span.clone()].to_ascii_lowercase();
        choices.iter().position(|choice| *choice == found).ok_or_else(|| {
            let list = choices.join("` or `");
            Fault::at(text, span, format!("expected `{list}`, found {}; {BANNER}", quote(&found)))
        })
    };
    word(&["%%matrixmarket"])?;
    word(&["matrix"])?;
    let coordinate = word(&["coordinate", "array"])? == 0;
    let fields = [Field::Real, Field::Integer, Field::Complex, Field::Pattern];
    let field = fields[word(&["real", "integer", "complex", "pattern"])?];
    let symmetries = [Symmetry::General, Symmetry::Symmetric, Symmetry::SkewSymmetric, Symmetry::Hermitian];
    let symmetry = symmetries[word(&["general", "symmetric", "skew-symmetric", "hermitian"])?];
    let refuse = |why: &str| Err(Fault::at(text, line.clone(), why));
    if field == Field::Pattern && !coordinate {
        return refuse("an array has values: `pattern` goes with `coordinate` only");
    }
    if symmetry == Symmetry::Hermitian && field != Field::Complex {
        return refuse("`hermitian` goes with `complex` only; a real one is `symmetric`");
    }
    if symmetry == Symmetry::SkewSymmetric && field == Field::Pattern {
        return refuse("a pattern has no signs, so it cannot be `skew-symmetric`");
    }
    Ok(Header { coordinate, field, symmetry })
}

/// Reads one word as a number.
fn number<N: FromStr>(text: &str, span: Range<usize>, what: &str) -> Result<N> {
    let word = &text[span.clone()];
    word.parse().map_err(|_| Fault::at(text, span, format!("expected {what}, found {}", quote(word))))
}

/// Splits a line into as many words as it must have.
fn exactly<const N: usize>(text: &str, line: Range<usize>, what: &str) -> Result<[Range<usize>; N]> {
    let mut found = words(text, line.clone());
    let end = line.start + text[line.clone()].trim_end().len();
    let mut spans = [const { 0..0 }; N];
    for (i, span) in spans.iter_mut().enumerate() {
        *span = found.next().ok_or_else(|| {
            Fault::at(text, end..end, format!("expected {what}, found only {i} of {N} numbers"))
        })?;
    }
    match found.next() {
        Some(extra) => Err(Fault::at(text, extra, format!("expected the end of the line after {what}"))),
        None => Ok(spans),
    }
}

fn read_body<T: Element>(text: &str, lines: &mut Lines<'_>, header: &Header) -> Result<Values> {
    let size = lines.expect(|| "a line with the size is expected".to_owned())?;
    let what = if header.coordinate { "rows, columns and entries" } else { "rows and columns" };
    let mut extents = [0_usize; 3];
    let spans = if header.coordinate {
        exactly::<3>(text, size.clone(), what)?.to_vec()
    } else {
        exactly::<2>(text, size.clone(), what)?.to_vec()
    };
    for (extent, span) in extents.iter_mut().zip(spans) {
        *extent = number(text, span, "a size: a whole number, not negative")?;
    }
    let [nrows, ncols, entries] = extents;
    if header.symmetry != Symmetry::General && nrows != ncols {
        return Err(Fault::at(
            text,
            size,
            format!("a matrix with a symmetry is square, not {nrows} x {ncols}"),
        ));
    }
    let Some(cells) = element_count(&[nrows, ncols]) else {
        return Err(Fault::at(text, size, format!("{nrows} x {ncols} is more than a computer can address")));
    };
    let mut matrix = Matrix { text, header, nrows, ncols, data: Vec::<T>::new() };
    // Every value takes at least a digit and the end of a line: what cannot follow is refused before it is allocated.
    let left = text.len().saturating_sub(size.end);
    let listed = if header.coordinate { entries } else { matrix.stored_values() };
    if listed > left {
        let message =
            format!("{listed} values are declared, but only {left} bytes follow; the file is cut off");
        return Err(Fault::at(text, size, message));
    }
    matrix.data = zeros::<T>(cells).map_err(|_| {
        let bytes = out_of_memory(cells.saturating_mul(size_of::<T>())).message;
        Fault::at(text, size.clone(), format!("{nrows} x {ncols} as a full matrix: {bytes}"))
    })?;
    if header.coordinate {
        matrix.read_coordinates(lines, entries)?
    } else {
        matrix.read_columns(lines)?
    }
    if let Some(extra) = lines.data() {
        return Err(Fault::at(
            text,
            extra,
            format!("all {listed} declared values are read; this is one more"),
        ));
    }
    Ok(T::wrap(Array::new(vec![nrows, ncols], matrix.data)))
}

struct Matrix<'a, T> {
    text: &'a str,
    header: &'a Header,
    nrows: usize,
    ncols: usize,
    data: Vec<T>,
}

impl<T: Element> Matrix<'_, T> {
    /// The first row that an array file stores of column `j`.
    fn first_row(&self, j: usize) -> usize {
        match self.header.symmetry {
            Symmetry::General => 0,
            Symmetry::Symmetric | Symmetry::Hermitian => j,
            Symmetry::SkewSymmetric => j + 1,
        }
    }

    /// How many values an array file has.
    fn stored_values(&self) -> usize {
        // No overflow: the number of all elements was checked.
        let n = self.ncols;
        match self.header.symmetry {
            Symmetry::General => self.nrows * n,
            Symmetry::Symmetric | Symmetry::Hermitian => (n * n - n) / 2 + n,
            Symmetry::SkewSymmetric => (n * n - n) / 2,
        }
    }

    fn read_columns(&mut self, lines: &mut Lines<'_>) -> Result<()> {
        for j in 0..self.ncols {
            for i in self.first_row(j)..self.nrows {
                let line =
                    lines.expect(|| format!("the value of row {}, column {} is expected", i + 1, j + 1))?;
                let value = match self.header.field {
                    Field::Complex => {
                        self.value(&exactly::<2>(self.text, line.clone(), "a real and an imaginary part")?)?
                    }
                    _ => self.value(&exactly::<1>(self.text, line.clone(), "one value on each line")?)?,
                };
                self.add(i, j, value, line)?;
            }
        }
        Ok(())
    }

    fn read_coordinates(&mut self, lines: &mut Lines<'_>, entries: usize) -> Result<()> {
        for k in 0..entries {
            let line = lines.expect(|| format!("entry {} of {entries} is expected", k + 1))?;
            let (place, value): (Vec<_>, T) = match self.header.field {
                Field::Pattern => {
                    (exactly::<2>(self.text, line.clone(), "row and column")?.to_vec(), T::one())
                }
                Field::Real | Field::Integer => {
                    let spans = exactly::<3>(self.text, line.clone(), "row, column and value")?;
                    (spans[..2].to_vec(), self.value(&spans[2..])?)
                }
                Field::Complex => {
                    let what = "row, column, real and imaginary part";
                    let spans = exactly::<4>(self.text, line.clone(), what)?;
                    (spans[..2].to_vec(), self.value(&spans[2..])?)
                }
            };
            let i = self.index(place[0].clone(), "row", self.nrows)?;
            let j = self.index(place[1].clone(), "column", self.ncols)?;
            self.add(i, j, value, line)?;
        }
        Ok(())
    }

    /// A one-based index as a zero-based one.
    fn index(&self, span: Range<usize>, what: &str, extent: usize) -> Result<usize> {
        let index: usize = number(self.text, span.clone(), &format!("the number of a {what}"))?;
        if index == 0 || index > extent {
            let message = format!("{what} {index} does not exist: {what}s count from 1 to {extent}");
            return Err(Fault::at(self.text, span, message));
        }
        Ok(index - 1)
    }

    fn value(&self, spans: &[Range<usize>]) -> Result<T> {
        let mut parts = [0.0; 2];
        for (part, span) in parts.iter_mut().zip(spans) {
            *part = if self.header.field == Field::Integer {
                number::<i64>(self.text, span.clone(), "a whole number")? as f64
            } else {
                self.real(span.clone())?
            };
        }
        Ok(T::rounded(parts[0], parts[1]))
    }

    fn real(&self, span: Range<usize>) -> Result<f64> {
        let word = &self.text[span.clone()];
        // Fortran programs write 1.5D+00.
        let parsed = word.parse().or_else(|_| word.replace(['d', 'D'], "e").parse());
        match parsed {
            Ok(x) if f64::is_infinite(x) && word.contains(|c: char| c.is_ascii_digit()) => {
                Err(Fault::at(self.text, span, format!("{} is beyond float64", quote(word))))
            }
            Ok(x) => Ok(x),
            Err(_) => Err(Fault::at(self.text, span, format!("expected a number, found {}", quote(word)))),
        }
    }

    /// Adds an entry and its mirror image.
    fn add(&mut self, i: usize, j: usize, value: T, line: Range<usize>) -> Result<()> {
        let fault = |why: String| Err(Fault::at(self.text, line.clone(), why));
        let mirror = match self.header.symmetry {
            Symmetry::General => None,
            _ if i < j => {
                return fault(format!(
                    "entry ({}, {}) is above the diagonal; a file with a symmetry lists the lower triangle only",
                    i + 1,
                    j + 1
                ));
            }
            Symmetry::Symmetric => Some(value),
            Symmetry::SkewSymmetric if i == j && value != T::zero() => {
                return fault("the diagonal of a skew-symmetric matrix is zero".to_owned());
            }
            Symmetry::SkewSymmetric => Some(-value),
            Symmetry::Hermitian if i == j && value.parts().1 != 0.0 => {
                return fault("the diagonal of a hermitian matrix is real".to_owned());
            }
            Symmetry::Hermitian => Some(value.conj()),
        };
        self.data[i * self.ncols + j] += value;
        if let Some(mirror) = mirror.filter(|_| i != j) {
            self.data[j * self.ncols + i] += mirror;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn real(text: &str, shape: [usize; 2], data: &[f64]) {
        let want = Values::Float64(Array::new(shape.to_vec(), data.to_vec()));
        assert_eq!(read_matrix_market(text).unwrap(), want, "{text}");
    }

    #[test]
    fn arrays_run_down_the_columns() {
        real(
            "%%MatrixMarket matrix array real general\n% c\n2 3\n1\n2\n\n3\n4\n5\n6\n",
            [2, 3],
            &[1., 3., 5., 2., 4., 6.],
        );
        real("%%matrixmarket MATRIX Array Integer Symmetric\n2 2\n1\n2\n3", [2, 2], &[1., 2., 2., 3.]);
        real("%%MatrixMarket matrix array real skew-symmetric\n2 2\n5D-1\n", [2, 2], &[0., -0.5, 0.5, 0.]);
        real("%%MatrixMarket matrix array real general\n0 0\n", [0, 0], &[]);
        real("%%MatrixMarket matrix array real skew-symmetric\n1 1\n", [1, 1], &[0.]);
    }

    #[test]
    fn coordinates_count_from_one_and_add_up() {
        real(
            "%%MatrixMarket matrix coordinate real general\n2 2 3\n1 1 2\n2 1 1\n1 1 0.5\n",
            [2, 2],
            &[2.5, 0., 1., 0.],
        );
        real(
            "%%MatrixMarket matrix coordinate pattern symmetric\n2 2 2\n1 1\n2 1\n",
            [2, 2],
            &[1., 1., 1., 0.],
        );
        real(
            "%%MatrixMarket matrix coordinate real skew-symmetric\n2 2 1\n2 1 3\n",
            [2, 2],
            &[0., -3., 3., 0.],
        );
    }

    #[test]
    fn hermitian_mirrors_the_conjugate() {
        let text = "%%MatrixMarket matrix coordinate complex hermitian\n2 2 2\n1 1 2 0\n2 1 1 -3\n";
        let c = Complex::new;
        let want = vec![c(2., 0.), c(1., 3.), c(1., -3.), c(0., 0.)];
        assert_eq!(read_matrix_market(text).unwrap(), Values::Complex128(Array::new(vec![2, 2], want)));
    }

    #[test]
    fn faults_name_line_and_column() {
        let coordinate = |body: &str| format!("%%MatrixMarket matrix coordinate real general\n{body}");
        let symmetric = |body: &str| format!("%%MatrixMarket matrix coordinate real symmetric\n{body}");
        for (text, position, words) in [
            (String::new(), (1, 1), "expected `%%matrixmarket`"),
            (
                "%%MatrixMarket matrix sparse real general\n".to_owned(),
                (1, 23),
                "expected `coordinate` or `array`",
            ),
            ("%%MatrixMarket matrix array real\n".to_owned(), (1, 33), "expected `general`"),
            (
                "%%MatrixMarket matrix array pattern general\n1 1\n".to_owned(),
                (1, 1),
                "goes with `coordinate`",
            ),
            (coordinate(""), (2, 1), "the file ends"),
            (coordinate("2 2\n"), (2, 4), "found only 2 of 3"),
            (coordinate("2 -2 1\n1 1 1\n"), (2, 3), "not negative"),
            (coordinate("2 2 2\n1 1 1\n"), (4, 1), "entry 2 of 2"),
            (coordinate("2 2 1\n1 1 1\n1 2 1\n"), (4, 1), "one more"),
            (coordinate("2 2 1\n3 1 1\n"), (3, 1), "row 3 does not exist"),
            (coordinate("2 2 1\n1 0 1\n"), (3, 3), "column 0 does not exist"),
            (coordinate("2 2 1\n1 1 x\n"), (3, 5), "found `x`"),
            (coordinate("2 2 1\n1 1 1 1\n"), (3, 7), "end of the line"),
            (coordinate("99999999999 99999999999 1\n1 1 1\n"), (2, 1), "more than a computer can address"),
            (coordinate("9999999 9999999 1\n1 1 1\n"), (2, 1), "memory"),
            (coordinate("2 2 99999999999999\n1 1 1\n"), (2, 1), "cut off"),
            (symmetric("2 2 1\n1 2 1\n"), (3, 1), "above the diagonal"),
            (symmetric("2 3 1\n1 1 1\n"), (2, 1), "is square"),
            (
                "%%MatrixMarket matrix array real general\n3000000000 3000000000\n1\n".to_owned(),
                (2, 1),
                "cut off",
            ),
        ] {
            let fault = read_matrix_market(&text).unwrap_err();
            assert_eq!(fault.position, Some(position), "{text:?}: {fault}");
            assert!(fault.message.contains(words), "{text:?}: {fault}");
        }
    }
}
