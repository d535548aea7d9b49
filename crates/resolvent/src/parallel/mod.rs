//! Threads. The only file that names rayon, which lends them, and the only global state of the crate: the pool.

mod meter;
mod place;
mod team;
mod watch;

use std::sync::{Arc, OnceLock, PoisonError, RwLock};

pub use meter::Progress;
pub(crate) use meter::{count, expect, measured};
use rayon::{ThreadPool, ThreadPoolBuilder};
pub(crate) use team::worker;
pub(crate) use watch::checkpoint;
pub use watch::{interruptible, with_progress};

use crate::error::{Error, Result};

/// The environment variable that sets the number of threads.
pub const THREADS_VARIABLE: &str = "RESOLVENT_NUM_THREADS";

/// The most threads one may ask for.
const MOST_THREADS: usize = 1024;

/// How many threads, and the pool that has all but the caller, made when a call first wants more than one.
#[derive(Clone)]
struct Threads {
    count: usize,
    pool: Arc<OnceLock<ThreadPool>>,
}

static THREADS: RwLock<Option<Threads>> = RwLock::new(None);

/// Uses `count` threads from now on. Answers do not depend on it, bit for bit.
///
/// # Errors
/// `count` is 0 or above 1024, or the system refuses the threads.
///
/// # Example
/// ```
/// resolvent::set_num_threads(1)?;
/// assert_eq!(resolvent::num_threads()?, 1);
/// # Ok::<(), resolvent::Error>(())
/// ```
pub fn set_num_threads(count: usize) -> Result<()> {
    let threads = Threads::new(count)?;
    threads.start()?;
    *THREADS.write().unwrap_or_else(PoisonError::into_inner) = Some(threads);
    Ok(())
}

/// How many threads are used: what [`set_num_threads`] said, else `RESOLVENT_NUM_THREADS`, else all the machine has.
///
/// # Errors
/// `RESOLVENT_NUM_THREADS` is not a number of threads that can be had.
pub fn num_threads() -> Result<usize> {
    Ok(threads()?.count)
}

impl Threads {
    fn new(count: usize) -> Result<Self> {
        if (1..=MOST_THREADS).contains(&count) {
            return Ok(Self { count, pool: Arc::default() });
        }
        let reason = format!("the number of threads must lie between 1 and {MOST_THREADS}");
        Err(Error::Threads { requested: count.to_string(), reason })
    }

    /// The pool; none for one thread. If two calls make it at once, one of the two is dropped.
    fn start(&self) -> Result<Option<&ThreadPool>> {
        if self.count > 1 && self.pool.get().is_none() {
            let builder = ThreadPoolBuilder::new().num_threads(self.count - 1);
            let pool = builder.thread_name(|i| format!("resolvent-{i}")).build().map_err(|error| {
                Error::Threads { requested: self.count.to_string(), reason: error.to_string() }
            })?;
            let _ = self.pool.set(pool);
        }
        Ok(self.pool.get())
    }
}

fn threads() -> Result<Threads> {
    if let Some(threads) = &*THREADS.read().unwrap_or_else(PoisonError::into_inner) {
        return Ok(threads.clone());
    }
    let mut slot = THREADS.write().unwrap_or_else(PoisonError::into_inner);
    if let Some(threads) = &*slot {
        return Ok(threads.clone());
    }
    let count = match std::env::var(THREADS_VARIABLE) {
        Ok(text) if !text.trim().is_empty() => text.trim().parse().map_err(|_| Error::Threads {
            requested: text.clone(),
            reason: format!("{THREADS_VARIABLE} must be a whole number"),
        })?,
        _ => std::thread::available_parallelism().map_or(1, usize::from).min(MOST_THREADS),
    };
    let threads = Threads::new(count).map_err(|error| match error {
        Error::Threads { requested, reason } => {
            Error::Threads { requested: format!("{THREADS_VARIABLE}={requested}:"), reason }
        }
        other => other,
    })?;
    *slot = Some(threads.clone());
    Ok(threads)
}

/// Runs `work`, with `count - 1` threads at hand that help in the loops below. They may come late, or not at all if other
/// calls keep them busy.
pub(crate) fn enter<R>(count: usize, work: impl FnOnce() -> R) -> Result<R> {
    if count > 1 {
        let threads = threads()?;
        if let Some(pool) = threads.start()? {
            let hire = |team: &Arc<team::Team>| {
                for number in 1..count.min(threads.count) {
                    let team = Arc::clone(team);
                    pool.spawn(move || team.help(number));
                }
            };
            return Ok(team::lead(hire, work));
        }
    }
    Ok(work())
}

/// Calls `task(0) ... task(tasks - 1)`, side by side if `count > 1` and inside of [`enter`]; they are begun in order.
pub(crate) fn for_each(count: usize, tasks: usize, task: impl Fn(usize) + Sync) {
    if count > 1 && tasks > 1 {
        team::share(tasks, &task);
    } else {
        team::alone(tasks, &task);
    }
}

/// Calls `task(i, &mut items[i])` for each item, as [`for_each`].
pub(crate) fn for_each_mut<I: Send>(count: usize, items: &mut [I], task: impl Fn(usize, &mut I) + Sync) {
    let first = Items(items.as_mut_ptr());
    for_each(count, items.len(), |i| {
        // SAFETY: i is below the number of items, and comes once: the item is this task's alone.
        task(i, unsafe { first.at(i) });
    });
}

/// Calls both, side by side as [`for_each`].
pub(crate) fn both<A: Send, B: Send>(
    count: usize,
    a: impl FnOnce() -> A + Send,
    b: impl FnOnce() -> B + Send,
) -> (A, B) {
    let (mut a, mut b) = (Some(a), Some(b));
    let (mut of_a, mut of_b) = (None, None);
    let mut first = || of_a = a.take().map(|a| a());
    let mut second = || of_b = b.take().map(|b| b());
    let halves: &mut [&mut (dyn FnMut() + Send)] = &mut [&mut first, &mut second];
    for_each_mut(count, halves, |_, half| half());
    of_a.zip(of_b).unwrap_or_else(|| unreachable!("every task of a loop is done"))
}

/// Items as the tasks of a loop see them.
struct Items<I>(*mut I);

// SAFETY: every item is handed out once, as if it were sent to the thread of its task.
unsafe impl<I: Send> Sync for Items<I> {}

impl<I> Items<I> {
    /// # Safety
    /// There is an item i, and nobody else has it.
    #[allow(clippy::mut_from_ref)]
    unsafe fn at(&self, i: usize) -> &mut I {
        // SAFETY: the caller's promise.
        unsafe { &mut *self.0.add(i) }
    }
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    /// A call with three helpers, whatever the machine has.
    fn call<R>(work: impl FnOnce() -> R) -> R {
        let threads = Threads::new(4).unwrap();
        let pool = threads.start().unwrap().unwrap();
        let hire = |team: &Arc<team::Team>| {
            for number in 1..4 {
                let team = Arc::clone(team);
                pool.spawn(move || team.help(number));
            }
        };
        team::lead(hire, work)
    }

    #[test]
    fn every_task_is_done_once() {
        call(|| {
            for tasks in [2, 3, 7, 100] {
                for _ in 0..200 {
                    let mut done = vec![0; tasks];
                    for_each_mut(4, &mut done, |i, done| *done += 1 + i);
                    assert!(done.iter().enumerate().all(|(i, &done)| done == 1 + i));
                }
            }
        });
    }

    #[test]
    fn helpers_that_slept_wake_up() {
        let seen = [const { AtomicUsize::new(0) }; 4];
        call(|| {
            for _ in 0..5 {
                std::thread::sleep(std::time::Duration::from_millis(5));
                for_each(4, 64, |_| {
                    seen[worker()].fetch_add(1, Ordering::Relaxed);
                    std::thread::sleep(std::time::Duration::from_micros(200));
                });
            }
        });
        let done: Vec<usize> = seen.iter().map(|seen| seen.load(Ordering::Relaxed)).collect();
        assert_eq!(done.iter().sum::<usize>(), 5 * 64);
        assert!(done.iter().all(|&done| done > 0), "{done:?}");
    }

    #[test]
    fn a_loop_inside_of_a_task_is_one_threads() {
        call(|| {
            for_each(4, 16, |_| {
                let me = worker();
                for_each(4, 16, |_| assert_eq!(worker(), me));
            });
        });
    }

    #[test]
    fn a_panic_reaches_the_caller_and_the_team_goes_on() {
        call(|| {
            for at in [0, 5, 63] {
                let outcome = catch_unwind(AssertUnwindSafe(|| {
                    for_each(4, 64, |i| assert!(i != at, "task {i}"));
                }));
                assert!(outcome.is_err());
                let sum = AtomicUsize::new(0);
                for_each(4, 64, |i| {
                    sum.fetch_add(i, Ordering::Relaxed);
                });
                assert_eq!(sum.load(Ordering::Relaxed), 64 * 63 / 2);
            }
        });
    }

    #[test]
    fn calls_from_several_threads_do_not_meet() {
        std::thread::scope(|scope| {
            for caller in 0..4 {
                scope.spawn(move || {
                    for _ in 0..50 {
                        call(|| {
                            let mut done = vec![0; 50];
                            for_each_mut(4, &mut done, |i, done| *done = caller * i);
                            assert!(done.iter().enumerate().all(|(i, &done)| done == caller * i));
                        });
                    }
                });
            }
        });
    }
}
