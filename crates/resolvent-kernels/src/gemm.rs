//! The packed matrix product: its micro-kernel and the packing of its operands ([`crate::table::Gemm`]).
//!
//! The outer loops (BLIS, van Zee and van de Geijn 2015) live in the library above; here is what runs in registers.

use crate::lanes::Lanes;
use crate::number::{Number, Part};
use crate::planar::{gather, get, put};
use crate::scalar::{Real, Scalar};

/// Room for a micro-tile on the stack; a whole number of cache lines.
const TILE: usize = 512;

/// A micro-tile that C's strides do not fit.
#[repr(C, align(64))]
struct Tile<R>([R; TILE]);

/// `C := C + alpha A B` for one micro-tile of at most `MV * LANES` rows and `NR` columns.
///
/// With t_p the outer product of column p of A and row p of B: `acc = (...(0 + t_0) + t_1 ...) + t_{k-1}`, then
/// `C := (alpha acc) + C`. Every element has this one chain, wherever it stands.
///
/// # Safety
/// As [`crate::table::Gemm::micro`].
#[inline(always)]
pub(crate) unsafe fn micro<N: Number, const MV: usize, const NR: usize>(
    m: usize,
    n: usize,
    k: usize,
    alpha: Part<N>,
    a: *const Part<N>,
    b: *const Part<N>,
    c: *mut N::Scalar,
    rs: isize,
    cs: isize,
) {
    let (lanes, parts) = (N::LANES, N::Scalar::PARTS);
    let mr = MV * lanes;
    let (mut a, mut b) = (a, b);
    let mut acc = [[N::zero(); MV]; NR];
    for _ in 0..k {
        // SAFETY: step p < k of both micro-panels, each `parts` runs of mr or NR reals.
        unsafe {
            let mut column = [N::zero(); MV];
            each!(v < MV, { column[v] = N::load_planar(a.add(v * lanes), mr) });
            each!(j < NR, {
                let y = N::splat_planar(b.add(j), NR);
                each!(v < MV, { acc[j][v] = column[v].mul_add(y, acc[j][v]) });
            });
            a = a.add(parts * mr);
            b = b.add(parts * NR);
        }
    }
    let alpha = N::Lanes::splat(alpha);
    if rs == 1 && m == mr && n == NR {
        // SAFETY: every column j < n of C, all mr rows of it contiguous.
        unsafe {
            each!(j < NR, {
                let column = c.offset(j as isize * cs);
                each!(v < MV, {
                    let p = column.add(v * lanes);
                    acc[j][v].scale(alpha).add(N::load(p)).store(p);
                });
            });
        }
        return;
    }
    const { assert!(MV * N::LANES * NR * N::Scalar::PARTS <= TILE) };
    let mut tile = Tile([Part::<N>::ZERO; TILE]);
    let tile = tile.0.as_mut_ptr();
    // SAFETY: the tile holds NR columns of `parts` runs of mr reals (asserted above); i < m <= mr and j < n <= NR.
    unsafe {
        each!(j < NR, {
            each!(v < MV, { acc[j][v].scale(alpha).store_planar(tile.add(j * parts * mr + v * lanes), mr) });
        });
        if cs == 1 {
            for i in 0..m {
                for j in 0..n {
                    let p = c.offset(i as isize * rs).add(j);
                    *p = get::<N>(tile.add(j * parts * mr + i), mr) + *p;
                }
            }
        } else {
            for j in 0..n {
                for i in 0..m {
                    let p = c.offset(i as isize * rs + j as isize * cs);
                    *p = get::<N>(tile.add(j * parts * mr + i), mr) + *p;
                }
            }
        }
    }
}

/// Packs `len` lines (rows of A or columns of B) of `k` elements into micro-panels of `width` lines; line i, element p
/// is at `src + i*s_line + p*s_k`. The last micro-panel is filled up with zeros.
///
/// # Safety
/// As [`crate::table::Gemm::pack_a`] and [`crate::table::Gemm::pack_b`].
#[inline(always)]
pub(crate) unsafe fn pack<N: Number>(
    width: usize,
    len: usize,
    k: usize,
    src: *const N::Scalar,
    s_line: isize,
    s_k: isize,
    dst: *mut Part<N>,
) {
    let step = N::Scalar::PARTS * width;
    let mut i = 0;
    while i < len {
        // SAFETY: lines i.. exist; micro-panel i / width starts i * k * PARTS reals into dst, which is promised whole.
        unsafe {
            let from = src.offset(i as isize * s_line);
            let to = dst.add(i * k * N::Scalar::PARTS);
            if i + width <= len {
                gather::<N>(width, k, from, s_line, s_k, to, step, width);
            } else {
                let rest = len - i;
                gather::<N>(rest, k, from, s_line, s_k, to, step, width);
                for p in 0..k {
                    for r in rest..width {
                        put::<N>(N::Scalar::zero(), to.add(p * step + r), width);
                    }
                }
            }
        }
        i += width;
    }
}
