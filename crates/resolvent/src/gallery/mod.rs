//! Named test matrices, with what is known of them: inverse, determinant, rank, condition.
//!
//! The matrices that have tried solvers since there are solvers, under the names they have in the literature; the names
//! in MATLAB's `gallery` and in Higham's Test Matrix Toolbox, where most of them are collected, are told with each.
//! Elements are computed in float64 and rounded to the type asked for, so that every matrix is there in all four:
//!
//! ```
//! use resolvent::{Complex, Mat, gallery};
//! let a: Mat<f64> = gallery::hilbert(4);
//! let single = gallery::hilbert::<Complex<f32>>(4);
//! assert_eq!(a[(2, 3)], 1.0 / 6.0);
//! assert_eq!(single[(2, 3)], Complex::new(1.0 / 6.0, 0.0));
//! ```
//!
//! What is random comes from a small generator of its own, so that a seed gives the same numbers on every machine.
//!
//! # Panics
//! If the memory for a matrix cannot be had, as [`Mat::from_fn`](crate::Mat::from_fn).
//!
//! # Cost
//! A few flops per element, but for [`random_spectrum`](random_spectrum()), which takes 8 n^3.
//!
//! # Source
//! `higham1995toolbox`; chapter 28 of `higham2002accuracy`.

mod named;
mod random;
mod structured;

pub use named::{
    cauchy, cauchy_inverse, frank, hilbert, hilbert_inverse, kahan, lotkin, magic, pascal, pascal_inverse,
    vandermonde,
};
pub use random::{graded_rows, nearly_dependent, one_scaled_row, random_spectrum, rank_deficient};
pub use structured::{
    circulant, minij, minij_inverse, second_difference, second_difference_inverse, wilkinson_eigen,
    wilkinson_growth,
};

use resolvent_kernels::{Real, Scalar};

use crate::matrix::Mat;

/// Element by element, in float64, rounded to the type.
fn rounded<T: Scalar>(nrows: usize, ncols: usize, mut element: impl FnMut(usize, usize) -> f64) -> Mat<T> {
    Mat::from_fn(nrows, ncols, |i, j| T::from_real(T::Real::from_f64(element(i, j))))
}

/// The binomial coefficient, exact below 2^53.
fn binomial(n: usize, k: usize) -> f64 {
    // Every partial product is a binomial coefficient itself.
    (0..k.min(n - k)).fold(1.0, |product, i| product * (n - i) as f64 / (i + 1) as f64)
}

/// `(-1)^k`.
fn sign(k: usize) -> f64 {
    if k.is_multiple_of(2) { 1.0 } else { -1.0 }
}

#[cfg(test)]
mod tests;
