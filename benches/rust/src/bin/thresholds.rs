//! The lane-interleaved kernels beside the blocked algorithms, on one thread, for a matrix alone and for a stack: what
//! the thresholds of `plan.rs` rest on. The instruction set is that of `RESOLVENT_ISA`.

use std::hint::black_box;
use std::time::Duration;

use resolvent::{Complex, Detail, Isa, Method, Real, Scalar, StackMut, StackRef, Verb};
use resolvent_benches::{Engine, Gaussian, measure, rounds};
use resolvent_kernels::table::{Group, LANES_MAX, SMALL_MAX, Verdict};

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

/// Answers by that method, or says that it cannot be made to. All that knows how a method is forced.
///
/// Until the library has a way, the lanes are driven here, without the library's dispatch, its look at the verdicts and
/// its report, and the blocked algorithms are seen only above the order at which the library takes them itself.
fn forced<T: Scalar>(method: Method, verb: Verb, operands: &mut Operands<'_, T>) -> resolvent::Result<bool> {
    let Operands { n, count, a, b, out } = operands;
    let (n, count) = (*n, *count);
    if method == Method::Small {
        lanes(verb, operands);
        return Ok(true);
    }
    if resolvent::plan_for::<T>(verb, n, count)?.method != method {
        return Ok(false);
    }
    let a = StackRef::from_slice(a, &[count, n, n])?;
    match verb {
        Verb::Solve { rhs } => {
            let shape = [count, n, rhs];
            let (b, mut out) = (StackRef::from_slice(b, &shape)?, StackMut::from_slice(out, &shape)?);
            resolvent::solve_into(&a, &b, &mut out, Detail::Summary)?;
        }
        _ => {
            let mut out = StackMut::from_slice(out, &[count, n, n])?;
            resolvent::inv_into(&a, &mut out, Detail::Summary)?;
        }
    }
    Ok(true)
}

/// The kernels of `Small` over groups of lanes, as one task of the library does it.
fn lanes<T: Scalar>(verb: Verb, operands: &mut Operands<'_, T>) {
    let Operands { n, count, a, b, out } = operands;
    let n = *n;
    let small = &T::kernels(Isa::active().expect("an instruction set")).small;
    let (rhs, columns) = if let Verb::Solve { rhs } = verb { (rhs, rhs) } else { (0, n) };
    assert!(n <= SMALL_MAX && [a.len(), out.len(), b.len()] == [n, columns, columns].map(|k| *count * n * k));
    let mut memory = vec![T::Real::ZERO; (small.workspace)(n, rhs) + 64];
    let start = memory.as_ptr().align_offset(64);
    let work = memory[start..].as_mut_ptr();
    let zero = T::Real::ZERO;
    let verdict = Verdict { zero_pivot: None, finite: true, odd: false, rcond: zero, backward_error: zero };
    let mut verdicts = [verdict; LANES_MAX];
    let (square, group) = (n * n * small.lanes, n * columns * small.lanes);
    for ((a, b), x) in a.chunks(square).zip(b.chunks(group)).zip(out.chunks_mut(group)) {
        let (mut sources, mut rights) = ([std::ptr::null(); LANES_MAX], [std::ptr::null(); LANES_MAX]);
        let mut targets = [std::ptr::null_mut(); LANES_MAX];
        let matrices = a.len() / (n * n);
        for lane in 0..matrices {
            sources[lane] = a[lane * n * n..][..n * n].as_ptr();
            rights[lane] = b[lane * n * columns..][..n * columns].as_ptr();
        }
        for (target, x) in targets.iter_mut().zip(x.chunks_mut(n * columns)) {
            *target = x.as_mut_ptr();
        }
        let a = Group { ptrs: &sources[..matrices], rs: n as isize, cs: 1 };
        let b = Group { ptrs: &rights[..matrices], rs: columns as isize, cs: 1 };
        let x = Group { ptrs: &targets[..matrices], rs: columns as isize, cs: 1 };
        let verdicts = &mut verdicts[..matrices];
        // SAFETY: at most `lanes` matrices, each inside its slice with all its elements; the answers overlap nothing; the
        // workspace is the one asked for, on a cache line; the instruction set is one this machine has.
        unsafe {
            match verb {
                Verb::Solve { .. } => (small.solve)(n, rhs, a, b, x, verdicts, work),
                _ => (small.invert)(n, a, x, verdicts, work),
            }
        }
    }
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
        if call(method, 0, &mut out) {
            engines.push(Engine::new(engine, move |i| {
                call(method, i, &mut out);
                black_box(out[0])
            }));
        }
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
