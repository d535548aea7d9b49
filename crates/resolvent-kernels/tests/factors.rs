//! Substitution with every triangle, and the product without packing: residuals, and what they must not touch.

mod common;

use std::cmp::Ordering;

use common::{LAYOUTS, Layout, Random, Strided, eps, same_bits, wide};
use resolvent_kernels::table::Triangle;
use resolvent_kernels::{Kernels, Real, Scalar};

every_kernel!(substitution_solves extreme_diagonals_divide product_is_subtracted columns_of_a_product_do_not_know_their_place);

/// Well-conditioned factors over each other.
fn factors<T: Scalar>(n: usize, layout: Layout) -> Strided<T> {
    Strided::new(n, n, layout, |i, j| {
        let x = Random::new((i * 100 + j) as u64 + 1).scalar::<T>();
        let x = x * T::from_real(T::Real::from_f64(2.0 / (n as f64 + 1.0)));
        if i == j { T::one() + x } else { x }
    })
}

fn substitution_solves<T: Scalar>(kernels: &Kernels<T>) {
    for n in [0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 33, 63, 64, 65, 130] {
        let lu = factors::<T>(n, Layout::Rows(n % 3));
        let b = Random::new(n as u64 + 5).vec::<T>(n);
        for (triangle, transposed) in EVERY {
            let stored = |i: usize, j: usize| if transposed { lu.get(j, i) } else { lu.get(i, j) };
            let t = |i: usize, j: usize| match (triangle, i.cmp(&j)) {
                (Triangle::UnitLower | Triangle::UnitUpper, Ordering::Equal) => wide(T::one()),
                (Triangle::Lower | Triangle::UnitLower, Ordering::Less) => wide(T::zero()),
                (Triangle::Upper | Triangle::UnitUpper, Ordering::Greater) => wide(T::zero()),
                _ => wide(stored(i, j)),
            };
            let mut x = b.clone();
            x.push(T::one());
            // SAFETY: a square of order n, row-major, and n elements of x.
            unsafe { (kernels.substitute)(triangle, transposed, n, lu.ptr(), lu.rs, x.as_mut_ptr()) };
            assert!(same_bits(x[n], T::one()));
            for (i, &b) in b.iter().enumerate() {
                let (mut residual, mut size) = (wide(b), wide(b).norm());
                for (j, &x) in x[..n].iter().enumerate() {
                    let term = t(i, j) * wide(x);
                    residual -= term;
                    size += term.norm();
                }
                let most = 3.0 * (n as f64 + 8.0) * eps::<T>() * size;
                let at = format!("n={n} i={i} {triangle:?} {transposed} {}", kernels.isa);
                assert!(residual.norm() <= most, "{at}: {residual}");
            }
        }
    }
}

const EVERY: [(Triangle, bool); 8] = [
    (Triangle::Lower, false),
    (Triangle::Lower, true),
    (Triangle::UnitLower, false),
    (Triangle::UnitLower, true),
    (Triangle::Upper, false),
    (Triangle::Upper, true),
    (Triangle::UnitUpper, false),
    (Triangle::UnitUpper, true),
];

/// Where the reciprocal of a diagonal element is out of range the quotient need not be.
fn extreme_diagonals_divide<T: Scalar>(kernels: &Kernels<T>) {
    let number = |x: f64| T::from_real(T::Real::from_f64(x));
    let (least, most) = (T::Real::MIN_POSITIVE.to_f64(), T::Real::MAX.to_f64());
    for n in [1, 5, 8, 16, 19] {
        for d in [least / 8.0, least, most / 2.0, most] {
            for (triangle, transposed) in EVERY {
                if matches!(triangle, Triangle::UnitLower | Triangle::UnitUpper) {
                    continue;
                }
                let t = Strided::<T>::new(
                    n,
                    n,
                    Layout::Rows(0),
                    |i, j| if i == j { number(d) } else { T::zero() },
                );
                let mut x = vec![number(d / 2.0); n];
                // SAFETY: a square of order n, row-major, and n elements of x.
                unsafe { (kernels.substitute)(triangle, transposed, n, t.ptr(), t.rs, x.as_mut_ptr()) };
                assert!(x.iter().all(|&x| x == number(0.5)), "{d:e} n={n} {triangle:?} {transposed} {x:?}");
            }
        }
    }
}

fn product<T: Scalar>(kernels: &Kernels<T>, a: &Strided<T>, b: &Strided<T>, c: &mut Strided<T>) {
    let (m, n, k, c_rs) = (c.rows, c.cols, a.cols, c.rs);
    // SAFETY: the operands fit, B and C are row-major, and C is a buffer of its own.
    unsafe { (kernels.subtract)(m, n, k, a.ptr(), a.rs, a.cs, b.ptr(), b.rs, c.mut_ptr(), c_rs) };
    c.assert_gaps_untouched();
}

fn product_is_subtracted<T: Scalar>(kernels: &Kernels<T>) {
    for (m, k) in [(0, 3), (1, 1), (3, 0), (4, 5), (5, 16), (9, 33)] {
        let a = Strided::<T>::new(m, k, LAYOUTS[m % 4], |i, l| Random::new((i * 99 + l) as u64).scalar());
        for n in [0, 1, 3, 8, 15, 16, 17, 35, 64, 67] {
            let b =
                Strided::<T>::new(k, n, Layout::Rows(2), |l, j| Random::new((l * 97 + j) as u64).scalar());
            let mut c =
                Strided::<T>::new(m, n, Layout::Rows(3), |i, j| Random::new((i * 95 + j) as u64).scalar());
            let before = c.clone();
            product(kernels, &a, &b, &mut c);
            for i in 0..m {
                for j in 0..n {
                    let (mut want, mut size) = (wide(before.get(i, j)), 1.0);
                    for l in 0..k {
                        let term = wide(a.get(i, l)) * wide(b.get(l, j));
                        want -= term;
                        size += term.norm();
                    }
                    let error = (wide(c.get(i, j)) - want).norm();
                    assert!(error <= (k as f64 + 4.0) * eps::<T>() * size, "{m} {n} {k} ({i}, {j}): {error}");
                }
            }
        }
    }
}

fn columns_of_a_product_do_not_know_their_place<T: Scalar>(kernels: &Kernels<T>) {
    let (m, n, k) = (9, 61, 16);
    let a = Strided::<T>::new(m, k, Layout::Rows(0), |i, l| Random::new((i * 99 + l) as u64).scalar());
    let whole = |first: usize, cols: usize| {
        let b = Strided::<T>::new(k, cols, Layout::Rows(0), |l, j| {
            Random::new((l * 97 + first + j) as u64).scalar()
        });
        let mut c = Strided::<T>::new(m, cols, Layout::Rows(0), |i, j| {
            Random::new((i * 95 + first + j) as u64).scalar()
        });
        product(kernels, &a, &b, &mut c);
        c
    };
    let all = whole(0, n);
    for first in 1..n {
        let some = whole(first, n - first);
        let alike = |i, j| same_bits(some.get(i, j), all.get(i, first + j));
        assert!((0..m).all(|i| (0..n - first).all(|j| alike(i, j))), "from column {first}");
    }
}
