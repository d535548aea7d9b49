//! Block triangular form: orders of the rows and of the columns in which nothing is below the blocks on the diagonal, and
//! the blocks are as small as can be (Dulmage and Mendelsohn 1958; Duff and Reid 1978; Davis and Natarajan 2010).

use std::ops::Range;

use super::pattern::{BITS, Pattern, ones};
use crate::error::Result;
use crate::matrix::{filled, identity, with_room};
use crate::parallel::checkpoint;
use crate::plan::matching_words;

/// `A[rows, columns]` is block upper triangular.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Ordering {
    /// The rows in their new order.
    pub(super) rows: Vec<usize>,
    /// The columns in theirs; those of a block are in their old order.
    pub(super) columns: Vec<usize>,
    /// Where the blocks begin, and n.
    pub(super) starts: Vec<usize>,
}

impl Ordering {
    /// One block, and everything where it was.
    pub(super) fn natural(n: usize) -> Result<Self> {
        Ok(Self { rows: identity(n)?, columns: identity(n)?, starts: vec![0, n] })
    }

    /// Blocks of one element each: nothing moves, but that a lower triangle turns into an upper one.
    pub(super) fn of_triangle(n: usize, lower: bool) -> Result<Self> {
        let mut ordering = Self::natural(n)?;
        if lower {
            ordering.rows.reverse();
            ordering.columns.reverse();
        }
        ordering.starts = identity(n + 1)?;
        Ok(ordering)
    }

    /// The positions of the blocks.
    pub(super) fn blocks(&self) -> impl DoubleEndedIterator<Item = Range<usize>> + ExactSizeIterator + '_ {
        self.starts.windows(2).map(|ends| ends[0]..ends[1])
    }

    /// Does the matrix have elements outside of the blocks?
    pub(super) fn is_coupled(&self, pattern: &Pattern) -> Result<bool> {
        let mut others = all(pattern.order())?;
        for block in self.blocks() {
            let columns = &self.columns[block.clone()];
            columns.iter().for_each(|&j| remove(&mut others, j));
            if self.rows[block].iter().any(|&i| ones(pattern.row(i), &others).next().is_some()) {
                return Ok(true);
            }
            columns.iter().for_each(|&j| others[j / BITS] |= 1 << (j % BITS));
        }
        Ok(false)
    }
}

/// A row for every column, with an element that is not zero where they meet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Matching {
    /// The row of each column.
    Perfect(Vec<usize>),
    /// There is none: the matrix is singular whatever its elements are. No row is left for this column.
    Deficient(usize),
    /// To find out would take too long.
    Unknown,
}

const NONE: usize = usize::MAX;

/// A perfect matching: the diagonal if it is there; else every row takes the first column that is still free, those with
/// the fewest elements first (which suffices for a triangle in any order), and alternating paths give the others theirs.
pub(super) fn matching(pattern: &Pattern) -> Result<Matching> {
    let n = pattern.order();
    if (0..n).all(|i| pattern.contains(i, i)) {
        return Ok(Matching::Perfect(identity(n)?));
    }
    let mut free = all(n)?;
    let mut pairs = Pairs { row_of: filled(n, NONE)?, column_of: filled(n, NONE)? };
    let mut order = with_room(n)?;
    order.extend((0..n).map(|i| (pattern.count(i), i)));
    order.sort_unstable();
    for &(_, i) in &order {
        let found = ones(pattern.row(i), &free).next();
        if let Some(j) = found {
            remove(&mut free, j);
            pairs.join(i, j);
        }
    }
    let mut words = matching_words(n);
    for i in 0..n {
        if pairs.column_of[i] == NONE {
            checkpoint();
            match augment(pattern, &mut pairs, i, &mut words)? {
                Some(true) => {}
                Some(false) => {
                    let column = pairs.row_of.iter().position(|&i| i == NONE);
                    return Ok(Matching::Deficient(column.unwrap_or(0)));
                }
                None => return Ok(Matching::Unknown),
            }
        }
    }
    Ok(Matching::Perfect(pairs.row_of))
}

/// Which row has which column.
struct Pairs {
    row_of: Vec<usize>,
    column_of: Vec<usize>,
}

impl Pairs {
    fn join(&mut self, i: usize, j: usize) {
        self.row_of[j] = i;
        self.column_of[i] = j;
    }
}

/// Finds a column for row i, for which others may move on to other columns: breadth first. Is there one? None if the words
/// it may look at run out.
fn augment(pattern: &Pattern, pairs: &mut Pairs, i: usize, words: &mut usize) -> Result<Option<bool>> {
    let n = pattern.order();
    let mut unseen = all(n)?;
    let mut came_from = filled(n, NONE)?;
    let mut queue = with_room(n)?;
    queue.push(i);
    let mut next = 0;
    while let Some(&row) = queue.get(next) {
        next += 1;
        let Some(left) = words.checked_sub(unseen.len()) else { return Ok(None) };
        *words = left;
        for (w, (&edges, unseen)) in pattern.row(row).iter().zip(&mut unseen).enumerate() {
            let mut seen = edges & *unseen;
            *unseen &= !seen;
            while seen != 0 {
                let j = w * BITS + seen.trailing_zeros() as usize;
                seen &= seen - 1;
                came_from[j] = row;
                if pairs.row_of[j] == NONE {
                    take(pairs, &came_from, j);
                    return Ok(Some(true));
                }
                queue.push(pairs.row_of[j]);
            }
        }
    }
    Ok(Some(false))
}

/// Back along a path to a free column: each row takes the column it was about to leave for.
fn take(pairs: &mut Pairs, came_from: &[usize], free: usize) {
    let mut column = free;
    while column != NONE {
        let row = came_from[column];
        let left = pairs.column_of[row];
        pairs.join(row, column);
        column = left;
    }
}

/// The order that the strong components of the graph give: vertex j is column j with its row, and has an edge to every
/// column in which that row has an element (Kosaraju's two searches; Sharir 1981).
pub(super) fn ordering(pattern: &Pattern, row_of: &[usize]) -> Result<Ordering> {
    let n = pattern.order();
    let (mut path, mut finished) = (with_room(n)?, with_room(n)?);
    let mut unseen = all(n)?;
    for root in 0..n {
        search(&mut unseen, root, |j| pattern.row(row_of[j]), &mut path, &mut finished);
    }
    let transposed = pattern.transposed(row_of)?;
    let mut ordering = Ordering { rows: with_room(n)?, columns: with_room(n)?, starts: with_room(n + 1)? };
    let mut unseen = all(n)?;
    for &root in finished.iter().rev() {
        let start = ordering.columns.len();
        search(&mut unseen, root, |j| transposed.row(j), &mut path, &mut ordering.columns);
        if ordering.columns.len() > start {
            ordering.starts.push(start);
            ordering.columns[start..].sort_unstable();
        }
    }
    ordering.starts.push(n);
    ordering.rows.extend(ordering.columns.iter().map(|&j| row_of[j]));
    Ok(ordering)
}

/// Depth first from a vertex, if it is unseen: appends what is seen, each after all that it leads to. The path, empty before
/// and after, is of vertices and the word of their edges where to go on.
fn search<'p>(
    unseen: &mut [u64],
    root: usize,
    edges: impl Fn(usize) -> &'p [u64],
    path: &mut Vec<(usize, usize)>,
    finished: &mut Vec<usize>,
) {
    if unseen[root / BITS] >> (root % BITS) & 1 == 0 {
        return;
    }
    checkpoint();
    remove(unseen, root);
    path.push((root, 0));
    while let Some((vertex, word)) = path.last_mut() {
        let row = edges(*vertex);
        while *word < row.len() && row[*word] & unseen[*word] == 0 {
            *word += 1;
        }
        if *word == row.len() {
            finished.push(*vertex);
            path.pop();
            continue;
        }
        let next = *word * BITS + (row[*word] & unseen[*word]).trailing_zeros() as usize;
        remove(unseen, next);
        path.push((next, 0));
    }
}

/// A set of n.
fn all(n: usize) -> Result<Vec<u64>> {
    let mut words = filled(n.div_ceil(BITS), u64::MAX)?;
    if !n.is_multiple_of(BITS)
        && let Some(last) = words.last_mut()
    {
        *last = (1 << (n % BITS)) - 1;
    }
    Ok(words)
}

fn remove(set: &mut [u64], member: usize) {
    set[member / BITS] &= !(1 << (member % BITS));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::factor::sparsity::pattern::tests::of;

    /// A permutation of n by a stride that has no factor in common with it.
    fn shuffled(n: usize, stride: usize) -> impl Fn(usize) -> usize {
        move |i| (i * stride + 3) % n
    }

    /// Everything of a form is there once, no element is below the blocks, and there is no zero on their diagonal.
    fn check(n: usize, element: impl Fn(usize, usize) -> f64) -> Ordering {
        let pattern = of(n, &element).unwrap();
        let Matching::Perfect(row_of) = matching(&pattern).unwrap() else { panic!("no matching") };
        let ordering = ordering(&pattern, &row_of).unwrap();
        for set in [&ordering.rows, &ordering.columns] {
            let mut sorted = set.clone();
            sorted.sort_unstable();
            assert_eq!(sorted, (0..n).collect::<Vec<_>>());
        }
        for block in ordering.blocks() {
            for i in block.clone() {
                assert!(ordering.columns[..block.start].iter().all(|&j| element(ordering.rows[i], j) == 0.0));
                assert!(element(ordering.rows[i], row_of_column(&row_of, ordering.rows[i])) != 0.0);
            }
        }
        ordering
    }

    fn row_of_column(row_of: &[usize], row: usize) -> usize {
        row_of.iter().position(|&i| i == row).unwrap()
    }

    #[test]
    fn triangles_in_any_order() {
        for n in [49, 64, 100, 193] {
            for (rows, columns) in [(1, 1), (3, 11), (13, 1), (1, 17)] {
                let (p, q) = (shuffled(n, rows), shuffled(n, columns));
                for full in [true, false] {
                    let element = |i: usize, j: usize| {
                        let (i, j) = (p(i), q(j));
                        if i == j || i < j && (full || (i + j) % 7 == 0) { 1.0 } else { 0.0 }
                    };
                    assert_eq!(check(n, element).blocks().len(), n, "{n}: {rows}, {columns}");
                }
            }
        }
    }

    #[test]
    fn blocks_in_any_order() {
        let n = 120;
        for (rows, columns) in [(1, 1), (7, 7), (11, 13)] {
            let (p, q) = (shuffled(n, rows), shuffled(n, columns));
            for coupled in [false, true] {
                // No element on the diagonal: rings of 10 and the columns after the next of the same block.
                let element = |i: usize, j: usize| {
                    let (i, j) = (p(i), q(j));
                    let within = i / 10 == j / 10 && [1, 3, 4].contains(&((j + 10 - i % 10) % 10));
                    let beyond = coupled && j / 10 > i / 10 && (i * j) % 3 == 0;
                    if within || beyond { 2.0 } else { 0.0 }
                };
                let ordering = check(n, element);
                assert!(ordering.blocks().all(|block| block.len() == 10), "{rows}, {columns}");
                assert!(ordering.blocks().all(|block| ordering.columns[block].is_sorted()));
            }
        }
    }

    #[test]
    fn what_has_no_matching_is_known() {
        let n = 100;
        // Three rows share two columns.
        let short =
            |i: usize, j: usize| if [20, 50, 70].contains(&i) { [3, 4].contains(&j) } else { j % 2 == i % 2 };
        let pattern = of(n, |i, j| f64::from(short(i, j))).unwrap();
        assert!(matches!(matching(&pattern).unwrap(), Matching::Deficient(_)));
        let empty_column = of(n, |i, j| if j != 60 && (i + j) % 3 == 0 { 1.0 } else { 0.0 }).unwrap();
        assert_eq!(matching(&empty_column).unwrap(), Matching::Deficient(60));
    }

    /// Every row wants the columns of the rows before it: they have to move on, one after the other.
    #[test]
    fn long_paths() {
        let n = 200;
        let pattern =
            of(n, |i, j| f64::from(j == i + 1 || j == 0 && i % 2 == 1 || j == i && i < n / 2)).unwrap();
        let Matching::Perfect(row_of) = matching(&pattern).unwrap() else { panic!("no matching") };
        assert!((0..n).all(|j| pattern.contains(row_of[j], j)));
    }
}
