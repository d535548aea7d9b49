//! The same matrix in memory of every kind of layout, with NaN in all the memory that is not part of it.

use resolvent::{Mat, MatMut, MatRef, Real, Scalar, StackMut, StackRef};

/// How a matrix, or a stack, lies in memory.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Layout {
    RowMajor,
    ColumnMajor,
    /// Rows with a gap between them.
    PaddedRows,
    /// Columns with a gap between them.
    PaddedColumns,
    /// Every second element of every second row.
    Steps,
    /// The last row first.
    RowsReversed,
    /// The last column first.
    ColumnsReversed,
    /// Column-major, everything backwards.
    Backwards,
}

pub const LAYOUTS: [Layout; 8] = [
    Layout::RowMajor,
    Layout::ColumnMajor,
    Layout::PaddedRows,
    Layout::PaddedColumns,
    Layout::Steps,
    Layout::RowsReversed,
    Layout::ColumnsReversed,
    Layout::Backwards,
];

impl Layout {
    /// Strides of an m x n matrix.
    fn strides(self, m: usize, n: usize) -> (isize, isize) {
        let (m, n) = (m as isize, n as isize);
        match self {
            Layout::RowMajor => (n, 1),
            Layout::ColumnMajor => (1, m),
            Layout::PaddedRows => (n + 3, 1),
            Layout::PaddedColumns => (1, m + 5),
            Layout::Steps => (2 * (2 * n + 1), 2),
            Layout::RowsReversed => (-n, 1),
            Layout::ColumnsReversed => (n, -1),
            Layout::Backwards => (-1, -m),
        }
    }
}

/// How the matrices of a stack follow each other.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Sequence {
    /// One after the other, with a gap of seven elements.
    Apart,
    /// The last one first.
    Reversed,
    /// One after the other, without a gap.
    Tight,
    /// Every second one of a tight stack.
    Sliced,
    /// The first stack dimension runs fastest.
    Fortran,
    /// The same element of all matrices side by side: (n, n, stack) storage.
    Interleaved,
}

pub const SEQUENCES: [Sequence; 6] = [
    Sequence::Apart,
    Sequence::Reversed,
    Sequence::Tight,
    Sequence::Sliced,
    Sequence::Fortran,
    Sequence::Interleaved,
];

impl Sequence {
    /// Strides of the stack dimensions, and how much further apart the elements of a matrix are, if each matrix spans
    /// that many elements.
    fn steps(self, batch: &[usize], span: isize) -> (Vec<isize>, isize) {
        let count = batch.iter().product::<usize>() as isize;
        let (unit, apart) = match self {
            Sequence::Apart | Sequence::Fortran => (span + 7, 1),
            Sequence::Reversed => (-(span + 7), 1),
            Sequence::Tight => (span, 1),
            Sequence::Sliced => (2 * span, 1),
            Sequence::Interleaved => (1, count),
        };
        let (mut steps, mut step) = (vec![0; batch.len()], unit);
        for place in 0..batch.len() {
            let d = if self == Sequence::Fortran { place } else { batch.len() - 1 - place };
            steps[d] = step;
            step *= batch[d] as isize;
        }
        (steps, apart)
    }
}

/// Equally shaped matrices with strides of one's choice.
pub struct Strided<T> {
    data: Vec<T>,
    /// Where element (0, 0) of each matrix is.
    origins: Vec<usize>,
    batch: Vec<usize>,
    steps: Vec<isize>,
    shape: (usize, usize),
    strides: (isize, isize),
}

impl<T: Scalar> Strided<T> {
    /// One matrix.
    pub fn new(a: &Mat<T>, layout: Layout) -> Self {
        Self::stack(std::slice::from_ref(a), layout, Sequence::Apart)
    }

    /// A stack of one dimension.
    pub fn stack(matrices: &[Mat<T>], layout: Layout, sequence: Sequence) -> Self {
        Self::grid(matrices, &[matrices.len()], layout, sequence)
    }

    /// A stack of any dimensions, the matrices in C order.
    pub fn grid(matrices: &[Mat<T>], batch: &[usize], layout: Layout, sequence: Sequence) -> Self {
        let (m, n) = (matrices[0].nrows(), matrices[0].ncols());
        let (rs, cs) = layout.strides(m, n);
        let (least, most) = reach(&[m, n], &[rs, cs]);
        let (steps, apart) = sequence.steps(batch, most - least + 1);
        let (extents, strides) =
            ([batch, &[m, n]].concat(), [&steps[..], &[apart * rs, apart * cs]].concat());
        let (least, most) = reach(&extents, &strides);
        let offset = |mut l: usize| {
            let digits = batch.iter().zip(&steps).rev();
            digits.fold(-least, |sum, (&extent, step)| {
                let digit = l % extent;
                l /= extent;
                sum + digit as isize * step
            }) as usize
        };
        let mut strided = Self {
            data: vec![T::nan(); (most - least + 1) as usize],
            origins: (0..matrices.len()).map(offset).collect(),
            batch: batch.to_vec(),
            strides: (apart * rs, apart * cs),
            shape: (m, n),
            steps,
        };
        for (l, a) in matrices.iter().enumerate() {
            for i in 0..m {
                for j in 0..n {
                    let place = strided.place(l, i, j);
                    strided.data[place] = a[(i, j)];
                }
            }
        }
        strided
    }

    fn place(&self, l: usize, i: usize, j: usize) -> usize {
        let offset = i as isize * self.strides.0 + j as isize * self.strides.1;
        (self.origins[l] as isize + offset) as usize
    }

    /// The first matrix.
    pub fn view(&self) -> MatRef<'_, T> {
        let ((m, n), (rs, cs)) = (self.shape, self.strides);
        // SAFETY: the memory was made for these strides.
        unsafe { MatRef::from_raw_parts(self.data.as_ptr().wrapping_add(self.origins[0]), m, n, rs, cs) }
    }

    /// The first matrix, to be written.
    pub fn view_mut(&mut self) -> MatMut<'_, T> {
        let ((m, n), (rs, cs)) = (self.shape, self.strides);
        // SAFETY: the memory was made for these strides, none of which is 0, and is borrowed uniquely.
        unsafe { MatMut::from_raw_parts(self.data.as_mut_ptr().wrapping_add(self.origins[0]), m, n, rs, cs) }
    }

    /// All of them.
    pub fn stack_view(&self) -> StackRef<'_, T> {
        let ((m, n), (rs, cs)) = (self.shape, self.strides);
        let ptr = self.data.as_ptr().wrapping_add(self.origins[0]);
        // SAFETY: the memory was made for these strides.
        unsafe { StackRef::from_raw_parts(ptr, &self.batch, &self.steps, m, n, rs, cs) }
    }

    /// All of them, to be written.
    pub fn stack_view_mut(&mut self) -> StackMut<'_, T> {
        let ((m, n), (rs, cs)) = (self.shape, self.strides);
        let ptr = self.data.as_mut_ptr().wrapping_add(self.origins[0]);
        // SAFETY: the memory was made for these strides, none of which is 0, and is borrowed uniquely.
        unsafe { StackMut::from_raw_parts(ptr, &self.batch, &self.steps, m, n, rs, cs) }
    }

    /// Every element in C order.
    pub fn elements(&self) -> Vec<T> {
        let (m, n) = self.shape;
        let mut elements = Vec::with_capacity(self.origins.len() * m * n);
        for l in 0..self.origins.len() {
            for i in 0..m {
                elements.extend((0..n).map(|j| self.data[self.place(l, i, j)]));
            }
        }
        elements
    }

    /// Is the memory between the elements as it was, NaN?
    pub fn gaps_untouched(&self) -> bool {
        let (m, n) = self.shape;
        let mut inside = vec![false; self.data.len()];
        for l in 0..self.origins.len() {
            for i in 0..m {
                (0..n).for_each(|j| inside[self.place(l, i, j)] = true);
            }
        }
        let is_nan = |x: T| Real::is_nan(x.re()) || Real::is_nan(x.im());
        self.data.iter().zip(inside).all(|(&x, inside)| inside || is_nan(x))
    }
}

/// The least and the largest offset of an element.
fn reach(extents: &[usize], strides: &[isize]) -> (isize, isize) {
    let ends =
        extents.iter().zip(strides).map(|(&extent, &stride)| extent.saturating_sub(1) as isize * stride);
    ends.fold((0, 0), |(least, most), end| (least + end.min(0), most + end.max(0)))
}

/// `len` times the same matrix, without a copy: a stack stride of zero.
pub fn repeated<'a, T: Scalar>(a: &'a Mat<T>, len: usize) -> StackRef<'a, T> {
    StackRef::from(a.as_ref()).broadcast_to(&[len]).unwrap()
}
