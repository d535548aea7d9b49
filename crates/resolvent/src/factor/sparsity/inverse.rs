//! Inverses of matrices that are mostly zeros, where those of blocks on the diagonal are all there is to them.

use resolvent_kernels::Scalar;

use super::BlockForm;
use super::band::Band;
use super::blocks::{Block, factored};
use crate::blas::Context;
use crate::error::Result;
use crate::factor::{divide, invert, invert_by_structure};
use crate::matrix::{MatMut, MatRef, WorkMat, with_room, zeroed};
use crate::parallel;
use crate::plan::SPARSE_STRIP;

/// Writes the inverse of a matrix without elements outside of its blocks, with contiguous rows of finite elements, and
/// returns the first column whose pivot is exactly zero, if there is one; the inverse is then anything.
pub(crate) fn invert_blocks<T: Scalar>(
    context: Context<'_, T>,
    a: MatRef<'_, T>,
    form: &BlockForm,
    mut out: MatMut<'_, T>,
) -> Result<Option<usize>> {
    let n = a.nrows();
    assert!(form.inverts_by_blocks(), "a block diagonal matrix, or a band");
    if form.ordering.blocks().len() == 1 {
        let Some(width) = form.band(0..n) else { unreachable!("one block is a band") };
        let band = Band::new(a, width)?;
        if band.zero_pivot.is_none() {
            invert_band(context, &band, out)?;
        }
        return Ok(band.zero_pivot);
    }
    out.fill(T::zero());
    let mut zero_pivot = None;
    for range in form.ordering.blocks() {
        let (rows, columns) = (&form.ordering.rows[range.clone()], &form.ordering.columns[range.clone()]);
        let block = factored(context, a, form, range, true)?;
        if let Some(zero) = block.zero_pivot() {
            zero_pivot = zero_pivot.into_iter().chain([columns[zero]]).min();
            continue;
        }
        let block = inverted(context, block)?;
        for (place, &j) in columns.iter().enumerate() {
            let to = out.row_mut(j);
            rows.iter().zip(block.as_ref().row(place)).for_each(|(&i, &x)| to[i] = x);
        }
    }
    Ok(zero_pivot)
}

/// The inverse of one block from its factors.
fn inverted<T: Scalar>(context: Context<'_, T>, block: Block<T>) -> Result<WorkMat<T>> {
    match block {
        Block::Element(element) => {
            let mut x = WorkMat::new(1, 1)?;
            x.as_mut().set(0, 0, divide(T::one(), element));
            Ok(x)
        }
        Block::Band(band) => {
            let mut x = WorkMat::new(band.order, band.order)?;
            invert_band(context, &band, x.as_mut())?;
            Ok(x)
        }
        Block::Full(mut lu, factors, structure, method) => {
            if !invert_by_structure(context, structure, method, &factors, lu.as_mut())? {
                invert(context, lu.as_mut(), &factors.permutation)?;
            }
            Ok(lu)
        }
    }
}

/// Solves for the columns of the identity, some of them at a time.
fn invert_band<T: Scalar>(context: Context<'_, T>, band: &Band<T>, out: MatMut<'_, T>) -> Result<()> {
    let n = out.nrows();
    let mut strips = with_room(n.div_ceil(SPARSE_STRIP))?;
    let mut rest = out;
    for start in (0..n).step_by(SPARSE_STRIP) {
        let (columns, others) = rest.split_cols(SPARSE_STRIP.min(n - start));
        strips.push((columns, Ok(())));
        rest = others;
    }
    parallel::for_each_mut(context.threads(), &mut strips, |strip, (columns, outcome)| {
        *outcome = zeroed::<T>(n * columns.ncols()).and_then(|mut x| {
            let k = columns.ncols();
            (0..k).for_each(|j| x[(strip * SPARSE_STRIP + j) * k + j] = T::one());
            band.solve(&mut x, k);
            parallel::count((band.width.flops(n, k) - band.width.flops(n, 0)) as usize);
            columns.copy_from(MatRef::from_row_major(&x, n, k)?);
            Ok(())
        });
    });
    strips.into_iter().try_for_each(|(_, outcome)| outcome)
}
