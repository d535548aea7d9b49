//! What the multiply-add units do at most: one micro-tile of the packed product over and over, its panels in L1, on one
//! thread after the other. Prints flops per second in double precision for one thread and for all.

use std::hint::black_box;
use std::sync::Barrier;
use std::time::{Duration, Instant};

use resolvent::{Isa, Scalar, num_threads};

/// Long enough for a processor to settle on a clock, short enough that nobody else comes in between.
const LASTS: Duration = Duration::from_millis(100);

/// Flops per second of one thread, beginning when all are there.
fn one(isa: Isa, all: &Barrier) -> f64 {
    let gemm = &f64::kernels(isa).gemm;
    let depth = gemm.kc;
    let (a, b) = (vec![0.5; gemm.mr * depth], vec![0.5; gemm.nr * depth]);
    let mut c = vec![0.0; gemm.mr * gemm.nr];
    all.wait();
    let (start, mut tiles) = (Instant::now(), 0);
    while start.elapsed() < LASTS {
        for _ in 0..100 {
            let (rs, cs) = (1, gemm.mr as isize);
            // SAFETY: panels of that depth and width, and a tile of that size; the instruction set is the one in force.
            unsafe {
                (gemm.micro)(gemm.mr, gemm.nr, depth, -1.0, a.as_ptr(), b.as_ptr(), c.as_mut_ptr(), rs, cs);
            }
        }
        tiles += 100;
    }
    black_box(&c);
    (2 * gemm.mr * gemm.nr * depth * tiles) as f64 / start.elapsed().as_secs_f64()
}

fn main() -> Result<(), resolvent::Error> {
    let isa = Isa::active()?;
    for threads in [1, num_threads()?] {
        let barrier = Barrier::new(threads);
        let sum: f64 = std::thread::scope(|scope| {
            let running: Vec<_> = (0..threads).map(|_| scope.spawn(|| one(isa, &barrier))).collect();
            running.into_iter().map(|thread| thread.join().unwrap_or(f64::NAN)).sum()
        });
        println!("{threads},{sum:.4e}");
    }
    Ok(())
}
