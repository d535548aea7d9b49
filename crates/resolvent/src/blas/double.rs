//! Sums of products as if in twice the precision of float64 and then rounded: residuals for iterative refinement.
//!
//! What rounding takes from a sum or a product is itself a float64, and is kept beside the sum (`ogita2005accurate`,
//! Dot2). The error of a sum of n products is then `eps |result| + (n eps)^2 sum |a_j| |x_j|` at most. In float32 and
//! complex64 products are exact already.

use resolvent_kernels::{Real, Scalar};

use crate::error::Result;
use crate::matrix::{MatMut, MatRef, filled};

/// A sum, and what was rounded away from it.
#[derive(Debug, Clone, Copy, Default)]
struct Sum {
    rounded: f64,
    rest: f64,
}

impl Sum {
    /// Knuth's exact sum: `self.rounded + x = s + what is added to the rest`.
    fn add(&mut self, x: f64) {
        let s = self.rounded + x;
        let z = s - self.rounded;
        self.rest += (self.rounded - (s - z)) + (x - z);
        self.rounded = s;
    }

    /// `- a x`, whose rounding error a fused multiply-add finds.
    fn subtract_product(&mut self, a: f64, x: f64) {
        let p = -a * x;
        self.rest += (-a).mul_add(x, -p);
        self.add(p);
    }

    fn value(self) -> f64 {
        // Where the sum is infinite its rest is NaN, and says nothing.
        if self.rounded.is_finite() { self.rounded + self.rest } else { self.rounded }
    }
}

/// A vector of sums, one for the real and one for the imaginary part of each element.
#[derive(Debug)]
pub(crate) struct Sums(Vec<[Sum; 2]>);

impl Sums {
    /// So many zeros.
    pub(crate) fn zeros(len: usize) -> Result<Self> {
        Ok(Self(filled(len, [Sum::default(); 2])?))
    }

    /// All zeros again.
    pub(crate) fn clear(&mut self) {
        self.0.fill([Sum::default(); 2]);
    }

    /// `+ x`.
    pub(crate) fn add<T: Scalar>(&mut self, x: impl IntoIterator<Item = T>) {
        for (sum, x) in self.0.iter_mut().zip(x) {
            (0..T::PARTS).for_each(|part| sum[part].add(x.part(part).to_f64()));
        }
    }

    /// `- A x`: every sum takes its products in the order of the columns, whichever way the matrix is walked.
    ///
    /// # Panics
    /// If the shapes do not fit.
    pub(crate) fn subtract_product<T: Scalar>(&mut self, a: MatRef<'_, T>, x: &[T]) {
        assert_eq!(a.shape(), [self.0.len(), x.len()], "a product with a vector");
        if a.row_stride().unsigned_abs() < a.col_stride().unsigned_abs() {
            for (j, &x) in x.iter().enumerate() {
                self.0.iter_mut().enumerate().for_each(|(i, sum)| subtract(sum, a.get(i, j), x));
            }
        } else {
            for (i, sum) in self.0.iter_mut().enumerate() {
                x.iter().enumerate().for_each(|(j, &x)| subtract(sum, a.get(i, j), x));
            }
        }
    }

    /// The sums, rounded once.
    pub(crate) fn values<T: Scalar>(&self) -> impl Iterator<Item = T> {
        let round = |sum: Sum| T::Real::from_f64(sum.value());
        self.0.iter().map(move |sum| T::from_parts(round(sum[0]), round(sum[1])))
    }
}

fn subtract<T: Scalar>(sum: &mut [Sum; 2], a: T, x: T) {
    let (a_re, x_re) = (a.re().to_f64(), x.re().to_f64());
    sum[0].subtract_product(a_re, x_re);
    if T::PARTS == 2 {
        let (a_im, x_im) = (a.im().to_f64(), x.im().to_f64());
        sum[0].subtract_product(-a_im, x_im);
        sum[1].subtract_product(a_re, x_im);
        sum[1].subtract_product(a_im, x_re);
    }
}

/// `R := B - A X`, every element as if computed in twice the precision and then rounded; any strides.
///
/// # Panics
/// If the shapes do not fit.
pub(crate) fn residual<T: Scalar>(
    a: MatRef<'_, T>,
    x: MatRef<'_, T>,
    b: MatRef<'_, T>,
    mut r: MatMut<'_, T>,
) -> Result<()> {
    assert!(b.shape() == r.shape() && x.shape() == [a.ncols(), b.ncols()], "B - A X");
    let mut sums = Sums::zeros(a.nrows())?;
    let mut column = filled(a.ncols(), T::zero())?;
    for k in 0..b.ncols() {
        column.iter_mut().enumerate().for_each(|(j, element)| *element = x.get(j, k));
        sums.clear();
        sums.add((0..b.nrows()).map(|i| b.get(i, k)));
        sums.subtract_product(a, &column);
        sums.values().enumerate().for_each(|(i, value)| r.set(i, k, value));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use num_rational::BigRational;
    use num_traits::{ToPrimitive, Zero};
    use resolvent_kernels::Complex;

    use super::*;
    use crate::matrix::Mat;

    /// Numbers of many sizes and signs whose products cancel.
    fn number(i: usize) -> f64 {
        let mantissa = ((i * 7919 + 13) % 1009) as f64 / 1009.0 - 0.5;
        mantissa * 2_f64.powi((i * 31 % 60) as i32 - 30)
    }

    fn exact(x: f64) -> BigRational {
        BigRational::from_float(x).unwrap()
    }

    #[test]
    fn residuals_are_as_if_in_twice_the_precision() {
        let (m, n) = (7, 9);
        let a = Mat::from_fn(m, n, |i, j| number(i * n + j));
        let x = Mat::from_fn(n, 2, |i, j| number(100 + 2 * i + j));
        // The rounded product: all but its rounding errors cancels.
        let b = Mat::from_fn(m, 2, |i, k| (0..n).map(|j| a[(i, j)] * x[(j, k)]).sum::<f64>());
        let mut r = Mat::zeros(m, 2).unwrap();
        residual(a.as_ref(), x.as_ref(), b.as_ref(), r.as_mut()).unwrap();
        for i in 0..m {
            for k in 0..2 {
                let products = (0..n).map(|j| exact(a[(i, j)]) * exact(x[(j, k)]));
                let truth = products.fold(exact(b[(i, k)]), |sum, product| sum - product);
                let error = (exact(r[(i, k)]) - truth.clone()).to_f64().unwrap().abs();
                let sizes: f64 = (0..n).map(|j| (a[(i, j)] * x[(j, k)]).abs()).sum();
                let bound =
                    f64::EPSILON * truth.to_f64().unwrap().abs() + (n as f64 * f64::EPSILON).powi(2) * sizes;
                assert!(error <= bound, "({i}, {k}): {error:e} of {bound:e}");
                // Next to nothing, and nothing of it would be right in plain arithmetic.
                assert!(!truth.is_zero() && bound < 1e-10 * f64::EPSILON * sizes, "({i}, {k})");
            }
        }
        // Other strides, the same bits.
        let turned = Mat::from_fn(n, m, |j, i| a[(i, j)]);
        let mut again = Mat::zeros(m, 2).unwrap();
        residual(turned.as_ref().transpose(), x.as_ref(), b.as_ref(), again.as_mut()).unwrap();
        assert_eq!(r, again);
    }

    #[test]
    fn complex_products_have_four_parts() {
        let a = Mat::from_fn(1, 2, |_, j| Complex::new(1.0 + 2_f64.powi(-30), j as f64 + 2_f64.powi(-40)));
        let x = Mat::from_fn(2, 1, |j, _| Complex::new(3.0 - j as f64, 2_f64.powi(-30)));
        let b = Mat::from_fn(1, 1, |_, _| a[(0, 0)] * x[(0, 0)] + a[(0, 1)] * x[(1, 0)]);
        let mut r = Mat::zeros(1, 1).unwrap();
        residual(a.as_ref(), x.as_ref(), b.as_ref(), r.as_mut()).unwrap();
        let part = |of: Complex<f64>, p: usize| exact(of.part(p));
        let (mut re, mut im) = (part(b[(0, 0)], 0), part(b[(0, 0)], 1));
        for j in 0..2 {
            let (a, x) = (a[(0, j)], x[(j, 0)]);
            re = re - part(a, 0) * part(x, 0) + part(a, 1) * part(x, 1);
            im = im - part(a, 0) * part(x, 1) - part(a, 1) * part(x, 0);
        }
        assert_eq!(r[(0, 0)], Complex::new(re.to_f64().unwrap(), im.to_f64().unwrap()));
        assert!(!re.is_zero() && !im.is_zero());
    }

    #[test]
    fn what_overflows_is_infinite() {
        let one = |x: f64| Mat::from_fn(1, 1, |_, _| x);
        let mut r = one(0.0);
        residual(one(1e200).as_ref(), one(1e200).as_ref(), one(1.0).as_ref(), r.as_mut()).unwrap();
        assert_eq!(r[(0, 0)], f64::NEG_INFINITY);
    }
}
