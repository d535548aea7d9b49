//! What exact arithmetic says of a matrix that rounding cannot tell from a singular one.

use num_traits::ToPrimitive;
use resolvent_kernels::{Real, Scalar};

use super::dependence::Dependency;
use crate::error::Result;
use crate::exact::{Dependence, Exactly, decide};
use crate::matrix::MatRef;

/// Whether the matrix, as its numbers are stored, has full rank.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proof {
    /// Nothing is proved.
    None,
    /// It has not: some rows or columns are combinations of others, exactly.
    Deficient,
    /// It has, however little is missing; only of a square matrix.
    Regular,
}

/// Asks about a matrix of deficient rank. What is found exactly takes the place of what was found to rounding.
pub(super) fn proof<T: Scalar>(
    a: MatRef<'_, T>,
    columns: &mut [Dependency<T>],
    rows: &mut [Dependency<T>],
) -> Result<Proof> {
    if columns.iter().chain(&*rows).any(|found| found.exact) {
        return Ok(Proof::Deficient);
    }
    if a.nrows() != a.ncols() {
        return Ok(Proof::None);
    }
    let Exactly::Singular(of_rows) = decide(a, true)? else { return Ok(Proof::Regular) };
    if let Some(dependence) = &of_rows.dependence {
        replace(rows, dependence);
        if let Exactly::Singular(of_columns) = decide(a.transpose(), true)?
            && let Some(dependence) = &of_columns.dependence
        {
            replace(columns, dependence);
        }
    }
    Ok(Proof::Deficient)
}

/// Puts exact coefficients, rounded once, where the same line was found to depend on others.
fn replace<T: Scalar>(found: &mut [Dependency<T>], exact: &Dependence) {
    let Some(place) = found.iter_mut().find(|found| found.index == exact.row) else { return };
    let part = |x: &num_rational::BigRational| T::Real::from_f64(x.to_f64().unwrap_or(f64::NAN));
    place.terms = exact.terms.iter().map(|(i, c)| (*i, T::from_parts(part(&c.re), part(&c.im)))).collect();
    (place.residual, place.exact) = (0.0, true);
}
