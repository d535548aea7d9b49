//! Square matrices whose rank is full beyond doubt: their pseudoinverse is the inverse, and no singular value need be known.

use resolvent_kernels::Scalar;

use super::Cutoff;
use crate::error::Result;
use crate::factor::Wide;
use crate::inverse::inv_into;
use crate::matrix::{MatRef, Stack, StackRef, check_size, filled, with_room};
use crate::quality::{Detail, Options, Status};

/// Inverses in double precision, of those that are sure.
pub(super) struct Regular<W: Scalar> {
    inverses: Stack<W>,
    sure: Vec<bool>,
}

impl<W: Wide> Regular<W> {
    /// None if the matrices are not square, or nothing can be said.
    ///
    /// With `k = |A|_1 |A^-1|_1`, no singular value is below `1 / (n k)` times the largest, since no 2-norm is more than
    /// `sqrt(n)` times the 1-norm. A matrix is sure if that is twice the cutoff, and so far above rounding that k is known to
    /// half a digit at least (`higham2002accuracy`, section 6.2 and chapter 14).
    pub(super) fn of<T: Scalar>(a: &StackRef<'_, T>, cutoff: Cutoff<'_>) -> Result<Option<Self>> {
        let n = a.nrows();
        if n != a.ncols() || n == 0 || a.is_empty() || matches!(cutoff, Cutoff::Absolute(_)) {
            return Ok(None);
        }
        let mut elements = with_room(check_size::<W>(&a.shape())?)?;
        for index in 0..a.len() {
            let matrix = a.matrix(index);
            (0..n).for_each(|i| elements.extend((0..n).map(|j| W::of(matrix.get(i, j)))));
        }
        let wide = Stack::from_vec(elements, &a.shape())?;
        let mut inverses = Stack::zeros(&a.shape())?;
        let options = Options { cursory: true, ..Detail::Full.into() };
        let info = inv_into(&wide.as_ref(), &mut inverses.as_mut(), options)?;
        let mut sure = filled(a.len(), false)?;
        for (index, sure) in sure.iter_mut().enumerate() {
            let least = info.rcond[index] / n as f64;
            let answered = matches!(info.status[index], Status::Ok | Status::IllConditioned);
            let clear = least > 1e3 * n as f64 * f64::EPSILON;
            *sure =
                answered && clear && cutoff.relative(index, a).is_some_and(|relative| least > 2.0 * relative);
        }
        Ok(Some(Self { inverses, sure }))
    }

    /// Is the rank of that matrix full beyond doubt?
    pub(super) fn is_sure(&self, index: usize) -> bool {
        self.sure[index]
    }

    /// Its inverse, if so.
    pub(super) fn inverse(&self, index: usize) -> Option<MatRef<'_, W>> {
        self.sure[index].then(|| self.inverses.as_ref().matrix(index))
    }
}
