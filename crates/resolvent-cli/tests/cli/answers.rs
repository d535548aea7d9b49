//! The answers, in every format, for people and for programs.

use crate::runner::{data, run, run_with_input};
use serde_json::json;

const A: &str = "[[2,1],[1,3]]";

#[test]
fn the_textbook_system_by_name() {
    let run = run(&["solve", "2x + y = 5; x + 3y = 4"]);
    assert_eq!(run.answer(), ["x = 2.2", "y = 0.6"]);
    assert!(run.stdout.contains("# ok; rcond 0.312, backward error "), "{}", run.stdout);
    assert!(run.stdout.contains("about 15 digits to trust\n# float64; small kernels: lu"), "{}", run.stdout);
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
}

#[test]
fn the_textbook_matrix_inverted_solved_and_its_determinant() {
    assert_eq!(run(&["inv", A]).answer(), [" 0.6  -0.2", "-0.2   0.4"]);
    assert_eq!(run(&["solve", A, "[5,4]"]).answer(), ["2.2", "0.6"]);
    assert_eq!(run(&["solve", A, "[[5,2],[4,1]]"]).answer(), ["2.2  1", "0.6  0"]);
    assert_eq!(run(&["det", A]).answer(), ["5"]);
}

#[test]
fn what_is_assumed_decides_what_is_read() {
    let matrix = "[[2,1],[nan,3]]";
    assert_eq!(run(&["solve", matrix, "[5,4]", "--assume", "symmetric"]).answer(), ["2.2", "0.6"]);
    assert_eq!(
        run(&["inv", matrix, "--assume", "diagonal", "--digits", "3"]).answer(),
        ["0.5  0", "0    0.333"]
    );
    assert_eq!(
        run(&["solve", "2x + y = 5; x + 3y = 6", "--assume", "upper triangular"]).answer(),
        ["x = 1.5", "y = 2"]
    );
    let system = ["solve", "[[2,nan],[1,3]]", "[1,nan]", "--assume", "lower triangular"];
    let told = run(&system).stderr;
    assert!(told.contains("in b") && !told.contains("in A"), "{told}");
    run(&["inv", matrix, "--assume", "psd"]).refused(&["'psd'", "'positive definite'"]);
}

#[test]
fn equations_may_begin_with_a_minus_sign() {
    let run = run(&["solve", "-x + y = 1; x + y = 3", "--digits", "4"]);
    assert_eq!(run.answer(), ["x = 1", "y = 2"]);
}

#[test]
fn a_singular_matrix_is_named_with_the_row_to_blame() {
    let run = run(&["inv", "[[1,2],[2,4]]"]);
    assert_eq!((run.code, run.stdout.as_str()), (3, ""));
    assert_eq!(run.stderr, "error: A: matrix 0 is singular: row 1 = 2*row 0\n");
    let run = crate::runner::run(&["solve", "x + y = 1; 2x + 2y = 3"]);
    assert_eq!(run.code, 3);
    assert!(run.stderr.contains("contradict one another"), "{}", run.stderr);
}

#[test]
fn one_singular_matrix_does_not_spoil_a_stack() {
    let run = run(&["inv", &data("int64_stack.npy")]);
    assert_eq!(run.code, 3);
    assert_eq!(run.answer(), [" 0.6  -0.2", "-0.2   0.4", "nan  nan", "nan  nan", "0.25  0", "0     0.5"]);
    assert!(run.stderr.contains("matrix 1 is singular: row 1 = 2*row 0"), "{}", run.stderr);
    assert!(run.stdout.contains("3 matrices: 2 ok, 1 singular"), "{}", run.stdout);
}

#[test]
fn the_determinant_of_a_singular_matrix_is_an_answer() {
    let run = run(&["det", "[[1,2],[2,4]]"]);
    assert_eq!((run.code, run.answer()), (0, vec!["0"]));
}

#[test]
fn a_determinant_out_of_range_is_told_by_sign_and_logarithm() {
    let over = run(&["det", "[[1e200,0],[0,-1e200]]"]);
    assert_eq!(over.answer(), ["-inf  # out of range: sign -1, log|det| 921.0340372"]);
    let under = run(&["det", "[[1e-200,0],[0,1e-200]]", "--json"]).json();
    assert_eq!((&under["determinant"], &under["sign"]), (&json!(0.0), &json!(1.0)));
    assert!((under["logabsdet"].as_f64().unwrap() + 921.0340371976183).abs() < 1e-9);
}

#[test]
fn doubt_is_a_warning_and_with_strict_an_error() {
    for (matrix, words) in [
        ("[[1,1],[1,1.0000000000000002]]", "is numerically singular: perhaps no digit"),
        ("[[1,nan],[0,1]]", "holds NaN or infinity"),
    ] {
        let lenient = run(&["inv", matrix]);
        assert_eq!(lenient.code, 0, "{matrix}");
        assert!(lenient.stderr.starts_with("warning: A: the matrix "), "{}", lenient.stderr);
        assert!(lenient.stderr.contains(words), "{}", lenient.stderr);
        let strict = run(&["inv", matrix, "--strict"]);
        assert_eq!(strict.code, 4, "{matrix}");
        assert!(strict.stderr.starts_with("error: ") && strict.stderr.contains(words), "{}", strict.stderr);
    }
    assert_eq!(run(&["inv", A, "--strict"]).code, 0);
    let singular = run(&["inv", "[[1,2],[2,4]]", "--strict"]);
    assert_eq!(singular.code, 3, "singular is the stronger word");
}

#[test]
fn numpys_own_files_in_every_type_and_order() {
    for (name, dtype, inverse) in [
        ("float32_big_endian_fortran.npy", "float32", json!([[0.5, -0.125], [0.0, 0.25]])),
        ("complex128.npy", "complex128", json!([[[0.2, -0.4], [0.0, 0.0]], [[0.4, 0.2], [0.0, -1.0]]])),
        ("bool.npy", "float64", json!([[1.0, 0.0], [-1.0, 1.0]])),
        ("fortran_stack.npy", "float64", json!([[[-1.5, 0.5], [1.0, 0.0]], [[-3.5, 2.5], [3.0, -2.0]]])),
        ("savetxt.csv", "float64", json!([[0.6, -0.2], [-0.2, 0.4]])),
        ("symmetric.mtx", "float64", json!([[0.6, -0.2], [-0.2, 0.4]])),
        ("hermitian.mtx", "complex128", json!([[[-2.0, 0.0], [0.5, -1.5]], [[0.5, 1.5], [-1.0, 0.0]]])),
    ] {
        let report = run(&["inv", &data(name), "--json"]).json();
        assert_eq!(report["dtype"], dtype, "{name}");
        assert_eq!(report["status"].as_str().or(Some("OK")), Some("OK"), "{name}");
        close(&report["inverse"], &inverse, name);
    }
    let single = run(&["inv", &data("complex64_big_endian.npy"), "--json"]).json();
    assert_eq!(single["dtype"], "complex64");
    assert_eq!(single["inverse"][0][0], json!([0.2, -0.4]), "single precision is printed as such");
}

/// Equal to rounding, whatever the nesting.
fn close(got: &serde_json::Value, want: &serde_json::Value, name: &str) {
    match (got.as_array(), want.as_array()) {
        (Some(got), Some(want)) => {
            assert_eq!(got.len(), want.len(), "{name}");
            got.iter().zip(want).for_each(|(got, want)| close(got, want, name));
        }
        _ => assert!((got.as_f64().unwrap() - want.as_f64().unwrap()).abs() < 1e-14, "{name}: {got} {want}"),
    }
}

#[test]
fn archives_are_systems_or_hold_arrays_by_name() {
    let system = data("system.npz");
    assert_eq!(run(&["solve", &system]).answer(), ["2.2", "0.6"]);
    assert_eq!(run(&["solve", &format!("{system}:A"), &format!("{system}:b")]).answer(), ["2.2", "0.6"]);
    assert_eq!(run(&["det", &format!("{system}:A")]).answer(), ["5"]);
    run(&["inv", &system]).refused(&["several arrays: `A`, `b`", "FILE.npz:NAME"]);
    run(&["inv", &format!("{system}:c")]).refused(&["no array `c`", "`A`, `b`"]);
    let large = run(&["inv", &data("single.npz")]);
    assert_eq!(large.answer().len(), 7, "a compressed archive of one array, elided");
    assert_eq!(run(&["inv", &data("single.npz"), "--full"]).answer().len(), 40);
    run(&["solve", &data("single.npz")]).refused(&["needs a right-hand side", "`inverse_me`"]);
}

#[test]
fn standard_input_is_recognized_or_told() {
    let npy = std::fs::read(data("complex128.npy")).unwrap();
    assert_eq!(run_with_input(&["det", "-"], &npy).answer(), ["-2+1i"]);
    let npz = std::fs::read(data("system.npz")).unwrap();
    assert_eq!(run_with_input(&["solve", "-"], &npz).answer(), ["2.2", "0.6"]);
    for input in ["2,1\n1,3\n", "2 1\n1 3", "x\ty\n2\t1\n1\t3\n", "[[2,1],[1,3]]", "[[2. 1.]\n [1. 3.]]"] {
        assert_eq!(run_with_input(&["det", "-"], input.as_bytes()).answer(), ["5"], "{input}");
    }
    let mtx = std::fs::read(data("symmetric.mtx")).unwrap();
    assert_eq!(run_with_input(&["det", "-"], &mtx).answer(), ["5"]);
    let equations = b"# a system\n2x + y = 5\nx + 3y = 4\n";
    assert_eq!(run_with_input(&["solve", "-"], equations).answer(), ["x = 2.2", "y = 0.6"]);
    assert_eq!(run_with_input(&["solve", A, "-"], b"5\n4\n").answer(), ["2.2", "0.6"]);
    run_with_input(&["det", "-", "--format", "literal"], b"2,1\n1,3\n")
        .refused(&["standard input:1:1", "`[`"]);
    run(&["solve", "-", "-"]).refused(&["read once"]);
}

#[test]
fn the_output_of_one_call_is_the_input_of_the_next() {
    let inverse = run(&["inv", A]).stdout;
    assert_eq!(run_with_input(&["inv", "-"], inverse.as_bytes()).answer(), ["2  1", "1  3"]);
}

#[test]
fn every_output_format_reads_back() {
    let directory = tempfile::tempdir().unwrap();
    for (matrix, back) in [(A, vec!["2  1", "1  3"]), ("[[2i,1],[0,4]]", vec!["0+2i  1+0i", "0+0i  4+0i"])] {
        for extension in ["npy", "npz", "csv", "tsv", "mtx"] {
            let path = directory.path().join(format!("inverse.{extension}"));
            let path = path.to_str().unwrap();
            let first = run(&["inv", matrix, "-o", path]);
            assert_eq!(first.code, 0, "{}", first.stderr);
            assert!(first.stdout.starts_with(&format!("wrote {path}: ")), "{}", first.stdout);
            assert_eq!(run(&["inv", path]).answer(), back, "{path}");
        }
    }
    for extension in ["npy", "npz", "csv", "tsv", "mtx"] {
        let path = directory.path().join(format!("x.{extension}"));
        let path = path.to_str().unwrap();
        run(&["solve", A, "[5,4]", "-o", path]);
        let shape = &run(&["solve", A, path, "--json"]).json()["shape"];
        assert_eq!(shape, &json!([2]), "a vector stays one in {extension}");
    }
}

#[test]
fn the_type_is_kept_promoted_or_asked_for() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("inverse.npy");
    run(&["inv", &data("float32_big_endian_fortran.npy"), "-o", path.to_str().unwrap()]);
    let report = run(&["inv", path.to_str().unwrap(), "--json"]).json();
    assert_eq!(report["dtype"], "float32");
    let promoted = run(&["solve", &data("float32_big_endian_fortran.npy"), "[1+i,2]", "--json"]).json();
    assert_eq!(promoted["dtype"], "complex128");
    let asked = run(&["inv", A, "--dtype", "complex64", "--json"]).json();
    assert_eq!((&asked["dtype"], &asked["digits"]), (&json!("complex64"), &json!(6)));
    run(&["inv", "[[i,0],[0,1]]", "--dtype", "float64"]).refused(&["lose an imaginary part"]);
}

#[test]
fn vectors_matrices_and_stacks_of_right_hand_sides_follow_numpy() {
    let stack = "[[[2,0],[0,2]],[[4,0],[0,4]]]";
    let shape = |a: &str, b: &str| run(&["solve", a, b, "--json"]).json()["shape"].clone();
    assert_eq!(shape(A, "[5,4]"), json!([2]));
    assert_eq!(shape(A, "[[5],[4]]"), json!([2, 1]));
    assert_eq!(shape(stack, "[5,4]"), json!([2, 2]));
    assert_eq!(shape(stack, "[[5,4,3],[1,2,3]]"), json!([2, 2, 3]));
    assert_eq!(shape(A, stack), json!([2, 2, 2]));
}

#[test]
fn the_json_of_an_answer() {
    let report = run(&["solve", "2x + y = 5; x + 3y = 4", "--json"]).json();
    let keys: Vec<&str> = report.as_object().unwrap().keys().map(String::as_str).collect();
    let mut want = [
        "command",
        "shape",
        "dtype",
        "solution",
        "variables",
        "status",
        "rcond",
        "backward_error",
        "forward_error",
        "digits",
        "method",
    ];
    want.sort_unstable();
    assert_eq!(keys, want, "serde_json sorts what it reads");
    assert_eq!(report["variables"], json!(["x", "y"]));
    assert_eq!(
        (&report["status"], &report["digits"], &report["rcond"]),
        (&json!("OK"), &json!(15), &json!(0.3125))
    );
    close(&report["solution"], &json!([2.2, 0.6]), "solution");
}

#[test]
fn the_json_of_a_failure() {
    let run = run(&["inv", &data("int64_stack.npy"), "--json"]);
    let report = run.json();
    assert_eq!(run.code, 3);
    assert_eq!(report["status"], json!(["OK", "SINGULAR", "OK"]));
    assert_eq!(report["inverse"][1][0][0], "NaN");
    assert_eq!(report["error"]["kind"], "singular");
    assert_eq!((&report["error"]["matrix"], &report["error"]["pivot"]), (&json!(1), &json!(1)));
    assert_eq!(report["error"]["indices"], json!([1]));
    assert_eq!(report["error"]["dependence"], "row 1 = 2*row 0");
    let none = crate::runner::run(&["inv", "[[1,2],[2,4]]", "--json"]).json();
    assert_eq!(none.get("inverse"), None);
    let bad = crate::runner::run(&["inv", "[[1,2],[3,x]]", "--json"]);
    assert_eq!(bad.code, 2);
    let error = &bad.json()["error"];
    assert_eq!(
        (&error["kind"], &error["line"], &error["column"]),
        (&json!("bad_input"), &json!(1), &json!(11))
    );
    let strict = crate::runner::run(&["inv", "[[1,nan],[0,1]]", "--json", "--strict"]);
    assert_eq!((strict.code, &strict.json()["error"]["kind"]), (4, &json!("untrustworthy")));
    let misuse = crate::runner::run(&["inv", "--json"]);
    assert_eq!((misuse.code, &misuse.json()["error"]["kind"]), (2, &json!("bad_input")));
}

#[test]
fn the_answer_does_not_depend_on_threads() {
    let mut rows = String::new();
    for i in 0..200_u32 {
        let dominant = |j| if i == j { 100_000 } else { 0 };
        let row: Vec<String> =
            (0..200).map(|j| ((i * 7919 + j * 104_729 + i * j) % 1009 + dominant(j)).to_string()).collect();
        rows += &(row.join(",") + "\n");
    }
    let with = |threads: &str| {
        let run = run_with_input(&["inv", "-", "--json", "--threads", threads], rows.as_bytes());
        assert_eq!(run.code, 0, "{}", run.stderr);
        run.stdout
    };
    assert_eq!(with("1"), with("3"));
}

#[test]
fn empty_matrices_have_empty_answers() {
    let empty = run_with_input(&["inv", "-", "--json"], b"%%MatrixMarket matrix array real general\n0 0\n");
    assert_eq!((empty.code, &empty.json()["inverse"]), (0, &json!([])));
    let det = run_with_input(&["det", "-"], b"%%MatrixMarket matrix array real general\n0 0\n");
    assert_eq!(det.answer(), ["1"]);
}

#[test]
fn a_lone_carriage_return_ends_a_line() {
    let path = tempfile::tempdir().unwrap();
    let path = path.path().join("mac.csv");
    std::fs::write(&path, "x,y\r2,1\r1,3\r").unwrap();
    assert_eq!(run(&["det", path.to_str().unwrap()]).answer(), ["5"]);
    assert_eq!(run_with_input(&["det", "-"], b"2\t1\r1\t3\r").answer(), ["5"]);
    std::fs::write(&path, "2,1\r1,abc\r").unwrap();
    run(&["det", path.to_str().unwrap()]).refused(&["mac.csv:2:3: ", "  1,abc\n    ^^^"]);
}

#[test]
fn unknowns_that_cancel_but_for_rounding_are_singular() {
    assert_eq!(run(&["solve", "0.1x + 0.2x - 0.3x = 1"]).code, 3);
}
