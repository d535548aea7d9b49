//! What the tests of the library share: every element type, seeded numbers, layouts, double-precision references.
//! The instruction set is the one in force; `make test` runs everything once for each.
#![allow(dead_code, unreachable_pub)]

pub mod answers;
pub mod exact;
pub mod gallery;
pub mod layouts;

use resolvent::{Complex, Isa, Mat, MatRef, Real, Scalar, Stack};

/// Runs a generic test for every element type.
#[macro_export]
macro_rules! every_type {
    ($($test:ident)*) => {$(
        mod $test {
            #[test]
            fn f32() {
                super::$test::<f32>();
            }
            #[test]
            fn f64() {
                super::$test::<f64>();
            }
            #[test]
            fn complex_f32() {
                super::$test::<resolvent::Complex<f32>>();
            }
            #[test]
            fn complex_f64() {
                super::$test::<resolvent::Complex<f64>>();
            }
        }
    )*};
}

/// An element type and the double-precision type its references are computed in.
pub trait Element: Scalar {
    type Wide: Scalar<Real = f64>;

    fn widen(self) -> Self::Wide {
        <Self::Wide as Scalar>::from_parts(self.re().to_f64(), self.im().to_f64())
    }
}
impl Element for f32 {
    type Wide = f64;
}
impl Element for f64 {
    type Wide = f64;
}
impl Element for Complex<f32> {
    type Wide = Complex<f64>;
}
impl Element for Complex<f64> {
    type Wide = Complex<f64>;
}

/// The nearest element to `re + im i`; a real type ignores `im`.
pub fn element<T: Scalar>(re: f64, im: f64) -> T {
    T::from_parts(T::Real::from_f64(re), T::Real::from_f64(im))
}

/// The nearest element to a real number.
pub fn real<T: Scalar>(x: f64) -> T {
    element(x, 0.0)
}

/// Machine epsilon of the type.
pub fn eps<T: Scalar>() -> f64 {
    T::Real::EPSILON.to_f64()
}

/// How many matrices the small kernels take side by side.
pub fn lanes<T: Scalar>() -> usize {
    T::kernels(isa()).small.lanes
}

/// The instruction set in force.
pub fn isa() -> Isa {
    Isa::active().unwrap()
}

/// A stream of numbers, the same in every run (xorshift64*).
pub struct Random(u64);

impl Random {
    /// A stream of its own for every seed.
    pub fn new(seed: u64) -> Self {
        Random((seed ^ 0x5deece66d).wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }
    /// A number in (-1, 1).
    pub fn uniform(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 52) as f64 - 1.0
    }
    /// A normally distributed number (Box and Muller).
    pub fn gaussian(&mut self) -> f64 {
        let (u, v) = (1.0 - (self.uniform() + 1.0) / 2.0, self.uniform());
        (-2.0 * u.max(1e-300).ln()).sqrt() * (v * std::f64::consts::PI).cos()
    }
    /// A whole number below `n`.
    pub fn below(&mut self, n: usize) -> usize {
        (self.next() >> 33) as usize % n
    }
    /// An element with uniform parts.
    pub fn element<T: Scalar>(&mut self) -> T {
        element(self.uniform(), self.uniform())
    }
    /// Elements with uniform parts.
    pub fn vec<T: Scalar>(&mut self, len: usize) -> Vec<T> {
        (0..len).map(|_| self.element()).collect()
    }
    /// A matrix of uniform elements.
    pub fn mat<T: Scalar>(&mut self, nrows: usize, ncols: usize) -> Mat<T> {
        Mat::from_fn(nrows, ncols, |_, _| self.element())
    }
    /// A matrix of normally distributed elements.
    pub fn gaussian_mat<T: Scalar>(&mut self, nrows: usize, ncols: usize) -> Mat<T> {
        Mat::from_fn(nrows, ncols, |_, _| element(self.gaussian(), self.gaussian()))
    }
    /// A permutation of `0..n`.
    pub fn permutation(&mut self, n: usize) -> Vec<usize> {
        let mut p: Vec<usize> = (0..n).collect();
        for i in (1..n).rev() {
            p.swap(i, self.below(i + 1));
        }
        p
    }
}

/// Matrices of one shape as a stack of one dimension.
pub fn stack_of<T: Scalar>(matrices: &[Mat<T>], nrows: usize, ncols: usize) -> Stack<T> {
    let data = matrices.iter().flat_map(|a| a.as_slice().iter().copied()).collect();
    Stack::from_vec(data, &[matrices.len(), nrows, ncols]).unwrap()
}

/// In double precision.
pub fn widen<T: Element>(a: MatRef<'_, T>) -> Mat<T::Wide> {
    Mat::from_fn(a.nrows(), a.ncols(), |i, j| a.get(i, j).widen())
}

/// `A B`, rows of B added up.
pub fn product<W: Scalar>(a: &Mat<W>, b: &Mat<W>) -> Mat<W> {
    let k = b.ncols();
    let mut c = vec![W::zero(); a.nrows() * k];
    for i in 0..a.nrows() {
        let row = &mut c[i * k..][..k];
        for p in 0..a.ncols() {
            let scale = a[(i, p)];
            if scale != W::zero() {
                for (c, &b) in row.iter_mut().zip(&b.as_slice()[p * k..][..k]) {
                    *c += scale * b;
                }
            }
        }
    }
    Mat::from_vec(c, a.nrows(), k).unwrap()
}

/// `C - A B` as if in twice the working precision and then rounded (Ogita, Rump and Oishi 2005), for short sums;
/// long ones in plain double precision, where a ratio over n is not touched by it.
pub fn residual<W: Scalar<Real = f64>>(c: &Mat<W>, a: &Mat<W>, b: &Mat<W>) -> Mat<W> {
    let n = a.ncols();
    if n > 33 {
        return difference(c, &product(a, b));
    }
    let term = |sum: &mut (f64, f64), x: f64, y: f64| {
        let p = x * y;
        let low = x.mul_add(y, -p);
        let s = sum.0 + p;
        let z = s - sum.0;
        sum.1 += (sum.0 - (s - z)) + (p - z) + low;
        sum.0 = s;
    };
    Mat::from_fn(c.nrows(), c.ncols(), |i, j| {
        let (mut re, mut im) = ((c[(i, j)].re(), 0.0), (c[(i, j)].im(), 0.0));
        for p in 0..n {
            let (a, b) = (a[(i, p)], b[(p, j)]);
            term(&mut re, -a.re(), b.re());
            if W::PARTS == 2 {
                term(&mut re, a.im(), b.im());
                term(&mut im, -a.re(), b.im());
                term(&mut im, -a.im(), b.re());
            }
        }
        W::from_parts(re.0 + re.1, im.0 + im.1)
    })
}

/// `|A X - B| / (n |A| |X| eps)`, largest elements.
pub fn relative_residual<T: Element>(a: &Mat<T>, x: &Mat<T>, b: &Mat<T>) -> f64 {
    let largest = |m: &Mat<T>| m.as_slice().iter().fold(0.0, |most: f64, &x| most.max(x.abs1().to_f64()));
    let ax = product(&widen(a.as_ref()), &widen(x.as_ref()));
    let off = ax.as_slice().iter().zip(b.as_slice()).map(|(&ax, &b)| (ax - b.widen()).abs1());
    let worst = off.fold(0.0_f64, |worst, off| if off <= worst { worst } else { off });
    worst / (a.nrows() as f64 * largest(a) * largest(x) * eps::<T>())
}

/// `A - B`.
pub fn difference<W: Scalar>(a: &Mat<W>, b: &Mat<W>) -> Mat<W> {
    Mat::from_fn(a.nrows(), a.ncols(), |i, j| a[(i, j)] - b[(i, j)])
}

/// `s A` for a power of two s.
pub fn times<W: Scalar<Real = f64>>(a: &Mat<W>, s: f64) -> Mat<W> {
    Mat::from_fn(a.nrows(), a.ncols(), |i, j| W::from_parts(a[(i, j)].re() * s, a[(i, j)].im() * s))
}

/// The conjugate-free transpose.
pub fn transpose<W: Scalar>(a: &Mat<W>) -> Mat<W> {
    Mat::from_fn(a.ncols(), a.nrows(), |i, j| a[(j, i)])
}

/// The moduli of the elements.
pub fn moduli<W: Scalar<Real = f64>>(a: &Mat<W>) -> Mat<f64> {
    Mat::from_fn(a.nrows(), a.ncols(), |i, j| a[(i, j)].abs())
}

/// The largest column sum of moduli.
pub fn norm_one<W: Scalar<Real = f64>>(a: &Mat<W>) -> f64 {
    let column = |j| (0..a.nrows()).map(|i| a[(i, j)].abs()).sum::<f64>();
    (0..a.ncols()).map(column).fold(0.0, |x: f64, y| x.max_nan(y))
}

/// The parts of every element, any NaN written alike: equal if and only if the same bits.
pub fn bits<T: Scalar>(elements: &[T]) -> Vec<u64> {
    let part = |x: T, p| x.part(p).to_f64();
    let canonical = |x: f64| if x.is_nan() { f64::NAN.to_bits() } else { x.to_bits() };
    elements.iter().flat_map(|&x| (0..T::PARTS).map(move |p| canonical(part(x, p)))).collect()
}

/// [`bits`] of real numbers.
pub fn real_bits(numbers: &[f64]) -> Vec<u64> {
    bits(numbers)
}
