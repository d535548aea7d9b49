//! A matrix as the loops over its inside see it, be it one in every lane or one alone.

use super::diagonal::Diagonal;
use super::pack::Pack;
use crate::divisor::Divisor;
use crate::number::Number;

/// What the loops over the inside of a matrix see of it: rows of registers, and elements to multiply them by. In a
/// [`Pack`] both are the same.
pub(crate) trait Block<V: Number>: Copy {
    /// The number of which the matrix is made.
    type Single: Number;
    /// From element (i, j) on.
    ///
    /// # Safety
    /// It is inside, or just behind.
    unsafe fn from(self, i: usize, j: usize) -> Self;
    /// From register v of each row on.
    ///
    /// # Safety
    /// It is inside, or just behind.
    unsafe fn right(self, v: usize) -> Self;
    /// Element (i, j), to multiply a row by.
    ///
    /// # Safety
    /// It is inside.
    unsafe fn coefficient(self, i: usize, j: usize) -> V;
    /// Register v of row i.
    ///
    /// # Safety
    /// It is inside.
    unsafe fn row(self, i: usize, v: usize) -> V;
    /// Writes register v of row i.
    ///
    /// # Safety
    /// It is inside.
    unsafe fn put_row(self, i: usize, v: usize, x: V);
    /// Divisor i, for a row.
    ///
    /// # Safety
    /// It has been written.
    unsafe fn divisor(diagonal: Diagonal<Self::Single>, i: usize) -> Divisor<V>;
    /// Moves row i of U, with the other sign, to the first row of `spare`: what lies right of the diagonal. In its place
    /// come the elements of the identity, with the other sign.
    ///
    /// # Safety
    /// Both have rows of so many registers.
    unsafe fn open(self, vectors: usize, i: usize, spare: Self);
}

impl<N: Number> Block<N> for Pack<N> {
    type Single = N;
    #[inline(always)]
    unsafe fn from(self, i: usize, j: usize) -> Self {
        // SAFETY: the caller's promise.
        unsafe { Pack::from(self, i, j) }
    }
    #[inline(always)]
    unsafe fn right(self, v: usize) -> Self {
        // SAFETY: the caller's promise.
        unsafe { Pack::from(self, 0, v) }
    }
    #[inline(always)]
    unsafe fn coefficient(self, i: usize, j: usize) -> N {
        // SAFETY: the caller's promise.
        unsafe { self.get(i, j) }
    }
    #[inline(always)]
    unsafe fn row(self, i: usize, v: usize) -> N {
        // SAFETY: the caller's promise.
        unsafe { self.get(i, v) }
    }
    #[inline(always)]
    unsafe fn put_row(self, i: usize, v: usize, x: N) {
        // SAFETY: the caller's promise.
        unsafe { self.put(i, v, x) }
    }
    #[inline(always)]
    unsafe fn divisor(diagonal: Diagonal<N>, i: usize) -> Divisor<N> {
        // SAFETY: the caller's promise.
        unsafe { diagonal.get(i) }
    }
    #[inline(always)]
    unsafe fn open(self, vectors: usize, i: usize, spare: Self) {
        // SAFETY: the caller's promise.
        unsafe {
            for j in i + 1..vectors {
                spare.put(0, j, self.get(i, j).neg());
                self.put(i, j, N::zero());
            }
            self.put(i, i, N::one().neg());
        }
    }
}
