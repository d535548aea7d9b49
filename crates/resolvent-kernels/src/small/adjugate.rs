//! Matrices of order 1 to 4 in registers: adjugate and determinant, norms, products with vectors.

use crate::lanes::Lanes;
use crate::number::{Number, Part};
use crate::scalar::Real;

/// A matrix in registers.
pub(super) type Matrix<N, const K: usize> = [[N; K]; K];

/// `a d - b c` to about one and a half units in the last place: what the rounding of `b c` lost is found and added
/// (Kahan; Jeannerod, Louvet, Muller 2013).
#[inline(always)]
fn minor<N: Number>(a: N, b: N, c: N, d: N) -> N {
    let minus_bc = b.neg_mul_add(c, N::zero());
    let lost = b.mul_add(c, minus_bc);
    a.mul_add(d, minus_bc).sub(lost)
}

/// The adjugate, `A adj(A) = det(A) I`, and the determinant by the first row of A and the first column of it.
#[inline(always)]
pub(super) fn adjugate<N: Number, const K: usize>(a: &Matrix<N, K>) -> (Matrix<N, K>, N) {
    let mut adj = [[N::one(); K]; K];
    if K == 2 {
        adj[0][0] = a[1][1];
        adj[0][1] = a[0][1].neg();
        adj[1][0] = a[1][0].neg();
        adj[1][1] = a[0][0];
        return (adj, minor(a[0][0], a[0][1], a[1][0], a[1][1]));
    }
    if K == 3 {
        // Cyclic neighbours give every cofactor its sign.
        each!(i < K, {
            each!(j < K, {
                let (r, s, p, q) = ((j + 1) % K, (j + 2) % K, (i + 1) % K, (i + 2) % K);
                adj[i][j] = minor(a[r][p], a[r][q], a[s][p], a[s][q]);
            });
        });
    }
    if K == 4 {
        adj = adjugate_4(a);
    }
    // At order 1 the adjugate is 1, and the product exact.
    let mut det = a[0][0].mul(adj[0][0]);
    each!(j < K, {
        if j > 0 {
            det = a[0][j].mul_add(adj[j][0], det);
        }
    });
    (adj, det)
}

/// [`adjugate`] of order 4: every cofactor is expanded along one row of its half of the matrix, by the 2 x 2 minors of
/// the other half (Laplace).
#[inline(always)]
fn adjugate_4<N: Number, const K: usize>(a: &Matrix<N, K>) -> Matrix<N, K> {
    let mut adj = [[N::zero(); K]; K];
    // The rows of A that `half` 0 expands along are 0 and 1, and its minors those of rows 2 and 3; or the reverse.
    each!(half < 2, {
        let (own, other) = (2 * half, 2 - 2 * half);
        macro_rules! m {
            ($p:literal, $q:literal) => {
                minor(a[other][$p], a[other][$q], a[other + 1][$p], a[other + 1][$q])
            };
        }
        let (m01, m02, m03, m12, m13, m23) = (m!(0, 1), m!(0, 2), m!(0, 3), m!(1, 2), m!(1, 3), m!(2, 3));
        each!(r < 2, {
            // Cofactors of row own + r are expanded along the other row of this half.
            let row = a[own + 1 - r];
            macro_rules! expand {
                ($x:literal $m:ident, $y:literal $n:ident, $z:literal $o:ident) => {
                    row[$z].mul_add($o, row[$y].neg_mul_add($n, row[$x].mul($m)))
                };
            }
            let cofactors = [
                expand!(1 m23, 2 m13, 3 m12),
                expand!(0 m23, 2 m03, 3 m02),
                expand!(0 m13, 1 m03, 3 m01),
                expand!(0 m12, 1 m02, 2 m01),
            ];
            each!(i < 4, {
                adj[i][own + r] = if (i + r) % 2 == 0 { cofactors[i] } else { cofactors[i].neg() };
            });
        });
    });
    adj
}

/// `2^e A` with the largest element in [1, 2), and 2^e.
#[inline(always)]
pub(super) fn near_one<N: Number, const K: usize>(a: &Matrix<N, K>) -> (Matrix<N, K>, N::Lanes) {
    // Row by row side by side: a single chain of comparisons would be half of what a small inverse takes.
    let mut largest = [a[0][0].abs1(); K];
    each!(i < K, {
        largest[i] = a[i][0].abs1();
        each!(j < K, {
            largest[i] = a[i][j].abs1().max(largest[i]);
        });
    });
    each!(i < K, {
        largest[0] = largest[i].max(largest[0]);
    });
    let scale = largest[0].scale_to_one();
    let mut scaled = *a;
    each!(i < K, {
        each!(j < K, {
            scaled[i][j] = a[i][j].scale(scale);
        });
    });
    (scaled, scale)
}

/// `|A|_inf` if `rows`, else `|A|_1`, of finite numbers.
#[inline(always)]
pub(super) fn norm<N: Number, const K: usize>(a: &Matrix<N, K>, rows: bool) -> N::Lanes {
    let mut largest = N::Lanes::splat(Part::<N>::ZERO);
    each!(i < K, {
        let mut sum = N::Lanes::splat(Part::<N>::ZERO);
        each!(j < K, {
            sum = sum.add(if rows { a[i][j] } else { a[j][i] }.abs1());
        });
        largest = sum.max(largest);
    });
    largest
}

/// `A x`.
#[inline(always)]
pub(super) fn times<N: Number, const K: usize>(a: &Matrix<N, K>, x: &[N; K]) -> [N; K] {
    let mut product = [N::zero(); K];
    each!(i < K, {
        product[i] = a[i][0].mul(x[0]);
        each!(j < K, {
            if j > 0 {
                product[i] = a[i][j].mul_add(x[j], product[i]);
            }
        });
    });
    product
}

/// `b - A x`.
#[inline(always)]
pub(super) fn minus<N: Number, const K: usize>(a: &Matrix<N, K>, x: &[N; K], b: &[N; K]) -> [N; K] {
    let mut difference = *b;
    each!(i < K, {
        each!(j < K, {
            difference[i] = a[i][j].neg_mul_add(x[j], difference[i]);
        });
    });
    difference
}
