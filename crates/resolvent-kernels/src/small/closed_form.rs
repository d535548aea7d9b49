//! Real matrices of order 1 to 4: inverses, solutions and determinants in closed form, in registers, every loop
//! unrolled.
//!
//! A closed form is taken only in the lanes where it is as accurate as elimination with partial pivoting: up to order 3
//! by proof, given minors that are right to a unit in the last place and products that stay among the normal numbers;
//! at order 4, where cofactors are sums of three that may cancel, and for solutions because the residual says so. The
//! caller eliminates the others.

use super::adjugate::{Matrix, adjugate, minus, near_one, norm, times};
use super::backward::{forward_error_of_inverse, residual_bound};
use super::condition::alternating;
use super::pack::{self, Pack, Window};
use super::{Finding, Parts, Room, max_nan, nobody, unpack, whole};
use crate::lanes::{Lanes, Mask};
use crate::number::{Number, Part};
use crate::scalar::{Real, Scalar};

/// The largest order with a closed form.
pub(super) const MAX: usize = 4;

/// The yes or no of a [`Number`]'s lanes.
pub(super) type Yes<N> = <<N as Number>::Lanes as Lanes>::Mask;

/// Do these lanes have closed forms? They need real numbers and, to be accurate, multiply-add with one rounding.
pub(super) const fn exist<N: Number>() -> bool {
    N::Scalar::PARTS == 1 && N::Lanes::FUSED
}

/// The matrices of a window, R x C: straight into registers, or by way of the pack if they are not in one run.
///
/// # Safety
/// Every matrix of the window is readable; the pack has room for R x C numbers.
#[inline(always)]
unsafe fn read<N: Number, const R: usize, const C: usize>(
    parts: &Parts<N>,
    src: Window<*const N::Scalar>,
    spare: Pack<N>,
) -> [[N; C]; R] {
    // SAFETY: the caller's promise; i < R, j < C.
    unsafe {
        if src.in_one_run(R, C) {
            return pack::load(src);
        }
        (parts.pack)(R, C, src, spare);
        let mut a = [[N::zero(); C]; R];
        each!(i < R, {
            each!(j < C, {
                a[i][j] = spare.get(i, j);
            });
        });
        a
    }
}

/// Writes R x C answers in the lanes that are sure.
///
/// # Safety
/// Every matrix of the window is writable; the pack has room for R x C numbers.
#[inline(always)]
unsafe fn write<N: Number, const R: usize, const C: usize>(
    parts: &Parts<N>,
    x: &[[N; C]; R],
    sure: Yes<N>,
    spare: Pack<N>,
    dst: Window<*mut N::Scalar>,
) {
    // SAFETY: the caller's promise; i < R, j < C.
    unsafe {
        if sure.all() && dst.count == N::LANES && dst.in_one_run(R, C) {
            return unpack::store(x, dst);
        }
        each!(i < R, {
            each!(j < C, {
                spare.put(i, j, x[i][j]);
            });
        });
        (parts.unpack)(R, C, spare, sure, dst);
    }
}

/// The inverse, and what is known of it.
struct Closed<N: Number, const K: usize> {
    x: Matrix<N, K>,
    rcond: N::Lanes,
    /// No product that counts left the normal numbers; false for what is not finite, and where there is no inverse.
    sure: Yes<N>,
}

impl<N: Number, const K: usize> Closed<N, K> {
    /// Up to order 2 no more than two elements are multiplied, and bad scaling of rows or columns is no reason to shrink
    /// one of them: first as it is. Else with its largest element near 1.
    #[inline(always)]
    fn new(a: &Matrix<N, K>) -> Self {
        if K > 2 {
            return Self::of_scaled(&near_one(a));
        }
        let plain = Self::of_scaled(&(*a, N::Lanes::splat(Part::<N>::ONE)));
        if plain.sure.all() {
            return plain;
        }
        let mut closed = Self::of_scaled(&near_one(a));
        each!(i < K, {
            each!(j < K, {
                closed.x[i][j] = N::select(plain.sure, plain.x[i][j], closed.x[i][j]);
            });
        });
        closed.rcond = N::Lanes::select(plain.sure, plain.rcond, closed.rcond);
        closed.sure = closed.sure.or(plain.sure);
        closed
    }

    /// `X = 2^e adj(2^e A) / det(2^e A)`, given `2^e A` and 2^e.
    #[inline(always)]
    fn of_scaled((a, scale): &(Matrix<N, K>, N::Lanes)) -> Self {
        let (mut x, det) = adjugate(a);
        let factor = N::from_lanes(*scale).div(det);
        each!(i < K, {
            each!(j < K, {
                x[i][j] = x[i][j].mul(factor);
            });
        });
        let (a_norm, x_norm) = (norm(a, false), norm(&x, false));
        // Their product is at least 1, but for rounding; if it is infinite, rcond is 0 to any purpose.
        let rcond = scale.div(x_norm.mul(a_norm));
        Closed { x, rcond, sure: in_range::<N, K>(det).and(x_norm.is_finite()) }
    }

    /// In the lanes of which anything is asked everything was finite and is answered; an error that left the range of the type is
    /// NaN.
    #[inline(always)]
    fn finding(&self, error: N::Lanes, forward: N::Lanes) -> Finding<N> {
        Finding { finite: nobody::<N>().not(), first_zero: whole(K), rcond: self.rcond, error, forward }
    }

    /// `| |A^-1| r |_inf / |x|_inf`, 0/0 counting as 0, r the [`residual_bound`]s of x.
    #[inline(always)]
    fn forward_error(&self, a: &Matrix<N, K>, x: &[N; K], side: &[N; K]) -> N::Lanes {
        let zero = N::Lanes::splat(Part::<N>::ZERO);
        let (mut most, mut norm) = (zero, zero);
        let residual = minus(a, x, side);
        let mut bounds = [zero; K];
        each!(i < K, {
            let mut size = side[i].abs1();
            each!(j < K, {
                size = a[i][j].abs1().mul_add(x[j].abs1(), size);
            });
            bounds[i] = residual_bound::<N>(K, residual[i].abs1(), size);
        });
        each!(i < K, {
            let mut sum = zero;
            each!(j < K, {
                sum = self.x[i][j].abs1().mul_add(bounds[j], sum);
            });
            most = sum.max(most);
            norm = x[i].abs1().max(norm);
        });
        N::Lanes::select(most.eq(zero), zero, most.div(norm))
    }
}

/// Is the determinant so far inside the range of the type that no product that counts left
/// it? False for NaN, infinity and zero.
#[inline(always)]
fn in_range<N: Number, const K: usize>(det: N) -> Yes<N> {
    let (tiny, eps) = (Part::<N>::MIN_POSITIVE.to_f64(), Part::<N>::EPSILON.to_f64());
    // Order 2: what rounding took from a product of this size is itself a normal number. Above: so are the products
    // behind a cofactor that counts, be it the root of the determinant.
    let least = if K <= 2 { tiny / (eps * eps) } else { tiny.sqrt() };
    // Above, by Hadamard, |det| <= 4^2 2^4.
    let most = if K <= 2 { eps * eps / tiny } else { 512.0 };
    let (least, most) = (Part::<N>::from_f64(least), Part::<N>::from_f64(most));
    det.abs1().gt(N::Lanes::splat(least)).and(N::Lanes::splat(most).gt(det.abs1()))
}

/// The inverses of K x K matrices, in the lanes that the mask says; the others are not written.
///
/// `X = adj(A) / det(A)`. Up to order 3 the elements of the adjugate are right to a unit or two, so `A X - I` is what
/// the determinant lost, relatively: at most eps times `sum_j |a_0j adj_j0| / |det| <= (|A| |X|)_00`, as elimination has
/// it. At order 4 cofactors are sums of three, which may cancel: there `|A X - I|` is measured.
///
/// If a lane is not sure, A is in `room.a` for the elimination: the inverses may overwrite it.
///
/// # Safety
/// The matrices of the windows are K x K, and `room` is for order K.
#[inline(always)]
pub(super) unsafe fn invert<N: Number, const K: usize>(
    parts: &Parts<N>,
    source: Window<*const N::Scalar>,
    target: Window<*mut N::Scalar>,
    room: &Room<N>,
    full: bool,
) -> (Finding<N>, Yes<N>) {
    // SAFETY: the caller's promise.
    let a = unsafe { read::<N, K, K>(parts, source, room.a) };
    let mut closed = Closed::new(&a);
    let mut sure = closed.sure;
    if K == 3 {
        // What cancels to nothing but rounding may be zero: elimination finds out.
        let doubtful = N::Lanes::splat(Part::<N>::from_f64(16.0 * Part::<N>::EPSILON.to_f64()));
        sure = sure.and(closed.rcond.gt(doubtful));
    }
    if K == 4 {
        sure = sure.and(refine(&a, &mut closed));
    }
    let zero = N::Lanes::splat(Part::<N>::ZERO);
    let (mut error, mut forward) = (zero, zero);
    if full {
        error = probe(&a, &closed.x);
        forward = forward_error_of_inverse::<N>(K, error, closed.rcond);
    }
    // SAFETY: the caller's promise.
    unsafe {
        if !sure.all() {
            (parts.pack)(K, K, source, room.a);
        }
        write(parts, &closed.x, sure, room.f, target);
    }
    (closed.finding(error, forward), sure)
}

/// `X := X + X R`, `R = I - A X`: one step of Newton's (Schulz 1933), in the lanes where it leaves no more than rounding,
/// `|A X - I|` a few eps times `|A| |X|`, element by element: a bound that no scaling of rows or columns changes.
///
/// The new residual is R R and the rounding of R and X. With `|R| <= 8 eps |A| |X|` before, and `|A| |X| <= 1 / rcond` no
/// more than 1 / (512 eps), R R is below an eighth of eps `|A| |X|`.
#[inline(always)]
fn refine<N: Number, const K: usize>(a: &Matrix<N, K>, closed: &mut Closed<N, K>) -> Yes<N> {
    let eps = Part::<N>::EPSILON.to_f64();
    let bound = N::Lanes::splat(Part::<N>::from_f64(8.0 * eps));
    let zero = N::Lanes::splat(Part::<N>::ZERO);
    let x = closed.x;
    let mut r = [[N::zero(); K]; K];
    // The largest of |R| - 8 eps |A| |X|.
    let mut worst = zero;
    each!(i < K, {
        each!(j < K, {
            let mut sum = if i == j { N::one() } else { N::zero() };
            let mut size = zero;
            each!(p < K, {
                sum = a[i][p].neg_mul_add(x[p][j], sum);
                size = a[i][p].abs1().mul_add(x[p][j].abs1(), size);
            });
            r[i][j] = sum;
            worst = bound.neg_mul_add(size, sum.abs1()).max(worst);
        });
    });
    each!(i < K, {
        each!(j < K, {
            each!(p < K, {
                closed.x[i][j] = x[i][p].mul_add(r[p][j], closed.x[i][j]);
            });
        });
    });
    // Nothing above zero; NaN cannot be, where the determinant is in range.
    worst.eq(zero).and(closed.rcond.gt(N::Lanes::splat(Part::<N>::from_f64(512.0 * eps))))
}

/// `|A (X w) - w|_inf / (|A|_inf |X|_inf |w|_inf)`, w Higham's alternating vector.
#[inline(always)]
fn probe<N: Number, const K: usize>(a: &Matrix<N, K>, x: &Matrix<N, K>) -> N::Lanes {
    let mut w = [N::zero(); K];
    each!(i < K, {
        w[i] = alternating(K, i);
    });
    let residual = minus(a, &times(x, &w), &w);
    let mut worst = residual[0].abs1();
    each!(i < K, {
        worst = residual[i].abs1().max(worst);
    });
    let w_norm = if K == 1 { 1.0 } else { 2.0 };
    let weight = norm(a, true).mul(norm(x, true)).mul(N::Lanes::splat(Part::<N>::from_f64(w_norm)));
    worst.div(weight)
}

/// `X = A^-1 B`, A K x K, B and X K x k, in the lanes that the mask says: the inverse times B, refined once with its
/// residual, and taken if its componentwise backward error is that of elimination. FULL: the errors are told; compiled
/// apart, for a call that does not ask needs all registers for the answer.
///
/// If a lane is not sure, A and B are in the room for the elimination: the solutions may overwrite B.
///
/// # Safety
/// The matrices of the windows have these extents, and `room` is for K and k.
#[inline(always)]
pub(super) unsafe fn solve<N: Number, const K: usize, const FULL: bool>(
    parts: &Parts<N>,
    k: usize,
    source: Window<*const N::Scalar>,
    side: Window<*const N::Scalar>,
    target: Window<*mut N::Scalar>,
    room: &Room<N>,
) -> (Finding<N>, Yes<N>) {
    let zero = N::Lanes::splat(Part::<N>::ZERO);
    // SAFETY: the caller's promise.
    let a = unsafe { read::<N, K, K>(parts, source, room.a) };
    let closed = Closed::new(&a);
    let (mut worst, mut forward, mut answers) = (zero, zero, zero);
    // A third of what is proved of elimination, gamma_3n; NaN in a residual is not overlooked.
    let bound = N::Lanes::splat(Part::<N>::from_f64(K as f64 * Part::<N>::EPSILON.to_f64()));
    macro_rules! solve {
        ($side:expr) => {{
            let side: [N; K] = $side;
            let mut y = times(&closed.x, &side);
            let correction = times(&closed.x, &minus(&a, &y, &side));
            each!(i < K, {
                y[i] = y[i].add(correction[i]);
            });
            let residual = minus(&a, &y, &side);
            each!(i < K, {
                let mut size = side[i].abs1();
                each!(j < K, {
                    size = a[i][j].abs1().mul_add(y[j].abs1(), size);
                });
                let r = residual[i].abs1();
                answers = answers.add(r.mul(zero));
                worst = N::Lanes::select(r.eq(zero), r, r.div(size)).max(worst);
            });
            if FULL {
                forward = max_nan(forward, closed.forward_error(&a, &y, &side));
            }
            y
        }};
    }
    let sure;
    // SAFETY: the caller's promise; i < K, c < k.
    unsafe {
        if k == 1 {
            let side: [[N; 1]; K] = read(parts, side, room.b);
            let mut b = [N::zero(); K];
            each!(i < K, {
                b[i] = side[i][0];
            });
            let y = solve!(b);
            let mut x = side;
            each!(i < K, {
                x[i][0] = y[i];
            });
            sure = closed.sure.and(answers.eq(zero)).and(bound.gt(worst));
            if !sure.all() {
                each!(i < K, {
                    room.b.put(i, 0, b[i]);
                });
                (parts.pack)(K, K, source, room.a);
            }
            write(parts, &x, sure, room.x, target);
        } else {
            (parts.pack)(K, k, side, room.b);
            for c in 0..k {
                let mut b = [N::zero(); K];
                each!(i < K, {
                    b[i] = room.b.get(i, c);
                });
                let y = solve!(b);
                each!(i < K, {
                    room.x.put(i, c, y[i]);
                });
            }
            sure = closed.sure.and(answers.eq(zero)).and(bound.gt(worst));
            if !sure.all() {
                (parts.pack)(K, K, source, room.a);
            }
            (parts.unpack)(K, k, room.x, sure, target);
        }
    }
    // Measured anyway, for this is what vouches for the answer.
    (closed.finding(if FULL { worst } else { zero }, forward), sure)
}

/// The determinants of K x K matrices, K <= 3, and the lanes where it is told. It is exactly 0 for no lane that is told.
///
/// # Safety
/// The matrices of the window are K x K, and `room` is for order K.
#[inline(always)]
pub(super) unsafe fn determinant<N: Number, const K: usize>(
    parts: &Parts<N>,
    source: Window<*const N::Scalar>,
    room: &Room<N>,
) -> (N, Yes<N>) {
    // SAFETY: the caller's promise.
    let (a, scale) = near_one(&unsafe { read::<N, K, K>(parts, source, room.a) });
    let (_, mut det) = adjugate(&a);
    let sure = in_range::<N, K>(det);
    // 2^-e: of a power of two, exactly the reciprocal.
    let back = scale.scale_to_one();
    each!(_k < K, {
        det = det.scale(back);
    });
    // Nothing of this may have left the normal numbers.
    let least = N::Lanes::splat(Part::<N>::MIN_POSITIVE);
    (det, sure.and(scale.gt(least)).and(det.abs1().gt(least)).and(det.is_finite()))
}
