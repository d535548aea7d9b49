//! Is a row-major matrix its own conjugate transpose ([`crate::table::Kernels::is_hermitian`])?

use crate::lanes::{Lanes, Mask};
use crate::number::{Number, Part};
use crate::planar::gather;
use crate::scalar::Scalar;
use crate::table::LANES_MAX;

/// The parts of a square tile, column by column.
#[repr(C, align(64))]
struct Tile<R>([[[R; LANES_MAX]; 2]; LANES_MAX]);

/// In tiles of `LANES` x `LANES`, from the first block row down, each held against its mirror image.
///
/// # Safety
/// `a` is readable over n rows of n elements, `rs` apart.
#[inline(always)]
pub(crate) unsafe fn is_hermitian<N: Number>(n: usize, a: *const N::Scalar, rs: isize) -> bool {
    let whole = n / N::LANES * N::LANES;
    let mut i = 0;
    // SAFETY: tiles up to `whole`, then single elements, all inside the matrix.
    unsafe {
        while i < whole {
            let mut j = 0;
            while j <= i {
                if !mirrored::<N>(a.offset(i as isize * rs).add(j), a.offset(j as isize * rs).add(i), rs) {
                    return false;
                }
                j += N::LANES;
            }
            i += N::LANES;
        }
        while i < n {
            let mut j = 0;
            while j <= i {
                if *a.offset(i as isize * rs).add(j) != (*a.offset(j as isize * rs).add(i)).conj() {
                    return false;
                }
                j += 1;
            }
            i += 1;
        }
    }
    true
}

/// Is the tile at `lower` the conjugate transpose of the one at `upper`?
///
/// # Safety
/// Both are readable over `LANES` rows of `LANES` elements.
#[inline(always)]
unsafe fn mirrored<N: Number>(lower: *const N::Scalar, upper: *const N::Scalar, rs: isize) -> bool {
    let mut tile = Tile([[[Part::<N>::default(); LANES_MAX]; 2]; LANES_MAX]);
    let columns = tile.0.as_mut_ptr().cast::<Part<N>>();
    let zero = N::Lanes::splat(Part::<N>::default());
    let mut same = zero.eq(zero);
    // SAFETY: LANES <= LANES_MAX columns of at most two parts, LANES_MAX apart.
    unsafe {
        gather::<N>(N::LANES, N::LANES, lower, rs, 1, columns, 2 * LANES_MAX, LANES_MAX);
        each!(p < N::LANES, {
            let column = N::load_planar(columns.add(p * 2 * LANES_MAX), LANES_MAX);
            let row = N::load(upper.offset(p as isize * rs)).conj();
            same = same.and(column.sub(row).abs1().eq(zero));
        });
    }
    same.all()
}
