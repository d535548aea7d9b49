//! Everything the verbs say of every matrix of a stack, in bits, to be compared; and matrices that disturb others.

use std::sync::{Mutex, MutexGuard, PoisonError};

use resolvent::{Info, Mat, Real as _, Scalar, Stack, StackRef};

use super::{Random, bits, real, real_bits, stack_of};

/// The number of threads is global: one test at a time changes it.
static THREADS: Mutex<()> = Mutex::new(());

/// To be held as long as the number of threads matters.
pub fn alone() -> MutexGuard<'static, ()> {
    THREADS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Everything the verbs say of each matrix of a stack: one list of bits per matrix.
pub fn answers<T: Scalar>(a: &StackRef<'_, T>, sides: &[StackRef<'_, T>]) -> Vec<Vec<u64>> {
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
    let place = info.failures.binary_search_by_key(&l, |failure| failure.matrix);
    words.extend(place.map(|place| info.failures[place].pivot as u64));
    words
}

/// The answers for one matrix alone.
pub fn single<T: Scalar>(a: &Mat<T>, sides: &[Mat<T>]) -> Vec<u64> {
    let a = stack_of(std::slice::from_ref(a), a.nrows(), a.nrows());
    let sides: Vec<Stack<T>> =
        sides.iter().map(|b| stack_of(std::slice::from_ref(b), b.nrows(), b.ncols())).collect();
    answers(&a.as_ref(), &sides.iter().map(Stack::as_ref).collect::<Vec<_>>()).remove(0)
}

/// Right-hand sides of 1, 3, 5 and 9 columns.
pub fn sides_for<T: Scalar>(random: &mut Random, n: usize) -> Vec<Mat<T>> {
    [1, 3, 5, 9].map(|k| random.mat(n, k)).to_vec()
}

/// Kinds of [`disturber`].
pub const DISTURBERS: usize = 6;

/// A matrix that tries to disturb its neighbours: singular, NaN, infinite, denormal, or enormous.
pub fn disturber<T: Scalar>(kind: usize, n: usize) -> Mat<T> {
    let mut random = Random::new((kind + n) as u64);
    let mut a = random.mat::<T>(n, n);
    let (i, j) = (random.below(n), random.below(n));
    match kind % DISTURBERS {
        0 => (0..n).for_each(|i| a[(i, j)] = T::zero()),
        1 => a[(i, j)] = T::nan(),
        2 => a[(i, j)] = real(f64::INFINITY),
        3 => {
            return Mat::from_fn(n, n, |_, _| real(random.uniform() * T::Real::MIN_POSITIVE.to_f64() * 1e-3));
        }
        4 => return Mat::from_fn(n, n, |_, _| real(random.uniform() * T::Real::MAX.to_f64())),
        _ => return Mat::zeros(n, n).unwrap(),
    }
    a
}
