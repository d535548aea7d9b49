//! A left operand that is packed once for many products.

use resolvent_kernels::{Real, Scalar};

use super::Context;
use super::gemm::{add_packed, pack_b};
use crate::error::Result;
use crate::matrix::{AlignedBuffer, MatMut, MatRef};

/// The A of `C := C - A B`, packed; no deeper than `kc`.
pub(crate) struct PackedLeft<T: Scalar> {
    buffer: AlignedBuffer<T::Real>,
    shape: [usize; 2],
}

impl<T: Scalar> PackedLeft<T> {
    /// Room for matrices of up to m x k.
    pub(crate) fn new(context: Context<'_, T>, m: usize, k: usize) -> Result<Self> {
        let reals = m.next_multiple_of(context.kernels.gemm.nr) * k * T::PARTS;
        Ok(Self { buffer: AlignedBuffer::new(reals)?, shape: [0, k] })
    }

    /// Packs A.
    pub(crate) fn pack(&mut self, context: Context<'_, T>, a: MatRef<'_, T>) {
        // Of C' = C' - B' A' it is the right operand, which all blocks of the left one share.
        pack_b(context, context.threads(), a.transpose(), self.buffer.as_mut_slice());
        self.shape = a.shape();
    }

    /// `C := C - A B` by this thread, for as many rows of A as C has.
    pub(crate) fn subtract_product(&self, context: Context<'_, T>, b: MatRef<'_, T>, c: MatMut<'_, T>) {
        let [m, k] = self.shape;
        assert!(b.nrows() == k && c.nrows() <= m && b.ncols() == c.ncols(), "A, B and C must fit");
        let m = c.nrows();
        let mc = context.kernels.gemm.mc;
        let mut c = c;
        // Nothing below the last triangle: that one may be wider than a packed block is deep.
        for j in (0..if m > 0 { b.ncols() } else { 0 }).step_by(mc) {
            let columns = mc.min(b.ncols() - j);
            let (b, c) = (b.block(0, j, k, columns), c.reborrow().block(0, j, m, columns));
            add_packed(context, -T::Real::ONE, b.transpose(), self.buffer.as_slice(), c.transpose());
        }
    }
}
