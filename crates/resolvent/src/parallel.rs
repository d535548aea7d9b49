//! Threads. The only file that names rayon, and the only global state of the crate: the pool.

use std::sync::{Arc, PoisonError, RwLock};

use rayon::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};

use crate::error::{Error, Result};

/// The environment variable that sets the number of threads.
pub const THREADS_VARIABLE: &str = "RESOLVENT_NUM_THREADS";

/// The most threads one may ask for.
const MOST_THREADS: usize = 1024;

/// How many threads, and the pool that has them; no pool for one thread.
#[derive(Clone)]
struct Threads {
    count: usize,
    pool: Option<Arc<ThreadPool>>,
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
    let threads = build(count)?;
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

fn build(count: usize) -> Result<Threads> {
    let refuse = |reason: String| Error::Threads { requested: count.to_string(), reason };
    if !(1..=MOST_THREADS).contains(&count) {
        return Err(refuse(format!("the number of threads must lie between 1 and {MOST_THREADS}")));
    }
    let pool = match count {
        1 => None,
        _ => {
            let name = |i| format!("resolvent-{i}");
            let pool = ThreadPoolBuilder::new().num_threads(count).thread_name(name).build();
            Some(Arc::new(pool.map_err(|error| refuse(error.to_string()))?))
        }
    };
    Ok(Threads { count, pool })
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
    let threads = build(count).map_err(|error| match error {
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
    if count > 1
        && let Some(pool) = threads()?.pool
    {
        return Ok(pool.install(work));
    }
    Ok(work())
}

/// Calls `task(0) ... task(tasks - 1)`, side by side if `count > 1`. To be called inside [`enter`].
pub(crate) fn for_each(count: usize, tasks: usize, task: impl Fn(usize) + Sync + Send) {
    if count > 1 && tasks > 1 {
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
    if count > 1 && items.len() > 1 {
        items.par_iter_mut().with_max_len(1).enumerate().for_each(|(i, item)| task(i, item));
    } else {
        items.iter_mut().enumerate().for_each(|(i, item)| task(i, item));
    }
}
