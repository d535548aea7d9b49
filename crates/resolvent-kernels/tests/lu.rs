//! LU of a matrix in the cache, and its inverse: the factors multiply back, the pivots are the largest, columns that go
//! along are worked on alike, and neither stride nor neighbours matter.

mod common;

use common::{Layout, Random, Strided, eps, same_bits, wide};
use resolvent_kernels::{Complex, Kernels, Real, Scalar};

every_kernel!(residual_is_small strides_do_not_matter ties_go_to_the_lowest_row zero_columns_are_left not_a_number
              tiny_pivots narrower_matrices_agree carried_columns_do_not_know_their_place equal_rows_cancel inverses);

/// The widest panel of the kernel, and more than one block of it.
const WIDE: usize = 40;

/// Factors the first n columns.
fn factor_first<T: Scalar>(kernels: &Kernels<T>, a: &mut Strided<T>, n: usize) -> (Vec<usize>, usize) {
    let (m, carried) = (a.rows, a.cols - n);
    let mut pivots = vec![usize::MAX; n + 1];
    let reals = (kernels.lu.workspace)(m);
    let end = T::Real::from_f64(3.0);
    let mut work = vec![end; reals + 1];
    assert!(a.cs == 1 || a.cols == 1);
    let rs = a.rs;
    // SAFETY: m rows of n + carried columns side by side; pivots and workspace are as long as asked for, and one longer.
    let zero = unsafe {
        (kernels.lu.factor)(m, n, carried, a.mut_ptr(), rs, pivots.as_mut_ptr(), work.as_mut_ptr())
    };
    assert_eq!(work.pop(), Some(end), "wrote behind the workspace");
    assert_eq!(pivots.pop(), Some(usize::MAX));
    a.assert_gaps_untouched();
    (pivots, zero)
}

fn factor<T: Scalar>(kernels: &Kernels<T>, a: &mut Strided<T>) -> (Vec<usize>, usize) {
    let n = a.cols;
    factor_first(kernels, a, n)
}

/// max |PA - LU| / (n |A| eps), over the n columns with a pivot and those that went along: `PB - L [Y; 0] - [0; C]`.
fn residual<T: Scalar>(before: &Strided<T>, lu: &Strided<T>, pivots: &[usize]) -> f64 {
    let (m, n) = (lu.rows, pivots.len());
    let mut order: Vec<usize> = (0..m).collect();
    for (j, &p) in pivots.iter().enumerate() {
        assert!(j <= p && p < m);
        order.swap(j, p);
    }
    let (mut worst, mut size) = (0.0f64, 0.0f64);
    for (i, &row) in order.iter().enumerate() {
        for j in 0..lu.cols {
            let a = wide(before.get(row, j));
            size = size.max(a.norm());
            let mut r = a;
            for l in 0..n.min(i).min(j + 1) {
                r -= wide(lu.get(i, l)) * wide(lu.get(l, j));
            }
            if i <= j || j >= n {
                r -= wide(lu.get(i, j));
            }
            assert!(!r.is_nan());
            worst = worst.max(r.norm());
        }
    }
    if worst == 0.0 { 0.0 } else { worst / (n as f64 * size * eps::<T>()) }
}

const SHAPES: [(usize, usize); 18] = [
    (1, 1),
    (2, 1),
    (2, 2),
    (5, 3),
    (8, 8),
    (9, 8),
    (16, 15),
    (17, 16),
    (32, 32),
    (33, 17),
    (64, 31),
    (65, 32),
    (100, 5),
    (257, 32),
    (47, 47),
    (48, 48),
    (49, 49),
    (113, 75),
];

fn residual_is_small<T: Scalar>(kernels: &Kernels<T>) {
    for (m, n) in SHAPES {
        for carried in [0, 1, 5, 23, 24, 25] {
            let mut random = Random::new((m * 64 + n) as u64);
            let mut a = Strided::<T>::new(m, n + carried, Layout::Rows(carried % 3), |_, _| random.scalar());
            let before = a.clone();
            let (pivots, zero) = factor_first(kernels, &mut a, n);
            assert_eq!(zero, n);
            let r = residual(&before, &a, &pivots);
            assert!(r < 10.0, "{m}x{n}+{carried} {}: {r}", kernels.isa);
            // Partial pivoting: no multiplier is larger than 1 (in abs1; a factor 2 covers the complex modulus).
            for j in 0..n {
                for i in j + 1..m {
                    let most = if T::PARTS == 2 { 2.0 } else { 1.0 };
                    assert!(a.get(i, j).abs1().to_f64() <= most * (1.0 + 4.0 * eps::<T>()));
                }
            }
        }
    }
}

fn entry<T: Scalar>(i: usize, j: usize) -> T {
    Random::new((i * 400 + j) as u64 + 9).scalar::<T>()
}

fn strides_do_not_matter<T: Scalar>(kernels: &Kernels<T>) {
    for (m, n) in SHAPES {
        let mut first = Strided::new(m, n, Layout::Rows(0), entry);
        let said = factor(kernels, &mut first);
        for gap in [1, 3, 8] {
            let mut a = Strided::new(m, n, Layout::Rows(gap), entry);
            assert_eq!(factor(kernels, &mut a), said, "{m}x{n}, gap {gap}");
            for i in 0..m {
                for j in 0..n {
                    assert!(same_bits(a.get(i, j), first.get(i, j)), "({i}, {j}) of {m}x{n}, gap {gap}");
                }
            }
        }
    }
}

/// The first columns of a matrix come out as those columns alone: blocks inside the kernel leave no trace.
fn narrower_matrices_agree<T: Scalar>(kernels: &Kernels<T>) {
    let m = 70;
    let mut whole = Strided::new(m, WIDE, Layout::Rows(0), entry);
    let (pivots, _) = factor(kernels, &mut whole);
    for n in 1..WIDE {
        let mut a = Strided::new(m, n, Layout::Rows(0), entry);
        let (p, _) = factor(kernels, &mut a);
        assert_eq!(p, pivots[..n]);
        // Below row n later columns exchange rows; L and U above are final.
        for i in 0..n {
            for j in 0..n {
                assert!(same_bits(a.get(i, j), whole.get(i, j)), "({i}, {j}) n = {n}");
            }
        }
    }
}

/// A column that goes along is what it is alone, and what it is if it has a pivot, as far as rows of U go.
fn carried_columns_do_not_know_their_place<T: Scalar>(kernels: &Kernels<T>) {
    let (m, n, carried) = (45, 19, 61);
    let mut whole = Strided::new(m, n + carried, Layout::Rows(1), entry);
    factor_first(kernels, &mut whole, n);
    for first in 0..carried {
        let place = |j: usize| if j < n { j } else { first + j };
        let mut a = Strided::new(m, n + carried - first, Layout::Rows(2), |i, j| entry(i, place(j)));
        factor_first(kernels, &mut a, n);
        for i in 0..m {
            for j in 0..a.cols {
                assert!(same_bits(a.get(i, j), whole.get(i, place(j))), "({i}, {j}) from column {first}");
            }
        }
    }
    let mut pivoted = Strided::new(m, n + 3, Layout::Rows(0), entry);
    factor(kernels, &mut pivoted);
    for i in 0..n {
        for j in n..n + 3 {
            assert!(same_bits(pivoted.get(i, j), whole.get(i, j)), "({i}, {j})");
        }
    }
}

/// Equal rows give multipliers of exactly one, and differences of exactly zero.
fn equal_rows_cancel<T: Scalar>(kernels: &Kernels<T>) {
    if T::PARTS == 2 {
        return;
    }
    for n in [2, 9, 30, 50] {
        for (a, b) in [(0, n - 1), (n / 2 - 1, n - 1), (0, 1)] {
            let mut twice =
                Strided::<T>::new(n, n, Layout::Rows(0), |i, j| entry(if i == b { a } else { i }, j));
            assert_eq!(factor(kernels, &mut twice).1, n - 1, "rows {a} and {b} of {n}, {}", kernels.isa);
        }
    }
}

/// `A X = I` for the inverse from the factors, with its columns where the permutation has them.
fn inverses<T: Scalar>(kernels: &Kernels<T>) {
    for n in [1, 2, 7, 8, 9, 15, 16, 17, 23, 24, 25, 31, 33, 48, 49, 65, 100] {
        let mut random = Random::new(n as u64);
        let a = Strided::<T>::new(n, n, Layout::Rows(n % 3), |_, _| random.scalar());
        let mut lu = a.clone();
        let (pivots, zero) = factor(kernels, &mut lu);
        assert_eq!(zero, n);
        let mut p: Vec<usize> = (0..n).collect();
        pivots.iter().enumerate().for_each(|(j, &pivot)| p.swap(j, pivot));
        let mut x = Strided::<T>::new(n, n, Layout::Rows(2), |_, _| T::nan());
        let end = T::Real::from_f64(3.0);
        let mut work = vec![end; (kernels.invert.workspace)(n) + 1];
        let x_rs = x.rs;
        // SAFETY: factors and inverse of order n, its permutation, and a workspace as long as asked for, and one longer.
        unsafe {
            (kernels.invert.invert)(n, lu.ptr(), lu.rs, p.as_ptr(), x.mut_ptr(), x_rs, work.as_mut_ptr());
        }
        assert_eq!(work.pop(), Some(end), "wrote behind the workspace");
        x.assert_gaps_untouched();
        let (mut worst, mut size) = (0.0_f64, 0.0_f64);
        for i in 0..n {
            for j in 0..n {
                let mut r = Complex::new(if i == j { 1.0 } else { 0.0 }, 0.0);
                for l in 0..n {
                    let term = wide(a.get(i, l)) * wide(x.get(l, j));
                    r -= term;
                    size = size.max(term.norm());
                }
                worst = worst.max(r.norm());
            }
        }
        let ratio = worst / (n as f64 * size * eps::<T>());
        assert!(ratio < 20.0, "{n} {}: {ratio}", kernels.isa);
    }
}

fn real<T: Scalar>(x: f64) -> T {
    T::from_real(T::Real::from_f64(x))
}

fn ties_go_to_the_lowest_row<T: Scalar>(kernels: &Kernels<T>) {
    for m in [3, 8, 9, 40, 100] {
        for (winner, other) in [(1, 2), (0, m - 1), (2, m - 1), (m / 2, m - 1), (m - 2, m - 1)] {
            if winner >= other {
                continue;
            }
            let mut a = Strided::new(m, 1, Layout::Columns(0), |i, _| {
                real::<T>(if i == winner {
                    -4.0
                } else if i == other {
                    4.0
                } else {
                    1.0 + i as f64 / 256.0
                })
            });
            assert_eq!(factor(kernels, &mut a), (vec![winner], 1), "m = {m}, rows {winner} and {other}");
        }
    }
    // The true maximum wherever it is, also in the second column, where rows above it are dead.
    for m in [2, 7, 8, 9, 17, 33, 70] {
        for at in 1..m {
            let mut a = Strided::new(m, 2, Layout::Rows(1), |i, j| {
                real::<T>(match (i, j) {
                    (0, 0) => 100.0,
                    (0, 1) => 1000.0,
                    (_, 0) => 0.0,
                    (i, _) => {
                        if i == at {
                            -3.0
                        } else {
                            2.0
                        }
                    }
                })
            });
            assert_eq!(factor(kernels, &mut a), (vec![0, at], 2), "m = {m}, row {at}");
        }
    }
}

fn zero_columns_are_left<T: Scalar>(kernels: &Kernels<T>) {
    for (m, n, gone) in [(1, 1, 0), (9, 4, 0), (9, 4, 2), (40, 32, 31), (40, 32, 17)] {
        let mut random = Random::new(4);
        let mut a = Strided::<T>::new(m, n, Layout::Rows(0), |_, j| {
            let x = random.scalar();
            if j == gone { T::zero() } else { x }
        });
        let before = a.clone();
        let (pivots, zero) = factor(kernels, &mut a);
        assert_eq!(zero, gone);
        assert_eq!(pivots[gone], gone);
        assert!((0..m).all(|i| a.get(i, gone) == T::zero()));
        assert!(residual(&before, &a, &pivots) < 10.0);
    }
    // Two of them: the first is named.
    let mut a = Strided::<T>::new(20, 6, Layout::Rows(0), |i, j| {
        if j == 1 || j == 4 { T::zero() } else { real(1.0 / (1 + i + j) as f64) }
    });
    assert_eq!(factor(kernels, &mut a).1, 1);
}

fn not_a_number<T: Scalar>(kernels: &Kernels<T>) {
    for m in [1, 2, 9, 40] {
        let mut a = Strided::<T>::new(m, 1, Layout::Columns(0), |_, _| T::nan());
        assert_eq!(factor(kernels, &mut a), (vec![0], 1));
    }
    for m in [2, 9, 40, 100] {
        for at in 0..m {
            // One number among NaN wins, even if it is small.
            let mut a =
                Strided::<T>::new(
                    m,
                    1,
                    Layout::Columns(0),
                    |i, _| {
                        if i == at { real(1e-3) } else { T::nan() }
                    },
                );
            assert_eq!(factor(kernels, &mut a), (vec![at], 1));
            // One NaN among numbers never does.
            let mut a =
                Strided::<T>::new(
                    m,
                    1,
                    Layout::Columns(0),
                    |i, _| {
                        if i == at { T::nan() } else { real(1.0) }
                    },
                );
            assert_eq!(factor(kernels, &mut a), (vec![usize::from(at == 0)], 1));
        }
    }
}

fn tiny_pivots<T: Scalar>(kernels: &Kernels<T>) {
    let smallest = T::Real::MIN_POSITIVE.to_f64();
    for p in [smallest / 8.0, smallest, T::Real::MAX.to_f64() / 2.0] {
        for m in [2, 40] {
            let mut a =
                Strided::<T>::new(m, 1, Layout::Columns(0), |i, _| real(if i == 0 { p } else { p * 0.5 }));
            let (pivots, zero) = factor(kernels, &mut a);
            assert_eq!((pivots[0], zero), (0, 1));
            for i in 1..m {
                assert_eq!(a.get(i, 0), real(0.5), "p = {p:e} {}", kernels.isa);
            }
        }
    }
}
