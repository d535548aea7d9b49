//! LU of a panel: the factors multiply back, the pivots are the largest, and the layout does not matter.

mod common;

use common::{LAYOUTS, Layout, Random, Strided, eps, same_bits, wide};
use resolvent_kernels::table::PANEL_MAX;
use resolvent_kernels::{Complex, Kernels, Real, Scalar};

every_kernel!(residual_is_small layouts_do_not_matter ties_go_to_the_lowest_row zero_columns_are_left not_a_number
              tiny_pivots narrower_panels_agree);

fn factor<T: Scalar>(kernels: &Kernels<T>, a: &mut Strided<T>) -> (Vec<usize>, usize) {
    let (m, n) = (a.rows, a.cols);
    let mut pivots = vec![usize::MAX; n + 1];
    let reals = (kernels.panel.workspace)(m, n);
    let end = T::Real::from_f64(3.0);
    let mut work = vec![end; reals + 1];
    let (rs, cs) = (a.rs, a.cs);
    // SAFETY: the panel is m x n in its layout; pivots and workspace are as long as asked for, and one longer.
    let zero =
        unsafe { (kernels.panel.factor)(m, n, a.mut_ptr(), rs, cs, pivots.as_mut_ptr(), work.as_mut_ptr()) };
    assert_eq!(work.pop(), Some(end), "wrote behind the workspace");
    assert_eq!(pivots.pop(), Some(usize::MAX));
    a.assert_gaps_untouched();
    (pivots, zero)
}

/// max |PA - LU| / (n |A| eps).
fn residual<T: Scalar>(before: &Strided<T>, lu: &Strided<T>, pivots: &[usize]) -> f64 {
    let (m, n) = (lu.rows, lu.cols);
    let mut order: Vec<usize> = (0..m).collect();
    for (j, &p) in pivots.iter().enumerate() {
        assert!(j <= p && p < m);
        order.swap(j, p);
    }
    let (mut worst, mut size) = (0.0f64, 0.0f64);
    for (i, &row) in order.iter().enumerate() {
        for j in 0..n {
            let a = wide(before.get(row, j));
            size = size.max(a.norm());
            let mut r = a;
            for l in 0..=i.min(j) {
                let lower = if l == i { Complex::new(1.0, 0.0) } else { wide(lu.get(i, l)) };
                r -= lower * wide(lu.get(l, j));
            }
            assert!(!r.is_nan());
            worst = worst.max(r.norm());
        }
    }
    if worst == 0.0 { 0.0 } else { worst / (n as f64 * size * eps::<T>()) }
}

const SHAPES: [(usize, usize); 14] = [
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
    (257, PANEL_MAX),
];

fn residual_is_small<T: Scalar>(kernels: &Kernels<T>) {
    for (m, n) in SHAPES {
        for layout in [Layout::Columns(1), Layout::Rows(2), Layout::Apart] {
            let mut random = Random::new((m * 64 + n) as u64);
            let mut a = Strided::<T>::new(m, n, layout, |_, _| random.scalar());
            let before = a.clone();
            let (pivots, zero) = factor(kernels, &mut a);
            assert_eq!(zero, n);
            let r = residual(&before, &a, &pivots);
            assert!(r < 10.0, "{m}x{n} {layout:?} {}: {r}", kernels.isa);
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

fn layouts_do_not_matter<T: Scalar>(kernels: &Kernels<T>) {
    for (m, n) in SHAPES {
        let entry = |i: usize, j: usize| Random::new((i * 40 + j) as u64 + 9).scalar::<T>();
        let mut first = Strided::new(m, n, Layout::Columns(0), entry);
        let said = factor(kernels, &mut first);
        for layout in LAYOUTS {
            let mut a = Strided::new(m, n, layout, entry);
            assert_eq!(factor(kernels, &mut a), said, "{m}x{n} {layout:?}");
            for i in 0..m {
                for j in 0..n {
                    assert!(same_bits(a.get(i, j), first.get(i, j)), "({i}, {j}) of {m}x{n} {layout:?}");
                }
            }
        }
    }
}

/// The first columns of a panel come out as those columns alone: blocks inside the kernel leave no trace.
fn narrower_panels_agree<T: Scalar>(kernels: &Kernels<T>) {
    let entry = |i: usize, j: usize| Random::new((i * 40 + j) as u64 + 5).scalar::<T>();
    let m = 70;
    let mut whole = Strided::new(m, PANEL_MAX, Layout::Rows(0), entry);
    let (pivots, _) = factor(kernels, &mut whole);
    for n in 1..PANEL_MAX {
        let mut a = Strided::new(m, n, Layout::Rows(0), entry);
        let (p, _) = factor(kernels, &mut a);
        assert_eq!(p, pivots[..n]);
        for i in 0..=n {
            for j in 0..n.min(i + 1) {
                // Below row n later columns exchange rows; L and U above are final.
                if i < n {
                    assert!(same_bits(a.get(j, i), whole.get(j, i)), "U ({j}, {i}) n = {n}");
                }
            }
        }
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
    let mut a = Strided::<T>::new(20, 6, Layout::Columns(0), |i, j| {
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
