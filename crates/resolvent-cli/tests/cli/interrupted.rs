//! A signal while the answer is being written leaves no half-written file.
#![cfg(unix)]

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::runner::command;

/// Background jobs of a script ignore these signals, and so would the binary, which respects that.
fn signals_are_ignored_here() -> bool {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0);
    // SIGHUP is 1, SIGINT 2, SIGTERM 15.
    mask & (1 | 1 << 1 | 1 << 14) != 0
}

/// A right-hand side of one row whose answer takes a while to write as text.
fn write_long_row(path: &Path, count: u32) {
    let dictionary = format!("{{'descr': '<f8', 'fortran_order': False, 'shape': (1, {count}), }}\n");
    let mut bytes =
        [b"\x93NUMPY\x01\x00", &(dictionary.len() as u16).to_le_bytes()[..], dictionary.as_bytes()].concat();
    bytes.extend((1..=count).flat_map(|i| (1.0 / f64::from(i)).to_le_bytes()));
    fs::write(path, bytes).unwrap();
}

#[test]
fn a_signal_while_writing_removes_the_partial_file() {
    if signals_are_ignored_here() {
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let right = directory.path().join("b.npy");
    write_long_row(&right, 4_000_000);
    let files = || -> Vec<String> {
        let entries = fs::read_dir(directory.path()).unwrap();
        let mut names: Vec<_> =
            entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    };
    for signal in ["-INT", "-TERM", "-HUP"] {
        let mut child = command()
            .args(["solve", "[[1]]", right.to_str().unwrap(), "-o"])
            .arg(directory.path().join("q.csv"))
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let start = Instant::now();
        while !files().iter().any(|name| name.ends_with(".partial")) {
            assert!(start.elapsed() < Duration::from_secs(60) && child.try_wait().unwrap().is_none());
            std::thread::sleep(Duration::from_millis(1));
        }
        assert!(Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap().success());
        let code = child.wait().unwrap().code();
        assert_eq!(files(), ["b.npy"], "{signal}");
        assert_eq!(code, Some(130), "{signal}");
    }
}
