//! Factorizations of one large matrix. They know nothing of stacks, statuses or errors.

mod indefinite;
mod inverse;
mod inverse_structured;
mod lu;
mod pivots;
mod positive;
mod qr;
mod rook;
mod sparsity;
mod structured;
mod substitution;
mod svd;
mod thin_qr;

use resolvent_kernels::{Real, Scalar};

pub(crate) use indefinite::factor_indefinite;
pub(crate) use inverse::invert;
pub(crate) use inverse_structured::invert_by_structure;
pub(crate) use lu::{Factors, factor, mend_pivots};
pub(crate) use positive::factor_positive;
pub(crate) use qr::{PivotedQr, pivoted_qr};
pub(crate) use sparsity::{BlockForm, Sparse, Sparsity, invert_blocks, sparsity_of};
pub(crate) use structured::factor_by_structure;
pub(crate) use substitution::{solve, solve_transposed, solve_upper};
pub(crate) use svd::{Vectors, Wide, scaled_svd, svd, wide_svd};
pub(crate) use thin_qr::thin_qr;

/// `x / d` for a real d.
fn quotient<T: Scalar>(x: T, d: T::Real) -> T {
    T::from_parts(x.re() / d, x.im() / d)
}

/// `x / d`, where plain division of complex numbers squares the divisor, which may overflow or underflow.
fn divide<T: Scalar>(x: T, d: T) -> T {
    if T::PARTS == 1 {
        return x / d;
    }
    let size = d.re().abs().max_nan(d.im().abs());
    quotient(x, size) / quotient(d, size)
}
