//! `C := C + alpha A B` by Goto's loops 5 to 1 (Goto and van de Geijn 2008; van Zee and van de Geijn 2015).

use resolvent_kernels::{Real, Scalar};

use super::{Context, Shared};
use crate::matrix::{MatMut, MatRef};
use crate::parallel;
use crate::plan::{GEMM_DIRECT, GEMM_PARALLEL, GEMM_PARTS};

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
        parallel::count(2 * m * n * k);
        return;
    }
    // The lanes of the micro-kernel run down the columns of C; a row-major C is the transpose: C' = B' A'.
    if c.row_stride().unsigned_abs() > c.col_stride().unsigned_abs() {
        oriented(context, alpha, b.transpose(), a.transpose(), c.transpose());
    } else {
        oriented(context, alpha, a, b, c);
    }
}

/// Loops 5 (columns of C), 4 (depth) and 3 (rows of C). Threads share the packing of B, and then the rows of C: who of them
/// takes which changes nothing.
fn oriented<T: Scalar>(
    context: Context<'_, T>,
    alpha: T::Real,
    a: MatRef<'_, T>,
    b: MatRef<'_, T>,
    c: MatMut<'_, T>,
) {
    let (m, n, k) = (c.nrows(), c.ncols(), a.ncols());
    let threads = if m * n * k < GEMM_PARALLEL { 1 } else { context.threads() };
    let gemm = &context.kernels.gemm;
    let rows = share(m, gemm.mc, gemm.mr, threads, GEMM_PARTS);
    let c = Shared(c);
    let mut packed = context.packed_b();
    for jc in (0..n).step_by(gemm.nc) {
        let nc = gemm.nc.min(n - jc);
        for pc in (0..k).step_by(gemm.kc) {
            let kc = gemm.kc.min(k - pc);
            let packed = packed.as_mut_slice();
            pack_b(context, threads, b.block(pc, jc, kc, nc), packed);
            parallel::for_each(threads, m.div_ceil(rows), |task| {
                let ic = task * rows;
                let mc = rows.min(m - ic);
                // SAFETY: different tasks have different rows of C.
                let c = unsafe { c.block(ic, jc, mc, nc) };
                add_packed(context, alpha, a.block(ic, pc, mc, kc), packed, c);
            });
        }
    }
}

/// Packs a block of at most `kc` rows into micro-panels of columns, one after the other.
pub(super) fn pack_b<T: Scalar>(
    context: Context<'_, T>,
    threads: usize,
    b: MatRef<'_, T>,
    packed: &mut [T::Real],
) {
    let gemm = &context.kernels.gemm;
    let (k, n) = (b.nrows(), b.ncols());
    assert!(n.next_multiple_of(gemm.nr) * k * T::PARTS <= packed.len(), "the context is too small");
    let cols = share(n, gemm.nc, gemm.nr, threads, 1);
    let mut pieces: Vec<_> = packed.chunks_mut(cols * k.max(1) * T::PARTS).take(n.div_ceil(cols)).collect();
    parallel::for_each_mut(threads, &mut pieces, |task, piece| {
        let start = task * cols;
        let block = b.block(0, start, k, cols.min(n - start));
        let (rs, cs) = (block.row_stride(), block.col_stride());
        // SAFETY: the block lies in B, and its micro-panels in the piece: `cols` is a multiple of their width, and the
        // last ones fit as checked above.
        unsafe { (gemm.pack_b)(k, block.ncols(), block.as_ptr(), rs, cs, piece.as_mut_ptr()) }
    });
}

/// `C := C + alpha A B` for a packed B, by this thread alone: A, of at most `mc` rows, is packed into the memory it has for
/// that.
pub(super) fn add_packed<T: Scalar>(
    context: Context<'_, T>,
    alpha: T::Real,
    a: MatRef<'_, T>,
    packed_b: &[T::Real],
    c: MatMut<'_, T>,
) {
    let gemm = &context.kernels.gemm;
    let (m, k) = (a.nrows(), a.ncols());
    let mut packed = context.packed_a();
    let packed = packed.as_mut_slice();
    assert!(m.next_multiple_of(gemm.mr) * k * T::PARTS <= packed.len(), "the context is too small");
    // SAFETY: the block is A, and its micro-panels fit as just checked.
    unsafe { (gemm.pack_a)(m, k, a.as_ptr(), a.row_stride(), a.col_stride(), packed.as_mut_ptr()) };
    let n = c.ncols();
    macro_kernel(context, k, alpha, packed, packed_b, c);
    parallel::count(2 * m * n * k);
}

/// How much of `extent` a task takes: at most `most`, a multiple of `grain`, and such that each of several threads has the
/// same number of tasks, `parts` at least. One alone does best with the largest.
pub(crate) fn share(extent: usize, most: usize, grain: usize, threads: usize, parts: usize) -> usize {
    let tasks = if threads == 1 { 1 } else { threads * parts };
    let tasks = extent.div_ceil(most * tasks).max(1) * tasks;
    extent.div_ceil(tasks).next_multiple_of(grain).max(grain)
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
