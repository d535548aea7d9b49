//! Linear systems in twice the precision of `f64`, to compare with.

use super::rig::C;

/// `high + low`, unevaluated, `|low|` at most half a unit in the last place of `high` (Dekker 1971).
#[derive(Debug, Clone, Copy)]
pub(crate) struct Twofold {
    high: f64,
    low: f64,
}

/// `a + b`, exactly (Knuth).
fn sum(a: f64, b: f64) -> Twofold {
    let high = a + b;
    let from_b = high - a;
    Twofold { high, low: (a - (high - from_b)) + (b - from_b) }
}

impl From<f64> for Twofold {
    fn from(x: f64) -> Self {
        Twofold { high: x, low: 0.0 }
    }
}

impl Twofold {
    fn add(self, other: Self) -> Self {
        let (high, low) = (sum(self.high, other.high), sum(self.low, other.low));
        let middle = sum(high.high, high.low + low.high);
        sum(middle.high, middle.low + low.low)
    }
    fn neg(self) -> Self {
        Twofold { high: -self.high, low: -self.low }
    }
    fn mul(self, other: Self) -> Self {
        let high = self.high * other.high;
        let low = self.high.mul_add(other.high, -high);
        sum(high, low + self.high.mul_add(other.low, self.low * other.high))
    }
    fn div(self, other: Self) -> Self {
        let mut quotient = Twofold::from(self.high / other.high);
        for _ in 0..2 {
            let rest = self.add(quotient.mul(other).neg());
            quotient = quotient.add(Twofold::from(rest.high / other.high));
        }
        quotient
    }
}

/// The solutions for the right-hand sides b, n x k, by elimination with partial pivoting; a complex system as the real one of
/// its parts, `[re, -im; im, re]`.
pub(crate) struct Solution {
    x: Vec<Twofold>,
    n: usize,
    k: usize,
}

impl Solution {
    pub(crate) fn new(complex: bool, n: usize, k: usize, a: &[C], b: &[C]) -> Self {
        let m = if complex { 2 * n } else { n };
        let width = m + k;
        let mut rows: Vec<Vec<Twofold>> = (0..m)
            .map(|i| {
                let element = |j: usize| match (i / n, j / n) {
                    (0, 0) | (1, 1) => a[i % n * n + j % n].re,
                    (0, _) => -a[i % n * n + j % n].im,
                    _ => a[i % n * n + j % n].im,
                };
                let side = |j: usize| if i < n { b[i * k + j].re } else { b[(i - n) * k + j].im };
                (0..m).map(element).chain((0..k).map(side)).map(Twofold::from).collect()
            })
            .collect();
        for p in 0..m {
            let size = |i: &usize| rows[*i][p].high.abs();
            let pivot = (p..m).max_by(|i, j| size(i).total_cmp(&size(j))).expect("a row is left");
            rows.swap(p, pivot);
            let (above, below) = rows.split_at_mut(p + 1);
            let top = &above[p];
            for row in below {
                let multiplier = row[p].div(top[p]).neg();
                for j in p + 1..width {
                    row[j] = row[j].add(multiplier.mul(top[j]));
                }
            }
        }
        let mut x = vec![Twofold::from(0.0); m * k];
        for i in (0..m).rev() {
            for c in 0..k {
                let rest =
                    (i + 1..m).fold(rows[i][m + c], |rest, j| rest.add(rows[i][j].mul(x[j * k + c]).neg()));
                x[i * k + c] = rest.div(rows[i][i]);
            }
        }
        Solution { x, n, k }
    }

    /// `x - approximation` at (i, j).
    pub(crate) fn minus(&self, approximation: &[C], i: usize, j: usize) -> C {
        let part = |row: usize, near: f64| match self.x.get(row * self.k + j) {
            Some(x) => x.add(Twofold::from(-near)).high,
            None => 0.0,
        };
        let near = approximation[i * self.k + j];
        C::new(part(i, near.re), part(self.n + i, near.im))
    }
}
