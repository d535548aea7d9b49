//! How every driver walks a stack: tasks for threads, groups of matrices for the small kernels, a report for each.

use std::cell::RefCell;
use std::ops::Range;

use resolvent_kernels::table::{Group, Mark, Report, Small};
use resolvent_kernels::{Isa, Kernels, Real, Scalar};

use crate::error::{Error, Result};
use crate::matrix::{
    MatMut, MatRef, Scratch, StackMut, StackRef, check_memory, check_size, with_room, zeroed,
};
use crate::parallel;
use crate::plan::{Method, Plan, SMALL_BLOCK, Verb, side_by_side, small_block};
use crate::quality::{Info, Options, Quality, Sink, Verdict, backward_error_above, healthy};

/// The kernels in force and the plan for `stack` matrices of that order.
pub(crate) fn plan<T: Scalar>(verb: Verb, order: usize, stack: usize) -> Result<(&'static Kernels<T>, Plan)> {
    plan_by(None, verb, order, stack)
}

/// [`plan`], perhaps with a method of the caller's choice.
pub(crate) fn plan_by<T: Scalar>(
    forced: Option<Method>,
    verb: Verb,
    order: usize,
    stack: usize,
) -> Result<(&'static Kernels<T>, Plan)> {
    let kernels = T::kernels(Isa::active()?);
    let plan = Plan::new(verb, order, stack, kernels, parallel::num_threads()?, forced);
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

/// Runs `task` for every range of matrices that the plan makes one task, on the plan's threads, and gathers what the
/// tasks report, in order; the first error of a task ends it.
pub(crate) fn run<F>(plan: &Plan, batch: &[usize], options: Options, task: F) -> Result<Info>
where
    F: Fn(Range<usize>, &mut Sink<'_>) -> Result<()> + Sync + Send,
{
    parallel::measured(|| plan.title(), plan.flops(), plan.stack, || tasks(plan, batch, options, task))
}

fn tasks<F>(plan: &Plan, batch: &[usize], options: Options, task: F) -> Result<Info>
where
    F: Fn(Range<usize>, &mut Sink<'_>) -> Result<()> + Sync + Send,
{
    check_memory(plan.bytes)?;
    let mut info = Info::new(batch, plan.stack, plan.method, options.detail)?;
    if plan.order == 0 {
        // The empty matrix is its own inverse, and perfectly conditioned.
        info.rcond.fill(1.0);
        return Ok(info);
    }
    if plan.stack <= plan.chunk {
        // One task: neither lists nor, unless the matrix wants them, threads.
        let mut sink = info.sink(plan.stack, options);
        if plan.stack > 0 {
            parallel::enter(plan.inner_threads, || task(0..plan.stack, &mut sink))??;
        }
        let tally = sink.finish();
        info.gather([tally]);
        return Ok(info);
    }
    let sinks = info.sinks(plan.stack, plan.chunk, options)?;
    let mut tasks: Vec<(Sink<'_>, Result<()>)> = with_room(sinks.len())?;
    tasks.extend(sinks.into_iter().map(|sink| (sink, Ok(()))));
    parallel::enter(plan.threads(), || {
        parallel::for_each_mut(plan.outer_threads, &mut tasks, |index, (sink, outcome)| {
            let first = index * plan.chunk;
            let range = first..plan.stack.min(first + plan.chunk);
            let matrices = range.len();
            *outcome = task(range, sink);
            if plan.method == Method::Small {
                // Kernels for whole matrices count nothing.
                parallel::count((plan.flops() * matrices as f64) as usize);
            }
        });
    })?;
    let mut tallies = with_room(tasks.len())?;
    for (sink, outcome) in tasks {
        outcome?;
        tallies.push(sink.finish());
    }
    info.gather(tallies);
    Ok(info)
}

/// The addresses of one block of matrices as a kernel reads them.
pub(crate) fn addresses<'s, T: Scalar>(
    room: &'s mut [*const T; SMALL_BLOCK],
    stack: &StackRef<'_, T>,
    range: Range<usize>,
) -> Group<'s, *const T> {
    let ptrs = &mut room[..range.len()];
    for (ptr, index) in ptrs.iter_mut().zip(range) {
        *ptr = stack.address(index);
    }
    Group { ptrs, rs: stack.row_stride(), cs: stack.col_stride() }
}

/// The same matrices from their last row upwards, and, if so many columns are given, from their last column too.
pub(crate) fn reversed<'s, P: Copy>(
    group: Group<'_, P>,
    [rows, cols]: [usize; 2],
    room: &'s mut [P; SMALL_BLOCK],
    offset: impl Fn(P, isize) -> P,
) -> Group<'s, P> {
    let (Group { ptrs, rs, cs }, last) = (group, |extent: usize| extent.saturating_sub(1) as isize);
    let to = &mut room[..ptrs.len()];
    for (to, &ptr) in to.iter_mut().zip(ptrs) {
        *to = offset(ptr, last(rows) * rs + last(cols) * cs);
    }
    Group { ptrs: to, rs: -rs, cs: if cols > 0 { -cs } else { cs } }
}

/// The way of a task's answers into the output: straight, or by way of a piece of memory that stays in L1. Written
/// from there in one go, and past the caches if the output is larger than they are, they wait for memory much less than
/// one element at a time.
pub(crate) struct Outlet<'o, T: Scalar> {
    out: &'o StackMut<'o, T>,
    kernels: &'static Kernels<T>,
    /// Empty: straight.
    staged: Vec<T>,
    stream: bool,
}

impl<'o, T: Scalar> Outlet<'o, T> {
    /// For tasks of `plan`, in blocks of that many matrices.
    pub(crate) fn new(
        kernels: &'static Kernels<T>,
        plan: &Plan,
        out: &'o StackMut<'o, T>,
        block: usize,
    ) -> Result<Self> {
        let worth = plan.stack > block && out.is_dense();
        let staged = if worth { zeroed(block * out.nrows() * out.ncols())? } else { Vec::new() };
        Ok(Self { out, kernels, staged, stream: plan.stream })
    }

    /// Has a kernel write the answers of a block of matrices.
    ///
    /// # Safety
    /// No view of these matrices is alive, nor is one made before this returns; no other thread writes them.
    pub(crate) unsafe fn fill<R>(
        &mut self,
        block: Range<usize>,
        kernel: impl FnOnce(Group<'_, *mut T>) -> R,
    ) -> R {
        let mut room = [std::ptr::null_mut(); SMALL_BLOCK];
        let ptrs = &mut room[..block.len()];
        let (first, size) = (block.start, self.out.nrows() * self.out.ncols());
        let (rs, cs) = (self.out.row_stride(), self.out.col_stride());
        if self.staged.is_empty() {
            for (ptr, index) in ptrs.iter_mut().zip(block) {
                // SAFETY: the caller's promise.
                *ptr = unsafe { self.out.matrix_unchecked(index) }.as_mut_ptr();
            }
            return kernel(Group { ptrs, rs, cs });
        }
        let count = block.len() * size;
        for (ptr, matrix) in ptrs.iter_mut().zip(self.staged.chunks_exact_mut(size)) {
            *ptr = matrix.as_mut_ptr();
        }
        let result = kernel(Group { ptrs, rs: self.out.ncols() as isize, cs: 1 });
        // SAFETY: the matrices of the block follow each other, `count` elements in all; the staged ones are elsewhere.
        unsafe {
            let target = self.out.matrix_unchecked(first).as_mut_ptr();
            if self.stream {
                (self.kernels.vector.stream)(count, self.staged.as_ptr(), target);
            } else {
                target.copy_from_nonoverlapping(self.staged.as_ptr(), count);
            }
        }
        result
    }
}

/// Where an operand is.
pub(crate) enum Source<'s, T> {
    Apart(&'s StackRef<'s, T>),
    /// In the output.
    Overwritten(&'s StackMut<'s, T>),
}

// Not derived, which would ask it of T.
impl<T> Clone for Source<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<T> Copy for Source<'_, T> {}

/// The way of a task's operand into the kernels: straight, or copied block by block if it is about to be overwritten, so
/// that it can still be looked at.
pub(crate) struct Inlet<'i, T> {
    source: Source<'i, T>,
    first: usize,
    most: usize,
    copies: RefCell<Vec<T>>,
}

impl<'i, T: Scalar> Inlet<'i, T> {
    /// For a task, in blocks of that many matrices.
    pub(crate) fn new(source: Source<'i, T>, task: &Range<usize>, block: usize) -> Result<Self> {
        let copies = match source {
            Source::Apart(_) => Vec::new(),
            Source::Overwritten(out) => zeroed(block.min(task.len()) * out.nrows() * out.ncols())?,
        };
        Ok(Self { source, first: task.start, most: block, copies: RefCell::new(copies) })
    }

    /// The matrices of the next block as a kernel reads them.
    ///
    /// # Safety
    /// No other thread sees the matrices of this task.
    pub(crate) unsafe fn open<'s>(
        &self,
        room: &'s mut [*const T; SMALL_BLOCK],
        block: Range<usize>,
    ) -> Result<Group<'s, *const T>> {
        match self.source {
            Source::Apart(stack) => Ok(addresses(room, stack, block)),
            Source::Overwritten(out) => {
                let ptrs = &mut room[..block.len()];
                let (n, k) = (out.nrows(), out.ncols());
                let mut copies = self.copies.borrow_mut();
                for (index, ptr) in block.zip(ptrs.iter_mut()) {
                    let copy = &mut copies[self.place(index)..][..n * k];
                    // SAFETY: the caller's promise.
                    let matrix = unsafe { out.matrix_unchecked(index) };
                    MatMut::from_row_major(copy, n, k)?.copy_from(matrix.as_ref());
                    *ptr = copy.as_ptr();
                }
                Ok(Group { ptrs, rs: k as isize, cs: 1 })
            }
        }
    }

    /// Shows a matrix of the block that was opened last.
    pub(crate) fn show<R>(&self, index: usize, look: impl FnOnce(MatRef<'_, T>) -> Result<R>) -> Result<R> {
        match self.source {
            Source::Apart(stack) => look(stack.matrix(index)),
            Source::Overwritten(out) => {
                let (n, k) = (out.nrows(), out.ncols());
                let copies = self.copies.borrow();
                look(MatRef::from_row_major(&copies[self.place(index)..][..n * k], n, k)?)
            }
        }
    }

    /// Where the copy of that matrix is.
    fn place(&self, index: usize) -> usize {
        let size = match self.source {
            Source::Apart(_) => 0,
            Source::Overwritten(out) => out.nrows() * out.ncols(),
        };
        (index - self.first) % self.most * size
    }
}

/// The blocks of a task that the kernels for small matrices take at a time, each with those that take it: matrices side by
/// side, or alone.
pub(crate) fn blocks<T: Scalar>(
    kernels: &Kernels<T>,
    (n, k): (usize, usize),
    task: Range<usize>,
) -> impl Iterator<Item = (&Small<T>, Range<usize>)> {
    let block = small_block::<T>(kernels.small.lanes, n, k);
    let end = task.end;
    task.step_by(block)
        .flat_map(move |start| {
            let end = end.min(start + block);
            let middle = start + side_by_side(kernels.small.lanes, n, end - start);
            [(&kernels.small, start..middle), (&kernels.single, middle..end)]
        })
        .filter(|(_, range)| !range.is_empty())
}

/// Reals of workspace for the [`blocks`] of a task of so many matrices.
pub(crate) fn workspace<T: Scalar>(kernels: &Kernels<T>, (n, k): (usize, usize), count: usize) -> usize {
    let alone = (kernels.single.workspace)(n, k);
    if side_by_side(kernels.small.lanes, n, count) == 0 {
        alone
    } else {
        alone.max((kernels.small.workspace)(n, k))
    }
}

/// Cuts a task into [`blocks`]. `compute` calls a kernel of those given for the matrices of a block, with room for its report and the workspace for order n and k right-hand sides; `look` judges those matrices
/// that there is something to remark about.
pub(crate) fn for_each_block<T: Scalar>(
    kernels: &Kernels<T>,
    (n, k): (usize, usize),
    task: Range<usize>,
    sink: &mut Sink<'_>,
    mut compute: impl FnMut(&Small<T>, Range<usize>, &mut Report<'_, T::Real>, *mut T::Real) -> Result<bool>,
    mut look: impl FnMut(usize, &Verdict<T::Real>, &Sink<'_>) -> Result<Quality>,
) -> Result<()> {
    let mut scratch = Scratch::new();
    let work = scratch.get(workspace(kernels, (n, k), task.len()))?;
    let healthy = healthy::<T::Real>();
    let mut marks = [Mark::ANSWERED; SMALL_BLOCK];
    let [mut rcond, mut backward_error, mut forward_error] = [[T::Real::ZERO; SMALL_BLOCK]; 3];
    for (small, range) in blocks(kernels, (n, k), task) {
        let (start, len) = (range.start, range.len());
        let mut report = Report {
            full: sink.is_full(),
            healthy,
            marks: &mut marks[..len],
            rcond: &mut rcond[..len],
            backward_error: &mut backward_error[..len],
            forward_error: &mut forward_error[..len],
        };
        // What only a full report has measured is looked at here.
        let good = |error: &T::Real| *error <= backward_error_above::<T::Real>();
        let fine = compute(small, range, &mut report, work)? && report.backward_error.iter().all(good);
        if fine && !sink.refines() {
            sink.put_healthy(start, &report);
            continue;
        }
        for m in 0..len {
            let quality = look(start + m, &Verdict::of(&report, m), sink)?;
            sink.put(start + m, quality);
        }
    }
    Ok(())
}
