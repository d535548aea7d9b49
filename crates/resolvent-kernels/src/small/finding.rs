//! What a kernel finds out about the matrices of one window, and how it reports it.

use super::whole;
use crate::lanes::{Lanes, Mask};
use crate::number::{Number, Part};
use crate::scalar::Real;
use crate::table::{LANES_MAX, Mark, Report};

/// What was found out about the matrices of one window.
pub(crate) struct Finding<N: Number> {
    /// No NaN or infinity came in.
    pub(super) finite: <N::Lanes as Lanes>::Mask,
    /// The first pivot that is exactly zero, or n.
    pub(super) first_zero: N::Lanes,
    pub(super) rcond: N::Lanes,
    /// The backward error.
    pub(super) error: N::Lanes,
    /// The forward error.
    pub(super) forward: N::Lanes,
}

impl<N: Number> Finding<N> {
    /// The lanes with a zero pivot.
    #[inline(always)]
    fn singular(&self, n: usize) -> <N::Lanes as Lanes>::Mask {
        whole::<N::Lanes>(n).gt(self.first_zero)
    }

    /// Lane by lane `if mask { yes } else { no }`.
    #[inline(always)]
    pub(super) fn select(mask: <N::Lanes as Lanes>::Mask, yes: Self, no: Self) -> Self {
        Finding {
            finite: mask.and(yes.finite).or(mask.not().and(no.finite)),
            first_zero: N::Lanes::select(mask, yes.first_zero, no.first_zero),
            rcond: N::Lanes::select(mask, yes.rcond, no.rcond),
            error: N::Lanes::select(mask, yes.error, no.error),
            forward: N::Lanes::select(mask, yes.forward, no.forward),
        }
    }

    /// Writes the report of the `count` matrices from `start` on. True if there is nothing to remark.
    #[inline(always)]
    pub(super) fn report(
        &self,
        n: usize,
        start: usize,
        count: usize,
        report: &mut Report<'_, Part<N>>,
    ) -> bool {
        let healthy = N::Lanes::splat(report.healthy);
        let singular = self.singular(n);
        let fine = self.rcond.gt(healthy).or(self.rcond.eq(healthy)).and(self.error.eq(self.error));
        let fine = fine.and(self.finite).and(singular.not()).all();
        let range = start..start + count;
        let (marks, rconds) = (&mut report.marks[range.clone()], &mut report.rcond[range.clone()]);
        let (errors, forwards) =
            (&mut report.backward_error[range.clone()], &mut report.forward_error[range]);
        if fine && count == N::LANES {
            // SAFETY: the slices are LANES long.
            unsafe {
                self.rcond.store(rconds.as_mut_ptr());
                self.error.store(errors.as_mut_ptr());
                self.forward.store(forwards.as_mut_ptr());
            }
            marks.fill(Mark::ANSWERED);
            return true;
        }
        assert!(N::LANES <= LANES_MAX);
        let nan = N::Lanes::splat(Part::<N>::NAN);
        let mut rows = [[Part::<N>::ZERO; LANES_MAX]; 4];
        // SAFETY: each row has LANES_MAX reals, at least LANES as just asserted.
        unsafe {
            N::Lanes::select(self.finite, self.rcond, nan).store(rows[0].as_mut_ptr());
            N::Lanes::select(self.finite, self.error, nan).store(rows[1].as_mut_ptr());
            N::Lanes::select(self.finite, self.forward, nan).store(rows[2].as_mut_ptr());
            self.first_zero.store(rows[3].as_mut_ptr());
        }
        each!(l < count, {
            (rconds[l], errors[l], forwards[l]) = (rows[0][l], rows[1][l], rows[2][l]);
            marks[l] = if !self.finite.lane(l) {
                Mark::NOT_FINITE
            } else if singular.lane(l) {
                Mark::zero_pivot(rows[3][l].to_f64() as usize)
            } else {
                Mark::ANSWERED
            };
        });
        fine
    }
}

/// The product of the pivots, as long as it and its parts stay in the middle of the range of the type.
pub(super) struct Product<N: Number> {
    pub(super) value: N,
    pub(super) plain: <N::Lanes as Lanes>::Mask,
}

impl<N: Number> Product<N> {
    #[inline(always)]
    pub(super) fn new(sign: N::Lanes) -> Self {
        Product { value: N::from_lanes(sign), plain: sign.eq(sign) }
    }

    #[inline(always)]
    pub(super) fn times(&mut self, factor: N) {
        // Their product, and those inside a complex one, neither overflow nor underflow.
        let least = Part::<N>::MIN_POSITIVE.to_f64() / Part::<N>::EPSILON.to_f64();
        let (least, most) = (Part::<N>::from_f64(least), Part::<N>::from_f64(1.0 / least));
        self.value = self.value.mul(factor);
        let size = self.value.abs1();
        self.plain = self.plain.and(size.gt(N::Lanes::splat(least))).and(N::Lanes::splat(most).gt(size));
    }
}
