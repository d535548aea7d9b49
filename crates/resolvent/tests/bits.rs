//! The same bits whatever the number of threads, the strides, the place in a stack and the neighbours.

mod common;

use std::sync::{Mutex, MutexGuard, PoisonError};

use common::layouts::{LAYOUTS, Sequence, Strided};
use common::{Random, bits, lanes, real, real_bits, stack_of};
use resolvent::{Detail, Info, Mat, Scalar, Stack, StackRef};

/// Orders on both sides of every change of algorithm.
const ORDERS: [usize; 12] = [1, 2, 3, 4, 5, 8, 17, 24, 25, 64, 65, 130];

/// The number of threads is global: one test at a time changes it.
static THREADS: Mutex<()> = Mutex::new(());

fn alone() -> MutexGuard<'static, ()> {
    THREADS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Everything the verbs say of each matrix of a stack: one list of bits per matrix.
fn answers<T: Scalar>(a: &StackRef<'_, T>, sides: &[StackRef<'_, T>]) -> Vec<Vec<u64>> {
    let count = a.len();
    let mut all = vec![Vec::new(); count];
    let mut collect = |values: &[T], size: usize| {
        for (l, all) in all.iter_mut().enumerate() {
            all.extend(bits(&values[l * size..][..size]));
        }
    };
    let size = a.nrows() * a.nrows();
    let inverse = resolvent::inv_ex(a).unwrap();
    collect(inverse.inverse.as_slice(), size);
    let mut infos = vec![inverse.info];
    for b in sides {
        let solved = resolvent::solve_ex(a, b).unwrap();
        collect(solved.solution.as_slice(), b.nrows() * b.ncols());
        infos.push(solved.info);
    }
    collect(&resolvent::det(a).unwrap(), 1);
    let pairs = resolvent::slogdet(a).unwrap();
    collect(&pairs.iter().map(|pair| pair.sign).collect::<Vec<_>>(), 1);
    collect(&pairs.iter().map(|pair| T::from_real(pair.logabsdet)).collect::<Vec<_>>(), 1);
    let lu = resolvent::lu(a).unwrap();
    collect(lu.factors().as_slice(), size);
    infos.push(lu.info().clone());
    for (l, all) in all.iter_mut().enumerate() {
        all.extend(lu.permutations()[l * a.nrows()..][..a.nrows()].iter().map(|&p| p as u64));
        infos.iter().for_each(|info| all.extend(quality(info, l)));
    }
    all
}

fn quality(info: &Info, l: usize) -> Vec<u64> {
    let mut words = real_bits(&[info.rcond[l], info.backward_error[l]]);
    words.push(info.status[l] as u64);
    words.extend(
        info.failures.iter().filter(|failure| failure.matrix == l).map(|failure| failure.pivot as u64),
    );
    words
}

/// The answers for one matrix alone.
fn single<T: Scalar>(a: &Mat<T>, sides: &[Mat<T>]) -> Vec<u64> {
    let a = stack_of(std::slice::from_ref(a), a.nrows(), a.nrows());
    let sides: Vec<Stack<T>> =
        sides.iter().map(|b| stack_of(std::slice::from_ref(b), b.nrows(), b.ncols())).collect();
    answers(&a.as_ref(), &sides.iter().map(Stack::as_ref).collect::<Vec<_>>()).remove(0)
}

/// Right-hand sides of 1, 3, 5 and 9 columns.
fn sides_for<T: Scalar>(random: &mut Random, n: usize) -> Vec<Mat<T>> {
    [1, 3, 5, 9].map(|k| random.mat(n, k)).to_vec()
}

/// A matrix that tries to disturb its neighbours: singular, NaN, infinite, denormal, or enormous.
fn disturber<T: Scalar>(kind: usize, n: usize) -> Mat<T> {
    let mut random = Random::new((kind + n) as u64);
    let mut a = random.mat::<T>(n, n);
    let (i, j) = (random.below(n), random.below(n));
    match kind % 6 {
        0 => (0..n).for_each(|i| a[(i, j)] = T::zero()),
        1 => a[(i, j)] = T::nan(),
        2 => a[(i, j)] = real(f64::INFINITY),
        3 => return Mat::from_fn(n, n, |_, _| real(random.uniform() * f64::from(f32::MIN_POSITIVE) * 1e-3)),
        4 => return Mat::from_fn(n, n, |_, _| real(random.uniform() * f64::from(f32::MAX))),
        _ => return Mat::zeros(n, n).unwrap(),
    }
    a
}

fn threads<T: Scalar>() {
    let _guard = alone();
    for n in ORDERS.into_iter().chain([200, 257, 400]) {
        let mut random = Random::new(n as u64);
        // One matrix: all threads share it. Seven: each thread has its own. Many: tasks of the small kernels.
        let counts: &[usize] = if n <= 24 { &[1, 7, 3000 / n] } else { &[1, 4] };
        for &count in counts {
            if n > 130 && count > 1 {
                continue;
            }
            let matrices: Vec<Mat<T>> = (0..count).map(|_| random.mat(n, n)).collect();
            let a = stack_of(&matrices, n, n);
            let sides: Vec<Mat<T>> = sides_for(&mut random, n);
            let sides: Vec<StackRef<'_, T>> =
                sides.iter().map(|b| StackRef::from(b.as_ref()).broadcast_to(&[count]).unwrap()).collect();
            let reference = {
                resolvent::set_num_threads(1).unwrap();
                answers(&a.as_ref(), &sides)
            };
            for threads in [2, 3] {
                resolvent::set_num_threads(threads).unwrap();
                assert!(answers(&a.as_ref(), &sides) == reference, "{count} x {n} x {n}, {threads} threads");
            }
        }
    }
}

fn strides<T: Scalar>() {
    for n in ORDERS {
        let mut random = Random::new(50 + n as u64);
        let matrices: Vec<Mat<T>> = (0..2).map(|_| random.mat(n, n)).collect();
        let sides: Vec<Vec<Mat<T>>> = (0..2).map(|_| sides_for(&mut random, n)).collect();
        let reference: Vec<_> = (0..2).map(|l| single(&matrices[l], &sides[l])).collect();
        for layout in LAYOUTS {
            for sequence in [Sequence::Apart, Sequence::Reversed] {
                let a = Strided::stack(&matrices, layout, sequence);
                let b: Vec<Strided<T>> = (0..sides[0].len())
                    .map(|k| Strided::stack(&[sides[0][k].clone(), sides[1][k].clone()], layout, sequence))
                    .collect();
                let b: Vec<StackRef<'_, T>> = b.iter().map(Strided::stack_view).collect();
                assert!(answers(&a.stack_view(), &b) == reference, "n = {n}, {layout:?}, {sequence:?}");
            }
        }
    }
}

fn strides_of_the_output<T: Scalar>() {
    for n in [1, 3, 24, 25, 65] {
        let mut random = Random::new(60 + n as u64);
        let matrices: Vec<Mat<T>> = (0..3).map(|_| random.mat(n, n)).collect();
        let sides: Vec<Mat<T>> = (0..3).map(|_| random.mat(n, 5)).collect();
        let (a, b) = (stack_of(&matrices, n, n), stack_of(&sides, n, 5));
        let (inverse, solution) = (resolvent::inv(&a).unwrap(), resolvent::solve(&a, &b).unwrap());
        for layout in LAYOUTS {
            for sequence in [Sequence::Apart, Sequence::Reversed] {
                let mut x = Strided::stack(&matrices, layout, sequence);
                resolvent::inv_into(&a.as_ref(), &mut x.stack_view_mut(), Detail::Summary).unwrap();
                assert_eq!(bits(&x.elements()), bits(inverse.as_slice()), "{layout:?} {sequence:?}");
                assert!(x.gaps_untouched());
                let mut x = Strided::stack(&sides, layout, sequence);
                resolvent::solve_into(&a.as_ref(), &b.as_ref(), &mut x.stack_view_mut(), Detail::Full)
                    .unwrap();
                assert_eq!(bits(&x.elements()), bits(solution.as_slice()), "{layout:?} {sequence:?}");
                assert!(x.gaps_untouched());
            }
        }
    }
}

fn places_in_stacks<T: Scalar>() {
    for n in ORDERS {
        let most = if n <= 24 { 2 * lanes::<T>() + 1 } else { 3 };
        let mut random = Random::new(70 + n as u64);
        let matrices: Vec<Mat<T>> = (0..most).map(|_| random.mat(n, n)).collect();
        let sides: Vec<Vec<Mat<T>>> = (0..most).map(|_| sides_for(&mut random, n)).collect();
        let reference: Vec<_> = (0..most).map(|l| single(&matrices[l], &sides[l])).collect();
        for len in 1..=most {
            // Whichever matrices there are, in whichever order.
            let order = &random.permutation(most)[..len];
            let pick = |of: &dyn Fn(usize) -> Mat<T>| order.iter().map(|&l| of(l)).collect::<Vec<_>>();
            let a = stack_of(&pick(&|l| matrices[l].clone()), n, n);
            let b: Vec<Stack<T>> = (0..sides[0].len())
                .map(|k| stack_of(&pick(&|l| sides[l][k].clone()), n, sides[0][k].ncols()))
                .collect();
            let found = answers(&a.as_ref(), &b.iter().map(Stack::as_ref).collect::<Vec<_>>());
            for (place, &l) in order.iter().enumerate() {
                assert!(found[place] == reference[l], "n = {n}, place {place} of {len}");
            }
        }
    }
}

fn bad_neighbours<T: Scalar>() {
    for n in ORDERS {
        let mut random = Random::new(80 + n as u64);
        let good = random.mat::<T>(n, n);
        let sides: Vec<Mat<T>> = sides_for(&mut random, n);
        let reference = single(&good, &sides);
        let count = if n <= 24 { lanes::<T>() + 3 } else { 3 };
        for place in 0..count {
            let matrices: Vec<Mat<T>> =
                (0..count).map(|l| if l == place { good.clone() } else { disturber(l + place, n) }).collect();
            let a = stack_of(&matrices, n, n);
            // Neighbouring right-hand sides are no better.
            let b: Vec<Stack<T>> = sides
                .iter()
                .map(|b| {
                    let bad = |l: usize| disturber::<T>(l + n, b.nrows().max(b.ncols()));
                    let sides: Vec<Mat<T>> = (0..count)
                        .map(|l| {
                            let bad = bad(l);
                            let pick = |i, j| if l == place { b[(i, j)] } else { bad[(i, j)] };
                            Mat::from_fn(b.nrows(), b.ncols(), pick)
                        })
                        .collect();
                    stack_of(&sides, b.nrows(), b.ncols())
                })
                .collect();
            let found = answers(&a.as_ref(), &b.iter().map(Stack::as_ref).collect::<Vec<_>>());
            assert!(found[place] == reference, "n = {n}, place {place} of {count}");
        }
    }
}

fn dimensions_of_the_stack<T: Scalar>() {
    for n in [2, 9, 30] {
        let mut random = Random::new(90 + n as u64);
        let matrices: Vec<Mat<T>> = (0..12).map(|_| random.mat(n, n)).collect();
        let flat = stack_of(&matrices, n, n);
        let side = Stack::from_vec(random.vec(n * 2), &[n, 2]).unwrap();
        let (x, y) = (resolvent::inv(&flat).unwrap(), resolvent::solve(&flat, &side).unwrap());
        for batch in [&[3, 4][..], &[2, 3, 2], &[1, 12, 1], &[12, 1, 1, 1]] {
            let a = Stack::from_vec(flat.as_slice().to_vec(), &[batch, &[n, n]].concat()).unwrap();
            let inverse = resolvent::inv(&a).unwrap();
            assert_eq!(inverse.shape(), a.shape());
            assert_eq!(bits(inverse.as_slice()), bits(x.as_slice()));
            let solution = resolvent::solve(&a, &side).unwrap();
            assert_eq!(solution.shape(), [batch, &[n, 2]].concat());
            assert_eq!(bits(solution.as_slice()), bits(y.as_slice()));
        }
    }
}

every_type! {
    threads strides strides_of_the_output places_in_stacks bad_neighbours dimensions_of_the_stack
}
