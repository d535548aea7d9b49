//! [`Whole`]: a matrix of whole numbers of any size, all as wide as the widest.

use num_bigint::{BigInt, BigUint, Sign};
use num_traits::Zero;

use super::elimination::Residues;
use super::modular::Field;
use crate::error::Result;
use crate::matrix::{check_size, filled};

/// Sign and magnitude, the magnitudes as words of 64 bits, least first.
#[derive(Debug, Clone)]
pub(super) struct Whole {
    pub(super) rows: usize,
    pub(super) columns: usize,
    width: usize,
    words: Vec<u64>,
    is_negative: Vec<bool>,
}

/// The number that words of 64 bits make, least first.
pub(super) fn number(words: &[u64]) -> BigUint {
    BigUint::new(words.iter().flat_map(|&word| [word as u32, (word >> 32) as u32]).collect())
}

/// `sum := sum + x y` for `x` that is shorter than the sum, which does not overflow.
fn add_product(sum: &mut [u64], x: &[u64], y: u64) {
    let (low, high) = sum.split_at_mut(x.len());
    let mut carry = 0_u64;
    for (sum, &x) in low.iter_mut().zip(x) {
        let wide = u128::from(x) * u128::from(y) + u128::from(*sum) + u128::from(carry);
        (*sum, carry) = (wide as u64, (wide >> 64) as u64);
    }
    for sum in high {
        if carry == 0 {
            return;
        }
        let (next, overflows) = sum.overflowing_add(carry);
        (*sum, carry) = (next, u64::from(overflows));
    }
}

impl Whole {
    /// Zeros, with room for numbers of so many bits.
    pub(super) fn zeros(rows: usize, columns: usize, bits: usize) -> Result<Self> {
        let width = bits.div_ceil(64).max(1);
        let words = filled(check_size::<u64>(&[rows, columns, width])?, 0)?;
        Ok(Self { rows, columns, width, words, is_negative: filled(rows * columns, false)? })
    }

    /// The numbers of a matrix, row by row.
    pub(super) fn from_numbers(rows: usize, columns: usize, numbers: &[BigInt]) -> Result<Self> {
        let bits = numbers.iter().map(BigInt::bits).max().unwrap_or(0);
        let mut whole = Self::zeros(rows, columns, usize::try_from(bits).unwrap_or(usize::MAX))?;
        for (place, number) in numbers.iter().enumerate() {
            whole.is_negative[place] = number.sign() == Sign::Minus;
            let words = &mut whole.words[place * whole.width..][..whole.width];
            words.iter_mut().zip(number.iter_u64_digits()).for_each(|(word, digit)| *word = digit);
        }
        Ok(whole)
    }

    /// Sets an element, zero so far, to `odd 2^shift`.
    pub(super) fn set_shifted(&mut self, i: usize, j: usize, odd: i64, shift: usize) {
        let place = i * self.columns + j;
        let words = &mut self.words[place * self.width..][..self.width];
        let wide = u128::from(odd.unsigned_abs()) << (shift % 64);
        for (word, value) in words.iter_mut().skip(shift / 64).zip([wide as u64, (wide >> 64) as u64]) {
            *word = value;
        }
        self.is_negative[place] = odd < 0;
    }

    fn words(&self, i: usize, j: usize) -> &[u64] {
        &self.words[(i * self.columns + j) * self.width..][..self.width]
    }

    pub(super) fn get(&self, i: usize, j: usize) -> BigInt {
        self.signed(i * self.columns + j, number(self.words(i, j)))
    }

    fn signed(&self, place: usize, size: BigUint) -> BigInt {
        BigInt::from_biguint(if self.is_negative[place] { Sign::Minus } else { Sign::Plus }, size)
    }

    /// Some of its rows and columns.
    pub(super) fn select(&self, rows: &[usize], columns: &[usize]) -> Result<Self> {
        let mut part = Self::zeros(rows.len(), columns.len(), 64 * self.width)?;
        let places = rows.iter().flat_map(|&i| columns.iter().map(move |&j| i * self.columns + j));
        for ((from, words), is_negative) in
            places.zip(part.words.chunks_mut(self.width)).zip(&mut part.is_negative)
        {
            words.copy_from_slice(&self.words[from * self.width..][..self.width]);
            *is_negative = self.is_negative[from];
        }
        Ok(part)
    }

    /// Words of the widest number.
    pub(super) fn width(&self) -> usize {
        self.width
    }

    /// Bits of the length of every row, at most.
    fn row_bits(&self, i: usize) -> u64 {
        let squares: BigUint = (0..self.columns).map(|j| number(self.words(i, j))).map(|x| &x * &x).sum();
        squares.bits().div_ceil(2)
    }

    /// Bits of the determinant of any minor, at most (Hadamard).
    pub(super) fn determinant_bits(&self) -> u64 {
        (0..self.rows).map(|i| self.row_bits(i)).sum()
    }

    /// The elements modulo a prime, `w_0 + 2^64 (w_1 + 2^64 (...))`.
    pub(super) fn residues(&self, field: &Field) -> Result<Residues> {
        let mut residues = Residues::zeros(self.rows, self.columns)?;
        let base = field.multiply(field.residue(1 << 32), field.residue(1 << 32));
        for ((to, words), &is_negative) in
            residues.data.iter_mut().zip(self.words.chunks(self.width)).zip(&self.is_negative)
        {
            let next = |sum: u64, &word: &u64| field.add(field.multiply(sum, base), field.residue(word));
            let size = words.iter().rev().fold(0, next);
            *to = if is_negative { field.negate(size) } else { size };
        }
        Ok(residues)
    }

    /// Row i times words that stand for the numbers of a vector.
    pub(super) fn row_times_words(&self, i: usize, x: &[u64], sums: &mut Sums) -> BigInt {
        sums.clear(self.width);
        for (j, &x) in x.iter().enumerate() {
            let to = if self.is_negative[i * self.columns + j] { &mut sums.minus } else { &mut sums.plus };
            add_product(to, self.words(i, j), x);
        }
        BigInt::from(number(&sums.plus)) - BigInt::from(number(&sums.minus))
    }

    /// Row i times a vector.
    pub(super) fn row_times(&self, i: usize, x: &[BigInt]) -> BigInt {
        let terms = x.iter().enumerate().filter(|(_, x)| !x.is_zero());
        terms.map(|(j, x)| self.get(i, j) * x).sum()
    }
}

/// What is added and what is subtracted in a product with a row.
#[derive(Debug, Default)]
pub(super) struct Sums {
    plus: Vec<u64>,
    minus: Vec<u64>,
}

impl Sums {
    /// Room for sums of products of numbers of so many words with one word.
    fn clear(&mut self, width: usize) {
        for sum in [&mut self.plus, &mut self.minus] {
            sum.clear();
            sum.resize(width + 2, 0);
        }
    }
}
