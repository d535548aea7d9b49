//! Least squares for a matrix of full column rank: QR with pivoted columns of the scaled matrix, then refinement of solution
//! and residual together.

use resolvent_kernels::Scalar;

use super::{largest_exponent, scaled};
use crate::blas::Sums;
use crate::error::{Error, Result};
use crate::factor::{PivotedQr, Vectors, Wide, pivoted_qr, wide_svd};
use crate::matrix::{Mat, MatRef, exponent_of, filled, times_power_of_two};

/// The most steps of refinement. Each gains the digits that the condition of the scaled matrix leaves.
const STEPS: usize = 20;

/// Refined until the next step would change a solution by this part of a rounding error of its largest element, so that
/// elements that are smaller than that one are right too.
const ENOUGH: f64 = f64::EPSILON / (1 << 20) as f64;

/// `A D`, each column of A brought to a length near 1 by a power of two, which rounds nothing.
pub(super) struct ScaledColumns<W: Scalar> {
    /// Row j is column j.
    columns: Mat<W>,
    /// Column j is `2^exponents[j]` times as long in A.
    pub(super) exponents: Vec<i64>,
}

impl<W: Wide> ScaledColumns<W> {
    /// # Errors
    /// An element is not finite.
    pub(super) fn of<T: Scalar>(a: MatRef<'_, T>) -> Result<Self> {
        let [m, n] = a.shape();
        let mut columns = Mat::zeros(n, m)?;
        let mut exponents = filled(n, 0)?;
        for (j, exponent) in exponents.iter_mut().enumerate() {
            let mut rows = columns.as_mut();
            let column = rows.row_mut(j);
            column.iter_mut().enumerate().for_each(|(i, x)| *x = W::of(a.get(i, j)));
            if !column.iter().all(|&x| Scalar::is_finite(x)) {
                return Err(Error::NoSingularValues { matrix: 0 });
            }
            // The largest element comes first: its square must not overflow.
            for measure in [largest_exponent, length_exponent] {
                let size = measure(column);
                column.iter_mut().for_each(|x| *x = scaled(*x, -size));
                *exponent += size;
            }
        }
        Ok(Self { columns, exponents })
    }

    /// The scaled matrix.
    pub(super) fn as_ref(&self) -> MatRef<'_, W> {
        self.columns.as_ref().transpose()
    }

    pub(super) fn factored(&self) -> Result<PivotedQr<W>> {
        let mut columns = Mat::zeros(self.columns.nrows(), self.columns.ncols())?;
        columns.as_mut().copy_from(self.columns.as_ref());
        pivoted_qr(columns)
    }

    /// The singular values of A itself, which are those of R with the scaling undone.
    pub(super) fn singular_values(&self, qr: &PivotedQr<W>) -> Result<Vec<f64>> {
        let n = self.exponents.len();
        let largest = self.exponents.iter().copied().max().unwrap_or(0);
        let mut r = Mat::zeros(n, n)?;
        for (j, &column) in qr.order().iter().enumerate() {
            (0..=j).for_each(|i| r[(i, j)] = scaled(qr.r(i, j), self.exponents[column] - largest));
        }
        let mut s = wide_svd::<W, W>(r.as_ref(), Vectors::No)?.s;
        s.iter_mut().for_each(|s| *s = times_power_of_two(*s, largest));
        Ok(s)
    }
}

fn length_exponent<W: Wide>(column: &[W]) -> i64 {
    let square: f64 = column.iter().map(|x| Scalar::re(*x).powi(2) + Scalar::im(*x).powi(2)).sum();
    if square > 0.0 { exponent_of(square.sqrt()) } else { 0 }
}

/// Solves `min |A x - b|` for one right-hand side after another; A is the scaled matrix.
///
/// Solution and residual r are refined together, as solution of
///
/// ```text
/// | I    A | | r |   | b |
/// | A^H  0 | | x | = | 0 |
/// ```
///
/// whose own residuals `f = b - r - A x` and `g = -A^H r` are computed in twice the precision. A correction is
/// `h = R^-H P^T g`, `dx = P R^-1 (d_1 - h)`, `dr = Q (h, d_2)` with `(d_1, d_2) = Q^H f`. Corrections shrink by about
/// `eps` times the condition of the scaled matrix, not its square.
///
/// # Source
/// `bjorck1967iterative`, `demmel2009extra`.
pub(super) struct Refinement<'a, W: Wide> {
    a: MatRef<'a, W>,
    qr: &'a mut PivotedQr<W>,
    pub(super) x: Vec<W>,
    pub(super) r: Vec<W>,
    /// f, then dr.
    f: Vec<W>,
    /// g in the order of the pivots, then h.
    g: Vec<W>,
    dx: Vec<W>,
    conjugated: Vec<W>,
    long: Sums,
    short: Sums,
}

impl<'a, W: Wide> Refinement<'a, W> {
    pub(super) fn new(a: MatRef<'a, W>, qr: &'a mut PivotedQr<W>) -> Result<Self> {
        let [m, n] = a.shape();
        let vector = |len| filled(len, W::zero());
        Ok(Self {
            a,
            qr,
            x: vector(n)?,
            r: vector(m)?,
            f: vector(m)?,
            g: vector(n)?,
            dx: vector(n)?,
            conjugated: vector(m)?,
            long: Sums::zeros(m)?,
            short: Sums::zeros(n)?,
        })
    }

    /// Leaves solution and residual in `x` and `r`.
    pub(super) fn solve(&mut self, b: &[W]) {
        self.x.fill(W::zero());
        self.r.fill(W::zero());
        self.f.copy_from_slice(b);
        self.g.fill(W::zero());
        self.correct();
        self.apply();
        let mut last = 1.0;
        for _ in 0..STEPS {
            self.residuals(b);
            self.correct();
            let size = self.size_of_correction();
            // What does not shrink is rounding, or not a number.
            if size.is_nan() || size > last / 2.0 {
                break;
            }
            self.apply();
            if size * (size / last) <= ENOUGH {
                break;
            }
            last = size;
        }
    }

    /// f and g, in twice the precision.
    fn residuals(&mut self, b: &[W]) {
        self.long.clear();
        self.long.add(b.iter().copied());
        self.long.add(self.r.iter().map(|&r| -r));
        self.long.subtract_product(self.a, &self.x);
        self.f.iter_mut().zip(self.long.values()).for_each(|(f, value)| *f = value);
        // A^H r is the conjugate of A^T times the conjugate of r.
        self.conjugated.iter_mut().zip(&self.r).for_each(|(to, r)| *to = Scalar::conj(*r));
        self.short.clear();
        self.short.subtract_product(self.a.transpose(), &self.conjugated);
        self.dx.iter_mut().zip(self.short.values::<W>()).for_each(|(to, value)| *to = Scalar::conj(value));
        self.g.iter_mut().zip(self.qr.order()).for_each(|(g, &column)| *g = self.dx[column]);
    }

    /// dx, in the order of the pivots, and dr, in the place of f.
    fn correct(&mut self) {
        let n = self.g.len();
        self.qr.solve_upper_adjoint(&mut self.g);
        self.qr.apply_adjoint(&mut self.f);
        for ((dx, f), h) in self.dx.iter_mut().zip(&mut self.f[..n]).zip(&self.g) {
            *dx = *f - *h;
            *f = *h;
        }
        self.qr.solve_upper(&mut self.dx);
        self.qr.apply(&mut self.f);
    }

    /// `max |dx| / max |x + dx|`.
    fn size_of_correction(&self) -> f64 {
        let (mut change, mut size) = (0.0_f64, 0.0_f64);
        for (&column, &dx) in self.qr.order().iter().zip(&self.dx) {
            change = change.max(Scalar::abs(dx));
            size = size.max(Scalar::abs(self.x[column] + dx));
        }
        change / size
    }

    fn apply(&mut self) {
        for (&column, &dx) in self.qr.order().iter().zip(&self.dx) {
            self.x[column] += dx;
        }
        self.r.iter_mut().zip(&self.f).for_each(|(r, dr)| *r += *dr);
    }
}
