//! Matrices that are mostly zeros: what their pattern makes of them, and factors that know it.

mod band;
mod blocks;
mod inverse;
mod ordering;
mod pattern;

use std::ops::Range;

use resolvent_kernels::{Real, Scalar};

pub(crate) use blocks::Sparse;
pub(crate) use inverse::invert_blocks;

use crate::blas::Context;
use crate::error::Result;
use crate::matrix::{Mat, MatRef, Structure, identity, is_hermitian, with_room, zeroed};
use crate::plan::{
    BLOCKED_RHS, Method, ORDERING_ORDER, Verb, band_is_worth, blocks_are_worth, coupled_rhs, lu_leaf,
};

use band::Width;
use ordering::{Matching, Ordering, matching, ordering};
use pattern::Pattern;

/// What the zeros of a square matrix make of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Sparsity {
    /// A triangle, a band, or block triangular, perhaps after its rows and columns are reordered.
    Blocks(BlockForm),
    /// Singular, whatever the elements are: no row is left that could give this column a pivot.
    Deficient(usize),
}

/// Small blocks on the diagonal, and nothing below them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct BlockForm {
    /// A diagonal matrix or a triangle as it stands.
    pub(crate) triangle: Option<Structure>,
    ordering: Ordering,
    /// Of every row of the matrix: the columns from the first element to the last.
    extents: Vec<Range<usize>>,
    hermitian: bool,
    /// There are elements outside of the blocks.
    coupled: bool,
}

/// The form of a matrix of any strides, if it has zeros enough and they lie well. A full matrix is left after its first rows.
pub(crate) fn sparsity_of<T: Scalar>(context: Context<'_, T>, a: MatRef<'_, T>) -> Result<Option<Sparsity>> {
    let n = a.nrows();
    let Some(pattern) = Pattern::of(context, a)? else { return Ok(None) };
    let mut extents = with_room(n)?;
    extents.extend((0..n).map(|i| pattern.extent(i)));
    let triangle = triangle(&extents);
    if let Some(structure) = triangle {
        let ordering = Ordering::of_triangle(n, structure == Structure::Lower)?;
        let coupled = structure != Structure::Diagonal;
        return Ok(Some(Sparsity::Blocks(BlockForm {
            triangle,
            ordering,
            extents,
            hermitian: false,
            coupled,
        })));
    }
    let hermitian = is_hermitian(context.kernels, a);
    if n >= ORDERING_ORDER {
        // The blocks of a Hermitian matrix are Hermitian if its rows move as its columns do.
        match if hermitian { Matching::Perfect(identity(n)?) } else { matching(&pattern)? } {
            Matching::Perfect(row_of) => {
                let ordering = ordering(&pattern, &row_of)?;
                if blocks_are_worth(n, ordering.blocks().map(|block| block.len())) {
                    let coupled = ordering.is_coupled(&pattern)?;
                    let form = BlockForm { triangle, ordering, extents, hermitian, coupled };
                    return Ok(Some(Sparsity::Blocks(form)));
                }
            }
            Matching::Deficient(column) => return Ok(Some(Sparsity::Deficient(column))),
            Matching::Unknown => {}
        }
    }
    let form = BlockForm { triangle, ordering: Ordering::natural(n)?, extents, hermitian, coupled: false };
    Ok(form.band(0..n).is_some().then_some(Sparsity::Blocks(form)))
}

/// Which triangle has all the elements, as the extents of the rows show it.
fn triangle(extents: &[Range<usize>]) -> Option<Structure> {
    let rows = || extents.iter().enumerate().filter(|(_, extent)| !extent.is_empty());
    let upper = rows().all(|(i, extent)| extent.start >= i);
    let lower = rows().all(|(i, extent)| extent.end <= i + 1);
    match (upper, lower) {
        (true, true) => Some(Structure::Diagonal),
        (true, false) => Some(Structure::Upper),
        (false, true) => Some(Structure::Lower),
        (false, false) => None,
    }
}

impl BlockForm {
    /// How `info.method` calls it.
    pub(crate) fn method(&self) -> Method {
        match self.ordering.blocks().len() {
            _ if self.triangle == Some(Structure::Diagonal) => Method::Diagonal,
            1 => Method::Banded,
            blocks if blocks == self.extents.len() => Method::Triangular,
            _ => Method::BlockTriangular,
        }
    }

    /// Does this form pay for that many right-hand sides? Each takes a pass over the matrix if that is more than its blocks,
    /// and one that stays in the cache is copied and solved faster.
    pub(crate) fn suits<T: Scalar>(&self, rhs: usize) -> bool {
        let n = self.extents.len();
        match self.triangle {
            Some(_) => rhs < BLOCKED_RHS && n > lu_leaf::<T>(n),
            None => !self.coupled || rhs <= coupled_rhs(n),
        }
    }

    /// Flops of the factors of the blocks, or of their inverses.
    pub(crate) fn flops(&self, verb: Verb) -> f64 {
        let block = |block: Range<usize>| match self.band(block.clone()) {
            Some(width) => width.flops(block.len(), if verb == Verb::Invert { block.len() } else { 0 }),
            None if verb == Verb::Invert => 2.0 * (block.len() as f64).powi(3),
            None => 2.0 / 3.0 * (block.len() as f64).powi(3),
        };
        self.ordering.blocks().map(block).sum()
    }

    /// Of every row: the columns from the first element to the last.
    pub(crate) fn extents(&self) -> &[Range<usize>] {
        &self.extents
    }

    /// A matrix of this form with contiguous rows: itself, or a copy of what is not zero.
    pub(crate) fn by_rows<'m, T: Scalar>(
        &self,
        a: MatRef<'m, T>,
        copy: &'m mut Option<Mat<T>>,
    ) -> Result<MatRef<'m, T>> {
        if a.col_stride() == 1 {
            return Ok(a);
        }
        let mut to = Mat::zeros(a.nrows(), a.ncols())?;
        for (i, extent) in self.extents.iter().enumerate() {
            let [start, len] = [extent.start, extent.len()];
            to.as_mut().block(i, start, 1, len).copy_from(a.block(i, start, 1, len));
        }
        Ok(copy.insert(to).as_ref())
    }

    /// `|A|_1`.
    pub(crate) fn norm_one<T: Scalar>(&self, a: MatRef<'_, T>) -> Result<T::Real> {
        let mut sums = zeroed::<T::Real>(a.ncols())?;
        for (i, extent) in self.extents.iter().enumerate() {
            let row = &a.row(i)[extent.clone()];
            sums[extent.clone()].iter_mut().zip(row).for_each(|(sum, x)| *sum += x.abs());
        }
        Ok(sums.into_iter().fold(T::Real::ZERO, |largest, sum| sum.max_nan(largest)))
    }

    /// Does the inverse consist of those of the blocks? (That of a Hermitian band is Hermitian, and not had from the band.)
    pub(crate) fn inverts_by_blocks(&self) -> bool {
        !(self.coupled || self.hermitian && self.method() == Method::Banded)
    }

    /// The rows and the columns in the order that makes the matrix block upper triangular.
    pub(crate) fn order(&self) -> (&[usize], &[usize]) {
        (&self.ordering.rows, &self.ordering.columns)
    }

    /// The width of a block on the diagonal, if it is so narrow that this is worth while.
    fn band(&self, block: Range<usize>) -> Option<Width> {
        let columns = &self.ordering.columns[block.clone()];
        let mut width = Width { lower: 0, upper: 0 };
        for (place, &i) in self.ordering.rows[block].iter().enumerate() {
            let first = columns.partition_point(|&j| j < self.extents[i].start);
            let last = columns.partition_point(|&j| j < self.extents[i].end);
            width.lower = width.lower.max(place.saturating_sub(first));
            width.upper = width.upper.max(last.saturating_sub(place + 1));
        }
        band_is_worth(columns.len(), width.lower, width.upper).then_some(width)
    }
}
