//! Is a matrix of floating-point numbers singular? Every one of them is a whole number times a power of two, so that the
//! question has an exact answer.

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::Pow;
use resolvent_kernels::Scalar;

use super::dependence::{Dependence, coefficients};
use super::dyadic::Dyadic;
use super::elimination::eliminate;
use super::modular::{Field, PRIME_BITS, PRIMES_BITS};
use crate::error::Result;
use crate::matrix::{MatRef, with_room};
use crate::plan::{EXACT_DEPENDENCE, EXACT_EFFORT, EXACT_SMALL};

/// What exact arithmetic says of a square matrix of finite numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Exactly {
    /// Its determinant is not zero: proved.
    Nonsingular,
    /// Its determinant is zero; see [`decide`] for how sure that is.
    Singular(Singularity),
}

/// What is known of a singular matrix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Singularity {
    /// There are surely as many independent rows.
    pub(crate) rank: usize,
    /// The first column that depends on those before it.
    pub(crate) pivotless: usize,
    /// The first row that depends on those before it; none if it was not asked for, or would take too long.
    pub(crate) dependence: Option<Dependence>,
}

/// One in 2^100 wrong verdicts are let pass.
const DOUBT_BITS: f64 = 100.0;

/// Primes that make one sure of a determinant of at most so many bits that is zero modulo all of them: one that is not
/// zero has at most `bits / 59` prime divisors among the `2^52.5` primes that they are drawn from.
fn primes_wanted(bits: usize) -> usize {
    let divisors = (bits / PRIME_BITS + 1) as f64;
    (DOUBT_BITS / (PRIMES_BITS - divisors.log2()).max(1.0)).ceil() as usize
}

/// Decides whether a matrix, every element of which is finite, is singular.
///
/// Eliminates modulo primes, where nothing is rounded (for complex numbers, i is a root of -1). If the determinant is not
/// zero modulo one of them it is not zero. If it is zero modulo all that are tried, it is zero, but for one in 2^100 of
/// the choices of primes (Schwartz 1980), which are always the same. A dependence, looked for up to order
/// [`EXACT_DEPENDENCE`] if it is wanted, is checked in whole numbers and leaves no doubt; numbers graded over hundreds of
/// powers of ten may have one that takes too long to find ([`EXACT_EFFORT`]).
pub(crate) fn decide<T: Scalar>(a: MatRef<'_, T>, want_dependence: bool) -> Result<Exactly> {
    let n = a.nrows();
    let a = Dyadic::new(a)?;
    let (mut rank, mut pivotless) = (0, 0);
    for field in Field::all().take(primes_wanted(a.determinant_bits())) {
        let (found, first) = if n <= EXACT_SMALL { small_rank(&field, &a) } else { rank_modulo(&field, &a)? };
        if found == n {
            return Ok(Exactly::Nonsingular);
        }
        (rank, pivotless) = (rank.max(found), pivotless.max(first));
    }
    let dependence =
        if want_dependence && n <= EXACT_DEPENDENCE { dependence(&a, EXACT_EFFORT)? } else { None };
    Ok(Exactly::Singular(Singularity { rank, pivotless, dependence }))
}

/// The rank modulo a prime, and the first column without a pivot, without division: with a pivot p, a row
/// `[x a]` becomes `p a - x u`.
fn small_rank(field: &Field, a: &Dyadic) -> (usize, usize) {
    let n = a.n;
    let mut elements = [0; EXACT_SMALL * EXACT_SMALL];
    a.fill_residues(field, &mut elements[..n * n]);
    let (mut rank, mut pivotless) = (0, n);
    for c in 0..n {
        let Some(found) = (rank..n).find(|&i| elements[i * n + c] != 0) else {
            pivotless = pivotless.min(c);
            continue;
        };
        for j in c..n {
            elements.swap(rank * n + j, found * n + j);
        }
        let (upper, lower) = elements.split_at_mut((rank + 1) * n);
        let u = &upper[rank * n..];
        for row in lower.chunks_exact_mut(n).take(n - rank - 1) {
            for j in c + 1..n {
                row[j] = field.subtract(field.multiply(u[c], row[j]), field.multiply(row[c], u[j]));
            }
        }
        rank += 1;
    }
    (rank, pivotless)
}

/// The same by block columns.
fn rank_modulo(field: &Field, a: &Dyadic) -> Result<(usize, usize)> {
    let echelon = eliminate(field, &mut a.residues(field)?, a.n)?;
    Ok((echelon.pivots.len(), echelon.first_gap()))
}

/// The first row that depends on those before it; none if that takes more than `effort` products of words.
fn dependence(a: &Dyadic, effort: usize) -> Result<Option<Dependence>> {
    // The row found is the true one unless a minor happens to be zero modulo the prime; the check would fail, and the next
    // prime be tried.
    for field in Field::all().take(2) {
        let echelon = eliminate(&field, &mut a.residues(&field)?.transpose()?, a.n)?;
        let row = echelon.first_gap();
        if row == a.n {
            continue;
        }
        let columns = a.rows_as_columns(row + 1)?;
        let mut chosen = with_room(row)?;
        chosen.extend_from_slice(&echelon.rows[..row]);
        if let Some(found) = coefficients(field, &columns, a.parts, &chosen, effort)? {
            let exponent = |j: usize| i64::from(a.row_exponents[row]) - i64::from(a.row_exponents[j]);
            let power = |j| BigRational::from_integer(BigInt::from(2)).pow(exponent(j));
            return Ok(Some(Dependence::new(row, &found, power)));
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use num_traits::{One, Zero};
    use resolvent_kernels::Complex;

    use super::*;
    use crate::matrix::splitmix;
    use crate::{Mat, Real};

    type Exact = Complex<BigRational>;

    fn exact<T: Scalar>(x: T) -> Exact {
        let part = |x: T::Real| BigRational::from_float(x.to_f64()).unwrap();
        Exact::new(part(x.re()), part(x.im()))
    }

    /// Elimination in fractions: the rank, and the first row that depends on those before it, with its coefficients.
    fn dependent_row(rows: &[Vec<Exact>]) -> (usize, Option<(usize, Vec<Exact>)>) {
        let n = rows.len();
        let mut basis: Vec<(usize, Vec<Exact>)> = Vec::new();
        let mut first = None;
        for (i, row) in rows.iter().enumerate() {
            // The row, and what of which rows it is.
            let identity = (0..n).map(|j| if i == j { Exact::one() } else { Exact::zero() });
            let mut both: Vec<Exact> = row.iter().cloned().chain(identity).collect();
            for (pivot, other) in &basis {
                if !both[*pivot].is_zero() {
                    let factor = &both[*pivot] / &other[*pivot];
                    both.iter_mut().zip(other).for_each(|(x, y)| *x = x.clone() - &factor * y);
                }
            }
            match both[..row.len()].iter().position(|x| !x.is_zero()) {
                Some(pivot) => basis.push((pivot, both)),
                None => {
                    let coefficients = both[row.len()..][..i].iter().map(|x| -x).collect();
                    first.get_or_insert((i, coefficients));
                }
            }
        }
        (basis.len(), first)
    }

    /// Compares with elimination in fractions, which up to this order takes no time to speak of.
    const ELIMINATED: usize = 10;

    /// Is the matrix singular, and what is said of it? A dependence must hold, and its row be the first that has one.
    fn check<T: Scalar>(a: &Mat<T>) -> Option<Singularity> {
        let n = a.nrows();
        let rows: Vec<Vec<Exact>> = (0..n).map(|i| (0..n).map(|j| exact(a[(i, j)])).collect()).collect();
        let columns: Vec<Vec<Exact>> = (0..n).map(|j| (0..n).map(|i| rows[i][j].clone()).collect()).collect();
        let found = match decide(a.as_ref(), true).unwrap() {
            Exactly::Nonsingular => {
                assert!(n > ELIMINATED || dependent_row(&rows).0 == n);
                return None;
            }
            Exactly::Singular(found) => found,
        };
        assert!(found.dependence.is_some());
        let dependence = found.dependence.as_ref().unwrap();
        let mut terms = vec![Exact::zero(); dependence.row];
        for (j, c) in &dependence.terms {
            terms[*j] = Exact::new(c.re.clone(), c.im.clone());
            assert!(!terms[*j].is_zero());
        }
        for (j, x) in rows[dependence.row].iter().enumerate() {
            let used = terms.iter().zip(&rows).filter(|(c, row)| !c.is_zero() && !row[j].is_zero());
            assert_eq!(*x, used.map(|(c, row)| c * &row[j]).fold(Exact::zero(), |sum, term| sum + term));
        }
        if n <= ELIMINATED {
            let (rank, row) = dependent_row(&rows);
            assert_eq!((found.rank, Some((dependence.row, terms))), (rank, row));
            assert_eq!(Some(found.pivotless), dependent_row(&columns).1.map(|(column, _)| column));
        }
        let unasked = decide(a.as_ref(), false).unwrap();
        assert_eq!(unasked, Exactly::Singular(Singularity { dependence: None, ..found.clone() }));
        Some(found)
    }

    fn words<T: Scalar>(a: &Mat<T>) -> String {
        check(a).expect("singular").dependence.unwrap().to_string()
    }

    /// Whole numbers from -4 to 4.
    fn small(state: &mut u64) -> f64 {
        (splitmix(state) % 9) as f64 - 4.0
    }

    /// A product of rank r, at most, of matrices of small whole numbers.
    fn product(n: usize, r: usize, state: &mut u64) -> Mat<f64> {
        let mut random = || small(state);
        let (l, u) = (Mat::from_fn(n, r, |_, _| random()), Mat::from_fn(r, n, |_, _| small(state)));
        Mat::from_fn(n, n, |i, j| (0..r).map(|k| l[(i, k)] * u[(k, j)]).sum())
    }

    #[test]
    fn classics() {
        let to_nine = Mat::from_fn(3, 3, |i, j| (3 * i + j + 1) as f64);
        assert_eq!(words(&to_nine), "row 2 = 2*row 1 - row 0");
        assert_eq!(words(&Mat::from_fn(3, 3, |i, j| (3 * i + j + 1) as f32)), "row 2 = 2*row 1 - row 0");
        // Elimination in floating-point numbers finds a zero pivot here.
        assert_eq!(check(&Mat::from_rows(&[[3.0, 1.0], [1.0, 1.0 / 3.0]])), None);
        // 0.6 is not stored as three times what is stored of 0.2, nor 0.3 as three times 0.1.
        check(&Mat::from_rows(&[[0.1, 0.2], [0.3, 0.6]]));
        assert_eq!(words(&Mat::from_rows(&[[0.1, 0.2], [0.2, 0.4]])), "row 1 = 2*row 0");
        assert_eq!(words(&Mat::from_rows(&[[0.0]])), "row 0 is zero");
        assert_eq!(words(&Mat::from_rows(&[[1.0, 2.0], [0.0, 0.0]])), "row 1 is zero");
        assert_eq!(words(&Mat::from_rows(&[[0.0, 2.0], [0.0, 3.0]])), "row 1 = 3/2*row 0");
        assert_eq!(check(&Mat::<f64>::zeros(0, 0).unwrap()), None);
        assert_eq!(check(&Mat::from_rows(&[[5e-324]])), None);
        for n in [1, 2, 7, 10, 25, 70] {
            assert_eq!(check(&Mat::from_fn(n, n, |i, j| 1.0 / (i + j + 1) as f64)), None);
        }
    }

    /// Those of order 4k as MATLAB makes them: rank 3.
    #[test]
    fn magic_squares() {
        for n in [4, 8, 12, 40] {
            let magic = Mat::from_fn(n, n, |i, j| {
                let place = (i * n + j + 1) as f64;
                let kept = (i % 4 == j % 4) || (i % 4 + j % 4 == 3);
                if kept { (n * n + 1) as f64 - place } else { place }
            });
            assert_eq!(check(&magic).unwrap().rank, 3);
        }
    }

    #[test]
    fn products_of_low_rank() {
        let mut state = 3;
        for n in 1..=9 {
            for r in 0..=n {
                check(&product(n, r, &mut state));
            }
        }
        for (n, r) in [(17, 16), (40, 12), (60, 59), (60, 3)] {
            assert_eq!(check(&product(n, r, &mut state)).unwrap().rank, r);
        }
    }

    #[test]
    fn extreme_numbers() {
        let mut state = 5;
        for n in [3, 10] {
            for rank in [n - 2, n - 1, n] {
                let a = product(n, rank, &mut state);
                // Powers of two change nothing, as long as nothing overflows: down to the smallest subnormal numbers.
                for powers in [[0, 900, -1000], [-1074, -1074, -1074], [1000, -1000, -1060]] {
                    let scaled = Mat::from_fn(n, n, |i, j| {
                        let power = powers[i % 3];
                        a[(i, j)] * f64::from(power / 2).exp2() * f64::from(power - power / 2).exp2()
                    });
                    assert_eq!(check(&scaled).map(|found| found.rank), check(&a).map(|found| found.rank));
                }
            }
        }
        check(&Mat::from_rows(&[[1e300, 2e300], [1e-300, 2e-300]]));
        check(&Mat::from_rows(&[[1e300, 1e-300], [1e-300, 1e300]]));
        let largest = f64::MAX;
        check(&Mat::from_rows(&[[largest, 5e-324], [largest, 5e-324]]));
        check(&Mat::from_rows(&[[largest, 1.0, 3.0], [2.0, 5e-324, 0.1], [largest, 1.0, 3.0]]));
    }

    #[test]
    fn complex_numbers() {
        let i = Complex::new(0.0, 1.0);
        let one = Complex::new(1.0, 0.0);
        assert_eq!(words(&Mat::from_rows(&[[one, i], [i, -one]])), "row 1 = i*row 0");
        let row = [one, i * 3.0, one - i];
        let turned = row.map(|x| x * Complex::new(1.0, 2.0));
        assert_eq!(words(&Mat::from_rows(&[row, turned, row])), "row 1 = (1+2i)*row 0");
        // Singular where i is a root of -1 of another sign: the real numbers in the two embeddings.
        assert_eq!(check(&Mat::from_rows(&[[one, i], [i, one]])), None);
        let mut state = 9;
        for (n, r) in [(3, 2), (5, 5), (9, 8), (12, 7), (30, 29)] {
            let mut random = || Complex::new(small(&mut state) as f32, small(&mut state) as f32);
            let (l, u) = (Mat::from_fn(n, r, |_, _| random()), Mat::from_fn(r, n, |_, _| random()));
            let a = Mat::from_fn(n, n, |i, j| (0..r).map(|k| l[(i, k)] * u[(k, j)]).sum::<Complex<f32>>());
            assert_eq!(check(&a).map(|found| found.rank), (r < n).then_some(r));
        }
    }

    /// A dependence whose coefficients have thousands of digits, and what is done if that is too long.
    #[test]
    fn graded_matrices_do_not_take_forever() {
        let mut state = 11;
        let n = 5;
        let mut uniform = || (splitmix(&mut state) >> 11) as f64 / (1_u64 << 53) as f64 - 0.5;
        let size = |i: usize, j: usize| 10_f64.powi((j * 170 + i * 310) as i32 % 600 - 300);
        let a = Mat::from_fn(n, n, |i, j| if j == 0 { 0.0 } else { uniform() * size(i, j) });
        let found = check(&a).expect("a column of zeros");
        assert_eq!((found.rank, found.pivotless), (n - 1, 0));
        let dyadic = Dyadic::new(a.as_ref()).unwrap();
        assert_eq!(dependence(&dyadic, 1 << 15).unwrap(), None);
        assert_eq!(dependence(&dyadic, EXACT_EFFORT).unwrap(), found.dependence);
    }

    #[test]
    fn blocks_agree_with_small_steps() {
        let mut state = 13;
        for n in 1..=EXACT_SMALL {
            let dyadic = Dyadic::new(product(n, n - n / 3, &mut state).as_ref()).unwrap();
            for field in Field::all().take(2) {
                assert_eq!(small_rank(&field, &dyadic), rank_modulo(&field, &dyadic).unwrap());
            }
        }
    }

    #[test]
    fn primes_for_every_size() {
        assert_eq!(primes_wanted(0), 2);
        assert_eq!(primes_wanted(60_000), 3);
        assert_eq!(primes_wanted(1 << 30), 4);
    }
}
