//! `B := T^-1 B` for a triangle T and a row-major B, by recursion down to the kernel's leaf.

use resolvent_kernels::{Real, Scalar};

use super::{Context, Shared, Triangle, gemm, share};
use crate::matrix::{MatMut, MatRef};
use crate::parallel;
use crate::plan::{TRSM_LEAF, TRSM_SLAB};

/// `B := T^-1 B`. B must be row-major; T may have any strides. Threads share the columns of B.
pub(crate) fn trsm<T: Scalar>(
    context: Context<'_, T>,
    triangle: Triangle,
    t: MatRef<'_, T>,
    b: MatMut<'_, T>,
) {
    assert!(t.nrows() == t.ncols() && t.nrows() == b.nrows(), "T must be square and fit B");
    assert!(b.col_stride() == 1 || b.ncols() < 2, "B must be row-major");
    let (n, k) = (t.nrows(), b.ncols());
    let threads = context.threads().min(k / TRSM_SLAB).max(1);
    let b = Shared(b);
    let width = share(k, k.max(1), TRSM_SLAB, threads, 1);
    parallel::for_each(threads, k.div_ceil(width), |task| {
        let start = task * width;
        // SAFETY: different tasks have different columns of B.
        recurse(context.alone(), triangle, t, unsafe { b.block(0, start, n, width.min(k - start)) });
    });
}

fn recurse<T: Scalar>(context: Context<'_, T>, triangle: Triangle, t: MatRef<'_, T>, mut b: MatMut<'_, T>) {
    let (n, k) = (t.nrows(), b.ncols());
    if n == 0 || k == 0 {
        return;
    }
    if n <= TRSM_LEAF {
        let (t_rs, t_cs, b_rs) = (t.row_stride(), t.col_stride(), b.row_stride());
        // SAFETY: T is readable, B is row-major, writable and ours alone.
        unsafe { (context.kernels.trsm)(triangle, n, k, t.as_ptr(), t_rs, t_cs, b.as_mut_ptr(), b_rs) };
        parallel::count(n * n * k);
        return;
    }
    // T = [T11 0; T21 T22] or [T11 T12; 0 T22].
    let n1 = (n / 2).next_multiple_of(TRSM_LEAF);
    let n2 = n - n1;
    let (t11, t22) = (t.block(0, 0, n1, n1), t.block(n1, n1, n2, n2));
    let (mut b1, mut b2) = b.split_rows(n1);
    let minus = -T::Real::ONE;
    match triangle {
        Triangle::Lower | Triangle::UnitLower => {
            // X1 = T11^-1 B1, X2 = T22^-1 (B2 - T21 X1).
            recurse(context, triangle, t11, b1.reborrow());
            gemm(context, minus, t.block(n1, 0, n2, n1), b1.as_ref(), b2.reborrow());
            recurse(context, triangle, t22, b2);
        }
        Triangle::Upper | Triangle::UnitUpper => {
            // X2 = T22^-1 B2, X1 = T11^-1 (B1 - T12 X2).
            recurse(context, triangle, t22, b2.reborrow());
            gemm(context, minus, t.block(0, n1, n1, n2), b2.as_ref(), b1.reborrow());
            recurse(context, triangle, t11, b1);
        }
    }
}
