//! Between a strided matrix and *planar* storage: every column a contiguous run of real parts and, for complex types, a
//! run of imaginary parts. Packing for the product and the workspace of the panel are both this.
//!
//! Element (i, p) of the matrix is at `src + i*rs + p*cs`; its part q is at `dst + p*ds + q*gap + i`.

use crate::lanes::Lanes;
use crate::number::{Number, Part};
use crate::scalar::{Real, Scalar};

/// The widest register in reals: the side of the staging squares.
const SIDE: usize = 16;

/// A square of reals on the stack, aligned so that no register straddles two cache lines.
#[repr(C, align(64))]
struct Square<R>([[R; SIDE]; SIDE]);

/// Copies the `rows` x `cols` matrix at `src` into planar storage.
///
/// # Safety
/// `src` is readable over the matrix; `dst` is writable for `rows` reals at every `p*ds + q*gap`, and apart from `src`.
#[inline(always)]
pub(crate) unsafe fn gather<N: Number>(
    rows: usize,
    cols: usize,
    src: *const N::Scalar,
    rs: isize,
    cs: isize,
    dst: *mut Part<N>,
    ds: usize,
    gap: usize,
) {
    let lanes = N::LANES;
    if rs == 1 {
        for p in 0..cols {
            // SAFETY: column p of both; vectors end before `rows`, single elements stop there.
            unsafe {
                let (from, to) = (src.offset(p as isize * cs), dst.add(p * ds));
                if N::Scalar::PARTS == 1 {
                    // A real element is its part.
                    to.copy_from_nonoverlapping(from.cast(), rows);
                    continue;
                }
                let mut i = 0;
                while i + lanes <= rows {
                    N::load(from.add(i)).store_planar(to.add(i), gap);
                    i += lanes;
                }
                while i < rows {
                    put::<N>(*from.add(i), to.add(i), gap);
                    i += 1;
                }
            }
        }
        return;
    }
    let mut p = 0;
    while p < cols {
        let width = lanes.min(cols - p);
        let mut i = 0;
        while i < rows {
            let height = lanes.min(rows - i);
            // SAFETY: the block of `height` rows and `width` columns at (i, p) lies inside the matrix; squares are
            // handed on only when they are full.
            unsafe {
                let from = src.offset(i as isize * rs + p as isize * cs);
                let to = dst.add(p * ds + i);
                if cs == 1 && width == lanes && height == lanes {
                    gather_square::<N>(from, rs, to, ds, gap);
                } else if cs == 1 && 4 * width * height >= lanes * lanes {
                    gather_part::<N>(height, width, from, rs, to, ds, gap);
                } else {
                    for r in 0..height {
                        for c in 0..width {
                            let x = *from.offset(r as isize * rs + c as isize * cs);
                            put::<N>(x, to.add(c * ds + r), gap);
                        }
                    }
                }
            }
            i += lanes;
        }
        p += lanes;
    }
}

/// The reverse of [`gather`]: planar storage at `src` into the matrix at `dst`.
///
/// # Safety
/// As [`gather`], reading and writing exchanged; no two elements of the matrix overlap.
#[inline(always)]
pub(crate) unsafe fn scatter<N: Number>(
    rows: usize,
    cols: usize,
    src: *const Part<N>,
    ds: usize,
    gap: usize,
    dst: *mut N::Scalar,
    rs: isize,
    cs: isize,
) {
    let lanes = N::LANES;
    if rs == 1 {
        for p in 0..cols {
            // SAFETY: column p of both; vectors end before `rows`, single elements stop there.
            unsafe {
                let (from, to) = (src.add(p * ds), dst.offset(p as isize * cs));
                let mut i = 0;
                while i + lanes <= rows {
                    N::load_planar(from.add(i), gap).store(to.add(i));
                    i += lanes;
                }
                while i < rows {
                    *to.add(i) = get::<N>(from.add(i), gap);
                    i += 1;
                }
            }
        }
        return;
    }
    let mut p = 0;
    while p < cols {
        let width = lanes.min(cols - p);
        let mut i = 0;
        while i < rows {
            let height = lanes.min(rows - i);
            // SAFETY: as in `gather`.
            unsafe {
                let from = src.add(p * ds + i);
                let to = dst.offset(i as isize * rs + p as isize * cs);
                if cs == 1 && width == lanes && height == lanes {
                    scatter_square::<N>(from, ds, gap, to, rs);
                } else if cs == 1 && 4 * width * height >= lanes * lanes {
                    scatter_part::<N>(height, width, from, ds, gap, to, rs);
                } else {
                    for r in 0..height {
                        for c in 0..width {
                            *to.offset(r as isize * rs + c as isize * cs) =
                                get::<N>(from.add(c * ds + r), gap);
                        }
                    }
                }
            }
            i += lanes;
        }
        p += lanes;
    }
}

/// One element into planar storage.
///
/// # Safety
/// `to` and, for a complex type, `to + gap` are writable.
#[inline(always)]
pub(crate) unsafe fn put<N: Number>(x: N::Scalar, to: *mut Part<N>, gap: usize) {
    // SAFETY: the caller's promise.
    unsafe {
        *to = x.part(0);
        if N::Scalar::PARTS == 2 {
            *to.add(gap) = x.part(1);
        }
    }
}

/// One element out of planar storage.
///
/// # Safety
/// `from` and, for a complex type, `from + gap` are readable.
#[inline(always)]
pub(crate) unsafe fn get<N: Number>(from: *const Part<N>, gap: usize) -> N::Scalar {
    // SAFETY: the caller's promise.
    unsafe {
        let im = if N::Scalar::PARTS == 2 { *from.add(gap) } else { *from };
        N::Scalar::from_parts(*from, im)
    }
}

/// [`gather`] for `LANES` x `LANES` at `cs == 1`.
///
/// # Safety
/// As [`gather`].
#[inline(always)]
unsafe fn gather_square<N: Number>(
    src: *const N::Scalar,
    rs: isize,
    dst: *mut Part<N>,
    ds: usize,
    gap: usize,
) {
    // SAFETY: a real element is its part; a complex square passes through two squares of LANES <= SIDE rows.
    unsafe {
        if N::Scalar::PARTS == 1 {
            N::Lanes::transpose(src.cast(), rs, dst, ds as isize);
        } else {
            let mut re = Square([[Part::<N>::default(); SIDE]; SIDE]);
            let mut im = Square([[Part::<N>::default(); SIDE]; SIDE]);
            for i in 0..N::LANES {
                let (a, b) = N::Lanes::load_pairs(src.offset(i as isize * rs).cast());
                a.store(re.0[i].as_mut_ptr());
                b.store(im.0[i].as_mut_ptr());
            }
            N::Lanes::transpose(re.0.as_ptr().cast(), SIDE as isize, dst, ds as isize);
            N::Lanes::transpose(im.0.as_ptr().cast(), SIDE as isize, dst.add(gap), ds as isize);
        }
    }
}

/// [`gather`] for `height` x `width`, at most `LANES` each, at `cs == 1`.
///
/// # Safety
/// As [`gather`].
#[inline(always)]
unsafe fn gather_part<N: Number>(
    height: usize,
    width: usize,
    src: *const N::Scalar,
    rs: isize,
    dst: *mut Part<N>,
    ds: usize,
    gap: usize,
) {
    // The parts' squares, before and after the transposition.
    let mut before = [const { Square([[Part::<N>::ZERO; SIDE]; SIDE]) }; 2];
    let mut after = [const { Square([[Part::<N>::ZERO; SIDE]; SIDE]) }; 2];
    // SAFETY: `height` rows of `width` elements are the caller's promise, and as many reals in each column; LANES <= SIDE.
    unsafe {
        each!(r < height, {
            let row = N::load_first(src.offset(r as isize * rs), width);
            row.store_planar(before.as_mut_ptr().cast::<Part<N>>().add(r * SIDE), SIDE * SIDE);
        });
        each!(part < N::Scalar::PARTS, {
            let from = before[part].0.as_ptr().cast();
            N::Lanes::transpose(from, SIDE as isize, after[part].0.as_mut_ptr().cast(), SIDE as isize);
            each!(c < width, {
                N::Lanes::load(after[part].0[c].as_ptr()).store_first(dst.add(c * ds + part * gap), height);
            });
        });
    }
}

/// [`scatter`] for `height` x `width`, at most `LANES` each, at `cs == 1`.
///
/// # Safety
/// As [`scatter`].
#[inline(always)]
unsafe fn scatter_part<N: Number>(
    height: usize,
    width: usize,
    src: *const Part<N>,
    ds: usize,
    gap: usize,
    dst: *mut N::Scalar,
    rs: isize,
) {
    let mut before = [const { Square([[Part::<N>::ZERO; SIDE]; SIDE]) }; 2];
    let mut after = [const { Square([[Part::<N>::ZERO; SIDE]; SIDE]) }; 2];
    // SAFETY: as in `gather_part`, reading and writing exchanged.
    unsafe {
        each!(part < N::Scalar::PARTS, {
            each!(c < width, {
                let column = N::Lanes::load_first(src.add(c * ds + part * gap), height);
                column.store(before[part].0[c].as_mut_ptr());
            });
            let from = before[part].0.as_ptr().cast();
            N::Lanes::transpose(from, SIDE as isize, after[part].0.as_mut_ptr().cast(), SIDE as isize);
        });
        each!(r < height, {
            let row = N::load_planar(after.as_ptr().cast::<Part<N>>().add(r * SIDE), SIDE * SIDE);
            row.store_first(dst.offset(r as isize * rs), width);
        });
    }
}

/// [`scatter`] for `LANES` x `LANES` at `cs == 1`.
///
/// # Safety
/// As [`scatter`].
#[inline(always)]
unsafe fn scatter_square<N: Number>(
    src: *const Part<N>,
    ds: usize,
    gap: usize,
    dst: *mut N::Scalar,
    rs: isize,
) {
    // SAFETY: as in `gather_square`.
    unsafe {
        if N::Scalar::PARTS == 1 {
            N::Lanes::transpose(src, ds as isize, dst.cast(), rs);
        } else {
            let mut re = Square([[Part::<N>::default(); SIDE]; SIDE]);
            let mut im = Square([[Part::<N>::default(); SIDE]; SIDE]);
            N::Lanes::transpose(src, ds as isize, re.0.as_mut_ptr().cast(), SIDE as isize);
            N::Lanes::transpose(src.add(gap), ds as isize, im.0.as_mut_ptr().cast(), SIDE as isize);
            for i in 0..N::LANES {
                let (a, b) = (N::Lanes::load(re.0[i].as_ptr()), N::Lanes::load(im.0[i].as_ptr()));
                N::Lanes::store_pairs(a, b, dst.offset(i as isize * rs).cast());
            }
        }
    }
}
