//! Triangular solves, in blocks of [`ROWS`] rows.

use super::diagonal::Diagonal;
use super::pack::Pack;
use super::tile::update;
use crate::lanes::Lanes;
use crate::number::{Number, Re};

/// Rows of a block.
pub(super) const ROWS: usize = 4;

/// `B := L^-1 B`, L the unit lower triangle of the n x n pack `f`, B n x k.
///
/// # Safety
/// The packs hold those extents and do not overlap.
#[inline(always)]
pub(crate) unsafe fn forward<N: Number>(n: usize, k: usize, f: Pack<N>, b: Pack<N>) {
    let mut start = 0;
    // SAFETY: start < n, and a block of n - start rows or ROWS, whichever is less.
    unsafe {
        while start < n {
            let rows = ROWS.min(n - start);
            update(rows, k, start, f.from(start, 0), b, b.from(start, 0));
            forward_block(rows, k, f.from(start, start), b.from(start, 0));
            start += ROWS;
        }
    }
}

/// [`forward`] for at most [`ROWS`] rows.
///
/// # Safety
/// As [`forward`].
#[inline(always)]
pub(super) unsafe fn forward_block<N: Number>(n: usize, k: usize, f: Pack<N>, b: Pack<N>) {
    // SAFETY: n is R in every arm.
    unsafe {
        match n {
            4 => forward_rows::<N, 4>(k, f, b),
            3 => forward_rows::<N, 3>(k, f, b),
            2 => forward_rows::<N, 2>(k, f, b),
            _ => {}
        }
    }
}

/// [`forward`] for R rows, a column at a time in registers.
///
/// # Safety
/// As [`forward`], n = R.
#[inline(always)]
pub(super) unsafe fn forward_rows<N: Number, const R: usize>(k: usize, f: Pack<N>, b: Pack<N>) {
    // SAFETY: p < i < R, j < k.
    unsafe {
        let mut l = [[N::zero(); R]; R];
        each!(i < R, {
            each!(p < i, { l[i][p] = f.get(i, p) });
        });
        for j in 0..k {
            let mut x = [N::zero(); R];
            each!(i < R, { x[i] = b.get(i, j) });
            each!(i < R, {
                each!(p < i, { x[i] = l[i][p].neg_mul_add(x[p], x[i]) });
            });
            each!(i < R, { b.put(i, j, x[i]) });
        }
    }
}

/// `B := U^-1 B`, U the upper triangle of the n x n pack `f`, B n x k. EXACT: with correctly rounded quotients, as an
/// answer deserves; if not, by multiplication with the reciprocals.
///
/// # Safety
/// The packs hold those extents and do not overlap; `diagonal` is the one [`super::lu::factor`] made with `f`.
#[inline(always)]
pub(crate) unsafe fn backward<N: Number, const EXACT: bool>(
    n: usize,
    k: usize,
    f: Pack<N>,
    diagonal: Diagonal<N>,
    b: Pack<N>,
) {
    let mut end = n;
    // SAFETY: start < end <= n.
    unsafe {
        while end > 0 {
            let start = (end - 1) / ROWS * ROWS;
            update(end - start, k, n - end, f.from(start, end), b.from(end, 0), b.from(start, 0));
            let d = Diagonal(diagonal.0.from(start, 0));
            backward_block::<N, EXACT>(end - start, k, f.from(start, start), d, b.from(start, 0));
            end = start;
        }
    }
}

/// [`backward`] for at most [`ROWS`] rows.
///
/// # Safety
/// As [`backward`].
#[inline(always)]
pub(super) unsafe fn backward_block<N: Number, const EXACT: bool>(
    n: usize,
    k: usize,
    u: Pack<N>,
    diagonal: Diagonal<N>,
    b: Pack<N>,
) {
    // SAFETY: n is R in every arm.
    unsafe {
        match n {
            4 => backward_rows::<N, 4, EXACT>(k, u, diagonal, b),
            3 => backward_rows::<N, 3, EXACT>(k, u, diagonal, b),
            2 => backward_rows::<N, 2, EXACT>(k, u, diagonal, b),
            _ => backward_rows::<N, 1, EXACT>(k, u, diagonal, b),
        }
    }
}

/// [`backward`] for R rows, a column at a time in registers.
///
/// # Safety
/// As [`backward`], n = R.
#[inline(always)]
unsafe fn backward_rows<N: Number, const R: usize, const EXACT: bool>(
    k: usize,
    u: Pack<N>,
    diagonal: Diagonal<N>,
    b: Pack<N>,
) {
    // SAFETY: p < i < R, j < k.
    unsafe {
        for j in 0..k {
            let mut x = [N::zero(); R];
            each!(i < R, { x[i] = b.get(i, j) });
            let mut i = R;
            while i > 0 {
                i -= 1;
                let d = diagonal.get(i);
                x[i] = if EXACT { d.divide(x[i]) } else { x[i].mul(d.plain()) };
                each!(p < i, { x[p] = u.get(p, i).neg_mul_add(x[i], x[p]) });
            }
            each!(i < R, { b.put(i, j, x[i]) });
        }
    }
}

/// The matrix that [`transposed`] walks on.
pub(super) trait Entry<N: Number> {
    type Number: Number<Lanes = N::Lanes>;
    /// For an element off the diagonal.
    fn off(x: N) -> Self::Number;
    /// For the reciprocal of one on the diagonal.
    fn reciprocal(x: N) -> Self::Number;
}

/// The matrix itself.
pub(super) struct Itself;

impl<N: Number> Entry<N> for Itself {
    type Number = N;
    #[inline(always)]
    fn off(x: N) -> N {
        x
    }
    #[inline(always)]
    fn reciprocal(x: N) -> N {
        x
    }
}

/// Its comparison matrix: sizes on the diagonal, minus the sizes elsewhere.
pub(super) struct Compared;

impl<N: Number> Entry<N> for Compared {
    type Number = Re<N::Lanes>;
    #[inline(always)]
    fn off(x: N) -> Re<N::Lanes> {
        Re(x.abs1().neg())
    }
    #[inline(always)]
    fn reciprocal(x: N) -> Re<N::Lanes> {
        Re(x.abs1())
    }
}

/// `Z := L^-T U^-T Z` for W vectors (Z n x W): the solve with the transpose, but for the permutation. Quotients as in
/// [`backward`] that is not EXACT.
///
/// # Safety
/// As [`backward`].
#[inline(always)]
pub(super) unsafe fn transposed<N: Number, E: Entry<N>, const W: usize>(
    n: usize,
    f: Pack<N>,
    diagonal: Diagonal<N>,
    z: Pack<E::Number>,
) {
    // Both halves walk along the rows of f, where its elements follow each other, ROWS rows at a time.
    let whole = n / ROWS * ROWS;
    // SAFETY: i, j < n.
    unsafe {
        let mut i = 0;
        while i < n {
            if i < whole {
                transposed_upper::<N, E, ROWS, W>(
                    n - i,
                    f.from(i, i),
                    Diagonal(diagonal.0.from(i, 0)),
                    z.from(i, 0),
                );
                i += ROWS;
            } else {
                transposed_upper::<N, E, 1, W>(
                    n - i,
                    f.from(i, i),
                    Diagonal(diagonal.0.from(i, 0)),
                    z.from(i, 0),
                );
                i += 1;
            }
        }
        while i > 0 {
            if i > whole {
                i -= 1;
                transposed_lower::<N, E, 1, W>(i, f.from(i, 0), z);
            } else {
                i -= ROWS;
                transposed_lower::<N, E, ROWS, W>(i, f.from(i, 0), z);
            }
        }
    }
}

/// The first R rows of U take their share of `U^-T Z`: R rows of Z are solved for, the n - R behind them updated.
///
/// # Safety
/// `u` is R x n, Z n x W, R divisors.
#[inline(always)]
unsafe fn transposed_upper<N: Number, E: Entry<N>, const R: usize, const W: usize>(
    n: usize,
    u: Pack<N>,
    diagonal: Diagonal<N>,
    z: Pack<E::Number>,
) {
    // SAFETY: i < R <= j < n, c < W.
    unsafe {
        let mut x = [[E::Number::zero(); W]; R];
        each!(i < R, {
            each!(c < W, { x[i][c] = z.get(i, c) });
        });
        each!(i < R, {
            each!(p < i, {
                let u = E::off(u.get(p, i));
                each!(c < W, { x[i][c] = u.neg_mul_add(x[p][c], x[i][c]) });
            });
            let reciprocal = E::reciprocal(diagonal.get(i).plain());
            each!(c < W, { x[i][c] = x[i][c].mul(reciprocal) });
        });
        each!(i < R, {
            each!(c < W, { z.put(i, c, x[i][c]) });
        });
        for j in R..n {
            let mut sums = [E::Number::zero(); W];
            each!(c < W, { sums[c] = z.get(j, c) });
            each!(i < R, {
                let u = E::off(u.get(i, j));
                each!(c < W, { sums[c] = u.neg_mul_add(x[i][c], sums[c]) });
            });
            each!(c < W, { z.put(j, c, sums[c]) });
        }
    }
}

/// Rows n..n+R of L take their share of `L^-T Z`: rows n..n+R of Z are solved for, the n before them updated.
///
/// # Safety
/// `l` is R x (n + R), Z (n + R) x W.
#[inline(always)]
unsafe fn transposed_lower<N: Number, E: Entry<N>, const R: usize, const W: usize>(
    n: usize,
    l: Pack<N>,
    z: Pack<E::Number>,
) {
    // SAFETY: i < R, j < n, c < W.
    unsafe {
        let mut x = [[E::Number::zero(); W]; R];
        each!(i < R, {
            each!(c < W, { x[i][c] = z.get(n + i, c) });
        });
        let mut i = R;
        while i > 1 {
            i -= 1;
            each!(p < i, {
                let l = E::off(l.get(i, n + p));
                each!(c < W, { x[p][c] = l.neg_mul_add(x[i][c], x[p][c]) });
            });
        }
        each!(i < R, {
            each!(c < W, { z.put(n + i, c, x[i][c]) });
        });
        for j in 0..n {
            let mut sums = [E::Number::zero(); W];
            each!(c < W, { sums[c] = z.get(j, c) });
            let mut i = R;
            while i > 0 {
                i -= 1;
                let l = E::off(l.get(i, j));
                each!(c < W, { sums[c] = l.neg_mul_add(x[i][c], sums[c]) });
            }
            each!(c < W, { z.put(j, c, sums[c]) });
        }
    }
}
