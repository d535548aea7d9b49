//! Options that were mistyped are told, not read as operands.

use crate::runner::run;

#[test]
fn a_mistyped_option_is_told() {
    for (arguments, option) in [
        (&["inv", "--jsn", "[[1]]"][..], "--jsn"),
        (&["inv", "[[1]]", "--jsn"], "--jsn"),
        (&["inv", "--strct"], "--strct"),
        (&["solve", "[[1]]", "--digit=3"], "--digit"),
        (&["solve", "--digit=3", "[[1]]"], "--digit"),
        (&["solve", "--strct", "x = 1"], "--strct"),
        (&["solve", "[[1]]", "[1]", "--dgits", "3"], "--dgits"),
        (&["det", "--no-such", "--json"], "--no-such"),
    ] {
        let run = run(arguments);
        let words = format!("unknown option `{option}`; see `resolvent {} --help`", arguments[0]);
        assert_eq!(run.code, 2, "{arguments:?}: {}", run.stderr);
        assert_eq!(run.stderr, format!("error: {words}\n"), "{arguments:?}");
        if arguments.contains(&"--json") {
            assert_eq!(run.json()["error"]["message"], words);
        }
    }
}

#[test]
fn equations_and_files_may_begin_with_hyphens() {
    assert_eq!(run(&["solve", "--x = 3"]).answer(), ["x = 3"]);
    assert_eq!(run(&["solve", "-x = 3"]).answer(), ["x = -3"]);
    run(&["solve", "--x + y = 3"]).refused(&["1 equation for 2 unknowns"]);
    run(&["inv", "--", "--jsn.csv"]).refused(&["--jsn.csv: no such file"]);
}

#[test]
fn a_number_of_threads_is_at_least_one() {
    for count in ["-1", "0", "many"] {
        run(&["inv", "[[1]]", "--threads", count]).refused(&["--threads", count, "a whole number from 1"]);
    }
    run(&["inv", "[[1]]", "--digits", "-3"]).refused(&["-3", "1..=17"]);
    assert_eq!(run(&["inv", "[[1]]", "--threads", "1"]).code, 0);
}
