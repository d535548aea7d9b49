//! [`Dependence`]: which row of a singular matrix is a combination of those before it, in exact numbers, and in words.

use std::fmt;

use num_bigint::{BigInt, BigUint};
use num_rational::BigRational;
use num_traits::{One, Pow, Signed, Zero};

use super::lifting::{Fractions, Lifting};
use super::modular::Field;
use super::whole::Whole;
use crate::error::Result;
use crate::matrix::with_room;

/// Row `row` is the sum of the rows of `terms`, each times its coefficient: exactly, of the matrix as it is stored.
///
/// It is the first row that depends on those before it. These are independent, so that the coefficients are the only ones
/// there are; those that are zero are left out. A row of zeros has no terms.
///
/// # Example
/// ```
/// use resolvent::exact::{Matrix, dependence};
/// let a = Matrix::from_rows(&[[1, 2, 3], [4, 5, 6], [7, 8, 9]])?;
/// let found = dependence(&a)?.expect("a singular matrix");
/// assert_eq!(found.to_string(), "row 2 = 2*row 1 - row 0");
/// # Ok::<(), resolvent::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dependence {
    /// The first row that depends on those before it.
    pub row: usize,
    /// Rows before it, in order, and what they are multiplied by.
    pub terms: Vec<(usize, Coefficient)>,
}

/// An exact number, complex if the matrix is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Coefficient {
    /// The real part.
    pub re: BigRational,
    /// The imaginary part; 0 for a real matrix.
    pub im: BigRational,
}

/// Numerators and denominators of a dependence, checked against every column of the matrix.
///
/// `columns` are the rows of the matrix as columns, the last of them the one that depends on the others; complex numbers
/// are blocks `[re -im; im re]`. `chosen` are as many of its rows as make the others independent. None if that is wrong,
/// or if it would take more than `effort` products of words to find out.
pub(super) fn coefficients(
    field: Field,
    columns: &Whole,
    parts: usize,
    chosen: &[usize],
    effort: usize,
) -> Result<Option<Fractions>> {
    let (n, count) = (columns.rows / parts, columns.columns / parts - 1);
    debug_assert_eq!(chosen.len(), count, "a square system");
    let unknowns = indices(parts, |p| (0..count).map(move |j| p * (count + 1) + j))?;
    let equations = indices(parts, |p| chosen.iter().map(move |&i| p * n + i))?;
    let square = columns.select(&equations, &unknowns)?;
    let mut right = with_room(equations.len())?;
    right.extend(equations.iter().map(|&i| columns.get(i, count)));
    let Some(lifting) = Lifting::new(field, &square)? else { return Ok(None) };
    let a_digit = equations.len().pow(2) * (1 + columns.width());
    let Some(found) = lifting.solve(&right, effort / a_digit.max(1))? else { return Ok(None) };
    let all: Vec<usize> = (0..columns.rows).collect();
    let others = columns.select(&all, &unknowns)?;
    let holds =
        |i: usize| others.row_times(i, &found.numerators) == columns.get(i, count) * &found.denominator;
    Ok((0..columns.rows).all(holds).then_some(found))
}

/// For each part the indices that it has.
fn indices<I: Iterator<Item = usize>>(parts: usize, of: impl Fn(usize) -> I) -> Result<Vec<usize>> {
    let mut all = Vec::new();
    for p in 0..parts {
        let indices: Vec<usize> = of(p).collect();
        all.extend(indices);
    }
    Ok(all)
}

impl Dependence {
    /// Of row `row`, where the coefficient of row j is what was found times `scale(j)`.
    pub(super) fn new(row: usize, found: &Fractions, scale: impl Fn(usize) -> BigRational) -> Self {
        let number = |place: usize, scale: &BigRational| match found.numerators.get(place) {
            Some(numerator) if !numerator.is_zero() => {
                BigRational::new(numerator * scale.numer(), &found.denominator * scale.denom())
            }
            _ => BigRational::zero(),
        };
        let coefficient = |j| {
            let scale = scale(j);
            Coefficient { re: number(j, &scale), im: number(row + j, &scale) }
        };
        let terms = (0..row).map(|j| (j, coefficient(j)));
        Self { row, terms: terms.filter(|(_, c)| !c.re.is_zero() || !c.im.is_zero()).collect() }
    }
}

/// At most so many terms are written.
const TERMS: usize = 6;

/// Whole numbers of more digits, and fractions with larger denominators, are rounded to so many digits.
const DIGITS: u32 = 20;
const DENOMINATOR: u32 = 1_000_000;
const ROUNDED_DIGITS: i64 = 6;

/// In words: `row 2 = 2*row 1 - row 0`, the later rows first; of many terms the largest. What is rounded has a `~`.
impl fmt::Display for Dependence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.terms.is_empty() {
            return write!(f, "row {} is zero", self.row);
        }
        write!(f, "row {} =", self.row)?;
        let mut terms: Vec<_> = self.terms.iter().rev().collect();
        if terms.len() > TERMS {
            terms.sort_by_key(|(_, coefficient)| std::cmp::Reverse(coefficient.square()));
        }
        for (place, (row, coefficient)) in terms.iter().take(TERMS).enumerate() {
            let (is_negative, size) = coefficient.split();
            match (place, is_negative) {
                (0, false) => write!(f, " ")?,
                (0, true) => write!(f, " -")?,
                (_, false) => write!(f, " + ")?,
                (_, true) => write!(f, " - ")?,
            }
            if size.im.is_zero() && size.re.is_one() {
                write!(f, "row {row}")?;
            } else {
                write!(f, "{size}*row {row}")?;
            }
        }
        if terms.len() > TERMS {
            write!(f, " + ... ({} rows in all)", terms.len())?;
        }
        Ok(())
    }
}

impl Coefficient {
    /// The square of the modulus.
    fn square(&self) -> BigRational {
        &self.re * &self.re + &self.im * &self.im
    }

    /// Whether a minus can be written before it, and what is then to be written.
    fn split(&self) -> (bool, Self) {
        let is_negative = if self.im.is_zero() {
            self.re.is_negative()
        } else {
            self.re.is_zero() && self.im.is_negative()
        };
        (is_negative, if is_negative { Self { re: -&self.re, im: -&self.im } } else { self.clone() })
    }
}

/// `3/2`, `2i`, `(1+2i)`.
impl fmt::Display for Coefficient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let size = self.im.abs();
        let imaginary = if size.is_one() { String::new() } else { in_digits(&size) };
        let sign = if self.im.is_negative() { "-" } else { "+" };
        match (self.re.is_zero(), self.im.is_zero()) {
            (_, true) => write!(f, "{}", in_digits(&self.re)),
            (true, _) if sign == "-" => write!(f, "-{imaginary}i"),
            (true, _) => write!(f, "{imaginary}i"),
            _ => write!(f, "({}{sign}{imaginary}i)", in_digits(&self.re)),
        }
    }
}

/// The number itself if that is short, else rounded.
fn in_digits(x: &BigRational) -> String {
    let limit = BigUint::from(10_u8).pow(DIGITS);
    if x.numer().magnitude() < &limit && x.denom() <= &BigInt::from(DENOMINATOR) {
        return x.to_string();
    }
    let sign = if x.is_negative() { "-" } else { "" };
    format!("~{sign}{}", rounded(&x.abs()))
}

/// Six significant digits of a positive number, as `%g` writes them.
fn rounded(x: &BigRational) -> String {
    let ten = BigRational::from_integer(BigInt::from(10));
    let scaled = |exponent: i64| {
        let power = ten.clone().pow(ROUNDED_DIGITS - 1 - exponent);
        (x * power).round().to_integer().to_string()
    };
    // The bits give log10, or up to two less; from below, so that nothing is rounded to too few digits.
    let bits = x.numer().bits() as f64 - x.denom().bits() as f64 - 1.0;
    let mut exponent = (bits * std::f64::consts::LOG10_2).floor() as i64;
    let mut digits = scaled(exponent);
    while digits.len() as i64 > ROUNDED_DIGITS {
        exponent += 1;
        digits = scaled(exponent);
    }
    let digits = digits.trim_end_matches('0');
    if (-5..ROUNDED_DIGITS).contains(&exponent) {
        if exponent < 0 {
            return format!("0.{}{digits}", "0".repeat((-exponent - 1) as usize));
        }
        let before = exponent as usize + 1;
        return match digits.split_at_checked(before) {
            Some((whole, "")) => whole.to_owned(),
            Some((whole, fraction)) => format!("{whole}.{fraction}"),
            None => format!("{digits:0<before$}"),
        };
    }
    let (first, others) = digits.split_at(1);
    let point = if others.is_empty() { "" } else { "." };
    format!("{first}{point}{others}e{exponent:+}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ratio(numerator: i64, denominator: i64) -> BigRational {
        BigRational::new(numerator.into(), denominator.into())
    }

    /// A row, and numerators and denominators of both parts of its coefficient.
    type Term = (usize, (i64, i64), (i64, i64));

    fn words(row: usize, terms: &[Term]) -> String {
        let term = |&(j, re, im): &Term| (j, Coefficient { re: ratio(re.0, re.1), im: ratio(im.0, im.1) });
        Dependence { row, terms: terms.iter().map(term).collect() }.to_string()
    }

    #[test]
    fn dependences_in_words() {
        let no = (0, 1);
        assert_eq!(words(2, &[(0, (-1, 1), no), (1, (2, 1), no)]), "row 2 = 2*row 1 - row 0");
        assert_eq!(words(4, &[]), "row 4 is zero");
        assert_eq!(words(1, &[(0, (-1, 1), no)]), "row 1 = -row 0");
        assert_eq!(words(2, &[(0, (1, 1), no), (1, (-3, 2), no)]), "row 2 = -3/2*row 1 + row 0");
        assert_eq!(words(2, &[(1, (1, 1), (2, 1))]), "row 2 = (1+2i)*row 1");
        assert_eq!(words(2, &[(1, (-1, 1), (-1, 1))]), "row 2 = (-1-i)*row 1");
        assert_eq!(words(2, &[(0, no, (-1, 1)), (1, no, (5, 1))]), "row 2 = 5i*row 1 - i*row 0");
        let many: Vec<_> = (0..17).map(|j| (j, (j as i64 + 1, 1), no)).collect();
        assert_eq!(
            words(17, &many),
            "row 17 = 17*row 16 + 16*row 15 + 15*row 14 + 14*row 13 + 13*row 12 + 12*row 11 + ... (17 rows in all)"
        );
    }

    #[test]
    fn long_numbers_are_rounded() {
        let third = BigRational::from_float(1.0_f64 / 3.0).unwrap();
        assert_eq!(in_digits(&third), "~0.333333");
        assert_eq!(in_digits(&-third), "~-0.333333");
        assert_eq!(in_digits(&ratio(1, 3)), "1/3");
        assert_eq!(in_digits(&ratio(1, 1_000_001)), "~9.99999e-7");
        assert_eq!(in_digits(&BigRational::from_integer(BigInt::from(10).pow(20_u32))), "~1e+20");
        assert_eq!(in_digits(&BigRational::from_integer(BigInt::from(10).pow(20_u32) - 1)), "9".repeat(20));
        assert_eq!(in_digits(&BigRational::from_float(1e300 / 3.0).unwrap()), "~3.33333e+299");
        assert_eq!(in_digits(&BigRational::from_float(5e-324).unwrap()), "~4.94066e-324");
        assert_eq!(in_digits(&BigRational::from_float(123_456.7).unwrap()), "~123457");
        assert_eq!(in_digits(&BigRational::from_float(0.1).unwrap()), "~0.1");
        assert_eq!(in_digits(&BigRational::from_float(99_999.99).unwrap()), "~100000");
        assert_eq!(in_digits(&BigRational::from_float(0.000_012_3).unwrap()), "~0.0000123");
        assert_eq!(in_digits(&BigRational::from_float(12.3).unwrap()), "~12.3");
    }
}
