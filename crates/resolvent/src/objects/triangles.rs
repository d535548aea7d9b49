//! [`Triangles`]: `A[p][:, q] = L U` of every matrix of a stack, whichever way that came about, and what follows from it.

use std::ops::Range;

use resolvent_kernels::table::Side;
use resolvent_kernels::{Kernels, Scalar};

use crate::blas::{Context, Workspace};
use crate::determinant::Product;
use crate::error::{Error, Result};
use crate::factor::{Factors, invert, invert_by_structure, solve, solve_transposed};
use crate::matrix::{
    MatMut, MatRef, Scratch, Stack, StackMut, StackRef, Structure, WorkMat, broadcast_batches, is_odd,
    permute_rows,
};
use crate::parallel;
use crate::plan::{Method, Plan, SMALL_BLOCK, Verb, small_block};
use crate::quality::{Detail, Info};
use crate::stacks::{self, Outlet};

/// Where rows and columns went.
#[derive(Debug, Clone)]
pub(crate) enum Moves {
    /// Nowhere.
    None,
    /// The rows alone: n numbers for each matrix, `(P A)_i = A_{p_i}`.
    Rows(Vec<usize>),
    /// Rows and columns, nearly the same way: what was found out about each matrix, and where its columns went, n numbers
    /// for each.
    Symmetric { factors: Vec<Factors>, columns: Vec<usize> },
}

/// L (unit lower, its ones not stored) and U over each other for every matrix of a stack.
#[derive(Debug, Clone)]
pub(crate) struct Triangles<T: Scalar> {
    pub(super) lu: Stack<T>,
    pub(super) moves: Moves,
    pub(super) info: Info,
}

impl<T: Scalar> Triangles<T> {
    pub(super) fn shape(&self) -> &[usize] {
        self.lu.shape()
    }

    pub(super) fn order(&self) -> usize {
        self.shape().last().copied().unwrap_or(0)
    }

    /// Where the rows of matrix `index` went.
    fn rows(&self, index: usize) -> Option<&[usize]> {
        let n = self.order();
        match &self.moves {
            Moves::None => None,
            Moves::Rows(rows) => Some(&rows[index * n..][..n]),
            Moves::Symmetric { factors, .. } => Some(&factors[index].permutation),
        }
    }

    /// Where its columns went.
    pub(super) fn columns(&self, index: usize) -> Option<&[usize]> {
        let n = self.order();
        match &self.moves {
            Moves::None | Moves::Rows(_) => None,
            Moves::Symmetric { columns, .. } => Some(&columns[index * n..][..n]),
        }
    }

    /// The determinants.
    pub(super) fn products(&self) -> impl Iterator<Item = Product> {
        let factors = self.lu.as_ref();
        (0..factors.len()).map(move |index| {
            let odd = |moved: Option<&[usize]>| moved.is_some_and(is_odd);
            Product::of_factors(factors.matrix(index), odd(self.rows(index)) ^ odd(self.columns(index)))
        })
    }

    /// L with its ones and zeros.
    pub(super) fn lower(&self) -> Result<Stack<T>> {
        let one = |i, j| if i == j { T::one() } else { T::zero() };
        self.with(|i, j, lu| if j < i { lu } else { one(i, j) })
    }

    /// A copy of the factors, each element made from its place and what is there.
    pub(super) fn with(&self, element: impl Fn(usize, usize, T) -> T) -> Result<Stack<T>> {
        let mut copy = self.lu.copy()?;
        let mut stack = copy.as_mut();
        for index in 0..stack.len() {
            let mut matrix = stack.matrix_mut(index);
            for i in 0..matrix.nrows() {
                for (j, place) in matrix.row_mut(i).iter_mut().enumerate() {
                    *place = element(i, j, *place);
                }
            }
        }
        Ok(copy)
    }

    /// Do parts that were made elsewhere belong together?
    ///
    /// # Errors
    /// [`Error::NotSquare`]; [`Error::BadArgument`] for permutations that are none, or too few.
    pub(super) fn check(&self) -> Result<()> {
        let (lu, n) = (self.lu.as_ref(), stacks::order(&self.lu.as_ref())?);
        let wrong = |name, reason: &str| Err(Error::BadArgument { name, reason: reason.to_owned() });
        let places = |p: &[usize]| {
            let mut seen = vec![false; n];
            p.len() == n && p.iter().all(|&i| i < n && !std::mem::replace(&mut seen[i], true))
        };
        if self.info.batch != lu.batch() || self.info.rcond.len() != lu.len() {
            return wrong("info", "it is of another stack than the factors");
        }
        let fit = match &self.moves {
            Moves::None => true,
            Moves::Rows(rows) => rows.len() == lu.len() * n && (n == 0 || rows.chunks(n).all(places)),
            Moves::Symmetric { factors, columns } => {
                factors.len() == lu.len()
                    && columns.len() == lu.len() * n
                    && (n == 0 || columns.chunks(n).all(places))
                    && factors.iter().all(|factors| factors.is_of(n))
            }
        };
        if fit {
            Ok(())
        } else {
            wrong("permutations", "one for each matrix, of the numbers below its order")
        }
    }

    /// The solution for every pair of matrix and right-hand side.
    pub(super) fn solve(&self, side: Side, b: &StackRef<'_, T>) -> Result<Stack<T>> {
        self.info.check()?;
        let lu = self.lu.as_ref();
        let (n, k) = (lu.nrows(), b.ncols());
        if b.nrows() != n {
            return Err(Error::ShapeMismatch {
                a: lu.shape(),
                b: b.shape(),
                reason: "the right-hand side needs as many rows as the matrix".to_owned(),
            });
        }
        let batch = broadcast_batches(lu.batch(), b.batch())?;
        let mut solution = Stack::zeros(&[batch.as_slice(), &[n, k]].concat())?;
        let (lu, b) = (lu.broadcast_to(&batch)?, b.broadcast_to(&batch)?);
        if n == 0 || k == 0 || lu.is_empty() {
            return Ok(solution);
        }
        let (kernels, plan) = stacks::plan::<T>(Verb::Substitute { rhs: k }, n, lu.len())?;
        let out = solution.as_mut();
        stacks::run(&plan, &batch, Detail::Summary.into(), |range, _| match plan.method {
            Method::Small => self.solve_small(kernels, &plan, side, (&lu, &b), &out, range),
            _ => {
                let workspace = Workspace::new(kernels, plan.inner_threads, n, k)?;
                range.into_iter().try_for_each(|index| {
                    // SAFETY: the tasks have no matrix in common.
                    let x = unsafe { out.matrix_unchecked(index) };
                    let place = self.place(&lu, index);
                    self.solve_one(workspace.context(), side, place, b.matrix(index), x)
                })
            }
        })?;
        Ok(solution)
    }

    /// Which of the matrices stands at `index` of the factors broadcast.
    fn place(&self, wide: &StackRef<'_, T>, index: usize) -> usize {
        if wide.len() == self.info.rcond.len() {
            // Nothing was broadcast, but perhaps by dimensions of one.
            return index;
        }
        wide.offset(index) as usize / (wide.nrows() * wide.ncols())
    }

    /// One task of small matrices.
    fn solve_small(
        &self,
        kernels: &'static Kernels<T>,
        plan: &Plan,
        side: Side,
        (lu, b): (&StackRef<'_, T>, &StackRef<'_, T>),
        out: &StackMut<'_, T>,
        range: Range<usize>,
    ) -> Result<()> {
        let (n, k) = (lu.nrows(), b.ncols());
        let mut scratch = Scratch::new();
        let work = scratch.get(stacks::workspace(kernels, (n, k), range.len()))?;
        let mut outlet = Outlet::new(kernels, plan, out, small_block::<T>(kernels.small.lanes, n, k))?;
        let [mut factors, mut sides] = [[std::ptr::null(); SMALL_BLOCK]; 2];
        let mut moved = [[std::ptr::null(); SMALL_BLOCK]; 2];
        for (small, block) in stacks::blocks(kernels, (n, k), range) {
            for (at, index) in block.clone().enumerate() {
                let place = self.place(lu, index);
                moved[0][at] = self.rows(place).map_or(std::ptr::null(), <[usize]>::as_ptr);
                moved[1][at] = self.columns(place).map_or(std::ptr::null(), <[usize]>::as_ptr);
            }
            let lu = stacks::addresses(&mut factors, lu, block.clone());
            let b = stacks::addresses(&mut sides, b, block.clone());
            let moved = [&moved[0][..block.len()], &moved[1][..block.len()]];
            // SAFETY: the matrices are valid by the construction of their stacks, where rows and columns went are
            // permutations, the outputs are those of this task alone, and the workspace is the one asked for.
            unsafe { outlet.fill(block, |x| (small.substitute)(n, k, side, lu, moved, b, x, work)) };
        }
        Ok(())
    }

    /// One larger matrix.
    fn solve_one(
        &self,
        context: Context<'_, T>,
        side: Side,
        place: usize,
        b: MatRef<'_, T>,
        mut x: MatMut<'_, T>,
    ) -> Result<()> {
        let lu = self.lu.as_ref().matrix(place);
        let (before, after) = match side {
            Side::Plain => (self.rows(place), self.columns(place)),
            Side::Transposed | Side::Adjoint => (self.columns(place), self.rows(place)),
        };
        let (n, k) = (b.nrows(), b.ncols());
        let mut memory = WorkMat::new(n, k)?;
        let mut y = memory.as_mut();
        match before {
            Some(rows) => permute_rows(rows, b, y.reborrow()),
            None => y.copy_from(b),
        }
        let conjugate = |mut y: MatMut<'_, T>| {
            if side == Side::Adjoint && T::PARTS == 2 {
                (0..n).for_each(|i| y.row_mut(i).iter_mut().for_each(|x| *x = x.conj()));
            }
        };
        // A^H x = b is A^T conj(x) = conj(b).
        conjugate(y.reborrow());
        if side == Side::Plain {
            solve(context, lu, y.reborrow())?;
        } else {
            solve_transposed(context, lu, y.reborrow())?;
        }
        conjugate(y.reborrow());
        match after {
            None => x.copy_from(y.as_ref()),
            Some(moved) => {
                for (i, &to) in moved.iter().enumerate() {
                    x.reborrow().block(to, 0, 1, k).copy_from(y.as_ref().block(i, 0, 1, k));
                }
            }
        }
        Ok(())
    }

    /// The inverses.
    pub(super) fn inverse(&self) -> Result<Stack<T>> {
        self.info.check()?;
        let mut inverse = self.lu.copy()?;
        let (len, n) = (self.lu.as_ref().len(), self.order());
        if n == 0 || len == 0 {
            return Ok(inverse);
        }
        let (kernels, plan) = stacks::plan::<T>(Verb::Invert, n, len)?;
        let out = inverse.as_mut();
        stacks::run(&plan, &self.info.batch, Detail::Summary.into(), |range, _| {
            let workspace = Workspace::new(kernels, plan.inner_threads, n, 0)?;
            range.into_iter().try_for_each(|index| {
                // SAFETY: the tasks have no matrix in common.
                let x = unsafe { out.matrix_unchecked(index) };
                self.invert_one(workspace.context(), index, x)
            })
        })?;
        Ok(inverse)
    }

    /// One inverse over the factors.
    fn invert_one(&self, context: Context<'_, T>, index: usize, x: MatMut<'_, T>) -> Result<()> {
        // The factors, a third of the flops, are there.
        parallel::expect(|_| -2.0 / 3.0 * (self.order() as f64).powi(3));
        let hermitian = |factors: &Factors, x| {
            invert_by_structure(context, Structure::Hermitian, Method::HermitianIndefinite, factors, x)
                .map(|_| ())
        };
        match &self.moves {
            Moves::None => hermitian(&Factors::without_exchanges(self.order())?, x),
            Moves::Rows(rows) => invert(context, x, &rows[index * self.order()..][..self.order()]),
            Moves::Symmetric { factors, .. } => hermitian(&factors[index], x),
        }
    }
}
