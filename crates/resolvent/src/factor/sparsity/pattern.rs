//! Where the zeros of a matrix are, one bit per element: graphs of it are walked 64 edges at a time.

use std::ops::Range;

use resolvent_kernels::Scalar;

use crate::blas::Context;
use crate::error::Result;
use crate::matrix::{MatRef, check_size, filled, with_room};
use crate::parallel;
use crate::plan::zeros_wanted;

pub(super) const BITS: usize = 64;

/// Which elements of a square matrix are not zero (NaN is not).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pattern {
    order: usize,
    words: usize,
    bits: Vec<u64>,
}

impl Pattern {
    fn empty(order: usize) -> Result<Self> {
        let words = order.div_ceil(BITS);
        Ok(Self { order, words, bits: filled(check_size::<u64>(&[order, words])?, 0)? })
    }

    /// The pattern of a matrix that may have enough zeros to be worth it, of any strides. A full one is known as such after
    /// four rows, half of them from either end.
    pub(super) fn of<T: Scalar>(context: Context<'_, T>, a: MatRef<'_, T>) -> Result<Option<Self>> {
        let n = a.nrows();
        let zeros = |i: usize| (0..n).filter(|&j| a.get(i, j) == T::zero()).count();
        let mut found = 0;
        for rows in [0..2, 2..4] {
            if n <= 2 * rows.end {
                return Ok(None);
            }
            let looked_at = 2 * rows.end;
            found += rows.map(|i| zeros(i) + zeros(n - 1 - i)).sum::<usize>();
            if found < zeros_wanted(n, looked_at) {
                return Ok(None);
            }
        }
        let mut pattern = Self::empty(n)?;
        // An eighth of the rows, from either end, and if they have zeros enough the others.
        let first = n.div_ceil(16).next_multiple_of(BITS).min(n / 2);
        pattern.look(context, a, 0..first)?;
        pattern.look(context, a, n - first..n)?;
        let full = (0..first).chain(n - first..n).map(|i| pattern.count(i)).sum::<usize>();
        if 2 * n * first < full + zeros_wanted(n, 2 * first) {
            return Ok(None);
        }
        pattern.look(context, a, first..n - first)?;
        Ok(Some(pattern))
    }

    /// Looks at some rows of the matrix, which threads share.
    fn look<T: Scalar>(
        &mut self,
        context: Context<'_, T>,
        a: MatRef<'_, T>,
        rows: Range<usize>,
    ) -> Result<()> {
        let (n, words) = (self.order, self.words);
        let bits = &mut self.bits[rows.start * words..rows.end * words];
        let mut pieces = with_room(bits.len().div_ceil(BITS * words))?;
        pieces.extend(bits.chunks_mut(BITS * words));
        parallel::for_each_mut(context.threads(), &mut pieces, |piece, bits| {
            let start = rows.start + piece * BITS;
            if a.col_stride() == 1 {
                for (i, bits) in bits.chunks_exact_mut(words).enumerate() {
                    for (word, elements) in bits.iter_mut().zip(a.row(start + i).chunks(BITS)) {
                        *word = mask(elements);
                    }
                }
                return;
            }
            for j in 0..n {
                for (i, bits) in bits.chunks_exact_mut(words).enumerate() {
                    bits[j / BITS] |= u64::from(a.get(start + i, j) != T::zero()) << (j % BITS);
                }
            }
        });
        Ok(())
    }

    pub(super) fn order(&self) -> usize {
        self.order
    }

    /// The words of one row.
    pub(super) fn row(&self, i: usize) -> &[u64] {
        &self.bits[i * self.words..][..self.words]
    }

    pub(super) fn contains(&self, i: usize, j: usize) -> bool {
        self.row(i)[j / BITS] >> (j % BITS) & 1 == 1
    }

    /// Elements of row i that are not zero.
    pub(super) fn count(&self, i: usize) -> usize {
        self.row(i).iter().map(|word| word.count_ones() as usize).sum()
    }

    /// From the first element of row i that is not zero to behind the last one; empty if there is none.
    pub(super) fn extent(&self, i: usize) -> Range<usize> {
        let row = self.row(i);
        let first = row.iter().position(|&word| word != 0);
        let last = row.iter().rposition(|&word| word != 0);
        first.zip(last).map_or(0..0, |(first, last)| {
            let start = first * BITS + row[first].trailing_zeros() as usize;
            start..(last + 1) * BITS - row[last].leading_zeros() as usize
        })
    }

    /// The transpose of the pattern whose row i is row `rows[i]` of this one.
    pub(super) fn transposed(&self, rows: &[usize]) -> Result<Self> {
        let mut to = Self::empty(self.order)?;
        let mut square = [0; BITS];
        for (word, rows) in rows.chunks(BITS).enumerate() {
            for (w, j0) in (0..self.order).step_by(BITS).enumerate() {
                square.fill(0);
                square.iter_mut().zip(rows).for_each(|(bits, &i)| *bits = self.row(i)[w]);
                transpose(&mut square);
                for (j, &bits) in square.iter().enumerate().take(self.order - j0) {
                    to.bits[(j0 + j) * self.words + word] = bits;
                }
            }
        }
        Ok(to)
    }
}

/// One bit for each element that is not zero.
fn mask<T: Scalar>(elements: &[T]) -> u64 {
    if elements.iter().fold(true, |zero, &x| zero & (x == T::zero())) {
        return 0;
    }
    elements.iter().enumerate().fold(0, |mask, (j, &x)| mask | u64::from(x != T::zero()) << j)
}

/// Transposes a square of bits by exchanging the halves of halves (Warren 2012, section 7-3).
fn transpose(square: &mut [u64; BITS]) {
    let (mut half, mut mask) = (BITS / 2, u64::MAX >> (BITS / 2));
    while half > 0 {
        for i in (0..BITS).filter(|i| i & half == 0) {
            let exchanged = (square[i] >> half ^ square[i + half]) & mask;
            square[i] ^= exchanged << half;
            square[i + half] ^= exchanged;
        }
        half /= 2;
        mask ^= mask << half;
    }
}

/// The set bits of the words, as far as they are set in `among`, from first to last.
pub(super) fn ones<'w>(words: &'w [u64], among: &'w [u64]) -> impl Iterator<Item = usize> + 'w {
    words.iter().zip(among).enumerate().flat_map(|(w, (&word, &other))| {
        let mut rest = word & other;
        std::iter::from_fn(move || {
            let bit = (rest != 0).then(|| w * BITS + rest.trailing_zeros() as usize)?;
            rest &= rest - 1;
            Some(bit)
        })
    })
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::blas::Workspace;
    use crate::matrix::{Mat, MatMut};
    use resolvent_kernels::Isa;

    pub(in super::super) fn of(n: usize, element: impl Fn(usize, usize) -> f64) -> Option<Pattern> {
        let workspace = Workspace::new(f64::kernels(Isa::Portable), 1, n, 0).unwrap();
        let a = Mat::from_fn(n, n, &element);
        let by_rows = Pattern::of(workspace.context(), a.as_ref()).unwrap();
        let mut transposed = Mat::from_fn(n, n, |i, j| element(j, i));
        let columns: MatMut<'_, f64> = transposed.as_mut().transpose();
        assert_eq!(Pattern::of(workspace.context(), columns.as_ref()).unwrap(), by_rows);
        by_rows
    }

    #[test]
    fn bits_are_where_the_elements_are() {
        for n in [9, 63, 64, 65, 130, 200] {
            let element = |i: usize, j: usize| if (i * 7 + j * 3).is_multiple_of(5) { -1.5 } else { 0.0 };
            let pattern = of(n, element).unwrap();
            let transposed = pattern.transposed(&(0..n).collect::<Vec<_>>()).unwrap();
            for i in 0..n {
                let expected: Vec<usize> = (0..n).filter(|&j| element(i, j) != 0.0).collect();
                assert_eq!(ones(pattern.row(i), &vec![u64::MAX; n]).collect::<Vec<_>>(), expected);
                assert_eq!(pattern.count(i), expected.len());
                assert_eq!(pattern.extent(i), expected[0]..expected.last().unwrap() + 1);
                assert!((0..n).all(|j| transposed.contains(j, i) == pattern.contains(i, j)), "{n}, row {i}");
            }
        }
        assert_eq!(of(100, |i, _| if i == 70 { 0.0 } else { f64::NAN }), None);
        assert_eq!(of(100, |i, j| if i == j && i != 40 { 1.0 } else { 0.0 }).unwrap().extent(40), 0..0);
    }

    /// Triangles in any order of rows have just enough zeros; a full matrix and one with a few zeros have not.
    #[test]
    fn what_is_worth_a_look() {
        for n in [48, 100, 257] {
            for shift in 0..n {
                assert!(of(n, |i, j| if (i + shift) % n <= j { 1.0 } else { 0.0 }).is_some(), "{n}, {shift}");
            }
            assert!(of(n, |_, _| 1.0).is_none());
            let empty_cross = of(n, |i, j| if i == 0 || j == 0 { 0.0 } else { 1.0 });
            assert_eq!(empty_cross.is_none(), n > 48);
            for upper in [false, true] {
                assert!(of(n, |i, j| if (i < n / 2 && j >= n / 2) == upper { 1.0 } else { 0.0 }).is_some());
            }
        }
    }
}
