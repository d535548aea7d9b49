//! `C := C + alpha A B` by Goto's loops 5 to 1 (Goto and van de Geijn 2008; van Zee and van de Geijn 2015).

use resolvent_kernels::{Real, Scalar};

use super::{Context, Packs, Shared, slab};
use crate::matrix::{MatMut, MatRef};
use crate::parallel;
use crate::plan::{GEMM_DIRECT, GEMM_PARALLEL};

/// `C := C + alpha A B`. Each element of C is one chain over the inner dimension in blocks of kc.
pub(crate) fn gemm<T: Scalar>(
    context: Context<'_, T>,
    alpha: T::Real,
    a: MatRef<'_, T>,
    b: MatRef<'_, T>,
    c: MatMut<'_, T>,
) {
    assert!(a.ncols() == b.nrows() && a.nrows() == c.nrows() && b.ncols() == c.ncols(), "A B and C must fit");
    let (m, n, k) = (c.nrows(), c.ncols(), a.ncols());
    // Not a word of n: threads that share a triangular solve see a part of the columns each, and do the same.
    let row_major = b.col_stride() == 1 && c.col_stride() == 1;
    if row_major && alpha == -T::Real::ONE && k <= GEMM_DIRECT && m * k <= GEMM_DIRECT * GEMM_DIRECT {
        let mut c = c;
        let (a_rs, a_cs, b_rs, c_rs) = (a.row_stride(), a.col_stride(), b.row_stride(), c.row_stride());
        // SAFETY: the operands fit, B and C are row-major, and C is borrowed uniquely.
        unsafe {
            let (a, b, c) = (a.as_ptr(), b.as_ptr(), c.as_mut_ptr());
            (context.kernels.subtract)(m, n, k, a, a_rs, a_cs, b, b_rs, c, c_rs);
        }
        return;
    }
    // The lanes of the micro-kernel run down the columns of C; a row-major C is the transpose: C' = B' A'.
    if c.row_stride().unsigned_abs() > c.col_stride().unsigned_abs() {
        oriented(context, alpha, b.transpose(), a.transpose(), c.transpose());
    } else {
        oriented(context, alpha, a, b, c);
    }
}

fn oriented<T: Scalar>(
    context: Context<'_, T>,
    alpha: T::Real,
    a: MatRef<'_, T>,
    b: MatRef<'_, T>,
    c: MatMut<'_, T>,
) {
    let (m, n, k) = (c.nrows(), c.ncols(), a.ncols());
    let threads = if m * n * k < GEMM_PARALLEL { 1 } else { context.threads() };
    let (mr, nr) = (context.kernels.gemm.mr, context.kernels.gemm.nr);
    let by_rows = m >= n;
    let c = Shared(c);
    parallel::for_each(threads, threads, |t| {
        let (r0, c0, rows, cols) = if by_rows {
            let (start, len) = slab(m, mr, threads, t);
            (start, 0, len, n)
        } else {
            let (start, len) = slab(n, nr, threads, t);
            (0, start, m, len)
        };
        if rows == 0 || cols == 0 {
            return;
        }
        // SAFETY: the slabs of different tasks are different blocks of C.
        let c = unsafe { c.block(r0, c0, rows, cols) };
        serial(context, &mut context.packs(t), alpha, a.block(r0, 0, rows, k), b.block(0, c0, k, cols), c);
    });
}

/// One thread's share: loops 5 (columns of C), 4 (depth), 3 (rows of C), then the macro-kernel.
fn serial<T: Scalar>(
    context: Context<'_, T>,
    packs: &mut Packs<T>,
    alpha: T::Real,
    a: MatRef<'_, T>,
    b: MatRef<'_, T>,
    mut c: MatMut<'_, T>,
) {
    let gemm = &context.kernels.gemm;
    let (m, n, k) = (c.nrows(), c.ncols(), a.ncols());
    let (pack_a, pack_b) = (packs.a.as_mut_slice(), packs.b.as_mut_slice());
    for jc in (0..n).step_by(gemm.nc) {
        let nc = gemm.nc.min(n - jc);
        for pc in (0..k).step_by(gemm.kc) {
            let kc = gemm.kc.min(k - pc);
            assert!(nc.next_multiple_of(gemm.nr) * kc * T::PARTS <= pack_b.len(), "the context is too small");
            let block = b.block(pc, jc, kc, nc);
            // SAFETY: the block lies in B, and the packed block fits as just checked.
            unsafe {
                (gemm.pack_b)(
                    kc,
                    nc,
                    block.as_ptr(),
                    block.row_stride(),
                    block.col_stride(),
                    pack_b.as_mut_ptr(),
                );
            }
            for ic in (0..m).step_by(gemm.mc) {
                let mc = gemm.mc.min(m - ic);
                assert!(
                    mc.next_multiple_of(gemm.mr) * kc * T::PARTS <= pack_a.len(),
                    "the context is too small"
                );
                let block = a.block(ic, pc, mc, kc);
                // SAFETY: as for B.
                unsafe {
                    let (rs, cs) = (block.row_stride(), block.col_stride());
                    (gemm.pack_a)(mc, kc, block.as_ptr(), rs, cs, pack_a.as_mut_ptr());
                }
                macro_kernel(context, kc, alpha, pack_a, pack_b, c.reborrow().block(ic, jc, mc, nc));
            }
        }
    }
}

/// Loops 2 and 1: every micro-tile of one packed block of A times one of B.
fn macro_kernel<T: Scalar>(
    context: Context<'_, T>,
    kc: usize,
    alpha: T::Real,
    a: &[T::Real],
    b: &[T::Real],
    mut c: MatMut<'_, T>,
) {
    let gemm = &context.kernels.gemm;
    let (m, n) = (c.nrows(), c.ncols());
    let (rs, cs) = (c.row_stride(), c.col_stride());
    let c = c.as_mut_ptr();
    for jr in (0..n).step_by(gemm.nr) {
        let b = b[jr * kc * T::PARTS..].as_ptr();
        for ir in (0..m).step_by(gemm.mr) {
            let a = a[ir * kc * T::PARTS..].as_ptr();
            // SAFETY: both micro-panels were packed to full width and depth kc; the tile lies in C.
            unsafe {
                let tile = c.offset(ir as isize * rs + jr as isize * cs);
                (gemm.micro)(gemm.mr.min(m - ir), gemm.nr.min(n - jr), kc, alpha, a, b, tile, rs, cs);
            }
        }
    }
}
