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
    /// Of these columns of `a`, which are independent.
    ///
    /// Classical Gram-Schmidt, each column twice, after which Q is orthonormal to rounding (`giraud2005rounding`).
    pub(super) fn new(a: &Mat<W>, independent: &[usize]) -> Result<Self> {
        check_size::<W>(&[a.nrows(), independent.len()])?;
        let mut basis = Self { columns: Vec::new(), q: Vec::new(), r: Vec::new() };
        for &j in independent {
            let given = column(a, j)?;
            let mut q = column(a, j)?;
            let mut r = zeroed::<W>(basis.q.len() + 1)?;
            for _ in 0..2 {
                let along: Vec<W> = basis.q.iter().map(|other| dot(other, &q)).collect();
                for (k, other) in basis.q.iter().enumerate() {
                    subtract(&mut q, along[k], other);
                    r[k] += along[k];
                }
            }
            let size = norm(&q);
            if let Some(last) = r.last_mut() {
                *last = W::from_real(size);
            }
            if size > 0.0 {
                q.iter_mut().for_each(|x| *x /= W::from_real(size));
            }
            basis.columns.push(given);
            basis.q.push(q);
            basis.r.push(r);
        }
        Ok(basis)
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

/// Which columns depend on others, `count` in all: the last ones that can be said to, from the vectors that the matrix
/// turns to nothing, the last `count` columns of `v`.
///
/// A column depends on those before it if there is such a vector that ends there. The vectors are brought into that echelon
/// form by reflections, which keep them orthonormal: what is left at a place is how much of it is not yet explained.
pub(super) fn dependent<W: Wide>(v: &Mat<W>, count: usize) -> Result<Vec<usize>> {
    /// A column that takes less of a part is left to those before it, or coefficients would be as large as its inverse.
    const PART: f64 = 0.02;
    let n = v.nrows();
    let mut vectors: Vec<Vec<W>> = (n - count..n).map(|k| column(v, k)).collect::<Result<_>>()?;
    let mut found = with_room(count)?;
    for j in (0..n).rev() {
        if vectors.is_empty() {
            break;
        }
        let size = vectors.iter().map(|x| x[j].abs().powi(2)).sum::<f64>().sqrt();
        // Where as many places are left as vectors, each has to take one.
        if size > PART || vectors.len() > j {
            eliminate(&mut vectors, j, size);
            found.push(j);
        }
    }
    found.reverse();
    Ok(found)
}

/// Mixes the vectors so that one alone is not zero at `j`, and drops it.
fn eliminate<W: Wide>(vectors: &mut Vec<Vec<W>>, j: usize, size: f64) {
    let largest =
        (0..vectors.len()).fold(0, |l, k| if vectors[k][j].abs() > vectors[l][j].abs() { k } else { l });
    let last = vectors.len() - 1;
    vectors.swap(largest, last);
    let pivot = vectors[last][j];
    if size == 0.0 {
        vectors.pop();
        return;
    }
    // The reflection I - 2 w w^H / |w|^2 on the vectors, w_k = conj(x_kj), and at the pivot that plus its sign times the size.
    let sign = pivot / W::from_real(Scalar::abs(pivot));
    let mut w: Vec<W> = vectors.iter().map(|x| Scalar::conj(x[j])).collect();
    w[last] += Scalar::conj(sign) * W::from_real(size);
    let square = w.iter().map(|w| Scalar::abs(*w).powi(2)).sum::<f64>();
    for place in 0..=j {
        let along: W =
            vectors.iter().zip(&w).map(|(x, &w)| w * x[place]).sum::<W>() * W::from_real(2.0 / square);
        vectors.iter_mut().zip(&w).for_each(|(x, &w)| x[place] -= Scalar::conj(w) * along);
    }
    vectors.pop();
}
