//! Stack dimensions: how a stack is walked, and how two of them are broadcast.

use crate::error::{Error, Result};

/// The stack dimensions: the shape as the caller sees it, and the walk that visits it in C order with as few
/// dimensions as the strides allow, so that a contiguous stack of any shape is walked as one dimension.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Batch {
    pub(super) shape: Vec<usize>,
    pub(super) strides: Vec<isize>,
    walk: Vec<(usize, isize)>,
    pub(super) len: usize,
}

impl Batch {
    pub(super) fn new(shape: &[usize], strides: &[isize]) -> Self {
        assert_eq!(shape.len(), strides.len(), "one stride per stack dimension");
        let len = Self::count(shape).expect("more matrices than can be counted");
        let mut walk: Vec<(usize, isize)> = Vec::new();
        // An empty stack is not walked, and its other extents may be of any size.
        for (&len, &stride) in shape.iter().zip(strides).filter(|&(&extent, _)| extent != 1 && len > 0) {
            match walk.last_mut() {
                Some((outer, outer_stride)) if *outer_stride == stride.wrapping_mul(len as isize) => {
                    *outer *= len;
                    *outer_stride = stride;
                }
                _ => walk.push((len, stride)),
            }
        }
        Self { shape: shape.to_vec(), strides: strides.to_vec(), walk, len }
    }

    /// The number of matrices, if it can be counted.
    pub(super) fn count(shape: &[usize]) -> Option<usize> {
        if shape.contains(&0) {
            return Some(0);
        }
        shape.iter().try_fold(1_usize, |count, &extent| count.checked_mul(extent))
    }

    /// Is it always `step` elements from one matrix to the next?
    pub(super) fn is_walk_of(&self, step: isize) -> bool {
        match self.walk[..] {
            [] => true,
            [(_, stride)] => stride == step,
            _ => false,
        }
    }

    /// Elements from the first matrix to matrix `index` in C order.
    #[inline]
    pub(super) fn offset(&self, mut index: usize) -> isize {
        match self.walk[..] {
            [] => 0,
            [(_, stride)] => index as isize * stride,
            _ => {
                let mut offset = 0;
                for &(len, stride) in self.walk.iter().rev() {
                    offset += (index % len) as isize * stride;
                    index /= len;
                }
                offset
            }
        }
    }
}

/// NumPy's rule for two stacks: dimensions are aligned at the end, and 1 stretches.
///
/// # Errors
/// Two extents differ and neither is 1.
///
/// # Example
/// ```
/// assert_eq!(resolvent::broadcast_batches(&[5, 1], &[3])?, [5, 3]);
/// # Ok::<(), resolvent::Error>(())
/// ```
pub fn broadcast_batches(a: &[usize], b: &[usize]) -> Result<Vec<usize>> {
    let rank = a.len().max(b.len());
    let extent = |shape: &[usize], d: usize| (d + shape.len()).checked_sub(rank).map_or(1, |i| shape[i]);
    let mut shape = Vec::with_capacity(rank);
    for d in 0..rank {
        shape.push(match (extent(a, d), extent(b, d)) {
            (x, y) if x == y => x,
            (1, y) => y,
            (x, 1) => x,
            _ => {
                return Err(Error::ShapeMismatch {
                    a: a.to_vec(),
                    b: b.to_vec(),
                    reason: "the stack dimensions cannot be broadcast together".to_owned(),
                });
            }
        });
    }
    Ok(shape)
}

/// Are two shapes the same? Not by `==`: for empty slices that calls memcmp with dangling pointers, whose masked load of
/// nothing from an unmapped page costs glibc's AVX-512 version hundreds of nanoseconds, as much as a 3 x 3 inverse.
pub(crate) fn same_shape(a: &[usize], b: &[usize]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(x, y)| x == y)
}

/// The strides of a C-contiguous stack whose matrices have `size` elements.
pub(super) fn c_strides(batch: &[usize], size: usize) -> Vec<isize> {
    let mut strides = vec![0; batch.len()];
    let mut stride = size as isize;
    for d in (0..batch.len()).rev() {
        strides[d] = stride;
        stride = stride.wrapping_mul(batch[d] as isize);
    }
    strides
}
