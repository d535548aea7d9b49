//! `lstsq`, `rank` and `cond`: verbs whose answers come with ranks and residuals instead of a status.

use std::ffi::OsString;
use std::io::{self, Write};

use resolvent::{ConditionNorm, Cutoff, StackRef, number};
use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::args::Options;
use crate::array::{Array, Element, Values, with_array};
use crate::fault::{Fault, Kind, Result};
use crate::json::{Nested, Number, write};
use crate::show::{self, Style};
use crate::verbs::{matrix, refused, squeezed, two_operands};

/// An answer and what was found out with it.
#[derive(Debug)]
pub(crate) struct Fit {
    pub(crate) values: Values,
    facts: Facts,
    /// What the matrix is called in messages.
    name: String,
}

#[derive(Debug)]
enum Facts {
    Lstsq {
        batch: Vec<usize>,
        columns: usize,
        sides: usize,
        rank: Vec<usize>,
        residuals: Vec<f64>,
        s: Vec<f64>,
    },
    /// Ranks are whole numbers, also in JSON.
    Rank {
        batch: Vec<usize>,
        rank: Vec<usize>,
        full: usize,
    },
    Cond {
        norm: &'static str,
    },
}

/// Norms by the words that the command line has for them.
pub(crate) const NORMS: [(&str, ConditionNorm); 8] = [
    ("2", ConditionNorm::Two),
    ("-2", ConditionNorm::MinusTwo),
    ("1", ConditionNorm::One),
    ("-1", ConditionNorm::MinusOne),
    ("inf", ConditionNorm::Infinity),
    ("-inf", ConditionNorm::MinusInfinity),
    ("fro", ConditionNorm::Frobenius),
    ("nuc", ConditionNorm::Nuclear),
];

/// Least squares.
pub(crate) fn lstsq(
    [a, b]: [&OsString; 2],
    rcond: Option<f64>,
    options: &Options,
    check: impl Fn(usize) -> Result<()>,
) -> Result<Fit> {
    let [(name, a, _), (b_name, b, tabular)] = two_operands(a, b, options.common.format)?;
    let b = if tabular { squeezed(b) } else { b };
    if b.shape().is_empty() {
        return Err(Fault::bad_input("b is a single number; write a vector, as in [5,4]").in_file(&b_name));
    }
    let here = |fault: Fault| fault.in_file(&name);
    let dtype = options.common.dtype.unwrap_or_else(|| a.dtype().promote(b.dtype()));
    let a = a.converted(dtype).map_err(here)?;
    let b = b.converted(dtype).map_err(|fault| fault.in_file(&b_name))?;
    let batch = a.shape().len().saturating_sub(2).max(b.shape().len().saturating_sub(2));
    check(batch + b.shape().len().min(2))?;
    let (values, facts) = match (&a, &b) {
        (Values::Float32(a), Values::Float32(b)) => fitted(a, b, rcond),
        (Values::Float64(a), Values::Float64(b)) => fitted(a, b, rcond),
        (Values::Complex64(a), Values::Complex64(b)) => fitted(a, b, rcond),
        (Values::Complex128(a), Values::Complex128(b)) => fitted(a, b, rcond),
        _ => Err(Fault::bad_input("the operands differ in type")),
    }
    .map_err(here)?;
    Ok(Fit { values, facts, name })
}

fn fitted<T: Element>(a: &Array<T>, b: &Array<T>, rcond: Option<f64>) -> Result<(Values, Facts)> {
    let is_vector = b.shape().len() == 1;
    let (b_batch, rows, sides) = b.matrix_shape();
    let a_shape = a.shape();
    let a = StackRef::from_slice(a.data(), a_shape).map_err(refused)?;
    if a.nrows() != rows {
        let (m, b) = (a.nrows(), b.shape());
        let message = format!("shape {a_shape:?} needs a right-hand side of {m} rows, but b has shape {b:?}");
        return Err(Fault::bad_input(message));
    }
    let b_shape = [b_batch, &[rows, sides]].concat();
    let b = StackRef::from_slice(b.data(), &b_shape).map_err(refused)?;
    let answer = match rcond {
        None => resolvent::lstsq(&a, &b),
        Some(rcond) => resolvent::lstsq_with(&a, &b, rcond),
    }
    .map_err(refused)?;
    let columns = a.ncols();
    let mut shape = [&answer.batch[..], &[columns, sides]].concat();
    if is_vector {
        shape.pop();
    }
    let facts = Facts::Lstsq {
        batch: answer.batch,
        columns,
        sides,
        rank: answer.rank,
        residuals: doubles::<T>(&answer.residuals),
        s: doubles::<T>(&answer.singular_values),
    };
    Ok((T::wrap(Array::new(shape, answer.solution.into_vec())), facts))
}

/// Real numbers of a type in double precision.
fn doubles<T: Element>(numbers: &[T::Real]) -> Vec<f64> {
    numbers.iter().map(|&x| T::from_real(x).parts().0).collect()
}

/// The rank.
pub(crate) fn rank(
    a: &OsString,
    rtol: Option<f64>,
    options: &Options,
    check: impl Fn(usize) -> Result<()>,
) -> Result<Fit> {
    fn of<T: Element>(a: &Array<T>, cutoff: Cutoff<'_>) -> Result<(Values, Facts)> {
        let a = StackRef::from_slice(a.data(), a.shape()).map_err(refused)?;
        let rank = resolvent::rank_with(&a, cutoff).map_err(refused)?;
        let batch = a.batch().to_vec();
        let numbers = rank.iter().map(|&rank| rank as f64).collect();
        let full = a.nrows().min(a.ncols());
        Ok((Values::Float64(Array::new(batch.clone(), numbers)), Facts::Rank { batch, rank, full }))
    }
    let (name, a) = matrix(a, options)?;
    check(a.shape().len().saturating_sub(2))?;
    let cutoff = rtol.map_or(Cutoff::Rounding, Cutoff::Relative);
    let (values, facts) = with_array!(&a, a => of(a, cutoff)).map_err(|fault| fault.in_file(&name))?;
    Ok(Fit { values, facts, name })
}

/// The condition number.
pub(crate) fn cond(
    a: &OsString,
    (word, norm): (&'static str, ConditionNorm),
    options: &Options,
    check: impl Fn(usize) -> Result<()>,
) -> Result<Fit> {
    fn of<T: Element>(a: &Array<T>, norm: ConditionNorm) -> Result<Values>
    where
        T::Real: Element,
    {
        let a = StackRef::from_slice(a.data(), a.shape()).map_err(refused)?;
        let numbers = resolvent::cond(&a, norm).map_err(refused)?;
        Ok(<T::Real as Element>::wrap(Array::new(a.batch().to_vec(), numbers)))
    }
    let (name, a) = matrix(a, options)?;
    check(a.shape().len().saturating_sub(2))?;
    let values = with_array!(&a, a => of(a, norm)).map_err(|fault| fault.in_file(&name))?;
    Ok(Fit { values, facts: Facts::Cond { norm: word }, name })
}

impl Fit {
    fn command(&self) -> &'static str {
        match self.facts {
            Facts::Lstsq { .. } => "lstsq",
            Facts::Rank { .. } => "rank",
            Facts::Cond { .. } => "cond",
        }
    }

    /// What the answer is called in JSON.
    fn noun(&self) -> &'static str {
        if let Facts::Lstsq { .. } = self.facts { "solution" } else { self.command() }
    }

    /// What the answer is called inside an archive.
    pub(crate) fn array_name(&self) -> &'static str {
        if let Facts::Lstsq { .. } = self.facts { "x" } else { self.command() }
    }

    /// What cannot be trusted, or is less than it could be: an error with `--strict`.
    pub(crate) fn doubt(&self) -> Option<Fault> {
        let message = match &self.facts {
            Facts::Lstsq { rank, columns, .. } => {
                let (lowest, columns) = (*rank.iter().min()?, *columns);
                if lowest < columns {
                    format!("rank {lowest} of {columns} columns: of many solutions the shortest is shown")
                } else if self.is_finite() {
                    return None;
                } else {
                    "the solution is not finite".to_owned()
                }
            }
            Facts::Rank { rank, full, .. } => {
                let lowest = *rank.iter().min()?;
                if lowest == *full {
                    return None;
                }
                format!("rank {lowest}, where {full} is full")
            }
            Facts::Cond { .. } if self.is_finite() => return None,
            Facts::Cond { .. } => "a condition number is not finite".to_owned(),
        };
        Some(Fault::new(Kind::Untrustworthy, message).in_file(&self.name))
    }

    /// Is a doubt worth a word without `--strict`? That a rank is low is an answer, and inf is one.
    pub(crate) fn warns(&self) -> bool {
        matches!(self.facts, Facts::Lstsq { .. })
    }

    fn is_finite(&self) -> bool {
        with_array!(&self.values, values => values.data().iter().all(|x| x.is_finite()))
    }

    /// Lines about the answer, as comments, so that the output of one call can be the input of the next.
    fn comments(&self) -> Vec<String> {
        let dtype = self.values.dtype().name();
        match &self.facts {
            Facts::Lstsq { batch, columns, sides, rank, residuals, s } => {
                let lowest = rank.iter().min().copied().unwrap_or(*columns);
                let worst =
                    residuals.iter().fold(0.0_f64, |worst, &sum| if sum <= worst { worst } else { sum });
                let mut first =
                    format!("# rank {lowest} of {columns} columns, |A x - b| {}", number(worst.sqrt(), 4));
                if !batch.is_empty() || *sides > 1 {
                    first.push_str(" at worst");
                }
                if let ([largest, .., smallest], true) = (&s[..], batch.is_empty()) {
                    let range = [number(*largest, 4), number(*smallest, 4)];
                    first.push_str(&format!("; singular values {} to {}", range[0], range[1]));
                }
                vec![first, format!("# {dtype}")]
            }
            Facts::Rank { full, .. } => vec![format!("# {full} is full rank")],
            Facts::Cond { norm } => vec![format!("# {dtype}; norm {norm}")],
        }
    }

    /// Writes the answer, or where it was written, and what there is to say about it.
    pub(crate) fn report(
        &self,
        out: &mut impl Write,
        options: &Options,
        written: Option<&str>,
        fault: Option<&Fault>,
    ) -> io::Result<()> {
        if options.common.json {
            return write(out, &Report { fit: self, output: written, fault });
        }
        match written {
            Some(name) => {
                writeln!(out, "wrote {name}: {} {:?}", self.values.dtype().name(), self.values.shape())?;
            }
            None => {
                let style = Style { digits: options.digits, full: options.full };
                let lines = with_array!(&self.values, values => show::array(values, style));
                lines.iter().try_for_each(|line| writeln!(out, "{line}"))?;
            }
        }
        self.comments().iter().try_for_each(|line| writeln!(out, "{line}"))
    }
}

struct Report<'a> {
    fit: &'a Fit,
    output: Option<&'a str>,
    fault: Option<&'a Fault>,
}

impl Serialize for Report<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { fit, output, fault } = *self;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("command", fit.command())?;
        map.serialize_entry("shape", fit.values.shape())?;
        map.serialize_entry("dtype", fit.values.dtype().name())?;
        match (output, &fit.facts) {
            (Some(output), _) => map.serialize_entry("output", output)?,
            (None, Facts::Rank { .. }) => {}
            (None, _) => map.serialize_entry(fit.noun(), &fit.values)?,
        }
        match &fit.facts {
            Facts::Lstsq { batch, columns: _, sides, rank, residuals, s } => {
                let shaped = |extent: usize| [&batch[..], &[extent]].concat();
                let values = s.len() / rank.len().max(1);
                map.serialize_entry("rank", &Nested { shape: batch, data: rank, item: |rank: usize| rank })?;
                map.serialize_entry(
                    "residuals",
                    &Nested { shape: &shaped(*sides), data: residuals, item: Number },
                )?;
                map.serialize_entry(
                    "singular_values",
                    &Nested { shape: &shaped(values), data: s, item: Number },
                )?;
            }
            Facts::Rank { batch, rank, .. } => {
                map.serialize_entry("rank", &Nested { shape: batch, data: rank, item: |rank: usize| rank })?;
            }
            Facts::Cond { norm } => map.serialize_entry("norm", norm)?,
        }
        if let Some(fault) = fault {
            map.serialize_entry("error", fault)?;
        }
        map.end()
    }
}
