//! `det` and `slogdet`: determinants that neither overflow nor underflow on the way.

use std::ops::Range;

use resolvent_kernels::{Kernels, Real, Scalar};

use crate::error::{Error, Result};
use crate::factored::{Wanted, for_each_factored};
use crate::matrix::{
    Form, MatRef, Operand, PerMatrixOf, Scratch, Slots, StackRef, exponent_of, is_odd, times_power_of_two,
    zeroed,
};
use crate::plan::{Method, SMALL_BLOCK, Verb};
use crate::quality::Detail;
use crate::stacks;

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
pub fn det_into<T: Scalar>(a: &StackRef<'_, T>, out: &mut [T]) -> Result<()> {
    check_len(a, out.len())?;
    let out = Slots::new(out);
    // SAFETY: every matrix is told of once.
    for_each_determinant(a, |index, product| unsafe { out.put(index, product.value()) })
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
pub fn slogdet_into<T: Scalar>(a: &StackRef<'_, T>, sign: &mut [T], logabsdet: &mut [T::Real]) -> Result<()> {
    check_len(a, sign.len())?;
    check_len(a, logabsdet.len())?;
    let (signs, logs) = (Slots::new(sign), Slots::new(logabsdet));
    for_each_determinant(a, |index, product| {
        let pair = product.slogdet();
        // SAFETY: every matrix is told of once.
        unsafe {
            signs.put(index, pair.sign);
            logs.put(index, pair.logabsdet);
        }
    })
}

fn check_len<T: Scalar>(a: &StackRef<'_, T>, len: usize) -> Result<()> {
    if a.len() == len {
        return Ok(());
    }
    Err(Error::WrongLength { shape: a.batch().to_vec(), needed: a.len(), len })
}

/// Tells `put` of the determinant of every matrix, by its place in C order.
fn for_each_determinant<T: Scalar>(
    a: &StackRef<'_, T>,
    put: impl Fn(usize, Product) + Sync + Send,
) -> Result<()> {
    let n = stacks::order(a)?;
    let (kernels, plan) = stacks::plan::<T>(Verb::Factor, n, a.len())?;
    if n == 0 {
        (0..a.len()).for_each(|index| put(index, Product::default()));
    } else if plan.method == Method::Small {
        stacks::run(&plan, a.batch(), Detail::Summary.into(), |range, _| small(kernels, a, range, &put))?;
    } else {
        for_each_factored(a, Wanted::Factors, |index, factored| {
            put(index, Product::of_factors(factored.lu, is_odd(factored.permutation)));
        })?;
    }
    Ok(())
}

/// One task of small matrices, side by side or alone. What leaves the range of the type on the way goes through its factors.
fn small<T: Scalar>(
    kernels: &'static Kernels<T>,
    a: &StackRef<'_, T>,
    range: Range<usize>,
    put: &(impl Fn(usize, Product) + Sync),
) -> Result<()> {
    let n = a.nrows();
    let mut scratch = Scratch::new();
    let work = scratch.get(stacks::workspace(kernels, (n, 0), range.len()))?;
    let mut sources = [std::ptr::null(); SMALL_BLOCK];
    let (mut values, mut given) = ([T::zero(); SMALL_BLOCK], [false; SMALL_BLOCK]);
    for (small, block) in stacks::blocks(kernels, (n, 0), range) {
        // SAFETY: the matrices are valid by the construction of their stack; there is room for a block of determinants;
        // the workspace is the one asked for.
        unsafe {
            let group = stacks::addresses(&mut sources, a, block.clone());
            let given = &mut given[..block.len()];
            (small.determinant)(n, group, values.as_mut_ptr(), given, work);
        }
        for (place, index) in block.enumerate() {
            if given[place] {
                put(index, Product::plain(values[place]));
            } else {
                for_each_factored(&a.matrix(index).into(), Wanted::Factors, |_, factored| {
                    put(index, Product::of_factors(factored.lu, is_odd(factored.permutation)));
                })?;
            }
        }
    }
    Ok(())
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
    /// A number that is in the range of its type.
    fn plain<T: Scalar>(value: T) -> Self {
        Self { re: value.re().to_f64(), im: value.im().to_f64(), exponent: 0 }
    }

    /// The product of the pivots, negated if the exchanges are odd.
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
        if self.exponent == 0 {
            return T::from_parts(T::Real::from_f64(self.re), T::Real::from_f64(self.im));
        }
        T::from_parts(part(self.re), part(self.im))
    }

    /// Sign and logarithm.
    pub(crate) fn slogdet<T: Scalar>(self) -> SLogDet<T> {
        let modulus = if T::PARTS == 1 { self.re.abs() } else { self.re.hypot(self.im) };
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

#[cfg(test)]
mod tests {
    use super::*;

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
