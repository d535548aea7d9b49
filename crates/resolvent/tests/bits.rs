//! The same bits whatever the number of threads, the strides, the place in a stack and the neighbours.

mod common;

use common::answers::{alone, answers, sides_for, single};
use common::layouts::{LAYOUTS, SEQUENCES, Sequence, Strided};
use common::{Random, bits, stack_of};
use resolvent::{Detail, Mat, Scalar, Stack, StackRef};

/// Orders on both sides of every change of algorithm.
const ORDERS: [usize; 15] = [1, 2, 3, 4, 5, 6, 7, 8, 16, 17, 24, 25, 64, 65, 130];

/// Stack dimensions of odd sizes, more matrices than there are lanes, and all ways through them; a pair of matrices
/// where that takes long.
fn grid(n: usize) -> (&'static [usize], &'static [Sequence]) {
    if n <= 16 { (&[3, 1, 7], &SEQUENCES) } else { (&[2], &[Sequence::Reversed, Sequence::Interleaved]) }
}

/// As many matrices as the stack dimensions ask for, and right-hand sides for each.
fn problems<T: Scalar>(seed: usize, n: usize, batch: &[usize]) -> (Vec<Mat<T>>, Vec<Vec<Mat<T>>>) {
    let mut random = Random::new(seed as u64);
    let count = batch.iter().product();
    let matrices = (0..count).map(|_| random.mat(n, n)).collect();
    (matrices, (0..count).map(|_| sides_for(&mut random, n)).collect())
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
        let (batch, sequences) = grid(n);
        let (matrices, sides) = problems::<T>(50 + n, n, batch);
        let reference: Vec<_> = matrices.iter().zip(&sides).map(|(a, b)| single(a, b)).collect();
        for layout in LAYOUTS {
            for &sequence in sequences {
                let a = Strided::grid(&matrices, batch, layout, sequence);
                let side = |k: usize| sides.iter().map(|sides| sides[k].clone()).collect::<Vec<_>>();
                let b: Vec<Strided<T>> =
                    (0..sides[0].len()).map(|k| Strided::grid(&side(k), batch, layout, sequence)).collect();
                let b: Vec<StackRef<'_, T>> = b.iter().map(Strided::stack_view).collect();
                assert!(answers(&a.stack_view(), &b) == reference, "n = {n}, {layout:?}, {sequence:?}");
            }
        }
    }
}

fn strides_of_the_output<T: Scalar>() {
    for n in [1, 2, 3, 4, 5, 6, 7, 8, 16, 24, 25, 65] {
        let (batch, sequences) = grid(n);
        let (matrices, sides) = problems::<T>(60 + n, n, batch);
        let a = stack_of(&matrices, n, n);
        let inverse = resolvent::inv(&a).unwrap();
        for (index, layout) in LAYOUTS.into_iter().enumerate() {
            for (step, &sequence) in sequences.iter().enumerate() {
                // What is read lies otherwise than what is written.
                let other = LAYOUTS[(index + step) % LAYOUTS.len()];
                let from = Strided::grid(&matrices, batch, other, sequences[step / 2]);
                let mut x = Strided::grid(&matrices, batch, layout, sequence);
                resolvent::inv_into(&from.stack_view(), &mut x.stack_view_mut(), Detail::Summary).unwrap();
                assert_eq!(bits(&x.elements()), bits(inverse.as_slice()), "n = {n}, {layout:?} {sequence:?}");
                assert!(x.gaps_untouched(), "n = {n}, {layout:?} {sequence:?}");
            }
        }
        for k in 0..sides[0].len() {
            let sides: Vec<Mat<T>> = sides.iter().map(|sides| sides[k].clone()).collect();
            let b = stack_of(&sides, n, sides[0].ncols());
            let solution = resolvent::solve(&a, &b).unwrap();
            for layout in LAYOUTS {
                for &sequence in sequences {
                    let mut x = Strided::grid(&sides, batch, layout, sequence);
                    let (a, b) = (
                        Strided::grid(&matrices, batch, layout, Sequence::Tight),
                        Strided::grid(&sides, batch, LAYOUTS[k], sequence),
                    );
                    let mut out = x.stack_view_mut();
                    resolvent::solve_into(&a.stack_view(), &b.stack_view(), &mut out, Detail::Full).unwrap();
                    assert_eq!(bits(&x.elements()), bits(solution.as_slice()), "{layout:?} {sequence:?}");
                    assert!(x.gaps_untouched(), "n = {n}, {layout:?} {sequence:?}");
                }
            }
        }
    }
}

/// A contiguous copy.
fn copied<T: Scalar>(view: &StackRef<'_, T>) -> Stack<T> {
    let matrices: Vec<Mat<T>> = (0..view.len()).map(|l| view.matrix(l).to_mat()).collect();
    let stack = stack_of(&matrices, view.nrows(), view.ncols());
    Stack::from_vec(stack.into_vec(), &view.shape()).unwrap()
}

/// Strides of zero: dimensions that were broadcast, and rows or columns that are all the same.
fn strides_of_zero<T: Scalar>() {
    for n in [1, 2, 3, 4, 5, 6, 7, 8, 16, 25] {
        let batch: &[usize] = if n < 25 { &[3, 5, 7] } else { &[2, 1, 2] };
        let mut random = Random::new(40 + n as u64);
        for narrow in [[1, 1, 1], [batch[0], 1, 1], [1, batch[1], 1], [batch[0], 1, batch[2]]] {
            let count = narrow.iter().product();
            let a: Vec<Mat<T>> = (0..count).map(|_| random.mat(n, n)).collect();
            let b: Vec<Mat<T>> = (0..batch[2]).map(|_| random.mat(n, 3)).collect();
            let (a, b) = (
                Strided::grid(&a, &narrow, LAYOUTS[n % LAYOUTS.len()], SEQUENCES[n % SEQUENCES.len()]),
                Strided::stack(&b, LAYOUTS[(n + 1) % LAYOUTS.len()], Sequence::Apart),
            );
            let (a, b) =
                (a.stack_view().broadcast_to(batch).unwrap(), b.stack_view().broadcast_to(batch).unwrap());
            let reference = answers(&copied(&a).as_ref(), &[copied(&b).as_ref()]);
            assert!(answers(&a, &[b]) == reference, "n = {n}, {narrow:?}");
        }
        let memory: Vec<T> = random.vec(20 * n);
        for (rs, cs) in [(0, 1), (1, 0), (0, 0), (2, 0)] {
            // SAFETY: 20 n elements hold 20 matrices a step of n apart, of which none reaches further than 2 (n - 1).
            let a = unsafe { StackRef::from_raw_parts(memory.as_ptr(), &[19], &[n as isize], n, n, rs, cs) };
            let reference = answers(&copied(&a).as_ref(), &[copied(&a).as_ref()]);
            assert!(answers(&a, std::slice::from_ref(&a)) == reference, "n = {n}, strides {rs} and {cs}");
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

every_type! { threads strides strides_of_the_output strides_of_zero dimensions_of_the_stack }
