//! `pinv`: the pseudoinverse of Moore and Penrose.

use resolvent_kernels::Scalar;

use super::regular::Regular;
use super::{Cutoff, combined, count_above, each, scaled, svd_flops, wide};
use crate::error::Result;
use crate::factor::{Vectors, Wide, scaled_svd};
use crate::matrix::{Form, Mat, MatRef, MatrixOf, Operand, Stack, StackRef, check_size, with_room};

/// The pseudoinverse of a matrix, or of every matrix of a stack: the shortest least squares solutions for the columns of
/// the identity.
///
/// # Shapes
/// `(..., m, n)` in, `(..., n, m)` out.
///
/// # Errors
/// [`Error::NoSingularValues`](crate::Error::NoSingularValues) if something is NaN or infinite.
///
/// # Accuracy
/// `|X - A^+| <= c max(m, n) eps |A| |A^+|^2`, where the rank is beyond doubt; singular values up to `max(m, n) eps` times the
/// largest count as zero ([`pinv_with`] has others).
///
/// # Cost
/// About `14 m n^2 + 8 n^3` flops for m >= n, in double precision; `2 n^3`, as [`inv`](crate::inv), for square matrices whose
/// rank is full beyond doubt.
///
/// # Source
/// `golub2013matrix`, section 5.5.
///
/// # Example
/// ```
/// let x = resolvent::pinv(&[[2.0, 0.0], [0.0, 0.0]])?;
/// assert_eq!(x, [[0.5, 0.0], [0.0, 0.0]]);
/// # Ok::<(), resolvent::Error>(())
/// ```
pub fn pinv<A: Operand + ?Sized>(a: &A) -> Result<MatrixOf<A>> {
    pinv_with(a, Cutoff::Rounding)
}

/// As [`pinv`], with singular values up to a cutoff counted as zero.
///
/// # Shapes
/// As [`pinv`].
///
/// # Errors
/// As [`pinv`]; [`Error::WrongLength`](crate::Error::WrongLength) for [`Cutoff::Each`].
///
/// # Accuracy
/// As [`pinv`].
///
/// # Cost
/// As [`pinv`].
///
/// # Source
/// As [`pinv`].
///
/// # Example
/// ```
/// use resolvent::{Cutoff, pinv_with};
/// let x = pinv_with(&[[2.0, 0.0], [0.0, 0.25]], Cutoff::Relative(0.5))?;
/// assert_eq!(x, [[0.5, 0.0], [0.0, 0.0]]);
/// # Ok::<(), resolvent::Error>(())
/// ```
pub fn pinv_with<A: Operand + ?Sized>(a: &A, cutoff: Cutoff<'_>) -> Result<MatrixOf<A>> {
    let a = a.stack()?;
    cutoff.check(&a)?;
    let (m, n) = (a.nrows(), a.ncols());
    let shape = [a.batch(), &[n, m]].concat();
    let mut elements = with_room(check_size::<A::Elem>(&shape)?)?;
    let inverses = wide!(A::Elem, |W| all::<A::Elem, W>(&a, cutoff))?;
    inverses.into_iter().for_each(|inverse| elements.extend(inverse));
    Ok(A::Form::matrix(Stack::from_vec(elements, &shape)?))
}

/// Inverses of matrices of full rank, pseudoinverses of the others.
fn all<T: Scalar, W: Wide>(a: &StackRef<'_, T>, cutoff: Cutoff<'_>) -> Result<Vec<Vec<T>>> {
    let regular = Regular::<W>::of(a, cutoff)?;
    let flops = svd_flops([a.nrows(), a.ncols()], true);
    each("pinv", a, flops, |index| match regular.as_ref().and_then(|regular| regular.inverse(index)) {
        Some(inverse) => {
            let mut rounded = with_room(inverse.nrows() * inverse.ncols())?;
            (0..inverse.nrows()).for_each(|i| rounded.extend(inverse.row(i).iter().map(|x| x.to::<T>())));
            Ok(rounded)
        }
        None => one::<T, W>(a.matrix(index), index, cutoff),
    })
}

/// `V diag(1 / s) U^H`, row by row.
fn one<T: Scalar, W: Wide>(a: MatRef<'_, T>, index: usize, cutoff: Cutoff<'_>) -> Result<Vec<T>> {
    let (svd, exponent) = scaled_svd::<T, W>(a, Vectors::Thin)?;
    let rank = count_above(&svd.s, cutoff.of(index, a, &svd.s, exponent));
    let mut weights = with_room(rank)?;
    weights.extend(svd.s[..rank].iter().map(|s| 1.0 / s));
    let mut adjoint = Mat::zeros(svd.u.ncols(), svd.u.nrows())?;
    for k in 0..rank {
        (0..svd.u.nrows()).for_each(|i| adjoint[(k, i)] = Scalar::conj(svd.u[(i, k)]));
    }
    let inverse = combined(&svd.v, &weights, &adjoint)?.into_vec();
    let mut rounded = with_room(inverse.len())?;
    rounded.extend(inverse.into_iter().map(|x| scaled(x, -exponent).to::<T>()));
    Ok(rounded)
}
