//! Calls that can be called off.
//!
//! The calling thread asks between two tasks, a few milliseconds apart, whether to go on. If not, it unwinds out of
//! whatever depth it is at, as a panic would, but silently, and [`interruptible`] makes an error of that.

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::time::{Duration, Instant};

use crate::error::{Error, Result};

/// The time between two questions: much less than a person notices, and much more than an answer takes.
const INTERVAL: Duration = Duration::from_millis(20);

/// Who is asked, and when next.
struct Watch {
    stop: *const dyn Fn() -> bool,
    next: Instant,
}

thread_local! {
    static WATCH: RefCell<Option<Watch>> = const { RefCell::new(None) };
}

/// What unwinds.
struct Interrupted;

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
    struct Before(Option<Watch>);
    impl Drop for Before {
        fn drop(&mut self) {
            WATCH.set(self.0.take());
        }
    }
    let stop: &dyn Fn() -> bool = &stop;
    // SAFETY: only the lifetime is forgotten. `Before` takes the watch away before `stop` is gone.
    let erased =
        unsafe { std::mem::transmute::<*const (dyn Fn() -> bool + '_), *const dyn Fn() -> bool>(stop) };
    let watch = Watch { stop: erased, next: Instant::now() + INTERVAL };
    let _before = Before(WATCH.replace(Some(watch)));
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| {
        if panic.is::<Interrupted>() { Err(Error::Interrupted) } else { resume_unwind(panic) }
    })
}

/// Asks, if somebody watches this thread and it is time to.
pub(crate) fn checkpoint() {
    let due = WATCH.with_borrow_mut(|watch| {
        let watch = watch.as_mut()?;
        let now = Instant::now();
        if now < watch.next {
            return None;
        }
        watch.next = now + INTERVAL;
        Some(watch.stop)
    });
    // SAFETY: the watch is only there as long as what it points to.
    if due.is_some_and(|stop| unsafe { (*stop)() }) {
        resume_unwind(Box::new(Interrupted));
    }
}
