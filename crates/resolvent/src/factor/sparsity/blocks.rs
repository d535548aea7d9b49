//! Factors of a matrix in block triangular form: LU of every block on the diagonal; what is above the blocks stays as it is
//! (Davis and Natarajan 2010).

use std::ops::Range;

use resolvent_kernels::{Kernels, Scalar};

use super::BlockForm;
use super::band::{Band, subtract};
use crate::blas::Context;
use crate::error::Result;
use crate::factor::{Factors, divide, factor_by_structure, solve, solve_transposed};
use crate::matrix::{MatMut, MatRef, Structure, WorkMat, filled, symmetry_of, with_room, zeroed};
use crate::plan::Method;

/// A matrix with its form, and factors of its blocks.
pub(crate) struct Sparse<'a, T: Scalar> {
    context: Context<'a, T>,
    /// Its rows are contiguous.
    a: MatRef<'a, T>,
    form: &'a BlockForm,
    blocks: Vec<Block<T>>,
    /// The first column whose pivot is exactly zero.
    pub(crate) zero_pivot: Option<usize>,
}

/// The factors of one block.
pub(super) enum Block<T> {
    Element(T),
    Band(Band<T>),
    Full(WorkMat<T>, Factors, Structure, Method),
}

/// The factors of a block. Of a Hermitian matrix that `indefinite` asks for, those that make its inverse Hermitian, which are
/// not had from the band.
pub(super) fn factored<T: Scalar>(
    context: Context<'_, T>,
    a: MatRef<'_, T>,
    form: &BlockForm,
    range: Range<usize>,
    indefinite: bool,
) -> Result<Block<T>> {
    let (m, ordering) = (range.len(), &form.ordering);
    if m == 1 {
        return Ok(Block::Element(a.get(ordering.rows[range.start], ordering.columns[range.start])));
    }
    let width = if indefinite && form.hermitian { None } else { form.band(range.clone()) };
    if let Some(width) = width
        && m == a.nrows()
    {
        return Ok(Block::Band(Band::new(a, width)?));
    }
    let mut memory = WorkMat::new(m, m)?;
    gather(a, form, range.clone(), memory.as_mut());
    if let Some(width) = width {
        return Ok(Block::Band(Band::new(memory.as_ref(), width)?));
    }
    let structure = symmetry_of(context.kernels, memory.as_ref());
    let fill = |block: MatMut<'_, T>| gather(a, form, range.clone(), block);
    let (factors, method) = factor_by_structure(context, structure, indefinite, memory.as_mut(), fill)?;
    Ok(Block::Full(memory, factors, structure, method))
}

impl<'a, T: Scalar> Sparse<'a, T> {
    /// Factors a matrix of that form with contiguous rows, whose elements are finite.
    pub(crate) fn new(context: Context<'a, T>, a: MatRef<'a, T>, form: &'a BlockForm) -> Result<Self> {
        assert!(a.col_stride() == 1 && a.nrows() == form.extents.len(), "a row-major matrix of that form");
        let mut sparse =
            Self { context, a, form, blocks: with_room(form.ordering.blocks().len())?, zero_pivot: None };
        for range in form.ordering.blocks() {
            let block = factored(context, a, form, range.clone(), false)?;
            let zero = block.zero_pivot().map(|zero| form.ordering.columns[range.start + zero]);
            sparse.blocks.push(block);
            sparse.zero_pivot = sparse.zero_pivot.into_iter().chain(zero).min();
        }
        Ok(sparse)
    }

    /// The order of the matrix.
    pub(crate) fn order(&self) -> usize {
        self.a.nrows()
    }

    /// The elements of row i that may not be zero, and the column of the first.
    fn row(&self, i: usize) -> (usize, &'a [T]) {
        let extent = &self.form.extents[i];
        (extent.start, &self.a.row(i)[extent.clone()])
    }

    /// `X := A^-1 X`, the columns of X one after the other in `x`: from the last block up,
    /// `x_k := A_kk^-1 (b_k - sum over l > k of A_kl x_l)`.
    pub(crate) fn solve(&self, x: &mut [T]) -> Result<()> {
        if x.is_empty() {
            return Ok(());
        }
        let n = self.a.nrows();
        let k = x.len() / n;
        let ordering = &self.form.ordering;
        // What is not known yet is zero: then whole rows may be multiplied.
        let mut known = zeroed::<T>(x.len())?;
        let mut own = zeroed::<T>(ordering.blocks().map(|block| block.len()).max().unwrap_or(0) * k)?;
        for (range, block) in ordering.blocks().zip(&self.blocks).rev() {
            let own = &mut own[..range.len() * k];
            for (&i, own) in ordering.rows[range.clone()].iter().zip(own.chunks_exact_mut(k)) {
                let (first, row) = self.row(i);
                for (g, own) in own.iter_mut().enumerate() {
                    *own = x[g * n + i];
                    if self.form.coupled {
                        *own -= dot(self.context.kernels, row, &known[g * n + first..]);
                    }
                }
            }
            block.solve(self.context, own, k)?;
            for (&j, own) in ordering.columns[range].iter().zip(own.chunks_exact(k)) {
                own.iter().enumerate().for_each(|(g, &own)| known[g * n + j] = own);
            }
        }
        x.copy_from_slice(&known);
        Ok(())
    }

    /// `x := A^-T x` (no conjugation): from the first block down, `x_k := A_kk^-T (b_k - sum over l < k of A_lk^T x_l)`.
    pub(crate) fn solve_transposed(&self, x: &mut [T]) -> Result<()> {
        let n = self.a.nrows();
        let ordering = &self.form.ordering;
        let mut solution = zeroed::<T>(n)?;
        let mut own = zeroed::<T>(ordering.blocks().map(|block| block.len()).max().unwrap_or(0))?;
        for (range, block) in ordering.blocks().zip(&self.blocks) {
            let own = &mut own[..range.len()];
            own.iter_mut().zip(&ordering.columns[range.clone()]).for_each(|(own, &j)| *own = x[j]);
            block.solve_transposed(self.context, own)?;
            for (&i, &own) in ordering.rows[range].iter().zip(&*own) {
                solution[i] = own;
                let (first, row) = self.row(i);
                if self.form.coupled {
                    // Those of the block itself, too: nobody looks at them any more.
                    subtract(&mut x[first..first + row.len()], own, row);
                }
            }
        }
        x.copy_from_slice(&solution);
        Ok(())
    }
}

impl<T: Scalar> Block<T> {
    /// Its first pivot that is exactly zero.
    pub(super) fn zero_pivot(&self) -> Option<usize> {
        match self {
            Block::Element(element) => (*element == T::zero()).then_some(0),
            Block::Band(band) => band.zero_pivot,
            Block::Full(_, factors, ..) => factors.zero_pivot,
        }
    }

    /// `X := B^-1 X`, with X row-major, k columns.
    fn solve(&self, context: Context<'_, T>, x: &mut [T], k: usize) -> Result<()> {
        match self {
            Block::Element(element) => x.iter_mut().for_each(|x| *x = divide(*x, *element)),
            Block::Band(band) => band.solve(x, k),
            Block::Full(lu, factors, ..) => {
                let m = factors.permutation.len();
                let mut permuted = with_room(x.len())?;
                factors.permutation.iter().for_each(|&p| permuted.extend_from_slice(&x[p * k..][..k]));
                x.copy_from_slice(&permuted);
                solve(context, lu.as_ref(), MatMut::from_row_major(x, m, k)?)?;
            }
        }
        Ok(())
    }

    /// `x := B^-T x`.
    fn solve_transposed(&self, context: Context<'_, T>, x: &mut [T]) -> Result<()> {
        match self {
            Block::Element(element) => x.iter_mut().for_each(|x| *x = divide(*x, *element)),
            Block::Band(band) => band.solve_transposed(x),
            Block::Full(lu, factors, ..) => {
                let m = factors.permutation.len();
                solve_transposed(context, lu.as_ref(), MatMut::from_row_major(x, m, 1)?)?;
                let mut permuted = filled(m, T::zero())?;
                factors.permutation.iter().zip(&*x).for_each(|(&p, &x)| permuted[p] = x);
                x.copy_from_slice(&permuted);
            }
        }
        Ok(())
    }
}

/// A block on the diagonal, from where its elements are.
fn gather<T: Scalar>(a: MatRef<'_, T>, form: &BlockForm, block: Range<usize>, mut to: MatMut<'_, T>) {
    let (rows, columns) = (&form.ordering.rows[block.clone()], &form.ordering.columns[block]);
    for (place, &i) in rows.iter().enumerate() {
        let from = a.row(i);
        to.row_mut(place).iter_mut().zip(columns).for_each(|(to, &j)| *to = from[j]);
    }
}

/// `sum x_i y_i`, as many as there are x.
fn dot<T: Scalar>(kernels: &Kernels<T>, x: &[T], y: &[T]) -> T {
    let y = &y[..x.len()];
    // SAFETY: two slices of as many elements.
    unsafe { (kernels.vector.dot)(x.len(), x.as_ptr(), y.as_ptr()) }
}

#[cfg(test)]
mod tests {
    use super::super::{Sparsity, sparsity_of};
    use super::*;
    use crate::blas::Workspace;
    use crate::matrix::Mat;
    use resolvent_kernels::Isa;

    /// Permuted triangles, blocks alone and coupled, bands, bands as blocks: with the matrix, and with its transpose.
    #[test]
    fn solves_with_both() {
        let n = 140;
        let workspace = Workspace::new(f64::kernels(Isa::Portable), 1, n, 1).unwrap();
        let (p, q) = (|i: usize| i * 9 % n, |j: usize| (j * 11 + 5) % n);
        type There<'t> = &'t dyn Fn(usize, usize) -> bool;
        let forms: [(&str, There<'_>); 6] = [
            ("triangle", &|i, j| p(i) <= q(j)),
            ("blocks", &|i, j| p(i) / 20 == q(j) / 20),
            ("coupled blocks", &|i, j| p(i) / 7 <= q(j) / 7),
            ("bands", &|i, j| p(i) / 70 == q(j) / 70 && p(i).abs_diff(q(j)) <= 1),
            ("band", &|i, j| i <= j + 2 && j <= i + 1),
            ("lower triangle", &|i, j| i >= j),
        ];
        for (name, there) in forms {
            let element = |i: usize, j: usize| {
                let dominant = if p(i) == q(j) || i == j { 30.0 } else { 0.0 };
                if there(i, j) { dominant + ((i * 37 + j * 61) % 17) as f64 / 17.0 - 0.4 } else { 0.0 }
            };
            let a = Mat::from_fn(n, n, element);
            let Some(Sparsity::Blocks(form)) = sparsity_of(workspace.context(), a.as_ref()).unwrap() else {
                panic!("{name} is not seen")
            };
            let sparse = Sparse::new(workspace.context(), a.as_ref(), &form).unwrap();
            for transposed in [false, true] {
                let b: Vec<f64> = (0..n).map(|i| (i % 11) as f64 - 4.0).collect();
                let mut x = b.clone();
                if transposed { sparse.solve_transposed(&mut x) } else { sparse.solve(&mut x) }.unwrap();
                for i in 0..n {
                    let term = |j: usize| if transposed { a[(j, i)] } else { a[(i, j)] } * x[j];
                    let off = b[i] - (0..n).map(term).sum::<f64>();
                    assert!(off.abs() < 1e-10, "{name}, transposed {transposed}, row {i}: {off}");
                }
            }
        }
    }
}
