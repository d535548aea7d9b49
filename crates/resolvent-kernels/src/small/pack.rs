//! Packs: interleaved matrices. Element (i, j) of a pack is one [`Number`]: the same element of LANES matrices.

use core::marker::PhantomData;

use super::{not_a_number, whole};
use crate::lanes::{Lanes, Mask};
use crate::number::{Number, Part};
use crate::scalar::{Real, Scalar};
use crate::table::{Group, LANES_MAX};

/// A matrix of numbers in planar storage, row-major: for each element LANES real parts, then (complex) LANES
/// imaginary parts. A plain pointer: who makes one vouches for the extent, who uses one stays inside it.
pub(crate) struct Pack<N: Number> {
    base: *mut Part<N>,
    /// Numbers from one row to the next.
    pub(super) row: usize,
    number: PhantomData<N>,
}

impl<N: Number> Clone for Pack<N> {
    #[inline(always)]
    fn clone(&self) -> Self {
        *self
    }
}
impl<N: Number> Copy for Pack<N> {}

impl<N: Number> Pack<N> {
    /// Reals per number.
    pub(crate) const STEP: usize = N::Scalar::PARTS * N::LANES;

    /// The pack at `base` with `row` numbers to a row.
    #[inline(always)]
    pub(crate) fn new(base: *mut Part<N>, row: usize) -> Self {
        Pack { base, row, number: PhantomData }
    }

    /// The address of element (i, j).
    ///
    /// # Safety
    /// (i, j) is inside the pack, or just behind it.
    #[inline(always)]
    pub(crate) unsafe fn at(self, i: usize, j: usize) -> *mut Part<N> {
        // SAFETY: the caller keeps (i, j) inside the allocation.
        unsafe { self.base.add((i * self.row + j) * Self::STEP) }
    }

    /// The sub-pack that starts at (i, j).
    ///
    /// # Safety
    /// (i, j) is inside the pack, or just behind it.
    #[inline(always)]
    pub(crate) unsafe fn from(self, i: usize, j: usize) -> Self {
        // SAFETY: the same promise.
        Pack { base: unsafe { self.at(i, j) }, ..self }
    }

    /// Element (i, j).
    ///
    /// # Safety
    /// (i, j) is inside the pack and has been written.
    #[inline(always)]
    pub(crate) unsafe fn get(self, i: usize, j: usize) -> N {
        // SAFETY: an element is PARTS runs of LANES reals, one behind the other.
        unsafe { N::load_planar(self.at(i, j), N::LANES) }
    }

    /// Writes element (i, j).
    ///
    /// # Safety
    /// (i, j) is inside the pack.
    #[inline(always)]
    pub(crate) unsafe fn put(self, i: usize, j: usize, x: N) {
        // SAFETY: an element is PARTS runs of LANES reals, one behind the other.
        unsafe { x.store_planar(self.at(i, j), N::LANES) }
    }
}

/// As many matrices of a [`Group`] as there are lanes, at most: `count` of them, and LANES addresses.
#[derive(Clone, Copy)]
pub(crate) struct Window<P> {
    pub(super) ptrs: *const P,
    pub(crate) count: usize,
    pub(super) rs: isize,
    pub(super) cs: isize,
}

impl<P: Copy> Window<P> {
    /// The matrices from `start` on. At the end of a group lanes without a matrix repeat its last; their addresses are
    /// made up in `room`.
    ///
    /// # Safety
    /// `start` is inside the group. The group and the room outlive the window, and are not written meanwhile.
    #[inline(always)]
    pub(crate) unsafe fn new<N: Number>(
        group: Group<'_, P>,
        start: usize,
        room: &mut [P; LANES_MAX],
    ) -> Self {
        let left = group.ptrs.len() - start;
        // SAFETY: start is inside the group.
        let mut ptrs = unsafe { group.ptrs.as_ptr().add(start) };
        if left < N::LANES {
            each!(l < N::LANES, {
                room[l] = group.ptrs[start + if l < left { l } else { left - 1 }];
            });
            ptrs = room.as_ptr();
        }
        let count = if left < N::LANES { left } else { N::LANES };
        Window { ptrs, count, rs: group.rs, cs: group.cs }
    }

    /// Do the elements of each matrix with that many rows and columns follow each other, row by row?
    #[inline(always)]
    pub(crate) fn in_one_run(&self, rows: usize, cols: usize) -> bool {
        (self.cs == 1 || cols == 1) && (self.rs == cols as isize || rows == 1)
    }
}

/// The memory of a window to come, which is asked for while the one before is worked on: a processor does not see by
/// itself where the next begins. A few cache lines at a time, for requests beyond some twenty on their way are lost.
#[derive(Clone, Copy)]
pub(crate) struct Ahead {
    base: *const u8,
    lines: usize,
}

impl Ahead {
    const LINE: usize = 64;
    /// From the beginning of a window to what is asked for meanwhile it is at least so far: as long as memory takes.
    const DISTANCE: usize = 2048;

    /// While the window of n x n matrices from `start` on is worked on; nothing, unless the matrices follow each other.
    #[inline(always)]
    pub(crate) fn of<N: Number>(n: usize, group: Group<'_, *const N::Scalar>, start: usize) -> Self {
        let bytes = n * n * size_of::<N::Scalar>();
        let window = N::LANES * bytes;
        match group.ptrs {
            [first, second, ..] if second.addr().wrapping_sub(first.addr()) == bytes => Ahead {
                base: group.ptrs[start].cast::<u8>().wrapping_add(Self::DISTANCE.next_multiple_of(window)),
                lines: window.div_ceil(Self::LINE),
            },
            _ => Ahead { base: core::ptr::null(), lines: 0 },
        }
    }

    /// Part k of n.
    #[inline(always)]
    pub(crate) fn part<N: Number>(self, k: usize, n: usize) {
        let mut line = k * self.lines / n;
        while line < (k + 1) * self.lines / n {
            N::Lanes::prefetch(self.base.wrapping_add(line * Self::LINE).cast());
            line += 1;
        }
    }
}

/// Small matrices of real numbers, each in one run, straight into registers.
///
/// # Safety
/// Every matrix of the window is readable, R x C, in one run. R C <= 16.
#[inline(always)]
pub(crate) unsafe fn load<N: Number, const R: usize, const C: usize>(
    src: Window<*const N::Scalar>,
) -> [[N; C]; R] {
    let rows: *const *const Part<N> = src.ptrs.cast();
    let mut matrix = [[N::zero(); C]; R];
    macro_rules! columns {
        ($c:literal, $e:expr) => {
            // SAFETY: elements $e .. $e + $c are among R C.
            let columns = unsafe { N::Lanes::load_rows::<$c>(rows, $e as isize) };
            each!(c < $c, {
                matrix[($e + c) / C][($e + c) % C] = N::from_lanes(columns[c]);
            });
        };
    }
    by_fours!(R * C, columns, overlap: false);
    matrix
}

/// Interleaves. Lanes without a matrix get the last one.
///
/// # Safety
/// Every matrix of the window is readable over rows x cols; `dst` has room for rows x cols numbers, its rows following
/// each other.
#[inline(always)]
pub(crate) unsafe fn pack<N: Number>(rows: usize, cols: usize, src: Window<*const N::Scalar>, dst: Pack<N>) {
    let parts = N::Scalar::PARTS;
    let reals: *const *const Part<N> = src.ptrs.cast();
    // SAFETY: the lines cover rows x cols of each matrix, and of the pack.
    unsafe {
        // What lies between the rows is copied along with them.
        for i in 0..rows {
            for j in cols..dst.row {
                dst.put(i, j, N::zero());
            }
        }
        if src.cs == 1 && src.rs == cols as isize && dst.row == cols {
            line_in::<N>(reals, 0, rows * cols * parts, dst.at(0, 0), 1);
        } else if src.cs == 1 {
            for i in 0..rows {
                line_in::<N>(reals, i as isize * src.rs * parts as isize, cols * parts, dst.at(i, 0), 1);
            }
        } else if src.rs == 1 {
            for j in 0..cols {
                line_in::<N>(
                    reals,
                    j as isize * src.cs * parts as isize,
                    rows * parts,
                    dst.at(0, j),
                    dst.row,
                );
            }
        } else if side_by_side::<N>(src.ptrs) {
            for i in 0..rows {
                for j in 0..cols {
                    let from = (*src.ptrs).offset(i as isize * src.rs + j as isize * src.cs);
                    dst.put(i, j, N::load(from));
                }
            }
        } else {
            for l in 0..N::LANES {
                let ptr = *src.ptrs.add(l);
                for i in 0..rows {
                    for j in 0..cols {
                        let x = *ptr.offset(i as isize * src.rs + j as isize * src.cs);
                        for p in 0..parts {
                            *dst.at(i, j).add(p * N::LANES + l) = x.part(p);
                        }
                    }
                }
            }
        }
    }
}

/// Do the matrices follow each other element by element, as in an array whose last dimension is the stack's?
///
/// # Safety
/// LANES addresses are readable at `ptrs`.
#[inline(always)]
unsafe fn side_by_side<N: Number>(ptrs: *const *const N::Scalar) -> bool {
    let mut all = true;
    each!(l < N::LANES, {
        // SAFETY: l < LANES.
        all &= unsafe { *ptrs.add(l) } == unsafe { *ptrs }.wrapping_add(l);
    });
    all
}

/// Transposes a line of `count` consecutive reals of every lane, which start `offset` behind the addresses, into the
/// pack at `to`; from one element to the next there it is `step` numbers. Four reals at a time; the last four overlap
/// those before.
///
/// # Safety
/// The lines are readable, and the numbers writable.
#[inline(always)]
unsafe fn line_in<N: Number>(
    rows: *const *const Part<N>,
    offset: isize,
    count: usize,
    to: *mut Part<N>,
    step: usize,
) {
    let parts = N::Scalar::PARTS;
    // SAFETY: every real read is one of `count`. Real e is part e % PARTS of element e / PARTS.
    unsafe {
        macro_rules! columns {
            ($c:literal, $e:expr) => {
                let columns = N::Lanes::load_rows::<$c>(rows, offset + $e as isize);
                each!(c < $c, {
                    let e = $e + c;
                    columns[c].store(to.add((e / parts * step * parts + e % parts) * N::LANES));
                });
            };
        }
        by_fours!(count, columns, overlap: true);
    }
}

/// Writes 0, 1, 2 ... n-1 into the first column.
///
/// # Safety
/// `numbers` has n rows.
#[inline(always)]
pub(crate) unsafe fn number_rows<N: Number>(n: usize, numbers: Pack<N>) {
    for i in 0..n {
        // SAFETY: i < n.
        unsafe { numbers.put(i, 0, N::from_lanes(whole(i))) };
    }
}

/// What [`number_rows`] wrote, wherever it has gone since: lane l of row i.
///
/// # Safety
/// (i, 0) is inside the pack, l < LANES.
#[inline(always)]
pub(crate) unsafe fn row_number<N: Number>(numbers: Pack<N>, i: usize, l: usize) -> usize {
    // SAFETY: lane l of the real parts; row numbers are whole and small.
    unsafe { (*numbers.at(i, 0).add(l)).to_f64().to_int_unchecked::<i32>() as usize }
}

/// Copies `count` numbers that follow each other.
///
/// # Safety
/// Both packs hold `count` numbers and do not overlap.
#[inline(always)]
pub(crate) unsafe fn copy<N: Number>(count: usize, src: Pack<N>, dst: Pack<N>) {
    for e in 0..count {
        // SAFETY: e < count; element (0, e) is the e-th number, whatever the row length.
        unsafe { dst.put(0, e, src.get(0, e)) };
    }
}

/// Which lanes have only finite numbers among `count` that follow each other.
///
/// # Safety
/// The pack holds `count` numbers.
#[inline(always)]
pub(crate) unsafe fn finite<N: Number>(count: usize, src: Pack<N>) -> <N::Lanes as Lanes>::Mask {
    let zero = N::Lanes::splat(Part::<N>::ZERO);
    // 0 x is zero for a finite x and NaN for any other; a sum keeps the NaN.
    let mut sum = N::zero();
    for e in 0..count {
        // SAFETY: e < count.
        sum = sum.add(unsafe { src.get(0, e) }.scale(zero));
    }
    sum.abs1().eq(zero)
}

/// [`finite`], given a norm of the pack: a finite norm has finite parts; only an infinite one (perhaps a sum that
/// overflowed) asks for a look at the elements.
///
/// # Safety
/// As [`finite`].
#[inline(always)]
pub(crate) unsafe fn finite_given<N: Number>(
    norm: N::Lanes,
    count: usize,
    src: Pack<N>,
) -> <N::Lanes as Lanes>::Mask {
    let sure = norm.is_finite();
    if sure.not().none() {
        return sure;
    }
    // SAFETY: the same promise.
    sure.or(unsafe { finite(count, src) })
}

/// NaN into every part of `count` numbers where the mask says so.
///
/// # Safety
/// The pack holds `count` numbers.
#[inline(always)]
pub(crate) unsafe fn blank<N: Number>(count: usize, mask: <N::Lanes as Lanes>::Mask, pack: Pack<N>) {
    if mask.none() {
        return;
    }
    for e in 0..count {
        // SAFETY: e < count.
        unsafe { pack.put(0, e, N::select(mask, not_a_number(), pack.get(0, e))) };
    }
}
