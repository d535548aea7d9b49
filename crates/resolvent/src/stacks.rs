//! How every driver walks a stack: tasks for threads, groups of matrices for the small kernels, a report for each.

use std::ops::Range;

use resolvent_kernels::table::{Group, LANES_MAX, Verdict};
use resolvent_kernels::{Isa, Kernels, Real, Scalar};

use crate::error::{Error, Result};
use crate::matrix::{AlignedBuffer, MatMut, MatRef, StackMut, StackRef, check_size, with_room};
use crate::parallel;
use crate::plan::{Plan, Verb};
use crate::quality::{Detail, Info, Sink};

/// The kernels in force and the plan for `stack` matrices of that order.
pub(crate) fn plan<T: Scalar>(verb: Verb, order: usize, stack: usize) -> Result<(&'static Kernels<T>, Plan)> {
    let kernels = T::kernels(Isa::active()?);
    let plan = Plan::new(verb, order, stack, kernels, parallel::num_threads()?);
    Ok((kernels, plan))
}

/// The way a call would take: `verb` on `stack` matrices of that order and type `T`, on this machine, now.
///
/// # Errors
/// `RESOLVENT_ISA` or `RESOLVENT_NUM_THREADS` ask for what is not there.
///
/// # Example
/// ```
/// let plan = resolvent::plan_for::<f64>(resolvent::Verb::Invert, 3, 1_000_000)?;
/// assert_eq!(plan.method, resolvent::Method::Small);
/// println!("{plan}");
/// # Ok::<(), resolvent::Error>(())
/// ```
pub fn plan_for<T: Scalar>(verb: Verb, order: usize, stack: usize) -> Result<Plan> {
    Ok(plan::<T>(verb, order, stack)?.1)
}

/// The order of square matrices, or the error that they are not square, or that a copy of one could not exist (a view
/// with strides of zero may be of any size).
pub(crate) fn order<T: Scalar>(a: &StackRef<'_, T>) -> Result<usize> {
    if a.nrows() != a.ncols() {
        return Err(Error::NotSquare { shape: a.shape() });
    }
    check_size::<T>(&[a.nrows(), a.ncols()])?;
    Ok(a.nrows())
}

/// Runs `task` for every range of matrices that the plan makes one task, on the plan's threads. Gathers what the tasks
/// return and report, in order; the first error of a task ends it.
pub(crate) fn run<V, F>(plan: &Plan, batch: &[usize], detail: Detail, task: F) -> Result<(Vec<V>, Info)>
where
    V: Send,
    F: Fn(Range<usize>, &mut Sink<'_>) -> Result<V> + Sync + Send,
{
    let mut info = Info::new(batch, plan.stack, plan.method, detail)?;
    if plan.order == 0 {
        // The empty matrix is its own inverse, and perfectly conditioned.
        info.rcond.fill(1.0);
        return Ok((Vec::new(), info));
    }
    let sinks = info.sinks(plan.stack, plan.chunk)?;
    let mut tasks: Vec<(Sink<'_>, Option<Result<V>>)> = with_room(sinks.len())?;
    tasks.extend(sinks.into_iter().map(|sink| (sink, None)));
    parallel::enter(plan.threads(), || {
        parallel::for_each_mut(plan.outer_threads, &mut tasks, |index, (sink, outcome)| {
            let first = index * plan.chunk;
            *outcome = Some(task(first..plan.stack.min(first + plan.chunk), sink));
        });
    })?;
    let (mut values, mut tallies) = (with_room(tasks.len())?, with_room(tasks.len())?);
    for (sink, outcome) in tasks {
        values.extend(outcome.transpose()?);
        tallies.push(sink.finish());
    }
    info.gather(tallies);
    Ok((values, info))
}

/// The addresses of one group of matrices as a kernel reads them.
pub(crate) fn addresses<'s, T: Scalar>(
    room: &'s mut [*const T; LANES_MAX],
    stack: &StackRef<'_, T>,
    range: Range<usize>,
) -> Group<'s, *const T> {
    let ptrs = &mut room[..range.len()];
    for (ptr, index) in ptrs.iter_mut().zip(range) {
        *ptr = stack.matrix(index).as_ptr();
    }
    Group { ptrs, rs: stack.row_stride(), cs: stack.col_stride() }
}

/// The addresses of one group of matrices as a kernel writes them.
///
/// # Safety
/// No view of these matrices is alive, nor is one made before the kernel is done.
pub(crate) unsafe fn addresses_mut<'s, T: Scalar>(
    room: &'s mut [*mut T; LANES_MAX],
    stack: &StackMut<'_, T>,
    range: Range<usize>,
) -> Group<'s, *mut T> {
    let ptrs = &mut room[..range.len()];
    for (ptr, index) in ptrs.iter_mut().zip(range) {
        // SAFETY: the caller's promise.
        *ptr = unsafe { stack.matrix_unchecked(index) }.as_mut_ptr();
    }
    Group { ptrs, rs: stack.row_stride(), cs: stack.col_stride() }
}

/// Cuts a task into groups of at most as many matrices as the kernels of [`Small`] have lanes, and calls `group` with
/// the range of each, room for its verdicts, and the workspace that those kernels want for order n and k right-hand
/// sides, on a cache line.
///
/// [`Small`]: resolvent_kernels::table::Small
pub(crate) fn for_each_group<T: Scalar>(
    kernels: &Kernels<T>,
    (n, k): (usize, usize),
    task: Range<usize>,
    mut group: impl FnMut(Range<usize>, &mut [Verdict<T::Real>], *mut T::Real) -> Result<()>,
) -> Result<()> {
    let lanes = kernels.small.lanes;
    let mut work = AlignedBuffer::new((kernels.small.workspace)(n, k))?;
    let zero = T::Real::ZERO;
    let verdict = Verdict { zero_pivot: None, finite: true, odd: false, rcond: zero, backward_error: zero };
    let mut verdicts = [verdict; LANES_MAX];
    for start in task.clone().step_by(lanes) {
        let range = start..task.end.min(start + lanes);
        let verdicts = &mut verdicts[..range.len()];
        group(range, verdicts, work.as_mut_slice().as_mut_ptr())?;
    }
    Ok(())
}

/// A row-major copy of a matrix in `memory`.
pub(crate) fn row_major_copy<'m, T: Scalar>(memory: &'m mut [T], a: MatRef<'_, T>) -> Result<MatMut<'m, T>> {
    let mut copy = MatMut::from_row_major(memory, a.nrows(), a.ncols())?;
    copy.copy_from(a);
    Ok(copy)
}
