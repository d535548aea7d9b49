//! The command line as its user sees it: subcommands, options, help.

use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::OnceLock;

use clap::{Args, Parser, Subcommand};
use clap_complete::Shell;

use crate::array::DType;
use crate::fit::NORMS;
use crate::read::Format;

/// Version and instruction set.
fn version() -> &'static str {
    static VERSION: OnceLock<String> = OnceLock::new();
    VERSION.get_or_init(|| {
        let isa = match resolvent::Isa::active() {
            Ok(isa) => format!("instruction set {isa}"),
            Err(error) => error.to_string(),
        };
        format!("{} ({isa})", env!("CARGO_PKG_VERSION"))
    })
}

const EXAMPLES: &str = "\
Examples:
  resolvent solve \"2x + y = 5; x + 3y = 4\"
  resolvent solve \"[[2,1],[1,3]]\" \"[5,4]\"
  resolvent inv A.npy -o inverse.npy
  resolvent det A.mtx --json
  resolvent lstsq A.csv b.csv
  generate | resolvent inv - --strict
  resolvent diagnose \"[[1,2],[2,4]]\"

Exit codes:
  0 answered   2 bad input   3 singular   4 untrustworthy, with --strict

Run `resolvent solve --help` for operands, file formats and the JSON that programs read.";

/// Solves linear systems and inverts matrices, and says how far each answer can be trusted
#[derive(Debug, Parser)]
#[command(name = "resolvent", version = version(), after_help = EXAMPLES)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

const OPERANDS: &str = "\
Operands:
  FILE.npy FILE.npz   NumPy; FILE.npz:NAME selects one array of several
  FILE.csv FILE.tsv   numbers, complex as 1+2i; header row, # comments and quotes allowed
  FILE.mtx            Matrix Market, array or coordinate; entries given twice are added up
  -                   standard input; its format is recognized, or given by --format. From pipes and
                      devices at most half of the free memory is read
  \"[[2,1],[1,3]]\"     a literal: vectors, matrices, stacks; entries such as 1/3, 1+2i, nan
A stack (..., M, M) is a stack of matrices. Text is float64, or complex128 if any number is complex;
.npy and .npz keep their type, except that integers and bools become float64.";

const JSON: &str = "\
JSON (--json): one object on standard output, with the keys
  command, shape, dtype         of the answer
  solution|inverse|determinant|rank|cond
                                nested lists; complex as [re, im]; not with -o
  variables                     names in order, for equations
  sign, logabsdet               for det
  output                        the file written, with -o
  status                        OK, ILL_CONDITIONED, NUMERICALLY_SINGULAR, SINGULAR or NOT_FINITE
  rcond, backward_error, forward_error, digits
                         one number per matrix; for a stack, nested lists
  method                        the algorithm
  error                         {kind, message, ...} if the exit code is not 0; alone for bad input
Numbers that JSON lacks are the strings \"NaN\", \"Infinity\" and \"-Infinity\".";

fn help(examples: &str, rest: &[&str]) -> String {
    let mut text = format!("Examples:\n{examples}");
    for part in rest {
        text.push_str("\n\n");
        text.push_str(part);
    }
    text
}

const EQUATIONS: &str = "\
Equations: \"2x + y = 5; x + 3y = 4\", separated by ; or , or line ends, # begins a comment. Any names
(x, x_1, alpha), terms on both sides, 2x or 2*x or x/3 or (1/2)x; 1/2 x is x/2. As many equations as unknowns.
Equations that begin with -o (an unknown called o) need a space before, or they are the option.

The right-hand side b: one-dimensional is a vector, anything else is (..., M, K), as in NumPy 2. One row or one
column of a .csv, .tsv or .mtx is a vector. An .npz with arrays A and b needs no b.";

const DIAGNOSIS: &str = "\
Columns are called by the header of a .csv or .tsv, or by the unknowns of equations. That a matrix is bad is an
answer: the exit code is 0; with --strict 3 if it is singular, 4 if it is not, but as good as.
JSON (--json): shape, dtype, names, not_finite, structure, method, status, proof, rcond, digits, condition,
singular_values, distance, rank, rank_unscaled, tolerance, gap, columns, rows (index, terms, residual, exact, text),
scaling, system, collinearity, ridge; as `Diagnosis` of the Python package.";

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Solve A x = b, or equations
    #[command(after_help = help(
        "  resolvent solve \"2x + y = 5; x + 3y = 4\"\n  resolvent solve A.npy b.npy -o x.npy\n  \
         resolvent solve system.npz --json\n  echo \"x/3 = 2\" | resolvent solve -",
        &[EQUATIONS, OPERANDS, JSON],
    ))]
    Solve {
        /// The matrix, or equations
        #[arg(allow_hyphen_values = true)]
        a: OsString,
        /// The right-hand side
        #[arg(allow_hyphen_values = true)]
        b: Option<OsString>,
        #[command(flatten)]
        given: Given,
        #[command(flatten)]
        options: Options,
    },
    /// Invert A
    #[command(after_help = help(
        "  resolvent inv \"[[2,1],[1,3]]\"\n  resolvent inv A.csv -o inverse.csv",
        &[OPERANDS, JSON],
    ))]
    Inv {
        /// The matrix, or a stack of them
        #[arg(allow_hyphen_values = true)]
        a: OsString,
        #[command(flatten)]
        given: Given,
        #[command(flatten)]
        options: Options,
    },
    /// The determinant of A
    #[command(after_help = help(
        "  resolvent det \"[[2,1],[1,3]]\"\n  resolvent det A.mtx",
        &[
            "A determinant beyond the range of its type is shown with its sign and the logarithm of its size.\n\
             The determinant of a singular matrix is 0, which is an answer: the exit code is 0.",
            OPERANDS,
            JSON,
        ],
    ))]
    Det {
        /// The matrix, or a stack of them
        #[arg(allow_hyphen_values = true)]
        a: OsString,
        #[command(flatten)]
        options: Options,
    },
    /// Minimise |A x - b|
    #[command(after_help = help(
        "  resolvent lstsq \"[[1,0],[1,1],[1,2]]\" \"[1,3,5]\"\n  resolvent lstsq A.csv b.csv -o x.npy",
        &[
            "A may have any shape (..., M, N); b is a vector of M or (..., M, K). If there are many solutions, the shortest\n\
             is shown, with a warning, or with --strict refused. JSON has besides: rank, residuals (sums of squares),\n\
             singular_values.",
            OPERANDS,
            JSON,
        ],
    ))]
    Lstsq {
        /// The matrix, or a stack of them
        #[arg(allow_hyphen_values = true)]
        a: OsString,
        /// The right-hand side
        #[arg(allow_hyphen_values = true)]
        b: OsString,
        /// Singular values up to this times the largest count as zero
        #[arg(long, value_name = "X", allow_negative_numbers = true, value_parser = not_negative)]
        rcond: Option<f64>,
        #[command(flatten)]
        options: Options,
    },
    /// The rank of A
    #[command(after_help = help(
        "  resolvent rank \"[[1,2],[2,4]]\"\n  resolvent rank A.mtx --strict && echo full",
        &["With --strict a rank that is not full has the exit code 4.", OPERANDS, JSON],
    ))]
    Rank {
        /// The matrix, or a stack of them
        #[arg(allow_hyphen_values = true)]
        a: OsString,
        /// Singular values up to this times the largest count as zero (max(M, N) machine epsilons)
        #[arg(long, value_name = "X", allow_negative_numbers = true, value_parser = not_negative)]
        rtol: Option<f64>,
        #[command(flatten)]
        options: Options,
    },
    /// The condition number of A
    #[command(after_help = help(
        "  resolvent cond \"[[1,0],[0,4]]\"\n  resolvent cond A.npy --norm 1 --json",
        &[
            "It is inf for a singular matrix and nan for one with a NaN; with --strict both have the exit code 4.",
            OPERANDS,
            JSON,
        ],
    ))]
    Cond {
        /// The matrix, or a stack of them
        #[arg(allow_hyphen_values = true)]
        a: OsString,
        /// 2 (singular values), -2, 1, -1, inf, -inf, fro or nuc
        #[arg(long, value_name = "NORM", default_value = "2", allow_hyphen_values = true, value_parser = norm)]
        norm: (&'static str, resolvent::ConditionNorm),
        #[command(flatten)]
        options: Options,
    },
    /// Say what is wrong with A, or with A x = b
    #[command(after_help = help(
        "  resolvent diagnose \"[[1,2,3],[4,5,6],[7,8,9]]\"\n  resolvent diagnose design.csv --target-cond 1000\n  \
         resolvent diagnose \"x + y = 2; 2x + 2y = 5\"",
        &[DIAGNOSIS, OPERANDS],
    ))]
    Diagnose {
        /// The matrix, of any shape, or equations
        #[arg(allow_hyphen_values = true)]
        a: OsString,
        /// The right-hand side
        #[arg(allow_hyphen_values = true)]
        b: Option<OsString>,
        /// Tell the ridge that brings the condition number there
        #[arg(long, value_name = "NUMBER", allow_negative_numbers = true)]
        target_cond: Option<f64>,
        #[command(flatten)]
        common: Common,
    },
    /// Print the completions for a shell
    #[command(after_help = help(
        "  resolvent completions bash > ~/.local/share/bash-completion/completions/resolvent\n  \
         resolvent completions zsh > ~/.zfunc/_resolvent",
        &[],
    ))]
    Completions {
        /// The shell
        shell: Shell,
    },
}

fn norm(text: &str) -> Result<(&'static str, resolvent::ConditionNorm), String> {
    let words = NORMS.map(|(word, _)| word).join(", ");
    NORMS.into_iter().find(|(word, _)| *word == text).ok_or_else(|| format!("the norms are {words}"))
}

fn not_negative(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(number) if number >= 0.0 => Ok(number),
        _ => Err("expected a number that is not negative, such as 1e-10".to_owned()),
    }
}

fn assumption(text: &str) -> Result<resolvent::Assume, String> {
    text.parse().map_err(|error: resolvent::Error| error.to_string())
}

fn thread_count(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(count) if count > 0 => Ok(count),
        _ => Err("expected a whole number from 1 on, such as the number of cores".to_owned()),
    }
}

/// What is known of the matrix.
#[derive(Debug, Args)]
pub(crate) struct Given {
    /// What A is, which decides what is read of it: general, symmetric, hermitian, "positive definite" (the upper
    /// triangle), "upper triangular", "lower triangular", diagonal, tridiagonal, banded. By default it is found out
    #[arg(long, value_name = "WORD", value_parser = assumption)]
    pub(crate) assume: Option<resolvent::Assume>,
    /// Refine the answer, with residuals in twice the precision, until its error is that of rounding
    #[arg(long)]
    pub(crate) refine: bool,
}

impl Given {
    /// What the library is asked.
    pub(crate) fn options(&self) -> resolvent::Options {
        let options = resolvent::Options::from(resolvent::Detail::Full).blaming();
        resolvent::Options { assume: self.assume, refine: self.refine, ..options }
    }
}

/// What every verb may be told.
#[derive(Debug, Args)]
pub(crate) struct Common {
    /// Print one JSON object, for programs
    #[arg(long)]
    pub(crate) json: bool,
    /// Fail with exit code 4 if an answer cannot be trusted: numerically singular, or not finite
    #[arg(long)]
    pub(crate) strict: bool,
    /// Compute in this type
    #[arg(long, value_name = "TYPE")]
    pub(crate) dtype: Option<DType>,
    /// The format of standard input and of files without a known extension
    #[arg(long, value_name = "FORMAT")]
    pub(crate) format: Option<Format>,
    /// Use N threads; the answer is the same for any number
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = thread_count)]
    pub(crate) threads: Option<usize>,
}

/// What the verbs may be told that have numbers for an answer.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Write the answer to a file: .npy, .npz, .csv, .tsv or .mtx. Replaces the file whole: hard links are not kept
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) common: Common,
    /// Show up to N significant digits (10, or 6 in single precision)
    #[arg(long, value_name = "N", allow_negative_numbers = true,
        value_parser = clap::value_parser!(u8).range(1..=17))]
    pub(crate) digits: Option<u8>,
    /// Show every element, however many there are
    #[arg(long)]
    pub(crate) full: bool,
}
