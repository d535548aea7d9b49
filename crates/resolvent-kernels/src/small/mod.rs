//! Whole small problems, one matrix per SIMD lane: the serial algorithm with a SIMD vector as its scalar
//! (Kim, Costa, Deveci, Bradley, Hammond, Guney, Knepper, Story, Rajamanickam 2017).
//!
//! Up to [`Number::LANES`] matrices are interleaved into a [`pack`], every algorithm of this folder runs on packs, and
//! the answers are taken apart again. Lanes never exchange data. The one thing they share is control flow, and that
//! only decides whether a blend that no lane wants is skipped; so a matrix gets the same bits in any lane beside any
//! neighbours.

mod backward;
mod condition;
mod divisor;
mod lu;
mod pack;
mod tile;
mod triangular;

use crate::lanes::{Lanes, Mask, Number, Part};
use crate::scalar::{Real, Scalar};
use crate::table::{Group, LANES_MAX, SMALL_MAX, Verdict};
use divisor::Diagonal;
use lu::Pivots;
use pack::Pack;

/// Vectors of n numbers that [`Room::spare`] holds: enough for the rows that [`triangular::invert`] saves next to the
/// n x n inverse that [`condition::reciprocal`] makes for n up to [`TINY`].
const SPARE: usize = triangular::ROWS + TINY;

/// The order of the matrices: known to the compiler, or not.
trait Order: Copy {
    /// May exceed [`TINY`]? If not, the loops over blocks and the estimator are not even compiled.
    const LARGE: bool;
    fn get(self) -> usize;
}

/// The largest order that has code of its own. One block of rows, at most.
const TINY: usize = 4;
const _: () = assert!(TINY <= triangular::ROWS && TINY <= condition::EXACT_MAX);

/// Is it worth the compiled code to have the tiny orders apart? Not for the fallback.
#[inline(always)]
const fn tiny_code<N: Number>() -> bool {
    size_of::<N::Lanes>() >= 32
}

/// An order known to the compiler, at most [`TINY`]: every loop is unrolled.
#[derive(Clone, Copy)]
struct Tiny<const ORDER: usize>;

impl<const ORDER: usize> Order for Tiny<ORDER> {
    const LARGE: bool = false;
    #[inline(always)]
    fn get(self) -> usize {
        ORDER
    }
}

impl Order for usize {
    const LARGE: bool = true;
    #[inline(always)]
    fn get(self) -> usize {
        self
    }
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
    n: usize,
    a: Group<'_, *const N::Scalar>,
    lu: Group<'_, *mut N::Scalar>,
    perms: *mut usize,
    verdicts: &mut [Verdict<Part<N>>],
    work: *mut Part<N>,
) {
    debug_assert!((1..=SMALL_MAX).contains(&n) && verdicts.len() == a.ptrs.len());
    // SAFETY: the caller's promises about operands and workspace are those the parts ask for: `a` and `lu` are n x n,
    // the room is `workspace(n, 0)`, and all of A is read before LU is written. `perms` holds n row numbers for each
    // matrix, and there are no more than LANES matrices.
    unsafe {
        let room = Room::<N>::new(n, 0, work);
        pack::pack(n, n, a, room.a);
        let norms = condition::norms(n, room.a, room.spare);
        let finite = pack::finite_given(norms.one, n * n, room.a);
        pack::copy(n * n, room.a, room.f);
        pack::number_rows(n, room.carried);
        let pivots = lu::factor(n, room.f, room.carried, 1, room.diagonal);
        pack::unpack(n, n, room.f, lu);
        for l in 0..a.ptrs.len() {
            for i in 0..n {
                *perms.add(l * n + i) = pack::row_number(room.carried, i, l);
            }
        }
        let rcond = condition::reciprocal(n, norms, room.f, room.diagonal, room.spare);
        judge::<N>(n, finite, &pivots, rcond, N::Lanes::splat(Part::<N>::ZERO), verdicts);
    }
}

/// `X = A^-1 B`: [`crate::table::Small::solve`].
///
/// # Safety
/// As [`crate::table::Small`] demands.
#[inline(always)]
pub unsafe fn solve<N: Number>(
    n: usize,
    k: usize,
    a: Group<'_, *const N::Scalar>,
    b: Group<'_, *const N::Scalar>,
    x: Group<'_, *mut N::Scalar>,
    verdicts: &mut [Verdict<Part<N>>],
    work: *mut Part<N>,
) {
    // SAFETY: the caller's promises are passed on. The tiniest problems have code of their own.
    unsafe {
        if const { !tiny_code::<N>() } {
            return solve_order::<N, _>(n, k, a, b, x, verdicts, work);
        }
        match n {
            1 => solve_order::<N, _>(Tiny::<1>, k, a, b, x, verdicts, work),
            2 => solve_order::<N, _>(Tiny::<2>, k, a, b, x, verdicts, work),
            3 => solve_order::<N, _>(Tiny::<3>, k, a, b, x, verdicts, work),
            4 => solve_order::<N, _>(Tiny::<4>, k, a, b, x, verdicts, work),
            _ => solve_order::<N, _>(n, k, a, b, x, verdicts, work),
        }
    }
}

/// [`solve`] for an order that may be known to the compiler.
///
/// # Safety
/// As [`solve`].
#[inline(always)]
unsafe fn solve_order<N: Number, S: Order>(
    order: S,
    k: usize,
    a: Group<'_, *const N::Scalar>,
    b: Group<'_, *const N::Scalar>,
    x: Group<'_, *mut N::Scalar>,
    verdicts: &mut [Verdict<Part<N>>],
    work: *mut Part<N>,
) {
    let n = order.get();
    debug_assert!((1..=SMALL_MAX).contains(&n) && verdicts.len() == a.ptrs.len());
    // SAFETY: as in `factor`; B and X are n x k, and all of A and B is read before X is written.
    unsafe {
        let room = Room::<N>::new(n, k, work);
        pack::pack(n, n, a, room.a);
        pack::pack(n, k, b, room.b);
        let norms = condition::norms(n, room.a, room.spare);
        let finite = pack::finite_given(norms.one, n * n, room.a).and(pack::finite(n * k, room.b));
        pack::copy(n * n, room.a, room.f);
        pack::copy(n * k, room.b, room.x);
        let pivots = lu::factor(order, room.f, room.x, k, room.diagonal);
        triangular::forward(order, k, room.f, room.x);
        triangular::backward(order, k, room.f, room.diagonal, room.x);
        let error = backward::componentwise(n, k, room.a, room.x, room.b);
        pack::blank(n * k, pivots.singular(n), room.x);
        pack::unpack(n, k, room.x, x);
        let rcond = condition::reciprocal(order, norms, room.f, room.diagonal, room.spare);
        judge::<N>(n, finite, &pivots, rcond, error, verdicts);
    }
}

/// `X = A^-1`: [`crate::table::Small::invert`].
///
/// # Safety
/// As [`crate::table::Small`] demands.
#[inline(always)]
pub unsafe fn invert<N: Number>(
    n: usize,
    a: Group<'_, *const N::Scalar>,
    x: Group<'_, *mut N::Scalar>,
    verdicts: &mut [Verdict<Part<N>>],
    work: *mut Part<N>,
) {
    // SAFETY: the caller's promises are passed on. The tiniest problems have code of their own.
    unsafe {
        if const { !tiny_code::<N>() } {
            return invert_order::<N, _>(n, a, x, verdicts, work);
        }
        match n {
            1 => invert_order::<N, _>(Tiny::<1>, a, x, verdicts, work),
            2 => invert_order::<N, _>(Tiny::<2>, a, x, verdicts, work),
            3 => invert_order::<N, _>(Tiny::<3>, a, x, verdicts, work),
            4 => invert_order::<N, _>(Tiny::<4>, a, x, verdicts, work),
            _ => invert_order::<N, _>(n, a, x, verdicts, work),
        }
    }
}

/// [`invert`] for an order that may be known to the compiler.
///
/// # Safety
/// As [`invert`].
#[inline(always)]
unsafe fn invert_order<N: Number, S: Order>(
    order: S,
    a: Group<'_, *const N::Scalar>,
    x: Group<'_, *mut N::Scalar>,
    verdicts: &mut [Verdict<Part<N>>],
    work: *mut Part<N>,
) {
    let n = order.get();
    debug_assert!((1..=SMALL_MAX).contains(&n) && verdicts.len() == a.ptrs.len());
    // SAFETY: as in `factor`; X is n x n, and all of A is read before X is written.
    unsafe {
        let room = Room::<N>::new(n, 0, work);
        pack::pack(n, n, a, room.a);
        let norms = condition::norms(n, room.a, room.spare);
        let finite = pack::finite_given(norms.one, n * n, room.a);
        pack::copy(n * n, room.a, room.f);
        pack::number_rows(n, room.carried);
        backward::probe_vector(n, room.carried.from(0, 1));
        let pivots = lu::factor(order, room.f, room.carried, 2, room.diagonal);
        // A^-1 = U^-1 L^-1 P: f becomes U^-1 L^-1, and P exchanges its columns on the way out.
        triangular::invert(order, room.f, room.diagonal, room.spare);
        let inverse_norms = condition::norms(n, room.f, room.spare);
        let error =
            backward::probe(n, room.a, room.f, norms, inverse_norms, room.carried.from(0, 1), room.spare);
        pack::blank(n * n, pivots.singular(n), room.f);
        pack::unpack_columns(n, room.f, room.carried, x);
        let rcond = condition::quotient(norms, inverse_norms.unweighted_one());
        judge::<N>(n, finite, &pivots, rcond, error, verdicts);
    }
}

/// Writes the verdicts.
#[inline(always)]
fn judge<N: Number>(
    n: usize,
    finite: <N::Lanes as Lanes>::Mask,
    pivots: &Pivots<N>,
    rcond: N::Lanes,
    error: N::Lanes,
    verdicts: &mut [Verdict<Part<N>>],
) {
    let zero = N::Lanes::splat(Part::<N>::ZERO);
    let nan = N::Lanes::splat(Part::<N>::NAN);
    let singular = pivots.singular(n);
    let error = N::Lanes::select(singular.not().and(finite), error, nan);
    // Finite numbers that overflowed on the way have no inverse to speak of.
    let rcond = rcond.add(pivots.overflow);
    let rcond = N::Lanes::select(singular.or(rcond.eq(rcond).not()), zero, rcond);
    let rcond = N::Lanes::select(finite, rcond, nan);
    let mut rows = [[Part::<N>::ZERO; LANES_MAX]; 3];
    assert!(N::LANES <= LANES_MAX);
    // SAFETY: each row has LANES_MAX reals, at least LANES as just asserted.
    unsafe {
        rcond.store(rows[0].as_mut_ptr());
        error.store(rows[1].as_mut_ptr());
        pivots.first_zero.store(rows[2].as_mut_ptr());
    }
    let odd = zero.gt(pivots.sign);
    for (l, verdict) in verdicts.iter_mut().enumerate() {
        let is_finite = finite.lane(l);
        let is_singular = singular.lane(l) && is_finite;
        *verdict = Verdict {
            zero_pivot: if is_singular { Some(rows[2][l].to_f64() as usize) } else { None },
            finite: is_finite,
            odd: odd.lane(l),
            rcond: rows[0][l],
            backward_error: rows[1][l],
        };
    }
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
