//! Row exchanges and permutations.

use resolvent_kernels::{Kernels, Scalar};

use super::{MatMut, MatRef, filled, with_room, zeroed};
use crate::error::Result;

/// The permutation of n things that leaves all where they are.
pub(crate) fn identity(n: usize) -> Result<Vec<usize>> {
    let mut identity = with_room(n)?;
    identity.extend(0..n);
    Ok(identity)
}

/// The permutation p with `(P A)_i = A_{p_i}` that a sequence of exchanges makes: row j with row `pivots[j]`, in order.
pub(crate) fn permutation_of(pivots: &[usize], permutation: &mut [usize]) {
    for (i, p) in permutation.iter_mut().enumerate() {
        *p = i;
    }
    for (j, &pivot) in pivots.iter().enumerate() {
        permutation.swap(j, pivot);
    }
}

/// `X := P B`: row i of X is row `p_i` of B.
pub(crate) fn permute_rows<T: Scalar>(permutation: &[usize], b: MatRef<'_, T>, mut x: MatMut<'_, T>) {
    if b.ncols() == 1 {
        permutation.iter().enumerate().for_each(|(i, &p)| x.set(i, 0, b.get(p, 0)));
        return;
    }
    for (i, &p) in permutation.iter().enumerate() {
        x.reborrow().block(i, 0, 1, b.ncols()).copy_from(b.block(p, 0, 1, b.ncols()));
    }
}

/// `A := A[rows, columns]`, of a row-major matrix, with one row more memory.
pub(crate) fn reorder<T: Scalar>(
    kernels: &Kernels<T>,
    mut a: MatMut<'_, T>,
    rows: &[usize],
    columns: &[usize],
) -> Result<()> {
    let mut done = filled(rows.len(), false)?;
    for start in 0..rows.len() {
        // Around its cycle every row meets the one that belongs in its place.
        let mut i = start;
        while !std::mem::replace(&mut done[i], true) && rows[i] != start {
            a.swap_rows(kernels, i, rows[i]);
            i = rows[i];
        }
    }
    let mut row = zeroed::<T>(columns.len())?;
    for i in 0..rows.len() {
        row.copy_from_slice(a.as_ref().row(i));
        a.row_mut(i).iter_mut().zip(columns).for_each(|(to, &j)| *to = row[j]);
    }
    Ok(())
}

/// The permutation that undoes this one.
pub(crate) fn inverse_of(permutation: &[usize]) -> Result<Vec<usize>> {
    let mut inverse = filled(permutation.len(), 0)?;
    permutation.iter().enumerate().for_each(|(i, &p)| inverse[p] = i);
    Ok(inverse)
}

/// Is the permutation odd (is its determinant -1)? Walks the cycles; a cycle of length L is L - 1 exchanges.
pub(crate) fn is_odd(permutation: &[usize]) -> bool {
    let mut seen = vec![false; permutation.len()];
    let mut odd = false;
    for start in 0..permutation.len() {
        let mut at = start;
        while !seen[at] {
            seen[at] = true;
            at = permutation[at];
            odd ^= at != start;
        }
    }
    odd
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::matrix::Mat;
    use resolvent_kernels::Isa;

    #[test]
    fn exchanges_make_a_permutation() {
        let mut p = [0; 4];
        permutation_of(&[2, 3, 2, 3], &mut p);
        assert_eq!(p, [2, 3, 0, 1]);
        assert!(!is_odd(&p));
    }

    #[test]
    fn rows_and_columns_are_reordered_in_place() {
        let n = 11;
        let (rows, columns): (Vec<_>, Vec<_>) = (0..n).map(|i| ((i * 3 + 4) % n, (i * 7) % n)).unzip();
        for rows in [rows, vec![1, 0, 2, 4, 5, 3, 6, 7, 10, 9, 8]] {
            let mut a = Mat::from_fn(n, n, |i, j| (i * n + j) as f64);
            let expected = Mat::from_fn(n, n, |i, j| a[(rows[i], columns[j])]);
            reorder(f64::kernels(Isa::Portable), a.as_mut(), &rows, &columns).unwrap();
            assert_eq!(a, expected);
            let back = [&rows, &columns].map(|order| inverse_of(order).unwrap());
            reorder(f64::kernels(Isa::Portable), a.as_mut(), &back[0], &back[1]).unwrap();
            assert_eq!(a, Mat::from_fn(n, n, |i, j| (i * n + j) as f64));
        }
    }

    #[test]
    fn parity_counts_cycles() {
        assert!(!is_odd(&[]));
        assert!(!is_odd(&[0, 1, 2]));
        assert!(is_odd(&[1, 0, 2]));
        assert!(!is_odd(&[1, 2, 0]));
        assert!(is_odd(&[1, 2, 3, 0]));
    }
}
