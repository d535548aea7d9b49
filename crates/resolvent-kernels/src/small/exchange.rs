//! Row exchanges, each lane its own.

use core::ops::Range;

use super::pack::Pack;
use super::whole;
use crate::lanes::Lanes;
use crate::number::{Number, Part};
use crate::scalar::Real;
use crate::table::LANES_MAX;

/// The exchange of row k with the row `row` of each lane (k itself, or one below it), in packs of n rows.
pub(super) struct Exchange<N: Number> {
    n: usize,
    k: usize,
    row: N::Lanes,
    /// The rows that lanes name, if there are more below k than lanes.
    rows: [usize; LANES_MAX],
    /// All lanes that exchange with the row of lane l, so that two lanes with one row agree on what it becomes.
    alike: [<N::Lanes as Lanes>::Mask; LANES_MAX],
    /// 0, but the compiler must not know: it makes a blend that is stored where it was loaded a masked store, for which
    /// Zen 3 takes more than ten cycles.
    zero: usize,
}

impl<N: Number> Exchange<N> {
    /// # Safety
    /// `row` has whole numbers from k up to n - 1.
    #[inline(always)]
    pub(super) unsafe fn new(n: usize, k: usize, row: N::Lanes, zero: usize) -> Self {
        const { assert!(N::LANES <= LANES_MAX) };
        let mut exchange =
            Exchange { n, k, row, rows: [0; LANES_MAX], alike: [row.eq(row); LANES_MAX], zero };
        if !exchange.near() {
            let mut numbers = [Part::<N>::ZERO; LANES_MAX];
            // SAFETY: LANES reals fit, as just asserted; row numbers are whole and small.
            unsafe {
                row.store(numbers.as_mut_ptr());
                each!(l < N::LANES, {
                    exchange.rows[l] = numbers[l].to_f64().to_int_unchecked::<i32>() as usize;
                    exchange.alike[l] = row.eq(N::Lanes::splat(numbers[l]));
                });
            }
        }
        exchange
    }

    /// Are there no more rows below k than lanes?
    #[inline(always)]
    fn near(&self) -> bool {
        self.n - self.k <= N::LANES + 1
    }

    /// Exchanges in these columns.
    ///
    /// A lane exchanges with one row only, so there are LANES rows to blend into row k and back, or all those below it
    /// if they are fewer: a cost that depends on no pivot, where asking each row whether some lane wants it mispredicts
    /// once or twice a column.
    ///
    /// # Safety
    /// The pack has n rows and the columns `cols`.
    #[inline(always)]
    pub(super) unsafe fn apply(&self, pack: Pack<N>, cols: Range<usize>) {
        let mut j = cols.start;
        // SAFETY: the caller's promise; a strip of W columns ends at cols.end.
        unsafe {
            if self.near() {
                while j + 4 <= cols.end {
                    self.with_all::<4>(pack.from(0, j));
                    j += 4;
                }
                while j < cols.end {
                    self.with_all::<1>(pack.from(0, j));
                    j += 1;
                }
            } else {
                while j < cols.end {
                    self.with_named(pack.from(0, j));
                    j += 1;
                }
            }
        }
    }

    /// Blends all rows below k with row k, in W columns.
    ///
    /// # Safety
    /// The pack is n x W.
    #[inline(always)]
    unsafe fn with_all<const W: usize>(&self, pack: Pack<N>) {
        let mut old = [N::zero(); W];
        let mut number = whole::<N::Lanes>(self.k);
        // SAFETY: k < i < n, j < W.
        unsafe {
            each!(j < W, { old[j] = pack.get(self.k, j) });
            let mut top = old;
            for i in self.k + 1..self.n {
                number = number.add(N::Lanes::splat(Part::<N>::ONE));
                let here = self.row.eq(number);
                each!(j < W, {
                    let x = pack.get(i, j);
                    top[j] = N::select(here, x, top[j]);
                    pack.put(i, j + self.zero, N::select(here, old[j], x));
                });
            }
            each!(j < W, { pack.put(self.k, j, top[j]) });
        }
    }

    /// Blends the rows that lanes name with row k, in one column.
    ///
    /// # Safety
    /// The pack is n x 1.
    #[inline(always)]
    unsafe fn with_named(&self, pack: Pack<N>) {
        // SAFETY: k and the rows are below n.
        unsafe {
            let upper = pack.get(self.k, 0);
            let mut top = upper;
            let mut lower = [upper; LANES_MAX];
            each!(l < N::LANES, { lower[l] = pack.get(self.rows[l], 0) });
            each!(l < N::LANES, {
                top = N::select(self.alike[l], lower[l], top);
                pack.put(self.rows[l], self.zero, N::select(self.alike[l], upper, lower[l]));
            });
            // Last: a lane that keeps row k has just put back what was there.
            pack.put(self.k, self.zero, top);
        }
    }
}
