//! `resolvent`: solve, invert, take determinants and diagnose from the shell, and know how far to trust the answer.

mod args;
mod array;
mod diagnosis;
mod equations;
mod fault;
mod fit;
mod json;
mod mistyped;
mod origin;
mod progress;
mod read;
mod report;
mod show;
mod verbs;
mod write;

use std::io::{self, BufWriter, Write};
use std::process::ExitCode;

use clap::{CommandFactory, Parser};

use args::{Cli, Command, Common, Options};
use fault::{Fault, Kind, Result};
use show::Style;
use write::Target;

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return usage(&error),
    };
    let mut out = BufWriter::new(Pipe { out: io::stdout().lock(), closed: false });
    let code = match &cli.command {
        Command::Completions { shell } => completions(&mut out, *shell),
        command @ Command::Diagnose { common, .. } => diagnose(&mut out, command, common),
        command @ (Command::Solve { options, .. }
        | Command::Inv { options, .. }
        | Command::Det { options, .. }) => answer(&mut out, command, options),
        command @ (Command::Lstsq { options, .. }
        | Command::Rank { options, .. }
        | Command::Cond { options, .. }) => fitted(&mut out, command, options),
    };
    match code.and_then(|code| out.flush().map(|()| code)) {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            complain("error", &format!("standard output cannot be written: {error}"));
            ExitCode::from(Kind::BadInput.exit_code())
        }
    }
}

/// Standard output, whose reader may go away, as `head` does: the rest is for nobody, and the exit code stays the same.
struct Pipe<W> {
    out: W,
    closed: bool,
}

impl<W: Write> Pipe<W> {
    fn unless_closed<T>(&mut self, nothing: T, write: impl FnOnce(&mut W) -> io::Result<T>) -> io::Result<T> {
        if self.closed {
            return Ok(nothing);
        }
        match write(&mut self.out) {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                self.closed = true;
                Ok(nothing)
            }
            result => result,
        }
    }
}

impl<W: Write> Write for Pipe<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.unless_closed(bytes.len(), |out| out.write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.unless_closed((), Write::flush)
    }
}

/// Writes to standard error, where `eprintln!` would panic if that is closed.
fn complain(level: &str, message: &str) {
    let _ = writeln!(io::stderr().lock(), "{level}: {message}");
}

/// Help, version, or a misuse: in JSON too if that was asked for.
fn usage(error: &clap::Error) -> ExitCode {
    let json = std::env::args_os().any(|argument| argument == "--json");
    if error.kind() == clap::error::ErrorKind::UnknownArgument
        && let Some(fault) = mistyped::in_arguments()
    {
        if json {
            let _ = json::write_fault(&mut io::stdout().lock(), &fault);
        }
        complain("error", &fault.to_string());
        return ExitCode::from(fault.kind.exit_code());
    }
    if error.use_stderr() && json {
        let text = error.to_string();
        let cause = text.trim_start_matches("error: ").split("\n\n").next().unwrap_or_default();
        let message = cause.split_whitespace().collect::<Vec<_>>().join(" ");
        let _ = json::write_fault(&mut io::stdout().lock(), &Fault::bad_input(message));
    }
    let _ = error.print();
    ExitCode::from(if error.use_stderr() { Kind::BadInput.exit_code() } else { 0 })
}

fn completions(out: &mut impl Write, shell: clap_complete::Shell) -> io::Result<u8> {
    // Into memory first: the generator panics where a write fails.
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "resolvent", &mut script);
    out.write_all(&script)?;
    Ok(0)
}

/// Computes, writes, reports; the exit code comes back. An error is one of standard output.
fn answer(out: &mut impl Write, command: &Command, options: &Options) -> io::Result<u8> {
    if let Some(fault) = mistyped::in_operands(command) {
        return failed(out, &fault, &options.common);
    }
    let outcome = prepare(options).and_then(|target| {
        let check = |dimensions| target.as_ref().map_or(Ok(()), |target| target.check_dimensions(dimensions));
        Ok((progress::with_bar(|| verbs::run(command, options, check))?, target))
    });
    let (answer, target) = match outcome {
        Ok(outcome) => outcome,
        Err(fault) => return failed(out, &fault, &options.common),
    };
    let singular = answer.singular();
    let doubt = answer.doubt();
    let strict = doubt.clone().filter(|_| options.common.strict && singular.is_none());
    // What is refused is not written: a script that ignores the exit code must not find a file.
    let target = target.filter(|_| strict.is_none() && !answer.is_void());
    if let Some(target) = &target
        && let Err(fault) = target.write(&answer.values, answer.array_name())
    {
        return failed(out, &fault, &options.common);
    }
    let fault = singular.or(strict);
    let written = target.as_ref().map(Target::name);
    if options.common.json {
        json::write_answer(out, &answer, written.as_deref(), fault.as_ref())?;
    } else if !answer.is_void() {
        match &written {
            Some(name) => {
                writeln!(out, "wrote {name}: {} {:?}", answer.values.dtype().name(), answer.values.shape())?;
            }
            None => {
                let style = Style { digits: options.digits, full: options.full };
                report::write_answer(out, &answer, style)?;
            }
        }
        report::write_trust(out, &answer)?;
    }
    // In order, where both streams are one terminal.
    out.flush()?;
    match &fault {
        Some(fault) => complain("error", &fault.to_string()),
        None => {
            if let Some(doubt) = doubt {
                complain("warning", &doubt.to_string());
            }
        }
    }
    Ok(fault.map_or(0, |fault| fault.kind.exit_code()))
}

/// The same for the verbs without a status.
fn fitted(out: &mut impl Write, command: &Command, options: &Options) -> io::Result<u8> {
    if let Some(fault) = mistyped::in_operands(command) {
        return failed(out, &fault, &options.common);
    }
    let outcome = prepare(options).and_then(|target| {
        let check = |dimensions| target.as_ref().map_or(Ok(()), |target| target.check_dimensions(dimensions));
        let work = || match command {
            Command::Lstsq { a, b, rcond, .. } => fit::lstsq([a, b], *rcond, options, check),
            Command::Rank { a, rtol, .. } => fit::rank(a, *rtol, options, check),
            Command::Cond { a, norm, .. } => fit::cond(a, *norm, options, check),
            _ => Err(Fault::bad_input("a verb with a status")),
        };
        Ok((progress::with_bar(work)?, target))
    });
    let (fit, target) = match outcome {
        Ok(outcome) => outcome,
        Err(fault) => return failed(out, &fault, &options.common),
    };
    let doubt = fit.doubt();
    let fault = doubt.as_ref().filter(|_| options.common.strict);
    let target = target.filter(|_| fault.is_none());
    if let Some(target) = &target
        && let Err(fault) = target.write(&fit.values, fit.array_name())
    {
        return failed(out, &fault, &options.common);
    }
    let written = target.as_ref().map(Target::name);
    fit.report(out, options, written.as_deref(), fault)?;
    out.flush()?;
    match (fault, &doubt) {
        (Some(fault), _) => complain("error", &fault.to_string()),
        (None, Some(doubt)) if fit.warns() => complain("warning", &doubt.to_string()),
        _ => {}
    }
    Ok(fault.map_or(0, |fault| fault.kind.exit_code()))
}

/// What must be right before anything is read.
fn prepare(options: &Options) -> Result<Option<Target>> {
    set_threads(&options.common)?;
    options.output.as_deref().map(Target::new).transpose()
}

fn set_threads(common: &Common) -> Result<()> {
    let Some(threads) = common.threads else { return Ok(()) };
    resolvent::set_num_threads(threads).map_err(|error| Fault::bad_input(format!("--threads: {error}")))
}

/// Prints the diagnosis; the exit code comes back.
fn diagnose(out: &mut impl Write, command: &Command, common: &Common) -> io::Result<u8> {
    if let Some(fault) = mistyped::in_operands(command) {
        return failed(out, &fault, common);
    }
    let finding = match set_threads(common).and_then(|()| diagnosis::run(command)) {
        Ok(finding) => finding,
        Err(fault) => return failed(out, &fault, common),
    };
    let fault = finding.fault().filter(|_| common.strict);
    if common.json {
        json::write_diagnosis(out, &finding.tree, fault.as_ref())?;
    } else {
        writeln!(out, "{}", finding.page)?;
    }
    out.flush()?;
    if let Some(fault) = &fault {
        complain("error", &fault.to_string());
    }
    Ok(fault.map_or(0, |fault| fault.kind.exit_code()))
}

fn failed(out: &mut impl Write, fault: &Fault, common: &Common) -> io::Result<u8> {
    if common.json {
        json::write_fault(out, fault)?;
        out.flush()?;
    }
    complain("error", &fault.to_string());
    Ok(fault.kind.exit_code())
}
