//! Matrices of order 2 to 4 against exact arithmetic: nearly singular, graded, of whole numbers, at the ends of the
//! range. Whatever forms the inverses take, elimination with partial pivoting must not be more accurate; cofactors as
//! the textbook has them would not pass.

mod common;

use common::exact::Truth;
use common::gallery::conditioned;
use common::{Element, Random, eps, norm_one, product, real, residual, stack_of, times, widen};
use resolvent::{Mat, Real, Scalar, Status};

/// Forward errors, in the units of `common::exact`.
const FORWARD: f64 = 2.0;
/// `|A X - I| / (n |A| |X| eps)`, as in `residuals.rs`.
const RIGHT: f64 = 1.0;
/// `|b - A x| / ((|A| |x| + |b|) n eps)`, likewise.
const SOLUTION: f64 = 1.0;
/// By how much the textbook's cofactors are worse where minors cancel.
const CANCELLATION: f64 = 1e3;

/// Matrices of one order in one family.
const COUNT: usize = 400;
/// eps/2 twice for Kahan's determinant (Jeannerod, Louvet and Muller 2013), once for its reciprocal, once for the
/// product, and their products.
const LAST_DIGIT: f64 = 2.001;

/// Cofactors over the determinant, as the textbook has them.
fn naive<T: Scalar>(a: &Mat<T>) -> Mat<T> {
    fn det<T: Scalar>(a: &Mat<T>) -> T {
        let mut sum = T::zero();
        for j in 0..a.ncols() {
            let term = a[(0, j)] * if a.nrows() == 1 { T::one() } else { det(&minor(a, 0, j)) };
            if j % 2 == 0 { sum += term } else { sum -= term }
        }
        sum
    }
    fn minor<T: Scalar>(a: &Mat<T>, i: usize, j: usize) -> Mat<T> {
        let n = a.nrows() - 1;
        Mat::from_fn(n, n, |p, q| a[(p + usize::from(p >= i), q + usize::from(q >= j))])
    }
    let determinant = det(a);
    Mat::from_fn(a.nrows(), a.nrows(), |i, j| {
        let cofactor = det(&minor(a, j, i));
        (if (i + j).is_multiple_of(2) { cofactor } else { -cofactor }) / determinant
    })
}

/// A family of matrices, and whether the textbook's minors cancel in it.
struct Family {
    name: &'static str,
    element: fn(&mut Random, &Setting) -> Mat<f64>,
    cancels: bool,
}

/// Order and type of a family's members.
struct Setting {
    n: usize,
    eps: f64,
    /// Powers of ten by which elements may be scaled.
    decades: f64,
}

impl Setting {
    fn of<T: Scalar>(n: usize) -> Self {
        let decades = if T::Real::MAX.to_f64() > 1e100 { 150.0 } else { 15.0 };
        Self { n, eps: eps::<T>(), decades }
    }
}

fn gaussian(random: &mut Random, n: usize) -> Mat<f64> {
    Mat::from_fn(n, n, |_, _| random.gaussian())
}

/// Rows and columns of a matrix multiplied by powers of ten of their own.
fn graded(random: &mut Random, a: &Mat<f64>, rows: f64, columns: f64) -> Mat<f64> {
    let mut powers = |size: f64| {
        (0..a.nrows()).map(|_| 10_f64.powf((random.uniform() * size).round())).collect::<Vec<_>>()
    };
    let (rows, columns) = (powers(rows), powers(columns));
    Mat::from_fn(a.nrows(), a.nrows(), |i, j| a[(i, j)] * rows[i] * columns[j])
}

/// Condition 1e4 to 1e12, or what the type can still answer.
fn condition(random: &mut Random, setting: &Setting) -> f64 {
    let most = (1e-2 / setting.eps).min(1e12).log10();
    let least = f64::min(4.0, most / 2.0);
    10_f64.powf(least + (most - least) * (random.uniform() + 1.0) / 2.0)
}

/// One large singular value, the others smaller by `condition`: every minor of order two cancels.
fn near_rank_one(random: &mut Random, n: usize, condition: f64) -> Mat<f64> {
    let (u, v) = (gaussian(random, n), gaussian(random, n));
    Mat::from_fn(n, n, |i, j| u[(0, i)] * v[(0, j)] + random.gaussian() / condition)
}

const FAMILIES: [Family; 9] = [
    Family { name: "gaussian", element: |random, s| gaussian(random, s.n), cancels: false },
    Family {
        name: "whole numbers",
        element: |random, s| Mat::from_fn(s.n, s.n, |_, _| random.below(19) as f64 - 9.0),
        cancels: false,
    },
    Family {
        name: "nearly singular",
        element: |random, s| {
            let a = conditioned::<f64>(s.n, condition(random, s));
            let (p, q) = (random.permutation(s.n), gaussian(random, s.n));
            // Another matrix every time: rows exchanged and added to each other.
            Mat::from_fn(s.n, s.n, |i, j| (0..s.n).map(|k| q[(i, k)] * a[(p[k], j)]).sum())
        },
        cancels: false,
    },
    Family {
        name: "near rank one",
        element: |random, s| {
            let condition = condition(random, s);
            near_rank_one(random, s.n, condition)
        },
        cancels: true,
    },
    Family {
        name: "near rank one, graded columns",
        element: |random, s| {
            let condition = condition(random, s);
            let a = near_rank_one(random, s.n, condition);
            graded(random, &a, 0.0, s.decades)
        },
        cancels: true,
    },
    Family {
        name: "graded rows",
        element: |random, s| {
            let a = gaussian(random, s.n);
            graded(random, &a, s.decades, 0.0)
        },
        cancels: false,
    },
    Family {
        name: "graded both ways",
        element: |random, s| {
            let a = gaussian(random, s.n);
            graded(random, &a, s.decades / 2.0, s.decades / 2.0)
        },
        cancels: false,
    },
    Family {
        name: "every element of its own size",
        element: |random, s| {
            Mat::from_fn(s.n, s.n, |_, _| random.gaussian() * 10_f64.powf(random.uniform() * s.decades / 8.0))
        },
        cancels: false,
    },
    Family {
        name: "any unit",
        element: |random, s| {
            let unit = 10_f64.powf((random.uniform() * s.decades).round());
            times(&gaussian(random, s.n), unit)
        },
        cancels: false,
    },
];

fn against_the_truth<T: Element<Wide = f64>>() {
    let mut wrong = Vec::new();
    for n in [2, 3, 4] {
        for Family { name, element, cancels } in FAMILIES {
            let mut random = Random::new(n as u64);
            let setting = Setting::of::<T>(n);
            let matrices: Vec<Mat<T>> = (0..COUNT)
                .map(|_| element(&mut random, &setting))
                .map(|a| Mat::from_fn(n, n, |i, j| real(a[(i, j)])))
                .collect();
            // Right-hand sides whose solutions are not large, however large the inverse.
            let sides: Vec<Mat<T>> = matrices
                .iter()
                .map(|a| product(&widen(a.as_ref()), &gaussian(&mut random, n)))
                .map(|b| Mat::from_fn(n, 1, |i, _| real(b[(i, 0)])))
                .collect();
            let (a, b) = (stack_of(&matrices, n, n), stack_of(&sides, n, 1));
            let (answer, solved) = (resolvent::inv_ex(&a).unwrap(), resolvent::solve_ex(&a, &b).unwrap());
            let [mut ours, mut eliminated, mut cofactors, mut right, mut solution] = [0.0_f64; 5];
            for (l, a) in matrices.iter().enumerate() {
                let Some(truth) = Truth::new(a) else {
                    assert_eq!(answer.info.status[l], Status::Singular, "{name}, n = {n}, matrix {l}");
                    continue;
                };
                let x = answer.inverse.as_ref().matrix(l).to_mat();
                ours = ours.max_nan(truth.error(&x));
                eliminated = eliminated
                    .max(resolvent::lu(a).unwrap().inverse().map_or(f64::INFINITY, |x| truth.error(&x)));
                cofactors = cofactors.max(truth.error(&naive(a)));
                let (a, x, b) = (widen(a.as_ref()), widen(x.as_ref()), widen(sides[l].as_ref()));
                let rounding = norm_one(&a) * n as f64 * eps::<T>();
                let residue = norm_one(&residual(&Mat::identity(n), &a, &x));
                right = right.max_nan(residue / (rounding * norm_one(&x)));
                let y = widen(solved.solution.as_ref().matrix(l));
                let scale = rounding * (norm_one(&y) + norm_one(&b) / norm_one(&a));
                solution = solution.max_nan(norm_one(&residual(&b, &a, &y)) / scale);
            }
            println!(
                "worst: {:10} {n} {name:32} {ours:8.3} by lu {eliminated:8.3} naive {cofactors:10.3e} right {right:6.3} solve {solution:6.3}",
                T::NAME
            );
            if !(ours <= FORWARD && right <= RIGHT && solution <= SOLUTION) {
                wrong.push(format!(
                    "{name}, n = {n}: forward error {ours} units, residual ratios {right} and {solution}"
                ));
            }
            if cancels && n > 2 && cofactors < CANCELLATION * ours {
                wrong.push(format!(
                    "{name}, n = {n}: cofactors are off by {cofactors} units only, we by {ours}"
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Of two rows: minors are elements, and Kahan's determinant is right to two units of rounding, whatever cancels.
fn two_by_two_to_the_last_digit<T: Element<Wide = f64>>() {
    let fused = cfg!(any(target_feature = "fma", target_arch = "aarch64"));
    if resolvent::plan_for::<T>(resolvent::Verb::Invert, 2, 1).unwrap().isa == resolvent::Isa::Portable
        && !fused
    {
        // Without a multiply-add of one rounding there is no closed form; elimination makes no such promise.
        return;
    }
    for Family { name, element, .. } in FAMILIES {
        let mut random = Random::new(2);
        for _ in 0..COUNT {
            let a = element(&mut random, &Setting::of::<T>(2));
            let a = Mat::from_fn(2, 2, |i, j| real::<T>(a[(i, j)]));
            if let Some(truth) = Truth::new(&a) {
                let error = truth.relative_error(&resolvent::inv(&a).unwrap());
                assert!(error <= LAST_DIGIT, "{name}: an element is off by {error} eps: {a:?}");
            }
        }
    }
}

#[test]
fn two_by_two_to_the_last_digit_f32() {
    two_by_two_to_the_last_digit::<f32>();
}

#[test]
fn two_by_two_to_the_last_digit_f64() {
    two_by_two_to_the_last_digit::<f64>();
}

#[test]
fn against_the_truth_f32() {
    against_the_truth::<f32>();
}

#[test]
fn against_the_truth_f64() {
    against_the_truth::<f64>();
}
