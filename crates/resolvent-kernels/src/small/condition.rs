//! Norms, and `1 / (|A|_1 |A^-1|_1)`.

use super::backward::Weights;
use super::diagonal::Diagonal;
use super::pack::Pack;
use super::triangular::{self, Compared, Itself};
use super::{max_nan, whole};
use crate::lanes::{Lanes, Mask};
use crate::number::{Number, Part, Re};
use crate::scalar::{Real, Scalar};
use crate::table::ESTIMATE_ROUNDS;

/// Up to this order the inverse is computed, not estimated: that takes less time than the solves of the estimator, which
/// wait for each other. At order 12 it takes as long, and at 16 a fifth more.
pub(crate) const EXACT_MAX: usize = 8;

/// Vectors of n numbers that [`reciprocal`] needs.
pub(crate) const VECTORS: usize = 4;

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

/// The reciprocal condition number, from the norms of A and its factors, and `| |A^-1| g |_inf`, 0 if no weights g are
/// given; both estimated.
///
/// # Safety
/// `f` and `diagonal` are what [`super::lu::factor`] made, the weights n in the order of the eliminated rows; `spare` has
/// [`VECTORS`] rows of n numbers.
#[inline(always)]
pub(crate) unsafe fn reciprocal<N: Number>(
    n: usize,
    a_norms: Norms<N>,
    f: Pack<N>,
    diagonal: Diagonal<N>,
    weights: Option<Weights<N>>,
    spare: Pack<N>,
) -> (N::Lanes, N::Lanes) {
    // SAFETY: the same promise.
    let (one, row) = unsafe { inverse_norms(n, f, diagonal, weights, spare) };
    (quotient(a_norms, one), row)
}

/// Lower bounds of `|A^-1|_1` and, given weights g, of `| |A^-1| g |_inf`, nearly always within a factor of three: Hager
/// 1984, Higham 1988 (LAPACK's lacn2) with a fixed number of rounds. The permutation is left out: it reorders the columns
/// of the inverse, and the weights.
///
/// The second is the largest element that `A^-1 (g s)` has for any signs s. It starts from ones and from alternating signs;
/// where the larger of them has its largest element, in row i, the signs of row i of the inverse make that the whole sum of
/// the row. So it needs the same walks as the first, in the same order, and goes along in columns of its own, for what takes
/// time is that each row waits for those before. Sizes by `abs1`.
///
/// # Safety
/// As [`reciprocal`].
#[inline(always)]
unsafe fn inverse_norms<N: Number>(
    n: usize,
    f: Pack<N>,
    diagonal: Diagonal<N>,
    weights: Option<Weights<N>>,
    spare: Pack<N>,
) -> (N::Lanes, N::Lanes) {
    let zero = N::Lanes::splat(Part::<N>::ZERO);
    let (mut one, mut row, mut round) = (zero, zero, 0);
    // Neither the mean of the columns nor the alternating vector waits for the other. The first half is for `|A^-1|_1`.
    let mut half = 2;
    let mut columns = if weights.is_some() { 4 } else { 2 };
    // SAFETY: i < n, c < columns <= VECTORS. What takes the place of x is no wider, and is written row by row behind what
    // is read.
    unsafe {
        let mut x = Pack::new(spare.at(0, 0), columns);
        let mean = N::from_lanes(N::Lanes::splat(Part::<N>::from_f64(1.0 / n as f64)));
        let weight = N::Lanes::splat(Part::<N>::from_f64(2.0 / (3.0 * n as f64)));
        for i in 0..n {
            x.put(i, 0, mean);
            x.put(i, 1, alternating::<N>(n, i).scale(weight));
            if let Some(g) = weights {
                let g = N::from_lanes(g.get(i, 0).0);
                x.put(i, 2, g);
                x.put(i, 3, if i.is_multiple_of(2) { g } else { g.neg() });
            }
        }
        loop {
            triangular::forward(n, columns, f, x);
            triangular::backward::<N, false>(n, columns, f, diagonal, x);
            for c in 0..half {
                one = max_nan(one, sum_abs(n, x.from(0, c)));
            }
            for c in half..columns {
                row = max_nan(row, largest_size(n, x.from(0, c)));
            }
            if round == ESTIMATE_ROUNDS {
                return (one, row);
            }
            round += 1;
            // The first column of x is A^-1 times the last vector: climb along the gradient of its norm,
            // A^-H sign(x), of which only the moduli are asked. The second is to be row `index` of A^-1.
            let index = if weights.is_some() { largest(n, columns - half, x.from(0, half)) } else { zero };
            half = 1;
            columns = if weights.is_some() { 2 } else { 1 };
            let z = Pack::new(x.at(0, 0), columns);
            for i in 0..n {
                z.put(i, 0, sign(x.from(i, 0)).conj());
                if weights.is_some() {
                    z.put(i, 1, unit(index, i));
                }
            }
            if weights.is_some() {
                triangular::transposed::<N, Itself, 2>(n, f, diagonal, z);
            } else {
                triangular::transposed::<N, Itself, 1>(n, f, diagonal, z);
            }
            let column = largest(n, 1, z);
            for i in 0..n {
                z.put(i, 0, unit(column, i));
                if let Some(g) = weights {
                    z.put(i, 1, sign(z.from(i, 1)).conj().scale(g.get(i, 0).0));
                }
            }
            x = z;
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
        triangular::transposed::<N, Compared, 1>(n, f, diagonal, y);
        let mut bound = zero;
        for i in 0..n {
            bound = max_nan(bound, y.get(i, 0).0);
        }
        regular.and(quotient(a_norms, bound).gt(N::Lanes::splat(healthy)))
    }
}

/// Element i of `e_index`, an index for each lane.
#[inline(always)]
fn unit<N: Number>(index: N::Lanes, i: usize) -> N {
    N::select(index.eq(whole(i)), N::one(), N::zero())
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

/// The largest element of the first column by `abs1`; NaN if there is one.
///
/// # Safety
/// x has n rows.
#[inline(always)]
unsafe fn largest_size<N: Number>(n: usize, x: Pack<N>) -> N::Lanes {
    let mut most = N::Lanes::splat(Part::<N>::ZERO);
    for i in 0..n {
        // SAFETY: i < n.
        most = max_nan(most, unsafe { x.get(i, 0) }.abs1());
    }
    most
}

/// The row of the largest element by `abs1`, the first of equals; 0 if the first is NaN.
///
/// # Safety
/// x is n x k.
#[inline(always)]
unsafe fn largest<N: Number>(n: usize, k: usize, x: Pack<N>) -> N::Lanes {
    let one = N::Lanes::splat(Part::<N>::ONE);
    // SAFETY: i < n, c < k.
    unsafe {
        let mut best = x.get(0, 0).abs1();
        for i in 0..n {
            for c in 0..k {
                best = best.max(x.get(i, c).abs1());
            }
        }
        // From the last to the first, so that the first has the last word.
        let mut row = whole::<N::Lanes>(0);
        let mut number = whole::<N::Lanes>(n);
        for i in (0..n).rev() {
            number = number.sub(one);
            for c in 0..k {
                row = N::Lanes::select(x.get(i, c).abs1().eq(best), number, row);
            }
        }
        row
    }
}
