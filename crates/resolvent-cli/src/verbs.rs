//! From operands to answers: checks what the library cannot know, brings types together, calls the library.

use std::ffi::OsStr;

use resolvent::{Info, StackMut, StackRef, Status, lu, solve_into};

use crate::args::{Command, Given, Options};
use crate::array::{Array, DType, Element, Values, element_count, out_of_memory, reserve, with_array, zeros};
use crate::fault::{Fault, Kind, Result};
use crate::origin::{Origin, origin};
use crate::read::{Format, Operand, Role, read_operand};
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
    /// What the right-hand side is called in messages.
    b_name: String,
    /// The matrices without a finite answer, and why.
    origins: Vec<(usize, Origin)>,
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

    /// The matrices of the stack at those places, in words: as they are called, and whether they are several.
    fn which(&self, places: &[usize], single: &str, several: &str) -> (String, bool) {
        const MOST: usize = 8;
        if self.info.batch.is_empty() {
            return (single.to_owned(), false);
        }
        let mut list: Vec<String> =
            places.iter().take(MOST).map(|&index| place(index, &self.info.batch)).collect();
        if places.len() > MOST {
            list.push("...".to_owned());
        }
        let all = self.info.status.len();
        (format!("{} of {all} {several} ({})", places.len(), list.join(", ")), places.len() > 1)
    }

    fn places(&self, found: Status) -> Vec<usize> {
        let all = self.info.status.iter().enumerate();
        all.filter(|&(_, &status)| status == found).map(|(index, _)| index).collect()
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
        let weak = self.places(Status::NumericallySingular);
        if !weak.is_empty() {
            let (which, several) = self.which(&weak, "the matrix", "matrices");
            let is = if several { "are" } else { "is" };
            doubts
                .push(format!("{which} {is} numerically singular: perhaps no digit of the answer is right"));
        }
        let mut file = &self.name;
        for origin in [Origin::Matrix, Origin::RightHandSide, Origin::Both, Origin::Overflow] {
            let found = self.origins.iter().filter(|(_, from)| *from == origin);
            let places: Vec<usize> = found.map(|&(index, _)| index).collect();
            if places.is_empty() {
                continue;
            }
            if doubts.is_empty() && origin == Origin::RightHandSide && places.len() == self.origins.len() {
                file = &self.b_name;
            }
            doubts.push(self.not_finite(origin, &places));
        }
        let fault = Fault::new(Kind::Untrustworthy, doubts.join("; ")).in_file(file);
        (!doubts.is_empty()).then_some(fault)
    }

    fn not_finite(&self, origin: Origin, places: &[usize]) -> String {
        let solve = matches!(self.verb, Verb::Solve { .. });
        let (single, stack) = if solve { ("the system", "systems") } else { ("the matrix", "matrices") };
        if origin == Origin::Overflow {
            let (which, _) = self.which(places, "the answer", stack);
            let whose = if self.info.batch.is_empty() { "" } else { "the answer of " };
            return format!("{whose}{which} overflowed {}; scale the numbers", self.values.dtype().name());
        }
        let (which, several) = self.which(places, single, stack);
        let place = match origin {
            _ if !solve => "",
            Origin::RightHandSide => " in b",
            Origin::Both => " in A and b",
            _ => " in A",
        };
        format!("{which} {} NaN or infinity{place}", if several { "hold" } else { "holds" })
    }

    /// Finds out why answers are not finite.
    fn traced(mut self, a: &Values, b: Option<&Values>) -> Self {
        let places = self.places(Status::NotFinite);
        self.origins =
            places.into_iter().map(|index| (index, origin(index, &self.info.batch, a, b))).collect();
        self
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
        Command::Solve { a, b: None, given, .. } => {
            match read_operand(a, Role::System, options.common.format)? {
                Operand::System { name, a, b, unknowns } => {
                    run_solve([name.clone(), name], a, b, unknowns, (given, options), check)
                }
                Operand::Array { name, .. } => {
                    let message = "solve needs a right-hand side: give b after A, or write equations";
                    Err(Fault::bad_input(message).in_file(&name))
                }
            }
        }
        Command::Solve { a, b: Some(b), given, .. } => {
            let [(name, a, _), (b_name, b, tabular)] = two_operands(a, b, options.common.format)?;
            let b = if tabular { squeezed(b) } else { b };
            if b.shape().is_empty() {
                return Err(
                    Fault::bad_input("b is a single number; write a vector, as in [5,4]").in_file(&b_name)
                );
            }
            run_solve([name, b_name], a, b, vec![], (given, options), check)
        }
        Command::Inv { a, given, .. } => {
            let (name, a) = matrix(a, options)?;
            check(a.shape().len())?;
            let answer =
                with_array!(&a, a => inv(name.clone(), a, given)).map_err(|fault| fault.in_file(&name))?;
            Ok(answer.traced(&a, None))
        }
        Command::Det { a, .. } => {
            let (name, a) = matrix(a, options)?;
            check(a.shape().len().saturating_sub(2))?;
            let answer = with_array!(&a, a => det(name.clone(), a)).map_err(|fault| fault.in_file(&name))?;
            Ok(answer.traced(&a, None))
        }
        Command::Lstsq { .. }
        | Command::Rank { .. }
        | Command::Cond { .. }
        | Command::Diagnose { .. }
        | Command::Completions { .. } => Err(Fault::bad_input("not a verb with a status")),
    }
}

/// Matrix and right-hand side as arrays.
pub(crate) fn two_operands(
    a: &OsStr,
    b: &OsStr,
    format: Option<Format>,
) -> Result<[(String, Values, bool); 2]> {
    if a == "-" && b == "-" {
        return Err(Fault::bad_input("standard input can be read once: A or b, not both"));
    }
    let read = |operand, role| array(read_operand(operand, Role::Matrix(role), format)?);
    Ok([read(a, "A")?, read(b, "b")?])
}

/// An operand that is one array: its name, and whether it comes from a table of text.
pub(crate) fn array(operand: Operand) -> Result<(String, Values, bool)> {
    match operand {
        Operand::Array { name, values, tabular, .. } => Ok((name, values, tabular)),
        Operand::System { name, .. } => {
            Err(Fault::bad_input("expected one array, not a system").in_file(&name))
        }
    }
}

/// The operand of a verb that has one.
pub(crate) fn matrix(argument: &OsStr, options: &Options) -> Result<(String, Values)> {
    let (name, values, _) = array(read_operand(argument, Role::Matrix("A"), options.common.format)?)?;
    let values = match options.common.dtype {
        Some(dtype) => values.converted(dtype).map_err(|fault| fault.in_file(&name))?,
        None => values,
    };
    Ok((name, values))
}

/// The matrices as they are assumed to be: what is not read is not blamed either.
fn assumed(values: Values, given: &Given) -> Result<Values> {
    fn read<T: Element>(a: &Array<T>, assume: resolvent::Assume) -> Result<Option<Values>> {
        // What is no matrix is refused later.
        let Ok(stack) = StackRef::from_slice(a.data(), a.shape()) else { return Ok(None) };
        if stack.nrows() != stack.ncols() {
            return Ok(None);
        }
        let read = assume.read(&stack).map_err(refused)?;
        Ok(read.map(|read| T::wrap(Array::new(a.shape().to_vec(), read.into_vec()))))
    }
    let Some(assume) = given.assume else { return Ok(values) };
    Ok(with_array!(&values, a => read(a, assume))?.unwrap_or(values))
}

/// One row or one column of a table is a vector.
pub(crate) fn squeezed(values: Values) -> Values {
    match *values.shape() {
        [1, n] | [n, 1] => values.reshaped(vec![n]),
        _ => values,
    }
}

fn run_solve(
    [name, b_name]: [String; 2],
    a: Values,
    b: Values,
    unknowns: Vec<String>,
    (given, options): (&Given, &Options),
    check: impl Fn(usize) -> Result<()>,
) -> Result<Answer> {
    let here = |fault: Fault| fault.in_file(&name);
    let dtype = options.common.dtype.unwrap_or_else(|| a.dtype().promote(b.dtype()));
    let a = assumed(a.converted(dtype).map_err(here)?, given).map_err(here)?;
    let b = b.converted(dtype).map_err(|fault| fault.in_file(&b_name))?;
    let batch = a.shape().len().saturating_sub(2).max(b.shape().len().saturating_sub(2));
    check(batch + b.shape().len().min(2))?;
    let (values, info) = match (&a, &b) {
        (Values::Float32(a), Values::Float32(b)) => solve(a, b, given),
        (Values::Float64(a), Values::Float64(b)) => solve(a, b, given),
        (Values::Complex64(a), Values::Complex64(b)) => solve(a, b, given),
        (Values::Complex128(a), Values::Complex128(b)) => solve(a, b, given),
        _ => Err(Fault::bad_input("the operands differ in type")),
    }
    .map_err(here)?;
    let answer = Answer { verb: Verb::Solve { unknowns }, values, info, name, b_name, origins: vec![] };
    Ok(answer.traced(&a, Some(&b)))
}

/// What the library refuses is bad input: sizes, shapes, threads and memory.
pub(crate) fn refused(error: resolvent::Error) -> Fault {
    let fault = Fault::bad_input(error.to_string());
    match error {
        // These come from the environment.
        resolvent::Error::Threads { .. } | resolvent::Error::InstructionSet(_) => fault.everywhere(),
        _ => fault,
    }
}

fn solve<T: Element>(a: &Array<T>, b: &Array<T>, given: &Given) -> Result<(Values, Info)> {
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
    let info = solve_into(&a, &b, &mut out, given.options()).map_err(refused)?;
    if is_vector {
        shape.pop();
    }
    Ok((T::wrap(Array::new(shape, x)), info))
}

fn inv<T: Element>(name: String, a: &Array<T>, given: &Given) -> Result<Answer> {
    let shape = a.shape();
    let a = StackRef::from_slice(a.data(), shape).map_err(refused)?;
    let mut inverse = zeros_of_shape::<T>(shape)?;
    let mut out = StackMut::from_slice(&mut inverse, shape).map_err(refused)?;
    let info = resolvent::inv_into(&a, &mut out, given.options()).map_err(refused)?;
    let values = T::wrap(Array::new(shape.to_vec(), inverse));
    Ok(Answer { verb: Verb::Inv, values, info, name, b_name: String::new(), origins: vec![] })
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
    let info = factors.info().clone();
    Ok(Answer { verb, values, info, name, b_name: String::new(), origins: vec![] })
}
