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

    /// Flops counted by flops planned when `work` is over; it may end with an error.
    fn ratio<R>(verb: f64, work: impl FnOnce() -> Result<R>) -> f64 {
        let meter = Arc::new(Meter::new(String::new(), verb, 1));
        set_meter(Some(Arc::clone(&meter)));
        let _ = work();
        set_meter(None);
        meter.ratio()
    }

    fn random(n: usize) -> Mat<f64> {
        let mut state = 1_u64;
        Mat::from_fn(n, n, |_, _| {
            state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            (state >> 11) as f64 / (1_u64 << 53) as f64 - 0.5
        })
    }

    /// All that is planned is counted, and not much else, for every method and with helpers.
    #[test]
    fn what_is_planned_is_done() {
        for n in [100, 300, 700] {
            let a = random(n);
            let cube = (n as f64).powi(3);
            let form = |f: &dyn Fn(usize, usize) -> f64| Mat::from_fn(n, n, f);
            let size = n as f64;
            let symmetric =
                |i: usize, j: usize, diagonal: f64| if i == j { diagonal } else { a[(i.min(j), i.max(j))] };
            let positive = form(&|i, j| symmetric(i, j, size));
            let late = form(&|i, j| symmetric(i, j, if i + 20 < n { size } else { 1e-3 }));
            let lower = form(&|i, j| {
                if i == j {
                    2.0
                } else if i > j {
                    a[(i, j)] / size
                } else {
                    0.0
                }
            });
            let upper = form(&|i, j| lower[(j, i)]);
            let diagonal = form(&|i, j| if i == j { 2.0 } else { 0.0 });
            for (name, a) in [("general", &a), ("positive", &positive), ("not quite", &late)] {
                let b = random(n);
                let shown = |verb: &str, ratio: f64| {
                    println!("{verb} {name} {n}: {ratio}");
                };
                shown("lu", ratio(2.0 / 3.0 * cube, || crate::lu(a)));
                shown("inv", ratio(2.0 * cube, || crate::inv(a)));
                shown(
                    "solve",
                    ratio(2.0 / 3.0 * cube + 2.0 * (n * n) as f64, || crate::solve(a, &vec![1.0; n])),
                );
                shown("solve n", ratio(8.0 / 3.0 * cube, || crate::solve(a, &b)));
            }
            for (name, a) in [("lower", &lower), ("upper", &upper), ("diagonal", &diagonal)] {
                println!("{name} {n}: {}", ratio(2.0 * cube, || crate::inv(a)));
            }
        }
    }
}
