//! Packs taken apart.

use core::mem::MaybeUninit;
use core::ptr;

use super::pack::{Pack, Window, row_number};
use crate::lanes::{Lanes, Mask};
use crate::number::{Number, Part};
use crate::scalar::{Real, Scalar};
use crate::table::{LANES_MAX, SMALL_MAX};

/// The reverse of [`super::pack::load`].
///
/// # Safety
/// As [`super::pack::load`], writable; the window is full.
#[inline(always)]
pub(crate) unsafe fn store<N: Number, const R: usize, const C: usize>(
    matrix: &[[N; C]; R],
    dst: Window<*mut N::Scalar>,
) {
    let rows: *const *mut Part<N> = dst.ptrs.cast();
    macro_rules! columns {
        ($c:literal, $e:expr) => {
            let mut columns = [N::Lanes::splat(Part::<N>::ZERO); $c];
            each!(c < $c, {
                columns[c] = matrix[($e + c) / C][($e + c) % C].re();
            });
            // SAFETY: elements $e .. $e + $c are among R C.
            unsafe { N::Lanes::store_rows::<$c>(columns, rows, $e as isize) };
        };
    }
    by_fours!(R * C, columns, overlap: false);
}

/// Transposes a line of `count` reals of every lane out of the pack at `from`, where it is `step` numbers from one element
/// to the next, to `offset` behind the addresses. Four reals at a time; the last four overlap those before.
///
/// # Safety
/// The numbers are readable, and the lines writable; the lines do not overlap.
#[inline(always)]
unsafe fn line_out<N: Number>(
    rows: *const *mut Part<N>,
    offset: isize,
    count: usize,
    from: *const Part<N>,
    step: usize,
) {
    let parts = N::Scalar::PARTS;
    // SAFETY: every real written is one of `count`. Real e is part e % PARTS of element e / PARTS.
    unsafe {
        macro_rules! columns {
            ($c:literal, $e:expr) => {
                let mut columns = [N::Lanes::splat(Part::<N>::ZERO); $c];
                each!(c < $c, {
                    let e = $e + c;
                    columns[c] = N::Lanes::load(from.add((e / parts * step * parts + e % parts) * N::LANES));
                });
                N::Lanes::store_rows::<$c>(columns, rows, offset + $e as isize);
            };
        }
        by_fours!(count, columns, overlap: true);
    }
}

/// One element out of one lane.
///
/// # Safety
/// `from` is the first part of that lane in a pack.
#[inline(always)]
unsafe fn gather<N: Number>(from: *const Part<N>) -> N::Scalar {
    // SAFETY: the last part of the lane is (PARTS - 1) * LANES reals further.
    unsafe { N::Scalar::from_parts(*from, *from.add((N::Scalar::PARTS - 1) * N::LANES)) }
}

/// Takes apart, in the lanes that are wanted.
///
/// # Safety
/// Every matrix of the window is writable over rows x cols; `src` holds rows x cols, its rows following each other.
#[inline(always)]
pub(crate) unsafe fn unpack<N: Number>(
    rows: usize,
    cols: usize,
    src: Pack<N>,
    wanted: <N::Lanes as Lanes>::Mask,
    dst: Window<*mut N::Scalar>,
) {
    let parts = N::Scalar::PARTS;
    let reals: *const *mut Part<N> = dst.ptrs.cast();
    // SAFETY: the lines cover rows x cols of each matrix and of the pack; l is below the number of matrices.
    unsafe {
        if dst.count < N::LANES || !wanted.all() || (dst.cs != 1 && dst.rs != 1) {
            for l in 0..dst.count {
                if !wanted.lane(l) {
                    continue;
                }
                let ptr = *dst.ptrs.add(l);
                for i in 0..rows {
                    for j in 0..cols {
                        *ptr.offset(i as isize * dst.rs + j as isize * dst.cs) =
                            gather::<N>(src.at(i, j).add(l));
                    }
                }
            }
        } else if dst.cs == 1 && dst.rs == cols as isize && src.row == cols {
            line_out::<N>(reals, 0, rows * cols * parts, src.at(0, 0), 1);
        } else if dst.cs == 1 {
            for i in 0..rows {
                line_out::<N>(reals, i as isize * dst.rs * parts as isize, cols * parts, src.at(i, 0), 1);
            }
        } else {
            for j in 0..cols {
                line_out::<N>(
                    reals,
                    j as isize * dst.cs * parts as isize,
                    rows * parts,
                    src.at(0, j),
                    src.row,
                );
            }
        }
    }
}

/// Takes apart, in the lanes that are wanted, and moves column i of each n x n matrix to the column that `numbers` has
/// in its row i.
///
/// Element by element, but in the order of the answer, and by way of integer registers, for which Zen 3 has twice the
/// stores a cycle that it has for vectors.
///
/// # Safety
/// Every matrix of the window is writable over n x n; `src` holds n x n; `numbers` holds in its first column, in every
/// lane, a permutation of 0..n.
#[inline(always)]
pub(crate) unsafe fn unpack_columns<N: Number>(
    n: usize,
    src: Pack<N>,
    numbers: Pack<N>,
    wanted: <N::Lanes as Lanes>::Mask,
    dst: Window<*mut N::Scalar>,
) {
    const { assert!(SMALL_MAX.is_multiple_of(4)) };
    // For each lane, where in a row of the pack the columns of the answer come from. Not initialized, which for all of it
    // would take a tenth of the time.
    let mut from = MaybeUninit::<[[u32; SMALL_MAX]; LANES_MAX]>::uninit();
    let places: *mut [u32; SMALL_MAX] = from.as_mut_ptr().cast();
    // SAFETY: rows, columns and their sources stay below n; l is below the number of matrices. What is read of `from` is a
    // permutation, so it has been written, or behind it up to a multiple of the lanes: that is written first.
    unsafe {
        let vectors = N::Scalar::PARTS == 1
            && n <= N::Lanes::PERMUTED
            && dst.count == N::LANES
            && dst.cs == 1
            && wanted.all();
        each!(l < dst.count, {
            let places: *mut u32 = places.add(l).cast();
            if vectors {
                let mut c = n / N::LANES * N::LANES;
                while c < n.next_multiple_of(N::LANES) {
                    *places.add(c) = 0;
                    c += 1;
                }
            }
            for j in 0..n {
                // Volatile, or LLVM makes scattered stores of it, which take five times as long.
                places.add(row_number(numbers, j, l)).write_volatile(j as u32);
            }
        });
        if vectors {
            let rows: *const *mut Part<N> = dst.ptrs.cast();
            for i in 0..n {
                N::Lanes::store_rows_permuted(n, src.at(i, 0), &*from.as_ptr(), rows, i as isize * dst.rs);
            }
            return;
        }
        // So many rows, LANES matrices wide, stay in L1 while the lanes are taken out one by one.
        let block = if n > 16 { 8 } else { n };
        let mut start = 0;
        while start < n {
            let (rows, src) = (block.min(n - start), src.from(start, 0));
            each!(l < dst.count, {
                if wanted.lane(l) {
                    let from = places.add(l).cast();
                    let to = (*dst.ptrs.add(l)).offset(start as isize * dst.rs);
                    if dst.cs == 1 {
                        lane_out(n, rows, l, src, from, to, dst.rs, 1);
                    } else {
                        lane_out(n, rows, l, src, from, to, dst.rs, dst.cs);
                    }
                }
            });
            start += block;
        }
    }
}

/// n columns of one lane.
///
/// # Safety
/// As [`columns`], for n columns.
#[inline(always)]
unsafe fn lane_out<N: Number>(
    n: usize,
    rows: usize,
    lane: usize,
    src: Pack<N>,
    from: *const u32,
    to: *mut N::Scalar,
    rs: isize,
    cs: isize,
) {
    let mut j = 0;
    // SAFETY: C columns from j < n on.
    unsafe {
        while j + 4 <= n {
            columns::<N, 4>(rows, lane, src, from.add(j), to.offset(j as isize * cs), rs, cs);
            j += 4;
        }
        while j < n {
            columns::<N, 1>(rows, lane, src, from.add(j), to.offset(j as isize * cs), rs, cs);
            j += 1;
        }
    }
}

/// C columns of one lane: column c from column `from[c]` of the pack, to `to + c cs`.
///
/// # Safety
/// The places lie in the rows of `src`, of which there are `rows`; `to` is writable over rows x C.
#[inline(always)]
unsafe fn columns<N: Number, const C: usize>(
    rows: usize,
    lane: usize,
    src: Pack<N>,
    from: *const u32,
    mut to: *mut N::Scalar,
    rs: isize,
    cs: isize,
) {
    let mut places = [0_usize; C];
    // SAFETY: c < C, in each of the rows; an element has PARTS reals, in the pack LANES apart.
    unsafe {
        each!(c < C, {
            places[c] = *from.add(c) as usize * Pack::<N>::STEP + lane;
        });
        let mut line: *const Part<N> = src.at(0, 0);
        let end: *const Part<N> = src.at(rows, 0);
        while line < end {
            each!(c < C, {
                let to: *mut Part<N> = to.offset(c as isize * cs).cast();
                each!(p < N::Scalar::PARTS, {
                    ptr::copy_nonoverlapping(line.add(places[c] + p * N::LANES), to.add(p), 1);
                });
            });
            line = line.add(src.row * Pack::<N>::STEP);
            to = to.offset(rs);
        }
    }
}
