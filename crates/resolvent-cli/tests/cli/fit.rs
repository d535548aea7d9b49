//! Least squares, rank and condition from the shell.

use serde_json::json;

use crate::runner::{data, run, run_with_input};

#[test]
fn a_line_through_points() {
    let run = run(&["lstsq", "[[1,0],[1,1],[1,2],[1,3]]", "[-1,0.2,0.9,2.1]"]);
    assert_eq!(run.answer(), ["-0.95", " 1"]);
    assert!(
        run.stdout.contains("# rank 2 of 2 columns, |A x - b| 0.2236; singular values 4.1"),
        "{}",
        run.stdout
    );
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
}

#[test]
fn lstsq_in_json() {
    let object = run(&["lstsq", "[[1,0],[0,2],[0,0]]", "[[1,0],[2,4],[3,1]]", "--json"]).json();
    let expected = json!({
        "command": "lstsq", "shape": [2, 2], "dtype": "float64", "solution": [[1.0, 0.0], [1.0, 2.0]],
        "rank": 2, "residuals": [9.0, 1.0], "singular_values": [2.0, 1.0],
    });
    assert_eq!(object, expected);
    let stack = run(&["lstsq", "[[[1],[1]],[[2],[2]]]", "[2,4]", "--json"]).json();
    assert_eq!(stack["solution"], json!([[3.0], [1.5]]));
    assert_eq!((&stack["rank"], &stack["residuals"]), (&json!([1, 1]), &json!([[2.0], [2.0]])));
}

#[test]
fn of_many_solutions_the_shortest() {
    let arguments = ["lstsq", "[[1,1],[1,1]]", "[2,2]"];
    let plain = run(&arguments);
    assert_eq!((plain.code, plain.answer()), (0, vec!["1", "1"]));
    assert!(plain.stderr.starts_with("warning: A: rank 1 of 2 columns"), "{}", plain.stderr);
    let strict = run(&[&arguments[..], &["--strict", "--json"]].concat());
    assert_eq!((strict.code, strict.json()["error"]["kind"].as_str()), (4, Some("untrustworthy")));
    let cut = run(&["lstsq", "[[1,0],[0,0.001]]", "[1,1]", "--rcond", "0.01"]);
    assert_eq!(cut.answer(), ["1", "0"]);
}

#[test]
fn what_lstsq_refuses() {
    run(&["lstsq", "[[1],[2]]", "[1,2,3]"])
        .refused(&["shape [2, 1] needs a right-hand side of 2 rows", "[3]"]);
    run(&["lstsq", "[[1],[nan]]", "[1,2]"]).refused(&["A: ", "NaN or infinity"]);
    run(&["lstsq", "[1,2]", "[1,2]"]).refused(&["a matrix needs at least two dimensions"]);
    run(&["lstsq", "-", "-"]).refused(&["standard input can be read once"]);
    run(&["lstsq", "[[1]]", "[1]", "--rcond", "-1"]).refused(&["--rcond", "not negative"]);
    run(&["lstsq", "[[1]]", "--jsn"]).refused(&["unknown option `--jsn`"]);
}

#[test]
fn ranks() {
    assert_eq!(run(&["rank", "[[1,2,3],[4,5,6],[7,8,9]]"]).stdout, "2\n# 3 is full rank\n");
    assert_eq!(run(&["rank", "[[[1,2],[2,4]],[[1,0],[0,1]]]"]).answer(), ["1", "2"]);
    assert_eq!(run(&["rank", "[[1,0],[0,1e-3]]", "--rtol", "0.01"]).answer(), ["1"]);
    assert_eq!(run_with_input(&["rank", "-"], b"1,2\n2,4\n").answer(), ["1"]);
    let object = run(&["rank", "[[1,2],[2,4]]", "--json"]).json();
    assert_eq!(object, json!({"command": "rank", "shape": [], "dtype": "float64", "rank": 1}));
    let strict = run(&["rank", "[[1,2],[2,4]]", "--strict"]);
    assert_eq!((strict.code, strict.answer()), (4, vec!["1"]));
    assert_eq!(strict.stderr, "error: A: rank 1, where 2 is full\n");
    assert_eq!(run(&["rank", "[[1,2],[2,5]]", "--strict"]).code, 0);
    run(&["rank", "[[nan]]"]).refused(&["NaN or infinity"]);
}

#[test]
fn conditions() {
    assert_eq!(run(&["cond", "[[1,0],[0,4]]"]).stdout, "4\n# float64; norm 2\n");
    assert_eq!(run(&["cond", "[[3,4],[0,5]]", "--norm", "1"]).answer(), ["4.2"]);
    assert_eq!(run(&["cond", "[[3,4],[0,5]]", "--norm", "-1"]).answer(), ["1"]);
    assert_eq!(run(&["cond", "[[1,0,0],[0,4,0]]"]).answer(), ["4"]);
    run(&["cond", "[[1,0,0],[0,4,0]]", "--norm", "fro"]).refused(&["must be square"]);
    run(&["cond", "[[1]]", "--norm", "3"]).refused(&["the norms are 2, -2, 1"]);
    let singular = run(&["cond", "[[1,2],[2,4]]", "--norm", "inf"]);
    assert_eq!((singular.code, singular.answer()), (0, vec!["inf"]));
    assert_eq!(run(&["cond", "[[1,2],[2,4]]", "--norm", "inf", "--strict"]).code, 4);
    let object = run(&["cond", "[[nan]]", "--json"]).json();
    let expected = json!({"command": "cond", "shape": [], "dtype": "float64", "cond": "NaN", "norm": "2"});
    assert_eq!(object, expected);
}

#[test]
fn answers_are_written_to_files() {
    let folder = std::env::temp_dir().join(format!("resolvent-fit-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join("x.npy");
    let path = path.to_str().unwrap();
    let written = run(&["lstsq", &data("fortran_stack.npy"), "[[1,0],[0,1]]", "-o", path]);
    assert!(
        written.code == 0 && written.stdout.starts_with("wrote "),
        "{}{}",
        written.stdout,
        written.stderr
    );
    assert_eq!(run(&["rank", path]).code, 0);
    let refused = folder.join("refused.npy");
    let code = run(&["rank", "[[0]]", "--strict", "-o", refused.to_str().unwrap()]).code;
    assert!(code == 4 && !refused.exists());
    std::fs::remove_dir_all(&folder).unwrap();
}
