//! Memory that may be refused: allocation that returns an error instead of aborting the host program.

use std::alloc::{Layout, alloc_zeroed};
use std::cell::RefCell;
use std::marker::PhantomData;
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

/// A cache line, and the widest SIMD register.
pub(super) const ALIGNMENT: usize = 64;

/// What a thread keeps of the memory its calls gave back, in bytes: matrices of order 1000, or packed blocks. To get fresh
/// pages from the system takes longer than to factor a matrix of order 100 that lies in them.
const KEPT: usize = 16 << 20;

/// A piece of memory of any content, a whole number of numbers of the widest type.
type Block = Vec<f64>;

thread_local! {
    static BLOCKS: RefCell<Vec<Block>> = const { RefCell::new(Vec::new()) };
}

/// The smallest kept block of at least `len` numbers.
fn kept(len: usize) -> Option<Block> {
    let take = |blocks: &RefCell<Vec<Block>>| {
        let mut blocks = blocks.borrow_mut();
        let fits = blocks.iter().enumerate().filter(|(_, block)| block.len() >= len);
        let (place, _) = fits.min_by_key(|(_, block)| block.len())?;
        Some(blocks.remove(place))
    };
    // The thread may be ending.
    BLOCKS.try_with(take).ok().flatten()
}

/// Keeps a block, and drops others, those kept longest first, if that is too much in all.
fn keep(block: Block) {
    let bytes = |block: &Block| size_of_val(block.as_slice());
    if bytes(&block) > KEPT {
        return;
    }
    // If the thread is ending the block goes with the closure.
    let _ = BLOCKS.try_with(move |blocks| {
        let mut blocks = blocks.borrow_mut();
        blocks.push(block);
        while blocks.iter().map(bytes).sum::<usize>() > KEPT {
            blocks.remove(0);
        }
    });
}

/// Memory for the length of one call, on a cache line. What is in it is anything, and the thread keeps it for the next.
#[derive(Debug)]
pub(crate) struct AlignedBuffer<T> {
    block: Block,
    start: usize,
    len: usize,
    of: PhantomData<T>,
}

impl<T: Scalar> AlignedBuffer<T> {
    pub(crate) fn new(len: usize) -> Result<Self> {
        const LINE: usize = ALIGNMENT / size_of::<f64>();
        let refused = || Error::OutOfMemory { bytes: len.saturating_mul(size_of::<T>()) };
        let bytes = len.checked_mul(size_of::<T>()).ok_or_else(refused)?;
        let room = bytes.div_ceil(size_of::<f64>()).saturating_add(LINE);
        let block = match kept(room) {
            Some(block) => block,
            None => zeroed::<f64>(room).map_err(|_| refused())?,
        };
        let start = block.as_ptr().align_offset(ALIGNMENT).min(LINE);
        Ok(Self { block, start, len, of: PhantomData })
    }

    pub(crate) fn as_slice(&self) -> &[T] {
        let first = self.block[self.start..].as_ptr();
        // SAFETY: as in `as_mut_slice`, for reading.
        unsafe { std::slice::from_raw_parts(first.cast(), self.len) }
    }

    pub(crate) fn as_mut_slice(&mut self) -> &mut [T] {
        let first = self.block[self.start..].as_mut_ptr();
        // SAFETY: `new` made room for `len` elements behind the start, which is aligned to a cache line; every pattern of
        // bits is a number, and the block is borrowed as long as the slice.
        unsafe { std::slice::from_raw_parts_mut(first.cast(), self.len) }
    }
}

impl<T> Drop for AlignedBuffer<T> {
    fn drop(&mut self) {
        keep(std::mem::take(&mut self.block));
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
