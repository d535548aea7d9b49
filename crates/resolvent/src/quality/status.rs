//! [`Status`]: the verdict on one matrix, and the thresholds behind it.

use std::fmt;

use resolvent_kernels::table::{Mark, Report};
use resolvent_kernels::{Kernels, Real, Scalar};

use super::Quality;
use super::second_look::{equilibrated_rcond, unit_rcond};
use crate::error::Result;
use crate::matrix::MatRef;

/// How far the answer for one matrix can be trusted. Ordered from best to worst.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Status {
    /// rcond >= sqrt(eps): at least half of the digits are right.
    Ok = 0,
    /// rcond < sqrt(eps): fewer than half of the digits are right.
    IllConditioned = 1,
    /// rcond < n eps, also after the rows and columns are equilibrated: perhaps no digit is right.
    NumericallySingular = 2,
    /// A computed pivot is exactly zero, so there is no answer; it is NaN.
    Singular = 3,
    /// NaN or infinity came in, or went out: the answer overflowed.
    NotFinite = 4,
}

impl Status {
    /// The name as Python has it: `OK`, `ILL_CONDITIONED`, ...
    pub fn name(self) -> &'static str {
        match self {
            Status::Ok => "OK",
            Status::IllConditioned => "ILL_CONDITIONED",
            Status::NumericallySingular => "NUMERICALLY_SINGULAR",
            Status::Singular => "SINGULAR",
            Status::NotFinite => "NOT_FINITE",
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Status::Ok => "ok",
            Status::IllConditioned => "ill-conditioned",
            Status::NumericallySingular => "numerically singular",
            Status::Singular => "singular",
            Status::NotFinite => "not finite",
        })
    }
}

/// What was measured of one matrix and its answer.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Verdict<R> {
    /// The first pivot that is exactly zero, if any.
    pub(crate) zero_pivot: Option<usize>,
    /// No NaN or infinity came in.
    pub(crate) finite: bool,
    /// 0 at a zero pivot, NaN if not finite or not to be had.
    pub(crate) rcond: R,
    /// NaN where there is none.
    pub(crate) backward_error: R,
    /// NaN where there is none.
    #[expect(dead_code, reason = "to be reported beside the backward error")]
    pub(crate) forward_error: R,
}

impl<R: Real> Verdict<R> {
    /// What a kernel reports of matrix m.
    pub(crate) fn of(report: &Report<'_, R>, m: usize) -> Self {
        Self {
            zero_pivot: report.marks[m].pivot(),
            finite: report.marks[m] != Mark::NOT_FINITE,
            rcond: report.rcond[m],
            backward_error: report.backward_error[m],
            forward_error: report.forward_error[m],
        }
    }

    /// Has a kernel report of one matrix, and whether there is anything to remark.
    #[inline]
    pub(crate) fn of_one(
        full: bool,
        healthy: R,
        kernel: impl FnOnce(&mut Report<'_, R>) -> bool,
    ) -> (bool, Self) {
        let (mut mark, [mut rcond, mut backward_error, mut forward_error]) =
            ([Mark::ANSWERED], [[R::ZERO]; 3]);
        let mut report = Report {
            full,
            healthy,
            marks: &mut mark,
            rcond: &mut rcond,
            backward_error: &mut backward_error,
            forward_error: &mut forward_error,
        };
        let fine = kernel(&mut report);
        (fine, Self::of(&report, 0))
    }
}

/// From this rcond on the status of order n is [`Status::Ok`].
pub(crate) fn healthy<T: Scalar>(n: usize) -> T::Real {
    let (half, tiny) = (T::Real::EPSILON.sqrt(), singular_below::<T>(n));
    if half > tiny { half } else { tiny }
}

/// Below this rcond a matrix of order n is numerically singular: n eps.
fn singular_below<T: Scalar>(n: usize) -> T::Real {
    T::Real::from_f64(n as f64) * T::Real::EPSILON
}

/// How many decimal digits of an answer survive: `log10(rcond / epsilon)`, rounded down, at least 0.
///
/// # Source
/// Higham 2002, section 1.6: relative forward error <= condition x backward error.
///
/// # Example
/// ```
/// assert_eq!(resolvent::digits_to_trust(1.0, f64::EPSILON), 15);
/// assert_eq!(resolvent::digits_to_trust(1e-10, f64::EPSILON), 5);
/// assert_eq!(resolvent::digits_to_trust(0.0, f64::EPSILON), 0);
/// ```
pub fn digits_to_trust(rcond: f64, epsilon: f64) -> u32 {
    let digits = (rcond / epsilon).log10();
    if digits > 0.0 { digits as u32 } else { 0 }
}

/// The verdict on a factored matrix before an answer is made and measured: rcond 0 at a zero pivot, else still unknown.
pub(crate) fn unanswered<T: Scalar>(finite: bool, zero_pivot: Option<usize>) -> Verdict<T::Real> {
    let nan = T::Real::NAN;
    let rcond = if finite && zero_pivot.is_some() { T::Real::ZERO } else { nan };
    Verdict { zero_pivot, finite, rcond, backward_error: nan, forward_error: nan }
}

/// The quality of one matrix from what its kernel or driver measured, and of the answer made with it, if any.
///
/// A small rcond alone may only mean bad scaling, so a matrix about to be called numerically singular gets a second
/// look after equilibration; and a norm may have left the range of the type where the matrix has not, so then rcond is
/// measured in the matrix's own unit. Healthy matrices never pay for either.
pub(crate) fn judge<T: Scalar>(
    kernels: &'static Kernels<T>,
    a: MatRef<'_, T>,
    verdict: &Verdict<T::Real>,
    answer: Option<MatRef<'_, T>>,
) -> Result<Quality> {
    let tiny = singular_below::<T>(a.nrows());
    let answered = verdict.finite && verdict.zero_pivot.is_none();
    let mut rcond = verdict.rcond;
    if answered && (rcond == T::Real::ZERO || rcond.is_nan()) {
        rcond = unit_rcond(kernels, a)?;
    }
    // A residual that is a number proves the answer finite; else look.
    let overflowed = answered && verdict.backward_error.is_nan() && answer.is_some_and(|x| !x.is_finite());
    let status = if !verdict.finite || overflowed {
        Status::NotFinite
    } else if verdict.zero_pivot.is_some() {
        Status::Singular
    } else if rcond >= healthy::<T>(a.nrows()) {
        Status::Ok
    } else if rcond >= tiny || equilibrated_rcond(kernels, a)? >= tiny {
        Status::IllConditioned
    } else {
        Status::NumericallySingular
    };
    Ok(Quality {
        status,
        rcond: rcond.to_f64(),
        backward_error: verdict.backward_error.to_f64(),
        zero_pivot: verdict.zero_pivot.unwrap_or(0),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statuses_are_numbered_as_promised() {
        let all = [
            Status::Ok,
            Status::IllConditioned,
            Status::NumericallySingular,
            Status::Singular,
            Status::NotFinite,
        ];
        for (number, status) in all.into_iter().enumerate() {
            assert_eq!(status as usize, number);
        }
    }

    #[test]
    fn digits_of_odd_numbers() {
        assert_eq!(digits_to_trust(f64::NAN, f64::EPSILON), 0);
        assert_eq!(digits_to_trust(f64::EPSILON / 2.0, f64::EPSILON), 0);
        assert_eq!(digits_to_trust(1.0, f64::from(f32::EPSILON)), 6);
    }
}
