//! Inverses of matrices with a structure, from the factors that [`super::factor_by_structure`] leaves of them: that of a
//! Hermitian positive definite matrix is Hermitian to the last bit, that of a triangle a triangle.

use resolvent_kernels::{Real, Scalar};

use super::divide;
use super::inverse::{invert_unit_lower, spread, work_for_triangle};
use super::lu::Factors;
use super::pivots::Pivot;
use crate::blas::{Context, gemm};
use crate::error::Result;
use crate::matrix::{AlignedBuffer, MatMut, Structure, filled, with_room, zeroed};
use crate::parallel;
use crate::plan::{INVERSE_BLOCK, Method, TRSM_LEAF, lu_leaf};

/// Overwrites the factors with the inverse, if that can be had more cheaply than in general; true if it was.
pub(crate) fn invert_by_structure<T: Scalar>(
    context: Context<'_, T>,
    structure: Structure,
    method: Method,
    factors: &Factors,
    a: MatMut<'_, T>,
) -> Result<bool> {
    match method {
        Method::PositiveDefinite | Method::HermitianIndefinite => {
            invert_hermitian(context, factors, a).map(|()| true)
        }
        Method::Diagonal => {
            parallel::expect(|_| -4.0 / 3.0 * (a.nrows() as f64).powi(3));
            invert_diagonal(a);
            Ok(true)
        }
        Method::Triangular if a.nrows() > lu_leaf::<T>(a.nrows()) => {
            parallel::expect(|_| -(a.nrows() as f64).powi(3));
            if structure == Structure::Lower {
                invert_lower(context, a).map(|()| true)
            } else {
                invert_upper(context, a)
            }
        }
        _ => Ok(false),
    }
}

fn invert_diagonal<T: Scalar>(mut a: MatMut<'_, T>) {
    for i in 0..a.nrows() {
        let reciprocal = divide(T::one(), a.as_ref().get(i, i));
        a.set(i, i, reciprocal);
    }
}

/// `A = L D`: `A^-1 = D^-1 L^-1`, in n^3/3 flops.
fn invert_lower<T: Scalar>(context: Context<'_, T>, mut a: MatMut<'_, T>) -> Result<()> {
    invert_below(context, a.reborrow())?;
    for i in 0..a.nrows() {
        let d = a.as_ref().get(i, i);
        let row = a.row_mut(i);
        row[..i].iter_mut().for_each(|y| *y = divide(*y, d));
        row[i] = divide(T::one(), d);
    }
    Ok(())
}

/// `A = D L^T`: `A^-1 = L^-T D^-1`, in n^3/3 flops, L and its inverse in the empty half. False, with `a` as it was, if an
/// element of L overflows.
fn invert_upper<T: Scalar>(context: Context<'_, T>, mut a: MatMut<'_, T>) -> Result<bool> {
    let n = a.nrows();
    for i in 0..n {
        for j in 0..i {
            let quotient = divide(a.as_ref().get(j, i), a.as_ref().get(j, j));
            if !quotient.is_finite() {
                for row in 1..=i {
                    a.row_mut(row)[..row].fill(T::zero());
                }
                return Ok(false);
            }
            a.set(i, j, quotient);
        }
    }
    invert_below(context, a.reborrow())?;
    for i in 0..n {
        let d = a.as_ref().get(i, i);
        a.set(i, i, divide(T::one(), d));
        for j in 0..i {
            let x = divide(a.as_ref().get(i, j), d);
            a.set(j, i, x);
            a.set(i, j, T::zero());
        }
    }
    Ok(true)
}

/// `L := L^-1` below the diagonal.
fn invert_below<T: Scalar>(context: Context<'_, T>, a: MatMut<'_, T>) -> Result<()> {
    let mut spare = AlignedBuffer::new(work_for_triangle(a.nrows()))?;
    let (leaf, set_aside) = spare.as_mut_slice().split_at_mut(TRSM_LEAF * TRSM_LEAF);
    invert_unit_lower(context, a, leaf, set_aside)
}

/// Overwrites the factors `P A P^T = L D L^H`, in the form of LU factors, with the inverse, in 2/3 n^3 flops (n^3 in all):
/// with `Y = L^-1` over L, `P X P^T = Y^H D^-1 Y`, of which block column j needs rows of Y from j on only, if no pivot
/// reaches over its edges,
///
/// `X_ij = sum over k >= j of Y_ki^H D_k^-1 Y_kj`, i <= j, and then `X_ji = X_ij^H`.
fn invert_hermitian<T: Scalar>(
    context: Context<'_, T>,
    factors: &Factors,
    mut a: MatMut<'_, T>,
) -> Result<()> {
    let n = a.nrows();
    let mut pivots = with_room(n)?;
    Pivot::of(a.as_ref(), &factors.pairs, &mut pivots);
    let mut pivots = &*pivots;
    invert_below(context, a.reborrow())?;
    let block = INVERSE_BLOCK.min(n);
    // More than n^3/3 flops, as blocks on the diagonal are multiplied whole.
    let flops = |j: usize| 2 * block.min(n - j) * (n - j) * (j + block.min(n - j));
    let flops: usize = (0..n).step_by(block).map(flops).sum();
    parallel::expect(|_| flops as f64 - (n as f64).powi(3) / 3.0);
    let mut scaled = AlignedBuffer::<T>::new(n * block)?;
    let mut corner = AlignedBuffer::<T>::new(2 * block * block)?;
    let mut j = 0;
    while j < n {
        let (mut size, rows) = (block.min(n - j), n - j);
        if factors.pairs.binary_search(&(j + size - 1)).is_ok() {
            size -= 1;
        }
        // conj(D^-1 Y_j), and the part of Y_j on the diagonal, without what stands above it.
        let mut right = MatMut::from_row_major(&mut scaled.as_mut_slice()[..rows * size], rows, size)?;
        let (own, square) = corner.as_mut_slice().split_at_mut(block * block);
        let mut own = MatMut::from_row_major(&mut own[..size * size], size, size)?;
        for i in 0..rows {
            let row = right.row_mut(i);
            row.copy_from_slice(&a.as_ref().row(j + i)[j..j + size]);
            if i < size {
                row[i] = T::one();
                row[i + 1..].fill(T::zero());
                own.row_mut(i).copy_from_slice(row);
            }
        }
        Pivot::divide_rows(pivots, right.reborrow());
        // conj(X) = Y^T conj(D^-1 Y), for the rows above the diagonal and for those on it.
        let mut square = MatMut::from_row_major(&mut square[..size * size], size, size)?;
        square.fill(T::zero());
        gemm(
            context,
            T::Real::ONE,
            own.as_ref().transpose(),
            right.as_ref().block(0, 0, size, size),
            square.reborrow(),
        );
        let (upper, lower) = a.reborrow().split_rows(j + size);
        let below = lower.as_ref().block(0, j, rows - size, size);
        let rest = right.as_ref().block(size, 0, rows - size, size);
        gemm(context, T::Real::ONE, below.transpose(), rest, square.reborrow());
        let (above, mut on) = upper.split_rows(j);
        let mut above = above.block(0, j, j, size);
        above.fill(T::zero());
        gemm(
            context,
            T::Real::ONE,
            on.as_ref().block(0, 0, size, j).transpose(),
            right.as_ref().block(0, 0, size, size),
            above.reborrow(),
        );
        gemm(
            context,
            T::Real::ONE,
            lower.as_ref().block(0, 0, rows - size, j).transpose(),
            rest,
            above.reborrow(),
        );
        for i in 0..j {
            above.row_mut(i).iter_mut().for_each(|x| *x = x.conj());
        }
        for i in 0..size {
            for c in i..size {
                on.set(i, j + c, square.as_ref().get(i, c).conj());
            }
        }
        let mut taken = 0;
        while taken < size {
            taken += pivots[0].order();
            pivots = &pivots[1..];
        }
        j += size;
    }
    mirror(a.reborrow());
    permute_both(context, &factors.permutation, a)
}

/// `X := P^T X P`, a cycle of rows after the other, each with its columns in their new places.
fn permute_both<T: Scalar>(context: Context<'_, T>, p: &[usize], mut x: MatMut<'_, T>) -> Result<()> {
    let n = x.nrows();
    assert!(p.len() == n && p.iter().all(|&p| p < n), "a permutation of the rows");
    if p.iter().enumerate().all(|(i, &p)| i == p) {
        return Ok(());
    }
    let (mut row, mut next, mut moved) = (zeroed(n)?, zeroed(n)?, filled(n, false)?);
    for start in 0..n {
        let mut i = start;
        row.copy_from_slice(x.as_ref().row(i));
        while !moved[i] {
            next.copy_from_slice(x.as_ref().row(p[i]));
            spread(context, &row, p, x.row_mut(p[i]));
            std::mem::swap(&mut row, &mut next);
            (moved[i], i) = (true, p[i]);
        }
    }
    Ok(())
}

/// `a_ji := conj(a_ij)` below the diagonal, and a real diagonal.
fn mirror<T: Scalar>(mut a: MatMut<'_, T>) {
    const TILE: usize = 8;
    let n = a.nrows();
    for i0 in (0..n).step_by(TILE) {
        let (upper, mut rows) = a.reborrow().split_rows(i0);
        let height = TILE.min(n - i0);
        for j0 in (0..i0).step_by(TILE) {
            let from: [&[T]; TILE] = std::array::from_fn(|j| upper.as_ref().row(j0 + j));
            for i in 0..height {
                let mirrored: [T; TILE] = std::array::from_fn(|j| from[j][i0 + i].conj());
                rows.row_mut(i)[j0..j0 + TILE].copy_from_slice(&mirrored);
            }
        }
        for i in 0..height {
            for j in 0..=i {
                let mirrored = rows.as_ref().get(j, i0 + i).conj();
                rows.set(i, i0 + j, if i == j { T::from_real(mirrored.re()) } else { mirrored });
            }
        }
    }
}
