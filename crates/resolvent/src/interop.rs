//! Other crates' matrices as operands, each behind a feature: they go in as views without a copy, and results come
//! back in their own types.

#[cfg(feature = "faer")]
mod faer;
#[cfg(feature = "nalgebra")]
mod nalgebra;
#[cfg(feature = "ndarray")]
mod ndarray;

#[cfg(feature = "faer")]
pub use self::faer::Faer;
#[cfg(feature = "nalgebra")]
pub use self::nalgebra::Nalgebra;
#[cfg(feature = "ndarray")]
pub use self::ndarray::{NdArray, StackDimension};
