//! Independent columns, orthonormalized in the order in which they come, and least squares by them.

use resolvent_kernels::Scalar;

use crate::error::Result;
use crate::factor::Wide;
use crate::matrix::{Mat, check_size, with_room, zeroed};

/// `B = Q R` for columns B of a matrix: Q by columns, R by columns without what is below its diagonal.
pub(super) struct Basis<W> {
    columns: Vec<Vec<W>>,
    q: Vec<Vec<W>>,
    r: Vec<Vec<W>>,
}

/// Column `j` of a matrix.
pub(super) fn column<W: Scalar>(a: &Mat<W>, j: usize) -> Result<Vec<W>> {
    let mut column = with_room(a.nrows())?;
    column.extend((0..a.nrows()).map(|i| a[(i, j)]));
    Ok(column)
}

/// The 2-norm; elements are near 1 or below, so that squares do not overflow.
pub(super) fn norm<W: Wide>(x: &[W]) -> f64 {
    x.iter().map(|&x| Scalar::re(x).powi(2) + Scalar::im(x).powi(2)).sum::<f64>().sqrt()
}

fn dot<W: Wide>(x: &[W], y: &[W]) -> W {
    x.iter().zip(y).map(|(&x, &y)| Scalar::conj(x) * y).sum()
}

fn subtract<W: Wide>(from: &mut [W], scale: W, x: &[W]) {
    from.iter_mut().zip(x).for_each(|(y, &x)| *y -= scale * x);
}

impl<W: Wide> Basis<W> {
    fn empty() -> Self {
        Self { columns: Vec::new(), q: Vec::new(), r: Vec::new() }
    }

    /// Of these columns of `a`, which are independent.
    pub(super) fn new(a: &Mat<W>, independent: &[usize]) -> Result<Self> {
        check_size::<W>(&[a.nrows(), independent.len()])?;
        let mut basis = Self::empty();
        for &j in independent {
            let column = column(a, j)?;
            let (along, rest) = basis.split(&column)?;
            basis.push(column, along, rest);
        }
        Ok(basis)
    }

    /// A vector as `Q along + rest`, rest orthogonal to Q: classical Gram-Schmidt, twice, after which that holds to
    /// rounding (`giraud2005rounding`).
    fn split(&self, x: &[W]) -> Result<(Vec<W>, Vec<W>)> {
        let mut rest = with_room(x.len())?;
        rest.extend_from_slice(x);
        let mut along = zeroed::<W>(self.q.len())?;
        for _ in 0..2 {
            let parts: Vec<W> = self.q.iter().map(|q| dot(q, &rest)).collect();
            for ((q, &part), along) in self.q.iter().zip(&parts).zip(&mut along) {
                subtract(&mut rest, part, q);
                *along += part;
            }
        }
        Ok((along, rest))
    }

    fn push(&mut self, column: Vec<W>, mut along: Vec<W>, mut rest: Vec<W>) {
        let size = norm(&rest);
        along.push(W::from_real(size));
        if size > 0.0 {
            rest.iter_mut().for_each(|x| *x /= W::from_real(size));
        }
        self.columns.push(column);
        self.q.push(rest);
        self.r.push(along);
    }

    /// How many columns there are.
    pub(super) fn len(&self) -> usize {
        self.q.len()
    }

    /// The coefficients c for which `|b - B c|` is least with the first `count` columns, refined once.
    pub(super) fn coefficients(&self, b: &[W], count: usize) -> Result<Vec<W>> {
        let mut c = zeroed::<W>(count)?;
        for _ in 0..2 {
            let residual = self.residual(b, &c)?;
            let mut y: Vec<W> = self.q[..count].iter().map(|q| dot(q, &residual)).collect();
            for k in (0..count).rev() {
                let pivot = self.r[k][k];
                y[k] = if pivot == W::zero() { W::zero() } else { y[k] / pivot };
                let (solved, r) = (y[k], &self.r[k]);
                y[..k].iter_mut().zip(r).for_each(|(y, &r)| *y -= r * solved);
            }
            c.iter_mut().zip(&y).for_each(|(c, &y)| *c += y);
        }
        Ok(c)
    }

    /// `b - B c`.
    pub(super) fn residual(&self, b: &[W], c: &[W]) -> Result<Vec<W>> {
        let mut residual = with_room(b.len())?;
        residual.extend_from_slice(b);
        for (column, &c) in self.columns.iter().zip(c) {
            subtract(&mut residual, c, column);
        }
        Ok(residual)
    }

    /// The 2-norm of column `k`.
    pub(super) fn size(&self, k: usize) -> f64 {
        norm(&self.columns[k])
    }
}

/// Which columns of a matrix of that rank are independent, the first ones that are so distinctly; from its singular
/// vectors, the columns of `v`, of which the first `rank` count.
///
/// The rows of those vectors depend on one another as the columns of the matrix do, with its singular values out of the way.
/// What t rows leave of the others has a mean square of `(rank - t)` over their number: a row counts if it has a part of
/// that, or if as many are left as are wanted.
pub(super) fn independent<W: Wide>(v: &Mat<W>, rank: usize) -> Result<Vec<usize>> {
    /// With less of it coefficients would be as large as its inverse.
    const PART: f64 = 0.05;
    let n = v.nrows();
    let mut basis = Basis::empty();
    let mut found = with_room(rank)?;
    for j in 0..n {
        let (wanted, left) = (rank - found.len(), n - j);
        if wanted == 0 {
            break;
        }
        let mut row = with_room(rank)?;
        row.extend((0..rank).map(|k| v[(j, k)]));
        let (along, rest) = basis.split(&row)?;
        if left == wanted || norm(&rest) > PART * (wanted as f64 / left as f64).sqrt() {
            basis.push(row, along, rest);
            found.push(j);
        }
    }
    Ok(found)
}
