//! Hermitian matrices that are not positive definite: as good answers as any, and inverses Hermitian to the last bit.

mod common;

use resolvent::{
    Detail, Info, Mat, Method, Options, Real, Scalar, Stack, Status, inv_ex, set_num_threads, solve_ex,
    solve_into,
};

use common::gallery::wilkinson;
use common::{Element, Random, bits, element, eps, isa, real, relative_residual, stack_of};

every_type!(answers_are_good ill_conditioned_ones near_the_ends_of_the_range singular_ones
            nearly_hermitian_is_not threads_do_not_matter alone_or_in_a_stack large_ones);

#[derive(Debug, Clone, Copy)]
enum Kind {
    Random,
    /// Zeros on the diagonal: no pivot of order 1 to begin with.
    Hollow,
    /// One large element on the diagonal, so that pivots of order 2 begin at odd places.
    HollowButOne,
    /// Almost zeros.
    TinyDiagonal,
    /// `[0 I; I 0]`
    Exchange,
    /// Ones beside the diagonal, zeros on it but for the first.
    Tridiagonal,
    /// `[H B^H; B 0]`, H positive definite: equations of least squares, of constraints.
    SaddlePoint,
    /// The same with a diagonal H from 1e-8 to 1e8, as interior points have.
    Barrier,
    /// `[0 W; W^H 0]` with a W whose elements grow by 2 in every step of partial pivoting.
    Wilkinson,
    /// `D R D` with D from 1 down to 1e-6.
    Graded,
    /// The other way.
    GradedUp,
    /// Ties everywhere: ones with both signs.
    Signs,
}

const KINDS: [Kind; 12] = [
    Kind::Random,
    Kind::Hollow,
    Kind::HollowButOne,
    Kind::TinyDiagonal,
    Kind::Exchange,
    Kind::Tridiagonal,
    Kind::SaddlePoint,
    Kind::Barrier,
    Kind::Wilkinson,
    Kind::Graded,
    Kind::GradedUp,
    Kind::Signs,
];

/// The Hermitian matrix whose elements on and above the diagonal are given.
fn hermitian<T: Scalar>(n: usize, upper: impl Fn(usize, usize) -> T) -> Mat<T> {
    Mat::from_fn(n, n, |i, j| match i.cmp(&j) {
        std::cmp::Ordering::Less => upper(i, j),
        std::cmp::Ordering::Equal => T::from_real(upper(i, i).re()),
        std::cmp::Ordering::Greater => upper(j, i).conj(),
    })
}

fn matrix<T: Scalar>(kind: Kind, n: usize) -> Mat<T> {
    let random = |i: usize, j: usize| Random::new((i * 1013 + j + 31 * n) as u64).element::<T>();
    let half = n / 2;
    let growth = wilkinson::<T>(half);
    let graded = |i: usize, j: usize, place: usize| {
        let scale = 10_f64.powf(-6.0 * place as f64 / (2 * n) as f64);
        random(i, j) * real(scale)
    };
    hermitian(n, |i, j| match kind {
        Kind::Random => random(i, j),
        Kind::Hollow if i == j => T::zero(),
        Kind::HollowButOne if i == j => real(if i == 0 { n as f64 } else { 0.0 }),
        Kind::TinyDiagonal if i == j => random(i, j) * real(1e-30),
        Kind::Hollow | Kind::HollowButOne | Kind::TinyDiagonal => random(i, j),
        Kind::Exchange if i == j => real(if n % 2 == 1 && i + 1 == n { -1.0 } else { 0.0 }),
        Kind::Exchange => real(if j == i + half && i < half { 1.0 } else { 0.0 }),
        Kind::Tridiagonal if i == j => real(if i == 0 { 1.0 } else { 0.0 }),
        Kind::Tridiagonal => real(if j == i + 1 { 1.0 } else { 0.0 }),
        Kind::SaddlePoint if i == j && i < 2 * n / 3 => real(n as f64),
        Kind::Barrier if i == j && i < 2 * n / 3 => {
            real(10_f64.powf(16.0 * random(i, j).abs1().to_f64() - 8.0))
        }
        Kind::SaddlePoint | Kind::Barrier if i >= 2 * n / 3 => T::zero(),
        Kind::SaddlePoint => random(i, j),
        Kind::Barrier => {
            if j >= 2 * n / 3 {
                random(i, j)
            } else {
                T::zero()
            }
        }
        Kind::Wilkinson if i < half && (half..2 * half).contains(&j) => growth[(i, j - half)],
        Kind::Wilkinson => {
            if i == j && i == 2 * half {
                T::one()
            } else {
                T::zero()
            }
        }
        Kind::Graded => graded(i, j, i + j),
        Kind::GradedUp => graded(i, j, 2 * n - i - j),
        Kind::Signs => real(if random(i, j).re() < T::Real::ZERO { -1.0 } else { 1.0 }),
    })
}

/// Solutions by the method that is tested, also at orders where another one is faster.
fn solved<T: Scalar>(a: &Stack<T>, b: &Stack<T>) -> (Stack<T>, Info) {
    let mut x = Stack::zeros(b.shape()).unwrap();
    let forced = Some(Method::HermitianIndefinite);
    let options = Options { method: forced, ..Detail::Full.into() };
    let info = solve_into(&a.as_ref(), &b.as_ref(), &mut x.as_mut(), options).unwrap();
    (x, info)
}

/// [`solved`] for one matrix.
fn solved_alone<T: Scalar>(a: &Mat<T>, b: &Mat<T>) -> (Mat<T>, Info) {
    let (n, k) = (b.nrows(), b.ncols());
    let (x, info) =
        solved(&stack_of(std::slice::from_ref(a), n, n), &stack_of(std::slice::from_ref(b), n, k));
    (Mat::from_vec(x.as_slice().to_vec(), n, k).unwrap(), info)
}

/// Solves for 1 and 7 right-hand sides and inverts: the worst residual. The inverse is Hermitian.
fn worst<T: Element>(a: &Mat<T>, at: &str) -> f64 {
    let n = a.nrows();
    let mut worst = 0.0_f64;
    for k in [1, 7] {
        let b = Mat::from_fn(n, k, |i, j| Random::new((i * 37 + j) as u64 + 5).element::<T>());
        let (x, info) = solved_alone(a, &b);
        assert_eq!(info.method, Method::HermitianIndefinite, "{at}");
        assert!(info.status[0] < Status::Singular, "{at}");
        worst = worst.max_nan(relative_residual(a, &x, &b));
    }
    let answer = inv_ex(a).unwrap();
    // One that falls into blocks is inverted by them.
    let methods = [Method::HermitianIndefinite, Method::BlockTriangular];
    assert!(methods.contains(&answer.info.method), "{at}: {}", answer.info.method);
    let x = &answer.inverse;
    for i in 0..n {
        for j in 0..=i {
            assert!(x[(i, j)] == x[(j, i)].conj(), "{at}: ({i}, {j})");
        }
    }
    worst.max_nan(relative_residual(a, x, &Mat::identity(n)))
}

/// Says what the worst was, and that it was not bad.
fn check<T: Element>(cases: impl Iterator<Item = (String, Mat<T>)>) {
    let (mut largest, mut place) = (0.0_f64, String::new());
    for (at, a) in cases {
        let ratio = worst(&a, &at);
        if ratio > largest || ratio.is_nan() {
            (largest, place) = (ratio, at);
        }
    }
    println!("worst ratio: {:8} {:10} {largest:8.4} at {place}", isa().name(), T::NAME);
    assert!(largest < 3.0, "{place}: {largest}");
}

/// At orders on both sides of every block there is, from the first that is not small.
fn answers_are_good<T: Element>() {
    let few = [48, 97, 161, 222, 315].into_iter().flat_map(|n| KINDS.map(|kind| (kind, n)));
    let blocks = [49, 63, 64, 65, 95, 96, 127, 128, 129, 156, 157, 160, 192, 193, 221, 256, 257, 313];
    let many = blocks.into_iter().flat_map(|n| [Kind::Random, Kind::HollowButOne].map(|kind| (kind, n)));
    check::<T>(few.chain(many).map(|(kind, n)| (format!("{kind:?} {n}"), matrix(kind, n))));
}

/// Spectra of both signs, evenly spread over as many digits as there are and more: `H D H` for a reflection H.
fn ill_conditioned_ones<T: Element>() {
    let spectrum = |n: usize, condition: f64| {
        let mut random = Random::new(n as u64);
        let v: Vec<T::Wide> = random.vec(n);
        let size = v.iter().map(|x| x.abs() * x.abs()).sum::<f64>();
        let d = |i: usize| {
            let sign = if i % 3 == 1 { -1.0 } else { 1.0 };
            sign * condition.powf(-(i as f64) / (n - 1) as f64)
        };
        // (I - 2 v v^H) D (I - 2 v v^H)
        let vdv: f64 = (0..n).map(|i| d(i) * v[i].abs() * v[i].abs()).sum::<f64>() / size;
        hermitian(n, |i, j| {
            let both = v[i] * v[j].conj() * T::Wide::from_real(2.0 / size * (2.0 * vdv - d(i) - d(j)));
            let x = both + T::Wide::from_real(if i == j { d(i) } else { 0.0 });
            element::<T>(x.re(), x.im())
        })
    };
    // Pairs of eigenvalues of both signs, ever smaller: `M S M^H` with blocks [0 s; s 0] in S.
    let pairs = |n: usize, condition: f64| {
        let m = Random::new(3 * n as u64).gaussian_mat::<T::Wide>(n, n);
        let s = |i: usize| condition.powf(-((i / 2) as f64) / (n / 2) as f64);
        hermitian(n, |i, j| {
            let x: T::Wide = (0..n / 2 * 2).map(|p| m[(i, p)] * m[(j, p ^ 1)].conj() * real(s(p))).sum();
            element::<T>(x.re(), x.im())
        })
    };
    let conditions = [1e2, 1.0 / eps::<T>().sqrt(), 0.1 / eps::<T>()];
    let cases = [64, 100, 161, 250].into_iter().flat_map(|n| conditions.map(|condition| (n, condition)));
    check::<T>(cases.flat_map(|(n, condition)| {
        [
            (format!("spectrum {n}, {condition:.0e}"), spectrum(n, condition)),
            (format!("pairs {n}, {condition:.0e}"), pairs(n, condition)),
        ]
    }));
}

/// Pivots and what is divided by them far from one.
fn near_the_ends_of_the_range<T: Element>() {
    let (most, least) = (T::Real::MAX.to_f64(), T::Real::MIN_POSITIVE.to_f64());
    let scales = [most / 4096.0, least * 4096.0];
    let kinds = [Kind::Random, Kind::Hollow, Kind::Exchange, Kind::SaddlePoint];
    let cases = kinds.into_iter().flat_map(|kind| scales.map(|scale| (kind, scale)));
    check::<T>(cases.map(|(kind, scale)| {
        let a = matrix::<T>(kind, 100);
        (format!("{kind:?} by {scale:.0e}"), hermitian(100, |i, j| a[(i, j)] * real(scale)))
    }));
}

/// What is singular is called so, or nearly so, and by the place that LU finds.
fn singular_ones<T: Element>() {
    let n = 100;
    for kind in [Kind::Random, Kind::Hollow, Kind::SaddlePoint] {
        let full = matrix::<T>(kind, n);
        for zero in [0, 40, 99] {
            // A row and a column of zeros.
            let a = hermitian(n, |i, j| if i == zero || j == zero { T::zero() } else { full[(i, j)] });
            for answer in [inv_ex(&a).unwrap().info, solved_alone(&a, &Mat::identity(n)).1] {
                assert_eq!(
                    (answer.status[0], answer.failures[0].pivot),
                    (Status::Singular, zero),
                    "{kind:?}"
                );
            }
            // A row and a column twice.
            let twin = if zero == 0 { 1 } else { zero - 1 };
            let place = |i: usize| if i == twin { zero } else { i };
            let a = hermitian(n, |i, j| full[(place(i), place(j))]);
            assert_eq!(inv_ex(&a).unwrap().info.status, [Status::Singular], "{kind:?} {zero}");
        }
    }
    // Of rank one and two, in whole numbers: zeros are left, exactly.
    let whole = |i: usize| (i % 5) as f64 + 1.0;
    for (rank, a) in [
        (1, hermitian(n, |i, j| real::<T>(-whole(i) * whole(j)))),
        (2, hermitian(n, |i, j| real::<T>(whole(i) + whole(j)))),
    ] {
        let info = inv_ex(&a).unwrap().info;
        assert_eq!(info.status, [Status::Singular], "rank {rank}");
    }
}

/// One element that has no mirror image, or a diagonal that is not real.
fn nearly_hermitian_is_not<T: Element>() {
    let n = 120;
    for kind in [Kind::Random, Kind::Hollow] {
        for at in [(0, 1), (119, 3), (64, 70), (119, 119), (5, 5)] {
            let mut a = matrix::<T>(kind, n);
            a[at] += if at.0 == at.1 { element(0.0, 1e-3) } else { real(1e-3) };
            let expected =
                if at.0 == at.1 && T::PARTS == 1 { Method::HermitianIndefinite } else { Method::Blocked };
            assert_eq!(inv_ex(&a).unwrap().info.method, expected, "{at:?}");
        }
    }
    // A symmetric one is not Hermitian if it is complex.
    let a = Mat::from_fn(n, n, |i, j| Random::new((i.min(j) * 1013 + i.max(j)) as u64).element::<T>());
    let expected = if T::PARTS == 1 { Method::HermitianIndefinite } else { Method::Blocked };
    assert_eq!(inv_ex(&a).unwrap().info.method, expected);
}

fn threads_do_not_matter<T: Element>() {
    for (kind, n) in [(Kind::Hollow, 223), (Kind::Random, 321), (Kind::SaddlePoint, 290)] {
        let (a, b) = (matrix::<T>(kind, n), Random::new(9).mat::<T>(n, 150));
        let answers = [1, 2, 3].map(|threads| {
            set_num_threads(threads).unwrap();
            let ((x, info), y) = (solved_alone(&a, &b), inv_ex(&a).unwrap());
            assert_eq!([info.method, y.info.method], [Method::HermitianIndefinite; 2]);
            (bits(x.as_slice()), bits(y.inverse.as_slice()), bits(&info.rcond))
        });
        assert!(answers[0] == answers[1] && answers[1] == answers[2], "{kind:?}");
    }
}

fn alone_or_in_a_stack<T: Element>() {
    for n in [90, 230] {
        let all: Vec<Mat<T>> = KINDS.iter().map(|&kind| matrix(kind, n)).collect();
        let b = Random::new(9).mat::<T>(n, 3);
        let (stack, sides) = (stack_of(&all, n, n), stack_of(&vec![b.clone(); all.len()], n, 3));
        let (solutions, inverses) = (solved(&stack, &sides), inv_ex(&stack).unwrap());
        assert_eq!(solutions.1.method, Method::HermitianIndefinite);
        for (place, (a, kind)) in all.iter().zip(KINDS).enumerate() {
            let (x, y) = (solved_alone(a, &b).0, inv_ex(a).unwrap());
            let same = |all: &[T], own: &[T]| bits(&all[place * own.len()..][..own.len()]) == bits(own);
            assert!(same(solutions.0.as_slice(), x.as_slice()), "{kind:?} {n}");
            assert!(same(inverses.inverse.as_slice(), y.inverse.as_slice()), "{kind:?} {n}");
        }
    }
}

/// Where the method begins, blocks are wider and threads share candidates: as good as small ones, and the same bits.
fn large_ones<T: Element>() {
    let first = if T::PARTS == 1 { 1400 } else { 700 };
    // One type is enough for candidates so long that threads share them.
    let longest = if T::NAME == "float32" { 3000 } else { first };
    for n in [first - 1, first, longest] {
        let (a, b) = (matrix::<T>(Kind::HollowButOne, n), Random::new(n as u64).mat::<T>(n, 2));
        let answers = [1, 3].map(|threads| {
            set_num_threads(threads).unwrap();
            solve_ex(&a, &b).unwrap()
        });
        let expected = if n < first { Method::Blocked } else { Method::HermitianIndefinite };
        assert_eq!(answers[0].info.method, expected, "{n}");
        assert!(answers[0] == answers[1], "{n}");
        let ratio = relative_residual(&a, &answers[0].solution, &b);
        assert!(ratio < 3.0, "{n}: {ratio}");
    }
}
