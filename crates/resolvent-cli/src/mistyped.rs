//! Options that were mistyped: operands may begin with `-`, as equations do, so clap takes `--jsn` for one.

use std::ffi::OsStr;

use clap::CommandFactory;

use crate::args::{Cli, Command};
use crate::equations::read_equations;
use crate::fault::Fault;

/// The first operand that looks like an option. What follows `--` on the command line is an operand whatever it is.
pub(crate) fn in_operands(command: &Command) -> Option<Fault> {
    let (verb, operands) = match command {
        Command::Solve { a, b, .. } => ("solve", [Some(a), b.as_ref()]),
        Command::Inv { a, .. } => ("inv", [Some(a), None]),
        Command::Det { a, .. } => ("det", [Some(a), None]),
        Command::Diagnose { a, b, .. } => ("diagnose", [Some(a), b.as_ref()]),
        Command::Lstsq { a, b, .. } => ("lstsq", [Some(a), Some(b)]),
        Command::Rank { a, .. } => ("rank", [Some(a), None]),
        Command::Cond { a, .. } => ("cond", [Some(a), None]),
        Command::Completions { .. } => return None,
    };
    if std::env::args_os().any(|argument| argument == "--") {
        return None;
    }
    let alone = matches!(verb, "solve" | "diagnose") && operands[1].is_none();
    let mut operands = operands.into_iter().flatten().filter_map(|operand| operand.to_str());
    let operand = operands.find(|text| name(text).is_some() && !(alone && read_equations(text).is_ok()))?;
    Some(unknown(verb, name(operand)?))
}

/// The first argument that is an option no verb has, where clap refused the command line for whatever it met later.
pub(crate) fn in_arguments() -> Option<Fault> {
    let arguments: Vec<_> = std::env::args_os().skip(1).take_while(|argument| argument != "--").collect();
    let cli = Cli::command();
    let verb = cli.find_subcommand(arguments.first()?)?;
    let known =
        |name: &str| verb.get_arguments().any(|argument| argument.get_long() == name.strip_prefix("--"));
    let mut names = arguments.iter().filter_map(|argument| name(OsStr::to_str(argument)?));
    let name = names.find(|name| *name != "--help" && !known(name))?;
    Some(unknown(verb.get_name(), name))
}

/// `--name` of `--name` or `--name=value`, if it can be one.
fn name(text: &str) -> Option<&str> {
    let name = text.split_once('=').map_or(text, |(name, _)| name);
    let word = name.strip_prefix("--")?;
    let letters = word.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    (letters && word.starts_with(|c: char| c.is_ascii_alphabetic())).then_some(name)
}

fn unknown(verb: &str, name: &str) -> Fault {
    Fault::bad_input(format!("unknown option `{name}`; see `resolvent {verb} --help`"))
}
