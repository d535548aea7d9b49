//! The small-matrix kernels: zero pivots, ties, isolation of lanes, strides, in-place answers.

#[path = "small/rig.rs"]
#[macro_use]
#[allow(dead_code)]
mod rig;

use resolvent_kernels::table::{Group, Small};
use resolvent_kernels::{Real, Scalar};
use rig::*;

everywhere! {
    zero_pivots
    pivots_and_ties
    not_finite
    lanes_are_isolated
    strides
    broadcast
    in_place
    plain_calls
}

fn zero_pivots<T: Scalar>(kernels: &Small<T>) {
    for (n, a, pivot) in [
        (1, vec![0.0], 0),
        (2, vec![1.0, 2.0, 2.0, 4.0], 1),
        (2, vec![0.0; 4], 0),
        (3, vec![1.0, 2.0, 3.0, 2.0, 4.0, 6.0, 1.0, 0.0, 1.0], 2),
        (3, vec![0.0, 1.0, 2.0, 0.0, 3.0, 4.0, 0.0, 5.0, 6.0], 0),
        (12, vec![0.0; 144], 0),
        (9, vec![1.0; 81], 1),
        (20, vec![1.0; 400], 1),
    ] {
        let a = [real::<T>(&a)];
        let b = [real::<T>(&vec![1.0; n])];
        let (x, inverted) = invert(kernels, n, &a);
        let (y, solved) = solve(kernels, n, 1, &a, &b);
        let ((lu, factored), perms) = factor(kernels, n, &a);
        for v in [inverted[0], solved[0], factored[0]] {
            assert_eq!(v.zero_pivot, Some(pivot), "n = {n}");
            assert!(v.finite && v.rcond.to_f64() == 0.0);
            assert!(v.backward_error.is_nan() && v.forward_error.is_nan());
        }
        let all_nan = |x: &[T]| x.iter().all(|x| x.re().is_nan() && (T::PARTS == 1 || x.im().is_nan()));
        assert!(all_nan(&x[0]) && all_nan(&y[0]));
        assert!(lu[0].iter().all(|x| x.is_finite()));
        // Elimination went on with multipliers of zero: P A = L U all the same.
        let (lu, a) = (wide_all(&lu[0]), wide_all(&a[0]));
        for i in 0..n {
            for j in 0..n {
                let lower = |p: usize| if p == i { C::new(1.0, 0.0) } else { lu[i * n + p] };
                let sum: C = (0..=i.min(j)).map(|p| lower(p) * lu[p * n + j]).sum();
                assert!((sum - a[perms[0][i] * n + j]).norm() < 1e-5);
            }
        }
    }
}

/// The largest by abs1 is chosen, the first among equals.
fn pivots_and_ties<T: Scalar>(kernels: &Small<T>) {
    let m = |x: &[f64]| factor(kernels, 3, &[real::<T>(x)]);
    let (_, perms) = m(&[1.0, 0.0, 0.0, 3.0, 1.0, 0.0, -3.0, 0.0, 1.0]);
    assert_eq!(perms[0], [1, 2, 0]);
    let (_, perms) = m(&[1.0, 0.0, 0.0, 2.0, 1.0, 0.0, -3.0, 0.0, 1.0]);
    assert_eq!(perms[0], [2, 1, 0]);
    let (_, perms) = m(&[-1.0, 0.0, 0.0, 1.0, 1.0, 0.0, 1.0, 1.0, 2.0]);
    assert_eq!(perms[0], [0, 1, 2]);
    let (_, perms) = m(&[0.0, 0.0, 5.0, 1.0, 0.0, 0.0, 0.0, 7.0, 0.0]);
    assert_eq!(perms[0], [1, 2, 0]);
    if T::PARTS == 2 {
        // abs1 of 0.8 + 0.8i is 1.6, its modulus 1.13; abs1 of 1.3 is 1.3.
        let parts = |re, im| T::from_parts(T::Real::from_f64(re), T::Real::from_f64(im));
        let a = vec![parts(1.3, 0.0), parts(1.0, 0.0), parts(0.8, 0.8), parts(0.0, 0.0)];
        assert_eq!(factor(kernels, 2, &[a]).1[0], [1, 0]);
    }
    // At every order, in every lane: an exchange matrix P has the LU factors I I and gives back its own numbers.
    let mut random = Random(11);
    for n in orders() {
        let permutations: Vec<Vec<usize>> = (0..kernels.lanes)
            .map(|_| {
                let mut p: Vec<usize> = (0..n).collect();
                (1..n).for_each(|i| p.swap(i, random.bits() as usize % (i + 1)));
                p
            })
            .collect();
        let a: Vec<Vec<T>> = permutations
            .iter()
            .map(|p| {
                let mut a = vec![T::zero(); n * n];
                p.iter().enumerate().for_each(|(i, &p)| a[p * n + i] = T::one());
                a
            })
            .collect();
        let ((lu, _), perms) = factor(kernels, n, &a);
        let (x, _) = invert(kernels, n, &a);
        for l in 0..a.len() {
            assert_eq!(perms[l], permutations[l]);
            assert_eq!(wide_all(&lu[l]), identity(n));
            let transposed: Vec<T> = (0..n * n).map(|e| a[l][e % n * n + e / n]).collect();
            assert_eq!(wide_all(&x[l]), wide_all(&transposed));
        }
    }
}

fn not_finite<T: Scalar>(kernels: &Small<T>) {
    for n in orders() {
        for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            for place in [0, n * n / 2, n * n - 1] {
                for part in 0..T::PARTS {
                    let mut a = Random(n as u64).matrix::<T>(n, n);
                    let b = Random(77).matrix::<T>(n, 1);
                    let healthy = a.clone();
                    let re = if part == 0 { bad } else { 1.0 };
                    let im = if part == 1 { bad } else { 1.0 };
                    let bad = T::from_parts(T::Real::from_f64(re), T::Real::from_f64(im));
                    a[place] = bad;
                    let (_, inverted) = invert(kernels, n, &[a.clone()]);
                    let (_, solved) = solve(kernels, n, 1, &[a.clone()], std::slice::from_ref(&b));
                    let ((_, factored), perms) = factor(kernels, n, &[a]);
                    let mut sorted = perms[0].clone();
                    sorted.sort_unstable();
                    assert!(sorted.into_iter().eq(0..n));
                    let mut b = b;
                    b[place % n] = bad;
                    let (_, right) = solve(kernels, n, 1, &[healthy], &[b]);
                    for v in [inverted[0], solved[0], factored[0], right[0]] {
                        assert!(!v.finite && v.zero_pivot.is_none());
                        assert!(v.rcond.is_nan() && v.backward_error.is_nan() && v.forward_error.is_nan());
                    }
                }
            }
        }
    }
}

/// What may sit in the neighbouring lane.
fn neighbours<T: Scalar>(n: usize, random: &mut Random) -> Vec<Vec<T>> {
    let fill = |x: f64| real::<T>(&vec![x; n * n]);
    let mut zero_pivot = random.matrix::<T>(n, n);
    (0..n).for_each(|i| zero_pivot[i * n + n / 2] = T::zero());
    let mut nan = random.matrix::<T>(n, n);
    nan[n * n / 2] = T::nan();
    vec![
        fill(0.0),
        fill(f64::NAN),
        fill(f64::INFINITY),
        fill(T::Real::MIN_POSITIVE.to_f64() / 2.0),
        fill(T::Real::MAX.to_f64()),
        zero_pivot,
        nan,
        random.matrix(n, n),
    ]
}

fn lanes_are_isolated<T: Scalar>(kernels: &Small<T>) {
    let mut random = Random(6);
    let lanes = kernels.lanes;
    for n in orders() {
        let (a, b) = (random.matrix::<T>(n, n), random.matrix::<T>(n, 2));
        let alone = [vec![a.clone()], vec![b.clone()]];
        let (x, inverted) = invert(kernels, n, &alone[0]);
        let (y, solved) = solve(kernels, n, 2, &alone[0], &alone[1]);
        let ((lu, factored), perms) = factor(kernels, n, &alone[0]);
        for size in 1..=lanes {
            for lane in 0..size {
                let mut others = neighbours::<T>(n, &mut random);
                others.rotate_left(random.bits() as usize % 8);
                let mut group: Vec<Vec<T>> = others.iter().cycle().take(size).cloned().collect();
                let mut right: Vec<Vec<T>> = (0..size).map(|l| group[l][..n].repeat(2)).collect();
                (group[lane], right[lane]) = (a.clone(), b.clone());

                let (got, v) = invert(kernels, n, &group);
                assert_eq!(bits(&got[lane]), bits(&x[0]), "invert n = {n}, lane {lane} of {size}");
                assert_eq!(verdict_bits(&v[lane]), verdict_bits(&inverted[0]));
                let (got, v) = solve(kernels, n, 2, &group, &right);
                assert_eq!(bits(&got[lane]), bits(&y[0]), "solve n = {n}, lane {lane} of {size}");
                assert_eq!(verdict_bits(&v[lane]), verdict_bits(&solved[0]));
                let ((got, v), p) = factor(kernels, n, &group);
                assert_eq!(bits(&got[lane]), bits(&lu[0]), "factor n = {n}, lane {lane} of {size}");
                assert_eq!(verdict_bits(&v[lane]), verdict_bits(&factored[0]));
                assert_eq!(p[lane], perms[0]);
            }
        }
    }
}

/// A matrix laid out at these strides in the middle of a larger buffer.
fn laid_out<T: Scalar>(rows: usize, cols: usize, m: &[T], rs: isize, cs: isize) -> (Vec<T>, usize) {
    let reach = rows * rs.unsigned_abs() + cols * cs.unsigned_abs() + 1;
    let mut buffer = vec![T::from_real(T::Real::from_f64(7.5)); 2 * reach + 1];
    for i in 0..rows {
        for j in 0..cols {
            buffer[(reach as isize + i as isize * rs + j as isize * cs) as usize] = m[i * cols + j];
        }
    }
    (buffer, reach)
}

fn strides<T: Scalar>(kernels: &Small<T>) {
    let mut random = Random(7);
    let k = 3;
    for n in orders() {
        let count = kernels.lanes.min(3);
        let a: Vec<Vec<T>> = (0..count).map(|_| random.matrix(n, n)).collect();
        let b: Vec<Vec<T>> = (0..count).map(|_| random.matrix(n, k)).collect();
        let (x, inverted) = invert(kernels, n, &a);
        let (y, solved) = solve(kernels, n, k, &a, &b);
        let wide = n.max(k) as isize;
        for (rs, cs) in [(1, wide), (wide, -1), (-wide, 1), (wide + 3, 1), (2 * wide + 1, 2), (-1, -wide - 2)]
        {
            let lay = |m: &[Vec<T>], cols: usize| -> (Vec<Vec<T>>, usize) {
                let laid: Vec<_> = m.iter().map(|m| laid_out(n, cols, m, rs, cs)).collect();
                let reach = laid[0].1;
                (laid.into_iter().map(|l| l.0).collect(), reach)
            };
            let zeros = |cols: usize| vec![vec![T::zero(); n * cols]; count];
            let ((a, a0), (b, b0)) = (lay(&a, n), lay(&b, k));
            let ((mut out, out0), (mut out_k, out_k0)) = (lay(&zeros(n), n), lay(&zeros(k), k));
            // Rightly laid out, rightly surrounded: compare whole buffers.
            let (expected, expected_k) = (lay(&x, n).0, lay(&y, k).0);
            let a_ptrs: Vec<_> = a.iter().map(|m| m.as_ptr().wrapping_add(a0)).collect();
            let b_ptrs: Vec<_> = b.iter().map(|m| m.as_ptr().wrapping_add(b0)).collect();
            // SAFETY: `out0` is inside the buffers; unlike a slice's, this pointer may go back from there.
            let ptrs: Vec<_> = out.iter_mut().map(|m| unsafe { m.as_mut_ptr().add(out0) }).collect();
            // SAFETY: as above.
            let ptrs_k: Vec<_> = out_k.iter_mut().map(|m| unsafe { m.as_mut_ptr().add(out_k0) }).collect();
            let a = Group { ptrs: &a_ptrs, rs, cs };
            let v = invert_at(kernels, Ask::Full, n, a, Group { ptrs: &ptrs, rs, cs });
            let w = solve_at(
                kernels,
                Ask::Full,
                n,
                k,
                a,
                Group { ptrs: &b_ptrs, rs, cs },
                Group { ptrs: &ptrs_k, rs, cs },
            );
            for l in 0..count {
                assert_eq!(bits(&out[l]), bits(&expected[l]), "n = {n}, strides {rs} {cs}");
                assert_eq!(bits(&out_k[l]), bits(&expected_k[l]), "n = {n}, strides {rs} {cs}");
                assert_eq!(verdict_bits(&v[l]), verdict_bits(&inverted[l]));
                assert_eq!(verdict_bits(&w[l]), verdict_bits(&solved[l]));
            }
        }
    }
}

/// The same address for all, and strides of zero.
fn broadcast<T: Scalar>(kernels: &Small<T>) {
    let mut random = Random(8);
    let lanes = kernels.lanes;
    for n in orders() {
        let a = random.matrix::<T>(n, n);
        let b: Vec<Vec<T>> = (0..lanes).map(|_| random.matrix(n, 1)).collect();
        let expected = solve(kernels, n, 2, &vec![a.clone(); lanes], &twice(&b));
        let mut x = vec![vec![T::zero(); 2 * n]; lanes];
        let out = write(&mut x);
        let v = solve_at(
            kernels,
            Ask::Full,
            n,
            2,
            Group { ptrs: &vec![a.as_ptr(); lanes], rs: n as isize, cs: 1 },
            Group { ptrs: &read(&b), rs: 1, cs: 0 },
            Group { ptrs: &out, rs: 2, cs: 1 },
        );
        for l in 0..lanes {
            assert_eq!(bits(&x[l]), bits(&expected.0[l]));
            assert_eq!(verdict_bits(&v[l]), verdict_bits(&expected.1[l]));
        }
        // A matrix of equal elements, stored once.
        let one = [T::one()];
        let v = invert_at(
            kernels,
            Ask::Full,
            n,
            Group { ptrs: &[one.as_ptr()], rs: 0, cs: 0 },
            Group { ptrs: &[vec![T::zero(); n * n].as_mut_ptr()], rs: n as isize, cs: 1 },
        );
        assert_eq!(v[0].zero_pivot, if n == 1 { None } else { Some(1) });
    }
}

/// Each column twice.
fn twice<T: Scalar>(b: &[Vec<T>]) -> Vec<Vec<T>> {
    b.iter().map(|b| b.iter().flat_map(|&x| [x, x]).collect()).collect()
}

fn in_place<T: Scalar>(kernels: &Small<T>) {
    let mut random = Random(9);
    let lanes = kernels.lanes;
    for n in orders() {
        let a: Vec<Vec<T>> = (0..lanes).map(|_| random.matrix(n, n)).collect();
        let b: Vec<Vec<T>> = (0..lanes).map(|_| random.matrix(n, 2)).collect();
        let (rs, cs) = (n as isize, 1);
        let (x, _) = invert(kernels, n, &a);
        let (y, _) = solve(kernels, n, 2, &a, &b);
        let (mut m, mut r) = (a.clone(), b.clone());
        let (out, out_r) = (write(&mut m), write(&mut r));
        let read_r: Vec<*const T> = out_r.iter().map(|p| p.cast_const()).collect();
        let read: Vec<*const T> = out.iter().map(|p| p.cast_const()).collect();
        let from = Group { ptrs: &read, rs, cs };
        let (b, to) = (Group { ptrs: &read_r, rs: 2, cs: 1 }, Group { ptrs: &out_r, rs: 2, cs: 1 });
        solve_at(kernels, Ask::Full, n, 2, from, b, to);
        invert_at(kernels, Ask::Full, n, from, Group { ptrs: &out, rs, cs });
        for l in 0..lanes {
            assert_eq!(bits(&m[l]), bits(&x[l]));
            assert_eq!(bits(&r[l]), bits(&y[l]));
        }
    }
}

/// A plain call gives the answers and marks of a full one; what it does not measure is 0, and NaN where there is no answer.
fn plain_calls<T: Scalar>(kernels: &Small<T>) {
    let mut random = Random(10);
    for n in orders() {
        let mut a = neighbours::<T>(n, &mut random);
        a.extend((0..kernels.lanes).map(|_| random.matrix(n, n)));
        let b: Vec<Vec<T>> = a.iter().map(|_| random.matrix(n, 2)).collect();
        let plain =
            [invert_asked(kernels, Ask::Plain, n, &a), solve_asked(kernels, Ask::Plain, n, 2, &a, &b)];
        let full = [invert(kernels, n, &a), solve(kernels, n, 2, &a, &b)];
        for ((x, plain), (y, full)) in plain.iter().zip(&full) {
            for m in 0..a.len() {
                let (v, w) = (&plain[m], &full[m]);
                assert!(!v.finite || bits(&x[m]) == bits(&y[m]), "n = {n}, matrix {m}");
                assert_eq!((v.zero_pivot, v.finite), (w.zero_pivot, w.finite), "n = {n}, matrix {m}");
                let answered = v.finite && x[m].iter().all(|x| x.is_finite());
                assert_eq!(v.backward_error.is_nan(), !answered, "n = {n}, matrix {m}: {v:?}");
                // Measured, or not doubted.
                let healthy = T::Real::EPSILON.sqrt();
                assert!(v.rcond == w.rcond || v.rcond.is_nan() || v.rcond >= healthy, "{v:?} {w:?}");
            }
        }
    }
}
