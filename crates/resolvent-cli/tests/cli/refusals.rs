//! Bad input: what, where and what to do; exit code 2; never a panic, never a file left behind.

use std::process::Stdio;

use crate::runner::{command, data, run, run_with_input};

#[test]
fn malformed_files_name_file_line_and_column() {
    let directory = tempfile::tempdir().unwrap();
    for (name, content, words) in [
        ("typo.csv", &b"x,y\n2,1\n1,abc\n"[..], &["typo.csv:3:3: ", "found `abc`", "  1,abc\n    ^^^"][..]),
        ("ragged.csv", b"2,1\n1\n", &["ragged.csv:2:2: ", "1 cell but line 1 has 2"]),
        ("ragged.tsv", b"2\t1\n1\t2\t3\n", &["ragged.tsv:2:5: ", "3 cells"]),
        ("latin1.csv", b"2,1\n1,\xe9\n", &["latin1.csv:2:3: ", "0xe9 is not UTF-8"]),
        ("empty.csv", b"", &["empty.csv:1:1: ", "empty"]),
        (
            "index.mtx",
            b"%%MatrixMarket matrix coordinate real general\n2 2 1\n3 1 1\n",
            &["index.mtx:3:1: ", "row 3 does not exist", "count from 1 to 2"],
        ),
        (
            "cut.mtx",
            b"%%MatrixMarket matrix array real general\n2 2\n1\n2\n3\n",
            &["cut.mtx:6:1: ", "the file ends", "row 2, column 2"],
        ),
        ("banner.mtx", b"%%MatrixMarkt matrix\n", &["banner.mtx:1:1: "]),
        ("magic.npy", b"not numpy", &["magic.npy: byte 0: "]),
        ("zip.npz", b"PK\x03\x04 nothing", &["zip.npz: ", "zip"]),
        (
            "system.txt",
            b"2x + y = 5\nx + 3z = 4\n",
            &["system.txt: ", "2 equations for 3 unknowns (x, y, z)"],
        ),
        ("typo.txt", b"2x + y = 5\nx + 3y = = 4\n", &["typo.txt:2:10: ", "a second `=`", "         ^"]),
    ] {
        let path = directory.path().join(name);
        std::fs::write(&path, content).unwrap();
        let verb = if name.ends_with(".txt") { "solve" } else { "inv" };
        run(&[verb, path.to_str().unwrap()]).refused(words);
    }
}

#[test]
fn hostile_sizes_are_refused_before_memory_is_taken() {
    let npy = |shape: &str| {
        let dictionary = format!("{{'descr': '<f8', 'fortran_order': False, 'shape': {shape}, }}\n");
        [b"\x93NUMPY\x01\x00", &(dictionary.len() as u16).to_le_bytes()[..], dictionary.as_bytes(), &[0; 16]]
            .concat()
    };
    for (shape, words) in [
        ("(4294967296, 4294967296, 2)", "more than a computer can address"),
        ("(1000000, 1000000)", "cut off"),
        ("(-1, 2)", "not negative"),
        ("(99999999999999999999999,)", "expected an extent"),
        ("(0, 9223372036854775807, 9223372036854775807)", "more than a computer can address"),
    ] {
        run_with_input(&["inv", "-"], &npy(shape)).refused(&["standard input: ", words]);
    }
    let mtx = |size: &str| format!("%%MatrixMarket matrix coordinate real general\n{size}\n1 1 1\n");
    for (size, words) in [
        ("9999999 9999999 1", "memory"),
        ("18446744073709551615 2 1", "more than a computer can address"),
        ("99999999999999999999 2 1", "a whole number"),
        ("2 2 18446744073709551615", "cut off"),
        ("2 -2 1", "not negative"),
    ] {
        run_with_input(&["inv", "-"], mtx(size).as_bytes()).refused(&["standard input:2:", words]);
    }
    run_with_input(&["inv", "-"], "[".repeat(10_000_000).as_bytes()).refused(&["nested deeper"]);
    run_with_input(&["solve", "-", "--format", "equations"], "(".repeat(10_000_000).as_bytes())
        .refused(&["nested"]);
    let long = "1,".repeat(1_000_000) + "x";
    let refused = run_with_input(&["inv", "-"], long.as_bytes());
    refused.refused(&["standard input:1:2000001: ", "found `x`"]);
    assert!(refused.stderr.len() < 500, "an excerpt, not the line");
}

#[test]
fn types_that_are_not_computed_with_name_the_cast() {
    run(&["inv", &data("float16.npy")]).refused(&["float16.npy: ", "a.astype(np.float32)"]);
    run(&["inv", &data("longdouble.npy")]).refused(&["a.astype(np.float64)"]);
    run(&["inv", &data("structured.npy")]).refused(&["byte 20", "structured"]);
}

#[test]
fn shapes_that_do_not_fit() {
    run(&["inv", "[[1,2,3],[4,5,6]]"]).refused(&["square", "[2, 3]"]);
    run(&["inv", "[1,2]"]).refused(&["at least two dimensions", "[2]"]);
    run(&["solve", "[[2,1],[1,3]]", "[1,2,3]"]).refused(&["2 rows", "b has shape [3]"]);
    run(&["solve", "[[[1]],[[2]]]", "[[[1]],[[2]],[[3]]]"]).refused(&["broadcast"]);
    run(&["solve", "[[2,1],[1,3]]"]).refused(&["needs a right-hand side"]);
    run(&["inv", "[[1,2],[3]]"]).refused(&["A:1:8: ", "a row of 1"]);
}

#[test]
fn operands_that_are_nothing() {
    run(&["inv", "missing.npy"]).refused(&["missing.npy: no such file"]);
    run(&["inv", "missing.npz:A"]).refused(&["missing.npz: no such file"]);
    run(&["inv", "gibberish"]).refused(&["neither a file, nor a literal", "nor equations"]);
    run(&["inv", "x = 1"]).refused(&["go with `solve`"]);
    run(&["solve", "x = 1", "[1]"]).refused(&["go with `solve`, alone"]);
    run(&["inv", &std::env::temp_dir().to_string_lossy()]).refused(&["is a directory"]);
    run(&["inv", ""]).refused(&["neither a file"]);
}

#[test]
fn equations_with_mistakes_point_at_them() {
    run(&["solve", "2x + y = 5; x*y = 4"]).refused(&[
        "equations:1:13: `x*y` multiplies two unknowns",
        "  2x + y = 5; x*y = 4\n              ^^^",
    ]);
    run(&["solve", "2x + y = 5; x + 3y"]).refused(&["equations:1:13: ", "no `=`"]);
    run(&["solve", "x + y = 5"]).refused(&["1 equation for 2 unknowns (x, y)", "add 1 equation"]);
    run(&["solve", "x = 5; x = 4"]).refused(&["2 equations for 1 unknown (x)", "1: x = 5", "2: x = 4"]);
    run(&["solve", "x = 1,5"]).refused(&["with a point"]);
}

#[test]
fn nothing_is_left_behind_where_nothing_is_written() {
    let directory = tempfile::tempdir().unwrap();
    let files = || std::fs::read_dir(directory.path()).unwrap().count();
    let path = directory.path().join("x.npy");
    let path = path.to_str().unwrap();
    assert_eq!(run(&["inv", "[[1,2],[2,4]]", "-o", path]).code, 3);
    assert_eq!(run(&["inv", "[[1,nan],[2,4]]", "-o", path, "--strict"]).code, 4);
    run(&["inv", "[[1,2],[2,x]]", "-o", path]).refused(&["found `x`"]);
    let csv = directory.path().join("x.csv");
    run(&["inv", "[[[1]]]", "-o", csv.to_str().unwrap()])
        .refused(&["a stack of 3 dimensions", ".npy or .npz"]);
    run(&["inv", "[[1]]", "-o", directory.path().join("x.dat").to_str().unwrap()]).refused(&["extension"]);
    run(&["inv", "[[1]]", "-o", directory.path().join("no/x.npy").to_str().unwrap()])
        .refused(&["does not exist"]);
    std::fs::create_dir(directory.path().join("d.npy")).unwrap();
    run(&["inv", "[[1]]", "-o", directory.path().join("d.npy").to_str().unwrap()])
        .refused(&["cannot be written"]);
    assert_eq!(files(), 1, "the directory made here");
    assert_eq!(run(&["inv", "[[[1]],[[0]]]", "-o", path]).code, 3);
    assert_eq!(files(), 2, "a stack with good answers is written whole, singular ones as NaN");
}

#[test]
fn misuse_is_bad_input() {
    for arguments in [
        &["inv"][..],
        &["inv", "[[1]]", "--digits", "99"],
        &["inv", "[[1]]", "--dtype", "float16"],
        &["nonsense"],
        &[],
    ] {
        assert_eq!(run(arguments).code, 2, "{arguments:?}");
    }
    run(&["inv", "[[1]]", "--threads", "0"]).refused(&["threads"]);
}

#[test]
fn a_reader_that_goes_away_is_no_panic() {
    let mut child = command()
        .args(["solve", "2x + y = 5; x + 3y = 4"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    assert_eq!(output.status.code(), Some(0));
    for arguments in [&["completions", "bash"][..], &["--help"], &["inv", "[[1,2],[2,4]]", "--json"]] {
        let mut child =
            command().args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop((child.stdout.take(), child.stderr.take()));
        let code = child.wait().unwrap().code();
        assert_eq!(code, Some(if arguments[0] == "inv" { 3 } else { 0 }), "{arguments:?}");
    }
}

#[cfg(unix)]
#[test]
fn a_path_that_is_not_utf8_is_a_path_like_any_other() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join(OsStr::from_bytes(b"a\xff.csv"));
    run(&[OsStr::new("inv"), path.as_os_str()]).refused(&["no such file"]);
    std::fs::write(&path, "2,1\n1,3\n").unwrap();
    let output = directory.path().join(OsStr::from_bytes(b"b\xfe.csv"));
    let arguments = [OsStr::new("inv"), path.as_os_str(), OsStr::new("-o"), output.as_os_str()];
    assert_eq!(run(&arguments).code, 0);
    assert_eq!(run(&[OsStr::new("det"), output.as_os_str()]).answer(), ["0.2"]);
}

#[test]
fn help_version_and_completions() {
    let version = run(&["--version"]);
    assert!(
        version.stdout.starts_with("resolvent ") && version.stdout.contains("instruction set"),
        "{}",
        version.stdout
    );
    for verb in ["solve", "inv", "det"] {
        let help = run(&[verb, "--help"]);
        assert_eq!(help.code, 0);
        for words in ["Examples:", "JSON (--json)", "FILE.npz:NAME", "--strict"] {
            assert!(help.stdout.contains(words), "{verb} --help: {words}");
        }
    }
    assert!(run(&["--help"]).stdout.contains("Exit codes:"));
    for shell in ["bash", "zsh", "fish"] {
        assert!(run(&["completions", shell]).stdout.contains("resolvent"), "{shell}");
    }
}

#[test]
fn an_unknown_instruction_set_is_told() {
    let output = command().args(["inv", "[[1]]"]).env("RESOLVENT_ISA", "abacus").output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("abacus"));
}
