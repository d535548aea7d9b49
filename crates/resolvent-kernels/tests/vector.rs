//! Loops over vectors against sums in double precision, for every length around the registers' widths.

mod common;

use common::{Random, eps, same_bits, wide};
use resolvent_kernels::{Complex, Kernels, Real, Scalar};

every_kernel!(sums exchanges column_sums not_a_number extremes);

const LENGTHS: std::ops::Range<usize> = 0..140;

fn sums<T: Scalar>(kernels: &Kernels<T>) {
    let v = &kernels.vector;
    for n in LENGTHS {
        let mut random = Random::new(n as u64);
        let (a, x) = (random.vec::<T>(n), random.vec::<T>(n));
        // SAFETY: both vectors have n elements.
        let (dot, (dot2, size), sum) = unsafe {
            (
                (v.dot)(n, a.as_ptr(), x.as_ptr()),
                (v.dot_abs)(n, a.as_ptr(), x.as_ptr()),
                (v.sum_abs)(n, x.as_ptr()),
            )
        };
        let exact: Complex<f64> = a.iter().zip(&x).map(|(&a, &x)| wide(a) * wide(x)).sum();
        let sizes: f64 = a.iter().zip(&x).map(|(a, x)| a.abs1().to_f64() * x.abs1().to_f64()).sum();
        let moduli: f64 = x.iter().map(|&x| wide(x).norm()).sum();
        let most = (n + 4) as f64 * eps::<T>();
        assert!((wide(dot) - exact).norm() <= most * sizes, "n = {n} {}: {dot} {exact}", kernels.isa);
        assert!(same_bits(dot, dot2), "n = {n}: {dot} {dot2}");
        assert!((size.to_f64() - sizes).abs() <= most * sizes);
        assert!((sum.to_f64() - moduli).abs() <= most * moduli, "n = {n}: {sum} {moduli}");
    }
}

fn exchanges<T: Scalar>(kernels: &Kernels<T>) {
    let v = &kernels.vector;
    for n in LENGTHS {
        let mut random = Random::new(n as u64);
        let (x, y) = (random.vec::<T>(n), random.vec::<T>(n));
        let guard = T::from_real(T::Real::from_f64(9.0));
        let (mut p, mut q) = (x.clone(), y.clone());
        p.push(guard);
        q.push(guard);
        let backwards: Vec<usize> = (0..n).rev().collect();
        let mut spread = vec![guard; n + 1];
        // SAFETY: all have at least n elements and are buffers of their own.
        unsafe {
            (v.swap)(n, p.as_mut_ptr(), q.as_mut_ptr());
            (v.spread)(n, x.as_ptr(), backwards.as_ptr(), spread.as_mut_ptr());
        }
        assert_eq!([p[n], q[n], spread[n]], [guard; 3]);
        assert!(p[..n] == y[..] && q[..n] == x[..] && spread[..n].iter().rev().eq(x.iter()));
    }
}

fn sum_abs<T: Scalar>(kernels: &Kernels<T>, x: &[T]) -> f64 {
    // SAFETY: the slice's own length.
    unsafe { (kernels.vector.sum_abs)(x.len(), x.as_ptr()) }.to_f64()
}

fn not_a_number<T: Scalar>(kernels: &Kernels<T>) {
    for n in LENGTHS {
        for i in 0..n {
            for bad in [T::nan(), T::from_parts(T::Real::ZERO, T::Real::NAN), T::from_real(T::Real::NAN)] {
                let mut x = vec![T::one(); n];
                x[i] = bad;
                if (0..T::PARTS).any(|p| bad.part(p).is_nan()) {
                    assert!(sum_abs(kernels, &x).is_nan(), "n = {n}, i = {i}, {bad} {}", kernels.isa);
                }
            }
        }
    }
}

/// Moduli neither overflow nor underflow on the way.
fn extremes<T: Scalar>(kernels: &Kernels<T>) {
    let (big, small) = (T::Real::MAX.to_f64() / 4.0, T::Real::MIN_POSITIVE.to_f64());
    for size in [big, small] {
        let x = T::from_parts(T::Real::from_f64(size), T::Real::from_f64(size));
        let got = sum_abs(kernels, &[x]);
        let want = if T::PARTS == 2 { size * 2.0f64.sqrt() } else { size };
        assert!((got - want).abs() <= 4.0 * eps::<T>() * want, "{got:e} {want:e}");
    }
    let infinite = T::from_parts(T::Real::INFINITY, T::Real::INFINITY);
    assert_eq!(sum_abs(kernels, &[T::one(), infinite]), f64::INFINITY);
    assert_eq!(sum_abs(kernels, &[T::zero()]), 0.0);
}

/// Of a matrix whose rows do not follow each other.
fn column_sums<T: Scalar>(kernels: &Kernels<T>) {
    let mut random = Random::new(11);
    for n in LENGTHS {
        let (m, rs) = (5, n + 3);
        let a = random.vec::<T>(m * rs);
        let guard = T::Real::from_f64(9.0);
        let mut sums = vec![guard; n + 1];
        // SAFETY: m rows of n elements, rs apart, and n sums.
        unsafe { (kernels.vector.column_sums)(m, n, a.as_ptr(), rs as isize, sums.as_mut_ptr()) };
        assert_eq!(sums[n], guard);
        for j in 0..n {
            let want: f64 = (0..m).map(|i| wide(a[i * rs + j]).norm()).sum();
            assert!((sums[j].to_f64() - want).abs() <= 8.0 * eps::<T>() * want, "n = {n}, j = {j}");
        }
    }
}
