//! Whole small problems, one matrix per SIMD lane: the serial algorithm with a SIMD vector as its scalar
//! (Kim, Costa, Deveci, Bradley, Hammond, Guney, Knepper, Story, Rajamanickam 2017).
//!
//! Up to [`Number::LANES`] matrices are interleaved into a [`pack`], every algorithm of this folder runs on packs, and
//! the answers are taken apart again. Lanes never exchange data. The one thing they share is control flow, and that
//! only decides whether a blend that no lane wants is skipped; so a matrix gets the same bits in any lane beside any
//! neighbours.

/// `$columns!(c, e)` for e = 0, 4, ...: c consecutive reals from number e on, four at a time as long as there are four.
/// What is left is taken with those before it, as four again, if they may `overlap` and there are so many; else alone.
macro_rules! by_fours {
    ($count:expr, $columns:ident, overlap: $overlap:literal) => {
        let count = $count;
        let mut e = 0;
        while e + 4 <= count {
            $columns!(4, e);
            e += 4;
        }
        match count - e {
            0 => {}
            _ if $overlap && count > 4 => {
                $columns!(4, count - 4);
            }
            1 => {
                $columns!(1, e);
            }
            2 => {
                $columns!(2, e);
            }
            _ => {
                $columns!(3, e);
            }
        }
    };
}

mod adjugate;
mod backward;
mod closed_form;
mod condition;
mod divisor;
mod exchange;
mod finding;
mod inverse;
mod lu;
mod pack;
mod tile;
mod triangular;
mod unpack;

use crate::lanes::{Lanes, Mask};
use crate::number::{Number, Part};
use crate::scalar::{Real, Scalar};
use crate::table::{Group, LANES_MAX, Report, SMALL_MAX};
pub(crate) use condition::{Norms, norms, reciprocal};
pub(crate) use divisor::Diagonal;
use finding::{Finding, Product};
pub(crate) use inverse::invert as invert_factors;
pub(crate) use lu::{Pivots, factor as eliminate};
pub(crate) use pack::{Pack, Window, pack};
pub(crate) use unpack::unpack;

/// Vectors of n numbers that [`Room::spare`] holds: enough for the rows that [`inverse::invert`] saves, and for the
/// vectors of [`condition::reciprocal`].
const SPARE: usize = triangular::ROWS;
const _: () = assert!(condition::VECTORS <= SPARE);

/// The parts that several verbs share, each compiled once per element type and instruction set: by the macro of `isa/`,
/// which alone can give a function its target features.
#[expect(clippy::type_complexity, reason = "the signatures are those of the functions named")]
pub struct Parts<N: Number> {
    /// [`pack::pack`].
    pub(crate) pack: unsafe fn(usize, usize, Window<*const N::Scalar>, Pack<N>),
    /// [`unpack::unpack`].
    pub(crate) unpack: unsafe fn(usize, usize, Pack<N>, <N::Lanes as Lanes>::Mask, Window<*mut N::Scalar>),
    /// [`lu::factor`].
    pub(crate) factor: unsafe fn(usize, Pack<N>, Pack<N>, usize, Diagonal<N>, bool) -> Pivots<N>,
    /// [`condition::norms`].
    pub(crate) norms: unsafe fn(usize, Pack<N>, Pack<N>) -> Norms<N>,
    /// [`inverse::invert`].
    pub(crate) invert: unsafe fn(usize, Pack<N>, Diagonal<N>, Pack<N>),
    /// [`condition::reciprocal`].
    pub(crate) reciprocal: unsafe fn(usize, Norms<N>, Pack<N>, Diagonal<N>, Pack<N>) -> N::Lanes,
}

/// How the workspace is cut up. Every part is a [`Pack`]; sizes are in numbers.
struct Room<N: Number> {
    /// A as it came: n x n.
    a: Pack<N>,
    /// The factors, later perhaps the inverse: n x n.
    f: Pack<N>,
    /// What is divided by at the diagonal of U: n.
    diagonal: Diagonal<N>,
    /// Row numbers and the probing vector, exchanged along with the rows: n x 2.
    carried: Pack<N>,
    /// Saved rows, vectors: [`SPARE`] n.
    spare: Pack<N>,
    /// B as it came: n x k.
    b: Pack<N>,
    /// B exchanged, then X: n x k.
    x: Pack<N>,
}

impl<N: Number> Room<N> {
    /// Reals of workspace.
    #[inline(always)]
    fn size(n: usize, k: usize) -> usize {
        (n * (2 * n + divisor::WIDTH + 2 + SPARE + 2 * k)) * Pack::<N>::STEP
    }

    /// # Safety
    /// `work` is valid for `size(n, k)` reals.
    #[inline(always)]
    unsafe fn new(n: usize, k: usize, work: *mut Part<N>) -> Self {
        let step = n * Pack::<N>::STEP;
        // SAFETY: the parts follow each other without a gap and the last one, of n*k numbers, ends at `size(n, k)`.
        unsafe {
            let f = work.add(n * step);
            let d = f.add(n * step);
            let carried = d.add(divisor::WIDTH * step);
            let spare = carried.add(2 * step);
            let b = spare.add(SPARE * step);
            Room {
                a: Pack::new(work, n),
                f: Pack::new(f, n),
                diagonal: Diagonal(Pack::new(d, divisor::WIDTH)),
                carried: Pack::new(carried, 2),
                spare: Pack::new(spare, n),
                b: Pack::new(b, k),
                x: Pack::new(b.add(k * step), k),
            }
        }
    }
}

/// Reals of workspace for order n and k right-hand sides: [`crate::table::Small::workspace`].
#[inline(always)]
pub fn workspace<N: Number>(n: usize, k: usize) -> usize {
    Room::<N>::size(n, k)
}

/// `P A = L U`: [`crate::table::Small::factor`].
///
/// # Safety
/// As [`crate::table::Small`] demands.
#[inline(always)]
pub unsafe fn factor<N: Number>(
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
        let room = Room::<N>::new(n, 0, work);
        while start < a.ptrs.len() {
            let source = Window::new::<N>(a, start, &mut sources);
            let target = Window::new::<N>(lu, start, &mut targets);
            (parts.pack)(n, n, source, room.a);
            let norms = (parts.norms)(n, room.a, room.spare);
            let finite = pack::finite_given(norms.one, n * n, room.a);
            pack::copy(n * n, room.a, room.f);
            pack::number_rows(n, room.carried);
            let pivots = (parts.factor)(n, room.f, room.carried, 1, room.diagonal, true);
            (parts.unpack)(n, n, room.f, nobody::<N>().not(), target);
            for l in 0..source.count {
                for i in 0..n {
                    *perms.add((start + l) * n + i) = pack::row_number(room.carried, i, l);
                }
            }
            let rcond = reciprocal_condition(parts, n, norms, &room);
            let nan = N::Lanes::splat(Part::<N>::NAN);
            let error = N::Lanes::select(pivots.singular(n), nan, N::Lanes::splat(Part::<N>::ZERO));
            let rcond = pivots.trusted(n, rcond);
            let finding = Finding::<N> { finite, first_zero: pivots.first_zero, rcond, error };
            fine &= finding.report(n, start, source.count, report);
            start += N::LANES;
        }
    }
    fine
}

/// The reciprocal condition number from the norms of A and the factors, which may be lost: exact up to order
/// [`condition::EXACT_MAX`], else estimated.
///
/// # Safety
/// The room is one for n, and has the factors in their places.
#[inline(always)]
unsafe fn reciprocal_condition<N: Number>(
    parts: &Parts<N>,
    n: usize,
    norms: Norms<N>,
    room: &Room<N>,
) -> N::Lanes {
    // SAFETY: the same promise.
    unsafe {
        if n > condition::EXACT_MAX {
            return (parts.reciprocal)(n, norms, room.f, room.diagonal, room.spare);
        }
        (parts.invert)(n, room.f, room.diagonal, room.spare);
        condition::quotient(norms, (parts.norms)(n, room.f, room.spare).unweighted_one())
    }
}

/// The determinant: [`crate::table::Small::determinant`].
///
/// # Safety
/// As [`crate::table::Small`] demands.
#[inline(always)]
pub unsafe fn determinant<N: Number>(
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
        let room = Room::<N>::new(n, 0, work);
        while start < a.ptrs.len() {
            let source = Window::new::<N>(a, start, &mut sources);
            let (mut value, mut plain) = (N::zero(), nobody::<N>());
            if closed_form::exist::<N>() {
                (value, plain) = match n {
                    1 => closed_form::determinant::<N, 1>(parts, source, &room),
                    2 => closed_form::determinant::<N, 2>(parts, source, &room),
                    3 => closed_form::determinant::<N, 3>(parts, source, &room),
                    _ => (value, plain),
                };
            }
            if !plain.all() {
                (parts.pack)(n, n, source, room.a);
                let pivots = (parts.factor)(n, room.a, room.carried, 0, room.diagonal, false);
                let mut product = Product::<N>::new(pivots.sign);
                each!(k < n, {
                    product.times(room.a.get(k, k));
                });
                value = N::select(plain, value, product.value);
                plain = plain.or(product.plain);
            }
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
pub unsafe fn solve<N: Number>(
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
        let room = Room::<N>::new(n, k, work);
        while start < a.ptrs.len() {
            let source = Window::new::<N>(a, start, &mut sources);
            let side = Window::new::<N>(b, start, &mut sides);
            let target = Window::new::<N>(x, start, &mut targets);
            let (mut finding, mut sure) = (Finding::nothing(), nobody::<N>());
            if closed_form::exist::<N>() && n <= closed_form::MAX {
                (finding, sure) = match n {
                    1 => closed_form::solve::<N, 1>(parts, k, source, side, target, &room),
                    2 => closed_form::solve::<N, 2>(parts, k, source, side, target, &room),
                    3 => closed_form::solve::<N, 3>(parts, k, source, side, target, &room),
                    _ => closed_form::solve::<N, 4>(parts, k, source, side, target, &room),
                };
            } else {
                (parts.pack)(n, n, source, room.a);
                (parts.pack)(n, k, side, room.b);
            }
            if !sure.all() {
                let eliminated = solve_packs(parts, n, k, &room, report.full, report.healthy);
                (parts.unpack)(n, k, room.x, sure.not(), target);
                finding = Finding::select(sure, finding, eliminated);
            }
            fine &= finding.report(n, start, source.count, report);
            start += N::LANES;
        }
    }
    fine
}

/// [`solve`] for one window, from pack to pack.
///
/// # Safety
/// The room is one for n and k, A and B are in their places.
#[inline(always)]
unsafe fn solve_packs<N: Number>(
    parts: &Parts<N>,
    n: usize,
    k: usize,
    room: &Room<N>,
    full: bool,
    healthy: Part<N>,
) -> Finding<N> {
    let zero = N::Lanes::splat(Part::<N>::ZERO);
    let nan = N::Lanes::splat(Part::<N>::NAN);
    // SAFETY: the room has the extents that every part asks for.
    unsafe {
        let norms = (parts.norms)(n, room.a, room.spare);
        let finite = pack::finite_given(norms.one, n * n, room.a).and(pack::finite(n * k, room.b));
        pack::copy(n * n, room.a, room.f);
        pack::copy(n * k, room.b, room.x);
        let pivots = (parts.factor)(n, room.f, room.x, k, room.diagonal, true);
        triangular::forward(n, k, room.f, room.x);
        triangular::backward::<N, true>(n, k, room.f, room.diagonal, room.x);
        let error = if full {
            backward::componentwise(n, k, room.a, room.x, room.b)
        } else {
            N::Lanes::select(pack::finite(n * k, room.x), zero, nan)
        };
        let singular = pivots.singular(n);
        pack::blank(n * k, singular, room.x);
        let mut rcond = N::Lanes::splat(Part::<N>::INFINITY);
        let screened = !full && n <= condition::screen_max::<N>();
        if !screened || !condition::screen(n, norms, room.f, room.diagonal, room.spare, healthy).all() {
            rcond = reciprocal_condition(parts, n, norms, room);
        }
        let rcond = pivots.trusted(n, rcond);
        let error = N::Lanes::select(singular, nan, error);
        Finding { finite, first_zero: pivots.first_zero, rcond, error }
    }
}

/// `X = A^-1`: [`crate::table::Small::invert`].
///
/// # Safety
/// As [`crate::table::Small`] demands.
#[inline(always)]
pub unsafe fn invert<N: Number>(
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
        let room = Room::<N>::new(n, 0, work);
        while start < a.ptrs.len() {
            let source = Window::new::<N>(a, start, &mut sources);
            let target = Window::new::<N>(x, start, &mut targets);
            let (mut finding, mut sure) = (Finding::nothing(), nobody::<N>());
            if closed_form::exist::<N>() && n <= closed_form::MAX {
                (finding, sure) = match n {
                    1 => closed_form::invert::<N, 1>(parts, source, target, &room, report.full),
                    2 => closed_form::invert::<N, 2>(parts, source, target, &room, report.full),
                    3 => closed_form::invert::<N, 3>(parts, source, target, &room, report.full),
                    _ => closed_form::invert::<N, 4>(parts, source, target, &room, report.full),
                };
            } else {
                (parts.pack)(n, n, source, room.a);
            }
            if !sure.all() {
                let eliminated = invert_packs(parts, n, &room, report.full);
                unpack::unpack_columns(n, room.f, room.carried, sure.not(), target);
                finding = Finding::select(sure, finding, eliminated);
            }
            fine &= finding.report(n, start, source.count, report);
            start += N::LANES;
        }
    }
    fine
}

/// [`invert`] for one window, from pack to pack; the columns still to be permuted.
///
/// # Safety
/// The room is one for n, and A is in its place.
#[inline(always)]
unsafe fn invert_packs<N: Number>(parts: &Parts<N>, n: usize, room: &Room<N>, full: bool) -> Finding<N> {
    let nan = N::Lanes::splat(Part::<N>::NAN);
    // SAFETY: the room has the extents that every part asks for.
    unsafe {
        let norms = (parts.norms)(n, room.a, room.spare);
        let finite = pack::finite_given(norms.one, n * n, room.a);
        pack::copy(n * n, room.a, room.f);
        pack::number_rows(n, room.carried);
        let probe = room.carried.from(0, 1);
        backward::probe_vector(n, probe);
        let pivots = (parts.factor)(n, room.f, room.carried, 2, room.diagonal, true);
        // A^-1 = U^-1 L^-1 P: f becomes U^-1 L^-1, and P exchanges its columns on the way out.
        (parts.invert)(n, room.f, room.diagonal, room.spare);
        let inverse_norms = (parts.norms)(n, room.f, room.spare);
        let error = if full {
            backward::probe(n, room.a, room.f, norms, inverse_norms, probe, room.spare)
        } else {
            inverse_norms.one.mul(N::Lanes::splat(Part::<N>::ZERO))
        };
        let singular = pivots.singular(n);
        pack::blank(n * n, singular, room.f);
        let rcond = pivots.trusted(n, condition::quotient(norms, inverse_norms.unweighted_one()));
        Finding {
            finite,
            first_zero: pivots.first_zero,
            rcond,
            error: N::Lanes::select(singular, nan, error),
        }
    }
}

/// No lane.
#[inline(always)]
fn nobody<N: Number>() -> <N::Lanes as Lanes>::Mask {
    let zero = N::Lanes::splat(Part::<N>::ZERO);
    zero.gt(zero)
}

/// A small whole number in every lane.
#[inline(always)]
fn whole<V: Lanes>(i: usize) -> V {
    V::splat(V::Elem::from_f64(i as f64))
}

/// The larger; NaN if either is NaN.
#[inline(always)]
fn max_nan<V: Lanes>(a: V, b: V) -> V {
    V::select(a.gt(b).or(a.eq(a).not()), a, b)
}

/// Not-a-number in every part of every lane.
#[inline(always)]
fn not_a_number<N: Number>() -> N {
    N::splat(N::Scalar::nan())
}
