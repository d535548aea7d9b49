//! Calls that tell how far they are: a fraction that grows with the work, on the calling thread, and nobody harmed.

mod common;

use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::OnceLock;

use common::Random;
use resolvent::{Error, Mat, Stack, interruptible, inv, lu, solve_ex, with_progress};

/// What was told of a call.
struct Told {
    fractions: Vec<f64>,
    what: String,
}

fn told<R>(work: impl FnOnce() -> R) -> (Told, R) {
    let (fractions, what) = (RefCell::new(vec![]), RefCell::new(String::new()));
    let thread = std::thread::current().id();
    let result = with_progress(
        |progress| {
            assert_eq!(std::thread::current().id(), thread);
            fractions.borrow_mut().push(progress.fraction);
            *what.borrow_mut() = progress.what.to_owned();
        },
        work,
    );
    (Told { fractions: fractions.into_inner(), what: what.into_inner() }, result)
}

/// A matrix whose inverse takes long enough for several reports, on any machine and instruction set.
fn large() -> &'static Mat<f64> {
    static LARGE: OnceLock<Mat<f64>> = OnceLock::new();
    LARGE.get_or_init(|| {
        let mut n = 600;
        loop {
            let a = Random::new(1).mat(n, n);
            if told(|| inv(&a).unwrap()).0.fractions.len() > 6 {
                return a;
            }
            n += n / 2;
            assert!(n < 20_000, "nobody is told");
        }
    })
}

fn check(told: &Told, what: &str) {
    assert_eq!(told.what, what);
    let fractions = &told.fractions;
    assert!(fractions.is_sorted() && fractions[0] >= 0.0, "{fractions:?}");
    assert_eq!(fractions.iter().filter(|&&fraction| fraction == 1.0).count(), 1, "{fractions:?}");
    assert_eq!(fractions.last(), Some(&1.0));
}

#[test]
fn a_fraction_grows_with_the_work() {
    let a: &Mat<f64> = large();
    let n = a.nrows();
    let alone = inv(a).unwrap();
    let (told, inverse) = told(|| inv(a).unwrap());
    assert!(inverse == alone);
    check(&told, &format!("invert {n}x{n} float64"));
    let between = told.fractions.iter().filter(|&&fraction| 0.05 < fraction && fraction < 0.95).count();
    assert!(between > 1, "{:?}", told.fractions);
}

#[test]
fn every_verb_tells_and_ends_with_1() {
    let a: Mat<f64> = Random::new(2).mat(300, 300);
    let b = Random::new(3).mat(300, 5);
    let factors = lu(&a).unwrap();
    for (what, told) in [
        ("solve 300x300 float64", told(|| drop(solve_ex(&a, &b))).0),
        ("factor 300x300 float64", told(|| drop(resolvent::det(&a))).0),
        ("factor 300x300 float64", told(|| drop(lu(&a))).0),
        ("invert 300x300 float64", told(|| drop(factors.inverse())).0),
        ("solve 300x300 float64", told(|| drop(factors.solve(&b))).0),
        ("invert 3x3 float64", told(|| drop(inv(&[[2.0, 1.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]))).0),
    ] {
        check(&told, what);
    }
    // What fails does not end.
    let (told, outcome) = told(|| inv(&b));
    assert!(matches!(outcome, Err(Error::NotSquare { .. })) && told.fractions.is_empty());
}

#[test]
fn each_call_is_told_of_by_itself() {
    let a: Mat<f64> = Random::new(4).mat(100, 100);
    let (told, ()) = told(|| (0..5).for_each(|_| drop(inv(&a).unwrap())));
    assert_eq!(told.fractions.iter().filter(|&&fraction| fraction == 1.0).count(), 5);
    // Nobody is told after it.
    inv(&a).unwrap();
}

#[test]
fn stacks_tell_as_their_tasks_end() {
    let mut matrices = 20_000;
    loop {
        let stack =
            Stack::from_vec(Random::new(5).vec::<f64>(16 * 16 * matrices), &[matrices, 16, 16]).unwrap();
        let (told, answer) = told(|| resolvent::inv_ex(&stack).unwrap());
        check(&told, &format!("invert {matrices}x16x16 float64"));
        if told.fractions.len() > 4 {
            assert!(answer == resolvent::inv_ex(&stack).unwrap());
            break;
        }
        matrices *= 2;
        assert!(matrices < 10_000_000, "nobody is told");
    }
    // A determinant that its kernel does not give is a call inside of a call, and not told of.
    let tiny = Stack::from_vec(vec![1e-200_f64; 30 * 30 * 10], &[10, 30, 30]).unwrap();
    let (told, _) = told(|| resolvent::det(&tiny).unwrap());
    assert_eq!((told.fractions.len(), told.what.as_str()), (1, "factor 10x30x30 float64"));
}

#[test]
fn it_nests_with_interruptions() {
    let a: &Mat<f64> = large();
    let before = inv(a).unwrap();
    for inside in [false, true] {
        let seen = Cell::new(0.0);
        let call = || inv(a);
        // Given up as soon as something was told.
        let stop = || seen.get() > 0.0;
        let report = |progress: resolvent::Progress<'_>| seen.set(progress.fraction);
        let outcome = if inside {
            interruptible(stop, || with_progress(report, call))
        } else {
            with_progress(report, || interruptible(stop, call))
        };
        assert_eq!(outcome.unwrap_err(), Error::Interrupted);
        assert!(seen.get() > 0.0 && seen.get() < 1.0);
    }
    assert!(inv(a).unwrap() == before);
}

#[test]
fn the_innermost_is_told() {
    let a: Mat<f64> = Random::new(6).mat(60, 60);
    let (outer, inner) = (Cell::new(0), Cell::new(0));
    let count = |told: &Cell<i32>| told.set(told.get() + 1);
    with_progress(
        |_| count(&outer),
        || {
            with_progress(|_| count(&inner), || inv(&a)).unwrap();
            assert_eq!((outer.get(), inner.get()), (0, 1));
            inv(&a).unwrap();
        },
    );
    assert_eq!((outer.get(), inner.get()), (1, 1));
}

#[test]
fn a_report_may_call_the_library_and_may_panic() {
    let a: &Mat<f64> = large();
    let small: Mat<f64> = Random::new(7).mat(200, 200);
    let (before, of_small) = (inv(a).unwrap(), inv(&small).unwrap());
    let calls = Cell::new(0);
    let calling = |progress: resolvent::Progress<'_>| {
        // Not told of the calls it makes.
        assert_ne!(progress.what, "invert 200x200 float64");
        calls.set(calls.get() + 1);
        assert!(inv(&small).unwrap() == of_small);
    };
    assert!(with_progress(calling, || inv(a)).unwrap() == before);
    assert!(calls.get() > 1);
    for least in [0.0, 0.5, 1.0] {
        let panicking = |progress: resolvent::Progress<'_>| assert!(progress.fraction < least, "enough");
        let panic = catch_unwind(AssertUnwindSafe(|| with_progress(panicking, || inv(a)))).unwrap_err();
        assert_eq!(panic.downcast_ref::<&str>(), Some(&"enough"));
        // Threads and memory are as good as ever, and nobody is told any more.
        assert!(inv(a).unwrap() == before);
    }
}
