//! `|A^-1|_1` from a few solves: Hager's method as Higham made it safe (Hager 1984; Higham 1988, LAPACK's lacn2).

use resolvent_kernels::table::ESTIMATE_ROUNDS;
use resolvent_kernels::{Kernels, Real, Scalar};

use super::solver::Solver;
use crate::blas::{Triangle, substitute};
use crate::error::Result;
use crate::matrix::{Mat, MatMut, MatRef, filled, zeroed};

/// A lower bound of `|A^-1|_1`, seldom low by more than a factor of 3, from row-major factors of `P A`. The permutation
/// only reorders the columns of the inverse, which the norm does not see.
pub(crate) fn inverse_norm_estimate<T: Scalar>(kernels: &Kernels<T>, lu: MatRef<'_, T>) -> Result<T::Real> {
    let n = lu.nrows();
    let mut probes = Mat::zeros(PROBES, n)?;
    set_probes(probes.as_mut().transpose());
    for p in 0..PROBES {
        substitute(kernels, Triangle::UnitLower, lu, probes.as_mut().row_mut(p));
    }
    let probes = probes.as_ref().transpose();
    let gradient = estimate_by_gradient(kernels, lu, probes)?;
    Ok(estimate_by_alternation(kernels, lu, probes)?.max_nan(gradient))
}

/// Vectors that the estimate begins with.
pub(crate) const PROBES: usize = 2;

/// The columns of the n x [`PROBES`] matrix become the average of the columns of the identity, and the vector
/// `(-1)^i (1 + i/(n-1))`, which exposes what the gradient misses.
pub(crate) fn set_probes<T: Scalar>(mut probes: MatMut<'_, T>) {
    let n = probes.nrows();
    let share = T::from_real(T::Real::ONE / T::Real::from_f64(n as f64));
    for i in 0..n {
        probes.set(i, 0, share);
        probes.set(i, 1, alternating(i, n));
    }
}

/// `U^-1 x` for probe p, given `L^-1` times the probes. Whether their rows were permuted before makes no difference: to the
/// average none, and the other is as good in any order.
fn finish_probe<T: Scalar>(
    kernels: &Kernels<T>,
    lu: MatRef<'_, T>,
    probes: MatRef<'_, T>,
    p: usize,
) -> Result<Vec<T>> {
    let mut x = zeroed::<T>(lu.nrows())?;
    x.iter_mut().enumerate().for_each(|(i, element)| *element = probes.get(i, p));
    substitute(kernels, Triangle::Upper, lu, &mut x);
    Ok(x)
}

/// What the alternating vector says of `|A^-1|_1`, given `L^-1` times the probes.
pub(crate) fn estimate_by_alternation<T: Scalar>(
    kernels: &Kernels<T>,
    lu: MatRef<'_, T>,
    probes: MatRef<'_, T>,
) -> Result<T::Real> {
    Ok(exposed(kernels, &finish_probe(kernels, lu, probes, 1)?))
}

/// `2 |x|_1 / 3n` for `x = A^-1 v`, v the alternating vector.
fn exposed<T: Scalar>(kernels: &Kernels<T>, x: &[T]) -> T::Real {
    sum_abs(kernels, x) * T::Real::from_f64(2.0 / 3.0) / T::Real::from_f64(x.len() as f64)
}

/// [`estimate_by_alternation`] by whatever solves.
pub(crate) fn alternation_with<T: Scalar>(kernels: &Kernels<T>, a: &impl Solver<T>) -> Result<T::Real> {
    let n = a.order();
    let mut x = zeroed::<T>(n)?;
    x.iter_mut().enumerate().for_each(|(i, x)| *x = alternating(i, n));
    a.solve(&mut x)?;
    Ok(exposed(kernels, &x))
}

/// [`estimate_by_gradient`] by whatever solves.
pub(crate) fn gradient_with<T: Scalar>(kernels: &Kernels<T>, a: &impl Solver<T>) -> Result<T::Real> {
    let mut x = average(a.order())?;
    a.solve(&mut x)?;
    ascend(kernels, x, |x| a.solve_transposed(x), |_, x| a.solve(x))
}

/// [`inverse_norm_estimate`] by whatever solves.
pub(super) fn inverse_norm_with<T: Scalar>(kernels: &Kernels<T>, a: &impl Solver<T>) -> Result<T::Real> {
    let alternation = alternation_with(kernels, a)?;
    Ok(gradient_with(kernels, a)?.max_nan(alternation))
}

/// `| |A^-1| g |_inf` for weights g that are not negative: that is `|diag(g) A^-T|_1` (Higham 1988; LAPACK's gerfs).
pub(super) fn weighted_inverse_norm<T: Scalar>(
    kernels: &Kernels<T>,
    a: &impl Solver<T>,
    g: &[T::Real],
) -> Result<T::Real> {
    let weigh = |x: &mut [T]| x.iter_mut().zip(g).for_each(|(x, &g)| *x *= T::from_real(g));
    let transposed_and_weighed = |x: &mut [T]| {
        a.solve_transposed(x)?;
        weigh(x);
        Ok(())
    };
    let mut x = average(a.order())?;
    transposed_and_weighed(&mut x)?;
    let weighed_and_solved = |x: &mut [T]| {
        weigh(x);
        a.solve(x)
    };
    ascend(kernels, x, weighed_and_solved, |_, x| transposed_and_weighed(x))
}

/// The average of the columns of the identity.
fn average<T: Scalar>(n: usize) -> Result<Vec<T>> {
    filled(n, T::from_real(T::Real::ONE / T::Real::from_f64(n as f64)))
}

/// What the average of the columns and the gradient there say of `|A^-1|_1`, given `L^-1` times the probes.
pub(crate) fn estimate_by_gradient<T: Scalar>(
    kernels: &Kernels<T>,
    lu: MatRef<'_, T>,
    probes: MatRef<'_, T>,
) -> Result<T::Real> {
    let n = lu.nrows();
    let x = finish_probe(kernels, lu, probes, 0)?;
    let transposed = |x: &mut [T]| {
        substitute(kernels, Triangle::Lower, lu.transpose(), x);
        substitute(kernels, Triangle::UnitUpper, lu.transpose(), x);
        Ok(())
    };
    let column = |j: usize, x: &mut [T]| {
        // Rows of L above the one of the identity meet zeros alone.
        substitute(kernels, Triangle::UnitLower, lu.block(j, j, n - j, n - j), &mut x[j..]);
        substitute(kernels, Triangle::Upper, lu, x);
        Ok(())
    };
    ascend(kernels, x, transposed, column)
}

/// Hager's ascent from `x = A^-1 e/n`, given how to solve with A^T, and with A for a column of the identity.
fn ascend<T: Scalar>(
    kernels: &Kernels<T>,
    mut x: Vec<T>,
    solve_transposed: impl Fn(&mut [T]) -> Result<()>,
    solve_column: impl Fn(usize, &mut [T]) -> Result<()>,
) -> Result<T::Real> {
    let mut estimate = sum_abs(kernels, &x);
    if x.len() == 1 {
        return Ok(estimate);
    }
    let mut tried = None;
    for _ in 0..ESTIMATE_ROUNDS {
        // The gradient of |A^-1 x|_1 is A^-H sign(A^-1 x); its largest component names the most promising column.
        for element in &mut x {
            *element = sign(*element).conj();
        }
        solve_transposed(&mut x)?;
        let column = index_of_largest(&x);
        if tried == Some(column) {
            // Its norm is the estimate already.
            break;
        }
        tried = Some(column);
        x.fill(T::zero());
        x[column] = T::one();
        solve_column(column, &mut x)?;
        estimate = sum_abs(kernels, &x).max_nan(estimate);
    }
    Ok(estimate)
}

/// Element i of Higham's alternating vector: `(-1)^i (1 + i/(n-1))`.
pub(super) fn alternating<T: Scalar>(i: usize, n: usize) -> T {
    let size = 1.0 + i as f64 / (n.max(2) - 1) as f64;
    T::from_real(T::Real::from_f64(if i.is_multiple_of(2) { size } else { -size }))
}

/// `z / |z|`, and 1 for 0.
fn sign<T: Scalar>(z: T) -> T {
    let modulus = z.abs();
    // Part by part: complex division squares the divisor, which may underflow.
    if modulus == T::Real::ZERO { T::one() } else { T::from_parts(z.re() / modulus, z.im() / modulus) }
}

fn index_of_largest<T: Scalar>(x: &[T]) -> usize {
    let mut largest = (0, -T::Real::ONE);
    for (i, element) in x.iter().enumerate() {
        let size = element.abs();
        if size > largest.1 {
            largest = (i, size);
        }
    }
    largest.0
}

fn sum_abs<T: Scalar>(kernels: &Kernels<T>, x: &[T]) -> T::Real {
    // SAFETY: a slice and its length.
    unsafe { (kernels.vector.sum_abs)(x.len(), x.as_ptr()) }
}
