//! [`Info`]: the quality of every answer of a call, and how the tasks of a stack report it.

use resolvent_kernels::table::Report;
use resolvent_kernels::{Kernels, Real, Scalar};

use super::Status;
use super::judge::{Case, Question};
use super::status::Verdict;
use crate::error::{Error, Result};
use crate::exact::Dependence;
use crate::matrix::{Assume, MatRef, Stack, StackRef, check_size, filled, with_room, zeroed};
use crate::plan::Method;

/// How much a call is to say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Detail {
    /// The exceptions and the worst: the per-matrix arrays of [`Info`] stay empty.
    Summary,
    /// Status, rcond and backward error of every matrix.
    Full,
}

/// What a call is asked besides its question. A [`Detail`] alone is one.
///
/// # Example
/// ```
/// use resolvent::{Assume, Detail, Options};
/// let options = Options::from(Detail::Full).assuming(Assume::UpperTriangular);
/// let x = resolvent::solve_with(&[[2.0, 1.0], [7.0, 3.0]], &[5.0, 3.0], options)?.solution;
/// assert_eq!(x, [2.0, 1.0]);
/// # Ok::<(), resolvent::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// How much the call is to say.
    pub detail: Detail,
    /// What the matrices are, if the caller knows: then only what makes them that is read.
    pub assume: Option<Assume>,
    /// Is it to be found out which row of the first singular matrix depends on which ([`Failure::dependence`])? As long as
    /// solving with it takes, and more; by itself only with [`Detail::Summary`], which an error is made of.
    pub blame: bool,
    /// Are answers to be refined, with residuals in twice the precision, until their error is that of rounding? Nearly whatever the condition is:
    /// as long as rcond is above about n eps. Costs another factorization, and n^2 products in twice the precision for every right-hand side and step.
    pub refine: bool,
    /// Is nobody going to look at answers that are not good? Then there is no second look at their matrices.
    #[doc(hidden)]
    pub cursory: bool,
    /// The method, where the order allows it: for measuring the thresholds.
    #[doc(hidden)]
    pub method: Option<Method>,
}

impl Options {
    /// With that assumption.
    #[must_use]
    pub fn assuming(self, assume: Assume) -> Self {
        Self { assume: Some(assume), ..self }
    }

    /// Which also finds out which row of the first singular matrix depends on which.
    #[must_use]
    pub fn blaming(self) -> Self {
        Self { blame: true, ..self }
    }

    /// With refined answers.
    #[must_use]
    pub fn refined(self) -> Self {
        Self { refine: true, ..self }
    }

    /// The matrices as they are assumed to be, if that is not how they stand.
    pub(crate) fn read<T: Scalar>(&self, a: &StackRef<'_, T>) -> Result<Option<Stack<T>>> {
        self.assume.map_or(Ok(None), |assume| assume.read(a))
    }

    /// What is looked for in larger matrices.
    pub(crate) fn look(&self) -> Look {
        let structure = self.assume != Some(Assume::General);
        Look { zeros: structure && self.method.is_none(), symmetry: structure }
    }
}

/// Which structure is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Look {
    /// That of matrices that are mostly zeros.
    pub(crate) zeros: bool,
    /// Is the matrix Hermitian?
    pub(crate) symmetry: bool,
}

impl From<Detail> for Options {
    fn from(detail: Detail) -> Self {
        Self {
            detail,
            assume: None,
            blame: detail == Detail::Summary,
            refine: false,
            cursory: false,
            method: None,
        }
    }
}

/// A singular matrix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// Its place in the stack, in C order.
    pub matrix: usize,
    /// The first column without a pivot: it depends on those before it. Beyond order 200, of what its zeros alone make
    /// singular, the column with a zero on the diagonal, or without a row of its own.
    pub pivot: usize,
    /// The first row that depends on those before it, exactly: of the first singular matrix of a call that was asked for it
    /// ([`Options::blame`]), up to order 200.
    pub dependence: Option<Dependence>,
}

/// What a call says of its answers. The arrays hold one value per matrix, in C order.
#[derive(Debug, Clone, PartialEq)]
pub struct Info {
    /// The stack dimensions.
    pub batch: Vec<usize>,
    /// The verdict on each matrix.
    pub status: Vec<Status>,
    /// The reciprocal condition number in the 1-norm of each matrix; 0 if singular, NaN if not finite.
    pub rcond: Vec<f64>,
    /// Backward error of each answer, relative, componentwise for `solve`; NaN if there is no answer.
    pub backward_error: Vec<f64>,
    /// A bound of the relative error of each answer; NaN if there is no answer.
    pub forward_error: Vec<f64>,
    /// The algorithm that ran.
    pub method: Method,
    /// Every singular matrix, in order.
    pub failures: Vec<Failure>,
    /// Every numerically singular matrix, in order.
    pub doubtful: Vec<usize>,
    /// The smallest rcond of the matrices that have an answer; 1 if there are none. With [`Detail::Summary`] those that
    /// are only shown to be healthy, not measured, do not count.
    pub worst_rcond: f64,
    /// The worst status.
    pub worst: Status,
}

impl Info {
    /// What a file kept of it: the verdicts on factors, and the first column without a pivot of each singular matrix, in order.
    ///
    /// # Errors
    /// The numbers do not belong together.
    pub fn restored(
        batch: &[usize],
        status: Vec<Status>,
        rcond: Vec<f64>,
        method: Method,
        pivots: &[usize],
    ) -> Result<Self> {
        let stack = check_size::<f64>(batch)?;
        let of = |wanted: Status| {
            status.iter().enumerate().filter(move |&(_, &status)| status == wanted).map(|(index, _)| index)
        };
        let singular = of(Status::Singular).count();
        if status.len() != stack || rcond.len() != stack || pivots.len() != singular {
            let reason =
                format!("{stack} matrices need as many verdicts, the {singular} singular ones a pivot each");
            return Err(Error::BadArgument { name: "info", reason });
        }
        let mut info = Self::new(batch, stack, method, Detail::Full)?;
        info.failures = of(Status::Singular)
            .zip(pivots)
            .map(|(matrix, &pivot)| Failure { matrix, pivot, dependence: None })
            .collect();
        info.doubtful = of(Status::NumericallySingular).collect();
        info.worst = status.iter().copied().max().unwrap_or(Status::Ok);
        let answered = status.iter().zip(&rcond).filter(|&(&status, _)| status != Status::Singular);
        info.worst_rcond = answered.fold(1.0, |worst, (_, &rcond)| if rcond < worst { rcond } else { worst });
        (info.status, info.rcond) = (status, rcond);
        Ok(info)
    }

    /// The error of the singular matrices, if there are any.
    ///
    /// # Errors
    /// [`Error::Singular`] with the first of them, its pivot and the list of all.
    pub fn check(&self) -> Result<()> {
        match self.failures.first() {
            None => Ok(()),
            Some(Failure { matrix, pivot, dependence }) => Err(Error::Singular {
                matrix: *matrix,
                pivot: *pivot,
                dependence: dependence.as_ref().map(Dependence::to_string),
                all: self.failures.iter().map(|failure| failure.matrix).collect(),
            }),
        }
    }
}

/// The quality of one answer.
#[derive(Debug, Clone)]
pub(crate) struct Quality {
    pub(crate) status: Status,
    pub(crate) rcond: f64,
    pub(crate) backward_error: f64,
    pub(crate) forward_error: f64,
    /// Read only if the status is singular.
    pub(crate) zero_pivot: usize,
    /// Which row depends on which, if the matrix is singular and that was asked.
    pub(crate) dependence: Option<Dependence>,
}

impl Quality {
    /// That status, and what was measured.
    pub(super) fn of<R: Real>(status: Status, verdict: &Verdict<R>) -> Self {
        Self {
            status,
            rcond: verdict.rcond.to_f64(),
            backward_error: verdict.backward_error.to_f64(),
            forward_error: verdict.forward_error.to_f64(),
            zero_pivot: verdict.zero_pivot.unwrap_or(0),
            dependence: None,
        }
    }
}

/// The exceptions and the worst of one task.
#[derive(Debug)]
pub(crate) struct Tally {
    failures: Vec<Failure>,
    doubtful: Vec<usize>,
    worst_rcond: f64,
    worst: Status,
    /// What ran, if that was not settled before.
    method: Option<Method>,
}

impl Default for Tally {
    fn default() -> Self {
        Self { failures: Vec::new(), doubtful: Vec::new(), worst_rcond: 1.0, worst: Status::Ok, method: None }
    }
}

/// The method of two sets of matrices, as far as known.
fn both(a: Option<Method>, b: Option<Method>) -> Option<Method> {
    match (a, b) {
        (Some(a), Some(b)) => Some(if a == b { a } else { Method::Mixed }),
        (known, None) | (None, known) => known,
    }
}

/// Where one task reports: its part of the arrays (empty for [`Detail::Summary`]) and its tally.
pub(crate) struct Sink<'a> {
    first: usize,
    /// Is somebody to be blamed for a matrix that is singular?
    blame: bool,
    refine: bool,
    cursory: bool,
    status: &'a mut [Status],
    rcond: &'a mut [f64],
    backward_error: &'a mut [f64],
    forward_error: &'a mut [f64],
    tally: Tally,
}

impl Sink<'_> {
    /// Has every matrix to be judged, healthy or not?
    pub(crate) fn refines(&self) -> bool {
        self.refine
    }

    /// Is it to be found out which row of the next singular matrix depends on which?
    fn blames(&self) -> bool {
        self.blame && self.tally.failures.is_empty()
    }

    /// Does anybody want to hear of every matrix?
    pub(crate) fn is_full(&self) -> bool {
        !self.status.is_empty()
    }

    /// Reports matrices from `start` on about which there is nothing to remark.
    pub(crate) fn put_healthy<R: Real>(&mut self, start: usize, report: &Report<'_, R>) {
        if !self.is_full() {
            return;
        }
        // Their status is what the array was filled with.
        let range = start - self.first..start - self.first + report.rcond.len();
        let copy = |to: &mut [f64], from: &[R]| {
            to.iter_mut().zip(from).for_each(|(to, from)| *to = from.to_f64());
        };
        copy(&mut self.rcond[range.clone()], report.rcond);
        copy(&mut self.backward_error[range.clone()], report.backward_error);
        copy(&mut self.forward_error[range.clone()], report.forward_error);
        let worst = self.tally.worst_rcond;
        self.tally.worst_rcond =
            self.rcond[range].iter().fold(worst, |worst, &rcond| if rcond < worst { rcond } else { worst });
    }

    /// A matrix that is to be judged, and what is wanted of it.
    pub(crate) fn case<'c, T: Scalar>(
        &self,
        kernels: &'static Kernels<T>,
        threads: usize,
        a: MatRef<'c, T>,
        question: Question<'c, T>,
    ) -> Case<'c, T> {
        Case {
            kernels,
            threads,
            a,
            question,
            full: self.is_full(),
            blame: self.blames(),
            refine: self.refine,
            cursory: self.cursory,
        }
    }

    /// Reports what ran for a matrix whose structure decided.
    pub(crate) fn ran(&mut self, method: Method) {
        self.tally.method = both(self.tally.method, Some(method));
    }

    /// Reports matrix `index` of the stack.
    pub(crate) fn put(&mut self, index: usize, quality: Quality) {
        let tally = &mut self.tally;
        match quality.status {
            Status::Singular => {
                let (pivot, dependence) = (quality.zero_pivot, quality.dependence);
                tally.failures.push(Failure { matrix: index, pivot, dependence });
            }
            Status::NumericallySingular => tally.doubtful.push(index),
            _ => {}
        }
        tally.worst = tally.worst.max(quality.status);
        // NaN compares false; a singular matrix has no answer to judge.
        if quality.rcond < tally.worst_rcond && quality.status != Status::Singular {
            tally.worst_rcond = quality.rcond;
        }
        if !self.status.is_empty() {
            let place = index - self.first;
            self.status[place] = quality.status;
            self.rcond[place] = quality.rcond;
            self.backward_error[place] = quality.backward_error;
            self.forward_error[place] = quality.forward_error;
        }
    }

    /// What the task has reported.
    pub(crate) fn finish(self) -> Tally {
        self.tally
    }
}

impl Info {
    /// An info with room for `stack` matrices.
    pub(crate) fn new(batch: &[usize], stack: usize, method: Method, detail: Detail) -> Result<Self> {
        check_size::<f64>(batch)?;
        let len = if detail == Detail::Full { stack } else { 0 };
        Ok(Self {
            batch: batch.to_vec(),
            status: filled(len, Status::Ok)?,
            rcond: zeroed(len)?,
            backward_error: zeroed(len)?,
            forward_error: zeroed(len)?,
            method,
            failures: Vec::new(),
            doubtful: Vec::new(),
            worst_rcond: 1.0,
            worst: Status::Ok,
        })
    }

    /// The sink of the only task.
    pub(crate) fn sink(&mut self, stack: usize, options: Options) -> Sink<'_> {
        let len = self.status.len().min(stack);
        Sink {
            first: 0,
            blame: options.blame,
            refine: options.refine,
            cursory: options.cursory,
            status: &mut self.status[..len],
            rcond: &mut self.rcond[..len],
            backward_error: &mut self.backward_error[..len],
            forward_error: &mut self.forward_error[..len],
            tally: Tally::default(),
        }
    }

    /// One sink per task of `chunk` matrices.
    pub(crate) fn sinks(&mut self, stack: usize, chunk: usize, options: Options) -> Result<Vec<Sink<'_>>> {
        let full = !self.status.is_empty();
        let mut status = self.status.as_mut_slice();
        let mut rcond = self.rcond.as_mut_slice();
        let mut backward_error = self.backward_error.as_mut_slice();
        let mut forward_error = self.forward_error.as_mut_slice();
        let mut sinks = with_room(stack.div_ceil(chunk))?;
        for first in (0..stack).step_by(chunk) {
            let len = if full { chunk.min(stack - first) } else { 0 };
            sinks.push(Sink {
                first,
                blame: options.blame,
                refine: options.refine,
                cursory: options.cursory,
                status: status.split_off_mut(..len).unwrap_or_default(),
                rcond: rcond.split_off_mut(..len).unwrap_or_default(),
                backward_error: backward_error.split_off_mut(..len).unwrap_or_default(),
                forward_error: forward_error.split_off_mut(..len).unwrap_or_default(),
                tally: Tally::default(),
            });
        }
        Ok(sinks)
    }

    /// Adds up what the tasks reported, in order.
    pub(crate) fn gather(&mut self, tallies: impl IntoIterator<Item = Tally>) {
        let mut method = None;
        for tally in tallies {
            method = both(method, tally.method);
            self.failures.extend(tally.failures);
            self.doubtful.extend(tally.doubtful);
            self.worst = self.worst.max(tally.worst);
            self.worst_rcond = self.worst_rcond.min(tally.worst_rcond);
        }
        self.method = method.unwrap_or(self.method);
        // One of each task was asked for, and how many those are is nobody's business.
        self.failures.iter_mut().skip(1).for_each(|failure| failure.dependence = None);
    }
}
