//! Runs the real binary.

use std::ffi::OsStr;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// What one run left behind.
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Run {
    /// The lines of the answer, without the comments on trust.
    pub(crate) fn answer(&self) -> Vec<&str> {
        self.stdout.lines().filter(|line| !line.starts_with('#')).collect()
    }

    /// The object `--json` printed.
    pub(crate) fn json(&self) -> serde_json::Value {
        assert_eq!(self.stdout.lines().count(), 1, "one object on one line: {}", self.stdout);
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {}", self.stdout))
    }

    /// Asserts exit code 2, an error on standard error with all these words, and nothing on standard output.
    #[track_caller]
    pub(crate) fn refused(&self, words: &[&str]) {
        assert_eq!(self.code, 2, "{} {}", self.stdout, self.stderr);
        assert!(self.stderr.starts_with("error: "), "{}", self.stderr);
        assert_eq!(self.stdout, "");
        for word in words {
            assert!(self.stderr.contains(word), "expected {word:?} in {}", self.stderr);
        }
    }
}

pub(crate) fn command() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_resolvent"));
    command.env_remove("RESOLVENT_NUM_THREADS");
    command
}

fn finished(output: Output) -> Run {
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("output is UTF-8");
    let run = Run {
        code: output.status.code().expect("the process was not killed"),
        stdout: text(output.stdout),
        stderr: text(output.stderr),
    };
    assert!(!run.stderr.contains("panicked"), "{}", run.stderr);
    run
}

/// Runs with these arguments and nothing on standard input.
pub(crate) fn run<S: AsRef<OsStr>>(arguments: &[S]) -> Run {
    finished(command().args(arguments).stdin(Stdio::null()).output().expect("the binary runs"))
}

/// Runs with that on standard input.
pub(crate) fn run_with_input(arguments: &[&str], input: &[u8]) -> Run {
    let mut child = command()
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary runs");
    // A run that fails early closes its end; that is not this side's failure.
    let _ = child.stdin.take().expect("piped").write_all(input);
    finished(child.wait_with_output().expect("the binary ends"))
}

/// A file of `tests/data`.
pub(crate) fn data(name: &str) -> String {
    let path: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name);
    path.to_str().expect("a readable path").to_owned()
}
