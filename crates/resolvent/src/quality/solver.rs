//! What the estimates ask of factors: to solve with a matrix and with its transpose, a vector at a time.

use resolvent_kernels::{Kernels, Scalar};

use crate::blas::{Triangle, substitute};
use crate::error::Result;
use crate::factor::{Factors, Sparse};
use crate::matrix::{MatRef, with_room};

/// Solves with a matrix and with its transpose.
pub(crate) trait Solver<T: Scalar> {
    /// Of the matrix.
    fn order(&self) -> usize;
    /// `x := A^-1 x`
    fn solve(&self, x: &mut [T]) -> Result<()>;
    /// `x := A^-T x` (no conjugation).
    fn solve_transposed(&self, x: &mut [T]) -> Result<()>;
}

impl<T: Scalar> Solver<T> for Sparse<'_, T> {
    fn order(&self) -> usize {
        self.order()
    }
    fn solve(&self, x: &mut [T]) -> Result<()> {
        self.solve(x)
    }
    fn solve_transposed(&self, x: &mut [T]) -> Result<()> {
        self.solve_transposed(x)
    }
}

/// Row-major LU factors over each other, and where they moved rows and columns: `A^-1 = Q U^-1 L^-1 P`.
pub(crate) struct LuSolver<'f, T: Scalar> {
    pub(crate) kernels: &'f Kernels<T>,
    pub(crate) lu: MatRef<'f, T>,
    pub(crate) factors: &'f Factors,
}

impl<T: Scalar> Solver<T> for LuSolver<'_, T> {
    fn order(&self) -> usize {
        self.lu.nrows()
    }

    fn solve(&self, x: &mut [T]) -> Result<()> {
        let mut y = with_room(x.len())?;
        y.extend(self.factors.permutation.iter().map(|&p| x[p]));
        substitute(self.kernels, Triangle::UnitLower, self.lu, &mut y);
        substitute(self.kernels, Triangle::Upper, self.lu, &mut y);
        x.copy_from_slice(&y);
        self.factors.restore_vector(x);
        Ok(())
    }

    fn solve_transposed(&self, x: &mut [T]) -> Result<()> {
        let mut y = with_room(x.len())?;
        y.extend_from_slice(x);
        self.factors.move_vector(&mut y);
        substitute(self.kernels, Triangle::Lower, self.lu.transpose(), &mut y);
        substitute(self.kernels, Triangle::UnitUpper, self.lu.transpose(), &mut y);
        self.factors.permutation.iter().zip(y).for_each(|(&p, y)| x[p] = y);
        Ok(())
    }
}
