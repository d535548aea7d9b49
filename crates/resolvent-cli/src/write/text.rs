//! Tables and Matrix Market files: every number in the shortest form that reads back exactly.

use std::io::{self, Write};

use crate::array::{Array, Element};

/// Writes a matrix row by row; a vector is a column, a scalar a cell.
///
/// # Panics
/// If the array is a stack: the caller has refused that.
pub(crate) fn write_table<T: Element>(
    out: &mut impl Write,
    array: &Array<T>,
    delimiter: char,
) -> io::Result<()> {
    let (batch, nrows, ncols) = array.matrix_shape();
    assert!(batch.is_empty(), "a table holds one matrix");
    for i in 0..nrows {
        for j in 0..ncols {
            let x = array.data()[i * ncols + j];
            if j > 0 {
                write!(out, "{delimiter}")?;
            }
            write!(out, "{}", shortest(x))?;
        }
        writeln!(out)?;
    }
    Ok(())
}

/// `1.5`, or `1.5+2i` for a complex type.
pub(crate) fn shortest<T: Element>(x: T) -> String {
    if T::PARTS == 1 {
        return x.shortest(0);
    }
    let (re, im) = (x.shortest(0), x.shortest(1));
    let plus = if im.starts_with('-') { "" } else { "+" };
    format!("{re}{plus}{im}i")
}

/// Writes a matrix as a Matrix Market array, column by column.
///
/// # Panics
/// As [`write_table`].
pub(crate) fn write_matrix_market<T: Element>(out: &mut impl Write, array: &Array<T>) -> io::Result<()> {
    let (batch, nrows, ncols) = array.matrix_shape();
    assert!(batch.is_empty(), "a Matrix Market file holds one matrix");
    let field = if T::PARTS == 1 { "real" } else { "complex" };
    writeln!(out, "%%MatrixMarket matrix array {field} general\n{nrows} {ncols}")?;
    for j in 0..ncols {
        for i in 0..nrows {
            let x = array.data()[i * ncols + j];
            match T::PARTS {
                1 => writeln!(out, "{}", x.shortest(0))?,
                _ => writeln!(out, "{} {}", x.shortest(0), x.shortest(1))?,
            }
        }
    }
    Ok(())
}
