//! Collinearity of the columns of a design matrix, as regression knows it: condition indices, variance-decomposition
//! proportions, variance inflation factors.

use resolvent_kernels::{Real, Scalar};

use super::basis::{column, norm};
use super::rank::condition_of;
use super::scaling::{Scaled, Scaling};
use crate::error::Result;
use crate::factor::{Vectors, Wide, wide_svd};
use crate::matrix::{Mat, MatRef, with_room, zeroed};

/// How collinear the columns of a design matrix, one of more rows than columns, are.
///
/// # Source
/// `belsley1980regression`, chapter 3: an index above 30 together with two proportions above 1/2 harms.
#[derive(Debug, Clone, PartialEq)]
pub struct Collinearity {
    /// The column that is constant and not zero, if there is one: the intercept.
    pub intercept: Option<usize>,
    /// The condition indices of the columns scaled to unit length, the intercept among them: smallest first.
    pub indices: Vec<f64>,
    /// Row k: which part of the variance of each coefficient belongs to index k. The columns sum to 1.
    pub proportions: Mat<f64>,
    /// The same indices of the other columns with their means subtracted; none without an intercept.
    pub centred_indices: Vec<f64>,
    /// The variance inflation factor of each column, centred if there is an intercept, which itself has NaN. Infinite for
    /// one that the others determine.
    pub vif: Vec<f64>,
}

/// A matrix of unit columns: its singular values and how much of each column belongs to which of them.
struct Shares {
    s: Vec<f64>,
    /// The same, those that are rounding made as large as rounding may be.
    lengths: Vec<f64>,
    /// `|v_jk|^2 / lengths_k^2`, row k, column j.
    shares: Mat<f64>,
}

impl Collinearity {
    /// The condition indices above 30, Belsley's bound for harm, the largest first.
    pub(super) fn high_indices(&self) -> impl Iterator<Item = usize> {
        const HIGH: f64 = 30.0;
        (0..self.indices.len()).rev().filter(|&k| self.indices[k] > HIGH)
    }

    /// Does a high index have the larger part of the variance of two coefficients or more?
    pub(super) fn is_harmful(&self) -> bool {
        let parts =
            |k: usize| (0..self.proportions.ncols()).filter(|&j| self.proportions[(k, j)] > 0.5).count();
        self.high_indices().any(|k| parts(k) > 1)
    }
}

impl Shares {
    fn of<W: Wide>(columns: &[Vec<W>], nrows: usize) -> Result<Self> {
        let n = columns.len();
        let mut unit = Mat::<W>::zeros(nrows, n)?;
        for (j, column) in columns.iter().enumerate() {
            let size = norm(column);
            for (i, &x) in column.iter().enumerate() {
                unit[(i, j)] = if size > 0.0 { x / W::from_real(size) } else { W::zero() };
            }
        }
        let svd = wide_svd::<W, W>(unit.as_ref(), Vectors::Thin)?;
        let tolerance = nrows.max(n) as f64 * f64::EPSILON * svd.s.first().copied().unwrap_or(0.0);
        // Columns of zeros alone have no length to compare with.
        let length = |&s: &f64| if tolerance > 0.0 { s.max(tolerance) } else { 1.0 };
        let mut lengths = with_room(n)?;
        lengths.extend(svd.s.iter().map(length));
        let mut shares = Mat::zeros(n, n)?;
        for k in 0..n {
            for j in 0..n {
                shares[(k, j)] = (Scalar::abs(svd.v[(j, k)]) / lengths[k]).powi(2);
            }
        }
        Ok(Self { s: svd.s, lengths, shares })
    }

    fn indices(&self) -> Vec<f64> {
        (1..=self.s.len()).map(|k| condition_of(&self.s[..k])).collect()
    }

    /// `sum_k |v_jk|^2 / s_k^2`: the diagonal of the inverse of the matrix of correlations.
    fn inflation(&self, j: usize) -> f64 {
        let n = self.s.len();
        // A part above rounding of a direction without length.
        let lost = |k: usize| {
            self.s[k] < self.lengths[k]
                && self.shares[(k, j)] * self.lengths[k].powi(2) > n as f64 * f64::EPSILON
        };
        let sum = (0..n).map(|k| self.shares[(k, j)]).sum::<f64>();
        if (0..n).any(lost) { f64::INFINITY } else { sum }
    }

    fn proportions(mut self) -> Mat<f64> {
        let n = self.s.len();
        for j in 0..n {
            let sum: f64 = (0..n).map(|k| self.shares[(k, j)]).sum();
            (0..n).for_each(|k| self.shares[(k, j)] /= sum);
        }
        self.shares
    }
}

/// Of a matrix of more rows than columns.
pub(super) fn collinearity<T: Scalar, W: Wide>(a: MatRef<'_, T>) -> Result<Collinearity> {
    let [m, n] = a.shape();
    let constant = |j: usize| a.get(0, j) != T::zero() && (1..m).all(|i| a.get(i, j) == a.get(0, j));
    let intercept = (0..n).find(|&j| constant(j));
    let scaled = Scaled::<W>::new(a, Scaling::Columns)?.matrix;
    let mut columns = with_room(n)?;
    for j in 0..n {
        columns.push(column(&scaled, j)?);
    }
    let whole = Shares::of(&columns, m)?;
    let indices = whole.indices();
    let mut vif = zeroed::<f64>(n)?;
    let mut centred_indices = Vec::new();
    if let Some(intercept) = intercept {
        let mut others = columns;
        others.remove(intercept);
        let mut flat = with_room(n)?;
        for column in &mut others {
            let size = norm(column);
            let mean = column.iter().copied().sum::<W>() / W::from_real(m as f64);
            column.iter_mut().for_each(|x| *x -= mean);
            // Subtracting the mean of a constant leaves rounding.
            flat.push(norm(column) <= m as f64 * T::Real::EPSILON.to_f64() * size);
        }
        let centred = Shares::of(&others, m)?;
        centred_indices = centred.indices();
        for (j, vif) in vif.iter_mut().enumerate() {
            let place = j - usize::from(j > intercept);
            *vif = match () {
                () if j == intercept => f64::NAN,
                () if flat[place] => f64::INFINITY,
                () => centred.inflation(place),
            };
        }
    } else {
        vif.iter_mut().enumerate().for_each(|(j, vif)| *vif = whole.inflation(j));
    }
    Ok(Collinearity { intercept, indices, proportions: whole.proportions(), centred_indices, vif })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orthogonal_columns_are_not_collinear() {
        let a = Mat::from_rows(&[[1.0, 1.0], [1.0, -1.0], [1.0, 1.0], [1.0, -1.0]]);
        let found = collinearity::<f64, f64>(a.as_ref()).unwrap();
        assert_eq!(found.intercept, Some(0));
        assert!((found.indices[1] - 1.0).abs() < 1e-14);
        assert!(found.vif[0].is_nan() && (found.vif[1] - 1.0).abs() < 1e-14);
        assert_eq!(found.centred_indices, [1.0]);
    }

    /// With two regressors of correlation r the factor is `1 / (1 - r^2)`, and the indices `sqrt((1 + r) / (1 - r))`.
    #[test]
    fn two_columns_by_their_correlation() {
        let x = [-2.0, -1.0, 0.0, 1.0, 2.0];
        let y = [-1.0, -2.0, 0.0, 2.0, 1.0_f64];
        let r: f64 = 8.0 / 10.0;
        let a = Mat::from_fn(5, 3, |i, j| [x[i] + 7.0, 1.0, y[i]][j]);
        let found = collinearity::<f64, f64>(a.as_ref()).unwrap();
        assert_eq!(found.intercept, Some(1));
        for j in [0, 2] {
            assert!((found.vif[j] - 1.0 / (1.0 - r * r)).abs() < 1e-12, "{:?}", found.vif);
        }
        assert!((found.centred_indices[1] - ((1.0 + r) / (1.0 - r)).sqrt()).abs() < 1e-12);
        let plain = Mat::from_fn(5, 2, |i, j| [x[i], y[i]][j]);
        let found = collinearity::<f64, f64>(plain.as_ref()).unwrap();
        assert_eq!((found.intercept, found.centred_indices.len()), (None, 0));
        assert!((found.vif[0] - 1.0 / (1.0 - r * r)).abs() < 1e-12);
        for j in 0..2 {
            assert!((found.proportions[(0, j)] + found.proportions[(1, j)] - 1.0).abs() < 1e-14);
        }
    }

    #[test]
    fn zeros_are_determined_by_anything() {
        let found = collinearity::<f64, f64>(Mat::zeros(3, 2).unwrap().as_ref()).unwrap();
        assert_eq!(found.vif, [f64::INFINITY; 2]);
        assert!(found.proportions.as_slice().iter().all(|part| part.is_finite()));
    }

    #[test]
    fn what_is_determined_by_others_has_an_infinite_factor() {
        let a = Mat::from_fn(6, 4, |i, j| [1.0, i as f64, (i * i) as f64, 3.0 * i as f64 + 2.0][j]);
        let vif = collinearity::<f64, f64>(a.as_ref()).unwrap().vif;
        assert!(vif[1] == f64::INFINITY && vif[3] == f64::INFINITY && vif[2] < 100.0, "{vif:?}");
        let twice = Mat::from_fn(4, 3, |i, j| [1.0, i as f64, 0.1][j]);
        let vif = collinearity::<f64, f64>(twice.as_ref()).unwrap().vif;
        assert!(vif[1] == 1.0 && vif[2] == f64::INFINITY, "{vif:?}");
    }
}
