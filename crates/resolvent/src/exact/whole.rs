//! [`Whole`]: a matrix of whole numbers of any size, all as wide as the widest.

use num_bigint::{BigInt, BigUint, Sign};
use num_traits::Zero;

use super::elimination::Residues;
use super::modular::Field;
use crate::error::Result;
use crate::matrix::{check_size, filled};

/// Numbers as words of 64 bits, the sign in the last (two's complement): of every row the least words of all its elements,
/// then the next.
#[derive(Debug, Clone)]
pub(super) struct Whole {
    pub(super) rows: usize,
    pub(super) columns: usize,
    width: usize,
    words: Vec<u64>,
}

/// The highest bit of the last word says that a number is negative.
fn is_negative(last: u64) -> bool {
    last >> 63 == 1
}

impl Whole {
    /// Zeros, with room for numbers of so many bits and a sign.
    pub(super) fn zeros(rows: usize, columns: usize, bits: usize) -> Result<Self> {
        Self::of_width(rows, columns, bits / 64 + 1)
    }

    fn of_width(rows: usize, columns: usize, width: usize) -> Result<Self> {
        let words = filled(check_size::<u64>(&[rows, columns, width])?, 0)?;
        Ok(Self { rows, columns, width, words })
    }

    /// The numbers of a matrix, row by row.
    pub(super) fn from_numbers(rows: usize, columns: usize, numbers: &[BigInt]) -> Result<Self> {
        let bits = numbers.iter().map(BigInt::bits).max().unwrap_or(0);
        let mut whole = Self::zeros(rows, columns, usize::try_from(bits).unwrap_or(usize::MAX))?;
        for (place, number) in numbers.iter().enumerate() {
            let sign = number.sign() == Sign::Minus;
            whole.set(place / columns, place % columns, sign, number.iter_u64_digits());
        }
        Ok(whole)
    }

    fn place(&self, i: usize, j: usize, word: usize) -> usize {
        (i * self.width + word) * self.columns + j
    }

    /// Sets an element by its sign and the words of its size, those that are left out being zero.
    fn set(&mut self, i: usize, j: usize, is_negative: bool, size: impl Iterator<Item = u64>) {
        // -x = !x + 1.
        let (mask, mut carry) = (if is_negative { u64::MAX } else { 0 }, is_negative);
        for (word, size) in size.chain(std::iter::repeat(0)).take(self.width).enumerate() {
            let place = self.place(i, j, word);
            (self.words[place], carry) = (size ^ mask).overflowing_add(u64::from(carry));
        }
    }

    /// Sets an element to `odd 2^shift`.
    pub(super) fn set_shifted(&mut self, i: usize, j: usize, odd: i64, shift: usize) {
        let wide = u128::from(odd.unsigned_abs()) << (shift % 64);
        let words = std::iter::repeat_n(0, shift / 64).chain([wide as u64, (wide >> 64) as u64]);
        self.set(i, j, odd < 0, words);
    }

    pub(super) fn get(&self, i: usize, j: usize) -> BigInt {
        if self.width == 1 {
            return BigInt::from(self.words[self.place(i, j, 0)].cast_signed());
        }
        let words = (0..self.width).map(|word| self.words[self.place(i, j, word)]);
        BigInt::from_signed_bytes_le(&words.flat_map(u64::to_le_bytes).collect::<Vec<_>>())
    }

    /// Some of its rows and columns.
    pub(super) fn select(&self, rows: &[usize], columns: &[usize]) -> Result<Self> {
        let mut part = Self::of_width(rows.len(), columns.len(), self.width)?;
        let places = rows.iter().flat_map(|&i| (0..self.width).map(move |word| (i, word)));
        let lines = part.words.chunks_mut(columns.len().max(1));
        for (line, (i, word)) in lines.zip(places) {
            line.iter_mut().zip(columns).for_each(|(to, &j)| *to = self.words[self.place(i, j, word)]);
        }
        Ok(part)
    }

    pub(super) fn transpose(&self) -> Result<Self> {
        let mut transposed = Self::of_width(self.columns, self.rows, self.width)?;
        for i in 0..self.rows {
            for word in 0..self.width {
                for j in 0..self.columns {
                    let place = transposed.place(j, i, word);
                    transposed.words[place] = self.words[self.place(i, j, word)];
                }
            }
        }
        Ok(transposed)
    }

    /// Words of every number.
    pub(super) fn width(&self) -> usize {
        self.width
    }

    /// Bits of the length of a row, at most.
    fn row_bits(&self, i: usize) -> u64 {
        let squares: BigUint = (0..self.columns).map(|j| self.get(i, j).into_parts().1.pow(2)).sum();
        squares.bits().div_ceil(2)
    }

    /// Bits of the determinant, at most (Hadamard).
    pub(super) fn determinant_bits(&self) -> u64 {
        (0..self.rows).map(|i| self.row_bits(i)).sum()
    }

    /// The elements modulo a prime: `w_0 + 2^64 (w_1 + 2^64 (...))`, less the next power if negative.
    pub(super) fn residues(&self, field: &Field) -> Result<Residues> {
        let mut residues = Residues::zeros(self.rows, self.columns)?;
        let base = field.power(field.residue(2), 64);
        let next = field.power(base, self.width as u64);
        for (place, to) in residues.data.iter_mut().enumerate() {
            let (i, j) = (place / self.columns, place % self.columns);
            let words = (0..self.width).rev().map(|word| self.words[self.place(i, j, word)]);
            *to = words.fold(0, |sum, word| field.add(field.multiply(sum, base), field.residue(word)));
            if is_negative(self.words[self.place(i, j, self.width - 1)]) {
                *to = field.subtract(*to, next);
            }
        }
        Ok(residues)
    }

    /// Row i times a vector of words, which are not negative.
    ///
    /// The sum of the products with each of the words of the row, their low halves and their high halves, and less the next
    /// power of 2^64 times what stands where the row is negative. Sums of words do not overflow 128 bits.
    pub(super) fn row_times_words(&self, i: usize, x: &[u64]) -> BigInt {
        let n = self.columns;
        if n == 0 {
            return BigInt::zero();
        }
        let row = &self.words[i * self.width * n..][..self.width * n];
        let (mut total, mut carry) = (Vec::with_capacity(2 * self.width + 6), 0_u128);
        for words in row.chunks(n) {
            let (mut low, mut high) = (0_u128, 0_u128);
            for (&word, &x) in words.iter().zip(x) {
                let product = u128::from(word) * u128::from(x);
                low += product & u128::from(u64::MAX);
                high += product >> 64;
            }
            // What is carried is below 2^127: the high halves, and the rest of what was carried to here.
            let sum = carry + low;
            total.extend([sum as u32, (sum >> 32) as u32]);
            carry = high + (sum >> 64);
        }
        total.extend((0..4).map(|word| (carry >> (32 * word)) as u32));
        let last = row[row.len() - n..].iter().zip(x).filter(|&(&word, _)| is_negative(word));
        let negative: u128 = last.map(|(_, &x)| u128::from(x)).sum();
        BigInt::from(BigUint::new(total)) - (BigInt::from(negative) << (64 * self.width))
    }

    /// Row i times a vector.
    pub(super) fn row_times(&self, i: usize, x: &[BigInt]) -> BigInt {
        let terms = x.iter().enumerate().filter(|(_, x)| !x.is_zero());
        terms.map(|(j, x)| self.get(i, j) * x).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_every_width() {
        let power = |exponent: usize| BigInt::from(1) << exponent;
        for top in [5, 62, 63, 64, 65, 127, 128, 200] {
            let numbers =
                [power(top), -power(top), power(top) - 1, 1 - power(top), BigInt::from(0), BigInt::from(-1)];
            let whole = Whole::from_numbers(2, 3, &numbers).unwrap();
            let back: Vec<BigInt> = (0..6).map(|place| whole.get(place / 3, place % 3)).collect();
            assert_eq!(back, numbers);
            let x = [u64::MAX >> 4, 1 << 59, 12345];
            let wide = x.map(BigInt::from);
            for i in 0..2 {
                assert_eq!(whole.row_times_words(i, &x), whole.row_times(i, &wide));
                let sum: BigInt = (0..3).map(|j| &numbers[3 * i + j] * &wide[j]).sum();
                assert_eq!(whole.row_times(i, &wide), sum);
            }
            let turned = whole.transpose().unwrap();
            assert_eq!(turned.select(&[2, 0], &[1]).unwrap().get(0, 0), numbers[5]);
            for field in Field::all().take(2) {
                let p = BigInt::from(field.prime());
                let residues = whole.residues(&field).unwrap();
                for (&residue, number) in residues.data.iter().zip(&numbers) {
                    assert_eq!((number - field.number(residue)) % &p, BigInt::from(0));
                }
            }
        }
    }
}
