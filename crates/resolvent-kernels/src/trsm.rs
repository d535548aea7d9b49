//! The leaf of the triangular solve, `B := T^-1 B` ([`crate::table::TrsmLeaf`]).
//!
//! B's columns lie along the lanes. A strip of `S` vectors of columns is solved from the first row to the last; `R` rows
//! of it at a time stay in registers while the rows solved before are subtracted, each loaded once for all R.

use core::mem::MaybeUninit;

use crate::number::Number;
use crate::table::{TRSM_MAX, Triangle};

/// `x_i = (b_i - t_i0 x_0 - t_i1 x_1 - ... - t_i,i-1 x_{i-1}) / t_ii`, one chain per element. An upper triangle is a
/// lower one read backwards: rows and columns from the last to the first.
///
/// # Safety
/// As [`crate::table::TrsmLeaf`].
#[inline(always)]
pub(crate) unsafe fn solve<N: Number, const R: usize, const S: usize>(
    triangle: Triangle,
    n: usize,
    k: usize,
    t: *const N::Scalar,
    t_rs: isize,
    t_cs: isize,
    b: *mut N::Scalar,
    b_rs: isize,
) {
    debug_assert!(n <= TRSM_MAX);
    if n == 0 {
        return;
    }
    let unit = matches!(triangle, Triangle::UnitLower | Triangle::UnitUpper);
    let last = n as isize - 1;
    let (t, b, t_rs, t_cs, b_rs) = match triangle {
        Triangle::Lower | Triangle::UnitLower => (t, b, t_rs, t_cs, b_rs),
        // SAFETY: the last diagonal element and the last row of B exist, for n > 0.
        Triangle::Upper | Triangle::UnitUpper => unsafe {
            (t.offset(last * (t_rs + t_cs)), b.offset(last * b_rs), -t_rs, -t_cs, -b_rs)
        },
    };
    let t = Lower { n, unit, t, rs: t_rs, cs: t_cs };
    let wide = S * N::LANES;
    let mut j = 0;
    // SAFETY: columns j.. of B, never beyond k; n <= TRSM_MAX is the caller's promise.
    unsafe {
        while j + wide <= k {
            strip::<N, R, S>(&t, b.add(j), b_rs, wide);
            j += wide;
        }
        while j < k {
            let width = N::LANES.min(k - j);
            strip::<N, R, 1>(&t, b.add(j), b_rs, width);
            j += width;
        }
    }
}

/// `C := C - A B` without packing: strips and rows as above, the solved rows being those of B.
///
/// # Safety
/// As [`crate::table::Subtract`].
#[inline(always)]
pub(crate) unsafe fn subtract_product<N: Number, const R: usize, const S: usize>(
    m: usize,
    n: usize,
    k: usize,
    a: *const N::Scalar,
    a_rs: isize,
    a_cs: isize,
    b: *const N::Scalar,
    b_rs: isize,
    c: *mut N::Scalar,
    c_rs: isize,
) {
    let p = Product::<N> { m, k, a, a_rs, a_cs, b_rs, c_rs };
    let wide = S * N::LANES;
    let mut j = 0;
    // SAFETY: columns j.. of B and C, never beyond n.
    unsafe {
        while j + wide <= n {
            p.strip::<R, S>(b.add(j), c.add(j), wide);
            j += wide;
        }
        while j < n {
            let width = N::LANES.min(n - j);
            p.strip::<R, 1>(b.add(j), c.add(j), width);
            j += width;
        }
    }
}

/// A, and what B and C have in common over all strips.
struct Product<N: Number> {
    m: usize,
    k: usize,
    a: *const N::Scalar,
    a_rs: isize,
    a_cs: isize,
    b_rs: isize,
    c_rs: isize,
}

impl<N: Number> Product<N> {
    /// `width` columns of C, at most S vectors of them.
    ///
    /// # Safety
    /// The columns exist in B and C.
    #[inline(always)]
    unsafe fn strip<const R: usize, const S: usize>(
        &self,
        b: *const N::Scalar,
        c: *mut N::Scalar,
        width: usize,
    ) {
        let mut i = 0;
        // SAFETY: rows i .. i+R, then single ones, are below m.
        unsafe {
            while i + R <= self.m {
                self.rows::<R, S>(i, b, c, width);
                i += R;
            }
            while i < self.m {
                self.rows::<1, S>(i, b, c, width);
                i += 1;
            }
        }
    }

    /// Rows `i .. i+R` of a strip.
    ///
    /// # Safety
    /// As [`Product::strip`]; `i + R <= m`.
    #[inline(always)]
    unsafe fn rows<const R: usize, const S: usize>(
        &self,
        i: usize,
        b: *const N::Scalar,
        c: *mut N::Scalar,
        width: usize,
    ) {
        // SAFETY: rows below m of A and C, rows below k of B.
        unsafe {
            let a = self.a.offset(i as isize * self.a_rs);
            let c = c.offset(i as isize * self.c_rs);
            let mut acc = [[N::zero(); S]; R];
            each!(r < R, { load_row(c.offset(r as isize * self.c_rs), width, &mut acc[r]) });
            for l in 0..self.k as isize {
                let mut row = [N::zero(); S];
                load_row(b.offset(l * self.b_rs), width, &mut row);
                each!(r < R, {
                    subtract(*a.offset(r as isize * self.a_rs + l * self.a_cs), &row, &mut acc[r]);
                });
            }
            each!(r < R, { store_row(c.offset(r as isize * self.c_rs), width, &acc[r]) });
        }
    }
}

/// A lower triangle, element (i, l) at `t + i*rs + l*cs`.
struct Lower<T> {
    n: usize,
    unit: bool,
    t: *const T,
    rs: isize,
    cs: isize,
}

impl<T: Copy> Lower<T> {
    /// # Safety
    /// `l <= i < n`, and `l < i` if the diagonal is unit.
    #[inline(always)]
    unsafe fn at(&self, i: usize, l: usize) -> T {
        // SAFETY: inside the triangle by the caller's promise.
        unsafe { *self.t.offset(i as isize * self.rs + l as isize * self.cs) }
    }
}

/// Solves for `width` columns of B, at most S vectors of them.
///
/// # Safety
/// The columns exist; `t.n <= TRSM_MAX`.
#[inline(always)]
unsafe fn strip<N: Number, const R: usize, const S: usize>(
    t: &Lower<N::Scalar>,
    b: *mut N::Scalar,
    b_rs: isize,
    width: usize,
) {
    let mut solved = MaybeUninit::<[[N; S]; TRSM_MAX]>::uninit();
    let x = solved.as_mut_ptr().cast::<[N; S]>();
    let mut i = 0;
    // SAFETY: rows i .. i+R (then single rows) are below n, and all rows before them are solved and stored in x.
    unsafe {
        while i + R <= t.n {
            rows::<N, R, S>(t, i, x, b, b_rs, width);
            i += R;
        }
        while i < t.n {
            rows::<N, 1, S>(t, i, x, b, b_rs, width);
            i += 1;
        }
    }
}

/// Rows `i .. i+R` of a strip.
///
/// # Safety
/// Rows below i are solved in `x`, which has room for n rows; `i + R <= n`.
#[inline(always)]
unsafe fn rows<N: Number, const R: usize, const S: usize>(
    t: &Lower<N::Scalar>,
    i: usize,
    x: *mut [N; S],
    b: *mut N::Scalar,
    b_rs: isize,
    width: usize,
) {
    // SAFETY: every element of T is (i + r, l) with l <= i + r < n; every row of B and x is below n; x[l] is
    // initialised for l < i by the caller and for the rows of this block just before it is read.
    unsafe {
        let mut acc = [[N::zero(); S]; R];
        each!(r < R, { load_row(b.offset((i + r) as isize * b_rs), width, &mut acc[r]) });
        let mut l = 0;
        while l < i {
            let xl = &*x.add(l);
            each!(r < R, { subtract(t.at(i + r, l), xl, &mut acc[r]) });
            l += 1;
        }
        each!(r < R, {
            let mut row = acc[r];
            each!(l < r, { subtract(t.at(i + r, i + l), &acc[l], &mut row) });
            if !t.unit {
                let d = N::splat(t.at(i + r, i + r));
                each!(s < S, { row[s] = row[s].div(d) });
            }
            acc[r] = row;
            x.add(i + r).write(row);
            store_row(b.offset((i + r) as isize * b_rs), width, &row);
        });
    }
}

/// `row := row - t x`.
#[inline(always)]
fn subtract<N: Number, const S: usize>(t: N::Scalar, x: &[N; S], row: &mut [N; S]) {
    let t = N::splat(t);
    each!(s < S, { row[s] = t.neg_mul_add(x[s], row[s]) });
}

/// `width` elements into S vectors, zeros behind them.
///
/// # Safety
/// `width <= S * LANES` elements are readable at `p`.
#[inline(always)]
unsafe fn load_row<N: Number, const S: usize>(p: *const N::Scalar, width: usize, row: &mut [N; S]) {
    // SAFETY: whole vectors only where all of them are valid; else `width <= LANES` and S == 1.
    unsafe {
        if width == S * N::LANES {
            each!(s < S, { row[s] = N::load(p.add(s * N::LANES)) });
        } else {
            row[0] = N::load_first(p, width);
        }
    }
}

/// The reverse of [`load_row`].
///
/// # Safety
/// `width <= S * LANES` elements are writable at `p`.
#[inline(always)]
unsafe fn store_row<N: Number, const S: usize>(p: *mut N::Scalar, width: usize, row: &[N; S]) {
    // SAFETY: as in `load_row`.
    unsafe {
        if width == S * N::LANES {
            each!(s < S, { row[s].store(p.add(s * N::LANES)) });
        } else {
            row[0].store_first(p, width);
        }
    }
}
