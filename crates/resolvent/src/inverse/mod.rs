//! `inv`: the inverse of a matrix, or of every matrix of a stack.

mod blocked;

use std::ops::Range;

use resolvent_kernels::table::{Report, Small};
use resolvent_kernels::{Kernels, Scalar};

use crate::blas::Workspace;
use crate::error::{Error, Result};
use crate::matrix::{Form, MatrixOf, Operand, Stack, StackMut, StackRef, WorkMat, same_shape};
use crate::plan::{Method, Plan, SMALL_BLOCK, Verb, small_block};
use crate::quality::{Detail, Info, Options, Question, Sink};
use crate::stacks::{self, Inlet, Outlet, Source};

use blocked::{Room, blocked};

/// An inverse and how far it can be trusted.
#[derive(Debug, Clone, PartialEq)]
pub struct Inverse<X> {
    /// The inverse; NaN where there is none.
    pub inverse: X,
    /// Status, rcond and backward error of every matrix.
    pub info: Info,
}

/// The inverse of a matrix, or of every matrix of a stack.
///
/// To solve a system, [`solve`](crate::solve) is faster and more accurate than multiplying by the inverse.
///
/// # Shapes
/// `(..., n, n)` in and out.
///
/// # Errors
/// [`Error::NotSquare`]; [`Error::Singular`] if any matrix has a pivot that is exactly zero, naming all of them
/// ([`inv_ex`] returns the good inverses even then). NaN or infinity in a matrix is no error: it gives what the
/// arithmetic gives, and [`inv_ex`] says `NotFinite`.
///
/// # Accuracy
/// `|A X - I| <= c n eps |A| |X|`, c about 1, as Gaussian elimination with partial pivoting gives.
///
/// # Cost
/// 2 n^3 flops per matrix, the result and O(n) times a block more memory (a copy of one matrix per thread, if `out` is
/// not row-major, or of one that falls into blocks and is not). A matrix that looks singular is looked at twice, at 2/3 n^3 flops and two copies more.
///
/// # Source
/// `higham2002accuracy`, chapter 14.
///
/// # Example
/// ```
/// let a = [[2.0_f64, 1.0], [1.0, 3.0]];
/// let x = resolvent::inv(&a)?;
/// for (x, exact) in x.as_flattened().iter().zip([0.6, -0.2, -0.2, 0.4]) {
///     assert!((x - exact).abs() < 1e-15);
/// }
/// let error = resolvent::inv(&[[1.0, 2.0], [2.0, 4.0]]).unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "matrix 0 is singular: row 1 = 2*row 0"
/// );
/// # Ok::<(), resolvent::Error>(())
/// ```
pub fn inv<A: Operand + ?Sized>(a: &A) -> Result<MatrixOf<A>> {
    let (inverse, info) = inverses(a, Detail::Summary.into())?;
    info.check()?;
    Ok(A::Form::matrix(inverse))
}

/// As [`inv`], with the quality of every inverse, and never an error for a singular matrix: that one alone is NaN.
///
/// # Shapes
/// As [`inv`].
///
/// # Errors
/// [`Error::NotSquare`].
///
/// # Accuracy
/// As [`inv`]; `info.rcond` is `1 / (|A|_1 |X|_1)`, and `info.backward_error` probes
/// `|A X - I| / (|A| |X|)` in the infinity norm with Higham's alternating vector.
///
/// # Cost
/// As [`inv`].
///
/// # Source
/// `higham2002accuracy`, chapters 14 and 15.
///
/// # Example
/// ```
/// use resolvent::{Stack, Status};
/// let stack = Stack::from_vec(vec![2.0_f64, 0.0, 0.0, 4.0, 1.0, 2.0, 2.0, 4.0], &[2, 2, 2])?;
/// let answer = resolvent::inv_ex(&stack)?;
/// assert_eq!(answer.info.status, [Status::Ok, Status::Singular]);
/// assert_eq!(answer.inverse.as_slice()[..4], [0.5, 0.0, 0.0, 0.25]);
/// assert!(answer.inverse.as_slice()[4..].iter().all(|x| x.is_nan()));
/// # Ok::<(), resolvent::Error>(())
/// ```
pub fn inv_ex<A: Operand + ?Sized>(a: &A) -> Result<Inverse<MatrixOf<A>>> {
    inv_with(a, Detail::Full)
}

/// As [`inv_ex`], with more to say about the question.
///
/// # Shapes
/// As [`inv`].
///
/// # Errors
/// [`Error::NotSquare`].
///
/// # Accuracy
/// As [`inv_ex`].
///
/// # Cost
/// As [`inv`]; an [`Assume`](crate::Assume) that leaves elements unread costs a copy of `a`.
///
/// # Source
/// As [`inv_ex`].
///
/// # Example
/// ```
/// use resolvent::{Assume, Detail, Options};
/// let options = Options::from(Detail::Full).assuming(Assume::Diagonal);
/// let x = resolvent::inv_with(&[[2.0, 1.0], [7.0, 4.0]], options)?.inverse;
/// assert_eq!(x, [[0.5, 0.0], [0.0, 0.25]]);
/// # Ok::<(), resolvent::Error>(())
/// ```
pub fn inv_with<A: Operand + ?Sized>(a: &A, options: impl Into<Options>) -> Result<Inverse<MatrixOf<A>>> {
    let (inverse, info) = inverses(a, options.into())?;
    Ok(Inverse { inverse: A::Form::matrix(inverse), info })
}

fn inverses<A: Operand + ?Sized>(a: &A, options: Options) -> Result<(Stack<A::Elem>, Info)> {
    let a = a.stack()?;
    let mut inverse = Stack::zeros(&a.shape())?;
    let info = inv_into(&a, &mut inverse.as_mut(), options)?;
    Ok((inverse, info))
}

/// Writes the inverse of every matrix of `a` into `out`, which has the same shape.
///
/// # Shapes
/// `(..., n, n)` both; `out` may be uninitialized.
///
/// # Errors
/// [`Error::NotSquare`], [`Error::ShapeMismatch`]; a singular matrix is reported in the [`Info`].
///
/// # Accuracy
/// As [`inv`].
///
/// # Cost
/// As [`inv`], without the allocation of the result.
///
/// # Source
/// As [`inv`].
///
/// # Example
/// ```
/// use resolvent::{Detail, StackMut, StackRef};
/// let a = [4.0, 0.0, 0.0, 5.0];
/// let mut x = [0.0; 4];
/// let mut out = StackMut::from_slice(&mut x, &[2, 2])?;
/// let info = resolvent::inv_into(&StackRef::from_slice(&a, &[2, 2])?, &mut out, Detail::Full)?;
/// assert_eq!(x, [0.25, 0.0, 0.0, 0.2]);
/// assert_eq!(info.rcond, [0.8]);
/// # Ok::<(), resolvent::Error>(())
/// ```
pub fn inv_into<T: Scalar>(
    a: &StackRef<'_, T>,
    out: &mut StackMut<'_, T>,
    options: impl Into<Options>,
) -> Result<Info> {
    stacks::order(a)?;
    if !same_shape(&out.shape(), &a.shape()) {
        let reason = "the inverse has the shape of the matrix".to_owned();
        return Err(Error::ShapeMismatch { a: a.shape(), b: out.shape(), reason });
    }
    let options = options.into();
    let read = options.read(a)?;
    let assumed = read.as_ref().map(Stack::as_ref);
    inverses_into(Source::Apart(assumed.as_ref().unwrap_or(a)), out, options)
}

/// Overwrites every matrix with its inverse.
///
/// # Shapes
/// `(..., n, n)`.
///
/// # Errors
/// [`Error::NotSquare`]; a singular matrix is reported in the [`Info`], and NaN.
///
/// # Accuracy
/// As [`inv`].
///
/// # Cost
/// As [`inv_into`], and a copy of a few kilobytes of small matrices, or of one larger matrix, per thread.
///
/// # Source
/// As [`inv`].
///
/// # Example
/// ```
/// use resolvent::{Detail, StackMut};
/// let mut a = [4.0, 0.0, 0.0, 5.0, 1.0, 0.0, 0.0, 2.0];
/// resolvent::inv_in_place(&mut StackMut::from_slice(&mut a, &[2, 2, 2])?, Detail::Summary)?;
/// assert_eq!(a, [0.25, 0.0, 0.0, 0.2, 1.0, 0.0, 0.0, 0.5]);
/// # Ok::<(), resolvent::Error>(())
/// ```
pub fn inv_in_place<T: Scalar>(a: &mut StackMut<'_, T>, options: impl Into<Options>) -> Result<Info> {
    let (a, options) = (&*a, options.into());
    // SAFETY: its shape is looked at, and what is read is copied before anything is written.
    let operand = unsafe { a.alias() };
    stacks::order(&operand)?;
    let read = options.read(&operand)?;
    let assumed = read.as_ref().map(Stack::as_ref);
    inverses_into(assumed.as_ref().map_or(Source::Overwritten(a), Source::Apart), a, options)
}

/// The matrices are square, and the output has their shape.
fn inverses_into<T: Scalar>(source: Source<'_, T>, out: &StackMut<'_, T>, options: Options) -> Result<Info> {
    let n = out.nrows();
    let (kernels, plan) = stacks::plan_by::<T>(options.method, Verb::Invert, n, out.len())?;
    stacks::run(&plan, out.batch(), options, |range, sink| {
        if plan.method == Method::Small {
            return small(kernels, &plan, source, out, range, sink);
        }
        let workspace = Workspace::new(kernels, plan.inner_threads, n, 0)?;
        let mut room = Room::new(out, options.look())?;
        let order = if matches!(source, Source::Overwritten(_)) { n } else { 0 };
        let mut copy = WorkMat::new(order, order)?;
        range.into_iter().try_for_each(|index| {
            // SAFETY: each index is visited once, by one task.
            let x = unsafe { out.matrix_unchecked(index) };
            let mut copied = None;
            let a = match source {
                Source::Apart(a) => a.matrix(index),
                Source::Overwritten(_) => copied.insert(copy.copy_of(x.as_ref())).as_ref(),
            };
            let quality = blocked(workspace.context(), &mut room, a, x, sink)?;
            sink.put(index, quality);
            Ok(())
        })
    })
}

/// One task of small matrices, side by side or alone.
fn small<T: Scalar>(
    kernels: &'static Kernels<T>,
    plan: &Plan,
    source: Source<'_, T>,
    out: &StackMut<'_, T>,
    range: Range<usize>,
    sink: &mut Sink<'_>,
) -> Result<()> {
    let n = out.nrows();
    let most = small_block::<T>(kernels.small.lanes, n, 0);
    let inlet = Inlet::new(source, &range, most)?;
    let mut sources = [std::ptr::null(); SMALL_BLOCK];
    let mut outlet = Outlet::new(kernels, plan, out, most)?;
    let compute = |small: &Small<T>, block: Range<usize>, report: &mut Report<'_, T::Real>, work| {
        // SAFETY: every operand is valid by the construction of its stack; the matrices of this range are seen by this
        // task alone; the workspace is the one asked for.
        unsafe {
            let a = inlet.open(&mut sources, block.clone())?;
            Ok(outlet.fill(block, |x| (small.invert)(n, a, x, report, work)))
        }
    };
    stacks::for_each_block(kernels, (n, 0), range, sink, compute, |index, verdict, sink| {
        // SAFETY: this task alone sees the answer, and the kernel is done with it.
        let x = unsafe { out.matrix_unchecked(index) };
        inlet.show(index, |a| sink.case(kernels, 1, a, Question::Inverse).judge(verdict, Some(x)))
    })
}
