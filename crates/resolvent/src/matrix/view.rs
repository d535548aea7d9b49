//! One matrix in borrowed strided memory: [`MatRef`] to read, [`MatMut`] to write.

use std::fmt;
use std::marker::PhantomData;

use resolvent_kernels::{Kernels, Scalar};

use super::{Mat, check_size};
use crate::error::{Error, Result};

/// A borrowed matrix with any strides, counted in elements. Strides may be negative or zero.
#[derive(Clone, Copy)]
pub struct MatRef<'a, T> {
    ptr: *const T,
    nrows: usize,
    ncols: usize,
    rs: isize,
    cs: isize,
    borrow: PhantomData<&'a T>,
}

/// A borrowed matrix that may be written. No two of its elements share memory.
pub struct MatMut<'a, T> {
    ptr: *mut T,
    nrows: usize,
    ncols: usize,
    rs: isize,
    cs: isize,
    borrow: PhantomData<&'a mut T>,
}

// SAFETY: a MatRef is a `&[T]` with strides, a MatMut a `&mut [T]` with strides; both follow the rules of those.
unsafe impl<T: Sync> Send for MatRef<'_, T> {}
// SAFETY: as above.
unsafe impl<T: Sync> Sync for MatRef<'_, T> {}
// SAFETY: as above.
unsafe impl<T: Send> Send for MatMut<'_, T> {}
// SAFETY: as above.
unsafe impl<T: Sync> Sync for MatMut<'_, T> {}

impl<'a, T: Scalar> MatRef<'a, T> {
    /// A view of raw memory.
    ///
    /// # Safety
    /// For all i < nrows, j < ncols the element at `ptr + i*row_stride + j*col_stride` is readable, initialized and
    /// not written for the lifetime `'a`.
    #[inline]
    pub unsafe fn from_raw_parts(
        ptr: *const T,
        nrows: usize,
        ncols: usize,
        row_stride: isize,
        col_stride: isize,
    ) -> Self {
        Self { ptr, nrows, ncols, rs: row_stride, cs: col_stride, borrow: PhantomData }
    }

    /// The nrows x ncols matrix whose rows stand one after the other in `data`.
    ///
    /// # Errors
    /// `data` has another length than `nrows * ncols`.
    ///
    /// # Example
    /// ```
    /// let a = resolvent::MatRef::from_row_major(&[2.0, 1.0, 1.0, 3.0], 2, 2)?;
    /// assert_eq!(a.get(1, 1), 3.0);
    /// # Ok::<(), resolvent::Error>(())
    /// ```
    pub fn from_row_major(data: &'a [T], nrows: usize, ncols: usize) -> Result<Self> {
        check_len::<T>(data.len(), nrows, ncols)?;
        // SAFETY: the length was checked, and the borrow of `data` lasts for 'a.
        Ok(unsafe { Self::from_raw_parts(data.as_ptr(), nrows, ncols, ncols as isize, 1) })
    }

    /// The nrows x ncols matrix whose columns stand one after the other in `data`.
    ///
    /// # Errors
    /// `data` has another length than `nrows * ncols`.
    pub fn from_column_major(data: &'a [T], nrows: usize, ncols: usize) -> Result<Self> {
        Ok(Self::from_row_major(data, ncols, nrows)?.transpose())
    }

    /// The number of rows.
    #[inline]
    pub fn nrows(&self) -> usize {
        self.nrows
    }
    /// The number of columns.
    #[inline]
    pub fn ncols(&self) -> usize {
        self.ncols
    }
    /// `[nrows, ncols]`.
    pub fn shape(&self) -> [usize; 2] {
        [self.nrows, self.ncols]
    }
    /// Elements from one row to the next.
    #[inline]
    pub fn row_stride(&self) -> isize {
        self.rs
    }
    /// Elements from one column to the next.
    #[inline]
    pub fn col_stride(&self) -> isize {
        self.cs
    }
    /// The address of element (0, 0).
    #[inline]
    pub fn as_ptr(&self) -> *const T {
        self.ptr
    }

    /// Element (i, j).
    ///
    /// # Panics
    /// Outside the matrix.
    #[inline]
    pub fn get(&self, i: usize, j: usize) -> T {
        assert!(i < self.nrows && j < self.ncols, "({i}, {j}) lies outside a {:?} matrix", self.shape());
        // SAFETY: inside the matrix, where every element is readable.
        unsafe { *self.ptr.offset(i as isize * self.rs + j as isize * self.cs) }
    }

    /// Neither NaN nor infinity in any element.
    pub fn is_finite(&self) -> bool {
        (0..self.nrows).all(|i| (0..self.ncols).all(|j| self.get(i, j).is_finite()))
    }

    /// The transpose, at no cost.
    #[inline]
    pub fn transpose(self) -> Self {
        Self { nrows: self.ncols, ncols: self.nrows, rs: self.cs, cs: self.rs, ..self }
    }

    /// Rows `r0..r0+m` of columns `c0..c0+n`.
    ///
    /// # Panics
    /// If the block reaches outside the matrix.
    #[inline]
    pub fn block(self, r0: usize, c0: usize, m: usize, n: usize) -> Self {
        let ptr = self.ptr.wrapping_offset(block_offset(self.shape(), (self.rs, self.cs), [r0, c0, m, n]));
        Self { ptr, nrows: m, ncols: n, ..self }
    }

    /// Row i as a slice, if the matrix is row-major.
    #[inline]
    pub(crate) fn row(&self, i: usize) -> &'a [T] {
        assert!(i < self.nrows && (self.cs == 1 || self.ncols < 2), "not a row of contiguous elements");
        // SAFETY: the row's elements are readable for 'a and consecutive.
        unsafe { std::slice::from_raw_parts(self.ptr.offset(i as isize * self.rs), self.ncols) }
    }

    /// An owned row-major copy.
    ///
    /// # Panics
    /// If the memory for it is refused.
    pub fn to_mat(&self) -> Mat<T> {
        Mat::from_fn(self.nrows, self.ncols, |i, j| self.get(i, j))
    }
}

impl<'a, T: Scalar> MatMut<'a, T> {
    /// A writable view of raw memory.
    ///
    /// # Safety
    /// For all i < nrows, j < ncols the element at `ptr + i*row_stride + j*col_stride` is readable and writable, no
    /// two of them overlap, and nobody else touches them for the lifetime `'a`. They may be uninitialized if nothing
    /// is read before it is written.
    #[inline]
    pub unsafe fn from_raw_parts(
        ptr: *mut T,
        nrows: usize,
        ncols: usize,
        row_stride: isize,
        col_stride: isize,
    ) -> Self {
        Self { ptr, nrows, ncols, rs: row_stride, cs: col_stride, borrow: PhantomData }
    }

    /// The writable nrows x ncols matrix whose rows stand one after the other in `data`.
    ///
    /// # Errors
    /// `data` has another length than `nrows * ncols`.
    pub fn from_row_major(data: &'a mut [T], nrows: usize, ncols: usize) -> Result<Self> {
        check_len::<T>(data.len(), nrows, ncols)?;
        // SAFETY: the length was checked, and the unique borrow of `data` lasts for 'a.
        Ok(unsafe { Self::from_raw_parts(data.as_mut_ptr(), nrows, ncols, ncols as isize, 1) })
    }

    /// The number of rows.
    #[inline]
    pub fn nrows(&self) -> usize {
        self.nrows
    }
    /// The number of columns.
    #[inline]
    pub fn ncols(&self) -> usize {
        self.ncols
    }
    /// `[nrows, ncols]`.
    pub fn shape(&self) -> [usize; 2] {
        [self.nrows, self.ncols]
    }
    /// Elements from one row to the next.
    #[inline]
    pub fn row_stride(&self) -> isize {
        self.rs
    }
    /// Elements from one column to the next.
    #[inline]
    pub fn col_stride(&self) -> isize {
        self.cs
    }
    /// The address of element (0, 0).
    #[inline]
    pub fn as_mut_ptr(&mut self) -> *mut T {
        self.ptr
    }

    /// The same matrix, read only.
    #[inline]
    pub fn as_ref(&self) -> MatRef<'_, T> {
        // SAFETY: what is writable by us alone is readable while we are borrowed.
        unsafe { MatRef::from_raw_parts(self.ptr, self.nrows, self.ncols, self.rs, self.cs) }
    }
    /// The same matrix for a shorter while.
    #[inline]
    pub fn reborrow(&mut self) -> MatMut<'_, T> {
        MatMut { borrow: PhantomData, ..*self }
    }
    /// The transpose, at no cost.
    #[inline]
    pub fn transpose(self) -> Self {
        Self { nrows: self.ncols, ncols: self.nrows, rs: self.cs, cs: self.rs, ..self }
    }
    /// Rows `r0..r0+m` of columns `c0..c0+n`.
    ///
    /// # Panics
    /// If the block reaches outside the matrix.
    #[inline]
    pub fn block(self, r0: usize, c0: usize, m: usize, n: usize) -> Self {
        let ptr = self.ptr.wrapping_offset(block_offset(self.shape(), (self.rs, self.cs), [r0, c0, m, n]));
        Self { ptr, nrows: m, ncols: n, ..self }
    }
    /// The first `r` rows and the others.
    ///
    /// # Panics
    /// If there are fewer than `r` rows.
    #[inline]
    pub fn split_rows(self, r: usize) -> (Self, Self) {
        let (m, n) = (self.nrows, self.ncols);
        assert!(r <= m, "{m} rows cannot be split after {r}");
        let below = self.ptr.wrapping_offset(if r < m { r as isize * self.rs } else { 0 });
        (Self { nrows: r, ..self }, Self { ptr: below, nrows: m - r, ncols: n, ..self })
    }
    /// The first `c` columns and the others.
    ///
    /// # Panics
    /// If there are fewer than `c` columns.
    #[inline]
    pub fn split_cols(self, c: usize) -> (Self, Self) {
        let (left, right) = self.transpose().split_rows(c);
        (left.transpose(), right.transpose())
    }

    /// Writes element (i, j).
    ///
    /// # Panics
    /// Outside the matrix.
    #[inline]
    pub fn set(&mut self, i: usize, j: usize, value: T) {
        assert!(i < self.nrows && j < self.ncols, "({i}, {j}) lies outside a {:?} matrix", self.shape());
        // SAFETY: inside the matrix, where every element is writable by us alone.
        unsafe { self.ptr.offset(i as isize * self.rs + j as isize * self.cs).write(value) }
    }

    /// Row i as a slice, if the matrix is row-major.
    #[inline]
    pub(crate) fn row_mut(&mut self, i: usize) -> &mut [T] {
        assert!(i < self.nrows && (self.cs == 1 || self.ncols < 2), "not a row of contiguous elements");
        // SAFETY: the row's elements are ours alone, consecutive, and T is plain numbers.
        unsafe { std::slice::from_raw_parts_mut(self.ptr.offset(i as isize * self.rs), self.ncols) }
    }

    /// Exchanges two rows of a row-major matrix.
    #[inline]
    pub(crate) fn swap_rows(&mut self, kernels: &Kernels<T>, i: usize, k: usize) {
        assert!(i < self.nrows && k < self.nrows && (self.cs == 1 || self.ncols < 2));
        if i != k {
            // SAFETY: two different rows of a matrix whose elements do not overlap.
            unsafe {
                let row = |r: usize| self.ptr.offset(r as isize * self.rs);
                (kernels.vector.swap)(self.ncols, row(i), row(k));
            }
        }
    }

    /// Every element becomes `value`.
    pub(crate) fn fill(&mut self, value: T) {
        for i in 0..self.nrows {
            for j in 0..self.ncols {
                // SAFETY: inside the matrix.
                unsafe { self.ptr.offset(i as isize * self.rs + j as isize * self.cs).write(value) }
            }
        }
    }

    /// Copies a matrix of the same shape, in tiles that suit both layouts.
    pub(crate) fn copy_from(&mut self, source: MatRef<'_, T>) {
        assert_eq!(self.shape(), source.shape(), "a copy keeps the shape");
        if self.cs == 1 && source.cs == 1 {
            let dense = self.ncols as isize;
            if self.rs == dense && source.rs == dense {
                // SAFETY: all rows of both, one after the other; the source is borrowed, so it is not the destination.
                unsafe { std::ptr::copy_nonoverlapping(source.ptr, self.ptr, self.nrows * self.ncols) };
                return;
            }
            for i in 0..self.nrows {
                // SAFETY: row i of both, consecutive; the source is borrowed, so it is not the destination.
                unsafe {
                    std::ptr::copy_nonoverlapping(
                        source.ptr.offset(i as isize * source.rs),
                        self.ptr.offset(i as isize * self.rs),
                        self.ncols,
                    );
                }
            }
            return;
        }
        // Tiles of 8 x 8 use a whole cache line of either side before it is evicted.
        const TILE: usize = 8;
        for i0 in (0..self.nrows).step_by(TILE) {
            for j0 in (0..self.ncols).step_by(TILE) {
                for i in i0..(i0 + TILE).min(self.nrows) {
                    for j in j0..(j0 + TILE).min(self.ncols) {
                        let (i, j) = (i as isize, j as isize);
                        // SAFETY: inside both matrices.
                        unsafe {
                            *self.ptr.offset(i * self.rs + j * self.cs) =
                                *source.ptr.offset(i * source.rs + j * source.cs);
                        }
                    }
                }
            }
        }
    }
}

pub(super) fn check_len<T>(len: usize, nrows: usize, ncols: usize) -> Result<()> {
    let shape = [nrows, ncols];
    let needed = check_size::<T>(&shape)?;
    if needed == len { Ok(()) } else { Err(Error::WrongLength { shape: shape.to_vec(), needed, len }) }
}

/// Where a block begins; an empty block begins where the matrix does, so that no address leaves it.
#[inline]
fn block_offset(shape: [usize; 2], (rs, cs): (isize, isize), [r0, c0, m, n]: [usize; 4]) -> isize {
    // No sum that could wrap around: safe code calls this.
    let fits = |start: usize, len: usize, extent: usize| start <= extent && len <= extent - start;
    assert!(
        fits(r0, m, shape[0]) && fits(c0, n, shape[1]),
        "block {m} x {n} at ({r0}, {c0}) of a {shape:?} matrix"
    );
    if m == 0 || n == 0 { 0 } else { r0 as isize * rs + c0 as isize * cs }
}

impl<T: Scalar> fmt::Debug for MatRef<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let row = |i| (0..self.ncols).map(|j| self.get(i, j)).collect::<Vec<_>>();
        f.debug_list().entries((0..self.nrows).map(row)).finish()
    }
}

impl<T: Scalar> fmt::Debug for MatMut<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_ref().fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[should_panic(expected = "block 2 x 2")]
    fn no_block_wraps_around() {
        let data = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0];
        MatRef::from_row_major(&data[2..], 2, 2).unwrap().block(usize::MAX, 0, 2, 2);
    }
}
