//! Plain Rust: an array that behaves as a register. LLVM turns it into whatever vectors the target's baseline has
//! (SSE2 on x86-64, NEON on AArch64); it is right everywhere and the reference for the other instruction sets.

use crate::lanes::{Lanes, Mask};
use crate::number::{Cx, Re};

/// N reals. FUSED: [`Lanes::mul_add`] is one instruction where it is compiled; without it would be a call into libm, many
/// times slower than a multiplication and an addition.
#[repr(transparent)]
#[derive(Clone, Copy, Debug)]
pub(super) struct Array<T, const N: usize, const FUSED: bool>([T; N]);

/// One truth value per lane.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bools<const N: usize>([bool; N]);

/// Has the baseline a fused multiplication and addition?
const NATIVE: bool = cfg!(any(target_feature = "fma", target_arch = "aarch64"));
/// Two doubles: with 16 bytes, one register of every baseline there is.
pub(super) type F64s = Array<f64, 2, NATIVE>;
/// Four floats.
pub(super) type F32s = Array<f32, 4, NATIVE>;

/// `a * b + c`.
macro_rules! fma {
    ($a:expr, $b:expr, $c:expr) => {
        if F { $a.mul_add($b, $c) } else { $a * $b + $c }
    };
}

/// The array whose lane `l` is the expression. A plain loop, not `array::from_fn`: nothing is left to be inlined.
macro_rules! lanewise {
    ($n:expr, $empty:expr, $l:ident => $e:expr) => {{
        let mut out = [$empty; $n];
        let mut $l = 0;
        while $l < $n {
            out[$l] = $e;
            $l += 1;
        }
        out
    }};
}

impl<const N: usize> Mask for Bools<N> {
    #[inline(always)]
    fn none(self) -> bool {
        let mut any = false;
        for l in 0..N {
            any |= self.0[l];
        }
        !any
    }
    #[inline(always)]
    fn lane(self, l: usize) -> bool {
        self.0[l]
    }
    #[inline(always)]
    fn and(self, other: Self) -> Self {
        Bools(lanewise!(N, false, l => self.0[l] & other.0[l]))
    }
    #[inline(always)]
    fn or(self, other: Self) -> Self {
        Bools(lanewise!(N, false, l => self.0[l] | other.0[l]))
    }
    #[inline(always)]
    fn not(self) -> Self {
        Bools(lanewise!(N, false, l => !self.0[l]))
    }
}

macro_rules! lanes {
    ($t:ident, $bits:ident) => {
        impl<const N: usize, const F: bool> Lanes for Array<$t, N, F> {
            type Elem = $t;
            type Mask = Bools<N>;
            const LANES: usize = N;
            const FUSED: bool = F;
            type One = Array<$t, 1, F>;

            #[inline(always)]
            fn splat(x: $t) -> Self {
                Array([x; N])
            }
            #[inline(always)]
            unsafe fn load(p: *const $t) -> Self {
                // SAFETY: the caller promises N reals at `p`; an array of N reals has their layout and alignment.
                Array(unsafe { p.cast::<[$t; N]>().read() })
            }
            #[inline(always)]
            unsafe fn store(self, p: *mut $t) {
                // SAFETY: as in `load`, for writing.
                unsafe { p.cast::<[$t; N]>().write(self.0) }
            }
            #[inline(always)]
            unsafe fn load_pairs(p: *const $t) -> (Self, Self) {
                // SAFETY: the caller promises 2N reals at `p`; 2l + 1 < 2N.
                unsafe {
                    (
                        Array(lanewise!(N, 0.0, l => *p.add(2 * l))),
                        Array(lanewise!(N, 0.0, l => *p.add(2 * l + 1))),
                    )
                }
            }
            #[inline(always)]
            unsafe fn store_pairs(re: Self, im: Self, p: *mut $t) {
                for l in 0..N {
                    // SAFETY: the caller promises 2N reals at `p`; 2l + 1 < 2N.
                    unsafe {
                        *p.add(2 * l) = re.0[l];
                        *p.add(2 * l + 1) = im.0[l];
                    }
                }
            }
            // The exponent field of 2^-e is 2 * bias - (bias + e).
            #[inline(always)]
            fn scale_to_one(self) -> Self {
                const FIELD: $bits = $t::INFINITY.to_bits();
                const TWICE_BIAS: $bits = FIELD - (FIELD & FIELD.wrapping_neg());
                Array(lanewise!(N, 0.0, l => $t::from_bits(TWICE_BIAS.wrapping_sub(self.0[l].to_bits() & FIELD))))
            }
            #[inline(always)]
            fn add(self, other: Self) -> Self {
                Array(lanewise!(N, 0.0, l => self.0[l] + other.0[l]))
            }
            #[inline(always)]
            fn sub(self, other: Self) -> Self {
                Array(lanewise!(N, 0.0, l => self.0[l] - other.0[l]))
            }
            #[inline(always)]
            fn mul(self, other: Self) -> Self {
                Array(lanewise!(N, 0.0, l => self.0[l] * other.0[l]))
            }
            #[inline(always)]
            fn div(self, other: Self) -> Self {
                Array(lanewise!(N, 0.0, l => self.0[l] / other.0[l]))
            }
            #[inline(always)]
            fn mul_add(self, b: Self, c: Self) -> Self {
                Array(lanewise!(N, 0.0, l => fma!(self.0[l], b.0[l], c.0[l])))
            }
            #[inline(always)]
            fn neg_mul_add(self, b: Self, c: Self) -> Self {
                Array(lanewise!(N, 0.0, l => fma!((-self.0[l]), b.0[l], c.0[l])))
            }
            #[inline(always)]
            fn neg(self) -> Self {
                Array(lanewise!(N, 0.0, l => -self.0[l]))
            }
            #[inline(always)]
            fn abs(self) -> Self {
                Array(lanewise!(N, 0.0, l => self.0[l].abs()))
            }
            #[inline(always)]
            fn sqrt(self) -> Self {
                Array(lanewise!(N, 0.0, l => self.0[l].sqrt()))
            }
            #[inline(always)]
            fn gt(self, other: Self) -> Bools<N> {
                Bools(lanewise!(N, false, l => self.0[l] > other.0[l]))
            }
            #[inline(always)]
            fn eq(self, other: Self) -> Bools<N> {
                Bools(lanewise!(N, false, l => self.0[l] == other.0[l]))
            }
            #[inline(always)]
            fn select(mask: Bools<N>, yes: Self, no: Self) -> Self {
                Array(lanewise!(N, 0.0, l => if mask.0[l] { yes.0[l] } else { no.0[l] }))
            }
        }
    };
}
lanes!(f32, u32);
lanes!(f64, u64);

kernels! {
    F32: Re<F32s>, isa: Portable, mv: 2, nr: 4, kc: 256, mc: 128, nc: 4096, trsm: 2 x 2, lu: 8, 4 x 2, panel: 1,
}
kernels! {
    F64: Re<F64s>, isa: Portable, mv: 2, nr: 4, kc: 256, mc: 96, nc: 2048, trsm: 2 x 2, lu: 8, 4 x 2, panel: 1,
}
kernels! {
    COMPLEX_F32: Cx<F32s>, isa: Portable, mv: 2, nr: 2, kc: 256, mc: 96, nc: 2048, trsm: 2 x 1, lu: 8, 4 x 2, panel: 1,
}
kernels! {
    COMPLEX_F64: Cx<F64s>, isa: Portable, mv: 1, nr: 3, kc: 192, mc: 64, nc: 1536, trsm: 2 x 1, lu: 8, 4 x 2, panel: 1,
}
