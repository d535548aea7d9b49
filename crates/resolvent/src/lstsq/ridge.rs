//! `ridge`: least squares with a price on the length of the solution.

use resolvent_kernels::Scalar;

use super::{combined, count_above, each, projected, rounding, scaled, scaled_sides, svd_flops, wide};
use crate::error::{Error, Result};
use crate::factor::{Vectors, Wide, scaled_svd};
use crate::matrix::{
    MatRef, Operand, RightHandSide, Stack, broadcast_batches, check_size, times_power_of_two, with_room,
};

/// The x that makes `|A x - b|^2 + alpha |x|^2` least (Tikhonov's regularization, ridge regression). No column is exempt:
/// whoever wants an intercept without a price subtracts the means before.
///
/// # Shapes
/// As [`lstsq`](fn@crate::lstsq).
///
/// # Errors
/// [`Error::ShapeMismatch`]; [`Error::BadArgument`] if alpha is negative or NaN; [`Error::NoSingularValues`] if something in a
/// matrix is NaN or infinite.
///
/// # Accuracy
/// `V diag(s / (s^2 + alpha)) U^H b` of the singular value decomposition, without those s up to `max(m, n) eps` times the
/// largest: exact for a matrix within `c max(m, n) eps |A|` of `a`. For alpha = 0 the shortest least squares solution.
///
/// # Cost
/// About `14 m n^2 + 8 n^3` flops for m >= n, in double precision, however many prices ([`ridges`]).
///
/// # Source
/// `golub2013matrix`, section 6.1.
///
/// # Example
/// ```
/// let x = resolvent::ridge(&[[1.0, 0.0], [0.0, 2.0]], &[2.0, 4.0], 1.0)?;
/// assert!((x[0] - 1.0_f64).abs() < 1e-15 && (x[1] - 1.6).abs() < 1e-15);
/// # Ok::<(), resolvent::Error>(())
/// ```
pub fn ridge<A, B>(a: &A, b: &B, alpha: f64) -> Result<B::Owned>
where
    A: Operand + ?Sized,
    B: RightHandSide<Elem = A::Elem> + ?Sized,
{
    let mut solutions = ridges(a, b, &[alpha])?;
    solutions.pop().ok_or(Error::BadArgument { name: "alpha", reason: "there is none".to_owned() })
}

/// As [`ridge`], for several prices by one decomposition: a solution for each, in their order.
///
/// # Shapes
/// As [`ridge`].
///
/// # Errors
/// As [`ridge`].
///
/// # Accuracy
/// As [`ridge`].
///
/// # Cost
/// As [`ridge`].
///
/// # Source
/// As [`ridge`].
///
/// # Example
/// ```
/// let path = resolvent::ridges(&[[1.0]], &[2.0], &[0.0, 1.0, 3.0])?;
/// assert_eq!(path, [[2.0], [1.0], [0.5]]);
/// # Ok::<(), resolvent::Error>(())
/// ```
pub fn ridges<A, B>(a: &A, b: &B, alphas: &[f64]) -> Result<Vec<B::Owned>>
where
    A: Operand + ?Sized,
    B: RightHandSide<Elem = A::Elem> + ?Sized,
{
    let (a, sides) = (a.stack()?, b.stack()?);
    if let Some(bad) = alphas.iter().find(|alpha| alpha.is_nan() || **alpha < 0.0) {
        return Err(Error::BadArgument { name: "alpha", reason: format!("{bad} is less than nothing") });
    }
    let (m, n, k) = (a.nrows(), a.ncols(), sides.ncols());
    if sides.nrows() != m {
        let reason = "the right-hand side needs as many rows as the matrix".to_owned();
        return Err(Error::ShapeMismatch { a: a.shape(), b: sides.shape(), reason });
    }
    let batch = broadcast_batches(a.batch(), sides.batch())?;
    let (a, sides) = (a.broadcast_to(&batch)?, sides.broadcast_to(&batch)?);
    let shape = [batch.as_slice(), &[n, k]].concat();
    let len = check_size::<A::Elem>(&shape)?;
    let one = |index| {
        let (a, b) = (a.matrix(index), sides.matrix(index));
        wide!(A::Elem, |W| one::<A::Elem, W>(a, b, alphas))
    };
    let mut paths: Vec<Vec<A::Elem>> = with_room(alphas.len())?;
    for _ in alphas {
        paths.push(with_room(len)?);
    }
    for answers in each("ridge", &a, svd_flops([m, n], true), one)? {
        paths.iter_mut().zip(answers).for_each(|(path, answer)| path.extend(answer));
    }
    paths.into_iter().map(|path| b.own(Stack::from_vec(path, &shape)?)).collect()
}

fn one<T: Scalar, W: Wide>(a: MatRef<'_, T>, b: MatRef<'_, T>, alphas: &[f64]) -> Result<Vec<Vec<T>>> {
    let (svd, exponent) = scaled_svd::<T, W>(a, Vectors::Thin)?;
    let largest = svd.s.first().copied().unwrap_or(0.0);
    let rank = count_above(&svd.s, rounding::<f64>(a.shape()) * largest);
    let (sides, shifts) = scaled_sides::<T, W>(b)?;
    let c = projected(&svd.u, &sides)?;
    let mut answers = with_room(alphas.len())?;
    for &alpha in alphas {
        let alpha = times_power_of_two(alpha, -2 * exponent);
        let mut weights = with_room(rank)?;
        // s / (s^2 + alpha), where alpha may be infinite.
        weights.extend(svd.s[..rank].iter().map(|s| 1.0 / (s + alpha / s)));
        let x = combined(&svd.v, &weights, &c)?;
        let mut rounded = with_room(x.as_slice().len())?;
        for i in 0..x.nrows() {
            rounded.extend(
                shifts.iter().enumerate().map(|(k, &shift)| scaled(x[(i, k)], shift - exponent).to::<T>()),
            );
        }
        answers.push(rounded);
    }
    Ok(answers)
}
