//! What every answer carries: status, reciprocal condition number, backward and forward error.

mod backward_error;
mod condition;
mod equilibrate;
mod forward_error;
mod info;
mod judge;
mod refine;
mod second_look;
mod solver;
mod status;

pub(crate) use backward_error::{backward_error_of_inverse, backward_error_of_solution};
pub(crate) use condition::{
    PROBES, alternation_with, estimate_by_alternation, estimate_by_gradient, gradient_with,
    inverse_norm_estimate, set_probes,
};
pub(crate) use forward_error::{forward_error_of_inverse, forward_error_of_solution};
pub use info::{Detail, Failure, Info, Options};
pub(crate) use info::{Look, Quality, Sink};
pub(crate) use judge::Question;
pub(crate) use solver::LuSolver;
pub use status::{Status, digits_to_trust};
pub(crate) use status::{Verdict, backward_error_above, healthy, unanswered};
