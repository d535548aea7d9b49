//! `diagnose`: the page, the JSON, the exit codes.

use std::io::Write as _;

use crate::runner::{run, run_with_input};
use serde_json::json;

const SINGULAR: &str = "[[1,2,3],[4,5,6],[7,8,9]]";

#[test]
fn a_singular_matrix_is_explained() {
    let run = run(&["diagnose", SINGULAR, "[1,2,4]"]);
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    assert!(
        run.stdout.starts_with("3 x 3 float64, general\nverdict       singular, proved"),
        "{}",
        run.stdout
    );
    for line in [
        "columns       column 2 = 2*column 1 - column 0, exactly\n",
        "row 2 = 2*row 1 - row 0, but b[2] is 4, not 3\n",
    ] {
        assert!(run.stdout.contains(line), "{}", run.stdout);
    }
}

#[test]
fn strict_makes_an_exit_code_of_the_verdict() {
    for (matrix, code) in [
        ("[[2,1],[1,3]]", 0),
        (SINGULAR, 3),
        ("[[0.1,0.2,0.3],[0.4,0.5,0.9],[0.7,0.3,1.0]]", 4),
        ("[[1,nan],[1,1]]", 4),
    ] {
        let strict = run(&["diagnose", matrix, "--strict"]);
        assert_eq!(strict.code, code, "{matrix}: {}", strict.stderr);
        assert_eq!(strict.stderr.is_empty(), code == 0, "{}", strict.stderr);
        let lenient = run(&["diagnose", matrix]);
        assert_eq!((lenient.code, lenient.stderr.as_str()), (0, ""), "{matrix}");
        assert_eq!(lenient.stdout, strict.stdout);
    }
}

#[test]
fn the_json_has_every_field() {
    let found = run(&["diagnose", SINGULAR, "[6,15,24]", "--json"]).json();
    assert_eq!(found["command"], "diagnose");
    assert_eq!(found["shape"], json!([3, 3]));
    assert_eq!((&found["status"], &found["proof"]), (&json!("SINGULAR"), &json!("deficient")));
    assert_eq!((&found["rank"], &found["rcond"], &found["digits"]), (&json!(2), &json!(0.0), &json!(0)));
    let column = json!({
        "index": 2, "terms": [[0, -1.0], [1, 2.0]], "residual": 0.0, "exact": true,
        "text": "column 2 = 2*column 1 - column 0, exactly",
    });
    assert_eq!(found["columns"], json!([column]));
    assert_eq!(found["system"]["solutions"], "many");
    assert_eq!(found["system"]["null_space"], json!([[1.0], [-2.0], [1.0]]));
    assert_eq!(
        (&found["scaling"], &found["collinearity"], &found["ridge"]),
        (&json!(null), &json!(null), &json!(null))
    );
    assert_eq!(found["error"], json!(null));
    let strict = run(&["diagnose", SINGULAR, "--json", "--strict"]).json();
    assert_eq!(strict["error"]["kind"], "singular");
    let found = run(&["diagnose", "[[1,nan],[1,1]]", "--json"]).json();
    assert_eq!(found["not_finite"], json!([{"operand": "a", "first": [0, 1], "nans": 1, "infinities": 0}]));
    assert_eq!(found["rcond"], "NaN");
}

#[test]
fn equations_are_diagnosed_by_their_unknowns() {
    let run = run(&["diagnose", "x + y + z = 2; 2x + 2y + z = 5; z = -1"]);
    assert!(run.stdout.contains("columns       y = x, exactly"), "{}", run.stdout);
    assert!(run.stdout.contains("x = 3 - y, z = -1"), "{}", run.stdout);
    assert_eq!(run.code, 0);
}

#[test]
fn columns_are_called_as_in_the_header() {
    let table = "one,age,born\n1,30,1990\n1,40,1980\n1,50,1970\n1,55,1965\n";
    let run = run_with_input(&["diagnose", "-", "--format", "csv", "--target-cond", "100"], table.as_bytes());
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    assert!(run.stdout.contains("columns       born = -age + 2020*one, exactly"), "{}", run.stdout);
    assert!(run.stdout.contains("\nridge "), "{}", run.stdout);
    let mut file = tempfile::Builder::new().suffix(".csv").tempfile().unwrap();
    file.write_all(table.as_bytes()).unwrap();
    let found =
        crate::runner::run(&["diagnose", file.path().to_str().unwrap(), "[1,2,3,4]", "--json"]).json();
    assert_eq!(found["names"], json!(["one", "age", "born"]));
    assert_eq!(
        (&found["system"]["solutions"], &found["collinearity"]["intercept"]),
        (&json!("least squares"), &json!(0))
    );
    assert_eq!(found["collinearity"]["vif"], json!(["NaN", "Infinity", "Infinity"]));
}

#[test]
fn every_type() {
    for (dtype, vector) in [("float32", json!([1.0, 0.0])), ("complex64", json!([[1.0, 0.0], [0.0, 0.0]]))] {
        let found = run(&["diagnose", "[[1,2],[2,4]]", "[1,2]", "--dtype", dtype, "--json"]).json();
        assert_eq!((&found["dtype"], &found["system"]["solution"]), (&json!(dtype), &vector));
    }
}

#[test]
fn what_cannot_be_diagnosed_is_refused() {
    run(&["diagnose", "[[[1]],[[2]]]"]).refused(&["one matrix", "[2, 1, 1]"]);
    run(&["diagnose", "[1,2]"]).refused(&["two dimensions"]);
    run(&["diagnose", "[[1]]", "[[1,2]]"]).refused(&["do not fit"]);
    run(&["diagnose", "[[1],[2]]", "[[1,2],[3,4]]"]).refused(&["one right-hand side"]);
    run(&["diagnose", "[[1]]", "--target-cond", "0.5"]).refused(&["target_cond", "above 1"]);
    run(&["diagnose", "[[1]]", "--jsn"]).refused(&["unknown option `--jsn`", "diagnose --help"]);
    run(&["diagnose", "-", "-"]).refused(&["read once"]);
}
