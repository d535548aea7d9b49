//! A strip: a few registers of columns of a row-major matrix, on which a triangle works while R of its rows stay in
//! registers. What [`crate::lu`] and [`crate::inverse`] have in common.

use crate::divisor::Divisor;
use crate::number::Number;

/// S registers of every row. Unless it is `WHOLE`, the last of them may hold fewer columns.
#[derive(Clone, Copy)]
pub(crate) struct Strip<N: Number, const S: usize, const WHOLE: bool> {
    pub(crate) c: *mut N::Scalar,
    pub(crate) rs: isize,
    /// Columns in the last register.
    pub(crate) last: usize,
}

/// How many of so many registers of columns, more than 0, the next strip is to take, at most `most`. As equal in width as
/// may be: a narrow strip takes nearly as long as a wide one.
#[inline(always)]
pub(crate) fn width(registers: usize, most: usize) -> usize {
    registers.div_ceil(registers.div_ceil(most))
}

/// A triangle's rows, `rs` apart.
#[derive(Clone, Copy)]
pub(crate) struct Multipliers<T> {
    pub(crate) t: *const T,
    pub(crate) rs: isize,
}

impl<T: Copy> Multipliers<T> {
    /// Element (i, l) and those to its right.
    ///
    /// # Safety
    /// It exists.
    #[inline(always)]
    unsafe fn at(self, i: usize, l: usize) -> *const T {
        // SAFETY: the caller's promise.
        unsafe { self.t.offset(i as isize * self.rs).add(l) }
    }
}

// Safety of all the methods: the rows exist, in the strip as in the triangle.
impl<N: Number, const S: usize, const WHOLE: bool> Strip<N, S, WHOLE> {
    #[inline(always)]
    pub(crate) unsafe fn load(&self, i: usize) -> [N; S] {
        let mut row = [N::zero(); S];
        // SAFETY: every register but the last is whole, and the last holds `last` columns.
        unsafe {
            let p = self.c.offset(i as isize * self.rs);
            each!(s < S, {
                let p = p.add(s * N::LANES);
                row[s] = if WHOLE || s + 1 < S { N::load(p) } else { N::load_first(p, self.last) };
            });
        }
        row
    }

    #[inline(always)]
    pub(crate) unsafe fn store(&self, i: usize, row: [N; S]) {
        // SAFETY: as in `load`.
        unsafe {
            let p = self.c.offset(i as isize * self.rs);
            each!(s < S, {
                let p = p.add(s * N::LANES);
                if WHOLE || s + 1 < S { row[s].store(p) } else { row[s].store_first(p, self.last) }
            });
        }
    }

    /// Rows from .. to are solved for with the unit lower triangle, R at a time, and their multiples leave the rows below, up
    /// to `end`.
    #[inline(always)]
    pub(crate) unsafe fn forward<const R: usize>(
        self,
        t: Multipliers<N::Scalar>,
        from: usize,
        to: usize,
        end: usize,
    ) {
        // SAFETY: from <= to <= end, the number of rows.
        unsafe {
            let mut l = from;
            while l + R <= to {
                self.forward_rows::<R>(t, l, end);
                l += R;
            }
            while l < to {
                self.forward_rows::<1>(t, l, end);
                l += 1;
            }
        }
    }

    /// Rows l .. l+R are solved for with the unit lower triangle, and their multiples leave the rows below, up to `end`:
    /// `x_r := b_r - sum_{q<r} t_rq x_q`, then `b_i := b_i - sum_q t_iq x_q`.
    #[inline(always)]
    unsafe fn forward_rows<const R: usize>(self, t: Multipliers<N::Scalar>, l: usize, end: usize) {
        // SAFETY: l + R <= end, the number of rows.
        unsafe {
            let mut x = [[N::zero(); S]; R];
            each!(r < R, {
                let multipliers = t.at(l + r, l);
                let mut row = self.load(l + r);
                each!(q < r, { subtract(*multipliers.add(q), &x[q], &mut row) });
                self.store(l + r, row);
                x[r] = row;
            });
            let mut i = l + R;
            while i < end {
                self.take_out(t.at(i, l), &x, i);
                i += 1;
            }
        }
    }

    /// The same for an upper triangle and its diagonal, from row `l + R - 1` up to row 0.
    #[inline(always)]
    pub(crate) unsafe fn backward<const R: usize>(self, t: Multipliers<N::Scalar>, l: usize) {
        // SAFETY: l + R rows exist.
        unsafe {
            let mut x = [[N::zero(); S]; R];
            each!(step < R, {
                let r = R - 1 - step;
                let multipliers = t.at(l + r, l);
                let mut row = self.load(l + r);
                each!(q < step, { subtract(*multipliers.add(R - 1 - q), &x[R - 1 - q], &mut row) });
                let divisor = Divisor::new(N::splat(*multipliers.add(r)));
                each!(s < S, { row[s] = divisor.divide(row[s]) });
                self.store(l + r, row);
                x[r] = row;
            });
            let mut i = 0;
            while i < l {
                self.take_out(t.at(i, l), &x, i);
                i += 1;
            }
        }
    }

    /// `b_i := b_i - sum_q t_q x_q`.
    #[inline(always)]
    unsafe fn take_out<const R: usize>(self, t: *const N::Scalar, x: &[[N; S]; R], i: usize) {
        // SAFETY: R multipliers and row i.
        unsafe {
            let mut row = self.load(i);
            each!(q < R, { subtract(*t.add(q), &x[q], &mut row) });
            self.store(i, row);
        }
    }
}

/// `row := row - t x`.
#[inline(always)]
fn subtract<N: Number, const S: usize>(t: N::Scalar, x: &[N; S], row: &mut [N; S]) {
    let t = N::splat(t);
    each!(s < S, { row[s] = t.neg_mul_add(x[s], row[s]) });
}
