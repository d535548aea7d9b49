//! Division by the same number many times: one true division, then multiplications.

use crate::lanes::Lanes;
use crate::number::{Number, Part};
use crate::scalar::Real;

/// A constant in every lane.
#[inline(always)]
fn constant<N: Number>(x: f64) -> N::Lanes {
    N::Lanes::splat(Part::<N>::from_f64(x))
}

/// A number to divide by. The quotient is corrected by its own remainder (Markstein 1990), so that with FMA it is the
/// correctly rounded one as long as the remainder is a normal number (dividends above about MIN_POSITIVE / eps). Dividing
/// by zero gives zero: elimination goes on below a zero pivot with multipliers of zero, and whoever reads the answer looks
/// at the pivot first.
#[derive(Clone, Copy)]
pub(crate) struct Divisor<N: Number> {
    /// A power of two that keeps the reciprocal clear of overflow and of denormals; nearly always 1.
    pub(crate) scale: N::Lanes,
    /// The divisor, scaled.
    pub(crate) value: N,
    /// One over it, 0 for 0.
    pub(crate) reciprocal: N,
}

impl<N: Number> Divisor<N> {
    #[inline(always)]
    pub(crate) fn new(x: N) -> Self {
        let size = x.abs1();
        let least = Part::<N>::MIN_POSITIVE.to_f64();
        let tiny = constant::<N>(least).gt(size);
        let huge = size.gt(constant::<N>(1.0 / (16.0 * least)));
        let shrink = N::Lanes::select(huge, constant::<N>(0.0625), constant::<N>(1.0));
        let scale = N::Lanes::select(tiny, constant::<N>(4.0 / Part::<N>::EPSILON.to_f64()), shrink);
        let value = x.scale(scale);
        let zero = size.eq(constant::<N>(0.0));
        let reciprocal = N::select(zero, N::zero(), N::one().div(value));
        // By infinity: the quotient is 0, and no remainder may make it NaN.
        let infinite = size.eq(N::Lanes::splat(Part::<N>::INFINITY));
        let value = N::select(infinite, N::zero(), value);
        Divisor { scale, value, reciprocal }
    }

    /// `1 / divisor`, 0 for 0: to multiply with where the last bit does not matter. Infinite where the divisor is a
    /// denormal with an infinite reciprocal.
    #[inline(always)]
    pub(crate) fn plain(self) -> N {
        self.reciprocal.scale(self.scale)
    }

    /// The divisor with the other sign.
    #[inline(always)]
    pub(crate) fn neg(self) -> Self {
        Divisor { value: self.value.neg(), reciprocal: self.reciprocal.neg(), ..self }
    }

    /// `x / divisor` by multiplication with the reciprocal: within one and a half units in the last place.
    #[inline(always)]
    pub(crate) fn multiply(self, x: N) -> N {
        // Scaled apart: the product of scale and reciprocal may be infinite, and zero times that NaN.
        x.scale(self.scale).mul(self.reciprocal)
    }

    /// `x / divisor` for an x that is no larger: no quotient overflows.
    #[inline(always)]
    pub(crate) fn divide_smaller(self, x: N) -> N {
        let x = x.scale(self.scale);
        let quotient = x.mul(self.reciprocal);
        let remainder = quotient.neg_mul_add(self.value, x);
        remainder.mul_add(self.reciprocal, quotient)
    }

    /// `x / divisor`.
    #[inline(always)]
    pub(crate) fn divide(self, x: N) -> N {
        let corrected = self.divide_smaller(x);
        // An infinite quotient has no remainder: keep it.
        let quotient = x.scale(self.scale).mul(self.reciprocal);
        let size = corrected.abs1();
        N::select(size.eq(size), corrected, quotient)
    }
}
