//! How well an answer satisfies its own equations, and what that says of its distance from the true one.

use super::condition::{Norms, alternating};
use super::diagonal::Diagonal;
use super::pack::Pack;
use super::tile::update_vector;
use super::{max_nan, whole};
use crate::divisor::Divisor;
use crate::lanes::{Lanes, Mask};
use crate::number::{Number, Part, Re};
use crate::scalar::{Real, Scalar};

/// One size for each equation.
pub(crate) type Weights<N> = Pack<Re<<N as Number>::Lanes>>;

/// `max |b - Ax|_i / (|A||x| + |b|)_i` over all rows and right-hand sides (Oettli, Prager 1964), sizes by `abs1`, 0/0
/// counting as 0. NaN where the denominator overflows: then nothing is known.
///
/// The weights become `g_i = max_j r_ij / |x_j|_inf`, r_ij the [`residual_bound`] of row i for right-hand side j: as
/// `|x_j - A^-1 b_j| <= |A^-1| r_j`, no relative error is larger than `| |A^-1| g |_inf`. Infinite where x_j is 0, but r_j
/// is not. The larger part stands for moduli of x, no more than they.
///
/// # Safety
/// A is n x n, X and B are n x k, there are n weights.
#[inline(always)]
pub(crate) unsafe fn componentwise<N: Number>(
    n: usize,
    k: usize,
    a: Pack<N>,
    x: Pack<N>,
    b: Pack<N>,
    weights: Weights<N>,
) -> N::Lanes {
    let mut worst = N::Lanes::splat(Part::<N>::ZERO);
    // SAFETY: R rows from i < n on, c < k.
    unsafe {
        for i in 0..n {
            weights.put(i, 0, Re::zero());
        }
        for c in 0..k {
            let x = x.from(0, c);
            let mut norm = N::Lanes::splat(Part::<N>::ZERO);
            for i in 0..n {
                norm = norm.max(x.get(i, 0).abs_max());
            }
            let norm = (norm, Divisor::new(Re(norm)));
            let mut i = 0;
            while i < n {
                let (a, b, weights) = (a.from(i, 0), b.from(i, c), weights.from(i, 0));
                if i + 4 <= n {
                    worst = rows::<N, 4>(n, a, x, b, norm, weights, worst);
                    i += 4;
                } else {
                    worst = rows::<N, 1>(n, a, x, b, norm, weights, worst);
                    i += 1;
                }
            }
        }
    }
    worst
}

/// A bound of the true `|b - Ax|_i`, given the computed one and `(|A||x| + |b|)_i`: n + 1 roundings, twice as many in parts of
/// complex numbers, of half an eps each, and absolute ones below the normal numbers.
#[inline(always)]
pub(super) fn residual_bound<N: Number>(n: usize, residual: N::Lanes, scale: N::Lanes) -> N::Lanes {
    let zero = N::Lanes::splat(Part::<N>::ZERO);
    let roundings = ((n + 1) * N::Scalar::PARTS) as f64;
    let unit = Part::<N>::from_f64(0.5 * roundings * Part::<N>::EPSILON.to_f64());
    let normal = scale.max(N::Lanes::splat(Part::<N>::MIN_POSITIVE));
    N::Lanes::splat(unit).mul_add(N::Lanes::select(scale.eq(zero), zero, normal), residual)
}

/// `n (e + eps) / rcond`, e being what [`probe`] found: `|X - A^-1| <= |A^-1| |I - AX|`, and n because the probe sees sums
/// in which errors may cancel.
#[inline(always)]
pub(super) fn forward_error_of_inverse<N: Number>(n: usize, error: N::Lanes, rcond: N::Lanes) -> N::Lanes {
    let doubt = error.add(N::Lanes::splat(Part::<N>::EPSILON));
    doubt.mul(N::Lanes::splat(Part::<N>::from_f64(n as f64))).div(rcond)
}

/// The larger of `worst` and [`componentwise`] in R rows and one right-hand side, and their weights; rows side by side, so
/// that their sums do not wait for each other.
///
/// # Safety
/// A is R x n, x has n rows, b and the weights have R.
#[inline(always)]
unsafe fn rows<N: Number, const R: usize>(
    n: usize,
    a: Pack<N>,
    x: Pack<N>,
    b: Pack<N>,
    (norm, divisor): (N::Lanes, Divisor<Re<N::Lanes>>),
    weights: Weights<N>,
    mut worst: N::Lanes,
) -> N::Lanes {
    let zero = N::Lanes::splat(Part::<N>::ZERO);
    let nan = N::Lanes::splat(Part::<N>::NAN);
    let infinity = N::Lanes::splat(Part::<N>::INFINITY);
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
        let bound = residual_bound::<N>(n, size, scale[i]);
        let lost = norm.eq(zero).and(bound.gt(zero));
        let weight = N::Lanes::select(lost, infinity, divisor.multiply(Re(bound)).0);
        // SAFETY: i < R.
        unsafe { weights.put(i, 0, Re(weight.max(weights.get(i, 0).0))) };
    });
    worst
}

/// `| |A^-1| g |_inf`, sizes by `abs1`, given the inverse but for the order of its columns, which is that of the weights.
///
/// # Safety
/// `f` is n x n, there are n weights.
#[inline(always)]
pub(super) unsafe fn weighted_norm<N: Number>(n: usize, f: Pack<N>, weights: Weights<N>) -> N::Lanes {
    let zero = N::Lanes::splat(Part::<N>::ZERO);
    let mut most = zero;
    for i in 0..n {
        let mut sum = zero;
        for j in 0..n {
            // SAFETY: i, j < n.
            sum = unsafe { f.get(i, j).abs1().mul_add(weights.get(j, 0).0, sum) };
        }
        most = max_nan(most, sum);
    }
    most
}

/// `g := P g`: the exchanges of the elimination.
///
/// # Safety
/// `diagonal` is what [`super::lu::factor`] made of n rows, there are n weights.
#[inline(always)]
pub(super) unsafe fn exchange<N: Number>(n: usize, diagonal: Diagonal<N>, weights: Weights<N>) {
    // SAFETY: the row of every pivot is a whole number from k up to n - 1.
    unsafe {
        for k in 0..n {
            let row = diagonal.row(k);
            if N::LANES == 1 {
                weights.at(k, 0).swap(weights.at(diagonal.row_number(k), 0));
                continue;
            }
            let old = weights.get(k, 0).0;
            let mut top = old;
            for i in k + 1..n {
                let (here, g) = (row.eq(whole(i)), weights.get(i, 0).0);
                top = N::Lanes::select(here, g, top);
                weights.put(i, 0, Re(N::Lanes::select(here, old, g)));
            }
            weights.put(k, 0, Re(top));
        }
    }
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
