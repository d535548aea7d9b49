//! Norms, and `1 / (|A|_1 |A^-1|_1)`.

use super::divisor::Diagonal;
use super::pack::{self, Pack};
use super::{Order, max_nan, triangular, whole};
use crate::lanes::{Lanes, Mask, Number, Part};
use crate::scalar::{Real, Scalar};
use crate::table::ESTIMATE_ROUNDS;

/// Up to this order the inverse is computed, not estimated.
pub(super) const EXACT_MAX: usize = 6;

/// Norms of a pack, which are finite unless there is an infinite element: each is to be divided by `weight`, a power of
/// two that is 1 unless a sum would overflow.
#[derive(Clone, Copy)]
pub(super) struct Norms<N: Number> {
    /// `|A|_1`.
    pub(super) one: N::Lanes,
    /// `|A|_inf`.
    pub(super) inf: N::Lanes,
    /// What both were multiplied by.
    pub(super) weight: N::Lanes,
}

impl<N: Number> Norms<N> {
    /// `|A|_1`, infinite if it must be.
    #[inline(always)]
    pub(super) fn unweighted_one(self) -> N::Lanes {
        self.one.div(self.weight)
    }
}

/// `|A|_1` and `|A|_inf` of an n x n pack. NaN if there is one.
///
/// # Safety
/// `a` is n x n; `spare` has a row of n numbers apart from it.
#[inline(always)]
pub(super) unsafe fn norms<N: Number>(n: usize, a: Pack<N>, spare: Pack<N>) -> Norms<N> {
    let one = N::Lanes::splat(Part::<N>::ONE);
    // SAFETY: the same promise.
    unsafe {
        let first = weighted_norms(n, a, one, spare);
        let sure = first.one.is_finite().and(first.inf.is_finite());
        if sure.not().none() {
            return first;
        }
        // 64 elements of modulus up to sqrt(2) times the largest real: 1/128 of their sum is finite.
        let weight = N::Lanes::select(sure, one, N::Lanes::splat(Part::<N>::from_f64(1.0 / 128.0)));
        weighted_norms(n, a, weight, spare)
    }
}

/// [`norms`] at a given weight.
///
/// # Safety
/// As [`norms`].
#[inline(always)]
unsafe fn weighted_norms<N: Number>(n: usize, a: Pack<N>, weight: N::Lanes, spare: Pack<N>) -> Norms<N> {
    let zero = N::Lanes::splat(Part::<N>::ZERO);
    let mut norms = Norms { one: zero, inf: zero, weight };
    // SAFETY: i, j < n; a number has room for its lanes.
    unsafe {
        for i in 0..n {
            let mut row = zero;
            for j in 0..n {
                let size = a.get(i, j).scale(weight).abs();
                row = row.add(size);
                let sum = if i == 0 { size } else { N::Lanes::load(spare.at(0, j)).add(size) };
                if i + 1 == n {
                    norms.one = max_nan(norms.one, sum);
                } else {
                    sum.store(spare.at(0, j));
                }
            }
            norms.inf = max_nan(norms.inf, row);
        }
    }
    norms
}

/// `1 / (|A|_1 |B|_1)` in an order that keeps clear of overflow, B's norm given at weight 1.
#[inline(always)]
pub(super) fn quotient<N: Number>(a: Norms<N>, b: N::Lanes) -> N::Lanes {
    a.weight.div(a.one).div(b)
}

/// The reciprocal condition number, from the norms of A and the factors of A.
///
/// # Safety
/// `f` and `diagonal` are what [`super::lu::factor`] made; `spare` has [`super::SPARE`] rows of n numbers.
#[inline(always)]
pub(super) unsafe fn reciprocal<N: Number, S: Order>(
    order: S,
    a_norms: Norms<N>,
    f: Pack<N>,
    diagonal: Diagonal<N>,
    spare: Pack<N>,
) -> N::Lanes {
    let n = order.get();
    // SAFETY: the same promise; n x n numbers fit behind the ROWS rows that `invert` uses, for n <= TINY.
    unsafe {
        let inverse_norm = if S::LARGE {
            inverse_norm(n, f, diagonal, Pack::new(spare.at(0, 0), 1))
        } else {
            let inverse = spare.from(triangular::ROWS, 0);
            pack::copy(n * n, f, inverse);
            triangular::invert(order, inverse, diagonal, spare);
            norms(n, inverse, spare).unweighted_one()
        };
        quotient(a_norms, inverse_norm)
    }
}

/// `|A^-1|_1` up to order [`EXACT_MAX`], one column at a time; above, a lower bound, nearly always within a factor of
/// three: Hager 1984, Higham 1988 (LAPACK's lacn2) with a fixed number of rounds. The permutation is left out: it
/// reorders the columns of the inverse, not their sums.
///
/// # Safety
/// `f` and `diagonal` are what [`super::lu::factor`] made; `x` has n numbers, one to a row.
#[inline(always)]
unsafe fn inverse_norm<N: Number>(n: usize, f: Pack<N>, diagonal: Diagonal<N>, x: Pack<N>) -> N::Lanes {
    let exact = n <= EXACT_MAX;
    let solves = if exact { n } else { ESTIMATE_ROUNDS + 2 };
    let mut best = N::Lanes::splat(Part::<N>::ZERO);
    // SAFETY: i < n.
    unsafe {
        for s in 0..solves {
            let mut weight = 1.0;
            if exact {
                unit_vector(n, whole(s), x);
            } else if s == 0 {
                let mean = N::from_lanes(N::Lanes::splat(Part::<N>::from_f64(1.0 / n as f64)));
                for i in 0..n {
                    x.put(i, 0, mean);
                }
            } else if s <= ESTIMATE_ROUNDS {
                // x is A^-1 times the last vector: climb along the gradient of its norm.
                for i in 0..n {
                    x.put(i, 0, sign(x.from(i, 0)));
                }
                triangular::adjoint(n, f, diagonal, x);
                unit_vector(n, largest(n, x), x);
            } else {
                weight = 2.0 / (3.0 * n as f64);
                for i in 0..n {
                    x.put(i, 0, alternating(n, i));
                }
            }
            triangular::forward(n, 1, f, x);
            triangular::backward(n, 1, f, diagonal, x);
            let weight = N::Lanes::splat(Part::<N>::from_f64(weight));
            best = max_nan(best, sum_abs(n, x).mul(weight));
        }
    }
    best
}

/// `x := e_index`, an index for each lane.
///
/// # Safety
/// x has n numbers, one to a row.
#[inline(always)]
unsafe fn unit_vector<N: Number>(n: usize, index: N::Lanes, x: Pack<N>) {
    for i in 0..n {
        // SAFETY: i < n.
        unsafe { x.put(i, 0, N::select(index.eq(whole(i)), N::one(), N::zero())) };
    }
}

/// Element i of Higham's vector, `(-1)^i (1 + i/(n-1))`.
#[inline(always)]
pub(super) fn alternating<N: Number>(n: usize, i: usize) -> N {
    let size = 1.0 + i as f64 / (n.max(2) - 1) as f64;
    N::splat(N::Scalar::from_real(Part::<N>::from_f64(if i.is_multiple_of(2) { size } else { -size })))
}

/// `x / |x|`, 1 for 0.
///
/// # Safety
/// The pack has a number, apart from anything else that is written meanwhile.
#[inline(always)]
unsafe fn sign<N: Number>(x: Pack<N>) -> N {
    let zero = N::Lanes::splat(Part::<N>::ZERO);
    let one = N::Lanes::splat(Part::<N>::ONE);
    // SAFETY: the pack has this number, and its real parts come first.
    unsafe {
        if N::Scalar::PARTS == 1 {
            return N::from_lanes(N::Lanes::select(zero.gt(N::Lanes::load(x.at(0, 0))), one.neg(), one));
        }
        let x = x.get(0, 0);
        let size = x.abs();
        N::select(size.eq(zero), N::one(), x.div(N::from_lanes(size)))
    }
}

/// `sum |x_i|`.
///
/// # Safety
/// x has n numbers.
#[inline(always)]
unsafe fn sum_abs<N: Number>(n: usize, x: Pack<N>) -> N::Lanes {
    let mut sum = N::Lanes::splat(Part::<N>::ZERO);
    for i in 0..n {
        // SAFETY: i < n.
        sum = sum.add(unsafe { x.get(i, 0) }.abs());
    }
    sum
}

/// The index of the largest element, the first of equals.
///
/// # Safety
/// x has n numbers.
#[inline(always)]
unsafe fn largest<N: Number>(n: usize, x: Pack<N>) -> N::Lanes {
    // SAFETY: i < n.
    unsafe {
        let mut best = x.get(0, 0).abs();
        let mut index = whole(0);
        for i in 1..n {
            let size = x.get(i, 0).abs();
            let larger = size.gt(best);
            best = N::Lanes::select(larger, size, best);
            index = N::Lanes::select(larger, whole(i), index);
        }
        index
    }
}
