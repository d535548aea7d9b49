//! Loops over contiguous vectors ([`crate::table::Vector`]).
//!
//! Every sum has one shape: vector v of the operands goes to accumulator `v mod 4`, a last partial vector is filled up
//! with zeros, the accumulators are added as `(0 + 1) + (2 + 3)`, and the lanes by halves. It depends on n alone.

use crate::lanes::Lanes;
use crate::number::{Number, Part};
use crate::scalar::{Real, Scalar};

/// The widest register in elements.
const LANES_MOST: usize = 16;

/// Accumulators of a sum: enough chains to hide the latency of an addition behind two loads per step.
const CHAINS: usize = 4;

/// Vector number v of `x`, zeros behind element n.
///
/// # Safety
/// `x` is readable for n elements, and `v * LANES < n`.
#[inline(always)]
unsafe fn vector<N: Number>(n: usize, x: *const N::Scalar, v: usize) -> N {
    let start = v * N::LANES;
    // SAFETY: a whole vector only where it ends within n; else the n - start < LANES elements that are left.
    unsafe {
        if start + N::LANES <= n { N::load(x.add(start)) } else { N::load_first(x.add(start), n - start) }
    }
}

/// The lanes of a number added by halves: l and l + LANES/2, and so on.
#[inline(always)]
fn sum<N: Number>(x: N) -> N::Scalar {
    let mut lanes = [N::Scalar::zero(); LANES_MOST];
    // SAFETY: LANES <= LANES_MOST elements are writable.
    unsafe { x.store(lanes.as_mut_ptr()) };
    let mut half = N::LANES / 2;
    while half > 0 {
        each!(l < half, { lanes[l] += lanes[l + half] });
        half /= 2;
    }
    lanes[0]
}

/// [`sum`] for real lanes.
#[inline(always)]
fn sum_lanes<V: Lanes>(x: V) -> V::Elem {
    let mut lanes = [V::Elem::ZERO; LANES_MOST];
    // SAFETY: LANES <= LANES_MOST reals are writable.
    unsafe { x.store(lanes.as_mut_ptr()) };
    let mut half = V::LANES / 2;
    while half > 0 {
        each!(l < half, { lanes[l] += lanes[l + half] });
        half /= 2;
    }
    lanes[0]
}

/// Runs the body for every vector number v of n elements and its accumulator c; four at a time while all are whole.
macro_rules! chains {
    ($number:ident, $n:expr, |$v:ident, $c:ident| $body:expr) => {
        let vectors = $n.div_ceil($number::LANES);
        let mut first = 0;
        while (first + CHAINS) * $number::LANES <= $n {
            each!($c < CHAINS, {
                let $v = first + $c;
                $body
            });
            first += CHAINS;
        }
        while first < vectors {
            let ($v, $c) = (first, first % CHAINS);
            $body
            first += 1;
        }
    };
}

/// `sum a_i x_i`.
///
/// # Safety
/// As [`crate::table::Vector`].
#[inline(always)]
pub(crate) unsafe fn dot<N: Number>(n: usize, a: *const N::Scalar, x: *const N::Scalar) -> N::Scalar {
    let mut acc = [N::zero(); CHAINS];
    chains!(N, n, |v, c| {
        // SAFETY: vector v begins before n.
        let (a, x) = unsafe { (vector::<N>(n, a, v), vector::<N>(n, x, v)) };
        acc[c] = a.mul_add(x, acc[c]);
    });
    sum(acc[0].add(acc[1]).add(acc[2].add(acc[3])))
}

/// `(sum a_i x_i, sum abs1(a_i) abs1(x_i))`.
///
/// # Safety
/// As [`crate::table::Vector`].
#[inline(always)]
pub(crate) unsafe fn dot_abs<N: Number>(
    n: usize,
    a: *const N::Scalar,
    x: *const N::Scalar,
) -> (N::Scalar, Part<N>) {
    let mut acc = [N::zero(); CHAINS];
    let mut size = [N::Lanes::splat(Part::<N>::ZERO); CHAINS];
    chains!(N, n, |v, c| {
        // SAFETY: vector v begins before n.
        let (a, x) = unsafe { (vector::<N>(n, a, v), vector::<N>(n, x, v)) };
        acc[c] = a.mul_add(x, acc[c]);
        size[c] = a.abs1().mul_add(x.abs1(), size[c]);
    });
    (
        sum(acc[0].add(acc[1]).add(acc[2].add(acc[3]))),
        sum_lanes(size[0].add(size[1]).add(size[2].add(size[3]))),
    )
}

/// Exchanges `x_i` and `y_i`.
///
/// # Safety
/// As [`crate::table::Vector`].
#[inline(always)]
pub(crate) unsafe fn swap<N: Number>(n: usize, x: *mut N::Scalar, y: *mut N::Scalar) {
    let (x, y): (*mut Part<N>, *mut Part<N>) = (x.cast(), y.cast());
    let reals = n * N::Scalar::PARTS;
    let mut i = 0;
    // SAFETY: every index stays below the number of reals.
    unsafe {
        while i + N::LANES <= reals {
            let (a, b) = (N::Lanes::load(x.add(i)), N::Lanes::load(y.add(i)));
            a.store(y.add(i));
            b.store(x.add(i));
            i += N::LANES;
        }
        while i < reals {
            core::ptr::swap(x.add(i), y.add(i));
            i += 1;
        }
    }
}

/// `y_{p_i} := x_i`.
///
/// # Safety
/// As [`crate::table::Vector::spread`].
#[inline(always)]
pub(crate) unsafe fn spread<T: Copy>(n: usize, x: *const T, p: *const usize, y: *mut T) {
    each!(i < n, {
        // SAFETY: i < n, and the caller vouches for p.
        unsafe { *y.add(*p.add(i)) = *x.add(i) };
    });
}

/// `sum |x_i|`.
///
/// # Safety
/// As [`crate::table::Vector`].
#[inline(always)]
pub(crate) unsafe fn sum_abs<N: Number>(n: usize, x: *const N::Scalar) -> Part<N> {
    let mut acc = [N::Lanes::splat(Part::<N>::ZERO); CHAINS];
    chains!(N, n, |v, c| {
        // SAFETY: vector v begins before n.
        acc[c] = acc[c].add(unsafe { vector::<N>(n, x, v) }.abs());
    });
    sum_lanes(acc[0].add(acc[1]).add(acc[2].add(acc[3])))
}

/// `sum_j := |a_0j| + |a_1j| + ...`: a few registers of columns at a time, which stay there for all rows.
///
/// # Safety
/// As [`crate::table::Vector`].
#[inline(always)]
pub(crate) unsafe fn column_sums<N: Number>(
    m: usize,
    n: usize,
    a: *const N::Scalar,
    rs: isize,
    sums: *mut Part<N>,
) {
    let mut j = 0;
    // SAFETY: whole registers end before n; the rest is fewer than LANES elements of every row.
    unsafe {
        while j + CHAINS * N::LANES <= n {
            let mut acc = [N::Lanes::splat(Part::<N>::ZERO); CHAINS];
            for i in 0..m {
                let row = a.offset(i as isize * rs).add(j);
                each!(c < CHAINS, { acc[c] = acc[c].add(N::load(row.add(c * N::LANES)).abs()) });
            }
            each!(c < CHAINS, { acc[c].store(sums.add(j + c * N::LANES)) });
            j += CHAINS * N::LANES;
        }
        while j < n {
            let width = N::LANES.min(n - j);
            let mut acc = N::Lanes::splat(Part::<N>::ZERO);
            for i in 0..m {
                acc = acc.add(vector::<N>(width, a.offset(i as isize * rs).add(j), 0).abs());
            }
            acc.store_first(sums.add(j), width);
            j += width;
        }
    }
}

/// [`crate::table::Vector::stream`].
///
/// # Safety
/// As [`crate::table::Vector`] demands.
#[inline(always)]
pub unsafe fn stream<N: Number>(n: usize, x: *const N::Scalar, y: *mut N::Scalar) {
    let (x, y): (*const Part<N>, *mut Part<N>) = (x.cast(), y.cast());
    let reals = n * N::Scalar::PARTS;
    let mut i = y.align_offset(size_of::<N::Lanes>()).min(reals);
    // SAFETY: every index stays below the number of reals; from i on y is aligned.
    unsafe {
        each!(l < i, { *y.add(l) = *x.add(l) });
        while i + N::LANES <= reals {
            N::Lanes::load(x.add(i)).stream(y.add(i));
            i += N::LANES;
        }
        while i < reals {
            *y.add(i) = *x.add(i);
            i += 1;
        }
    }
    N::Lanes::fence();
}
