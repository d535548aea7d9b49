//! The shell session in the README is what the shell says.

use std::process::Command;

#[test]
fn the_session_in_the_readme_is_true() {
    let readme = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../README.md")).unwrap();
    let session = readme.split("```console\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    let mut calls = 0;
    for call in session.split("$ resolvent ").skip(1) {
        let (line, expected) = call.split_once('\n').unwrap();
        // The README quotes with plain double quotes only.
        let arguments: Vec<&str> = line
            .split('"')
            .enumerate()
            .flat_map(|(i, part)| if i % 2 == 1 { vec![part] } else { part.split_whitespace().collect() })
            .collect();
        let output = Command::new(env!("CARGO_BIN_EXE_resolvent")).args(&arguments).output().unwrap();
        let said = [output.stdout, output.stderr].concat();
        assert_eq!(String::from_utf8(said).unwrap(), expected, "resolvent {line}");
        calls += 1;
    }
    assert_eq!(calls, 3);
}
