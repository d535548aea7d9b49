//! Powers of two, multiplication by which rounds nothing.

/// `floor(log2 x)` of a positive finite number.
pub(crate) fn exponent_of(x: f64) -> i64 {
    const BIAS: i64 = 1023;
    let biased = (x.to_bits() >> 52) as i64;
    if biased > 0 { biased - BIAS } else { exponent_of(x * 2_f64.powi(64)) - 64 }
}

/// `x * 2^exponent`, rounded once unless the result is subnormal.
pub(crate) fn times_power_of_two(x: f64, exponent: i64) -> f64 {
    /// A power of two and its inverse that are both normal.
    const STEP: i64 = 1000;
    let mut x = x;
    let mut exponent = exponent.clamp(-3 * STEP, 3 * STEP);
    while exponent.abs() > STEP {
        x *= 2_f64.powi((exponent.signum() * STEP) as i32);
        exponent -= exponent.signum() * STEP;
    }
    x * 2_f64.powi(exponent as i32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn powers_of_two_are_exact() {
        for exponent in [-1074_i64, -1023, -1000, -1, 0, 1, 1000, 1023] {
            let x = times_power_of_two(1.0, exponent);
            assert_eq!(exponent_of(x), exponent);
            assert_eq!(times_power_of_two(x, -exponent), 1.0);
        }
        assert_eq!(times_power_of_two(1.5, 2000), f64::INFINITY);
        assert_eq!(times_power_of_two(1.5, -2000), 0.0);
    }
}
