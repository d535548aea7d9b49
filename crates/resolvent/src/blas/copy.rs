//! A copy of a matrix, and its norm in passing.

use resolvent_kernels::{Real, Scalar};

use super::Context;
use crate::error::Result;
use crate::matrix::{MatMut, MatRef, with_room, zeroed};
use crate::parallel;
use crate::plan::COPY_ROWS;

/// Copies A into a row-major matrix, and returns `|A|_1`. Threads share the rows, whose column sums are added up in order.
pub(crate) fn copy_with_norm<T: Scalar>(
    context: Context<'_, T>,
    a: MatRef<'_, T>,
    to: MatMut<'_, T>,
) -> Result<T::Real> {
    let (m, n) = (a.nrows(), a.ncols());
    assert!(to.shape() == [m, n] && (to.col_stride() == 1 || n < 2), "a row-major matrix of the same shape");
    let mut sums = zeroed::<T::Real>(m.div_ceil(COPY_ROWS).max(1) * n)?;
    let mut work = with_room(m.div_ceil(COPY_ROWS))?;
    let mut rest = to;
    for (i, sums) in (0..m).step_by(COPY_ROWS).zip(sums.chunks_exact_mut(n.max(1))) {
        let (rows, others) = rest.split_rows(COPY_ROWS.min(m - i));
        work.push((rows, sums));
        rest = others;
    }
    parallel::for_each_mut(context.threads(), &mut work, |i, (rows, sums)| {
        rows.copy_from(a.block(i * COPY_ROWS, 0, rows.nrows(), n));
        let (count, rs) = (rows.nrows(), rows.row_stride());
        // SAFETY: rows of n contiguous elements, and as many sums.
        unsafe { (context.kernels.vector.column_sums)(count, n, rows.as_mut_ptr(), rs, sums.as_mut_ptr()) };
    });
    drop(work);
    let column = |j: usize| sums[j..].iter().step_by(n).fold(T::Real::ZERO, |sum, &part| sum + part);
    Ok((0..n).map(column).fold(T::Real::ZERO, |largest, sum| sum.max_nan(largest)))
}

/// Copies a matrix, a few rows in a task.
pub(crate) fn copy<T: Scalar>(threads: usize, a: MatRef<'_, T>, mut to: MatMut<'_, T>) {
    let m = a.nrows();
    // One thread does it without a list of tasks, for which there may be no memory.
    let (true, Ok(mut work)) = (threads > 1 && m > COPY_ROWS, with_room(m.div_ceil(COPY_ROWS))) else {
        return to.copy_from(a);
    };
    let mut rest = to;
    for i in (0..m).step_by(COPY_ROWS) {
        let (rows, others) = rest.split_rows(COPY_ROWS.min(m - i));
        work.push((i, rows));
        rest = others;
    }
    parallel::for_each_mut(threads, &mut work, |_, (i, rows)| {
        rows.copy_from(a.block(*i, 0, rows.nrows(), a.ncols()));
    });
}
