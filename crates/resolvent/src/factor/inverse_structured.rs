//! Inverses of matrices with a structure, from the factors that [`super::factor_by_structure`] leaves of them: that of a
//! Hermitian matrix is Hermitian to the last bit, that of a triangle a triangle.

use resolvent_kernels::Scalar;

use super::divide;
use super::inverse::{invert_unit_lower, leaves, spread, work_for_triangle};
use super::lu::{Factors, chunks};
use super::pivots::Pivot;
use crate::blas::{Context, PackedLeft};
use crate::error::Result;
use crate::matrix::{AlignedBuffer, MatMut, MatRef, Structure, filled, with_room, zeroed};
use crate::parallel;
use crate::plan::{Method, POSITIVE_PARTS, TRIANGLE_COLUMNS, lu_block, lu_leaf};

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
    let (leaf, set_aside) = spare.as_mut_slice().split_at_mut(leaves());
    invert_unit_lower(context, a, leaf, set_aside)
}

/// Overwrites the factors `P A P^T = L D L^H`, in the form of LU factors, with the inverse, in 2/3 n^3 flops (n^3 in all):
/// with `Y = L^-1` over L and X over U, one block row Y_k of Y after the other, if no pivot reaches over their edges,
///
/// `conj(P X P^T) := conj(P X P^T) + Y_k^T conj(D_k^-1 Y_k)` on and above the diagonal, and then `X_ji = X_ij^H`.
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
    let block = lu_block(n, n);
    let mut memory = AlignedBuffer::<T>::new(2 * n * block)?;
    let (plain, scaled) = memory.as_mut_slice().split_at_mut(n * block);
    let mut left = PackedLeft::new(context, n, block)?;
    let mut k = 0;
    while k < n {
        let mut size = block.min(n - k);
        if factors.pairs.binary_search(&(k + size - 1)).is_ok() {
            size -= 1;
        }
        let width = k + size;
        // Y_k and -conj(D_k^-1 Y_k): products are subtracted.
        let mut y = MatMut::from_row_major(&mut plain[..size * width], size, width)?;
        for i in 0..size {
            let row = y.row_mut(i);
            row[..k + i].copy_from_slice(&a.as_ref().row(k + i)[..k + i]);
            row[k + i] = T::one();
            row[k + i + 1..].fill(T::zero());
        }
        let mut right = MatMut::from_row_major(&mut scaled[..size * width], size, width)?;
        right.copy_from(y.as_ref());
        pivots = Pivot::divide_rows(pivots, right.reborrow());
        (0..size).for_each(|i| right.row_mut(i).iter_mut().for_each(|x| *x = -*x));
        left.pack(context, y.as_ref().transpose());
        add_block_row(context, (k, size), &left, right.as_ref(), a.reborrow().block(0, 0, width, width))?;
        k = width;
    }
    mirror(a.reborrow());
    permute_both(context, &factors.permutation, a)
}

/// `A := A - L R` on and above the diagonal, A zero in its last `size` columns, those behind column k.
fn add_block_row<T: Scalar>(
    context: Context<'_, T>,
    (k, size): (usize, usize),
    left: &PackedLeft<T>,
    right: MatRef<'_, T>,
    a: MatMut<'_, T>,
) -> Result<()> {
    // A corner more than was planned, and, below, triangles.
    let cube = |n: usize| (n as f64).powi(3);
    parallel::expect(|_| (size * a.ncols() * a.ncols()) as f64 - (cube(k + size) - cube(k)) / 3.0);
    let mut work = with_room(k + size)?;
    let mut j = 0;
    for columns in chunks(context, TRIANGLE_COLUMNS, POSITIVE_PARTS, a) {
        let width = columns.ncols();
        work.push((j, columns.block(0, 0, j + width, width)));
        j += width;
        parallel::expect(|_| (size * width * width) as f64);
    }
    // The tallest first, so that nobody has to wait for it in the end.
    work.reverse();
    parallel::for_each_mut(context.threads(), &mut work, |_, (j, columns)| {
        let (height, width) = (columns.nrows(), columns.ncols());
        let known = k.saturating_sub(*j).min(width);
        columns.reborrow().block(0, known, height, width - known).fill(T::zero());
        left.subtract_product(context, right.block(0, *j, size, width), columns.reborrow());
    });
    Ok(())
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

/// `a_ji := a_ij` below the diagonal, `a_ij := conj(a_ij)` above it, and a real diagonal.
fn mirror<T: Scalar>(mut a: MatMut<'_, T>) {
    const TILE: usize = 8;
    let n = a.nrows();
    for i0 in (0..n).step_by(TILE) {
        let (upper, mut rows) = a.reborrow().split_rows(i0);
        let height = TILE.min(n - i0);
        for j0 in (0..i0).step_by(TILE) {
            let from: [&[T]; TILE] = std::array::from_fn(|j| upper.as_ref().row(j0 + j));
            for i in 0..height {
                let mirrored: [T; TILE] = std::array::from_fn(|j| from[j][i0 + i]);
                rows.row_mut(i)[j0..j0 + TILE].copy_from_slice(&mirrored);
            }
        }
        for i in 0..height {
            for j in 0..i {
                let mirrored = rows.as_ref().get(j, i0 + i);
                rows.set(i, i0 + j, mirrored);
            }
        }
    }
    for i in 0..n {
        let row = &mut a.row_mut(i)[i..];
        row[0] = T::from_real(row[0].re());
        if T::PARTS > 1 {
            row.iter_mut().for_each(|x| *x = x.conj());
        }
    }
}
