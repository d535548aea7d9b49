//! The solution of one larger system.

use resolvent_kernels::{Real, Scalar};

use crate::blas::{Context, copy_with_norm};
use crate::error::Result;
use crate::factor::{self, BlockForm, Sparse, Sparsity, factor_by_structure, sparsity_of};
use crate::matrix::{MatMut, MatRef, Structure, WorkMat, symmetry_of, with_room, zeroed};
use crate::parallel;
use crate::plan::{Method, SPARSE_STRIP, Verb, indefinite_order};
use crate::quality::{
    Look, LuSolver, Options, PROBES, Quality, Question, Sink, Verdict, alternation_with,
    backward_error_of_solution, estimate_by_alternation, estimate_by_gradient, forward_error_of_solution,
    gradient_with, set_probes, unanswered,
};

/// What it takes to solve one larger system after the other.
pub(super) struct Room<T> {
    /// `[A B probes]`
    memory: WorkMat<T>,
    look: Look,
    /// That of Hermitian matrices that are not definite is made use of.
    indefinite: bool,
}

impl<T: Scalar> Room<T> {
    /// For order n and k right-hand sides.
    pub(super) fn new(n: usize, k: usize, options: Options) -> Result<Self> {
        let indefinite = n >= indefinite_order::<T>() || options.method == Some(Method::HermitianIndefinite);
        Ok(Self { memory: WorkMat::new(n, n + k + PROBES)?, look: options.look(), indefinite })
    }
}

/// One larger matrix: a copy is factored, and the right-hand sides go along as further columns, `L^-1 P B`; so do the
/// probes of the condition number.
pub(super) fn blocked<T: Scalar>(
    context: Context<'_, T>,
    room: &mut Room<T>,
    (a, b): (MatRef<'_, T>, MatRef<'_, T>),
    mut out: MatMut<'_, T>,
    sink: &mut Sink<'_>,
) -> Result<Quality> {
    let kernels = context.kernels;
    let (n, k) = (a.nrows(), b.ncols());
    let sparsity = if room.look.zeros { sparsity_of(context, a)? } else { None };
    if let Some(Sparsity::Blocks(form)) = &sparsity
        && form.suits::<T>(k)
        && let Some(quality) = by_blocks(context, form, (a, b), out.reborrow(), sink)?
    {
        return Ok(quality);
    }
    let mut system = room.memory.as_mut();
    let fill_beside = |mut system: MatMut<'_, T>| {
        system.reborrow().block(0, n, n, k).copy_from(b);
        set_probes(system.block(0, n + k, n, PROBES));
    };
    let fill = |mut system: MatMut<'_, T>| {
        system.reborrow().block(0, 0, n, n).copy_from(a);
        fill_beside(system);
    };
    let norm_a = copy_with_norm(context, a, system.reborrow().block(0, 0, n, n))?;
    fill_beside(system.reborrow());
    let finite = (norm_a.is_finite() || a.is_finite()) && b.is_finite();
    let case = sink.case(kernels, context.threads(), a, Question::Solution(b));
    let structure = match sparsity {
        _ if !(finite && room.look.symmetry) => Structure::General,
        Some(Sparsity::Deficient(column)) => {
            let verdict = Verdict { proved: true, ..unanswered::<T>(true, Some(column)) };
            return case.judge(&verdict, Some(out));
        }
        Some(Sparsity::Blocks(BlockForm { triangle: Some(structure), .. })) => structure,
        _ => symmetry_of(kernels, system.as_ref().block(0, 0, n, n)),
    };
    let (factors, method) =
        factor_by_structure(context, structure, room.indefinite, system.reborrow(), fill)?;
    sink.ran(method);
    let mut verdict = unanswered::<T>(finite, factors.zero_pivot);
    verdict.proved = factors.zero_pivot.is_some() && matches!(method, Method::Diagonal | Method::Triangular);
    let (lu, right) = system.split_cols(n);
    let (mut x, probes) = right.split_cols(k);
    if !finite || factors.zero_pivot.is_none() {
        factor::solve_upper(context, lu.as_ref(), x.reborrow())?;
        factors.restore(context, x.reborrow());
    } else {
        // The right-hand sides may be where the answers go: what may still be asked of them is read before.
        x.fill(T::nan());
    }
    if finite && factors.zero_pivot.is_none() {
        let (lu, x, probes) = (lu.as_ref(), x.as_ref(), probes.as_ref());
        let (gradient, (alternation, backward_error)) = parallel::both(
            context.threads(),
            || estimate_by_gradient(kernels, lu, probes),
            || {
                let error = backward_error_of_solution(kernels, a, None, x, b);
                (estimate_by_alternation(kernels, lu, probes), error)
            },
        );
        verdict.rcond = T::Real::ONE / norm_a / alternation?.max_nan(gradient?);
        verdict.backward_error = backward_error?;
        if case.full {
            let solver = LuSolver { kernels, lu, factors: &factors };
            verdict.forward_error = forward_error_of_solution(context, &solver, a, x, b)?;
        }
    }
    let quality = case.judge(&verdict, Some(x.reborrow()))?;
    out.copy_from(x.as_ref());
    Ok(quality)
}

/// One larger matrix that is mostly zeros: only the blocks on its diagonal are copied and factored. None if something is not
/// finite.
fn by_blocks<T: Scalar>(
    context: Context<'_, T>,
    form: &BlockForm,
    (a, b): (MatRef<'_, T>, MatRef<'_, T>),
    mut out: MatMut<'_, T>,
    sink: &mut Sink<'_>,
) -> Result<Option<Quality>> {
    let kernels = context.kernels;
    let (n, k) = (a.nrows(), b.ncols());
    let mut copy = None;
    let by_rows = form.by_rows(a, &mut copy)?;
    let norm_a = form.norm_one(by_rows)?;
    if !(norm_a.is_finite() && b.is_finite()) {
        return Ok(None);
    }
    parallel::expect(|flops| form.flops(Verb::Factor) - flops);
    let factors = Sparse::new(context, by_rows, form)?;
    sink.ran(form.method());
    let case = sink.case(kernels, context.threads(), a, Question::Solution(b));
    let mut verdict = unanswered::<T>(true, factors.zero_pivot);
    let mut x = zeroed::<T>(n * k)?;
    MatMut::from_row_major(&mut x, k, n)?.transpose().copy_from(b);
    if factors.zero_pivot.is_none() {
        solve_strips(context, &factors, &mut x)?;
        let x = MatRef::from_column_major(&x, n, k)?;
        let (gradient, (alternation, backward_error)) = parallel::both(
            context.threads(),
            || gradient_with(kernels, &factors),
            || {
                let error = backward_error_of_solution(kernels, by_rows, Some(form.extents()), x, b);
                (alternation_with(kernels, &factors), error)
            },
        );
        verdict.rcond = T::Real::ONE / norm_a / alternation?.max_nan(gradient?);
        verdict.backward_error = backward_error?;
        if case.full {
            verdict.forward_error = forward_error_of_solution(context, &factors, by_rows, x, b)?;
        }
    }
    let mut x = MatMut::from_row_major(&mut x, k, n)?.transpose();
    let quality = case.judge(&verdict, Some(x.reborrow()))?;
    out.copy_from(x.as_ref());
    Ok(Some(quality))
}

/// Solves for columns that follow each other, some of them at a time.
fn solve_strips<T: Scalar>(context: Context<'_, T>, factors: &Sparse<'_, T>, x: &mut [T]) -> Result<()> {
    let strip = (SPARSE_STRIP * factors.order()).max(1);
    let mut strips = with_room(x.len().div_ceil(strip))?;
    strips.extend(x.chunks_mut(strip).map(|strip| (strip, Ok(()))));
    parallel::for_each_mut(context.threads(), &mut strips, |_, (strip, outcome)| {
        *outcome = factors.solve(strip);
    });
    strips.into_iter().try_for_each(|(_, outcome)| outcome)
}
