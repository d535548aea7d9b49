//! `diagnose`: from operands to a page, or to JSON.

use resolvent::{DiagnoseOptions, StackRef, Status, Tree, diagnose_with};

use crate::args::{Command, Common};
use crate::array::{Array, Element, Values};
use crate::fault::{Fault, Kind, Result};
use crate::read::{Operand, Role, read_operand};
use crate::verbs::{array, refused, squeezed};

/// What was found.
pub(crate) struct Finding {
    pub(crate) page: String,
    pub(crate) tree: Tree,
    status: Status,
    /// What the matrix is called in messages.
    name: String,
}

impl Finding {
    /// What `--strict` refuses.
    pub(crate) fn fault(&self) -> Option<Fault> {
        let (kind, message) = match self.status {
            Status::Ok | Status::IllConditioned => return None,
            Status::Singular => (Kind::Singular, "the matrix is singular"),
            Status::NumericallySingular => (Kind::Untrustworthy, "the matrix is numerically singular"),
            Status::NotFinite => (Kind::Untrustworthy, "there is NaN or infinity in the system"),
        };
        Some(Fault::new(kind, message).in_file(&self.name))
    }
}

/// A system as it was read.
struct System {
    name: String,
    a: Values,
    b: Option<(String, Values)>,
    names: Option<Vec<String>>,
}

/// Reads the operands of `diagnose`, and asks the library.
pub(crate) fn run(command: &Command) -> Result<Finding> {
    let Command::Diagnose { a, b, target_cond, common } = command else {
        return Err(Fault::bad_input("this verb is not diagnose"));
    };
    let role = if b.is_some() { Role::Matrix("A") } else { Role::Either };
    if b.as_ref().is_some_and(|b| a == "-" && b == "-") {
        return Err(Fault::bad_input("standard input can be read once: A or b, not both"));
    }
    let system = match read_operand(a, role, common.format)? {
        Operand::System { name, a, b, unknowns } => {
            System { b: Some((name.clone(), b)), name, a, names: (!unknowns.is_empty()).then_some(unknowns) }
        }
        Operand::Array { name, values, header, .. } => {
            let read = |b| -> Result<(String, Values)> {
                let (name, values, _) = array(read_operand(b, Role::Matrix("b"), common.format)?)?;
                Ok((name, values))
            };
            System { name, a: values, b: b.as_deref().map(read).transpose()?, names: header }
        }
    };
    diagnosed(system, *target_cond, common)
}

fn diagnosed(system: System, target_cond: Option<f64>, common: &Common) -> Result<Finding> {
    let System { name, a, b, names } = system;
    let here = |fault: Fault| fault.in_file(&name);
    let own = b.as_ref().map_or(a.dtype(), |(_, b)| a.dtype().promote(b.dtype()));
    let dtype = common.dtype.unwrap_or(own);
    let a = a.converted(dtype).map_err(here)?;
    let b = b.map(|(name, b)| side(b.converted(dtype)).map_err(|fault| fault.in_file(&name))).transpose()?;
    let options = DiagnoseOptions { names, target_cond };
    let asked = match (&a, &b) {
        (Values::Float32(a), Some(Values::Float32(b))) => ask(a, Some(b.data()), &options),
        (Values::Float64(a), Some(Values::Float64(b))) => ask(a, Some(b.data()), &options),
        (Values::Complex64(a), Some(Values::Complex64(b))) => ask(a, Some(b.data()), &options),
        (Values::Complex128(a), Some(Values::Complex128(b))) => ask(a, Some(b.data()), &options),
        (_, Some(_)) => Err(Fault::bad_input("the operands differ in type")),
        (a, None) => crate::array::with_array!(a, a => ask(a, None, &options)),
    };
    let (page, tree, status) = asked.map_err(here)?;
    Ok(Finding { page, tree, status, name })
}

/// One right-hand side as a vector.
fn side(b: Result<Values>) -> Result<Values> {
    let b = squeezed(b?);
    match b.shape() {
        [_] => Ok(b),
        shape => {
            Err(Fault::bad_input(format!("diagnose looks at one right-hand side, but b has shape {shape:?}")))
        }
    }
}

fn ask<T: Element>(
    a: &Array<T>,
    b: Option<&[T]>,
    options: &DiagnoseOptions,
) -> Result<(String, Tree, Status)> {
    let stack = StackRef::from_slice(a.data(), a.shape()).map_err(refused)?;
    let found = diagnose_with(&stack, b, options).map_err(refused)?;
    Ok((found.to_string(), found.tree(), found.status))
}
