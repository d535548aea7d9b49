//! A bar on a terminal, and nowhere else.
#![cfg(unix)]

use std::fs::{self, File};
use std::io::Read;
use std::path::Path;
use std::process::Stdio;

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

use crate::runner::command;

const ORDER: usize = 2000;

/// A matrix whose inverse takes more than a second on one thread and without any instruction set.
fn write_matrix(path: &Path) {
    let dictionary = format!("{{'descr': '<f4', 'fortran_order': False, 'shape': ({ORDER}, {ORDER}), }}\n");
    let mut bytes =
        [b"\x93NUMPY\x01\x00", &(dictionary.len() as u16).to_le_bytes()[..], dictionary.as_bytes()].concat();
    let element = |i: usize, j: usize| {
        let noise = ((i * 7919 + j * 104_729 + i * j * 31) % 1009) as f32 / 1009.0;
        if i == j { ORDER as f32 } else { noise }
    };
    for i in 0..ORDER {
        bytes.extend((0..ORDER).flat_map(|j| element(i, j).to_le_bytes()));
    }
    fs::write(path, bytes).unwrap();
}

/// What a run of the binary shows on standard output, and on a terminal that is its standard error.
fn on_a_terminal(arguments: &[&str]) -> (String, String) {
    let terminal = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&terminal).unwrap();
    unlockpt(&terminal).unwrap();
    let name = ptsname(&terminal, vec![]).unwrap().into_string().unwrap();
    let mut child = command()
        .args(arguments)
        .args(["--threads", "1"])
        .env("RESOLVENT_ISA", "portable")
        .env("TERM", "xterm")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(File::options().read(true).write(true).open(name).unwrap())
        .spawn()
        .unwrap();
    let mut stdout = child.stdout.take().unwrap();
    let answer = std::thread::spawn(move || {
        let mut answer = String::new();
        stdout.read_to_string(&mut answer).unwrap();
        answer
    });
    let (mut terminal, mut drawn, mut piece) = (File::from(terminal), vec![], [0; 4096]);
    // At the end of the other side some systems say so by an error.
    while let Ok(count @ 1..) = terminal.read(&mut piece) {
        drawn.extend_from_slice(&piece[..count]);
    }
    assert!(child.wait().unwrap().success());
    (answer.join().unwrap(), String::from_utf8(drawn).unwrap())
}

#[test]
fn a_bar_is_drawn_and_wiped_on_a_terminal_only() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("A.npy");
    write_matrix(&path);
    let matrix = path.to_str().unwrap();
    let (answer, drawn) = on_a_terminal(&["inv", matrix, "--json"]);
    assert!(answer.starts_with('{'));
    assert!(drawn.contains("invert 2000x2000 float32  [="), "{drawn:?}");
    assert!(drawn.contains("%  0:") && drawn.contains(" left"), "{drawn:?}");
    // The line is cleared (EL) after the last bar.
    let last = drawn.rfind("left").unwrap();
    assert!(drawn[last..].contains("\x1b[2K"), "{drawn:?}");
    assert_eq!(drawn.matches('\n').count(), 0, "{drawn:?}");
    // What is quick has none.
    assert_eq!(on_a_terminal(&["inv", "[[2]]"]).1, "");
    // Elsewhere there is none, and the answer is the same.
    let output = command().args(["inv", matrix, "--json"]).env("RESOLVENT_ISA", "portable").output().unwrap();
    assert_eq!((String::from_utf8(output.stdout).unwrap(), output.stderr), (answer, vec![]));
}
