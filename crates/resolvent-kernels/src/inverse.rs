//! The inverse from LU factors that stay in the cache ([`crate::table::Invert`]).
//!
//! `A^-1 = U^-1 L^-1 P`, strip by strip of the columns of `U^-1 L^-1`, each in a piece of memory of its own: the columns of
//! the identity from row j on, forward with L, backward with U, and then to where P has them.

use crate::number::{Number, Part};
use crate::scalar::Scalar;
use crate::strip::{self, Multipliers, Strip};

/// Bytes of a cache line.
const LINE: usize = 64;

/// Reals of workspace: a strip, and what aligning its start may cost.
pub(crate) fn workspace<N: Number, const S: usize>(n: usize) -> usize {
    n * S * N::LANES * N::Scalar::PARTS + LINE / size_of::<Part<N>>()
}

/// # Safety
/// As [`crate::table::Invert::invert`].
#[inline(always)]
pub(crate) unsafe fn invert<N: Number, const R: usize, const S: usize>(
    n: usize,
    lu: *const N::Scalar,
    rs: isize,
    p: *const usize,
    x: *mut N::Scalar,
    x_rs: isize,
    work: *mut Part<N>,
) {
    let system = System::<N> { n, t: Multipliers { t: lu, rs }, p, x, x_rs };
    let mut vectors = n.div_ceil(N::LANES);
    let mut j = 0;
    // SAFETY: `workspace` counts a cache line for the alignment (a real's address is a multiple of its size), then n rows of
    // S registers, of which take <= S <= 3 are used.
    unsafe {
        let work = work.add((work as usize).wrapping_neg() % LINE / size_of::<Part<N>>()).cast();
        while vectors > 0 {
            let take = strip::width(vectors, S);
            match take {
                1 => system.strip::<R, 1>(j, work),
                2 => system.strip::<R, 2>(j, work),
                _ => system.strip::<R, S>(j, work),
            }
            vectors -= take;
            j += take * N::LANES;
        }
    }
}

/// Factors, permutation and inverse.
struct System<N: Number> {
    n: usize,
    t: Multipliers<N::Scalar>,
    p: *const usize,
    x: *mut N::Scalar,
    x_rs: isize,
}

impl<N: Number> System<N> {
    /// The columns of `U^-1 L^-1` from j on, as many as S registers have.
    ///
    /// # Safety
    /// j < n; `work` has room for n rows of S registers.
    #[inline(always)]
    unsafe fn strip<const R: usize, const S: usize>(&self, j: usize, work: *mut N::Scalar) {
        let (n, wide) = (self.n, S * N::LANES);
        let columns = wide.min(n - j);
        let strip = Strip::<N, S, true> { c: work, rs: wide as isize, last: N::LANES };
        // SAFETY: rows are counted below n, columns of the identity too, and p holds numbers below n.
        unsafe {
            let mut i = 0;
            while i < n {
                strip.store(i, [N::zero(); S]);
                i += 1;
            }
            each!(c < columns, { *work.add((j + c) * wide + c) = N::Scalar::one() });
            strip.forward::<R>(self.t, j, n, n);
            let mut l = n;
            while l >= R {
                l -= R;
                strip.backward::<R>(self.t, l);
            }
            while l > 0 {
                l -= 1;
                strip.backward::<1>(self.t, l);
            }
            let mut i = 0;
            while i < n {
                let (from, to) = (work.add(i * wide), self.x.offset(i as isize * self.x_rs));
                each!(c < columns, { *to.add(*self.p.add(j + c)) = *from.add(c) });
                i += 1;
            }
        }
    }
}
