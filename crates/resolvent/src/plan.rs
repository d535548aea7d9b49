//! [`Plan`]: which way a problem takes. Pure: shape, type, instruction set and threads in, a decision out. The only
//! home of a size threshold.

use std::fmt;

use resolvent_kernels::table::SMALL_MAX;
use resolvent_kernels::{Isa, Kernels, Scalar};

/// Up to this order a matrix goes through the lane-interleaved kernels, alone or in a stack (the same bits either
/// way). Above it, the blocked algorithms are faster even for one matrix.
const SMALL_ORDER: usize = 24;
const _: () = assert!(SMALL_ORDER <= SMALL_MAX);

/// Up to this many right-hand sides. With more, side by side over the lanes of one matrix (as the triangular solve does)
/// is better than lane by lane over matrices, of which there may be only one.
const SMALL_RHS: usize = 32;

/// Fewer flops than this are not worth waking a second thread for (about 20 microseconds of work).
const PARALLEL_FLOPS: f64 = 1e6;

/// Below this order a matrix is factored faster by one thread than by several that wait for each other.
const PARALLEL_ORDER: usize = 192;

/// One task of a stack of small matrices reads and writes about this many bytes: several times what handing out the
/// task costs, and small enough that its pieces stay in cache.
const TASK_BYTES: usize = 256 << 10;

/// Columns of the leaf of the recursive LU.
pub(crate) const PANEL: usize = 16;

/// Order of the triangle that the leaf of a triangular solve takes.
pub(crate) const TRSM_LEAF: usize = 64;

/// Rows of U that are set aside at a time while the inverse overwrites them.
pub(crate) const INVERSE_BLOCK: usize = 128;

/// Columns a thread takes at least in a triangular solve with many right-hand sides.
pub(crate) const TRSM_SLAB: usize = 48;

/// Columns of one task of row exchanges: a row's piece of them is a few cache lines.
pub(crate) const EXCHANGE_SLAB: usize = 256;

/// A product smaller than this (m*n*k) runs on one thread.
pub(crate) const GEMM_PARALLEL: usize = 1 << 18;

/// From this many right-hand sides on, substitution goes through the blocked triangular solve.
pub(crate) const BLOCKED_RHS: usize = 4;

/// Up to this many right-hand sides each has its backward error measured; of more, this many weighted sums of all.
pub(crate) const MEASURED_RHS: usize = 8;

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
    /// `inv`.
    Invert,
}

/// Which algorithm does it. Its text form is `info.method`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Nothing to compute: order zero or an empty stack.
    Empty,
    /// LU with partial pivoting, one matrix per SIMD lane.
    Small,
    /// Recursive blocked LU with partial pivoting over packed GEMM and TRSM.
    Blocked,
}

impl Method {
    /// The name as `info.method` gives it.
    pub fn name(self) -> &'static str {
        match self {
            Method::Empty => "empty",
            Method::Small => "lu, partial pivoting, one matrix per lane",
            Method::Blocked => "lu, partial pivoting, recursive and blocked",
        }
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
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
}

impl Plan {
    /// Decides.
    pub(crate) fn new<T: Scalar>(
        verb: Verb,
        order: usize,
        stack: usize,
        kernels: &Kernels<T>,
        threads: usize,
    ) -> Self {
        let method = match order {
            0 => Method::Empty,
            _ if stack == 0 => Method::Empty,
            _ if order <= SMALL_ORDER && rhs(verb) <= SMALL_RHS => Method::Small,
            _ => Method::Blocked,
        };
        let lanes = if method == Method::Small { kernels.small.lanes } else { 1 };
        let flops = flops(verb, order) * (T::PARTS * T::PARTS) as f64;
        let worth = flops * stack as f64 >= PARALLEL_FLOPS;
        let (chunk, outer_threads, inner_threads) = match method {
            Method::Empty => (1, 1, 1),
            Method::Small => {
                let bytes = order * (order + rhs(verb)).max(1) * size_of::<T>() * 2;
                let chunk = (TASK_BYTES / bytes).max(1).next_multiple_of(lanes);
                (chunk, if worth { threads } else { 1 }, 1)
            }
            // Whole matrices to each thread as long as there are enough of them, else all threads to each matrix.
            Method::Blocked if stack >= threads => (1, if worth { threads } else { 1 }, 1),
            Method::Blocked => (1, 1, if order >= PARALLEL_ORDER { threads } else { 1 }),
        };
        let dtype = T::NAME;
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
        }
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
            Verb::Invert => "invert".to_owned(),
        };
        write!(
            f,
            "{verb}: {} x {n} x {n} {} on {}: {}; {} lanes, tasks of {}, {} x {} threads",
            self.stack,
            self.dtype,
            self.isa,
            self.method,
            self.lanes,
            self.chunk,
            self.outer_threads,
            self.inner_threads,
            n = self.order,
        )
    }
}

fn rhs(verb: Verb) -> usize {
    if let Verb::Solve { rhs } = verb { rhs } else { 0 }
}

/// Real flops of one matrix: Golub and Van Loan (2013), sections 3.2 and 3.4.
fn flops(verb: Verb, order: usize) -> f64 {
    let n = order as f64;
    match verb {
        Verb::Factor => 2.0 / 3.0 * n * n * n,
        Verb::Solve { rhs } => 2.0 / 3.0 * n * n * n + 2.0 * n * n * rhs as f64,
        Verb::Invert => 2.0 * n * n * n,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(verb: Verb, order: usize, stack: usize) -> Plan {
        Plan::new::<f64>(verb, order, stack, f64::kernels(Isa::Portable), 2)
    }

    #[test]
    fn the_method_depends_on_the_order_alone() {
        for stack in [1, 2, 1_000_000] {
            assert_eq!(plan(Verb::Invert, SMALL_ORDER, stack).method, Method::Small);
            assert_eq!(plan(Verb::Invert, SMALL_ORDER + 1, stack).method, Method::Blocked);
        }
        assert_eq!(plan(Verb::Invert, 0, 3).method, Method::Empty);
        assert_eq!(plan(Verb::Invert, 3, 0).method, Method::Empty);
    }

    #[test]
    fn many_right_hand_sides_go_side_by_side() {
        for stack in [1, 1_000_000] {
            assert_eq!(plan(Verb::Solve { rhs: SMALL_RHS }, 3, stack).method, Method::Small);
            assert_eq!(plan(Verb::Solve { rhs: SMALL_RHS + 1 }, 3, stack).method, Method::Blocked);
        }
    }

    #[test]
    fn threads_go_to_matrices_first() {
        let many = plan(Verb::Factor, 500, 10);
        assert_eq!((many.outer_threads, many.inner_threads), (2, 1));
        let one = plan(Verb::Factor, 500, 1);
        assert_eq!((one.outer_threads, one.inner_threads), (1, 2));
        assert_eq!(plan(Verb::Invert, 3, 1).threads(), 1);
    }

    #[test]
    fn a_plan_prints_as_one_line() {
        let text = plan(Verb::Solve { rhs: 2 }, 3, 4).to_string();
        assert!(text.starts_with("solve for 2: 4 x 3 x 3 float64 on portable: lu"), "{text}");
    }
}
