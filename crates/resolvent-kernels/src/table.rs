//! [`Kernels`]: what the library above may call, as function pointers. One table per element type and instruction
//! set; the contracts stand here once, the algorithms in `gemm`, `lu`, `trsm`, `vector` and `small`.
//!
//! Strides count elements, may be negative or zero for what is only read, and are named after what they step:
//! `rs` from one row to the next, `cs` from one column to the next. "Row-major" below means `cs == 1`.

// A signature is the contract here, and is written out where it is explained.
#![allow(clippy::type_complexity)]

use crate::isa::Isa;
use crate::scalar::Scalar;

/// The largest triangle the [`Kernels::trsm`] leaf takes.
pub const TRSM_MAX: usize = 64;

/// The largest order the kernels of [`Small`] take.
pub const SMALL_MAX: usize = 64;

/// The most lanes there are, over all instruction sets and types.
pub const LANES_MAX: usize = 16;

/// Rounds of Hager's and Higham's estimator: the same number in the small kernels, which run all lanes alike, and in the
/// library, so that both say the same. One is within a factor of three nearly always; a second costs a tenth of a small
/// solution and reaches the exact norm of nearly every inverse.
pub const ESTIMATE_ROUNDS: usize = 1;

/// Every kernel of one element type on one instruction set.
#[derive(Debug)]
pub struct Kernels<T: Scalar> {
    /// The instruction set these are compiled for.
    pub isa: Isa,
    /// The micro-kernel of the packed matrix product and its packing.
    pub gemm: Gemm<T>,
    /// The leaf of the recursive LU.
    pub lu: Lu<T>,
    /// The inverse from its factors.
    pub invert: Invert<T>,
    /// The leaf of the triangular solve: `X := T^-1 B` in place.
    pub trsm: TrsmLeaf<T>,
    /// The triangular solve for one vector.
    pub substitute: Substitute<T>,
    /// `C := C - A B` where packing would cost more than it gains.
    pub subtract: Subtract<T>,
    /// Is the n x n row-major matrix of finite numbers at `a` its own conjugate transpose, bit by bit but for the sign of
    /// zeros? One without structure is known by its first tile.
    ///
    /// Safety: `a` readable over n rows of n elements, `rs` apart.
    pub is_hermitian: unsafe fn(n: usize, a: *const T, rs: isize) -> bool,
    /// Loops over one or two vectors.
    pub vector: Vector<T>,
    /// Whole problems, one matrix per SIMD lane.
    pub small: Small<T>,
    /// The same for a matrix alone, with the same results: one lane.
    pub single: Small<T>,
}

/// Packed matrix product, BLIS style (van Zee, van de Geijn 2015).
///
/// A *micro-panel* of A holds `mr` rows (of B: `nr` columns): for p in 0..k, for part in 0..PARTS, `mr` reals. The
/// last micro-panel of a block is filled with zeros to full width. The whole block is its micro-panels one after the
/// other, each `k * PARTS * mr` reals.
#[derive(Debug)]
pub struct Gemm<T: Scalar> {
    /// Rows of a micro-tile (the direction of the SIMD lanes).
    pub mr: usize,
    /// Columns of a micro-tile.
    pub nr: usize,
    /// Depth of a packed block: a micro-panel of B stays in L1.
    pub kc: usize,
    /// Rows of a packed block of A: it stays in L2. A multiple of `mr`.
    pub mc: usize,
    /// Columns of a packed block of B: it stays in L3. A multiple of `nr`.
    pub nc: usize,
    /// Packs the m x k block whose element (i, p) is at `src + i*rs + p*cs` into micro-panels of `mr` rows.
    ///
    /// Safety: `src` readable over the block; `dst` writable for `ceil(m/mr) * mr * k * PARTS` reals.
    pub pack_a: unsafe fn(m: usize, k: usize, src: *const T, rs: isize, cs: isize, dst: *mut T::Real),
    /// Packs the k x n block whose element (p, j) is at `src + p*rs + j*cs` into micro-panels of `nr` columns.
    ///
    /// Safety: `src` readable over the block; `dst` writable for `ceil(n/nr) * nr * k * PARTS` reals.
    pub pack_b: unsafe fn(k: usize, n: usize, src: *const T, rs: isize, cs: isize, dst: *mut T::Real),
    /// `C := C + alpha * A * B` for one m x n micro-tile, m <= mr, n <= nr, A and B packed micro-panels of depth k.
    /// The product is summed over p in ascending order in one chain of (fused) multiply-adds from zero, then scaled
    /// by alpha and added: the same bits for a full tile, an edge tile, and any strides of C. Fastest at `rs == 1`.
    ///
    /// Safety: `a` and `b` hold `k` steps of a whole micro-panel; C is readable and writable over m x n, and its
    /// elements do not overlap.
    pub micro: unsafe fn(
        m: usize,
        n: usize,
        k: usize,
        alpha: T::Real,
        a: *const T::Real,
        b: *const T::Real,
        c: *mut T,
        rs: isize,
        cs: isize,
    ),
}

/// LU with partial pivoting of a row-major matrix, nothing packed: for matrices that stay in the cache, and the leaf of
/// the recursion over larger ones.
#[derive(Debug)]
pub struct Lu<T: Scalar> {
    /// How many reals of workspace [`Lu::factor`] needs for m rows.
    pub workspace: fn(m: usize) -> usize,
    /// Factors the m x n matrix at `a` in place, `m >= n`: `P A = L U`, L unit lower trapezoidal. The `carried` columns
    /// that follow go along, `B := L^-1 P B`, what is below row n with them: `B_2 - L_2 U_B`.
    /// `pivots[j]` (j < n) becomes the row (`>= j`) that was exchanged with row j; the largest `abs1` wins and ties go to
    /// the lowest row.
    /// Returns the first j whose pivot is exactly zero, or n. A zero column is left as it is and the factorization
    /// goes on (as LAPACK's getrf). NaN: a NaN never beats a number; a column of NaN takes its first row.
    /// Element (i, j) is the one chain `a - l_i0 u_0j - l_i1 u_1j - ...`, the same bits whatever m, n, the stride and the
    /// other columns are.
    ///
    /// Safety: `a` readable and writable over all n + carried columns without overlap, `pivots` for n, `work` for
    /// `workspace(m)` reals.
    pub factor: unsafe fn(
        m: usize,
        n: usize,
        carried: usize,
        a: *mut T,
        rs: isize,
        pivots: *mut usize,
        work: *mut T::Real,
    ) -> usize,
}

/// The inverse from row-major LU factors that stay in the cache.
#[derive(Debug)]
pub struct Invert<T: Scalar> {
    /// How many reals of workspace [`Invert::invert`] needs for order n.
    pub workspace: fn(n: usize) -> usize,
    /// `X := U^-1 L^-1 P`: the factors at `lu` over each other, `(P A)_i = A_{p_i}`, X row-major. The order of operations
    /// depends on n alone; a zero on the diagonal of U gives numbers without meaning.
    ///
    /// Safety: the factors readable, p a permutation of n numbers, X writable and apart from the factors, `work` for
    /// `workspace(n)` reals.
    pub invert: unsafe fn(
        n: usize,
        lu: *const T,
        rs: isize,
        p: *const usize,
        x: *mut T,
        x_rs: isize,
        work: *mut T::Real,
    ),
}

/// Which triangle of a matrix is meant, and whether its diagonal is taken as ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Triangle {
    /// Lower, diagonal as stored.
    Lower,
    /// Lower, diagonal of ones (not read).
    UnitLower,
    /// Upper, diagonal as stored.
    Upper,
    /// Upper, diagonal of ones (not read).
    UnitUpper,
}

/// `B := T^-1 B`, T the n x n triangle at `t` (strides `t_rs`, `t_cs`), n <= [`TRSM_MAX`]; B is n x k, row-major with
/// row stride `b_rs`. Each element is one chain over ascending distance from the solved rows' start: `b - t x - t x ...`
/// in order of elimination, then divided by the diagonal; the same bits whatever k and the column's place.
/// A zero on the diagonal divides as IEEE does.
///
/// Safety: T readable, B readable and writable and apart from T.
pub type TrsmLeaf<T> = unsafe fn(
    triangle: Triangle,
    n: usize,
    k: usize,
    t: *const T,
    t_rs: isize,
    t_cs: isize,
    b: *mut T,
    b_rs: isize,
);

/// `x := T^-1 x` for the n x n triangle at `t`, stored row-major with row stride `rs`; or, if it is `transposed`, stored by
/// columns, `rs` from one to the next. The order of operations depends on n, the triangle and `transposed` alone; a zero on
/// the diagonal divides as IEEE does.
///
/// Safety: the triangle's square readable; x readable and writable for n elements and apart from it.
pub type Substitute<T> =
    unsafe fn(triangle: Triangle, transposed: bool, n: usize, t: *const T, rs: isize, x: *mut T);

/// `C := C - A B`, nothing packed: C is m x n and row-major, B k x n and row-major, A m x k with any strides. Each element
/// is the one chain `c - a_0 b_0 - a_1 b_1 - ...`, the same bits whatever m, n and its place.
///
/// Safety: A and B readable, C readable and writable and apart from both.
pub type Subtract<T> = unsafe fn(
    m: usize,
    n: usize,
    k: usize,
    a: *const T,
    a_rs: isize,
    a_cs: isize,
    b: *const T,
    b_rs: isize,
    c: *mut T,
    c_rs: isize,
);

/// Loops over contiguous vectors. Sums run in one fixed tree that depends on n alone.
///
/// Safety of all: every vector is valid for n elements, and what is written overlaps nothing else.
#[derive(Debug)]
pub struct Vector<T: Scalar> {
    /// `sum a_i x_i`, no conjugation.
    pub dot: unsafe fn(n: usize, a: *const T, x: *const T) -> T,
    /// `(sum a_i x_i, sum abs1(a_i) abs1(x_i))`: the two sums of a componentwise residual.
    pub dot_abs: unsafe fn(n: usize, a: *const T, x: *const T) -> (T, T::Real),
    /// Exchanges `x_i` and `y_i`.
    pub swap: unsafe fn(n: usize, x: *mut T, y: *mut T),
    /// `y_{p_i} := x_i`. Safety: p holds n numbers below the length of y.
    pub spread: unsafe fn(n: usize, x: *const T, p: *const usize, y: *mut T),
    /// `y_i := x_i`, past the caches where the instruction set can: for results that are larger than they are.
    pub stream: unsafe fn(n: usize, x: *const T, y: *mut T),
    /// `sum |x_i|`, true moduli.
    pub sum_abs: unsafe fn(n: usize, x: *const T) -> T::Real,
    /// `sum_j := |a_0j| + |a_1j| + ...`, in this order, true moduli, for the m x n row-major matrix at `a`.
    pub column_sums: unsafe fn(m: usize, n: usize, a: *const T, rs: isize, sums: *mut T::Real),
}

/// Which system is solved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// `A X = B`.
    Plain,
    /// `A^T X = B`.
    Transposed,
    /// `A^H X = B`.
    Adjoint,
}

/// Any number of matrices of one shape, each with its own address and common strides. Broadcast operands simply repeat
/// an address. `ptrs.len()` is the number of matrices.
#[derive(Debug, Clone, Copy)]
pub struct Group<'a, P> {
    /// The first element of each matrix.
    pub ptrs: &'a [P],
    /// From one row to the next.
    pub rs: isize,
    /// From one column to the next.
    pub cs: isize,
}

/// What became of one matrix, in one byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mark(u8);

impl Mark {
    /// It has an answer.
    pub const ANSWERED: Mark = Mark(0);
    /// NaN or infinity came in: in A; for `solve` also in B.
    pub const NOT_FINITE: Mark = Mark(u8::MAX);

    /// This pivot, below [`SMALL_MAX`], is the first that is exactly zero.
    #[inline(always)]
    pub fn zero_pivot(pivot: usize) -> Self {
        Mark(pivot as u8 + 1)
    }
    /// The first pivot that is exactly zero, if there is one.
    pub fn pivot(self) -> Option<usize> {
        (self != Mark::NOT_FINITE).then(|| usize::from(self.0).checked_sub(1)).flatten()
    }
}

/// What a [`Small`] kernel is to find out, and where it says so: one entry per matrix in each slice, all written.
#[derive(Debug)]
pub struct Report<'r, R> {
    /// Measure everything? If not, rcond is measured only where it might be below `healthy`, and else anything from
    /// `healthy` to infinity; the errors are not measured, and 0 wherever the answer is finite and the factors have not
    /// grown, else NaN. Factors have grown if an element of U is many times the norm of A; that is looked at where
    /// elimination can lose digits by it, and not in `factor`.
    pub full: bool,
    /// From this rcond on there is nothing to remark.
    pub healthy: R,
    /// Has it an answer?
    pub marks: &'r mut [Mark],
    /// `1 / (|A|_1 |A^-1|_1)`: exact up to rounding for `invert` and in small orders, else by Hager's and Higham's
    /// estimator (a lower bound of |A^-1|_1, so an upper bound of rcond). 0 at a zero pivot, NaN if not finite.
    pub rcond: &'r mut [R],
    /// `solve`: componentwise, `max_i |b - Ax|_i / (|A||x| + |b|)_i` (0/0 counts as 0) over all right-hand sides;
    /// `invert`: `|A (X w) - w|_inf / (|A|_inf |X|_inf |w|_inf)` with `w_i = (-1)^i (1 + i/(n-1))`, Higham's
    /// alternating vector; `factor`: 0. NaN at a zero pivot, if not finite, or if the answer overflowed.
    pub backward_error: &'r mut [R],
    /// `solve`: over all right-hand sides, a bound of `|x - A^-1 b|_inf / |x|_inf`: the largest element of
    /// `|A^-1| (|b - Ax| + (n+1) u (|A||x| + |b|))`, the inverse as for rcond, over `|x|_inf` (Arioli, Demmel, Duff 1989);
    /// u is half an eps, of complex numbers one. Of several right-hand sides the largest weight of each equation counts.
    /// Infinite where x is 0, but not b, or nothing is known. `invert`: `n (backward_error + eps) / rcond`, for `|X - A^-1| <= |A^-1| |I - AX|`. `factor`: 0.
    /// NaN where the backward error is.
    pub forward_error: &'r mut [R],
}

/// Whole small problems, one matrix per SIMD lane or one after the other, by the serial algorithm over lanes: partial
/// pivoting by `abs1` in every lane, ties to the lowest row; closed forms where they are as accurate. A matrix gets the
/// same bits in any lane beside any neighbours, and alone. A matrix with a zero pivot (and finite entries) gives NaN in its own output only; one that is
/// not finite gives what the arithmetic gives.
///
/// Every kernel takes any number of matrices, at least one, and returns true if there is nothing to remark about any:
/// all have an answer that is finite, and rcond is at least `healthy`.
///
/// Safety of all: n in 1..=[`SMALL_MAX`]; every operand valid over its strided extent; outputs do not overlap each
/// other, but may be the very matrix at the same place in `a` or `b` (each is read whole before anything of it is
/// written); the slices of `report` have one entry per matrix; `work` is valid for `workspace(n, k)` reals and aligned
/// to 64 bytes (k = number of right-hand sides, 0 where there are none).
#[derive(Debug)]
pub struct Small<T: Scalar> {
    /// How many matrices go side by side.
    pub lanes: usize,
    /// Reals of workspace needed for order n and k right-hand sides.
    pub workspace: fn(n: usize, k: usize) -> usize,
    /// `P A = L U`: L and U over each other into `lu`; `perms + m*n` receives for matrix m the n row numbers
    /// `p` with `(P A)_i = A_{p_i}`. Factors of a singular matrix are written as they come, without NaN.
    pub factor: unsafe fn(
        n: usize,
        a: Group<'_, *const T>,
        lu: Group<'_, *mut T>,
        perms: *mut usize,
        report: &mut Report<'_, T::Real>,
        work: *mut T::Real,
    ) -> bool,
    /// The determinant of matrix m at `det + m`, if it can be had without leaving the range of the type on the way;
    /// else `given[m]` is false and nothing of use is written. Returns true if all are given.
    ///
    /// Safety: `det` writable for one number per matrix, `given` has as many entries.
    pub determinant: unsafe fn(
        n: usize,
        a: Group<'_, *const T>,
        det: *mut T,
        given: &mut [bool],
        work: *mut T::Real,
    ) -> bool,
    /// `X = A^-1 B`, B and X n x k.
    pub solve: unsafe fn(
        n: usize,
        k: usize,
        a: Group<'_, *const T>,
        b: Group<'_, *const T>,
        x: Group<'_, *mut T>,
        report: &mut Report<'_, T::Real>,
        work: *mut T::Real,
    ) -> bool,
    /// `X = A^-1`: LU, then the inverse of the triangle, then the other triangular solve; 2n^3 flops.
    pub invert: unsafe fn(
        n: usize,
        a: Group<'_, *const T>,
        x: Group<'_, *mut T>,
        report: &mut Report<'_, T::Real>,
        work: *mut T::Real,
    ) -> bool,
    /// `X = A^-1 B`, `A^-T B` or `A^-H B` from factors that are given, L (unit lower) and U over each other in `lu`:
    /// `A[p][:, q] = L U`, with p in the first list of `permutations` and q in the second; null stands for 0, 1, 2, ... A zero
    /// on the diagonal of U gives numbers without meaning.
    ///
    /// Safety: each list has one address per matrix, null or of n numbers that are a permutation of 0..n.
    pub substitute: unsafe fn(
        n: usize,
        k: usize,
        side: Side,
        lu: Group<'_, *const T>,
        permutations: [&[*const usize]; 2],
        b: Group<'_, *const T>,
        x: Group<'_, *mut T>,
        work: *mut T::Real,
    ),
    /// Of Hermitian matrices, of which only the lower triangle (and of the diagonal the real part) is read: `A = L L^H` with
    /// zeros above L. If everything is reported: the same as LU factors, `L D^-1/2` (unit lower) and `D^1/2 L^H` over each
    /// other, D being the squares of L's diagonal, and rcond. The first pivot that is not positive, NaN included, counts as zero; the
    /// matrix's output then is without meaning.
    pub cholesky: unsafe fn(
        n: usize,
        a: Group<'_, *const T>,
        l: Group<'_, *mut T>,
        report: &mut Report<'_, T::Real>,
        work: *mut T::Real,
    ) -> bool,
    /// `C = -X^H G X^H`: what the cotangent G of `X = A^-1` is for A.
    pub inverse_vjp: unsafe fn(
        n: usize,
        x: Group<'_, *const T>,
        g: Group<'_, *const T>,
        c: Group<'_, *mut T>,
        work: *mut T::Real,
    ),
    /// `C = -H X^H`, H and X n x k: for `A X = B` and `H = A^-H G`, what the cotangent G of X is for A.
    pub solution_vjp: unsafe fn(
        n: usize,
        k: usize,
        h: Group<'_, *const T>,
        x: Group<'_, *const T>,
        c: Group<'_, *mut T>,
        work: *mut T::Real,
    ),
}
