//! How well an answer satisfies its own equations.

use super::condition::{Norms, alternating};
use super::max_nan;
use super::pack::Pack;
use crate::lanes::{Lanes, Number, Part};
use crate::scalar::Real;

/// `max |b - Ax|_i / (|A||x| + |b|)_i` over all rows and right-hand sides (Oettli, Prager 1964), sizes by `abs1`, 0/0
/// counting as 0. NaN where the denominator overflows: then nothing is known.
///
/// # Safety
/// A is n x n, X and B are n x k.
#[inline(always)]
pub(super) unsafe fn componentwise<N: Number>(
    n: usize,
    k: usize,
    a: Pack<N>,
    x: Pack<N>,
    b: Pack<N>,
) -> N::Lanes {
    let zero = N::Lanes::splat(Part::<N>::ZERO);
    let nan = N::Lanes::splat(Part::<N>::NAN);
    let mut worst = zero;
    for c in 0..k {
        for i in 0..n {
            // SAFETY: i, j < n, c < k.
            unsafe {
                let mut residual = b.get(i, c);
                let mut scale = residual.abs1();
                for j in 0..n {
                    let (aij, xj) = (a.get(i, j), x.get(j, c));
                    residual = aij.neg_mul_add(xj, residual);
                    scale = aij.abs1().mul_add(xj.abs1(), scale);
                }
                let size = residual.abs1();
                let error = N::Lanes::select(size.eq(zero), zero, size.div(scale));
                worst = max_nan(worst, N::Lanes::select(scale.is_finite(), error, nan));
            }
        }
    }
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
/// A and F are n x n, `permuted` has n rows, `spare` n numbers apart from all these.
#[inline(always)]
pub(super) unsafe fn probe<N: Number>(
    n: usize,
    a: Pack<N>,
    f: Pack<N>,
    a_norms: Norms<N>,
    x_norms: Norms<N>,
    permuted: Pack<N>,
    spare: Pack<N>,
) -> N::Lanes {
    let mut worst = N::Lanes::splat(Part::<N>::ZERO);
    // SAFETY: i, j < n.
    unsafe {
        for i in 0..n {
            let mut sum = N::zero();
            for j in 0..n {
                sum = f.get(i, j).mul_add(permuted.get(j, 0), sum);
            }
            spare.put(0, i, sum);
        }
        for i in 0..n {
            let mut residual = alternating::<N>(n, i);
            for j in 0..n {
                residual = a.get(i, j).neg_mul_add(spare.get(0, j), residual);
            }
            worst = max_nan(worst, residual.abs());
        }
    }
    let w_norm = Part::<N>::from_f64(if n == 1 { 1.0 } else { 2.0 });
    // Each norm is its weighted value over its weight. What lies between is at most about 1.
    let error = worst.mul(a_norms.weight).div(a_norms.inf).mul(x_norms.weight).div(x_norms.inf);
    error.div(N::Lanes::splat(w_norm))
}
