//! Exact answers against fraction-free elimination and against their definitions.

use num_traits::{One, Pow, Signed, Zero};

use super::*;
use crate::error::Error;
use crate::matrix::splitmix;

/// The determinant and the rank by Bareiss (1968): every division is exact.
fn bareiss(mut a: Vec<Vec<BigInt>>) -> (BigInt, usize) {
    let (m, n) = (a.len(), a.first().map_or(0, Vec::len));
    let (mut last, mut rank, mut is_odd) = (BigInt::one(), 0, false);
    for c in 0..n {
        let Some(found) = (rank..m).find(|&i| !a[i][c].is_zero()) else { continue };
        is_odd ^= found != rank;
        a.swap(rank, found);
        let (upper, lower) = a.split_at_mut(rank + 1);
        let pivot = &upper[rank];
        for row in lower {
            let factor = row[c].clone();
            for j in c..n {
                row[j] = (&row[j] * &pivot[c] - &factor * &pivot[j]) / &last;
            }
        }
        last = pivot[c].clone();
        rank += 1;
    }
    let det = if rank < m.max(n) { BigInt::zero() } else { last };
    (if is_odd { -det } else { det }, rank)
}

fn matrix(rows: &[Vec<BigInt>]) -> Matrix {
    Matrix::from_rows(rows).unwrap()
}

/// Numbers of at most so many bits.
fn random(m: usize, n: usize, bits: u64, state: &mut u64) -> Vec<Vec<BigInt>> {
    let mut number = || {
        let words = (0..bits.div_ceil(64)).map(|_| splitmix(state));
        let number = words.fold(BigInt::zero(), |sum, word| (sum << 64) + word);
        let number: BigInt = number >> (bits.next_multiple_of(64) - bits);
        if splitmix(state) & 1 == 1 { -number } else { number }
    };
    (0..m).map(|_| (0..n).map(|_| number()).collect()).collect()
}

fn product(a: &[Vec<BigInt>], b: &[Vec<BigInt>]) -> Vec<Vec<BigInt>> {
    let dot = |row: &Vec<BigInt>, j: usize| row.iter().zip(b).map(|(x, row)| x * &row[j]).sum();
    a.iter().map(|row| (0..b[0].len()).map(|j| dot(row, j)).collect()).collect()
}

fn times(a: &Matrix, b: &Matrix) -> Matrix {
    let dot = |i, j| (0..a.ncols()).map(|k| &a[(i, k)] * &b[(k, j)]).sum::<BigRational>();
    let elements: Vec<_> = (0..a.nrows()).flat_map(|i| (0..b.ncols()).map(move |j| dot(i, j))).collect();
    Matrix::from_slice(&elements, a.nrows(), b.ncols()).unwrap()
}

fn identity(n: usize) -> Matrix {
    let elements: Vec<i32> = (0..n * n).map(|place| i32::from(place % (n + 1) == 0)).collect();
    Matrix::from_slice(&elements, n, n).unwrap()
}

fn is_singular<R>(result: Result<R>) -> bool {
    matches!(result, Err(Error::Singular { .. }))
}

#[test]
fn determinants_ranks_and_inverses() {
    let mut state = 1;
    for n in [1, 2, 3, 5, 8] {
        for bits in [1, 2, 20, 64, 170] {
            let rows = random(n, n, bits, &mut state);
            let (expected, of_rank) = bareiss(rows.clone());
            let a = matrix(&rows);
            assert_eq!(det(&a).unwrap(), BigRational::from_integer(expected.clone()));
            assert_eq!(rank(&a).unwrap(), of_rank);
            let inverse = inv(&a);
            if expected.is_zero() {
                assert!(is_singular(inverse));
                assert!(dependence(&a).unwrap().is_some());
            } else {
                assert_eq!(times(&a, &inverse.unwrap()), identity(n));
                let b = matrix(&random(n, 3, 1 + bits / 2, &mut state));
                assert_eq!(times(&a, &solve(&a, &b).unwrap()), b);
                assert_eq!(dependence(&a).unwrap(), None);
            }
        }
    }
    // Larger than a block: triangles of ones and of a known diagonal.
    let n = 90;
    let (mut lower, mut upper) = (random(n, n, 9, &mut state), random(n, n, 9, &mut state));
    for i in 0..n {
        lower[i][i] = BigInt::one();
        lower[i][i + 1..].fill(BigInt::zero());
        upper[i][i] += 1000;
        upper[i][..i].fill(BigInt::zero());
    }
    let expected: BigInt = (0..n).map(|i| &upper[i][i]).product();
    assert_eq!(det(&matrix(&product(&lower, &upper))).unwrap().to_integer(), expected);
}

/// Determinants that are not divided by much of a random denominator, and so take many primes.
#[test]
fn determinants_with_structure() {
    let scaled = |n: usize, of: &BigInt| -> Vec<Vec<BigInt>> {
        let element = |i, j| if (i + 1) % n == j { of.clone() } else { BigInt::zero() };
        (0..n).map(|i| (0..n).map(|j| element(i, j)).collect()).collect()
    };
    for (n, of) in [(5, BigInt::from(-3)), (12, BigInt::from(10).pow(50_u32)), (30, BigInt::from(60_u64))] {
        let sign = if n % 2 == 0 { -BigInt::one() } else { BigInt::one() };
        assert_eq!(det(&matrix(&scaled(n, &of))).unwrap().to_integer(), sign * Pow::pow(&of, n));
    }
}

#[test]
fn ranks_of_products() {
    let mut state = 7;
    for (m, n, r) in [(4, 4, 2), (3, 9, 3), (9, 3, 1), (20, 12, 7), (70, 75, 66), (5, 6, 0)] {
        let rows = if r == 0 {
            vec![vec![BigInt::zero(); n]; m]
        } else {
            product(&random(m, r, 3, &mut state), &random(r, n, 70, &mut state))
        };
        assert!(m > 20 || bareiss(rows.clone()).1 == r);
        assert_eq!(rank(&matrix(&rows)).unwrap(), r);
        assert_eq!(dependence(&matrix(&rows)).unwrap().is_some(), r < m);
    }
}

/// What a multiple of the prime that is tried first hides is found with the next.
#[test]
fn primes_that_divide_the_determinant() {
    let p = BigInt::from(modular::Field::all().next().unwrap().prime());
    let zero = BigInt::zero();
    let rows = [vec![p.clone(), zero.clone()], vec![zero.clone(), BigInt::from(2)]];
    let a = matrix(&rows);
    assert_eq!(rank(&a).unwrap(), 2);
    assert_eq!(dependence(&a).unwrap(), None);
    assert_eq!(det(&a).unwrap().to_integer(), &p * 2);
    assert_eq!(times(&a, &inv(&a).unwrap()), identity(2));
    let rows = [vec![p.clone(), p.clone()], vec![zero.clone(), p.clone()], vec![p.clone(), zero]];
    assert_eq!(rank(&matrix(&rows)).unwrap(), 2);
    assert_eq!(dependence(&matrix(&rows)).unwrap().unwrap().to_string(), "row 2 = -row 1 + row 0");
    let power = Pow::pow(&p, 9_u32);
    let many = matrix(&[vec![power.clone(), BigInt::one()], vec![BigInt::one(), power]]);
    assert_eq!(det(&many).unwrap().to_integer(), Pow::pow(&p, 18_u32) - 1);
}

#[test]
fn fractions() {
    let ratio = |p: i64, q: i64| BigRational::new(p.into(), q.into());
    let n = 9;
    let hilbert: Vec<Vec<_>> = (0..n).map(|i| (0..n).map(|j| ratio(1, i + j + 1)).collect()).collect();
    let hilbert = Matrix::from_rows(&hilbert).unwrap();
    let inverse = inv(&hilbert).unwrap();
    assert_eq!(times(&hilbert, &inverse), identity(9));
    assert!(inverse.as_slice().iter().all(|x| x.is_integer()));
    assert_eq!(inverse[(0, 0)], ratio(81, 1));
    assert_eq!(det(&hilbert).unwrap() * det(&inverse).unwrap(), ratio(1, 1));
    assert!(det(&hilbert).unwrap().is_positive());
    let b = Matrix::from_slice(&[ratio(1, 7), ratio(-2, 3), ratio(0, 1)], 3, 1).unwrap();
    let a = Matrix::from_slice(&(1..10).map(|k| ratio(1, k * k)).collect::<Vec<_>>(), 3, 3).unwrap();
    assert_eq!(times(&a, &solve(&a, &b).unwrap()), b);
    let a = Matrix::from_rows(&[[ratio(1, 2), ratio(1, 3)], [ratio(3, 4), ratio(1, 2)]]).unwrap();
    assert_eq!(dependence(&a).unwrap().unwrap().to_string(), "row 1 = 3/2*row 0");
}

#[test]
fn edges_and_refusals() {
    let none = Matrix::from_slice::<i64>(&[], 0, 0).unwrap();
    assert_eq!(det(&none).unwrap(), BigRational::one());
    assert_eq!(rank(&none).unwrap(), 0);
    assert_eq!(inv(&none).unwrap(), none);
    assert_eq!(dependence(&none).unwrap(), None);
    let (tall, wide) =
        (Matrix::from_slice::<i64>(&[], 3, 0).unwrap(), Matrix::from_slice::<i64>(&[], 0, 3).unwrap());
    assert_eq!((rank(&tall).unwrap(), rank(&wide).unwrap()), (0, 0));
    assert_eq!(dependence(&tall).unwrap().unwrap().to_string(), "row 0 is zero");
    assert_eq!(solve(&identity(3), &tall).unwrap(), tall);
    assert_eq!(solve(&none, &wide).unwrap(), wide);
    assert_eq!(inv(&tall), Err(Error::NotSquare { shape: vec![3, 0] }));
    assert_eq!(det(&wide), Err(Error::NotSquare { shape: vec![0, 3] }));
    assert!(matches!(solve(&identity(2), &tall), Err(Error::ShapeMismatch { .. })));
    assert!(matches!(Matrix::from_rows(&[vec![1], vec![1, 2]]), Err(Error::ShapeMismatch { .. })));
    assert!(matches!(Matrix::from_slice(&[1, 2, 3], 2, 2), Err(Error::WrongLength { .. })));
    let singular = Matrix::from_slice(&[0, 1, 0, 0, 2, 1, 0, 3, 7], 3, 3).unwrap();
    let dependence = Some("row 2 = 7*row 1 - 11*row 0".to_owned());
    assert_eq!(inv(&singular), Err(Error::Singular { matrix: 0, pivot: 0, dependence, all: vec![0] }));
    assert_eq!(det(&singular).unwrap(), BigRational::zero());
    assert_eq!(
        det(&Matrix::from_slice(&[u128::MAX], 1, 1).unwrap()).unwrap().to_integer(),
        BigInt::from(u128::MAX)
    );
}
