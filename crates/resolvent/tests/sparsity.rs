//! Matrices that are mostly zeros, in any order of their rows and columns: recognised, as accurate as any, much cheaper.

mod common;

use resolvent::{
    Detail, Mat, Method, Real, Scalar, Stack, StackRef, Status, inv_ex, set_num_threads, solve_ex, solve_into,
};

use common::layouts::{LAYOUTS, Strided};
use common::{Element, Random, bits, eps, product, real, relative_residual, widen};

every_type!(answers_are_good many_right_hand_sides rcond_is_right strides_do_not_matter threads_do_not_matter
            a_stack_of_several hermitian_inverses_are_hermitian structurally_singular
            singular_blocks not_finite zeros_stay_zeros badly_scaled_blocks pivots_within_a_band);

const ORDERS: [usize; 6] = [61, 127, 128, 129, 200, 300];

/// From here on rows and columns are reordered.
const REORDERED: usize = 128;

#[derive(Debug, Clone, Copy, PartialEq)]
enum Kind {
    /// A triangle, a diagonal, with rows and columns in disorder.
    Triangle,
    Diagonal,
    /// So many diagonals below and above the main one.
    Band(usize, usize),
    /// Blocks of that order, in disorder: alone, or with elements above them.
    Blocks(usize),
    Coupled(usize),
    /// Bands as blocks.
    Bands,
    /// Hermitian: a band, blocks in disorder, blocks with zeros on the diagonal.
    HermitianBand,
    HermitianBands,
    HermitianBlocks,
    Hollow,
}

const KINDS: [Kind; 14] = [
    Kind::Triangle,
    Kind::Diagonal,
    Kind::Band(1, 1),
    Kind::Band(2, 0),
    Kind::Band(0, 1),
    Kind::Band(1, 3),
    Kind::Blocks(2),
    Kind::Blocks(17),
    Kind::Coupled(9),
    Kind::Bands,
    Kind::HermitianBand,
    Kind::HermitianBands,
    Kind::HermitianBlocks,
    Kind::Hollow,
];

fn matrix<T: Scalar>(kind: Kind, n: usize) -> Mat<T> {
    let mut random = Random::new(n as u64 + 99);
    let (p, q) = (random.permutation(n), random.permutation(n));
    let size = match kind {
        Kind::Blocks(size) | Kind::Coupled(size) => size,
        Kind::Hollow => 2,
        _ => n / 3,
    };
    let (p, q) = match kind {
        Kind::Band(..) | Kind::HermitianBand => ((0..n).collect(), (0..n).collect()),
        Kind::HermitianBands | Kind::HermitianBlocks | Kind::Hollow => (p.clone(), p),
        _ => (p, q),
    };
    let hermitian =
        [Kind::HermitianBand, Kind::HermitianBands, Kind::HermitianBlocks, Kind::Hollow].contains(&kind);
    let element = |i: usize, j: usize| {
        let near = |lower: usize, upper: usize| i <= j + lower && j <= i + upper;
        let together = i / size == j / size;
        let there = match kind {
            Kind::Triangle => i <= j,
            Kind::Diagonal => i == j,
            Kind::Band(lower, upper) => near(lower, upper),
            Kind::Blocks(_) | Kind::HermitianBlocks => together,
            Kind::Coupled(_) => i / size <= j / size,
            Kind::Bands | Kind::HermitianBands => together && near(1, 1),
            Kind::HermitianBand => near(2, 2),
            Kind::Hollow => together && i != j || i == j && n % 2 == 1 && i == n - 1,
        };
        if !there {
            return T::zero();
        }
        let (low, high) = if hermitian { (i.min(j), i.max(j)) } else { (i, j) };
        let x = Random::new((low * 1009 + high) as u64 + 7).element::<T>();
        // Triangles with random diagonals are as badly conditioned as can be.
        match (i == j, kind) {
            (true, Kind::Triangle | Kind::Band(_, 0) | Kind::Band(0, _) | Kind::Coupled(_)) => {
                real(4.0 + n as f64 / 8.0)
            }
            (true, _) if hermitian => real(4.0 * x.re().to_f64()),
            _ if hermitian && i > j => x.conj(),
            _ => x,
        }
    };
    Mat::from_fn(n, n, |i, j| element(p[i], q[j]))
}

fn method(kind: Kind) -> Method {
    match kind {
        Kind::Triangle | Kind::Diagonal => Method::Triangular,
        // A band on one side is a triangle.
        Kind::Band(_, 0) | Kind::Band(0, _) => Method::Triangular,
        Kind::Band(..) | Kind::HermitianBand => Method::Banded,
        _ => Method::BlockTriangular,
    }
}

fn side<T: Scalar>(n: usize, k: usize) -> Mat<T> {
    Mat::from_fn(n, k, |i, j| Random::new((i * 31 + j) as u64 + 1).element())
}

fn answers_are_good<T: Element>() {
    for kind in KINDS {
        for n in ORDERS {
            let a = matrix::<T>(kind, n);
            for k in [1, 3, 7] {
                let b = side(n, k);
                let answer = solve_ex(&a, &b).unwrap();
                let at = format!("{kind:?} {n}, {k} right-hand sides");
                if n >= REORDERED || method(kind) == Method::Banded {
                    assert_eq!(answer.info.method, method(kind), "{at}");
                }
                assert!(answer.info.status[0] < Status::Singular, "{at}");
                assert!(answer.info.backward_error[0] < n as f64 * eps::<T>(), "{at}");
                let ratio = relative_residual(&a, &answer.solution, &b);
                assert!(ratio < 1.0, "{at}: {ratio}");
            }
            let answer = inv_ex(&a).unwrap();
            let ratio = relative_residual(&a, &answer.inverse, &Mat::identity(n));
            assert!(ratio < 1.0, "{kind:?} {n}: {ratio}");
        }
    }
}

/// With many right-hand sides a form that is more than its blocks is a matrix like any other.
fn many_right_hand_sides<T: Element>() {
    let n = 300;
    for kind in KINDS {
        let (a, b) = (matrix::<T>(kind, n), side::<T>(n, 100));
        let answer = solve_ex(&a, &b).unwrap();
        let coupled = matches!(kind, Kind::Triangle | Kind::Coupled(_));
        let expected = if coupled { Method::Blocked } else { method(kind) };
        assert_eq!(answer.info.method, expected, "{kind:?}");
        let ratio = relative_residual(&a, &answer.solution, &b);
        assert!(ratio < 1.0, "{kind:?}: {ratio}");
    }
}

/// The estimate is at most the truth, which the inverse shows, and not much less.
fn rcond_is_right<T: Element>() {
    for kind in KINDS {
        for n in [64, 130] {
            let a = matrix::<T>(kind, n);
            let estimate = solve_ex(&a, &vec![T::one(); n]).unwrap().info.rcond[0];
            let exact = inv_ex(&a).unwrap().info.rcond[0];
            let slack = 1.0 + 100.0 * n as f64 * eps::<T>() / exact;
            assert!(
                estimate * slack >= exact && estimate <= 3.0 * exact * slack,
                "{kind:?} {n}: {estimate} {exact}"
            );
        }
    }
}

fn strides_do_not_matter<T: Element>() {
    let n = 130;
    for kind in KINDS {
        let (a, b) = (matrix::<T>(kind, n), side::<T>(n, 2));
        let (x, inverse) = (solve_ex(&a, &b).unwrap(), inv_ex(&a).unwrap());
        for layout in LAYOUTS {
            let from = Strided::new(&a, layout);
            let mut to = Strided::new(&b, layout);
            let right = StackRef::from(b.as_ref()).broadcast_to(&[1]).unwrap();
            let info = solve_into(&from.stack_view(), &right, &mut to.stack_view_mut(), Detail::Full);
            assert_eq!(info.unwrap().rcond, x.info.rcond, "{kind:?} {layout:?}");
            assert_eq!(bits(&to.elements()), bits(x.solution.as_slice()), "{kind:?} {layout:?}");
            let again = inv_ex(&from.view()).unwrap();
            assert_eq!(
                bits(again.inverse.as_slice()),
                bits(inverse.inverse.as_slice()),
                "{kind:?} {layout:?}"
            );
        }
    }
}

fn threads_do_not_matter<T: Element>() {
    let n = 300;
    for kind in KINDS {
        let (a, b) = (matrix::<T>(kind, n), side::<T>(n, 5));
        let answers = [1, 2, 3].map(|threads| {
            set_num_threads(threads).unwrap();
            (solve_ex(&a, &b).unwrap(), inv_ex(&a).unwrap())
        });
        assert!(answers[0] == answers[1] && answers[1] == answers[2], "{kind:?}");
    }
}

/// Every matrix of a stack goes its own way, with the bits it has alone.
fn a_stack_of_several<T: Element>() {
    let n = 140;
    let mut elements = Vec::new();
    KINDS.iter().for_each(|&kind| elements.extend_from_slice(matrix::<T>(kind, n).as_slice()));
    let stack = Stack::from_vec(elements, &[KINDS.len(), n, n]).unwrap();
    let answer = inv_ex(&stack).unwrap();
    assert_eq!(answer.info.method, Method::Mixed);
    for (place, kind) in KINDS.into_iter().enumerate() {
        let alone = inv_ex(&matrix::<T>(kind, n)).unwrap();
        assert!(answer.inverse.as_slice()[place * n * n..][..n * n] == *alone.inverse.as_slice(), "{kind:?}");
        assert_eq!(answer.info.rcond[place], alone.info.rcond[0], "{kind:?}");
    }
}

/// Where the inverse has zeros because the matrix has, they are zeros.
fn zeros_stay_zeros<T: Element>() {
    let n = 130;
    for kind in [Kind::Triangle, Kind::Diagonal, Kind::Blocks(17), Kind::Bands, Kind::HermitianBlocks] {
        let x = inv_ex(&matrix::<T>(kind, n)).unwrap().inverse;
        let count = x.as_slice().iter().filter(|&&x| x == T::zero()).count();
        let expected = match kind {
            Kind::Triangle => n * (n - 1) / 2,
            Kind::Diagonal => n * (n - 1),
            Kind::Blocks(_) => n * n - 7 * 17 * 17 - 11 * 11,
            _ => n * n - 3 * 43 * 43 - 1,
        };
        assert_eq!(count, expected, "{kind:?}");
    }
}

/// Rows that share fewer columns than they are: singular whatever the elements, and nothing is computed.
fn structurally_singular<T: Element>() {
    let n = 140;
    let a = Mat::from_fn(n, n, |i, j| {
        let there = if i % 40 == 7 { j % 60 == 30 } else { (i * 7 + j) % 5 == 0 };
        if there { Random::new((i * 131 + j) as u64).element() } else { T::zero() }
    });
    let solution = solve_ex(&a, &vec![T::one(); n]).unwrap();
    assert_eq!(solution.info.status, [Status::Singular]);
    assert!(solution.solution.iter().all(|x| !x.is_finite()));
    let inverse = inv_ex(&a).unwrap();
    assert_eq!((inverse.info.status[0], inverse.info.rcond[0]), (Status::Singular, 0.0));
    assert_eq!(inverse.info.failures[0].pivot, solution.info.failures[0].pivot);
    // A row of zeros, and what is not finite elsewhere.
    let mut a = matrix::<T>(Kind::Triangle, n);
    (0..n).for_each(|j| a[(5, j)] = T::zero());
    assert_eq!(inv_ex(&a).unwrap().info.status, [Status::Singular]);
    a[(6, 6)] = T::nan();
    assert_eq!(inv_ex(&a).unwrap().info.status, [Status::NotFinite]);
    assert_eq!(solve_ex(&a, &vec![T::one(); n]).unwrap().info.status, [Status::NotFinite]);
}

/// One block is singular: so is all, and a column of that block is named.
fn singular_blocks<T: Element>() {
    let n = 150;
    let block = |i: usize| i / 10;
    for coupled in [false, true] {
        let a = Mat::from_fn(n, n, |i, j| {
            if block(i) == 4 && block(j) == 4 {
                T::one()
            } else if block(i) == block(j) || coupled && block(i) < block(j) {
                Random::new((i * 131 + j) as u64).element()
            } else {
                T::zero()
            }
        });
        for info in [solve_ex(&a, &vec![T::one(); n]).unwrap().info, inv_ex(&a).unwrap().info] {
            assert_eq!(info.status, [Status::Singular], "{coupled}");
            assert_eq!(block(info.failures[0].pivot), 4, "{coupled}");
        }
    }
    // Two of them: the first is named.
    let mut a = Mat::<T>::identity(n);
    for i in [30, 131] {
        (a[(i, i + 1)], a[(i + 1, i)]) = (T::one(), T::one());
    }
    (a[(50, 51)], a[(51, 50)]) = (real(0.5), real(0.5));
    for info in [solve_ex(&a, &vec![T::one(); n]).unwrap().info, inv_ex(&a).unwrap().info] {
        assert_eq!((info.status[0], info.failures[0].pivot), (Status::Singular, 31));
    }
    let mut a = matrix::<T>(Kind::Band(1, 1), n);
    (0..n).for_each(|i| a[(i, 50)] = T::zero());
    assert_eq!(inv_ex(&a).unwrap().info.status, [Status::Singular]);
}

fn not_finite<T: Element>() {
    let n = 140;
    for kind in KINDS {
        let mut a = matrix::<T>(kind, n);
        let place = a.as_slice().iter().rposition(|&x| x != T::zero()).unwrap();
        a[(place / n, place % n)] = T::nan();
        assert_eq!(solve_ex(&a, &vec![T::one(); n]).unwrap().info.status, [Status::NotFinite], "{kind:?}");
        assert_eq!(inv_ex(&a).unwrap().info.status, [Status::NotFinite], "{kind:?}");
        let mut b = vec![T::one(); n];
        b[n / 2] = T::nan();
        let a = matrix::<T>(kind, n);
        assert_eq!(solve_ex(&a, &b).unwrap().info.status, [Status::NotFinite], "{kind:?}");
    }
}

fn hermitian_inverses_are_hermitian<T: Element>() {
    for kind in [Kind::HermitianBand, Kind::HermitianBands, Kind::HermitianBlocks, Kind::Hollow] {
        for n in [129, 170] {
            // A dominant diagonal where there is one.
            let mut a = matrix::<T>(kind, n);
            for i in 0..n {
                if a[(i, i)] != T::zero() {
                    a[(i, i)] = real(2.0 * n as f64);
                }
            }
            let x = inv_ex(&a).unwrap().inverse;
            for i in 0..n {
                for j in 0..=i {
                    assert!(x[(i, j)] == x[(j, i)].conj(), "{kind:?} {n}: ({i}, {j})");
                }
            }
        }
    }
}

/// Blocks of very different sizes do not disturb each other.
fn badly_scaled_blocks<T: Element>() {
    let n = 132;
    let scale = |block: usize| real::<T>(2.0_f64.powi(6 * block as i32 - 60));
    let a = Mat::from_fn(n, n, |i, j| {
        if i / 6 == j / 6 {
            Random::new((i * 131 + j) as u64).element::<T>() * scale(i / 6)
        } else {
            T::zero()
        }
    });
    let x = Mat::from_fn(n, 1, |i, _| real::<T>((i % 7) as f64 - 3.0));
    let wide = product(&widen(a.as_ref()), &widen(x.as_ref()));
    let b = Mat::from_fn(n, 1, |i, _| common::element::<T>(wide[(i, 0)].re(), wide[(i, 0)].im()));
    let answer = solve_ex(&a, &b).unwrap();
    for i in 0..n {
        let off = (answer.solution[(i, 0)] - x[(i, 0)]).abs().to_f64();
        assert!(off < 2e4 * eps::<T>(), "{i}: {off}");
    }
}

/// A band whose diagonal is far smaller than what is beside it, or zero: without exchanges nothing would be right.
fn pivots_within_a_band<T: Element>() {
    for n in [100, 257] {
        for tiny in [0.0, 1e-30] {
            for (lower, upper) in [(1, 1), (2, 1), (1, 2)] {
                let a = Mat::from_fn(n, n, |i, j| {
                    if i == j {
                        real(tiny)
                    } else if i <= j + lower && j <= i + upper {
                        Random::new((i * 131 + j) as u64).element::<T>() + real(3.0)
                    } else {
                        T::zero()
                    }
                });
                let b = side(n, 1);
                let answer = solve_ex(&a, &b).unwrap();
                if answer.info.status[0] == Status::Singular {
                    // Tridiagonal of odd order with nothing on the diagonal.
                    assert!(tiny == 0.0 && n % 2 == 1 && lower + upper == 2);
                    continue;
                }
                let ratio = relative_residual(&a, &answer.solution, &b);
                assert!(ratio < 1.0, "{n} {tiny} {lower} {upper}: {ratio}");
                let ratio = relative_residual(&a, &inv_ex(&a).unwrap().inverse, &Mat::identity(n));
                assert!(ratio < 1.0, "{n} {tiny} {lower} {upper}: {ratio}");
            }
        }
    }
}
