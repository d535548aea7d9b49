//! Triangular solves and the inverse from the factors, in blocks of [`ROWS`] rows.

use super::Order;
use super::divisor::Diagonal;
use super::pack::Pack;
use super::tile::update;
use crate::lanes::Number;

/// Rows of a block.
pub(super) const ROWS: usize = 4;

/// `B := L^-1 B`, L the unit lower triangle of the n x n pack `f`, B n x k.
///
/// # Safety
/// The packs hold those extents and do not overlap.
#[inline(always)]
pub(super) unsafe fn forward<N: Number, S: Order>(order: S, k: usize, f: Pack<N>, b: Pack<N>) {
    let n = order.get();
    let mut start = 0;
    // SAFETY: start < end <= n.
    unsafe {
        while start < n {
            let end = n.min(start + ROWS);
            if S::LARGE {
                update(end - start, k, start, f.from(start, 0), b, b.from(start, 0));
            }
            forward_block(end - start, k, f.from(start, start), b.from(start, 0));
            start = end;
        }
    }
}

/// [`forward`] for at most [`ROWS`] rows.
///
/// # Safety
/// As [`forward`].
#[inline(always)]
unsafe fn forward_block<N: Number>(n: usize, k: usize, f: Pack<N>, b: Pack<N>) {
    for j in 0..k {
        for i in 1..n {
            // SAFETY: p < i < n, j < k.
            unsafe {
                let mut x = b.get(i, j);
                for p in 0..i {
                    x = f.get(i, p).neg_mul_add(b.get(p, j), x);
                }
                b.put(i, j, x);
            }
        }
    }
}

/// `B := U^-1 B`, U the upper triangle of the n x n pack `f`, B n x k.
///
/// # Safety
/// The packs hold those extents and do not overlap; `diagonal` is the one [`super::lu::factor`] made with `f`.
#[inline(always)]
pub(super) unsafe fn backward<N: Number, S: Order>(
    order: S,
    k: usize,
    f: Pack<N>,
    diagonal: Diagonal<N>,
    b: Pack<N>,
) {
    let n = order.get();
    let mut end = n;
    // SAFETY: start < end <= n.
    unsafe {
        while end > 0 {
            let start = (end - 1) / ROWS * ROWS;
            if S::LARGE {
                update(end - start, k, n - end, f.from(start, end), b.from(end, 0), b.from(start, 0));
            }
            let d = Diagonal(diagonal.0.from(start, 0));
            backward_block(end - start, k, f.from(start, start), d, b.from(start, 0));
            end = start;
        }
    }
}

/// [`backward`] for at most [`ROWS`] rows.
///
/// # Safety
/// As [`backward`].
#[inline(always)]
unsafe fn backward_block<N: Number>(n: usize, k: usize, u: Pack<N>, diagonal: Diagonal<N>, b: Pack<N>) {
    for i in (0..n).rev() {
        // SAFETY: i < p < n, j < k.
        unsafe {
            let d = diagonal.get(i);
            for j in 0..k {
                let mut x = b.get(i, j);
                for p in i + 1..n {
                    x = u.get(i, p).neg_mul_add(b.get(p, j), x);
                }
                b.put(i, j, d.divide(x));
            }
        }
    }
}

/// `z := L^-H U^-H z` for one vector z (n x 1): the solve with the conjugate transpose, but for the permutation.
///
/// # Safety
/// As [`backward`].
#[inline(always)]
pub(super) unsafe fn adjoint<N: Number>(n: usize, f: Pack<N>, diagonal: Diagonal<N>, z: Pack<N>) {
    // Both halves walk along the rows of f, where its elements follow each other.
    // SAFETY: i, j < n.
    unsafe {
        for i in 0..n {
            let x = diagonal.get(i).divide(z.get(i, 0).conj()).conj();
            z.put(i, 0, x);
            for j in i + 1..n {
                z.put(j, 0, f.get(i, j).conj().neg_mul_add(x, z.get(j, 0)));
            }
        }
        for i in (1..n).rev() {
            let x = z.get(i, 0);
            for j in 0..i {
                z.put(j, 0, f.get(i, j).conj().neg_mul_add(x, z.get(j, 0)));
            }
        }
    }
}

/// `F := U^-1 L^-1` from the factors over each other in `f`, in place.
///
/// # Safety
/// `f` is n x n, `diagonal` the one that was made with it, `spare` has [`ROWS`] x n numbers, n to a row, apart from f.
#[inline(always)]
pub(super) unsafe fn invert<N: Number, S: Order>(
    order: S,
    f: Pack<N>,
    diagonal: Diagonal<N>,
    spare: Pack<N>,
) {
    // SAFETY: the same promise.
    unsafe {
        invert_lower(order, f, spare);
        solve_upper(order, f, diagonal, spare);
    }
}

/// `Y := L^-1` over L, from the top: `Y_b = -L_bb^-1 L_b Y_above` for each block of rows.
///
/// # Safety
/// As [`invert`].
#[inline(always)]
unsafe fn invert_lower<N: Number, S: Order>(order: S, f: Pack<N>, spare: Pack<N>) {
    let n = order.get();
    let mut start = 0;
    // SAFETY: all rows and columns stay below n, rows of `spare` below ROWS. What is read of Y lies strictly below
    // its diagonal.
    unsafe {
        while start < n {
            let end = n.min(start + ROWS);
            let rows = end - start;
            if S::LARGE {
                // The rows of L left of the diagonal block move out: C := -L_b Y_above.
                for i in 0..rows {
                    for j in 0..start {
                        let x = f.get(start + i, j);
                        spare.put(i, j, x);
                    }
                }
                let mut column = 0;
                while column < start {
                    // Columns column..column+ROWS of Y: its diagonal block, unit lower triangular, then what is below.
                    let next = column + ROWS;
                    for i in 0..rows {
                        for j in column..next {
                            let mut x = spare.get(i, j).neg();
                            for p in j + 1..next {
                                x = spare.get(i, p).neg_mul_add(f.get(p, j), x);
                            }
                            f.put(start + i, j, x);
                        }
                    }
                    let (left, above) = (spare.from(0, next), f.from(next, column));
                    update(rows, ROWS, start - next, left, above, f.from(start, column));
                    column = next;
                }
                forward_block(rows, start, f.from(start, start), f.from(start, 0));
            }
            invert_lower_block(rows, f.from(start, start));
            start = end;
        }
    }
}

/// [`invert_lower`] for at most [`ROWS`] rows.
///
/// # Safety
/// As [`invert_lower`].
#[inline(always)]
unsafe fn invert_lower_block<N: Number>(n: usize, f: Pack<N>) {
    for i in 1..n {
        for j in 0..i {
            // SAFETY: j < p < i < n. Row i still has its elements of L right of column j.
            unsafe {
                let mut x = f.get(i, j).neg();
                for p in j + 1..i {
                    x = f.get(i, p).neg_mul_add(f.get(p, j), x);
                }
                f.put(i, j, x);
            }
        }
    }
}

/// `X := U^-1 Y` over U and Y, from the bottom: `X_b = U_bb^-1 (Y_b - U_b X_below)` for each block of rows.
///
/// # Safety
/// As [`invert`].
#[inline(always)]
unsafe fn solve_upper<N: Number, S: Order>(order: S, f: Pack<N>, diagonal: Diagonal<N>, spare: Pack<N>) {
    let n = order.get();
    let mut end = n;
    // SAFETY: all rows and columns stay below n, rows of `spare` below ROWS.
    unsafe {
        while end > 0 {
            let start = (end - 1) / ROWS * ROWS;
            // The rows of U move out, and Y gets back the ones and zeros that U covered.
            for i in start..end {
                for j in i + 1..n {
                    spare.put(i - start, j, f.get(i, j));
                    f.put(i, j, N::zero());
                }
                f.put(i, i, N::one());
            }
            if S::LARGE {
                update(end - start, n, n - end, spare.from(0, end), f.from(end, 0), f.from(start, 0));
            }
            let d = Diagonal(diagonal.0.from(start, 0));
            backward_block(end - start, n, spare.from(0, start), d, f.from(start, 0));
            end = start;
        }
    }
}
