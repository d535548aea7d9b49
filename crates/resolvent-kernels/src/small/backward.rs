//! How well an answer satisfies its own equations.

use super::condition::{Norms, alternating};
use super::max_nan;
use super::pack::Pack;
use super::tile::update_vector;
use crate::lanes::Lanes;
use crate::number::{Number, Part};
use crate::scalar::Real;

/// `max |b - Ax|_i / (|A||x| + |b|)_i` over all rows and right-hand sides (Oettli, Prager 1964), sizes by `abs1`, 0/0
/// counting as 0. NaN where the denominator overflows: then nothing is known.
///
/// # Safety
/// A is n x n, X and B are n x k.
#[inline(always)]
pub(crate) unsafe fn componentwise<N: Number>(
    n: usize,
    k: usize,
    a: Pack<N>,
    x: Pack<N>,
    b: Pack<N>,
) -> N::Lanes {
    let mut worst = N::Lanes::splat(Part::<N>::ZERO);
    // SAFETY: R rows from i < n on, c < k.
    unsafe {
        for c in 0..k {
            let x = x.from(0, c);
            let mut i = 0;
            while i < n {
                if i + 4 <= n {
                    worst = rows::<N, 4>(n, a.from(i, 0), x, b.from(i, c), worst);
                    i += 4;
                } else {
                    worst = rows::<N, 1>(n, a.from(i, 0), x, b.from(i, c), worst);
                    i += 1;
                }
            }
        }
    }
    worst
}

/// The larger of `worst` and [`componentwise`] in R rows and one right-hand side; rows side by side, so that their sums
/// do not wait for each other.
///
/// # Safety
/// A is R x n, x has n rows, b has R.
#[inline(always)]
unsafe fn rows<N: Number, const R: usize>(
    n: usize,
    a: Pack<N>,
    x: Pack<N>,
    b: Pack<N>,
    mut worst: N::Lanes,
) -> N::Lanes {
    let zero = N::Lanes::splat(Part::<N>::ZERO);
    let nan = N::Lanes::splat(Part::<N>::NAN);
    let mut residual = [N::zero(); R];
    let mut scale = [zero; R];
    // SAFETY: i < R, j < n.
    unsafe {
        each!(i < R, {
            residual[i] = b.get(i, 0);
            scale[i] = residual[i].abs1();
        });
        for j in 0..n {
            let xj = x.get(j, 0);
            let size = xj.abs1();
            each!(i < R, {
                let aij = a.get(i, j);
                residual[i] = aij.neg_mul_add(xj, residual[i]);
                scale[i] = aij.abs1().mul_add(size, scale[i]);
            });
        }
    }
    each!(i < R, {
        let size = residual[i].abs1();
        let error = N::Lanes::select(size.eq(zero), zero, size.div(scale[i]));
        worst = max_nan(worst, N::Lanes::select(scale[i].is_finite(), error, nan));
    });
    worst
}

/// Writes Higham's alternating vector into the first column.
///
/// # Safety
/// `w` has n rows.
#[inline(always)]
pub(super) unsafe fn probe_vector<N: Number>(n: usize, w: Pack<N>) {
    for i in 0..n {
        // SAFETY: i < n.
        unsafe { w.put(i, 0, alternating(n, i)) };
    }
}

/// `|A (X w) - w|_inf / (|A|_inf |X|_inf |w|_inf)`, w the alternating vector, X = F P, where `permuted` is P w.
///
/// # Safety
/// A and F are n x n, `permuted` has n rows, `spare` two rows of n numbers apart from all these.
#[inline(always)]
pub(crate) unsafe fn probe<N: Number>(
    n: usize,
    a: Pack<N>,
    f: Pack<N>,
    [a_norms, x_norms]: [Norms<N>; 2],
    permuted: Pack<N>,
    spare: Pack<N>,
) -> N::Lanes {
    let mut worst = N::Lanes::splat(Part::<N>::ZERO);
    // SAFETY: i < n; two vectors of n numbers fit in `spare`.
    unsafe {
        let (y, residual) = (Pack::new(spare.at(0, 0), 1), Pack::new(spare.at(1, 0), 1));
        for i in 0..n {
            y.put(i, 0, N::zero());
            residual.put(i, 0, alternating(n, i));
        }
        update_vector(n, n, f, permuted, y);
        for i in 0..n {
            y.put(i, 0, y.get(i, 0).neg());
        }
        update_vector(n, n, a, y, residual);
        for i in 0..n {
            worst = max_nan(worst, residual.get(i, 0).abs());
        }
    }
    let w_norm = Part::<N>::from_f64(if n == 1 { 1.0 } else { 2.0 });
    // Each norm is its weighted value over its weight. What lies between is at most about 1.
    let error = worst.mul(a_norms.weight).div(a_norms.inf).mul(x_norms.weight).div(x_norms.inf);
    error.div(N::Lanes::splat(w_norm))
}
