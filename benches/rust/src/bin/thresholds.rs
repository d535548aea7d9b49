//! The kernels for small matrices beside the blocked algorithms, on one thread, for a matrix alone and for a stack: what
//! the thresholds of `plan.rs` rest on. The instruction set is that of `RESOLVENT_ISA`.

use std::hint::black_box;
use std::time::Duration;

use resolvent::{Complex, Detail, Method, Options, Scalar, StackMut, StackRef, Verb};
use resolvent_benches::{Engine, Gaussian, measure, rounds};
use resolvent_kernels::table::{LANES_MAX, SMALL_MAX};

/// A stack is about as many bytes as one task of a thread.
const STACK_BYTES: usize = 256 << 10;

/// A matrix alone is one of so many, in turn.
const BANK: usize = 16;

/// The `count` matrices of one call, right-hand sides (as large as the answer, for `inv` unused) and room for the answer,
/// in C order.
struct Operands<'a, T> {
    n: usize,
    count: usize,
    a: &'a [T],
    b: &'a [T],
    out: &'a mut [T],
}

/// Answers by that method.
fn forced<T: Scalar>(method: Method, verb: Verb, operands: &mut Operands<'_, T>) -> resolvent::Result<()> {
    let Operands { n, count, a, b, out } = operands;
    let (n, count) = (*n, *count);
    let a = StackRef::from_slice(a, &[count, n, n])?;
    let options = Options { method: Some(method), ..Detail::Summary.into() };
    if let Verb::Solve { rhs } = verb {
        let shape = [count, n, rhs];
        let (b, mut out) = (StackRef::from_slice(b, &shape)?, StackMut::from_slice(out, &shape)?);
        resolvent::solve_into(&a, &b, &mut out, options)?;
    } else {
        let mut out = StackMut::from_slice(out, &[count, n, n])?;
        resolvent::inv_into(&a, &mut out, options)?;
    }
    Ok(())
}

fn compare<T: Scalar>(rounds: usize, name: &str, verb: Verb, n: usize, count: usize) {
    let bank = if count == 1 { BANK } else { 1 };
    let k = if let Verb::Solve { rhs } = verb { rhs } else { n };
    let mut gaussian = Gaussian::new(n as u64);
    let a: Vec<T> = (0..bank * count * n * n).map(|_| gaussian.draw()).collect();
    let b: Vec<T> = (0..bank * count * n * k).map(|_| gaussian.draw()).collect();
    let call = |method: Method, i: usize, out: &mut [T]| {
        let at = i % bank * count * n;
        let (a, b) = (&black_box(&a)[at * n..][..count * n * n], &black_box(&b)[at * k..][..count * n * k]);
        forced(method, verb, &mut Operands { n, count, a, b, out }).expect("Gaussian matrices are answered")
    };
    let mut engines = Vec::new();
    for (engine, method) in [("lanes", Method::Small), ("blocked", Method::Blocked)] {
        let mut out = vec![T::zero(); count * n * k];
        engines.push(Engine::new(engine, move |i| {
            call(method, i, &mut out);
            black_box(out[0])
        }));
    }
    measure(&format!("{name},{},{count},{n}", T::NAME), rounds, Duration::ZERO, &mut engines);
}

fn of_type<T: Scalar>(rounds: usize) {
    for (name, verb) in [("inv", Verb::Invert), ("solve", Verb::Solve { rhs: 1 })] {
        for alone in [true, false] {
            for n in (4..=SMALL_MAX).step_by(2) {
                let stack = (STACK_BYTES / (n * n * size_of::<T>())).next_multiple_of(LANES_MAX);
                compare::<T>(rounds, name, verb, n, if alone { 1 } else { stack });
            }
        }
    }
}

fn main() -> resolvent::Result<()> {
    resolvent::set_num_threads(1)?;
    let rounds = rounds();
    of_type::<f32>(rounds);
    of_type::<f64>(rounds);
    of_type::<Complex<f32>>(rounds);
    of_type::<Complex<f64>>(rounds);
    Ok(())
}
