//! `svdvals`, `rank` and `null_space`: what the singular values say by themselves.

use resolvent_kernels::Scalar;

use super::regular::Regular;
use super::{Cutoff, count_above, each, svd_flops, wide};
use crate::error::{Error, Result};
use crate::factor::{Vectors, Wide, scaled_svd, svd};
use crate::matrix::{Form, Mat, MatRef, Operand, PerMatrixOf, Stack, StackRef, check_size, with_room};

/// The singular values of a matrix, or of every matrix of a stack.
///
/// # Shapes
/// `(..., m, n)` in, min(m, n) numbers per matrix out, the largest first.
///
/// # Errors
/// [`Error::NoSingularValues`] if something is NaN or infinite.
///
/// # Accuracy
/// Each within `c max(m, n) eps` times the largest; computed in double precision, so in float32 each is the nearest float32
/// number unless it is smaller than 1e-8 times the largest.
///
/// # Cost
/// About `4 m n^2 - 4/3 n^3` flops for m >= n.
///
/// # Source
/// `golub2013matrix`, section 8.6.
///
/// # Example
/// ```
/// let s: Vec<f64> = resolvent::svdvals(&[[0.0, 3.0], [-4.0, 0.0]])?;
/// assert!((s[0] - 4.0).abs() < 1e-15 && (s[1] - 3.0).abs() < 1e-15);
/// # Ok::<(), resolvent::Error>(())
/// ```
pub fn svdvals<A: Operand + ?Sized>(a: &A) -> Result<PerMatrixOf<A, Vec<<A::Elem as Scalar>::Real>>> {
    let a = a.stack()?;
    let one = |index| Ok(svd(a.matrix(index), Vectors::No)?.s);
    let values = each("svdvals", &a, svd_flops([a.nrows(), a.ncols()], false), one)?;
    Ok(A::Form::per_matrix(a.batch(), values))
}

/// The rank of a matrix, or of every matrix of a stack: how many singular values are above `max(m, n) eps` times the largest.
///
/// # Shapes
/// `(..., m, n)` in, one number per matrix out.
///
/// # Errors
/// [`Error::NoSingularValues`] if something is NaN or infinite.
///
/// # Accuracy
/// The rank of a matrix within `max(m, n) eps |A|` of `a`: that of `a` itself, unless it is closer than that to one of lower
/// rank.
///
/// # Cost
/// As [`svdvals`], or, of square matrices whose rank is full beyond doubt, as [`inv`](crate::inv).
///
/// # Source
/// `golub2013matrix`, section 5.4.
///
/// # Example
/// ```
/// let a = [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [7.0, 8.0, 9.0]];
/// assert_eq!(resolvent::rank(&a)?, 2);
/// # Ok::<(), resolvent::Error>(())
/// ```
pub fn rank<A: Operand + ?Sized>(a: &A) -> Result<PerMatrixOf<A, usize>> {
    rank_with(a, Cutoff::Rounding)
}

/// As [`rank`], with singular values up to a cutoff counted as zero.
///
/// # Shapes
/// As [`rank`].
///
/// # Errors
/// As [`rank`]; [`Error::WrongLength`] for [`Cutoff::Each`].
///
/// # Accuracy
/// As [`svdvals`].
///
/// # Cost
/// As [`svdvals`].
///
/// # Source
/// As [`rank`].
///
/// # Example
/// ```
/// use resolvent::{Cutoff, rank_with};
/// assert_eq!(rank_with(&[[1.0, 0.0], [0.0, 0.1]], Cutoff::Absolute(0.5))?, 1);
/// # Ok::<(), resolvent::Error>(())
/// ```
pub fn rank_with<A: Operand + ?Sized>(a: &A, cutoff: Cutoff<'_>) -> Result<PerMatrixOf<A, usize>> {
    let a = a.stack()?;
    cutoff.check(&a)?;
    let ranks = wide!(A::Elem, |W| ranks::<A::Elem, W>(&a, cutoff))?;
    Ok(A::Form::per_matrix(a.batch(), ranks))
}

/// The order of matrices whose rank is full beyond doubt; of the others singular values are counted.
fn ranks<T: Scalar, W: Wide>(a: &StackRef<'_, T>, cutoff: Cutoff<'_>) -> Result<Vec<usize>> {
    let regular = Regular::<W>::of(a, cutoff)?;
    let flops = svd_flops([a.nrows(), a.ncols()], false);
    each("rank", a, flops, |index| match &regular {
        Some(regular) if regular.is_sure(index) => Ok(a.nrows()),
        _ => rank_of::<T, W>(a.matrix(index), index, cutoff),
    })
}

fn rank_of<T: Scalar, W: Wide>(a: MatRef<'_, T>, index: usize, cutoff: Cutoff<'_>) -> Result<usize> {
    let (svd, exponent) = scaled_svd::<T, W>(a, Vectors::No)?;
    Ok(count_above(&svd.s, cutoff.of(index, a, &svd.s, exponent)))
}

/// An orthonormal basis of the x with `A x = 0`, of a matrix or of every matrix of a stack: the singular vectors of the values
/// up to `max(m, n) eps` times the largest.
///
/// # Shapes
/// `(..., m, n)` in, `(..., n, n - rank)` out; all matrices of a stack need the same rank.
///
/// # Errors
/// [`Error::NoSingularValues`] if something is NaN or infinite; [`Error::BadArgument`] if ranks differ.
///
/// # Accuracy
/// `|A N| <= c max(m, n) eps |A|`, `|N^H N - I| <= c n eps`.
///
/// # Cost
/// About `4 m n^2 + 8 n^3` flops for m >= n, in double precision.
///
/// # Source
/// `golub2013matrix`, section 2.4.
///
/// # Example
/// ```
/// let basis = resolvent::null_space(&[[1.0_f64, 1.0], [1.0, 1.0]])?;
/// assert_eq!(basis.shape(), [2, 1]);
/// let [x, y] = *basis.as_slice() else { unreachable!() };
/// assert!((x + y).abs() < 1e-15 && (x * x + y * y - 1.0).abs() < 1e-15);
/// # Ok::<(), resolvent::Error>(())
/// ```
pub fn null_space<A: Operand + ?Sized>(a: &A) -> Result<Stack<A::Elem>> {
    null_space_with(a, Cutoff::Rounding)
}

/// As [`null_space`], with singular values up to a cutoff counted as zero.
///
/// # Shapes
/// As [`null_space`].
///
/// # Errors
/// As [`null_space`]; [`Error::WrongLength`] for [`Cutoff::Each`].
///
/// # Accuracy
/// As [`null_space`], with the cutoff in the place of `max(m, n) eps |A|` if it is larger.
///
/// # Cost
/// As [`null_space`].
///
/// # Source
/// As [`null_space`].
///
/// # Example
/// ```
/// use resolvent::{Cutoff, null_space_with};
/// let basis = null_space_with(&[[1.0, 0.0], [0.0, 0.1]], Cutoff::Relative(0.5))?;
/// assert_eq!(basis.shape(), [2, 1]);
/// # Ok::<(), resolvent::Error>(())
/// ```
pub fn null_space_with<A: Operand + ?Sized>(a: &A, cutoff: Cutoff<'_>) -> Result<Stack<A::Elem>> {
    let a = a.stack()?;
    cutoff.check(&a)?;
    let n = a.ncols();
    check_size::<A::Elem>(&[n, n])?;
    let one = |index| wide!(A::Elem, |W| basis::<A::Elem, W>(a.matrix(index), index, cutoff));
    let bases = each("null space", &a, svd_flops([a.nrows().max(n), n], true), one)?;
    stacked(&a, bases)
}

fn basis<T: Scalar, W: Wide>(a: MatRef<'_, T>, index: usize, cutoff: Cutoff<'_>) -> Result<Mat<T>> {
    let [m, n] = a.shape();
    // The thin decomposition of a tall matrix has all vectors on the right.
    let vectors = if m < n { Vectors::Full } else { Vectors::Thin };
    let (svd, exponent) = scaled_svd::<T, W>(a, vectors)?;
    let rank = count_above(&svd.s, cutoff.of(index, a, &svd.s, exponent));
    let mut basis = Mat::zeros(n, n - rank)?;
    for i in 0..n {
        (rank..n).for_each(|k| basis[(i, k - rank)] = svd.v[(i, k)].to::<T>());
    }
    Ok(basis)
}

/// The bases as one stack; of an empty one, whose rank nobody knows, no vectors.
fn stacked<T: Scalar>(a: &StackRef<'_, T>, bases: Vec<Mat<T>>) -> Result<Stack<T>> {
    let n = a.ncols();
    let dimension = bases.first().map_or(0, Mat::ncols);
    if let Some(other) = bases.iter().position(|basis| basis.ncols() != dimension) {
        let reason = format!(
            "the null spaces of matrices 0 and {other} have the dimensions {dimension} and {}, which make no stack",
            bases[other].ncols()
        );
        return Err(Error::BadArgument { name: "a", reason });
    }
    let shape = [a.batch(), &[n, dimension]].concat();
    let mut elements = with_room(check_size::<T>(&shape)?)?;
    bases.into_iter().for_each(|basis| elements.extend(basis.into_vec()));
    Stack::from_vec(elements, &shape)
}
