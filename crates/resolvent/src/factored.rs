//! Factors every matrix of a stack and shows the factors, while they are there, to whoever wants something of them.

use std::ops::Range;

use resolvent_kernels::table::{Group, Report, Small};
use resolvent_kernels::{Kernels, Real, Scalar};

use crate::blas::{Context, Workspace, copy_with_norm};
use crate::error::Result;
use crate::factor::{Factors, factor};
use crate::matrix::{MatMut, MatRef, StackRef, WorkMat, filled, zeroed};
use crate::plan::{Method, SMALL_BLOCK, Verb, small_block};
use crate::quality::{
    Detail, Info, Options, PROBES, Quality, Question, Sink, estimate_by_alternation, estimate_by_gradient,
    set_probes, unanswered,
};
use crate::{parallel, stacks};

/// The factors of one matrix as a visitor of [`for_each_factored`] sees them.
pub(crate) struct Factored<'f, T> {
    /// L and U over each other, row-major.
    pub(crate) lu: MatRef<'f, T>,
    /// `(P A)_i = A_{p_i}`.
    pub(crate) permutation: &'f [usize],
    /// As many as the visitor may use.
    pub(crate) threads: usize,
}

/// What is wanted besides a visit to the factors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// Nothing: then the [`Info`] may say nothing either. An estimate of rcond takes as long as the factors of order 64.
    Factors,
    /// How far they can be trusted, matrix by matrix.
    Quality,
}

/// Factors every matrix of a stack and has each visited once, by the task it belongs to, while its factors are there.
/// Matrices of order 0 are not visited.
pub(crate) fn for_each_factored<T: Scalar>(
    a: &StackRef<'_, T>,
    wanted: Wanted,
    visit: impl Fn(usize, Factored<'_, T>) + Sync + Send,
) -> Result<Info> {
    let n = stacks::order(a)?;
    let (kernels, plan) = stacks::plan::<T>(Verb::Factor, n, a.len())?;
    let options = match wanted {
        Wanted::Quality => Options::from(Detail::Full).blaming(),
        Wanted::Factors => Detail::Summary.into(),
    };
    stacks::run(&plan, a.batch(), options, |range, sink| match plan.method {
        Method::Small => small(kernels, a, range, sink, &visit),
        _ => {
            let workspace = Workspace::new(kernels, plan.inner_threads, n, 0)?;
            let mut memory = WorkMat::new(n, n + if wanted == Wanted::Quality { PROBES } else { 0 })?;
            range.into_iter().try_for_each(|index| {
                let a = a.matrix(index);
                let (lu, factors, quality) = blocked(workspace.context(), &mut memory, a, wanted, sink)?;
                if let Some(quality) = quality {
                    sink.put(index, quality);
                }
                let threads = workspace.context().threads();
                visit(index, Factored { lu: lu.as_ref(), permutation: &factors.permutation, threads });
                Ok(())
            })
        }
    })
}

/// One task of small matrices, side by side or alone.
fn small<T: Scalar>(
    kernels: &'static Kernels<T>,
    a: &StackRef<'_, T>,
    range: Range<usize>,
    sink: &mut Sink<'_>,
    visit: &impl Fn(usize, Factored<'_, T>),
) -> Result<()> {
    let n = a.nrows();
    let most = small_block::<T>(kernels.small.lanes, n, 0).min(range.len());
    let mut memory = zeroed(most * n * n)?;
    let mut permutations = filled(most * n, 0)?;
    let (mut sources, mut targets) = ([std::ptr::null(); SMALL_BLOCK], [std::ptr::null_mut(); SMALL_BLOCK]);
    let compute = |small: &Small<T>, block: Range<usize>, report: &mut Report<'_, T::Real>, work| {
        for (target, factors) in targets.iter_mut().zip(memory.chunks_exact_mut(n * n)) {
            *target = factors.as_mut_ptr();
        }
        // SAFETY: the matrices are valid by the construction of their stack; factors and permutations have room for a
        // block and are ours alone; the workspace is the one asked for.
        let fine = unsafe {
            let a = stacks::addresses(&mut sources, a, block.clone());
            let lu = Group { ptrs: &targets[..block.len()], rs: n as isize, cs: 1 };
            (small.factor)(n, a, lu, permutations.as_mut_ptr(), report, work)
        };
        for (place, index) in block.enumerate() {
            let lu = MatRef::from_row_major(&memory[place * n * n..][..n * n], n, n)?;
            visit(index, Factored { lu, permutation: &permutations[place * n..][..n], threads: 1 });
        }
        Ok(fine)
    };
    stacks::for_each_block(kernels, (n, 0), range, sink, compute, |index, verdict, sink| {
        sink.case(kernels, 1, a.matrix(index), Question::Factors).judge(verdict, None)
    })
}

/// One larger matrix, factored in `memory`; without its quality if that is not wanted.
fn blocked<'m, T: Scalar>(
    context: Context<'_, T>,
    memory: &'m mut WorkMat<T>,
    a: MatRef<'_, T>,
    wanted: Wanted,
    sink: &Sink<'_>,
) -> Result<(MatMut<'m, T>, Factors, Option<Quality>)> {
    let kernels = context.kernels;
    if wanted == Wanted::Factors {
        let mut lu = memory.copy_of(a);
        let factors = factor(context, lu.reborrow())?;
        return Ok((lu, factors, None));
    }
    let n = a.nrows();
    let mut system = memory.as_mut();
    let norm = copy_with_norm(context, a, system.reborrow().block(0, 0, n, n))?;
    set_probes(system.reborrow().block(0, n, n, PROBES));
    let finite = norm.is_finite() || a.is_finite();
    let factors = factor(context, system.reborrow())?;
    let (lu, probes) = system.split_cols(n);
    let mut verdict = unanswered::<T>(finite, factors.zero_pivot);
    verdict.backward_error = T::Real::ZERO;
    if finite && factors.zero_pivot.is_none() {
        let (lu, probes) = (lu.as_ref(), probes.as_ref());
        let (gradient, alternation) = parallel::both(
            context.threads(),
            || estimate_by_gradient(kernels, lu, probes),
            || estimate_by_alternation(kernels, lu, probes),
        );
        verdict.rcond = T::Real::ONE / norm / alternation?.max_nan(gradient?);
    }
    let quality = sink.case(kernels, context.threads(), a, Question::Factors).judge(&verdict, None)?;
    Ok((lu, factors, Some(quality)))
}
