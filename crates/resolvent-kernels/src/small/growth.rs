//! Growth of elements in elimination: the one way in which partial pivoting fails, and it shows in U (Higham 2002,
//! sections 9.3 and 9.4).

use super::condition::Norms;
use super::pack::Pack;
use super::{Parts, nobody};
use crate::lanes::Lanes;
use crate::number::{Number, Part};
use crate::scalar::Real;

/// From this order on growth is looked for. U at most doubles in every step: in smaller matrices it grows to no more than
/// 2^6 times A, which costs less than 1e-13 in double precision.
const LOOK_FROM: usize = 8;

/// U has grown if an element of it is larger than this many times `|A|_1`. The norm is at hand, where the largest element of
/// A would take a walk of its own; and in ordinary matrices elements grow by less than the norm has terms, so that U stays
/// below the norm itself.
const GROWN: f64 = 8.0;

/// The lanes in which an element of U, by `abs1`, is larger than [`GROWN`] times `|A|_1`.
///
/// # Safety
/// `f` is n x n, as [`super::lu::factor`] leaves it.
#[inline(always)]
pub(super) unsafe fn grown<N: Number, const ORDER: usize>(
    parts: &Parts<N>,
    n: usize,
    norms: Norms<N>,
    f: Pack<N>,
) -> <N::Lanes as Lanes>::Mask {
    if n < LOOK_FROM {
        return nobody::<N>();
    }
    // SAFETY: the same promise.
    let most = unsafe { if ORDER == 0 { (parts.largest_of_upper)(n, f) } else { largest_of_upper(n, f) } };
    // On this side a constant below 1, so that neither side overflows.
    let unit = norms.weight.mul(N::Lanes::splat(Part::<N>::from_f64(1.0 / GROWN)));
    most.mul(unit).gt(norms.one)
}

/// The largest element, by `abs1`, on the diagonal and above it; NaN is passed over.
///
/// # Safety
/// `f` is n x n.
#[inline(always)]
pub(crate) unsafe fn largest_of_upper<N: Number>(n: usize, f: Pack<N>) -> N::Lanes {
    // Side by side, so that no comparison waits for the one before.
    let mut most = [N::Lanes::splat(Part::<N>::ZERO); 4];
    for i in 0..n {
        let mut j = i;
        // SAFETY: i < n, j + c < n.
        unsafe {
            while j + 4 <= n {
                each!(c < 4, { most[c] = most[c].max(f.get(i, j + c).abs1()) });
                j += 4;
            }
            each!(c < 3, {
                if j + c < n {
                    most[c] = most[c].max(f.get(i, j + c).abs1());
                }
            });
        }
    }
    most[0].max(most[1]).max(most[2].max(most[3]))
}
