//! [`Matrix`]: a matrix of fractions, and what can be made one.

use std::ops::Index;

use num_bigint::BigInt;
use num_integer::Integer;
use num_rational::BigRational;
use num_traits::One;

use super::whole::Whole;
use crate::error::{Error, Result};
use crate::matrix::{check_size, with_room};

/// An exact number: a whole number of any size, or a fraction. (Of a floating-point number `BigRational::from_float` makes
/// what is stored in it.)
pub trait Exact {
    /// The number as a fraction.
    fn to_fraction(&self) -> BigRational;
}

macro_rules! exact {
    ($($T:ty),*) => {
        $(impl Exact for $T {
            fn to_fraction(&self) -> BigRational {
                BigRational::from_integer(BigInt::from(self.clone()))
            }
        })*
    };
}
exact!(i8, i16, i32, i64, i128, isize, u8, u16, u32, u64, u128, usize, BigInt);

impl Exact for BigRational {
    fn to_fraction(&self) -> BigRational {
        self.clone()
    }
}

/// A matrix of exact numbers, row by row.
///
/// # Example
/// ```
/// use resolvent::exact::{BigRational, Matrix};
/// let half = BigRational::new(1.into(), 2.into());
/// let a = Matrix::from_rows(&[[half.clone(), half.clone()], [half.clone(), -half]])?;
/// assert_eq!(a.shape(), [2, 2]);
/// assert_eq!(a[(1, 1)].to_string(), "-1/2");
/// # Ok::<(), resolvent::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Matrix {
    nrows: usize,
    ncols: usize,
    data: Vec<BigRational>,
}

impl Matrix {
    /// From rows of the same length.
    ///
    /// # Errors
    /// [`Error::ShapeMismatch`] if their lengths differ.
    pub fn from_rows<R: AsRef<[E]>, E: Exact>(rows: &[R]) -> Result<Self> {
        let ncols = rows.first().map_or(0, |row| row.as_ref().len());
        let mut data = with_room(check_size::<BigRational>(&[rows.len(), ncols])?)?;
        for (i, row) in rows.iter().enumerate() {
            let row = row.as_ref();
            if row.len() != ncols {
                let reason =
                    format!("the rows of a matrix have the same length, but row {i} differs from row 0");
                return Err(Error::ShapeMismatch { a: vec![ncols], b: vec![row.len()], reason });
            }
            data.extend(row.iter().map(Exact::to_fraction));
        }
        Ok(Self { nrows: rows.len(), ncols, data })
    }

    /// From its elements, row by row.
    ///
    /// # Errors
    /// [`Error::WrongLength`] unless there are `nrows * ncols` of them.
    pub fn from_slice<E: Exact>(elements: &[E], nrows: usize, ncols: usize) -> Result<Self> {
        let (shape, len) = (vec![nrows, ncols], elements.len());
        let needed = check_size::<BigRational>(&shape)?;
        if needed != len {
            return Err(Error::WrongLength { shape, needed, len });
        }
        let mut data = with_room(len)?;
        data.extend(elements.iter().map(Exact::to_fraction));
        Ok(Self { nrows, ncols, data })
    }

    /// From columns of so many elements.
    pub(super) fn from_columns(nrows: usize, columns: &[Vec<BigRational>]) -> Result<Self> {
        let ncols = columns.len();
        let mut data = with_room(check_size::<BigRational>(&[nrows, ncols])?)?;
        data.extend((0..nrows).flat_map(|i| columns.iter().map(move |column| column[i].clone())));
        Ok(Self { nrows, ncols, data })
    }

    /// Number of rows.
    pub fn nrows(&self) -> usize {
        self.nrows
    }
    /// Number of columns.
    pub fn ncols(&self) -> usize {
        self.ncols
    }
    /// Rows, columns.
    pub fn shape(&self) -> [usize; 2] {
        [self.nrows, self.ncols]
    }
    /// The elements, row by row.
    pub fn as_slice(&self) -> &[BigRational] {
        &self.data
    }
    /// The elements, row by row.
    pub fn into_vec(self) -> Vec<BigRational> {
        self.data
    }

    /// Every row times the least number that makes it whole, and those numbers.
    pub(super) fn whole_rows(&self) -> Result<(Whole, Vec<BigInt>)> {
        let (mut numbers, mut scales) = (with_room(self.data.len())?, with_room(self.nrows)?);
        for i in 0..self.nrows {
            let row = &self.data[i * self.ncols..][..self.ncols];
            let scale = common_denominator(row);
            numbers.extend(row.iter().map(|x| times(&scale, x)));
            scales.push(scale);
        }
        Ok((Whole::from_numbers(self.nrows, self.ncols, &numbers)?, scales))
    }

    /// # Errors
    /// [`Error::NotSquare`].
    pub(super) fn check_square(&self) -> Result<()> {
        if self.nrows == self.ncols { Ok(()) } else { Err(Error::NotSquare { shape: self.shape().to_vec() }) }
    }
}

/// The least common multiple of the denominators.
pub(super) fn common_denominator<'x>(numbers: impl IntoIterator<Item = &'x BigRational>) -> BigInt {
    let denominators =
        numbers.into_iter().map(BigRational::denom).filter(|denominator| !denominator.is_one());
    denominators.fold(BigInt::one(), |common, denominator| common.lcm(denominator))
}

/// A fraction times a multiple of its denominator.
pub(super) fn times(multiple: &BigInt, x: &BigRational) -> BigInt {
    if x.denom().is_one() { multiple * x.numer() } else { multiple / x.denom() * x.numer() }
}

impl Index<(usize, usize)> for Matrix {
    type Output = BigRational;
    fn index(&self, (i, j): (usize, usize)) -> &BigRational {
        assert!(j < self.ncols, "column {j} of {}", self.ncols);
        &self.data[i * self.ncols + j]
    }
}
