//! The inverse of one larger matrix.

use resolvent_kernels::{Real, Scalar};

use crate::blas::{Context, copy_with_norm};
use crate::error::Result;
use crate::factor::{
    BlockForm, Sparsity, factor_by_structure, invert, invert_blocks, invert_by_structure, sparsity_of,
};
use crate::matrix::{
    MatMut, MatRef, StackMut, Structure, WorkMat, inverse_of, norm_one, reorder, symmetry_of,
};
use crate::parallel;
use crate::plan::{Method, Verb, lu_leaf};
use crate::quality::{
    Look, Quality, Question, Sink, Verdict, backward_error_of_inverse, forward_error_of_inverse, unanswered,
};

/// What it takes to invert one larger matrix after the other, besides the output.
pub(super) struct Room<T> {
    /// The factors: beside the output if that is not row-major, or if they stay in the cache, where rows lie better.
    factors: Option<WorkMat<T>>,
    /// The inverse of factors that stay in the cache, if the output is not row-major.
    inverse: Option<WorkMat<T>>,
    look: Look,
}

impl<T: Scalar> Room<T> {
    pub(super) fn new(out: &StackMut<'_, T>, look: Look) -> Result<Self> {
        let n = out.nrows();
        let (in_cache, row_major) = (n <= lu_leaf::<T>(n), out.col_stride() == 1);
        let square = |wanted: bool| wanted.then(|| WorkMat::new(n, n)).transpose();
        Ok(Self { factors: square(in_cache || !row_major)?, inverse: square(in_cache && !row_major)?, look })
    }
}

/// One larger matrix.
pub(super) fn blocked<T: Scalar>(
    context: Context<'_, T>,
    room: &mut Room<T>,
    a: MatRef<'_, T>,
    mut out: MatMut<'_, T>,
    sink: &mut Sink<'_>,
) -> Result<Quality> {
    let look = room.look;
    let Some(factors) = &mut room.factors else {
        let norm = copy_with_norm(context, a, out.reborrow())?;
        return inverted(context, Given::new(a, norm, look), out, None, sink);
    };
    let given = Given::new(a, copy_with_norm(context, a, factors.as_mut())?, look);
    if out.col_stride() == 1 {
        return inverted(context, given, factors.as_mut(), Some(out), sink);
    }
    let place = room.inverse.as_mut().map(WorkMat::as_mut);
    let quality = inverted(context, given, factors.as_mut(), place, sink)?;
    out.copy_from(room.inverse.as_mut().unwrap_or(factors).as_mut().as_ref());
    Ok(quality)
}

/// A matrix and what is known of it.
#[derive(Clone, Copy)]
struct Given<'a, T: Scalar> {
    a: MatRef<'a, T>,
    /// In the 1-norm.
    norm: T::Real,
    /// All elements are.
    finite: bool,
    look: Look,
}

impl<'a, T: Scalar> Given<'a, T> {
    fn new(a: MatRef<'a, T>, norm: T::Real, look: Look) -> Self {
        let finite = norm.is_finite() || a.is_finite();
        Self { a, norm, finite, look }
    }
}

/// `copy` is a row-major copy of the matrix, and becomes the inverse unless that has a place of its own.
fn inverted<T: Scalar>(
    context: Context<'_, T>,
    given: Given<'_, T>,
    copy: MatMut<'_, T>,
    place: Option<MatMut<'_, T>>,
    sink: &mut Sink<'_>,
) -> Result<Quality> {
    let (kernels, Given { a, norm, finite, .. }) = (context.kernels, given);
    let case = sink.case(kernels, context.threads(), a, Question::Inverse);
    let Found { x, zero_pivot, proved } = inverse(context, given, copy, place, sink)?;
    let mut verdict = Verdict { proved, ..unanswered::<T>(finite, zero_pivot) };
    if finite && zero_pivot.is_none() {
        verdict.rcond = T::Real::ONE / norm / norm_one(kernels, x.as_ref())?;
        verdict.backward_error = backward_error_of_inverse(kernels, a, x.as_ref())?;
        verdict.forward_error =
            forward_error_of_inverse::<T>(a.nrows(), verdict.rcond, verdict.backward_error);
    }
    case.judge(&verdict, Some(x))
}

/// What came of a matrix.
struct Found<'x, T> {
    /// The inverse; anything if there is none.
    x: MatMut<'x, T>,
    /// The first pivot that came out zero.
    zero_pivot: Option<usize>,
    /// It is zero whatever is rounded.
    proved: bool,
}

impl<'x, T> Found<'x, T> {
    fn computed(x: MatMut<'x, T>, zero_pivot: Option<usize>) -> Self {
        Self { x, zero_pivot, proved: false }
    }
}

/// The inverse, in its place or in that of the copy, by the structure of `a` if that is looked for.
fn inverse<'x, T: Scalar>(
    context: Context<'_, T>,
    given: Given<'_, T>,
    mut copy: MatMut<'x, T>,
    place: Option<MatMut<'x, T>>,
    sink: &mut Sink<'_>,
) -> Result<Found<'x, T>> {
    let a = given.a;
    if !(given.finite && given.look.symmetry) {
        return by_structure(context, given, Structure::General, copy, place, sink);
    }
    let sparsity = if given.look.zeros { sparsity_of(context, copy.as_ref())? } else { None };
    let structure = match sparsity {
        Some(Sparsity::Deficient(column)) => {
            return Ok(Found { x: place.unwrap_or(copy), zero_pivot: Some(column), proved: true });
        }
        Some(Sparsity::Blocks(BlockForm { triangle: Some(structure), .. })) => structure,
        Some(Sparsity::Blocks(form)) if form.inverts_by_blocks() => {
            parallel::expect(|flops| form.flops(Verb::Invert) - flops);
            sink.ran(form.method());
            if let Some(mut x) = place {
                let zero_pivot = invert_blocks(context, copy.as_ref(), &form, x.reborrow())?;
                return Ok(Found::computed(x, zero_pivot));
            }
            let mut kept = None;
            let by_rows = form.by_rows(a, &mut kept)?;
            let zero_pivot = invert_blocks(context, by_rows, &form, copy.reborrow())?;
            return Ok(Found::computed(copy, zero_pivot));
        }
        Some(Sparsity::Blocks(form)) if form.method() == Method::Triangular => {
            // With `A[rows, columns] = U`, `A^-1[columns, rows] = U^-1`.
            let (rows, columns) = form.order();
            reorder(context.kernels, copy.reborrow(), rows, columns)?;
            let mut found = by_structure(context, given, Structure::Upper, copy, place, sink)?;
            reorder(context.kernels, found.x.reborrow(), &inverse_of(columns)?, &inverse_of(rows)?)?;
            found.zero_pivot = found.zero_pivot.map(|pivot| columns[pivot]);
            return Ok(found);
        }
        _ => symmetry_of(context.kernels, copy.as_ref()),
    };
    by_structure(context, given, structure, copy, place, sink)
}

/// The inverse from factors of the copy.
fn by_structure<'x, T: Scalar>(
    context: Context<'_, T>,
    given: Given<'_, T>,
    structure: Structure,
    mut copy: MatMut<'x, T>,
    place: Option<MatMut<'x, T>>,
    sink: &mut Sink<'_>,
) -> Result<Found<'x, T>> {
    // What is copied anew was not reordered: an upper triangle needs no other attempt.
    let fill = |mut copy: MatMut<'_, T>| copy.copy_from(given.a);
    let (factors, method) = factor_by_structure(context, structure, true, copy.reborrow(), fill)?;
    sink.ran(method);
    if given.finite && factors.zero_pivot.is_some() {
        let proved = matches!(method, Method::Diagonal | Method::Triangular);
        return Ok(Found { x: place.unwrap_or(copy), zero_pivot: factors.zero_pivot, proved });
    }
    let p = &factors.permutation;
    let done = invert_by_structure(context, structure, method, &factors, copy.reborrow())?;
    let x = match place {
        Some(mut x) => {
            if done {
                x.copy_from(copy.as_ref());
            } else {
                context.invert_in_cache(copy.as_ref(), p, x.reborrow());
            }
            x
        }
        None => {
            if !done {
                invert(context, copy.reborrow(), p)?;
            }
            copy
        }
    };
    Ok(Found::computed(x, factors.zero_pivot))
}
