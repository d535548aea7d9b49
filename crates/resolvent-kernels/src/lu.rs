//! LU with partial pivoting of a row-major matrix that stays in the cache ([`crate::table::Lu`]).
//!
//! Blocks of P columns: the panel is factored in planar columns (`panel`), then everything to its right is updated strip
//! by strip. A strip is S registers wide; `R` rows of U of it stay in registers,
//!
//! `U_r := A_r - sum_{l<r} L_rl U_l`, then `A_i := A_i - sum_l L_il U_l` for every row i below,
//!
//! so that an element of A costs one load, one store and R multiply-adds, and nothing is packed: the R multipliers of a
//! row lie side by side. Element (i, j) is the chain `a - l_i0 u_0j - l_i1 u_1j - ...` in ascending order, whatever P, R
//! and S are.

use crate::number::{Number, Part};
use crate::panel;
use crate::strip::{self, Multipliers, Strip};
use crate::vector::swap;

/// The matrix at the block's corner, row by row.
#[derive(Clone, Copy)]
struct Block<T> {
    /// Rows from the corner down.
    rows: usize,
    /// The panel.
    l: Multipliers<T>,
}

/// Reals of workspace for m rows.
pub(crate) fn workspace<N: Number, const P: usize>(m: usize) -> usize {
    panel::workspace::<N>(m, P)
}

/// # Safety
/// As [`crate::table::Lu::factor`].
#[inline(always)]
pub(crate) unsafe fn factor<N: Number, const P: usize, const R: usize, const S: usize, const M: usize>(
    m: usize,
    n: usize,
    carried: usize,
    a: *mut N::Scalar,
    rs: isize,
    pivots: *mut usize,
    work: *mut Part<N>,
) -> usize {
    const { assert!(P.is_multiple_of(R)) };
    debug_assert!(m >= n);
    let mut zero_pivot = n;
    let mut k = 0;
    while k < n {
        let size = P.min(n - k);
        // SAFETY: rows and columns from k on, `size` of them at least; pivots count from row k until they are moved.
        unsafe {
            let top = a.offset(k as isize * rs);
            let found = panel::factor::<N, M>(m - k, size, top.add(k), rs, pivots.add(k), work);
            if found < size {
                zero_pivot = zero_pivot.min(k + found);
            }
            let chosen = core::slice::from_raw_parts_mut(pivots.add(k), size);
            for (j, &mut pivot) in chosen.iter_mut().enumerate() {
                if pivot != j {
                    swap::<N>(k, top.offset(j as isize * rs), top.offset(pivot as isize * rs));
                }
            }
            let block = Block { rows: m - k, l: Multipliers { t: top.add(k).cast_const(), rs } };
            let right = n + carried - (k + size);
            block.update::<N, R, S>(size, right, top.add(k + size), chosen);
            for pivot in chosen {
                *pivot += k;
            }
        }
        k += size;
    }
    zero_pivot
}

impl<T: Copy> Block<T> {
    /// Everything to the right of the panel of `size` columns: `width` columns at c.
    ///
    /// # Safety
    /// The columns exist; `pivots` are rows of the block, one per column of the panel.
    #[inline(always)]
    unsafe fn update<N: Number<Scalar = T>, const R: usize, const S: usize>(
        self,
        size: usize,
        width: usize,
        c: *mut T,
        pivots: &[usize],
    ) {
        let mut vectors = width.div_ceil(N::LANES);
        let mut j = 0;
        while vectors > 0 {
            let take = strip::width(vectors, S);
            let wide = (take * N::LANES).min(width - j);
            // SAFETY: `wide` columns at j, more than take - 1 registers and at most take; take <= S <= 3.
            unsafe {
                let c = c.add(j);
                if wide == S * N::LANES {
                    self.strip::<N, R, S, true>(size, wide, c, pivots);
                } else {
                    match take {
                        1 => self.strip::<N, R, 1, false>(size, wide, c, pivots),
                        2 => self.strip::<N, R, 2, false>(size, wide, c, pivots),
                        _ => self.strip::<N, R, S, false>(size, wide, c, pivots),
                    }
                }
            }
            vectors -= take;
            j += wide;
        }
    }

    /// A strip of S registers; unless it is `WHOLE`, only the last of them may hold fewer columns.
    ///
    /// # Safety
    /// As [`Block::update`].
    #[inline(always)]
    unsafe fn strip<N: Number<Scalar = T>, const R: usize, const S: usize, const WHOLE: bool>(
        self,
        size: usize,
        width: usize,
        c: *mut T,
        pivots: &[usize],
    ) {
        let strip = Strip::<N, S, WHOLE> { c, rs: self.l.rs, last: width - (S - 1) * N::LANES };
        // SAFETY: rows of the block; columns l .. l+R of the panel.
        unsafe {
            for (j, &pivot) in pivots.iter().enumerate() {
                if pivot != j {
                    let (upper, lower) = (strip.load(j), strip.load(pivot));
                    strip.store(j, lower);
                    strip.store(pivot, upper);
                }
            }
            strip.forward::<R>(self.l, 0, size, self.rows);
        }
    }
}
