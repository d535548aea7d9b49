//! The triangular leaf: residuals, and the same bits for a column wherever it stands.

mod common;

use common::{LAYOUTS, Layout, Random, Strided, eps, same_bits, wide};
use resolvent_kernels::table::{TRSM_MAX, Triangle};
use resolvent_kernels::{Kernels, Real, Scalar};

every_kernel!(residual_is_small columns_do_not_know_their_place layouts_do_not_matter division_by_zero);

const TRIANGLES: [Triangle; 4] = [Triangle::Lower, Triangle::UnitLower, Triangle::Upper, Triangle::UnitUpper];

fn read(triangle: Triangle, i: usize, l: usize) -> bool {
    match triangle {
        Triangle::Lower => l <= i,
        Triangle::UnitLower => l < i,
        Triangle::Upper => l >= i,
        Triangle::UnitUpper => l > i,
    }
}

/// A well-conditioned triangle; what the kernel must not read is NaN.
fn triangle<T: Scalar>(which: Triangle, n: usize, layout: Layout) -> Strided<T> {
    Strided::new(n, n, layout, |i, l| {
        let x = Random::new((i * 100 + l) as u64 + 1).scalar::<T>();
        let half = T::from_real(T::Real::from_f64(2.0 / (n as f64 + 1.0)));
        let one = T::one();
        if !read(which, i, l) {
            T::nan()
        } else if i == l {
            one + x * half
        } else {
            x * half
        }
    })
}

fn solve<T: Scalar>(kernels: &Kernels<T>, which: Triangle, t: &Strided<T>, b: &mut Strided<T>) {
    let (n, k, b_rs) = (t.rows, b.cols, b.rs);
    assert!(b.cs == 1 || k == 1);
    // SAFETY: T is n x n, B is n x k and row-major, and they are two buffers.
    unsafe { (kernels.trsm)(which, n, k, t.ptr(), t.rs, t.cs, b.mut_ptr(), b_rs) };
    b.assert_gaps_untouched();
}

fn right_sides<T: Scalar>(n: usize, k: usize) -> Strided<T> {
    Strided::new(n, k, Layout::Rows(3), |i, j| Random::new((i * 1000 + j) as u64 + 7).scalar())
}

/// Register widths and their multiples, and one more and one less.
fn widths<T: Scalar>(kernels: &Kernels<T>) -> Vec<usize> {
    let lanes = kernels.small.lanes;
    let mut widths = vec![0, 1, 2];
    for v in [1, 2, 3, 4, 5, 9] {
        widths.extend([v * lanes - 1, v * lanes, v * lanes + 1]);
    }
    widths
}

fn residual_is_small<T: Scalar>(kernels: &Kernels<T>) {
    for which in TRIANGLES {
        for n in [0, 1, 2, 3, 4, 5, 7, 8, 9, 31, 33, 63, TRSM_MAX] {
            let t = triangle::<T>(which, n, LAYOUTS[n % 4]);
            for k in widths(kernels) {
                let mut x = right_sides::<T>(n, k);
                let b = x.clone();
                solve(kernels, which, &t, &mut x);
                for j in 0..k {
                    for i in 0..n {
                        let mut r = wide(b.get(i, j));
                        let mut size = r.norm();
                        for l in 0..n {
                            let term = if read(which, i, l) {
                                wide(t.get(i, l)) * wide(x.get(l, j))
                            } else if i == l {
                                wide(x.get(l, j))
                            } else {
                                continue;
                            };
                            r -= term;
                            size += term.norm();
                        }
                        let most = (n as f64 + 8.0) * eps::<T>() * size;
                        assert!(r.norm() <= most, "{which:?} n={n} k={k} ({i}, {j}) {}: {r}", kernels.isa);
                    }
                }
            }
        }
    }
}

fn columns_do_not_know_their_place<T: Scalar>(kernels: &Kernels<T>) {
    for which in TRIANGLES {
        for n in [3, 8, 37] {
            let t = triangle::<T>(which, n, Layout::Rows(0));
            let wide = 9 * kernels.small.lanes + 1;
            let mut whole = right_sides::<T>(n, wide);
            let b = whole.clone();
            solve(kernels, which, &t, &mut whole);
            for k in widths(kernels) {
                // The last k columns, so that every column stands elsewhere than before.
                let first = wide - k;
                let mut some = Strided::new(n, k, Layout::Rows(1), |i, j| b.get(i, first + j));
                solve(kernels, which, &t, &mut some);
                for i in 0..n {
                    for j in 0..k {
                        let (x, y) = (some.get(i, j), whole.get(i, first + j));
                        assert!(same_bits(x, y), "{which:?} n={n} k={k} ({i}, {j}): {x} {y}");
                    }
                }
            }
        }
    }
}

fn layouts_do_not_matter<T: Scalar>(kernels: &Kernels<T>) {
    for which in TRIANGLES {
        let n = 29;
        let mut first = right_sides::<T>(n, 21);
        solve(kernels, which, &triangle(which, n, Layout::Rows(0)), &mut first);
        for layout in LAYOUTS {
            let mut x = right_sides::<T>(n, 21);
            solve(kernels, which, &triangle(which, n, layout), &mut x);
            assert!((0..n).all(|i| (0..21).all(|j| same_bits(x.get(i, j), first.get(i, j)))), "{layout:?}");
        }
    }
}

fn division_by_zero<T: Scalar>(kernels: &Kernels<T>) {
    let t = Strided::<T>::new(1, 1, Layout::Rows(0), |_, _| T::zero());
    let mut x = Strided::<T>::new(1, 3, Layout::Rows(0), |_, _| T::one());
    solve(kernels, Triangle::Upper, &t, &mut x);
    assert!((0..3).all(|j| !x.get(0, j).is_finite()));
}
