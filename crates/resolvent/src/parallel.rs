//! Threads. The only file that names rayon, and the only global state of the crate: the pool.

use std::sync::{Arc, OnceLock, PoisonError, RwLock};

use rayon::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};

use crate::error::{Error, Result};

/// The environment variable that sets the number of threads.
pub const THREADS_VARIABLE: &str = "RESOLVENT_NUM_THREADS";

/// The most threads one may ask for.
const MOST_THREADS: usize = 1024;

/// How many threads, and the pool that has them, made when a call first wants more than one.
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
            let builder = ThreadPoolBuilder::new().num_threads(self.count);
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

/// Runs `work` inside the pool if `count` threads are wanted, so that the loops below find its workers awake.
pub(crate) fn enter<R: Send>(count: usize, work: impl FnOnce() -> R + Send) -> Result<R> {
    if count > 1 {
        let threads = threads()?;
        if let Some(pool) = threads.start()? {
            return Ok(pool.install(work));
        }
    }
    Ok(work())
}

/// Outside of a pool rayon would start one of its own. There may be none although threads were planned, if their number
/// was set to one in between.
fn inside_a_pool() -> bool {
    rayon::current_thread_index().is_some()
}

/// Calls `task(0) ... task(tasks - 1)`, side by side if `count > 1`. To be called inside [`enter`].
pub(crate) fn for_each(count: usize, tasks: usize, task: impl Fn(usize) + Sync + Send) {
    if count > 1 && tasks > 1 && inside_a_pool() {
        (0..tasks).into_par_iter().with_max_len(1).for_each(task);
    } else {
        (0..tasks).for_each(task);
    }
}

/// Calls `task(i, &mut items[i])` for each item, side by side if `count > 1`. To be called inside [`enter`].
pub(crate) fn for_each_mut<I: Send>(
    count: usize,
    items: &mut [I],
    task: impl Fn(usize, &mut I) + Sync + Send,
) {
    if count > 1 && items.len() > 1 && inside_a_pool() {
        items.par_iter_mut().with_max_len(1).enumerate().for_each(|(i, item)| task(i, item));
    } else {
        items.iter_mut().enumerate().for_each(|(i, item)| task(i, item));
    }
}
