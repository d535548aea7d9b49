//! Vector-Jacobian products: what a cotangent of a result is for the operands, from results that are there already.

use std::ops::Range;

use resolvent_kernels::table::{Group, Small};
use resolvent_kernels::{Kernels, Real, Scalar};

use crate::blas::{Context, Workspace, gemm};
use crate::error::{Error, Result};
use crate::matrix::{MatMut, MatRef, Scratch, StackMut, StackRef, WorkMat};
use crate::plan::{Method, Plan, SMALL_BLOCK, Verb, small_block};
use crate::quality::Detail;
use crate::stacks::{self, Outlet};

/// What the cotangent G of `X = A^-1` is for A: writes `-X^H G X^H`, given X.
///
/// # Shapes
/// All `(..., n, n)`, the same.
///
/// # Errors
/// [`Error::ShapeMismatch`]; [`Error::NotSquare`]; memory.
///
/// # Cost
/// 4 n^3 flops per matrix.
///
/// # Source
/// `giles2008collected`.
///
/// # Example
/// ```
/// use resolvent::{StackMut, StackRef, inv_vjp_into};
/// let (x, g, mut to) = ([0.5, 0.0, 0.0, 0.25], [1.0; 4], [0.0; 4]);
/// let [x, g] = [&x, &g].map(|m| StackRef::from_slice(m, &[2, 2]).unwrap());
/// inv_vjp_into(&x, &g, &mut StackMut::from_slice(&mut to, &[2, 2])?)?;
/// assert_eq!(to, [-0.25, -0.125, -0.125, -0.0625]);
/// # Ok::<(), resolvent::Error>(())
/// ```
pub fn inv_vjp_into<T: Scalar>(
    x: &StackRef<'_, T>,
    g: &StackRef<'_, T>,
    out: &mut StackMut<'_, T>,
) -> Result<()> {
    let n = stacks::order(x)?;
    alike(x, g)?;
    fits(x, out)?;
    each(
        Verb::Invert,
        n,
        [x, g],
        out,
        |small, [x, g], out, work| {
            // SAFETY: operands of order n, and the workspace asked for; the outputs are those of one task.
            unsafe { (small.inverse_vjp)(n, x, g, out, work) }
        },
        |context, x, g, mut out| {
            let (mut conjugated, mut product) = (WorkMat::new(n, n)?, WorkMat::new(n, n)?);
            let adjoint = adjoint(x, &mut conjugated);
            let mut product = product.as_mut();
            product.fill(T::zero());
            gemm(context, T::Real::ONE, adjoint, g, product.reborrow());
            out.fill(T::zero());
            gemm(context, -T::Real::ONE, product.as_ref(), adjoint, out);
            Ok(())
        },
    )
}

/// For `A X = B` and `H = A^-H G`, which is what the cotangent G of X is for B: writes what it is for A, `-H X^H`.
///
/// # Shapes
/// H and X `(..., n, k)`, the output `(..., n, n)`.
///
/// # Errors
/// [`Error::ShapeMismatch`]; memory.
///
/// # Cost
/// 2 n^2 k flops per matrix.
///
/// # Source
/// `giles2008collected`.
///
/// # Example
/// ```
/// use resolvent::{StackMut, StackRef, solve_vjp_into};
/// let (h, x, mut to) = ([1.0, 2.0], [3.0, 4.0], [0.0; 4]);
/// let [h, x] = [&h, &x].map(|m| StackRef::from_slice(m, &[2, 1]).unwrap());
/// solve_vjp_into(&h, &x, &mut StackMut::from_slice(&mut to, &[2, 2])?)?;
/// assert_eq!(to, [-3.0, -4.0, -6.0, -8.0]);
/// # Ok::<(), resolvent::Error>(())
/// ```
pub fn solve_vjp_into<T: Scalar>(
    h: &StackRef<'_, T>,
    x: &StackRef<'_, T>,
    out: &mut StackMut<'_, T>,
) -> Result<()> {
    let (n, k) = (h.nrows(), h.ncols());
    alike(h, x)?;
    if out.batch() != h.batch() || out.nrows() != n || out.ncols() != n {
        let reason = format!("the output needs {n} rows and columns, and the same stack");
        return Err(Error::ShapeMismatch { a: h.shape(), b: out.shape(), reason });
    }
    each(
        Verb::Substitute { rhs: k },
        n,
        [h, x],
        out,
        |small, [h, x], out, work| {
            // SAFETY: operands of n x k, and the workspace asked for; the outputs are those of one task.
            unsafe { (small.solution_vjp)(n, k, h, x, out, work) }
        },
        |context, h, x, mut out| {
            let mut conjugated = WorkMat::new(n, k)?;
            out.fill(T::zero());
            gemm(context, -T::Real::ONE, h, adjoint(x, &mut conjugated), out);
            Ok(())
        },
    )
}

fn alike<T: Scalar>(a: &StackRef<'_, T>, b: &StackRef<'_, T>) -> Result<()> {
    if a.shape() == b.shape() {
        return Ok(());
    }
    let reason = "a cotangent has the shape of what it belongs to".to_owned();
    Err(Error::ShapeMismatch { a: a.shape(), b: b.shape(), reason })
}

fn fits<T: Scalar>(a: &StackRef<'_, T>, out: &StackMut<'_, T>) -> Result<()> {
    if a.shape() == out.shape() {
        return Ok(());
    }
    let reason = "the output has the shape of the matrix".to_owned();
    Err(Error::ShapeMismatch { a: a.shape(), b: out.shape(), reason })
}

/// `X^H`: where X lies, or, of complex numbers, by way of a conjugated copy.
fn adjoint<'m, T: Scalar>(x: MatRef<'m, T>, conjugated: &'m mut WorkMat<T>) -> MatRef<'m, T> {
    if T::PARTS == 1 {
        return x.transpose();
    }
    let mut copy = conjugated.copy_of(x);
    (0..x.nrows()).for_each(|i| copy.row_mut(i).iter_mut().for_each(|x| *x = x.conj()));
    conjugated.as_ref().transpose()
}

/// Every matrix by a kernel for small ones, or by `one`.
fn each<T: Scalar>(
    verb: Verb,
    n: usize,
    [a, b]: [&StackRef<'_, T>; 2],
    out: &mut StackMut<'_, T>,
    kernel: impl Fn(&Small<T>, [Group<'_, *const T>; 2], Group<'_, *mut T>, *mut T::Real) + Sync,
    one: impl Fn(Context<'_, T>, MatRef<'_, T>, MatRef<'_, T>, MatMut<'_, T>) -> Result<()> + Sync,
) -> Result<()> {
    let (kernels, plan) = stacks::plan::<T>(verb, n, out.len())?;
    // Gradients are written into new memory, whose zeros are in the caches already (measured: a fifth of the time).
    let plan = Plan { stream: false, ..plan };
    let batch = out.batch().to_vec();
    let (out, k) = (&*out, a.ncols());
    stacks::run(&plan, &batch, Detail::Summary.into(), |range, _| match plan.method {
        Method::Small => small(kernels, &plan, k, [a, b], out, range, &kernel),
        _ => {
            let workspace = Workspace::new(kernels, plan.inner_threads, n, k)?;
            range.into_iter().try_for_each(|index| {
                // SAFETY: the tasks have no matrix in common.
                let out = unsafe { out.matrix_unchecked(index) };
                one(workspace.context(), a.matrix(index), b.matrix(index), out)
            })
        }
    })?;
    Ok(())
}

/// One task of small matrices.
fn small<T: Scalar>(
    kernels: &'static Kernels<T>,
    plan: &Plan,
    k: usize,
    [a, b]: [&StackRef<'_, T>; 2],
    out: &StackMut<'_, T>,
    range: Range<usize>,
    kernel: &impl Fn(&Small<T>, [Group<'_, *const T>; 2], Group<'_, *mut T>, *mut T::Real),
) -> Result<()> {
    let n = out.nrows();
    let mut scratch = Scratch::new();
    let work = scratch.get(stacks::workspace(kernels, (n, k), range.len()))?;
    let mut outlet = Outlet::new(kernels, plan, out, small_block::<T>(kernels.small.lanes, n, k))?;
    let [mut first, mut second] = [[std::ptr::null(); SMALL_BLOCK]; 2];
    for (small, block) in stacks::blocks(kernels, (n, k), range) {
        let a = stacks::addresses(&mut first, a, block.clone());
        let b = stacks::addresses(&mut second, b, block.clone());
        // SAFETY: the outputs are those of this task alone.
        unsafe { outlet.fill(block, |out| kernel(small, [a, b], out, work)) };
    }
    Ok(())
}
