//! `inv_fixed` and `solve_fixed`: one small matrix whose order the compiler knows, without any allocation.

use resolvent_kernels::table::{Group, Report};
use resolvent_kernels::{Isa, Kernels, Scalar};

use crate::error::Result;
use crate::inverse::inv_into;
use crate::matrix::{Scratch, StackMut, StackRef};
use crate::plan::is_small;
use crate::quality::{Detail, Verdict, healthy};
use crate::solve::solve_into;

/// The inverse of one matrix of fixed order; the same bits as [`inv`](crate::inv).
///
/// # Shapes
/// `N x N` in and out, on the stack.
///
/// # Errors
/// [`Error::Singular`](crate::Error::Singular).
///
/// # Accuracy
/// As [`inv`](crate::inv).
///
/// # Cost
/// 2 N^3 flops; no allocation up to order 8 at least. If there are many, [`inv`](crate::inv) of the stack of them, one
/// matrix per lane, is several times as fast.
///
/// # Source
/// As [`inv`](crate::inv).
///
/// # Example
/// ```
/// assert_eq!(resolvent::inv_fixed(&[[4.0, 0.0], [0.0, 5.0]])?, [[0.25, 0.0], [0.0, 0.2]]);
/// assert!(resolvent::inv_fixed(&[[1.0, 2.0], [2.0, 4.0]]).is_err());
/// # Ok::<(), resolvent::Error>(())
/// ```
pub fn inv_fixed<T: Scalar, const N: usize>(a: &[[T; N]; N]) -> Result<[[T; N]; N]> {
    let mut x = [[T::zero(); N]; N];
    let kernels = T::kernels(Isa::active()?);
    let target = x.as_mut_ptr().cast::<T>();
    let fine = is_small::<T>(N, 0)
        && one(kernels, a, 0, |a, report, work| {
            let x = Group { ptrs: &[target], rs: N as isize, cs: 1 };
            // SAFETY: A and X are N x N, N is in the range of the kernels, and the workspace is the one asked for.
            unsafe { (kernels.single.invert)(N, a, x, report, work) }
        })?;
    if !fine {
        let mut out = StackMut::from_slice(x.as_flattened_mut(), &[N, N])?;
        inv_into(&StackRef::from_slice(a.as_flattened(), &[N, N])?, &mut out, Detail::Summary)?.check()?;
    }
    Ok(x)
}

/// The solution of `A x = b` of fixed order; the same bits as [`solve`](crate::solve).
///
/// # Shapes
/// `N x N` and N in, N out, on the stack.
///
/// # Errors
/// As [`inv_fixed`].
///
/// # Accuracy
/// As [`solve`](crate::solve).
///
/// # Cost
/// 2/3 N^3 + 2 N^2 flops; else as [`inv_fixed`].
///
/// # Source
/// As [`solve`](crate::solve).
///
/// # Example
/// ```
/// let x = resolvent::solve_fixed(&[[4.0, 0.0], [0.0, 5.0]], &[8.0, 5.0])?;
/// assert_eq!(x, [2.0, 1.0]);
/// # Ok::<(), resolvent::Error>(())
/// ```
pub fn solve_fixed<T: Scalar, const N: usize>(a: &[[T; N]; N], b: &[T; N]) -> Result<[T; N]> {
    let mut x = [T::zero(); N];
    let kernels = T::kernels(Isa::active()?);
    let (side, target) = (b.as_ptr(), x.as_mut_ptr());
    let fine = is_small::<T>(N, 1)
        && one(kernels, a, 1, |a, report, work| {
            let b = Group { ptrs: &[side], rs: 1, cs: 1 };
            let x = Group { ptrs: &[target], rs: 1, cs: 1 };
            // SAFETY: A is N x N, b and x have N numbers, N is in the range of the kernels, and the workspace is the one
            // asked for.
            unsafe { (kernels.single.solve)(N, 1, a, b, x, report, work) }
        })?;
    if !fine {
        let (a, b) = (StackRef::from_slice(a.as_flattened(), &[N, N])?, StackRef::from_slice(b, &[N, 1])?);
        solve_into(&a, &b, &mut StackMut::from_slice(&mut x, &[N, 1])?, Detail::Summary)?.check()?;
    }
    Ok(x)
}

/// Calls a kernel for one matrix with k right-hand sides. True if there is nothing to remark; else whoever judges matrices is
/// to be asked.
#[inline]
fn one<T: Scalar, const N: usize>(
    kernels: &'static Kernels<T>,
    a: &[[T; N]; N],
    k: usize,
    compute: impl FnOnce(Group<'_, *const T>, &mut Report<'_, T::Real>, *mut T::Real) -> bool,
) -> Result<bool> {
    let mut workspace = Scratch::new();
    let work = workspace.get((kernels.single.workspace)(N, k))?;
    let group = Group { ptrs: &[a.as_ptr().cast()], rs: N as isize, cs: 1 };
    let healthy = healthy::<T::Real>();
    Ok(Verdict::of_one(false, healthy, |report| compute(group, report, work)).0)
}
