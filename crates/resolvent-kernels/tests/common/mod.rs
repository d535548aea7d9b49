//! What the tests of the kernels share: every type on every instruction set, a seeded stream of numbers, bits.
#![allow(dead_code, unreachable_pub)]

use resolvent_kernels::{Complex, Isa, Kernels, Real, Scalar};

/// Runs a generic test for every element type on every instruction set this machine has.
#[macro_export]
macro_rules! every_kernel {
    ($($test:ident)*) => {$(
        mod $test {
            #[test]
            fn f32() {
                $crate::common::each(super::$test::<f32>);
            }
            #[test]
            fn f64() {
                $crate::common::each(super::$test::<f64>);
            }
            #[test]
            fn complex_f32() {
                $crate::common::each(super::$test::<resolvent_kernels::Complex<f32>>);
            }
            #[test]
            fn complex_f64() {
                $crate::common::each(super::$test::<resolvent_kernels::Complex<f64>>);
            }
        }
    )*};
}

/// Calls `test` with the table of every instruction set.
pub fn each<T: Scalar>(test: fn(&Kernels<T>)) {
    for isa in Isa::available() {
        let kernels = T::kernels(isa);
        assert_eq!(kernels.isa, isa);
        test(kernels);
    }
}

/// A stream of numbers in (-1, 1), the same in every run (xorshift64*).
pub struct Random(u64);

impl Random {
    /// A stream of its own for every seed.
    pub fn new(seed: u64) -> Self {
        Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }
    /// The next real.
    pub fn real(&mut self) -> f64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let bits = self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 11;
        bits as f64 / (1u64 << 52) as f64 - 1.0
    }
    /// The next element.
    pub fn scalar<T: Scalar>(&mut self) -> T {
        let re = T::Real::from_f64(self.real());
        let im = if T::PARTS == 2 { T::Real::from_f64(self.real()) } else { T::Real::ZERO };
        T::from_parts(re, im)
    }
    /// The next n elements.
    pub fn vec<T: Scalar>(&mut self, n: usize) -> Vec<T> {
        (0..n).map(|_| self.scalar()).collect()
    }
}

/// In double precision: the type every reference is computed in.
pub fn wide<T: Scalar>(x: T) -> Complex<f64> {
    Complex::new(x.re().to_f64(), x.im().to_f64())
}

/// Machine epsilon of the type.
pub fn eps<T: Scalar>() -> f64 {
    T::Real::EPSILON.to_f64()
}

/// The same bits, part by part; any NaN equals any NaN.
pub fn same_bits<T: Scalar>(a: T, b: T) -> bool {
    (0..T::PARTS).all(|p| {
        let (a, b) = (a.part(p).to_f64(), b.part(p).to_f64());
        a.to_bits() == b.to_bits() || a.is_nan() && b.is_nan()
    })
}

/// A matrix inside a larger buffer: element (i, j) at `offset + i*rs + j*cs`.
#[derive(Clone)]
pub struct Strided<T> {
    pub data: Vec<T>,
    pub rows: usize,
    pub cols: usize,
    pub offset: isize,
    pub rs: isize,
    pub cs: isize,
}

/// The layouts a kernel meets: column-major, row-major, both with a leading dimension, every element apart, reversed.
pub const LAYOUTS: [Layout; 7] = [
    Layout::Columns(0),
    Layout::Rows(0),
    Layout::Columns(3),
    Layout::Rows(5),
    Layout::Apart,
    Layout::ReversedColumns,
    Layout::ReversedRows,
];

/// One way to place a matrix.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Layout {
    Columns(usize),
    Rows(usize),
    Apart,
    ReversedColumns,
    ReversedRows,
}

/// What lies between the elements of a [`Strided`]: no kernel may touch it.
pub fn filler<T: Scalar>() -> T {
    T::from_real(T::Real::from_f64(7777.0))
}

impl<T: Scalar> Strided<T> {
    /// The matrix with element (i, j) = `f(i, j)` in that layout.
    pub fn new(rows: usize, cols: usize, layout: Layout, mut f: impl FnMut(usize, usize) -> T) -> Self {
        let (r, c) = (rows as isize, cols as isize);
        let (rs, cs) = match layout {
            Layout::Columns(pad) => (1, r + pad as isize),
            Layout::Rows(pad) => (c + pad as isize, 1),
            Layout::Apart => (2 * c + 1, 2),
            Layout::ReversedColumns => (-1, -r),
            Layout::ReversedRows => (-c, -1),
        };
        let span = |s: isize, n: isize| if n > 0 { s * (n - 1) } else { 0 };
        let offset = -(span(rs, r).min(0) + span(cs, c).min(0));
        let extent = span(rs, r).abs() + span(cs, c).abs() + 1;
        let mut m = Strided { data: vec![filler(); extent as usize], rows, cols, offset, rs, cs };
        for i in 0..rows {
            for j in 0..cols {
                let at = m.at(i, j);
                m.data[at] = f(i, j);
            }
        }
        m
    }
    fn at(&self, i: usize, j: usize) -> usize {
        (self.offset + i as isize * self.rs + j as isize * self.cs) as usize
    }
    pub fn get(&self, i: usize, j: usize) -> T {
        assert!(i < self.rows && j < self.cols);
        self.data[self.at(i, j)]
    }
    pub fn ptr(&self) -> *const T {
        self.data.as_ptr().wrapping_offset(self.offset)
    }
    pub fn mut_ptr(&mut self) -> *mut T {
        self.data.as_mut_ptr().wrapping_offset(self.offset)
    }
    /// Nothing between the elements was touched.
    pub fn assert_gaps_untouched(&self) {
        let mut inside = vec![false; self.data.len()];
        for i in 0..self.rows {
            for j in 0..self.cols {
                inside[self.at(i, j)] = true;
            }
        }
        for (x, inside) in self.data.iter().zip(inside) {
            assert!(inside || *x == filler(), "wrote beside the matrix");
        }
    }
}
