//! **Resolvent** solves linear systems and inverts matrices, fast, and says how far each answer can be trusted.
//!
//! ```
//! let a = [[2.0, 1.0], [1.0, 3.0]];
//! let x = resolvent::solve(&a, &[5.0, 4.0])?;
//! assert!((x[0] - 2.2_f64).abs() < 1e-15 && (x[1] - 0.6).abs() < 1e-15);
//!
//! let answer = resolvent::inv_ex(&a)?;
//! println!("{:?}: {}, rcond {}", answer.inverse, answer.info.worst, answer.info.worst_rcond);
//! # Ok::<(), resolvent::Error>(())
//! ```
//!
//! The verbs ([`inv`], [`solve`], [`det`](fn@det), [`slogdet`], [`lu`](fn@lu), [`cholesky`](fn@cholesky), [`ldl`](fn@ldl), [`qr`](fn@qr); [`lstsq`](fn@lstsq), [`pinv`](fn@pinv),
//! [`rank`](fn@rank), [`cond`](fn@cond), [`null_space`], [`ridge`](fn@ridge)) take borrowed strided matrices or
//! stacks of them: [`MatRef`], [`StackRef`], arrays, and with the features `ndarray` (default), `nalgebra` and `faer`
//! those crates' types. Elements are `f32`, `f64`, `Complex<f32>` or `Complex<f64>`.
//!
//! - One singular matrix never spoils a stack: [`inv_ex`] and [`solve_ex`] return everything, with a [`Status`],
//!   reciprocal condition number and backward error for each matrix.
//! - The answer is the same, bit for bit, for any number of threads, any strides, and alone or inside a stack.
//! - [`diagnose`](fn@diagnose) says on one page what is wrong with a system; [`gallery`] has matrices to try it on.
//! - The instruction set is chosen when the program runs; `RESOLVENT_ISA=portable|avx2|avx512` forces one.

mod blas;
mod determinant;
mod diagnose;
mod error;
pub mod exact;
mod factor;
mod factored;
mod fixed;
pub mod gallery;
mod interop;
mod inverse;
mod lstsq;
mod matrix;
mod objects;
mod parallel;
mod plan;
mod quality;
mod solve;
mod stacks;
mod vjp;

pub use determinant::{SLogDet, det, det_into, slogdet, slogdet_into};
pub use diagnose::{
    Collinearity, Contradiction, Dependency, DiagnoseOptions, Diagnosis, NotFinite, Proof, Rank, Scaling,
    ScalingAdvice, Solutions, SystemFinding, diagnose, diagnose_with,
};
#[doc(hidden)]
pub use diagnose::{Tree, number};
pub use error::{Error, Result};
pub use fixed::{inv_fixed, solve_fixed};
#[cfg(feature = "faer")]
pub use interop::Faer;
#[cfg(feature = "nalgebra")]
pub use interop::Nalgebra;
#[cfg(feature = "ndarray")]
pub use interop::{NdArray, StackDimension};
pub use inverse::{Inverse, inv, inv_ex, inv_in_place, inv_into, inv_with};
pub use lstsq::{
    ConditionNorm, Cutoff, Lstsq, cond, lstsq, lstsq_with, null_space, null_space_with, pinv, pinv_with,
    rank, rank_with, ridge, ridges, svdvals,
};
#[doc(hidden)]
pub use matrix::check_memory;
pub use matrix::{
    Assume, Form, Many, Mat, MatMut, MatRef, MatrixOf, Operand, PerMatrixOf, RightHandSide, Single, Square,
    Stack, StackMut, StackRef, broadcast_batches,
};
pub use objects::{Cholesky, Ldl, Lu, Qr, Side, Uplo, cholesky, cholesky_into, ldl, lu, qr};
pub use parallel::{Progress, THREADS_VARIABLE, interruptible, num_threads, set_num_threads, with_progress};
pub use plan::{Method, Plan, Verb};
pub use quality::{Detail, Failure, Info, Options, Status, digits_to_trust};
pub use resolvent_kernels::isa::{ISA_VARIABLE, IsaError};
pub use resolvent_kernels::{Complex, Isa, Real, Scalar};
pub use solve::{Solution, solve, solve_ex, solve_in_place, solve_into, solve_with};
pub use stacks::plan_for;
pub use vjp::{inv_vjp_into, solve_vjp_into};

/// The README's Rust example, as a doctest.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct Readme;
