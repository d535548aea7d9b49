//! Products that gradients are made of. For a cotangent G of a result, those of the operands are
//!
//! - `X = A^-1`: `-X^H G X^H`,
//! - `A X = B`: `H = A^-H G` for B, and `-H X^H` for A
//!
//! (Giles 2008).

use super::given::conjugate;
use super::pack::{Pack, Window};
use super::{Parts, Room, nobody};
use crate::lanes::Mask;
use crate::number::{Number, Part};
use crate::table::{Group, LANES_MAX, SMALL_MAX};

/// `C = -X^H G X^H`: [`crate::table::Small::inverse_vjp`].
///
/// # Safety
/// As [`crate::table::Small`] demands.
#[inline(always)]
pub(crate) unsafe fn inverse<N: Number>(
    parts: &Parts<N>,
    n: usize,
    x: Group<'_, *const N::Scalar>,
    g: Group<'_, *const N::Scalar>,
    c: Group<'_, *mut N::Scalar>,
    work: *mut Part<N>,
) {
    debug_assert!((1..=SMALL_MAX).contains(&n));
    let x = Group { rs: x.cs, cs: x.rs, ..x };
    let (mut sources, mut sides) = ([core::ptr::null(); LANES_MAX], [core::ptr::null(); LANES_MAX]);
    let mut targets = [core::ptr::null_mut(); LANES_MAX];
    let mut start = 0;
    // SAFETY: the caller's promises about operands and workspace are those the parts ask for; all of a window of X and G is
    // read before C is written.
    unsafe {
        let room = Room::<N>::new(n, 0, parts.wide, work);
        while start < x.ptrs.len() {
            let source = Window::new::<N>(x, start, &mut sources);
            let side = Window::new::<N>(g, start, &mut sides);
            let target = Window::new::<N>(c, start, &mut targets);
            (parts.pack)(n, n, source, room.a);
            conjugate(n * room.a.row, room.a);
            (parts.pack)(n, n, side, room.f);
            // With both signs changed: T = -X^H G, C = -(-T) X^H.
            clear(n * room.steps.row, room.steps);
            (parts.update)(n, n, n, room.a, room.f, room.steps);
            negate(n * room.steps.row, room.steps);
            clear(n * room.f.row, room.f);
            (parts.update)(n, n, n, room.steps, room.a, room.f);
            (parts.unpack)(n, n, room.f, nobody::<N>().not(), target);
            start += N::LANES;
        }
    }
}

/// `C = -H X^H`, H and X n x k: [`crate::table::Small::solution_vjp`].
///
/// # Safety
/// As [`crate::table::Small`] demands.
#[inline(always)]
pub(crate) unsafe fn solution<N: Number>(
    parts: &Parts<N>,
    n: usize,
    k: usize,
    h: Group<'_, *const N::Scalar>,
    x: Group<'_, *const N::Scalar>,
    c: Group<'_, *mut N::Scalar>,
    work: *mut Part<N>,
) {
    debug_assert!((1..=SMALL_MAX).contains(&n));
    let x = Group { rs: x.cs, cs: x.rs, ..x };
    let (mut sources, mut sides) = ([core::ptr::null(); LANES_MAX], [core::ptr::null(); LANES_MAX]);
    let mut targets = [core::ptr::null_mut(); LANES_MAX];
    let mut start = 0;
    // SAFETY: as in `inverse`; X^H, k x n, has as many numbers as the room has for X.
    unsafe {
        let room = Room::<N>::new(n, k, parts.wide, work);
        let adjoint = Pack::<N>::new(room.x.at(0, 0), n);
        while start < h.ptrs.len() {
            let source = Window::new::<N>(h, start, &mut sources);
            let side = Window::new::<N>(x, start, &mut sides);
            let target = Window::new::<N>(c, start, &mut targets);
            (parts.pack)(n, k, source, room.b);
            (parts.pack)(k, n, side, adjoint);
            conjugate(n * k, adjoint);
            clear(n * room.a.row, room.a);
            (parts.update)(n, n, k, room.b, adjoint, room.a);
            (parts.unpack)(n, n, room.a, nobody::<N>().not(), target);
            start += N::LANES;
        }
    }
}

/// Makes `count` numbers that follow each other zero.
///
/// # Safety
/// The pack holds them.
#[inline(always)]
unsafe fn clear<N: Number>(count: usize, pack: Pack<N>) {
    for e in 0..count {
        // SAFETY: e < count.
        unsafe { pack.put(0, e, N::zero()) };
    }
}

/// Changes the signs of `count` numbers that follow each other.
///
/// # Safety
/// The pack holds them.
#[inline(always)]
unsafe fn negate<N: Number>(count: usize, pack: Pack<N>) {
    for e in 0..count {
        // SAFETY: e < count.
        unsafe { pack.put(0, e, pack.get(0, e).neg()) };
    }
}
