//! One matrix instead of one per lane: the registers lie along its rows. The same operations on every element, in the
//! same order, as [`super::lu`] and [`super::inverse`] do them lane by lane, and so the same bits.
//!
//! Rows are padded with zeros to whole registers.

use core::mem::MaybeUninit;

use super::block::Block;
use super::diagonal::Diagonal;
use super::lu::{Others, Pivot, Pivots};
use super::pack::{Ahead, Pack, Window};
use super::{inverse, whole};
use crate::divisor::Divisor;
use crate::lanes::{Lanes, Mask};
use crate::number::{Number, Part};
use crate::scalar::{Real, Scalar};
use crate::table::{LANES_MAX, SMALL_MAX};

/// A matrix whose rows are read in registers of `V`.
#[derive(Clone, Copy)]
pub(crate) struct Rows<V: Number>(pub(crate) Pack<V::One>);

impl<V: Number> Block<V> for Rows<V> {
    type Single = V::One;
    #[inline(always)]
    unsafe fn right(self, v: usize) -> Self {
        // SAFETY: the caller's promise.
        Rows(unsafe { self.0.from(0, v * V::LANES) })
    }
    #[inline(always)]
    unsafe fn from(self, i: usize, j: usize) -> Self {
        // SAFETY: the caller's promise.
        Rows(unsafe { self.0.from(i, j) })
    }
    #[inline(always)]
    unsafe fn coefficient(self, i: usize, j: usize) -> V {
        // SAFETY: the caller's promise.
        unsafe { V::splat_planar(self.0.at(i, j), 1) }
    }
    #[inline(always)]
    unsafe fn row(self, i: usize, v: usize) -> V {
        // SAFETY: the caller's promise: rows are padded to whole registers.
        unsafe { V::load(self.0.at(i, v * V::LANES).cast()) }
    }
    #[inline(always)]
    unsafe fn put_row(self, i: usize, v: usize, x: V) {
        // SAFETY: as in `row`.
        unsafe { x.store(self.0.at(i, v * V::LANES).cast()) }
    }
    #[inline(always)]
    unsafe fn divisor(diagonal: Diagonal<V::One>, i: usize) -> Divisor<V> {
        // SAFETY: the caller's promise.
        unsafe { diagonal.get_wide(i) }
    }
    #[inline(always)]
    unsafe fn open(self, vectors: usize, i: usize, spare: Self) {
        let (here, zero) = (i / V::LANES, V::zero());
        let number = numbers::<V>(here * V::LANES);
        // SAFETY: the caller's promise.
        unsafe {
            for v in here..vectors {
                spare.put_row(0, v, self.row(i, v).neg());
            }
            let x = V::select(number.gt(whole(i)), zero, self.row(i, here));
            self.put_row(i, here, V::select(number.eq(whole(i)), V::one().neg(), x));
            for v in here + 1..vectors {
                self.put_row(i, v, zero);
            }
        }
    }
}

/// `start`, `start` + 1, ...
#[inline(always)]
fn numbers<V: Number>(start: usize) -> V::Lanes {
    let mut numbers = [Part::<V>::ZERO; LANES_MAX];
    each!(l < V::LANES, { numbers[l] = Part::<V>::from_f64(l as f64) });
    // SAFETY: LANES <= LANES_MAX, as [`Column::new`] asserts.
    unsafe { V::Lanes::load(numbers.as_ptr()) }.add(whole(start))
}

/// One column: room for its numbers and zeros behind them up to a whole register.
#[repr(C, align(64))]
struct Column<V: Number>(MaybeUninit<[V::Scalar; SMALL_MAX]>);

impl<V: Number> Column<V> {
    #[inline(always)]
    fn new() -> Self {
        const { assert!(SMALL_MAX.is_multiple_of(LANES_MAX) && V::LANES <= LANES_MAX) };
        Column(MaybeUninit::uninit())
    }
    #[inline(always)]
    fn at(&mut self, i: usize) -> *mut V::Scalar {
        debug_assert!(i < SMALL_MAX);
        self.0.as_mut_ptr().cast::<V::Scalar>().wrapping_add(i)
    }
    /// # Safety
    /// i < SMALL_MAX, and it has been written.
    #[inline(always)]
    unsafe fn get(&mut self, i: usize) -> V::One {
        // SAFETY: the caller's promise.
        unsafe { V::One::load(self.at(i)) }
    }
    /// # Safety
    /// i < SMALL_MAX.
    #[inline(always)]
    unsafe fn put(&mut self, i: usize, x: V::One) {
        // SAFETY: the caller's promise.
        unsafe { x.store(self.at(i)) }
    }
}

/// The search for the element of a column that is largest by `abs1`, the first of equals; the first of all if that is
/// NaN. In whole numbers, which processors choose between without a branch; two at a time, so that one does not wait for
/// the other.
struct Search {
    first: usize,
    nan: bool,
    ranks: [u64; 2],
    rows: [usize; 2],
}

impl Search {
    /// From this element in row `first` on.
    #[inline(always)]
    fn new<N: Number>(first: usize, x: N) -> Self {
        let size = real::<N>(x.abs1());
        Search { first, nan: size.is_nan(), ranks: [size.rank(), 0], rows: [first, usize::MAX] }
    }
    /// Row i, further down.
    #[inline(always)]
    fn see<N: Number>(&mut self, chain: usize, i: usize, x: N) {
        let rank = real::<N>(x.abs1()).rank();
        let larger = rank > self.ranks[chain];
        self.ranks[chain] = if larger { rank } else { self.ranks[chain] };
        self.rows[chain] = if larger { i } else { self.rows[chain] };
    }
    /// The row.
    #[inline(always)]
    fn found(&self) -> usize {
        let (ranks, rows) = (self.ranks, self.rows);
        let second = (ranks[1] > ranks[0]) | ((ranks[1] == ranks[0]) & (rows[1] < rows[0]));
        let row = if second { rows[1] } else { rows[0] };
        if self.nan { self.first } else { row }
    }
}

/// The only lane.
#[inline(always)]
fn real<N: Number>(x: N::Lanes) -> Part<N> {
    const { assert!(N::LANES == 1) };
    let mut lane = Part::<N>::ZERO;
    // SAFETY: one real.
    unsafe { x.store(&raw mut lane) };
    lane
}

/// [`super::lu::factor`].
///
/// # Safety
/// As there; the rows of f are padded with zeros to whole registers of `V`, those of `carried` are not.
#[inline(always)]
pub(crate) unsafe fn factor<V: Number>(
    n: usize,
    f: Pack<V::One>,
    left: Others,
    carried: Pack<V::One>,
    width: usize,
    along: Others,
    diagonal: Diagonal<V::One>,
    _steps: Pack<V::One>,
    ahead: Ahead,
) -> Pivots<V::One> {
    let rows = Rows::<V>(f);
    let vectors = f.row / V::LANES;
    let mut pivots = Pivots::new(n);
    let (mut column, mut multipliers) = (Column::<V>::new(), Column::<V>::new());
    // SAFETY: k < i < n <= SMALL_MAX; rows and columns of registers end where those of f end.
    unsafe {
        let mut search = Search::new(0, f.get(0, 0));
        for i in 0..n.next_multiple_of(V::LANES) {
            let x = if i < n { f.get(i, 0) } else { V::One::zero() };
            column.put(i, x);
            search.see(i & 1, i, x);
        }
        let mut row = search.found();
        for k in 0..n {
            ahead.part::<V>(k, n);
            let value = column.get(row);
            let divisor = Divisor::new(value);
            pivots.note(n, k, Pivot::first(whole(row), value));
            diagonal.put(k, divisor, whole(row));
            let wide = diagonal.get_wide::<V>(k);
            let displaced = column.get(k);
            column.put(row, displaced);
            // L goes along with its rows.
            for v in 0..vectors {
                let (upper, lower) = (rows.row(k, v), rows.row(row, v));
                rows.put_row(k, v, lower);
                rows.put_row(row, v, upper);
            }
            for j in 0..width {
                let (upper, lower) = (carried.get(k, j), carried.get(row, j));
                carried.put(k, j, lower);
                carried.put(row, j, upper);
            }
            if k + 1 == n {
                break;
            }
            let mut v = (k + 1) / V::LANES * V::LANES;
            while v < n {
                wide.divide_smaller(V::load(column.at(v))).store(multipliers.at(v));
                v += V::LANES;
            }
            // The next pivot is looked for before the other columns are served, so that nobody waits for it.
            let top = f.get(k, k + 1);
            macro_rules! next {
                ($i:expr) => {{
                    let x = multipliers.get($i).neg_mul_add(top, f.get($i, k + 1));
                    column.put($i, x);
                    x
                }};
            }
            let mut search = Search::new(k + 1, next!(k + 1));
            let mut i = k + 2;
            while i + 1 < n {
                search.see(0, i, next!(i));
                search.see(1, i + 1, next!(i + 1));
                i += 2;
            }
            if i < n {
                search.see(0, i, next!(i));
            }
            row = search.found();
            let here = k / V::LANES;
            subtract_here(n, k, left, rows, &mut multipliers);
            if left == Others::Eliminated {
                subtract(n, k, 0, here, rows, &mut multipliers);
            }
            subtract(n, k, here + 1, vectors, rows, &mut multipliers);
            if along == Others::Eliminated {
                for j in 0..width {
                    let top = carried.get(k, j);
                    for i in k + 1..n {
                        carried.put(i, j, multipliers.get(i).neg_mul_add(top, carried.get(i, j)));
                    }
                }
            }
        }
    }
    pivots
}

/// [`super::growth::largest_of_upper`].
///
/// # Safety
/// As there; the rows of f are padded with zeros to whole registers of `V`.
#[inline(always)]
pub(crate) unsafe fn largest_of_upper<V: Number>(n: usize, f: Pack<V::One>) -> <V::One as Number>::Lanes {
    let (rows, vectors) = (Rows::<V>(f), f.row / V::LANES);
    let (zero, number) = (V::Lanes::splat(Part::<V>::ZERO), numbers::<V>(0));
    let mut most = [zero; 2];
    // SAFETY: i < n, v < vectors; LANES <= LANES_MAX, as [`Column::new`] asserts.
    unsafe {
        for i in 0..n {
            let here = i / V::LANES;
            // Left of the diagonal is L.
            let left = whole::<V::Lanes>(i % V::LANES).gt(number);
            most[0] = most[0].max(V::Lanes::select(left, zero, rows.row(i, here).abs1()));
            let mut v = here + 1;
            while v + 2 <= vectors {
                each!(w < 2, { most[w] = most[w].max(rows.row(i, v + w).abs1()) });
                v += 2;
            }
            if v < vectors {
                most[1] = most[1].max(rows.row(i, v).abs1());
            }
        }
        let mut lanes = [Part::<V>::ZERO; LANES_MAX];
        most[0].max(most[1]).store(lanes.as_mut_ptr());
        let mut largest = lanes[0];
        each!(l < V::LANES, { largest = if lanes[l] > largest { lanes[l] } else { largest } });
        <V::One as Number>::Lanes::splat(largest)
    }
}

/// Subtracts multiples of row k from those below it, in registers `start..end` of each.
///
/// # Safety
/// Rows below n and these registers exist; the multipliers of the rows below k have been written.
#[inline(always)]
unsafe fn subtract<V: Number>(
    n: usize,
    k: usize,
    start: usize,
    end: usize,
    rows: Rows<V>,
    multipliers: &mut Column<V>,
) {
    let mut v = start;
    macro_rules! strips {
        ($w:literal) => {
            while end - v >= $w {
                let mut top = [V::zero(); $w];
                each!(w < $w, { top[w] = rows.row(k, v + w) });
                for i in k + 1..n {
                    let multiplier = V::splat_planar(multipliers.at(i).cast(), 1);
                    each!(w < $w, {
                        rows.put_row(i, v + w, multiplier.neg_mul_add(top[w], rows.row(i, v + w)));
                    });
                }
                v += $w;
            }
        };
    }
    // SAFETY: the caller's promise.
    unsafe {
        strips!(4);
        strips!(2);
        strips!(1);
    }
}

/// [`subtract`] in the register of the pivot's own column. That takes the multipliers, and what is left of it stays as it
/// is or takes part.
///
/// # Safety
/// As [`subtract`].
#[inline(always)]
unsafe fn subtract_here<V: Number>(
    n: usize,
    k: usize,
    left: Others,
    rows: Rows<V>,
    multipliers: &mut Column<V>,
) {
    let here = k / V::LANES;
    let number = numbers::<V>(here * V::LANES);
    let column = number.eq(whole(k));
    let stays = if left == Others::Eliminated { column } else { whole::<V::Lanes>(k).gt(number).or(column) };
    // SAFETY: the caller's promise.
    unsafe {
        let top = rows.row(k, here);
        for i in k + 1..n {
            let multiplier = V::splat_planar(multipliers.at(i).cast(), 1);
            let old = rows.row(i, here);
            let x = V::select(stays, old, multiplier.neg_mul_add(top, old));
            rows.put_row(i, here, V::select(column, multiplier, x));
        }
    }
}

/// [`super::pack::pack`].
///
/// # Safety
/// As there; the rows of `dst` are padded to whole registers.
#[inline(always)]
pub(crate) unsafe fn pack<N: Number>(rows: usize, cols: usize, src: Window<*const N::Scalar>, dst: Pack<N>) {
    // SAFETY: the caller's promise; rows are dst.row numbers long.
    unsafe {
        let from = *src.ptrs;
        for i in 0..rows {
            let line: *mut N::Scalar = dst.at(i, 0).cast();
            let from = from.offset(i as isize * src.rs);
            if src.cs == 1 {
                line.copy_from_nonoverlapping(from, cols);
            } else {
                for j in 0..cols {
                    *line.add(j) = *from.offset(j as isize * src.cs);
                }
            }
            for j in cols..dst.row {
                *line.add(j) = N::Scalar::zero();
            }
        }
    }
}

/// [`super::inverse::divide`].
///
/// # Safety
/// As there.
#[inline(always)]
pub(crate) unsafe fn divide<V: Number>(
    n: usize,
    f: Pack<V::One>,
    diagonal: Diagonal<V::One>,
    spare: Pack<V::One>,
) {
    // SAFETY: the same promise.
    unsafe { inverse::divide(n, f.row / V::LANES, Rows::<V>(f), diagonal, Rows::<V>(spare)) }
}
