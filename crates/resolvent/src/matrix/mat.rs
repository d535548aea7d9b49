//! [`Mat`]: one matrix that owns its elements.

use std::fmt;
use std::ops::{Index, IndexMut};

use resolvent_kernels::Scalar;

use super::buffer::ALIGNMENT;
use super::view::check_len;
use super::{AlignedBuffer, MatMut, MatRef, check_size, zeroed};
use crate::error::Result;

/// A matrix that owns its elements, row after row.
#[derive(Clone, PartialEq)]
pub struct Mat<T> {
    data: Vec<T>,
    nrows: usize,
    ncols: usize,
}

impl<T: Scalar> Mat<T> {
    /// Zeros.
    ///
    /// # Errors
    /// The memory cannot be had.
    pub fn zeros(nrows: usize, ncols: usize) -> Result<Self> {
        Ok(Self { data: zeroed(check_size::<T>(&[nrows, ncols])?)?, nrows, ncols })
    }

    /// Element by element.
    ///
    /// # Panics
    /// If the memory cannot be had; [`Mat::zeros`] says so instead.
    pub fn from_fn(nrows: usize, ncols: usize, mut element: impl FnMut(usize, usize) -> T) -> Self {
        let mut mat = Self::zeros(nrows, ncols).unwrap_or_else(|error| panic!("{error}"));
        for i in 0..nrows {
            for j in 0..ncols {
                mat.data[i * ncols + j] = element(i, j);
            }
        }
        mat
    }

    /// The identity of order n.
    ///
    /// # Panics
    /// As [`Mat::from_fn`].
    pub fn identity(n: usize) -> Self {
        Self::from_fn(n, n, |i, j| if i == j { T::one() } else { T::zero() })
    }

    /// From rows written out.
    ///
    /// # Example
    /// ```
    /// let a = resolvent::Mat::from_rows(&[[2.0, 1.0], [1.0, 3.0]]);
    /// assert_eq!(a[(0, 1)], 1.0);
    /// ```
    pub fn from_rows<const N: usize>(rows: &[[T; N]]) -> Self {
        Self { data: rows.concat(), nrows: rows.len(), ncols: N }
    }

    /// From elements in row-major order.
    ///
    /// # Errors
    /// The length does not fit the shape.
    pub fn from_vec(data: Vec<T>, nrows: usize, ncols: usize) -> Result<Self> {
        check_len::<T>(data.len(), nrows, ncols)?;
        Ok(Self { data, nrows, ncols })
    }

    /// The number of rows.
    pub fn nrows(&self) -> usize {
        self.nrows
    }
    /// The number of columns.
    pub fn ncols(&self) -> usize {
        self.ncols
    }
    /// `[nrows, ncols]`.
    pub fn shape(&self) -> [usize; 2] {
        [self.nrows, self.ncols]
    }
    /// The elements in row-major order.
    pub fn as_slice(&self) -> &[T] {
        &self.data
    }
    /// The elements in row-major order.
    pub fn into_vec(self) -> Vec<T> {
        self.data
    }
    /// A view.
    pub fn as_ref(&self) -> MatRef<'_, T> {
        // SAFETY: `data` holds nrows * ncols elements, by construction.
        unsafe { MatRef::from_raw_parts(self.data.as_ptr(), self.nrows, self.ncols, self.ncols as isize, 1) }
    }
    /// A writable view.
    pub fn as_mut(&mut self) -> MatMut<'_, T> {
        let (m, n) = (self.nrows, self.ncols);
        // SAFETY: as in `as_ref`, and we are borrowed uniquely.
        unsafe { MatMut::from_raw_parts(self.data.as_mut_ptr(), m, n, n as isize, 1) }
    }
}

impl<T> Index<(usize, usize)> for Mat<T> {
    type Output = T;
    fn index(&self, (i, j): (usize, usize)) -> &T {
        assert!(j < self.ncols, "column {j} of {}", self.ncols);
        &self.data[i * self.ncols + j]
    }
}

impl<T> IndexMut<(usize, usize)> for Mat<T> {
    fn index_mut(&mut self, (i, j): (usize, usize)) -> &mut T {
        assert!(j < self.ncols, "column {j} of {}", self.ncols);
        &mut self.data[i * self.ncols + j]
    }
}

impl<T: Scalar> fmt::Debug for Mat<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_ref().fmt(f)
    }
}

/// A row-major matrix for the length of a call, of any content at first, each row on a cache line of its own.
#[derive(Debug)]
pub(crate) struct WorkMat<T> {
    buffer: AlignedBuffer<T>,
    shape: [usize; 2],
    stride: usize,
}

impl<T: Scalar> WorkMat<T> {
    /// Of that shape.
    pub(crate) fn new(nrows: usize, ncols: usize) -> Result<Self> {
        let line = ALIGNMENT / size_of::<T>();
        // An odd number of lines: the rows of a column spread over all sets of the cache.
        let stride = (ncols.div_ceil(line) | 1) * line;
        let buffer = AlignedBuffer::new(check_size::<T>(&[nrows, stride])?)?;
        Ok(Self { buffer, shape: [nrows, ncols], stride })
    }

    /// All of it.
    pub(crate) fn as_mut(&mut self) -> MatMut<'_, T> {
        let [nrows, ncols] = self.shape;
        let whole = self.buffer.as_mut_slice();
        // SAFETY: `new` made room for that many rows of `stride` elements, `ncols` of them at most; they are borrowed as
        // long as the view.
        unsafe { MatMut::from_raw_parts(whole.as_mut_ptr(), nrows, ncols, self.stride as isize, 1) }
    }

    /// All of it, to read.
    pub(crate) fn as_ref(&self) -> MatRef<'_, T> {
        let [nrows, ncols] = self.shape;
        // SAFETY: as in `as_mut`, for reading.
        unsafe {
            MatRef::from_raw_parts(self.buffer.as_slice().as_ptr(), nrows, ncols, self.stride as isize, 1)
        }
    }

    /// All of it, after copying a matrix of its shape into it.
    pub(crate) fn copy_of(&mut self, a: MatRef<'_, T>) -> MatMut<'_, T> {
        let mut copy = self.as_mut();
        copy.copy_from(a);
        copy
    }
}
