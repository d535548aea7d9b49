//! [`Lifting`]: a linear system of whole numbers solved exactly, digit by digit to the base of a prime (Dixon 1982).

use num_bigint::{BigInt, BigUint, Sign};
use num_integer::Integer;
use num_traits::{One, Signed, ToPrimitive, Zero};

use super::elimination::{Residues, inverse};
use super::modular::{Field, PRIME_BITS};
use super::whole::Whole;
use crate::error::Result;
use crate::matrix::{filled, with_room};
use crate::parallel;
use crate::plan::{EXACT_ROWS, exact_threads};

/// Numerator and denominator of a fraction have so many bits less than the number that they were found from: of a random
/// one they have as many.
const SPARE_BITS: u64 = 32;

/// Numbers over a common denominator, which is positive and shares no factor with all of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fractions {
    pub(super) numerators: Vec<BigInt>,
    pub(super) denominator: BigInt,
}

/// A matrix of whole numbers and its inverse modulo a prime.
#[derive(Debug)]
pub(super) struct Lifting<'a> {
    a: &'a Whole,
    field: Field,
    inverse: Residues,
    bits: u64,
}

impl<'a> Lifting<'a> {
    /// None if the matrix is singular modulo the prime.
    pub(super) fn new(field: Field, a: &'a Whole) -> Result<Option<Self>> {
        let inverse = inverse(&field, &a.residues(&field)?)?;
        Ok(inverse.map(|inverse| Self { a, field, inverse, bits: a.determinant_bits() }))
    }

    pub(super) fn order(&self) -> usize {
        self.a.rows
    }

    /// Digits after which the solution for `b` cannot be missed.
    ///
    /// By Cramer's rule denominator and numerators are determinants; one of these, expanded along the column that b stands
    /// for, is a sum of n products of an element of b and a minor, which is bounded as the determinant is (Hadamard).
    fn digits(&self, b: &[BigInt]) -> usize {
        let terms = u64::from(usize::BITS - b.len().leading_zeros());
        let most = self.bits + b.iter().map(BigInt::bits).max().unwrap_or(0) + terms;
        let bits = 2 * most + SPARE_BITS + 2;
        usize::try_from(bits).map_or(usize::MAX, |bits| bits / PRIME_BITS + 1)
    }

    /// Solves `A x = b`, and checks the solution; none if it takes more than `most` digits.
    ///
    /// With digits y: `y := A^-1 r mod p`, `r := (r - A y) / p`, from `r = b` on. Fractions are looked for whenever the
    /// number of digits has doubled, so that a short solution is found soon.
    pub(super) fn solve(&self, b: &[BigInt], most: usize) -> Result<Option<Fractions>> {
        let n = self.a.rows;
        let p = BigInt::from(self.field.prime());
        let threads = exact_threads(n);
        let mut residual = with_room(n)?;
        residual.extend_from_slice(b);
        let mut x: Vec<BigUint> = filled(n, BigUint::zero())?;
        let mut power = BigUint::one();
        let (mut residues, mut digits) = (filled(n, 0_u64)?, filled(n, 0_u64)?);
        let bound = self.digits(b);
        for count in 1..=bound.min(most) {
            parallel::checkpoint();
            for (to, r) in residues.iter_mut().zip(&residual) {
                *to = self.field.residue(r.mod_floor(&p).to_u64().unwrap_or_default());
            }
            let mut parts: Vec<&mut [u64]> = digits.chunks_mut(EXACT_ROWS).collect();
            parallel::for_each_mut(threads, &mut parts, |part, digits| {
                for (i, digit) in digits.iter_mut().enumerate() {
                    let row = self.inverse.row(part * EXACT_ROWS + i);
                    *digit = self.field.number(self.field.dot(row, &residues));
                }
            });
            let mut parts: Vec<&mut [BigInt]> = residual.chunks_mut(EXACT_ROWS).collect();
            parallel::for_each_mut(threads, &mut parts, |part, residual| {
                for (i, r) in residual.iter_mut().enumerate() {
                    *r -= self.a.row_times_words(part * EXACT_ROWS + i, &digits);
                    *r /= self.field.prime();
                }
            });
            x.iter_mut().zip(&digits).for_each(|(x, &digit)| *x += &power * digit);
            power *= self.field.prime();
            if (count.is_power_of_two() || count == bound)
                && let Some(fractions) = fractions(&x, &power)
                && self.is_solution(&fractions, b)?
            {
                return Ok(Some(fractions));
            }
        }
        Ok(None)
    }

    /// Solves `A x = b` for many b.
    pub(super) fn solve_all(&self, sides: &[Vec<BigInt>]) -> Result<Vec<Fractions>> {
        let mut found = with_room(sides.len())?;
        found.extend(sides.iter().map(|_| Ok(None)));
        parallel::for_each_mut(usize::MAX, &mut found, |j, found| *found = self.solve(&sides[j], usize::MAX));
        let mut all = with_room(sides.len())?;
        for found in found {
            all.push(found?.unwrap_or_else(|| unreachable!("the bound of the number of digits")));
        }
        Ok(all)
    }

    fn is_solution(&self, x: &Fractions, b: &[BigInt]) -> Result<bool> {
        let mut rows = filled(b.len(), false)?;
        let threads = exact_threads(b.len());
        parallel::for_each_mut(threads, &mut rows, |i, row| {
            *row = self.a.row_times(i, &x.numerators) == &b[i] * &x.denominator;
        });
        Ok(rows.into_iter().all(|good| good))
    }
}

/// Bits of the numerators and denominators that are looked for modulo m. No two fractions of so many are the same modulo m.
fn bits_modulo(m: &BigUint) -> u64 {
    m.bits().saturating_sub(SPARE_BITS) / 2
}

/// Numbers known modulo m as short fractions, if there are such. What multiplied by the denominators so far is short is a
/// numerator already.
fn fractions(x: &[BigUint], m: &BigUint) -> Option<Fractions> {
    let most = bits_modulo(m);
    let mut denominator = BigUint::one();
    let mut found = Vec::with_capacity(x.len());
    for x in x {
        parallel::checkpoint();
        let rest = x * &denominator % m;
        let mut numerator = symmetric(&rest, m);
        if numerator.bits() > most {
            let factor;
            (numerator, factor) = fraction(rest, m);
            denominator *= factor;
            if denominator.bits() > most {
                return None;
            }
        }
        found.push((numerator, denominator.clone()));
    }
    let mut numerators: Vec<BigInt> =
        found.into_iter().map(|(numerator, part)| numerator * BigInt::from(&denominator / part)).collect();
    let mut denominator = BigInt::from(denominator);
    let mut common = denominator.clone();
    for numerator in &numerators {
        if common.is_one() {
            break;
        }
        common = common.gcd(numerator);
    }
    if !common.is_one() {
        numerators.iter_mut().for_each(|numerator| *numerator /= &common);
        denominator /= &common;
    }
    Some(Fractions { numerators, denominator })
}

/// The number of least size that is x modulo m.
pub(super) fn symmetric(x: &BigUint, m: &BigUint) -> BigInt {
    let negative = m - x;
    if negative < *x { BigInt::from_biguint(Sign::Minus, negative) } else { BigInt::from(x.clone()) }
}

/// The short fraction which is x modulo m, if there is one: half of Euclid's algorithm (Wang, Guy and Davenport 1982).
fn fraction(x: BigUint, m: &BigUint) -> (BigInt, BigUint) {
    let most = bits_modulo(m);
    let (mut r, mut next) = (m.clone(), x);
    let (mut t, mut next_t) = (BigInt::zero(), BigInt::one());
    while next.bits() > most {
        let (quotient, rest) = r.div_rem(&next);
        r = std::mem::replace(&mut next, rest);
        let sum = t - BigInt::from(quotient) * &next_t;
        t = std::mem::replace(&mut next_t, sum);
    }
    let sign = if next_t.is_negative() { Sign::Minus } else { Sign::Plus };
    (BigInt::from_biguint(sign, next), next_t.into_parts().1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(of: &[i64]) -> Vec<BigInt> {
        of.iter().map(|&x| BigInt::from(x)).collect()
    }

    fn solve(a: &[i64], b: &[i64], most: usize) -> Option<Fractions> {
        let a = Whole::from_numbers(b.len(), b.len(), &numbers(a)).unwrap();
        Lifting::new(Field::all().next()?, &a).unwrap()?.solve(&numbers(b), most).unwrap()
    }

    #[test]
    fn a_small_system() {
        let x = solve(&[2, 1, 1, 3], &[5, 4], 100).unwrap();
        assert_eq!((x.numerators, x.denominator), (numbers(&[11, 3]), BigInt::from(5)));
        let x = solve(&[-2, 0, 0, 4], &[6, 8], 100).unwrap();
        assert_eq!((x.numerators, x.denominator), (numbers(&[-3, 2]), BigInt::from(1)));
        assert_eq!(solve(&[1, 2, 2, 4], &[1, 1], 100), None);
        let none = solve(&[], &[], 100).unwrap();
        assert_eq!((none.numerators, none.denominator), (vec![], BigInt::from(1)));
    }

    #[test]
    fn a_solution_that_takes_too_many_digits_is_none() {
        let wide = i64::MAX - 24;
        let a = [wide, 12345, -777, wide - 2, 1, 3, 5, 8, wide - 6];
        assert_eq!(solve(&a, &[1, 2, wide], 3), None);
        assert!(solve(&a, &[1, 2, wide], usize::MAX).is_some());
    }

    #[test]
    fn fractions_come_back() {
        let m = BigUint::from(3_u8).pow(200);
        let inverse = BigInt::from(7 * 2_i64.pow(40)).modinv(&BigInt::from(m.clone())).unwrap();
        let x = |numerator: i64| {
            (BigInt::from(numerator) * &inverse).mod_floor(&BigInt::from(m.clone())).into_parts().1
        };
        let found = fractions(&[x(-5), x(14), x(0)], &m).unwrap();
        assert_eq!(
            (found.numerators, found.denominator),
            (numbers(&[-5, 14, 0]), BigInt::from(7 * 2_i64.pow(40)))
        );
        assert_eq!(fractions(&[BigUint::from(5_u8).pow(130)], &m), None);
    }
}
