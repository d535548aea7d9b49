//! Factorizations of one large matrix. They know nothing of stacks, statuses or errors.

mod inverse;
mod lu;
mod mirrored;
mod positive;
mod structured;
mod substitution;

pub(crate) use inverse::invert;
pub(crate) use lu::{Factors, factor};
pub(crate) use mirrored::invert_positive;
pub(crate) use structured::factor_by_structure;
pub(crate) use substitution::{solve, solve_transposed, solve_upper};
