//! `ldl`: the factor object of Hermitian matrices of any kind.

use std::fmt;
use std::marker::PhantomData;
use std::sync::{Mutex, PoisonError};

use resolvent_kernels::table::Side;
use resolvent_kernels::{Real, Scalar};

use super::triangles::{Moves, Triangles};
use crate::blas::{Context, Workspace, copy_with_norm};
use crate::determinant::{Product, SLogDet};
use crate::error::{Error, Result};
use crate::factor::{Factors, factor_indefinite};
use crate::matrix::{
    Assume, Form, Mat, MatMut, MatRef, Operand, RightHandSide, Stack, check_size, with_room,
};
use crate::plan::Verb;
use crate::quality::{Detail, Info, Options, Quality, Question, Sink, inverse_norm_estimate, unanswered};
use crate::stacks;

/// `P A P^T = L D L^H` of a Hermitian matrix, or of every matrix of a stack, D of blocks of order 1 and 2.
///
/// `F` is the form that results come back in, the operand's own.
#[derive(Clone)]
pub struct Ldl<T: Scalar, F> {
    triangles: Triangles<T>,
    form: PhantomData<fn() -> F>,
}

/// Factors a Hermitian matrix, or every matrix of a stack, by rook pivoting: `P A P^T = L D L^H`. The lower triangle is read,
/// and of the diagonal the real part.
///
/// # Shapes
/// `(..., n, n)`.
///
/// # Errors
/// [`Error::NotSquare`]; [`Error::Singular`] for singular matrices; [`Error::BadArgument`] for those that are not finite, or
/// whose pivots leave the range of the type.
///
/// # Accuracy
/// `|P A P^T - L D L^H| <= c n eps |L| |D| |L^H|`, with bounded elements of L.
///
/// # Cost
/// 1/3 n^3 flops per matrix and one copy.
///
/// # Source
/// `ashcraft1998accurate`.
///
/// # Example
/// ```
/// let factors = resolvent::ldl(&[[0.0, 2.0], [2.0, 0.0]])?;
/// assert_eq!(factors.det(), -4.0);
/// assert_eq!(factors.solve(&[2.0, 4.0])?, [2.0, 1.0]);
/// assert_eq!(factors.d()?, [[0.0, 2.0], [2.0, 0.0]]);
/// # Ok::<(), resolvent::Error>(())
/// ```
pub fn ldl<A: Operand + ?Sized>(a: &A) -> Result<Ldl<A::Elem, A::Form>> {
    let a = a.stack()?;
    let n = stacks::order(&a)?;
    let mut lu = Stack::zeros(&a.shape())?;
    let mut found: Vec<Mutex<Option<Factors>>> = with_room(a.len())?;
    found.resize_with(a.len(), Mutex::default);
    let (kernels, plan) = stacks::plan::<A::Elem>(Verb::Factor, n, a.len())?;
    let out = lu.as_mut();
    let info = stacks::run(&plan, a.batch(), Options::from(Detail::Full).blaming(), |range, sink| {
        let workspace = Workspace::new(kernels, plan.inner_threads, n, 0)?;
        range.into_iter().try_for_each(|index| {
            // SAFETY: the tasks have no matrix in common.
            let lu = unsafe { out.matrix_unchecked(index) };
            let (factors, quality) = one(workspace.context(), a.matrix(index), lu, sink)?;
            sink.put(index, quality);
            *found[index].lock().unwrap_or_else(PoisonError::into_inner) = factors;
            Ok(())
        })
    })?;
    info.check()?;
    let mut factors = with_room(a.len())?;
    let mut columns = with_room(check_size::<usize>(&[a.len(), n])?)?;
    for found in found {
        if n == 0 {
            // No task has seen it.
            factors.push(Factors::without_exchanges(0)?);
            continue;
        }
        let found = found.into_inner().unwrap_or_else(PoisonError::into_inner).ok_or_else(no_factors)?;
        columns.extend(found.column_permutation()?.unwrap_or_default());
        factors.push(found);
    }
    let moves = Moves::Symmetric { factors, columns };
    Ok(Ldl { triangles: Triangles { lu, moves, info }, form: PhantomData })
}

fn no_factors() -> Error {
    let reason =
        "a matrix is not finite, or its pivots leave the range of the type; divide it by its largest element";
    Error::BadArgument { name: "a", reason: reason.to_owned() }
}

/// One matrix; without factors if it is singular, or leaves the range of its type.
fn one<T: Scalar>(
    context: Context<'_, T>,
    a: MatRef<'_, T>,
    mut lu: MatMut<'_, T>,
    sink: &Sink<'_>,
) -> Result<(Option<Factors>, Quality)> {
    let mut whole = Mat::zeros(a.nrows(), a.nrows())?;
    Assume::Hermitian.copy(a.transpose(), whole.as_mut().transpose());
    let whole = whole.as_ref();
    let norm = copy_with_norm(context, whole, lu.reborrow())?;
    let finite = norm.is_finite() || whole.is_finite();
    let factors = if finite { factor_indefinite(context, lu.reborrow())? } else { None };
    let mut verdict = unanswered::<T>(finite, if factors.is_none() && finite { Some(0) } else { None });
    if factors.is_some() {
        verdict.backward_error = T::Real::ZERO;
        verdict.rcond = T::Real::ONE / norm / inverse_norm_estimate(context.kernels, lu.as_ref())?;
    }
    let case = sink.case(context.kernels, context.threads(), whole, Question::Factors);
    Ok((factors, case.judge(&verdict, None)?))
}

super::answers!(Ldl);

impl<T: Scalar, F: Form> Ldl<T, F> {
    /// L, unit lower triangular: `A[p][:, p] = L D L^H`.
    ///
    /// A pivot of order 2 stands among LU factors with its rows exchanged, `[conj(b) c; a b] = [1 0; l 1] [conj(b) c; 0 e]`, and
    /// what is below it divided likewise: columns `[x y]` there are `[y x-ly]` of L.
    ///
    /// # Errors
    /// The memory cannot be had.
    pub fn l(&self) -> Result<F::Matrix<T>> {
        let mut lower = self.triangles.lower()?;
        let mut stack = lower.as_mut();
        for index in 0..stack.len() {
            let mut l = stack.matrix_mut(index);
            let n = l.nrows();
            for &k in self.factors(index).pairs() {
                let multiplier = l.as_ref().get(k + 1, k);
                l.set(k + 1, k, T::zero());
                for i in k + 2..n {
                    let (x, y) = (l.as_ref().get(i, k), l.as_ref().get(i, k + 1));
                    l.set(i, k, y);
                    l.set(i, k + 1, x - multiplier * y);
                }
                // To the left, the rows of L are exchanged with those of the pivot.
                for j in 0..k {
                    let (x, y) = (l.as_ref().get(k, j), l.as_ref().get(k + 1, j));
                    l.set(k, j, y);
                    l.set(k + 1, j, x);
                }
            }
        }
        Ok(F::matrix(lower))
    }

    /// D: zeros, and on the diagonal real numbers and Hermitian blocks of order 2.
    ///
    /// # Errors
    /// The memory cannot be had.
    pub fn d(&self) -> Result<F::Matrix<T>> {
        let mut d = self.triangles.with(|i, j, lu| if i == j { lu } else { T::zero() })?;
        let (lu, mut stack) = (self.triangles.lu.as_ref(), d.as_mut());
        for index in 0..stack.len() {
            let (lu, mut d) = (lu.matrix(index), stack.matrix_mut(index));
            for &k in self.factors(index).pairs() {
                let (upper, c) = (lu.get(k, k), lu.get(k, k + 1));
                // a = l conj(b).
                d.set(k, k, T::from_real((lu.get(k + 1, k) * upper).re()));
                d.set(k + 1, k, upper);
                d.set(k, k + 1, upper.conj());
                d.set(k + 1, k + 1, T::from_real(c.re()));
            }
        }
        Ok(F::matrix(d))
    }

    /// The permutations one after the other, n numbers each: `A[p][:, p] = L D L^H`.
    pub fn permutations(&self) -> &[usize] {
        if let Moves::Symmetric { columns, .. } = &self.triangles.moves { columns } else { &[] }
    }

    /// What the object keeps, for files: LU factors over each other.
    pub fn triangles(&self) -> &Stack<T> {
        &self.triangles.lu
    }

    /// The same of each matrix: with which later column every column was exchanged, and where pivots of order 2 begin.
    pub fn exchanges(&self) -> Vec<(Vec<usize>, Vec<usize>)> {
        let len = self.triangles.lu.as_ref().len();
        let of = |factors: &Factors| (factors.exchanges().to_vec(), factors.pairs().to_vec());
        (0..len).map(|index| of(self.factors(index))).collect()
    }

    /// The object from its parts, as [`Ldl::triangles`], [`Ldl::exchanges`] and [`Ldl::info`] gave them.
    ///
    /// # Errors
    /// They do not belong together.
    pub fn from_parts(
        triangles: Stack<T>,
        exchanges: Vec<(Vec<usize>, Vec<usize>)>,
        info: Info,
    ) -> Result<Self> {
        let n = stacks::order(&triangles.as_ref())?;
        let mut factors: Vec<Factors> = with_room(exchanges.len())?;
        let mut columns = with_room(check_size::<usize>(&[exchanges.len(), n])?)?;
        for (exchanged, pairs) in exchanges {
            let found = Factors::symmetric(exchanged, pairs)?;
            columns.extend(found.column_permutation()?.unwrap_or_default());
            factors.push(found);
        }
        let triangles = Triangles { lu: triangles, moves: Moves::Symmetric { factors, columns }, info };
        triangles.check()?;
        Ok(Self { triangles, form: PhantomData })
    }

    fn factors(&self, index: usize) -> &Factors {
        match &self.triangles.moves {
            Moves::Symmetric { factors, .. } => &factors[index],
            Moves::None | Moves::Rows(_) => unreachable!("the exchanges of a Hermitian matrix are symmetric"),
        }
    }
}

impl<T: Scalar, F> fmt::Debug for Ldl<T, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ldl").field("triangles", &self.triangles).finish()
    }
}
