//! [`Field`]: arithmetic modulo a prime of 60 bits, and the primes.

use std::iter;

use crate::matrix::splitmix;

/// Products of residues that may be added up before the sum has to be reduced: each is below 2^120.
const PRODUCTS: usize = 128;

/// The least prime is above, the largest below twice this.
const LEAST: u64 = 1 << 59;

/// Bits of the least prime, and of the number of those there are: of the `2^59 / ln 2^59.5` primes there every second
/// is 1 modulo 4, and those alone are drawn, so that -1 has a root.
pub(super) const PRIME_BITS: usize = 59;
pub(super) const PRIMES_BITS: f64 = 52.5;

/// The integers modulo a prime p, `2^59 < p < 2^60`. A residue x is kept as `x 2^64 mod p` (Montgomery 1985), so that a
/// product takes no division.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Field {
    p: u64,
    /// `-1/p` modulo 2^64.
    minus_inverse: u64,
    one: u64,
    /// `2^128 mod p`.
    square: u64,
    /// A root of -1.
    root: u64,
}

/// The first of [`Field::all`] with roots of -1, so that small matrices need not wait for them to be found.
static FIRST: [Field; 8] = [
    Field::new(0xc70_fbaa_acc1_d549, 0x8c_edee_5d36_cf98),
    Field::new(0xb4d_c175_e491_1999, 0x6e_1d41_ee12_afdb),
    Field::new(0x9bb_e9ae_f547_2011, 0x252_0916_5764_392c),
    Field::new(0xe92_a3a0_facc_ee35, 0x161_2ef4_f4b9_b60f),
    Field::new(0xef9_3456_f5b2_8999, 0x37d_26f1_38bd_d922),
    Field::new(0xed8_10ac_a0ec_3531, 0x60a_f01b_887b_d7a3),
    Field::new(0x949_2b37_fb92_01e1, 0x444_14c4_d172_ad1f),
    Field::new(0xec2_f90c_edae_2aa5, 0x6fb_2356_ff58_514f),
];

/// Where the stream of numbers stands after those.
const AFTER_FIRST: u64 = 0xd31e_903e_47fc_4a7b;

impl Field {
    const fn new(p: u64, root: u64) -> Self {
        // Newton: every step doubles the number of bits that are right, 3 at first.
        let (mut inverse, mut step) = (p, 0);
        while step < 5 {
            inverse = inverse.wrapping_mul(2_u64.wrapping_sub(p.wrapping_mul(inverse)));
            step += 1;
        }
        let wide = p as u128;
        let one = (1_u128 << 64) % wide;
        let (square, root) = (one * one % wide, root as u128 * one % wide);
        Self {
            p,
            minus_inverse: inverse.wrapping_neg(),
            one: one as u64,
            square: square as u64,
            root: root as u64,
        }
    }

    /// Fields of primes drawn from a fixed stream of random numbers: every call of the library sees the same.
    pub(super) fn all() -> impl Iterator<Item = Self> {
        FIRST.iter().copied().chain(Self::drawn(AFTER_FIRST))
    }

    fn drawn(mut state: u64) -> impl Iterator<Item = Self> {
        let candidates = iter::from_fn(move || Some((splitmix(&mut state) >> 5 | LEAST) & !3 | 1));
        candidates.filter(|&p| is_prime(p)).map(|p| {
            let field = Self::new(p, 0);
            // g^((p-1)/4) of a g that is no square.
            let roots = (2..).map(|g| field.power(field.residue(g), (p - 1) / 4));
            let is_root = |&root: &u64| field.multiply(root, root) == field.negate(field.one);
            let root = roots.into_iter().find(is_root).unwrap_or_else(|| unreachable!("half of all g"));
            Self { root, ..field }
        })
    }

    pub(super) fn prime(&self) -> u64 {
        self.p
    }
    pub(super) fn one(&self) -> u64 {
        self.one
    }
    pub(super) fn root_of_minus_one(&self) -> u64 {
        self.root
    }

    /// `x / 2^64 mod p`, for `x < 2^64 p`.
    #[inline(always)]
    fn reduce(&self, x: u128) -> u64 {
        let multiple = (x as u64).wrapping_mul(self.minus_inverse);
        let sum = ((x + u128::from(multiple) * u128::from(self.p)) >> 64) as u64;
        if sum >= self.p { sum - self.p } else { sum }
    }

    /// The same for `x < 2^127`.
    #[inline(always)]
    fn reduce_sum(&self, x: u128) -> u64 {
        let mut high = (x >> 64) as u64;
        for shift in [3, 2, 1, 0] {
            let multiple = self.p << shift;
            high = if high >= multiple { high - multiple } else { high };
        }
        self.reduce(u128::from(high) << 64 | u128::from(x as u64))
    }

    /// The residue of a number.
    #[inline]
    pub(super) fn residue(&self, x: u64) -> u64 {
        self.multiply(x, self.square)
    }

    /// The least number of this residue that is not negative.
    pub(super) fn number(&self, x: u64) -> u64 {
        self.reduce(u128::from(x))
    }

    #[inline(always)]
    pub(super) fn multiply(&self, x: u64, y: u64) -> u64 {
        self.reduce(u128::from(x) * u128::from(y))
    }

    #[inline(always)]
    pub(super) fn add(&self, x: u64, y: u64) -> u64 {
        let sum = x + y;
        if sum >= self.p { sum - self.p } else { sum }
    }

    #[inline(always)]
    pub(super) fn subtract(&self, x: u64, y: u64) -> u64 {
        if x >= y { x - y } else { x + self.p - y }
    }

    #[inline(always)]
    pub(super) fn negate(&self, x: u64) -> u64 {
        self.subtract(0, x)
    }

    pub(super) fn power(&self, x: u64, exponent: u64) -> u64 {
        let mut power = self.one;
        for bit in (0..u64::BITS - exponent.leading_zeros()).rev() {
            power = self.multiply(power, power);
            if exponent >> bit & 1 == 1 {
                power = self.multiply(power, x);
            }
        }
        power
    }

    /// `1/x = x^(p-2)`, for a residue other than 0.
    pub(super) fn invert(&self, x: u64) -> u64 {
        self.power(x, self.p - 2)
    }

    /// The sum of the products `x_i y_i`.
    #[inline(always)]
    pub(super) fn dot(&self, x: &[u64], y: &[u64]) -> u64 {
        let mut sum = 0;
        for (x, y) in x.chunks(PRODUCTS).zip(y.chunks(PRODUCTS)) {
            let products = x.iter().zip(y).map(|(&x, &y)| u128::from(x) * u128::from(y));
            sum = self.add(sum, self.reduce_sum(products.fold(0, u128::wrapping_add)));
        }
        sum
    }
}

/// Is an odd number of 60 bits prime? Miller and Rabin's test with these bases knows all below 3.3 10^24 (Sorenson and
/// Webster 2017).
fn is_prime(p: u64) -> bool {
    const BASES: [u64; 12] = [2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37];
    if BASES[1..].iter().any(|&base| p.is_multiple_of(base)) {
        return false;
    }
    // The arithmetic is right for any odd modulus of that size.
    let (field, twos) = (Field::new(p, 0), (p - 1).trailing_zeros());
    let minus_one = field.negate(field.one);
    BASES.iter().all(|&base| {
        let first = field.power(field.residue(base), (p - 1) >> twos);
        let mut squares = iter::successors(Some(first), |&x| Some(field.multiply(x, x)));
        first == field.one || squares.by_ref().take(twos as usize).any(|x| x == minus_one)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_primes_are_those_of_the_stream() {
        for (first, drawn) in FIRST.iter().zip(Field::drawn(0)) {
            assert_eq!(first.p, drawn.p);
            assert_eq!(first.multiply(first.root, first.root), first.negate(first.one));
        }
        let mut more = Field::all().skip(FIRST.len()).zip(Field::drawn(0).skip(FIRST.len()));
        assert!(more.by_ref().take(3).all(|(all, drawn)| all == drawn));
    }

    #[test]
    fn primes_are_told_from_others() {
        // 2^60 - 93 is prime, as is 2^59 + 21; 7 * 164703072086692425 + ...: squares and neighbours are not.
        assert!(is_prime((1 << 60) - 93) && is_prime((1 << 59) - 55));
        assert!(!is_prime((1 << 60) - 95) && !is_prime(759_250_111_u64.pow(2)) && !is_prime((1 << 60) - 1));
        // A strong pseudoprime to the bases 2, 3, 5 and 7.
        assert!(!is_prime(3_215_031_751));
    }

    #[test]
    fn arithmetic_agrees_with_that_of_wide_numbers() {
        let mut state = 1;
        for field in Field::all().take(3) {
            let p = u128::from(field.p);
            let (x, y): (Vec<u64>, Vec<u64>) =
                (0..300).map(|_| (splitmix(&mut state) % field.p, splitmix(&mut state) % field.p)).unzip();
            let largest = vec![field.p - 1; 300];
            for (x, y) in [(&x, &y), (&largest, &largest)] {
                let lift = |x: &[u64]| x.iter().map(|&x| field.residue(x)).collect::<Vec<_>>();
                let (rx, ry) = (lift(x), lift(y));
                let expected =
                    x.iter().zip(y).fold(0, |sum, (&x, &y)| (sum + u128::from(x) * u128::from(y)) % p);
                assert_eq!(u128::from(field.number(field.dot(&rx, &ry))), expected);
                assert_eq!(field.number(field.dot(&largest, &largest)), {
                    // (p-1)^2 300 / 2^128, as residues are read.
                    field.number(field.multiply(field.residue(300), field.multiply(field.p - 1, field.p - 1)))
                });
                for (&x, &y) in rx.iter().zip(&ry).take(20) {
                    assert_eq!(field.subtract(field.add(x, y), y), x);
                    assert_eq!(field.multiply(x, field.invert(x)), field.one);
                }
            }
            assert_eq!(field.number(field.residue(u64::MAX)), (u128::from(u64::MAX) % p) as u64);
        }
    }
}
