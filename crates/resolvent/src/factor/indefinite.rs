//! `P A P^T = L D L^H` for Hermitian matrices of any kind, D of blocks of order 1 and 2, by rook pivoting (Ashcraft, Grimes
//! and Lewis 1998): half the flops of LU, as stable as it, and the multipliers are bounded.

use resolvent_kernels::{Real, Scalar};

use super::divide;
use super::lu::{Factors, chunks, exchange_rows};
use super::pivots::Pivot;
use super::positive::Step;
use crate::blas::{Context, PackedLeft, Triangle, gemm, trsm};
use crate::error::Result;
use crate::matrix::{MatMut, MatRef, filled, permutation_of, with_room, zeroed};
use crate::parallel;
use crate::plan::{COPY_ROWS, GEMM_DIRECT, indefinite_block};

/// Factors a Hermitian row-major matrix in place, in the form of LU factors (see [`Pivot`]): L, unit lower, and U over each
/// other, with the exchanges of the columns in [`Factors::columns`]. Only its upper triangle is read. Columns behind it, B,
/// go along and become `L^-1 P B`. None, with anything in `a`, if it is singular or a pivot overflows.
///
/// Block rows from the top, which choose their pivots anywhere in what is left, `P [A11 A12; A12^H A22] P^T` with A11 of
/// order [`indefinite_block`], or one more:
///
/// `[U11 U12]` and L11 row by row, `L21 := (D1^-1 U12)^H`, `A22 := A22 - L21 U12` on and above the diagonal.
pub(super) fn factor_indefinite<T: Scalar>(
    context: Context<'_, T>,
    mut a: MatMut<'_, T>,
) -> Result<Option<Factors>> {
    let (n, all) = (a.nrows(), a.ncols());
    assert!(all >= n && (a.col_stride() == 1 || all < 2), "a square row-major matrix and more");
    let most = indefinite_block(n) + 1;
    let (mut columns, mut pairs) = (filled(n, 0)?, with_room(n / 2)?);
    let (mut pivots, mut ends) = (with_room(most)?, with_room(n.div_ceil(most - 1))?);
    let (mut first, mut second) = (Candidate::new(n, most)?, Candidate::new(n, most)?);
    let mut packed = PackedLeft::new(context, n, most)?;
    let mut k = 0;
    while k < n {
        let (rest, known) = (n - k, pairs.len());
        let mut left = a.reborrow().block(k, k, rest, all - k);
        pivots.clear();
        let mut rows = BlockRow {
            context: context.alone(),
            a: left.reborrow().block(0, 0, rest, rest),
            pivots: &mut pivots,
            exchanges: &mut columns[k..],
            pairs: &mut pairs,
            candidates: (&mut first, &mut second),
        };
        let Some(size) = rows.factor(most - 1)? else { return Ok(None) };
        take_along(context, left.reborrow(), &columns[k..k + size], &pairs[known..])?;
        let (upper, lower) = left.split_rows(size);
        let (mut l21, a22) = lower.split_cols(size);
        let u12 = upper.as_ref().block(0, size, size, all - k - size);
        mirror_divided(context, &pivots, u12, l21.reborrow())?;
        packed.pack(context, l21.as_ref());
        Step { context, u12, l21: &packed }.update(a22, 0)?;
        columns[k..k + size].iter_mut().for_each(|column| *column += k);
        pairs[known..].iter_mut().for_each(|pair| *pair += k);
        k += size;
        ends.push(k);
    }
    exchange_behind(context, a.block(0, 0, n, n), &ends, &columns, &pairs)?;
    let mut permutation = filled(n, 0)?;
    permutation_of(&columns, &mut permutation);
    pairs.iter().for_each(|&k| permutation.swap(k, k + 1));
    Ok(Some(Factors { permutation, columns, pairs, zero_pivot: None }))
}

/// A row of what is left of the matrix, which may become a pivot.
struct Candidate<T: Scalar> {
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
    fn new(n: usize, most: usize) -> Result<Self> {
        let (row, multipliers) = (zeroed(n)?, zeroed(most)?);
        Ok(Self { at: 0, row, multipliers, diagonal: T::Real::ZERO, most: T::Real::ZERO, place: 0 })
    }

    /// `|d| >= (1 + sqrt(17)) / 8 |x|` for all x off the diagonal: below that a pivot of order 2 makes the smaller multipliers.
    fn is_pivot(&self) -> bool {
        self.diagonal.abs() >= T::Real::from_f64((1.0 + 17.0_f64.sqrt()) / 8.0) * self.most
    }
}

/// A block row and what is left of the matrix below it; rows and columns are counted from its first.
struct BlockRow<'b, T: Scalar> {
    context: Context<'b, T>,
    a: MatMut<'b, T>,
    pivots: &'b mut Vec<Pivot<T>>,
    exchanges: &'b mut [usize],
    pairs: &'b mut Vec<usize>,
    candidates: (&'b mut Candidate<T>, &'b mut Candidate<T>),
}

impl<T: Scalar> BlockRow<'_, T> {
    /// Takes pivots until there are `size` rows, or one more, or no others. How many are there? None if a pivot is zero or
    /// not finite.
    fn factor(&mut self, size: usize) -> Result<Option<usize>> {
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
        for (i, x) in (k..r).zip(&mut to.row[k..r]) {
            *x = a.get(i, r).conj();
        }
        to.row[r..n].copy_from_slice(&a.row(r)[r..]);
        let l = &mut to.multipliers[..k];
        (0..k).for_each(|j| l[j] = a.get(j, r));
        Pivot::divide_by_all(self.pivots, l);
        for j in (0..k).step_by(GEMM_DIRECT) {
            let depth = GEMM_DIRECT.min(k - j);
            let l = MatRef::from_row_major(&l[j..j + depth], 1, depth)?;
            let row = MatMut::from_row_major(&mut to.row[k..n], 1, n - k)?;
            gemm(self.context, -T::Real::ONE, l, a.block(j, k, depth, n - k), row);
        }
        to.at = r;
        to.diagonal = to.row[r].re();
        to.row[r] = T::zero();
        (to.most, to.place) = largest(&to.row[k..n]);
        to.place += k;
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
    /// False if b is zero or not finite.
    fn take_two(&mut self, k: usize) -> bool {
        let (later, earlier) = &self.candidates;
        let (p, r) = (earlier.at, later.at);
        let b = earlier.row[r];
        if p == r || b == T::zero() || !b.is_finite() {
            return false;
        }
        let (a, c) = (T::from_real(earlier.diagonal), T::from_real(later.diagonal));
        let l = divide(a, b.conj());
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
        (row[k], row[k + 1]) = (l, b - l * c);
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

/// The largest `abs1`, and where it is first.
fn largest<T: Scalar>(row: &[T]) -> (T::Real, usize) {
    const LANES: usize = 8;
    let larger = |most: T::Real, size: T::Real| if size > most { size } else { most };
    let mut most = [T::Real::ZERO; LANES];
    for piece in row.chunks(LANES) {
        for (most, x) in most.iter_mut().zip(piece) {
            *most = larger(*most, x.abs1());
        }
    }
    let most = most.into_iter().fold(T::Real::ZERO, larger);
    (most, row.iter().position(|x| x.abs1() == most).unwrap_or(0))
}

/// `B := L11^-1 P B` for the columns behind the matrix, and what is below with its rows exchanged.
fn take_along<T: Scalar>(
    context: Context<'_, T>,
    left: MatMut<'_, T>,
    exchanges: &[usize],
    pairs: &[usize],
) -> Result<()> {
    let (n, size) = (left.nrows(), exchanges.len());
    let (square, carried) = left.split_cols(n);
    let l11 = square.as_ref().block(0, 0, size, size);
    let mut work = with_room(carried.ncols())?;
    work.extend(chunks(context, 1, carried));
    parallel::for_each_mut(context.threads(), &mut work, |_, columns| {
        exchange_rows(context, columns.reborrow(), exchanges);
        pairs.iter().for_each(|&k| columns.swap_rows(context.kernels, k, k + 1));
        trsm(context.alone(), Triangle::UnitLower, l11, columns.reborrow().split_rows(size).0);
    });
    Ok(())
}

/// `L21 := (D1^-1 U12)^H`: row i of it from column i of U12, a few rows of that at a time.
fn mirror_divided<T: Scalar>(
    context: Context<'_, T>,
    pivots: &[Pivot<T>],
    u12: MatRef<'_, T>,
    l21: MatMut<'_, T>,
) -> Result<()> {
    let mut work = with_room(l21.nrows().div_ceil(COPY_ROWS))?;
    let mut rest = l21;
    while rest.nrows() > 0 {
        let take = COPY_ROWS.min(rest.nrows());
        let (rows, others) = rest.split_rows(take);
        work.push(rows);
        rest = others;
    }
    parallel::for_each_mut(context.threads(), &mut work, |task, rows| {
        const TILE: usize = 8;
        let (mut k, mut pivots) = (0, pivots);
        while !pivots.is_empty() {
            let (mut count, mut width) = (0, 0);
            while let Some(pivot) = pivots.get(count).filter(|pivot| width + pivot.order() <= TILE) {
                (count, width) = (count + 1, width + pivot.order());
            }
            let (own, others) = pivots.split_at(count);
            // Behind the last row of the tile it is repeated, and not used.
            let from: [&[T]; TILE] =
                std::array::from_fn(|i| &u12.row(k + i.min(width - 1))[task * COPY_ROWS..]);
            for i in 0..rows.nrows() {
                let row = &mut rows.row_mut(i)[k..k + width];
                row.iter_mut().zip(&from).for_each(|(x, from)| *x = from[i]);
                Pivot::divide_by_all(own, row);
            }
            (k, pivots) = (k + width, others);
        }
    });
    Ok(())
}

/// Carries out the exchanges below each block row, which ends at one of `ends`, on the rows of L to their left and the
/// columns of U above them.
fn exchange_behind<T: Scalar>(
    context: Context<'_, T>,
    a: MatMut<'_, T>,
    ends: &[usize],
    columns: &[usize],
    pairs: &[usize],
) -> Result<()> {
    let mut work = with_room(ends.len())?;
    let (mut k, mut rest) = (0, a);
    for &end in ends {
        let (upper, lower) = rest.split_rows(end - k);
        let (l21, others) = lower.split_cols(end - k);
        work.push((end, upper.split_cols(end - k).1, l21));
        (k, rest) = (end, others);
    }
    parallel::for_each_mut(context.threads(), &mut work, |_, (end, u12, l21)| {
        let exchanges = || columns[*end..].iter().enumerate().map(|(j, &column)| (j, column - *end));
        for i in 0..u12.nrows() {
            let row = u12.row_mut(i);
            exchanges().for_each(|(j, column)| row.swap(j, column));
        }
        exchanges().for_each(|(j, column)| l21.swap_rows(context.kernels, j, column));
        for k in pairs.iter().filter(|&&k| k >= *end).map(|k| k - *end) {
            l21.swap_rows(context.kernels, k, k + 1);
        }
    });
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::blas::Workspace;
    use crate::matrix::Mat;
    use resolvent_kernels::{Complex, Isa};

    /// Factors `M S M^H` with a random M and signs S, of which every third is negative.
    fn check<T: Scalar>(n: usize, isa: Isa) {
        let at = format!("{} {n} on {isa}", T::NAME);
        let mut state = n as u64;
        let mut random = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            T::Real::from_f64((state >> 11) as f64 / (1_u64 << 52) as f64 - 1.0)
        };
        let m = Mat::from_fn(n, n, |_, _| T::from_parts(random(), random()));
        let sign = |p: usize| T::from_real(T::Real::from_f64(if p % 3 == 1 { -1.0 } else { 1.0 }));
        let upper =
            Mat::from_fn(n, n, |i, j| (0..n).map(|p| m[(i, p)] * sign(p) * m[(j, p)].conj()).sum::<T>());
        let a = Mat::from_fn(n, n, |i, j| if i <= j { upper[(i, j)] } else { upper[(j, i)].conj() });
        let workspace = Workspace::new(T::kernels(isa), 1, n, 0).unwrap();
        let mut lu = a.clone();
        let factors = factor_indefinite(workspace.context(), lu.as_mut()).unwrap().unwrap();
        let mut columns = vec![0; n];
        permutation_of(&factors.columns, &mut columns);
        let (mut worst, mut largest) = (T::Real::ZERO, T::Real::ZERO);
        for (i, &row) in factors.permutation.iter().enumerate() {
            for (j, &column) in columns.iter().enumerate() {
                largest = largest.max_nan(a[(i, j)].abs());
                let l = |p: usize| if p < i { lu[(i, p)] } else { T::one() };
                let product = (0..=i.min(j)).map(|p| l(p) * lu[(p, j)]).sum::<T>();
                worst = worst.max_nan((a[(row, column)] - product).abs());
                // (1 + 0.64) / (1 - 0.64) for real ones.
                assert!(j >= i || lu[(i, j)].abs1().to_f64() < 7.0, "{at}: multiplier {:?}", lu[(i, j)]);
            }
        }
        let ratio = (worst / largest / T::Real::EPSILON).to_f64() / n as f64;
        assert!(ratio < 1.0, "{at}: {ratio}");

        // Sylvester: as many negative pivots as eigenvalues. A pivot of order 2 has one of each sign.
        let alone = |&i: &usize| !factors.pairs.iter().any(|&k| i == k || i == k + 1);
        let negative = (0..n).filter(alone).filter(|&i| lu[(i, i)].re() < T::Real::ZERO).count();
        assert_eq!(negative + factors.pairs.len(), (0..n).filter(|p| p % 3 == 1).count(), "{at}");
    }

    #[test]
    fn factors_multiply_to_the_matrix() {
        for isa in Isa::available() {
            for n in [2, 3, 31, 32, 33, 34, 65, 100, 161] {
                check::<f32>(n, isa);
                check::<f64>(n, isa);
                check::<Complex<f32>>(n, isa);
                check::<Complex<f64>>(n, isa);
            }
        }
    }
}
