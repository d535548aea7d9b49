//! Calls that are called off: an error, nobody harmed, and the next call is as good as ever.

mod common;

use std::cell::Cell;
use std::time::Duration;

use common::Random;
use resolvent::{Error, Mat, Stack, interruptible, inv, solve_ex};

/// Says yes from the n-th question on.
fn after(n: usize) -> impl Fn() -> bool {
    let asked = Cell::new(0);
    move || {
        asked.set(asked.get() + 1);
        asked.get() >= n
    }
}

/// Long enough to be asked about, on any machine and instruction set: repeated until it was.
fn until_interrupted(stop: impl Fn() -> bool, call: impl Fn() -> Result<(), Error>) -> Error {
    let endless = || -> Result<(), Error> {
        loop {
            call()?;
        }
    };
    interruptible(stop, endless).unwrap_err()
}

#[test]
fn calls_are_called_off() {
    let a: Mat<f64> = Random::new(1).mat(400, 400);
    let positive = Mat::from_fn(400, 400, |i, j| if i == j { 800.0 } else { a[(i.min(j), i.max(j))] });
    let small = Stack::from_vec(Random::new(2).vec::<f64>(8 * 8 * 5000), &[5000, 8, 8]).unwrap();
    let b = vec![1.0; 400];
    let before = (inv(&a).unwrap(), solve_ex(&a, &b).unwrap());
    for n in [1, 3] {
        assert_eq!(until_interrupted(after(n), || inv(&a).map(drop)), Error::Interrupted);
        assert_eq!(until_interrupted(after(n), || inv(&positive).map(drop)), Error::Interrupted);
        assert_eq!(until_interrupted(after(n), || solve_ex(&a, &b).map(drop)), Error::Interrupted);
        assert_eq!(until_interrupted(after(n), || resolvent::inv_ex(&small).map(drop)), Error::Interrupted);
        assert_eq!(until_interrupted(after(n), || resolvent::lu(&a).map(drop)), Error::Interrupted);
        assert!((inv(&a).unwrap(), solve_ex(&a, &b).unwrap()) == before);
    }
}

#[test]
fn whoever_goes_on_notices_nothing() {
    let a: Mat<f64> = Random::new(3).mat(300, 300);
    let alone = inv(&a).unwrap();
    assert!(interruptible(|| false, || inv(&a)).unwrap() == alone);
    // Errors pass through, and so do panics.
    let singular = Mat::<f64>::zeros(2, 2).unwrap();
    assert!(matches!(interruptible(|| false, || inv(&singular)), Err(Error::Singular { .. })));
    let panic =
        std::panic::catch_unwind(|| interruptible(|| false, || -> Result<(), Error> { panic!("mine") }));
    assert_eq!(panic.unwrap_err().downcast_ref::<&str>(), Some(&"mine"));
}

#[test]
fn only_the_watched_call_is_called_off() {
    let a: Mat<f64> = Random::new(4).mat(300, 300);
    assert_eq!(until_interrupted(after(1), || inv(&a).map(drop)), Error::Interrupted);
    // The watch is gone.
    std::thread::sleep(Duration::from_millis(25));
    assert!(inv(&a).is_ok());
    // One inside of another: the inner one's ends with it.
    let outcome = interruptible(
        || false,
        || {
            assert_eq!(until_interrupted(after(1), || inv(&a).map(drop)), Error::Interrupted);
            std::thread::sleep(Duration::from_millis(25));
            inv(&a)
        },
    );
    assert!(outcome.is_ok());
}
