//! Norms, and `1 / (|A|_1 |A^-1|_1)`.

use super::diagonal::Diagonal;
use super::pack::Pack;
use super::triangular::{self, Compared, Itself};
use super::{max_nan, whole};
use crate::lanes::{Lanes, Mask};
use crate::number::{Number, Part, Re};
use crate::scalar::{Real, Scalar};
use crate::table::ESTIMATE_ROUNDS;

/// Up to this order the inverse is computed, not estimated: that is no more work than the solves of the estimator, which
/// wait for each other. At order 8 it is a third more.
pub(crate) const EXACT_MAX: usize = 6;

/// Vectors of n numbers that [`reciprocal`] needs.
pub(crate) const VECTORS: usize = 3;

/// The largest order at which it pays to ask [`screen`] first. Of random matrices with more than twice as many rows
/// nearly all fail it; at this order, measured in double precision against the bound of each type, 6% in double, 7.5% in
/// single precision, 1% and 4% if complex, and one that fails fails the whole window.
pub(crate) const fn screen_max<N: Number>() -> usize {
    match (size_of::<Part<N>>(), N::Scalar::PARTS) {
        (8, 1) => 20,
        (8, _) => 12,
        (_, 1) => 7,
        _ => 5,
    }
}

/// Norms of a pack, which are finite unless there is an infinite element: each is to be divided by `weight`, a power of
/// two; for real numbers 1 unless a sum would overflow.
#[derive(Clone, Copy)]
pub(crate) struct Norms<N: Number> {
    /// `|A|_1`.
    pub(crate) one: N::Lanes,
    /// `|A|_inf`, if it was asked for.
    pub(crate) inf: N::Lanes,
    /// What both were multiplied by.
    pub(crate) weight: N::Lanes,
}

impl<N: Number> Norms<N> {
    /// `|A|_1`, infinite if it must be.
    #[inline(always)]
    pub(crate) fn unweighted_one(self) -> N::Lanes {
        self.one.div(self.weight)
    }
}

/// `|A|_1` and, if `rows`, `|A|_inf` of an n x n pack. NaN if there is one.
///
/// # Safety
/// `a` is n x n.
#[inline(always)]
pub(crate) unsafe fn norms<N: Number>(n: usize, a: Pack<N>, rows: bool) -> Norms<N> {
    let one = N::Lanes::splat(Part::<N>::ONE);
    // SAFETY: the same promise.
    unsafe {
        if N::Scalar::PARTS == 2 {
            return weighted_norms::<N, true>(n, a, scale_to_one(n, a), rows);
        }
        let first = weighted_norms::<N, false>(n, a, one, rows);
        let sure = first.one.is_finite().and(first.inf.is_finite());
        if sure.not().none() {
            return first;
        }
        // 64 elements of modulus up to sqrt(2) times the largest real: 1/128 of their sum is finite.
        let weight = N::Lanes::select(sure, one, N::Lanes::splat(Part::<N>::from_f64(1.0 / 128.0)));
        weighted_norms::<N, true>(n, a, weight, rows)
    }
}

/// A power of two for each lane that takes its largest part near 1, where moduli are plain square roots: what underflows
/// is nothing to the norm. Division and root for each element would be most of the time of a norm.
///
/// # Safety
/// `a` is n x n.
#[inline(always)]
unsafe fn scale_to_one<N: Number>(n: usize, a: Pack<N>) -> N::Lanes {
    // The scale of larger numbers is denormal; 256 is enough, for the squares of 64 such parts can be added.
    let most = N::Lanes::splat(Part::<N>::from_f64(Part::<N>::MAX.to_f64() / 256.0));
    let mut largest = N::Lanes::splat(Part::<N>::ZERO);
    for e in 0..n * n {
        // SAFETY: e < n^2; element (0, e) is the e-th number of a matrix whose rows follow each other.
        largest = largest.max(unsafe { a.get(0, e) }.abs_max());
    }
    N::Lanes::select(largest.gt(most), most, largest).scale_to_one()
}

/// [`norms`] at a given weight, which is 1 unless WEIGHTED.
///
/// # Safety
/// As [`norms`].
#[inline(always)]
unsafe fn weighted_norms<N: Number, const WEIGHTED: bool>(
    n: usize,
    a: Pack<N>,
    weight: N::Lanes,
    rows: bool,
) -> Norms<N> {
    let mut inf = N::Lanes::splat(Part::<N>::ZERO);
    // SAFETY: the same promise.
    unsafe {
        let one = largest_sum::<N, WEIGHTED>(n, a, a.row, 1, weight);
        if rows {
            inf = largest_sum::<N, WEIGHTED>(n, a, 1, a.row, weight);
        }
        Norms { one, inf, weight }
    }
}

/// The largest sum of sizes along n lines of n numbers, where it is `along` numbers to the next of a line and `across` to
/// the next line.
///
/// # Safety
/// Those numbers are readable.
#[inline(always)]
unsafe fn largest_sum<N: Number, const WEIGHTED: bool>(
    n: usize,
    a: Pack<N>,
    along: usize,
    across: usize,
    weight: N::Lanes,
) -> N::Lanes {
    let mut largest = N::Lanes::splat(Part::<N>::ZERO);
    let mut line = 0;
    // SAFETY: a strip of lines ends at n.
    unsafe {
        macro_rules! strips {
            ($w:literal) => {
                while n - line >= $w {
                    let mut sums = [N::Lanes::splat(Part::<N>::ZERO); $w];
                    for i in 0..n {
                        each!(c < $w, {
                            let x = a.get(0, i * along + (line + c) * across);
                            let x = if WEIGHTED { x.scale(weight) } else { x };
                            sums[c] = sums[c].add(x.abs_plain());
                        });
                    }
                    each!(c < $w, { largest = max_nan(largest, sums[c]) });
                    line += $w;
                }
            };
        }
        strips!(4);
        strips!(1);
    }
    largest
}

/// `1 / (|A|_1 |B|_1)` in an order that keeps clear of overflow, B's norm given at weight 1.
#[inline(always)]
pub(crate) fn quotient<N: Number>(a: Norms<N>, b: N::Lanes) -> N::Lanes {
    a.weight.div(a.one).div(b)
}

/// The reciprocal condition number, estimated from the norms of A and the factors of A.
///
/// # Safety
/// `f` and `diagonal` are what [`super::lu::factor`] made; `spare` has [`VECTORS`] rows of n numbers.
#[inline(always)]
pub(crate) unsafe fn reciprocal<N: Number>(
    n: usize,
    a_norms: Norms<N>,
    f: Pack<N>,
    diagonal: Diagonal<N>,
    spare: Pack<N>,
) -> N::Lanes {
    // SAFETY: the same promise.
    quotient(a_norms, unsafe { inverse_norm(n, f, diagonal, spare) })
}

/// A lower bound of `|A^-1|_1`, nearly always within a factor of three: Hager 1984, Higham
/// 1988 (LAPACK's lacn2) with a fixed number of rounds. The permutation is left out: it reorders the columns of the
/// inverse, not their sums.
///
/// # Safety
/// As [`reciprocal`].
#[inline(always)]
unsafe fn inverse_norm<N: Number>(n: usize, f: Pack<N>, diagonal: Diagonal<N>, spare: Pack<N>) -> N::Lanes {
    let mut best = N::Lanes::splat(Part::<N>::ZERO);
    let mut round = 0;
    // SAFETY: i < n, c < columns; 2 columns fit in `spare`, and 1 behind them.
    unsafe {
        let mut columns = 2;
        let mut x = Pack::new(spare.at(0, 0), columns);
        // Neither the mean of the columns nor the alternating vector waits for the other.
        let mean = N::from_lanes(N::Lanes::splat(Part::<N>::from_f64(1.0 / n as f64)));
        let weight = N::Lanes::splat(Part::<N>::from_f64(2.0 / (3.0 * n as f64)));
        for i in 0..n {
            x.put(i, 0, mean);
            x.put(i, 1, alternating::<N>(n, i).scale(weight));
        }
        loop {
            triangular::forward(n, columns, f, x);
            triangular::backward::<N, false>(n, columns, f, diagonal, x);
            for c in 0..columns {
                best = max_nan(best, sum_abs(n, x.from(0, c)));
            }
            if round == ESTIMATE_ROUNDS {
                return best;
            }
            round += 1;
            // The first column of x is A^-1 times the last vector: climb along the gradient of its norm,
            // A^-H sign(x), of which only the moduli are asked.
            let z = Pack::new(spare.at(2, 0), 1);
            for i in 0..n {
                z.put(i, 0, sign(x.from(i, 0)).conj());
            }
            triangular::transposed::<N, Itself>(n, f, diagonal, z);
            unit_vector(n, largest(n, z), z);
            (x, columns) = (z, 1);
        }
    }
}

/// The lanes whose rcond is at least `healthy` without a doubt: a certificate for what it costs to walk once through the
/// factors, where an estimate costs three walks and proves nothing. A lane that fails may be healthy all the same.
///
/// Let M(T) have the moduli of T on the diagonal and their opposites elsewhere. For a triangle `|T^-1| <= M(T)^-1`
/// (Higham, Accuracy and Stability, theorem 8.12), so `|A^-1| = |U^-1 L^-1 P| <= M(U)^-1 M(L)^-1 P` element by
/// element; the largest column sum is a norm that respects the order, and P only reorders the sums. With e the vector of
/// ones they are `y^T = e^T M(U)^-1 M(L)^-1`, that is, `y = M(L)^-T M(U)^-T e`: the transposed walk on comparison
/// matrices. Nothing is ever subtracted there: each y_j comes with a relative error of about 2n eps, below what rcond is
/// worth. `abs1` stands for moduli: it is no less, off the diagonal and in the reciprocals on it.
///
/// # Safety
/// As [`reciprocal`]; `spare` has a row of n numbers.
#[inline(always)]
pub(crate) unsafe fn screen<N: Number>(
    n: usize,
    a_norms: Norms<N>,
    f: Pack<N>,
    diagonal: Diagonal<N>,
    spare: Pack<N>,
    healthy: Part<N>,
) -> <N::Lanes as Lanes>::Mask {
    let zero = N::Lanes::splat(Part::<N>::ZERO);
    // SAFETY: i < n; a row of numbers has room for n registers.
    unsafe {
        let y: Pack<Re<N::Lanes>> = Pack::new(spare.at(0, 0), 1);
        let mut regular = zero.eq(zero);
        for i in 0..n {
            y.put(i, 0, Re::one());
            // The reciprocal of a zero pivot is stored as 0.
            regular = regular.and(diagonal.get(i).plain().abs1().gt(zero));
        }
        triangular::transposed::<N, Compared>(n, f, diagonal, y);
        let mut bound = zero;
        for i in 0..n {
            bound = max_nan(bound, y.get(i, 0).0);
        }
        regular.and(quotient(a_norms, bound).gt(N::Lanes::splat(healthy)))
    }
}

/// `x := e_index`, an index for each lane.
///
/// # Safety
/// x has n numbers, one to a row.
#[inline(always)]
unsafe fn unit_vector<N: Number>(n: usize, index: N::Lanes, x: Pack<N>) {
    let one = N::Lanes::splat(Part::<N>::ONE);
    let mut number = whole::<N::Lanes>(0);
    for i in 0..n {
        // SAFETY: i < n.
        unsafe { x.put(i, 0, N::select(index.eq(number), N::one(), N::zero())) };
        number = number.add(one);
    }
}

/// Element i of Higham's vector, `(-1)^i (1 + i/(n-1))`.
#[inline(always)]
pub(crate) fn alternating<N: Number>(n: usize, i: usize) -> N {
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

/// `sum |x_i|` down the first column.
///
/// # Safety
/// x has n rows.
#[inline(always)]
unsafe fn sum_abs<N: Number>(n: usize, x: Pack<N>) -> N::Lanes {
    let mut sum = N::Lanes::splat(Part::<N>::ZERO);
    for i in 0..n {
        // SAFETY: i < n.
        sum = sum.add(unsafe { x.get(i, 0) }.abs());
    }
    sum
}

/// The index of the largest element by `abs1`, the first of equals; 0 if the first is NaN.
///
/// # Safety
/// x has n numbers, one to a row.
#[inline(always)]
unsafe fn largest<N: Number>(n: usize, x: Pack<N>) -> N::Lanes {
    let one = N::Lanes::splat(Part::<N>::ONE);
    // SAFETY: i < n.
    unsafe {
        let mut best = x.get(0, 0).abs1();
        for i in 1..n {
            best = best.max(x.get(i, 0).abs1());
        }
        // From the last to the first, so that the first has the last word.
        let mut index = whole::<N::Lanes>(0);
        let mut number = whole::<N::Lanes>(n);
        for i in (0..n).rev() {
            number = number.sub(one);
            index = N::Lanes::select(x.get(i, 0).abs1().eq(best), number, index);
        }
        index
    }
}
