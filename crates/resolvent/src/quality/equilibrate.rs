//! `R A C`: rows, then columns, multiplied by powers of two that bring their largest elements near 1 (van der Sluis 1969;
//! LAPACK's geequb). Nothing is rounded but what is beyond the range of the type beside such elements.

use resolvent_kernels::{Real, Scalar};

use crate::error::Result;
use crate::matrix::{MatMut, MatRef, WorkMat, exponent_of, filled, times_power_of_two};

/// A scaled matrix, and by which powers of two.
pub(super) struct Equilibrated<T> {
    matrix: WorkMat<T>,
    rows: Vec<i64>,
    columns: Vec<i64>,
}

impl<T: Scalar> Equilibrated<T> {
    pub(super) fn new(a: MatRef<'_, T>) -> Result<Self> {
        let n = a.nrows();
        let mut matrix = WorkMat::new(n, n)?;
        let mut copy = matrix.copy_of(a);
        let (mut rows, mut columns) = (filled(n, 0)?, filled(n, 0)?);
        let mut largest = filled(n, 0.0_f64)?;
        for (i, exponent) in rows.iter_mut().enumerate() {
            let row = copy.row_mut(i);
            *exponent = -exponent_above(row.iter().map(size).fold(0.0, f64::max));
            row.iter_mut().for_each(|z| *z = scaled(*z, *exponent));
            largest.iter_mut().zip(&*row).for_each(|(largest, z)| *largest = largest.max(size(z)));
        }
        columns.iter_mut().zip(largest).for_each(|(exponent, largest)| *exponent = -exponent_above(largest));
        for i in 0..n {
            let row = copy.row_mut(i).iter_mut();
            row.zip(&columns).for_each(|(z, &exponent)| *z = scaled(*z, exponent));
        }
        Ok(Self { matrix, rows, columns })
    }

    /// `R A C`, row-major.
    pub(super) fn matrix(&self) -> MatRef<'_, T> {
        self.matrix.as_ref()
    }

    /// `B := R B`.
    pub(super) fn scale_right_hand_side(&self, b: MatMut<'_, T>) {
        multiply_rows(&self.rows, b);
    }

    /// `X := C X`: what solves the scaled system becomes what solves that of A.
    pub(super) fn unscale_solution(&self, x: MatMut<'_, T>) {
        multiply_rows(&self.columns, x);
    }

    /// `B := C B`, the right-hand side of a system with the transpose.
    pub(super) fn scale_transposed(&self, b: MatMut<'_, T>) {
        multiply_rows(&self.columns, b);
    }

    /// `X := R X`, what solves that.
    pub(super) fn unscale_transposed(&self, x: MatMut<'_, T>) {
        multiply_rows(&self.rows, x);
    }
}

/// Multiplies row i by `2^(exponents_i)`.
fn multiply_rows<T: Scalar>(exponents: &[i64], mut x: MatMut<'_, T>) {
    for (i, &exponent) in exponents.iter().enumerate() {
        for j in 0..x.ncols() {
            let z = x.as_ref().get(i, j);
            x.set(i, j, scaled(z, exponent));
        }
    }
}

/// The larger part.
pub(super) fn size<T: Scalar>(z: &T) -> f64 {
    z.re().abs().to_f64().max(z.im().abs().to_f64())
}

/// e with `2^(e-1) <= x < 2^e`, for a positive finite number; else 0.
pub(super) fn exponent_above(x: f64) -> i64 {
    if x == 0.0 || !x.is_finite() { 0 } else { exponent_of(x) + 1 }
}

/// `z 2^exponent`
pub(super) fn scaled<T: Scalar>(z: T, exponent: i64) -> T {
    let part = |x: T::Real| T::Real::from_f64(times_power_of_two(x.to_f64(), exponent));
    T::from_parts(part(z.re()), part(z.im()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::matrix::Mat;

    #[test]
    fn largest_elements_are_near_one() {
        let a = Mat::from_fn(5, 5, |i, j| {
            (1.0 + (i * 3 + j * 7) as f64 % 5.0) * 10_f64.powi(60 * i as i32 - 70 * j as i32 - 20)
        });
        let found = Equilibrated::new(a.as_ref()).unwrap();
        for j in 0..5 {
            let column = (0..5).map(|i| found.matrix().get(i, j)).fold(0.0, f64::max);
            assert!((0.5..1.0).contains(&column), "column {j}: {column}");
        }
        for (i, j) in [(0, 0), (2, 3), (4, 4)] {
            let back = scaled(found.matrix().get(i, j), -found.rows[i]);
            assert_eq!(scaled(back, -found.columns[j]), a[(i, j)], "({i}, {j})");
        }
    }

    #[test]
    fn the_ends_of_the_range() {
        for x in [5e-324, f64::MIN_POSITIVE, f64::MAX] {
            let one = scaled(x, -exponent_above(x));
            assert!((0.5..1.0).contains(&one), "{x}: {one}");
            assert_eq!(scaled(one, exponent_above(x)), x);
        }
        assert_eq!((exponent_above(0.0), exponent_above(f64::INFINITY)), (0, 0));
    }
}
