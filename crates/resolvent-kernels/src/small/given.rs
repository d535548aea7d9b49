//! What is solved from factors that are given: `A[p][:, q] = L U`, p and q permutations.

use super::diagonal::Diagonal;
use super::pack::{Pack, Window};
use super::triangular::{Itself, transposed};
use super::{Parts, Room, nobody};
use crate::divisor::Divisor;
use crate::lanes::Mask;
use crate::number::{Number, Part};
use crate::scalar::Scalar;
use crate::table::{Group, LANES_MAX, SMALL_MAX, Side};

/// `A X = B`, `A^T X = B` or `A^H X = B`: [`crate::table::Small::substitute`].
///
/// # Safety
/// As [`crate::table::Small`] demands.
#[inline(always)]
pub(crate) unsafe fn substitute<N: Number>(
    parts: &Parts<N>,
    n: usize,
    k: usize,
    side: Side,
    lu: Group<'_, *const N::Scalar>,
    [rows, columns]: [&[*const usize]; 2],
    b: Group<'_, *const N::Scalar>,
    x: Group<'_, *mut N::Scalar>,
    work: *mut Part<N>,
) {
    debug_assert!((1..=SMALL_MAX).contains(&n));
    let (mut sources, mut sides) = ([core::ptr::null(); LANES_MAX], [core::ptr::null(); LANES_MAX]);
    let mut targets = [core::ptr::null_mut(); LANES_MAX];
    let mut start = 0;
    // SAFETY: the caller's promises about operands and workspace are those the parts ask for: the factors are n x n, B and
    // X n x k, the room is `workspace(n, k)`, and all of a window of B is read before X is written.
    unsafe {
        let room = Room::<N>::new(n, k, parts.wide, work);
        while start < lu.ptrs.len() {
            let source = Window::new::<N>(lu, start, &mut sources);
            let given = Window::new::<N>(b, start, &mut sides);
            let target = Window::new::<N>(x, start, &mut targets);
            let permutations =
                |of: &[*const usize]| Permutations { of: of.as_ptr().add(start), count: source.count };
            (parts.pack)(n, n, source, room.a);
            (parts.pack)(n, k, given, room.b);
            divisors(n, room.a, room.diagonal);
            if side == Side::Adjoint {
                conjugate(n * k, room.b);
            }
            if side == Side::Plain {
                permutations(rows).gather(n, k, room.b, room.x);
                (parts.forward)(n, k, room.a, room.x);
                (parts.backward)(n, k, room.a, room.diagonal, room.x);
                permutations(columns).scatter(n, k, room.x, room.b);
            } else {
                permutations(columns).gather(n, k, room.b, room.x);
                for j in 0..k {
                    transposed::<N, Itself, 1>(n, room.a, room.diagonal, room.x.from(0, j));
                }
                permutations(rows).scatter(n, k, room.x, room.b);
            }
            if side == Side::Adjoint {
                conjugate(n * k, room.b);
            }
            (parts.unpack)(n, k, room.b, nobody::<N>().not(), target);
            start += N::LANES;
        }
    }
}

/// A permutation for each lane that has a matrix.
#[derive(Clone, Copy)]
struct Permutations {
    of: *const *const usize,
    count: usize,
}

impl Permutations {
    /// `to_i := from_{p_i}`, rows of k numbers; lanes without a matrix get what they get.
    ///
    /// # Safety
    /// The packs are n x k and apart; the permutations are of n numbers.
    #[inline(always)]
    unsafe fn gather<N: Number>(self, n: usize, k: usize, from: Pack<N>, to: Pack<N>) {
        // SAFETY: the caller's promise.
        unsafe { self.each::<N>(n, k, from, to, |i, p| (p, i)) }
    }

    /// `to_{p_i} := from_i`.
    ///
    /// # Safety
    /// As [`Permutations::gather`].
    #[inline(always)]
    unsafe fn scatter<N: Number>(self, n: usize, k: usize, from: Pack<N>, to: Pack<N>) {
        // SAFETY: the caller's promise.
        unsafe { self.each::<N>(n, k, from, to, |i, p| (i, p)) }
    }

    /// Moves row `moved(i, p_i).0` to row `moved(i, p_i).1` in every lane.
    ///
    /// # Safety
    /// As [`Permutations::gather`].
    #[inline(always)]
    unsafe fn each<N: Number>(
        self,
        n: usize,
        k: usize,
        from: Pack<N>,
        to: Pack<N>,
        moved: impl Fn(usize, usize) -> (usize, usize),
    ) {
        // SAFETY: l is below the number of matrices, i and p_i below n, j below k; a number is PARTS runs of LANES reals.
        unsafe {
            super::pack::copy(n * k, from, to);
            for l in 0..self.count {
                let permutation = *self.of.add(l);
                if permutation.is_null() {
                    continue;
                }
                for i in 0..n {
                    let (source, target) = moved(i, *permutation.add(i));
                    if source == target {
                        continue;
                    }
                    for j in 0..k {
                        let (source, target) = (from.at(source, j).add(l), to.at(target, j).add(l));
                        for p in 0..N::Scalar::PARTS {
                            *target.add(p * N::LANES) = *source.add(p * N::LANES);
                        }
                    }
                }
            }
        }
    }
}

/// Conjugates `count` numbers that follow each other.
///
/// # Safety
/// The pack holds them.
#[inline(always)]
pub(super) unsafe fn conjugate<N: Number>(count: usize, pack: Pack<N>) {
    if N::Scalar::PARTS == 1 {
        return;
    }
    for e in 0..count {
        // SAFETY: e < count; element (0, e) is the e-th number, whatever the row length.
        unsafe { pack.put(0, e, pack.get(0, e).conj()) };
    }
}

/// The divisors of the diagonal of a pack, whose rows stayed where they were.
///
/// # Safety
/// The pack is n x n, and `diagonal` has n rows.
#[inline(always)]
pub(super) unsafe fn divisors<N: Number>(n: usize, f: Pack<N>, diagonal: Diagonal<N>) {
    for i in 0..n {
        // SAFETY: i < n.
        unsafe { diagonal.put(i, Divisor::new(f.get(i, i)), super::whole(i)) };
    }
}
