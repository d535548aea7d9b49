//! What a matrix is made of: its pattern of zeros, its symmetry, and numbers that are none.

use resolvent_kernels::{Real, Scalar};

use crate::matrix::MatRef;

/// NaN and infinities in an operand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotFinite {
    /// In the right-hand side, not in the matrix.
    pub in_b: bool,
    /// Row and column of the first element that is not finite, row by row.
    pub first: [usize; 2],
    /// How many elements are NaN.
    pub nans: usize,
    /// How many are infinite, and not NaN in another part.
    pub infinities: usize,
}

impl NotFinite {
    pub(super) fn find<T: Scalar>(a: MatRef<'_, T>, in_b: bool) -> Option<Self> {
        let mut found: Option<Self> = None;
        for i in 0..a.nrows() {
            for j in 0..a.ncols() {
                let x = a.get(i, j);
                if x.is_finite() {
                    continue;
                }
                let found = found.get_or_insert(Self { in_b, first: [i, j], nans: 0, infinities: 0 });
                let nan = x.re().is_nan() || x.im().is_nan();
                *(if nan { &mut found.nans } else { &mut found.infinities }) += 1;
            }
        }
        found
    }
}

/// The structure in words.
pub(super) fn structure<T: Scalar>(a: MatRef<'_, T>) -> String {
    let [m, n] = a.shape();
    let mut widths = None;
    for i in 0..m {
        for j in (0..n).filter(|&j| a.get(i, j) != T::zero()) {
            let [below, above] = widths.unwrap_or([0, 0]);
            widths = Some([i.saturating_sub(j).max(below), j.saturating_sub(i).max(above)]);
        }
    }
    let Some([below, above]) = widths else { return "zero".to_owned() };
    let triangle = match [below, above] {
        [0, 0] => Some("diagonal".to_owned()),
        [0, _] => Some("upper triangular".to_owned()),
        [_, 0] => Some("lower triangular".to_owned()),
        [1, 1] if m.min(n) > 2 => Some("tridiagonal".to_owned()),
        // A band that leaves out less is none.
        [below, above] if 2 * (below + above + 1) <= m.min(n) => {
            Some(format!("banded, {below} below and {above} above the diagonal"))
        }
        _ => None,
    };
    let symmetry = if m == n && above > 0 { symmetry(a) } else { None };
    match (symmetry, triangle) {
        (Some(symmetry), Some(band)) => format!("{symmetry}, {band}"),
        (Some(word), None) => word.to_owned(),
        (None, Some(word)) => word,
        (None, None) => "general".to_owned(),
    }
}

fn symmetry<T: Scalar>(a: MatRef<'_, T>) -> Option<&'static str> {
    let all =
        |equal: fn(T, T) -> bool| (0..a.nrows()).all(|i| (0..=i).all(|j| equal(a.get(i, j), a.get(j, i))));
    match () {
        () if T::PARTS == 2 && all(|x, y| x == y.conj()) => Some("Hermitian"),
        () if all(|x, y| x == y) => Some("symmetric"),
        () if all(|x, y| x == -y) => Some("skew-symmetric"),
        () => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gallery;
    use crate::matrix::Mat;
    use resolvent_kernels::Complex;

    #[test]
    fn structures_have_their_names() {
        let name = |a: &Mat<f64>| structure(a.as_ref());
        assert_eq!(name(&Mat::zeros(2, 3).unwrap()), "zero");
        assert_eq!(name(&Mat::identity(3)), "diagonal");
        assert_eq!(name(&gallery::kahan(4, 1.2)), "upper triangular");
        assert_eq!(structure(gallery::kahan::<f64>(4, 1.2).as_ref().transpose()), "lower triangular");
        assert_eq!(name(&gallery::second_difference(5)), "symmetric, tridiagonal");
        assert_eq!(name(&gallery::hilbert(3)), "symmetric");
        assert_eq!(name(&gallery::magic(3)), "general");
        assert_eq!(name(&Mat::from_rows(&[[0.0, 1.0], [-1.0, 0.0]])), "skew-symmetric");
        let band =
            Mat::from_fn(8, 8, |i, j| if j <= i + 2 && i <= j + 1 { (1 + i + 2 * j) as f64 } else { 0.0 });
        assert_eq!(name(&band), "banded, 1 below and 2 above the diagonal");
        let i = Complex::new(0.0, 1.0);
        let one = Complex::new(1.0, 0.0);
        assert_eq!(structure(Mat::from_rows(&[[one, i], [-i, one]]).as_ref()), "Hermitian");
        assert_eq!(structure(Mat::from_rows(&[[one, i], [i, one]]).as_ref()), "symmetric");
    }

    #[test]
    fn numbers_that_are_none_are_counted() {
        let (nan, inf) = (f64::NAN, f64::INFINITY);
        let a = Mat::from_rows(&[[1.0, 2.0, 3.0], [4.0, inf, nan], [nan, -inf, nan]]);
        let found = NotFinite::find(a.as_ref(), false).unwrap();
        assert_eq!(found, NotFinite { in_b: false, first: [1, 1], nans: 3, infinities: 2 });
        assert_eq!(NotFinite::find(Mat::<f64>::identity(2).as_ref(), true), None);
        let both = Mat::from_rows(&[[Complex::new(inf, nan)]]);
        assert_eq!(
            NotFinite::find(both.as_ref(), true).map(|found| (found.nans, found.infinities)),
            Some((1, 0))
        );
    }
}
