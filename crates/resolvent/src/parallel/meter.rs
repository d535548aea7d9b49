//! [`Meter`]: how much of a call is done. Whoever multiplies counts its flops there: once for every block of a product.

use std::cell::RefCell;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use super::watch;
use crate::error::Result;

/// How far a call is; see [`with_progress`](crate::with_progress). Prints as one line.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Progress<'m> {
    /// The part that is done, from 0 to 1; 1 when all is.
    pub fraction: f64,
    /// Of what: verb, shape and type, as in `solve 4000x4000 float64`.
    pub what: &'m str,
}

impl fmt::Display for Progress<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {:.0}%", self.what, (100.0 * self.fraction).floor())
    }
}

/// The flops of one call, those planned and those done.
pub(super) struct Meter {
    what: String,
    /// Planned for each of its matrices.
    each: f64,
    planned: AtomicI64,
    done: AtomicI64,
    /// The largest fraction that was told: its bits, which for numbers that are not negative have the same order.
    told: AtomicU64,
}

/// What a call tells at most before it is done.
const ALMOST: f64 = 1.0 - f64::EPSILON;

thread_local! {
    /// The meter of the call that this thread works for, if somebody wants to know.
    static METER: RefCell<Option<Arc<Meter>>> = const { RefCell::new(None) };
}

impl Meter {
    fn new(what: String, each: f64, matrices: usize) -> Self {
        let planned = AtomicI64::new((each * matrices as f64) as i64);
        Self { what, each, planned, done: AtomicI64::default(), told: AtomicU64::default() }
    }

    /// Flops done by flops planned.
    fn ratio(&self) -> f64 {
        self.done.load(Ordering::Relaxed) as f64 / self.planned.load(Ordering::Relaxed).max(1) as f64
    }

    /// How far the call is: never less than it was said to be.
    pub(super) fn progress(&self) -> Progress<'_> {
        let fraction = self.ratio().clamp(0.0, ALMOST);
        let before = f64::from_bits(self.told.fetch_max(fraction.to_bits(), Ordering::Relaxed));
        Progress { fraction: fraction.max(before), what: &self.what }
    }

    pub(super) fn finished(&self) -> Progress<'_> {
        Progress { fraction: 1.0, what: &self.what }
    }
}

/// The meter of this thread's call.
pub(super) fn meter() -> Option<Arc<Meter>> {
    METER.with_borrow(Clone::clone)
}

/// From here on this thread counts on another meter, or on none; the one before comes back.
pub(super) fn set_meter(meter: Option<Arc<Meter>>) -> Option<Arc<Meter>> {
    METER.replace(meter)
}

/// Runs `work`, a call for so many matrices with so many flops `each`, and has somebody told of it if they want to be.
/// A call inside of a call is part of it.
pub(crate) fn measured<R>(
    what: impl FnOnce() -> String,
    each: f64,
    matrices: usize,
    work: impl FnOnce() -> Result<R>,
) -> Result<R> {
    struct Off;
    impl Drop for Off {
        fn drop(&mut self) {
            set_meter(None);
        }
    }
    if !watch::is_reported() || meter().is_some() {
        return work();
    }
    let meter = Arc::new(Meter::new(what(), each, matrices));
    watch::begin();
    set_meter(Some(Arc::clone(&meter)));
    let off = Off;
    let result = work()?;
    drop(off);
    watch::finish(&meter);
    Ok(result)
}

/// So many flops are done.
pub(crate) fn count(flops: usize) {
    METER.with_borrow(|meter| {
        if let Some(meter) = meter {
            meter.done.fetch_add(flops as i64, Ordering::Relaxed);
        }
    });
}

/// A matrix takes more flops than were planned for each, or, if negative, fewer: `more(each)`.
pub(crate) fn expect(more: impl FnOnce(f64) -> f64) {
    METER.with_borrow(|meter| {
        if let Some(meter) = meter {
            meter.planned.fetch_add(more(meter.each) as i64, Ordering::Relaxed);
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Mat;

    /// Flops counted by `planned` flops, and what else came to be expected, when `work` is over.
    fn ratio<R>(planned: f64, work: impl FnOnce() -> Result<R>) -> f64 {
        let meter = Arc::new(Meter::new(String::new(), planned, 1));
        set_meter(Some(Arc::clone(&meter)));
        let outcome = work();
        set_meter(None);
        assert!(outcome.is_ok());
        meter.ratio()
    }

    /// Everything planned is counted, and little else, whatever the structure, and whoever does it.
    #[test]
    fn what_is_planned_is_done() {
        for n in [300, 700] {
            let (size, cube) = (n as f64, (n as f64).powi(3));
            let noise =
                |i: usize, j: usize| ((i * 7919 + j * 104_729 + i * j * 31) % 1009) as f64 / 1009.0 - 0.5;
            let like = |element: &dyn Fn(usize, usize) -> f64| Mat::from_fn(n, n, element);
            let symmetric = |i: usize, j: usize, d: f64| if i == j { d } else { noise(i.min(j), i.max(j)) };
            let triangle = |i: usize, j: usize| if i == j { 2.0 } else { noise(i, j) / size };
            let general = like(&|i, j| noise(i, j) + if i == j { size } else { 0.0 });
            let b = like(&noise);
            for (name, a, most) in [
                ("general", &general, 1.05),
                ("positive definite", &like(&|i, j| symmetric(i, j, size)), 1.1),
                // Which is seen only in the end.
                ("not quite", &like(&|i, j| symmetric(i, j, if i + 20 < n { size } else { 1e-3 })), 1.1),
                ("lower", &like(&|i, j| if i < j { 0.0 } else { triangle(i, j) }), 1.3),
                ("upper", &like(&|i, j| if i > j { 0.0 } else { triangle(i, j) }), 1.3),
            ] {
                let good = |verb: &str, ratio: f64| {
                    assert!((0.98..most).contains(&ratio), "{verb}, {name}, order {n}: {ratio}");
                };
                good("inv", ratio(2.0 * cube, || crate::inv(a)));
                if name != "upper" {
                    good("solve", ratio(8.0 / 3.0 * cube, || crate::solve(a, &b)));
                }
                good("lu", ratio(2.0 / 3.0 * cube, || crate::lu(a)));
            }
        }
    }

    #[test]
    fn what_is_told_never_falls() {
        let meter = Meter::new("this".to_owned(), 10.0, 10);
        meter.done.store(50, Ordering::Relaxed);
        assert_eq!(meter.progress(), Progress { fraction: 0.5, what: "this" });
        meter.planned.store(200, Ordering::Relaxed);
        assert_eq!(meter.progress().to_string(), "this: 50%");
        meter.done.store(500, Ordering::Relaxed);
        // Only what is done is 1.
        assert_eq!(meter.progress().fraction, ALMOST);
        assert_eq!(meter.progress().to_string(), "this: 99%");
        assert_eq!(meter.finished().to_string(), "this: 100%");
    }
}
