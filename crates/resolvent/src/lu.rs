//! `lu`: the factor object. Factor once, then solve, invert and take determinants at O(n^2) or from what is there.

use std::fmt;
use std::marker::PhantomData;

use resolvent_kernels::{Real, Scalar};

use crate::blas::Workspace;
use crate::determinant::{Product, SLogDet};
use crate::error::{Error, Result};
use crate::factor::{invert, mend_pivots, solve, solve_transposed};
use crate::factored::{Wanted, for_each_factored};
use crate::matrix::{
    Form, MatMut, MatRef, Operand, RightHandSide, Slots, Stack, WorkMat, broadcast_batches, check_size,
    filled, permute_rows,
};
use crate::plan::{Plan, Verb};
use crate::quality::Info;
use crate::{parallel, stacks};

/// `P A = L U` of a matrix, or of every matrix of a stack.
///
/// `F` is the form that results come back in, the operand's own.
#[derive(Clone)]
pub struct Lu<T: Scalar, F> {
    factors: Stack<T>,
    permutations: Vec<usize>,
    info: Info,
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
                out.matrix_unchecked(index).copy_from(factored.lu);
                for (i, &row) in factored.permutation.iter().enumerate() {
                    rows.put(index * n + i, row);
                }
            }
        })?
    };
    // No proof that they are singular, so they are solved with.
    let mut out = factors.as_mut();
    info.doubtful.iter().for_each(|&index| mend_pivots(out.matrix_mut(index)));
    Ok(Lu { factors, permutations, info, form: PhantomData })
}

impl<T: Scalar, F: Form> Lu<T, F> {
    /// The shape of the matrix or stack that was factored.
    pub fn shape(&self) -> &[usize] {
        self.factors.shape()
    }
    /// L (below the diagonal, its ones not stored) and U over each other.
    pub fn factors(&self) -> &Stack<T> {
        &self.factors
    }
    /// The permutations one after the other, n numbers each: `(P A)_i = A_{p_i}`.
    pub fn permutations(&self) -> &[usize] {
        &self.permutations
    }
    /// Status and rcond of every matrix; the backward error is 0, nothing having been solved.
    pub fn info(&self) -> &Info {
        &self.info
    }
    /// The reciprocal condition number in the 1-norm, estimated.
    pub fn rcond(&self) -> F::PerMatrix<f64> {
        F::per_matrix(&self.info.batch, self.info.rcond.clone())
    }
    /// The determinant, at no further cost.
    pub fn det(&self) -> F::PerMatrix<T> {
        F::per_matrix(&self.info.batch, self.products().map(Product::value).collect())
    }
    /// Sign and logarithm of the determinant, at no further cost.
    pub fn slogdet(&self) -> F::PerMatrix<SLogDet<T>> {
        F::per_matrix(&self.info.batch, self.products().map(Product::slogdet).collect())
    }
    /// L with its ones and zeros.
    ///
    /// # Errors
    /// The memory cannot be had.
    pub fn l(&self) -> Result<F::Matrix<T>> {
        self.triangle(|i, j, lu| if j < i { lu } else { T::from_real(one_if(i == j)) })
    }
    /// U with its zeros.
    ///
    /// # Errors
    /// The memory cannot be had.
    pub fn u(&self) -> Result<F::Matrix<T>> {
        self.triangle(|i, j, lu| if j < i { T::zero() } else { lu })
    }

    /// The solution of `A X = B` from the factors, 2 n^2 flops per right-hand side. Stack dimensions are broadcast.
    ///
    /// # Errors
    /// [`Error::ShapeMismatch`]; [`Error::Singular`].
    pub fn solve<B: RightHandSide<Elem = T> + ?Sized>(&self, b: &B) -> Result<B::Owned> {
        self.solved(b, |context, lu, p, b, mut x| {
            permute_rows(p, b, x.reborrow());
            solve(context, lu, x)
        })
    }

    /// The solution of `A^T X = B` from the factors (no conjugation).
    ///
    /// # Errors
    /// [`Error::ShapeMismatch`]; [`Error::Singular`].
    pub fn solve_transposed<B: RightHandSide<Elem = T> + ?Sized>(&self, b: &B) -> Result<B::Owned> {
        self.solved(b, |context, lu, p, b, mut x| {
            // A^T = U^T L^T P, so X = P^T (L^-T U^-T B).
            let (n, k) = (b.nrows(), b.ncols());
            let mut memory = WorkMat::new(n, k)?;
            let mut y = memory.copy_of(b);
            solve_transposed(context, lu, y.reborrow())?;
            for (i, &p) in p.iter().enumerate() {
                x.reborrow().block(p, 0, 1, k).copy_from(y.as_ref().block(i, 0, 1, k));
            }
            Ok(())
        })
    }

    /// The inverse from the factors, 4/3 n^3 more flops.
    ///
    /// # Errors
    /// [`Error::Singular`]; the memory cannot be had.
    pub fn inverse(&self) -> Result<F::Matrix<T>> {
        self.info.check()?;
        let mut inverse = self.factors.copy()?;
        let (len, n) = (self.factors.as_ref().len(), self.order());
        if n > 0 && len > 0 {
            let (kernels, plan) = stacks::plan::<T>(Verb::Invert, n, len)?;
            let workspace = Workspace::new(kernels, plan.threads(), n, 0)?;
            let mut stack = inverse.as_mut();
            // The factors, a third of the flops, are there.
            for_each_matrix(&plan, plan.flops() / 1.5, |index| {
                invert(workspace.context(), stack.matrix_mut(index), &self.permutations[index * n..][..n])
            })?;
        }
        Ok(F::matrix(inverse))
    }

    fn order(&self) -> usize {
        self.factors.as_ref().nrows()
    }

    fn products(&self) -> impl Iterator<Item = Product> {
        let factors = self.factors.as_ref();
        let n = factors.nrows();
        (0..factors.len()).map(move |index| {
            Product::of_factors(factors.matrix(index), &self.permutations[index * n..][..n])
        })
    }

    fn triangle(&self, element: impl Fn(usize, usize, T) -> T) -> Result<F::Matrix<T>> {
        let mut triangle = self.factors.copy()?;
        let mut stack = triangle.as_mut();
        for index in 0..stack.len() {
            let mut matrix = stack.matrix_mut(index);
            for i in 0..matrix.nrows() {
                for (j, place) in matrix.row_mut(i).iter_mut().enumerate() {
                    *place = element(i, j, *place);
                }
            }
        }
        Ok(F::matrix(triangle))
    }

    /// Solves for every pair of matrix and right-hand side by `one(context, lu, permutation, b, x)`.
    fn solved<B, S>(&self, b: &B, one: S) -> Result<B::Owned>
    where
        B: RightHandSide<Elem = T> + ?Sized,
        S: Fn(
                crate::blas::Context<'_, T>,
                MatRef<'_, T>,
                &[usize],
                MatRef<'_, T>,
                MatMut<'_, T>,
            ) -> Result<()>
            + Sync,
    {
        self.info.check()?;
        let (lu, sides) = (self.factors.as_ref(), b.stack()?);
        let n = lu.nrows();
        if sides.nrows() != n {
            return Err(Error::ShapeMismatch {
                a: lu.shape(),
                b: sides.shape(),
                reason: "the right-hand side needs as many rows as the matrix".to_owned(),
            });
        }
        let batch = broadcast_batches(lu.batch(), sides.batch())?;
        let k = sides.ncols();
        let mut solution = Stack::zeros(&[batch.as_slice(), &[n, k]].concat())?;
        let (wide, sides) = (lu.broadcast_to(&batch)?, sides.broadcast_to(&batch)?);
        if n > 0 && k > 0 && !wide.is_empty() {
            let (kernels, plan) = stacks::plan::<T>(Verb::Solve { rhs: k }, n, wide.len())?;
            let workspace = Workspace::new(kernels, plan.threads(), n, k)?;
            let mut out = solution.as_mut();
            for_each_matrix(&plan, 2.0 * (n * n * k) as f64, |index| {
                let place = wide.offset(index) as usize / (n * n);
                let permutation = &self.permutations[place * n..][..n];
                one(
                    workspace.context(),
                    wide.matrix(index),
                    permutation,
                    sides.matrix(index),
                    out.matrix_mut(index),
                )
            })?;
        }
        b.own(solution)
    }
}

/// Calls `one` for every matrix of a plan, one after the other, with all its threads for each, which takes so many flops.
fn for_each_matrix(plan: &Plan, flops: f64, one: impl FnMut(usize) -> Result<()>) -> Result<()> {
    let all = || parallel::enter(plan.threads(), || (0..plan.stack).try_for_each(one))?;
    parallel::measured(|| plan.title(), flops, plan.stack, all)
}

fn one_if<R: Real>(condition: bool) -> R {
    if condition { R::ONE } else { R::ZERO }
}

impl<T: Scalar, F> fmt::Debug for Lu<T, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lu")
            .field("factors", &self.factors)
            .field("permutations", &self.permutations)
            .finish_non_exhaustive()
    }
}
