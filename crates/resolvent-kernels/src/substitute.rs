//! Substitution for one vector with a triangle ([`crate::table::Substitute`]).
//!
//! A vector is one chain of dependent steps, so what counts is how long a step takes. `R` rows, as many as there are
//! lanes, are solved together: what the other elements of x contribute to them is R sums (or R rows to be subtracted)
//! side by side, and the R steps that depend on each other stay in one register.
//!
//! Blocks are counted from row 0 in L and from row n in U, so that everything beside a diagonal block is whole registers.

use crate::lanes::{Lanes, Mask};
use crate::number::{Number, Part};
use crate::scalar::{Real, Scalar};
use crate::table::LANES_MAX;

/// R x R elements on the stack.
#[repr(C, align(64))]
struct Square<T, const R: usize>([[T; R]; R]);

/// A row-major triangle of order n, the vector, and the numbers of the lanes.
struct System<N: Number> {
    n: usize,
    /// The diagonal is ones.
    unit: bool,
    t: *const N::Scalar,
    rs: isize,
    x: *mut N::Scalar,
    lane: N::Lanes,
}

/// `x := T^-1 x`, or `T^-T x`; the stored triangle is `UPPER` or lower.
///
/// # Safety
/// As [`crate::table::Substitute`]; `R == LANES`.
#[inline(always)]
pub(crate) unsafe fn solve<N: Number, const R: usize, const UPPER: bool, const TRANSPOSED: bool>(
    unit: bool,
    n: usize,
    t: *const N::Scalar,
    rs: isize,
    x: *mut N::Scalar,
) {
    const { assert!(R == N::LANES && R <= LANES_MAX) };
    let mut numbers = [Part::<N>::ZERO; LANES_MAX];
    each!(l < LANES_MAX, { numbers[l] = Part::<N>::from_f64(l as f64) });
    let (whole, rest) = (n / R, n % R);
    // SAFETY: every block is `width` rows at i, `i + width <= n`; what is beside it is whole registers of the same rows.
    unsafe {
        let s = System::<N> { n, unit, t, rs, x, lane: N::Lanes::load(numbers.as_ptr()) };
        // U runs backwards and L forwards, unless they are transposed; the partial block is the first of U, the last of L.
        let first = if UPPER { rest } else { 0 };
        if UPPER == TRANSPOSED {
            if UPPER && rest > 0 {
                s.block::<R, UPPER, TRANSPOSED>(0, rest);
            }
            for b in 0..whole {
                s.block::<R, UPPER, TRANSPOSED>(first + b * R, R);
            }
            if !UPPER && rest > 0 {
                s.block::<R, UPPER, TRANSPOSED>(whole * R, rest);
            }
        } else {
            if !UPPER && rest > 0 {
                s.block::<R, UPPER, TRANSPOSED>(whole * R, rest);
            }
            for b in (0..whole).rev() {
                s.block::<R, UPPER, TRANSPOSED>(first + b * R, R);
            }
            if UPPER && rest > 0 {
                s.block::<R, UPPER, TRANSPOSED>(0, rest);
            }
        }
    }
}

// Safety of all the methods: `1 <= width <= R` rows from i on exist.
impl<N: Number> System<N> {
    #[inline(always)]
    unsafe fn row(&self, i: usize) -> *const N::Scalar {
        // SAFETY: i < n.
        unsafe { self.t.offset(i as isize * self.rs) }
    }

    /// One block of rows.
    #[inline(always)]
    unsafe fn block<const R: usize, const UPPER: bool, const TRANSPOSED: bool>(
        &self,
        i: usize,
        width: usize,
    ) {
        // What stands beside the diagonal block: columns lo..hi, whole registers.
        let (lo, hi) = if UPPER { (i + width, self.n) } else { (0, i) };
        // SAFETY: the block's rows exist; of a partial block nothing else is read or written.
        unsafe {
            let corner = self.row(i).add(i);
            let part = self.x.add(i);
            let mut columns = [N::zero(); R];
            let mut y;
            if width == R {
                y = N::load(part);
                each!(r < R, { columns[r] = N::load(corner.offset(r as isize * self.rs)) });
            } else {
                y = N::load_first(part, width);
                each!(r < R, {
                    if r < width {
                        columns[r] = N::load_first(corner.offset(r as isize * self.rs), width);
                    } else {
                        // Filled up to a triangle with ones on its diagonal.
                        columns[r] = N::select(self.is(r), N::one(), N::zero());
                    }
                });
            }
            // A row of the triangle is a column of the transposed system.
            if !TRANSPOSED {
                if lo < hi {
                    y = y.sub(self.sums::<R>(i, width, lo, hi));
                }
                columns = transpose::<N, R>(&columns);
            }
            let x = self.solve_block::<R>(&columns, y, UPPER != TRANSPOSED);
            if width == R {
                x.store(part);
            } else {
                x.store_first(part, width);
            }
            if TRANSPOSED && lo < hi {
                self.subtract_rows::<R>(i, width, x, lo, hi);
            }
        }
    }

    /// True in lane l.
    #[inline(always)]
    fn is(&self, l: usize) -> <N::Lanes as Lanes>::Mask {
        self.lane.eq(N::Lanes::splat(Part::<N>::from_f64(l as f64)))
    }

    /// The solution of the triangle of these columns, from its first or its last element on.
    #[inline(always)]
    fn solve_block<const R: usize>(&self, columns: &[N; R], y: N, backwards: bool) -> N {
        let mut diagonal = N::one();
        if !self.unit {
            each!(r < R, { diagonal = N::select(self.is(r), columns[r], diagonal) });
        }
        // Products with the reciprocals do not wait for a division each; where one is out of range they must.
        let reciprocals = N::one().div(diagonal);
        let least = N::Lanes::splat(Part::<N>::MIN_POSITIVE);
        if reciprocals.is_finite().and(reciprocals.abs1().gt(least)).all() {
            self.steps::<R>(columns, y, backwards, |x, step| x.mul(reciprocals.spread(step)))
        } else {
            self.steps::<R>(columns, y, backwards, |x, step| x.div(diagonal.spread(step)))
        }
    }

    /// Element after element is divided by its place on the diagonal and taken out of those that are still to come: below
    /// it, or, backwards, above it.
    #[inline(always)]
    fn steps<const R: usize>(
        &self,
        columns: &[N; R],
        y: N,
        backwards: bool,
        divide: impl Fn(N, usize) -> N,
    ) -> N {
        let (mut y, mut solved) = (y, N::zero());
        each!(s < R, {
            let step = if backwards { R - 1 - s } else { s };
            let at = N::Lanes::splat(Part::<N>::from_f64(step as f64));
            let to_come = if backwards { at.gt(self.lane) } else { self.lane.gt(at) };
            let x = divide(y.spread(step), step);
            solved = N::select(self.is(step), x, solved);
            y = N::select(to_come, columns[step].neg_mul_add(x, y), y);
        });
        solved
    }

    /// Lane r: `sum over l in lo..hi of T[i+r, l] x_l`, 0 behind the block.
    #[inline(always)]
    unsafe fn sums<const R: usize>(&self, i: usize, width: usize, lo: usize, hi: usize) -> N {
        let mut acc = [N::zero(); R];
        // SAFETY: whole registers from lo to hi; rows behind the block are replaced by its last one, whose sum is then
        // nobody's.
        unsafe {
            let mut rows = [self.row(i); R];
            each!(r < R, { rows[r] = self.row(i + if r < width { r } else { width - 1 }) });
            let mut l = lo;
            while l < hi {
                let x = N::load(self.x.add(l));
                each!(r < R, { acc[r] = N::load(rows[r].add(l)).mul_add(x, acc[r]) });
                l += R;
            }
        }
        // The lanes of every sum in a tree: halves of R registers, all sums at once.
        let mut lanes = transpose::<N, R>(&acc);
        let mut half = R / 2;
        while half > 0 {
            each!(l < half, { lanes[l] = lanes[l].add(lanes[l + half]) });
            half /= 2;
        }
        lanes[0]
    }

    /// `x_l -= sum over r of y_r T[i+r, l]` for l in lo..hi.
    #[inline(always)]
    unsafe fn subtract_rows<const R: usize>(&self, i: usize, width: usize, y: N, lo: usize, hi: usize) {
        let mut lanes = [N::Scalar::zero(); LANES_MAX];
        // SAFETY: whole registers from lo to hi, rows of the block.
        unsafe {
            y.store(lanes.as_mut_ptr());
            let mut l = lo;
            if width == R {
                let mut factors = [N::zero(); R];
                each!(r < R, { factors[r] = N::splat(lanes[r]) });
                while l < hi {
                    let mut x = N::load(self.x.add(l));
                    each!(r < R, { x = N::load(self.row(i + r).add(l)).neg_mul_add(factors[r], x) });
                    x.store(self.x.add(l));
                    l += R;
                }
                return;
            }
            while l < hi {
                let mut x = N::load(self.x.add(l));
                each!(r < width, {
                    x = N::load(self.row(i + r).add(l)).neg_mul_add(N::splat(lanes[r]), x);
                });
                x.store(self.x.add(l));
                l += R;
            }
        }
    }
}

/// R registers as the rows of a square: its columns.
#[inline(always)]
fn transpose<N: Number, const R: usize>(rows: &[N; R]) -> [N; R] {
    let mut before = [const { Square::<Part<N>, R>([[Part::<N>::ZERO; R]; R]) }; 2];
    let mut after = [const { Square::<Part<N>, R>([[Part::<N>::ZERO; R]; R]) }; 2];
    let mut columns = [N::zero(); R];
    let (gap, ds) = (size_of::<Square<Part<N>, R>>() / size_of::<Part<N>>(), R as isize);
    // SAFETY: R rows of R reals in every square, one square per part, `gap` apart.
    unsafe {
        let (from, to) = (before.as_mut_ptr().cast::<Part<N>>(), after.as_mut_ptr().cast::<Part<N>>());
        each!(r < R, { rows[r].store_planar(from.add(r * R), gap) });
        each!(part < N::Scalar::PARTS, {
            N::Lanes::transpose(from.add(part * gap), ds, to.add(part * gap), ds);
        });
        each!(r < R, { columns[r] = N::load_planar(to.add(r * R), gap) });
    }
    columns
}
