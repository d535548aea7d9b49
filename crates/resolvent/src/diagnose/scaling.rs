//! Scaling by powers of two: what it would make of the condition number.

use resolvent_kernels::{Real, Scalar};

use super::rank::condition_of;
use crate::error::Result;
use crate::factor::{Vectors, Wide, wide_svd};
use crate::matrix::{Mat, MatRef, exponent_of, filled, times_power_of_two};

/// Which lines of a matrix are scaled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scaling {
    /// Each row by a factor of its own: equations in other units.
    Rows,
    /// Each column: unknowns in other units.
    Columns,
    /// Rows and columns.
    Both,
}

/// Advice: multiplied by these powers of two the matrix has a lower condition number.
#[derive(Debug, Clone, PartialEq)]
pub struct ScalingAdvice {
    /// What is scaled.
    pub scaling: Scaling,
    /// Row i times `2^row_exponents[i]`.
    pub row_exponents: Vec<i64>,
    /// Column j times `2^column_exponents[j]`.
    pub column_exponents: Vec<i64>,
    /// The condition number in the 2-norm after that.
    pub condition: f64,
}

/// A matrix whose rows and columns are multiplied by powers of two.
pub(super) struct Scaled<W> {
    pub(super) matrix: Mat<W>,
    pub(super) rows: Vec<i64>,
    pub(super) columns: Vec<i64>,
}

impl<W: Wide> Scaled<W> {
    pub(super) fn new<T: Scalar>(a: MatRef<'_, T>, scaling: Scaling) -> Result<Self> {
        let [rows, columns] = exponents(a, scaling)?;
        let mut matrix = Mat::zeros(a.nrows(), a.ncols())?;
        for i in 0..a.nrows() {
            for j in 0..a.ncols() {
                let part = |x: T::Real| times_power_of_two(x.to_f64(), rows[i] + columns[j]);
                matrix[(i, j)] = W::from_parts(part(a.get(i, j).re()), part(a.get(i, j).im()));
            }
        }
        Ok(Self { matrix, rows, columns })
    }

    /// Is it the matrix itself, or nearly so?
    pub(super) fn is_little(&self) -> bool {
        /// Factors of 8 in all.
        const LITTLE: i64 = 3;
        let spread = |exponents: &[i64]| {
            let ends = exponents.iter().max().zip(exponents.iter().min());
            ends.map_or(0, |(largest, smallest)| largest - smallest)
        };
        spread(&self.rows) + spread(&self.columns) <= LITTLE
    }

    pub(super) fn transposed(&self) -> Result<Self> {
        let mut matrix = Mat::zeros(self.matrix.ncols(), self.matrix.nrows())?;
        matrix.as_mut().copy_from(self.matrix.as_ref().transpose());
        Ok(Self { matrix, rows: self.columns.clone(), columns: self.rows.clone() })
    }
}

/// Exponents for rows and columns that bring the largest element of each that is scaled into [1, 2); of both, by dividing
/// by square roots, first of all rows and columns at once (Ruiz 2001), so that a symmetric matrix stays one.
fn exponents<T: Scalar>(a: MatRef<'_, T>, scaling: Scaling) -> Result<[Vec<i64>; 2]> {
    /// Each round halves the exponents, of which there are 2^12 at most.
    const ROUNDS: usize = 13;
    let [m, n] = a.shape();
    let (mut rows, mut columns) = (filled(m, 0_i64)?, filled(n, 0_i64)?);
    let rounds = if scaling == Scaling::Both { ROUNDS } else { 0 };
    for round in 0..=rounds {
        let [of_rows, of_columns] = largest(a, &rows, &columns)?;
        let share = if round < rounds { 2 } else { 1 };
        if scaling != Scaling::Columns {
            rows.iter_mut().zip(of_rows).for_each(|(row, largest)| *row -= largest / share);
        }
        if scaling == Scaling::Columns {
            columns.iter_mut().zip(&of_columns).for_each(|(column, largest)| *column -= largest);
        }
        if scaling == Scaling::Both {
            let [_, of_columns] =
                if share == 1 { largest(a, &rows, &columns)? } else { [vec![], of_columns] };
            columns.iter_mut().zip(of_columns).for_each(|(column, largest)| *column -= largest / share);
        }
    }
    Ok([rows, columns])
}

/// The exponents of the largest elements of rows and columns, after scaling; 0 where there are only zeros.
fn largest<T: Scalar>(a: MatRef<'_, T>, rows: &[i64], columns: &[i64]) -> Result<[Vec<i64>; 2]> {
    let mut most = [filled(a.nrows(), None)?, filled(a.ncols(), None)?];
    for i in 0..a.nrows() {
        for j in 0..a.ncols() {
            let x = a.get(i, j);
            let size = x.re().to_f64().abs().max(x.im().to_f64().abs());
            if size > 0.0 {
                let exponent = Some(exponent_of(size) + rows[i] + columns[j]);
                most[0][i] = most[0][i].max(exponent);
                most[1][j] = most[1][j].max(exponent);
            }
        }
    }
    Ok(most.map(|most| most.into_iter().map(|exponent: Option<i64>| exponent.unwrap_or(0)).collect()))
}

/// The scaling that lowers the condition number, if one lowers it tenfold; of rows or columns alone if that is as good.
/// `both` is the condition number after rows and columns are scaled, than which a square matrix has hardly a better one.
///
/// Rows are not scaled where there are more of them than columns: that would weigh the equations.
pub(super) fn advice<T: Scalar, W: Wide>(
    a: MatRef<'_, T>,
    condition: f64,
    both: f64,
) -> Result<Option<ScalingAdvice>> {
    /// Nobody scales for less.
    const WORTHWHILE: f64 = 10.0;
    let possible: &[Scaling] = match a.nrows().cmp(&a.ncols()) {
        std::cmp::Ordering::Equal if both > condition / WORTHWHILE => &[],
        std::cmp::Ordering::Equal => &[Scaling::Rows, Scaling::Columns, Scaling::Both],
        std::cmp::Ordering::Greater => &[Scaling::Columns],
        std::cmp::Ordering::Less => &[Scaling::Rows],
    };
    let mut best: Option<ScalingAdvice> = None;
    // Of a condition number that low nothing can be gained.
    let possible = if condition > 10.0 * WORTHWHILE { possible } else { &[] };
    for &scaling in possible {
        let scaled = Scaled::<W>::new(a, scaling)?;
        let after = condition_of(&wide_svd::<W, W>(scaled.matrix.as_ref(), Vectors::No)?.s);
        let bar = best.as_ref().map_or(condition / WORTHWHILE, |best| best.condition / 2.0);
        if after < bar {
            let (row_exponents, column_exponents) = (scaled.rows, scaled.columns);
            best = Some(ScalingAdvice { scaling, row_exponents, column_exponents, condition: after });
        }
    }
    Ok(best)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gallery;

    #[test]
    fn scaled_lines_have_elements_near_one_and_no_larger() {
        let a = Mat::from_rows(&[[1e-300, 3.0], [5e200, 0.0], [0.0, 0.0]]);
        for scaling in [Scaling::Rows, Scaling::Columns, Scaling::Both] {
            let scaled = Scaled::<f64>::new(a.as_ref(), scaling).unwrap();
            let largest = |line: [f64; 2]| line[0].abs().max(line[1].abs());
            if scaling != Scaling::Columns {
                for i in 0..2 {
                    let most = largest([scaled.matrix[(i, 0)], scaled.matrix[(i, 1)]]);
                    assert!((0.25..2.0).contains(&most), "{scaling:?}: row {i}: {most}");
                }
            }
            if scaling != Scaling::Rows {
                for j in 0..2 {
                    let most = largest([scaled.matrix[(0, j)], scaled.matrix[(1, j)]]);
                    assert!((1.0..2.0).contains(&most), "{scaling:?}: column {j}: {most}");
                }
            }
            assert_eq!(scaled.matrix[(2, 1)], 0.0);
        }
    }

    #[test]
    fn one_row_is_to_blame() {
        let a = gallery::one_scaled_row::<f64>(6, 1e-200, 3);
        let advice = advice::<f64, f64>(a.as_ref(), f64::INFINITY, 50.0).unwrap().unwrap();
        assert_eq!(advice.scaling, Scaling::Rows);
        assert!(advice.condition < 1e3 && (660..670).contains(&advice.row_exponents[3]));
        // A tall matrix keeps the weights of its rows.
        let tall = Mat::from_rows(&[[1.0, 1e9], [2.0, 1e9], [3.0, 5e9]]);
        let found = super::advice::<f64, f64>(tall.as_ref(), 1e9, 1e9).unwrap().unwrap();
        assert_eq!((found.scaling, found.row_exponents), (Scaling::Columns, vec![0; 3]));
    }
}
