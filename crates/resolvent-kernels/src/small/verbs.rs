//! The verbs of [`crate::table::Small`]: window after window, and what is reported of each. `ORDER` is n where a function is
//! compiled for one order alone, else 0.

use super::pack::{self, Ahead, Window};
use super::window::{self, reciprocal_condition};
use super::{Finding, Others, Parts, Room, nobody};
use crate::lanes::{Lanes, Mask};
use crate::number::{Number, Part};
use crate::scalar::{Real, Scalar};
use crate::table::{Group, LANES_MAX, Report, SMALL_MAX};

/// `P A = L U`: [`crate::table::Small::factor`].
///
/// # Safety
/// As [`crate::table::Small`] demands.
#[inline(always)]
pub(crate) unsafe fn factor<N: Number>(
    parts: &Parts<N>,
    n: usize,
    a: Group<'_, *const N::Scalar>,
    lu: Group<'_, *mut N::Scalar>,
    perms: *mut usize,
    report: &mut Report<'_, Part<N>>,
    work: *mut Part<N>,
) -> bool {
    debug_assert!((1..=SMALL_MAX).contains(&n));
    let (mut sources, mut targets) = ([core::ptr::null(); LANES_MAX], [core::ptr::null_mut(); LANES_MAX]);
    let (mut fine, mut start) = (true, 0);
    // SAFETY: the caller's promises about operands and workspace are those the parts ask for: `a` and `lu` are n x n,
    // the room is `workspace(n, 0)`, and all of a window of A is read before LU is written. `perms` holds n row numbers
    // for each matrix.
    unsafe {
        let room = Room::<N>::new(n, 0, parts.wide, work);
        while start < a.ptrs.len() {
            let source = Window::new::<N>(a, start, &mut sources);
            let target = Window::new::<N>(lu, start, &mut targets);
            (parts.pack)(n, n, source, room.a);
            let norms = (parts.norms)(n, room.a, false);
            let finite = pack::finite_given(norms.one, n * room.a.row, room.a);
            pack::number_rows(n, room.carried);
            let pivots = (parts.factor)(
                n,
                room.a,
                Others::Exchanged,
                room.carried,
                1,
                Others::Exchanged,
                room.diagonal,
                room.steps,
                Ahead::of::<N>(n, a, start),
            );
            (parts.unpack)(n, n, room.a, nobody::<N>().not(), target);
            for l in 0..source.count {
                for i in 0..n {
                    *perms.add((start + l) * n + i) = pack::row_number(room.carried, i, l);
                }
            }
            let (rcond, _) = reciprocal_condition(parts, n, norms, room.a, None, &room);
            let nan = N::Lanes::splat(Part::<N>::NAN);
            let error = N::Lanes::select(pivots.singular(n), nan, N::Lanes::splat(Part::<N>::ZERO));
            let rcond = pivots.trusted(n, rcond);
            let finding =
                Finding::<N> { finite, first_zero: pivots.first_zero, rcond, error, forward: error };
            fine &= finding.report(n, start, source.count, report);
            start += N::LANES;
        }
    }
    fine
}

/// The determinant: [`crate::table::Small::determinant`].
///
/// # Safety
/// As [`crate::table::Small`] demands.
#[inline(always)]
pub(crate) unsafe fn determinant<N: Number, const ORDER: usize>(
    parts: &Parts<N>,
    n: usize,
    a: Group<'_, *const N::Scalar>,
    det: *mut N::Scalar,
    given: &mut [bool],
    work: *mut Part<N>,
) -> bool {
    debug_assert!((1..=SMALL_MAX).contains(&n));
    let mut sources = [core::ptr::null(); LANES_MAX];
    let (mut all, mut start) = (true, 0);
    // SAFETY: as in `factor`; `det` has a place for each matrix.
    unsafe {
        let room = Room::<N>::new(n, 0, parts.wide, work);
        while start < a.ptrs.len() {
            let source = Window::new::<N>(a, start, &mut sources);
            let (value, plain) =
                window::determinant::<N, ORDER>(parts, n, source, &room, Ahead::of::<N>(n, a, start));
            all &= plain.all();
            for (l, given) in given[start..start + source.count].iter_mut().enumerate() {
                *given = plain.lane(l);
            }
            if source.count == N::LANES {
                value.store(det.add(start));
            } else {
                let mut values = [N::Scalar::zero(); LANES_MAX];
                value.store(values.as_mut_ptr());
                core::ptr::copy_nonoverlapping(values.as_ptr(), det.add(start), source.count);
            }
            start += N::LANES;
        }
    }
    all
}

/// `X = A^-1 B`: [`crate::table::Small::solve`].
///
/// # Safety
/// As [`crate::table::Small`] demands.
#[inline(always)]
pub(crate) unsafe fn solve<N: Number, const ORDER: usize>(
    parts: &Parts<N>,
    n: usize,
    k: usize,
    a: Group<'_, *const N::Scalar>,
    b: Group<'_, *const N::Scalar>,
    x: Group<'_, *mut N::Scalar>,
    report: &mut Report<'_, Part<N>>,
    work: *mut Part<N>,
) -> bool {
    debug_assert!((1..=SMALL_MAX).contains(&n));
    let (mut sources, mut sides) = ([core::ptr::null(); LANES_MAX], [core::ptr::null(); LANES_MAX]);
    let mut targets = [core::ptr::null_mut(); LANES_MAX];
    let (mut fine, mut start) = (true, 0);
    // SAFETY: as in `factor`; B and X are n x k, and all of a window of A and B is read before X is written.
    unsafe {
        let room = Room::<N>::new(n, k, parts.wide, work);
        while start < a.ptrs.len() {
            let source = Window::new::<N>(a, start, &mut sources);
            let side = Window::new::<N>(b, start, &mut sides);
            let target = Window::new::<N>(x, start, &mut targets);
            let (full, healthy) = (report.full, report.healthy);
            let ahead = Ahead::of::<N>(n, a, start);
            let finding =
                window::solve::<N, ORDER>(parts, n, k, [source, side], target, &room, ahead, full, healthy);
            fine &= finding.report(n, start, source.count, report);
            start += N::LANES;
        }
    }
    fine
}

/// `X = A^-1`: [`crate::table::Small::invert`].
///
/// # Safety
/// As [`crate::table::Small`] demands.
#[inline(always)]
pub(crate) unsafe fn invert<N: Number, const ORDER: usize>(
    parts: &Parts<N>,
    n: usize,
    a: Group<'_, *const N::Scalar>,
    x: Group<'_, *mut N::Scalar>,
    report: &mut Report<'_, Part<N>>,
    work: *mut Part<N>,
) -> bool {
    debug_assert!((1..=SMALL_MAX).contains(&n));
    let (mut sources, mut targets) = ([core::ptr::null(); LANES_MAX], [core::ptr::null_mut(); LANES_MAX]);
    let (mut fine, mut start) = (true, 0);
    // SAFETY: as in `factor`; X is n x n, and all of a window of A is read before X is written.
    unsafe {
        let room = Room::<N>::new(n, 0, parts.wide, work);
        while start < a.ptrs.len() {
            let source = Window::new::<N>(a, start, &mut sources);
            let target = Window::new::<N>(x, start, &mut targets);
            let ahead = Ahead::of::<N>(n, a, start);
            let finding = window::invert::<N, ORDER>(parts, n, source, target, &room, ahead, report.full);
            fine &= finding.report(n, start, source.count, report);
            start += N::LANES;
        }
    }
    fine
}
