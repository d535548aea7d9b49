//! Forward errors: bounds of the distance from an answer to the exact one.

use resolvent_kernels::{Kernels, Real, Scalar};

use super::backward_error::for_each_row;
use super::condition::weighted_inverse_norm;
use super::solver::Solver;
use crate::blas::{Context, gemm};
use crate::error::Result;
use crate::matrix::{MatRef, WorkMat, zeroed};
use crate::plan::MEASURED_RHS;

/// A bound of `max_j |x_j - A^-1 b_j|_inf / |x_j|_inf`, as LAPACK's gerfs gives it: `| |A^-1| g |_inf` with
/// `g_i = max_j (|b - A x_j| + (n+1) u (|A| |x_j| + |b_j|))_i / |x_j|_inf`, the second term for what rounding does to
/// the first (Arioli, Demmel and Duff 1989). Infinite where x is zero and b is not.
pub(crate) fn forward_error_of_solution<T: Scalar>(
    context: Context<'_, T>,
    solver: &impl Solver<T>,
    a: MatRef<'_, T>,
    x: MatRef<'_, T>,
    b: MatRef<'_, T>,
) -> Result<T::Real> {
    let (n, k) = (a.nrows(), x.ncols());
    let mut sizes = zeroed::<T::Real>(k)?;
    for (j, size) in sizes.iter_mut().enumerate() {
        *size = (0..n).fold(T::Real::ZERO, |most, i| most.max_nan(x.get(i, j).abs1()));
    }
    let mut weights = zeroed::<T::Real>(n)?;
    if k <= MEASURED_RHS {
        weights_one_by_one(context.kernels, a, x, b, &sizes, &mut weights)?;
    } else {
        weights_of_many(context, a, x, b, &sizes, &mut weights)?;
    }
    if weights.iter().all(|&weight| weight == T::Real::ZERO) {
        return Ok(T::Real::ZERO);
    }
    if let Some(&beyond) = weights.iter().find(|weight| !weight.is_finite()) {
        return Ok(beyond);
    }
    weighted_inverse_norm(context.kernels, solver, &weights)
}

/// A bound of `|X - A^-1| / |X|`: `n (backward error + eps) / rcond`, since `|X - A^-1| <= |A^-1| |I - A X|`, of which the
/// probe has seen one combination of the columns.
pub(crate) fn forward_error_of_inverse<T: Scalar>(
    n: usize,
    rcond: T::Real,
    backward_error: T::Real,
) -> T::Real {
    T::Real::from_f64(n as f64) * (backward_error + T::Real::EPSILON) / rcond
}

/// What rounding may add to a computed residual, in units of `|A| |x| + |b|`: `(n + 1) u`, u the unit roundoff, and twice
/// that for complex numbers, each part of which is a sum of 2n products.
fn rounding<T: Scalar>(n: usize) -> T::Real {
    T::Real::from_f64(0.5 * ((n + 1) * T::PARTS) as f64) * T::Real::EPSILON
}

/// `weight := max(weight, f / size)`, 0/0 as 0.
fn raise<R: Real>(weight: &mut R, f: R, size: R) {
    if f != R::ZERO {
        *weight = (f / size).max_nan(*weight);
    }
}

/// Row by row, every right-hand side for itself.
fn weights_one_by_one<T: Scalar>(
    kernels: &Kernels<T>,
    a: MatRef<'_, T>,
    x: MatRef<'_, T>,
    b: MatRef<'_, T>,
    sizes: &[T::Real],
    weights: &mut [T::Real],
) -> Result<()> {
    let n = a.nrows();
    let mut columns = zeroed::<T>(n * sizes.len())?;
    columns.chunks_exact_mut(n.max(1)).enumerate().for_each(|(j, column)| {
        column.iter_mut().enumerate().for_each(|(i, to)| *to = x.get(i, j));
    });
    for_each_row(a, |i, row| {
        for (j, (column, &size)) in columns.chunks_exact(n).zip(sizes).enumerate() {
            // SAFETY: a row of A and a vector, of n elements each.
            let (ax, abs) = unsafe { (kernels.vector.dot_abs)(n, row.as_ptr(), column.as_ptr()) };
            let b = b.get(i, j);
            raise(&mut weights[i], (b - ax).abs1() + rounding::<T>(n) * (abs + b.abs1()), size);
        }
    })
}

/// All residuals by one product, and `(|A| |x|)_i <= |a_i|_1 |x|_inf`.
fn weights_of_many<T: Scalar>(
    context: Context<'_, T>,
    a: MatRef<'_, T>,
    x: MatRef<'_, T>,
    b: MatRef<'_, T>,
    sizes: &[T::Real],
    weights: &mut [T::Real],
) -> Result<()> {
    let n = a.nrows();
    let mut residual = WorkMat::new(n, x.ncols())?;
    let mut r = residual.copy_of(b);
    gemm(context, -T::Real::ONE, a, x, r.reborrow());
    let r = r.as_ref();
    for_each_row(a, |i, row| {
        let sum = row.iter().fold(T::Real::ZERO, |sum, z| sum + z.abs1());
        for (j, &size) in sizes.iter().enumerate() {
            let f = r.get(i, j).abs1() + rounding::<T>(n) * (sum * size + b.get(i, j).abs1());
            raise(&mut weights[i], f, size);
        }
    })
}
