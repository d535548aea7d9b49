//! [`Origin`]: why an answer is not finite.

use crate::array::{Element, Values, with_array};

/// Where NaN or infinity came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Origin {
    Matrix,
    RightHandSide,
    Both,
    /// Everything that came in was finite.
    Overflow,
}

/// The origin for one matrix of the answer's stack, whose dimensions are `batch`.
pub(crate) fn origin(index: usize, batch: &[usize], a: &Values, b: Option<&Values>) -> Origin {
    let b = b.is_some_and(|b| !is_finite(b, index, batch));
    match (!is_finite(a, index, batch), b) {
        (true, false) => Origin::Matrix,
        (false, true) => Origin::RightHandSide,
        (true, true) => Origin::Both,
        (false, false) => Origin::Overflow,
    }
}

/// Is the matrix finite that is broadcast to `index`?
fn is_finite(values: &Values, mut index: usize, batch: &[usize]) -> bool {
    with_array!(values, array => {
        let (own, nrows, ncols) = array.matrix_shape();
        let (mut matrix, mut stride) = (0, 1);
        for (&extent, &own) in batch.iter().rev().zip(own.iter().rev()) {
            if own > 1 {
                matrix += stride * (index % extent);
            }
            stride *= own;
            index /= extent;
        }
        let size = nrows * ncols;
        array.data()[matrix * size..][..size].iter().all(|x| x.parts().0.is_finite() && x.parts().1.is_finite())
    })
}
