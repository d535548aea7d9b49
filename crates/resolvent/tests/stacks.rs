//! A matrix says the same, bit for bit, alone, anywhere in a stack, in any lane, on any number of threads, beside any
//! neighbours, and whether all is told or only the worst.

mod common;

use common::answers::{DISTURBERS, alone, answers, disturber, sides_for, single};
use common::gallery::{conditioned, doubtful};
use common::{Random, bits, eps, lanes, stack_of};
use resolvent::{Detail, Error, Info, Mat, Scalar, Stack, StackMut, Status, Verb, plan_for};

/// More than twice as many as any instruction set has lanes.
const LONGEST: usize = 2 * 16 + 1;

/// Matrices with right-hand sides, and what is said of each alone.
struct Pool<T> {
    n: usize,
    matrices: Vec<Mat<T>>,
    sides: Vec<Vec<Mat<T>>>,
    alone: Vec<Vec<u64>>,
}

impl<T: Scalar> Pool<T> {
    fn new(n: usize, matrices: Vec<Mat<T>>, sides: Vec<Vec<Mat<T>>>) -> Self {
        let alone = matrices.iter().zip(&sides).map(|(a, b)| single(a, b)).collect();
        Self { n, matrices, sides, alone }
    }

    /// Good matrices with good right-hand sides, the first few; then one of every kind of the others with bad ones.
    fn with_disturbers(n: usize, good: usize) -> Self {
        let mut random = Random::new(70 + n as u64);
        let mut matrices: Vec<Mat<T>> = (0..good).map(|_| random.mat(n, n)).collect();
        let mut sides: Vec<Vec<Mat<T>>> = (0..good).map(|_| sides_for(&mut random, n)).collect();
        for kind in 0..DISTURBERS {
            matrices.push(disturber(kind, n));
            let bad = |b: &Mat<T>| {
                let bad = disturber::<T>(kind + n, b.nrows().max(b.ncols()));
                Mat::from_fn(b.nrows(), b.ncols(), |i, j| bad[(i, j)])
            };
            sides.push(sides_for(&mut random, n).iter().map(bad).collect());
        }
        Self::new(n, matrices, sides)
    }

    /// In a stack of that order, each is said to be what it is alone.
    fn check(&self, order: &[usize], what: impl Fn() -> String) {
        let stack = |of: &dyn Fn(usize) -> Mat<T>, columns| {
            stack_of(&order.iter().map(|&l| of(l)).collect::<Vec<_>>(), self.n, columns)
        };
        let a = stack(&|l| self.matrices[l].clone(), self.n);
        let b: Vec<Stack<T>> = (0..self.sides[0].len())
            .map(|k| stack(&|l| self.sides[l][k].clone(), self.sides[0][k].ncols()))
            .collect();
        let found = answers(&a.as_ref(), &b.iter().map(Stack::as_ref).collect::<Vec<_>>());
        for (place, &l) in order.iter().enumerate() {
            assert!(
                found[place] == self.alone[l],
                "n = {}, matrix {l} at {place} of {}, {}",
                self.n,
                order.len(),
                what()
            );
        }
    }
}

/// Every length up to twice the lanes and one more, shuffled, good and bad matrices; of larger orders the lengths at
/// which something may change.
fn any_place<T: Scalar>() {
    for n in [1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 16, 17, 24, 25, 31, 32, 33, 44, 45, 47, 48, 64, 65, 130] {
        let lanes = lanes::<T>();
        let lengths: Vec<usize> = match n {
            0..=9 => (1..=LONGEST).collect(),
            10..=24 => (1..=2 * lanes + 1).collect(),
            25..=64 => vec![1, 2, 3, lanes - 1, lanes + 1, 2 * lanes + 1],
            _ => vec![1, 3],
        };
        let most = lengths.iter().copied().fold(0, usize::max);
        let pool = Pool::<T>::with_disturbers(n, most);
        let mut random = Random::new(n as u64);
        for length in lengths {
            pool.check(&random.permutation(most + DISTURBERS)[..length], || "shuffled".to_owned());
        }
    }
}

/// Every kind of disturber at every place of a group, among good matrices; and a good one among disturbers.
fn neighbours<T: Scalar>() {
    for n in [1, 2, 3, 4, 5, 8, 16, 17, 24, 25, 64] {
        // Three more than a group: the tail has bad neighbours too.
        let count = if n <= 24 { lanes::<T>() + 3 } else { 3 };
        let pool = Pool::<T>::with_disturbers(n, count);
        for place in 0..count {
            for kind in 0..DISTURBERS {
                let mut order: Vec<usize> = (0..count).collect();
                order[place] = count + kind;
                pool.check(&order, || format!("disturber {kind} at {place}"));
            }
            let mut order: Vec<usize> = (0..count).map(|l| count + (l + place) % DISTURBERS).collect();
            order[place] = place;
            pool.check(&order, || format!("good at {place}"));
        }
    }
}

/// A task and a tail, one after the other and at the same time.
fn longer_than_a_task<T: Scalar>() {
    let _guard = alone();
    for n in [1, 2, 3, 4, 5, 8, 16, 24] {
        let pool = Pool::<T>::with_disturbers(n, LONGEST);
        let chunk = plan_for::<T>(Verb::Invert, n, 1).unwrap().chunk;
        let mut random = Random::new(n as u64);
        let order: Vec<usize> =
            (0..chunk + lanes::<T>() + 1).map(|_| random.below(LONGEST + DISTURBERS)).collect();
        for threads in [1, 2] {
            resolvent::set_num_threads(threads).unwrap();
            pool.check(&order, || format!("{threads} threads"));
        }
    }
}

/// Stacks that no cache holds, which may be written around the caches, from any element on.
fn longer_than_a_cache<T: Scalar>() {
    const PERIOD: usize = 509;
    for n in [2, 3, 4] {
        let a = Stack::from_vec(Random::new(n as u64).vec::<T>(PERIOD * n * n), &[PERIOD, n, n]).unwrap();
        let b = Stack::from_vec(Random::new(9).vec::<T>(PERIOD * n), &[PERIOD, n, 1]).unwrap();
        let bytes = if n == 3 { 16 << 20 } else { 4 << 20 };
        let turns = bytes / size_of_val(a.as_slice());
        let (x, y) = (resolvent::inv(&a).unwrap(), resolvent::solve(&a, &b).unwrap());
        let [a, b] = [&a, &b].map(|stack| {
            Stack::from_vec(stack.as_slice().repeat(turns), &[&[turns], stack.shape()].concat()).unwrap()
        });
        for (offset, by_columns) in [(0, n == 3), (1, false)] {
            let mut memory = vec![T::nan(); turns * PERIOD * n * n + offset];
            let batch_strides = [(PERIOD * n * n) as isize, (n * n) as isize];
            let (rs, cs) = if by_columns { (1, n as isize) } else { (n as isize, 1) };
            // SAFETY: the memory after `offset` holds these matrices one after the other.
            let mut out = unsafe {
                let first = memory.as_mut_ptr().add(offset);
                StackMut::from_raw_parts(first, &[turns, PERIOD], &batch_strides, n, n, rs, cs)
            };
            resolvent::inv_into(&a.as_ref(), &mut out, Detail::Summary).unwrap();
            let expected: Vec<T> = (0..PERIOD)
                .map(|l| x.as_ref().matrix(l))
                .flat_map(|x| if by_columns { x.transpose() } else { x }.to_mat().as_slice().to_vec())
                .collect();
            for (turn, found) in memory[offset..].chunks(PERIOD * n * n).enumerate() {
                assert!(found == expected, "n = {n}, offset {offset}, turn {turn}");
            }
            let mut memory = vec![T::nan(); turns * PERIOD * n + offset];
            let mut out = StackMut::from_slice(&mut memory[offset..], b.shape()).unwrap();
            resolvent::solve_into(&a.as_ref(), &b.as_ref(), &mut out, Detail::Summary).unwrap();
            for (turn, found) in memory[offset..].chunks(PERIOD * n).enumerate() {
                assert!(found == y.as_slice(), "n = {n}, offset {offset}, turn {turn}");
            }
        }
    }
}

fn failures(info: &Info) -> Vec<usize> {
    info.failures.iter().map(|failure| failure.matrix).collect()
}

/// What a summary must say, given all of it.
fn assert_consistent(full: &Info, summary: &Info, what: &str) {
    let of = |status: Status| (0..full.status.len()).filter(move |&l| full.status[l] == status);
    assert_eq!(failures(full), of(Status::Singular).collect::<Vec<_>>(), "{what}");
    assert_eq!(full.doubtful, of(Status::NumericallySingular).collect::<Vec<_>>(), "{what}");
    assert_eq!(full.worst, full.status.iter().copied().max().unwrap(), "{what}");
    let answered = (0..full.status.len()).filter(|&l| full.status[l] != Status::Singular);
    assert_eq!(full.worst_rcond, answered.map(|l| full.rcond[l]).fold(1.0, f64::min), "{what}");
    // What is only shown to be healthy is not measured: the worst is known if it is bad.
    if full.doubtful.is_empty() {
        assert!(summary.worst_rcond >= full.worst_rcond, "{what}");
    } else {
        assert_eq!(summary.worst_rcond, full.worst_rcond, "{what}");
    }
    let worst_rcond = summary.worst_rcond;
    // Only a summary says who is to blame.
    assert!(full.failures.iter().all(|failure| failure.dependence.is_none()), "{what}");
    let mut summary = summary.clone();
    summary.failures.iter_mut().for_each(|failure| failure.dependence = None);
    let bare = Info {
        status: vec![],
        rcond: vec![],
        backward_error: vec![],
        forward_error: vec![],
        worst_rcond,
        ..full.clone()
    };
    assert_eq!(summary, bare, "{what}");
}

/// The plain verbs fail and warn for just those matrices of which the others say so.
fn told_or_not<T: Scalar>() {
    for n in [1, 2, 3, 4, 5, 6, 7, 8, 16, 33] {
        let (count, kinds) = ((3 * lanes::<T>() + 2).max(16), DISTURBERS + 5);
        let mut random = Random::new(n as u64);
        let mut seen = [false; 5];
        for round in 0..6 {
            // Every third stack has no singular matrix.
            let (order, singular) = (random.permutation(count), round % 3 != 0);
            let matrices: Vec<Mat<T>> = order
                .into_iter()
                .map(|place| match place % kinds {
                    kind @ (0 | 3 | 5) if singular => disturber(kind, n),
                    kind @ (1 | 2 | 4) => disturber(kind, n),
                    6 if n > 1 => conditioned(n, if n < 10 { 4.0 } else { 1.0 } / eps::<T>().sqrt()),
                    7 if n > 1 => doubtful(n),
                    _ => random.gaussian_mat(n, n),
                })
                .collect();
            let (a, b) = (stack_of(&matrices, n, n), stack_of(&vec![random.mat(n, 2); count], n, 2));
            let (inverse, solution) = (resolvent::inv_ex(&a).unwrap(), resolvent::solve_ex(&a, &b).unwrap());
            inverse.info.status.iter().for_each(|&status| seen[status as usize] = true);

            let mut x = Stack::zeros(a.shape()).unwrap();
            let summary = resolvent::inv_into(&a.as_ref(), &mut x.as_mut(), Detail::Summary).unwrap();
            assert_consistent(&inverse.info, &summary, &format!("inv, n = {n}"));
            assert_eq!(bits(x.as_slice()), bits(inverse.inverse.as_slice()), "n = {n}");
            assert_eq!(blamed(resolvent::inv(&a)), failures(&inverse.info), "n = {n}");

            let mut x = Stack::zeros(b.shape()).unwrap();
            let summary =
                resolvent::solve_into(&a.as_ref(), &b.as_ref(), &mut x.as_mut(), Detail::Summary).unwrap();
            assert_consistent(&solution.info, &summary, &format!("solve, n = {n}"));
            assert_eq!(bits(x.as_slice()), bits(solution.solution.as_slice()), "n = {n}");
            assert_eq!(blamed(resolvent::solve(&a, &b)), failures(&solution.info), "n = {n}");
        }
        assert_eq!(seen, [true, n > 1, n > 1, true, true], "n = {n}: a status that was never given");
    }
}

/// The matrices that an error names.
fn blamed<X>(outcome: resolvent::Result<X>) -> Vec<usize> {
    match outcome {
        Ok(_) => vec![],
        Err(Error::Singular { matrix, all, .. }) => {
            assert_eq!(matrix, all[0]);
            all
        }
        Err(error) => panic!("{error}"),
    }
}

every_type! { any_place neighbours longer_than_a_task longer_than_a_cache told_or_not }
