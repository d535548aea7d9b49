//! LU with partial pivoting of a tall panel, the innermost part of [`crate::lu`].
//!
//! The panel is copied into planar columns, each padded with zeros to whole vectors, and factored there, left-looking
//! by blocks of [`BLOCK`] columns: a block first receives all earlier columns at once, then its own columns one by one,
//! in a pass that also finds the next pivot's size. Element (i, c) is the chain `a - l_i0 u_0c - l_i1 u_1c - ...` in
//! ascending order whatever the blocks, hence the same bits as column by column.
//!
//! Entries of U leave for a table of their own as soon as they are final. After that the rows above the diagonal are
//! dead, and vectors that straddle the diagonal may be computed whole.

use crate::divisor::Divisor;
use crate::lanes::{Lanes, Mask};
use crate::number::{Number, Part};
use crate::planar::{gather, get, put, scatter};
use crate::scalar::{Real, Scalar};
use crate::table::LANES_MAX;

/// Columns that receive the earlier ones together.
const BLOCK: usize = 4;

/// The widest panel there is.
pub(crate) const PANEL_MAX: usize = 16;

/// Bytes of a cache line.
const LINE: usize = 64;

/// Reals from one part of a column to the next: whole cache lines, an odd number of them, so that the columns of a
/// panel whose height is a power of two do not all fall into the same set of the cache.
#[inline(always)]
fn gap<R>(m: usize) -> usize {
    let line = LINE / size_of::<R>();
    (m.div_ceil(line) | 1) * line
}

/// Reals of workspace for an m x n panel: the columns, U, and what aligning the start may cost.
pub(crate) fn workspace<N: Number>(m: usize, n: usize) -> usize {
    N::Scalar::PARTS * (gap::<Part<N>>(m) * n + PANEL_MAX * n) + LINE / size_of::<Part<N>>()
}

/// The panel in planar columns.
struct Columns<N: Number> {
    /// Rows, rounded up to vectors.
    vectors: usize,
    m: usize,
    n: usize,
    a: *mut Part<N>,
    gap: usize,
    u: *mut Part<N>,
}

/// Factors the m x n panel at `a`, `m >= n`, `n <= PANEL_MAX`, row by row; otherwise as [`crate::table::Lu::factor`].
/// Rows of the panel are exchanged, nothing outside of it.
///
/// # Safety
/// As [`crate::table::Lu::factor`].
#[inline(always)]
pub(crate) unsafe fn factor<N: Number, const M: usize>(
    m: usize,
    n: usize,
    a: *mut N::Scalar,
    rs: isize,
    pivots: *mut usize,
    work: *mut Part<N>,
) -> usize {
    debug_assert!(m >= n && n <= PANEL_MAX);
    let parts = N::Scalar::PARTS;
    let gap = gap::<Part<N>>(m);
    // SAFETY: `workspace` counts a cache line for the alignment (a real's address is a multiple of its size), then n
    // columns of `parts * gap` reals, then U. m and n bound every index below.
    unsafe {
        let work = work.add((work as usize).wrapping_neg() % LINE / size_of::<Part<N>>());
        let w =
            Columns::<N> { vectors: m.div_ceil(N::LANES), m, n, a: work, gap, u: work.add(n * parts * gap) };
        gather::<N>(m, n, a, rs, 1, w.a, parts * gap, gap);
        for c in 0..n {
            for i in m..w.vectors * N::LANES {
                put::<N>(N::Scalar::zero(), w.column(c).add(i), gap);
            }
        }
        let mut zero_pivot = n;
        let mut block = 0;
        while block < n {
            let end = n.min(block + BLOCK);
            if end - block == BLOCK {
                w.eliminate::<BLOCK, M>(0, block, block);
            } else {
                for c in block..end {
                    w.eliminate::<1, M>(0, block, c);
                }
            }
            for c in block..end {
                let most = w.eliminate_and_measure(block, c);
                let p = w.find(c, most);
                *pivots.add(c) = p;
                w.exchange(c, p);
                let pivot = get::<N>(w.column(c).add(c), gap);
                put::<N>(pivot, w.u_column(c).add(c), PANEL_MAX);
                if pivot == N::Scalar::zero() {
                    zero_pivot = zero_pivot.min(c);
                } else {
                    w.divide(c, pivot);
                }
            }
            block = end;
        }
        for c in 0..n {
            for i in 0..=c {
                put::<N>(get::<N>(w.u_column(c).add(i), PANEL_MAX), w.column(c).add(i), gap);
            }
        }
        scatter::<N>(m, n, w.a, parts * gap, gap, a, rs, 1);
        zero_pivot
    }
}

// Safety of all the methods: columns are numbered below n, rows below m, vectors below `vectors`; the pointers are
// those `factor` laid out.
impl<N: Number> Columns<N> {
    /// Where column c begins.
    #[inline(always)]
    unsafe fn column(&self, c: usize) -> *mut Part<N> {
        // SAFETY: c < n.
        unsafe { self.a.add(c * N::Scalar::PARTS * self.gap) }
    }

    /// Where column c of U begins; its parts are `PANEL_MAX` apart.
    #[inline(always)]
    unsafe fn u_column(&self, c: usize) -> *mut Part<N> {
        // SAFETY: c < n.
        unsafe { self.u.add(c * N::Scalar::PARTS * PANEL_MAX) }
    }

    /// Vector v of column c.
    #[inline(always)]
    unsafe fn load(&self, c: usize, v: usize) -> N {
        // SAFETY: v < vectors, and a column holds that many whole vectors.
        unsafe { N::load_planar(self.column(c).add(v * N::LANES), self.gap) }
    }

    /// The reverse of `load`.
    #[inline(always)]
    unsafe fn store(&self, c: usize, v: usize, x: N) {
        // SAFETY: as in `load`.
        unsafe { x.store_planar(self.column(c).add(v * N::LANES), self.gap) }
    }

    /// The vectors that hold rows of U: for l in `l0..l1`, takes u_lc into U and does `a_c -= l_l u_lc` down to the
    /// last row of the vector in which row `l1 - 1` lies. Returns the first vector not touched.
    #[inline(always)]
    unsafe fn head<const W: usize>(&self, l0: usize, l1: usize, c0: usize) -> usize {
        let end = l1.div_ceil(N::LANES);
        for l in l0..l1 {
            for c in c0..c0 + W {
                // SAFETY: l < l1 <= c0 <= c < n <= m.
                unsafe {
                    let from = self.column(c).add(l);
                    put::<N>(get::<N>(from, self.gap), self.u_column(c).add(l), PANEL_MAX);
                    let u = N::splat_planar(from, self.gap);
                    for v in (l + 1) / N::LANES..end {
                        self.store(c, v, self.load(l, v).neg_mul_add(u, self.load(c, v)));
                    }
                }
            }
        }
        end
    }

    /// `a_c -= sum over l in l0..l1 of l_l u_lc` for the W columns from c0 on.
    #[inline(always)]
    unsafe fn eliminate<const W: usize, const M: usize>(&self, l0: usize, l1: usize, c0: usize) {
        if l0 == l1 {
            return;
        }
        // SAFETY: l1 <= c0, and the W columns exist; vectors v .. v+M (then single ones) are below `vectors`.
        unsafe {
            let mut v = self.head::<W>(l0, l1, c0);
            while v + M <= self.vectors {
                self.tile::<W, M>(l0, l1, c0, v);
                v += M;
            }
            while v < self.vectors {
                self.tile::<W, 1>(l0, l1, c0, v);
                v += 1;
            }
        }
    }

    /// M vectors of [`Columns::eliminate`], in registers.
    #[inline(always)]
    unsafe fn tile<const W: usize, const M: usize>(&self, l0: usize, l1: usize, c0: usize, v: usize) {
        // SAFETY: the caller's bounds; U holds rows l0..l1 of these columns since `head`.
        unsafe {
            let mut acc = [[N::zero(); M]; W];
            each!(w < W, {
                each!(i < M, { acc[w][i] = self.load(c0 + w, v + i) });
            });
            let mut l = l0;
            while l < l1 {
                let mut lower = [N::zero(); M];
                each!(i < M, { lower[i] = self.load(l, v + i) });
                each!(w < W, {
                    let u = N::splat_planar(self.u_column(c0 + w).add(l), PANEL_MAX);
                    each!(i < M, { acc[w][i] = lower[i].neg_mul_add(u, acc[w][i]) });
                });
                l += 1;
            }
            each!(w < W, {
                each!(i < M, { self.store(c0 + w, v + i, acc[w][i]) });
            });
        }
    }

    /// [`Columns::eliminate`] for column c with l in `l0..c`; returns the largest abs1 at and below the diagonal, 0 if
    /// all are NaN.
    #[inline(always)]
    unsafe fn eliminate_and_measure(&self, l0: usize, c: usize) -> Part<N> {
        const M: usize = 4;
        let mut most = [N::Lanes::splat(Part::<N>::ZERO); M];
        // SAFETY: c < n; vectors are below `vectors`; rows of the straddling vector are checked against m.
        unsafe {
            self.head::<1>(l0, c, c);
            let first = c.div_ceil(N::LANES);
            let mut v = first;
            while v + M <= self.vectors {
                let mut acc = [N::zero(); M];
                each!(i < M, { acc[i] = self.load(c, v + i) });
                for l in l0..c {
                    let u = N::splat_planar(self.u_column(c).add(l), PANEL_MAX);
                    each!(i < M, { acc[i] = self.load(l, v + i).neg_mul_add(u, acc[i]) });
                }
                each!(i < M, {
                    self.store(c, v + i, acc[i]);
                    most[i] = most[i].max(acc[i].abs1());
                });
                v += M;
            }
            while v < self.vectors {
                let mut x = self.load(c, v);
                for l in l0..c {
                    let u = N::splat_planar(self.u_column(c).add(l), PANEL_MAX);
                    x = self.load(l, v).neg_mul_add(u, x);
                }
                self.store(c, v, x);
                most[0] = most[0].max(x.abs1());
                v += 1;
            }
            let mut best = largest(most[0].max(most[1]).max(most[2].max(most[3])));
            for i in c..self.m.min(first * N::LANES) {
                let x = self.size(c, i);
                best = if x > best { x } else { best };
            }
            best
        }
    }

    /// abs1 of element (i, c).
    #[inline(always)]
    unsafe fn size(&self, c: usize, i: usize) -> Part<N> {
        // SAFETY: i < m, c < n.
        unsafe { get::<N>(self.column(c).add(i), self.gap).abs1() }
    }

    /// The lowest row at or below the diagonal of column c whose abs1 is `most`; the diagonal if there is none (NaN).
    #[inline(always)]
    unsafe fn find(&self, c: usize, most: Part<N>) -> usize {
        let first = c.div_ceil(N::LANES);
        let wanted = N::Lanes::splat(most);
        // SAFETY: rows below m, vectors below `vectors`.
        unsafe {
            for i in c..self.m.min(first * N::LANES) {
                if self.size(c, i) == most {
                    return i;
                }
            }
            for v in first..self.vectors {
                let hit = self.load(c, v).abs1().eq(wanted);
                if !hit.none() {
                    let mut l = 0;
                    while !hit.lane(l) {
                        l += 1;
                    }
                    let i = v * N::LANES + l;
                    // Among the zeros that pad the column there is nothing to find.
                    return if i < self.m { i } else { c };
                }
            }
        }
        c
    }

    /// Exchanges rows i and p of every column.
    #[inline(always)]
    unsafe fn exchange(&self, i: usize, p: usize) {
        if i == p {
            return;
        }
        for run in 0..self.n * N::Scalar::PARTS {
            // SAFETY: i and p are below m <= gap, and the columns' parts lie `gap` apart.
            unsafe {
                let column = self.a.add(run * self.gap);
                core::ptr::swap(column.add(i), column.add(p));
            }
        }
    }

    /// Divides column c below the diagonal by the pivot, which is the largest. Never by the reciprocal alone: equal real
    /// rows get the multiplier 1 exactly, so their difference is exactly zero and the matrix is seen to be singular.
    #[inline(always)]
    unsafe fn divide(&self, c: usize, pivot: N::Scalar) {
        let pivot = N::splat(pivot);
        let divisor = Divisor::new(pivot);
        let mut v = (c + 1) / N::LANES;
        while v < self.vectors {
            // SAFETY: vectors are below `vectors`.
            unsafe {
                let x = self.load(c, v);
                // Without FMA there is no exact remainder to correct the quotient by.
                let quotient = if N::Lanes::FUSED { divisor.divide_smaller(x) } else { x.div(pivot) };
                self.store(c, v, quotient);
            }
            v += 1;
        }
    }
}

/// The largest lane; none is NaN.
#[inline(always)]
fn largest<V: Lanes>(x: V) -> V::Elem {
    let mut lanes = [V::Elem::ZERO; LANES_MAX];
    // SAFETY: LANES <= LANES_MAX reals are writable.
    unsafe { x.store(lanes.as_mut_ptr()) };
    let mut half = V::LANES / 2;
    while half > 0 {
        each!(l < half, { lanes[l] = if lanes[l + half] > lanes[l] { lanes[l + half] } else { lanes[l] } });
        half /= 2;
    }
    lanes[0]
}
