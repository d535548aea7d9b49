//! [`Dyadic`]: a floating-point matrix as what it is, whole numbers times powers of two.

use resolvent_kernels::{Real, Scalar};

use super::elimination::Residues;
use super::modular::Field;
use super::whole::Whole;
use crate::error::Result;
use crate::matrix::{MatRef, check_size, filled, with_room};

/// A whole number times a power of two, and odd, unless it is zero.
#[derive(Debug, Clone, Copy)]
pub(super) struct Number {
    pub(super) odd: i64,
    pub(super) exponent: i32,
}

impl Number {
    pub(super) const ZERO: Self = Self { odd: 0, exponent: 0 };

    /// A finite number.
    pub(super) fn new(x: f64) -> Self {
        const FRACTION: u32 = f64::MANTISSA_DIGITS - 1;
        let bits = x.to_bits();
        let (fraction, biased) = (bits & ((1 << FRACTION) - 1), bits >> FRACTION & 0x7ff);
        let mantissa = if biased == 0 { fraction } else { fraction | 1 << FRACTION };
        if mantissa == 0 {
            return Self::ZERO;
        }
        let zeros = mantissa.trailing_zeros();
        let odd = (mantissa >> zeros) as i64;
        let exponent = biased.max(1) as i32 - 1075 + zeros as i32;
        Self { odd: if bits >> 63 == 1 { -odd } else { odd }, exponent }
    }

    /// Bits of the whole number.
    pub(super) fn bits(self) -> usize {
        (u64::BITS - self.odd.unsigned_abs().leading_zeros()) as usize + self.exponent.max(0) as usize
    }
}

/// A square matrix `2^r_i a_ij 2^c_j` of whole numbers a_ij, or Gaussian ones, with no power of two left that all of a row
/// or of a column share.
#[derive(Debug)]
pub(super) struct Dyadic {
    pub(super) n: usize,
    /// 1 for real, 2 for complex numbers.
    pub(super) parts: usize,
    numbers: Vec<Number>,
    /// The powers of two taken out of the rows.
    pub(super) row_exponents: Vec<i32>,
}

impl Dyadic {
    /// A square matrix of finite numbers.
    pub(super) fn new<T: Scalar>(a: MatRef<'_, T>) -> Result<Self> {
        let (n, parts) = (a.nrows(), T::PARTS);
        let mut numbers = with_room(check_size::<T>(&[n, n])?.saturating_mul(parts))?;
        let mut row_exponents = filled(n, 0)?;
        let mut column_exponents = filled(n, i32::MAX)?;
        for (i, row_exponent) in row_exponents.iter_mut().enumerate() {
            let start = numbers.len();
            numbers.extend((0..n).flat_map(|j| {
                let x = a.get(i, j);
                (0..parts).map(move |p| Number::new(x.part(p).to_f64()))
            }));
            let row = &mut numbers[start..];
            let others = |number: &&mut Number| number.odd != 0;
            let least = row.iter().filter(|x| x.odd != 0).map(|x| x.exponent).min().unwrap_or(0);
            row.iter_mut().filter(others).for_each(|x| x.exponent -= least);
            *row_exponent = least;
            for (j, x) in row.iter().enumerate().filter(|(_, x)| x.odd != 0) {
                let column = &mut column_exponents[j / parts];
                *column = x.exponent.min(*column);
            }
        }
        for (place, x) in numbers.iter_mut().enumerate().filter(|(_, x)| x.odd != 0) {
            x.exponent -= column_exponents[place / parts % n];
        }
        Ok(Self { n, parts, numbers, row_exponents })
    }

    /// Part p of an element.
    pub(super) fn at(&self, i: usize, j: usize, p: usize) -> Number {
        self.numbers[(i * self.n + j) * self.parts + p]
    }

    /// Bits of the modulus of the determinant, squared for complex numbers, at most: Hadamard's bound, of rows whose length
    /// is at most the square root of their number of parts times the largest of them.
    pub(super) fn determinant_bits(&self) -> usize {
        let width = self.n * self.parts;
        let lengths = (usize::BITS - width.leading_zeros()) as usize;
        let row = |row: &[Number]| row.iter().map(|x| x.bits()).max().unwrap_or(0);
        let rows: usize = self.numbers.chunks(width.max(1)).map(row).sum();
        self.parts * (rows + (self.n * lengths).div_ceil(2))
    }

    /// The elements modulo a prime, where i is a root of -1, row by row.
    pub(super) fn fill_residues(&self, field: &Field, to: &mut [u64]) {
        let mut powers = Powers { field, last: (0, field.one()) };
        for (to, parts) in to.iter_mut().zip(self.numbers.chunks(self.parts)) {
            *to = powers.residue(parts[0]);
            if let Some(&imaginary) = parts.get(1) {
                let imaginary = field.multiply(field.root_of_minus_one(), powers.residue(imaginary));
                *to = field.add(*to, imaginary);
            }
        }
    }

    pub(super) fn residues(&self, field: &Field) -> Result<Residues> {
        let mut residues = Residues::zeros(self.n, self.n)?;
        self.fill_residues(field, &mut residues.data);
        Ok(residues)
    }

    /// The first rows as the columns of a matrix of whole numbers; complex ones make blocks `[re -im; im re]`.
    pub(super) fn rows_as_columns(&self, count: usize) -> Result<Whole> {
        let (n, parts) = (self.n, self.parts);
        let bits = self.numbers[..count * n * parts].iter().map(|x| x.bits()).max().unwrap_or(0);
        let mut whole = Whole::zeros(n * parts, count * parts, bits)?;
        for j in 0..count {
            for i in 0..n {
                let re = self.at(j, i, 0);
                whole.set_shifted(i, j, re.odd, re.exponent as usize);
                if parts == 2 {
                    let im = self.at(j, i, 1);
                    whole.set_shifted(i, count + j, -im.odd, im.exponent as usize);
                    whole.set_shifted(n + i, j, im.odd, im.exponent as usize);
                    whole.set_shifted(n + i, count + j, re.odd, re.exponent as usize);
                }
            }
        }
        Ok(whole)
    }
}

/// Powers of two modulo a prime: the last one is remembered, since neighbours are often alike.
struct Powers<'f> {
    field: &'f Field,
    last: (i32, u64),
}

impl Powers<'_> {
    fn residue(&mut self, x: Number) -> u64 {
        let size = x.odd.unsigned_abs();
        let size = if x.exponent as u32 <= size.leading_zeros() {
            self.field.residue(size << x.exponent)
        } else {
            if self.last.0 != x.exponent {
                let power = self.field.power(self.field.residue(2), x.exponent as u64);
                self.last = (x.exponent, power);
            }
            self.field.multiply(self.field.residue(size), self.last.1)
        };
        if x.odd < 0 { self.field.negate(size) } else { size }
    }
}

#[cfg(test)]
mod tests {
    use num_bigint::BigInt;

    use super::*;
    use crate::Mat;

    #[test]
    fn numbers_are_what_they_were() {
        let smallest = f64::from_bits(1);
        for x in [
            0.0,
            -0.0,
            1.0,
            -1.5,
            0.1,
            9.0,
            1e300,
            -1e-300,
            f64::MAX,
            f64::MIN_POSITIVE,
            smallest,
            7.0 * smallest,
        ] {
            let number = Number::new(x);
            let back = number.odd as f64
                * f64::from(number.exponent / 2).exp2()
                * f64::from(number.exponent - number.exponent / 2).exp2();
            assert_eq!(back, x);
            assert!(number.odd == 0 || number.odd % 2 != 0);
        }
    }

    #[test]
    fn rows_and_columns_share_no_power_of_two() {
        let a = Mat::from_rows(&[[1e300, 2e-300, 0.0], [4.0, 6.0, 0.0], [0.0, 0.0, 0.0]]);
        let dyadic = Dyadic::new(a.as_ref()).unwrap();
        let least =
            |i: usize| (0..3).map(|j| dyadic.at(i, j, 0)).filter(|x| x.odd != 0).map(|x| x.exponent).min();
        assert_eq!((least(0), least(1), least(2)), (Some(0), Some(0), None));
        let whole = dyadic.rows_as_columns(3).unwrap();
        for field in Field::all().take(2) {
            let residues = dyadic.residues(&field).unwrap().transpose().unwrap();
            assert_eq!(residues.data, whole.residues(&field).unwrap().data);
        }
        // Second row: 4 and 6, without the powers of two that row and column share.
        assert_eq!(whole.get(0, 1), BigInt::from(1));
        assert_eq!(whole.get(1, 1), BigInt::from(3));
    }
}
