//! The micro-kernel and its packing against the definition, and against itself in other places.

mod common;

use common::{LAYOUTS, Layout, Random, Strided, eps, same_bits, wide};
use resolvent_kernels::{Complex, Kernels, Real, Scalar};

every_kernel!(packing_is_the_contract product_is_right places_do_not_matter);

/// A packed block by the definition in `table.rs`; `line(i, p)` is row i of A or column i of B.
fn packed<T: Scalar>(width: usize, len: usize, k: usize, line: impl Fn(usize, usize) -> T) -> Vec<T::Real> {
    let mut out = Vec::new();
    for first in (0..len).step_by(width) {
        for p in 0..k {
            for part in 0..T::PARTS {
                for i in first..first + width {
                    out.push(if i < len { line(i, p).part(part) } else { T::Real::ZERO });
                }
            }
        }
    }
    out
}

fn packing_is_the_contract<T: Scalar>(kernels: &Kernels<T>) {
    let g = &kernels.gemm;
    let mut random = Random::new(1);
    for layout in LAYOUTS {
        for k in [0, 1, 2, 7, 8, 15, 16, 17, 33] {
            for len in [1, 2, g.nr - 1, g.nr, g.nr + 1, g.mr - 1, g.mr, g.mr + 1, 2 * g.mr + 3] {
                let m = Strided::<T>::new(len, k, layout, |_, _| random.scalar());
                let end = T::Real::from_f64(5.0);
                let want = packed(g.mr, len, k, |i, p| m.get(i, p));
                let mut got = vec![end; want.len() + 1];
                // SAFETY: the block is len x k in its layout; `got` is one real longer than the packed block.
                unsafe { (g.pack_a)(len, k, m.ptr(), m.rs, m.cs, got.as_mut_ptr()) };
                assert_eq!(got.pop(), Some(end));
                assert_eq!(got, want, "A: {layout:?} {len}x{k} {}", kernels.isa);
                // The same memory as B: its columns are m's rows.
                let want = packed(g.nr, len, k, |i, p| m.get(i, p));
                let mut got = vec![end; want.len() + 1];
                // SAFETY: as above, k x len with the strides exchanged.
                unsafe { (g.pack_b)(k, len, m.ptr(), m.cs, m.rs, got.as_mut_ptr()) };
                assert_eq!(got.pop(), Some(end));
                assert_eq!(got, want, "B: {layout:?} {k}x{len} {}", kernels.isa);
            }
        }
    }
}

/// A packed tile product: A is mr x k, B is k x nr, of which C uses m x n.
struct Tile<T: Scalar> {
    k: usize,
    a: Vec<T>,
    b: Vec<T>,
    packed_a: Vec<T::Real>,
    packed_b: Vec<T::Real>,
}

impl<T: Scalar> Tile<T> {
    fn new(kernels: &Kernels<T>, k: usize) -> Self {
        let (mr, nr) = (kernels.gemm.mr, kernels.gemm.nr);
        let mut random = Random::new(k as u64 + 2);
        let (a, b) = (random.vec::<T>(mr * k), random.vec::<T>(nr * k));
        let packed_a = packed(mr, mr, k, |i, p| a[p * mr + i]);
        let packed_b = packed(nr, nr, k, |j, p| b[p * nr + j]);
        Tile { k, a, b, packed_a, packed_b }
    }
    fn run(&self, kernels: &Kernels<T>, alpha: f64, c: &mut Strided<T>) {
        let g = &kernels.gemm;
        let alpha = T::Real::from_f64(alpha);
        let (a, b) = (self.packed_a.as_ptr(), self.packed_b.as_ptr());
        let (m, n, rs, cs) = (c.rows, c.cols, c.rs, c.cs);
        assert!(m <= g.mr && n <= g.nr);
        // SAFETY: whole micro-panels of depth k, and C is m x n in its layout.
        unsafe { (g.micro)(m, n, self.k, alpha, a, b, c.mut_ptr(), rs, cs) };
        c.assert_gaps_untouched();
    }
}

fn product_is_right<T: Scalar>(kernels: &Kernels<T>) {
    let (mr, nr) = (kernels.gemm.mr, kernels.gemm.nr);
    for k in [0, 1, 2, 13] {
        let tile = Tile::new(kernels, k);
        for alpha in [-1.0, 0.75] {
            for m in 0..=mr {
                for n in 0..=nr {
                    let mut random = Random::new(3);
                    let layout = LAYOUTS[(m + n) % LAYOUTS.len()];
                    let mut c = Strided::new(m, n, layout, |_, _| random.scalar());
                    let before = c.clone();
                    tile.run(kernels, alpha, &mut c);
                    for i in 0..m {
                        for j in 0..n {
                            let mut want = wide(before.get(i, j));
                            let mut size = want.norm();
                            for p in 0..k {
                                let t = wide(tile.a[p * mr + i]) * wide(tile.b[p * nr + j]);
                                want += alpha * t;
                                size += t.norm();
                            }
                            let error = (wide(c.get(i, j)) - want).norm();
                            let most = (2 * k + 4) as f64 * eps::<T>() * size;
                            assert!(error <= most, "({i}, {j}) of {m}x{n}x{k} {}: {error:e}", kernels.isa);
                        }
                    }
                }
            }
        }
    }
}

fn places_do_not_matter<T: Scalar>(kernels: &Kernels<T>) {
    let (mr, nr) = (kernels.gemm.mr, kernels.gemm.nr);
    for (k, alpha) in [(1, -1.0), (40, -1.0), (40, 0.3)] {
        let tile = Tile::<T>::new(kernels, k);
        let start = |i: usize, j: usize| {
            let x = (i * 31 + j * 17) as f64 / 97.0 - 1.3;
            T::from_parts(T::Real::from_f64(x), T::Real::from_f64(0.7 - x))
        };
        let mut full = Strided::new(mr, nr, Layout::Columns(0), start);
        tile.run(kernels, alpha, &mut full);
        for layout in LAYOUTS {
            for (m, n) in
                [(mr, nr), (mr - 1, nr), (mr, nr - 1), (1, 1), (mr / 2 + 1, nr / 2), (1, nr), (mr, 1)]
            {
                let mut c = Strided::new(m, n, layout, start);
                tile.run(kernels, alpha, &mut c);
                for i in 0..m {
                    for j in 0..n {
                        let (x, y) = (c.get(i, j), full.get(i, j));
                        assert!(same_bits(x, y), "({i}, {j}) {m}x{n} {layout:?} {}: {x} {y}", kernels.isa);
                    }
                }
            }
        }
    }
}

/// Planar packing keeps the parts of a complex number apart: one element by hand.
#[test]
fn one_complex_number() {
    common::each::<Complex<f64>>(|kernels| {
        let (a, b) = (Complex::new(2.0, 3.0), Complex::new(5.0, -7.0));
        let g = &kernels.gemm;
        let (mut pa, mut pb) = (vec![9.0; 2 * g.mr], vec![9.0; 2 * g.nr]);
        let mut c = Complex::new(1.0, 1.0);
        // SAFETY: one element each; the packed buffers hold one step of a micro-panel.
        unsafe {
            (g.pack_a)(1, 1, &a, 1, 1, pa.as_mut_ptr());
            (g.pack_b)(1, 1, &b, 1, 1, pb.as_mut_ptr());
            (g.micro)(1, 1, 1, -1.0, pa.as_ptr(), pb.as_ptr(), &mut c, 1, 1);
        }
        assert_eq!(c, Complex::new(-30.0, 0.0));
    });
}
