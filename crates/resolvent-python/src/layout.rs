//! Shapes and strides: what the dimensions of an array mean, and where its elements lie.

use std::ops::Range;

/// NumPy's limit on the number of dimensions.
const MAX_DIMS: usize = 64;

/// What the last dimensions of an array mean.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Core {
    /// `(..., rows, columns)`
    Matrix,
    /// `(..., rows)`: one column.
    Vector,
}

impl Core {
    pub(crate) fn dims(self) -> usize {
        match self {
            Core::Matrix => 2,
            Core::Vector => 1,
        }
    }
}

/// A shape and its strides, in elements, taken apart into stack, rows and columns.
pub(crate) struct View<'a> {
    pub(crate) batch: &'a [usize],
    strides: [isize; MAX_DIMS],
    pub(crate) rows: usize,
    pub(crate) columns: usize,
    pub(crate) row_stride: isize,
    pub(crate) column_stride: isize,
}

impl<'a> View<'a> {
    #[inline]
    pub(crate) fn new(shape: &'a [usize], byte_strides: &[isize], item_size: usize, core: Core) -> Self {
        let mut strides = [0; MAX_DIMS];
        for ((stride, &bytes), &extent) in strides.iter_mut().zip(byte_strides).zip(shape) {
            // NumPy leaves any number at all as the stride of a dimension of extent 0 or 1.
            *stride = if extent > 1 { bytes / item_size as isize } else { 0 };
        }
        let first = shape.len() - core.dims();
        let (columns, column_stride) = match core {
            Core::Matrix => (shape[first + 1], strides[first + 1]),
            Core::Vector => (1, 0),
        };
        Self {
            batch: &shape[..first],
            strides,
            rows: shape[first],
            columns,
            row_stride: strides[first],
            column_stride,
        }
    }

    pub(crate) fn batch_strides(&self) -> &[isize] {
        &self.strides[..self.batch.len()]
    }
}

/// Where the elements of an array lie, in bytes.
pub(crate) struct Layout<'a> {
    pub(crate) start: usize,
    pub(crate) shape: &'a [usize],
    pub(crate) byte_strides: &'a [isize],
    pub(crate) item_size: usize,
}

impl Layout<'_> {
    /// The first and one past the last address of the elements.
    fn extent(&self) -> Range<usize> {
        if self.shape.contains(&0) {
            return self.start..self.start;
        }
        let (mut low, mut high) = (self.start, self.start.wrapping_add(self.item_size));
        for (&extent, &stride) in self.shape.iter().zip(self.byte_strides) {
            if extent > 1 {
                let reach = (extent - 1).wrapping_mul(stride.unsigned_abs());
                if stride < 0 { low = low.wrapping_sub(reach) } else { high = high.wrapping_add(reach) }
            }
        }
        low..high
    }

    /// Does every element lie where the other's element of the same index lies?
    pub(crate) fn is_same_place(&self, other: &Self) -> bool {
        let strides = self.byte_strides.iter().zip(other.byte_strides).zip(self.shape);
        self.start == other.start
            && self.item_size == other.item_size
            && self.shape == other.shape
            && strides.into_iter().all(|((mine, theirs), &extent)| mine == theirs || extent < 2)
    }

    /// Can the two share memory? Judged by the addresses they span: a false "yes" costs a copy, no more.
    pub(crate) fn may_overlap(&self, other: &Self) -> bool {
        let (mine, theirs) = (self.extent(), other.extent());
        mine.start < theirs.end && theirs.start < mine.end
    }

    /// Does every element have memory of its own? False for a broadcast array; false also where it takes more than
    /// a sort of the strides to tell.
    pub(crate) fn is_disjoint(&self) -> bool {
        if self.shape.contains(&0) {
            return true;
        }
        let dims = self.shape.iter().zip(self.byte_strides).filter(|&(&extent, _)| extent > 1);
        let mut dims: Vec<_> = dims.map(|(&extent, &stride)| (stride.unsigned_abs(), extent)).collect();
        dims.sort_unstable();
        let mut reach = self.item_size;
        dims.into_iter().all(|(stride, extent)| {
            let clear = stride >= reach;
            reach = reach.saturating_add(stride.saturating_mul(extent - 1));
            clear
        })
    }
}
