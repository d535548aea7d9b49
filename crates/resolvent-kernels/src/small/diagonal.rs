//! The divisors of a triangle's diagonal, kept for as often as they are needed.

use super::pack::Pack;
use crate::divisor::Divisor;
use crate::lanes::Lanes;
use crate::number::Number;
use crate::scalar::Real;

/// Numbers a [`Diagonal`] keeps for each divisor.
pub(crate) const WIDTH: usize = 4;

/// The divisors of a diagonal, and the rows they came from, in a pack of n x [`WIDTH`].
#[derive(Clone, Copy)]
pub(crate) struct Diagonal<N: Number>(pub(super) Pack<N>);

impl<N: Number> Diagonal<N> {
    /// # Safety
    /// Row i is inside the pack.
    #[inline(always)]
    pub(crate) unsafe fn put(self, i: usize, d: Divisor<N>, row: N::Lanes) {
        // SAFETY: the pack is WIDTH numbers wide; a number is at least as long as its lanes.
        unsafe {
            self.0.put(i, 0, d.reciprocal);
            self.0.put(i, 1, d.value);
            d.scale.store(self.0.at(i, 2));
            row.store(self.0.at(i, 3));
        }
    }

    /// # Safety
    /// Row i is inside the pack and has been written.
    #[inline(always)]
    pub(crate) unsafe fn get(self, i: usize) -> Divisor<N> {
        // SAFETY: as `put` wrote it.
        unsafe {
            Divisor {
                reciprocal: self.0.get(i, 0),
                value: self.0.get(i, 1),
                scale: N::Lanes::load(self.0.at(i, 2)),
            }
        }
    }

    /// The row with which row i was exchanged.
    ///
    /// # Safety
    /// As [`Diagonal::get`].
    #[inline(always)]
    pub(super) unsafe fn row(self, i: usize) -> N::Lanes {
        // SAFETY: as `put` wrote it.
        unsafe { N::Lanes::load(self.0.at(i, 3)) }
    }

    /// [`Diagonal::row`] of a single number.
    ///
    /// # Safety
    /// As [`Diagonal::get`].
    #[inline(always)]
    pub(super) unsafe fn row_number(self, i: usize) -> usize {
        // SAFETY: as `put` wrote it; row numbers are whole and small.
        unsafe { (*self.0.at(i, 3)).to_f64().to_int_unchecked::<i32>() as usize }
    }

    /// The divisor of row i in every lane.
    ///
    /// # Safety
    /// As [`Diagonal::get`].
    #[inline(always)]
    pub(super) unsafe fn get_wide<V: Number<One = N, Scalar = N::Scalar>>(self, i: usize) -> Divisor<V> {
        // SAFETY: as `put` wrote it; a single number's parts follow each other.
        unsafe {
            Divisor {
                reciprocal: V::splat_planar(self.0.at(i, 0), 1),
                value: V::splat_planar(self.0.at(i, 1), 1),
                scale: V::Lanes::splat(*self.0.at(i, 2)),
            }
        }
    }
}
