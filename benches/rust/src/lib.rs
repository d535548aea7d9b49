//! How the programs of this crate time anything: as `benches/method.py` does, which also makes medians and ratios of
//! the lines they print, `verb,dtype,count,n,engine,seconds,...` with one number for each round.

use std::hint::black_box;
use std::time::{Duration, Instant};

use resolvent_kernels::{Real, Scalar};

/// Between two engines, so that the threads of the one before have stopped spinning.
pub const PAUSE: Duration = Duration::from_millis(50);

/// A call shorter than this is repeated until it has taken as long.
const AT_LEAST: f64 = 0.005;

/// One that can do a case: its name and what it does, as often as it is told to.
pub struct Engine<'a> {
    name: &'static str,
    run: Box<dyn FnMut(usize) + 'a>,
}

impl<'a> Engine<'a> {
    /// `call(i)` is the i-th call and returns its answer. The loop around it is compiled with it.
    pub fn new<R>(name: &'static str, mut call: impl FnMut(usize) -> R + 'a) -> Self {
        let run = move |repeats| {
            for i in 0..repeats {
                black_box(&call(i));
            }
        };
        Self { name, run: Box::new(run) }
    }

    fn seconds(&mut self, repeats: usize) -> f64 {
        let start = Instant::now();
        (self.run)(repeats);
        start.elapsed().as_secs_f64() / repeats as f64
    }
}

/// Gives every engine its turn in every round, and prints a line for each. `case` is `verb,dtype,count,n`.
pub fn measure(case: &str, rounds: usize, pause: Duration, engines: &mut [Engine<'_>]) {
    let repeats: Vec<usize> = engines.iter_mut().map(repeats).collect();
    let mut seconds = vec![Vec::with_capacity(rounds); engines.len()];
    for _ in 0..rounds {
        for ((engine, &repeats), seconds) in engines.iter_mut().zip(&repeats).zip(&mut seconds) {
            std::thread::sleep(pause);
            engine.seconds(1);
            seconds.push(engine.seconds(repeats));
        }
    }
    for (engine, seconds) in engines.iter().zip(seconds) {
        let seconds: Vec<String> = seconds.iter().map(|s| format!("{s:e}")).collect();
        println!("{case},{},{}", engine.name, seconds.join(","));
    }
}

/// How often a call is to be made. Doubled until the calls have taken a tenth of the time: the clock alone would say
/// nothing of one that takes ten nanoseconds.
fn repeats(engine: &mut Engine<'_>) -> usize {
    let mut repeats = 1;
    loop {
        let seconds = engine.seconds(repeats);
        if seconds * repeats as f64 >= AT_LEAST / 10.0 {
            return ((AT_LEAST / seconds) as usize).max(1);
        }
        repeats *= 2;
    }
}

/// The number of rounds: the only argument of every program here.
pub fn rounds() -> usize {
    std::env::args().nth(1).map_or(7, |argument| argument.parse().expect("the number of rounds"))
}

/// Nearly Gaussian numbers, the same in every run: sums of twelve from a linear congruential generator (Knuth's).
pub struct Gaussian(u64);

impl Gaussian {
    /// One sequence for each seed.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// The next number.
    pub fn draw<T: Scalar>(&mut self) -> T {
        let [re, im] =
            [(); 2].map(|()| T::Real::from_f64((0..12).map(|_| self.uniform()).sum::<f64>() - 6.0));
        T::from_parts(re, im)
    }
}
