//! `cholesky`: `A = L L^H`, as an array or as a factor object.

use std::fmt;
use std::marker::PhantomData;
use std::ops::Range;
use std::sync::{Mutex, PoisonError};

use resolvent_kernels::table::{Group, Report, Side, Small};
use resolvent_kernels::{Kernels, Real, Scalar};

use super::triangles::{Moves, Triangles};
use crate::blas::{Context, Workspace, copy_with_norm};
use crate::determinant::{Product, SLogDet};
use crate::error::{Error, Result};
use crate::factor::factor_positive;
use crate::matrix::{
    Assume, Form, Mat, MatMut, MatRef, Operand, RightHandSide, Stack, StackMut, StackRef, WorkMat, with_room,
};
use crate::parallel;
use crate::plan::{COPY_ROWS, Method, Plan, SMALL_BLOCK, Verb, small_block};
use crate::quality::{Detail, Info, Options, Quality, Question, Sink, inverse_norm_estimate, unanswered};
use crate::stacks::{self, Outlet};

/// Which triangle of a Hermitian matrix is read, and which factor is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Uplo {
    /// The lower one: `A = L L^H`.
    #[default]
    Lower,
    /// The upper one: `A = U^H U`.
    Upper,
}

/// `A = L L^H` of a Hermitian positive definite matrix, or of every matrix of a stack.
///
/// `F` is the form that results come back in, the operand's own.
#[derive(Clone)]
pub struct Cholesky<T: Scalar, F> {
    /// `(L D^-1/2) (D^1/2 L^H)`, D the squares of L's diagonal.
    triangles: Triangles<T>,
    form: PhantomData<fn() -> F>,
}

/// Factors a Hermitian positive definite matrix, or every matrix of a stack: `A = L L^H`. The lower triangle is read, and of
/// the diagonal the real part.
///
/// # Shapes
/// `(..., n, n)`.
///
/// # Errors
/// [`Error::NotSquare`]; [`Error::NotPositiveDefinite`] with the list of all that are not, NaN and infinity included.
///
/// # Accuracy
/// `|A - L L^H| <= c n eps |L| |L^H|`.
///
/// # Cost
/// 1/3 n^3 flops per matrix and one copy.
///
/// # Source
/// `golub2013matrix`, section 4.2; `higham2002accuracy`, chapter 10.
///
/// # Example
/// ```
/// let factors = resolvent::cholesky(&[[4.0, 2.0], [2.0, 5.0]])?;
/// assert_eq!(factors.l()?, [[2.0, 0.0], [1.0, 2.0]]);
/// assert_eq!(factors.det(), 16.0);
/// assert_eq!(factors.solve(&[8.0, 9.0])?, [1.375, 1.25]);
/// # Ok::<(), resolvent::Error>(())
/// ```
pub fn cholesky<A: Operand + ?Sized>(a: &A) -> Result<Cholesky<A::Elem, A::Form>> {
    let a = a.stack()?;
    let n = stacks::order(&a)?;
    let mut lu = Stack::zeros(&a.shape())?;
    let (kernels, plan) = stacks::plan::<A::Elem>(Verb::Factor, n, a.len())?;
    let refused = Refused::default();
    let out = lu.as_mut();
    let info = stacks::run(&plan, a.batch(), Options::from(Detail::Full), |range, sink| match plan.method {
        Method::Small => small(kernels, &plan, &a, &out, range, sink, &refused),
        _ => {
            let workspace = Workspace::new(kernels, plan.inner_threads, n, 0)?;
            range.into_iter().try_for_each(|index| {
                // SAFETY: the tasks have no matrix in common.
                let lu = unsafe { out.matrix_unchecked(index) };
                match blocked(workspace.context(), a.matrix(index), lu, sink)? {
                    Some(quality) => sink.put(index, quality),
                    None => refused.put(index),
                }
                Ok(())
            })
        }
    })?;
    refused.check()?;
    Ok(Cholesky { triangles: Triangles { lu, moves: Moves::None, info }, form: PhantomData })
}

/// [`cholesky`]'s factor alone: writes L, or U with `A = U^H U`, with zeros in the other triangle; nothing is estimated.
///
/// # Errors
/// [`Error::NotSquare`]; [`Error::ShapeMismatch`] if `out` has another shape; [`Error::NotPositiveDefinite`], after all others
/// have been written.
///
/// # Example
/// ```
/// use resolvent::{StackMut, StackRef, Uplo, cholesky_into};
/// let (a, mut u) = ([4.0, 2.0, 2.0, 5.0], [0.0; 4]);
/// let a = StackRef::from_slice(&a, &[2, 2])?;
/// cholesky_into(&a, Uplo::Upper, &mut StackMut::from_slice(&mut u, &[2, 2])?)?;
/// assert_eq!(u, [2.0, 1.0, 0.0, 2.0]);
/// # Ok::<(), resolvent::Error>(())
/// ```
pub fn cholesky_into<T: Scalar>(a: &StackRef<'_, T>, uplo: Uplo, out: &mut StackMut<'_, T>) -> Result<()> {
    let n = stacks::order(a)?;
    if a.shape() != out.shape() {
        let reason = "the factor has the shape of the matrix".to_owned();
        return Err(Error::ShapeMismatch { a: a.shape(), b: out.shape(), reason });
    }
    // U is the transpose of what L is of A^T, the upper triangle of A being the lower one of that.
    let a = if uplo == Uplo::Lower { a.clone() } else { a.transposed() };
    let out = if uplo == Uplo::Lower { out.reborrow() } else { out.reborrow().transposed() };
    let (kernels, plan) = stacks::plan::<T>(Verb::Factor, n, a.len())?;
    let refused = Refused::default();
    stacks::run(&plan, a.batch(), Detail::Summary.into(), |range, sink| match plan.method {
        Method::Small => small(kernels, &plan, &a, &out, range, sink, &refused),
        _ => {
            let workspace = Workspace::new(kernels, plan.inner_threads, n, 0)?;
            let mut memory = WorkMat::new(n, n)?;
            range.into_iter().try_for_each(|index| {
                // SAFETY: the tasks have no matrix in common.
                let out = unsafe { out.matrix_unchecked(index) };
                if !plain(workspace.context(), uplo, memory.as_mut(), a.matrix(index), out)? {
                    refused.put(index);
                }
                Ok(())
            })
        }
    })?;
    refused.check()
}

/// The matrices that are not positive definite.
#[derive(Default)]
struct Refused(Mutex<Vec<usize>>);

impl Refused {
    fn put(&self, index: usize) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(index);
    }

    fn check(self) -> Result<()> {
        let mut all = self.0.into_inner().unwrap_or_else(PoisonError::into_inner);
        all.sort_unstable();
        match all.first() {
            None => Ok(()),
            Some(&matrix) => Err(Error::NotPositiveDefinite { matrix, all }),
        }
    }
}

/// One task of small matrices: L, or, if everything is told, what [`Cholesky`] keeps.
fn small<T: Scalar>(
    kernels: &'static Kernels<T>,
    plan: &Plan,
    a: &StackRef<'_, T>,
    out: &StackMut<'_, T>,
    range: Range<usize>,
    sink: &mut Sink<'_>,
    refused: &Refused,
) -> Result<()> {
    let n = a.nrows();
    let mut outlet = Outlet::new(kernels, plan, out, small_block::<T>(kernels.small.lanes, n, 0))?;
    let mut sources = [std::ptr::null(); SMALL_BLOCK];
    let compute = |small: &Small<T>, block: Range<usize>, report: &mut Report<'_, T::Real>, work| {
        let a: Group<'_, *const T> = stacks::addresses(&mut sources, a, block.clone());
        // SAFETY: the matrices are valid by the construction of their stack, the outputs are those of this task alone,
        // and the workspace is the one asked for.
        Ok(unsafe { outlet.fill(block, |l| (small.cholesky)(n, a, l, report, work)) })
    };
    stacks::for_each_block(kernels, (n, 0), range, sink, compute, |index, verdict, sink| {
        if verdict.zero_pivot.is_some() {
            refused.put(index);
        }
        let whole = completed(a.matrix(index))?;
        sink.case(kernels, 1, whole.as_ref(), Question::Factors).judge(verdict, None)
    })
}

/// The Hermitian matrix of which the lower triangle is given.
fn completed<T: Scalar>(a: MatRef<'_, T>) -> Result<Mat<T>> {
    let mut whole = Mat::zeros(a.nrows(), a.nrows())?;
    Assume::Hermitian.copy(a.transpose(), whole.as_mut().transpose());
    Ok(whole)
}

/// One larger matrix, its factors as [`Cholesky`] keeps them; None if it is not positive definite.
fn blocked<T: Scalar>(
    context: Context<'_, T>,
    a: MatRef<'_, T>,
    mut lu: MatMut<'_, T>,
    sink: &Sink<'_>,
) -> Result<Option<Quality>> {
    let whole = completed(a)?;
    let norm = copy_with_norm(context, whole.as_ref(), lu.reborrow())?;
    if !norm.is_finite() && !whole.as_ref().is_finite() || factor_positive(context, lu.reborrow())?.is_none()
    {
        return Ok(None);
    }
    let mut verdict = unanswered::<T>(true, None);
    verdict.backward_error = T::Real::ZERO;
    verdict.rcond = T::Real::ONE / norm / inverse_norm_estimate(context.kernels, lu.as_ref())?;
    let case = sink.case(context.kernels, context.threads(), whole.as_ref(), Question::Factors);
    case.judge(&verdict, None).map(Some)
}

/// One larger matrix: from `A^T = conj(L) D conj(L)^H`, whose upper triangle is the lower one of A, its factor alone, L or (of A
/// and `out` transposed) U, whose rows are those of `D conj(L)^H` by the roots of D. False if it is not positive definite.
fn plain<T: Scalar>(
    context: Context<'_, T>,
    uplo: Uplo,
    mut memory: MatMut<'_, T>,
    a: MatRef<'_, T>,
    out: MatMut<'_, T>,
) -> Result<bool> {
    let n = a.nrows();
    copy_with_norm(context, a.transpose(), memory.reborrow())?;
    if factor_positive(context, memory.reborrow())?.is_none() {
        return Ok(false);
    }
    let mut roots = with_room(n)?;
    roots.extend((0..n).map(|i| memory.as_ref().get(i, i).re().sqrt()));
    let mut work = with_room(n.div_ceil(COPY_ROWS))?;
    let mut rest = (memory, if uplo == Uplo::Lower { out } else { out.transpose() });
    for first in (0..n).step_by(COPY_ROWS) {
        let count = COPY_ROWS.min(n - first);
        let ((from, others), (to, outs)) = (rest.0.split_rows(count), rest.1.split_rows(count));
        work.push((first, from, to));
        rest = (others, outs);
    }
    parallel::for_each_mut(context.threads(), &mut work, |_, (first, rows, to)| {
        for i in 0..rows.nrows() {
            let (left, right) = rows.row_mut(i).split_at_mut(*first + i);
            let root = roots[*first + i];
            if uplo == Uplo::Lower {
                left.iter_mut().zip(&roots).for_each(|(l, &root)| *l = l.conj() * T::from_real(root));
                right.fill(T::zero());
            } else {
                left.fill(T::zero());
                let reciprocal = T::from_real(T::Real::ONE / root);
                right.iter_mut().for_each(|u| *u *= reciprocal);
            }
            right[0] = T::from_real(root);
        }
        to.copy_from(rows.as_ref());
    });
    Ok(true)
}

super::answers!(Cholesky);

impl<T: Scalar, F: Form> Cholesky<T, F> {
    /// L with its zeros.
    ///
    /// # Errors
    /// The memory cannot be had.
    pub fn l(&self) -> Result<F::Matrix<T>> {
        let mut lower = self.triangles.lower()?;
        let (lu, mut stack) = (self.triangles.lu.as_ref(), lower.as_mut());
        for index in 0..stack.len() {
            let (lu, mut l) = (lu.matrix(index), stack.matrix_mut(index));
            for i in 0..l.nrows() {
                for (j, x) in l.row_mut(i)[..=i].iter_mut().enumerate() {
                    *x *= T::from_real(lu.get(j, j).re().sqrt());
                }
            }
        }
        Ok(F::matrix(lower))
    }
    /// What the object keeps, for files: the unit lower and the upper triangle of `A = (L D^-1/2) (D^1/2 L^H)` over each
    /// other, D being the squares of L's diagonal.
    pub fn factors(&self) -> &Stack<T> {
        &self.triangles.lu
    }
    /// The object from its parts, as [`Cholesky::factors`] and [`Cholesky::info`] gave them.
    ///
    /// # Errors
    /// They do not belong together.
    pub fn from_parts(factors: Stack<T>, info: Info) -> Result<Self> {
        let triangles = Triangles { lu: factors, moves: Moves::None, info };
        triangles.check()?;
        Ok(Self { triangles, form: PhantomData })
    }
}

impl<T: Scalar, F> fmt::Debug for Cholesky<T, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cholesky").field("triangles", &self.triangles).finish()
    }
}
