//! Exact inverses of small real matrices, over whole numbers times powers of two, and the errors of computed ones.
//!
//! Errors are counted in units of what rounding the matrix itself may do to the inverse: eps times
//! `|X| |A| |X| + trace(|A| |X|) |X|`, element by element. The first term is the change of X by relative changes eps of
//! the elements of A, the second that of the determinant in the denominator of all of them. `|P'| |L| |U|` stands for
//! `|A|` where elimination makes it larger. No scaling of rows or columns changes the count.

use num_bigint::BigInt;
use num_traits::{One, Signed, ToPrimitive, Zero};
use resolvent::Mat;

use super::{Element, eps, product, widen};

type Whole = Vec<Vec<BigInt>>;

/// A real matrix as whole numbers times a power of two.
fn whole(a: &Mat<f64>) -> (Whole, i32) {
    let exponent = |x: f64| ((x.to_bits() >> 52 & 0x7ff) as i32).max(1) - 1075;
    let least = a.as_slice().iter().filter(|x| **x != 0.0).map(|&x| exponent(x)).min().unwrap_or(0);
    let number = |x: f64| {
        let fraction = (x.to_bits() & ((1 << 52) - 1)) as i64;
        let mantissa = if x.abs() < f64::MIN_POSITIVE { fraction } else { fraction | 1 << 52 };
        let shift = if x == 0.0 { 0 } else { exponent(x) - least };
        BigInt::from(if x < 0.0 { -mantissa } else { mantissa }) << shift
    };
    let rows = (0..a.nrows()).map(|i| (0..a.ncols()).map(|j| number(a[(i, j)])).collect());
    (rows.collect(), least)
}

/// The determinant and the adjugate, exactly.
fn adjugate(a: &Whole) -> (BigInt, Whole) {
    fn det(a: &Whole, rows: &[usize], columns: &[usize]) -> BigInt {
        let Some((&i, rest)) = rows.split_first() else { return BigInt::one() };
        let mut sum = BigInt::zero();
        for (place, &j) in columns.iter().enumerate() {
            let minor = det(a, rest, &without(columns, j)) * &a[i][j];
            if place % 2 == 0 { sum += minor } else { sum -= minor }
        }
        sum
    }
    fn without(of: &[usize], one: usize) -> Vec<usize> {
        of.iter().copied().filter(|&other| other != one).collect()
    }
    let all: Vec<usize> = (0..a.len()).collect();
    let cofactor = |i: usize, j: usize| {
        let minor = det(a, &without(&all, j), &without(&all, i));
        if (i + j).is_multiple_of(2) { minor } else { -minor }
    };
    let adjugate: Whole = all.iter().map(|&i| all.iter().map(|&j| cofactor(i, j)).collect()).collect();
    let det = all.iter().map(|&j| &a[0][j] * &adjugate[j][0]).sum();
    (det, adjugate)
}

/// `a / b`, rounded.
fn quotient(a: &BigInt, b: &BigInt) -> f64 {
    let shift = a.bits().max(b.bits()).saturating_sub(1000);
    (a >> shift).to_f64().unwrap() / (b >> shift).to_f64().unwrap()
}

/// Powers of two that bring the largest element of every row, then of every column, near 1; and the matrix so scaled.
fn equilibrated(a: &Mat<f64>) -> (Vec<i32>, Vec<i32>, Mat<f64>) {
    let n = a.nrows();
    let exponent = |x: f64| if x == 0.0 { 0 } else { x.log2().floor() as i32 };
    let largest = |line: &dyn Fn(usize) -> f64| (0..n).map(line).fold(0.0, |x: f64, y| x.max(y.abs()));
    let rows: Vec<i32> = (0..n).map(|i| -exponent(largest(&|j| a[(i, j)]))).collect();
    let scaled = Mat::from_fn(n, n, |i, j| times_two_to(a[(i, j)], rows[i]));
    let columns: Vec<i32> = (0..n).map(|j| -exponent(largest(&|i| scaled[(i, j)]))).collect();
    let scaled = Mat::from_fn(n, n, |i, j| times_two_to(scaled[(i, j)], columns[j]));
    (rows, columns, scaled)
}

/// `x 2^e`, in two steps as the power itself may be out of range.
fn times_two_to(x: f64, e: i32) -> f64 {
    x * f64::from(e / 2).exp2() * f64::from(e - e / 2).exp2()
}

/// A matrix, exactly inverted.
pub struct Truth {
    rows: Vec<i32>,
    columns: Vec<i32>,
    det: BigInt,
    adjugate: Whole,
    /// The power of two of `adjugate / det`.
    exponent: i32,
    /// The unit of errors, of the scaled matrix.
    unit: Mat<f64>,
}

impl Truth {
    /// None if the matrix is singular.
    pub fn new<T: Element<Wide = f64>>(a: &Mat<T>) -> Option<Self> {
        let n = a.nrows();
        let (rows, columns, scaled) = equilibrated(&widen(a.as_ref()));
        let (numbers, exponent) = whole(&scaled);
        let (det, adjugate) = adjugate(&numbers);
        if det.is_zero() {
            return None;
        }
        let x = Mat::from_fn(n, n, |i, j| times_two_to(quotient(&adjugate[i][j], &det).abs(), -exponent));
        let lu = resolvent::lu(a).unwrap();
        let (l, u, p) = (lu.l().unwrap(), lu.u().unwrap(), lu.permutations());
        let mut size = Mat::from_fn(n, n, |i, j| scaled[(i, j)].abs());
        for i in 0..n {
            for j in 0..n {
                let by_factors: f64 = (0..n)
                    .map(|k| {
                        l[(i, k)].widen().abs()
                            * times_two_to(u[(k, j)].widen().abs(), rows[p[i]] + columns[j])
                    })
                    .sum();
                size[(p[i], j)] = size[(p[i], j)].max(by_factors);
            }
        }
        let ax = product(&size, &x);
        let trace: f64 = (0..n).map(|i| ax[(i, i)]).sum();
        let sensitivity = product(&x, &ax);
        let unit = Mat::from_fn(n, n, |i, j| eps::<T>() * (sensitivity[(i, j)] + trace * x[(i, j)]));
        Some(Self { rows, columns, det, adjugate, exponent, unit })
    }

    /// The largest error of an element, in units.
    pub fn error<T: Element<Wide = f64>>(&self, x: &Mat<T>) -> f64 {
        self.error_in(x, |i, j| self.unit[(i, j)])
    }

    /// The largest relative error of an element, in units of eps.
    pub fn relative_error<T: Element<Wide = f64>>(&self, x: &Mat<T>) -> f64 {
        let size = |i: usize, j: usize| quotient(&self.adjugate[i][j], &self.det).abs();
        self.error_in(x, |i, j| eps::<T>() * times_two_to(size(i, j), -self.exponent))
    }

    fn error_in<T: Element<Wide = f64>>(&self, x: &Mat<T>, unit: impl Fn(usize, usize) -> f64) -> f64 {
        let n = x.nrows();
        let mut worst: f64 = 0.0;
        for i in 0..n {
            for j in 0..n {
                // The inverse of the scaled matrix has its columns scaled as the rows were, and the other way around.
                let value = times_two_to(x[(i, j)].widen(), -self.rows[j] - self.columns[i]);
                if !value.is_finite() {
                    return f64::INFINITY;
                }
                // value - adjugate 2^-exponent / det, over det.
                let (mantissa, shift) = whole(&Mat::from_fn(1, 1, |_, _| value));
                let shift = shift + self.exponent;
                let product = &mantissa[0][0] * &self.det;
                let adjugate = &self.adjugate[i][j];
                let (difference, lowest) = if shift < 0 {
                    (product - (adjugate << -shift), shift)
                } else {
                    ((product << shift) - adjugate, 0)
                };
                let error =
                    times_two_to(quotient(&difference.abs(), &self.det.abs()), lowest - self.exponent);
                worst = worst.max(if error == 0.0 { 0.0 } else { error / unit(i, j) });
            }
        }
        worst
    }
}
