//! `U^-1 L^-1` over U and -L^-1, in blocks of [`ROWS`] rows.

use super::block::Block;
use super::diagonal::Diagonal;
use super::pack::Pack;
use super::tile::update;
use super::triangular::ROWS;
use crate::divisor::Divisor;
use crate::number::Number;

/// `-L^-1` over L, as [`super::lu::factor`] leaves it if asked: for small n.
///
/// # Safety
/// `f` is n x n.
#[inline(always)]
pub(crate) unsafe fn invert_lower<N: Number>(n: usize, f: Pack<N>) {
    for i in 1..n {
        for j in 0..i {
            // SAFETY: j < p < i < n. Row i still has its elements of L right of column j.
            unsafe {
                let mut x = f.get(i, j);
                for p in j + 1..i {
                    x = f.get(i, p).neg_mul_add(f.get(p, j), x);
                }
                f.put(i, j, x);
            }
        }
    }
}

/// `X := U^-1 Y` over U and -Y, Y unit lower triangular, from the bottom: `X_b = U_bb^-1 (Y_b - U_b X_below)` for each
/// block of [`ROWS`] rows.
///
/// # Safety
/// `f` is n x n, each row so many registers, `diagonal` the one that was made with it, `spare` has [`ROWS`] such rows,
/// apart from f.
#[inline(always)]
pub(crate) unsafe fn divide<N: Number, B: Block<N>>(
    n: usize,
    vectors: usize,
    f: B,
    diagonal: Diagonal<B::Single>,
    spare: B,
) {
    let mut end = n;
    // SAFETY: all rows and columns stay below n, rows of `spare` below ROWS.
    unsafe {
        while end > 0 {
            let start = (end - 1) / ROWS * ROWS;
            for i in start..end {
                f.open(vectors, i, spare.from(i - start, 0));
            }
            update(end - start, vectors, n - end, spare.from(0, end), f.from(end, 0), f.from(start, 0));
            let d = Diagonal(diagonal.0.from(start, 0));
            divide_block(end - start, vectors, spare.from(0, start), d, f.from(start, 0));
            end = start;
        }
    }
}

/// `B := -U^-1 B` for at most [`ROWS`] rows of U and k registers in each row of B, row by row: one divisor at a time
/// stays in registers, and with many columns no quotient waits for another.
///
/// # Safety
/// `u`, of which the opposite is given, and `diagonal` have n rows, n <= [`ROWS`]; B has n.
#[inline(always)]
unsafe fn divide_block<N: Number, B: Block<N>>(
    n: usize,
    k: usize,
    u: B,
    diagonal: Diagonal<B::Single>,
    b: B,
) {
    let mut i = n;
    // SAFETY: i + BELOW < n.
    unsafe {
        while i > 0 {
            i -= 1;
            let (d, u, b) = (B::divisor(diagonal, i), u.from(i, i), b.from(i, 0));
            match n - 1 - i {
                0 => divide_row::<N, B, 0>(k, u, d, b),
                1 => divide_row::<N, B, 1>(k, u, d, b),
                2 => divide_row::<N, B, 2>(k, u, d, b),
                _ => divide_row::<N, B, 3>(k, u, d, b),
            }
        }
    }
}

/// `b := -(b + u B) / d`, b and u without its first element being rows, B the BELOW rows below b, `-u` given.
///
/// # Safety
/// `u` has BELOW + 1 numbers, `b` BELOW + 1 rows of k registers.
#[inline(always)]
unsafe fn divide_row<N: Number, B: Block<N>, const BELOW: usize>(k: usize, u: B, d: Divisor<N>, b: B) {
    let mut left = [N::zero(); BELOW];
    let d = d.neg();
    // SAFETY: p < BELOW, j < k.
    unsafe {
        each!(p < BELOW, { left[p] = u.coefficient(0, p + 1) });
        for j in 0..k {
            let mut x = b.row(0, j);
            let mut p = BELOW;
            while p > 0 {
                p -= 1;
                x = left[p].neg_mul_add(b.row(p + 1, j), x);
            }
            b.put_row(0, j, d.multiply(x));
        }
    }
}
