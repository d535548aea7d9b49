//! Which columns (or rows) are combinations of others, with the coefficients.

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::Zero;
use resolvent_kernels::{Real, Scalar};

use super::basis::{Basis, column, independent, norm};
use super::rank::condition_of;
use super::scaling::Scaled;
use crate::error::Result;
use crate::factor::{Vectors, Wide, wide_svd};
use crate::matrix::{MatRef, filled, times_power_of_two};

/// A column (or row) that is, exactly or nearly, a combination of others.
///
/// # Example
/// ```
/// let a = [[1.0, 2.0, 3.0], [4.0, 5.0, 9.0], [7.0, 8.0, 15.0]];
/// let found = &resolvent::diagnose(&a, None)?.columns[0];
/// assert_eq!((found.index, &found.terms[..], found.exact), (2, &[(0, 1.0), (1, 1.0)][..], true));
/// # Ok::<(), resolvent::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Dependency<T> {
    /// Which column (or row) it is.
    pub index: usize,
    /// The others, in order, and what they are multiplied by. None if it is zero.
    pub terms: Vec<(usize, T)>,
    /// The 2-norm of what the terms leave over, relative to the column: rounding, or how near the dependence is.
    pub residual: f64,
    /// The terms add up to the column without any rounding, if simple fractions are what they look like.
    pub exact: bool,
}

/// Which column, and the parts of what it is multiplied by.
type Term = (usize, [f64; 2]);

fn to<T: Scalar>((j, [re, im]): Term) -> (usize, T) {
    (j, T::from_parts(T::Real::from_f64(re), T::Real::from_f64(im)))
}

/// The independent columns of a matrix, and the others by them.
pub(super) struct Dependencies<T, W> {
    pub(super) independent: Vec<usize>,
    pub(super) basis: Basis<W>,
    pub(super) found: Vec<Dependency<T>>,
}

/// Writes `count` columns of `a` as combinations of the others. `scaled` is the matrix with its columns of size near 1.
pub(super) fn dependencies<T: Scalar, W: Wide>(
    a: MatRef<'_, T>,
    scaled: &Scaled<W>,
    count: usize,
) -> Result<Dependencies<T, W>> {
    let n = a.ncols();
    let (independent, condition) = match count {
        0 => ((0..n).collect(), 1.0),
        _ => {
            let svd = wide_svd::<W, W>(scaled.matrix.as_ref(), Vectors::Thin)?;
            let rank = n - count;
            (independent(&svd.v, rank)?, condition_of(&svd.s[..rank]))
        }
    };
    let mut depends = filled(n, true)?;
    independent.iter().for_each(|&j| depends[j] = false);
    let basis = Basis::new(&scaled.matrix, &independent)?;
    let found = (0..n)
        .filter(|&j| depends[j])
        .map(|index| one_dependency(a, scaled, (&independent, &basis, condition), index))
        .collect::<Result<_>>()?;
    Ok(Dependencies { independent, basis, found })
}

fn one_dependency<T: Scalar, W: Wide>(
    a: MatRef<'_, T>,
    scaled: &Scaled<W>,
    (independent, basis, condition): (&[usize], &Basis<W>, f64),
    index: usize,
) -> Result<Dependency<T>> {
    let target = column(&scaled.matrix, index)?;
    let size = norm(&target);
    if size == 0.0 {
        return Ok(Dependency { index, terms: vec![], residual: 0.0, exact: true });
    }
    let rounding = 4.0 * (a.nrows() + a.ncols()) as f64 * T::Real::EPSILON.to_f64();
    let residual_of = |c: &[W]| -> Result<f64> { Ok(norm(&basis.residual(&target, c)?) / size) };
    // By the columns before it, unless all of them do distinctly better.
    let earlier = independent.iter().take_while(|&&j| j < index).count();
    let mut c = basis.coefficients(&target, earlier)?;
    let all = basis.coefficients(&target, basis.len())?;
    if residual_of(&all)? * 10.0 + rounding < residual_of(&c)? {
        c = all;
    }
    let found = residual_of(&c)?;
    // In the units of the matrix as given.
    let shift = |k: usize| scaled.columns[independent[k]] - scaled.columns[index];
    // What a coefficient is uncertain by: zeros and fractions may stand for what is no further off, if they do as well.
    let noise = (rounding + SIMPLE * found) * condition;
    let mut simple = c.clone();
    for (k, c) in simple.iter_mut().enumerate() {
        let allowed = noise * size / basis.size(k).max(f64::MIN_POSITIVE);
        let simplified = |x: f64| {
            let plain = times_power_of_two(x, shift(k));
            let fraction = simple_fraction(plain, times_power_of_two(allowed, shift(k)));
            fraction.map_or(x, |[p, q]| times_power_of_two(p / q, -shift(k)))
        };
        let part = |x: f64| if x.abs() <= allowed.min(LARGEST_NOISE) { 0.0 } else { simplified(x) };
        *c = W::from_parts(part(Scalar::re(*c)), part(Scalar::im(*c)));
    }
    if residual_of(&simple)? <= SIMPLE * found + rounding {
        c = simple;
    }
    let residual = residual_of(&c)?;
    let plain = |k: usize| {
        let part = |x: f64| times_power_of_two(x, shift(k));
        (independent[k], [part(Scalar::re(c[k])), part(Scalar::im(c[k]))])
    };
    let terms: Vec<Term> = (0..c.len()).filter(|&k| c[k] != W::zero()).map(plain).collect();
    let fractions = if residual <= rounding { exactly(a, index, &terms) } else { None };
    Ok(match fractions {
        Some(terms) => Dependency { index, terms, residual: 0.0, exact: true },
        None => Dependency { index, terms: terms.into_iter().map(to).collect(), residual, exact: false },
    })
}

/// Simple coefficients are worth a residual so many times as large.
const SIMPLE: f64 = 100.0;

/// No coefficient above that counts as zero, whatever the condition.
const LARGEST_NOISE: f64 = 1e-3;

/// The largest denominator of what counts as simple; and of what is tried in exact arithmetic.
const LARGEST_DENOMINATOR: i32 = 12;
pub(super) const LARGEST_EXACT_DENOMINATOR: i32 = 1024;

/// `p / q` with a small q, if that is x up to `allowed`, which must not be much.
pub(super) fn simple_fraction(x: f64, allowed: f64) -> Option<[f64; 2]> {
    /// A tolerance that would take any number for a fraction is none.
    const MOST: f64 = 1e-3;
    fraction(x, allowed.min(MOST * x.abs().min(1.0)), LARGEST_DENOMINATOR)
}

/// The first `p / q`, by q, that is x up to `allowed`, or up to rounding.
pub(super) fn fraction(x: f64, allowed: f64, largest_denominator: i32) -> Option<[f64; 2]> {
    let allowed = allowed.max(2.0 * f64::EPSILON * x.abs());
    let of = |q: i32| [(x * f64::from(q)).round(), f64::from(q)];
    let near = |&[p, q]: &[f64; 2]| p != 0.0 && p.abs() < 1e6 && (x - p / q).abs() <= allowed;
    (1..=largest_denominator).map(of).find(near)
}

/// The terms with the fractions that they look like, if with these they add up in whole numbers of any size.
fn exactly<T: Scalar>(a: MatRef<'_, T>, index: usize, terms: &[Term]) -> Option<Vec<(usize, T)>> {
    /// More products are not worth the answer.
    const MOST: usize = 1 << 16;
    /// So far from a fraction is a computed coefficient at most, relative to 1 or to itself.
    const NEAR: f64 = 1e-10;
    if a.nrows().saturating_mul(terms.len()) > MOST {
        return None;
    }
    let near = |x: f64| match x {
        0.0 => Some([0.0, 1.0]),
        _ => fraction(x, NEAR * x.abs().max(1.0), LARGEST_EXACT_DENOMINATOR),
    };
    let mut fractions = Vec::new();
    for &(j, [re, im]) in terms {
        fractions.push((j, [near(re)?, near(im)?]));
    }
    let exact = |x: f64| BigRational::from_float(x).unwrap_or_else(BigRational::zero);
    let ratio = |[p, q]: [f64; 2]| BigRational::new(BigInt::from(p as i64), BigInt::from(q as i64));
    let coefficients: Vec<_> = fractions.iter().map(|&(j, [re, im])| (j, ratio(re), ratio(im))).collect();
    let holds = (0..a.nrows()).all(|i| {
        let target = a.get(i, index);
        let (mut re, mut im) = (exact(target.re().to_f64()), exact(target.im().to_f64()));
        for (j, c_re, c_im) in &coefficients {
            let (x, y) = (exact(a.get(i, *j).re().to_f64()), exact(a.get(i, *j).im().to_f64()));
            re -= c_re * &x - c_im * &y;
            im -= c_re * y + c_im * x;
        }
        re.is_zero() && im.is_zero()
    });
    holds.then(|| fractions.iter().map(|&(j, parts)| to((j, parts.map(|[p, q]| p / q)))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fractions_are_recognized_and_nothing_else() {
        assert_eq!(simple_fraction(2.0 + 1e-13, 1e-12), Some([2.0, 1.0]));
        assert_eq!(simple_fraction(-1.0 / 3.0, 1e-15), Some([-1.0, 3.0]));
        assert_eq!(simple_fraction(0.75, 0.0), Some([3.0, 4.0]));
        assert_eq!(simple_fraction(std::f64::consts::PI, 1e-12), None);
        assert_eq!(simple_fraction(0.0, 1.0), None);
        // A tolerance of anything makes no fraction of it.
        assert_eq!(simple_fraction(std::f64::consts::E, f64::INFINITY), None);
    }
}
