//! Whole small problems, one matrix per SIMD lane: the serial algorithm with a SIMD vector as its scalar
//! (Kim, Costa, Deveci, Bradley, Hammond, Guney, Knepper, Story, Rajamanickam 2017).
//!
//! Up to [`Number::LANES`] matrices are interleaved into a [`pack`], every algorithm of this folder runs on packs, and
//! the answers are taken apart again. Lanes never exchange data. The one thing they share is control flow, and that
//! only decides whether a blend that no lane wants is skipped; so a matrix gets the same bits in any lane beside any
//! neighbours. A matrix alone goes the same way with a single lane, its registers along its rows where it matters
//! ([`rows`]), and gets the same bits too.

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
pub(crate) mod backward;
pub(crate) mod block;
pub(crate) mod cholesky;
mod closed_form;
mod condition;
mod diagonal;
mod finding;
pub(crate) mod given;
mod growth;
mod inverse;
mod lu;
mod pack;
pub(crate) mod rows;
pub(crate) mod tile;
pub(crate) mod triangular;
mod unpack;
pub(crate) mod verbs;
pub(crate) mod vjp;
pub(crate) mod window;

use crate::lanes::{Lanes, Mask};
use crate::number::{Number, Part};
use crate::scalar::{Real, Scalar};
pub(crate) use backward::Weights;
pub(crate) use condition::{Norms, norms, reciprocal};
pub(crate) use diagonal::Diagonal;
pub(crate) use finding::Finding;
pub(crate) use lu::{Others, Pivots};
pub(crate) use pack::{Ahead, Pack, Window};
pub(crate) use unpack::unpack;

/// Vectors of n numbers that [`Room::spare`] holds: enough for the rows that [`inverse::divide`] saves, and for the
/// vectors of [`condition::reciprocal`].
const SPARE: usize = triangular::ROWS;
const _: () = assert!(condition::VECTORS <= SPARE);

/// The parts that several verbs share, each compiled once per element type and instruction set: by the macro of `isa/`,
/// which alone can give a function its target features.
#[expect(clippy::type_complexity, reason = "the signatures are those of the functions named")]
pub struct Parts<N: Number> {
    /// Rows of A are padded with zeros to a multiple of so many numbers: those of a register along them.
    pub(crate) wide: usize,
    /// [`pack::pack`].
    pub(crate) pack: unsafe fn(usize, usize, Window<*const N::Scalar>, Pack<N>),
    /// [`unpack::unpack`].
    pub(crate) unpack: unsafe fn(usize, usize, Pack<N>, <N::Lanes as Lanes>::Mask, Window<*mut N::Scalar>),
    /// [`lu::factor`].
    pub(crate) factor:
        unsafe fn(usize, Pack<N>, Others, Pack<N>, usize, Others, Diagonal<N>, Pack<N>, Ahead) -> Pivots<N>,
    /// [`condition::norms`].
    pub(crate) norms: unsafe fn(usize, Pack<N>, bool) -> Norms<N>,
    /// [`inverse::divide`].
    pub(crate) divide: unsafe fn(usize, Pack<N>, Diagonal<N>, Pack<N>),
    /// [`condition::reciprocal`].
    pub(crate) reciprocal:
        unsafe fn(usize, Norms<N>, Pack<N>, Diagonal<N>, Option<Weights<N>>, Pack<N>) -> (N::Lanes, N::Lanes),
    /// [`growth::largest_of_upper`].
    pub(crate) largest_of_upper: unsafe fn(usize, Pack<N>) -> N::Lanes,
    /// [`tile::update`].
    pub(crate) update: unsafe fn(usize, usize, usize, Pack<N>, Pack<N>, Pack<N>),
    /// [`triangular::forward`].
    pub(crate) forward: unsafe fn(usize, usize, Pack<N>, Pack<N>),
    /// [`triangular::backward`], correctly rounded.
    pub(crate) backward: unsafe fn(usize, usize, Pack<N>, Diagonal<N>, Pack<N>),
    /// [`backward::componentwise`].
    pub(crate) componentwise: unsafe fn(usize, usize, Pack<N>, Pack<N>, Pack<N>, Weights<N>) -> N::Lanes,
    /// [`backward::probe`].
    pub(crate) probe: unsafe fn(usize, Pack<N>, Pack<N>, [Norms<N>; 2], Pack<N>, Pack<N>) -> N::Lanes,
    /// [`window::solve_packs`].
    pub(crate) solve_packs: unsafe fn(
        &Self,
        usize,
        usize,
        &Room<N>,
        Ahead,
        bool,
        Part<N>,
        <N::Lanes as Lanes>::Mask,
        Window<*mut N::Scalar>,
    ) -> Finding<N>,
    /// [`window::invert_packs`].
    pub(crate) invert_packs: unsafe fn(
        &Self,
        usize,
        &Room<N>,
        Ahead,
        bool,
        <N::Lanes as Lanes>::Mask,
        Window<*mut N::Scalar>,
    ) -> Finding<N>,
}

/// The place of order n in a list with one entry for each order that may be compiled for itself, and one for all others.
#[inline(always)]
pub(crate) const fn place(n: usize) -> usize {
    if n > ORDERS { 0 } else { n }
}

/// The order n if it is compiled for itself, else 0, which stands for all others: closed forms and, because loops that run
/// a few times, and seldom as often as the time before, lose more with their ends than with their insides, the orders up
/// to 8 in lanes; of complex numbers up to 4, for their arithmetic takes longer.
pub(crate) const fn compiled_order<N: Number>(n: usize) -> usize {
    let real = N::Scalar::PARTS == 1;
    let closed = closed_form::exist::<N>() && n <= closed_form::MAX;
    let unrolled = N::LANES > 1 && N::Lanes::FUSED && 2 <= n && n <= if real { ORDERS } else { 4 };
    if closed || unrolled { n } else { 0 }
}

/// No larger order is compiled for itself.
pub(crate) const ORDERS: usize = 8;

/// The parts that are done otherwise for a matrix in every lane than for one alone: in every lane.
pub(crate) mod lanes {
    pub(crate) use super::growth::largest_of_upper;
    pub(crate) use super::pack::pack;
    use super::{Ahead, Diagonal, Number, Others, Pack, Pivots, inverse, lu};

    /// [`inverse::divide`].
    ///
    /// # Safety
    /// As there.
    #[inline(always)]
    pub(crate) unsafe fn divide<N: Number>(n: usize, f: Pack<N>, diagonal: Diagonal<N>, spare: Pack<N>) {
        // SAFETY: the same promise.
        unsafe { inverse::divide(n, n, f, diagonal, spare) }
    }

    /// [`lu::factor`] for any order.
    ///
    /// # Safety
    /// As there.
    #[inline(always)]
    pub(crate) unsafe fn factor<N: Number>(
        n: usize,
        f: Pack<N>,
        left: Others,
        carried: Pack<N>,
        width: usize,
        along: Others,
        diagonal: Diagonal<N>,
        steps: Pack<N>,
        ahead: Ahead,
    ) -> Pivots<N> {
        // SAFETY: the same promise.
        unsafe { lu::factor::<N, 0>(n, f, left, carried, width, along, diagonal, steps, ahead) }
    }
}

/// How the workspace is cut up. Every part is a [`Pack`]; sizes are in numbers.
pub(crate) struct Room<N: Number> {
    /// A as it came: n x n.
    a: Pack<N>,
    /// The factors, later perhaps the inverse: n x n.
    f: Pack<N>,
    /// What the elimination sets aside: n x n.
    steps: Pack<N>,
    /// What is divided by at the diagonal of U: n.
    diagonal: Diagonal<N>,
    /// Row numbers and the probing vector, exchanged along with the rows; or the weights of the residuals: n x 2.
    carried: Pack<N>,
    /// Saved rows, vectors: [`SPARE`] n.
    spare: Pack<N>,
    /// B as it came: n x k.
    b: Pack<N>,
    /// B exchanged, then X: n x k.
    x: Pack<N>,
}

/// Numbers from one row of A to the next. Not a multiple of high powers of two: then the rows would share a few sets of
/// the caches and drive each other out.
const fn row_length(n: usize, wide: usize) -> usize {
    if wide > 1 {
        n.next_multiple_of(wide)
    } else if n < 12 {
        n
    } else {
        n | 1
    }
}

impl<N: Number> Room<N> {
    /// Reals of workspace.
    #[inline(always)]
    fn size(n: usize, k: usize, wide: usize) -> usize {
        let row = row_length(n, wide);
        (row * (3 * n + SPARE) + n * (diagonal::WIDTH + 2 + 2 * k)) * Pack::<N>::STEP
    }

    /// # Safety
    /// `work` is valid for `size(n, k, wide)` reals.
    #[inline(always)]
    unsafe fn new(n: usize, k: usize, wide: usize, work: *mut Part<N>) -> Self {
        let (row, step) = (row_length(n, wide), n * Pack::<N>::STEP);
        // SAFETY: the parts follow each other without a gap and the last one, of n*k numbers, ends at `size(n, k, wide)`.
        unsafe {
            let f = work.add(row * step);
            let steps = f.add(row * step);
            let spare = steps.add(row * step);
            let d = spare.add(SPARE * row * Pack::<N>::STEP);
            let carried = d.add(diagonal::WIDTH * step);
            let b = carried.add(2 * step);
            Room {
                a: Pack::new(work, row),
                f: Pack::new(f, row),
                steps: Pack::new(steps, row),
                spare: Pack::new(spare, row),
                diagonal: Diagonal(Pack::new(d, diagonal::WIDTH)),
                carried: Pack::new(carried, 2),
                b: Pack::new(b, k),
                x: Pack::new(b.add(k * step), k),
            }
        }
    }
}

/// Reals of workspace for order n and k right-hand sides: [`crate::table::Small::workspace`].
#[inline(always)]
pub(crate) fn workspace<N: Number, const WIDE: usize>(n: usize, k: usize) -> usize {
    Room::<N>::size(n, k, WIDE)
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
