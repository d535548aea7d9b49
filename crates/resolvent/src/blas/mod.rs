//! Matrix products and triangular solves over whole matrices: loops 5 to 1 around the kernels.
//!
//! Work is split over rows and columns of the result, never over the inner dimension, and block sizes depend on the
//! shape alone: every element is made by the same chain of operations whatever the number of threads.

mod copy;
mod gemm;
mod packed;
mod trsm;
mod trsv;

use std::sync::{Mutex, MutexGuard, PoisonError};

use resolvent_kernels::{Kernels, Scalar};

pub(crate) use copy::copy_with_norm;
pub(crate) use gemm::{gemm, share};
pub(crate) use packed::PackedLeft;
pub(crate) use resolvent_kernels::table::Triangle;
pub(crate) use trsm::trsm;
pub(crate) use trsv::substitute;

use crate::error::Result;
use crate::matrix::{AlignedBuffer, MatMut, MatRef};
use crate::parallel;
use crate::plan::lu_leaf;

/// Memory for the routines of this room and the next: packed blocks, and a spare piece. A task makes one and takes it from
/// matrix to matrix: to ask for memory costs more than a matrix of order 33.
pub(crate) struct Workspace<T: Scalar> {
    kernels: &'static Kernels<T>,
    packs: Vec<Packs<T>>,
    spare: Mutex<Option<AlignedBuffer<T>>>,
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
        Ok(Self { kernels, packs, spare: Mutex::default() })
    }

    pub(crate) fn context(&self) -> Context<'_, T> {
        Context { kernels: self.kernels, packs: &self.packs, spare: &self.spare }
    }
}

/// What the routines of this room need besides their operands: kernels, and as many threads as there are buffers to
/// pack into. A thread packs into its own; while it shares what it packed of B, the tasks it takes pack A alone; so no lock
/// is waited for.
#[derive(Clone, Copy)]
pub(crate) struct Context<'w, T: Scalar> {
    pub(crate) kernels: &'static Kernels<T>,
    packs: &'w [Packs<T>],
    spare: &'w Mutex<Option<AlignedBuffer<T>>>,
}

impl<'w, T: Scalar> Context<'w, T> {
    pub(crate) fn threads(&self) -> usize {
        self.packs.len()
    }

    /// The context of this thread alone.
    pub(crate) fn alone(&self) -> Self {
        let t = parallel::worker() % self.threads();
        Self { packs: &self.packs[t..=t], ..*self }
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

    /// Room for at least `len` elements, with anything in it, until it is given back. Not to be asked for twice.
    pub(crate) fn spare(&self, len: usize) -> Result<Spare<'w, T>> {
        let mut spare = self.spare.lock().unwrap_or_else(PoisonError::into_inner);
        if spare.as_mut().is_none_or(|spare| spare.as_mut_slice().len() < len) {
            *spare = Some(AlignedBuffer::new(len)?);
        }
        Ok(Spare(spare))
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
}

impl<T: Scalar> Context<'_, T> {
    /// `X := U^-1 L^-1 P`, for factors that stay in the cache; see [`resolvent_kernels::table::Invert`].
    pub(crate) fn invert_in_cache(&self, lu: MatRef<'_, T>, p: &[usize], mut x: MatMut<'_, T>) {
        let n = lu.nrows();
        assert!(lu.shape() == [n, n] && x.shape() == [n, n] && p.len() == n && p.iter().all(|&p| p < n));
        assert!(lu.col_stride() == 1 && x.col_stride() == 1, "row-major factors, and a row-major inverse");
        let mut packed = self.packed_a();
        let work = packed.as_mut_slice();
        assert!((self.kernels.invert.workspace)(n) <= work.len(), "the context is too small");
        let (p, rs, x_rs) = (p.as_ptr(), lu.row_stride(), x.row_stride());
        // SAFETY: square factors, numbers of rows, an inverse that is ours alone, and a workspace that is large enough.
        unsafe {
            (self.kernels.invert.invert)(n, lu.as_ptr(), rs, p, x.as_mut_ptr(), x_rs, work.as_mut_ptr());
        }
    }
}

/// The spare memory of a [`Workspace`], lent.
pub(crate) struct Spare<'w, T: Scalar>(MutexGuard<'w, Option<AlignedBuffer<T>>>);

impl<T: Scalar> Spare<'_, T> {
    pub(crate) fn as_mut_slice(&mut self) -> &mut [T] {
        self.0.as_mut().map_or(&mut [], AlignedBuffer::as_mut_slice)
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

/// Slab `t` of `count` into which `extent` is cut at multiples of `grain`: (start, length), possibly empty.
fn slab(extent: usize, grain: usize, count: usize, t: usize) -> (usize, usize) {
    let step = extent.div_ceil(count).next_multiple_of(grain);
    let start = (t * step).min(extent);
    (start, step.min(extent - start))
}

#[cfg(test)]
mod tests {
    use super::slab;

    #[test]
    fn slabs_cover_everything_once() {
        for extent in 0..100 {
            for grain in [1, 4, 24] {
                for count in 1..5 {
                    let mut next = 0;
                    for t in 0..count {
                        let (start, len) = slab(extent, grain, count, t);
                        assert_eq!(start, next);
                        assert!(start % grain == 0 || len == 0);
                        next = start + len;
                    }
                    assert_eq!(next, extent);
                }
            }
        }
    }
}
