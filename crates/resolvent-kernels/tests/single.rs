//! A matrix alone, the registers along its rows, has the bits it has in a lane: answers, factors and verdicts, whatever
//! the matrix.

mod common;
#[path = "small/rig.rs"]
#[macro_use]
#[allow(dead_code, unused_macros)]
mod rig;

use resolvent_kernels::{Kernels, Real, Scalar};
use rig::*;

every_kernel!(the_same_bits);

/// Matrices of order n on which the ways could part: ties, zeros of both signs, scales, what is not finite.
fn matrices<T: Scalar>(n: usize) -> Vec<Vec<T>> {
    let mut random = Random(n as u64 + 1);
    let scaled = |x: T, by: f64| x * T::from_real(T::Real::from_f64(by));
    let (tiny, huge) = (T::Real::MIN_POSITIVE.to_f64(), T::Real::MAX.to_f64());
    let plain = random.matrix::<T>(n, n);
    let each = |f: &dyn Fn(usize, usize, T) -> T| -> Vec<T> {
        plain.iter().enumerate().map(|(e, &x)| f(e / n, e % n, x)).collect()
    };
    let half = T::from_real(T::Real::from_f64(0.5));
    vec![
        plain.clone(),
        // Whole numbers: ties, exact zeros.
        random
            .matrix::<f64>(n, n)
            .iter()
            .map(|x| T::from_real(T::Real::from_f64((x * 3.0).round())))
            .collect(),
        // Zeros of either sign.
        each(&|i, j, x| if i == j { x } else { scaled(x, 0.0) }),
        each(&|i, j, x| if (i + j) % 3 == 0 { x } else { scaled(x, -0.0) }),
        each(&|i, j, x| if i <= j { x } else { T::zero() }),
        // Graded, and out of range on the way.
        each(&|i, _, x| scaled(x, 2.0_f64.powi(-(i as i32)))),
        each(&|_, _, x| scaled(x, huge / 2.0)),
        each(&|_, _, x| scaled(x, tiny / 4.0)),
        each(&|i, j, x| if i == n - 1 - j { scaled(x, tiny) } else { scaled(x, tiny * tiny) }),
        // Singular: a zero column, equal rows.
        each(&|_, j, x| if j == n / 2 { T::zero() } else { x }),
        each(&|_, j, _| plain[j]),
        // Growth.
        each(&|i, j, _| match i.cmp(&j) {
            _ if j == n - 1 => T::one(),
            std::cmp::Ordering::Less => T::zero(),
            std::cmp::Ordering::Equal => T::one(),
            std::cmp::Ordering::Greater => T::zero() - T::one(),
        }),
        // Not finite.
        each(&|i, j, x| if (i, j) == (n / 2, n / 3) { T::nan() } else { x }),
        each(&|i, j, x| if (i, j) == (n - 1, 0) { half / T::zero() } else { x }),
    ]
}

fn the_same_bits<T: Scalar>(kernels: &Kernels<T>) {
    let (small, single) = (&kernels.small, &kernels.single);
    assert_eq!(single.lanes, 1);
    for n in 1..=64 {
        let a = matrices::<T>(n);
        for k in [1, 2, 5] {
            let b: Vec<Vec<T>> = (0..a.len()).map(|m| Random(m as u64 + 9).matrix(n, k)).collect();
            for ask in [Ask::Full, Ask::Plain] {
                let answers = [small, single].map(|kernels| solve_asked(kernels, ask, n, k, &a, &b));
                same(answers, ask, &format!("solve n = {n}, k = {k}"));
            }
        }
        for ask in [Ask::Full, Ask::Plain] {
            let answers = [small, single].map(|kernels| invert_asked(kernels, ask, n, &a));
            same(answers, ask, &format!("invert n = {n}"));
        }
        let ((lanes, p), (alone, q)) = (factor(small, n, &a), factor(single, n, &a));
        same([lanes, alone], Ask::Full, &format!("factor n = {n}"));
        assert_eq!(p, q);
        let (lanes, alone) = (determinant(small, n, &a), determinant(single, n, &a));
        for m in 0..a.len() {
            let given = [lanes[m], alone[m]].map(|det| bits(&det.into_iter().collect::<Vec<_>>()));
            assert_eq!(given[0], given[1], "determinant n = {n}, matrix {m}");
        }
    }
}

/// What a plain call says of rcond without need is as good as infinite.
fn needed<R: Real>(mut v: Verdict<R>, ask: Ask) -> Verdict<R> {
    if ask == Ask::Plain && v.rcond >= R::EPSILON.sqrt() {
        v.rcond = R::INFINITY;
    }
    v
}

fn same<T: Scalar>([lanes, alone]: [Answers<T>; 2], ask: Ask, what: &str) {
    for m in 0..lanes.0.len() {
        let [v, w] = [lanes.1[m], alone.1[m]].map(|v| verdict_bits(&needed(v, ask)));
        assert_eq!(v, w, "{what}, matrix {m}, {ask:?}");
        // What comes of a matrix that is not finite is nobody's answer.
        if lanes.1[m].finite {
            assert_eq!(bits(&lanes.0[m]), bits(&alone.0[m]), "{what}, matrix {m}");
        }
    }
}
