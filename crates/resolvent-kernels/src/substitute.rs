//! Substitution for one vector on row-major LU factors ([`crate::table::Substitute`]).
//!
//! A vector is one chain of dependent steps, so what counts is how long a step takes. `R` rows, as many as there are
//! lanes, are solved together: what the other elements of x contribute to them is R sums (or R rows to be subtracted)
//! side by side, and the R steps that depend on each other stay in one register.
//!
//! Blocks are counted from row 0 in L and from row n in U, so that everything beside a diagonal block is whole registers.

use crate::lanes::Lanes;
use crate::number::{Number, Part};
use crate::scalar::{Real, Scalar};

/// The widest register in elements.
const LANES_MOST: usize = 16;

/// R x R elements on the stack.
#[repr(C, align(64))]
struct Square<T, const R: usize>([[T; R]; R]);

/// Row-major factors of order n, the vector, and the numbers of the lanes.
struct System<N: Number> {
    n: usize,
    lu: *const N::Scalar,
    rs: isize,
    x: *mut N::Scalar,
    lane: N::Lanes,
}

/// `x := (L U)^-1 x`, or `(L U)^-T x`.
///
/// # Safety
/// As [`crate::table::Substitute`]; `R == LANES`.
#[inline(always)]
pub(crate) unsafe fn solve<N: Number, const R: usize>(
    transposed: bool,
    n: usize,
    lu: *const N::Scalar,
    rs: isize,
    x: *mut N::Scalar,
) {
    const { assert!(R == N::LANES && R <= LANES_MOST) };
    let mut numbers = [Part::<N>::ZERO; LANES_MOST];
    each!(l < LANES_MOST, { numbers[l] = Part::<N>::from_f64(l as f64) });
    // SAFETY: every block is `width` rows at i, `i + width <= n`; what is beside it is whole registers of the same rows.
    unsafe {
        let s = System::<N> { n, lu, rs, x, lane: N::Lanes::load(numbers.as_ptr()) };
        let (whole, rest) = (n / R, n % R);
        if transposed {
            if rest > 0 {
                s.block::<R, true, true>(0, rest);
            }
            for b in 0..whole {
                s.block::<R, true, true>(rest + b * R, R);
            }
            if rest > 0 {
                s.block::<R, false, true>(whole * R, rest);
            }
            for b in (0..whole).rev() {
                s.block::<R, false, true>(b * R, R);
            }
        } else {
            for b in 0..whole {
                s.block::<R, false, false>(b * R, R);
            }
            if rest > 0 {
                s.block::<R, false, false>(whole * R, rest);
            }
            for b in (0..whole).rev() {
                s.block::<R, true, false>(rest + b * R, R);
            }
            if rest > 0 {
                s.block::<R, true, false>(0, rest);
            }
        }
    }
}

// Safety of all the methods: `1 <= width <= R` rows from i on exist.
impl<N: Number> System<N> {
    #[inline(always)]
    unsafe fn row(&self, i: usize) -> *const N::Scalar {
        // SAFETY: i < n.
        unsafe { self.lu.offset(i as isize * self.rs) }
    }

    /// One block of U or of L, plain or transposed.
    #[inline(always)]
    unsafe fn block<const R: usize, const UPPER: bool, const TRANSPOSED: bool>(
        &self,
        i: usize,
        width: usize,
    ) {
        // What stands beside the diagonal block: columns lo..hi, whole registers.
        let (lo, hi) = if UPPER { (i + width, self.n) } else { (0, i) };
        // SAFETY: the block's rows exist; a partial block is copied out so that no register leaves the matrix or x.
        unsafe {
            let (mut square, mut short) = (Square([[N::Scalar::zero(); R]; R]), [N::Scalar::zero(); R]);
            let (mut corner, mut rs) = (self.row(i).add(i), self.rs);
            let mut part = self.x.add(i);
            if width < R {
                each!(r < width, {
                    for c in 0..width {
                        square.0[r][c] = *corner.offset(r as isize * rs).add(c);
                    }
                    short[r] = *part.add(r);
                });
                (corner, rs, part) = (square.0.as_ptr().cast(), R as isize, short.as_mut_ptr());
            }
            let mut y = N::load(part);
            let mut columns = [N::zero(); R];
            if TRANSPOSED {
                // A row of the factors is a column of the system.
                each!(r < R, { columns[r] = N::load(corner.offset(r as isize * rs)) });
            } else {
                if lo < hi {
                    y = y.sub(self.sums::<R>(i, width, lo, hi));
                }
                each!(r < R, { columns[r] = N::load(corner.offset(r as isize * rs)) });
                columns = transpose::<N, R>(&columns);
            }
            // U runs backwards and L forwards, unless they are transposed.
            let backwards = UPPER != TRANSPOSED;
            if width == R {
                each!(s < R, {
                    let step = if backwards { R - 1 - s } else { s };
                    y = self.step::<R, UPPER>(&columns, y, step, backwards);
                });
            } else {
                for s in 0..width {
                    let step = if backwards { width - 1 - s } else { s };
                    y = self.step::<R, UPPER>(&columns, y, step, backwards);
                }
            }
            y.store(part);
            if width < R {
                each!(r < width, {
                    *self.x.add(i + r) = short[r];
                });
            }
            if TRANSPOSED && lo < hi {
                self.subtract_rows::<R>(i, width, y, lo, hi);
            }
        }
    }

    /// Solves for element `step` of the block and takes it out of those that are still to come: below it, or, backwards,
    /// above it.
    #[inline(always)]
    unsafe fn step<const R: usize, const UPPER: bool>(
        &self,
        columns: &[N; R],
        y: N,
        step: usize,
        backwards: bool,
    ) -> N {
        let at = N::Lanes::splat(Part::<N>::from_f64(step as f64));
        let to_come = if backwards { at.gt(self.lane) } else { self.lane.gt(at) };
        let mut lanes = [N::Scalar::zero(); LANES_MOST];
        // SAFETY: step < R lanes are written.
        unsafe { y.store(lanes.as_mut_ptr()) };
        let mut x = N::splat(lanes[step]);
        let mut y = y;
        if UPPER {
            // SAFETY: as above.
            unsafe { columns[step].store(lanes.as_mut_ptr()) };
            x = x.div(N::splat(lanes[step]));
            y = N::select(self.lane.eq(at), x, y);
        }
        N::select(to_come, columns[step].neg_mul_add(x, y), y)
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
        let mut lanes = [N::Scalar::zero(); LANES_MOST];
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
