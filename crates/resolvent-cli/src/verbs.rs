//! From operands to answers: checks what the library cannot know, brings types together, calls the library.

use resolvent::{Detail, Info, StackMut, StackRef, Status, lu, solve_into};

use crate::args::{Command, Options};
use crate::array::{Array, DType, Element, Values, element_count, out_of_memory, reserve, with_array, zeros};
use crate::fault::{Fault, Kind, Result};
use crate::read::{Operand, Role, read_operand};
use crate::show::place;

/// What was computed.
#[derive(Debug)]
pub(crate) enum Verb {
    Solve { unknowns: Vec<String> },
    Inv,
    Det { sign: Values, logabsdet: Values },
}

/// An answer and how far it can be trusted.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) verb: Verb,
    pub(crate) values: Values,
    pub(crate) info: Info,
    /// What the matrix is called in messages.
    name: String,
}

impl Answer {
    /// The word of the command line.
    pub(crate) fn command(&self) -> &'static str {
        match self.verb {
            Verb::Solve { .. } => "solve",
            Verb::Inv => "inv",
            Verb::Det { .. } => "det",
        }
    }

    /// What the answer is called in JSON.
    pub(crate) fn noun(&self) -> &'static str {
        match self.verb {
            Verb::Solve { .. } => "solution",
            Verb::Inv => "inverse",
            Verb::Det { .. } => "determinant",
        }
    }

    /// What the answer is called inside an archive.
    pub(crate) fn array_name(&self) -> &'static str {
        if let Verb::Solve { .. } = self.verb { "x" } else { self.noun() }
    }

    /// Is there no matrix that has an answer? Determinants always are answers.
    pub(crate) fn is_void(&self) -> bool {
        !matches!(self.verb, Verb::Det { .. })
            && !self.info.status.is_empty()
            && self.info.status.iter().all(|&status| status == Status::Singular)
    }

    /// The matrices with one of those statuses, in words.
    fn which(&self, statuses: &[Status]) -> String {
        const MOST: usize = 8;
        if self.info.batch.is_empty() {
            return "the matrix is".to_owned();
        }
        let found = self.info.status.iter().enumerate().filter(|(_, status)| statuses.contains(status));
        let places: Vec<usize> = found.map(|(index, _)| index).collect();
        let mut list: Vec<String> =
            places.iter().take(MOST).map(|&index| place(index, &self.info.batch)).collect();
        if places.len() > MOST {
            list.push("...".to_owned());
        }
        let verb = if places.len() == 1 { "is" } else { "are" };
        format!("{} of {} matrices ({}) {verb}", places.len(), self.info.status.len(), list.join(", "))
    }

    /// The error of the singular matrices, if there are any and the verb needs an inverse.
    pub(crate) fn singular(&self) -> Option<Fault> {
        if let Verb::Det { .. } = self.verb {
            return None;
        }
        let mut message = self.info.check().err()?.to_string();
        if let Verb::Solve { unknowns } = &self.verb
            && !unknowns.is_empty()
        {
            message.push_str("; the equations contradict one another, or one follows from the others");
        }
        Some(Fault::new(Kind::Singular, message).in_file(&self.name))
    }

    /// What is wrong with the answers that are there: a warning, or with `--strict` an error.
    pub(crate) fn doubt(&self) -> Option<Fault> {
        let mut doubts = Vec::new();
        if self.info.status.contains(&Status::NumericallySingular) {
            let which = self.which(&[Status::NumericallySingular]);
            doubts.push(format!("{which} numerically singular: perhaps no digit of the answer is right"));
        }
        if self.info.status.contains(&Status::NotFinite) {
            doubts.push(format!("{} not finite: NaN or infinity came in", self.which(&[Status::NotFinite])));
        }
        let fault = Fault::new(Kind::Untrustworthy, doubts.join("; ")).in_file(&self.name);
        (!doubts.is_empty()).then_some(fault)
    }

    /// Machine epsilon of the type the answer was computed in.
    pub(crate) fn epsilon(&self) -> f64 {
        match self.values.dtype() {
            DType::Float32 | DType::Complex64 => <f32 as Element>::EPSILON,
            DType::Float64 | DType::Complex128 => <f64 as Element>::EPSILON,
        }
    }
}

/// Runs a verb; `check` sees the number of dimensions of the answer before it is computed.
pub(crate) fn run(
    command: &Command,
    options: &Options,
    check: impl Fn(usize) -> Result<()>,
) -> Result<Answer> {
    match command {
        Command::Solve { a, b: None, .. } => match read_operand(a, Role::System, options.format)? {
            Operand::System { name, a, b, unknowns } => run_solve(name, a, b, unknowns, options, check),
            Operand::Array { name, .. } => {
                let message = "solve needs a right-hand side: give b after A, or write equations";
                Err(Fault::bad_input(message).in_file(&name))
            }
        },
        Command::Solve { a, b: Some(b), .. } => {
            if a == "-" && b == "-" {
                return Err(Fault::bad_input("standard input can be read once: A or b, not both"));
            }
            let (name, a, _) = array(read_operand(a, Role::Matrix("A"), options.format)?)?;
            let (b_name, b, tabular) = array(read_operand(b, Role::Matrix("b"), options.format)?)?;
            let b = if tabular { squeezed(b) } else { b };
            if b.shape().is_empty() {
                return Err(
                    Fault::bad_input("b is a single number; write a vector, as in [5,4]").in_file(&b_name)
                );
            }
            run_solve(name, a, b, vec![], options, check)
        }
        Command::Inv { a, .. } => {
            let (name, a) = matrix(a, options)?;
            check(a.shape().len())?;
            with_array!(a, a => inv(name.clone(), &a)).map_err(|fault| fault.in_file(&name))
        }
        Command::Det { a, .. } => {
            let (name, a) = matrix(a, options)?;
            check(a.shape().len().saturating_sub(2))?;
            with_array!(a, a => det(name.clone(), &a)).map_err(|fault| fault.in_file(&name))
        }
        Command::Completions { .. } => Err(Fault::bad_input("completions compute nothing")),
    }
}

fn array(operand: Operand) -> Result<(String, Values, bool)> {
    match operand {
        Operand::Array { name, values, tabular } => Ok((name, values, tabular)),
        Operand::System { name, .. } => {
            Err(Fault::bad_input("expected one array, not a system").in_file(&name))
        }
    }
}

fn matrix(argument: &std::ffi::OsStr, options: &Options) -> Result<(String, Values)> {
    let (name, values, _) = array(read_operand(argument, Role::Matrix("A"), options.format)?)?;
    let values = match options.dtype {
        Some(dtype) => values.converted(dtype).map_err(|fault| fault.in_file(&name))?,
        None => values,
    };
    Ok((name, values))
}

/// One row or one column of a table is a vector.
fn squeezed(values: Values) -> Values {
    match *values.shape() {
        [1, n] | [n, 1] => values.reshaped(vec![n]),
        _ => values,
    }
}

fn run_solve(
    name: String,
    a: Values,
    b: Values,
    unknowns: Vec<String>,
    options: &Options,
    check: impl Fn(usize) -> Result<()>,
) -> Result<Answer> {
    let here = |fault: Fault| fault.in_file(&name);
    let dtype = options.dtype.unwrap_or_else(|| a.dtype().promote(b.dtype()));
    let (a, b) = (a.converted(dtype).map_err(here)?, b.converted(dtype).map_err(here)?);
    let batch = a.shape().len().saturating_sub(2).max(b.shape().len().saturating_sub(2));
    check(batch + b.shape().len().min(2))?;
    let (values, info) = match (a, b) {
        (Values::Float32(a), Values::Float32(b)) => solve(&a, &b),
        (Values::Float64(a), Values::Float64(b)) => solve(&a, &b),
        (Values::Complex64(a), Values::Complex64(b)) => solve(&a, &b),
        (Values::Complex128(a), Values::Complex128(b)) => solve(&a, &b),
        _ => Err(Fault::bad_input("the operands differ in type")),
    }
    .map_err(here)?;
    Ok(Answer { verb: Verb::Solve { unknowns }, values, info, name })
}

/// What the library refuses is bad input: sizes, shapes, threads and memory.
fn refused(error: resolvent::Error) -> Fault {
    Fault::bad_input(error.to_string())
}

fn solve<T: Element>(a: &Array<T>, b: &Array<T>) -> Result<(Values, Info)> {
    let is_vector = b.shape().len() == 1;
    let (b_batch, nrows, ncols) = b.matrix_shape();
    let a = StackRef::from_slice(a.data(), a.shape()).map_err(refused)?;
    if a.nrows() == a.ncols() && a.nrows() != nrows {
        let (a, b) = (a.shape(), b.shape());
        let message =
            format!("shape {a:?} needs a right-hand side of {} rows, but b has shape {b:?}", a[a.len() - 1]);
        return Err(Fault::bad_input(message));
    }
    let b_shape = [b_batch, &[nrows, ncols]].concat();
    let b = StackRef::from_slice(b.data(), &b_shape).map_err(refused)?;
    let mut shape = resolvent::broadcast_batches(a.batch(), b.batch()).map_err(refused)?;
    shape.extend([nrows, ncols]);
    let mut x = zeros_of_shape::<T>(&shape)?;
    let mut out = StackMut::from_slice(&mut x, &shape).map_err(refused)?;
    let info = solve_into(&a, &b, &mut out, Detail::Full).map_err(refused)?;
    if is_vector {
        shape.pop();
    }
    Ok((T::wrap(Array::new(shape, x)), info))
}

fn inv<T: Element>(name: String, a: &Array<T>) -> Result<Answer> {
    let shape = a.shape();
    let a = StackRef::from_slice(a.data(), shape).map_err(refused)?;
    let mut inverse = zeros_of_shape::<T>(shape)?;
    let mut out = StackMut::from_slice(&mut inverse, shape).map_err(refused)?;
    let info = resolvent::inv_into(&a, &mut out, Detail::Full).map_err(refused)?;
    Ok(Answer { verb: Verb::Inv, values: T::wrap(Array::new(shape.to_vec(), inverse)), info, name })
}

fn zeros_of_shape<T: Element>(shape: &[usize]) -> Result<Vec<T>> {
    zeros(element_count(shape).ok_or_else(|| out_of_memory(usize::MAX))?)
}

/// Through the factors, because they know rcond and both forms of the determinant.
fn det<T: Element>(name: String, a: &Array<T>) -> Result<Answer> {
    let a = StackRef::from_slice(a.data(), a.shape()).map_err(refused)?;
    let factors = lu(&a).map_err(refused)?;
    let shape = a.batch().to_vec();
    let pairs = factors.slogdet();
    let mut logabsdet = reserve(pairs.len())?;
    logabsdet.extend(pairs.iter().map(|pair| T::from_real(pair.logabsdet).parts().0));
    let sign = pairs.into_iter().map(|pair| pair.sign).collect();
    let verb = Verb::Det {
        sign: T::wrap(Array::new(shape.clone(), sign)),
        logabsdet: Values::Float64(Array::new(shape.clone(), logabsdet)),
    };
    let values = T::wrap(Array::new(shape, factors.det()));
    Ok(Answer { verb, values, info: factors.info().clone(), name })
}
