//! Loops over contiguous vectors ([`crate::table::Vector`]).
//!
//! Every sum has one shape: vector v of the operands goes to accumulator `v mod 4`, a last partial vector is filled up
//! with zeros, the accumulators are added as `(0 + 1) + (2 + 3)`, and the lanes by halves. It depends on n alone.

use crate::lanes::{Lanes, Number, Part};
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
        if start + N::LANES <= n {
            return N::load(x.add(start));
        }
        let mut tail = [N::Scalar::zero(); LANES_MOST];
        each!(l < n - start, { tail[l] = *x.add(start + l) });
        N::load(tail.as_ptr())
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

/// `y_i := y_i + alpha x_i`.
///
/// # Safety
/// As [`crate::table::Vector`].
#[inline(always)]
pub(crate) unsafe fn axpy<N: Number>(n: usize, alpha: N::Scalar, x: *const N::Scalar, y: *mut N::Scalar) {
    let alpha = N::splat(alpha);
    let mut i = 0;
    // SAFETY: whole vectors end before n; the rest passes through the stack, n - i < LANES elements.
    unsafe {
        while i + N::LANES <= n {
            alpha.mul_add(N::load(x.add(i)), N::load(y.add(i))).store(y.add(i));
            i += N::LANES;
        }
        if i < n {
            let v = i / N::LANES;
            let mut tail = [N::Scalar::zero(); LANES_MOST];
            alpha.mul_add(vector::<N>(n, x, v), vector::<N>(n, y, v)).store(tail.as_mut_ptr());
            each!(l < n - i, { *y.add(i + l) = tail[l] });
        }
    }
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

/// `acc_i := acc_i + |x_i|`.
///
/// # Safety
/// As [`crate::table::Vector`].
#[inline(always)]
pub(crate) unsafe fn add_abs<N: Number>(n: usize, x: *const N::Scalar, acc: *mut Part<N>) {
    let mut i = 0;
    // SAFETY: whole vectors end before n; the rest passes through the stack, n - i < LANES elements.
    unsafe {
        while i + N::LANES <= n {
            N::Lanes::load(acc.add(i)).add(N::load(x.add(i)).abs()).store(acc.add(i));
            i += N::LANES;
        }
        if i < n {
            let mut tail = [Part::<N>::ZERO; LANES_MOST];
            vector::<N>(n, x, i / N::LANES).abs().store(tail.as_mut_ptr());
            each!(l < n - i, { *acc.add(i + l) += tail[l] });
        }
    }
}
