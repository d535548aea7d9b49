//! Numbers for people: rounded to sensible digits, aligned at the point, and no more of them than one can read.

use resolvent::number;

use crate::array::{Array, Element};

/// How much is shown.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Style {
    /// Significant digits, if not the type's own.
    pub(crate) digits: Option<u8>,
    /// Every element.
    pub(crate) full: bool,
}

/// Arrays of more elements are shown by their edges, as NumPy does.
const MOST_ELEMENTS: usize = 1000;
/// How many rows, columns and matrices an edge has.
const EDGE: usize = 3;

/// One element, complex as `1.5-2i`.
pub(crate) fn element<T: Element>(x: T, style: Style) -> String {
    let digits = style.digits.map_or(T::SHOWN_DIGITS, |n| usize::from(n).min(T::ROUND_TRIP_DIGITS));
    let (re, im) = x.parts();
    if T::PARTS == 1 {
        return number(re, digits);
    }
    let im = number(im, digits);
    let plus = if im.starts_with('-') { "" } else { "+" };
    format!("{}{plus}{im}i", number(re, digits))
}

/// The array as lines of aligned columns. A vector is a column; the matrices of a stack follow one another, each under
/// its index as a `#` comment, so that everything shown in full can be read back.
pub(crate) fn array<T: Element>(array: &Array<T>, style: Style) -> Vec<String> {
    let (batch, nrows, ncols) = array.matrix_shape();
    let elide = !style.full && array.data().len() > MOST_ELEMENTS;
    let matrix = |index: usize| {
        let data = &array.data()[index * nrows * ncols..(index + 1) * nrows * ncols];
        table(data, nrows, ncols, elide, style)
    };
    if batch.is_empty() {
        return matrix(0);
    }
    let mut lines = Vec::new();
    for index in edges(batch.iter().product(), elide) {
        match index {
            Some(index) => {
                lines.push(format!("# {}", place(index, batch)));
                lines.extend(matrix(index));
            }
            None => lines.push("# ...".to_owned()),
        }
    }
    lines
}

/// `[1, 0]`: the place of matrix `index` of a stack.
pub(crate) fn place(mut index: usize, batch: &[usize]) -> String {
    let mut place = vec![0; batch.len()];
    for (slot, &extent) in place.iter_mut().zip(batch).rev() {
        *slot = index % extent.max(1);
        index /= extent.max(1);
    }
    format!("{place:?}")
}

/// Named unknowns and their values, one `name = value` a line; of several right-hand sides, one column each.
pub(crate) fn named<T: Element>(names: &[String], array: &Array<T>, style: Style) -> Vec<String> {
    let (_, nrows, ncols) = array.matrix_shape();
    let rows = table(array.data(), nrows, ncols, false, style);
    let width = names.iter().map(|name| name.chars().count()).max().unwrap_or(0);
    let elide = !style.full && names.len() > MOST_ELEMENTS;
    let line = |i: usize| {
        let padding = " ".repeat(width - names[i].chars().count());
        format!("{}{padding} = {}", names[i], rows[i])
    };
    edges(names.len(), elide).map(|i| i.map_or_else(|| "...".to_owned(), line)).collect()
}

/// All indices, or the first and last few with `None` between them.
fn edges(count: usize, elide: bool) -> impl Iterator<Item = Option<usize>> {
    let (head, tail) = if elide && count > 2 * EDGE { (EDGE, count - EDGE) } else { (count, count) };
    (0..head).map(Some).chain((tail > head).then_some(None)).chain((tail..count).map(Some))
}

/// Rows of cells, each column aligned.
fn table<T: Element>(data: &[T], nrows: usize, ncols: usize, elide: bool, style: Style) -> Vec<String> {
    let rows: Vec<_> = edges(nrows, elide).collect();
    let mut lines = vec![String::new(); rows.len()];
    for (place, column) in edges(ncols, elide).enumerate() {
        let cells: Vec<Option<String>> =
            rows.iter().map(|&row| Some(element(data[row? * ncols + column?], style))).collect();
        let left = cells.iter().flatten().map(|cell| alignment(cell)).max().unwrap_or(3);
        let right = cells.iter().flatten().map(|cell| cell.len() - alignment(cell)).max().unwrap_or(0);
        for (line, cell) in lines.iter_mut().zip(&cells) {
            if place > 0 {
                line.push_str("  ");
            }
            let cell = cell.as_deref().unwrap_or("...");
            let lead = alignment(cell);
            line.push_str(&" ".repeat(left.saturating_sub(lead)));
            line.push_str(cell);
            line.push_str(&" ".repeat((left + right).saturating_sub(left.max(lead) + cell.len() - lead)));
        }
    }
    for line in &mut lines {
        line.truncate(line.trim_end().len());
    }
    lines
}

/// What of a cell stands left of the common line: of a real number the whole part, of a complex one the real part.
fn alignment(cell: &str) -> usize {
    if cell.ends_with('i') {
        let sign =
            cell.char_indices().skip(1).filter(|&(i, c)| matches!(c, '+' | '-') && !cell[..i].ends_with('e'));
        return sign.last().map_or(0, |(i, _)| i);
    }
    if cell == "..." { 3 } else { cell.find(['.', 'e']).unwrap_or(cell.len()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use num_complex::Complex;

    const STYLE: Style = Style { digits: None, full: false };

    #[test]
    fn columns_align_at_the_point() {
        let matrix = Array::new(vec![3, 2], vec![0.6, -0.25, -10.0, 4.0, 100.125, 1e-20]);
        assert_eq!(array(&matrix, STYLE), ["  0.6    -0.25", "-10       4", "100.125   1e-20"]);
        let matrix = Array::new(vec![2, 1], vec![Complex::new(1.0, -2.5), Complex::new(-10.5, 0.0)]);
        assert_eq!(array(&matrix, STYLE), ["    1-2.5i", "-10.5+0i"]);
    }

    #[test]
    fn large_matrices_show_their_edges() {
        let matrix = Array::new(vec![100, 100], vec![1.5; 10_000]);
        let lines = array(&matrix, STYLE);
        assert_eq!(lines.len(), 7);
        assert_eq!(lines[0], "1.5  1.5  1.5  ...  1.5  1.5  1.5");
        assert_eq!(lines[3], "...  ...  ...  ...  ...  ...  ...");
        assert_eq!(array(&matrix, Style { full: true, ..STYLE }).len(), 100);
    }

    #[test]
    fn stacks_show_the_place_of_each_matrix() {
        let stack = Array::new(vec![2, 1, 1, 1], vec![1.0_f32, 2.0]);
        assert_eq!(array(&stack, STYLE), ["# [0, 0]", "1", "# [1, 0]", "2"]);
        assert_eq!(place(5, &[2, 3]), "[1, 2]");
    }

    #[test]
    fn names_align() {
        let names = ["x".to_owned(), "β₁".to_owned()];
        assert_eq!(named(&names, &Array::new(vec![2], vec![2.2, -0.6]), STYLE), ["x  =  2.2", "β₁ = -0.6"]);
    }
}
