//! `A = Q R` by blocked reflections, without pivoting. faer computes it, in double precision for every type.

use faer::dyn_stack::{MemBuffer, MemStack};
use faer::linalg::householder::{
    apply_block_householder_sequence_on_the_left_in_place_scratch as apply_scratch,
    apply_block_householder_sequence_on_the_left_in_place_with_conj as apply,
};
use faer::linalg::qr::no_pivoting::factor::{qr_in_place, qr_in_place_scratch, recommended_block_size};
use faer::{Conj, Par};
use resolvent_kernels::Scalar;

use super::svd::Wide;
use crate::error::{Error, Result};
use crate::matrix::{AlignedBuffer, Mat, MatRef, check_size};

/// `A = Q R`: Q is m x min(m, n) with orthonormal columns, R is min(m, n) x n and upper trapezoidal.
pub(crate) struct ThinQr<W> {
    pub(crate) q: Mat<W>,
    pub(crate) r: Mat<W>,
    /// Is the number of reflections odd: of a square Q, is the determinant -1?
    pub(crate) odd: bool,
}

/// Factors a matrix of any strides.
///
/// # Accuracy
/// `|A - Q R| <= c m n eps |A|` column by column, `|Q^H Q - I| <= c m n eps`.
///
/// # Cost
/// `2 n^2 (m - n/3)` flops for R and as many for Q, on one thread.
///
/// # Source
/// `golub2013matrix`, section 5.2.
pub(crate) fn thin_qr<T: Scalar, W: Wide>(a: MatRef<'_, T>) -> Result<ThinQr<W>> {
    let [m, n] = a.shape();
    let size = m.min(n);
    // faer looks for SIMD lanes by the address of a column: on a cache line it is the same for every call.
    let mut columns = AlignedBuffer::<W>::new(check_size::<W>(&[m, n])?)?;
    for (j, column) in columns.as_mut_slice().chunks_exact_mut(m.max(1)).enumerate() {
        column.iter_mut().enumerate().for_each(|(i, x)| *x = W::of(a.get(i, j)));
    }
    let mut q = AlignedBuffer::<W>::new(check_size::<W>(&[m, size])?)?;
    q.as_mut_slice().fill(W::zero());
    q.as_mut_slice().iter_mut().step_by(m + 1).for_each(|x| *x = W::one());
    let block = recommended_block_size::<W>(m, n);
    let mut coefficients = AlignedBuffer::<W>::new(check_size::<W>(&[block, size])?)?;
    coefficients.as_mut_slice().fill(W::zero());
    let need = qr_in_place_scratch::<W>(m, n, block, Par::Seq, Default::default())
        .or(apply_scratch::<W>(m, block, size));
    let mut memory = MemBuffer::try_new(need).map_err(|_| Error::OutOfMemory { bytes: need.size_bytes() })?;
    let stack = MemStack::new(&mut memory);
    if size > 0 {
        let factored = faer::MatMut::from_column_major_slice_mut(columns.as_mut_slice(), m, n);
        let factors = faer::MatMut::from_column_major_slice_mut(coefficients.as_mut_slice(), block, size);
        qr_in_place::<W>(factored, factors, Par::Seq, stack, Default::default());
        apply::<W>(
            faer::MatRef::from_column_major_slice(&columns.as_slice()[..m * size], m, size),
            faer::MatRef::from_column_major_slice(coefficients.as_slice(), block, size),
            Conj::No,
            faer::MatMut::from_column_major_slice_mut(q.as_mut_slice(), m, size),
            Par::Seq,
            stack,
        );
    }
    let mut r = Mat::zeros(size, n)?;
    for j in 0..n {
        (0..size.min(j + 1)).for_each(|i| r[(i, j)] = columns.as_slice()[j * m + i]);
    }
    // `I - v v^H / tau` with an infinite tau is no reflection.
    let taus = (0..size).map(|j| Scalar::re(coefficients.as_slice()[j * block + j % block]));
    let odd = taus.filter(|tau| tau.is_finite()).count() % 2 == 1;
    let mut thin = Mat::zeros(m, size)?;
    thin.as_mut().copy_from(MatRef::from_column_major(q.as_slice(), m, size)?);
    Ok(ThinQr { q: thin, r, odd })
}

#[cfg(test)]
mod tests {
    use resolvent_kernels::Complex;

    use super::*;

    fn is_a_factorization<W: Wide>(m: usize, n: usize, zero_column: Option<usize>) {
        let number = |i: usize| ((i * 7919 + i * i % 31 * 104_729 + 17) % 1009) as f64 / 1009.0 - 0.5;
        let a = Mat::from_fn(m, n, |i, j| {
            let x = W::from_parts(number(i * n + j), number(7 * i + 11 * j * m));
            if zero_column == Some(j) { W::zero() } else { x }
        });
        let qr = thin_qr::<W, W>(a.as_ref()).unwrap();
        let size = m.min(n);
        for i in 0..m {
            for j in 0..n {
                let product: W = (0..size).map(|k| qr.q[(i, k)] * qr.r[(k, j)]).sum();
                assert!(Scalar::abs(product - a[(i, j)]) < 1e-13, "{m} x {n}");
            }
        }
        for i in 0..size {
            for j in 0..size {
                let product: W = (0..m).map(|k| Scalar::conj(qr.q[(k, i)]) * qr.q[(k, j)]).sum();
                let expected = if i == j { W::one() } else { W::zero() };
                assert!(Scalar::abs(product - expected) < 1e-13, "{m} x {n}");
                assert!(i <= j || qr.r[(i, j)] == W::zero());
            }
        }
    }

    #[test]
    fn factorizations() {
        for (m, n) in [
            (0, 0),
            (3, 0),
            (0, 3),
            (1, 1),
            (2, 1),
            (1, 2),
            (5, 5),
            (9, 4),
            (4, 9),
            (40, 33),
            (70, 49),
            (60, 60),
        ] {
            is_a_factorization::<f64>(m, n, None);
            is_a_factorization::<Complex<f64>>(m, n, None);
            is_a_factorization::<f64>(m, n, Some(n / 2));
        }
    }
}
