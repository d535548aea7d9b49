//! The small-matrix kernels that start from factors, Cholesky's, and the products of gradients: residuals in double
//! precision, on any number of matrices, with any strides, alone the same bits as in a lane.

#[path = "small/rig.rs"]
#[macro_use]
#[allow(dead_code)]
mod rig;

use resolvent_kernels::table::{Group, Mark, Report, Side, Small};
use resolvent_kernels::{Real, Scalar};
use rig::*;

everywhere! {
    solutions_from_factors
    columns_that_were_exchanged
    cholesky_factors
    cholesky_refuses
    products_of_gradients
    in_any_layout
}

const COUNT: usize = 19;

fn sides() -> [Side; 3] {
    [Side::Plain, Side::Transposed, Side::Adjoint]
}

/// `op(A)` as its side has it.
fn turned(side: Side, n: usize, a: &[C]) -> Vec<C> {
    let element = |e: usize| {
        let (i, j) = (e / n, e % n);
        match side {
            Side::Plain => a[i * n + j],
            Side::Transposed => a[j * n + i],
            Side::Adjoint => a[j * n + i].conj(),
        }
    };
    (0..n * n).map(element).collect()
}

fn adjoint(n: usize, k: usize, a: &[C]) -> Vec<C> {
    (0..n * k).map(|e| a[e % n * k + e / n].conj()).collect()
}

fn substitute<T: Scalar>(
    kernels: &Small<T>,
    (n, k, side): (usize, usize, Side),
    lu: &[Vec<T>],
    permutations: [&[*const usize]; 2],
    b: &[Vec<T>],
) -> Vec<Vec<T>> {
    let mut x = vec![vec![T::nan(); n * k]; lu.len()];
    let mut work = Work::new((kernels.workspace)(n, k));
    let (out, lu, b) = (write(&mut x), read(lu), read(b));
    let group = |ptrs, cs: usize| Group { ptrs, rs: cs as isize, cs: 1 };
    // SAFETY: dense operands, permutations of n numbers, the workspace as asked for.
    unsafe {
        let x = Group { ptrs: &out, rs: k as isize, cs: 1 };
        (kernels.substitute)(n, k, side, group(&lu, n), permutations, group(&b, k), x, work.ptr());
    }
    x
}

fn solutions_from_factors<T: Scalar>(kernels: &Small<T>) {
    for n in orders() {
        let mut random = Random(n as u64 + 77);
        let a: Vec<Vec<T>> = (0..COUNT).map(|_| random.matrix(n, n)).collect();
        let ((lu, _), rows) = factor(kernels, n, &a);
        let rows: Vec<*const usize> = rows.iter().map(|p| p.as_ptr()).collect();
        let none = vec![std::ptr::null(); COUNT];
        for k in [1, 2, 5] {
            let b: Vec<Vec<T>> = (0..COUNT).map(|_| random.matrix(n, k)).collect();
            for side in sides() {
                let x = substitute(kernels, (n, k, side), &lu, [&rows, &none], &b);
                for m in 0..COUNT {
                    let (a, x, b) = (turned(side, n, &wide_all(&a[m])), wide_all(&x[m]), wide_all(&b[m]));
                    let residual = norm(k, &subtract(&product(n, n, k, &a, &x), &b));
                    let ratio = residual / (n as f64 * norm(n, &a) * norm(k, &x) * eps::<T>());
                    assert!(ratio < 4.0, "n={n} k={k} {side:?} matrix {m}: {ratio}");
                    let alone = substitute(
                        kernels,
                        (n, k, side),
                        &lu[m..=m],
                        [&rows[m..=m], &none[..1]],
                        &[b_of::<T>(&b)],
                    );
                    assert_eq!(bits(&alone[0]), bits(&b_of::<T>(&x)), "n={n} matrix {m}");
                }
            }
        }
    }
}

/// Numbers of the type again.
fn b_of<T: Scalar>(x: &[C]) -> Vec<T> {
    x.iter().map(|x| T::from_parts(T::Real::from_f64(x.re), T::Real::from_f64(x.im))).collect()
}

/// `A[p][:, q] = L U` for factors that are made up.
fn columns_that_were_exchanged<T: Scalar>(kernels: &Small<T>) {
    for n in [1, 2, 5, 8, 13, 33] {
        let mut random = Random(n as u64 + 5);
        let (mut rows, mut columns): (Vec<usize>, Vec<usize>) = ((0..n).collect(), (0..n).collect());
        rows.rotate_left(n / 2);
        columns.reverse();
        let lu: Vec<T> = (0..n * n)
            .map(|e| {
                let x = random.scalar::<T>() * T::from_real(T::Real::from_f64(0.5 / n as f64));
                if e % (n + 1) == 0 { T::one() + x } else { x }
            })
            .collect();
        let mut a = vec![C::new(0.0, 0.0); n * n];
        let factors = wide_all(&lu);
        for i in 0..n {
            for j in 0..n {
                let lower = |p: usize| if p == i { C::new(1.0, 0.0) } else { factors[i * n + p] };
                a[rows[i] * n + columns[j]] = (0..=i.min(j)).map(|p| lower(p) * factors[p * n + j]).sum();
            }
        }
        let b = random.matrix::<T>(n, 3);
        for side in sides() {
            let permutations: [&[*const usize]; 2] = [&[rows.as_ptr()], &[columns.as_ptr()]];
            let x = substitute(
                kernels,
                (n, 3, side),
                std::slice::from_ref(&lu),
                permutations,
                std::slice::from_ref(&b),
            );
            let a = turned(side, n, &a);
            let residual = norm(3, &subtract(&product(n, n, 3, &a, &wide_all(&x[0])), &wide_all(&b)));
            assert!(residual < 60.0 * n as f64 * eps::<T>(), "n={n} {side:?}: {residual}");
        }
    }
}

/// `M M^H + I/4`, and something else above its diagonal.
fn positive<T: Scalar>(n: usize, random: &mut Random) -> (Vec<C>, Vec<T>) {
    let m = random.matrix::<T>(n, n);
    let m = wide_all(&m);
    let mut a = product(n, n, n, &m, &adjoint(n, n, &m));
    (0..n).for_each(|i| a[i * (n + 1)] += 0.25);
    let lower: Vec<T> = b_of(&a);
    let a: Vec<C> = (0..n * n)
        .map(|e| {
            let (i, j) = (e / n, e % n);
            if i >= j { wide(lower[e]) } else { wide(lower[j * n + i]).conj() }
        })
        .collect();
    let given = (0..n * n).map(|e| if e / n >= e % n { lower[e] } else { T::nan() }).collect();
    (a, given)
}

fn cholesky<T: Scalar>(
    kernels: &Small<T>,
    ask: Ask,
    n: usize,
    a: &[Vec<T>],
) -> (Vec<Vec<T>>, Vec<Option<usize>>, Vec<f64>) {
    let count = a.len();
    let mut l = vec![vec![T::nan(); n * n]; count];
    let mut work = Work::new((kernels.workspace)(n, 0));
    let (out, a) = (write(&mut l), read(a));
    let mut marks = vec![Mark::NOT_FINITE; count];
    let [mut rcond, mut backward, mut forward] = [(); 3].map(|()| vec![T::Real::from_f64(-7.0); count]);
    let mut report = Report {
        full: ask == Ask::Full,
        healthy: T::Real::ZERO,
        marks: &mut marks,
        rcond: &mut rcond,
        backward_error: &mut backward,
        forward_error: &mut forward,
    };
    let (rs, cs) = (n as isize, 1);
    // SAFETY: dense operands, the workspace as asked for.
    let fine = unsafe {
        (kernels.cholesky)(
            n,
            Group { ptrs: &a, rs, cs },
            Group { ptrs: &out, rs, cs },
            &mut report,
            work.ptr(),
        )
    };
    let bad: Vec<_> = marks.iter().map(|mark| mark.pivot()).collect();
    assert_eq!(fine, bad.iter().all(Option::is_none));
    (l, bad, rcond.iter().map(|x| x.to_f64()).collect())
}

fn cholesky_factors<T: Scalar>(kernels: &Small<T>) {
    for n in orders() {
        let mut random = Random(n as u64 + 3);
        let both: Vec<(Vec<C>, Vec<T>)> = (0..COUNT).map(|_| positive(n, &mut random)).collect();
        let given: Vec<Vec<T>> = both.iter().map(|(_, given)| given.clone()).collect();
        let (l, bad, _) = cholesky(kernels, Ask::Plain, n, &given);
        let (lu, bad_too, rcond) = cholesky(kernels, Ask::Full, n, &given);
        let full: Vec<Vec<T>> = both.iter().map(|(a, _)| b_of(a)).collect();
        let (_, verdicts) = invert(kernels, n, &full);
        for m in 0..COUNT {
            assert_eq!((bad[m], bad_too[m]), (None, None), "n={n} matrix {m}");
            let (a, wide_l) = (&both[m].0, wide_all(&l[m]));
            let ratio = |product: &[C]| norm(n, &subtract(product, a)) / (n as f64 * norm(n, a) * eps::<T>());
            let error = ratio(&product(n, n, n, &wide_l, &adjoint(n, n, &wide_l)));
            assert!(error < 1.0, "n={n} matrix {m}: {error}");
            assert!((0..n * n).all(|e| e / n >= e % n || wide_l[e] == C::new(0.0, 0.0)), "n={n}");
            let lu = wide_all(&lu[m]);
            let lower: Vec<C> = (0..n * n)
                .map(|e| if e / n > e % n { lu[e] } else { C::new(f64::from(u8::from(e / n == e % n)), 0.0) })
                .collect();
            let upper: Vec<C> =
                (0..n * n).map(|e| if e / n <= e % n { lu[e] } else { C::new(0.0, 0.0) }).collect();
            let error = ratio(&product(n, n, n, &lower, &upper));
            assert!(error < 2.0, "n={n} matrix {m}: {error} as LU");
            let exact = verdicts[m].rcond.to_f64();
            assert!(rcond[m] > 0.9 * exact && rcond[m] < 10.0 * exact, "n={n}: {} and {exact}", rcond[m]);
            let (alone, _, _) = cholesky(kernels, Ask::Plain, n, &given[m..=m]);
            assert_eq!(bits(&alone[0]), bits(&l[m]), "n={n} matrix {m}");
        }
    }
}

fn cholesky_refuses<T: Scalar>(kernels: &Small<T>) {
    for n in [1, 2, 3, 4, 5, 7, 12, 40] {
        for column in [0, n / 2, n - 1] {
            for pivot in [0.0, -1.0, f64::NAN] {
                let mut random = Random(n as u64 + 1);
                let mut given: Vec<Vec<T>> = (0..COUNT).map(|_| positive(n, &mut random).1).collect();
                // What is left of the diagonal element there is `pivot`: the row before it is zero.
                (0..column).for_each(|j| given[4][column * n + j] = T::zero());
                given[4][column * (n + 1)] = T::from_real(T::Real::from_f64(pivot));
                for ask in [Ask::Plain, Ask::Full] {
                    let (l, bad, rcond) = cholesky(kernels, ask, n, &given);
                    for m in 0..COUNT {
                        let expected = (m == 4).then_some(column);
                        assert_eq!(bad[m], expected, "n={n} matrix {m}, {pivot} in {column}");
                        assert!(m == 4 || l[m].iter().all(|x| x.is_finite()));
                    }
                    assert!(rcond[4] == 0.0);
                }
            }
        }
    }
}

fn products_of_gradients<T: Scalar>(kernels: &Small<T>) {
    for n in orders() {
        let mut random = Random(n as u64 + 9);
        for k in [1, 2, 3, n] {
            let [x, g, square, other] = [(n, k), (n, k), (n, n), (n, n)]
                .map(|(m, k)| (0..COUNT).map(|_| random.matrix::<T>(m, k)).collect::<Vec<_>>());
            let mut c = vec![vec![T::nan(); n * n]; COUNT];
            let mut d = c.clone();
            {
                let (c, d) = (write(&mut c), write(&mut d));
                let dense = |ptrs, cs: usize| Group { ptrs, rs: cs as isize, cs: 1 };
                let [x, g, square, other] = [&x, &g, &square, &other].map(|m| read(m));
                let mut work = Work::new((kernels.workspace)(n, k));
                let (c, d) =
                    (Group { ptrs: &c, rs: n as isize, cs: 1 }, Group { ptrs: &d, rs: n as isize, cs: 1 });
                // SAFETY: dense operands, the workspace as asked for.
                unsafe {
                    (kernels.solution_vjp)(n, k, dense(&g, k), dense(&x, k), c, work.ptr());
                    (kernels.inverse_vjp)(n, dense(&square, n), dense(&other, n), d, work.ptr());
                }
            }
            for m in 0..COUNT {
                let close = |computed: &[T], expected: &[C], size: f64| {
                    let error =
                        subtract(&wide_all(computed), expected).iter().map(|x| x.norm()).fold(0.0, f64::max);
                    assert!(error < 8.0 * size * eps::<T>(), "n={n} k={k}: {error}");
                };
                let minus = |m: Vec<C>| m.into_iter().map(|x| -x).collect::<Vec<_>>();
                let xh = adjoint(n, k, &wide_all(&x[m]));
                close(&c[m], &minus(product(n, k, n, &wide_all(&g[m]), &xh)), k as f64);
                let sh = adjoint(n, n, &wide_all(&square[m]));
                let expected = product(n, n, n, &product(n, n, n, &sh, &wide_all(&other[m])), &sh);
                close(&d[m], &minus(expected), (n * n) as f64);
            }
        }
    }
}

/// Operands stored by columns, answers into them: the same bits.
fn in_any_layout<T: Scalar>(kernels: &Small<T>) {
    for n in [1, 3, 8, 21] {
        let mut random = Random(n as u64 + 31);
        let by_columns = |m: &[T]| (0..n * n).map(|e| m[e % n * n + e / n]).collect::<Vec<T>>();
        let (x, g) = (random.matrix::<T>(n, n), random.matrix::<T>(n, n));
        let (xt, mut gt) = (by_columns(&x), by_columns(&g));
        let mut c = vec![T::nan(); n * n];
        let mut work = Work::new((kernels.workspace)(n, n));
        let (rows, columns) = ((n as isize, 1), (1, n as isize));
        let strided = |ptrs, (rs, cs)| Group::<'_, *const T> { ptrs, rs, cs };
        let place = gt.as_mut_ptr();
        let [x_at, g_at, xt_at, gt_at] =
            [x.as_ptr(), g.as_ptr(), xt.as_ptr(), place.cast_const()].map(|p| [p]);
        let (into, over) = ([c.as_mut_ptr()], [place]);
        // SAFETY: dense operands; the answer may be where an operand was.
        unsafe {
            let out = Group { ptrs: &into, rs: n as isize, cs: 1 };
            (kernels.inverse_vjp)(n, strided(&x_at, rows), strided(&g_at, rows), out, work.ptr());
            let out = Group { ptrs: &over, rs: 1, cs: n as isize };
            (kernels.inverse_vjp)(n, strided(&xt_at, columns), strided(&gt_at, columns), out, work.ptr());
        }
        assert_eq!(bits(&by_columns(&gt)), bits(&c), "n={n}");
    }
}
