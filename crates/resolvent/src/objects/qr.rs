//! `qr`: the factor object of rectangular matrices.

use std::fmt;
use std::marker::PhantomData;

use resolvent_kernels::table::Side;
use resolvent_kernels::{Complex, Isa, Real, Scalar};

use crate::blas::{Workspace, gemm};
use crate::determinant::{Product, SLogDet};
use crate::error::{Error, Result};
use crate::factor::{Wide, mend_pivots, solve_transposed, solve_upper, thin_qr};
use crate::lstsq::each;
use crate::matrix::{
    Form, Mat, MatMut, MatRef, Operand, RightHandSide, Stack, StackRef, broadcast_batches, filled,
};
use crate::plan::Method;
use crate::quality::{Info, Status, inverse_norm_estimate};

/// `A = Q R` of an m x n matrix, or of every matrix of a stack: Q is m x min(m, n) with orthonormal columns, R is
/// min(m, n) x n and upper trapezoidal.
///
/// `F` is the form that results come back in, the operand's own.
#[derive(Clone)]
pub struct Qr<T: Scalar, F> {
    q: Stack<T>,
    r: Stack<T>,
    /// Of which matrices is Q, if it is square, of determinant -1?
    odd: Vec<bool>,
    info: Info,
    form: PhantomData<fn() -> F>,
}

/// Factors a matrix, or every matrix of a stack, by reflections: `A = Q R`. Computed in double precision, whatever the type.
///
/// # Shapes
/// `(..., m, n)`.
///
/// # Errors
/// [`Error::BadArgument`] if something is not finite; memory.
///
/// # Accuracy
/// `|A - Q R| <= c m n eps |A|` column by column, `|Q^H Q - I| <= c m n eps`.
///
/// # Cost
/// `4 n^2 (m - n/3)` flops for m >= n, one matrix on one thread.
///
/// # Source
/// `golub2013matrix`, section 5.2.
///
/// # Example
/// ```
/// use resolvent::MatRef;
/// let a = [3.0_f64, 1.0, 4.0, 2.0, 0.0, 2.0];
/// let qr = resolvent::qr(&MatRef::from_row_major(&a, 3, 2)?)?;
/// assert!((qr.r().as_slice()[0].abs() - 5.0).abs() < 1e-14);
/// let x = qr.solve(&[4.0, 6.0, 2.0][..])?;
/// assert!((x[0] - 1.0).abs() < 1e-14 && (x[1] - 1.0).abs() < 1e-14);
/// # Ok::<(), resolvent::Error>(())
/// ```
pub fn qr<A: Operand + ?Sized>(a: &A) -> Result<Qr<A::Elem, A::Form>> {
    let a = a.stack()?;
    if <A::Elem as Scalar>::PARTS == 1 {
        factored::<_, f64, _>(&a)
    } else {
        factored::<_, Complex<f64>, _>(&a)
    }
}

fn factored<T: Scalar, W: Wide, F: Form>(a: &StackRef<'_, T>) -> Result<Qr<T, F>> {
    let (m, n) = (a.nrows(), a.ncols());
    let size = m.min(n);
    let shaped = |rows, columns| Stack::zeros(&[a.batch(), &[rows, columns]].concat());
    let (mut q, mut r): (Stack<T>, Stack<T>) = (shaped(m, size)?, shaped(size, n)?);
    let flops = 4.0 * (size * size) as f64 * (m.max(n) as f64 - size as f64 / 3.0);
    let thin = each("factor", a, flops, |index| {
        if !a.matrix(index).is_finite() {
            let reason = format!("matrix {index} holds NaN or infinity");
            return Err(Error::BadArgument { name: "a", reason });
        }
        thin_qr::<T, W>(a.matrix(index))
    })?;
    let mut odd = filled(a.len(), false)?;
    for (index, thin) in thin.into_iter().enumerate() {
        let rounded = |from: MatRef<'_, W>, mut to: MatMut<'_, T>| {
            for i in 0..from.nrows() {
                to.row_mut(i).iter_mut().enumerate().for_each(|(j, x)| *x = from.get(i, j).to());
            }
        };
        rounded(thin.q.as_ref(), q.as_mut().matrix_mut(index));
        rounded(thin.r.as_ref(), r.as_mut().matrix_mut(index));
        odd[index] = thin.odd;
    }
    let info = judged(a.batch(), &r)?;
    Ok(Qr { q, r, odd, info, form: PhantomData })
}

/// What there is to say of R, if there are as many rows as columns at least: of others nothing is solved.
fn judged<T: Scalar>(batch: &[usize], r: &Stack<T>) -> Result<Info> {
    let r = r.as_ref();
    let square = r.nrows() == r.ncols() && r.nrows() > 0;
    let kernels = T::kernels(Isa::active()?);
    let [rcond, backward_error, forward_error] =
        [filled(r.len(), 1.0)?, filled(r.len(), 0.0)?, filled(r.len(), 0.0)?];
    let mut info = Info {
        batch: batch.to_vec(),
        status: filled(r.len(), Status::Ok)?,
        rcond,
        backward_error,
        forward_error,
        method: Method::Orthogonal,
        failures: Vec::new(),
        doubtful: Vec::new(),
        worst_rcond: 1.0,
        worst: Status::Ok,
    };
    for index in 0..if square { r.len() } else { 0 } {
        let matrix = r.matrix(index);
        let zero = (0..r.ncols()).any(|i| matrix.get(i, i) == T::zero());
        let column = |j: usize| (0..=j).map(|i| matrix.get(i, j).abs()).sum::<T::Real>();
        let norm = (0..r.ncols()).fold(T::Real::ZERO, |most, j| most.max_nan(column(j)));
        // R is its own LU factors, L being the identity.
        let estimate = if zero { T::Real::INFINITY } else { inverse_norm_estimate(kernels, matrix)? };
        let rcond = T::Real::ONE / norm / estimate;
        info.status[index] = Status::of_rcond(rcond);
        let rcond = if norm == T::Real::ZERO { 0.0 } else { rcond.to_f64() };
        info.rcond[index] = rcond;
        info.worst = info.worst.max(info.status[index]);
        info.worst_rcond = info.worst_rcond.min(rcond);
        if info.status[index] == Status::NumericallySingular {
            info.doubtful.push(index);
        }
    }
    Ok(info)
}

impl<T: Scalar, F: Form> Qr<T, F> {
    /// Q: `(..., m, min(m, n))`.
    pub fn q(&self) -> &Stack<T> {
        &self.q
    }
    /// R: `(..., min(m, n), n)`.
    pub fn r(&self) -> &Stack<T> {
        &self.r
    }
    /// Of which matrices the determinant of Q is -1, if it is square.
    pub fn odd(&self) -> &[bool] {
        &self.odd
    }
    /// Status and rcond of every R, in the 1-norm, estimated; 1 for matrices with fewer rows than columns.
    pub fn info(&self) -> &Info {
        &self.info
    }
    /// The reciprocal condition number of R in the 1-norm, estimated.
    pub fn rcond(&self) -> F::PerMatrix<f64> {
        F::per_matrix(&self.info.batch, self.info.rcond.clone())
    }
    /// The shape of the matrix or stack that was factored.
    pub fn shape(&self) -> Vec<usize> {
        [self.info.batch.as_slice(), &[self.q.as_ref().nrows(), self.r.as_ref().ncols()]].concat()
    }
    /// The determinants of square matrices.
    ///
    /// # Errors
    /// [`Error::NotSquare`].
    pub fn det(&self) -> Result<F::PerMatrix<T>> {
        Ok(F::per_matrix(&self.info.batch, self.products()?.into_iter().map(Product::value).collect()))
    }
    /// Sign and logarithm of the determinants of square matrices.
    ///
    /// # Errors
    /// [`Error::NotSquare`].
    pub fn slogdet(&self) -> Result<F::PerMatrix<SLogDet<T>>> {
        Ok(F::per_matrix(&self.info.batch, self.products()?.into_iter().map(Product::slogdet).collect()))
    }

    fn products(&self) -> Result<Vec<Product>> {
        let (shape, r) = (self.shape(), self.r.as_ref());
        if shape[shape.len() - 2] != shape[shape.len() - 1] {
            return Err(Error::NotSquare { shape });
        }
        Ok((0..r.len()).map(|index| Product::of_factors(r.matrix(index), self.odd[index])).collect())
    }

    /// The x for which `|A x - b|` is least, `R^-1 Q^H b`. A needs as many rows as columns at least. Stack dimensions are broadcast.
    ///
    /// # Errors
    /// [`Error::ShapeMismatch`]; [`Error::BadArgument`] for fewer rows than columns.
    pub fn solve<B: RightHandSide<Elem = T> + ?Sized>(&self, b: &B) -> Result<B::Owned> {
        self.solve_side(Side::Plain, b)
    }

    /// The same; or for `A^H x = b` (and `A^T x = b`) the shortest solution, `Q R^-H b`.
    ///
    /// # Errors
    /// As [`Qr::solve`].
    pub fn solve_side<B: RightHandSide<Elem = T> + ?Sized>(&self, side: Side, b: &B) -> Result<B::Owned> {
        let b_stack = b.stack()?;
        b.own(self.solved(side, &b_stack)?)
    }

    fn solved(&self, side: Side, b: &StackRef<'_, T>) -> Result<Stack<T>> {
        let (q, mut r) = (self.q.as_ref(), self.r.copy()?);
        let (m, n, k) = (q.nrows(), r.as_ref().ncols(), b.ncols());
        if m < n {
            let reason =
                format!("{m} equations do not determine {n} unknowns; lstsq gives the shortest solution");
            return Err(Error::BadArgument { name: "qr", reason });
        }
        let (from, to) = if side == Side::Plain { (m, n) } else { (n, m) };
        if b.nrows() != from {
            let reason = format!("the right-hand side needs {from} rows");
            return Err(Error::ShapeMismatch { a: self.shape(), b: b.shape(), reason });
        }
        self.info.doubtful.iter().for_each(|&index| mend_pivots(r.as_mut().matrix_mut(index)));
        let batch = broadcast_batches(q.batch(), b.batch())?;
        let mut x = Stack::zeros(&[batch.as_slice(), &[to, k]].concat())?;
        let (q, r, b) = (q.broadcast_to(&batch)?, r.as_ref().broadcast_to(&batch)?, b.broadcast_to(&batch)?);
        let kernels = T::kernels(Isa::active()?);
        let workspace = Workspace::new(kernels, 1, m.max(n), k)?;
        let context = workspace.context();
        for index in 0..q.len() {
            let (q, r) = (q.matrix(index), r.matrix(index));
            let mut x = x.as_mut();
            let mut x = x.matrix_mut(index);
            let (adjoint, transposed) = (side == Side::Adjoint, side == Side::Transposed);
            let mut room = None;
            if side == Side::Plain {
                let q = conjugated(q, true, &mut room)?;
                gemm(context, T::Real::ONE, q.transpose(), b.matrix(index), x.reborrow());
                solve_upper(context, r, x)?;
                continue;
            }
            // R^H y = b is R^T conj(y) = conj(b); R is its own LU factors, L being the identity.
            let mut y = Mat::zeros(n, k)?;
            y.as_mut().copy_from(conjugated(b.matrix(index), adjoint, &mut None)?);
            solve_transposed(context, r, y.as_mut())?;
            let y = conjugated(y.as_ref(), adjoint, &mut room)?;
            gemm(context, T::Real::ONE, conjugated(q, transposed, &mut None)?, y, x);
        }
        Ok(x)
    }

    /// The inverses of square matrices, `R^-1 Q^H`.
    ///
    /// # Errors
    /// [`Error::NotSquare`]; memory.
    pub fn inverse(&self) -> Result<F::Matrix<T>> {
        let shape = self.shape();
        let n = shape[shape.len() - 1];
        if shape[shape.len() - 2] != n {
            return Err(Error::NotSquare { shape });
        }
        let mut identity = Stack::zeros(&[n, n])?;
        (0..n).for_each(|i| identity.as_mut().matrix_mut(0).set(i, i, T::one()));
        Ok(F::matrix(self.solved(Side::Plain, &identity.as_ref())?))
    }

    /// The object from its parts, as [`Qr::q`], [`Qr::r`] and [`Qr::odd`] gave them.
    ///
    /// # Errors
    /// They do not belong together.
    pub fn from_parts(q: Stack<T>, r: Stack<T>, odd: Vec<bool>) -> Result<Self> {
        let fit = {
            let (q, r) = (q.as_ref(), r.as_ref());
            q.batch() == r.batch()
                && odd.len() == q.len()
                && q.ncols() == r.nrows()
                && r.nrows() == q.nrows().min(r.ncols())
        };
        if !fit {
            let reason =
                "q of (..., m, k), r of (..., k, n), k = min(m, n), and a word for each matrix".to_owned();
            return Err(Error::BadArgument { name: "q, r, odd", reason });
        }
        let info = judged(q.as_ref().batch(), &r)?;
        Ok(Self { q, r, odd, info, form: PhantomData })
    }
}

/// The matrix itself or, if that is wanted and makes a difference, a conjugated copy, for which there is room.
fn conjugated<'m, T: Scalar>(
    a: MatRef<'m, T>,
    wanted: bool,
    room: &'m mut Option<Mat<T>>,
) -> Result<MatRef<'m, T>> {
    if T::PARTS == 1 || !wanted {
        return Ok(a);
    }
    let copy = room.insert(Mat::zeros(a.nrows(), a.ncols())?);
    for i in 0..a.nrows() {
        copy.as_mut().row_mut(i).iter_mut().enumerate().for_each(|(j, x)| *x = a.get(i, j).conj());
    }
    Ok(copy.as_ref())
}

impl<T: Scalar, F> fmt::Debug for Qr<T, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Qr").field("q", &self.q).field("r", &self.r).finish()
    }
}
