//! A second look at a matrix that seems singular, or whose answer is not as good as it ought to be: is it bad, or only badly
//! scaled, or has partial pivoting failed? Is it singular indeed? And an answer by better factors.

use resolvent_kernels::table::{Group, SMALL_MAX};
use resolvent_kernels::{Kernels, Real, Scalar};

use super::backward_error::backward_error_of_solution;
use super::condition::inverse_norm_with;
use super::equilibrate::{Equilibrated, exponent_above, scaled, size};
use super::solver::{LuSolver, Solver};
use super::status::Verdict;
use crate::blas::{Context, Workspace, gemm};
use crate::error::Result;
use crate::factor::{Factors, factor_by_structure, mend_pivots, solve};
use crate::matrix::{MatMut, MatRef, Scratch, Structure, WorkMat, norm_one, permute_rows, splitmix, zeroed};
use crate::parallel;
use crate::plan::{MEASURED_RHS, REFINEMENTS};

/// Factors of a scaled matrix, or of its reflection.
pub(super) struct Factored<'f, T: Scalar> {
    context: Context<'f, T>,
    lu: WorkMat<T>,
    factors: Factors,
    /// v, if what was factored is `(I - 2 v v^T) A`.
    reflector: Vec<T>,
    /// `|A|_1`
    norm: T::Real,
    /// That of the matrix, estimated from the factors; 0 if a pivot was zero.
    pub(super) rcond: T::Real,
}

impl<'f, T: Scalar> Factored<'f, T> {
    /// Of a row-major matrix.
    pub(super) fn new(context: Context<'f, T>, a: MatRef<'_, T>) -> Result<Self> {
        let structure = triangle(a);
        if a.nrows() <= SMALL_MAX && structure == Structure::General {
            return Self::small(context, a);
        }
        Self::of(context, a, structure, Vec::new())
    }

    /// Of `(I - 2 v v^T) A` for a vector v without any pattern. Elements of U grow by more than a small power of the order
    /// for matrices of some pattern only (Wilkinson 1961), which this leaves nothing of; it keeps lengths and so is
    /// harmless.
    pub(super) fn reflected(context: Context<'f, T>, a: MatRef<'_, T>) -> Result<Self> {
        Self::of(context, a, Structure::General, reflector(a.nrows())?)
    }

    fn of(
        context: Context<'f, T>,
        a: MatRef<'_, T>,
        structure: Structure,
        reflector: Vec<T>,
    ) -> Result<Self> {
        let n = a.nrows();
        let norm = norm_one(context.kernels, a)?;
        let mut lu = WorkMat::new(n, n)?;
        let mut copy = lu.copy_of(a);
        reflect(&reflector, copy.reborrow())?;
        parallel::expect(|_| 2.0 / 3.0 * (n as f64).powi(3));
        let fill = |mut copy: MatMut<'_, T>| copy.copy_from(a);
        let (factors, _) = factor_by_structure(context, structure, false, copy, fill)?;
        let mut factored = Self { context, lu, factors, reflector, norm, rcond: T::Real::ZERO };
        if factored.factors.zero_pivot.is_none() {
            factored.estimate()?;
        }
        Ok(factored)
    }

    fn estimate(&mut self) -> Result<()> {
        self.rcond = T::Real::ONE / self.norm / inverse_norm_with(self.context.kernels, self)?;
        Ok(())
    }

    /// The same by one call of a kernel: a stack may hold a million such matrices.
    fn small(context: Context<'f, T>, a: MatRef<'_, T>) -> Result<Self> {
        let n = a.nrows();
        let kernels = context.kernels;
        let (mut lu, mut factors) = (WorkMat::new(n, n)?, Factors::without_exchanges(n)?);
        let norm = norm_one(kernels, a)?;
        let mut copy = lu.copy_of(a);
        let rcond = small_rcond(kernels, copy.reborrow(), &mut factors.permutation)?;
        factors.zero_pivot = (0..n).find(|&i| copy.as_ref().get(i, i) == T::zero());
        Ok(Self { context, lu, factors, reflector: Vec::new(), norm, rcond })
    }

    pub(super) fn context(&self) -> Context<'f, T> {
        self.context
    }

    /// Gives every system an answer: [`mend_pivots`]. A matrix that is not singular has an rcond above 0.
    pub(super) fn mend(&mut self) -> Result<()> {
        if self.factors.zero_pivot.is_none() {
            return Ok(());
        }
        mend_pivots(self.lu.as_mut());
        self.estimate()
    }

    /// `X := A^-1 B`, X row-major.
    fn solve_many(&self, b: MatRef<'_, T>, mut x: MatMut<'_, T>) -> Result<()> {
        let mut copy = WorkMat::new(b.nrows(), b.ncols())?;
        let mut reflected = copy.copy_of(b);
        reflect(&self.reflector, reflected.reborrow())?;
        permute_rows(&self.factors.permutation, reflected.as_ref(), x.reborrow());
        solve(self.context, self.lu.as_ref(), x)
    }

    fn plain(&self) -> LuSolver<'_, T> {
        LuSolver { kernels: self.context.kernels, lu: self.lu.as_ref(), factors: &self.factors }
    }
}

impl<T: Scalar> Solver<T> for Factored<'_, T> {
    fn order(&self) -> usize {
        self.lu.as_ref().nrows()
    }
    fn solve(&self, x: &mut [T]) -> Result<()> {
        let n = x.len();
        reflect(&self.reflector, MatMut::from_row_major(x, n, 1)?)?;
        self.plain().solve(x)
    }
    fn solve_transposed(&self, x: &mut [T]) -> Result<()> {
        let n = x.len();
        self.plain().solve_transposed(x)?;
        reflect(&self.reflector, MatMut::from_row_major(x, n, 1)?)
    }
}

/// A matrix that was scaled, and factors of what came of it.
pub(super) struct Unscaled<'s, 'f, T: Scalar>(pub(super) &'s Equilibrated<T>, pub(super) &'s Factored<'f, T>);

impl<T: Scalar> Solver<T> for Unscaled<'_, '_, T> {
    fn order(&self) -> usize {
        self.1.order()
    }
    fn solve(&self, x: &mut [T]) -> Result<()> {
        let n = x.len();
        self.0.scale_right_hand_side(MatMut::from_row_major(x, n, 1)?);
        self.1.solve(x)?;
        self.0.unscale_solution(MatMut::from_row_major(x, n, 1)?);
        Ok(())
    }
    fn solve_transposed(&self, x: &mut [T]) -> Result<()> {
        let n = x.len();
        self.0.scale_transposed(MatMut::from_row_major(x, n, 1)?);
        self.1.solve_transposed(x)?;
        self.0.unscale_transposed(MatMut::from_row_major(x, n, 1)?);
        Ok(())
    }
}

/// Solves `A X = B` and refines X as long as its backward error falls by half at least (Skeel 1980: one step is enough nearly
/// always). Returns that.
pub(super) fn solve_and_refine<T: Scalar>(
    factored: &Factored<'_, T>,
    a: MatRef<'_, T>,
    b: MatRef<'_, T>,
    mut x: MatMut<'_, T>,
) -> Result<T::Real> {
    let context = factored.context;
    let (n, k) = (b.nrows(), b.ncols());
    factored.solve_many(b, x.reborrow())?;
    let mut error = worst_backward_error(context.kernels, a, x.as_ref(), b)?;
    let (mut residual, mut correction, mut better) =
        (WorkMat::new(n, k)?, WorkMat::new(n, k)?, WorkMat::new(n, k)?);
    for _ in 0..REFINEMENTS {
        if error <= T::Real::EPSILON {
            break;
        }
        let mut r = residual.copy_of(b);
        gemm(context, -T::Real::ONE, a, x.as_ref(), r.reborrow());
        factored.solve_many(r.as_ref(), correction.as_mut())?;
        let mut next = better.copy_of(x.as_ref());
        for i in 0..n {
            next.row_mut(i).iter_mut().zip(correction.as_ref().row(i)).for_each(|(x, &d)| *x += d);
        }
        let refined = worst_backward_error(context.kernels, a, next.as_ref(), b)?;
        // What is not a number is no better than what is.
        let (improved, halved) =
            (refined < error || error.is_nan(), refined * T::Real::from_f64(2.0) <= error);
        if improved {
            x.copy_from(next.as_ref());
            error = refined;
        }
        if !halved {
            break;
        }
    }
    Ok(error)
}

/// Componentwise, of every right-hand side for itself.
pub(super) fn worst_backward_error<T: Scalar>(
    kernels: &Kernels<T>,
    a: MatRef<'_, T>,
    x: MatRef<'_, T>,
    b: MatRef<'_, T>,
) -> Result<T::Real> {
    let (n, k) = (b.nrows(), b.ncols());
    let mut worst = T::Real::ZERO;
    for start in (0..k).step_by(MEASURED_RHS) {
        let count = MEASURED_RHS.min(k - start);
        let (x, b) = (x.block(0, start, n, count), b.block(0, start, n, count));
        worst = backward_error_of_solution(kernels, a, None, x, b)?.max_nan(worst);
    }
    Ok(worst)
}

/// rcond of a matrix of any strides, by whatever solves with it.
pub(super) fn rcond_by<T: Scalar>(
    kernels: &Kernels<T>,
    solver: &impl Solver<T>,
    a: MatRef<'_, T>,
) -> Result<T::Real> {
    let mut copy = WorkMat::new(a.nrows(), a.ncols())?;
    let norm = norm_one(kernels, copy.copy_of(a).as_ref())?;
    Ok(T::Real::ONE / norm / inverse_norm_with(kernels, solver)?)
}

/// rcond of `2^-k A`, which is that of A, with the largest element near 1: norms that overflow or underflow do not.
pub(super) fn unit_rcond<T: Scalar>(kernels: &'static Kernels<T>, a: MatRef<'_, T>) -> Result<T::Real> {
    let n = a.nrows();
    let mut memory = WorkMat::new(n, n)?;
    let mut unit = memory.copy_of(a);
    let largest = (0..n).flat_map(|i| unit.as_ref().row(i)).map(size).fold(0.0, f64::max);
    let exponent = -exponent_above(largest);
    for i in 0..n {
        unit.row_mut(i).iter_mut().for_each(|z| *z = scaled(*z, exponent));
    }
    let workspace = Workspace::new(kernels, 1, n, 0)?;
    Ok(Factored::new(workspace.context(), unit.as_ref())?.rcond)
}

/// rcond of a small row-major matrix, 0 if a pivot is zero; the matrix becomes its factors.
fn small_rcond<T: Scalar>(
    kernels: &Kernels<T>,
    mut a: MatMut<'_, T>,
    permutation: &mut [usize],
) -> Result<T::Real> {
    let n = a.nrows();
    assert!(n <= SMALL_MAX && permutation.len() == n, "a small matrix, and as many row numbers");
    let mut workspace = Scratch::new();
    let work = workspace.get((kernels.single.workspace)(n, 0))?;
    let (rs, cs) = (a.row_stride(), a.col_stride());
    let target = a.as_mut_ptr();
    let source = Group { ptrs: &[target.cast_const()], rs, cs };
    let factors = Group { ptrs: &[target], rs, cs };
    // SAFETY: one matrix of order n <= SMALL_MAX, factored in place; room for its permutation and report; a workspace
    // of the size asked for, on a cache line.
    let (_, verdict) = Verdict::of_one(true, T::Real::ONE, |report| unsafe {
        (kernels.single.factor)(n, source, factors, permutation.as_mut_ptr(), report, work)
    });
    Ok(verdict.rcond)
}

/// A triangle needs no factors.
fn triangle<T: Scalar>(a: MatRef<'_, T>) -> Structure {
    let n = a.nrows();
    let zeros = |row: &[T]| row.iter().all(|&z| z == T::zero());
    let upper = || (0..n).all(|i| zeros(&a.row(i)[..i]));
    let lower = || (0..n).all(|i| zeros(&a.row(i)[i + 1..]));
    match (upper(), lower()) {
        (true, _) => Structure::Upper,
        (_, true) => Structure::Lower,
        _ => Structure::General,
    }
}

/// A vector of length 1, of the same numbers for all matrices of an order, about normally distributed.
fn reflector<T: Scalar>(n: usize) -> Result<Vec<T>> {
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    // A sum of 12 uniform numbers has variance 1.
    let mut uniform = || (splitmix(&mut state) >> 11) as f64 * (-53_f64).exp2();
    let mut normal = zeroed::<f64>(n)?;
    normal.iter_mut().for_each(|x| *x = (0..12).map(|_| uniform()).sum::<f64>() - 6.0);
    let length = normal.iter().map(|x| x * x).sum::<f64>().sqrt();
    let mut v = zeroed::<T>(n)?;
    v.iter_mut().zip(normal).for_each(|(v, x)| *v = T::from_real(T::Real::from_f64(x / length)));
    Ok(v)
}

/// `B := (I - 2 v v^T) B`, row-major; nothing if v is empty.
fn reflect<T: Scalar>(v: &[T], mut b: MatMut<'_, T>) -> Result<()> {
    if v.is_empty() {
        return Ok(());
    }
    let mut w = zeroed::<T>(b.ncols())?;
    for (i, &v) in v.iter().enumerate() {
        w.iter_mut().zip(b.as_ref().row(i)).for_each(|(w, &z)| *w += v * z);
    }
    for (i, &v) in v.iter().enumerate() {
        let twice = v + v;
        b.row_mut(i).iter_mut().zip(&w).for_each(|(z, &w)| *z -= twice * w);
    }
    Ok(())
}
