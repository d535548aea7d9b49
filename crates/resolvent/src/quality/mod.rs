//! What every answer carries: status, reciprocal condition number, backward error.

mod backward_error;
mod condition;
mod info;
mod second_look;
mod status;

pub(crate) use backward_error::{backward_error_of_inverse, backward_error_of_solution};
pub(crate) use condition::{
    PROBES, estimate_by_alternation, estimate_by_gradient, inverse_norm_estimate, set_probes,
    sparse_estimate_by_alternation, sparse_estimate_by_gradient,
};
pub use info::{Detail, Failure, Info, Options};
pub(crate) use info::{Look, Quality, Sink};
pub use status::{Status, digits_to_trust};
pub(crate) use status::{Verdict, healthy, judge, unanswered};
