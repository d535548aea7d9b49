//! [`Term`]: a number with what rounding may have done to it.

/// A number read or computed, and a bound on how far rounding took it from what was written.
///
/// `0.1x + 0.2x - 0.3x` leaves 5.6e-17 of `x`, which no one wrote: a sum within its own bound is exactly zero.
/// The losses are measured, not estimated, so whole numbers that fit float64 cancel exactly and are never cut off.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Term {
    pub(super) value: f64,
    bound: f64,
}

impl Term {
    /// A decimal as float64 holds it: rounded, unless it is a whole number.
    pub(super) fn literal(value: f64) -> Self {
        const EXACT: f64 = 9007199254740992.0;
        let whole = value.fract() == 0.0 && value.abs() <= EXACT;
        Self { value, bound: if whole { 0.0 } else { f64::EPSILON * value.abs() } }
    }

    pub(super) fn plus(self, other: Self) -> Self {
        let (a, b) = (self.value, other.value);
        let value = a + b;
        // What the sum lost, exactly (Knuth's TwoSum).
        let b_in_sum = value - a;
        let lost = (a - (value - b_in_sum)) + (b - b_in_sum);
        Self { value, bound: self.bound + other.bound + lost.abs() }
    }

    pub(super) fn times(self, other: Self) -> Self {
        let (a, b) = (self.value, other.value);
        let value = a * b;
        let lost = a.mul_add(b, -value).abs();
        Self { value, bound: a.abs() * other.bound + b.abs() * self.bound + self.bound * other.bound + lost }
    }

    /// The divisor is not zero.
    pub(super) fn over(self, divisor: Self) -> Self {
        let value = self.value / divisor.value;
        let inherited = (self.bound + value.abs() * divisor.bound) / divisor.value.abs();
        Self { value, bound: inherited + f64::EPSILON * value.abs() }
    }

    /// An exact exponent, as it nearly always is.
    pub(super) fn to_the(self, exponent: f64) -> Self {
        let value = self.value.powf(exponent);
        let relative = if self.value == 0.0 { 0.0 } else { self.bound / self.value.abs() };
        let exact = value.fract() == 0.0 && self.bound == 0.0 && value.abs() < 1.0 / f64::EPSILON;
        let rounding = if exact { 0.0 } else { f64::EPSILON };
        Self { value, bound: value.abs() * (exponent.abs() * relative + rounding) }
    }

    pub(super) fn negated(self) -> Self {
        Self { value: -self.value, ..self }
    }

    /// Zero where nothing but rounding is left.
    pub(super) fn settled(self) -> Self {
        // A bound that overflowed says nothing; the value is refused elsewhere.
        let vanished = self.value.abs() <= self.bound && self.bound.is_finite();
        Self { value: if vanished { 0.0 } else { self.value }, ..self }
    }
}
