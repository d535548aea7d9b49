//! [`Error`]: everything that can go wrong, each with the cause, the place and the remedy.

use resolvent_kernels::isa::IsaError;
use thiserror::Error as ThisError;

/// What went wrong. Indices are zero-based; shapes are as NumPy writes them.
#[derive(Debug, Clone, PartialEq, Eq, ThisError)]
#[non_exhaustive]
pub enum Error {
    /// The last two dimensions differ.
    #[error("the matrix must be square, but its shape is {shape:?}")]
    NotSquare {
        /// The whole shape, stack dimensions first.
        shape: Vec<usize>,
    },

    /// An array of fewer than two dimensions where a matrix is needed.
    #[error("a matrix needs at least two dimensions, but the shape is {shape:?}")]
    NotAMatrix {
        /// The shape that came in.
        shape: Vec<usize>,
    },

    /// Two operands do not fit each other.
    #[error("the shapes {a:?} and {b:?} do not fit: {reason}")]
    ShapeMismatch {
        /// The shape of the matrix.
        a: Vec<usize>,
        /// The shape of the other operand.
        b: Vec<usize>,
        /// Which rule is broken.
        reason: String,
    },

    /// A slice is too short or too long for the shape it is said to have.
    #[error("shape {shape:?} needs {needed} elements, but there are {len}")]
    WrongLength {
        /// The shape asked for.
        shape: Vec<usize>,
        /// The elements that shape has.
        needed: usize,
        /// The elements there are.
        len: usize,
    },

    /// A matrix has no inverse.
    #[error("{}", singular_message(*matrix, *pivot, dependence.as_deref(), all))]
    Singular {
        /// The first singular matrix of the stack, in C order; 0 for a single matrix.
        matrix: usize,
        /// The first column of that matrix without a pivot: it depends on those before it.
        pivot: usize,
        /// Its first row that depends on those before it, and how: `row 2 = 2*row 1 - row 0`.
        dependence: Option<String>,
        /// Every singular matrix of the stack, in C order.
        all: Vec<usize>,
    },

    /// A matrix is not positive definite.
    #[error("matrix {matrix} is not positive definite{}", list_message(all, "are not"))]
    NotPositiveDefinite {
        /// The first such matrix of the stack, in C order; 0 for a single matrix.
        matrix: usize,
        /// Every such matrix of the stack, in C order.
        all: Vec<usize>,
    },

    /// A matrix has no singular values.
    #[error(
        "matrix {matrix} has no singular values: NaN or infinity is in it (or their computation did not converge)"
    )]
    NoSingularValues {
        /// The first such matrix of the stack, in C order; 0 for a single matrix.
        matrix: usize,
    },

    /// The number of elements or bytes of this shape overflows.
    #[error("an array of shape {shape:?} has more elements than a computer can address")]
    TooLarge {
        /// The impossible shape.
        shape: Vec<usize>,
    },

    /// The memory is not there.
    #[error(
        "{bytes} bytes of memory are needed and were refused; solve a smaller system, use float32, or free memory"
    )]
    OutOfMemory {
        /// What was asked for.
        bytes: usize,
    },

    /// Whoever was asked whether to go on said no ([`interruptible`](crate::interruptible)).
    #[error("the call was interrupted; what it was to write is written in part")]
    Interrupted,

    /// The call would need more memory than there is; nothing was allocated for it.
    #[error(
        "{needed} bytes of memory are needed, but {available} are left; solve a smaller system, use float32, or free memory"
    )]
    TooLittleMemory {
        /// What the call needs, its output included.
        needed: usize,
        /// What the machine, or the container, has left.
        available: usize,
    },

    /// An argument for which there is no answer.
    #[error("{name}: {reason}")]
    BadArgument {
        /// Its name.
        name: &'static str,
        /// What is wrong with it.
        reason: String,
    },

    /// Not a word of [`Assume`](crate::Assume).
    #[error("'{word}' is nothing that a matrix can be assumed to be; the words are {words}")]
    UnknownAssumption {
        /// The word that came in.
        word: String,
        /// Those there are.
        words: String,
    },

    /// A stack where one matrix is looked at.
    #[error("one matrix is looked at, but the shape is {shape:?}: pick one of the stack")]
    OneMatrix {
        /// The whole shape, stack dimensions first.
        shape: Vec<usize>,
    },

    /// `RESOLVENT_ISA` asks for what is not there.
    #[error(transparent)]
    InstructionSet(#[from] IsaError),

    /// The number of threads cannot be had.
    #[error("{requested} threads cannot be used: {reason}")]
    Threads {
        /// What was asked for.
        requested: String,
        /// Why not.
        reason: String,
    },
}

/// At most this many matrices of a stack are listed in a message.
const LISTED: usize = 8;

fn singular_message(matrix: usize, pivot: usize, dependence: Option<&str>, all: &[usize]) -> String {
    let why = dependence.map_or_else(|| format!("column {pivot} depends on those before it"), str::to_owned);
    format!("matrix {matrix} is singular: {why}{}", list_message(all, "are singular"))
}

/// Nothing for one matrix.
fn list_message(all: &[usize], what: &str) -> String {
    if all.len() < 2 {
        return String::new();
    }
    let mut list: Vec<String> = all.iter().take(LISTED).map(usize::to_string).collect();
    if all.len() > LISTED {
        list.push("...".to_owned());
    }
    format!(" ({} matrices of the stack {what}: {})", all.len(), list.join(", "))
}

/// The result of everything that can fail here.
pub type Result<T, E = Error> = std::result::Result<T, E>;
