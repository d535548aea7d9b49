//! The determinant in whole numbers.

use num_bigint::{BigInt, BigUint};
use num_integer::Integer;
use num_rational::BigRational;
use num_traits::{One, ToPrimitive, Zero};

use super::elimination::determinant;
use super::lifting::symmetric;
use super::matrix::Matrix;
use super::modular::{Field, PRIME_BITS};
use super::rank::regular;
use super::whole::Whole;
use super::with_threads;
use crate::error::{Error, Result};
use crate::matrix::{splitmix, with_room};
use crate::parallel;
use crate::plan::EXACT_PRIMES;

/// The determinant, exactly.
///
/// # Shapes
/// `(n, n)` in, one number out; 1 for n = 0.
///
/// # Errors
/// [`Error::NotSquare`].
///
/// # Accuracy
/// Exact: there are as many primes as Hadamard's bound of the determinant asks for.
///
/// # Cost
/// As one column of [`solve`](super::solve()): the denominator of a random solution divides the determinant, and mostly all
/// that is left is a factor of few digits.
///
/// # Source
/// `abbott1999fast`.
///
/// # Example
/// ```
/// use resolvent::exact::{BigInt, Matrix, det};
/// let large = BigInt::from(10).pow(50);
/// let a = Matrix::from_rows(&[[large.clone(), 1.into()], [2.into(), large.clone()]])?;
/// assert_eq!(det(&a)?.to_integer(), &large * &large - 2);
/// # Ok::<(), resolvent::Error>(())
/// ```
pub fn det(a: &Matrix) -> Result<BigRational> {
    a.check_square()?;
    with_threads(a.nrows(), || {
        let (whole, scales) = a.whole_rows()?;
        Ok(BigRational::new(of_whole(&whole)?, scales.iter().product()))
    })
}

fn of_whole(a: &Whole) -> Result<BigInt> {
    let bits = a.determinant_bits();
    let mut divisor = BigInt::one();
    if primes(bits, &divisor) > EXACT_PRIMES {
        match regular(a) {
            Ok(lifting) => {
                let mut state = a.rows as u64;
                let mut side = with_room(a.rows)?;
                side.extend((0..a.rows).map(|_| BigInt::from(splitmix(&mut state) >> 44)));
                // In lowest terms, and det x is whole (Cramer): it divides det.
                divisor = lifting.solve_all(&[side])?.swap_remove(0).denominator;
            }
            Err(Error::Singular { .. }) => return Ok(BigInt::zero()),
            Err(other) => return Err(other),
        }
    }
    let quotient = quotient(a, primes(bits, &divisor), &divisor)?;
    Ok(quotient * divisor)
}

/// How many primes have a product of more than twice `|det / divisor|`, for a determinant of so many bits.
fn primes(bits: u64, divisor: &BigInt) -> u64 {
    (bits + 2).saturating_sub(divisor.bits()) / PRIME_BITS as u64 + 1
}

/// `det / divisor` from what it is modulo so many primes that do not divide the divisor (the Chinese remainder theorem).
fn quotient(a: &Whole, primes: u64, divisor: &BigInt) -> Result<BigInt> {
    let modulo = |field: &Field| {
        let rest = divisor.mod_floor(&BigInt::from(field.prime()));
        field.residue(rest.to_u64().unwrap_or_default())
    };
    let fields = Field::all().map(|field| (field, modulo(&field))).filter(|&(_, divisor)| divisor != 0);
    let primes = usize::try_from(primes).unwrap_or(usize::MAX);
    let mut residues = with_room(primes)?;
    residues.extend(fields.take(primes).map(|(field, divisor)| (field, divisor, Ok(0))));
    parallel::for_each_mut(usize::MAX, &mut residues, |_, (field, divisor, quotient)| {
        let det = a.residues(field).and_then(|mut residues| determinant(field, &mut residues));
        *quotient = det.map(|det| field.multiply(det, field.invert(*divisor)));
    });
    let (mut value, mut product) = (BigUint::zero(), BigUint::one());
    for (field, _, quotient) in residues {
        let residue = |x: &BigUint| field.residue((x % field.prime()).to_u64().unwrap_or_default());
        let missing = field.subtract(quotient?, residue(&value));
        let factor = field.multiply(missing, field.invert(residue(&product)));
        value += &product * field.number(factor);
        product *= field.prime();
    }
    Ok(symmetric(&value, &product))
}
