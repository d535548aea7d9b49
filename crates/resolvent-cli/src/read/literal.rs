//! Nested brackets: `[5,4]`, `[[2,1],[1,3]]`, stacks of any depth; as NumPy prints them too, without commas.

use crate::array::{Cells, Values};
use crate::fault::{Fault, Result, quote};

use super::number::parse_number;

/// Deeper nesting than NumPy's own limit of dimensions is refused, so that hostile input cannot exhaust the stack.
const DEEPEST: usize = 64;

/// Reads one literal and nothing after it.
pub(crate) fn read_literal(text: &str) -> Result<Values> {
    let mut reader = Reader { text, at: 0, commas: text.contains(','), cells: Cells::default() };
    reader.skip_space();
    if reader.peek() != Some(b'[') {
        return Err(reader.fault(1, "expected `[`: a matrix is written [[2,1],[1,3]], a vector [5,4]"));
    }
    let shape = reader.list(1)?;
    reader.skip_space();
    if reader.at < text.len() {
        let rest = text.len() - reader.at;
        return Err(reader.fault(rest, "something follows the closing bracket; an operand is one literal"));
    }
    reader.cells.into_values(shape)
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    /// With commas anywhere, only commas separate, and `1 + 2i` is one entry; without, spaces separate.
    commas: bool,
    cells: Cells,
}

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn skip_space(&mut self) {
        let rest = &self.text[self.at..];
        self.at += rest.len() - rest.trim_start().len();
    }

    fn fault(&self, width: usize, message: impl Into<String>) -> Fault {
        Fault::at(self.text, self.at..self.at + width, message)
    }

    /// Reads from `[` to its `]`; the answer is the shape of what stands between.
    fn list(&mut self, depth: usize) -> Result<Vec<usize>> {
        if depth > DEEPEST {
            return Err(self.fault(1, format!("brackets are nested deeper than {DEEPEST} levels")));
        }
        let open = self.at;
        self.at += 1;
        let mut len = 0;
        let mut inner: Option<Vec<usize>> = None;
        loop {
            self.skip_space();
            let start = self.at;
            let item = match self.peek() {
                None => {
                    return Err(Fault::at(
                        self.text,
                        open..open + 1,
                        "this bracket is never closed; add `]`",
                    ));
                }
                Some(b']') if len == 0 || !self.commas => {
                    self.at += 1;
                    break;
                }
                Some(b',' | b']') => return Err(self.fault(1, "expected an entry before this")),
                Some(b'[') => self.list(depth + 1)?,
                Some(_) => self.entry()?,
            };
            match &inner {
                Some(shape) if *shape != item => {
                    let span = start..self.at;
                    return Err(Fault::at(self.text, span, ragged(len, &item, shape)));
                }
                Some(_) => {}
                None => inner = Some(item),
            }
            len += 1;
            if self.close_or_separate()? {
                break;
            }
        }
        let mut shape = vec![len];
        shape.extend(inner.unwrap_or_default());
        Ok(shape)
    }

    /// After an item: the closing bracket (true), or the way to the next item.
    fn close_or_separate(&mut self) -> Result<bool> {
        self.skip_space();
        match self.peek() {
            Some(b']') => {
                self.at += 1;
                Ok(true)
            }
            Some(b',') => {
                self.at += 1;
                Ok(false)
            }
            Some(b';') => Err(self.fault(1, "rows are not separated by `;` but bracketed: [[2,1],[1,3]]")),
            Some(_) if self.commas => Err(self.fault(1, "expected `,` or `]` here")),
            _ => Ok(false),
        }
    }

    /// One number; its shape is that of a scalar.
    fn entry(&mut self) -> Result<Vec<usize>> {
        let rest = &self.text[self.at..];
        let len = if self.commas {
            rest.find([',', '[', ']', ';']).unwrap_or(rest.len())
        } else {
            rest.find(|c: char| c.is_whitespace() || matches!(c, '[' | ']' | ';')).unwrap_or(rest.len())
        };
        let word = rest[..len].trim_end();
        let number = parse_number(word).map_err(|why| {
            self.fault(word.len(), format!("expected a number, found {}{why}", quote(word)))
        })?;
        self.cells.push(number.re, number.im)?;
        self.at += len;
        Ok(Vec::new())
    }
}

fn ragged(index: usize, item: &[usize], first: &[usize]) -> String {
    let describe = |shape: &[usize]| match shape {
        [] => "a number".to_owned(),
        [n] => format!("a row of {n}"),
        _ => format!("a block of shape {shape:?}"),
    };
    format!(
        "item {index} (counting from 0) is {}, but item 0 is {}; all must have the same shape",
        describe(item),
        describe(first)
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::array::Array;
    use num_complex::Complex;

    fn real(text: &str, shape: &[usize], data: &[f64]) {
        let want = Values::Float64(Array::new(shape.to_vec(), data.to_vec()));
        assert_eq!(read_literal(text).unwrap(), want, "{text}");
    }

    #[test]
    fn vectors_matrices_and_stacks() {
        real("[5,4]", &[2], &[5.0, 4.0]);
        real(" [[2, 1],\n [1, 1/2]] ", &[2, 2], &[2.0, 1.0, 1.0, 0.5]);
        real("[[[1]],[[2]],[[3]]]", &[3, 1, 1], &[1.0, 2.0, 3.0]);
        real("[]", &[0], &[]);
        real("[[],[]]", &[2, 0], &[]);
    }

    #[test]
    fn numpys_print_is_read_back() {
        real("[[ 2.  1.]\n [ 1. -3.]]", &[2, 2], &[2.0, 1.0, 1.0, -3.0]);
    }

    #[test]
    fn one_imaginary_unit_makes_it_complex() {
        let want = vec![Complex::new(1.0, 2.0), Complex::new(3.0, 0.0)];
        assert_eq!(read_literal("[1 + 2i, 3]").unwrap(), Values::Complex128(Array::new(vec![2], want)));
    }

    #[test]
    fn faults_name_the_place() {
        for (text, position, words) in [
            ("[[2,1],[1]]", (1, 8), "item 1 (counting from 0) is a row of 1, but item 0 is a row of 2"),
            ("[[2,1],\n[1,x]]", (2, 4), "expected a number, found `x`"),
            ("[[2,1],[1,3]", (1, 1), "never closed"),
            ("[[2,1],[1,3]]]", (1, 14), "follows the closing bracket"),
            ("[1,,2]", (1, 4), "expected an entry"),
            ("[1,2,]", (1, 6), "expected an entry"),
            ("[2 1; 1 3]", (1, 5), "not separated by `;`"),
            ("[[1,2],3]", (1, 8), "is a number, but item 0 is a row of 2"),
            ("2", (1, 1), "expected `[`"),
            ("", (1, 1), "expected `[`"),
            ("[1e999]", (1, 2), "beyond float64"),
        ] {
            let fault = read_literal(text).unwrap_err();
            assert_eq!(fault.position, Some(position), "{text}: {fault}");
            assert!(fault.message.contains(words), "{text}: {fault}");
        }
    }

    #[test]
    fn deep_nesting_is_refused_without_exhausting_the_stack() {
        assert!(read_literal(&"[".repeat(1_000_000)).unwrap_err().message.contains("nested deeper"));
        let deepest = "[".repeat(DEEPEST) + "7" + &"]".repeat(DEEPEST);
        assert_eq!(read_literal(&deepest).unwrap().shape(), vec![1; DEEPEST]);
    }
}
