//! Factorizations of one large matrix. They know nothing of stacks, statuses or errors.

mod inverse;
mod lu;
mod substitution;

pub(crate) use inverse::invert;
pub(crate) use lu::{Factors, factor};
pub(crate) use substitution::{solve, solve_transposed, solve_upper};
