//! Factorizations of one large matrix. They know nothing of stacks, statuses or errors.

mod inverse;
mod lu;

pub(crate) use inverse::invert;
pub(crate) use lu::{Factors, factor, solve, solve_transposed};
