//! One small matrix from Rust: ourselves, nalgebra and faer. Every engine holds its matrices as it likes best, and goes
//! through the same `BANK` of them in turn, so that none learns the pivots of one by heart.

use std::hint::black_box;

use faer::linalg::solvers::{DenseSolveCore, PartialPivLu, Solve};
use nalgebra::{Const, DimMin, SMatrix, SVector};
use resolvent_benches::{Engine, Gaussian, PAUSE, measure, rounds};

const BANK: usize = 64;

type Square<const N: usize> = [[f64; N]; N];

/// Our inverse of a matrix on the stack.
fn inv<const N: usize>(a: &Square<N>) -> Square<N> {
    resolvent::inv_fixed(a).expect("Gaussian matrices are regular")
}

/// Our solution for a matrix on the stack.
fn solve<const N: usize>(a: &Square<N>, b: &[f64; N]) -> [f64; N] {
    resolvent::solve_fixed(a, b).expect("Gaussian matrices are regular")
}

fn compare<const N: usize>(rounds: usize)
where
    Const<N>: DimMin<Const<N>, Output = Const<N>>,
{
    let mut gaussian = Gaussian::new(N as u64);
    let a: [Square<N>; BANK] = [(); BANK].map(|()| [(); N].map(|()| [(); N].map(|()| gaussian.draw())));
    let b: [[f64; N]; BANK] = [(); BANK].map(|()| [(); N].map(|()| gaussian.draw()));
    let nalgebra_a = a.map(|a| SMatrix::<f64, N, N>::from_fn(|i, j| a[i][j]));
    let nalgebra_b = b.map(SVector::<f64, N>::from);
    let faer_a = a.map(|a| faer::Mat::from_fn(N, N, |i, j| a[i][j]));
    let faer_b = b.map(|b| faer::Mat::from_fn(N, 1, |i, _| b[i]));

    let nalgebra_inv = |i: usize| black_box(&nalgebra_a[i]).try_inverse().expect("regular");
    let nalgebra_solve =
        |i: usize| black_box(&nalgebra_a[i]).lu().solve(black_box(&nalgebra_b[i])).expect("regular");
    let faer_inv = |i: usize| PartialPivLu::new(black_box(&faer_a[i]).as_ref()).inverse();
    let faer_solve =
        |i: usize| PartialPivLu::new(black_box(&faer_a[i]).as_ref()).solve(black_box(&faer_b[i]));

    // An engine that answers something else is no rival.
    for k in 0..BANK {
        let (x, y) = (inv(&a[k]), solve(&a[k], &b[k]));
        let largest = |x: &[f64]| x.iter().fold(0.0_f64, |most, x| most.max(x.abs()));
        let near =
            |x: f64, theirs: f64, most: f64| assert!((x - theirs).abs() <= 1e-8 * most, "{x} {theirs}");
        for i in 0..N {
            for j in 0..N {
                near(x[i][j], nalgebra_inv(k)[(i, j)], largest(x.as_flattened()));
                near(x[i][j], faer_inv(k)[(i, j)], largest(x.as_flattened()));
            }
            near(y[i], nalgebra_solve(k)[i], largest(&y));
            near(y[i], faer_solve(k)[(i, 0)], largest(&y));
        }
    }

    measure(
        &format!("inv,float64,1,{N}"),
        rounds,
        PAUSE,
        &mut [
            Engine::new("resolvent", |i| inv(black_box(&a[i % BANK]))),
            Engine::new("nalgebra", |i| nalgebra_inv(i % BANK)),
            Engine::new("faer", |i| faer_inv(i % BANK)),
        ],
    );
    measure(
        &format!("solve,float64,1,{N}"),
        rounds,
        PAUSE,
        &mut [
            Engine::new("resolvent", |i| solve(black_box(&a[i % BANK]), black_box(&b[i % BANK]))),
            Engine::new("nalgebra", |i| nalgebra_solve(i % BANK)),
            Engine::new("faer", |i| faer_solve(i % BANK)),
        ],
    );
}

fn main() {
    let rounds = rounds();
    compare::<3>(rounds);
    compare::<8>(rounds);
}
