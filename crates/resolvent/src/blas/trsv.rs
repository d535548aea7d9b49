//! Substitution for one right-hand side on row-major LU factors: rows are read once, front to back.

use resolvent_kernels::{Kernels, Scalar};

use crate::matrix::MatRef;

/// Which system the factors `L U` are to solve.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Substitution {
    /// `L U x = b`.
    Plain,
    /// `(L U)^T x = b`, no conjugation.
    Transposed,
}

/// Solves in place for one vector; `lu` holds the unit lower L and the upper U over each other, row-major.
pub(crate) fn substitute<T: Scalar>(
    kernels: &Kernels<T>,
    system: Substitution,
    lu: MatRef<'_, T>,
    x: &mut [T],
) {
    let n = lu.nrows();
    assert!(lu.ncols() == n && x.len() == n, "the factors must be square and fit the vector");
    match system {
        Substitution::Plain => {
            for i in 1..n {
                // L x = b: x_i -= L[i, ..i] x[..i].
                x[i] -= dot(kernels, &lu.row(i)[..i], &x[..i]);
            }
            for i in (0..n).rev() {
                // U x = b: x_i = (x_i - U[i, i+1..] x[i+1..]) / U_ii.
                let row = lu.row(i);
                x[i] = quotient(x[i] - dot(kernels, &row[i + 1..], &x[i + 1..]), row[i]);
            }
        }
        Substitution::Transposed => {
            for i in 0..n {
                // U^T x = b: x_i /= U_ii, x[i+1..] -= x_i U[i, i+1..].
                let row = lu.row(i);
                let (head, tail) = x.split_at_mut(i + 1);
                head[i] = quotient(head[i], row[i]);
                axpy(kernels, -head[i], &row[i + 1..], tail);
            }
            for i in (1..n).rev() {
                // L^T x = b: x[..i] -= x_i L[i, ..i].
                let (head, tail) = x.split_at_mut(i);
                axpy(kernels, -tail[0], &lu.row(i)[..i], head);
            }
        }
    }
}

/// `a / b`; complex numbers by Smith's method (1962), since `|b|^2` overflows or underflows long before b does.
fn quotient<T: Scalar>(a: T, b: T) -> T {
    if T::PARTS == 1 {
        return a / b;
    }
    let swap = b.im().abs() > b.re().abs();
    let (big, little) = if swap { (b.im(), b.re()) } else { (b.re(), b.im()) };
    let (x, y) = if swap { (a.im(), a.re()) } else { (a.re(), a.im()) };
    let ratio = little / big;
    let divisor = big + little * ratio;
    let (re, im) = ((x + y * ratio) / divisor, (y - x * ratio) / divisor);
    T::from_parts(re, if swap { -im } else { im })
}

fn dot<T: Scalar>(kernels: &Kernels<T>, a: &[T], x: &[T]) -> T {
    assert_eq!(a.len(), x.len());
    // SAFETY: two slices of one length.
    unsafe { (kernels.vector.dot)(a.len(), a.as_ptr(), x.as_ptr()) }
}

fn axpy<T: Scalar>(kernels: &Kernels<T>, alpha: T, x: &[T], y: &mut [T]) {
    assert_eq!(x.len(), y.len());
    // SAFETY: two slices of one length, one of them borrowed uniquely.
    unsafe { (kernels.vector.axpy)(x.len(), alpha, x.as_ptr(), y.as_mut_ptr()) }
}
