//! The machine room of [Resolvent](https://docs.rs/resolvent): SIMD kernels over slices and strides.
//!
//! The contract of every kernel: pointers, extents and strides in, numbers and a verdict out. Kernels do not
//! allocate, start threads, check shapes or return errors; the `resolvent` crate above does. An algorithm is written
//! once, generically over [`lanes::Lanes`] (a SIMD register that behaves as a number) and [`number::Number`] (real or
//! complex lanes), and compiled for every instruction set by a file of [`isa`]. [`table::Kernels`] is what comes
//! out: one table of function pointers per element type and instruction set.
//!
//! Reproducible by construction: for one instruction set, the arithmetic that makes an element depends only on the
//! shape of the problem, never on alignment, strides, the position in a tile or the lane a matrix landed in.

/// Runs the body for `i` in `0..n`. A plain `while`: the parts of an iterator are functions compiled without the target
/// features of the kernel around them, and where one of them is not inlined its operands go through memory.
macro_rules! each {
    ($i:ident < $n:expr, $body:block) => {
        let mut $i = 0;
        while $i < $n {
            $body
            $i += 1;
        }
    };
}

mod divisor;
pub mod gemm;
mod hermitian;
mod inverse;
pub mod isa;
pub mod lanes;
mod lu;
pub mod number;
mod panel;
mod planar;
pub mod scalar;
pub mod small;
mod strip;
mod substitute;
pub mod table;
pub mod trsm;
pub mod vector;

pub use isa::Isa;
pub use num_complex::Complex;
pub use scalar::{Real, Scalar};
pub use table::Kernels;
