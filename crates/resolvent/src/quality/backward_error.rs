//! Backward errors: the smallest relative change of the data for which the answer would be exact.

use std::ops::Range;

use resolvent_kernels::{Kernels, Real, Scalar};

use super::condition::alternating;
use crate::error::Result;
use crate::matrix::{MatMut, MatRef, norm_inf, zeroed};
use crate::plan::MEASURED_RHS;

/// Componentwise backward error of `A X = B` (Oettli and Prager 1964): the largest of
/// `|b - A x|_i / (|A| |x| + |b|)_i`, moduli as |re| + |im|, 0/0 as 0.
///
/// Up to [`MEASURED_RHS`] right-hand sides each is measured. More are first added up in that many groups with
/// alternating signs, `b_g = sum w_j b_j`, and held against `|A| sum |x_j| + sum |b_j|`, so that the price stays
/// O(n^2 + nk): a wrong column still shows, diluted by the size of its group. Of rows that have zeros outside of some extent
/// only that is looked at.
pub(crate) fn backward_error_of_solution<T: Scalar>(
    kernels: &Kernels<T>,
    a: MatRef<'_, T>,
    extents: Option<&[Range<usize>]>,
    x: MatRef<'_, T>,
    b: MatRef<'_, T>,
) -> Result<T::Real> {
    let n = a.nrows();
    let groups = x.ncols().min(MEASURED_RHS);
    let (sum_x, size_x) = group_sums(x, groups)?;
    let (sum_b, size_b) = group_sums(b, groups)?;
    let mut worst = T::Real::ZERO;
    for_each_row(a, |i, row| {
        let extent = extents.map_or(0..n, |extents| extents[i].clone());
        let (row, count) = (&row[extent.clone()], extent.len());
        for g in 0..groups {
            let xs = &sum_x[g * n..][extent.clone()];
            let sizes = &size_x[g * n..][extent.clone()];
            // SAFETY: a row of A and two vectors, or the same part of them, of that many elements.
            let (ax, size) = unsafe {
                let (ax, size) = (kernels.vector.dot_abs)(count, row.as_ptr(), xs.as_ptr());
                let alone = x.ncols() == groups;
                (
                    ax,
                    if alone {
                        size
                    } else {
                        (kernels.vector.dot_abs)(count, row.as_ptr(), sizes.as_ptr()).1
                    },
                )
            };
            let residual = (sum_b[g * n + i] - ax).abs1();
            let scale = size + size_b[g * n + i].re();
            if !scale.is_finite() {
                // Out of range: nothing is known, and nothing is claimed.
                worst = T::Real::NAN;
            } else if residual != T::Real::ZERO {
                worst = (residual / scale).max_nan(worst);
            }
        }
    })?;
    Ok(worst)
}

/// For each group g of columns `j = g, g + groups, ...`: `sum +-x_j` and `sum |x_j|`, each vector contiguous.
fn group_sums<T: Scalar>(x: MatRef<'_, T>, groups: usize) -> Result<(Vec<T>, Vec<T>)> {
    let n = x.nrows();
    let (mut sums, mut sizes) = (zeroed::<T>(n * groups)?, zeroed::<T>(n * groups)?);
    for i in 0..n {
        for j in 0..x.ncols() {
            let element = x.get(i, j);
            let place = j % groups * n + i;
            sums[place] += if (j / groups).is_multiple_of(2) { element } else { -element };
            sizes[place] += T::from_real(element.abs1());
        }
    }
    Ok((sums, sizes))
}

/// Backward error of an inverse: `|A (X w) - w|_inf / (|A|_inf |X|_inf |w|_inf)` for the alternating vector w, a probe
/// of `|A X - I| / (|A| |X|)` in O(n^2).
pub(crate) fn backward_error_of_inverse<T: Scalar>(
    kernels: &Kernels<T>,
    a: MatRef<'_, T>,
    inverse: MatRef<'_, T>,
) -> Result<T::Real> {
    let n = a.nrows();
    let w: Vec<T> = (0..n).map(|i| alternating(i, n)).collect();
    let dot = |row: &[T], v: &[T]| {
        assert!(row.len() == n && v.len() == n);
        // SAFETY: two slices of n elements.
        unsafe { (kernels.vector.dot)(n, row.as_ptr(), v.as_ptr()) }
    };
    let mut y = zeroed::<T>(n)?;
    for (i, element) in y.iter_mut().enumerate() {
        *element = dot(inverse.row(i), &w);
    }
    let (mut residual, mut size, mut norm_inf_a) = (T::Real::ZERO, T::Real::ZERO, T::Real::ZERO);
    for_each_row(a, |i, row| {
        residual = (dot(row, &y) - w[i]).abs().max_nan(residual);
        size = w[i].abs().max_nan(size);
        // SAFETY: a row of n elements.
        norm_inf_a = unsafe { (kernels.vector.sum_abs)(n, row.as_ptr()) }.max_nan(norm_inf_a);
    })?;
    let norm_inf_x = norm_inf(kernels, inverse);
    if !(norm_inf_a.is_finite() && norm_inf_x.is_finite()) {
        // Out of range: nothing is known, and nothing is claimed.
        return Ok(T::Real::NAN);
    }
    if residual == T::Real::ZERO {
        return Ok(residual);
    }
    Ok(residual / size / norm_inf_a / norm_inf_x)
}

/// Shows every row as a contiguous slice; rows of a matrix that is not row-major are copied in blocks first.
pub(super) fn for_each_row<T: Scalar>(a: MatRef<'_, T>, mut visit: impl FnMut(usize, &[T])) -> Result<()> {
    /// Elements of one cache line or more of every column.
    const BLOCK: usize = 16;
    let (m, n) = (a.nrows(), a.ncols());
    if a.col_stride() == 1 {
        (0..m).for_each(|i| visit(i, a.row(i)));
        return Ok(());
    }
    let mut block = zeroed::<T>(BLOCK.min(m) * n)?;
    for start in (0..m).step_by(BLOCK) {
        let size = BLOCK.min(m - start);
        let mut rows = MatMut::from_row_major(&mut block[..size * n], size, n)?;
        rows.copy_from(a.block(start, 0, size, n));
        (0..size).for_each(|i| visit(start + i, rows.as_ref().row(i)));
    }
    Ok(())
}
