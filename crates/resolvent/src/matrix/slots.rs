//! Places that the tasks of a stack write, each its own.

use std::marker::PhantomData;

/// A mutable slice whose items are written through a shared borrow.
pub(crate) struct Slots<'a, U> {
    ptr: *mut U,
    len: usize,
    borrow: PhantomData<&'a mut [U]>,
}

// SAFETY: items are only written, by `put`, whose caller keeps the threads apart.
unsafe impl<U: Send> Sync for Slots<'_, U> {}

impl<'a, U: Copy> Slots<'a, U> {
    pub(crate) fn new(items: &'a mut [U]) -> Self {
        Self { ptr: items.as_mut_ptr(), len: items.len(), borrow: PhantomData }
    }

    /// Writes item `index`.
    ///
    /// # Safety
    /// No other thread writes the same item.
    ///
    /// # Panics
    /// There is no such item.
    #[inline]
    pub(crate) unsafe fn put(&self, index: usize, item: U) {
        assert!(index < self.len, "item {index} of {}", self.len);
        // SAFETY: inside the slice that is borrowed; the caller keeps writers apart.
        unsafe { *self.ptr.add(index) = item }
    }
}
