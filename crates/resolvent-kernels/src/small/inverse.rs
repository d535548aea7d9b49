//! `U^-1 L^-1` over the factors, in blocks of [`ROWS`] rows.

use super::divisor::{Diagonal, Divisor};
use super::pack::Pack;
use super::tile::update;
use super::triangular::{ROWS, forward_block};
use crate::number::Number;

/// `F := U^-1 L^-1` from the factors over each other in `f`, in place.
///
/// # Safety
/// `f` is n x n, `diagonal` the one that was made with it, `spare` has [`ROWS`] x n numbers, n to a row, apart from f.
#[inline(always)]
pub(crate) unsafe fn invert<N: Number>(n: usize, f: Pack<N>, diagonal: Diagonal<N>, spare: Pack<N>) {
    // SAFETY: the same promise.
    unsafe {
        invert_lower(n, f, spare);
        solve_upper(n, f, diagonal, spare);
    }
}

/// `Y := L^-1` over L, from the top: `Y_b = -L_bb^-1 L_b Y_above` for each block of rows.
///
/// # Safety
/// As [`invert`].
#[inline(always)]
unsafe fn invert_lower<N: Number>(n: usize, f: Pack<N>, spare: Pack<N>) {
    let mut start = 0;
    // SAFETY: all rows and columns stay below n, rows of `spare` below ROWS. What is read of Y lies strictly below
    // its diagonal.
    unsafe {
        while start < n {
            let rows = ROWS.min(n - start);
            // The rows of L left of the diagonal block move out: C := -L_b Y_above.
            for i in 0..rows {
                for j in 0..start {
                    spare.put(i, j, f.get(start + i, j));
                }
            }
            let mut column = 0;
            while column < start {
                let next = column + ROWS;
                let target = f.from(start, column);
                for i in 0..rows {
                    times_unit_lower(spare.from(i, column), f.from(column, column), target.from(i, 0));
                }
                update(rows, ROWS, start - next, spare.from(0, next), f.from(next, column), target);
                column = next;
            }
            forward_block(rows, start, f.from(start, start), f.from(start, 0));
            invert_lower_block(rows, f.from(start, start));
            start += ROWS;
        }
    }
}

/// `c := -a Y` for rows a, c of [`ROWS`] numbers, Y unit lower triangular.
///
/// # Safety
/// The packs hold those extents, and c does not overlap the others.
#[inline(always)]
unsafe fn times_unit_lower<N: Number>(a: Pack<N>, y: Pack<N>, c: Pack<N>) {
    // SAFETY: j < p < ROWS.
    unsafe {
        let mut row = [N::zero(); ROWS];
        each!(j < ROWS, { row[j] = a.get(0, j) });
        each!(j < ROWS, {
            let mut x = row[j].neg();
            let mut p = j + 1;
            while p < ROWS {
                x = row[p].neg_mul_add(y.get(p, j), x);
                p += 1;
            }
            c.put(0, j, x);
        });
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
unsafe fn solve_upper<N: Number>(n: usize, f: Pack<N>, diagonal: Diagonal<N>, spare: Pack<N>) {
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
            update(end - start, n, n - end, spare.from(0, end), f.from(end, 0), f.from(start, 0));
            let d = Diagonal(diagonal.0.from(start, 0));
            divide_block(end - start, n, spare.from(0, start), d, f.from(start, 0));
            end = start;
        }
    }
}

/// `B := U^-1 B` for at most [`ROWS`] rows of U and k columns of B, row by row: one divisor at a time stays in
/// registers, and with many columns no quotient waits for another.
///
/// # Safety
/// `u` and `diagonal` have n rows, n <= [`ROWS`]; B is n x k.
#[inline(always)]
unsafe fn divide_block<N: Number>(n: usize, k: usize, u: Pack<N>, diagonal: Diagonal<N>, b: Pack<N>) {
    let mut i = n;
    // SAFETY: i + BELOW < n.
    unsafe {
        while i > 0 {
            i -= 1;
            let (d, u, b) = (diagonal.get(i), u.from(i, i), b.from(i, 0));
            match n - 1 - i {
                0 => divide_row::<N, 0>(k, u, d, b),
                1 => divide_row::<N, 1>(k, u, d, b),
                2 => divide_row::<N, 2>(k, u, d, b),
                _ => divide_row::<N, 3>(k, u, d, b),
            }
        }
    }
}

/// `b := (b - u B) / d`, b and u without its first element being rows, B the BELOW rows below b.
///
/// # Safety
/// `u` has BELOW + 1 numbers, `b` BELOW + 1 rows of k.
#[inline(always)]
unsafe fn divide_row<N: Number, const BELOW: usize>(k: usize, u: Pack<N>, d: Divisor<N>, b: Pack<N>) {
    let mut left = [N::zero(); BELOW];
    // SAFETY: p < BELOW, j < k.
    unsafe {
        each!(p < BELOW, { left[p] = u.get(0, p + 1) });
        for j in 0..k {
            let mut x = b.get(0, j);
            let mut p = BELOW;
            while p > 0 {
                p -= 1;
                x = left[p].neg_mul_add(b.get(p + 1, j), x);
            }
            b.put(0, j, d.multiply(x));
        }
    }
}
