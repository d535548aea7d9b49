//! Memory that may be refused: allocation that returns an error instead of aborting the host program.

use std::alloc::{Layout, alloc_zeroed};
use std::mem::MaybeUninit;

use resolvent_kernels::Scalar;

use crate::error::{Error, Result};

/// The number of elements of a shape, if an array of `T` of that shape can exist.
pub(crate) fn check_size<T>(shape: &[usize]) -> Result<usize> {
    let limit = isize::MAX as usize / size_of::<T>().max(1);
    let mut count = 1_usize;
    let mut empty = false;
    for &extent in shape {
        empty |= extent == 0;
        count = match count.checked_mul(extent.max(1)) {
            Some(product) if product <= limit => product,
            _ => return Err(Error::TooLarge { shape: shape.to_vec() }),
        };
    }
    Ok(if empty { 0 } else { count })
}

/// An empty vector with room for `capacity` items, or the error that it cannot be had.
pub(crate) fn with_room<I>(capacity: usize) -> Result<Vec<I>> {
    let mut vector = Vec::new();
    vector
        .try_reserve_exact(capacity)
        .map_err(|_| Error::OutOfMemory { bytes: capacity.saturating_mul(size_of::<I>()) })?;
    Ok(vector)
}

/// `len` times the same value, or the error that they cannot be had.
pub(crate) fn filled<I: Clone>(len: usize, value: I) -> Result<Vec<I>> {
    let mut vector = with_room(len)?;
    vector.resize(len, value);
    Ok(vector)
}

/// `len` zeros, or the error that they cannot be had. Large memory comes zeroed from the system, page by page when it is
/// first touched, by the thread that touches it.
pub(crate) fn zeroed<T: Scalar>(len: usize) -> Result<Vec<T>> {
    let refused = || Error::OutOfMemory { bytes: len.saturating_mul(size_of::<T>()) };
    let layout = Layout::array::<T>(len).map_err(|_| refused())?;
    if layout.size() == 0 {
        return Ok(Vec::new());
    }
    // SAFETY: the layout is not empty. A scalar is one or two IEEE numbers, whose zero is all bits zero. The vector
    // takes over memory of the global allocator with the layout of `len` elements.
    unsafe {
        let memory = alloc_zeroed(layout).cast::<T>();
        if memory.is_null() { Err(refused()) } else { Ok(Vec::from_raw_parts(memory, len, len)) }
    }
}

/// Zeroed memory that starts on a cache line, as packed panels want it.
#[derive(Debug)]
pub(crate) struct AlignedBuffer<T> {
    buffer: Vec<T>,
    start: usize,
    len: usize,
}

/// A cache line, and the widest SIMD register.
const ALIGNMENT: usize = 64;

impl<T: Scalar> AlignedBuffer<T> {
    pub(crate) fn new(len: usize) -> Result<Self> {
        let buffer = zeroed::<T>(len.saturating_add(ALIGNMENT / size_of::<T>()))?;
        let start = buffer.as_ptr().align_offset(ALIGNMENT).min(ALIGNMENT / size_of::<T>());
        Ok(Self { buffer, start, len })
    }

    pub(crate) fn as_mut_slice(&mut self) -> &mut [T] {
        &mut self.buffer[self.start..self.start + self.len]
    }
}

/// Bytes of workspace that need no allocation: enough for order 8 of every type on every instruction set.
const STACKED: usize = 28 << 10;

/// Workspace for one call of a kernel: on the stack if it fits, so that one small matrix costs no allocation.
pub(crate) struct Scratch<R> {
    stacked: Stacked,
    heap: Option<AlignedBuffer<R>>,
}

#[repr(align(64))]
struct Stacked(MaybeUninit<[u8; STACKED]>);

impl<R: Scalar> Scratch<R> {
    #[inline]
    pub(crate) fn new() -> Self {
        Self { stacked: Stacked(MaybeUninit::uninit()), heap: None }
    }

    /// Room for `len` numbers on a cache line; what is in it is anything.
    #[inline]
    pub(crate) fn get(&mut self, len: usize) -> Result<*mut R> {
        if len <= STACKED / size_of::<R>() {
            return Ok(self.stacked.0.as_mut_ptr().cast());
        }
        let heap = self.heap.insert(AlignedBuffer::new(len)?);
        Ok(heap.as_mut_slice().as_mut_ptr())
    }
}
