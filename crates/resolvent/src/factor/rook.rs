//! The search for pivots of `P A P^T = L D L^H`, row by row: rook pivoting (Ashcraft, Grimes and Lewis 1998), which bounds the
//! multipliers, with rows brought up to date when they are looked at (as in LAPACK's lasyf_rook).

use resolvent_kernels::{Real, Scalar};

use super::divide;
use super::pivots::Pivot;
use crate::blas::{Context, gemm, share};
use crate::error::Result;
use crate::matrix::{MatMut, MatRef, with_room, zeroed};
use crate::parallel;
use crate::plan::{GEMM_DIRECT, INDEFINITE_PARALLEL};

/// A row of what is left of the matrix, which may become a pivot.
pub(super) struct Candidate<T: Scalar> {
    /// Its number.
    at: usize,
    /// Its elements, from the first that is left.
    row: Vec<T>,
    /// Its elements of L.
    multipliers: Vec<T>,
    /// That on the diagonal.
    diagonal: T::Real,
    /// The size of the largest off the diagonal.
    most: T::Real,
    /// Its place.
    place: usize,
}

impl<T: Scalar> Candidate<T> {
    /// Room for rows of n elements, and multipliers by `most` pivots.
    pub(super) fn new(n: usize, most: usize) -> Result<Self> {
        let (row, multipliers) = (zeroed(n)?, zeroed(most)?);
        Ok(Self { at: 0, row, multipliers, diagonal: T::Real::ZERO, most: T::Real::ZERO, place: 0 })
    }

    /// `|d| >= (1 + sqrt(17)) / 8 |x|` for all x off the diagonal: below that a pivot of order 2 has the smaller bound for
    /// its multipliers.
    fn is_pivot(&self) -> bool {
        self.diagonal.abs() >= T::Real::from_f64((1.0 + 17.0_f64.sqrt()) / 8.0) * self.most
    }
}

/// A block row and what is left of the matrix below it; rows and columns are counted from its first.
pub(super) struct BlockRow<'b, T: Scalar> {
    pub(super) context: Context<'b, T>,
    pub(super) a: MatMut<'b, T>,
    pub(super) pivots: &'b mut Vec<Pivot<T>>,
    pub(super) exchanges: &'b mut [usize],
    pub(super) pairs: &'b mut Vec<usize>,
    pub(super) candidates: (&'b mut Candidate<T>, &'b mut Candidate<T>),
}

impl<T: Scalar> BlockRow<'_, T> {
    /// Takes pivots until there are `size` rows, or one more, or no others. How many are there? None if a pivot is zero or
    /// not finite.
    pub(super) fn factor(&mut self, size: usize) -> Result<Option<usize>> {
        let (mut k, rest) = (0, self.a.nrows());
        while k < size.min(rest) {
            let taken = if self.choose(k)? { self.take_one(k) } else { self.take_two(k) };
            if !taken {
                return Ok(None);
            }
            k += self.pivots.last().map_or(0, Pivot::order);
        }
        Ok(Some(k))
    }

    /// The rook's way: from row k to the row of the largest element, and on, until an element on the diagonal is large
    /// enough (true; it is the first candidate's) or an element the largest of both its rows, which are the candidates.
    fn choose(&mut self, k: usize) -> Result<bool> {
        self.fetch(k, k)?;
        while !self.candidates.0.is_pivot() {
            std::mem::swap(&mut self.candidates.0, &mut self.candidates.1);
            self.fetch(k, self.candidates.1.place)?;
            let (next, last) = &self.candidates;
            if !next.is_pivot() && (next.place == last.at || next.most <= last.most) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Makes row r the first candidate, brought up to date by the k rows so far: `a_r - l_r U`.
    fn fetch(&mut self, k: usize, r: usize) -> Result<()> {
        let (a, to) = (self.a.as_ref(), &mut *self.candidates.0);
        let n = a.nrows();
        let l = &mut to.multipliers[..k];
        (0..k).for_each(|j| l[j] = a.get(j, r));
        Pivot::divide_by_all(self.pivots, l);
        let (l, context) = (MatRef::from_row_major(l, 1, k)?, self.context.alone());
        let threads = if k * (n - k) < INDEFINITE_PARALLEL { 1 } else { self.context.threads() };
        let width = share(n - k, n, 1, threads, 1);
        let mut pieces = with_room((n - k).div_ceil(width))?;
        let mut rest = MatMut::from_row_major(&mut to.row[k..n], 1, n - k)?;
        while rest.ncols() > 0 {
            let take = width.min(rest.ncols());
            let (piece, others) = rest.split_cols(take);
            pieces.push((piece, (T::Real::ZERO, 0)));
            rest = others;
        }
        parallel::for_each_mut(threads, &mut pieces, |task, (piece, most)| {
            let (start, width) = (k + task * width, piece.ncols());
            let mirrored = r.clamp(start, start + width) - start;
            let (above, behind) = piece.row_mut(0).split_at_mut(mirrored);
            above.iter_mut().enumerate().for_each(|(i, x)| *x = a.get(start + i, r).conj());
            behind.copy_from_slice(&a.row(r)[start + mirrored..start + width]);
            for j in (0..k).step_by(GEMM_DIRECT) {
                let depth = GEMM_DIRECT.min(k - j);
                let (l, u) = (l.block(0, j, 1, depth), a.block(j, start, depth, width));
                gemm(context, -T::Real::ONE, l, u, piece.reborrow());
            }
            *most = largest(piece.row_mut(0), r.wrapping_sub(start));
        });
        (to.most, to.place) = (T::Real::ZERO, k);
        for (task, (_, (most, place))) in pieces.into_iter().enumerate() {
            if most > to.most {
                (to.most, to.place) = (most, k + task * width + place);
            }
        }
        (to.at, to.diagonal) = (r, to.row[r].re());
        to.row[r] = T::from_real(to.diagonal);
        Ok(())
    }

    /// The first candidate becomes row k. False if its pivot is zero or not finite.
    fn take_one(&mut self, k: usize) -> bool {
        let r = self.candidates.0.at;
        self.exchange(k, k, r);
        let (row, candidate) = (self.a.row_mut(k), &mut *self.candidates.0);
        let n = row.len();
        candidate.row.swap(k, r);
        row[..k].copy_from_slice(&candidate.multipliers[..k]);
        row[k..].copy_from_slice(&candidate.row[k..n]);
        self.pivots.push(Pivot::One(candidate.diagonal));
        candidate.diagonal != T::Real::ZERO && candidate.diagonal.is_finite()
    }

    /// The candidates become rows k and k + 1, the later one first: with `l = a / conj(b)` (see [`Pivot`])
    ///
    /// `[a b u; conj(b) c v]` becomes `[conj(b) c v; 0 b-lc u-lv]`.
    ///
    /// False if one of these numbers is not finite.
    fn take_two(&mut self, k: usize) -> bool {
        let (later, earlier) = &self.candidates;
        let (p, r) = (earlier.at, later.at);
        let b = earlier.row[r];
        let (a, c) = (T::from_real(earlier.diagonal), T::from_real(later.diagonal));
        let l = divide(a, b.conj());
        let e = b - l * c;
        if !e.is_finite() {
            return false;
        }
        self.exchange(k, k, p);
        let moved = if r == k { p } else { r };
        self.exchange(k, k + 1, moved);
        let (later, earlier) = &mut self.candidates;
        for candidate in [&mut **later, &mut **earlier] {
            candidate.row.swap(k, p);
            candidate.row.swap(k + 1, moved);
        }
        let row = self.a.row_mut(k);
        let n = row.len();
        row[..k].copy_from_slice(&later.multipliers[..k]);
        (row[k], row[k + 1]) = (b.conj(), c);
        row[k + 2..].copy_from_slice(&later.row[k + 2..n]);
        let row = self.a.row_mut(k + 1);
        row[..k].copy_from_slice(&earlier.multipliers[..k]);
        (row[k], row[k + 1]) = (l, e);
        for ((to, &u), &v) in row[k + 2..].iter_mut().zip(&earlier.row[k + 2..n]).zip(&later.row[k + 2..n]) {
            *to = u - l * v;
        }
        self.pairs.push(k);
        self.pivots.push(Pivot::two(self.a.as_ref(), k));
        true
    }

    /// Rows and columns i and r of what is left change places, below `done` rows and in them; row i itself, which is about
    /// to be overwritten, is only copied.
    fn exchange(&mut self, done: usize, i: usize, r: usize) {
        self.exchanges[i] = r;
        if i == r {
            return;
        }
        (0..done).for_each(|j| self.a.row_mut(j).swap(i, r));
        let (mut upper, mut lower) = self.a.reborrow().split_rows(i + 1);
        let row = &*upper.row_mut(i);
        for (j, x) in (i + 1..r).zip(&row[i + 1..r]) {
            lower.set(j - (i + 1), r, x.conj());
        }
        let to = lower.row_mut(r - (i + 1));
        to[r] = row[i];
        to[r + 1..].copy_from_slice(&row[r + 1..]);
    }
}

/// The largest `abs1` but for one element, and where it is first.
fn largest<T: Scalar>(row: &[T], but: usize) -> (T::Real, usize) {
    const LANES: usize = 8;
    let larger = |most: T::Real, size: T::Real| if size > most { size } else { most };
    let (before, behind) = row.split_at(but.min(row.len()));
    let parts = [(before, 0), (behind.get(1..).unwrap_or_default(), but.wrapping_add(1))];
    let mut found = (T::Real::ZERO, 0);
    for (part, start) in parts {
        let (pieces, rest) = part.as_chunks::<LANES>();
        let mut most = [T::Real::ZERO; LANES];
        for piece in pieces {
            (0..LANES).for_each(|i| most[i] = larger(most[i], piece[i].abs1()));
        }
        let most = rest.iter().map(|x| x.abs1()).chain(most).fold(T::Real::ZERO, larger);
        if most > found.0 {
            found = (most, start + part.iter().position(|x| x.abs1() == most).unwrap_or(0));
        }
    }
    found
}
