//! `solve`: `A X = B` for a matrix, or for every matrix of a stack.

use std::ops::Range;

use resolvent_kernels::table::{Report, Small};
use resolvent_kernels::{Kernels, Real, Scalar};

use crate::blas::{Context, Workspace, copy_with_norm};
use crate::error::{Error, Result};
use crate::factor::{self, factor_by_structure};
use crate::matrix::{
    MatMut, MatRef, Operand, RightHandSide, Stack, StackMut, StackRef, Structure, WorkMat, broadcast_batches,
    same_shape, structure_of,
};
use crate::parallel;
use crate::plan::{Method, Plan, SMALL_BLOCK, Verb, indefinite_order, small_block};
use crate::quality::{
    Detail, Info, PROBES, Quality, Sink, backward_error_of_solution, estimate_by_alternation,
    estimate_by_gradient, judge, set_probes, unanswered,
};
use crate::stacks::{self, Outlet};

/// A solution and how far it can be trusted.
#[derive(Debug, Clone, PartialEq)]
pub struct Solution<X> {
    /// The solution; NaN where there is none.
    pub solution: X,
    /// Status, rcond and backward error of every matrix.
    pub info: Info,
}

/// The solution of `A X = B`.
///
/// # Shapes
/// `a` is `(..., n, n)`. `b` is a vector of n, or `(..., n, k)`; the stack dimensions of both are broadcast by NumPy's
/// rule. The solution has the kind of `b`.
///
/// # Errors
/// [`Error::NotSquare`], [`Error::ShapeMismatch`]; [`Error::Singular`] if any matrix has a pivot that is exactly zero,
/// naming all of them ([`solve_ex`] returns the good solutions even then). NaN or infinity is no error: it gives what
/// the arithmetic gives, and [`solve_ex`] says `NotFinite`.
///
/// # Accuracy
/// `|B - A X| <= c n eps |A| |X|`, c about 1, as Gaussian elimination with partial pivoting gives.
///
/// # Cost
/// 2/3 n^3 + 2 n^2 k flops per matrix, and one copy of `a`. A matrix that looks singular is looked at twice, at 2/3 n^3
/// flops and two copies more.
///
/// # Source
/// `higham2002accuracy`, chapter 9.
///
/// # Example
/// ```
/// let x = resolvent::solve(&[[2.0, 1.0], [1.0, 3.0]], &[5.0, 4.0])?;
/// assert!((x[0] - 2.2_f64).abs() < 1e-15 && (x[1] - 0.6).abs() < 1e-15);
/// # Ok::<(), resolvent::Error>(())
/// ```
pub fn solve<A, B>(a: &A, b: &B) -> Result<B::Owned>
where
    A: Operand + ?Sized,
    B: RightHandSide<Elem = A::Elem> + ?Sized,
{
    let (solution, info) = solutions(a, b, Detail::Summary)?;
    info.check()?;
    b.own(solution)
}

/// As [`solve`], with the quality of every solution, and never an error for a singular matrix: its solution alone is
/// NaN.
///
/// # Shapes
/// As [`solve`].
///
/// # Errors
/// [`Error::NotSquare`], [`Error::ShapeMismatch`].
///
/// # Accuracy
/// As [`solve`]; `info.backward_error` is componentwise, `max |b - A x|_i / (|A| |x| + |b|)_i`, over all right-hand
/// sides (of more than 8, over 8 signed sums of them).
///
/// # Cost
/// As [`solve`].
///
/// # Source
/// `oettli1964compatibility`, `higham1988fortran`.
///
/// # Example
/// ```
/// let answer = resolvent::solve_ex(&[[2.0, 1.0], [1.0, 3.0]], &[5.0, 4.0])?;
/// assert_eq!(answer.info.status, [resolvent::Status::Ok]);
/// // |A|_1 = 4, |A^-1|_1 = 0.8
/// assert!((answer.info.rcond[0] - 0.3125_f64).abs() < 1e-15);
/// assert!(answer.info.backward_error[0] < 1e-15);
/// # Ok::<(), resolvent::Error>(())
/// ```
pub fn solve_ex<A, B>(a: &A, b: &B) -> Result<Solution<B::Owned>>
where
    A: Operand + ?Sized,
    B: RightHandSide<Elem = A::Elem> + ?Sized,
{
    let (solution, info) = solutions(a, b, Detail::Full)?;
    Ok(Solution { solution: b.own(solution)?, info })
}

fn solutions<A, B>(a: &A, b: &B, detail: Detail) -> Result<(Stack<A::Elem>, Info)>
where
    A: Operand + ?Sized,
    B: RightHandSide<Elem = A::Elem> + ?Sized,
{
    let (a, b) = (a.stack()?, b.stack()?);
    let mut shape = broadcast_batches(a.batch(), b.batch())?;
    shape.extend([b.nrows(), b.ncols()]);
    let mut solution = Stack::zeros(&shape)?;
    let info = solve_into(&a, &b, &mut solution.as_mut(), detail)?;
    Ok((solution, info))
}

/// Writes the solution of `A X = B` for every matrix into `out`, whose stack dimensions are those of `a` and `b`
/// broadcast together.
///
/// # Shapes
/// `a` is `(..., n, n)`, `b` and `out` are `(..., n, k)`; `out` may be uninitialized.
///
/// # Errors
/// [`Error::NotSquare`], [`Error::ShapeMismatch`]; a singular matrix is reported in the [`Info`].
///
/// # Accuracy
/// As [`solve`].
///
/// # Cost
/// As [`solve`], without the allocation of the result.
///
/// # Source
/// As [`solve`].
///
/// # Example
/// ```
/// use resolvent::{Detail, StackMut, StackRef};
/// let (a, b) = ([4.0, 0.0, 0.0, 5.0], [8.0, 5.0]);
/// let mut x = [0.0; 2];
/// let a = StackRef::from_slice(&a, &[2, 2])?;
/// let b = StackRef::from_slice(&b, &[2, 1])?;
/// resolvent::solve_into(&a, &b, &mut StackMut::from_slice(&mut x, &[2, 1])?, Detail::Summary)?;
/// assert_eq!(x, [2.0, 1.0]);
/// # Ok::<(), resolvent::Error>(())
/// ```
pub fn solve_into<T: Scalar>(
    a: &StackRef<'_, T>,
    b: &StackRef<'_, T>,
    out: &mut StackMut<'_, T>,
    detail: Detail,
) -> Result<Info> {
    solve_into_by(None, a, b, out, detail)
}

/// [`solve_into`] by a method of the caller's choice, where the order allows it: for measuring the thresholds.
#[doc(hidden)]
pub fn solve_into_by<T: Scalar>(
    forced: Option<Method>,
    a: &StackRef<'_, T>,
    b: &StackRef<'_, T>,
    out: &mut StackMut<'_, T>,
    detail: Detail,
) -> Result<Info> {
    let n = stacks::order(a)?;
    let mismatch =
        |reason: &str| Error::ShapeMismatch { a: a.shape(), b: b.shape(), reason: reason.to_owned() };
    if b.nrows() != n {
        return Err(mismatch("the right-hand side needs as many rows as the matrix"));
    }
    let batch = broadcast_batches(a.batch(), b.batch())?;
    if !same_shape(&out.shape(), &[batch.as_slice(), &[n, b.ncols()]].concat()) {
        return Err(mismatch("the output must have the shape of the broadcast solution"));
    }
    solutions_into(forced, &a.broadcast_to(&batch)?, &b.broadcast_to(&batch)?, &*out, detail)
}

/// Overwrites every right-hand side with the solution of `A X = B`.
///
/// # Shapes
/// `a` is `(..., n, n)` and broadcasts to the stack dimensions of `b`, `(..., n, k)`.
///
/// # Errors
/// [`Error::NotSquare`], [`Error::ShapeMismatch`]; a singular matrix is reported in the [`Info`].
///
/// # Accuracy
/// As [`solve`].
///
/// # Cost
/// As [`solve`], without the allocation of the result.
///
/// # Source
/// As [`solve`].
///
/// # Example
/// ```
/// use resolvent::{Detail, StackMut, StackRef};
/// let (a, mut b) = ([4.0, 0.0, 0.0, 5.0], [8.0, 5.0]);
/// let a = StackRef::from_slice(&a, &[2, 2])?;
/// resolvent::solve_in_place(&a, &mut StackMut::from_slice(&mut b, &[2, 1])?, Detail::Summary)?;
/// assert_eq!(b, [2.0, 1.0]);
/// # Ok::<(), resolvent::Error>(())
/// ```
pub fn solve_in_place<T: Scalar>(
    a: &StackRef<'_, T>,
    b: &mut StackMut<'_, T>,
    detail: Detail,
) -> Result<Info> {
    let n = stacks::order(a)?;
    let x = &*b;
    // SAFETY: each right-hand side is read by the task that writes its solution, and before it does.
    let b = unsafe { x.alias() };
    if b.nrows() != n {
        let reason = "the right-hand side needs as many rows as the matrix".to_owned();
        return Err(Error::ShapeMismatch { a: a.shape(), b: b.shape(), reason });
    }
    solutions_into(None, &a.broadcast_to(b.batch())?, &b, x, detail)
}

/// The operands have one batch shape, and fit each other.
fn solutions_into<T: Scalar>(
    forced: Option<Method>,
    a: &StackRef<'_, T>,
    b: &StackRef<'_, T>,
    out: &StackMut<'_, T>,
    detail: Detail,
) -> Result<Info> {
    let (kernels, plan) = stacks::plan_by::<T>(forced, Verb::Solve { rhs: b.ncols() }, a.nrows(), a.len())?;
    stacks::run(&plan, a.batch(), detail, |range, sink| match plan.method {
        Method::Small => small(kernels, &plan, (a, b), out, range, sink),
        _ => {
            let (n, k) = (a.nrows(), b.ncols());
            let workspace = Workspace::new(kernels, plan.inner_threads, n, k)?;
            let mut memory = WorkMat::new(n, n + k + PROBES)?;
            let indefinite = n >= indefinite_order::<T>() || plan.method == Method::HermitianIndefinite;
            range.into_iter().try_for_each(|index| {
                // SAFETY: each index is visited once, by one task.
                let x = unsafe { out.matrix_unchecked(index) };
                let system = (a.matrix(index), b.matrix(index));
                let quality = blocked(workspace.context(), &mut memory, system, indefinite, x, sink)?;
                sink.put(index, quality);
                Ok(())
            })
        }
    })
}

/// One task of small matrices, side by side or alone. The solutions may overwrite the right-hand sides.
fn small<T: Scalar>(
    kernels: &'static Kernels<T>,
    plan: &Plan,
    (a, b): (&StackRef<'_, T>, &StackRef<'_, T>),
    out: &StackMut<'_, T>,
    range: Range<usize>,
    sink: &mut Sink<'_>,
) -> Result<()> {
    let (n, k) = (a.nrows(), b.ncols());
    let (mut sources, mut sides) = ([std::ptr::null(); SMALL_BLOCK], [std::ptr::null(); SMALL_BLOCK]);
    let mut outlet = Outlet::new(kernels, plan, out, small_block::<T>(kernels.small.lanes, n, k))?;
    let compute = |small: &Small<T>, block: Range<usize>, report: &mut Report<'_, T::Real>, work| {
        // SAFETY: every operand is valid by the construction of its stack; the solutions of this range are written by
        // this task alone; the workspace is the one asked for.
        unsafe {
            let a = stacks::addresses(&mut sources, a, block.clone());
            let b = stacks::addresses(&mut sides, b, block.clone());
            Ok(outlet.fill(block, |x| (small.solve)(n, k, a, b, x, report, work)))
        }
    };
    stacks::for_each_block(kernels, (n, k), range, sink, compute, |index, verdict| {
        // SAFETY: this task alone sees the answer, and the kernel is done with it.
        let x = unsafe { out.matrix_unchecked(index) };
        judge(kernels, a.matrix(index), verdict, Some(x.as_ref()))
    })
}

/// One larger matrix: a copy is factored, and the right-hand sides go along as further columns, `L^-1 P B`; so do the
/// probes of the condition number.
fn blocked<T: Scalar>(
    context: Context<'_, T>,
    memory: &mut WorkMat<T>,
    (a, b): (MatRef<'_, T>, MatRef<'_, T>),
    indefinite: bool,
    mut out: MatMut<'_, T>,
    sink: &mut Sink<'_>,
) -> Result<Quality> {
    let kernels = context.kernels;
    let (n, k) = (a.nrows(), b.ncols());
    let mut system = memory.as_mut();
    let fill_beside = |mut system: MatMut<'_, T>| {
        system.reborrow().block(0, n, n, k).copy_from(b);
        set_probes(system.block(0, n + k, n, PROBES));
    };
    let fill = |mut system: MatMut<'_, T>| {
        system.reborrow().block(0, 0, n, n).copy_from(a);
        fill_beside(system);
    };
    let norm_a = copy_with_norm(context, a, system.reborrow().block(0, 0, n, n))?;
    fill_beside(system.reborrow());
    let finite = (norm_a.is_finite() || a.is_finite()) && b.is_finite();
    let structure =
        if finite { structure_of(kernels, system.as_ref().block(0, 0, n, n)) } else { Structure::General };
    let (factors, method) = factor_by_structure(context, structure, indefinite, system.reborrow(), fill)?;
    sink.ran(method);
    let mut verdict = unanswered::<T>(finite, factors.zero_pivot);
    if finite && factors.zero_pivot.is_some() {
        out.fill(T::nan());
        return judge(kernels, a, &verdict, None);
    }
    let (lu, right) = system.split_cols(n);
    let (mut x, probes) = right.split_cols(k);
    factor::solve_upper(context, lu.as_ref(), x.reborrow())?;
    factors.restore(context, x.reborrow());
    if finite {
        let (lu, x, probes) = (lu.as_ref(), x.as_ref(), probes.as_ref());
        let needless = !sink.is_full() && x.is_finite();
        let (gradient, (alternation, backward_error)) = parallel::both(
            context.threads(),
            || estimate_by_gradient(kernels, lu, probes),
            || {
                let error =
                    if needless { Ok(T::Real::ZERO) } else { backward_error_of_solution(kernels, a, x, b) };
                (estimate_by_alternation(kernels, lu, probes), error)
            },
        );
        verdict.rcond = T::Real::ONE / norm_a / alternation?.max_nan(gradient?);
        verdict.backward_error = backward_error?;
    }
    out.copy_from(x.as_ref());
    judge(kernels, a, &verdict, Some(x.as_ref()))
}
