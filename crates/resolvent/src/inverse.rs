//! `inv`: the inverse of a matrix, or of every matrix of a stack.

use std::cell::RefCell;
use std::ops::Range;

use resolvent_kernels::table::{Group, Report, Small};
use resolvent_kernels::{Kernels, Real, Scalar};

use crate::blas::{Context, Workspace, copy_with_norm};
use crate::error::{Error, Result};
use crate::factor::{factor_by_structure, invert, invert_by_structure};
use crate::matrix::{
    Form, MatMut, MatRef, MatrixOf, Operand, Stack, StackMut, StackRef, Structure, WorkMat, norm_one,
    same_shape, structure_of, zeroed,
};
use crate::plan::{Method, Plan, SMALL_BLOCK, Verb, lu_leaf, small_block};
use crate::quality::{Detail, Info, Quality, Sink, backward_error_of_inverse, judge, unanswered};
use crate::stacks::{self, Outlet};

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
/// not row-major). A matrix that looks singular is looked at twice, at 2/3 n^3 flops and two copies more.
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
///     "matrix 0 is singular: pivot 1 of its LU factorization is exactly zero"
/// );
/// # Ok::<(), resolvent::Error>(())
/// ```
pub fn inv<A: Operand + ?Sized>(a: &A) -> Result<MatrixOf<A>> {
    let (inverse, info) = inverses(a, Detail::Summary)?;
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
    let (inverse, info) = inverses(a, Detail::Full)?;
    Ok(Inverse { inverse: A::Form::matrix(inverse), info })
}

fn inverses<A: Operand + ?Sized>(a: &A, detail: Detail) -> Result<(Stack<A::Elem>, Info)> {
    let a = a.stack()?;
    let mut inverse = Stack::zeros(&a.shape())?;
    let info = inv_into(&a, &mut inverse.as_mut(), detail)?;
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
pub fn inv_into<T: Scalar>(a: &StackRef<'_, T>, out: &mut StackMut<'_, T>, detail: Detail) -> Result<Info> {
    inv_into_by(None, a, out, detail)
}

/// [`inv_into`] by a method of the caller's choice, where the order allows it: for measuring the thresholds.
#[doc(hidden)]
pub fn inv_into_by<T: Scalar>(
    forced: Option<Method>,
    a: &StackRef<'_, T>,
    out: &mut StackMut<'_, T>,
    detail: Detail,
) -> Result<Info> {
    stacks::order(a)?;
    if !same_shape(&out.shape(), &a.shape()) {
        let reason = "the inverse has the shape of the matrix".to_owned();
        return Err(Error::ShapeMismatch { a: a.shape(), b: out.shape(), reason });
    }
    inverses_into(forced, Source::Apart(a), out, detail)
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
pub fn inv_in_place<T: Scalar>(a: &mut StackMut<'_, T>, detail: Detail) -> Result<Info> {
    let a = &*a;
    // SAFETY: only the shape is looked at.
    stacks::order(&unsafe { a.alias() })?;
    inverses_into(None, Source::Overwritten, a, detail)
}

/// Where the matrices are that are inverted.
#[derive(Clone, Copy)]
enum Source<'s, T> {
    Apart(&'s StackRef<'s, T>),
    /// In the output: they are copied, block by block or one by one, so that they can still be looked at.
    Overwritten,
}

/// The matrices are square, and the output has their shape.
fn inverses_into<T: Scalar>(
    forced: Option<Method>,
    source: Source<'_, T>,
    out: &StackMut<'_, T>,
    detail: Detail,
) -> Result<Info> {
    let n = out.nrows();
    let (kernels, plan) = stacks::plan_by::<T>(forced, Verb::Invert, n, out.len())?;
    stacks::run(&plan, out.batch(), detail, |range, sink| {
        if plan.method == Method::Small {
            return small(kernels, &plan, source, out, range, sink);
        }
        let workspace = Workspace::new(kernels, plan.inner_threads, n, 0)?;
        let mut room = Room::new(out)?;
        let order = if matches!(source, Source::Overwritten) { n } else { 0 };
        let mut copy = WorkMat::new(order, order)?;
        range.into_iter().try_for_each(|index| {
            // SAFETY: each index is visited once, by one task.
            let x = unsafe { out.matrix_unchecked(index) };
            let mut copied = None;
            let a = match source {
                Source::Apart(a) => a.matrix(index),
                Source::Overwritten => copied.insert(copy.copy_of(x.as_ref())).as_ref(),
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
    let (first, most) = (range.start, small_block::<T>(kernels.small.lanes, n, 0));
    let copies = match source {
        Source::Apart(_) => Vec::new(),
        Source::Overwritten => zeroed(most.min(range.len()) * n * n)?,
    };
    let copies = RefCell::new(copies);
    let mut sources = [std::ptr::null(); SMALL_BLOCK];
    let mut outlet = Outlet::new(kernels, plan, out, most)?;
    let compute = |small: &Small<T>, block: Range<usize>, report: &mut Report<'_, T::Real>, work| {
        let mut copies = copies.borrow_mut();
        let a = match source {
            Source::Apart(a) => stacks::addresses(&mut sources, a, block.clone()),
            Source::Overwritten => {
                for ((index, copy), ptr) in
                    block.clone().zip(copies.chunks_exact_mut(n * n)).zip(&mut sources)
                {
                    // SAFETY: this task alone sees the matrix.
                    let a = unsafe { out.matrix_unchecked(index) };
                    MatMut::from_row_major(copy, n, n)?.copy_from(a.as_ref());
                    *ptr = copy.as_ptr();
                }
                Group { ptrs: &sources[..block.len()], rs: n as isize, cs: 1 }
            }
        };
        // SAFETY: every operand is valid by the construction of its stack; the matrices of this range are written by
        // this task alone; the workspace is the one asked for.
        unsafe { Ok(outlet.fill(block, |x| (small.invert)(n, a, x, report, work))) }
    };
    stacks::for_each_block(kernels, (n, 0), range, sink, compute, |index, verdict| {
        // SAFETY: this task alone sees the answer, and the kernel is done with it.
        let x = unsafe { out.matrix_unchecked(index) };
        let copies = copies.borrow();
        let a = match source {
            Source::Apart(a) => a.matrix(index),
            Source::Overwritten => {
                MatRef::from_row_major(&copies[(index - first) % most * n * n..][..n * n], n, n)?
            }
        };
        judge(kernels, a, verdict, Some(x.as_ref()))
    })
}

/// What it takes to invert one larger matrix after the other, besides the output.
struct Room<T> {
    /// The factors: beside the output if that is not row-major, or if they stay in the cache, where rows lie better.
    factors: Option<WorkMat<T>>,
    /// The inverse of factors that stay in the cache, if the output is not row-major.
    inverse: Option<WorkMat<T>>,
}

impl<T: Scalar> Room<T> {
    fn new(out: &StackMut<'_, T>) -> Result<Self> {
        let n = out.nrows();
        let (in_cache, row_major) = (n <= lu_leaf::<T>(n), out.col_stride() == 1);
        let square = |wanted: bool| wanted.then(|| WorkMat::new(n, n)).transpose();
        Ok(Self { factors: square(in_cache || !row_major)?, inverse: square(in_cache && !row_major)? })
    }
}

/// One larger matrix.
fn blocked<T: Scalar>(
    context: Context<'_, T>,
    room: &mut Room<T>,
    a: MatRef<'_, T>,
    mut out: MatMut<'_, T>,
    sink: &mut Sink<'_>,
) -> Result<Quality> {
    let Some(factors) = &mut room.factors else {
        let norm = copy_with_norm(context, a, out.reborrow())?;
        return inverted(context, (a, norm), out, None, sink);
    };
    let norm = copy_with_norm(context, a, factors.as_mut())?;
    if out.col_stride() == 1 {
        return inverted(context, (a, norm), factors.as_mut(), Some(out), sink);
    }
    let place = room.inverse.as_mut().map(WorkMat::as_mut);
    let quality = inverted(context, (a, norm), factors.as_mut(), place, sink)?;
    out.copy_from(room.inverse.as_mut().unwrap_or(factors).as_mut().as_ref());
    Ok(quality)
}

/// `copy` is a row-major copy of `a`, which has that 1-norm, and becomes the inverse unless that has a place of its own.
fn inverted<T: Scalar>(
    context: Context<'_, T>,
    (a, norm_a): (MatRef<'_, T>, T::Real),
    mut copy: MatMut<'_, T>,
    place: Option<MatMut<'_, T>>,
    sink: &mut Sink<'_>,
) -> Result<Quality> {
    let kernels = context.kernels;
    let finite = norm_a.is_finite() || copy.as_ref().is_finite();
    let structure = if finite { structure_of(kernels, copy.as_ref()) } else { Structure::General };
    let fill = |mut copy: MatMut<'_, T>| copy.copy_from(a);
    let (factors, method) = factor_by_structure(context, structure, true, copy.reborrow(), fill)?;
    sink.ran(method);
    let mut verdict = unanswered::<T>(finite, factors.zero_pivot);
    if finite && factors.zero_pivot.is_some() {
        place.unwrap_or(copy).fill(T::nan());
        return judge(kernels, a, &verdict, None);
    }
    let p = &factors.permutation;
    let by_structure = invert_by_structure(context, structure, method, &factors, copy.reborrow())?;
    let x = match place {
        Some(mut x) if by_structure => {
            x.copy_from(copy.as_ref());
            x
        }
        Some(mut x) => {
            context.invert_in_cache(copy.as_ref(), p, x.reborrow());
            x
        }
        None if by_structure => copy,
        None => {
            invert(context, copy.reborrow(), p)?;
            copy
        }
    };
    if finite {
        let norm_x = norm_one(kernels, x.as_ref())?;
        verdict.rcond = T::Real::ONE / norm_a / norm_x;
        verdict.backward_error = if !sink.is_full() && norm_x.is_finite() {
            T::Real::ZERO
        } else {
            backward_error_of_inverse(kernels, a, x.as_ref())?
        };
    }
    judge(kernels, a, &verdict, Some(x.as_ref()))
}
