//! The rank, by singular values, and the gap between them that decides it.

/// The rank of a matrix in floating-point numbers: how many singular values stand out from rounding.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rank {
    /// The rank after rows and columns are scaled, which does not change it, but shows what is rounding and what is small.
    pub rank: usize,
    /// The rank of the matrix as it stands, as `matrix_rank` of NumPy has it.
    pub unscaled: usize,
    /// Singular values below that part of the largest count as zero: `max(m, n) eps`.
    pub tolerance: f64,
    /// The smallest singular value that counts and the largest that does not, of the scaled matrix, as parts of the
    /// largest one; none where all count, or none.
    pub gap: Option<[f64; 2]>,
}

impl Rank {
    /// From the singular values as they are, and after scaling.
    pub(super) fn new(unscaled: &[f64], scaled: &[f64], tolerance: f64) -> Self {
        let count = |s: &[f64]| {
            let largest = s.first().copied().unwrap_or(0.0);
            s.iter().take_while(|&&s| s > tolerance * largest).count()
        };
        let rank = count(scaled);
        let gap = (0 < rank && rank < scaled.len())
            .then(|| [scaled[rank - 1], scaled[rank]].map(|s| s / scaled[0]));
        Self { rank, unscaled: count(unscaled), tolerance, gap }
    }
}

/// The condition number in the 2-norm; 1 for an empty matrix.
pub(super) fn condition_of(s: &[f64]) -> f64 {
    match (s.first(), s.last()) {
        (Some(&largest), Some(&smallest)) if smallest > 0.0 => largest / smallest,
        (Some(_), Some(_)) => f64::INFINITY,
        _ => 1.0,
    }
}

/// How many of the smallest singular values stand apart from the others, all of them small, of a matrix of full rank.
pub(super) fn nearly_zero(s: &[f64], small: f64) -> usize {
    /// Values that fall off steadily, as those of Hilbert's matrix, name no culprit.
    const APART: f64 = 1e3;
    let ratio = |k: usize| s[k - 1] / s[k];
    let candidates = (1..s.len()).filter(|&k| s[k] < small * s[0] && ratio(k) > APART);
    candidates.max_by(|&j, &k| ratio(j).total_cmp(&ratio(k))).map_or(0, |k| s.len() - k)
}

/// What is to be added to the diagonal of `A^H A` for the condition number of `[A; sqrt(ridge) I]` to be the target:
/// `(s_0^2 + ridge) / (s_n^2 + ridge) = target^2`. 0 if it is as low already.
pub(super) fn ridge(s: &[f64], target: f64) -> f64 {
    let (Some(&largest), Some(&smallest)) = (s.first(), s.last()) else { return 0.0 };
    let (above, below) = (largest - target * smallest, largest + target * smallest);
    (above * (below / (target * target - 1.0))).max(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_gap_decides() {
        let rank = Rank::new(&[8.0, 4.0, 8e-16, 0.0], &[2.0, 1.0, 2e-17, 0.0], 1e-15);
        assert_eq!((rank.rank, rank.unscaled, rank.gap), (2, 2, Some([0.5, 1e-17])));
        let badly_scaled = Rank::new(&[1.0, 1e-20], &[1.0, 0.5], 1e-15);
        assert_eq!((badly_scaled.rank, badly_scaled.unscaled, badly_scaled.gap), (2, 1, None));
        assert_eq!(Rank::new(&[0.0], &[0.0], 1e-15).rank, 0);
        assert_eq!(Rank::new(&[], &[], 1e-15).rank, 0);
    }

    #[test]
    fn a_group_of_small_values() {
        assert_eq!(nearly_zero(&[3.0, 1.0, 1e-10, 3e-11], 1e-8), 2);
        assert_eq!(nearly_zero(&[1.0, 1e-3, 1e-6, 1e-9], 1e-8), 0);
        assert_eq!(nearly_zero(&[1.0, 0.5], 1e-8), 0);
        assert_eq!(nearly_zero(&[], 1e-8), 0);
    }

    #[test]
    fn a_ridge_gives_the_condition_number_asked_for() {
        for target in [2.0, 100.0, 1e6] {
            let s = [5.0, 1.0, 1e-9];
            let ridge = ridge(&s, target);
            let condition = ((s[0] * s[0] + ridge) / (s[2] * s[2] + ridge)).sqrt();
            assert!((condition / target - 1.0).abs() < 1e-12, "{target}: {condition}");
        }
        assert_eq!(ridge(&[2.0, 1.0], 2.0), 0.0);
        assert_eq!(ridge(&[2.0, 1.0], 1e3), 0.0);
        assert_eq!(ridge(&[], 10.0), 0.0);
    }
}
