//! Tables as text: comma-, semicolon-, tab- or space-separated, with or without a header.

use std::ops::Range;

use crate::array::{Cells, Values};
use crate::fault::{Fault, Result, quote};

use super::number::parse_number;

/// What stands between two cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Delimiter {
    Byte(u8),
    Spaces,
}

/// Reads a table as a matrix. Blank lines and what follows `#` are comments; a first row in which no cell is a
/// number is a header, whose cells are returned too; `"2"` is 2. With `prefer_tabs`, a line with a tab is split at tabs
/// whatever else it holds.
pub(crate) fn read_table(text: &str, prefer_tabs: bool) -> Result<(Values, Option<Vec<String>>)> {
    let mut cells = Cells::default();
    let mut row = Vec::new();
    let mut rows = 0;
    let mut expected: Option<(usize, usize)> = None;
    let mut delimiter = None;
    let mut header = None;
    for (number, line) in lines(text).enumerate() {
        let line = uncomment(text, line);
        if text[line.clone()].trim().is_empty() {
            continue;
        }
        let delimiter = *delimiter.get_or_insert_with(|| detect(&text[line.clone()], prefer_tabs));
        split(text, line.clone(), delimiter, &mut row)?;
        let Some((columns, first)) = expected else {
            expected = Some((row.len(), number + 1));
            if is_header(text, &row) {
                header = Some(row.iter().map(|cell| text[cell.clone()].to_owned()).collect());
            } else {
                read_row(text, &row, &mut cells)?;
                rows += 1;
            }
            continue;
        };
        if row.len() != columns {
            let span = row.get(columns).cloned().unwrap_or(line.end..line.end);
            return Err(Fault::at(
                text,
                span,
                format!(
                    "this row has {} but line {first} has {columns}; every row needs as many",
                    count(row.len())
                ),
            ));
        }
        read_row(text, &row, &mut cells)?;
        rows += 1;
    }
    match expected {
        Some((columns, _)) if rows > 0 => Ok((cells.into_values(vec![rows, columns])?, header)),
        Some(_) => Err(Fault::at(text, text.len()..text.len(), "there is a header but no row of numbers")),
        None => Err(Fault::at(text, text.len()..text.len(), "the input is empty; expected rows of numbers")),
    }
}

fn count(cells: usize) -> String {
    if cells == 1 { "1 cell".to_owned() } else { format!("{cells} cells") }
}

/// The byte ranges of the lines, without their ends.
fn lines(text: &str) -> impl Iterator<Item = Range<usize>> {
    let mut start = 0;
    text.split('\n').map(move |line| {
        let range = start..start + line.strip_suffix('\r').unwrap_or(line).len();
        start += line.len() + 1;
        range
    })
}

/// The line up to a `#` that is not inside quotes.
fn uncomment(text: &str, line: Range<usize>) -> Range<usize> {
    let mut quoted = false;
    for (i, byte) in text[line.clone()].bytes().enumerate() {
        match byte {
            b'"' => quoted = !quoted,
            b'#' if !quoted => return line.start..line.start + i,
            _ => {}
        }
    }
    line
}

/// The delimiter, by the first line: the strongest character present outside quotes and parentheses.
fn detect(line: &str, prefer_tabs: bool) -> Delimiter {
    let mut quoted = false;
    let mut seen = [false; 3];
    for byte in line.bytes() {
        match byte {
            b'"' => quoted = !quoted,
            b',' if !quoted => seen[0] = true,
            b';' if !quoted => seen[1] = true,
            b'\t' if !quoted => seen[2] = true,
            _ => {}
        }
    }
    match seen {
        [_, _, true] if prefer_tabs => Delimiter::Byte(b'\t'),
        [true, ..] => Delimiter::Byte(b','),
        [_, true, _] => Delimiter::Byte(b';'),
        [_, _, true] => Delimiter::Byte(b'\t'),
        _ => Delimiter::Spaces,
    }
}

/// The byte ranges of the cells of a line, without quotes and surrounding space.
fn split(text: &str, line: Range<usize>, delimiter: Delimiter, row: &mut Vec<Range<usize>>) -> Result<()> {
    row.clear();
    let bytes = text.as_bytes();
    let ends_cell = |at: usize| match delimiter {
        Delimiter::Byte(byte) => bytes[at] == byte,
        Delimiter::Spaces => bytes[at].is_ascii_whitespace(),
    };
    let mut at = line.start;
    loop {
        // A tab that separates cells is not space around them: two tabs in a row enclose an empty cell.
        while at < line.end
            && bytes[at].is_ascii_whitespace()
            && (delimiter == Delimiter::Spaces || !ends_cell(at))
        {
            at += 1;
        }
        if at == line.end && delimiter == Delimiter::Spaces {
            return Ok(());
        }
        let start = at;
        if at < line.end && bytes[at] == b'"' {
            let Some(len) = text[at + 1..line.end].find('"') else {
                return Err(Fault::at(
                    text,
                    start..line.end,
                    "this quotation mark is never closed on its line",
                ));
            };
            at += len + 2;
            row.push(trimmed(text, start + 1..at - 1));
            while at < line.end && bytes[at].is_ascii_whitespace() && !ends_cell(at) {
                at += 1;
            }
            if at < line.end && !ends_cell(at) {
                return Err(Fault::at(
                    text,
                    at..at + 1,
                    "expected the end of the cell after the quotation mark",
                ));
            }
        } else {
            while at < line.end && !ends_cell(at) {
                at += 1;
            }
            row.push(trimmed(text, start..at));
        }
        if at == line.end {
            return Ok(());
        }
        at += 1;
    }
}

fn trimmed(text: &str, range: Range<usize>) -> Range<usize> {
    let cell = &text[range.clone()];
    let start = range.start + (cell.len() - cell.trim_start().len());
    start..start + cell.trim().len()
}

/// A header names its columns: not one of its cells is a number. A data row with a typo still has numbers beside it.
fn is_header(text: &str, row: &[Range<usize>]) -> bool {
    row.iter().all(|cell| {
        let word = &text[cell.clone()];
        let is_unit = matches!(word, "i" | "j" | "I" | "J");
        is_unit || parse_number(word).is_err()
    }) && row.iter().any(|cell| text[cell.clone()].contains(char::is_alphabetic))
}

fn read_row(text: &str, row: &[Range<usize>], cells: &mut Cells) -> Result<()> {
    for cell in row {
        let word = &text[cell.clone()];
        let number = parse_number(word).map_err(|why| {
            let message = match word {
                "" => "this cell is empty; write a number (or nan), or remove the extra delimiter".to_owned(),
                _ if word.contains([';', ',']) => format!(
                    "expected a number, found {}; decimals are written with a point, as in 2.5",
                    quote(word)
                ),
                _ => format!("expected a number, found {}{why}", quote(word)),
            };
            Fault::at(text, cell.clone(), message)
        })?;
        cells.push(number.re, number.im)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::array::Array;

    fn real(text: &str, shape: [usize; 2], data: &[f64]) {
        let want = Values::Float64(Array::new(shape.to_vec(), data.to_vec()));
        assert_eq!(read_table(text, false).unwrap().0, want, "{text:?}");
    }

    #[test]
    fn every_delimiter_header_quotes_and_comments() {
        let want = [2.0, 1.0, 1.0, 3.0];
        for text in [
            "2,1\n1,3\n",
            "2, 1\r\n1, 3",
            "x,y\n2,1\n1,3\n",
            "\"x\",\"y, z\"\n\"2\",1\n1,\" 3 \"\n",
            "# made by hand\n\n2,1 # first\n1,3\n\n",
            "2;1\n1;3",
            "2\t1\n1\t3\n",
            "a\tb\n2\t1\n1\t3\n",
            "  2   1\n 1 3  \n",
            "i j\n2 1\n1 3",
        ] {
            real(text, [2, 2], &want);
        }
        real("5\n4\n", [2, 1], &[5.0, 4.0]);
        assert_eq!(
            read_table(
                "nan,-inf
1e3,1/4",
                false
            )
            .unwrap()
            .0
            .shape(),
            [2, 2]
        );
    }

    #[test]
    fn complex_cells() {
        let (values, _) = read_table("1+2i,3\n(4-5j),i\n", false).unwrap();
        let Values::Complex128(array) = values else { panic!() };
        assert_eq!(array.data()[2], num_complex::Complex::new(4.0, -5.0));
        assert_eq!(array.data()[3], num_complex::Complex::new(0.0, 1.0));
    }

    #[test]
    fn a_tab_separated_file_may_hold_commas_in_its_header() {
        let (values, header) = read_table("a, m\tb, s\n1\t2\n", true).unwrap();
        assert_eq!(values.shape(), [1, 2]);
        assert_eq!(header, Some(vec!["a, m".to_owned(), "b, s".to_owned()]));
        assert_eq!(read_table("1\t2\n", true).unwrap().1, None);
    }

    #[test]
    fn faults_name_line_and_column() {
        for (text, position, words) in [
            ("1,2\n3,abc\n", (2, 3), "found `abc`"),
            ("1,2\n3\n", (2, 2), "1 cell but line 1 has 2"),
            ("1,2\n3,4,5\n", (2, 5), "3 cells but line 1 has 2"),
            ("1,2\n3,\n", (2, 3), "empty"),
            ("1\t\t2\n", (1, 3), "empty"),
            ("1,x\n", (1, 3), "found `x`"),
            ("1;2,5\n", (1, 1), "with a point"),
            ("1,\"2\n", (1, 3), "never closed"),
            ("1,\"2\"3\n", (1, 6), "end of the cell"),
            ("", (1, 1), "empty"),
            ("x,y\n", (2, 1), "no row"),
            ("1,2\n3,1e400\n", (2, 3), "beyond float64"),
        ] {
            let fault = read_table(text, false).unwrap_err();
            assert_eq!(fault.position, Some(position), "{text:?}: {fault}");
            assert!(fault.message.contains(words), "{text:?}: {fault}");
        }
    }
}
