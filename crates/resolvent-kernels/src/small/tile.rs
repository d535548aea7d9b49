//! `C := C - A B` on packs, in register tiles: where the flops are.

use super::pack::Pack;
use crate::lanes::Number;
use crate::scalar::Scalar;

/// `C := C - A B`, C m x n, A m x k, B k x n. Each element is one chain `c - a b - a b ...` in ascending order of the
/// inner index, whatever the tile it falls in.
///
/// # Safety
/// The packs hold those extents, and C overlaps neither A nor B.
#[inline(always)]
pub(super) unsafe fn update<N: Number>(m: usize, n: usize, k: usize, a: Pack<N>, b: Pack<N>, c: Pack<N>) {
    if k == 0 {
        return;
    }
    // Machines with registers of 64 bytes have 32 of them, others 16: half of them hold C.
    let rows = if size_of::<N::Lanes>() == 64 { 4 } else { 2 } / N::Scalar::PARTS;
    // SAFETY: the same promise.
    unsafe {
        match rows {
            4 => sweep::<N, 4>(m, n, k, a, b, c),
            2 => sweep::<N, 2>(m, n, k, a, b, c),
            _ => sweep::<N, 1>(m, n, k, a, b, c),
        }
    }
}

/// [`update`] in tiles of R x 4.
///
/// # Safety
/// As [`update`].
#[inline(always)]
unsafe fn sweep<N: Number, const R: usize>(m: usize, n: usize, k: usize, a: Pack<N>, b: Pack<N>, c: Pack<N>) {
    let mut i = 0;
    // SAFETY: every tile lies inside the extents of the caller.
    unsafe {
        while i + R <= m {
            strip::<N, R>(n, k, a.from(i, 0), b, c.from(i, 0));
            i += R;
        }
        while R > 1 && i < m {
            strip::<N, 1>(n, k, a.from(i, 0), b, c.from(i, 0));
            i += 1;
        }
    }
}

/// R rows of [`update`].
///
/// # Safety
/// As [`update`], m = R.
#[inline(always)]
unsafe fn strip<N: Number, const R: usize>(n: usize, k: usize, a: Pack<N>, b: Pack<N>, c: Pack<N>) {
    let mut j = 0;
    // SAFETY: every tile lies inside the extents of the caller.
    unsafe {
        while j + 4 <= n {
            tile::<N, R, 4>(k, a, b.from(0, j), c.from(0, j));
            j += 4;
        }
        while j < n {
            tile::<N, R, 1>(k, a, b.from(0, j), c.from(0, j));
            j += 1;
        }
    }
}

/// One tile of R x W.
///
/// # Safety
/// As [`update`], m = R, n = W.
#[inline(always)]
unsafe fn tile<N: Number, const R: usize, const W: usize>(k: usize, a: Pack<N>, b: Pack<N>, c: Pack<N>) {
    // SAFETY: i < R, j < W, p < k: inside the extents of the caller.
    unsafe {
        let mut sums = [[N::zero(); W]; R];
        for (i, row) in sums.iter_mut().enumerate() {
            for (j, sum) in row.iter_mut().enumerate() {
                *sum = c.get(i, j);
            }
        }
        for p in 0..k {
            let mut right = [N::zero(); W];
            for (j, x) in right.iter_mut().enumerate() {
                *x = b.get(p, j);
            }
            for (i, row) in sums.iter_mut().enumerate() {
                let left = a.get(i, p);
                for (sum, x) in row.iter_mut().zip(right) {
                    *sum = left.neg_mul_add(x, *sum);
                }
            }
        }
        for (i, row) in sums.iter().enumerate() {
            for (j, sum) in row.iter().enumerate() {
                c.put(i, j, *sum);
            }
        }
    }
}
