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
}

/// Equally shaped matrices with strides of one's choice.
pub struct Strided<T> {
    data: Vec<T>,
    /// Where element (0, 0) of the first matrix is.
    origin: usize,
    len: usize,
    step: isize,
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
        let (m, n) = (matrices[0].nrows(), matrices[0].ncols());
        let (rs, cs) = layout.strides(m, n);
        let reach = |extent: usize, stride: isize| extent.saturating_sub(1) as isize * stride;
        let (rows, cols) = (reach(m, rs), reach(n, cs));
        let (least, most) = (rows.min(0) + cols.min(0), rows.max(0) + cols.max(0));
        let span = most - least + 1 + 7;
        let last = matrices.len().saturating_sub(1) as isize;
        let (step, first) = match sequence {
            Sequence::Apart => (span, 0),
            Sequence::Reversed => (-span, last * span),
        };
        let origin = (first - least) as usize;
        let data = vec![T::nan(); (span * (last + 1)) as usize];
        let mut strided = Self { data, origin, len: matrices.len(), step, shape: (m, n), strides: (rs, cs) };
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
        let offset = l as isize * self.step + i as isize * self.strides.0 + j as isize * self.strides.1;
        (self.origin as isize + offset) as usize
    }

    /// The first matrix.
    pub fn view(&self) -> MatRef<'_, T> {
        let ((m, n), (rs, cs)) = (self.shape, self.strides);
        // SAFETY: the memory was made for these strides.
        unsafe { MatRef::from_raw_parts(self.data.as_ptr().wrapping_add(self.origin), m, n, rs, cs) }
    }

    /// The first matrix, to be written.
    pub fn view_mut(&mut self) -> MatMut<'_, T> {
        let ((m, n), (rs, cs)) = (self.shape, self.strides);
        // SAFETY: the memory was made for these strides, none of which is 0, and is borrowed uniquely.
        unsafe { MatMut::from_raw_parts(self.data.as_mut_ptr().wrapping_add(self.origin), m, n, rs, cs) }
    }

    /// All of them.
    pub fn stack_view(&self) -> StackRef<'_, T> {
        let ((m, n), (rs, cs)) = (self.shape, self.strides);
        let ptr = self.data.as_ptr().wrapping_add(self.origin);
        // SAFETY: the memory was made for these strides.
        unsafe { StackRef::from_raw_parts(ptr, &[self.len], &[self.step], m, n, rs, cs) }
    }

    /// All of them, to be written.
    pub fn stack_view_mut(&mut self) -> StackMut<'_, T> {
        let ((m, n), (rs, cs)) = (self.shape, self.strides);
        let ptr = self.data.as_mut_ptr().wrapping_add(self.origin);
        // SAFETY: the memory was made for these strides, none of which is 0, and is borrowed uniquely.
        unsafe { StackMut::from_raw_parts(ptr, &[self.len], &[self.step], m, n, rs, cs) }
    }

    /// Every element in C order.
    pub fn elements(&self) -> Vec<T> {
        let (m, n) = self.shape;
        let mut elements = Vec::with_capacity(self.len * m * n);
        for l in 0..self.len {
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
        for l in 0..self.len {
            for i in 0..m {
                (0..n).for_each(|j| inside[self.place(l, i, j)] = true);
            }
        }
        let is_nan = |x: T| Real::is_nan(x.re()) || Real::is_nan(x.im());
        self.data.iter().zip(inside).all(|(&x, inside)| inside || is_nan(x))
    }
}

/// `len` times the same matrix, without a copy: a stack stride of zero.
pub fn repeated<'a, T: Scalar>(a: &'a Mat<T>, len: usize) -> StackRef<'a, T> {
    StackRef::from(a.as_ref()).broadcast_to(&[len]).unwrap()
}
