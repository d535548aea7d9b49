//! `diagnose`: what is wrong with a system, in fields and on one page.

mod basis;
mod collinearity;
mod dependence;
mod number;
mod proof;
mod rank;
mod report;
mod scaling;
mod structure;
mod system;
mod tree;
mod words;

use resolvent_kernels::{Complex, Real, Scalar};

pub use collinearity::Collinearity;
pub use dependence::Dependency;
#[doc(hidden)]
pub use number::number;
pub use proof::Proof;
pub use rank::Rank;
pub use scaling::{Scaling, ScalingAdvice};
pub use structure::NotFinite;
pub use system::{Contradiction, Solutions, SystemFinding};
#[doc(hidden)]
pub use tree::Tree;

use crate::error::{Error, Result};
use crate::factor::{Vectors, Wide, wide_svd};
use crate::inverse::inv_ex;
use crate::matrix::{MatRef, Operand};
use crate::plan::{DIAGNOSED_FAMILY, Method};
use crate::quality::{Status, digits_to_trust};
use crate::solve::solve_ex;

use dependence::dependencies;
use rank::{condition_of, nearly_zero, ridge};
use scaling::{Scaled, advice};

/// What [`diagnose_with`] is asked besides its question.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct DiagnoseOptions {
    /// What the columns are called in the report.
    pub names: Option<Vec<String>>,
    /// The condition number that a ridge is to bring about; above 1.
    pub target_cond: Option<f64>,
}

/// What is to be said of a matrix, and of a system with it. As text ([`Display`](std::fmt::Display)) it is one page.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Diagnosis<T: Scalar> {
    /// Rows and columns.
    pub shape: [usize; 2],
    /// What the columns are called, if they have names.
    pub names: Option<Vec<String>>,
    /// What is NaN or infinite. If anything is, nothing else is looked at.
    pub not_finite: Vec<NotFinite>,
    /// The structure in words: `general`, `symmetric, tridiagonal`, ...
    pub structure: String,
    /// How a square system is solved.
    pub method: Option<Method>,
    /// The verdict, as every answer carries it; of a matrix that is not square by its singular values.
    pub status: Status,
    /// What exact arithmetic says where the rank is less than full.
    pub proof: Proof,
    /// The reciprocal condition number in the 1-norm, of a matrix that is not square in the 2-norm.
    pub rcond: f64,
    /// How many decimal digits of an answer can be trusted.
    pub digits: u32,
    /// The condition number in the 2-norm of the matrix as it stands.
    pub condition: f64,
    /// All singular values, the largest first.
    pub singular_values: Vec<f64>,
    /// The 2-norm of the smallest change that makes the matrix singular (rank-deficient): the smallest singular value.
    pub distance: f64,
    /// The rank, and what decided it.
    pub rank: Rank,
    /// Columns that are combinations of others, or nearly so; not of a matrix that has more columns than rows.
    pub columns: Vec<Dependency<T>>,
    /// Rows that are combinations of others, or nearly so; not of a matrix that has more rows than columns.
    pub rows: Vec<Dependency<T>>,
    /// What scaling would gain.
    pub scaling: Option<ScalingAdvice>,
    /// The system, if there is a right-hand side; not of a matrix so wide that its null space would fill the memory.
    pub system: Option<SystemFinding<T>>,
    /// How collinear the columns of a matrix of more rows than columns are.
    pub collinearity: Option<Collinearity>,
    /// `a` in `A^H A + a I` for the condition number asked for in [`DiagnoseOptions::target_cond`].
    pub ridge: Option<f64>,
}

/// What is wrong with a matrix, or with the system `A x = b`: rank, dependent rows and columns by name, distance to
/// singular ones, bad scaling, contradictions, collinearity.
///
/// # Shapes
/// `a` is one matrix of any shape, m x n; `b` has m elements.
///
/// # Errors
/// [`Error::OneMatrix`] for a stack; [`Error::ShapeMismatch`]; [`Error::NoSingularValues`] if their iteration does not
/// converge; memory. A bad matrix is no error: that is what is asked for.
///
/// # Accuracy
/// Singular values to about `n eps` of the largest, computed in double precision; the rank counts those above
/// `max(m, n) eps` of the largest after rows and columns are scaled by powers of two. Coefficients are those of least
/// squares; simple fractions stand for what rounding does not tell from them, and `exact` is checked in whole numbers.
///
/// # Cost
/// Singular value decompositions on one thread: one for the values, about 3 n^3 flops, of a square matrix that is fine; of
/// one that is not up to six, two of them with vectors, in all about 60 n^3.
///
/// # Source
/// `golub2013matrix`, sections 5.4 and 5.5; `belsley1980regression`; `ruiz2001scaling`.
///
/// # Example
/// ```
/// let a = [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [7.0, 8.0, 9.0]];
/// let found = resolvent::diagnose(&a, Some(&[1.0, 2.0, 4.0]))?;
/// assert_eq!(found.rank.rank, 2);
/// let page = found.to_string();
/// assert!(page.contains("column 2 = 2*column 1 - column 0, exactly"));
/// assert!(page.contains("row 2 = 2*row 1 - row 0, but b[2] is 4, not 3"));
/// # Ok::<(), resolvent::Error>(())
/// ```
pub fn diagnose<A: Operand + ?Sized>(a: &A, b: Option<&[A::Elem]>) -> Result<Diagnosis<A::Elem>> {
    diagnose_with(a, b, &DiagnoseOptions::default())
}

/// As [`diagnose`], with names for the columns and a condition number to reach.
///
/// # Shapes
/// As [`diagnose`]; as many names as columns.
///
/// # Errors
/// As [`diagnose`]; [`Error::BadArgument`] for another number of names, or a condition number to reach that is not above 1.
///
/// # Accuracy
/// As [`diagnose`].
///
/// # Cost
/// As [`diagnose`].
///
/// # Source
/// As [`diagnose`]; `hoerl1970ridge`.
///
/// # Example
/// ```
/// use resolvent::{DiagnoseOptions, Mat, diagnose_with};
/// let a = Mat::from_rows(&[[1.0, 1.0], [1.0, 2.0], [1.0, 3.0], [1.0, 4.0]]);
/// let names = Some(vec!["level".to_owned(), "trend".to_owned()]);
/// let found = diagnose_with(&a, None, &DiagnoseOptions { names, target_cond: Some(2.0) })?;
/// // (s_0^2 + a) / (s_1^2 + a) = 2^2, with s^2 = 17 -+ sqrt(269)
/// let s = |sign: f64| 17.0 + sign * 269_f64.sqrt();
/// assert!((found.ridge.unwrap() - (s(1.0) - 4.0 * s(-1.0)) / 3.0).abs() < 1e-12);
/// # Ok::<(), resolvent::Error>(())
/// ```
pub fn diagnose_with<A: Operand + ?Sized>(
    a: &A,
    b: Option<&[A::Elem]>,
    options: &DiagnoseOptions,
) -> Result<Diagnosis<A::Elem>> {
    let stack = a.stack()?;
    if !stack.batch().is_empty() {
        return Err(Error::OneMatrix { shape: stack.shape() });
    }
    let a = stack.matrix(0);
    if let Some(b) = b.filter(|b| b.len() != a.nrows()) {
        return Err(Error::ShapeMismatch {
            a: stack.shape(),
            b: vec![b.len()],
            reason: "the right-hand side needs as many elements as the matrix has rows".to_owned(),
        });
    }
    if let Some(names) = options.names.as_ref().filter(|names| names.len() != a.ncols()) {
        let reason = format!("there are {} names for {} columns", names.len(), a.ncols());
        return Err(Error::BadArgument { name: "names", reason });
    }
    if let Some(target) = options.target_cond.filter(|target| !(*target > 1.0 && target.is_finite())) {
        let reason = format!("a condition number to reach is a number above 1, not {target}");
        return Err(Error::BadArgument { name: "target_cond", reason });
    }
    if <A::Elem as Scalar>::PARTS == 1 {
        examined::<_, f64>(a, b, options)
    } else {
        examined::<_, Complex<f64>>(a, b, options)
    }
}

fn examined<T: Scalar, W: Wide>(
    a: MatRef<'_, T>,
    b: Option<&[T]>,
    options: &DiagnoseOptions,
) -> Result<Diagnosis<T>> {
    let [m, n] = a.shape();
    let mut diagnosis = Diagnosis::blank(a, options);
    let side = b.map(|b| MatRef::from_row_major(b, m, 1)).transpose()?;
    let bad = [NotFinite::find(a, false), side.and_then(|b| NotFinite::find(b, true))];
    diagnosis.not_finite = bad.into_iter().flatten().collect();
    if !diagnosis.not_finite.is_empty() {
        diagnosis.status = Status::NotFinite;
        return Ok(diagnosis);
    }
    let eps = T::Real::EPSILON.to_f64();
    let tolerance = m.max(n) as f64 * eps;
    let values = wide_svd::<T, W>(a, Vectors::No)?.s;
    let both = Scaled::<W>::new(a, Scaling::Both)?;
    // As it stands, where scaling would do little.
    let again =
        if both.is_little() { None } else { Some(wide_svd::<W, W>(both.matrix.as_ref(), Vectors::No)?.s) };
    let scaled_values = again.as_ref().unwrap_or(&values);
    let rank = Rank::new(&values, scaled_values, tolerance);
    diagnosis.condition = condition_of(&values);
    diagnosis.distance = values.last().copied().unwrap_or(0.0);
    diagnosis.rank = rank;
    diagnosis.ridge = options.target_cond.map(|target| ridge(&values, target));
    let scaled_condition = condition_of(scaled_values);
    let small = m.min(n);
    let missing = if rank.rank < small { small - rank.rank } else { nearly_zero(scaled_values, eps.sqrt()) };
    diagnosis.singular_values = values;

    // Where scaling does not change the rank, rows keep their weights.
    let one_side = rank.rank == rank.unscaled;
    let by_columns = if one_side { Scaled::new(a, Scaling::Columns)? } else { both };
    let by_rows =
        if one_side { Scaled::new(a, Scaling::Rows)?.transposed()? } else { by_columns.transposed()? };
    // Every value of b counts: a family of solutions has all its free unknowns.
    let free = if b.is_some() && rank.rank < n { n - rank.rank } else { missing };
    let family = n <= m || n <= DIAGNOSED_FAMILY;
    let columns = dependencies(a, &by_columns, if n <= m || (b.is_some() && family) { free } else { 0 })?;
    if m <= n {
        diagnosis.rows = dependencies(a.transpose(), &by_rows, missing)?.found;
    }
    diagnosis.judge(a, b)?;
    if let Some(b) = b.filter(|_| family && diagnosis.system.is_none()) {
        // Columns that depend only nearly on others are no freedom.
        let columns = if rank.rank < n { &columns } else { &dependencies(a, &by_columns, 0)? };
        diagnosis.system = Some(system::system(b, &by_columns, columns, &diagnosis.rows)?);
    }
    if n <= m {
        diagnosis.columns = columns.found;
    }
    if rank.rank < small {
        diagnosis.proof = proof::proof(a, &mut diagnosis.columns, &mut diagnosis.rows)?;
        if diagnosis.proof == Proof::Deficient {
            (diagnosis.status, diagnosis.rcond, diagnosis.digits) = (Status::Singular, 0.0, 0);
            (diagnosis.condition, diagnosis.distance) = (f64::INFINITY, 0.0);
        }
    } else {
        diagnosis.scaling = advice::<T, W>(a, diagnosis.condition, scaled_condition)?;
    }
    if m > n && n > 0 {
        diagnosis.collinearity = Some(collinearity::collinearity::<T, W>(a)?);
    }
    Ok(diagnosis)
}

impl<T: Scalar> Diagnosis<T> {
    /// Before anything is known but what can be seen.
    fn blank(a: MatRef<'_, T>, options: &DiagnoseOptions) -> Self {
        Self {
            shape: a.shape(),
            names: options.names.clone(),
            not_finite: vec![],
            structure: structure::structure(a),
            method: None,
            status: Status::Ok,
            proof: Proof::None,
            rcond: f64::NAN,
            digits: 0,
            condition: f64::NAN,
            singular_values: vec![],
            distance: f64::NAN,
            rank: Rank { rank: 0, unscaled: 0, tolerance: 0.0, gap: None },
            columns: vec![],
            rows: vec![],
            scaling: None,
            system: None,
            collinearity: None,
            ridge: None,
        }
    }

    /// Status and rcond: as `solve` and `inv` have them, of a matrix that is not square by its singular values. A system
    /// that is well posed is solved.
    fn judge(&mut self, a: MatRef<'_, T>, b: Option<&[T]>) -> Result<()> {
        let [m, n] = self.shape;
        if m == n {
            let (info, solution) = match b {
                Some(b) => {
                    let answer = solve_ex(&a, b)?;
                    (answer.info, Some(answer.solution))
                }
                None => (inv_ex(&a)?.info, None),
            };
            self.method = Some(info.method);
            self.status = info.status.first().copied().unwrap_or(Status::Ok);
            self.rcond = info.rcond.first().copied().unwrap_or(1.0);
            let backward_error = info.backward_error.first().copied().unwrap_or(0.0);
            if let Some(solution) =
                solution.filter(|_| self.rank.rank == n && self.status != Status::Singular)
            {
                self.system = Some(SystemFinding::solved(solution, backward_error)?);
            }
        } else {
            self.rcond = 1.0 / self.condition;
            self.status = match () {
                () if self.rank.rank < m.min(n) => Status::NumericallySingular,
                () if self.rcond < T::Real::EPSILON.to_f64().sqrt() => Status::IllConditioned,
                () => Status::Ok,
            };
        }
        self.digits = digits_to_trust(self.rcond, T::Real::EPSILON.to_f64());
        Ok(())
    }
}
