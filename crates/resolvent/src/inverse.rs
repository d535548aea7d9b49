//! `inv`: the inverse of a matrix, or of every matrix of a stack.

use std::ops::Range;

use resolvent_kernels::table::LANES_MAX;
use resolvent_kernels::{Kernels, Real, Scalar};

use crate::blas::Workspace;
use crate::error::{Error, Result};
use crate::factor::{factor, invert};
use crate::matrix::{
    Form, MatMut, MatRef, MatrixOf, Operand, Stack, StackMut, StackRef, norm_inf, norm_one, same_shape,
    zeroed,
};
use crate::plan::{Method, Plan, Verb};
use crate::quality::{Detail, Info, Quality, Sink, backward_error_of_inverse, judge, unanswered};
use crate::stacks;

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
    let n = stacks::order(a)?;
    if !same_shape(&out.shape(), &a.shape()) {
        let reason = "the inverse has the shape of the matrix".to_owned();
        return Err(Error::ShapeMismatch { a: a.shape(), b: out.shape(), reason });
    }
    let (kernels, plan) = stacks::plan::<T>(Verb::Invert, n, a.len())?;
    let out = &*out;
    let (_, info) = stacks::run(&plan, a.batch(), detail, |range, sink| match plan.method {
        Method::Small => small(kernels, a, out, range, sink),
        _ => range.into_iter().try_for_each(|index| {
            // SAFETY: each index is visited once, by one task.
            let x = unsafe { out.matrix_unchecked(index) };
            sink.put(index, blocked(kernels, &plan, a.matrix(index), x)?);
            Ok(())
        }),
    })?;
    Ok(info)
}

/// One task of small matrices: a lane each.
fn small<T: Scalar>(
    kernels: &'static Kernels<T>,
    a: &StackRef<'_, T>,
    out: &StackMut<'_, T>,
    range: Range<usize>,
    sink: &mut Sink<'_>,
) -> Result<()> {
    let n = a.nrows();
    let (mut sources, mut targets) = ([std::ptr::null(); LANES_MAX], [std::ptr::null_mut(); LANES_MAX]);
    stacks::for_each_group(kernels, (n, 0), range, |group, verdicts, work| {
        // SAFETY: every operand is valid by the construction of its stack; the matrices of this range are written by
        // this task alone; the workspace is the one asked for.
        unsafe {
            let a = stacks::addresses(&mut sources, a, group.clone());
            let x = stacks::addresses_mut(&mut targets, out, group.clone());
            (kernels.small.invert)(n, a, x, verdicts, work);
        }
        for (index, verdict) in group.zip(verdicts) {
            // SAFETY: this task alone sees the answer, and the kernel is done with it.
            let x = unsafe { out.matrix_unchecked(index) };
            sink.put(index, judge(kernels, a.matrix(index), verdict, Some(x.as_ref()))?);
        }
        Ok(())
    })
}

/// One larger matrix: factored and inverted in the memory of the result, or beside it if that is not row-major.
fn blocked<T: Scalar>(
    kernels: &'static Kernels<T>,
    plan: &Plan,
    a: MatRef<'_, T>,
    mut out: MatMut<'_, T>,
) -> Result<Quality> {
    let n = a.nrows();
    if out.col_stride() == 1 {
        out.copy_from(a);
        return in_place(kernels, plan, a, out);
    }
    let mut memory = zeroed(n * n)?;
    let mut x = stacks::row_major_copy(&mut memory, a)?;
    let quality = in_place(kernels, plan, a, x.reborrow())?;
    out.copy_from(x.as_ref());
    Ok(quality)
}

/// `x` holds a row-major copy of `a`, and then the inverse.
fn in_place<T: Scalar>(
    kernels: &'static Kernels<T>,
    plan: &Plan,
    a: MatRef<'_, T>,
    mut x: MatMut<'_, T>,
) -> Result<Quality> {
    let n = a.nrows();
    let norm_a = norm_one(kernels, x.as_ref())?;
    let norm_inf_a = norm_inf(kernels, x.as_ref());
    let finite = norm_a.is_finite() || x.as_ref().is_finite();
    let workspace = Workspace::new(kernels, plan.inner_threads, n)?;
    let context = workspace.context();
    let factors = factor(context, x.reborrow())?;
    let mut verdict = unanswered::<T>(finite, factors.zero_pivot);
    if finite && factors.zero_pivot.is_some() {
        x.fill(T::nan());
        return judge(kernels, a, &verdict, None);
    }
    invert(context, x.reborrow(), &factors.permutation)?;
    if finite {
        verdict.rcond = T::Real::ONE / norm_a / norm_one(kernels, x.as_ref())?;
        verdict.backward_error = backward_error_of_inverse(kernels, a, x.as_ref(), norm_inf_a)?;
    }
    judge(kernels, a, &verdict, Some(x.as_ref()))
}
