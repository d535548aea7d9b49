//! One window of matrices, from memory to memory: by a closed form where that is sure, else by elimination. `ORDER` is n
//! where a function is compiled for one order alone, else 0.

use super::condition::Norms;
use super::finding::Product;
use super::pack::{self, Ahead, Pack, Window};
use super::{
    Finding, Others, Parts, Room, Weights, backward, closed_form, condition, growth, inverse, lanes, lu,
    nobody, triangular, unpack,
};
use crate::lanes::{Lanes, Mask};
use crate::number::{Number, Part};
use crate::scalar::Real;

/// A part by its pointer or, if the order is known here, inline.
macro_rules! part {
    ($parts:ident, $order:ident, $part:ident, $inline:expr, $($argument:expr),*) => {
        if $order == 0 { ($parts.$part)($($argument),*) } else { $inline($($argument),*) }
    };
}

/// Are there closed forms for this type, and is this order one of those up to `most` that have one?
const fn closed<N: Number>(order: usize, most: usize) -> bool {
    closed_form::exist::<N>() && 0 < order && order <= most
}

/// The determinants, and the lanes where they are given.
///
/// # Safety
/// The matrices of the window are n x n, and the room is one for n.
#[inline(always)]
pub(crate) unsafe fn determinant<N: Number, const ORDER: usize>(
    parts: &Parts<N>,
    n: usize,
    source: Window<*const N::Scalar>,
    room: &Room<N>,
    ahead: Ahead,
) -> (N, <N::Lanes as Lanes>::Mask) {
    let n = if ORDER > 0 { ORDER } else { n };
    let (mut value, mut plain) = (N::zero(), nobody::<N>());
    // SAFETY: the same promise.
    unsafe {
        if closed::<N>(ORDER, 3) {
            ahead.part::<N>(0, 1);
            (value, plain) = closed_form::determinant::<N, ORDER>(parts, source, room);
            if plain.all() {
                return (value, plain);
            }
        }
        (parts.pack)(n, n, source, room.a);
        let pivots = part!(
            parts,
            ORDER,
            factor,
            lu::factor::<N, ORDER>,
            n,
            room.a,
            Others::Ignored,
            room.carried,
            0,
            Others::Ignored,
            room.diagonal,
            room.steps,
            ahead
        );
        let mut product = Product::<N>::new(pivots.sign);
        each!(k < n, {
            product.times(room.a.get(k, k));
        });
        (N::select(plain, value, product.value), plain.or(product.plain))
    }
}

/// The solutions for k right-hand sides.
///
/// # Safety
/// The matrices of the windows are n x n and n x k, and the room is one for n and k.
#[inline(always)]
pub(crate) unsafe fn solve<N: Number, const ORDER: usize>(
    parts: &Parts<N>,
    n: usize,
    k: usize,
    [source, side]: [Window<*const N::Scalar>; 2],
    target: Window<*mut N::Scalar>,
    room: &Room<N>,
    ahead: Ahead,
    full: bool,
    healthy: Part<N>,
) -> Finding<N> {
    // SAFETY: the same promise.
    unsafe {
        if closed::<N>(ORDER, closed_form::MAX) {
            ahead.part::<N>(0, 1);
            let (finding, sure) = if full {
                closed_form::solve::<N, ORDER, true>(parts, k, source, side, target, room)
            } else {
                closed_form::solve::<N, ORDER, false>(parts, k, source, side, target, room)
            };
            if sure.all() {
                return finding;
            }
            let rest = (parts.solve_packs)(parts, ORDER, k, room, ahead, full, healthy, sure.not(), target);
            return Finding::select(sure, finding, rest);
        }
        (parts.pack)(n, n, source, room.a);
        (parts.pack)(n, k, side, room.b);
        solve_packs::<N, ORDER>(parts, n, k, room, ahead, full, healthy, nobody::<N>().not(), target)
    }
}

/// [`solve`] by elimination, from the packs to the lanes that want it.
///
/// # Safety
/// The room is one for n and k, A and B are in their places.
#[inline(always)]
pub(crate) unsafe fn solve_packs<N: Number, const ORDER: usize>(
    parts: &Parts<N>,
    n: usize,
    k: usize,
    room: &Room<N>,
    ahead: Ahead,
    full: bool,
    healthy: Part<N>,
    wanted: <N::Lanes as Lanes>::Mask,
    target: Window<*mut N::Scalar>,
) -> Finding<N> {
    let n = if ORDER > 0 { ORDER } else { n };
    let zero = N::Lanes::splat(Part::<N>::ZERO);
    let nan = N::Lanes::splat(Part::<N>::NAN);
    // SAFETY: the room has the extents that every part asks for.
    unsafe {
        let norms = part!(parts, ORDER, norms, condition::norms::<N>, n, room.a, false);
        let finite = pack::finite_given(norms.one, n * room.a.row, room.a).and(pack::finite(n * k, room.b));
        let (mut f, mut x) = (room.a, room.b);
        if full {
            (f, x) = (room.f, room.x);
            pack::copy(n * room.a.row, room.a, f);
            pack::copy(n * k, room.b, x);
        }
        let pivots = part!(
            parts,
            ORDER,
            factor,
            lu::factor::<N, ORDER>,
            n,
            f,
            Others::Exchanged,
            x,
            k,
            Others::Eliminated,
            room.diagonal,
            room.steps,
            ahead
        );
        if ORDER > 0 && k == 1 {
            triangular::backward::<N, true>(n, 1, f, room.diagonal, x);
        } else {
            (parts.backward)(n, k, f, room.diagonal, x);
        }
        let singular = pivots.singular(n);
        let weights: Weights<N> = Pack::new(room.carried.at(0, 0), 1);
        let error = if full {
            let error = (parts.componentwise)(n, k, room.a, x, room.b, weights);
            backward::exchange::<N>(n, room.diagonal, weights);
            error
        } else {
            let grown = growth::grown::<N, ORDER>(parts, n, norms, f);
            N::Lanes::select(pack::finite(n * k, x).and(grown.not()), zero, nan)
        };
        let error = N::Lanes::select(singular, nan, error);
        pack::blank(n * k, singular, x);
        (parts.unpack)(n, k, x, wanted, target);
        let (mut rcond, mut bound) = (N::Lanes::splat(Part::<N>::INFINITY), zero);
        let screened = !full && n <= condition::screen_max::<N>();
        if !screened || !condition::screen(n, norms, f, room.diagonal, room.spare, healthy).all() {
            (rcond, bound) =
                reciprocal_condition(parts, n, norms, f, if full { Some(weights) } else { None }, room);
        }
        let rcond = pivots.trusted(n, rcond);
        let forward = if full { pivots.certain(bound, error) } else { error };
        Finding { finite, first_zero: pivots.first_zero, rcond, error, forward }
    }
}

/// The inverses.
///
/// # Safety
/// The matrices of the windows are n x n, and the room is one for n.
#[inline(always)]
pub(crate) unsafe fn invert<N: Number, const ORDER: usize>(
    parts: &Parts<N>,
    n: usize,
    source: Window<*const N::Scalar>,
    target: Window<*mut N::Scalar>,
    room: &Room<N>,
    ahead: Ahead,
    full: bool,
) -> Finding<N> {
    // SAFETY: the same promise.
    unsafe {
        if closed::<N>(ORDER, closed_form::MAX) {
            ahead.part::<N>(0, 1);
            let (finding, sure) = closed_form::invert::<N, ORDER>(parts, source, target, room, full);
            if sure.all() {
                return finding;
            }
            let rest = (parts.invert_packs)(parts, ORDER, room, ahead, full, sure.not(), target);
            return Finding::select(sure, finding, rest);
        }
        (parts.pack)(n, n, source, room.a);
        invert_packs::<N, ORDER>(parts, n, room, ahead, full, nobody::<N>().not(), target)
    }
}

/// [`invert`] by elimination, from the pack to the lanes that want it.
///
/// # Safety
/// The room is one for n, and A is in its place.
#[inline(always)]
pub(crate) unsafe fn invert_packs<N: Number, const ORDER: usize>(
    parts: &Parts<N>,
    n: usize,
    room: &Room<N>,
    ahead: Ahead,
    full: bool,
    wanted: <N::Lanes as Lanes>::Mask,
    target: Window<*mut N::Scalar>,
) -> Finding<N> {
    let n = if ORDER > 0 { ORDER } else { n };
    let nan = N::Lanes::splat(Part::<N>::NAN);
    // SAFETY: the room has the extents that every part asks for.
    unsafe {
        let norms = part!(parts, ORDER, norms, condition::norms::<N>, n, room.a, full);
        let finite = pack::finite_given(norms.one, n * room.a.row, room.a);
        let probe = room.carried.from(0, 1);
        let (mut f, mut width) = (room.a, 1);
        pack::number_rows(n, room.carried);
        if full {
            (f, width) = (room.f, 2);
            pack::copy(n * room.a.row, room.a, f);
            backward::probe_vector(n, probe);
        }
        let pivots = part!(
            parts,
            ORDER,
            factor,
            lu::factor::<N, ORDER>,
            n,
            f,
            Others::Eliminated,
            room.carried,
            width,
            Others::Exchanged,
            room.diagonal,
            room.steps,
            ahead
        );
        let grown = if full { nobody::<N>() } else { growth::grown::<N, ORDER>(parts, n, norms, f) };
        // A^-1 = U^-1 L^-1 P: f becomes U^-1 L^-1, and P exchanges its columns on the way out.
        part!(parts, ORDER, divide, lanes::divide::<N>, n, f, room.diagonal, room.spare);
        let inverse_norms = part!(parts, ORDER, norms, condition::norms::<N>, n, f, full);
        let error = if full {
            (parts.probe)(n, room.a, f, [norms, inverse_norms], probe, room.spare)
        } else {
            inverse_norms.one.mul(N::Lanes::splat(Part::<N>::ZERO))
        };
        let singular = pivots.singular(n);
        pack::blank(n * f.row, singular, f);
        unpack::unpack_columns(n, f, room.carried, wanted, target);
        let rcond = pivots.trusted(n, condition::quotient(norms, inverse_norms.unweighted_one()));
        let error = N::Lanes::select(singular.or(grown), nan, error);
        let forward = if full { backward::forward_error_of_inverse::<N>(n, error, rcond) } else { error };
        Finding { finite, first_zero: pivots.first_zero, rcond, error, forward }
    }
}

/// The reciprocal condition number from the norms of A and the factors, which may be lost, and `| |A^-1| g |_inf`, 0 if no
/// weights g are given: exact up to order [`condition::EXACT_MAX`], else estimated.
///
/// # Safety
/// The room is one for n, and has the factors in their places. There are n weights, in the order of the eliminated rows.
#[inline(always)]
pub(super) unsafe fn reciprocal_condition<N: Number>(
    parts: &Parts<N>,
    n: usize,
    norms: Norms<N>,
    f: Pack<N>,
    weights: Option<Weights<N>>,
    room: &Room<N>,
) -> (N::Lanes, N::Lanes) {
    // SAFETY: the same promise.
    unsafe {
        if n > condition::EXACT_MAX {
            return (parts.reciprocal)(n, norms, f, room.diagonal, weights, room.spare);
        }
        inverse::invert_lower(n, f);
        (parts.divide)(n, f, room.diagonal, room.spare);
        let rcond = condition::quotient(norms, (parts.norms)(n, f, false).unweighted_one());
        let bound = match weights {
            Some(weights) => backward::weighted_norm(n, f, weights),
            None => N::Lanes::splat(Part::<N>::ZERO),
        };
        (rcond, bound)
    }
}
