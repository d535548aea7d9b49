//! [`Number`]: lanes of reals ([`Re`]) or of complex numbers ([`Cx`]), the scalar of every algorithm.

use num_complex::Complex;

use crate::lanes::{Lanes, Mask};
use crate::scalar::{Real, Scalar};
use crate::table::LANES_MAX;

/// Lanes of reals or of complex numbers: the scalar of every serial algorithm in this crate. The element type is
/// [`Number::Scalar`]; [`Re`] and [`Cx`] are the two implementations.
pub trait Number: Copy {
    /// The element type.
    type Scalar: Scalar;
    /// The register underneath: the type of norms and comparisons.
    type Lanes: Lanes<Elem = <Self::Scalar as Scalar>::Real>;

    /// A single number, with the same results.
    type One: Number<Scalar = Self::Scalar>;

    /// Numbers side by side.
    const LANES: usize = <Self::Lanes as Lanes>::LANES;

    /// The same number in every lane.
    fn splat(x: Self::Scalar) -> Self;
    /// Real lanes as a number.
    fn from_lanes(re: Self::Lanes) -> Self;
    /// Lane l in every lane.
    fn spread(self, l: usize) -> Self;
    /// The real parts.
    fn re(self) -> Self::Lanes;
    /// From planar storage: real parts at `p`, imaginary parts (if any) `gap` reals further.
    ///
    /// # Safety
    /// `LANES` reals are readable at `p` and, for complex numbers, at `p + gap`.
    unsafe fn load_planar(p: *const Part<Self>, gap: usize) -> Self;
    /// The reverse of [`Number::load_planar`].
    ///
    /// # Safety
    /// `LANES` reals are writable at `p` and, for complex numbers, at `p + gap`.
    unsafe fn store_planar(self, p: *mut Part<Self>, gap: usize);
    /// One planar number, `p` and `p + gap`, in every lane.
    ///
    /// # Safety
    /// A real is readable at `p` and, for complex numbers, at `p + gap`.
    unsafe fn splat_planar(p: *const Part<Self>, gap: usize) -> Self;
    /// From consecutive elements in memory.
    ///
    /// # Safety
    /// `LANES` elements are readable at `p`.
    unsafe fn load(p: *const Self::Scalar) -> Self;
    /// To consecutive elements in memory.
    ///
    /// # Safety
    /// `LANES` elements are writable at `p`.
    unsafe fn store(self, p: *mut Self::Scalar);

    /// The first n elements, 1 to LANES; zeros in the lanes behind them.
    ///
    /// # Safety
    /// n elements are readable at `p`.
    #[inline(always)]
    unsafe fn load_first(p: *const Self::Scalar, n: usize) -> Self {
        let mut room = [Self::Scalar::zero(); LANES_MAX];
        // SAFETY: n <= LANES <= LANES_MAX.
        unsafe {
            each!(l < n, { room[l] = *p.add(l) });
            Self::load(room.as_ptr())
        }
    }
    /// The first n lanes, 1 to LANES.
    ///
    /// # Safety
    /// n elements are writable at `p`.
    #[inline(always)]
    unsafe fn store_first(self, p: *mut Self::Scalar, n: usize) {
        let mut room = [Self::Scalar::zero(); LANES_MAX];
        // SAFETY: n <= LANES <= LANES_MAX.
        unsafe {
            self.store(room.as_mut_ptr());
            each!(l < n, { *p.add(l) = room[l] });
        }
    }

    /// `self + other`.
    fn add(self, other: Self) -> Self;
    /// `self - other`.
    fn sub(self, other: Self) -> Self;
    /// `self * other`.
    fn mul(self, other: Self) -> Self;
    /// `self / other`, without undue overflow.
    fn div(self, other: Self) -> Self;
    /// `self * b + c` as a chain of [`Lanes::mul_add`].
    fn mul_add(self, b: Self, c: Self) -> Self;
    /// `c - self * b` as a chain of [`Lanes::neg_mul_add`].
    fn neg_mul_add(self, b: Self, c: Self) -> Self;
    /// `-self`.
    fn neg(self) -> Self;
    /// The complex conjugate.
    fn conj(self) -> Self;
    /// `self * r` for real lanes r.
    fn scale(self, r: Self::Lanes) -> Self;
    /// `|re| + |im|`.
    fn abs1(self) -> Self::Lanes;
    /// The modulus, without undue overflow.
    fn abs(self) -> Self::Lanes;
    /// The modulus of a number whose square neither overflows nor, if it counts, underflows.
    fn abs_plain(self) -> Self::Lanes;
    /// The larger of `|re|` and `|im|`; a NaN may be lost.
    fn abs_max(self) -> Self::Lanes;
    /// Lane by lane `if mask { yes } else { no }`.
    fn select(mask: <Self::Lanes as Lanes>::Mask, yes: Self, no: Self) -> Self;
    /// True where every part is finite.
    fn is_finite(self) -> <Self::Lanes as Lanes>::Mask;

    /// 0 in every lane.
    #[inline(always)]
    fn zero() -> Self {
        Self::splat(Self::Scalar::zero())
    }
    /// 1 in every lane.
    #[inline(always)]
    fn one() -> Self {
        Self::splat(Self::Scalar::one())
    }
}

/// The real type under a [`Number`].
pub type Part<N> = <<N as Number>::Scalar as Scalar>::Real;

/// Real lanes as a [`Number`].
#[derive(Clone, Copy, Debug)]
pub struct Re<V>(pub V);

/// Complex lanes: a register of real parts and one of imaginary parts.
#[derive(Clone, Copy, Debug)]
pub struct Cx<V> {
    /// Real parts.
    pub re: V,
    /// Imaginary parts.
    pub im: V,
}

impl<V: Lanes> Number for Re<V> {
    type Scalar = V::Elem;
    type Lanes = V;
    type One = Re<V::One>;

    #[inline(always)]
    fn splat(x: V::Elem) -> Self {
        Re(V::splat(x))
    }
    #[inline(always)]
    fn from_lanes(re: V) -> Self {
        Re(re)
    }
    #[inline(always)]
    fn spread(self, l: usize) -> Self {
        Re(self.0.spread(l))
    }
    #[inline(always)]
    fn re(self) -> V {
        self.0
    }
    #[inline(always)]
    unsafe fn load_planar(p: *const V::Elem, _: usize) -> Self {
        // SAFETY: the caller's promise is the same.
        Re(unsafe { V::load(p) })
    }
    #[inline(always)]
    unsafe fn store_planar(self, p: *mut V::Elem, _: usize) {
        // SAFETY: the caller's promise is the same.
        unsafe { self.0.store(p) }
    }
    #[inline(always)]
    unsafe fn splat_planar(p: *const V::Elem, _: usize) -> Self {
        // SAFETY: the caller promises one readable real at `p`.
        Re(V::splat(unsafe { *p }))
    }
    #[inline(always)]
    unsafe fn load(p: *const V::Elem) -> Self {
        // SAFETY: the caller's promise is the same.
        Re(unsafe { V::load(p) })
    }
    #[inline(always)]
    unsafe fn store(self, p: *mut V::Elem) {
        // SAFETY: the caller's promise is the same.
        unsafe { self.0.store(p) }
    }
    #[inline(always)]
    unsafe fn load_first(p: *const V::Elem, n: usize) -> Self {
        // SAFETY: the caller's promise is the same.
        Re(unsafe { V::load_first(p, n) })
    }
    #[inline(always)]
    unsafe fn store_first(self, p: *mut V::Elem, n: usize) {
        // SAFETY: the caller's promise is the same.
        unsafe { self.0.store_first(p, n) }
    }
    #[inline(always)]
    fn add(self, other: Self) -> Self {
        Re(self.0.add(other.0))
    }
    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        Re(self.0.sub(other.0))
    }
    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        Re(self.0.mul(other.0))
    }
    #[inline(always)]
    fn div(self, other: Self) -> Self {
        Re(self.0.div(other.0))
    }
    #[inline(always)]
    fn mul_add(self, b: Self, c: Self) -> Self {
        Re(self.0.mul_add(b.0, c.0))
    }
    #[inline(always)]
    fn neg_mul_add(self, b: Self, c: Self) -> Self {
        Re(self.0.neg_mul_add(b.0, c.0))
    }
    #[inline(always)]
    fn neg(self) -> Self {
        Re(self.0.neg())
    }
    #[inline(always)]
    fn conj(self) -> Self {
        self
    }
    #[inline(always)]
    fn scale(self, r: V) -> Self {
        Re(self.0.mul(r))
    }
    #[inline(always)]
    fn abs1(self) -> V {
        self.0.abs()
    }
    #[inline(always)]
    fn abs(self) -> V {
        self.0.abs()
    }
    #[inline(always)]
    fn abs_plain(self) -> V {
        self.0.abs()
    }
    #[inline(always)]
    fn abs_max(self) -> V {
        self.0.abs()
    }
    #[inline(always)]
    fn select(mask: V::Mask, yes: Self, no: Self) -> Self {
        Re(V::select(mask, yes.0, no.0))
    }
    #[inline(always)]
    fn is_finite(self) -> V::Mask {
        self.0.is_finite()
    }
}

impl<V: Lanes> Number for Cx<V>
where
    Complex<V::Elem>: Scalar<Real = V::Elem>,
{
    type Scalar = Complex<V::Elem>;
    type Lanes = V;
    type One = Cx<V::One>;

    #[inline(always)]
    fn splat(x: Complex<V::Elem>) -> Self {
        Cx { re: V::splat(x.re), im: V::splat(x.im) }
    }
    #[inline(always)]
    fn from_lanes(re: V) -> Self {
        Cx { re, im: V::splat(V::Elem::ZERO) }
    }
    #[inline(always)]
    fn spread(self, l: usize) -> Self {
        Cx { re: self.re.spread(l), im: self.im.spread(l) }
    }
    #[inline(always)]
    fn re(self) -> V {
        self.re
    }
    #[inline(always)]
    unsafe fn load_planar(p: *const V::Elem, gap: usize) -> Self {
        // SAFETY: the caller promises both runs.
        unsafe { Cx { re: V::load(p), im: V::load(p.add(gap)) } }
    }
    #[inline(always)]
    unsafe fn store_planar(self, p: *mut V::Elem, gap: usize) {
        // SAFETY: the caller promises both runs.
        unsafe {
            self.re.store(p);
            self.im.store(p.add(gap));
        }
    }
    #[inline(always)]
    unsafe fn splat_planar(p: *const V::Elem, gap: usize) -> Self {
        // SAFETY: the caller promises both reals.
        unsafe { Cx { re: V::splat(*p), im: V::splat(*p.add(gap)) } }
    }
    #[inline(always)]
    unsafe fn load(p: *const Complex<V::Elem>) -> Self {
        // SAFETY: Complex is repr(C): LANES of them are 2 * LANES reals, re before im.
        let (re, im) = unsafe { V::load_pairs(p.cast()) };
        Cx { re, im }
    }
    #[inline(always)]
    unsafe fn store(self, p: *mut Complex<V::Elem>) {
        // SAFETY: as in `load`.
        unsafe { V::store_pairs(self.re, self.im, p.cast()) }
    }
    #[inline(always)]
    fn add(self, other: Self) -> Self {
        Cx { re: self.re.add(other.re), im: self.im.add(other.im) }
    }
    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        Cx { re: self.re.sub(other.re), im: self.im.sub(other.im) }
    }
    #[inline(always)]
    fn mul(self, b: Self) -> Self {
        Cx { re: self.im.neg_mul_add(b.im, self.re.mul(b.re)), im: self.im.mul_add(b.re, self.re.mul(b.im)) }
    }
    /// Smith's division: the divisor is first scaled by its larger part, so nothing overflows that need not.
    #[inline(always)]
    fn div(self, b: Self) -> Self {
        let swap = b.im.abs().gt(b.re.abs());
        let (big, little) = (V::select(swap, b.im, b.re), V::select(swap, b.re, b.im));
        let r = little.div(big);
        let d = little.mul_add(r, big);
        let (x, y) = (V::select(swap, self.im, self.re), V::select(swap, self.re, self.im));
        // Not swapped: (re + im r, im - re r) / d; swapped: (im + re r, im r - re) / d with x = im, y = re.
        let re = y.mul_add(r, x).div(d);
        let im = x.neg_mul_add(r, y).div(d);
        Cx { re, im: V::select(swap, im.neg(), im) }
    }
    #[inline(always)]
    fn mul_add(self, b: Self, c: Self) -> Self {
        Cx {
            re: self.im.neg_mul_add(b.im, self.re.mul_add(b.re, c.re)),
            im: self.im.mul_add(b.re, self.re.mul_add(b.im, c.im)),
        }
    }
    #[inline(always)]
    fn neg_mul_add(self, b: Self, c: Self) -> Self {
        Cx {
            re: self.im.mul_add(b.im, self.re.neg_mul_add(b.re, c.re)),
            im: self.im.neg_mul_add(b.re, self.re.neg_mul_add(b.im, c.im)),
        }
    }
    #[inline(always)]
    fn neg(self) -> Self {
        Cx { re: self.re.neg(), im: self.im.neg() }
    }
    #[inline(always)]
    fn conj(self) -> Self {
        Cx { re: self.re, im: self.im.neg() }
    }
    #[inline(always)]
    fn scale(self, r: V) -> Self {
        Cx { re: self.re.mul(r), im: self.im.mul(r) }
    }
    #[inline(always)]
    fn abs1(self) -> V {
        self.re.abs().add(self.im.abs())
    }
    /// `big sqrt(1 + (little/big)^2)`.
    #[inline(always)]
    fn abs(self) -> V {
        let (a, b) = (self.re.abs(), self.im.abs());
        let swap = b.gt(a);
        let (big, little) = (V::select(swap, b, a), V::select(swap, a, b));
        let one = V::splat(V::Elem::ONE);
        // Equal parts, be they 0/0 or inf/inf, have the quotient 1; a NaN is equal to nothing and stays.
        let t = V::select(little.eq(big), one, little.div(big));
        big.mul(t.mul_add(t, one).sqrt())
    }
    #[inline(always)]
    fn abs_plain(self) -> V {
        self.re.mul_add(self.re, self.im.mul(self.im)).sqrt()
    }
    #[inline(always)]
    fn abs_max(self) -> V {
        self.re.abs().max(self.im.abs())
    }
    #[inline(always)]
    fn select(mask: V::Mask, yes: Self, no: Self) -> Self {
        Cx { re: V::select(mask, yes.re, no.re), im: V::select(mask, yes.im, no.im) }
    }
    #[inline(always)]
    fn is_finite(self) -> V::Mask {
        self.re.is_finite().and(self.im.is_finite())
    }
}
