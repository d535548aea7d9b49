//! `solve`: `A X = B` for a matrix, or for every matrix of a stack.

mod blocked;

use std::ops::Range;

use resolvent_kernels::table::{Report, Small};
use resolvent_kernels::{Kernels, Scalar};

use crate::blas::Workspace;
use crate::error::{Error, Result};
use crate::matrix::{
    Assume, Operand, RightHandSide, Stack, StackMut, StackRef, WorkMat, broadcast_batches, same_shape,
};
use crate::plan::{Method, Plan, SMALL_BLOCK, Verb, small_block};
use crate::quality::{Detail, Info, Options, Question, Sink};
use crate::stacks::{self, Inlet, Outlet, Source};

use blocked::{Room, blocked};

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
    let (solution, info) = solutions(a, b, Detail::Summary.into())?;
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
    solve_with(a, b, Detail::Full)
}

/// As [`solve_ex`], with more to say about the question.
///
/// # Shapes
/// As [`solve`].
///
/// # Errors
/// [`Error::NotSquare`], [`Error::ShapeMismatch`].
///
/// # Accuracy
/// As [`solve_ex`].
///
/// # Cost
/// As [`solve`]; an [`Assume`] that leaves elements unread costs a copy of `a`.
///
/// # Source
/// As [`solve_ex`].
///
/// # Example
/// ```
/// use resolvent::{Assume, Detail, Options};
/// let a = [[2.0, 1.0], [f64::NAN, 3.0]];
/// let options = Options::from(Detail::Full).assuming(Assume::Symmetric);
/// let x = resolvent::solve_with(&a, &[5.0, 5.0], options)?.solution;
/// assert!((x[0] - 2.0).abs() < 1e-15 && (x[1] - 1.0).abs() < 1e-15);
/// # Ok::<(), resolvent::Error>(())
/// ```
pub fn solve_with<A, B>(a: &A, b: &B, options: impl Into<Options>) -> Result<Solution<B::Owned>>
where
    A: Operand + ?Sized,
    B: RightHandSide<Elem = A::Elem> + ?Sized,
{
    let (solution, info) = solutions(a, b, options.into())?;
    Ok(Solution { solution: b.own(solution)?, info })
}

fn solutions<A, B>(a: &A, b: &B, options: Options) -> Result<(Stack<A::Elem>, Info)>
where
    A: Operand + ?Sized,
    B: RightHandSide<Elem = A::Elem> + ?Sized,
{
    let (a, b) = (a.stack()?, b.stack()?);
    let mut shape = broadcast_batches(a.batch(), b.batch())?;
    shape.extend([b.nrows(), b.ncols()]);
    let mut solution = Stack::zeros(&shape)?;
    let info = solve_into(&a, &b, &mut solution.as_mut(), options)?;
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
    options: impl Into<Options>,
) -> Result<Info> {
    let n = fitting_order(a, b)?;
    let batch = broadcast_batches(a.batch(), b.batch())?;
    if !same_shape(&out.shape(), &[batch.as_slice(), &[n, b.ncols()]].concat()) {
        return Err(mismatch(a, b, "the output must have the shape of the broadcast solution"));
    }
    solutions_into(a, Source::Apart(&b.broadcast_to(&batch)?), &*out, options.into())
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
    options: impl Into<Options>,
) -> Result<Info> {
    let x = &*b;
    // SAFETY: its shape is looked at, and what is read is copied before anything is written.
    fitting_order(a, &unsafe { x.alias() })?;
    solutions_into(a, Source::Overwritten(x), x, options.into())
}

/// The order of A, if B has as many rows.
fn fitting_order<T: Scalar>(a: &StackRef<'_, T>, b: &StackRef<'_, T>) -> Result<usize> {
    let n = stacks::order(a)?;
    if b.nrows() == n {
        return Ok(n);
    }
    Err(mismatch(a, b, "the right-hand side needs as many rows as the matrix"))
}

fn mismatch<T: Scalar>(a: &StackRef<'_, T>, b: &StackRef<'_, T>, reason: &str) -> Error {
    Error::ShapeMismatch { a: a.shape(), b: b.shape(), reason: reason.to_owned() }
}

/// The operands fit each other and the output, and B is as large.
fn solutions_into<T: Scalar>(
    a: &StackRef<'_, T>,
    b: Source<'_, T>,
    out: &StackMut<'_, T>,
    options: Options,
) -> Result<Info> {
    // Read before they are broadcast: as many copies as there are matrices.
    let read = options.read(a)?;
    let assumed = read.as_ref().map(Stack::as_ref);
    let a = &assumed.as_ref().unwrap_or(a).broadcast_to(out.batch())?;
    let (n, k) = (out.nrows(), out.ncols());
    let (kernels, plan) = stacks::plan_by::<T>(options.method, Verb::Solve { rhs: k }, n, out.len())?;
    stacks::run(&plan, out.batch(), options, |range, sink| {
        if plan.method == Method::Small {
            let lower = options.assume == Some(Assume::LowerTriangular);
            return small(kernels, &plan, (a, lower, b), out, range, sink);
        }
        let workspace = Workspace::new(kernels, plan.inner_threads, n, k)?;
        let mut room = Room::new(n, k, options)?;
        let (rows, columns) = if matches!(b, Source::Overwritten(_)) { (n, k) } else { (0, 0) };
        let mut copy = WorkMat::new(rows, columns)?;
        range.into_iter().try_for_each(|index| {
            // SAFETY: each index is visited once, by one task.
            let x = unsafe { out.matrix_unchecked(index) };
            let mut copied = None;
            let b = match b {
                Source::Apart(b) => b.matrix(index),
                Source::Overwritten(_) => copied.insert(copy.copy_of(x.as_ref())).as_ref(),
            };
            let quality = blocked(workspace.context(), &mut room, (a.matrix(index), b), x, sink)?;
            sink.put(index, quality);
            Ok(())
        })
    })
}

/// One task of small matrices, side by side or alone. Those known to be `lower` triangles are shown to the kernels with rows
/// and columns in reverse order: elimination leaves an upper triangle as it is, and substitutes; pivots would mix the rows of
/// a lower one, and small elements would be lost in large ones.
fn small<T: Scalar>(
    kernels: &'static Kernels<T>,
    plan: &Plan,
    (a, lower, b): (&StackRef<'_, T>, bool, Source<'_, T>),
    out: &StackMut<'_, T>,
    range: Range<usize>,
    sink: &mut Sink<'_>,
) -> Result<()> {
    let (n, k) = (a.nrows(), out.ncols());
    let (mut sources, mut sides) = ([std::ptr::null(); SMALL_BLOCK], [std::ptr::null(); SMALL_BLOCK]);
    let most = small_block::<T>(kernels.small.lanes, n, k);
    let inlet = Inlet::new(b, &range, most)?;
    let mut outlet = Outlet::new(kernels, plan, out, most)?;
    let compute = |small: &Small<T>, block: Range<usize>, report: &mut Report<'_, T::Real>, work| {
        // SAFETY: every operand is valid by the construction of its stack; the solutions of this range are seen by this
        // task alone; the workspace is the one asked for.
        unsafe {
            let a = stacks::addresses(&mut sources, a, block.clone());
            let b = inlet.open(&mut sides, block.clone())?;
            Ok(outlet.fill(block, |x| {
                if !lower {
                    return (small.solve)(n, k, a, b, x, report, work);
                }
                let (mut rooms, mut room) =
                    ([[std::ptr::null(); SMALL_BLOCK]; 2], [std::ptr::null_mut(); SMALL_BLOCK]);
                let [first, second] = &mut rooms;
                let a = stacks::reversed(a, [n, n], first, <*const T>::wrapping_offset);
                let b = stacks::reversed(b, [n, 0], second, <*const T>::wrapping_offset);
                let x = stacks::reversed(x, [n, 0], &mut room, <*mut T>::wrapping_offset);
                (small.solve)(n, k, a, b, x, report, work)
            }))
        }
    };
    stacks::for_each_block(kernels, (n, k), range, sink, compute, |index, verdict, sink| {
        // SAFETY: this task alone sees the answer, and the kernel is done with it.
        let x = unsafe { out.matrix_unchecked(index) };
        inlet.show(index, |b| {
            sink.case(kernels, 1, a.matrix(index), Question::Solution(b)).judge(verdict, Some(x))
        })
    })
}
