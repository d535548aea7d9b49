//! Residual ratios, LAPACK style: one constant per check, over every element type, size and layout.
//!
//! `cargo test -p resolvent --test residuals -- --nocapture` prints the worst ratio of every check.

mod common;

use common::gallery::{adversaries, conditioned, graded_rows};
use common::layouts::{LAYOUTS, Layout, Strided, repeated};
use common::{
    Element, Random, eps, isa, lanes, moduli, norm_one, product, residual, stack_of, times, transpose, widen,
};
use resolvent::{Lu, Many, Mat, MatRef, Real as _, Scalar, Stack, Status};

/// Solutions and inverses as below, from order 150 on, where n in the denominator leaves much room.
const LARGE: f64 = 0.1;
/// `|P A - L U| / (n |A| eps)`.
const FACTORS: f64 = 0.5;
/// `|B - A X| / ((|A| |X| + |B|) n eps)`.
const SOLUTION: f64 = 1.0;
/// `|I - A X| / (n |A| |X| eps)`.
const RIGHT_INVERSE: f64 = 1.0;
/// `|I - X A| / (n |A| |X| eps)`, random matrices only: elimination promises the other side.
const LEFT_INVERSE: f64 = 1.0;
/// The same three with `|L| |U|` for `|A|`: what elimination promises whatever the growth of its pivots.
const ADVERSARY: f64 = 1.0;

/// Every order at which some blocking begins, ends or overflows, and its neighbours.
fn sizes() -> Vec<usize> {
    let mut sizes: Vec<usize> = (1..=26).collect();
    for edge in [32, 48, 64, 96, 128, 192, 256] {
        sizes.extend([edge - 1, edge, edge + 1]);
    }
    sizes.push(300);
    sizes
}

/// The largest ratio so far, and where.
struct Worst {
    check: &'static str,
    ratio: f64,
    place: String,
}

impl Worst {
    fn new(check: &'static str) -> Self {
        Self { check, ratio: 0.0, place: String::new() }
    }
    /// A ratio that is NaN is the worst of all.
    fn see(&mut self, ratio: f64, place: impl FnOnce() -> String) {
        if ratio > self.ratio || ratio.is_nan() {
            (self.ratio, self.place) = (ratio, place());
        }
    }
    fn check<T: Scalar>(self, bound: f64) {
        let Self { check, ratio, place } = self;
        println!("worst ratio: {:8} {:10} {check:28} {ratio:8.4} at {place}", isa().name(), T::NAME);
        assert!(ratio <= bound, "{check}: ratio {ratio} > {bound} at {place}");
    }
}

/// `0 / 0` is 0: nothing was asked and nothing is wrong.
fn ratio(residue: f64, scale: f64) -> f64 {
    if residue == 0.0 { 0.0 } else { residue / scale }
}

/// The power of two that brings a matrix to a norm near 1, so that products of huge ones do not overflow.
fn unit<W: Scalar<Real = f64>>(a: &Mat<W>) -> f64 {
    (-norm_one(a).log2().floor()).exp2()
}

/// `|I - A X|`.
fn from_identity<W: Scalar<Real = f64>>(a: &Mat<W>, x: &Mat<W>) -> f64 {
    norm_one(&residual(&Mat::identity(a.nrows()), a, x))
}

/// L and U of matrix `l` of a stack, in double precision, and the rows of A in their order.
fn factors_in<T: Element>(lu: &Lu<T, Many>, a: &Stack<T>, l: usize) -> [Mat<T::Wide>; 3] {
    let n = a.as_ref().nrows();
    let (factors, a) = (widen(lu.factors().as_ref().matrix(l)), a.as_ref().matrix(l));
    let p = &lu.permutations()[l * n..][..n];
    let lower = |i, j| if i > j { factors[(i, j)] } else { T::Wide::from_real(f64::from(u8::from(i == j))) };
    let upper = |i, j| if i > j { T::Wide::zero() } else { factors[(i, j)] };
    [Mat::from_fn(n, n, lower), Mat::from_fn(n, n, upper), Mat::from_fn(n, n, |i, j| a.get(p[i], j).widen())]
}

/// L and U of one matrix, and the rows of A in their order.
fn factors_of<T: Element>(a: MatRef<'_, T>) -> [Mat<T::Wide>; 3] {
    let a = stack_of(&[a.to_mat()], a.nrows(), a.ncols());
    factors_in(&resolvent::lu(&a).unwrap(), &a, 0)
}

fn factors<T: Element>() {
    let mut worst = Worst::new("|PA-LU| / n|A|eps");
    for (index, n) in sizes().into_iter().enumerate() {
        let mut random = Random::new(n as u64);
        for a in [random.mat::<T>(n, n), random.gaussian_mat(n, n)] {
            let layout = LAYOUTS[index % LAYOUTS.len()];
            let strided = Strided::new(&a, layout);
            let [l, u, pa] = factors_of(strided.view());
            assert!(l.as_slice().iter().all(|x| x.abs() <= 1.5), "a multiplier above one, n = {n}");
            let residue = norm_one(&residual(&pa, &l, &u));
            let scale = n as f64 * norm_one(&pa) * eps::<T>();
            worst.see(ratio(residue, scale), || format!("n = {n}, {layout:?}"));
        }
    }
    worst.check::<T>(FACTORS);
}

fn solution_ratio<T: Element>(a: &Mat<T::Wide>, x: &Mat<T::Wide>, b: &Mat<T::Wide>) -> f64 {
    let residue = norm_one(&residual(b, a, x));
    let scale = (norm_one(a) * norm_one(x) + norm_one(b)) * a.nrows() as f64 * eps::<T>();
    ratio(residue, scale)
}

fn solutions<T: Element>() {
    let mut worst = Worst::new("|B-AX| / (|A||X|+|B|)n eps");
    for (index, n) in sizes().into_iter().enumerate() {
        let mut random = Random::new(100 + n as u64);
        let a = random.mat::<T>(n, n);
        let wide = widen(a.as_ref());
        let strided = Strided::new(&a, LAYOUTS[index % LAYOUTS.len()]);
        for (k, layout) in [1, 2, 3, 4, 5, 9, 17, 33].into_iter().zip(LAYOUTS) {
            let b = random.mat::<T>(n, k);
            let side = Strided::new(&b, layout);
            let x = resolvent::solve(&strided.view(), &side.view()).unwrap();
            let place = || format!("n = {n}, {k} right-hand sides");
            worst.see(solution_ratio::<T>(&wide, &widen(x.as_ref()), &widen(b.as_ref())), place);
        }
        let b = random.vec::<T>(n);
        let x = Mat::from_vec(resolvent::solve(&a, &b).unwrap(), n, 1).unwrap();
        let b = Mat::from_vec(b, n, 1).unwrap();
        let place = || format!("n = {n}, a vector");
        worst.see(solution_ratio::<T>(&wide, &widen(x.as_ref()), &widen(b.as_ref())), place);
    }
    worst.check::<T>(SOLUTION);
}

fn solutions_from_factors<T: Element>() {
    let mut plain = Worst::new("lu.solve");
    let mut transposed = Worst::new("lu.solve_side, transposed");
    for n in [1, 2, 3, 7, 16, 24, 25, 44, 45, 47, 48, 64, 65, 129, 200] {
        let mut random = Random::new(200 + n as u64);
        let a = random.mat::<T>(n, n);
        let lu = resolvent::lu(&a).unwrap();
        let (wide, wide_transposed) = (widen(a.as_ref()), transpose(&widen(a.as_ref())));
        for k in [1, 2, 3, 4, 5, 9, 17, 33] {
            let b = random.mat::<T>(n, k);
            let (x, y) = (lu.solve(&b).unwrap(), lu.solve_side(resolvent::Side::Transposed, &b).unwrap());
            let b = widen(b.as_ref());
            let place = || format!("n = {n}, {k} right-hand sides");
            plain.see(solution_ratio::<T>(&wide, &widen(x.as_ref()), &b), place);
            transposed.see(solution_ratio::<T>(&wide_transposed, &widen(y.as_ref()), &b), place);
        }
    }
    plain.check::<T>(SOLUTION);
    transposed.check::<T>(SOLUTION);
}

fn inverses<T: Element>() {
    let mut right = Worst::new("|I-AX| / n|A||X|eps");
    let mut left = Worst::new("|I-XA| / n|A||X|eps");
    for (index, n) in sizes().into_iter().enumerate() {
        let a = Random::new(300 + n as u64).mat::<T>(n, n);
        let strided = Strided::new(&a, LAYOUTS[index % LAYOUTS.len()]);
        let x = if n % 2 == 0 {
            resolvent::inv(&strided.view()).unwrap()
        } else {
            resolvent::lu(&strided.view()).unwrap().inverse().unwrap()
        };
        let (a, x) = (widen(a.as_ref()), widen(x.as_ref()));
        let scale = norm_one(&a) * norm_one(&x) * n as f64 * eps::<T>();
        right.see(ratio(from_identity(&a, &x), scale), || format!("n = {n}"));
        left.see(ratio(from_identity(&x, &a), scale), || format!("n = {n}"));
    }
    right.check::<T>(RIGHT_INVERSE);
    left.check::<T>(LEFT_INVERSE);
}

/// Every order that the small kernels may have, two groups of lanes and one more: random matrices, graded ones and
/// nearly singular ones in turns.
fn stacks<T: Element>() {
    let [mut factors, mut solution, mut inverse] = ["factors", "solutions", "inverses"].map(Worst::new);
    let mut adversary = Worst::new("adversaries in stacks");
    for n in 1..=64 {
        let mut random = Random::new(400 + n as u64);
        let count = 2 * lanes::<T>() + 1;
        let matrices: Vec<Mat<T>> = (0..count)
            .map(|l| match (l % 4, l as f64 / count as f64) {
                (1, part) => graded_rows(n, 14.0 - 28.0 * part),
                (2, part) => transpose(&graded_rows(n, 14.0 - 28.0 * part)),
                (3, part) => conditioned(n, eps::<T>().powf(part - 1.0)),
                _ => random.gaussian_mat(n, n),
            })
            .collect();
        let sides: Vec<Mat<T>> = (0..count).map(|_| random.mat(n, 2)).collect();
        let (a, b) = (stack_of(&matrices, n, n), stack_of(&sides, n, 2));
        let lu = resolvent::lu(&a).unwrap();
        let (x, y) =
            (resolvent::inv_ex(&a).unwrap(), resolvent::solve(&repeated(&matrices[0], count), &b).unwrap());
        let z = resolvent::solve_ex(&a, &b).unwrap();
        // Right-hand sides whose solutions are small, though the inverse may be large: sums of columns.
        let sum = |a: &Mat<T>| Mat::from_fn(n, 2, |i, k| a[(i, k * (n - 1))] + a[(i, n / 2)]);
        let c = stack_of(&matrices.iter().map(sum).collect::<Vec<_>>(), n, 2);
        let w = resolvent::solve_ex(&a, &c).unwrap();
        for l in 0..count {
            if x.info.status[l] == Status::Singular {
                continue; // Rounding may make the worst of them exactly singular.
            }
            let of = |stack: &Stack<T>| widen(stack.as_ref().matrix(l));
            let ([lower, upper, pa], a, b, c) = (factors_in(&lu, &a, l), of(&a), of(&b), of(&c));
            let is_random = l % 4 == 0;
            let size = if is_random { norm_one(&a) } else { size_of_factors(&lower, &upper, &pa) };
            let rounding = n as f64 * eps::<T>();
            let scaled = |residue: Mat<T::Wide>, scale: f64| ratio(norm_one(&residue), scale * rounding);
            let solved = |a: &Mat<T::Wide>, size: f64, x: Mat<T::Wide>, b: &Mat<T::Wide>| {
                scaled(residual(b, a, &x), size * norm_one(&x) + norm_one(b))
            };
            let x = of(&x.inverse);
            let ratios = [
                scaled(residual(&pa, &lower, &upper), size),
                solved(&a, size, of(&z.solution), &b).max_nan(solved(&a, size, of(&w.solution), &c)),
                scaled(residual(&Mat::identity(n), &a, &x), size * norm_one(&x)),
            ];
            for (worst, ratio) in [&mut factors, &mut solution, &mut inverse].into_iter().zip(ratios) {
                let worst = if is_random { worst } else { &mut adversary };
                worst.see(ratio, || format!("n = {n}, matrix {l}"));
            }
            let first = widen(matrices[0].as_ref());
            let ratio = solved(&first, norm_one(&first), of(&y), &b);
            solution.see(ratio, || format!("n = {n}, the first matrix with side {l}"));
        }
    }
    factors.check::<T>(FACTORS);
    solution.check::<T>(SOLUTION);
    inverse.check::<T>(RIGHT_INVERSE);
    adversary.check::<T>(ADVERSARY);
}

/// The norm of `|L| |U|`, or of A if that is larger: what elimination makes rounding errors of.
fn size_of_factors<W: Scalar<Real = f64>>(l: &Mat<W>, u: &Mat<W>, pa: &Mat<W>) -> f64 {
    norm_one(&product(&moduli(l), &moduli(u))).max(norm_one(pa))
}

fn adversaries_hold_too<T: Element>() {
    let mut factors = Worst::new("adversaries |PA-LU|");
    let mut solution = Worst::new("adversaries |B-AX|");
    let mut inverse = Worst::new("adversaries |I-AX|");
    for common::gallery::Adversary { name, a } in adversaries::<T>() {
        let n = a.nrows();
        let place = || format!("{name}, n = {n}");
        let info = resolvent::inv_ex(&a).unwrap();
        if info.info.status[0] == Status::Singular {
            continue; // Rounding may make the worst of them exactly singular.
        }
        let [l, u, pa] = factors_of(a.as_ref());
        let unit = unit(&pa);
        let (u, pa) = (times(&u, unit), times(&pa, unit));
        let bound = size_of_factors(&l, &u, &pa) * n as f64 * eps::<T>();
        factors.see(ratio(norm_one(&residual(&pa, &l, &u)), bound), place);

        // Right-hand sides of the size of the matrix: its first and last column.
        let b = Mat::from_fn(n, 2, |i, k| a[(i, k * (n - 1))]);
        let x = widen(resolvent::solve(&a, &b).unwrap().as_ref());
        let (a, b) = (times(&widen(a.as_ref()), unit), times(&widen(b.as_ref()), unit));
        solution.see(ratio(norm_one(&residual(&b, &a, &x)), bound * norm_one(&x)), place);

        let x = times(&widen(info.inverse.as_ref()), unit.recip());
        inverse.see(ratio(from_identity(&a, &x), bound * norm_one(&x)), place);
    }
    factors.check::<T>(ADVERSARY);
    solution.check::<T>(ADVERSARY);
    inverse.check::<T>(ADVERSARY);
}

/// `A w` of a matrix in its own type, in double precision.
fn applied<T: Element>(a: &Mat<T>, w: &[T::Wide]) -> Vec<T::Wide> {
    let n = a.ncols();
    let row = |i: usize| a.as_slice()[i * n..][..n].iter().zip(w).map(|(&a, &w)| a.widen() * w).sum();
    (0..a.nrows()).map(row).collect()
}

fn largest<W: Scalar<Real = f64>>(v: &[W]) -> f64 {
    v.iter().map(|z| z.abs()).fold(0.0, |x: f64, y| x.max_nan(y))
}

fn norm_inf<T: Element>(a: &Mat<T>) -> f64 {
    a.as_slice().chunks(a.ncols()).map(|row| row.iter().map(|z| z.widen().abs()).sum()).fold(0.0, f64::max)
}

/// Orders that no blocking of the depth of a product covers in one step, by a probing vector: `|w - A X w|`.
fn large<T: Element>() {
    let mut inverse = Worst::new("large |I-AX| probed");
    let mut solution = Worst::new("large |B-AX|");
    for n in [385, 449, 700] {
        let mut random = Random::new(500 + n as u64);
        let a = random.mat::<T>(n, n);
        let x = resolvent::inv(&a).unwrap();
        let w: Vec<T::Wide> = random.vec(n);
        let error: Vec<_> = applied(&a, &applied(&x, &w)).iter().zip(&w).map(|(&y, &w)| w - y).collect();
        let scale = norm_inf(&a) * norm_inf(&x) * largest(&w) * n as f64 * eps::<T>();
        inverse.see(ratio(largest(&error), scale), || format!("n = {n}"));
        solution.see(large_solution(&a, 5), || format!("n = {n}"));
    }
    inverse.check::<T>(LARGE);
    solution.check::<T>(LARGE);
}

fn large_solution<T: Element>(a: &Mat<T>, k: usize) -> f64 {
    let n = a.nrows();
    let b = Random::new(1).mat::<T>(n, k);
    let x = resolvent::solve(a, &b).unwrap();
    let column = |m: &Mat<T>, j: usize| (0..n).map(|i| m[(i, j)].widen()).collect::<Vec<_>>();
    let one = |j: usize| {
        let (x, b) = (column(&x, j), column(&b, j));
        let error: Vec<_> = applied(a, &x).iter().zip(&b).map(|(&y, &b)| b - y).collect();
        ratio(largest(&error), (norm_inf(a) * largest(&x) + largest(&b)) * n as f64 * eps::<T>())
    };
    // The first columns, the last, and some between.
    (0..k).step_by(k.div_ceil(7)).chain([k - 1]).map(one).fold(0.0, |x: f64, y| x.max_nan(y))
}

/// More rows, and more right-hand sides, than any block of a product holds.
#[test]
fn beyond_every_block() {
    let mut worst = Worst::new("beyond every block");
    worst.see(large_solution(&Random::new(1).mat::<f64>(2100, 2100), 4), || "n = 2100".to_owned());
    worst.see(large_solution(&Random::new(2).mat::<f64>(150, 150), 4200), || "4200 columns".to_owned());
    worst.check::<f64>(LARGE);
}

every_type! { large factors solutions solutions_from_factors inverses stacks adversaries_hold_too }

#[test]
fn layouts_leave_the_gaps_alone() {
    for n in [3, 40, 61] {
        let a = Random::new(5).mat::<f64>(n, n);
        let exact = resolvent::inv(&a).unwrap();
        for layout in LAYOUTS {
            let mut out = Strided::new(&Mat::<f64>::zeros(n, n).unwrap(), layout);
            let from = repeated(&a, 1);
            resolvent::inv_into(&from, &mut out.stack_view_mut(), resolvent::Detail::Summary).unwrap();
            assert!(out.gaps_untouched(), "{layout:?}");
            assert_eq!(out.elements(), exact.as_slice(), "{layout:?}");
        }
        assert_eq!(Strided::new(&a, Layout::Steps).elements(), a.as_slice());
    }
}
