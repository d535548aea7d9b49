//! Refinement in more than the precision of the answer: as exact as the type can hold, whatever the condition, as long as
//! the factors know anything of the matrix (Moler 1967; Demmel et al. 2006).

use resolvent_kernels::{Real, Scalar};

use super::solver::Solver;
use crate::blas::Sums;
use crate::error::Result;
use crate::matrix::{MatMut, MatRef, zeroed};
use crate::parallel;
use crate::plan::EXTRA_REFINEMENTS;

/// Refines every column of X, `r := b - A (x + t)`, `x + t := x + t + A^-1 r`, where the residual is summed in twice the
/// precision and t is what x leaves unsaid. Returns a bound of the largest relative error of a column, in its largest element; infinite if a
/// column did not converge, which is then left as it was.
pub(super) fn refine_in_double<T: Scalar>(
    solver: &impl Solver<T>,
    a: MatRef<'_, T>,
    b: MatRef<'_, T>,
    mut x: MatMut<'_, T>,
) -> Result<T::Real> {
    let n = a.nrows();
    let mut worst = T::Real::ZERO;
    let mut column = Column { head: zeroed(n)?, tail: zeroed(n)?, sums: Sums::zeros(n)? };
    for j in 0..b.ncols() {
        parallel::checkpoint();
        column.head.iter_mut().enumerate().for_each(|(i, head)| *head = x.as_ref().get(i, j));
        column.tail.fill(T::zero());
        let bound = column.refine(solver, a, |i| b.get(i, j))?;
        if bound.is_finite() {
            column.head.iter().enumerate().for_each(|(i, &head)| x.set(i, j, head));
        }
        worst = bound.max_nan(worst);
    }
    Ok(worst)
}

/// A solution as the sum of two vectors, the second a rounding error of the first.
struct Column<T> {
    head: Vec<T>,
    tail: Vec<T>,
    sums: Sums,
}

impl<T: Scalar> Column<T> {
    fn refine(
        &mut self,
        solver: &impl Solver<T>,
        a: MatRef<'_, T>,
        b: impl Fn(usize) -> T,
    ) -> Result<T::Real> {
        let half = T::Real::from_f64(0.5);
        let (mut before, mut rate) = (T::Real::INFINITY, T::Real::ZERO);
        let mut d = zeroed::<T>(a.nrows())?;
        for _ in 0..EXTRA_REFINEMENTS {
            self.sums.clear();
            self.sums.add((0..a.nrows()).map(&b));
            self.sums.subtract_product(a, &self.head);
            self.sums.subtract_product(a, &self.tail);
            d.iter_mut().zip(self.sums.values()).for_each(|(d, r)| *d = r);
            solver.solve(&mut d)?;
            let (step, size) = (largest(&d), largest(&self.head));
            if step == T::Real::ZERO {
                return Ok(if size == T::Real::ZERO { step } else { T::Real::EPSILON });
            }
            // Steps that do not shrink by half are not steps towards the solution.
            if step.is_nan() || step > before * half {
                break;
            }
            if before.is_finite() {
                rate = (step / before).max_nan(rate);
            }
            self.add(&d);
            if step <= size * T::Real::EPSILON * half * half {
                // What is left of a geometric series, and the rounding of the sum of head and tail.
                return Ok(T::Real::EPSILON + step / size * rate / (T::Real::ONE - rate));
            }
            before = step;
        }
        Ok(T::Real::INFINITY)
    }

    /// `head + tail := head + tail + d`
    fn add(&mut self, d: &[T]) {
        for ((head, tail), &d) in self.head.iter_mut().zip(&mut self.tail).zip(d) {
            let rest = *tail + d;
            let sum = *head + rest;
            // Dekker's sum: the head is the larger, but where both are about nothing.
            *tail = rest - (sum - *head);
            *head = sum;
        }
    }
}

fn largest<T: Scalar>(x: &[T]) -> T::Real {
    x.iter().fold(T::Real::ZERO, |most, x| x.abs1().max_nan(most))
}
