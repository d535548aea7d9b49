//! Factors of a matrix with a structure, in the form of LU factors, so that whoever solves with them need not know.

use resolvent_kernels::{Real, Scalar};

use super::divide;
use super::indefinite::factor_indefinite;
use super::lu::{Factors, factor};
use super::positive::factor_positive;
use crate::blas::{Context, Triangle, trsm};
use crate::error::Result;
use crate::matrix::{MatMut, MatRef, Structure};
use crate::parallel;
use crate::plan::Method;

/// As [`factor`], by what the structure allows; a Hermitian matrix that is not positive definite by its own method only if
/// `indefinite`. `a` was filled by `fill`, which is asked to do it again if what was hoped for does not hold.
pub(crate) fn factor_by_structure<T: Scalar>(
    context: Context<'_, T>,
    structure: Structure,
    indefinite: bool,
    mut a: MatMut<'_, T>,
    fill: impl Fn(MatMut<'_, T>),
) -> Result<(Factors, Method)> {
    let n = a.nrows();
    match structure {
        Structure::Diagonal | Structure::Upper | Structure::Lower => {
            let method = if structure == Structure::Diagonal { Method::Diagonal } else { Method::Triangular };
            let zero_pivot = (0..n).find(|&i| a.as_ref().get(i, i) == T::zero());
            if zero_pivot.is_some() || structure != Structure::Lower || divide_columns(context, a.reborrow())
            {
                parallel::expect(|_| -2.0 / 3.0 * (n as f64).powi(3));
                return Ok((Factors { zero_pivot, ..Factors::without_exchanges(n)? }, method));
            }
        }
        Structure::Hermitian => {
            // Half of all but what is done to the columns that go along.
            let along = 2.0 * (n * n * (a.ncols() - n)) as f64;
            let halved = || parallel::expect(|flops| (along - flops) / 2.0);
            let whole = || parallel::expect(|flops| (flops - along) / 2.0);
            if has_positive_diagonal(a.as_ref()) {
                halved();
                if let Some(factors) = factor_positive(context, a.reborrow())? {
                    return Ok((factors, Method::PositiveDefinite));
                }
                whole();
                fill(a.reborrow());
            }
            if !indefinite {
                return Ok((factor(context, a)?, Method::Blocked));
            }
            halved();
            if let Some(factors) = factor_indefinite(context, a.reborrow())? {
                return Ok((factors, Method::HermitianIndefinite));
            }
            whole();
        }
        Structure::General => return Ok((factor(context, a)?, Method::Blocked)),
    }
    fill(a.reborrow());
    Ok((factor(context, a)?, Method::Blocked))
}

/// Only then may a Hermitian matrix be positive definite.
fn has_positive_diagonal<T: Scalar>(a: MatRef<'_, T>) -> bool {
    (0..a.nrows()).all(|i| a.get(i, i).re() > T::Real::ZERO)
}

/// `A = L D` for a lower triangle: divides every column by its diagonal, and solves with L for the columns behind. False,
/// with anything in `a`, if a quotient overflows.
fn divide_columns<T: Scalar>(context: Context<'_, T>, a: MatMut<'_, T>) -> bool {
    let n = a.nrows();
    let (mut l, carried) = a.split_cols(n);
    for i in 1..n {
        for j in 0..i {
            let quotient = divide(l.as_ref().get(i, j), l.as_ref().get(j, j));
            if !quotient.is_finite() {
                return false;
            }
            l.set(i, j, quotient);
        }
    }
    trsm(context, Triangle::UnitLower, l.as_ref(), carried);
    true
}
