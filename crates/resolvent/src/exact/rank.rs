//! Ranks and dependences of matrices of whole numbers, proved: modulo a prime a matrix has no more independent rows than it
//! has, and that the others depend on those is checked in whole numbers.

use num_rational::BigRational;

use super::dependence::{Dependence, coefficients};
use super::elimination::eliminate;
use super::lifting::{Fractions, Lifting};
use super::matrix::Matrix;
use super::modular::Field;
use super::whole::Whole;
use super::with_threads;
use crate::error::{Error, Result};
use crate::matrix::{filled, with_room};
use crate::parallel;

/// The rank of a matrix, exactly.
///
/// # Shapes
/// `(m, n)`.
///
/// # Errors
/// Memory, or [`Error::Interrupted`].
///
/// # Accuracy
/// Proved.
///
/// # Cost
/// One elimination modulo a prime for a matrix of full rank. Else every row that depends on others is solved for in them.
///
/// # Source
/// `dixon1982exact`.
///
/// # Example
/// ```
/// use resolvent::exact::{Matrix, rank};
/// assert_eq!(rank(&Matrix::from_rows(&[[1, 2, 3], [4, 5, 6], [7, 8, 9]])?)?, 2);
/// # Ok::<(), resolvent::Error>(())
/// ```
pub fn rank(a: &Matrix) -> Result<usize> {
    with_threads(a.nrows(), || {
        let (whole, _) = a.whole_rows()?;
        // The rows that are solved for are the rest: the fewer, the better.
        let rows = if whole.rows > whole.columns { whole.transpose()? } else { whole };
        let columns = rows.transpose()?;
        for field in Field::all() {
            let echelon = eliminate(&field, &mut columns.residues(&field)?, rows.rows)?;
            let (basis, chosen) = (&echelon.pivots, &echelon.rows[..echelon.pivots.len()]);
            if basis.len() == rows.rows || others_depend(field, &columns, basis, chosen)? {
                return Ok(basis.len());
            }
        }
        unreachable!("there are more primes than divide any determinant")
    })
}

/// Do all columns depend on those of the basis? These are independent in the chosen rows, modulo the prime.
fn others_depend(field: Field, columns: &Whole, basis: &[usize], chosen: &[usize]) -> Result<bool> {
    let square = columns.select(chosen, basis)?;
    let Some(lifting) = Lifting::new(field, &square)? else { return Ok(false) };
    let every: Vec<usize> = (0..columns.rows).collect();
    let independent = columns.select(&every, basis)?;
    let mut others = with_room(columns.columns - basis.len())?;
    others.extend((0..columns.columns).filter(|j| basis.binary_search(j).is_err()));
    let mut sides = with_room(others.len())?;
    sides.extend(others.iter().map(|&j| chosen.iter().map(|&i| columns.get(i, j)).collect::<Vec<_>>()));
    let found = lifting.solve_all(&sides)?;
    let mut good = filled(others.len(), false)?;
    parallel::for_each_mut(usize::MAX, &mut good, |k, good| {
        let x = &found[k];
        *good = (0..columns.rows)
            .all(|i| independent.row_times(i, &x.numerators) == columns.get(i, others[k]) * &x.denominator);
    });
    Ok(good.into_iter().all(|good| good))
}

/// The first row of a matrix that depends on those before it, and how; none if all rows are independent.
///
/// # Shapes
/// `(m, n)`.
///
/// # Errors
/// Memory, or [`Error::Interrupted`].
///
/// # Accuracy
/// Proved.
///
/// # Cost
/// One elimination modulo a prime, and as [`solve`](super::solve()) if there is such a row.
///
/// # Source
/// `dixon1982exact`.
///
/// # Example
/// ```
/// use resolvent::exact::{Matrix, dependence};
/// let found = dependence(&Matrix::from_rows(&[[2, 4], [3, 6], [5, 5]])?)?;
/// assert_eq!(found.map(|found| found.to_string()).as_deref(), Some("row 1 = 3/2*row 0"));
/// assert_eq!(dependence(&Matrix::from_rows(&[[2, 4], [3, 5]])?)?, None);
/// # Ok::<(), resolvent::Error>(())
/// ```
pub fn dependence(a: &Matrix) -> Result<Option<Dependence>> {
    with_threads(a.nrows(), || {
        let (whole, scales) = a.whole_rows()?;
        for field in Field::all() {
            match dependence_modulo(field, &whole)? {
                Answer::No => return Ok(None),
                Answer::Yes(row, found) => {
                    let scale = |j: usize| BigRational::new(scales[j].clone(), scales[row].clone());
                    return Ok(Some(Dependence::new(row, &found, scale)));
                }
                Answer::Unclear => {}
            }
        }
        unreachable!("there are more primes than divide any determinant")
    })
}

/// Is there a row that depends on those before it?
enum Answer {
    No,
    Yes(usize, Fractions),
    /// Modulo this prime only.
    Unclear,
}

fn dependence_modulo(field: Field, a: &Whole) -> Result<Answer> {
    let columns = a.transpose()?;
    let echelon = eliminate(&field, &mut columns.residues(&field)?, a.rows)?;
    let row = echelon.first_gap();
    if row == a.rows {
        return Ok(Answer::No);
    }
    let (every, first): (Vec<usize>, Vec<usize>) = ((0..a.columns).collect(), (0..=row).collect());
    let columns = columns.select(&every, &first)?;
    let found = coefficients(field, &columns, 1, &echelon.rows[..row], usize::MAX)?;
    Ok(found.map_or(Answer::Unclear, |found| Answer::Yes(row, found)))
}

/// A square matrix, ready to be solved with.
///
/// # Errors
/// [`Error::Singular`], if it is.
pub(super) fn regular(a: &Whole) -> Result<Lifting<'_>> {
    for field in Field::all() {
        if let Some(lifting) = Lifting::new(field, a)? {
            return Ok(lifting);
        }
        if let Answer::Yes(..) = dependence_modulo(field, a)? {
            let pivot = eliminate(&field, &mut a.residues(&field)?, a.columns)?.first_gap();
            return Err(Error::Singular { matrix: 0, pivot, all: vec![0] });
        }
    }
    unreachable!("there are more primes than divide any determinant")
}
