//! `A = L L^H` of Hermitian positive definite matrices, of which the lower triangle is read.

use super::given::divisors;
use super::pack::{Pack, Window};
use super::triangular::ROWS;
use super::window::reciprocal_condition;
use super::{Finding, Parts, Room, nobody, whole};
use crate::lanes::{Lanes, Mask};
use crate::number::{Number, Part};
use crate::scalar::Real;
use crate::table::{Group, LANES_MAX, Report, SMALL_MAX};

/// [`crate::table::Small::cholesky`].
///
/// # Safety
/// As [`crate::table::Small`] demands.
#[inline(always)]
pub(crate) unsafe fn factor<N: Number>(
    parts: &Parts<N>,
    n: usize,
    a: Group<'_, *const N::Scalar>,
    l: Group<'_, *mut N::Scalar>,
    report: &mut Report<'_, Part<N>>,
    work: *mut Part<N>,
) -> bool {
    debug_assert!((1..=SMALL_MAX).contains(&n));
    let (mut sources, mut targets) = ([core::ptr::null(); LANES_MAX], [core::ptr::null_mut(); LANES_MAX]);
    let (zero, nan) = (N::Lanes::splat(Part::<N>::ZERO), N::Lanes::splat(Part::<N>::NAN));
    let (mut fine, mut start) = (true, 0);
    // SAFETY: as in [`super::verbs::factor`]; the room has the extents that every part asks for.
    unsafe {
        let room = Room::<N>::new(n, 0, parts.wide, work);
        while start < a.ptrs.len() {
            let source = Window::new::<N>(a, start, &mut sources);
            let target = Window::new::<N>(l, start, &mut targets);
            let f = room.a;
            (parts.pack)(n, n, source, f);
            let mut rcond = N::Lanes::splat(Part::<N>::INFINITY);
            let mut norms = None;
            if report.full {
                mirror(n, f);
                norms = Some((parts.norms)(n, f, false));
            }
            let first_bad = by_blocks(parts, n, f, room.steps);
            if let Some(norms) = norms {
                as_lu(n, f);
                (parts.unpack)(n, n, f, nobody::<N>().not(), target);
                divisors(n, f, room.diagonal);
                (rcond, _) = reciprocal_condition(parts, n, norms, f, None, &room);
            } else {
                (parts.unpack)(n, n, f, nobody::<N>().not(), target);
            }
            let bad = whole::<N::Lanes>(n).gt(first_bad);
            let rcond = N::Lanes::select(bad.or(rcond.eq(rcond).not()), zero, rcond);
            let error = N::Lanes::select(bad, nan, zero);
            let finite = zero.eq(zero);
            let finding = Finding::<N> { finite, first_zero: first_bad, rcond, error, forward: error };
            fine &= finding.report(n, start, source.count, report);
            start += N::LANES;
        }
    }
    fine
}

/// The strict upper triangle from the lower one, and a real diagonal.
///
/// # Safety
/// `a` is n x n.
#[inline(always)]
unsafe fn mirror<N: Number>(n: usize, a: Pack<N>) {
    for i in 0..n {
        // SAFETY: j < i < n.
        unsafe {
            a.put(i, i, N::from_lanes(a.get(i, i).re()));
            for j in 0..i {
                a.put(j, i, a.get(i, j).conj());
            }
        }
    }
}

/// L over A, zeros above it, in block columns of [`ROWS`]:
///
/// `A1 := A1 - L0 (L0 rows of the block)^H`, `A1 = L1 L11^H`.
///
/// Returns the first column whose pivot is not positive, or n; its lane has NaN from there on.
///
/// # Safety
/// `f` is n x n, and `spare` has room for n x [`ROWS`] numbers apart from it.
#[inline(always)]
unsafe fn by_blocks<N: Number>(parts: &Parts<N>, n: usize, f: Pack<N>, spare: Pack<N>) -> N::Lanes {
    let mut first_bad = whole::<N::Lanes>(n);
    let mut start = 0;
    // SAFETY: start < end <= n.
    unsafe {
        while start < n {
            let width = ROWS.min(n - start);
            // The block's own rows of L so far, conjugated and transposed: start x width.
            let adjoint = Pack::<N>::new(spare.at(0, 0), ROWS);
            for i in 0..width {
                for p in 0..start {
                    adjoint.put(p, i, f.get(start + i, p).conj());
                }
            }
            (parts.update)(n - start, width, start, f.from(start, 0), adjoint, f.from(start, start));
            for j in start..start + width {
                let pivot = f.get(j, j).re();
                let positive = pivot.gt(N::Lanes::splat(Part::<N>::ZERO));
                let bad = positive.not().and(whole::<N::Lanes>(n).eq(first_bad));
                first_bad = N::Lanes::select(bad, whole(j), first_bad);
                let root = N::Lanes::select(positive, pivot, N::Lanes::splat(Part::<N>::NAN)).sqrt();
                let reciprocal = N::Lanes::splat(Part::<N>::ONE).div(root);
                f.put(j, j, N::from_lanes(root));
                for i in j + 1..n {
                    f.put(i, j, f.get(i, j).scale(reciprocal));
                }
                for c in j + 1..start + width {
                    let factor = f.get(c, j).conj();
                    for i in c..n {
                        f.put(i, c, f.get(i, j).neg_mul_add(factor, f.get(i, c)));
                    }
                }
            }
            for i in 0..start + width {
                for j in start.max(i + 1)..start + width {
                    f.put(i, j, N::zero());
                }
            }
            start += ROWS;
        }
    }
    first_bad
}

/// `L L^H = (L D^-1/2) (D^1/2 L^H)`, D the squares of L's diagonal: unit lower and upper, over each other.
///
/// # Safety
/// `f` is n x n.
#[inline(always)]
unsafe fn as_lu<N: Number>(n: usize, f: Pack<N>) {
    for j in 0..n {
        // SAFETY: j < i < n.
        unsafe {
            let root = f.get(j, j).re();
            let reciprocal = N::Lanes::splat(Part::<N>::ONE).div(root);
            f.put(j, j, N::from_lanes(root.mul(root)));
            for i in j + 1..n {
                let x = f.get(i, j);
                f.put(j, i, x.conj().scale(root));
                f.put(i, j, x.scale(reciprocal));
            }
        }
    }
}
