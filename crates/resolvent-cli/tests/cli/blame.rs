//! Messages name the culprit: the right operand, the right number, and no file where none is to blame.

use crate::runner::{command, run};

fn file(directory: &tempfile::TempDir, name: &str, content: &str) -> String {
    let path = directory.path().join(name);
    std::fs::write(&path, content).unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn nan_is_blamed_on_the_operand_that_holds_it() {
    let directory = tempfile::tempdir().unwrap();
    let good = file(&directory, "A.csv", "2,1\n1,3\n");
    let bad = file(&directory, "B.csv", "2,nan\n1,3\n");
    for (a, b, words) in [
        (&*good, "[nan,1]", "warning: b: the system holds NaN or infinity in b\n"),
        (&*bad, "[1,1]", "B.csv: the system holds NaN or infinity in A\n"),
        (&*bad, "[inf,1]", "B.csv: the system holds NaN or infinity in A and b\n"),
        ("[[[1]],[[nan]],[[1]]]", "[[[1]],[[1]],[[inf]]]", "1 of 3 systems ([1]) holds NaN or infinity in A"),
        (
            "[[[1]],[[nan]],[[1]]]",
            "[[[1]],[[1]],[[inf]]]",
            "; 1 of 3 systems ([2]) holds NaN or infinity in b",
        ),
        ("[[[1]],[[2]]]", "[[nan]]", "b: 2 of 2 systems ([0], [1]) hold NaN or infinity in b"),
    ] {
        let run = run(&["solve", a, b]);
        assert!(run.stderr.contains(words), "{a} {b}: {}", run.stderr);
    }
    let overflow = run(&["solve", "[[[1]],[[1e-300]]]", "[1e300]"]);
    let words = "A: the answer of 1 of 2 systems ([1]) overflowed float64";
    assert!(overflow.stderr.contains(words), "{}", overflow.stderr);
    let inverse = run(&["inv", &bad]);
    assert!(inverse.stderr.contains("B.csv: the matrix holds NaN or infinity\n"), "{}", inverse.stderr);
}

#[test]
fn a_number_beyond_the_type_asked_for_is_named_with_its_place() {
    let message = ["A:", "1e300 at [0, 1]", "beyond float32"];
    run(&["inv", "[[1,1e300],[0,1]]", "--dtype", "float32"]).refused(&message);
    run(&["solve", "[[1]]", "[-1e39]", "--dtype", "float32"]).refused(&["b: -1e39 at [0]", "beyond float32"]);
    run(&["det", "[[1e39i]]", "--dtype", "complex64"]).refused(&["1e39i at [0, 0]", "beyond complex64"]);
    assert_eq!(run(&["det", "[[inf]]", "--dtype", "float32"]).answer(), ["inf"], "infinity is kept");
}

#[test]
fn the_environment_is_not_blamed_on_a_file() {
    let directory = tempfile::tempdir().unwrap();
    let good = file(&directory, "A.csv", "2,1\n1,3\n");
    for (variable, value) in [("RESOLVENT_NUM_THREADS", "many"), ("RESOLVENT_ISA", "abacus")] {
        for arguments in [&["inv", &*good][..], &["det", &good], &["solve", &good, "[1,2]"]] {
            let output = command().args(arguments).env(variable, value).output().unwrap();
            let text = String::from_utf8(output.stderr).unwrap();
            assert_eq!(output.status.code(), Some(2), "{variable} {arguments:?}");
            assert!(text.contains(value) && !text.contains("A.csv"), "{variable} {arguments:?}: {text}");
        }
    }
}
