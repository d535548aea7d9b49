//! `lstsq`: the x that makes `|A x - b|` least.

use resolvent_kernels::{Real, Scalar};

use super::augmented::{Refinement, ScaledColumns};
use super::{
    Cutoff, combined, count_above, each, projected, rounding, scaled, scaled_sides, svd_flops, wide,
};
use crate::blas::residual;
use crate::error::{Error, Result};
use crate::factor::{PivotedQr, Vectors, Wide, scaled_svd};
use crate::matrix::{
    Mat, MatRef, Operand, RightHandSide, Stack, broadcast_batches, check_size, filled, times_power_of_two,
    with_room,
};

/// Not even the largest singular value is known to this part of it: the cutoff of those who want none.
const LEAST_RCOND: f64 = f64::EPSILON / 4.0;

/// Least squares solutions, and what was found out on the way; per matrix in C order of the stack.
#[derive(Debug, Clone, PartialEq)]
pub struct Lstsq<X, R> {
    /// The solutions, of the kind of the right-hand side; n rows for an m x n matrix.
    pub solution: X,
    /// `|A x - b|^2` of every right-hand side, those of the first matrix first.
    pub residuals: Vec<R>,
    /// The rank of every matrix.
    pub rank: Vec<usize>,
    /// The min(m, n) singular values of every matrix, the largest first.
    pub singular_values: Vec<R>,
    /// The stack dimensions of both operands, broadcast.
    pub batch: Vec<usize>,
}

/// The x that makes `|A x - b|` least; of several the shortest.
///
/// # Shapes
/// `a` is `(..., m, n)`. `b` is a vector of m, or `(..., m, k)`; the stack dimensions of both are broadcast. The solution has
/// the kind of `b`, with n rows.
///
/// # Errors
/// [`Error::ShapeMismatch`]; [`Error::NoSingularValues`] if something in a matrix is NaN or infinite. In `b` it gives NaN in its
/// own column.
///
/// # Accuracy
/// If the columns, brought to the same length, are independent beyond rounding, `max(m, n) eps |R|_F |R^-1|_F < 1`, the rank is
/// n: solution and residual are then refined until they are right to rounding, in the elements of the solution that are not
/// tiny beside the others times the length of their columns. Scaling the columns of `a` therefore changes neither rank nor digits. Otherwise the rank is
/// the number of singular values above `max(m, n) eps` times the largest, as in LAPACK and NumPy, and the solution the
/// shortest for the matrix whose other singular values are zero.
///
/// # Cost
/// About `4 m n^2 + 4 n^3` flops and two copies, and `100 m n` for every right-hand side; if there is no full column rank,
/// `14 m n^2 + 8 n^3` more. All in double precision.
///
/// # Source
/// `bjorck1967iterative`, `demmel2009extra`, `vandersluis1969condition`.
///
/// # Example
/// ```
/// use resolvent::{Mat, lstsq};
/// // A straight line through three points: 1 + 2 t.
/// let a = Mat::from_rows(&[[1.0, 0.0], [1.0, 1.0], [1.0, 2.0]]);
/// let line = lstsq(&a, &vec![1.0_f64, 3.0, 5.0])?;
/// assert_eq!(line.solution, [1.0, 2.0]);
/// assert!(line.rank[0] == 2 && line.residuals[0] < 1e-30);
/// # Ok::<(), resolvent::Error>(())
/// ```
pub fn lstsq<A, B>(a: &A, b: &B) -> Result<Lstsq<B::Owned, <A::Elem as Scalar>::Real>>
where
    A: Operand + ?Sized,
    B: RightHandSide<Elem = A::Elem> + ?Sized,
{
    solutions(a, b, None)
}

/// As [`lstsq`], with singular values up to `rcond` times the largest counted as zero; if it is 0 or
/// negative, up to `eps / 4` times, which is rounding in any case.
///
/// # Shapes
/// As [`lstsq`].
///
/// # Errors
/// As [`lstsq`].
///
/// # Accuracy
/// As [`lstsq`], where no singular value counts as zero and the columns are independent beyond rounding.
///
/// # Cost
/// As [`lstsq`].
///
/// # Source
/// As [`lstsq`].
///
/// # Example
/// ```
/// let a = [[1.0, 0.0], [0.0, 1e-3]];
/// let short = resolvent::lstsq_with(&a, &[1.0, 1.0], 1e-2)?;
/// assert_eq!((short.solution, short.rank[0]), ([1.0, 0.0], 1));
/// # Ok::<(), resolvent::Error>(())
/// ```
pub fn lstsq_with<A, B>(a: &A, b: &B, rcond: f64) -> Result<Lstsq<B::Owned, <A::Elem as Scalar>::Real>>
where
    A: Operand + ?Sized,
    B: RightHandSide<Elem = A::Elem> + ?Sized,
{
    solutions(a, b, Some(if rcond <= 0.0 { LEAST_RCOND } else { rcond }))
}

fn solutions<A, B>(a: &A, b: &B, rcond: Option<f64>) -> Result<Lstsq<B::Owned, <A::Elem as Scalar>::Real>>
where
    A: Operand + ?Sized,
    B: RightHandSide<Elem = A::Elem> + ?Sized,
{
    let (a, sides) = (a.stack()?, b.stack()?);
    let (m, n, k) = (a.nrows(), a.ncols(), sides.ncols());
    if sides.nrows() != m {
        let reason = "the right-hand side needs as many rows as the matrix".to_owned();
        return Err(Error::ShapeMismatch { a: a.shape(), b: sides.shape(), reason });
    }
    let batch = broadcast_batches(a.batch(), sides.batch())?;
    let (a, sides) = (a.broadcast_to(&batch)?, sides.broadcast_to(&batch)?);
    let shape = [batch.as_slice(), &[n, k]].concat();
    check_size::<A::Elem>(&shape)?;
    let flops = svd_flops([m, n], m < n) + 2.0 * (m * n) as f64 * (n + 50 * k) as f64;
    let one = |index| {
        let (a, b) = (a.matrix(index), sides.matrix(index));
        wide!(A::Elem, |W| one::<A::Elem, W>(a, b, rcond))
    };
    let answers = each("lstsq", &a, flops, one)?;
    let count = answers.len();
    let mut solution = with_room(check_size::<A::Elem>(&shape)?)?;
    let mut residuals = with_room(count * k)?;
    let mut rank = with_room(count)?;
    let mut singular_values = with_room(count * m.min(n))?;
    for answer in answers {
        solution.extend(answer.x.into_vec());
        residuals.extend(answer.residuals);
        rank.push(answer.rank);
        singular_values.extend(answer.s);
    }
    let solution = b.own(Stack::from_vec(solution, &shape)?)?;
    Ok(Lstsq { solution, residuals, rank, singular_values, batch })
}

/// The answer for one matrix.
struct Answer<T: Scalar> {
    x: Mat<T>,
    residuals: Vec<T::Real>,
    rank: usize,
    s: Vec<T::Real>,
}

fn one<T: Scalar, W: Wide>(a: MatRef<'_, T>, b: MatRef<'_, T>, rcond: Option<f64>) -> Result<Answer<T>> {
    let [m, n] = a.shape();
    let columns = ScaledColumns::<W>::of(a)?;
    if m >= n {
        let mut qr = columns.factored()?;
        // Numbers in double precision, of whatever type they came.
        if rounding::<f64>([m, n]) * qr.condition()? < 1.0 {
            let s = columns.singular_values(&qr)?;
            if rcond.is_none_or(|rcond| s.iter().all(|&value| value > rcond * s[0])) {
                return by_refinement(&columns, &mut qr, b, &s);
            }
        }
    }
    by_svd(a, &columns, b, rcond)
}

fn by_refinement<T: Scalar, W: Wide>(
    columns: &ScaledColumns<W>,
    qr: &mut PivotedQr<W>,
    b: MatRef<'_, T>,
    s: &[f64],
) -> Result<Answer<T>> {
    let [m, n] = columns.as_ref().shape();
    let (sides, shifts) = scaled_sides::<T, W>(b)?;
    let mut x = Mat::zeros(n, b.ncols())?;
    let mut residuals = with_room(b.ncols())?;
    let mut side = filled(m, W::zero())?;
    let mut refinement = Refinement::new(columns.as_ref(), qr)?;
    for (k, &shift) in shifts.iter().enumerate() {
        side.iter_mut().enumerate().for_each(|(i, b)| *b = sides[(i, k)]);
        refinement.solve(&side);
        for (j, &value) in refinement.x.iter().enumerate() {
            x[(j, k)] = scaled(value, shift - columns.exponents[j]).to::<T>();
        }
        residuals.push(sum_of_squares(refinement.r.iter().copied(), shift));
    }
    Ok(Answer { x, residuals, rank: n, s: rounded::<T>(s)? })
}

/// The shortest solution: `V diag(1 / s) U^H b`, of the singular values that count.
fn by_svd<T: Scalar, W: Wide>(
    a: MatRef<'_, T>,
    columns: &ScaledColumns<W>,
    b: MatRef<'_, T>,
    rcond: Option<f64>,
) -> Result<Answer<T>> {
    let (m, n) = (a.nrows(), a.ncols());
    let (mut svd, exponent) = scaled_svd::<T, W>(a, Vectors::Thin)?;
    let cutoff = Cutoff::Relative(rcond.unwrap_or(rounding::<f64>([m, n])));
    let rank = count_above(&svd.s, cutoff.of(0, a, &svd.s, exponent));
    let (sides, shifts) = scaled_sides::<T, W>(b)?;
    let mut weights = with_room(rank)?;
    weights.extend(svd.s[..rank].iter().map(|s| 1.0 / s));
    let solution = combined(&svd.v, &weights, &projected(&svd.u, &sides)?)?;
    // In the units of the scaled columns, for the residual.
    let mut in_columns = Mat::<W>::zeros(n, b.ncols())?;
    let mut x = Mat::zeros(n, b.ncols())?;
    for j in 0..n {
        for (k, &shift) in shifts.iter().enumerate() {
            in_columns[(j, k)] = scaled(solution[(j, k)], columns.exponents[j] - exponent);
            x[(j, k)] = scaled(solution[(j, k)], shift - exponent).to::<T>();
        }
    }
    let mut r = Mat::<W>::zeros(m, b.ncols())?;
    residual(columns.as_ref(), in_columns.as_ref(), sides.as_ref(), r.as_mut())?;
    let mut residuals = with_room(b.ncols())?;
    for (k, &shift) in shifts.iter().enumerate() {
        residuals.push(sum_of_squares((0..m).map(|i| r[(i, k)]), shift));
    }
    svd.s.iter_mut().for_each(|s| *s = times_power_of_two(*s, exponent));
    Ok(Answer { x, residuals, rank, s: rounded::<T>(&svd.s)? })
}

/// `sum |2^shift r_i|^2`.
fn sum_of_squares<W: Wide, R: Real>(r: impl Iterator<Item = W>, shift: i64) -> R {
    let sum: f64 = r.map(|r| Scalar::re(r).powi(2) + Scalar::im(r).powi(2)).sum();
    R::from_f64(times_power_of_two(sum, 2 * shift))
}

fn rounded<T: Scalar>(s: &[f64]) -> Result<Vec<T::Real>> {
    let mut rounded = with_room(s.len())?;
    rounded.extend(s.iter().map(|&s| T::Real::from_f64(s)));
    Ok(rounded)
}
