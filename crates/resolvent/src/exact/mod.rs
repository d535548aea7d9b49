//! Exact answers: whether a matrix of floating-point numbers is singular, and determinants, ranks, solutions and inverses
//! of matrices of whole numbers and fractions. All of it rests on elimination modulo primes of 60 bits, where nothing is
//! rounded, and on proofs in whole numbers of any size.

mod dependence;
mod dyadic;
mod elimination;
mod lifting;
mod modular;
mod verdict;
mod whole;

pub use dependence::{Coefficient, Dependence};
#[allow(unused_imports)] // until `quality` asks
pub(crate) use verdict::{Exactly, Singularity, decide};
