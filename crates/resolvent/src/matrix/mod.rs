//! Matrices and stacks of matrices: borrowed strided views, owned row-major arrays, and what is asked of operands.

mod assume;
mod available;
mod batch;
mod buffer;
mod mat;
mod norm;
mod operand;
mod permutation;
mod powers;
mod random;
mod slots;
mod stack;
mod structure;
mod view;

pub use assume::Assume;
pub use available::check_memory;
pub use batch::broadcast_batches;
pub(crate) use batch::same_shape;
pub(crate) use buffer::{AlignedBuffer, Scratch, check_size, filled, with_room, zeroed};
pub use mat::Mat;
pub(crate) use mat::WorkMat;
pub(crate) use norm::{norm_inf, norm_one};
pub use operand::{Form, Many, MatrixOf, Operand, PerMatrixOf, RightHandSide, Single, Square};
#[cfg(any(feature = "ndarray", feature = "nalgebra", feature = "faer"))]
pub(crate) use operand::{only, unwanted_stack};
pub(crate) use permutation::{identity, inverse_of, is_odd, permutation_of, permute_rows, reorder};
pub(crate) use powers::{exponent_of, times_power_of_two};
pub(crate) use random::splitmix;
pub(crate) use slots::Slots;
pub use stack::{Stack, StackMut, StackRef};
pub(crate) use structure::{Structure, is_hermitian, symmetry_of};
pub use view::{MatMut, MatRef};
