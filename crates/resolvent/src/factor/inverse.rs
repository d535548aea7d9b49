//! The inverse from LU factors, in place, in 4/3 n^3 more flops (2 n^3 in all): invert L, then solve `U X = L^-1`, then
//! permute the columns, `A^-1 = U^-1 L^-1 P` (Higham 2002, section 14.3; Du Croz and Higham 1992).

use resolvent_kernels::{Real, Scalar};

use crate::blas::{Context, Triangle, gemm, trsm};
use crate::error::Result;
use crate::matrix::{AlignedBuffer, MatMut, MatRef};
use crate::parallel;
use crate::plan::{IDENTITY_STRIP, INVERSE_APART, INVERSE_BLOCK, TRSM_LEAF};

/// Overwrites the row-major factors of [`super::factor`] with the inverse. Needs O(n * block) more memory.
pub(crate) fn invert<T: Scalar>(
    context: Context<'_, T>,
    mut a: MatMut<'_, T>,
    permutation: &[usize],
) -> Result<()> {
    let n = a.nrows();
    assert!(permutation.len() == n && permutation.iter().all(|&p| p < n), "a permutation of the rows");
    if n <= TRSM_LEAF {
        // Small enough to be done beside the factors, all at once, and then put in its place.
        let mut spare = AlignedBuffer::new(n * n)?;
        let mut x = MatMut::from_row_major(spare.as_mut_slice(), n, n)?;
        inverse_of_unit_lower(context, a.as_ref(), x.reborrow());
        trsm(context, Triangle::Upper, a.as_ref(), x.reborrow());
        (0..n).for_each(|i| spread(context, x.as_ref().row(i), permutation, a.row_mut(i)));
        return Ok(());
    }
    let mut spare = AlignedBuffer::new(work_for_triangle(n))?;
    let (leaf, set_aside) = spare.as_mut_slice().split_at_mut(leaves());
    invert_unit_lower(context, a.reborrow(), leaf, set_aside)?;
    solve_upper(context, a.reborrow(), set_aside)?;
    let row = &mut set_aside[..n];
    for i in 0..n {
        row.copy_from_slice(a.as_ref().row(i));
        spread(context, row, permutation, a.row_mut(i));
    }
    Ok(())
}

/// Elements of the leaves of [`invert_unit_lower`]: one for each of two threads.
pub(super) fn leaves() -> usize {
    2 * TRSM_LEAF * TRSM_LEAF
}

/// Elements that [`invert_unit_lower`] works with: leaves, and a strip.
pub(super) fn work_for_triangle(n: usize) -> usize {
    n * INVERSE_BLOCK.min(n).max(TRSM_LEAF) + leaves()
}

/// `y_{p_i} := x_i`.
pub(super) fn spread<T: Scalar>(context: Context<'_, T>, x: &[T], p: &[usize], y: &mut [T]) {
    assert!(x.len() == p.len() && y.len() == p.len());
    // SAFETY: three slices of one length; the callers have looked at the numbers in p, and an x that is borrowed is not y.
    unsafe { (context.kernels.vector.spread)(x.len(), x.as_ptr(), p.as_ptr(), y.as_mut_ptr()) }
}

/// `Y := L^-1` for the unit lower triangle of `a`, of order [`TRSM_LEAF`] at most, zeros above its diagonal.
fn inverse_of_unit_lower<T: Scalar>(context: Context<'_, T>, a: MatRef<'_, T>, mut y: MatMut<'_, T>) {
    let n = a.nrows();
    for i in 0..n {
        let row = y.row_mut(i);
        row.fill(T::zero());
        row[i] = T::one();
    }
    let strip = IDENTITY_STRIP * context.kernels.small.lanes;
    for j in (0..n).step_by(strip) {
        let (rows, cols) = (n - j, strip.min(n - j));
        trsm(context, Triangle::UnitLower, a.block(j, j, rows, rows), y.reborrow().block(j, j, rows, cols));
    }
}

/// `L := L^-1` for the unit lower triangle of `a`; what stands on and above the diagonal is left alone.
///
/// `[L11 0; L21 L22]^-1 = [Y11 0; -L22^-1 L21 Y11, Y22]`, smaller Y11 and Y22 by a thread each.
pub(super) fn invert_unit_lower<T: Scalar>(
    context: Context<'_, T>,
    mut a: MatMut<'_, T>,
    leaf: &mut [T],
    set_aside: &mut [T],
) -> Result<()> {
    let n = a.nrows();
    if n <= TRSM_LEAF {
        let mut inverse = MatMut::from_row_major(&mut leaf[..n * n], n, n)?;
        inverse_of_unit_lower(context, a.as_ref(), inverse.reborrow());
        for i in 1..n {
            a.row_mut(i)[..i].copy_from_slice(&inverse.as_ref().row(i)[..i]);
        }
        return Ok(());
    }
    let n1 = (n / 2).next_multiple_of(TRSM_LEAF);
    let (top, bottom) = a.split_rows(n1);
    let mut l11 = top.block(0, 0, n1, n1);
    let n2 = n - n1;
    let (mut l21, l22) = bottom.block(0, 0, n2, n).split_cols(n1);
    for i in 0..n2 {
        l21.row_mut(i).iter_mut().for_each(|element| *element = -*element);
    }
    trsm(context, Triangle::UnitLower, l22.as_ref(), l21.reborrow());
    if n <= INVERSE_APART && context.threads() > 1 {
        let (leaf, other_leaf) = leaf.split_at_mut(TRSM_LEAF * TRSM_LEAF);
        let (set_aside, other_aside) = set_aside.split_at_mut(n1 * TRSM_LEAF);
        let (first, second) = parallel::both(
            context.threads(),
            || invert_unit_lower(context.alone(), l11.reborrow(), leaf, set_aside),
            || invert_unit_lower(context.alone(), l22, other_leaf, other_aside),
        );
        first.and(second)?;
    } else {
        invert_unit_lower(context, l11.reborrow(), leaf, set_aside)?;
        invert_unit_lower(context, l22, leaf, set_aside)?;
    }
    times_unit_lower(context, l21, l11.as_ref(), leaf, set_aside)
}

/// `B := B Y` for the unit lower triangle Y:
/// `[B1 B2] [Y11 0; Y21 Y22] = [B1 Y11 + B2 Y21, B2 Y22]`.
fn times_unit_lower<T: Scalar>(
    context: Context<'_, T>,
    mut b: MatMut<'_, T>,
    y: MatRef<'_, T>,
    leaf: &mut [T],
    set_aside: &mut [T],
) -> Result<()> {
    let (m, n) = (b.nrows(), b.ncols());
    if n <= TRSM_LEAF {
        for (i, row) in leaf[..n * n].chunks_exact_mut(n).enumerate() {
            row[..i].copy_from_slice(&y.row(i)[..i]);
            row[i] = T::one();
            row[i + 1..].fill(T::zero());
        }
        let mut copy = MatMut::from_row_major(&mut set_aside[..m * n], m, n)?;
        copy.copy_from(b.as_ref());
        b.fill(T::zero());
        // A triangle more than was planned.
        parallel::expect(|_| (m * n * n) as f64);
        gemm(context, T::Real::ONE, copy.as_ref(), MatRef::from_row_major(&leaf[..n * n], n, n)?, b);
        return Ok(());
    }
    let n1 = (n / 2).next_multiple_of(TRSM_LEAF);
    let n2 = n - n1;
    let (mut b1, b2) = b.split_cols(n1);
    times_unit_lower(context, b1.reborrow(), y.block(0, 0, n1, n1), leaf, set_aside)?;
    gemm(context, T::Real::ONE, b2.as_ref(), y.block(n1, 0, n2, n1), b1);
    times_unit_lower(context, b2, y.block(n1, n1, n2, n2), leaf, set_aside)
}

/// Solves `U X = Y`, U on and above the diagonal of `a`, Y unit lower below it, X over both: block rows from the last
/// to the first, each row of U set aside before X overwrites it. `X_i = U_ii^-1 (Y_i - sum_{j>i} U_ij X_j)`.
fn solve_upper<T: Scalar>(context: Context<'_, T>, mut a: MatMut<'_, T>, set_aside: &mut [T]) -> Result<()> {
    let n = a.nrows();
    for start in (0..n).step_by(INVERSE_BLOCK).rev() {
        let size = INVERSE_BLOCK.min(n - start);
        let (above, below) = a.reborrow().split_rows(start + size);
        let mut rows = above.block(start, 0, size, n);
        let mut u = MatMut::from_row_major(&mut set_aside[..size * (n - start)], size, n - start)?;
        u.copy_from(rows.as_ref().block(0, start, size, n - start));
        for i in 0..size {
            let tail = &mut rows.row_mut(i)[start + i..];
            tail.fill(T::zero());
            tail[0] = T::one();
        }
        let (u_ii, u_right) = u.split_cols(size);
        gemm(context, -T::Real::ONE, u_right.as_ref(), below.as_ref(), rows.reborrow());
        trsm(context, Triangle::Upper, u_ii.as_ref(), rows);
    }
    Ok(())
}
