//! Singular values and singular vectors of one matrix. faer computes them, in double precision for every type: from
//! float32 to float64 the values themselves do not change, and what is rounded at the end is rounded once.

use faer::Par;
use faer::diag::DiagMut;
use faer::dyn_stack::{MemBuffer, MemStack};
use faer::linalg::svd::{ComputeSvdVectors, svd as faer_svd, svd_scratch};
use faer::traits::ComplexField;
use resolvent_kernels::{Complex, Real, Scalar};

use crate::error::{Error, Result};
use crate::matrix::{
    AlignedBuffer, Mat, MatRef, check_size, exponent_of, filled, times_power_of_two, with_room,
};

/// `f64` or `Complex<f64>`: what the numbers of a type are computed in where the type itself would not be enough.
pub(crate) trait Wide: Scalar<Real = f64> + ComplexField<Real = f64> {
    /// A number of a type that has as many parts, exactly.
    fn of<T: Scalar>(x: T) -> Self {
        Self::from_parts(x.re().to_f64(), x.im().to_f64())
    }

    /// The number rounded to a type that has as many parts.
    fn to<T: Scalar>(self) -> T {
        T::from_parts(T::Real::from_f64(Scalar::re(self)), T::Real::from_f64(Scalar::im(self)))
    }
}
impl Wide for f64 {}
impl Wide for Complex<f64> {}

/// Which singular vectors of an m x n matrix are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Vectors {
    /// None: `u` is m x 0, `v` is n x 0.
    No,
    /// Those of the singular values: `u` is m x min(m, n), `v` is n x min(m, n).
    Thin,
    /// A whole basis of either space: `u` is m x m, `v` is n x n. Columns of `v` from min(m, n) on are mapped to zero.
    Full,
}

/// `A = U diag(s) V^H`; U and V have orthonormal columns.
#[derive(Debug, Clone)]
pub(crate) struct Svd<T: Scalar> {
    pub(crate) u: Mat<T>,
    /// min(m, n) of them, the largest first; infinite only where they are beyond the range of the type.
    pub(crate) s: Vec<T::Real>,
    pub(crate) v: Mat<T>,
}

/// The singular value decomposition of a matrix of any strides, rounded to its type.
///
/// # Errors
/// [`Error::NoSingularValues`] for matrix 0, whatever its place in a stack: something is not finite (or the iteration did
/// not converge); memory.
///
/// # Accuracy
/// `|A - U S V^H| <= c n eps |A|`, so that singular values below `n eps s_0` are noise. `A` is brought near 1 by a power of
/// two before and the singular values are brought back: numbers near overflow or below the normal ones do no harm.
///
/// # Cost
/// About 8/3 n^3 flops for the values of a square matrix, 20 n^3 with the vectors, on one thread: bits do not
/// depend on how many there are.
///
/// # Source
/// `golub2013matrix`, section 8.6.
pub(crate) fn svd<T: Scalar>(a: MatRef<'_, T>, vectors: Vectors) -> Result<Svd<T>> {
    if T::PARTS == 1 {
        wide_svd::<T, f64>(a, vectors)?.rounded()
    } else {
        wide_svd::<T, Complex<f64>>(a, vectors)?.rounded()
    }
}

/// As [`svd`], in double precision; W has as many parts as T.
pub(crate) fn wide_svd<T: Scalar, W: Wide>(a: MatRef<'_, T>, vectors: Vectors) -> Result<Svd<W>> {
    let (mut svd, exponent) = scaled_svd(a, vectors)?;
    svd.s.iter_mut().for_each(|s| *s = times_power_of_two(*s, exponent));
    Ok(svd)
}

/// The decomposition of `2^-e A`, whose largest element is near 1, and e: whoever divides by singular values has their digits
/// even where those of A are below the normal numbers.
pub(crate) fn scaled_svd<T: Scalar, W: Wide>(a: MatRef<'_, T>, vectors: Vectors) -> Result<(Svd<W>, i64)> {
    let [m, n] = a.shape();
    // faer looks for SIMD lanes by the address of a column: on a cache line it is the same for every call.
    let mut copy = AlignedBuffer::<W>::new(check_size::<W>(&[m, n])?)?;
    let elements = copy.as_mut_slice();
    let mut largest = 0.0_f64;
    for (j, column) in elements.chunks_exact_mut(m.max(1)).enumerate() {
        for (i, x) in column.iter_mut().enumerate() {
            *x = W::of(a.get(i, j));
            largest = largest.max_nan(Scalar::re(*x).abs()).max_nan(Scalar::im(*x).abs());
        }
    }
    if !largest.is_finite() {
        return Err(Error::NoSingularValues { matrix: 0 });
    }
    let exponent = if largest > 0.0 { exponent_of(largest) } else { 0 };
    if exponent != 0 {
        let scale = |x| times_power_of_two(x, -exponent);
        elements.iter_mut().for_each(|x| *x = W::from_parts(scale(Scalar::re(*x)), scale(Scalar::im(*x))));
    }
    Ok((compute(elements, [m, n], vectors)?, exponent))
}

/// The decomposition of a column-major matrix on a cache line.
fn compute<W: Wide>(a: &[W], [m, n]: [usize; 2], vectors: Vectors) -> Result<Svd<W>> {
    let size = m.min(n);
    let (wanted, [left, right]) = match vectors {
        Vectors::No => (ComputeSvdVectors::No, [0, 0]),
        Vectors::Thin => (ComputeSvdVectors::Thin, [size, size]),
        Vectors::Full => (ComputeSvdVectors::Full, [m, n]),
    };
    let mut u = AlignedBuffer::<W>::new(check_size::<W>(&[m, left])?)?;
    let mut v = AlignedBuffer::<W>::new(check_size::<W>(&[n, right])?)?;
    let mut s = AlignedBuffer::<W>::new(size)?;
    // Where the vectors of zeros are left alone they are to be zeros.
    u.as_mut_slice().fill(W::zero());
    v.as_mut_slice().fill(W::zero());
    let need = svd_scratch::<W>(m, n, wanted, wanted, Par::Seq, Default::default());
    let mut memory = MemBuffer::try_new(need).map_err(|_| Error::OutOfMemory { bytes: need.size_bytes() })?;
    let with_vectors = vectors != Vectors::No;
    faer_svd::<W>(
        faer::MatRef::from_column_major_slice(a, m, n),
        DiagMut::from_slice_mut(s.as_mut_slice()),
        with_vectors.then(|| faer::MatMut::from_column_major_slice_mut(u.as_mut_slice(), m, left)),
        with_vectors.then(|| faer::MatMut::from_column_major_slice_mut(v.as_mut_slice(), n, right)),
        Par::Seq,
        MemStack::new(&mut memory),
        Default::default(),
    )
    .map_err(|_| Error::NoSingularValues { matrix: 0 })?;
    let mut values = with_room(size)?;
    // Rounding may leave a minus at a singular value of zero.
    values.extend(s.as_slice().iter().map(|&s| Scalar::re(s).abs()));
    if values.iter().any(|s| !s.is_finite()) {
        return Err(Error::NoSingularValues { matrix: 0 });
    }
    let owned = |x: &AlignedBuffer<W>, rows, cols| -> Result<Mat<W>> {
        let mut owned = Mat::zeros(rows, cols)?;
        owned.as_mut().copy_from(MatRef::from_column_major(x.as_slice(), rows, cols)?);
        Ok(owned)
    };
    Ok(Svd { u: owned(&u, m, left)?, s: values, v: owned(&v, n, right)? })
}

impl<W: Wide> Svd<W> {
    /// Every number rounded to another type.
    fn rounded<T: Scalar>(&self) -> Result<Svd<T>> {
        let matrix = |x: &Mat<W>| -> Result<Mat<T>> {
            let mut elements = with_room(x.as_slice().len())?;
            elements.extend(x.as_slice().iter().map(|x| x.to::<T>()));
            Mat::from_vec(elements, x.nrows(), x.ncols())
        };
        let mut s = filled(self.s.len(), T::Real::ZERO)?;
        s.iter_mut().zip(&self.s).for_each(|(s, &wide)| *s = T::Real::from_f64(wide));
        Ok(Svd { u: matrix(&self.u)?, s, v: matrix(&self.v)? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A matrix of that rank with elements of every sign, the same in every run.
    fn matrix<T: Scalar>(m: usize, n: usize, rank: usize) -> Mat<T> {
        let mut state = 1_u64;
        let mut number = || {
            state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            T::Real::from_f64((state >> 40) as f64 / f64::from(1 << 23) - 1.0)
        };
        let mut factor = |m, n| Mat::from_fn(m, n, |_, _| T::from_parts(number(), number()));
        let (left, right) = (factor(m, rank), factor(rank, n));
        Mat::from_fn(m, n, |i, j| (0..rank).map(|k| left[(i, k)] * right[(k, j)]).sum())
    }

    /// `max |x - y|` of two matrices given by their elements.
    fn distance<T: Scalar>(
        [m, n]: [usize; 2],
        x: impl Fn(usize, usize) -> T,
        y: impl Fn(usize, usize) -> T,
    ) -> f64 {
        let pairs = (0..m).flat_map(|i| (0..n).map(move |j| (i, j)));
        pairs.map(|(i, j)| (x(i, j) - y(i, j)).abs().to_f64()).fold(0.0, f64::max)
    }

    fn is_a_decomposition<T: Scalar>(m: usize, n: usize, rank: usize) {
        let a = matrix::<T>(m, n, rank);
        let eps = T::Real::EPSILON.to_f64();
        let values = svd(a.as_ref(), Vectors::No).unwrap().s;
        for vectors in [Vectors::Thin, Vectors::Full] {
            let Svd { u, s, v } = svd(a.as_ref(), vectors).unwrap();
            let (largest, size) = (s.first().map_or(0.0, |s| s.to_f64()), m.max(n) as f64);
            assert!(s.is_sorted_by(|x, y| x >= y), "{m} x {n}");
            let made = |i, j| (0..s.len()).map(|k| u[(i, k)] * T::from_real(s[k]) * v[(j, k)].conj()).sum();
            let error = distance([m, n], made, |i, j| a[(i, j)]);
            assert!(error <= 10.0 * size * eps * largest, "{} {m} x {n} {vectors:?}: {error:e}", T::NAME);
            for x in [&u, &v] {
                let gram = |i, j| (0..x.nrows()).map(|k| x[(k, i)].conj() * x[(k, j)]).sum();
                let identity = |i, j| if i == j { T::one() } else { T::zero() };
                let error = distance([x.ncols(); 2], gram, identity);
                assert!(error <= 10.0 * size * eps, "{} {m} x {n} {vectors:?}: {error:e}", T::NAME);
            }
            for (k, (x, y)) in s.iter().zip(&values).enumerate() {
                let bound = 10.0 * size * eps * largest;
                assert!((x.to_f64() - y.to_f64()).abs() <= bound, "{m} x {n}: value {k}");
                assert!((x.to_f64() <= bound) == (k >= rank), "{m} x {n}: value {k} of rank {rank}");
            }
            let mapped = |i, k| (0..n).map(|j| a[(i, j)] * v[(j, k)]).sum::<T>();
            for k in rank..v.ncols() {
                let zero = (0..m).map(|i| mapped(i, k).abs().to_f64()).fold(0.0, f64::max);
                assert!(zero <= 10.0 * size * eps * largest, "{} {m} x {n}: {zero:e}", T::NAME);
            }
            let full = vectors == Vectors::Full;
            assert_eq!((u.ncols(), v.ncols()), if full { (m, n) } else { (s.len(), s.len()) });
        }
    }

    #[test]
    fn decompositions() {
        for (m, n) in [(0, 0), (0, 3), (3, 0), (1, 1), (1, 4), (5, 2), (7, 7), (40, 9), (9, 40), (33, 32)] {
            let full = m.min(n);
            for rank in [full, full / 2] {
                is_a_decomposition::<f32>(m, n, rank);
                is_a_decomposition::<f64>(m, n, rank);
                is_a_decomposition::<Complex<f32>>(m, n, rank);
                is_a_decomposition::<Complex<f64>>(m, n, rank);
            }
        }
        // Beyond the order from which the bidiagonal matrix is divided.
        is_a_decomposition::<f64>(150, 140, 140);
        is_a_decomposition::<f64>(140, 150, 60);
        is_a_decomposition::<Complex<f64>>(150, 140, 60);
    }

    /// Singular values of a bidiagonal matrix `[[1, t], [0, 1]]` are those whose product is 1 and whose difference is t.
    #[test]
    fn values_that_are_known() {
        let s = svd(Mat::from_rows(&[[1.0_f64, 1.5], [0.0, 1.0]]).as_ref(), Vectors::No).unwrap().s;
        assert!((s[0] - 2.0_f64).abs() < 1e-15 && (s[1] - 0.5).abs() < 1e-15, "{s:?}");
    }

    #[test]
    fn range_of_the_type() {
        let plain = matrix::<f64>(12, 8, 8);
        let values = svd(plain.as_ref(), Vectors::No).unwrap().s;
        for exponent in [1020, -1000] {
            let scaled = Mat::from_fn(12, 8, |i, j| times_power_of_two(plain[(i, j)], exponent));
            let found = svd(scaled.as_ref(), Vectors::No).unwrap().s;
            for (x, y) in found.iter().zip(&values) {
                assert!((times_power_of_two(*x, -exponent) - y).abs() < 1e-13 * values[0], "2^{exponent}");
            }
        }
        let tiny = Mat::from_rows(&[[3e-320, 0.0], [0.0, 4e-320]]);
        assert_eq!(svd(tiny.as_ref(), Vectors::Thin).unwrap().s, [4e-320, 3e-320]);
        for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            let a = Mat::from_rows(&[[1.0, bad], [0.0, 1.0]]);
            let refused = svd(a.as_ref(), Vectors::Thin).map(|svd| svd.s);
            assert_eq!(refused, Err(Error::NoSingularValues { matrix: 0 }));
        }
    }

    #[test]
    fn bits_do_not_depend_on_strides() {
        let a = matrix::<Complex<f64>>(37, 29, 20);
        let turned = Mat::from_fn(29, 37, |i, j| a[(j, i)]);
        let straight = svd(a.as_ref(), Vectors::Thin).unwrap();
        // Memory of other sizes in between.
        let _held = svd(matrix::<f64>(5, 3, 3).as_ref(), Vectors::Full).unwrap();
        let strided = svd(turned.as_ref().transpose(), Vectors::Thin).unwrap();
        assert_eq!((straight.u, straight.s, straight.v), (strided.u, strided.s, strided.v));
    }
}
