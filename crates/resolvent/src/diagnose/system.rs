//! Has `A x = b` a solution, one, or many?

use resolvent_kernels::{Real, Scalar};

use super::basis::norm;
use super::dependence::{Dependencies, Dependency};
use super::scaling::Scaled;
use crate::error::Result;
use crate::factor::Wide;
use crate::matrix::{Mat, exponent_of, times_power_of_two, with_room, zeroed};

/// How many solutions a system has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Solutions {
    /// One.
    One,
    /// A family: any values of the free unknowns.
    Many,
    /// None, and nobody expected one: there are more equations than unknowns. What is given has the least residual.
    LeastSquares,
    /// None: the equations contradict one another. What is given has the least residual.
    None,
}

/// Row `row` is a combination of others, but the right-hand side is not that combination.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Contradiction<T> {
    /// The row, one of [`Diagnosis::rows`](crate::Diagnosis::rows).
    pub row: usize,
    /// What `b[row]` would have to be.
    pub expected: T,
    /// What it is.
    pub given: T,
}

/// What is to be said of `A x = b`.
#[derive(Debug, Clone, PartialEq)]
pub struct SystemFinding<T: Scalar> {
    /// How many solutions there are.
    pub solutions: Solutions,
    /// One of them, the free unknowns 0; or one with the least residual.
    pub solution: Vec<T>,
    /// The unknowns whose values may be chosen.
    pub free: Vec<usize>,
    /// n x `free.len()`: what is added to the solution for each unit of a free unknown. What A turns to zero, all of it.
    pub null_space: Mat<T>,
    /// `|b - A x|` in the 2-norm; of rows that are scaled, if the rank shows only then.
    pub residual: f64,
    /// That over `|b|`.
    pub relative_residual: f64,
    /// Componentwise, of the solution of a square system; NaN where it was not measured.
    pub backward_error: f64,
    /// Why there is no solution.
    pub contradictions: Vec<Contradiction<T>>,
}

impl<T: Scalar> SystemFinding<T> {
    /// Of a square system that was solved.
    pub(super) fn solved(solution: Vec<T>, backward_error: f64) -> Result<Self> {
        let null_space = Mat::zeros(solution.len(), 0)?;
        Ok(Self {
            solutions: Solutions::One,
            solution,
            free: vec![],
            null_space,
            residual: 0.0,
            relative_residual: 0.0,
            backward_error,
            contradictions: vec![],
        })
    }
}

/// The solution by independent columns.
pub(super) fn system<T: Scalar, W: Wide>(
    b: &[T],
    scaled: &Scaled<W>,
    columns: &Dependencies<T, W>,
    rows: &[Dependency<T>],
) -> Result<SystemFinding<T>> {
    let [m, n] = scaled.matrix.shape();
    let eps = T::Real::EPSILON.to_f64();
    let (right, unit) = scaled_side::<T, W>(b, &scaled.rows)?;
    let y = columns.basis.coefficients(&right, columns.basis.len())?;
    let residual = norm(&columns.basis.residual(&right, &y)?);
    let size = norm(&right);
    let parts: f64 = y.iter().enumerate().map(|(k, y)| Scalar::abs(*y) * columns.basis.size(k)).sum();
    let consistent = residual <= 8.0 * (m + n) as f64 * eps * (parts + size);
    let mut solution = zeroed::<T>(n)?;
    for (&j, &y) in columns.independent.iter().zip(&y) {
        // What is noise beside the others is zero.
        let y = if Scalar::abs(y) <= 4.0 * n as f64 * eps * parts { W::zero() } else { y };
        let part = |x: f64| T::Real::from_f64(times_power_of_two(x, scaled.columns[j] + unit));
        solution[j] = T::from_parts(part(Scalar::re(y)), part(Scalar::im(y)));
    }
    let mut free = with_room(columns.found.len())?;
    free.extend(columns.found.iter().map(|found| found.index));
    let mut null_space = Mat::zeros(n, free.len())?;
    for (k, found) in columns.found.iter().enumerate() {
        null_space[(found.index, k)] = T::one();
        for &(j, c) in &found.terms {
            null_space[(j, k)] = -c;
        }
    }
    let solutions = match (consistent, free.is_empty()) {
        (true, true) => Solutions::One,
        (true, false) => Solutions::Many,
        (false, _) if m > n => Solutions::LeastSquares,
        (false, _) => Solutions::None,
    };
    let contradictions = if solutions == Solutions::None { contradictions::<T, W>(b, rows) } else { vec![] };
    Ok(SystemFinding {
        solutions,
        solution,
        free,
        null_space,
        residual: times_power_of_two(residual, unit),
        relative_residual: if size > 0.0 { residual / size } else { 0.0 },
        backward_error: f64::NAN,
        contradictions,
    })
}

/// The right-hand side with its rows scaled, in a unit of its own.
fn scaled_side<T: Scalar, W: Wide>(b: &[T], rows: &[i64]) -> Result<(Vec<W>, i64)> {
    let parts = |x: &T| [x.re().to_f64(), x.im().to_f64()];
    let exponent = |(x, &row): (&T, &i64)| {
        let size = parts(x)[0].abs().max(parts(x)[1].abs());
        (size > 0.0).then(|| exponent_of(size) + row)
    };
    let unit = b.iter().zip(rows).filter_map(exponent).max().unwrap_or(0);
    let mut side = with_room(b.len())?;
    side.extend(b.iter().zip(rows).map(|(x, row)| {
        let [re, im] = parts(x).map(|part| times_power_of_two(part, row - unit));
        W::from_parts(re, im)
    }));
    Ok((side, unit))
}

fn contradictions<T: Scalar, W: Wide>(b: &[T], rows: &[Dependency<T>]) -> Vec<Contradiction<T>> {
    let mut found = Vec::new();
    for row in rows {
        let terms = || row.terms.iter().map(|&(i, c)| W::of(c) * W::of(b[i]));
        let (expected, given) = (terms().sum::<W>(), W::of(b[row.index]));
        let size: f64 = terms().map(|x| Scalar::abs(x)).sum::<f64>() + Scalar::abs(given);
        let rounding = 8.0 * (b.len() as f64 + 1.0) * T::Real::EPSILON.to_f64();
        if Scalar::abs(expected - given) > (rounding + row.residual) * size {
            found.push(Contradiction { row: row.index, expected: expected.to(), given: b[row.index] });
        }
    }
    found
}
