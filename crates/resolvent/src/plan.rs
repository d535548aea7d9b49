//! [`Plan`]: which way a problem takes. Pure: shape, type, instruction set and threads in, a decision out. The only
//! home of a size threshold.

mod method;
#[cfg(test)]
mod tests;

use std::fmt;

use resolvent_kernels::table::{LANES_MAX, SMALL_MAX};
use resolvent_kernels::{Isa, Kernels, Scalar};

pub use method::Method;

/// Up to this order a matrix goes through the kernels for small ones: in a stack one per lane, alone with the registers along
/// its rows. The bits are the same, so the length of the stack may decide. From the next order on so many lanes full of
/// matrices no longer fit into the caches (`make bench BENCH=thresholds`, benches/record/*/thresholds.csv).
const fn small_order<T: Scalar>() -> usize {
    if T::PARTS == 1 { 47 } else { 44 }
}

/// What is left over of windows goes alone if it fills at most as great a part of the lanes as the order is of this.
const ALONE_ORDER: usize = 32;

/// Up to this many right-hand sides. With more, side by side over the lanes of one matrix (as the triangular solve does)
/// is better than lane by lane over matrices, of which there may be only one.
const SMALL_RHS: usize = 32;

/// Fewer flops than this are not worth waking a second thread for (about 20 microseconds of work).
const PARALLEL_FLOPS: f64 = 1e6;

/// Below this order a matrix is factored faster by one thread than by several that wait for each other.
const PARALLEL_ORDER: usize = 192;

/// One task of a stack of small or middling matrices reads and writes about this many bytes: several times what handing
/// out the task costs, and small enough that its pieces stay in cache.
const TASK_BYTES: usize = 256 << 10;

/// The most matrices that one call of a small kernel takes: their addresses and reports lie on the stack.
pub(crate) const SMALL_BLOCK: usize = 64;
const _: () = assert!(SMALL_BLOCK.is_multiple_of(LANES_MAX));

/// The operands of one call of a small kernel stay in a quarter of the smallest L1 cache there is.
const BLOCK_BYTES: usize = 8 << 10;

/// Answers of a stack that are larger than this in all are written past the caches: most of them would be gone before
/// they are read.
const STREAM_BYTES: usize = 16 << 20;

/// The leaf of the recursive LU stays in an L2 cache of half a mebibyte, but is not narrower than this. Whole matrices of
/// that size are factored and inverted there: order 221 in double precision.
const LU_LEAF_BYTES: usize = 384 << 10;
pub(crate) const LU_LEAF_MIN: usize = 16;

/// Order of a block column of LU of a matrix of order n that is larger than the cache, `rest` columns of which are left:
/// the deeper the product that follows, the less it waits for memory; the narrower, the less is done by one thread.
pub(crate) fn lu_block(n: usize, rest: usize) -> usize {
    let size = (n / 12).next_multiple_of(LU_LEAF_MIN).clamp(3 * LU_LEAF_MIN, 12 * LU_LEAF_MIN);
    if rest < 2 * size { rest } else { size }
}

/// Rows of a matrix that are copied and summed up in one task.
pub(crate) const COPY_ROWS: usize = 128;

/// Order of the diagonal block of `L D L^H` that is factored element by element.
pub(crate) const POSITIVE_LEAF: usize = 8;

/// From this order on a Hermitian matrix that is not positive definite is solved with by `L D L^H`; below it LU is faster,
/// whose panels hide behind the products of another thread, while a search for pivots goes row by row. (An inverse is to be Hermitian at any order.)
pub(crate) const fn indefinite_order<T: Scalar>() -> usize {
    if T::PARTS == 1 { 1400 } else { 700 }
}

/// Order of a block row of `L D L^H` with pivoting, one less where a pivot of order 2 ends behind it. Every candidate for a
/// pivot is brought up to date by all rows of the block before it, a vector at a time: narrower than a block column of LU.
pub(crate) fn indefinite_block(n: usize) -> usize {
    (n / 32).next_multiple_of(16).clamp(32, 96)
}

/// Fewer products than this in bringing a candidate for a pivot up to date are not worth sharing between threads.
pub(crate) const INDEFINITE_PARALLEL: usize = 1 << 18;

/// Of the columns of a triangle at most so many are updated together, down to the lowest of their ends on the diagonal: what
/// is below the others is done in vain.
pub(crate) const TRIANGLE_COLUMNS: usize = 48;

/// So many parts for every thread are made of the columns that are updated while the next block column is factored.
pub(crate) const LU_PARTS: usize = 3;

/// The same for `L D L^H`, where narrow parts end closer to the diagonal.
pub(crate) const POSITIVE_PARTS: usize = 6;

/// Columns of the leaf of the recursive LU of m rows.
pub(crate) fn lu_leaf<T>(m: usize) -> usize {
    (LU_LEAF_BYTES / (m.max(1) * size_of::<T>())).max(LU_LEAF_MIN)
}

/// Order of the triangle that the leaf of a triangular solve takes.
pub(crate) const TRSM_LEAF: usize = 64;

/// Rows of U that are set aside at a time while the inverse overwrites them.
pub(crate) const INVERSE_BLOCK: usize = 128;

/// Up to this order the two halves of a triangle are inverted by a thread each: products of theirs are too small to share.
pub(crate) const INVERSE_APART: usize = 512;

/// Registers of columns of the identity that are solved for together when a triangle is inverted: they begin with as many
/// zeros as they stand to the right, and those rows are skipped.
pub(crate) const IDENTITY_STRIP: usize = 2;

/// Columns a thread takes at least in a triangular solve with many right-hand sides.
pub(crate) const TRSM_SLAB: usize = 48;

/// A product not deeper than this, whose left operand has no more elements than its square, is subtracted where its
/// operands lie: to pack them takes about as long as the product then. In larger matrices rows are far apart, and B in
/// place misses the cache.
pub(crate) const GEMM_DIRECT: usize = 32;

/// So many parts for every thread are made of a product's rows: one that is held up leaves some to the others.
pub(crate) const GEMM_PARTS: usize = 2;

/// A product smaller than this (m*n*k) runs on one thread.
pub(crate) const GEMM_PARALLEL: usize = 1 << 18;

/// From this many right-hand sides on, substitution goes through the blocked triangular solve.
pub(crate) const BLOCKED_RHS: usize = 4;

/// Up to this many right-hand sides each has its backward error measured; of more, this many weighted sums of all.
pub(crate) const MEASURED_RHS: usize = 8;

/// Steps of refinement at most, where an answer is not as good as it ought to be. Each that is worth while halves its backward
/// error at least.
pub(crate) const REFINEMENTS: usize = 8;

/// Steps of refinement in twice the precision at most: those that are worth while halve the error at least.
pub(crate) const EXTRA_REFINEMENTS: usize = 60;

/// Zeros that the first so many rows of a matrix of order n have, if it is worth while to look for all of them: as many as
/// those of a triangle in any order of its rows must have, or a small part.
pub(crate) fn zeros_wanted(n: usize, rows: usize) -> usize {
    if rows <= 8 { rows * (rows - 1) / 2 } else { n * rows / 32 }
}

/// From this order on rows and columns are reordered: below it, to find out how takes as long as LU.
pub(crate) const ORDERING_ORDER: usize = 128;

/// Words of the pattern that may be looked at for a perfect matching, which takes a quarter of the time of LU at most.
pub(crate) fn matching_words(n: usize) -> usize {
    let n = n as f64;
    (4.0 * n * n + n * n * n / 256.0) as usize
}

/// Is it worth while to factor blocks of these orders instead of all? They take half of the flops at most.
pub(crate) fn blocks_are_worth(n: usize, orders: impl Iterator<Item = usize>) -> bool {
    let cube = |n: usize| (n as f64).powi(3);
    orders.map(cube).sum::<f64>() <= 0.5 * cube(n)
}

/// Is it worth while to factor a band of that many diagonals below and above the main one as such? Its `2 n l (l + u)` flops
/// run at a fortieth of the speed.
pub(crate) fn band_is_worth(n: usize, lower: usize, upper: usize) -> bool {
    120.0 * lower as f64 * (lower + upper) as f64 <= (n as f64).powi(2)
}

/// Up to this many right-hand sides are solved for with a matrix that is more than its blocks: each takes a pass over all of it.
pub(crate) fn coupled_rhs(n: usize) -> usize {
    n / 16
}

/// Columns that are solved for together with a matrix that is mostly zeros: a strip of them stays in the cache.
pub(crate) const SPARSE_STRIP: usize = 32;

/// The solutions of a system of up to so many unknowns are described when it has fewer equations: nearly as many of them are
/// free, and that takes a matrix of that order.
pub(crate) const DIAGNOSED_FAMILY: usize = 2048;

/// Columns of a block of elimination modulo a prime: the sum of so many products of residues needs no reduction on the way.
pub(crate) const EXACT_BLOCK: usize = 64;

/// Rows that a thread brings up to date at a time there.
pub(crate) const EXACT_ROWS: usize = 16;

/// Up to this order a matrix is eliminated modulo a prime on the stack, and without division.
pub(crate) const EXACT_SMALL: usize = 8;

/// Up to this order it is said of a singular matrix which row depends on others.
pub(crate) const EXACT_DEPENDENCE: usize = 200;

/// Products of words that may be spent on that: a fraction of a second, and enough for any matrix of that order whose numbers
/// span 80 bits.
pub(crate) const EXACT_EFFORT: usize = 1 << 27;

/// A determinant that takes no more primes is found modulo them alone.
pub(crate) const EXACT_PRIMES: u64 = 4;

/// Threads, if there are that many, that share exact work on a matrix of order n.
pub(crate) fn exact_threads(n: usize) -> usize {
    if n < 2 * EXACT_ROWS { 1 } else { usize::MAX }
}

/// What is to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verb {
    /// LU factors, for `lu`, `det` and `slogdet`.
    Factor,
    /// `solve` with that many right-hand sides.
    Solve {
        /// Columns of the right-hand side.
        rhs: usize,
    },
    /// The same from factors that are there.
    Substitute {
        /// Columns of the right-hand side.
        rhs: usize,
    },
    /// `inv`.
    Invert,
}

/// The decision for one call. Prints as one line.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// What is to be done.
    pub verb: Verb,
    /// Order of the matrices.
    pub order: usize,
    /// Number of matrices.
    pub stack: usize,
    /// Element type, by NumPy's name.
    pub dtype: &'static str,
    /// Instruction set of the kernels.
    pub isa: Isa,
    /// The algorithm.
    pub method: Method,
    /// Matrices side by side in a kernel; 1 unless the method is [`Method::Small`].
    pub lanes: usize,
    /// Matrices in one task.
    pub chunk: usize,
    /// Threads that share the tasks.
    pub outer_threads: usize,
    /// Threads that share one matrix.
    pub inner_threads: usize,
    /// Small matrices: the answers are written past the caches.
    pub stream: bool,
    /// About how many bytes the call takes beyond its operands and its output.
    pub bytes: usize,
}

impl Plan {
    /// Decides; only the method is as `forced`, if the order allows it.
    pub(crate) fn new<T: Scalar>(
        verb: Verb,
        order: usize,
        stack: usize,
        kernels: &Kernels<T>,
        threads: usize,
        forced: Option<Method>,
    ) -> Self {
        let method = match forced {
            _ if order == 0 || stack == 0 => Method::Empty,
            Some(Method::Small) if order <= SMALL_MAX => Method::Small,
            Some(method @ (Method::Blocked | Method::HermitianIndefinite)) => method,
            _ if is_small::<T>(order, rhs(verb)) => Method::Small,
            _ => Method::Blocked,
        };
        let lanes = if method == Method::Small && side_by_side(kernels.small.lanes, order, stack) > 0 {
            kernels.small.lanes
        } else {
            1
        };
        let flops = flops(verb, order) * (T::PARTS * T::PARTS) as f64;
        let worth = flops * stack as f64 >= PARALLEL_FLOPS;
        let (chunk, outer_threads, inner_threads) = match method {
            Method::Empty => (1, 1, 1),
            Method::Small => {
                let bytes = order * (order + rhs(verb)).max(1) * size_of::<T>() * 2;
                let chunk = (TASK_BYTES / bytes).max(1).next_multiple_of(kernels.small.lanes);
                (chunk, if worth { threads } else { 1 }, 1)
            }
            // Whole matrices to each thread as long as there are enough of them, else all threads to each matrix.
            _ if stack >= threads => {
                let bytes =
                    order.saturating_mul(order.saturating_add(rhs(verb))).saturating_mul(size_of::<T>() * 2);
                let chunk = (TASK_BYTES / bytes).clamp(1, stack.div_ceil(threads));
                (chunk, if worth { threads } else { 1 }, 1)
            }
            _ => (1, 1, if order >= PARALLEL_ORDER { threads } else { 1 }),
        };
        let answer = order * if takes_sides(verb) { rhs(verb) } else { order };
        let stream =
            method == Method::Small && (answer * size_of::<T>()).saturating_mul(stack) >= STREAM_BYTES;
        let dtype = T::NAME;
        let bytes = bytes::<T>(verb, order, method).saturating_mul(outer_threads);
        Self {
            verb,
            order,
            stack,
            dtype,
            isa: kernels.isa,
            method,
            lanes,
            chunk,
            outer_threads,
            inner_threads,
            stream,
            bytes,
        }
    }

    /// What is done, as progress is told of it: `solve 4000x4000 float64`, `invert 5000x8x8 float64`.
    pub(crate) fn title(&self) -> String {
        let verb = match self.verb {
            Verb::Factor => "factor",
            Verb::Solve { .. } | Verb::Substitute { .. } => "solve",
            Verb::Invert => "invert",
        };
        let stack = if self.stack == 1 { String::new() } else { format!("{}x", self.stack) };
        format!("{verb} {stack}{n}x{n} {}", self.dtype, n = self.order)
    }

    /// Flops for each matrix, as [`parallel::count`](crate::parallel::count) counts them: one for a multiplication and
    /// one for an addition of whatever type.
    pub(crate) fn flops(&self) -> f64 {
        flops(self.verb, self.order)
    }

    /// Threads the call uses at all.
    pub fn threads(&self) -> usize {
        self.outer_threads.max(self.inner_threads)
    }
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verb = match self.verb {
            Verb::Factor => "factor".to_owned(),
            Verb::Solve { rhs } => format!("solve for {rhs}"),
            Verb::Substitute { rhs } => format!("substitute for {rhs}"),
            Verb::Invert => "invert".to_owned(),
        };
        write!(
            f,
            "{verb}: {} x {n} x {n} {} on {}: {}; {} lanes, tasks of {}, {} x {} threads{}",
            self.stack,
            self.dtype,
            self.isa,
            self.method,
            self.lanes,
            self.chunk,
            self.outer_threads,
            self.inner_threads,
            if self.stream { ", past the caches" } else { "" },
            n = self.order,
        )
    }
}

/// Do matrices of order n, above 0, with k right-hand sides go through the kernels for small ones?
pub(crate) fn is_small<T: Scalar>(n: usize, k: usize) -> bool {
    const { assert!(small_order::<T>() <= SMALL_MAX) };
    (1..=small_order::<T>()).contains(&n) && k <= SMALL_RHS
}

/// How many of `count` matrices of order n go through the kernels side by side, the others alone: whole windows of
/// `lanes`, and what is left over if that takes longer alone. A window takes as long as a single matrix does alone at a
/// low order, and more and more times as long as the order grows and the rows fill registers.
pub(crate) fn side_by_side(lanes: usize, n: usize, count: usize) -> usize {
    let left = count % lanes;
    if left * ALONE_ORDER <= lanes * n.max(8) { count - left } else { count }
}

/// Matrices of order n with k right-hand sides in one call of the small kernels: whole windows of so many lanes.
pub(crate) fn small_block<T>(lanes: usize, n: usize, k: usize) -> usize {
    let bytes = n * (n + k) * size_of::<T>();
    (BLOCK_BYTES / bytes).clamp(lanes, SMALL_BLOCK) / lanes * lanes
}

fn rhs(verb: Verb) -> usize {
    if let Verb::Solve { rhs } | Verb::Substitute { rhs } = verb { rhs } else { 0 }
}

fn takes_sides(verb: Verb) -> bool {
    matches!(verb, Verb::Solve { .. } | Verb::Substitute { .. })
}

/// How a stack of matrices that each take so many flops, one thread each, is shared: matrices in a task, and threads.
pub(crate) fn one_each(flops: f64, stack: usize, threads: usize) -> (usize, usize) {
    // A hundredth of what is worth a thread: what handing out a task costs is small beside it.
    let chunk = (0.01 * PARALLEL_FLOPS / flops.max(1.0)).clamp(1.0, 1e4) as usize;
    (chunk, if flops * stack as f64 >= PARALLEL_FLOPS { threads } else { 1 })
}

/// What one larger matrix takes: a copy of it and its columns (an inverse is made in the output, if it is larger than the
/// cache), and twice a block column.
fn bytes<T>(verb: Verb, n: usize, method: Method) -> usize {
    let copy = match method {
        Method::Empty | Method::Small => return 0,
        _ if verb == Verb::Invert && n > lu_leaf::<T>(n) => 0,
        _ if matches!(verb, Verb::Substitute { .. }) => n.saturating_mul(rhs(verb)),
        _ => n.saturating_mul(n.saturating_add(rhs(verb))),
    };
    copy.saturating_add(n.saturating_mul(2 * lu_block(n, n))).saturating_mul(size_of::<T>())
}

/// Flops of one matrix: Golub and Van Loan (2013), sections 3.2 and 3.4.
fn flops(verb: Verb, order: usize) -> f64 {
    let n = order as f64;
    match verb {
        Verb::Factor => 2.0 / 3.0 * n * n * n,
        Verb::Solve { rhs } => 2.0 / 3.0 * n * n * n + 2.0 * n * n * rhs as f64,
        Verb::Substitute { rhs } => 2.0 * n * n * rhs as f64,
        Verb::Invert => 2.0 * n * n * n,
    }
}
