//! The four element types, and what the kernels ask of them.

use core::fmt::{Debug, Display, LowerExp};
use core::iter::Sum;
use core::ops::{Add, AddAssign, Div, DivAssign, Mul, MulAssign, Neg, Sub, SubAssign};

use num_complex::Complex;

use crate::isa::Isa;
use crate::table::Kernels;

mod sealed {
    pub trait Sealed {}
    impl Sealed for f32 {}
    impl Sealed for f64 {}
    impl Sealed for num_complex::Complex<f32> {}
    impl Sealed for num_complex::Complex<f64> {}
}

/// An element type: `f32`, `f64`, `Complex<f32>` or `Complex<f64>`. Sealed.
pub trait Scalar:
    sealed::Sealed
    + Copy
    + Default
    + PartialEq
    + Debug
    + Display
    + Send
    + Sync
    + 'static
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + Neg<Output = Self>
    + AddAssign
    + SubAssign
    + MulAssign
    + DivAssign
    + Sum
{
    /// The real type underneath: the type of norms, condition numbers and errors.
    type Real: Real;

    /// How many reals one element holds: 1 or 2. Packed buffers keep the parts in separate
    /// runs ("planar"), so that one SIMD register holds real parts only or imaginary parts only.
    const PARTS: usize;

    /// NumPy's name of the type: `float32`, `float64`, `complex64`, `complex128`.
    const NAME: &'static str;

    /// The element `re + 0i`.
    fn from_real(re: Self::Real) -> Self;
    /// The element `re + im*i`; a real type ignores `im`.
    fn from_parts(re: Self::Real, im: Self::Real) -> Self;
    /// Part `p` of the element: 0 is the real part, 1 the imaginary part.
    fn part(self, p: usize) -> Self::Real;
    /// The complex conjugate; a real number itself.
    fn conj(self) -> Self;
    /// The modulus |z|, without undue overflow.
    fn abs(self) -> Self::Real;
    /// |re| + |im|: the cheap size that pivoting and backward errors use (LAPACK's CABS1).
    fn abs1(self) -> Self::Real;
    /// Neither NaN nor infinite in any part.
    fn is_finite(self) -> bool;
    /// This type's kernels for an instruction set. The caller must have that set from
    /// [`Isa::available`] or [`Isa::active`]: running them on another machine is undefined.
    fn kernels(isa: Isa) -> &'static Kernels<Self>;

    /// 0.
    #[inline(always)]
    fn zero() -> Self {
        Self::from_real(Self::Real::ZERO)
    }
    /// 1.
    #[inline(always)]
    fn one() -> Self {
        Self::from_real(Self::Real::ONE)
    }
    /// Not-a-number in every part.
    #[inline(always)]
    fn nan() -> Self {
        Self::from_parts(Self::Real::NAN, Self::Real::NAN)
    }
    /// The real part.
    #[inline(always)]
    fn re(self) -> Self::Real {
        self.part(0)
    }
    /// The imaginary part; 0 for a real type.
    #[inline(always)]
    fn im(self) -> Self::Real {
        if Self::PARTS == 2 { self.part(1) } else { Self::Real::ZERO }
    }
}

/// `f32` or `f64`. Sealed.
pub trait Real: Scalar<Real = Self> + PartialOrd + LowerExp {
    /// 0.
    const ZERO: Self;
    /// 1.
    const ONE: Self;
    /// Not-a-number.
    const NAN: Self;
    /// Positive infinity.
    const INFINITY: Self;
    /// Machine epsilon, 2u: the gap between 1 and the next number.
    const EPSILON: Self;
    /// The smallest positive normal number.
    const MIN_POSITIVE: Self;
    /// The largest finite number.
    const MAX: Self;

    /// Exact for f64, rounded for f32.
    fn from_f64(x: f64) -> Self;
    /// Exact.
    fn to_f64(self) -> f64;
    /// The square root.
    fn sqrt(self) -> Self;
    /// NaN?
    fn is_nan(self) -> bool;
    /// For numbers that are not negative a whole number, larger for a larger one; 0 for NaN.
    fn rank(self) -> u64;
    /// The natural logarithm.
    fn ln(self) -> Self;
    /// The larger of two numbers; NaN if either is NaN, unlike `f64::max`, so that a bad number is never hidden by a maximum.
    #[inline(always)]
    fn max_nan(self, other: Self) -> Self {
        if self > other || self.is_nan() { self } else { other }
    }
}

macro_rules! real {
    ($t:ident, $name:literal) => {
        impl Scalar for $t {
            type Real = $t;
            const PARTS: usize = 1;
            const NAME: &'static str = $name;
            #[inline(always)]
            fn from_real(re: $t) -> Self {
                re
            }
            #[inline(always)]
            fn from_parts(re: $t, _: $t) -> Self {
                re
            }
            #[inline(always)]
            fn part(self, _: usize) -> $t {
                self
            }
            #[inline(always)]
            fn conj(self) -> Self {
                self
            }
            #[inline(always)]
            fn abs(self) -> $t {
                $t::abs(self)
            }
            #[inline(always)]
            fn abs1(self) -> $t {
                $t::abs(self)
            }
            #[inline(always)]
            fn is_finite(self) -> bool {
                $t::is_finite(self)
            }
            fn kernels(isa: Isa) -> &'static Kernels<Self> {
                crate::isa::$t(isa)
            }
        }
        impl Real for $t {
            const ZERO: Self = 0.0;
            const ONE: Self = 1.0;
            const NAN: Self = $t::NAN;
            const INFINITY: Self = $t::INFINITY;
            const EPSILON: Self = $t::EPSILON;
            const MIN_POSITIVE: Self = $t::MIN_POSITIVE;
            const MAX: Self = $t::MAX;
            #[inline(always)]
            fn from_f64(x: f64) -> Self {
                x as $t
            }
            #[inline(always)]
            fn to_f64(self) -> f64 {
                f64::from(self)
            }
            #[inline(always)]
            fn sqrt(self) -> Self {
                $t::sqrt(self)
            }
            #[inline(always)]
            fn is_nan(self) -> bool {
                $t::is_nan(self)
            }
            #[inline(always)]
            fn rank(self) -> u64 {
                // The bits of such a number, read as a whole number, are in order.
                let bits = self.to_bits();
                u64::from(if bits > $t::INFINITY.to_bits() { 0 } else { bits })
            }
            #[inline(always)]
            fn ln(self) -> Self {
                $t::ln(self)
            }
        }
    };
}
real!(f32, "float32");
real!(f64, "float64");

macro_rules! complex {
    ($t:ident, $kernels:ident, $name:literal) => {
        impl Scalar for Complex<$t> {
            type Real = $t;
            const PARTS: usize = 2;
            const NAME: &'static str = $name;
            #[inline(always)]
            fn from_real(re: $t) -> Self {
                Complex::new(re, 0.0)
            }
            #[inline(always)]
            fn from_parts(re: $t, im: $t) -> Self {
                Complex::new(re, im)
            }
            #[inline(always)]
            fn part(self, p: usize) -> $t {
                if p == 0 { self.re } else { self.im }
            }
            #[inline(always)]
            fn conj(self) -> Self {
                Complex::new(self.re, -self.im)
            }
            #[inline(always)]
            fn abs(self) -> $t {
                self.re.hypot(self.im)
            }
            #[inline(always)]
            fn abs1(self) -> $t {
                self.re.abs() + self.im.abs()
            }
            #[inline(always)]
            fn is_finite(self) -> bool {
                self.re.is_finite() && self.im.is_finite()
            }
            fn kernels(isa: Isa) -> &'static Kernels<Self> {
                crate::isa::$kernels(isa)
            }
        }
    };
}
complex!(f32, complex_f32, "complex64");
complex!(f64, complex_f64, "complex128");
