//! [`Watch`]: who is asked whether a call is to go on, and told how far it is.
//!
//! The calling thread asks and tells between two tasks, a few milliseconds apart. If it is not to go on, it unwinds out of
//! whatever depth it is at, as a panic would, but silently, and [`interruptible`] makes an error of that.

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::meter::{Meter, Progress, set_meter};
use crate::error::{Error, Result};

/// The time between two questions: much less than a person notices, and much more than an answer takes.
const INTERVAL: Duration = Duration::from_millis(20);

/// The time between two reports: as often as a person can follow.
const REPORTS: Duration = Duration::from_millis(50);

type Stop<'s> = dyn Fn() -> bool + 's;
type Report<'r> = dyn Fn(Progress<'_>) + 'r;

/// Who is asked and who is told, and when next.
#[derive(Clone, Copy)]
struct Watch {
    stop: Option<*const Stop<'static>>,
    report: Option<*const Report<'static>>,
    next: Instant,
    next_report: Instant,
}

thread_local! {
    static WATCH: RefCell<Option<Watch>> = const { RefCell::new(None) };
}

/// What unwinds.
struct Interrupted;

/// Puts a watch back that another took the place of.
struct Before(Option<Watch>);

impl Drop for Before {
    fn drop(&mut self) {
        WATCH.set(self.0.take());
    }
}

impl Before {
    /// Has `change` made to the watch of this thread. The innermost of those who ask, and of those who are told, is the one.
    fn change(change: impl FnOnce(&mut Watch)) -> Self {
        let now = Instant::now();
        let before = WATCH.take();
        let new = Watch { stop: None, report: None, next: now + INTERVAL, next_report: now + REPORTS };
        let mut watch = before.unwrap_or(new);
        change(&mut watch);
        WATCH.set(Some(watch));
        Self(before)
    }
}

/// Runs `work`, calls of this library, and asks `stop` about every 20 milliseconds whether to give it up, on this thread.
///
/// # Errors
/// [`Error::Interrupted`] if `stop` said yes. What the call was to write is then written in part.
///
/// # Cost
/// None to speak of. It rests on unwinding: a program that is built to abort on panic is aborted.
///
/// # Example
/// ```
/// use resolvent::{Error, Mat, interruptible};
/// let a = Mat::from_fn(300, 300, |i, j| if i == j { 300.0 } else { ((i + 3 * j) % 7) as f64 });
/// assert!(interruptible(|| false, || resolvent::inv(&a)).is_ok());
/// let deadline = std::time::Instant::now();
/// let late = || std::time::Instant::now() > deadline;
/// match interruptible(late, || resolvent::inv(&a)) {
///     Ok(_) | Err(Error::Interrupted) => {} // done in time, or given up
///     Err(other) => return Err(other),
/// }
/// # Ok::<(), resolvent::Error>(())
/// ```
pub fn interruptible<R>(stop: impl Fn() -> bool, work: impl FnOnce() -> Result<R>) -> Result<R> {
    let stop: &Stop<'_> = &stop;
    // SAFETY: only the lifetime is forgotten. `Before` takes the watch away before `stop` is gone.
    let erased = unsafe { std::mem::transmute::<*const Stop<'_>, *const Stop<'static>>(stop) };
    let _before = Before::change(|watch| watch.stop = Some(erased));
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| {
        if panic.is::<Interrupted>() { Err(Error::Interrupted) } else { resume_unwind(panic) }
    })
}

/// Runs `work`, calls of this library, and tells `report` on this thread how far each of them is: about every 50
/// milliseconds, and once more, with a fraction of 1, when it is done; of a shorter call this is all. A call that fails
/// ends without. ([`inv_fixed`](crate::inv_fixed) and [`solve_fixed`](crate::solve_fixed) of small matrices tell nothing.)
///
/// The fraction never falls, and grows with the flops that are done: LU of a matrix is 7/8 done when half of its columns are.
/// It nests with [`interruptible`] in either order; of several reports the innermost is called. A panic in `report`
/// ends the call.
///
/// # Cost
/// None to speak of.
///
/// # Example
/// ```
/// use std::cell::RefCell;
/// let a = resolvent::Mat::from_fn(300, 300, |i, j| if i == j { 300.0 } else { ((i + 3 * j) % 7) as f64 });
/// let lines = RefCell::new(vec![]);
/// let report = |progress: resolvent::Progress| lines.borrow_mut().push(progress.to_string());
/// let inverse = resolvent::with_progress(report, || resolvent::inv(&a))?;
/// assert_eq!(lines.borrow().last().unwrap(), "invert 300x300 float64: 100%");
/// # Ok::<(), resolvent::Error>(())
/// ```
pub fn with_progress<R>(report: impl Fn(Progress<'_>), work: impl FnOnce() -> R) -> R {
    let report: &Report<'_> = &report;
    // SAFETY: only the lifetime is forgotten. `Before` takes the watch away before `report` is gone.
    let erased = unsafe { std::mem::transmute::<*const Report<'_>, *const Report<'static>>(report) };
    let _before = Before::change(|watch| watch.report = Some(erased));
    work()
}

/// Is there somebody who wants to be told how far a call of this thread is?
pub(super) fn is_reported() -> bool {
    WATCH.with_borrow(|watch| watch.is_some_and(|watch| watch.report.is_some()))
}

/// Begins with a call: the time to its first report is that between two.
pub(super) fn begin() {
    WATCH.with_borrow_mut(|watch| {
        if let Some(watch) = watch {
            watch.next_report = Instant::now() + REPORTS;
        }
    });
}

/// Tells that a call is done.
pub(super) fn finish(meter: &Meter) {
    if let Some(report) = WATCH.with_borrow(|watch| watch.as_ref()?.report) {
        let _unwatched = Before(WATCH.take());
        // SAFETY: the watch was only there as long as what it points to, and whoever put it there waits for us.
        unsafe { (*report)(meter.finished()) };
    }
}

/// Tells and asks, if somebody watches this thread and it is time to.
pub(crate) fn checkpoint() {
    let now = |watch: &Option<Watch>| watch.filter(|watch| Instant::now() >= watch.next);
    let Some(mut watch) = WATCH.with_borrow(now) else { return };
    let mut stopped = false;
    {
        // Nobody watches those who watch: they may call the library.
        let mut before = Before(WATCH.take());
        let meter = Unmeasured(set_meter(None));
        if let (Some(report), Some(meter)) = (watch.report, &meter.0)
            && Instant::now() >= watch.next_report
        {
            // SAFETY: the watch is only there as long as what it points to.
            unsafe { (*report)(meter.progress()) };
            watch.next_report = Instant::now() + REPORTS;
        }
        if let Some(stop) = watch.stop {
            // SAFETY: as above.
            stopped = unsafe { (*stop)() };
        }
        watch.next = Instant::now() + INTERVAL;
        before.0 = Some(watch);
    }
    if stopped {
        resume_unwind(Box::new(Interrupted));
    }
}

/// Puts the meter of this thread back.
struct Unmeasured(Option<Arc<Meter>>);

impl Drop for Unmeasured {
    fn drop(&mut self) {
        set_meter(self.0.take());
    }
}
