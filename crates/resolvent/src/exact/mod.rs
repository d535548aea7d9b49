//! Exact answers for matrices of whole numbers and fractions: determinants, ranks, solutions, inverses, and which row
//! depends on which.
//!
//! ```
//! use resolvent::exact;
//! let a = exact::Matrix::from_rows(&[[1, 2, 3], [4, 5, 6], [7, 8, 10]])?;
//! assert_eq!(exact::det(&a)?.to_string(), "-3");
//! assert_eq!(exact::inv(&a)?[(0, 0)].to_string(), "-2/3");
//! # Ok::<(), resolvent::Error>(())
//! ```
//!
//! All of it rests on elimination modulo primes of 60 bits, where nothing is rounded, and on checks in whole numbers of any
//! size. What is said is proved, and the same for any number of threads.

// For the library itself: is a matrix of floating-point numbers singular? See `verdict.rs`.

mod dependence;
mod determinant;
mod dyadic;
mod elimination;
mod lifting;
mod matrix;
mod modular;
mod rank;
mod solve;
#[cfg(test)]
mod tests;
mod verdict;
mod whole;

pub use dependence::{Coefficient, Dependence};
pub use determinant::det;
pub use matrix::{Exact, Matrix};
pub use num_bigint::BigInt;
pub use num_rational::BigRational;
pub use rank::{dependence, rank};
pub use solve::{inv, solve};
#[allow(unused_imports)] // until `quality` asks
pub(crate) use verdict::{Exactly, Singularity, decide};

use crate::error::Result;
use crate::parallel;
use crate::plan::exact_threads;

/// Runs a call for a matrix with so many rows, with all threads at hand if there are enough of those.
fn with_threads<R>(rows: usize, work: impl FnOnce() -> Result<R>) -> Result<R> {
    parallel::enter(exact_threads(rows).min(parallel::num_threads()?), work)?
}
