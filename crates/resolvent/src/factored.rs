//! Factors every matrix of a stack and shows the factors, while they are there, to whoever wants something of them.

use std::ops::Range;

use resolvent_kernels::table::LANES_MAX;
use resolvent_kernels::{Kernels, Real, Scalar};

use crate::blas::Workspace;
use crate::error::Result;
use crate::factor::factor;
use crate::matrix::{MatRef, Stack, StackRef, filled, is_odd, norm_one, with_room, zeroed};
use crate::plan::{Method, Plan, Verb};
use crate::quality::{Detail, Info, Sink, inverse_norm_estimate, judge, unanswered};
use crate::stacks;

/// The factors of one matrix as a visitor of [`for_each_factored`] sees them.
pub(crate) struct Factored<'f, T> {
    /// L and U over each other, row-major.
    pub(crate) lu: MatRef<'f, T>,
    /// `(P A)_i = A_{p_i}`.
    pub(crate) permutation: &'f [usize],
    /// det P = -1.
    pub(crate) odd: bool,
}

/// Factors every matrix of a stack and collects what `visit` makes of each, in C order. The factors themselves live
/// only while they are visited. Matrices of order 0 are not visited: `of_nothing` stands for them.
pub(crate) fn for_each_factored<T, U, F>(
    a: &StackRef<'_, T>,
    detail: Detail,
    of_nothing: U,
    visit: F,
) -> Result<(Vec<U>, Info)>
where
    T: Scalar,
    U: Clone + Send,
    F: Fn(usize, Factored<'_, T>) -> U + Sync + Send,
{
    let n = stacks::order(a)?;
    let (kernels, plan) = stacks::plan::<T>(Verb::Factor, n, a.len())?;
    let (values, info) = stacks::run(&plan, a.batch(), detail, |range, sink| match plan.method {
        Method::Small => small(kernels, a, range, sink, &visit),
        _ => range.map(|index| blocked(kernels, &plan, a, index, sink, &visit)).collect(),
    })?;
    let mut all = with_room(a.len())?;
    all.extend(values.into_iter().flatten());
    all.resize(a.len(), of_nothing);
    Ok((all, info))
}

/// One task of small matrices: a lane each.
fn small<T: Scalar, U>(
    kernels: &'static Kernels<T>,
    a: &StackRef<'_, T>,
    range: Range<usize>,
    sink: &mut Sink<'_>,
    visit: &impl Fn(usize, Factored<'_, T>) -> U,
) -> Result<Vec<U>> {
    let (n, lanes) = (a.nrows(), kernels.small.lanes);
    let mut factors = Stack::zeros(&[lanes, n, n])?;
    let mut permutations = filled(lanes * n, 0)?;
    let (mut sources, mut targets) = ([std::ptr::null(); LANES_MAX], [std::ptr::null_mut(); LANES_MAX]);
    let mut values = with_room(range.len())?;
    stacks::for_each_group(kernels, (n, 0), range, |group, verdicts, work| {
        // SAFETY: the matrices are valid by the construction of their stack; factors and permutations have room for
        // `lanes` matrices and are ours alone; the workspace is the one asked for.
        unsafe {
            let a = stacks::addresses(&mut sources, a, group.clone());
            let lu = stacks::addresses_mut(&mut targets, &factors.as_mut(), 0..group.len());
            (kernels.small.factor)(n, a, lu, permutations.as_mut_ptr(), verdicts, work);
        }
        let factors = factors.as_ref();
        for (lane, index) in group.enumerate() {
            let verdict = &verdicts[lane];
            let permutation = &permutations[lane * n..][..n];
            values.push(visit(index, Factored { lu: factors.matrix(lane), permutation, odd: verdict.odd }));
            sink.put(index, judge(kernels, a.matrix(index), verdict, None)?);
        }
        Ok(())
    })?;
    Ok(values)
}

/// One larger matrix.
fn blocked<T: Scalar, U>(
    kernels: &'static Kernels<T>,
    plan: &Plan,
    a: &StackRef<'_, T>,
    index: usize,
    sink: &mut Sink<'_>,
    visit: &impl Fn(usize, Factored<'_, T>) -> U,
) -> Result<U> {
    let (n, a) = (a.nrows(), a.matrix(index));
    let mut memory = zeroed(n * n)?;
    let mut lu = stacks::row_major_copy(&mut memory, a)?;
    let norm = norm_one(kernels, lu.as_ref())?;
    let finite = norm.is_finite() || lu.as_ref().is_finite();
    let workspace = Workspace::new(kernels, plan.inner_threads, n)?;
    let factors = factor(workspace.context(), lu.reborrow())?;
    let odd = is_odd(&factors.permutation);
    let mut verdict = unanswered::<T>(finite, factors.zero_pivot);
    verdict.backward_error = T::Real::ZERO;
    if finite && factors.zero_pivot.is_none() {
        verdict.rcond = T::Real::ONE / norm / inverse_norm_estimate(kernels, lu.as_ref())?;
    }
    sink.put(index, judge(kernels, a, &verdict, None)?);
    Ok(visit(index, Factored { lu: lu.as_ref(), permutation: &factors.permutation, odd }))
}
