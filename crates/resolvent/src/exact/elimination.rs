//! Gaussian elimination modulo a prime, by block columns: nothing is rounded, so any element but zero is a pivot.

use super::modular::Field;
use crate::error::Result;
use crate::matrix::{check_size, filled, with_room};
use crate::parallel;
use crate::plan::{EXACT_BLOCK, EXACT_ROWS};

/// A matrix of residues, row by row.
#[derive(Debug, Clone)]
pub(super) struct Residues {
    pub(super) rows: usize,
    pub(super) columns: usize,
    pub(super) data: Vec<u64>,
}

impl Residues {
    pub(super) fn zeros(rows: usize, columns: usize) -> Result<Self> {
        Ok(Self { rows, columns, data: filled(check_size::<u64>(&[rows, columns])?, 0)? })
    }

    pub(super) fn row(&self, i: usize) -> &[u64] {
        &self.data[i * self.columns..][..self.columns]
    }

    pub(super) fn at(&self, i: usize, j: usize) -> u64 {
        self.data[i * self.columns + j]
    }

    pub(super) fn transpose(&self) -> Result<Self> {
        let mut data = with_room(self.data.len())?;
        data.extend((0..self.columns).flat_map(|j| (0..self.rows).map(move |i| self.at(i, j))));
        Ok(Self { rows: self.columns, columns: self.rows, data })
    }

    /// Exchanges rows i < k.
    fn swap_rows(&mut self, i: usize, k: usize) {
        if i != k {
            let (upper, lower) = self.data.split_at_mut(k * self.columns);
            upper[i * self.columns..][..self.columns].swap_with_slice(&mut lower[..self.columns]);
        }
    }
}

/// What [`eliminate`] did.
#[derive(Debug)]
pub(super) struct Echelon {
    /// The column of the pivot of each row that has one. Every other column depends on those of them before it.
    pub(super) pivots: Vec<usize>,
    /// Row i was this one.
    pub(super) rows: Vec<usize>,
    /// Rows were exchanged an odd number of times.
    pub(super) is_odd: bool,
}

impl Echelon {
    /// The first column that depends on those before it.
    pub(super) fn first_gap(&self) -> usize {
        self.pivots.iter().enumerate().find(|&(i, &c)| i != c).map_or(self.pivots.len(), |(i, _)| i)
    }
}

/// Brings the first `within` columns to echelon form, taking the others along. Left and right of the pivots stand U and
/// zeros.
pub(super) fn eliminate(field: &Field, a: &mut Residues, within: usize) -> Result<Echelon> {
    let (m, n) = (a.rows, a.columns);
    let mut echelon = Echelon { pivots: with_room(m.min(within))?, rows: with_room(m)?, is_odd: false };
    echelon.rows.extend(0..m);
    let mut l = Residues::zeros(m, EXACT_BLOCK)?;
    let mut u = Residues::zeros(n, EXACT_BLOCK)?;
    for start in (0..within).step_by(EXACT_BLOCK) {
        let end = within.min(start + EXACT_BLOCK);
        let top = echelon.pivots.len();
        panel(field, a, &mut l, start..end, &mut echelon);
        let rank = echelon.pivots.len() - top;
        if rank == 0 {
            continue;
        }
        // U12 := L11^-1 A12, and A22 := A22 - L21 U12.
        for j in end..n {
            let column = &mut u.data[j * EXACT_BLOCK..][..rank];
            for i in 0..rank {
                let at = &mut a.data[(top + i) * n + j];
                *at = field.subtract(*at, field.dot(&l.row(top + i)[..i], &column[..i]));
                column[i] = *at;
            }
        }
        let below = top + rank;
        // How much there is to do is known now, since it depends on the rank.
        parallel::expect(|_| (2 * (m - below) * rank * (n - end)) as f64);
        let mut parts: Vec<&mut [u64]> = with_room((m - below).div_ceil(EXACT_ROWS))?;
        parts.extend(a.data[below * n..].chunks_mut(EXACT_ROWS * n.max(1)));
        parallel::for_each_mut(usize::MAX, &mut parts, |part, rows| {
            for (i, row) in rows.chunks_mut(n).enumerate() {
                let l = &l.row(below + part * EXACT_ROWS + i)[..rank];
                for (j, at) in row.iter_mut().enumerate().skip(end) {
                    *at = field.subtract(*at, field.dot(l, &u.row(j)[..rank]));
                }
            }
            parallel::count(2 * rows.len() / n * rank * (n - end));
        });
    }
    Ok(echelon)
}

/// Factors a block column, from the row of its first pivot down, column by column:
///
/// `u := L^-1 a` above the next pivot, `a := a - L u` below, which divided by the pivot becomes the next column of L.
fn panel(
    field: &Field,
    a: &mut Residues,
    l: &mut Residues,
    columns: std::ops::Range<usize>,
    to: &mut Echelon,
) {
    let (m, n, top) = (a.rows, a.columns, to.pivots.len());
    let mut u = [0; EXACT_BLOCK];
    for c in columns {
        parallel::checkpoint();
        let pivot = to.pivots.len();
        let rank = pivot - top;
        for i in top..m {
            let known = rank.min(i - top);
            let at = &mut a.data[i * n + c];
            *at = field.subtract(*at, field.dot(&l.row(i)[..known], &u[..known]));
            if i < pivot {
                u[known] = *at;
            }
        }
        let Some(found) = (pivot..m).find(|&i| a.at(i, c) != 0) else { continue };
        a.swap_rows(pivot, found);
        l.swap_rows(pivot, found);
        to.rows.swap(pivot, found);
        to.is_odd ^= found != pivot;
        to.pivots.push(c);
        let inverse = field.invert(a.at(pivot, c));
        for i in pivot + 1..m {
            l.data[i * EXACT_BLOCK + rank] = field.multiply(std::mem::take(&mut a.data[i * n + c]), inverse);
        }
    }
}

/// The determinant of a square matrix, which is overwritten.
pub(super) fn determinant(field: &Field, a: &mut Residues) -> Result<u64> {
    let n = a.rows;
    let echelon = eliminate(field, a, n)?;
    if echelon.pivots.len() < n {
        return Ok(0);
    }
    let product = (0..n).fold(field.one(), |product, i| field.multiply(product, a.at(i, i)));
    Ok(if echelon.is_odd { field.negate(product) } else { product })
}

/// Solves `U x = b` for the triangle of the first rows and columns, `diagonal` holding its inverted diagonal.
pub(super) fn substitute(field: &Field, u: &Residues, diagonal: &[u64], x: &mut [u64]) {
    let n = x.len();
    for i in (0..n).rev() {
        let sum = field.dot(&u.row(i)[i + 1..n], &x[i + 1..]);
        x[i] = field.multiply(field.subtract(x[i], sum), diagonal[i]);
    }
}

/// The inverse of a square matrix; none if it is singular modulo p.
///
/// `[A I]` becomes `[U L^-1 P]`; and `U X = L^-1 P`.
pub(super) fn inverse(field: &Field, a: &Residues) -> Result<Option<Residues>> {
    let n = a.rows;
    let mut both = Residues::zeros(n, 2 * n)?;
    for i in 0..n {
        let row = &mut both.data[2 * n * i..][..2 * n];
        row[..n].copy_from_slice(a.row(i));
        row[n + i] = field.one();
    }
    if eliminate(field, &mut both, n)?.pivots.len() < n {
        return Ok(None);
    }
    let mut diagonal = with_room(n)?;
    diagonal.extend((0..n).map(|i| field.invert(both.at(i, i))));
    // The columns of the inverse, one after the other.
    let mut x = Residues::zeros(n, n)?;
    let mut columns: Vec<&mut [u64]> = with_room(n)?;
    columns.extend(x.data.chunks_mut(n.max(1)));
    parallel::for_each_mut(usize::MAX, &mut columns, |j, column| {
        (0..n).for_each(|i| column[i] = both.at(i, n + j));
        substitute(field, &both, &diagonal, column);
    });
    Ok(Some(x.transpose()?))
}
