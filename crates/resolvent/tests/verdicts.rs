//! What every answer says of itself: status, pivot, rcond, backward error, and the lists of exceptions.

mod common;

use common::gallery::{adversaries, conditioned, graded_rows, hilbert, kahan, rank_deficient, wilkinson};
use common::{Random, eps, lanes, real, stack_of};
use resolvent::{Detail, Error, Failure, Info, Mat, Method, Options, Real, Scalar, Stack, Status};

/// Small and blocked orders.
const ORDERS: [usize; 9] = [1, 2, 3, 5, 16, 24, 25, 64, 90];

/// Everything, and which row of a singular matrix depends on which.
fn blaming() -> Options {
    Options::from(Detail::Full).blaming()
}

/// The infos of every verb that gives one, for one matrix.
fn infos<T: Scalar>(a: &Mat<T>) -> [(&'static str, Info); 3] {
    let b = vec![T::one(); a.nrows()];
    [
        ("inv", resolvent::inv_with(a, blaming()).unwrap().info),
        ("solve", resolvent::solve_with(a, &b, blaming()).unwrap().info),
        ("lu", resolvent::lu(a).unwrap().info().clone()),
    ]
}

fn assert_status<T: Scalar>(a: &Mat<T>, expected: Status, what: &str) {
    for (verb, info) in infos(a) {
        let n = a.nrows();
        assert_eq!(info.status, [expected], "{verb}, {what}, n = {n}: rcond {}", info.rcond[0]);
        assert_eq!(info.worst, expected, "{verb}, {what}");
        // Larger ones go by their structure.
        let planned = resolvent::plan_for::<T>(resolvent::Verb::Invert, n, 1).unwrap().method;
        assert!(info.method == planned || planned == Method::Blocked, "{verb}, {what}: {}", info.method);
        let doubtful: &[usize] = if expected == Status::NumericallySingular { &[0] } else { &[] };
        assert_eq!(info.doubtful, doubtful, "{verb}, {what}");
        assert_eq!(info.failures.len(), usize::from(expected == Status::Singular), "{verb}, {what}");
    }
}

/// P L U with a zero at place `pivot` of the diagonal of U, and such whole and half numbers that elimination is exact:
/// pivots are powers of two and beat what stands below them by a factor of two.
fn singular_at<T: Scalar>(n: usize, pivot: usize) -> Mat<T> {
    let mut random = Random::new((n * 100 + pivot) as u64);
    let l: Mat<f64> = Mat::from_fn(n, n, |i, j| match i.cmp(&j) {
        std::cmp::Ordering::Less => 0.0,
        std::cmp::Ordering::Equal => 1.0,
        std::cmp::Ordering::Greater => [-0.5, 0.0, 0.5][random.below(3)],
    });
    let u = Mat::from_fn(n, n, |i, j| match i.cmp(&j) {
        std::cmp::Ordering::Less => random.below(7) as f64 - 3.0,
        std::cmp::Ordering::Equal if i == pivot => 0.0,
        std::cmp::Ordering::Equal => [1.0, -2.0, 4.0][random.below(3)],
        std::cmp::Ordering::Greater => 0.0,
    });
    let (a, order) = (common::product(&l, &u), random.permutation(n));
    Mat::from_fn(n, n, |i, j| real(a[(order[i], j)]))
}

fn each_status<T: Scalar>() {
    for n in ORDERS {
        assert_status(&Mat::<T>::identity(n), Status::Ok, "identity");
        assert_status(&Mat::<T>::zeros(n, n).unwrap(), Status::Singular, "zero");
        if n > 1 {
            let ill = if n < 10 { 4.0 } else { 1.0 } / eps::<T>().sqrt();
            assert_status(&conditioned::<T>(n, ill), Status::IllConditioned, "ill");
            assert_status(&conditioned::<T>(n, 1e-2 / eps::<T>().sqrt()), Status::Ok, "well");
        }
        if n > 1 {
            // Two equal rows but for the last bit of one element.
            let mut a = conditioned::<T>(n, 2.0);
            for j in 0..n {
                a[(n - 1, j)] = a[(0, j)];
            }
            let last_bit = a[(n - 1, 0)].abs() * T::Real::EPSILON;
            a[(n - 1, 0)] += T::from_real(last_bit);
            assert_status(&a, Status::NumericallySingular, "two rows are equal but for a bit");
        }
        for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            for place in [0, n * n / 2, n * n - 1] {
                let mut a = Mat::<T>::identity(n);
                a[(place / n, place % n)] = real(bad);
                assert_status(&a, Status::NotFinite, "one element is not finite");
            }
        }
    }
    for n in [10, 12, 24, 25, 44, 45, 61] {
        let a: Mat<T> = hilbert(if eps::<T>() > 1e-10 { n } else { n + 4 });
        // None of them is singular, however near.
        let found = resolvent::inv_ex(&a).unwrap().info;
        assert!(found.status[0] == Status::NumericallySingular || n < 12, "Hilbert {n}: {found:?}");
        assert!(matches!(found.status[0], Status::NumericallySingular | Status::IllConditioned));
    }
    for n in [3, 8, 24, 25, 50] {
        assert_status(&rank_deficient::<T>(n), Status::Singular, "the last row is the sum of the first two");
    }
}

fn pivots_are_named<T: Scalar>() {
    for n in ORDERS {
        for pivot in [0, n / 3, n / 2, n - 1] {
            let a = singular_at::<T>(n, pivot);
            for (verb, info) in infos(&a) {
                let [Failure { matrix: 0, pivot: found, dependence: Some(dependence) }] = &info.failures[..]
                else {
                    panic!("{verb}, n = {n}: {:?}", info.failures)
                };
                assert_eq!(*found, pivot, "{verb}, n = {n}");
                assert_eq!(info.rcond, [0.0], "{verb}, n = {n}");
                let error = info.check().unwrap_err();
                assert_eq!(error.to_string(), format!("matrix 0 is singular: {dependence}"));
            }
            let expected = resolvent::inv_with(&a, blaming()).unwrap().info.check().unwrap_err();
            let Error::Singular { matrix: 0, pivot: found, dependence: Some(_), all } = &expected else {
                panic!("n = {n}: {expected:?}")
            };
            assert_eq!((*found, &all[..]), (pivot, &[0][..]));
            assert_eq!(resolvent::inv(&a).unwrap_err(), expected);
            assert_eq!(resolvent::solve(&a, &vec![T::one(); n]).unwrap_err(), expected);
            let lu = resolvent::lu(&a).unwrap();
            assert_eq!(lu.inverse().unwrap_err(), expected);
            assert_eq!(lu.solve(&vec![T::one(); n]).unwrap_err(), expected);
            assert_eq!(lu.solve_side(resolvent::Side::Transposed, &vec![T::one(); n]).unwrap_err(), expected);
            let inverse = resolvent::inv_ex(&a).unwrap();
            assert!(inverse.info.backward_error[0].is_nan());
            assert!(inverse.inverse.as_slice().iter().all(|x| x.re().is_nan()));
            let solved = resolvent::solve_ex(&a, &vec![T::one(); n]).unwrap();
            assert!(solved.info.backward_error[0].is_nan());
            assert!(solved.solution.iter().all(|x| x.re().is_nan()));
        }
    }
}

fn exceptions_of_a_stack<T: Scalar>() {
    for n in [2, 7, 24, 30] {
        let count = 3 * lanes::<T>() + 2;
        let mut random = Random::new(n as u64);
        let mut matrices: Vec<Mat<T>> = (0..count)
            .map(|_| {
                Mat::from_fn(n, n, |i, j| {
                    if i == j { real(3.0) } else { random.element::<T>() * real(2.0 / n as f64) }
                })
            })
            .collect();
        let (singular, doubtful, not_finite) = ([1, 2, count / 2, count - 1], count / 2 + 1, count - 2);
        for &l in &singular {
            matrices[l] = singular_at(n, n - 1);
        }
        matrices[doubtful] = common::gallery::doubtful(n);
        matrices[not_finite][(0, n - 1)] = T::nan();
        let a = stack_of(&matrices, n, n);
        let answer = resolvent::inv_with(&a, blaming()).unwrap();
        let info = &answer.info;
        let failures: Vec<usize> = info.failures.iter().map(|failure| failure.matrix).collect();
        assert_eq!(failures, singular, "n = {n}");
        assert!(info.failures.iter().all(|failure| failure.pivot == n - 1));
        assert_eq!(info.doubtful, [doubtful], "n = {n}");
        assert_eq!(info.worst, Status::NotFinite);
        assert_eq!(info.worst_rcond, info.rcond[doubtful]);
        assert_eq!(info.batch, [count]);
        for l in 0..count {
            let x = answer.inverse.as_ref().matrix(l);
            let finite = (0..n * n).all(|p| x.get(p / n, p % n).is_finite());
            let expected = match l {
                _ if singular.contains(&l) => Status::Singular,
                _ if l == doubtful => Status::NumericallySingular,
                _ if l == not_finite => Status::NotFinite,
                _ => Status::Ok,
            };
            assert_eq!(info.status[l], expected, "n = {n}, matrix {l}");
            assert_eq!(finite, expected < Status::Singular, "n = {n}, matrix {l}");
            assert_eq!(info.rcond[l].is_nan(), l == not_finite);
        }
        let error = resolvent::inv(&a).unwrap_err();
        let list = format!("1, 2, {}, {}", count / 2, count - 1);
        let dependence = info.failures[0].dependence.as_ref().unwrap();
        assert!(info.failures[1..].iter().all(|failure| failure.dependence.is_none()), "n = {n}");
        let text =
            format!("matrix 1 is singular: {dependence} (4 matrices of the stack are singular: {list})");
        assert_eq!(error.to_string(), text);
        // Without detail: the same exceptions, no arrays.
        let mut out = Stack::<T>::zeros(a.shape()).unwrap();
        let summary = resolvent::inv_into(&a.as_ref(), &mut out.as_mut(), Detail::Summary).unwrap();
        let full = Info {
            status: vec![],
            rcond: vec![],
            backward_error: vec![],
            forward_error: vec![],
            ..info.clone()
        };
        assert_eq!(summary, full);
    }
}

fn bad_right_hand_sides<T: Scalar>() {
    for n in [1, 3, 24, 25, 40, 70] {
        for k in [1, 5] {
            let a = Mat::<T>::identity(n);
            let mut sides: Vec<Mat<T>> = (0..3).map(|_| Mat::from_fn(n, k, |_, _| T::one())).collect();
            sides[1][(n - 1, k - 1)] = T::nan();
            sides[2][(0, 0)] = real(f64::INFINITY);
            let found = resolvent::solve_ex(&a, &stack_of(&sides, n, k)).unwrap();
            assert_eq!(found.info.status, [Status::Ok, Status::NotFinite, Status::NotFinite], "n = {n}");
            let error = (found.info.rcond[0] - 1.0).abs();
            assert!(error <= n as f64 * eps::<T>() && found.info.rcond[1].is_nan(), "n = {n}");
            assert!(found.info.check().is_ok() && found.info.failures.is_empty());
            let first = &found.solution.as_slice()[..n * k];
            assert!(first.iter().all(|&x| x == T::one()), "n = {n}");
            assert!(!found.solution.as_slice()[n * k..2 * n * k].iter().all(|x| x.is_finite()));
            let plain = resolvent::solve(&a, &stack_of(&sides, n, k));
            assert!(plain.is_ok(), "NaN is no error");
        }
    }
}

fn bad_scaling_is_not_singularity<T: Scalar>() {
    let tiny = eps::<T>().powf(1.3);
    for n in [2, 3, 24, 25, 47, 60] {
        // The scaling is in the diagonal, the rows, the columns, or both.
        let exponent = |i: usize| real::<T>(tiny.powf(i as f64 / (n - 1) as f64));
        let diagonal = Mat::from_fn(n, n, |i, j| if i == j { exponent(i) } else { T::zero() });
        let good = conditioned::<T>(n, 3.0);
        let rows = Mat::from_fn(n, n, |i, j| good[(i, j)] * exponent(i));
        let columns = common::transpose(&rows);
        let both = Mat::from_fn(n, n, |i, j| good[(i, j)] * exponent(i) * exponent(n - 1 - j));
        for (name, a) in [("diagonal", diagonal), ("rows", rows), ("columns", columns), ("both", both)] {
            assert_status(&a, Status::IllConditioned, name);
        }
        // In range of the type, far beyond its precision.
        let last = if T::Real::MAX.to_f64() > 1e100 { -200.0 } else { -25.0 };
        let status = resolvent::inv_ex(&graded_rows::<T>(n, last)).unwrap().info.status[0];
        assert_eq!(status, Status::IllConditioned, "graded rows, n = {n}");
    }
    assert_status(
        &Mat::from_fn(2, 2, |i, j| real::<T>([1.0, 0.0, 0.0, 1e-20][2 * i + j])),
        Status::IllConditioned,
        "1, 1e-20",
    );
}

/// A multiple of a matrix has the same condition, even where norms overflow or underflow; an answer that overflows is
/// said to.
fn the_unit_does_not_matter<T: Scalar>() {
    let (most, least) = ((T::Real::MAX.to_f64() / 2.0).log2().ceil(), T::Real::MIN_POSITIVE.to_f64().log2());
    for n in [3, 24, 25, 44, 45, 61] {
        let good = Mat::from_fn(n, n, |i, j| if i == j { 1.0 } else { 0.875 / n as f64 });
        let scaled = |s: f64| Mat::from_fn(n, n, |i, j| real::<T>(good[(i, j)] * s));
        let truth = resolvent::lu(&scaled(1.0)).unwrap().info().rcond[0];
        for exponent in [most, least, least - 3.0] {
            let a = scaled(exponent.exp2());
            let b = vec![a[(0, 0)]; n];
            let infos =
                [resolvent::solve_ex(&a, &b).unwrap().info, resolvent::lu(&a).unwrap().info().clone()];
            for info in infos {
                // Denormals have fewer digits. A backward error out of range leaves nothing to trust.
                let close = (info.rcond[0] - truth).abs() <= truth / 16.0 && info.status[0] == Status::Ok;
                let unknown = info.backward_error[0].is_nan();
                assert!(close || unknown, "n = {n}, unit 2^{exponent}: {info:?}, truly {truth}");
                assert!(!info.rcond[0].is_nan());
            }
            let answer = resolvent::inv_ex(&a).unwrap();
            let (rcond, status) = (answer.info.rcond[0], answer.info.status[0]);
            let finite = answer.inverse.as_slice().iter().all(|x| x.is_finite());
            assert_eq!(finite, status != Status::NotFinite, "n = {n}, unit 2^{exponent}");
            assert!(
                (rcond - truth).abs() <= truth / 16.0,
                "n = {n}, unit 2^{exponent}: {rcond}, truly {truth}"
            );
        }
    }
}

/// Finite data, an answer beyond the range of the type: nobody is told that it is good.
fn an_answer_that_overflows<T: Scalar>() {
    let range = T::Real::MAX.to_f64().log10();
    for n in [1, 2, 3, 24, 25, 44, 45, 61] {
        let diagonal = |last: f64| {
            let element = |i| if i + 1 == n { real::<T>(last) } else { T::one() };
            Mat::from_fn(n, n, |i, j| if i == j { element(i) } else { T::zero() })
        };
        let b: Vec<T> = vec![real(10_f64.powf(0.8 * range)); n];
        let answer = resolvent::solve_ex(&diagonal(10_f64.powf(-0.8 * range)), &b).unwrap();
        assert!(!answer.solution[n - 1].is_finite());
        assert_eq!(answer.info.status, [Status::NotFinite], "n = {n}");
        let fine = resolvent::solve_ex(&diagonal(0.5), &b).unwrap();
        assert_eq!(fine.info.status, [Status::Ok], "n = {n}");
        let inverse = resolvent::inv_ex(&diagonal(T::Real::MIN_POSITIVE.to_f64() / 16.0)).unwrap();
        assert_eq!(inverse.info.status, [Status::NotFinite], "n = {n}");
    }
}

/// Where norms overflow nothing is known, and nothing is claimed: a backward error of exactly 0 would be a claim.
fn no_claim_out_of_range<T: Scalar>() {
    for n in [20, 40, 70] {
        let huge = T::Real::MAX.to_f64() / 2.0;
        let a =
            Mat::from_fn(n, n, |i, j| real::<T>(huge * if i == j { 1.0 } else { 0.5 / (1 + i + j) as f64 }));
        // The small kernels scale their norms.
        assert_eq!(resolvent::inv_ex(&a).unwrap().info.backward_error[0].is_nan(), n == 70, "n = {n}");
        let b = vec![real::<T>(0.95 * T::Real::MAX.to_f64()); n];
        let ones = Mat::<T>::identity(n);
        let answer = resolvent::solve_ex(&ones, &b).unwrap();
        assert!(answer.info.backward_error[0].is_nan(), "n = {n}");
        assert_eq!(answer.info.status, [Status::Ok], "the answer is in range, n = {n}");
    }
}

/// The same problem for the small and for the blocked algorithm: beside an identity it has the same verdict.
fn small_and_blocked_agree<T: Scalar>() {
    let cases: Vec<(&str, Mat<T>)> = vec![
        ("random", Random::new(1).mat(10, 10)),
        ("ill", conditioned(12, 100.0 / eps::<T>().sqrt())),
        ("Kahan", kahan(8)),
        ("Wilkinson", wilkinson(10)),
        ("singular", singular_at(9, 6)),
        ("badly scaled", graded_rows(6, -20.0)),
        ("nearly singular", conditioned(20, 1e4 / eps::<T>())),
        ("NaN", Mat::from_fn(4, 4, |i, j| if i == 2 && j == 1 { T::nan() } else { T::one() })),
    ];
    for (name, a) in cases {
        let n = a.nrows();
        let (m, scale) = (70, a[(0, 0)].abs().to_f64());
        let big = Mat::from_fn(m, m, |i, j| match () {
            () if i < n && j < n => a[(i, j)],
            () if i == j => real(scale),
            () => T::zero(),
        });
        for ((verb, small), (_, blocked)) in infos(&a).into_iter().zip(infos(&big)) {
            assert_eq!(small.status, blocked.status, "{name}, {verb}");
            assert_eq!(small.failures, blocked.failures, "{name}, {verb}");
            assert!(small.method == Method::Small && blocked.method != Method::Small, "{name}, {verb}");
        }
    }
}

fn rcond_is_what_it_says<T: Scalar>() {
    let mut cases: Vec<(String, Mat<T>)> = Vec::new();
    for n in [1, 2, 3, 4, 5, 6, 7, 8, 13, 24, 25, 50, 100] {
        for seed in 0..20 {
            cases.push((format!("random {seed}"), Random::new(seed + 1000 * n as u64).gaussian_mat(n, n)));
        }
    }
    // rcond of what lies beyond the precision, or overflows, is not a number to compare.
    let known = ["Kahan", "wilkinson", "condition 1/sqrt(eps)"];
    cases.extend(
        adversaries().into_iter().filter(|a| known.contains(&a.name)).map(|a| (a.name.to_owned(), a.a)),
    );
    for (name, a) in cases {
        let n = a.nrows();
        // Where pivots grow by 2^(n-1) > 1 / eps, the factors are not those of the matrix, and know nothing of it.
        if name == "wilkinson" && (n as f64 - 1.0).exp2() * eps::<T>() > 1.0 {
            continue;
        }
        let [(_, inv), (_, solve), (_, lu)] = infos(&a);
        let x = resolvent::inv(&a).unwrap();
        let norm = |a: &Mat<T>| common::norm_one(&Mat::from_fn(n, n, |i, j| a[(i, j)].abs().to_f64()));
        let truth = 1.0 / (norm(&a) * norm(&x));
        let rounding = 4.0 * n as f64 * eps::<T>();
        let place = || format!("{name}, n = {n}: truly {truth:e}");
        assert!((inv.rcond[0] - truth).abs() <= rounding * truth, "inv {}: {}", inv.rcond[0], place());
        for (verb, info) in [("solve", &solve), ("lu", &lu)] {
            let rcond = info.rcond[0];
            // Two roads to the inverse differ by rounding times the condition.
            let least = truth * (1.0 - rounding / truth).max(0.1);
            assert!(rcond >= least, "{verb} {rcond:e} too low: {}", place());
            assert!(rcond <= 10.0 * truth, "{verb} {rcond:e} too high: {}", place());
        }
        // Small real orders are not solved by the factors.
        let near = (solve.rcond[0] - lu.rcond[0]).abs() <= rounding / truth * lu.rcond[0];
        assert!(solve.rcond == lu.rcond || (T::PARTS == 1 && n <= 4 && near), "{}", place());
        assert_eq!(inv.worst_rcond, inv.rcond[0].min(1.0));
    }
}

fn backward_errors_are_small<T: Scalar>() {
    for n in ORDERS {
        for k in [1, 2, 3, 4, 8, 9, 20] {
            let mut random = Random::new((n * 10 + k) as u64);
            let (a, b) = (random.mat::<T>(n, n), random.mat::<T>(n, k));
            let error = resolvent::solve_ex(&a, &b).unwrap().info.backward_error[0];
            assert!(error <= 3.0 * n as f64 * eps::<T>(), "n = {n}, k = {k}: {error:e}");
            // Exactly zero only happens to the smallest.
            assert!(error > 0.0 || n < 3, "n = {n}, k = {k}: nothing was measured");
        }
        let a = Random::new(n as u64).mat::<T>(n, n);
        let error = resolvent::inv_ex(&a).unwrap().info.backward_error[0];
        assert!(error <= n as f64 * eps::<T>(), "n = {n}: {error:e}");
        assert!(error > 0.0 || n < 3, "n = {n}: nothing was measured");
        assert_eq!(resolvent::lu(&a).unwrap().info().backward_error, [0.0]);
    }
}

/// Elimination fails on Wilkinson's matrix, whose elements double in each step: the answer is made by other factors.
fn growth_is_repaired<T: Scalar>() {
    for n in [8, 12, 20, 40, 47, 48, 65, 130] {
        for k in [1, 3] {
            let (a, b) = (wilkinson::<T>(n), Random::new(5).mat::<T>(n, k));
            let found = resolvent::solve_ex(&a, &b).unwrap();
            let (status, error) = (found.info.status[0], found.info.backward_error[0]);
            assert!(error <= 450.0 * eps::<T>(), "n = {n}, k = {k}: {error:e}");
            assert_eq!(status, Status::Ok, "n = {n}, k = {k}");
            let truth = common::product(&resolvent::inv(&a).unwrap(), &b);
            for (i, j) in (0..n).flat_map(|i| (0..k).map(move |j| (i, j))) {
                let off = (found.solution[(i, j)] - truth[(i, j)]).abs().to_f64();
                assert!(off <= 1e3 * n as f64 * eps::<T>(), "n = {n}, ({i}, {j}): {off:e}");
            }
            assert_eq!(resolvent::solve(&a, &b).unwrap(), found.solution, "n = {n}, k = {k}");
        }
    }
}

fn nothing_is_fine<T: Scalar>() {
    for shape in [&[0, 0][..], &[3, 0, 0], &[0, 5, 5], &[0, 40, 40], &[2, 0, 3, 3]] {
        let a = Stack::<T>::zeros(shape).unwrap();
        let info = resolvent::inv_ex(&a).unwrap().info;
        assert_eq!(info.worst, Status::Ok);
        assert_eq!(info.worst_rcond, 1.0);
        assert_eq!(info.method, Method::Empty);
        assert!(info.check().is_ok());
        let count: usize = shape[..shape.len() - 2].iter().product();
        assert_eq!(info.status, vec![Status::Ok; count]);
        assert_eq!(info.rcond, vec![1.0; count], "an empty matrix is perfectly conditioned");
        assert_eq!(resolvent::lu(&a).unwrap().rcond(), vec![1.0; count]);
    }
}

every_type! {
    each_status pivots_are_named exceptions_of_a_stack bad_right_hand_sides bad_scaling_is_not_singularity
    the_unit_does_not_matter an_answer_that_overflows no_claim_out_of_range small_and_blocked_agree rcond_is_what_it_says backward_errors_are_small growth_is_repaired nothing_is_fine
}
