//! Matrix products and triangular solves over whole matrices: loops 5 to 1 around the kernels.
//!
//! Work is split over rows and columns of the result, never over the inner dimension, and block sizes depend on the
//! shape alone: every element is made by the same chain of operations whatever the number of threads.

mod gemm;
mod trsm;
mod trsv;

use std::sync::{Mutex, MutexGuard, PoisonError};

use resolvent_kernels::{Kernels, Scalar};

pub(crate) use gemm::gemm;
pub(crate) use resolvent_kernels::table::Triangle;
pub(crate) use trsm::trsm;
pub(crate) use trsv::{Substitution, substitute};

use crate::error::Result;
use crate::matrix::{AlignedBuffer, MatMut, zeroed};
use crate::plan::PANEL;

/// Memory for the routines of this room and the next: packed blocks, one pair of buffers per thread, and a spare one. A
/// task makes one and takes it from matrix to matrix: to ask for memory, and to have it zeroed, costs more than a matrix
/// of order 33.
pub(crate) struct Workspace<T: Scalar> {
    kernels: &'static Kernels<T>,
    packs: Vec<Mutex<Packs<T>>>,
    spare: Mutex<Vec<T>>,
}

/// Packed blocks of A and B.
struct Packs<T: Scalar> {
    a: AlignedBuffer<T::Real>,
    b: AlignedBuffer<T::Real>,
}

impl<T: Scalar> Workspace<T> {
    /// For matrices of order n with k right-hand sides.
    pub(crate) fn new(kernels: &'static Kernels<T>, threads: usize, n: usize, k: usize) -> Result<Self> {
        let (gemm, extent) = (&kernels.gemm, n.max(k));
        let depth = gemm.kc.min(extent) * T::PARTS;
        let rows = gemm.mc.min(extent.next_multiple_of(gemm.mr));
        let cols = gemm.nc.min(extent.next_multiple_of(gemm.nr));
        let panel = (kernels.panel.workspace)(n, PANEL.min(n));
        let pack = || {
            Ok(Mutex::new(Packs {
                a: AlignedBuffer::new(panel.max(rows * depth))?,
                b: AlignedBuffer::new(cols * depth)?,
            }))
        };
        let packs = (0..threads).map(|_| pack()).collect::<Result<_>>()?;
        Ok(Self { kernels, packs, spare: Mutex::default() })
    }

    pub(crate) fn context(&self) -> Context<'_, T> {
        Context { kernels: self.kernels, packs: &self.packs, spare: &self.spare }
    }
}

/// What the routines of this room need besides their operands: kernels, and as many threads as there are buffers to
/// pack into. Task t of a loop uses buffer t alone, so no lock is ever waited for.
#[derive(Clone, Copy)]
pub(crate) struct Context<'w, T: Scalar> {
    pub(crate) kernels: &'static Kernels<T>,
    packs: &'w [Mutex<Packs<T>>],
    spare: &'w Mutex<Vec<T>>,
}

impl<'w, T: Scalar> Context<'w, T> {
    pub(crate) fn threads(&self) -> usize {
        self.packs.len()
    }

    /// The context of thread t alone.
    fn alone(&self, t: usize) -> Self {
        Self { packs: &self.packs[t..=t], ..*self }
    }

    fn packs(&self, t: usize) -> MutexGuard<'w, Packs<T>> {
        self.packs[t].lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Room for at least `len` elements, with anything in it, until it is given back. Not to be asked for twice.
    pub(crate) fn spare(&self, len: usize) -> Result<MutexGuard<'w, Vec<T>>> {
        let mut spare = self.spare.lock().unwrap_or_else(PoisonError::into_inner);
        if spare.len() < len {
            *spare = zeroed(len)?;
        }
        Ok(spare)
    }

    /// Factors a panel of at most [`PANEL`] columns; see [`resolvent_kernels::table::Panel`].
    pub(crate) fn factor_panel(&self, mut a: MatMut<'_, T>, pivots: &mut [usize]) -> usize {
        let (m, n) = (a.nrows(), a.ncols());
        let mut packs = self.packs(0);
        let work = packs.a.as_mut_slice();
        assert!(m >= n && n <= PANEL && pivots.len() == n, "a tall panel and a pivot for every column");
        assert!((self.kernels.panel.workspace)(m, n) <= work.len(), "the context is too small");
        let (rs, cs) = (a.row_stride(), a.col_stride());
        // SAFETY: the panel is ours alone, there is a pivot per column, and the workspace is large enough.
        unsafe {
            (self.kernels.panel.factor)(m, n, a.as_mut_ptr(), rs, cs, pivots.as_mut_ptr(), work.as_mut_ptr())
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
