//! Row exchanges and permutations.

use resolvent_kernels::Scalar;

use super::{MatMut, MatRef};

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

    #[test]
    fn exchanges_make_a_permutation() {
        let mut p = [0; 4];
        permutation_of(&[2, 3, 2, 3], &mut p);
        assert_eq!(p, [2, 3, 0, 1]);
        assert!(!is_odd(&p));
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
