//! `cond`: condition numbers in NumPy's norms.

use resolvent_kernels::{Real, Scalar};

use super::{each, largest_exponent, scaled, svd_flops, wide, widened};
use crate::error::{Error, Result};
use crate::factor::{Vectors, Wide, scaled_svd};
use crate::inverse::inv_ex;
use crate::matrix::{Form, MatRef, Operand, PerMatrixOf, Stack, StackRef, check_size, with_room};

/// The norm of a condition number `|A| |A^-1|`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ConditionNorm {
    /// The largest singular value by the smallest (NumPy's `None` and 2); also of matrices that are not square.
    #[default]
    Two,
    /// The smallest singular value by the largest (-2).
    MinusTwo,
    /// Largest column sums (1).
    One,
    /// Smallest column sums (-1).
    MinusOne,
    /// Largest row sums (inf).
    Infinity,
    /// Smallest row sums (-inf).
    MinusInfinity,
    /// Roots of sums of squares ("fro").
    Frobenius,
    /// Sums of singular values ("nuc").
    Nuclear,
}

/// The condition number of a matrix, or of every matrix of a stack: how many times larger a relative change of the solution may
/// be than that of the data.
///
/// # Shapes
/// `(..., n, n)` in, one number per matrix out; `(..., m, n)` for the norms of singular values alone, Two and MinusTwo.
///
/// # Errors
/// [`Error::NotSquare`]; [`Error::BadArgument`] for matrices without elements. A singular matrix has the number infinity, one with
/// a NaN in it NaN.
///
/// # Accuracy
/// Two: `1 / cond` is right to within `c max(m, n) eps`, so that beyond `1 / eps` no digit of it is. Others: as the
/// inverse. Neither norms nor their product overflow on the way.
///
/// # Cost
/// As [`svdvals`](crate::svdvals), or [`inv`](crate::inv).
///
/// # Source
/// `higham2002accuracy`, chapter 7.
///
/// # Example
/// ```
/// use resolvent::{ConditionNorm, cond};
/// let a = [[1.0_f64, 0.0], [0.0, 4.0]];
/// assert_eq!(cond(&a, ConditionNorm::Two)?, 4.0);
/// assert_eq!(cond(&a, ConditionNorm::One)?, 4.0);
/// assert_eq!(cond(&[[1.0_f64, 1.0], [1.0, 1.0]], ConditionNorm::One)?, f64::INFINITY);
/// # Ok::<(), resolvent::Error>(())
/// ```
pub fn cond<A: Operand + ?Sized>(
    a: &A,
    norm: ConditionNorm,
) -> Result<PerMatrixOf<A, <A::Elem as Scalar>::Real>> {
    let a = a.stack()?;
    if a.nrows() == 0 || a.ncols() == 0 {
        let reason = "a matrix without elements has no condition number".to_owned();
        return Err(Error::BadArgument { name: "a", reason });
    }
    if !matches!(norm, ConditionNorm::Two | ConditionNorm::MinusTwo) && a.nrows() != a.ncols() {
        return Err(Error::NotSquare { shape: a.shape() });
    }
    let numbers = wide!(A::Elem, |W| match norm {
        ConditionNorm::Two => by_values::<_, W>(&a, |s| s[0] / s[s.len() - 1]),
        ConditionNorm::MinusTwo => by_values::<_, W>(&a, |s| s[s.len() - 1] / s[0]),
        ConditionNorm::Nuclear =>
            by_values::<_, W>(&a, |s| s.iter().sum::<f64>() * s.iter().map(|s| 1.0 / s).sum::<f64>()),
        ConditionNorm::One => by_inverse::<_, W>(&a, |a| largest(column_sums(a))),
        ConditionNorm::MinusOne => by_inverse::<_, W>(&a, |a| smallest(column_sums(a))),
        ConditionNorm::Infinity => by_inverse::<_, W>(&a, |a| largest(column_sums(a.transpose()))),
        ConditionNorm::MinusInfinity => by_inverse::<_, W>(&a, |a| smallest(column_sums(a.transpose()))),
        ConditionNorm::Frobenius => by_inverse::<_, W>(&a, root_of_squares),
    })?;
    let mut rounded = with_room(numbers.len())?;
    for (index, number) in numbers.into_iter().enumerate() {
        let matrix = a.matrix(index);
        // Without NaN in the matrix it is 0 / 0, or what a matrix without inverse leaves.
        let infinite = number.is_nan() && !has_nan(matrix);
        rounded.push(Real::from_f64(if infinite { f64::INFINITY } else { number }));
    }
    Ok(A::Form::per_matrix(a.batch(), rounded))
}

fn has_nan<T: Scalar>(a: MatRef<'_, T>) -> bool {
    (0..a.nrows()).any(|i| (0..a.ncols()).any(|j| a.get(i, j).re().is_nan() || a.get(i, j).im().is_nan()))
}

/// A function of the singular values; NaN where there are none.
fn by_values<T: Scalar, W: Wide>(a: &StackRef<'_, T>, of: impl Fn(&[f64]) -> f64 + Sync) -> Result<Vec<f64>> {
    each("cond", a, svd_flops([a.nrows(), a.ncols()], false), |index| {
        match scaled_svd::<T, W>(a.matrix(index), Vectors::No) {
            Ok((svd, _)) => Ok(of(&svd.s)),
            Err(Error::NoSingularValues { .. }) => Ok(f64::NAN),
            Err(other) => Err(other),
        }
    })
}

/// `|A| |A^-1|` of the matrices brought near 1 by powers of two, which changes no condition number.
fn by_inverse<T: Scalar, W: Wide>(
    a: &StackRef<'_, T>,
    norm: impl Fn(MatRef<'_, W>) -> f64,
) -> Result<Vec<f64>> {
    let mut elements = with_room(check_size::<W>(&a.shape())?)?;
    for index in 0..a.len() {
        let matrix = widened::<T, W>(a.matrix(index))?.into_vec();
        let exponent = largest_exponent(&matrix);
        elements.extend(matrix.into_iter().map(|x| scaled(x, -exponent)));
    }
    let near_one = Stack::from_vec(elements, &a.shape())?;
    let inverse = inv_ex(&near_one)?.inverse;
    let (near_one, inverse) = (near_one.as_ref(), inverse.as_ref());
    let mut numbers = with_room(a.len())?;
    numbers.extend((0..a.len()).map(|index| norm(near_one.matrix(index)) * norm(inverse.matrix(index))));
    Ok(numbers)
}

/// The sums of the moduli of every column.
fn column_sums<W: Wide>(a: MatRef<'_, W>) -> impl Iterator<Item = f64> {
    (0..a.ncols()).map(move |j| (0..a.nrows()).map(|i| Scalar::abs(a.get(i, j))).sum())
}

fn largest(sums: impl Iterator<Item = f64>) -> f64 {
    sums.fold(0.0, |largest, sum| sum.max_nan(largest))
}

fn smallest(sums: impl Iterator<Item = f64>) -> f64 {
    -sums.map(|sum| -sum).fold(f64::NEG_INFINITY, |largest, sum| sum.max_nan(largest))
}

/// The norm of Frobenius, whose squares neither overflow nor underflow.
fn root_of_squares<W: Wide>(a: MatRef<'_, W>) -> f64 {
    let moduli = (0..a.nrows()).flat_map(|i| (0..a.ncols()).map(move |j| Scalar::abs(a.get(i, j))));
    moduli.fold(0.0, f64::hypot)
}
