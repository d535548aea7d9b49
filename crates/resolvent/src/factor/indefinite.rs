//! `P A P^T = L D L^H` for Hermitian matrices of any kind, D of blocks of order 1 and 2, by rook pivoting (Ashcraft, Grimes
//! and Lewis 1998): half the flops of LU, as stable as it, and the multipliers are bounded.

use resolvent_kernels::Scalar;

use super::lu::{Factors, chunks, exchange_rows};
use super::pivots::Pivot;
use super::positive::Step;
use super::rook::{BlockRow, Candidate};
use crate::blas::{Context, PackedLeft, Triangle, trsm};
use crate::error::Result;
use crate::matrix::{MatMut, MatRef, filled, with_room, zeroed};
use crate::parallel;
use crate::plan::{COPY_ROWS, TRIANGLE_COLUMNS, indefinite_block};

/// Factors a Hermitian row-major matrix in place, in the form of LU factors (see [`Pivot`]): L, unit lower, and U over each
/// other, with the exchanges of the columns in [`Factors::columns`]. Only its upper triangle is read. Columns behind it, B,
/// go along and become `L^-1 P B`. None, with anything in `a`, if it is singular or a pivot overflows.
///
/// Block rows from the top, which choose their pivots anywhere in what is left, `P [A11 A12; A12^H A22] P^T` with A11 of
/// order [`indefinite_block`], or one more:
///
/// `[U11 U12]` and L11 row by row, `L21 := (D1^-1 U12)^H`, `A22 := A22 - L21 U12` on and above the diagonal.
pub(crate) fn factor_indefinite<T: Scalar>(
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
            context,
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
    Factors::symmetric(columns, pairs).map(Some)
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
    work.extend(chunks(context, TRIANGLE_COLUMNS, 1, carried));
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
    const TILE: usize = 8;
    let tasks = l21.nrows().div_ceil(COPY_ROWS);
    let (mut tiles, mut work) = (zeroed(tasks * TILE * COPY_ROWS)?, with_room(tasks)?);
    let mut rest = l21;
    for tile in tiles.chunks_exact_mut(TILE * COPY_ROWS) {
        let take = COPY_ROWS.min(rest.nrows());
        let (rows, others) = rest.split_rows(take);
        work.push((rows, MatMut::from_row_major(&mut tile[..TILE * take], TILE, take)?));
        rest = others;
    }
    parallel::for_each_mut(context.threads(), &mut work, |task, (rows, tile)| {
        let height = rows.nrows();
        let (mut k, mut pivots) = (0, pivots);
        while !pivots.is_empty() {
            let (mut count, mut width) = (0, 0);
            while let Some(pivot) = pivots.get(count).filter(|pivot| width + pivot.order() <= TILE) {
                (count, width) = (count + 1, width + pivot.order());
            }
            let (own, others) = pivots.split_at(count);
            let mut tile = tile.reborrow().split_rows(width).0;
            tile.copy_from(u12.block(k, task * COPY_ROWS, width, height));
            Pivot::divide_rows(own, tile.reborrow());
            rows.reborrow().block(0, k, height, width).copy_from(tile.as_ref().transpose());
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
    use crate::matrix::{Mat, permutation_of};
    use resolvent_kernels::{Complex, Isa, Real};

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
