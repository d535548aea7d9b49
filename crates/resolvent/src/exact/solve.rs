//! Solutions and inverses in fractions.

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{One, Zero};

use super::lifting::Lifting;
use super::matrix::{Matrix, common_denominator, times};
use super::rank::regular;
use super::with_threads;
use crate::error::{Error, Result};
use crate::matrix::{filled, with_room};

/// The solution of `A X = B` in fractions.
///
/// # Shapes
/// `(n, n)` and `(n, k)` in, `(n, k)` out.
///
/// # Errors
/// [`Error::NotSquare`], [`Error::ShapeMismatch`]; [`Error::Singular`] for a matrix that is: [`dependence`](super::dependence())
/// says why.
///
/// # Accuracy
/// Exact: `A X = B` has been checked.
///
/// # Cost
/// `2 n^3` products of words for the inverse modulo a prime; then for every column as many times `2 n^2` as the solution
/// has digits of 59 bits, times two: `n/10` for numbers of 20 bits.
///
/// # Source
/// `dixon1982exact`, `wang1982padic`.
///
/// # Example
/// ```
/// use resolvent::exact::{Matrix, solve};
/// let x = solve(&Matrix::from_rows(&[[2, 1], [1, 3]])?, &Matrix::from_rows(&[[5], [4]])?)?;
/// assert_eq!(x[(0, 0)].to_string(), "11/5");
/// assert_eq!(x[(1, 0)].to_string(), "3/5");
/// # Ok::<(), resolvent::Error>(())
/// ```
pub fn solve(a: &Matrix, b: &Matrix) -> Result<Matrix> {
    a.check_square()?;
    let (n, k) = (a.nrows(), b.ncols());
    if b.nrows() != n {
        let reason = format!("b needs as many rows as a, which is {n}");
        return Err(Error::ShapeMismatch { a: a.shape().to_vec(), b: b.shape().to_vec(), reason });
    }
    with_threads(a.nrows(), || {
        let (whole, scales) = a.whole_rows()?;
        // (D A) (E x) = E D b, with D and E such that all of it is whole.
        let (mut sides, mut multiples) = (with_room(k)?, with_room(k)?);
        for j in 0..k {
            let mut scaled = with_room(n)?;
            scaled.extend((0..n).map(|i| &b[(i, j)] * &scales[i]));
            let multiple = common_denominator(&scaled);
            sides.push(scaled.iter().map(|x| times(&multiple, x)).collect());
            multiples.push(multiple);
        }
        solved(&regular(&whole)?, &sides, &multiples)
    })
}

/// The inverse in fractions.
///
/// # Shapes
/// `(n, n)` in, `(n, n)` out.
///
/// # Errors
/// [`Error::NotSquare`]; [`Error::Singular`] for a matrix that is: [`dependence`](super::dependence()) says why.
///
/// # Accuracy
/// Exact: `A X = I` has been checked.
///
/// # Cost
/// As [`solve`] for n columns.
///
/// # Source
/// As [`solve`].
///
/// # Example
/// ```
/// use resolvent::exact::{Matrix, inv};
/// let x = inv(&Matrix::from_rows(&[[2, 1], [1, 3]])?)?;
/// let text: Vec<String> = x.as_slice().iter().map(ToString::to_string).collect();
/// assert_eq!(text, ["3/5", "-1/5", "-1/5", "2/5"]);
/// # Ok::<(), resolvent::Error>(())
/// ```
pub fn inv(a: &Matrix) -> Result<Matrix> {
    a.check_square()?;
    let n = a.nrows();
    with_threads(a.nrows(), || {
        let (whole, scales) = a.whole_rows()?;
        let mut sides = with_room(n)?;
        for (j, scale) in scales.into_iter().enumerate() {
            let mut side = filled(n, BigInt::zero())?;
            side[j] = scale;
            sides.push(side);
        }
        solved(&regular(&whole)?, &sides, &filled(n, BigInt::one())?)
    })
}

/// The solutions for all sides, each divided by its multiple, as columns.
fn solved(lifting: &Lifting<'_>, sides: &[Vec<BigInt>], multiples: &[BigInt]) -> Result<Matrix> {
    let mut columns = with_room(sides.len())?;
    for (found, multiple) in lifting.solve_all(sides)?.into_iter().zip(multiples) {
        let denominator = found.denominator * multiple;
        let fraction = |numerator| BigRational::new(numerator, denominator.clone());
        columns.push(found.numerators.into_iter().map(fraction).collect());
    }
    Matrix::from_columns(lifting.order(), &columns)
}
