//! Least squares, rank, pseudoinverse: what singular values and QR are for. Every number is computed in double precision
//! and rounded to the type at the end, one matrix on one thread.

mod augmented;
mod cond;
mod least_squares;
mod pinv;
mod rank;
mod regular;
mod ridge;

use resolvent_kernels::{Complex, Real, Scalar};

pub use cond::{ConditionNorm, cond};
pub use least_squares::{Lstsq, lstsq, lstsq_with};
pub use pinv::{pinv, pinv_with};
pub use rank::{null_space, null_space_with, rank, rank_with, svdvals};
pub use ridge::{ridge, ridges};

use crate::error::{Error, Result};
use crate::factor::Wide;
use crate::matrix::{
    Mat, MatRef, StackRef, check_memory, check_size, exponent_of, filled, times_power_of_two, with_room,
};
use crate::{parallel, plan};

/// Up to which size a singular value counts as zero.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub enum Cutoff<'c> {
    /// `max(m, n) eps` times the largest: what rounding the elements of an m x n matrix to its type may be worth.
    #[default]
    Rounding,
    /// That many times the largest.
    Relative(f64),
    /// That much.
    Absolute(f64),
    /// As many numbers as matrices, in C order, each times the largest singular value of its matrix.
    Each(&'c [f64]),
}

impl Cutoff<'_> {
    /// For all matrices of a stack there has to be one.
    fn check<T: Scalar>(self, a: &StackRef<'_, T>) -> Result<()> {
        match self {
            Self::Each(each) if each.len() != a.len() => {
                Err(Error::WrongLength { shape: a.batch().to_vec(), needed: a.len(), len: each.len() })
            }
            _ => Ok(()),
        }
    }

    /// As a part of the largest singular value, if it is one.
    fn relative<T: Scalar>(self, index: usize, a: &StackRef<'_, T>) -> Option<f64> {
        match self {
            Self::Rounding => Some(rounding::<T>([a.nrows(), a.ncols()])),
            Self::Relative(relative) => Some(relative),
            Self::Absolute(_) => None,
            Self::Each(each) => Some(each[index]),
        }
    }

    /// The number above which the singular values of matrix `index` count. They are those of `2^-exponent A`.
    fn of<T: Scalar>(self, index: usize, a: MatRef<'_, T>, s: &[f64], exponent: i64) -> f64 {
        let largest = s.first().copied().unwrap_or(0.0);
        match self {
            Self::Rounding => rounding::<T>(a.shape()) * largest,
            Self::Relative(relative) => relative * largest,
            Self::Absolute(absolute) => times_power_of_two(absolute, -exponent),
            Self::Each(each) => each[index] * largest,
        }
    }
}

/// `max(m, n) eps`.
fn rounding<T: Scalar>([m, n]: [usize; 2]) -> f64 {
    m.max(n) as f64 * T::Real::EPSILON.to_f64()
}

/// How many singular values are above the cutoff; they come in order.
fn count_above(s: &[f64], cutoff: f64) -> usize {
    s.iter().take_while(|&&s| s > cutoff).count()
}

/// Runs a generic function with the double-precision type that has as many parts as T.
macro_rules! wide {
    ($T:ty, |$W:ident| $call:expr) => {
        if <$T as resolvent_kernels::Scalar>::PARTS == 1 {
            type $W = f64;
            $call
        } else {
            type $W = resolvent_kernels::Complex<f64>;
            $call
        }
    };
}
use wide;

/// What `one` makes of every matrix of a stack, by its index, in order; each takes about so many flops.
///
/// # Errors
/// The first in order of the matrices, whatever the number of threads.
pub(crate) fn each<T: Scalar, O: Send>(
    verb: &str,
    a: &StackRef<'_, T>,
    flops: f64,
    one: impl Fn(usize) -> Result<O> + Sync,
) -> Result<Vec<O>> {
    // In double precision, the matrix and its vectors.
    let elements = check_size::<Complex<f64>>(&[a.nrows(), a.ncols()])?;
    let (chunk, threads) = plan::one_each(flops, a.len(), parallel::num_threads()?);
    let at_once = threads.min(a.len());
    check_memory(elements.saturating_mul(4 * T::PARTS * size_of::<f64>()).saturating_mul(at_once))?;
    let tasks = a.len().div_ceil(chunk);
    let mut outcomes: Vec<Result<Vec<O>>> = with_room(tasks)?;
    outcomes.extend((0..tasks).map(|_| Ok(Vec::new())));
    let task = |index: usize, outcome: &mut Result<Vec<O>>| {
        let range = index * chunk..a.len().min((index + 1) * chunk);
        *outcome = with_room(range.len()).and_then(|mut answers| {
            for index in range {
                answers.push(one(index).map_err(|error| at(index, error))?);
                parallel::count(flops as usize);
            }
            Ok(answers)
        });
    };
    let stack = if a.len() == 1 { String::new() } else { format!("{}x", a.len()) };
    let title = || format!("{verb} {stack}{}x{} {}", a.nrows(), a.ncols(), T::NAME);
    parallel::measured(title, flops, a.len(), || {
        parallel::enter(threads, || parallel::for_each_mut(threads, &mut outcomes, task))
    })?;
    let mut answers = with_room(a.len())?;
    for outcome in outcomes {
        answers.extend(outcome?);
    }
    Ok(answers)
}

/// An error of one matrix, with its place in the stack.
fn at(index: usize, error: Error) -> Error {
    match error {
        Error::NoSingularValues { .. } => Error::NoSingularValues { matrix: index },
        other => other,
    }
}

/// Flops of the singular values of an m x n matrix, and of the vectors if they are wanted (`golub2013matrix`, 8.6.4).
fn svd_flops([m, n]: [usize; 2], vectors: bool) -> f64 {
    let (long, short) = (m.max(n) as f64, m.min(n) as f64);
    let cube = short.powi(3);
    if vectors {
        14.0 * long * short * short + 8.0 * cube
    } else {
        4.0 * long * short * short - 4.0 / 3.0 * cube
    }
}

/// A matrix in double precision.
fn widened<T: Scalar, W: Wide>(a: MatRef<'_, T>) -> Result<Mat<W>> {
    let mut wide = Mat::zeros(a.nrows(), a.ncols())?;
    for i in 0..a.nrows() {
        for j in 0..a.ncols() {
            wide[(i, j)] = W::of(a.get(i, j));
        }
    }
    Ok(wide)
}

/// The exponent of the largest part of the elements; 0 if all are zero or one is not finite.
fn largest_exponent<W: Wide>(elements: &[W]) -> i64 {
    let size = |x: &W| Scalar::re(*x).abs().max_nan(Scalar::im(*x).abs());
    let largest = elements.iter().map(size).fold(0.0, |largest: f64, size| size.max_nan(largest));
    if largest > 0.0 && largest.is_finite() { exponent_of(largest) } else { 0 }
}

/// `x 2^exponent`.
fn scaled<W: Wide>(x: W, exponent: i64) -> W {
    let part = |x| times_power_of_two(x, exponent);
    W::from_parts(part(Scalar::re(x)), part(Scalar::im(x)))
}

/// `U^H B`, for B the right-hand sides in double precision.
fn projected<W: Wide>(u: &Mat<W>, b: &Mat<W>) -> Result<Mat<W>> {
    let mut c = Mat::zeros(u.ncols(), b.ncols())?;
    for i in 0..u.nrows() {
        for k in 0..u.ncols() {
            let share = Scalar::conj(u[(i, k)]);
            for j in 0..b.ncols() {
                c[(k, j)] += share * b[(i, j)];
            }
        }
    }
    Ok(c)
}

/// `V diag(weights) C`, of the first so many columns and rows.
fn combined<W: Wide>(v: &Mat<W>, weights: &[f64], c: &Mat<W>) -> Result<Mat<W>> {
    let mut x = Mat::zeros(v.nrows(), c.ncols())?;
    for i in 0..v.nrows() {
        for (k, &weight) in weights.iter().enumerate() {
            let share = v[(i, k)] * W::from_real(weight);
            for j in 0..c.ncols() {
                x[(i, j)] += share * c[(k, j)];
            }
        }
    }
    Ok(x)
}

/// Right-hand sides in double precision, each brought near 1 by a power of two, and those powers.
fn scaled_sides<T: Scalar, W: Wide>(b: MatRef<'_, T>) -> Result<(Mat<W>, Vec<i64>)> {
    let mut sides = widened::<T, W>(b)?;
    let mut exponents = with_room(b.ncols())?;
    let mut column = filled(b.nrows(), W::zero())?;
    for j in 0..b.ncols() {
        column.iter_mut().enumerate().for_each(|(i, x)| *x = sides[(i, j)]);
        let exponent = largest_exponent(&column);
        (0..b.nrows()).for_each(|i| sides[(i, j)] = scaled(column[i], -exponent));
        exponents.push(exponent);
    }
    Ok((sides, exponents))
}
