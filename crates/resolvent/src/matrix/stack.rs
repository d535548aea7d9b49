//! Stacks `(..., nrows, ncols)`: [`StackRef`] and [`StackMut`] borrow them with any strides, [`Stack`] owns one.

use std::fmt;
use std::marker::PhantomData;

use resolvent_kernels::Scalar;

use super::batch::{Batch, broadcast_batches, c_strides, same_shape};
use super::{MatMut, MatRef, check_memory, check_size, with_room, zeroed};
use crate::error::{Error, Result};

/// A borrowed stack of matrices with any strides, counted in elements.
#[derive(Clone)]
pub struct StackRef<'a, T> {
    ptr: *const T,
    batch: Batch,
    nrows: usize,
    ncols: usize,
    rs: isize,
    cs: isize,
    borrow: PhantomData<&'a T>,
}

/// A borrowed stack that may be written. No two of its elements share memory.
pub struct StackMut<'a, T> {
    ptr: *mut T,
    batch: Batch,
    nrows: usize,
    ncols: usize,
    rs: isize,
    cs: isize,
    borrow: PhantomData<&'a mut T>,
}

// SAFETY: a StackRef is a `&[T]` with strides, a StackMut a `&mut [T]` with strides; both follow the rules of those.
unsafe impl<T: Sync> Send for StackRef<'_, T> {}
// SAFETY: as above.
unsafe impl<T: Sync> Sync for StackRef<'_, T> {}
// SAFETY: as above.
unsafe impl<T: Send> Send for StackMut<'_, T> {}
// SAFETY: as above; `StackMut::matrix_unchecked` passes the rule of disjointness on to its caller.
unsafe impl<T: Send + Sync> Sync for StackMut<'_, T> {}

impl<'a, T: Scalar> StackRef<'a, T> {
    /// A view of raw memory: `batch` and `batch_strides` are the stack dimensions, outermost first.
    ///
    /// # Safety
    /// As [`MatRef::from_raw_parts`], for every matrix of the stack.
    ///
    /// # Panics
    /// If `batch` and `batch_strides` differ in length, or there are more matrices than a `usize` counts.
    pub unsafe fn from_raw_parts(
        ptr: *const T,
        batch: &[usize],
        batch_strides: &[isize],
        nrows: usize,
        ncols: usize,
        row_stride: isize,
        col_stride: isize,
    ) -> Self {
        let batch = Batch::new(batch, batch_strides);
        Self { ptr, batch, nrows, ncols, rs: row_stride, cs: col_stride, borrow: PhantomData }
    }

    /// The array of that shape (the last two dimensions are the matrices') in C order.
    ///
    /// # Errors
    /// Fewer than two dimensions, or another number of elements than the shape has.
    ///
    /// # Example
    /// ```
    /// let data = [2.0, 0.0, 0.0, 2.0, 1.0, 1.0, 0.0, 1.0];
    /// let stack = resolvent::StackRef::from_slice(&data, &[2, 2, 2])?;
    /// assert_eq!(stack.matrix(1).get(0, 1), 1.0);
    /// # Ok::<(), resolvent::Error>(())
    /// ```
    pub fn from_slice(data: &'a [T], shape: &[usize]) -> Result<Self> {
        let needed = check_size::<T>(shape)?;
        let [batch @ .., nrows, ncols] = shape else {
            return Err(Error::NotAMatrix { shape: shape.to_vec() });
        };
        if needed != data.len() {
            return Err(Error::WrongLength { shape: shape.to_vec(), needed, len: data.len() });
        }
        let strides = c_strides(batch, nrows * ncols);
        // SAFETY: the length was checked, and the borrow of `data` lasts for 'a.
        Ok(unsafe {
            Self::from_raw_parts(data.as_ptr(), batch, &strides, *nrows, *ncols, *ncols as isize, 1)
        })
    }

    /// The stack dimensions: the shape without the last two.
    pub fn batch(&self) -> &[usize] {
        &self.batch.shape
    }
    /// The number of matrices.
    pub fn len(&self) -> usize {
        self.batch.len
    }
    /// No matrices at all?
    pub fn is_empty(&self) -> bool {
        self.batch.len == 0
    }
    /// Rows of each matrix.
    pub fn nrows(&self) -> usize {
        self.nrows
    }
    /// Columns of each matrix.
    pub fn ncols(&self) -> usize {
        self.ncols
    }
    /// Elements from one row of a matrix to the next.
    pub fn row_stride(&self) -> isize {
        self.rs
    }
    /// Elements from one column of a matrix to the next.
    pub fn col_stride(&self) -> isize {
        self.cs
    }
    /// The whole shape: the stack dimensions, then rows and columns.
    pub fn shape(&self) -> Vec<usize> {
        [self.batch(), &[self.nrows, self.ncols]].concat()
    }

    /// Matrix `index` in C order.
    ///
    /// # Panics
    /// Outside the stack.
    #[inline]
    pub fn matrix(&self, index: usize) -> MatRef<'a, T> {
        assert!(index < self.len(), "matrix {index} of a stack of {}", self.len());
        let ptr = self.ptr.wrapping_offset(self.batch.offset(index));
        // SAFETY: a matrix of the stack, valid for 'a by construction.
        unsafe { MatRef::from_raw_parts(ptr, self.nrows, self.ncols, self.rs, self.cs) }
    }

    /// Where matrix `index` begins.
    #[inline]
    pub(crate) fn address(&self, index: usize) -> *const T {
        self.ptr.wrapping_offset(self.batch.offset(index))
    }

    /// Elements from the first matrix to matrix `index`: where it is in the stack that this one was broadcast from.
    pub(crate) fn offset(&self, index: usize) -> isize {
        self.batch.offset(index)
    }

    /// The stack with its dimensions stretched to `batch` by NumPy's rule, without a copy.
    ///
    /// # Errors
    /// The stack does not broadcast to that shape, or the shape has more matrices than can be counted.
    pub fn broadcast_to(&self, batch: &[usize]) -> Result<Self> {
        if same_shape(self.batch(), batch) {
            return Ok(self.clone());
        }
        if !same_shape(&broadcast_batches(self.batch(), batch)?, batch) {
            return Err(Error::ShapeMismatch {
                a: self.shape(),
                b: batch.to_vec(),
                reason: "the first cannot be broadcast to the second's stack dimensions".to_owned(),
            });
        }
        if Batch::count(batch).is_none() {
            return Err(Error::TooLarge { shape: [batch, &[self.nrows, self.ncols]].concat() });
        }
        let lead = batch.len() - self.batch().len();
        let mut strides = vec![0; batch.len()];
        for (d, (&extent, &stride)) in self.batch.shape.iter().zip(&self.batch.strides).enumerate() {
            strides[lead + d] = if extent == 1 { 0 } else { stride };
        }
        Ok(Self { batch: Batch::new(batch, &strides), ..*self })
    }
}

impl<T> StackRef<'_, T> {
    /// Every matrix transposed, where it lies.
    #[must_use]
    pub fn transposed(&self) -> Self {
        let Self { ptr, nrows, ncols, rs, cs, .. } = *self;
        Self {
            ptr,
            batch: self.batch.clone(),
            nrows: ncols,
            ncols: nrows,
            rs: cs,
            cs: rs,
            borrow: PhantomData,
        }
    }
}

impl<'a, T: Scalar> From<MatRef<'a, T>> for StackRef<'a, T> {
    fn from(a: MatRef<'a, T>) -> Self {
        // SAFETY: the same memory for the same lifetime.
        unsafe {
            Self::from_raw_parts(a.as_ptr(), &[], &[], a.nrows(), a.ncols(), a.row_stride(), a.col_stride())
        }
    }
}

impl<'a, T: Scalar> StackMut<'a, T> {
    /// A writable view of raw memory.
    ///
    /// # Safety
    /// As [`MatMut::from_raw_parts`], for every matrix of the stack; no two elements overlap.
    ///
    /// # Panics
    /// If `batch` and `batch_strides` differ in length, or there are more matrices than a `usize` counts.
    pub unsafe fn from_raw_parts(
        ptr: *mut T,
        batch: &[usize],
        batch_strides: &[isize],
        nrows: usize,
        ncols: usize,
        row_stride: isize,
        col_stride: isize,
    ) -> Self {
        let batch = Batch::new(batch, batch_strides);
        Self { ptr, batch, nrows, ncols, rs: row_stride, cs: col_stride, borrow: PhantomData }
    }

    /// The writable array of that shape in C order.
    ///
    /// # Errors
    /// As [`StackRef::from_slice`].
    pub fn from_slice(data: &'a mut [T], shape: &[usize]) -> Result<Self> {
        let view = StackRef::from_slice(data, shape)?;
        let StackRef { batch, nrows, ncols, rs, cs, .. } = view;
        Ok(Self { ptr: data.as_mut_ptr(), batch, nrows, ncols, rs, cs, borrow: PhantomData })
    }

    /// The stack dimensions: the shape without the last two.
    pub fn batch(&self) -> &[usize] {
        &self.batch.shape
    }
    /// The number of matrices.
    pub fn len(&self) -> usize {
        self.batch.len
    }
    /// No matrices at all?
    pub fn is_empty(&self) -> bool {
        self.batch.len == 0
    }
    /// Rows of each matrix.
    pub fn nrows(&self) -> usize {
        self.nrows
    }
    /// Columns of each matrix.
    pub fn ncols(&self) -> usize {
        self.ncols
    }
    /// The whole shape: the stack dimensions, then rows and columns.
    pub fn shape(&self) -> Vec<usize> {
        [self.batch(), &[self.nrows, self.ncols]].concat()
    }
    /// Elements from one row of a matrix to the next.
    pub fn row_stride(&self) -> isize {
        self.rs
    }
    /// Elements from one column of a matrix to the next.
    pub fn col_stride(&self) -> isize {
        self.cs
    }

    /// Do the elements follow each other in C order without a gap?
    pub(crate) fn is_dense(&self) -> bool {
        let matrix = (self.nrows * self.ncols) as isize;
        (self.cs == 1 || self.ncols == 1)
            && (self.rs == self.ncols as isize || self.nrows == 1)
            && self.batch.is_walk_of(matrix)
    }

    /// The same stack, borrowed for a shorter time.
    pub fn reborrow(&mut self) -> StackMut<'_, T> {
        let Self { ptr, nrows, ncols, rs, cs, .. } = *self;
        StackMut { ptr, batch: self.batch.clone(), nrows, ncols, rs, cs, borrow: PhantomData }
    }

    /// Every matrix transposed, where it lies.
    #[must_use]
    pub fn transposed(self) -> Self {
        Self { nrows: self.ncols, ncols: self.nrows, rs: self.cs, cs: self.rs, ..self }
    }

    /// The same matrices, to be read.
    ///
    /// # Safety
    /// No matrix is read through it while one of its views may be written.
    pub(crate) unsafe fn alias(&self) -> StackRef<'_, T> {
        let Self { ptr, nrows, ncols, rs, cs, .. } = *self;
        StackRef { ptr, batch: self.batch.clone(), nrows, ncols, rs, cs, borrow: PhantomData }
    }

    /// Matrix `index` in C order.
    ///
    /// # Panics
    /// Outside the stack.
    pub fn matrix_mut(&mut self, index: usize) -> MatMut<'_, T> {
        // SAFETY: the stack is borrowed uniquely for as long as the matrix.
        unsafe { self.matrix_unchecked(index) }
    }

    /// Matrix `index` in C order, through a shared borrow: so that threads can write different matrices.
    ///
    /// # Safety
    /// At any time at most one view of the same matrix is alive.
    ///
    /// # Panics
    /// Outside the stack.
    #[inline]
    pub(crate) unsafe fn matrix_unchecked(&self, index: usize) -> MatMut<'_, T> {
        assert!(index < self.len(), "matrix {index} of a stack of {}", self.len());
        let ptr = self.ptr.wrapping_offset(self.batch.offset(index));
        // SAFETY: a matrix of the stack; the caller keeps the views of it apart.
        unsafe { MatMut::from_raw_parts(ptr, self.nrows, self.ncols, self.rs, self.cs) }
    }
}

/// A stack that owns its elements, in C order.
#[derive(Clone, PartialEq)]
pub struct Stack<T> {
    data: Vec<T>,
    shape: Vec<usize>,
}

impl<T: Scalar> Stack<T> {
    /// Zeros of a shape with at least two dimensions.
    ///
    /// # Errors
    /// Fewer than two dimensions, or the memory cannot be had.
    pub fn zeros(shape: &[usize]) -> Result<Self> {
        let len = check_size::<T>(shape)?;
        check_memory(len * size_of::<T>())?;
        Self::from_vec(zeroed(len)?, shape)
    }

    /// From elements in C order.
    ///
    /// # Errors
    /// As [`StackRef::from_slice`].
    pub fn from_vec(data: Vec<T>, shape: &[usize]) -> Result<Self> {
        StackRef::from_slice(&data, shape)?;
        Ok(Self { data, shape: shape.to_vec() })
    }

    /// A copy.
    ///
    /// # Errors
    /// The memory cannot be had.
    pub fn copy(&self) -> Result<Self> {
        let mut data = with_room(self.data.len())?;
        data.extend_from_slice(&self.data);
        Ok(Self { data, shape: self.shape.clone() })
    }

    /// The shape: the stack dimensions, then rows and columns.
    pub fn shape(&self) -> &[usize] {
        &self.shape
    }
    /// The elements in C order.
    pub fn as_slice(&self) -> &[T] {
        &self.data
    }
    /// The elements in C order.
    pub fn into_vec(self) -> Vec<T> {
        self.data
    }
    /// A view.
    pub fn as_ref(&self) -> StackRef<'_, T> {
        StackRef::from_slice(&self.data, &self.shape).expect("the shape was checked when the stack was made")
    }
    /// A writable view.
    pub fn as_mut(&mut self) -> StackMut<'_, T> {
        StackMut::from_slice(&mut self.data, &self.shape)
            .expect("the shape was checked when the stack was made")
    }
}

impl<T: Scalar> fmt::Debug for StackRef<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} ", self.shape())?;
        f.debug_list().entries((0..self.len()).map(|i| self.matrix(i))).finish()
    }
}

impl<T: Scalar> fmt::Debug for StackMut<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StackMut").field("shape", &self.shape()).finish_non_exhaustive()
    }
}

impl<T: Scalar> fmt::Debug for Stack<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_ref().fmt(f)
    }
}
