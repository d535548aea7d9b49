//! `det` and `slogdet`: determinants that neither overflow nor underflow on the way.

use resolvent_kernels::{Real, Scalar};

use crate::error::{Error, Result};
use crate::factored::for_each_factored;
use crate::matrix::{Form, MatRef, Operand, PerMatrixOf, StackRef, zeroed};
use crate::quality::{Detail, Info};

/// The sign and the natural logarithm of the modulus of a determinant: `det = sign * exp(logabsdet)`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SLogDet<T: Scalar> {
    /// -1, 0 or 1; for complex matrices a number of modulus 1, or 0.
    pub sign: T,
    /// `ln |det|`; minus infinity for a determinant of zero.
    pub logabsdet: T::Real,
}

/// The determinant of a matrix, or of every matrix of a stack. A singular matrix gives 0, a determinant beyond the
/// range of the type infinity or 0 ([`slogdet`] has the whole range).
///
/// # Shapes
/// `(..., n, n)` in, one number per matrix out; 1 for n = 0.
///
/// # Errors
/// [`Error::NotSquare`].
///
/// # Accuracy
/// The exact determinant of a matrix within `c n eps |A|` of `a`. The product of the pivots is scaled by powers of two
/// as it grows, so no partial product overflows.
///
/// # Cost
/// 2/3 n^3 flops per matrix and a copy of one matrix per thread.
///
/// # Source
/// `higham2002accuracy`, section 14.6.
///
/// # Example
/// ```
/// let det = resolvent::det(&[[2.0, 1.0], [1.0, 3.0]])?;
/// assert_eq!(det, 5.0);
/// # Ok::<(), resolvent::Error>(())
/// ```
pub fn det<A: Operand + ?Sized>(a: &A) -> Result<PerMatrixOf<A, A::Elem>> {
    let a = a.stack()?;
    let mut values = zeroed(a.len())?;
    det_into(&a, &mut values)?;
    Ok(A::Form::per_matrix(a.batch(), values))
}

/// Sign and logarithm of the determinant of a matrix, or of every matrix of a stack.
///
/// # Shapes
/// `(..., n, n)` in, one pair per matrix out; (1, 0) for n = 0.
///
/// # Errors
/// [`Error::NotSquare`].
///
/// # Accuracy
/// As [`det`](fn@det).
///
/// # Cost
/// As [`det`](fn@det).
///
/// # Source
/// As [`det`](fn@det).
///
/// # Example
/// ```
/// let huge = resolvent::slogdet(&[[1e300_f64, 0.0], [0.0, -1e300]])?;
/// assert_eq!(huge.sign, -1.0);
/// assert!((huge.logabsdet - 600.0 * 10_f64.ln()).abs() < 1e-12 * 600.0);
/// # Ok::<(), resolvent::Error>(())
/// ```
pub fn slogdet<A: Operand + ?Sized>(a: &A) -> Result<PerMatrixOf<A, SLogDet<A::Elem>>> {
    let a = a.stack()?;
    let mut signs = zeroed(a.len())?;
    let mut logs = zeroed(a.len())?;
    slogdet_into(&a, &mut signs, &mut logs)?;
    let pairs = signs.into_iter().zip(logs).map(|(sign, logabsdet)| SLogDet { sign, logabsdet });
    Ok(A::Form::per_matrix(a.batch(), pairs.collect()))
}

/// Writes the determinant of every matrix, in C order.
///
/// # Shapes
/// `(..., n, n)` in, as many numbers as matrices out.
///
/// # Errors
/// [`Error::NotSquare`], [`Error::WrongLength`].
///
/// # Accuracy
/// As [`det`](fn@det).
///
/// # Cost
/// As [`det`](fn@det).
///
/// # Source
/// As [`det`](fn@det).
///
/// # Example
/// ```
/// let a = resolvent::StackRef::from_slice(&[3.0, 1.0, 1.0, 2.0], &[2, 2])?;
/// let mut det = [0.0];
/// resolvent::det_into(&a, &mut det)?;
/// assert!((det[0] - 5.0_f64).abs() < 1e-15);
/// # Ok::<(), resolvent::Error>(())
/// ```
pub fn det_into<T: Scalar>(a: &StackRef<'_, T>, out: &mut [T]) -> Result<Info> {
    check_len(a, out.len())?;
    let (values, info) = of_products(a, Product::value::<T>)?;
    out.copy_from_slice(&values);
    Ok(info)
}

/// Writes sign and logarithm of the determinant of every matrix, in C order.
///
/// # Shapes
/// `(..., n, n)` in, as many numbers as matrices out, twice.
///
/// # Errors
/// [`Error::NotSquare`], [`Error::WrongLength`].
///
/// # Accuracy
/// As [`det`](fn@det).
///
/// # Cost
/// As [`det`](fn@det).
///
/// # Source
/// As [`det`](fn@det).
///
/// # Example
/// ```
/// let a = resolvent::StackRef::from_slice(&[0.0, 1.0, 1.0, 0.0], &[2, 2])?;
/// let (mut sign, mut logabsdet) = ([0.0], [0.0]);
/// resolvent::slogdet_into(&a, &mut sign, &mut logabsdet)?;
/// assert_eq!((sign[0], logabsdet[0]), (-1.0, 0.0));
/// # Ok::<(), resolvent::Error>(())
/// ```
pub fn slogdet_into<T: Scalar>(
    a: &StackRef<'_, T>,
    sign: &mut [T],
    logabsdet: &mut [T::Real],
) -> Result<Info> {
    check_len(a, sign.len())?;
    check_len(a, logabsdet.len())?;
    let (pairs, info) = of_products(a, Product::slogdet::<T>)?;
    for ((sign, log), pair) in sign.iter_mut().zip(logabsdet).zip(pairs) {
        (*sign, *log) = (pair.sign, pair.logabsdet);
    }
    Ok(info)
}

fn check_len<T: Scalar>(a: &StackRef<'_, T>, len: usize) -> Result<()> {
    if a.len() == len {
        return Ok(());
    }
    Err(Error::WrongLength { shape: a.batch().to_vec(), needed: a.len(), len })
}

/// What `say` makes of the determinant of every matrix, in C order.
fn of_products<T: Scalar, U: Clone + Send>(
    a: &StackRef<'_, T>,
    say: impl Fn(Product) -> U + Sync + Send,
) -> Result<(Vec<U>, Info)> {
    let of_nothing = say(Product::default());
    for_each_factored(a, Detail::Summary, of_nothing, |_, factors| {
        say(Product::of_factors(factors.lu, factors.odd))
    })
}

/// A product `(re + im i) * 2^exponent`, kept near 1 in size; in float64, whose range holds every element of every
/// type.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Product {
    re: f64,
    im: f64,
    exponent: i64,
}

/// The determinant of a 0 x 0 matrix.
impl Default for Product {
    fn default() -> Self {
        Self { re: 1.0, im: 0.0, exponent: 0 }
    }
}

impl Product {
    /// The product of the pivots, negated if the row exchanges are odd.
    pub(crate) fn of_factors<T: Scalar>(lu: MatRef<'_, T>, odd: bool) -> Self {
        let sign = if odd { -1.0 } else { 1.0 };
        if T::PARTS == 1
            && let Some(re) = plain_product(sign, (0..lu.nrows()).map(|i| lu.get(i, i).re().to_f64()))
        {
            return Self { re, ..Self::default() };
        }
        let mut product = Self { re: sign, ..Self::default() };
        for i in 0..lu.nrows() {
            product.times(lu.get(i, i));
        }
        product
    }

    fn times<T: Scalar>(&mut self, factor: T) {
        let (a, b, shift) = normalized(factor.re().to_f64(), factor.im().to_f64());
        if T::PARTS == 1 {
            // Apart from complex numbers: 0 * infinity must not turn the imaginary part into NaN.
            self.re *= a;
        } else {
            (self.re, self.im) = (self.re * a - self.im * b, self.re * b + self.im * a);
        }
        let (re, im, again) = normalized(self.re, self.im);
        (self.re, self.im) = (re, im);
        self.exponent += shift + again;
    }

    /// The number itself, with the overflow or underflow that its type gives.
    pub(crate) fn value<T: Scalar>(self) -> T {
        if self.re == 0.0 && self.im == 0.0 {
            // A pivot is zero: without the sign of the exchanges.
            return T::zero();
        }
        let part = |x: f64| T::Real::from_f64(times_power_of_two(x, self.exponent));
        T::from_parts(part(self.re), part(self.im))
    }

    /// Sign and logarithm.
    pub(crate) fn slogdet<T: Scalar>(self) -> SLogDet<T> {
        let modulus = self.re.hypot(self.im);
        let log = modulus.ln() + self.exponent as f64 * std::f64::consts::LN_2;
        let part = |x: f64| T::Real::from_f64(if modulus == 0.0 { 0.0 } else { x / modulus });
        let sign = if T::PARTS == 1 && !self.re.is_nan() {
            // Also for infinity, whose quotient by itself is NaN.
            T::from_real(T::Real::from_f64(if self.re == 0.0 { 0.0 } else { self.re.signum() }))
        } else {
            T::from_parts(part(self.re), part(self.im))
        };
        SLogDet { sign, logabsdet: T::Real::from_f64(log) }
    }
}

/// The product without scaling, if no partial product comes near overflow or underflow: the same bits, since scaling by
/// powers of two is exact, for less.
fn plain_product(sign: f64, factors: impl Iterator<Item = f64>) -> Option<f64> {
    const SAFE: std::ops::Range<f64> = 1e-250..1e250;
    let mut product = sign;
    for factor in factors {
        product *= factor;
        if !SAFE.contains(&product.abs()) {
            return None;
        }
    }
    Some(product)
}

/// `(re, im)` times the power of two that brings the larger of them into [1, 2), and the exponent taken out. Zero and
/// what is not finite stay as they are.
fn normalized(re: f64, im: f64) -> (f64, f64, i64) {
    let size = re.abs().max(im.abs());
    if size == 0.0 || !(re.is_finite() && im.is_finite()) {
        return (re, im, 0);
    }
    let exponent = exponent_of(size);
    (times_power_of_two(re, -exponent), times_power_of_two(im, -exponent), exponent)
}

/// `floor(log2 x)` of a positive finite number.
fn exponent_of(x: f64) -> i64 {
    const BIAS: i64 = 1023;
    let biased = (x.to_bits() >> 52) as i64;
    if biased > 0 { biased - BIAS } else { exponent_of(x * 2_f64.powi(64)) - 64 }
}

/// `x * 2^exponent`, rounded once unless the result is subnormal.
fn times_power_of_two(x: f64, exponent: i64) -> f64 {
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

    #[test]
    fn partial_products_neither_overflow_nor_underflow() {
        let mut product = Product::default();
        for factor in [1e300, 1e300, 1e-300, -1e-300, 3.0] {
            product.times(factor);
        }
        let value: f64 = product.value();
        assert!((value + 3.0).abs() < 1e-14, "{value}");
    }

    #[test]
    fn zero_has_no_sign() {
        let mut product = Product { re: -1.0, ..Product::default() };
        product.times(0.0);
        assert!(product.value::<f64>().is_sign_positive());
        assert_eq!(product.slogdet::<f64>(), SLogDet { sign: 0.0, logabsdet: f64::NEG_INFINITY });
    }

    #[test]
    fn infinity_keeps_its_sign() {
        let mut product = Product::default();
        product.times(f64::NEG_INFINITY);
        product.times(2.0);
        assert_eq!(product.value::<f64>(), f64::NEG_INFINITY);
        assert_eq!(product.slogdet::<f64>(), SLogDet { sign: -1.0, logabsdet: f64::INFINITY });
    }
}
