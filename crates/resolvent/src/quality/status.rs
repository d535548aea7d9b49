//! [`Status`]: the verdict on one matrix, and the thresholds behind it.

use std::fmt;

use resolvent_kernels::table::{Mark, Report};
use resolvent_kernels::{Real, Scalar};

/// How far the answer for one matrix can be trusted. Ordered from best to worst.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Status {
    /// rcond >= sqrt(eps): at least half of the digits are right.
    Ok = 0,
    /// rcond < sqrt(eps): fewer than half of the digits are right.
    IllConditioned = 1,
    /// rcond < 10 eps, also after the rows and columns are equilibrated: perhaps no digit is right.
    NumericallySingular = 2,
    /// Singular in exact arithmetic, so there is no answer; it is NaN.
    Singular = 3,
    /// NaN or infinity came in, or went out: the answer overflowed.
    NotFinite = 4,
}

impl Status {
    /// That of an rcond alone, which proves nothing singular.
    pub(crate) fn of_rcond<R: Real>(rcond: R) -> Self {
        if rcond >= healthy() {
            Status::Ok
        } else if rcond >= singular_below() {
            Status::IllConditioned
        } else {
            Status::NumericallySingular
        }
    }

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
    /// The first pivot that came out zero, if any.
    pub(crate) zero_pivot: Option<usize>,
    /// It is zero whatever is rounded: the matrix is singular.
    pub(crate) proved: bool,
    /// No NaN or infinity came in.
    pub(crate) finite: bool,
    /// 0 at a zero pivot, NaN if not finite or not to be had.
    pub(crate) rcond: R,
    /// NaN where there is none.
    pub(crate) backward_error: R,
    /// A bound of the relative error of the answer; NaN where there is none, or none was asked for.
    pub(crate) forward_error: R,
}

impl<R: Real> Verdict<R> {
    /// What a kernel reports of matrix m.
    pub(crate) fn of(report: &Report<'_, R>, m: usize) -> Self {
        Self {
            zero_pivot: report.marks[m].pivot(),
            proved: false,
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

/// From this rcond on the status is [`Status::Ok`].
pub(crate) fn healthy<R: Real>() -> R {
    R::EPSILON.sqrt()
}

/// Below this rcond no decimal digit of an answer survives, [`digits_to_trust`]: whether the matrix is singular is found out
/// exactly. Elimination leaves an rcond below eps of what is singular.
pub(super) fn singular_below<R: Real>() -> R {
    R::from_f64(10.0) * R::EPSILON
}

/// No answer with a larger backward error passes: 1e-13 in double precision.
pub(crate) fn backward_error_above<R: Real>() -> R {
    R::from_f64(450.0) * R::EPSILON
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
    Verdict { zero_pivot, proved: false, finite, rcond, backward_error: nan, forward_error: nan }
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
