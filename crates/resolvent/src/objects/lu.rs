//! `lu`: the factor object of general matrices.

use std::fmt;
use std::marker::PhantomData;

use resolvent_kernels::Scalar;
use resolvent_kernels::table::Side;

use super::triangles::{Moves, Triangles};
use crate::blas::copy;
use crate::determinant::{Product, SLogDet};
use crate::error::Result;
use crate::factor::mend_pivots;
use crate::factored::{Wanted, for_each_factored};
use crate::matrix::{Form, Operand, RightHandSide, Slots, Stack, check_size, filled};
use crate::quality::Info;
use crate::stacks;

/// `P A = L U` of a matrix, or of every matrix of a stack.
///
/// `F` is the form that results come back in, the operand's own.
#[derive(Clone)]
pub struct Lu<T: Scalar, F> {
    triangles: Triangles<T>,
    form: PhantomData<fn() -> F>,
}

/// Factors a matrix, or every matrix of a stack: `P A = L U` with partial pivoting.
///
/// # Shapes
/// `(..., n, n)`.
///
/// # Errors
/// [`Error::NotSquare`]. A singular matrix is factored too (its U has a zero on the diagonal); only [`Lu::solve`] and
/// [`Lu::inverse`] refuse it.
///
/// # Accuracy
/// `|P A - L U| <= c n eps |L| |U|`.
///
/// # Cost
/// 2/3 n^3 flops per matrix and one copy.
///
/// # Source
/// `toledo1997locality`, `gustavson1997recursion`.
///
/// # Example
/// ```
/// let lu = resolvent::lu(&[[2.0, 1.0], [1.0, 3.0]])?;
/// assert_eq!(lu.det(), 5.0);
/// let x = lu.solve(&[5.0, 4.0])?;
/// assert!((x[0] - 2.2_f64).abs() < 1e-15 && (x[1] - 0.6).abs() < 1e-15);
/// # Ok::<(), resolvent::Error>(())
/// ```
pub fn lu<A: Operand + ?Sized>(a: &A) -> Result<Lu<A::Elem, A::Form>> {
    let a = a.stack()?;
    let n = stacks::order(&a)?;
    let mut factors = Stack::zeros(&a.shape())?;
    let mut permutations = filled(check_size::<usize>(&[a.len(), n])?, 0)?;
    let info = {
        let (out, rows) = (factors.as_mut(), Slots::new(&mut permutations));
        for_each_factored(&a, Wanted::Quality, |index, factored| {
            // SAFETY: each index is visited once, so each factor and each row number is written once.
            unsafe {
                copy(factored.threads, factored.lu, out.matrix_unchecked(index));
                for (i, &row) in factored.permutation.iter().enumerate() {
                    rows.put(index * n + i, row);
                }
            }
        })?
    };
    // No proof that they are singular, so they are solved with.
    let mut out = factors.as_mut();
    info.doubtful.iter().for_each(|&index| mend_pivots(out.matrix_mut(index)));
    let triangles = Triangles { lu: factors, moves: Moves::Rows(permutations), info };
    Ok(Lu { triangles, form: PhantomData })
}

super::answers!(Lu);

impl<T: Scalar, F: Form> Lu<T, F> {
    /// L (below the diagonal, its ones not stored) and U over each other.
    pub fn factors(&self) -> &Stack<T> {
        &self.triangles.lu
    }
    /// The permutations one after the other, n numbers each: `(P A)_i = A_{p_i}`.
    pub fn permutations(&self) -> &[usize] {
        if let Moves::Rows(rows) = &self.triangles.moves { rows } else { &[] }
    }
    /// L with its ones and zeros.
    ///
    /// # Errors
    /// The memory cannot be had.
    pub fn l(&self) -> Result<F::Matrix<T>> {
        Ok(F::matrix(self.triangles.lower()?))
    }
    /// U with its zeros.
    ///
    /// # Errors
    /// The memory cannot be had.
    pub fn u(&self) -> Result<F::Matrix<T>> {
        Ok(F::matrix(self.triangles.with(|i, j, lu| if j < i { T::zero() } else { lu })?))
    }
    /// The object from its parts, as [`Lu::factors`], [`Lu::permutations`] and [`Lu::info`] gave them: for files.
    ///
    /// # Errors
    /// They do not belong together.
    pub fn from_parts(factors: Stack<T>, permutations: Vec<usize>, info: Info) -> Result<Self> {
        let triangles = Triangles { lu: factors, moves: Moves::Rows(permutations), info };
        triangles.check()?;
        Ok(Self { triangles, form: PhantomData })
    }
}

impl<T: Scalar, F> fmt::Debug for Lu<T, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lu").field("triangles", &self.triangles).finish()
    }
}
