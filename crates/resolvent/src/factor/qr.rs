//! QR of a matrix with at least as many rows as columns, by reflections, columns pivoted: `A P = Q R`.

use resolvent_kernels::{Isa, Kernels, Scalar};

use super::divide;
use super::svd::Wide;
use crate::error::Result;
use crate::matrix::{Mat, filled, with_room};

/// `A P = Q R`: the reflections below the diagonal of R, each with a one in front that is not stored.
pub(crate) struct PivotedQr<W: Scalar> {
    kernels: &'static Kernels<W>,
    /// Column j of the factors begins at element `j rows`.
    columns: Vec<W>,
    rows: usize,
    scales: Vec<W>,
    /// Column `order[j]` of A stands in place j.
    order: Vec<usize>,
    /// One reflection, conjugated; all kernels' sums are without conjugation.
    conjugated: Vec<W>,
}

/// Factors the matrix whose columns are the rows of `columns`, m >= n, with elements that are finite and not so large that
/// the sum of their squares overflows. The next column is always the one of which most is left, the first of equals: the
/// diagonal of R falls in modulus.
///
/// Remaining norms are brought up to date by what a step takes from them, and computed anew where so much has cancelled
/// that they would be wrong by more than half of their digits.
///
/// # Accuracy
/// Exact for a matrix each column of which is within `c m n eps` of its length of the one given.
///
/// # Cost
/// `2 n^2 (m - n/3)` flops, a vector at a time, on one thread.
///
/// # Source
/// `golub2013matrix`, section 5.4; `drmac2008failure`; `anderson1999lapack` (geqp3).
pub(crate) fn pivoted_qr<W: Wide>(columns: Mat<W>) -> Result<PivotedQr<W>> {
    let (n, m) = (columns.nrows(), columns.ncols());
    let mut columns = columns.into_vec();
    assert!(m >= n, "at least as many rows as columns");
    let kernels = W::kernels(Isa::active()?);
    let mut order = filled(n, 0)?;
    order.iter_mut().enumerate().for_each(|(j, place)| *place = j);
    let mut scales = filled(n, W::zero())?;
    let mut conjugated = filled(m, W::zero())?;
    let norms = (0..n).map(|j| norm(&columns[j * m..][..m]));
    let mut left: Vec<Left> = with_room(n)?;
    left.extend(norms.map(|norm| Left { now: norm, computed: norm }));
    for k in 0..n {
        let pivot = (k + 1..n).fold(k, |best, j| if left[j].now > left[best].now { j } else { best });
        if pivot != k {
            let (before, after) = columns.split_at_mut(pivot * m);
            before[k * m..][..m].swap_with_slice(&mut after[..m]);
            order.swap(k, pivot);
            left.swap(k, pivot);
        }
        let (done, rest) = columns.split_at_mut((k + 1) * m);
        let column = &mut done[k * m + k..];
        scales[k] = reflection(column);
        let (reflector, conjugated) = (&column[1..], &mut conjugated[..m - k - 1]);
        conjugate(reflector, conjugated);
        for (column, left) in rest.chunks_exact_mut(m).zip(&mut left[k + 1..]) {
            reflect(kernels, scales[k].conj(), reflector, conjugated, &mut column[k..]);
            left.take(column[k], || norm(&column[k + 1..]));
        }
    }
    Ok(PivotedQr { kernels, columns, rows: m, scales, order, conjugated })
}

/// The length of what is left of a column.
#[derive(Clone, Copy)]
struct Left {
    now: f64,
    /// As it was last computed, not brought up to date.
    computed: f64,
}

impl Left {
    /// The column loses its first element.
    fn take<W: Wide>(&mut self, first: W, compute: impl FnOnce() -> f64) {
        if self.now == 0.0 {
            return;
        }
        let share = first.abs() / self.now;
        let kept = ((1.0 + share) * (1.0 - share)).max(0.0);
        let ratio = self.now / self.computed;
        if kept * ratio * ratio <= f64::EPSILON.sqrt() {
            self.now = compute();
            self.computed = self.now;
        } else {
            self.now *= kept.sqrt();
        }
    }
}

fn norm<W: Wide>(x: &[W]) -> f64 {
    x.iter().map(|x| Scalar::re(*x).powi(2) + Scalar::im(*x).powi(2)).sum::<f64>().sqrt()
}

/// The reflection `I - t v v^H` whose adjoint takes x to a multiple of the first unit vector, which replaces `x_0`; the rest of
/// `v`, which begins with one, replaces the rest. Returns t.
fn reflection<W: Wide>(x: &mut [W]) -> W {
    let Some((first, rest)) = x.split_first_mut() else { return W::zero() };
    let below = norm(rest);
    if below == 0.0 && Scalar::im(*first) == 0.0 {
        return W::zero();
    }
    let size = Scalar::abs(*first).hypot(below);
    // Away from x_0, so that nothing cancels.
    let beta = W::from_real(if Scalar::re(*first) > 0.0 { -size } else { size });
    let scale = divide(beta - *first, beta);
    let divisor = *first - beta;
    rest.iter_mut().for_each(|x| *x = divide(*x, divisor));
    *first = beta;
    scale
}

fn conjugate<W: Wide>(x: &[W], conjugated: &mut [W]) {
    conjugated.iter_mut().zip(x).for_each(|(to, x)| *to = Scalar::conj(*x));
}

/// `x := (I - t v v^H) x`; v begins with a one that is not in `v`.
fn reflect<W: Wide>(kernels: &Kernels<W>, t: W, v: &[W], conjugated: &[W], x: &mut [W]) {
    let Some((first, rest)) = x.split_first_mut() else { return };
    let share = t * (*first + dot(kernels, conjugated, rest));
    *first -= share;
    subtract_multiple(share, v, rest);
}

/// `sum x_i y_i`.
fn dot<W: Wide>(kernels: &Kernels<W>, x: &[W], y: &[W]) -> W {
    assert_eq!(x.len(), y.len());
    // SAFETY: two vectors of that many elements.
    unsafe { (kernels.vector.dot)(x.len(), x.as_ptr(), y.as_ptr()) }
}

/// `y := y - s x`.
fn subtract_multiple<W: Wide>(s: W, x: &[W], y: &mut [W]) {
    y.iter_mut().zip(x).for_each(|(y, x)| *y -= s * *x);
}

impl<W: Wide> PivotedQr<W> {
    /// Which column of A stands in every place.
    pub(crate) fn order(&self) -> &[usize] {
        &self.order
    }

    fn len(&self) -> usize {
        self.order.len()
    }

    /// Column j of the factors.
    fn column(&self, j: usize) -> &[W] {
        &self.columns[j * self.rows..][..self.rows]
    }

    /// Element (i, j) of R.
    pub(crate) fn r(&self, i: usize, j: usize) -> W {
        if i <= j { self.column(j)[i] } else { W::zero() }
    }

    /// `x := Q^H x`.
    pub(crate) fn apply_adjoint(&mut self, x: &mut [W]) {
        (0..self.len()).for_each(|k| self.apply_one(k, self.scales[k].conj(), x));
    }

    /// `x := Q x`.
    pub(crate) fn apply(&mut self, x: &mut [W]) {
        (0..self.len()).rev().for_each(|k| self.apply_one(k, self.scales[k], x));
    }

    fn apply_one(&mut self, k: usize, t: W, x: &mut [W]) {
        let v = &self.columns[k * self.rows..][k + 1..self.rows];
        let conjugated = &mut self.conjugated[..v.len()];
        conjugate(v, conjugated);
        reflect(self.kernels, t, v, conjugated, &mut x[k..]);
    }

    /// `x := R^-1 x`.
    pub(crate) fn solve_upper(&self, x: &mut [W]) {
        for j in (0..x.len()).rev() {
            let column = self.column(j);
            x[j] = divide(x[j], column[j]);
            let (above, rest) = x.split_at_mut(j);
            subtract_multiple(rest[0], &column[..j], above);
        }
    }

    /// `x := R^-H x`.
    pub(crate) fn solve_upper_adjoint(&self, x: &mut [W]) {
        for j in 0..x.len() {
            let column = self.column(j);
            let known: W = column[..j].iter().zip(&x[..j]).map(|(r, x)| Scalar::conj(*r) * *x).sum();
            x[j] = divide(x[j] - known, Scalar::conj(column[j]));
        }
    }

    /// `|R|_F |R^-1|_F`: no less than the condition number in the 2-norm, and no more than n times that. Infinite or NaN
    /// for a singular R.
    pub(crate) fn condition(&self) -> Result<f64> {
        let n = self.len();
        let of_r = (0..n).map(|j| norm(&self.column(j)[..=j]).powi(2)).sum::<f64>().sqrt();
        let mut column = filled(n, W::zero())?;
        let mut of_inverse = 0.0;
        for k in 0..n {
            // Column k of the inverse is zero below its diagonal.
            let unit = &mut column[..=k];
            unit.fill(W::zero());
            unit[k] = W::one();
            self.solve_upper(unit);
            of_inverse += norm(unit).powi(2);
        }
        Ok(of_r * of_inverse.sqrt())
    }
}

#[cfg(test)]
mod tests {
    use resolvent_kernels::Complex;

    use super::*;

    fn columns<W: Wide>(m: usize, n: usize) -> Mat<W> {
        let number = |i: usize| ((i * 7919 + i * i % 31 * 104_729 + 17) % 1009) as f64 / 1009.0 - 0.5;
        Mat::from_fn(n, m, |j, i| W::from_parts(number(i * n + j), number(7 * i + 11 * j * m)))
    }

    fn is_a_factorization<W: Wide>(m: usize, n: usize, columns: Mat<W>) {
        let given = columns.clone();
        let mut qr = pivoted_qr(columns).unwrap();
        let mut places = qr.order().to_vec();
        places.sort_unstable();
        assert!(places.into_iter().eq(0..n), "{m} x {n}");
        for j in 0..n {
            // A P e_j = Q R e_j, and back.
            let mut column: Vec<W> = (0..m).map(|i| if i < n { qr.r(i, j) } else { W::zero() }).collect();
            qr.apply(&mut column);
            let place = qr.order()[j];
            let error = (0..m).map(|i| (column[i] - given[(place, i)]).abs()).fold(0.0, f64::max);
            assert!(error < 1e-14 * (1 + n) as f64, "{m} x {n}, column {j}: {error:e}");
            qr.apply_adjoint(&mut column);
            let error = (0..n).map(|i| (column[i] - qr.r(i, j)).abs()).fold(0.0, f64::max);
            assert!(error < 1e-14 * (1 + n) as f64, "{m} x {n}, column {j} of R: {error:e}");
            let slack = 1.0 + 1e-12;
            assert!(
                j == 0 || qr.r(j, j).abs() <= slack * qr.r(j - 1, j - 1).abs() + 1e-15,
                "{m} x {n}: diagonal {j}"
            );
            // No column to come has more left than the pivot.
            for later in j..n {
                let left = norm(&(j..=later).map(|i| qr.r(i, later)).collect::<Vec<_>>());
                assert!(left <= 1.0000001 * qr.r(j, j).abs() + 1e-14, "{m} x {n}: ({j}, {later})");
            }
        }
    }

    #[test]
    fn factorizations() {
        for (m, n) in [(0, 0), (3, 0), (1, 1), (2, 1), (5, 5), (9, 4), (40, 33), (70, 9)] {
            is_a_factorization(m, n, columns::<f64>(m, n));
            is_a_factorization(m, n, columns::<Complex<f64>>(m, n));
            is_a_factorization(m, n, Mat::<f64>::zeros(n, m).unwrap());
        }
        // Norms that cancel to nothing and have to be computed anew: nearly parallel columns.
        is_a_factorization(20, 8, Mat::from_fn(8, 20, |j, i| 1.0 + 1e-9 * ((i * j) as f64).sin()));
    }

    #[test]
    fn triangles_are_solved_with() {
        let (m, n) = (12, 7);
        let qr = pivoted_qr(columns::<Complex<f64>>(m, n)).unwrap();
        let x: Vec<_> = (0..n).map(|i| Complex::new(i as f64 - 2.0, 1.0)).collect();
        let mut up: Vec<_> = (0..n).map(|i| (0..n).map(|j| qr.r(i, j) * x[j]).sum()).collect();
        qr.solve_upper(&mut up);
        let mut down: Vec<_> = (0..n).map(|i| (0..n).map(|j| qr.r(j, i).conj() * x[j]).sum()).collect();
        qr.solve_upper_adjoint(&mut down);
        for i in 0..n {
            assert!((up[i] - x[i]).norm() < 1e-12 && (down[i] - x[i]).norm() < 1e-12);
        }
    }

    #[test]
    fn conditions() {
        let diagonal = |d: [f64; 3]| Mat::from_fn(3, 4, |j, i| if i == j { d[j] } else { 0.0 });
        let condition = |d| pivoted_qr(diagonal(d)).unwrap().condition().unwrap();
        assert!((condition([1.0, 1.0, 1.0]) - 3.0).abs() < 1e-15);
        let expected = (16.0_f64 + 1.0 + 0.25).sqrt() * (0.0625_f64 + 1.0 + 4.0).sqrt();
        assert!((condition([0.5, 4.0, 1.0]) - expected).abs() < 1e-14);
        assert!(!condition([1.0, 0.0, 1.0]).is_finite());
    }
}
