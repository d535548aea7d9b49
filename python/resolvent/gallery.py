"""Named test matrices, with what is known of them: inverse, determinant, rank, condition.

>>> import resolvent as rs
>>> rs.gallery.hilbert(2)
array([[1.        , 0.5       ],
       [0.5       , 0.33333333]])

The matrices that have tried solvers since there are solvers, under the names they have in the literature. Most are in
MATLAB's ``gallery`` and in Higham's Test Matrix Toolbox (1995); chapter 28 of his *Accuracy and Stability of Numerical
Algorithms* (2002) tells their story. All are float64; ``.astype`` makes others of them. What is random comes from a
small generator of its own, so that a seed gives the same matrix on every machine and in the Rust library.
"""

from collections.abc import Callable, Sequence
from math import comb, cos, sin, sqrt

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = [
    "cauchy",
    "cauchy_inverse",
    "circulant",
    "frank",
    "graded_rows",
    "hilbert",
    "hilbert_inverse",
    "kahan",
    "lotkin",
    "magic",
    "minij",
    "minij_inverse",
    "nearly_dependent",
    "one_scaled_row",
    "pascal",
    "pascal_inverse",
    "random_spectrum",
    "rank_deficient",
    "second_difference",
    "second_difference_inverse",
    "vandermonde",
    "wilkinson_eigen",
    "wilkinson_growth",
]

_Matrix = NDArray[np.float64]


def _matrix(nrows: int, ncols: int, element: Callable[[int, int], float]) -> _Matrix:
    """Element by element, each rounded once."""
    a = np.empty((nrows, ncols))
    for i in range(nrows):
        for j in range(ncols):
            a[i, j] = element(i, j)
    return a


def _sign(k: int) -> int:
    """``(-1)**k``."""
    return -1 if k % 2 else 1


def hilbert(n: int) -> _Matrix:
    """The Hilbert matrix, ``1 / (i + j + 1)``: the classic of ill-conditioning. MATLAB's ``hilb``.

    Symmetric, positive definite; its condition number grows as ``exp(3.5 n)``. The inverse is ``hilbert_inverse``.

    Examples
    --------
    >>> rs.gallery.hilbert(3)[2]
    array([0.33333333, 0.25      , 0.2       ])
    """
    return _matrix(n, n, lambda i, j: 1 / (i + j + 1))


def hilbert_inverse(n: int) -> _Matrix:
    """The inverse of the Hilbert matrix: whole numbers, exact up to order 12. MATLAB's ``invhilb``.

    Examples
    --------
    >>> rs.gallery.hilbert_inverse(2)
    array([[ 4., -6.],
           [-6., 12.]])
    """

    def element(i: int, j: int) -> int:
        sides = comb(n + i, n - j - 1) * comb(n + j, n - i - 1)
        return _sign(i + j) * (i + j + 1) * sides * comb(i + j, i) ** 2

    return _matrix(n, n, element)


def lotkin(n: int) -> _Matrix:
    """Lotkin's matrix: the Hilbert matrix with ones in its first row. MATLAB's ``gallery('lotkin')``.

    Not symmetric, as ill-conditioned as Hilbert's; the inverse has whole numbers.

    Examples
    --------
    >>> rs.gallery.lotkin(2)
    array([[1.        , 1.        ],
           [0.5       , 0.33333333]])
    """
    a = hilbert(n)
    a[:1] = 1
    return a


def cauchy(x: ArrayLike, y: ArrayLike) -> _Matrix:
    """Cauchy's matrix, ``1 / (x[i] + y[j])``, of shape (len(x), len(y)). MATLAB's ``gallery('cauchy')``.

    Examples
    --------
    >>> rs.gallery.cauchy([1, 3], [1, 2])
    array([[0.5       , 0.33333333],
           [0.25      , 0.2       ]])
    """
    return 1 / (_vector(x)[:, None] + _vector(y))


def cauchy_inverse(x: ArrayLike, y: ArrayLike) -> _Matrix:
    """The inverse of a square Cauchy matrix: each element right to about 6 n eps, however ill-conditioned the matrix.

    Examples
    --------
    >>> rs.gallery.cauchy_inverse([1, 3], [1, 2])
    array([[ 12., -20.],
           [-15.,  30.]])
    """
    u, v = _vector(x), _vector(y)
    if len(u) != len(v):
        raise ValueError(f"a matrix with an inverse needs as many x as y, not {len(u)} and {len(v)}")
    n = len(u)

    def element(i: int, j: int) -> float:
        product = 1.0
        for k in range(n):
            apart = (1.0 if k == j else u[j] - u[k]) * (1.0 if k == i else v[i] - v[k])
            product *= (u[j] + v[k]) * (u[k] + v[i]) / apart
        return product / float(u[j] + v[i])

    return _matrix(n, n, element)


def vandermonde(x: ArrayLike, n: int | None = None) -> _Matrix:
    """Vandermonde's matrix: row i holds the powers of ``x[i]``, from 0 to n - 1, n being ``len(x)`` if not given.

    NumPy's ``vander`` with ``increasing=True``. The determinant is the product of all ``x[i] - x[j]`` with i > j.

    Examples
    --------
    >>> rs.gallery.vandermonde([1, 2, 3])
    array([[1., 1., 1.],
           [1., 2., 4.],
           [1., 3., 9.]])
    """
    return np.vander(_vector(x), n, increasing=True)


def kahan(n: int, theta: float = 1.2) -> _Matrix:
    """Kahan's upper triangle: ``sin(theta)**i`` on the diagonal, ``-cos(theta) sin(theta)**i`` to the right of it.

    No diagonal element is small, yet it is nearly singular, and QR with column pivoting does not see that. MATLAB's
    ``gallery('kahan')``.

    Examples
    --------
    >>> rs.gallery.kahan(2).round(3)
    array([[ 1.   , -0.362],
           [ 0.   ,  0.932]])
    """
    s, c = sin(theta), cos(theta)
    return _matrix(n, n, lambda i, j: 0.0 if j < i else s**i if j == i else -c * s**i)


def pascal(n: int) -> _Matrix:
    """Pascal's matrix, the binomials ``comb(i + j, i)``: symmetric, positive definite, of determinant 1.

    Exact up to order 29. The inverse is ``pascal_inverse``; the eigenvalues come in pairs x, 1/x.

    Examples
    --------
    >>> rs.gallery.pascal(3)
    array([[1., 1., 1.],
           [1., 2., 3.],
           [1., 3., 6.]])
    """
    return _matrix(n, n, lambda i, j: comb(i + j, i))


def pascal_inverse(n: int) -> _Matrix:
    """The inverse of Pascal's matrix: whole numbers.

    Examples
    --------
    >>> rs.gallery.pascal_inverse(2)
    array([[ 2., -1.],
           [-1.,  1.]])
    """
    return _matrix(n, n, lambda i, j: _sign(i + j) * sum(comb(k, i) * comb(k, j) for k in range(n)))


def frank(n: int) -> _Matrix:
    """Frank's matrix, upper Hessenberg: ``n - max(i, j)``, zero below the subdiagonal. Of determinant 1.

    The small eigenvalues are ill-conditioned. MATLAB's ``gallery('frank')``.

    Examples
    --------
    >>> rs.gallery.frank(3)
    array([[3., 2., 1.],
           [2., 2., 1.],
           [0., 1., 1.]])
    """
    return _matrix(n, n, lambda i, j: 0 if i > j + 1 else n - max(i, j))


def magic(n: int) -> _Matrix:
    """A magic square of the numbers 1 to n**2: rows, columns and diagonals have one sum. MATLAB's ``magic``.

    Regular for odd orders; for even orders from 4 on singular, a trap for whoever trusts pivots: rank 3 if 4 divides
    n, else n/2 + 2. There is none of order 2; ``[[1, 3], [4, 2]]`` stands for it.

    Examples
    --------
    >>> rs.gallery.magic(3)
    array([[8., 1., 6.],
           [3., 5., 7.],
           [4., 9., 2.]])
    """
    i, j = np.indices((n, n))
    if n % 2:
        # De la Loubere's staircase.
        return np.asarray(n * ((i + j + (n + 1) // 2) % n) + (i + 2 * j + 1) % n + 1, dtype=np.float64)
    if n % 4 == 0:
        # The numbers in order, those on the diagonals of the 4 x 4 blocks counted from the other end.
        number = n * i + j + 1
        middle = [(k % 4 == 1) | (k % 4 == 2) for k in (i, j)]
        return np.where(middle[0] == middle[1], n * n + 1 - number, number).astype(np.float64)
    # Strachey: four squares of half the order, and some columns of the upper and lower half exchanged.
    half, k = n // 2, (n - 2) // 4
    square = magic(half)
    upper = np.hstack([square, square + 2 * half**2])
    lower = np.hstack([square + 3 * half**2, square + half**2])
    exchanged = (j < k) | (j > n - k)
    exchanged[k::half] = ((j >= 1) & (j <= k) | (j > n - k))[k::half]
    exchanged = exchanged[:half] & (n > 2)
    return np.vstack([np.where(exchanged, lower, upper), np.where(exchanged, upper, lower)])


def wilkinson_growth(n: int) -> _Matrix:
    """The matrix on which partial pivoting fails: 1 on the diagonal and in the last column, -1 below the diagonal.

    The last column doubles in every step of elimination, to ``2**(n-1)``, the determinant; the condition number is
    modest. MATLAB's ``gallery('gfpp')``.

    Examples
    --------
    >>> rs.gallery.wilkinson_growth(3)
    array([[ 1.,  0.,  1.],
           [-1.,  1.,  1.],
           [-1., -1.,  1.]])
    """
    return _matrix(n, n, lambda i, j: 1 if j in (i, n - 1) else -1 if i > j else 0)


def wilkinson_eigen(n: int) -> _Matrix:
    """Wilkinson's W_n^+: tridiagonal, ``abs((n-1)/2 - i)`` on the diagonal, ones beside it. MATLAB's ``wilkinson``.

    Its largest eigenvalues come in pairs, which agree to many digits and are not equal.

    Examples
    --------
    >>> rs.gallery.wilkinson_eigen(3)
    array([[1., 1., 0.],
           [1., 0., 1.],
           [0., 1., 1.]])
    """
    return _matrix(n, n, lambda i, j: abs((n - 1) / 2 - i) if i == j else float(abs(i - j) == 1))


def second_difference(n: int) -> _Matrix:
    """The second difference, Poisson's matrix in one dimension: tridiagonal, 2 on the diagonal, -1 beside it.

    Symmetric, positive definite, of determinant n + 1, with eigenvalues ``4 sin(k pi / (2n+2))**2``. MATLAB's
    ``gallery('tridiag')``.

    Examples
    --------
    >>> rs.gallery.second_difference(3)
    array([[ 2., -1.,  0.],
           [-1.,  2., -1.],
           [ 0., -1.,  2.]])
    """
    return 2 * np.eye(n) - np.eye(n, k=1) - np.eye(n, k=-1)


def second_difference_inverse(n: int) -> _Matrix:
    """The inverse of the second difference, Green's function of a string.

    Examples
    --------
    >>> rs.gallery.second_difference_inverse(3)
    array([[0.75, 0.5 , 0.25],
           [0.5 , 1.  , 0.5 ],
           [0.25, 0.5 , 0.75]])
    """
    return _matrix(n, n, lambda i, j: (min(i, j) + 1) * (n - max(i, j)) / (n + 1))


def minij(n: int) -> _Matrix:
    """``min(i, j) + 1``: symmetric, positive definite, of determinant 1. MATLAB's ``gallery('minij')``.

    Examples
    --------
    >>> rs.gallery.minij(3)
    array([[1., 1., 1.],
           [1., 2., 2.],
           [1., 2., 3.]])
    """
    return _matrix(n, n, lambda i, j: min(i, j) + 1)


def minij_inverse(n: int) -> _Matrix:
    """The inverse of ``minij``: the second difference with a 1 in its last place.

    Examples
    --------
    >>> rs.gallery.minij_inverse(3)
    array([[ 2., -1.,  0.],
           [-1.,  2., -1.],
           [ 0., -1.,  1.]])
    """
    a = second_difference(n)
    a[n - 1 :, n - 1 :] = 1
    return a


def circulant(row: ArrayLike) -> _Matrix:
    """A circulant: every row is the one above, moved right by one, around the end. MATLAB's ``gallery('circul')``.

    The eigenvalues are the discrete Fourier transform of its first row, the determinant is their product.

    Examples
    --------
    >>> rs.gallery.circulant([1, 2, 3])
    array([[1., 2., 3.],
           [3., 1., 2.],
           [2., 3., 1.]])
    """
    first = _vector(row)
    n = len(first)
    return first[(np.arange(n) - np.arange(n)[:, None]) % n] if n else np.empty((0, 0))


def rank_deficient(n: int, rank: int, seed: int = 0) -> _Matrix:
    """Small whole numbers of exactly that rank: ``[I Y; X XY]``, its rows and columns in random order.

    What is independent is so by far. Of a rank above n, n is taken.

    Examples
    --------
    >>> rs.linalg.matrix_rank(rs.gallery.rank_deficient(6, 4))
    np.int64(4)
    """
    rank, random = min(rank, n), _Random(seed)
    left, right = (np.vstack([np.eye(rank), _matrix(n - rank, rank, lambda i, j: random.digit())]) for _ in range(2))
    rows, columns = random.permutation(n), random.permutation(n)
    return np.asarray((left @ right.T)[np.ix_(rows, columns)])


def graded_rows(n: int, last: float, seed: int = 0) -> _Matrix:
    """Uniform elements in [-1, 1), rows graded by powers of ten from 1 to ``10**last``.

    Ill-conditioned by its scaling only.

    Examples
    --------
    >>> bool(abs(rs.gallery.graded_rows(5, -12)[4]).max() <= 1e-12)
    True
    """
    random, steps = _Random(seed), max(n, 2) - 1
    return _matrix(n, n, lambda i, j: random.uniform() * 10.0 ** (last * i / steps))


def one_scaled_row(n: int, scale: float = 1e-300, seed: int = 0) -> _Matrix:
    """Uniform elements in [-1, 1), the row in the middle, ``n // 2``, multiplied by ``scale``.

    Examples
    --------
    >>> bool(abs(rs.gallery.one_scaled_row(3)[1]).max() <= 1e-300)
    True
    """
    random = _Random(seed)
    return _matrix(n, n, lambda i, j: random.uniform() * (scale if i == n // 2 else 1.0))


def random_spectrum(singular_values: ArrayLike, seed: int = 0) -> _Matrix:
    """A random matrix of given singular values, by random reflections. MATLAB's ``gallery('randsvd')``.

    Examples
    --------
    >>> rs.linalg.svdvals(rs.gallery.random_spectrum([4, 2, 1])).round(12)
    array([4., 2., 1.])
    """
    a = np.diag(_vector(singular_values))
    n, random = len(a), _Random(seed)
    for _ in range(n):
        u, v = random.unit_vector(n), random.unit_vector(n)
        a = a - np.outer(2 * u, u @ a)
        a = a - np.outer(a @ v, 2 * v)
    return a


def nearly_dependent(n: int, distance: float = 1e-10, seed: int = 0) -> _Matrix:
    """Small whole numbers whose last column is the sum of the others, but for its last element, off by ``distance``.

    Of determinant ``distance``; singular for 0, or what rounding loses.

    Examples
    --------
    >>> rs.gallery.nearly_dependent(3, 0.5)[2]
    array([0. , 1. , 1.5])
    """
    random = _Random(seed)
    a = np.eye(n, max(n, 1))[:, : max(n - 1, 0)]
    for i in range(1, n):
        a[i, i - 1] = -1 if random.digit() < 0 else 1
    a = np.hstack([a, a.sum(axis=1, keepdims=True)])[:, :n]
    a[n - 1 :, n - 1 :] += distance
    return a


class _Random:
    """SplitMix64 (Steele, Lea and Flood 2014), as in the Rust library."""

    def __init__(self, seed: int) -> None:
        self.state = seed & _MASK

    def next(self) -> int:
        self.state = (self.state + 0x9E3779B97F4A7C15) & _MASK
        z = self.state
        z = ((z ^ z >> 30) * 0xBF58476D1CE4E5B9) & _MASK
        z = ((z ^ z >> 27) * 0x94D049BB133111EB) & _MASK
        return z ^ z >> 31

    def uniform(self) -> float:
        return (self.next() >> 11) / 2.0**52 - 1.0

    def digit(self) -> int:
        return ((self.next() >> 32) * 5 >> 32) - 2

    def permutation(self, n: int) -> list[int]:
        order = list(range(n))
        for i in range(n - 1, 0, -1):
            k = self.next() % (i + 1)
            order[i], order[k] = order[k], order[i]
        return order

    def unit_vector(self, n: int) -> _Matrix:
        v = np.array([self.uniform() for _ in range(n)])
        return v / (sqrt(float(v @ v)) or 1.0)


_MASK = 2**64 - 1


def _vector(numbers: ArrayLike | Sequence[float]) -> _Matrix:
    vector = np.asarray(numbers, dtype=np.float64)
    if vector.ndim != 1:
        raise ValueError(f"expected numbers in one dimension, not an array of shape {vector.shape}")
    return vector
