//! Products that gradients are made of. For a cotangent G of a result, those of the operands are
//!
//! - `X = A^-1`: `-X^H G X^H`,
//! - `A X = B`: `H = A^-H G` for B, and `-H X^H` for A
//!
//! (Giles 2008).

use super::given::conjugate;
use super::pack::{self, Pack, Window};
use super::{Parts, Room, nobody, unpack};
use crate::lanes::Mask;
use crate::number::{Number, Part};
use crate::scalar::Scalar;
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
            start += N::LANES;
            if in_registers::<N>(n, [(&source, n), (&side, n)], &target) {
                match n {
                    1 => inverse_of_order::<N, 1>(source, side, target),
                    2 => inverse_of_order::<N, 2>(source, side, target),
                    3 => inverse_of_order::<N, 3>(source, side, target),
                    _ => inverse_of_order::<N, 4>(source, side, target),
                }
                continue;
            }
            (parts.pack)(n, n, transposed(source), room.a);
            conjugate(n * room.a.row, room.a);
            (parts.pack)(n, n, side, room.f);
            // With both signs changed: T = -X^H G, C = -(-T) X^H.
            clear(n * room.steps.row, room.steps);
            (parts.update)(n, n, n, room.a, room.f, room.steps);
            negate(n * room.steps.row, room.steps);
            clear(n * room.f.row, room.f);
            (parts.update)(n, n, n, room.steps, room.a, room.f);
            (parts.unpack)(n, n, room.f, nobody::<N>().not(), target);
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
            start += N::LANES;
            if k == 1 && in_registers::<N>(n, [(&source, 1), (&side, 1)], &target) {
                match n {
                    1 => solution_of_order::<N, 1>(source, side, target),
                    2 => solution_of_order::<N, 2>(source, side, target),
                    3 => solution_of_order::<N, 3>(source, side, target),
                    _ => solution_of_order::<N, 4>(source, side, target),
                }
                continue;
            }
            (parts.pack)(n, k, source, room.b);
            (parts.pack)(k, n, transposed(side), adjoint);
            conjugate(n * k, adjoint);
            if k == 1 {
                for i in 0..n {
                    let h = room.b.get(i, 0);
                    for j in 0..n {
                        room.a.put(i, j, h.neg_mul_add(adjoint.get(0, j), N::zero()));
                    }
                }
            } else {
                clear(n * room.a.row, room.a);
                (parts.update)(n, n, k, room.b, adjoint, room.a);
            }
            (parts.unpack)(n, n, room.a, nobody::<N>().not(), target);
        }
    }
}

/// The same matrices by columns.
#[inline(always)]
fn transposed<P>(window: Window<P>) -> Window<P> {
    Window { rs: window.cs, cs: window.rs, ..window }
}

/// Real matrices of order 1 to 4, each in one run, never leave the registers. Every element goes through the same chain of
/// operations as in packs.
#[inline(always)]
fn in_registers<N: Number>(
    n: usize,
    operands: [(&Window<*const N::Scalar>, usize); 2],
    target: &Window<*mut N::Scalar>,
) -> bool {
    let runs = operands.iter().all(|(window, columns)| window.in_one_run(n, *columns));
    N::Scalar::PARTS == 1 && n <= 4 && runs && target.count == N::LANES && target.in_one_run(n, n)
}

/// [`inverse`] for one window of matrices of order R.
///
/// # Safety
/// The matrices are R x R, in one run, and the window is full.
#[inline(always)]
unsafe fn inverse_of_order<N: Number, const R: usize>(
    x: Window<*const N::Scalar>,
    g: Window<*const N::Scalar>,
    c: Window<*mut N::Scalar>,
) {
    // SAFETY: the caller's promise.
    let (x, g) = unsafe { (pack::load::<N, R, R>(x), pack::load::<N, R, R>(g)) };
    let [mut product, mut result] = [[[N::zero(); R]; R]; 2];
    each!(i < R, {
        each!(j < R, {
            each!(p < R, { product[i][j] = x[p][i].neg_mul_add(g[p][j], product[i][j]) });
            product[i][j] = product[i][j].neg();
        });
    });
    each!(i < R, {
        each!(j < R, {
            each!(p < R, { result[i][j] = product[i][p].neg_mul_add(x[j][p], result[i][j]) });
        });
    });
    // SAFETY: the caller's promise.
    unsafe { unpack::store(&result, c) }
}

/// [`solution`] for one window of vectors of R numbers.
///
/// # Safety
/// The vectors have R numbers, and the matrices are R x R, in one run; the window is full.
#[inline(always)]
unsafe fn solution_of_order<N: Number, const R: usize>(
    h: Window<*const N::Scalar>,
    x: Window<*const N::Scalar>,
    c: Window<*mut N::Scalar>,
) {
    // SAFETY: the caller's promise.
    let (h, x) = unsafe { (pack::load::<N, R, 1>(h), pack::load::<N, R, 1>(x)) };
    let mut result = [[N::zero(); R]; R];
    each!(i < R, {
        each!(j < R, { result[i][j] = h[i][0].neg_mul_add(x[j][0], N::zero()) });
    });
    // SAFETY: the caller's promise.
    unsafe { unpack::store(&result, c) }
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
