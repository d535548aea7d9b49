//! `C := C - A B` on packs, in register tiles: where the flops are.

use super::block::Block;
use super::pack::Pack;
use crate::number::Number;
use crate::scalar::Scalar;

/// Steps of the inner index that are taken before the next tile: as many rows of B of 64 numbers stay in L1.
const DEPTH: usize = 16;

/// Numbers of C that a tile holds: half the registers, 32 of them on machines with registers of 64 bytes, 16 elsewhere.
#[inline(always)]
const fn sums<N: Number>() -> usize {
    if size_of::<N::Lanes>() == 64 { 16 / N::Scalar::PARTS } else { 8 / N::Scalar::PARTS }
}

/// `C := C - A B`, C m x n registers, A m x k, B k x n. Each element is one chain `c - a b - a b ...` in ascending order of the
/// inner index, whatever the tile it falls in.
///
/// # Safety
/// The packs hold those extents, and C overlaps neither A nor B.
#[inline(always)]
pub(crate) unsafe fn update<N: Number, B: Block<N>>(m: usize, n: usize, k: usize, a: B, b: B, c: B) {
    let mut p = 0;
    // SAFETY: the same promise.
    unsafe {
        while p < k {
            let depth = DEPTH.min(k - p);
            let (a, b) = (a.from(0, p), b.from(p, 0));
            match sums::<N>() {
                16 => sweep::<N, B, 4, 8, 16>(m, n, depth, a, b, c),
                8 => sweep::<N, B, 2, 4, 8>(m, n, depth, a, b, c),
                _ => sweep::<N, B, 1, 2, 4>(m, n, depth, a, b, c),
            }
            p += depth;
        }
    }
}

/// [`update`] for one column.
///
/// # Safety
/// As [`update`], n = 1.
#[inline(always)]
pub(super) unsafe fn update_vector<N: Number>(m: usize, k: usize, a: Pack<N>, b: Pack<N>, c: Pack<N>) {
    // SAFETY: the same promise.
    unsafe {
        match sums::<N>() {
            16 => strip::<N, Pack<N>, 16, 1>(m, k, a, b, c),
            8 => strip::<N, Pack<N>, 8, 1>(m, k, a, b, c),
            _ => strip::<N, Pack<N>, 4, 1>(m, k, a, b, c),
        }
    }
}

/// [`update`] in tiles of R4 x 4, R2 x 2 and R1 x 1 or, at the lower edge, 1 x 4, 2 x 2, 1 x 1.
///
/// # Safety
/// As [`update`].
#[inline(always)]
unsafe fn sweep<N: Number, B: Block<N>, const R4: usize, const R2: usize, const R1: usize>(
    m: usize,
    n: usize,
    k: usize,
    a: B,
    b: B,
    c: B,
) {
    let mut j = 0;
    // SAFETY: every tile lies inside the extents of the caller.
    unsafe {
        while j + 4 <= n {
            strip::<N, B, R4, 4>(m, k, a, b.right(j), c.right(j));
            j += 4;
        }
        if j + 2 <= n {
            strip::<N, B, R2, 2>(m, k, a, b.right(j), c.right(j));
            j += 2;
        }
        if j < n {
            strip::<N, B, R1, 1>(m, k, a, b.right(j), c.right(j));
        }
    }
}

/// W columns of [`update`].
///
/// # Safety
/// As [`update`], n = W.
#[inline(always)]
unsafe fn strip<N: Number, B: Block<N>, const R: usize, const W: usize>(
    m: usize,
    k: usize,
    a: B,
    b: B,
    c: B,
) {
    let mut i = 0;
    // SAFETY: every tile lies inside the extents of the caller.
    unsafe {
        while i + R <= m {
            tile::<N, B, R, W>(k, a.from(i, 0), b, c.from(i, 0));
            i += R;
        }
        while R > 4 && i + 4 <= m {
            tile::<N, B, 4, W>(k, a.from(i, 0), b, c.from(i, 0));
            i += 4;
        }
        while R > 1 && i < m {
            tile::<N, B, 1, W>(k, a.from(i, 0), b, c.from(i, 0));
            i += 1;
        }
    }
}

/// One tile of R x W.
///
/// # Safety
/// As [`update`], m = R, n = W.
#[inline(always)]
unsafe fn tile<N: Number, B: Block<N>, const R: usize, const W: usize>(k: usize, a: B, b: B, c: B) {
    // SAFETY: i < R, j < W, p < k: inside the extents of the caller.
    unsafe {
        let mut sums = [[N::zero(); W]; R];
        each!(i < R, {
            each!(j < W, { sums[i][j] = c.row(i, j) });
        });
        for p in 0..k {
            let mut right = [N::zero(); W];
            each!(j < W, { right[j] = b.row(p, j) });
            each!(i < R, {
                let left = a.coefficient(i, p);
                each!(j < W, { sums[i][j] = left.neg_mul_add(right[j], sums[i][j]) });
            });
        }
        each!(i < R, {
            each!(j < W, { c.put_row(i, j, sums[i][j]) });
        });
    }
}
