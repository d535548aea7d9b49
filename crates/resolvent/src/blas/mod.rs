//! Matrix products and triangular solves over whole matrices: loops 5 to 1 around the kernels.
//!
//! Work is split over rows and columns of the result, never over the inner dimension, and block sizes depend on the
//! shape alone: every element is made by the same chain of operations whatever the number of threads.

mod copy;
mod double;
mod gemm;
mod packed;
mod trsm;
mod trsv;

use std::sync::{Mutex, MutexGuard, PoisonError};

use resolvent_kernels::{Kernels, Scalar};

pub(crate) use copy::{copy, copy_with_norm};
pub(crate) use double::{Sums, residual};
pub(crate) use gemm::{gemm, share};
pub(crate) use packed::PackedLeft;
pub(crate) use resolvent_kernels::table::Triangle;
pub(crate) use trsm::trsm;
pub(crate) use trsv::substitute;

use crate::error::Result;
use crate::matrix::{AlignedBuffer, MatMut, MatRef};
use crate::parallel;
use crate::plan::lu_leaf;

/// Memory for packed blocks. A task makes one and takes it from matrix to matrix.
pub(crate) struct Workspace<T: Scalar> {
    kernels: &'static Kernels<T>,
    packs: Vec<Packs<T>>,
}

/// A thread's packed blocks of A and B. What it packs of A it uses alone; of B it may let others use.
struct Packs<T: Scalar> {
    a: Mutex<AlignedBuffer<T::Real>>,
    b: Mutex<AlignedBuffer<T::Real>>,
}

impl<T: Scalar> Workspace<T> {
    /// For matrices of order n with k right-hand sides.
    pub(crate) fn new(kernels: &'static Kernels<T>, threads: usize, n: usize, k: usize) -> Result<Self> {
        let (gemm, extent) = (&kernels.gemm, n.max(k));
        let depth = gemm.kc.min(extent) * T::PARTS;
        let rows = gemm.mc.min(extent.next_multiple_of(gemm.mr));
        let cols = gemm.nc.min(extent.next_multiple_of(gemm.nr));
        let in_cache = (kernels.lu.workspace)(n).max((kernels.invert.workspace)(n.min(lu_leaf::<T>(n))));
        let pack = || {
            Ok(Packs {
                a: Mutex::new(AlignedBuffer::new(in_cache.max(rows * depth))?),
                b: Mutex::new(AlignedBuffer::new(cols * depth)?),
            })
        };
        let packs = (0..threads).map(|_| pack()).collect::<Result<_>>()?;
        Ok(Self { kernels, packs })
    }

    pub(crate) fn context(&self) -> Context<'_, T> {
        Context { kernels: self.kernels, packs: &self.packs }
    }
}

/// What the routines of this room need besides their operands: kernels, and as many threads as there are buffers to
/// pack into. A thread packs into its own; while it shares what it packed of B, the tasks it takes pack A alone; so no lock
/// is waited for.
#[derive(Clone, Copy)]
pub(crate) struct Context<'w, T: Scalar> {
    pub(crate) kernels: &'static Kernels<T>,
    packs: &'w [Packs<T>],
}

impl<'w, T: Scalar> Context<'w, T> {
    pub(crate) fn threads(&self) -> usize {
        self.packs.len()
    }

    /// The context of this thread alone.
    pub(crate) fn alone(&self) -> Self {
        Self { packs: std::slice::from_ref(self.mine()), ..*self }
    }

    fn mine(&self) -> &'w Packs<T> {
        &self.packs[parallel::worker() % self.threads()]
    }

    fn packed_a(&self) -> MutexGuard<'w, AlignedBuffer<T::Real>> {
        self.mine().a.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn packed_b(&self) -> MutexGuard<'w, AlignedBuffer<T::Real>> {
        self.mine().b.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Factors the columns of `a` that have a pivot and carries the others along; see [`resolvent_kernels::table::Lu`].
    pub(crate) fn factor_in_cache(&self, mut a: MatMut<'_, T>, pivots: &mut [usize]) -> usize {
        let (m, n) = (a.nrows(), pivots.len());
        let mut packed = self.packed_a();
        let work = packed.as_mut_slice();
        assert!(
            m >= n && a.ncols() >= n && (a.col_stride() == 1 || a.ncols() < 2),
            "a tall row-major matrix"
        );
        assert!((self.kernels.lu.workspace)(m) <= work.len(), "the context is too small");
        let (carried, rs) = (a.ncols() - n, a.row_stride());
        parallel::count(m * n * n - n * n * n / 3 + carried * (2 * m * n - n * n));
        // SAFETY: the matrix is ours alone, there is a pivot per column, and the workspace is large enough.
        unsafe {
            (self.kernels.lu.factor)(
                m,
                n,
                carried,
                a.as_mut_ptr(),
                rs,
                pivots.as_mut_ptr(),
                work.as_mut_ptr(),
            )
        }
    }

    /// `X := U^-1 L^-1 P`, for factors that stay in the cache; see [`resolvent_kernels::table::Invert`].
    pub(crate) fn invert_in_cache(&self, lu: MatRef<'_, T>, p: &[usize], mut x: MatMut<'_, T>) {
        let n = lu.nrows();
        assert!(lu.shape() == [n, n] && x.shape() == [n, n] && p.len() == n && p.iter().all(|&p| p < n));
        assert!(lu.col_stride() == 1 && x.col_stride() == 1, "row-major factors, and a row-major inverse");
        let mut packed = self.packed_a();
        let work = packed.as_mut_slice();
        assert!((self.kernels.invert.workspace)(n) <= work.len(), "the context is too small");
        let (p, rs, x_rs) = (p.as_ptr(), lu.row_stride(), x.row_stride());
        parallel::count(4 * n * n * n / 3);
        // SAFETY: square factors, numbers of rows, an inverse that is ours alone, and a workspace that is large enough.
        unsafe {
            (self.kernels.invert.invert)(n, lu.as_ptr(), rs, p, x.as_mut_ptr(), x_rs, work.as_mut_ptr());
        }
    }
}

/// A matrix as the tasks of a parallel loop see it.
struct Shared<'a, T>(MatMut<'a, T>);

impl<T: Scalar> Shared<'_, T> {
    /// A block of the matrix.
    ///
    /// # Safety
    /// Blocks that are alive at the same time do not overlap.
    unsafe fn block(&self, r0: usize, c0: usize, m: usize, n: usize) -> MatMut<'_, T> {
        let block = self.0.as_ref().block(r0, c0, m, n);
        let (rs, cs) = (block.row_stride(), block.col_stride());
        // SAFETY: the memory is borrowed uniquely by `self.0`; the caller keeps the blocks apart.
        unsafe { MatMut::from_raw_parts(block.as_ptr().cast_mut(), m, n, rs, cs) }
    }
}

#[cfg(test)]
mod tests {
    use super::share;

    #[test]
    fn shares_cover_everything_once() {
        for extent in 0..100 {
            for grain in [1, 4, 24] {
                for (threads, parts) in [(1, 3), (2, 1), (3, 1), (4, 2)] {
                    for most in [24, 100] {
                        let size = share(extent, most, grain, threads, parts);
                        assert!(size.is_multiple_of(grain) && size <= most.next_multiple_of(grain));
                        let mut next = 0;
                        for start in (0..extent).step_by(size) {
                            assert_eq!(start, next);
                            next = start + size.min(extent - start);
                        }
                        assert_eq!(next, extent);
                        let tasks = if threads == 1 { 1 } else { threads * parts };
                        assert!(most < extent || extent.div_ceil(size) <= tasks);
                    }
                }
            }
        }
    }
}
