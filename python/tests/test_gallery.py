"""The gallery: what is claimed of its matrices, in exact arithmetic."""

import doctest
from fractions import Fraction
from math import prod

import numpy as np
import pytest

import resolvent as rs
from resolvent import gallery


def exact(a):
    return [[Fraction(float(x)) for x in row] for row in a]


def product(a, b):
    columns = list(zip(*b, strict=True))
    return [[sum(x * y for x, y in zip(row, column, strict=True)) for column in columns] for row in a]


def identity(n):
    return [[Fraction(i == j) for j in range(n)] for i in range(n)]


def rank_and_det(a):
    """By elimination without rounding."""
    a, rank, det = exact(a), 0, Fraction(1)
    for j in range(len(a)):
        pivot = next((i for i in range(rank, len(a)) if a[i][j]), None)
        if pivot is None:
            det = Fraction(0)
            continue
        if pivot != rank:
            a[rank], a[pivot], det = a[pivot], a[rank], -det
        det *= a[rank][j]
        for i in range(rank + 1, len(a)):
            scale = a[i][j] / a[rank][j]
            a[i] = [x - scale * y for x, y in zip(a[i], a[rank], strict=True)]
        rank += 1
    return rank, det


ORDERS = range(11)


@pytest.mark.parametrize("n", ORDERS)
def test_inverses_are_inverses(n):
    hilbert = [[Fraction(1, i + j + 1) for j in range(n)] for i in range(n)]
    assert product(hilbert, exact(gallery.hilbert_inverse(n))) == identity(n)
    assert product(exact(gallery.pascal(n)), exact(gallery.pascal_inverse(n))) == identity(n)
    assert product(exact(gallery.minij(n)), exact(gallery.minij_inverse(n))) == identity(n)
    green = [[Fraction(round(float(x) * (n + 1)), n + 1) for x in row] for row in gallery.second_difference_inverse(n)]
    assert product(exact(gallery.second_difference(n)), green) == identity(n)


def test_the_hilbert_matrix_is_that_of_fractions():
    assert [[float(Fraction(1, i + j + 1)) for j in range(5)] for i in range(5)] == gallery.hilbert(5).tolist()
    lotkin = gallery.lotkin(5)
    assert (lotkin[0] == 1).all()
    assert (lotkin[1:] == gallery.hilbert(5)[1:]).all()


def test_the_inverse_of_cauchys_matrix_is_accurate_where_no_solver_is():
    x, y = np.arange(1, 13), np.arange(12)
    assert (gallery.cauchy(x, y) == gallery.hilbert(12)).all()
    np.testing.assert_allclose(gallery.cauchy_inverse(x, y), gallery.hilbert_inverse(12), rtol=72 * 2.0**-52)
    assert gallery.cauchy([1], [1, 3]).tolist() == [[0.5, 0.25]]
    with pytest.raises(ValueError, match="as many x as y"):
        gallery.cauchy_inverse([1, 2], [1])


@pytest.mark.parametrize("n", ORDERS[1:])
def test_determinants_are_as_told(n):
    one_to_n = list(range(1, n + 1))
    assert rank_and_det(gallery.frank(n))[1] == 1
    assert rank_and_det(gallery.pascal(n))[1] == 1
    assert rank_and_det(gallery.minij(n))[1] == 1
    assert rank_and_det(gallery.wilkinson_growth(n))[1] == 2 ** (n - 1)
    assert rank_and_det(gallery.second_difference(n))[1] == n + 1
    assert abs(rank_and_det(gallery.circulant(one_to_n))[1]) == Fraction(n ** (n - 1) * (n + 1), 2)
    assert rank_and_det(gallery.nearly_dependent(n, 0.25))[1] == Fraction(1, 4)
    assert rank_and_det(gallery.nearly_dependent(n, 0.0))[1] == 0
    differences = [i - j for i in one_to_n for j in one_to_n if i > j]
    assert rank_and_det(gallery.vandermonde(one_to_n))[1] == prod(differences)
    assert float(rs.det(gallery.kahan(n))) == pytest.approx(np.sin(1.2) ** (n * (n - 1) / 2))


@pytest.mark.parametrize("n", [1, *range(3, 16)])
def test_magic_squares(n):
    a = gallery.magic(n)
    assert sorted(a.ravel().tolist()) == list(range(1, n * n + 1))
    sums = {*a.sum(axis=0).tolist(), *a.sum(axis=1).tolist(), np.trace(a).item(), np.trace(a[::-1]).item()}
    assert sums == {n * (n * n + 1) / 2}
    assert rank_and_det(a)[0] == {0: 3, 2: n // 2 + 2}.get(n % 4, n)


def test_magic_squares_are_matlabs():
    assert gallery.magic(2).tolist() == [[1, 3], [4, 2]]
    assert gallery.magic(4).tolist() == [[16, 2, 3, 13], [5, 11, 10, 8], [9, 7, 6, 12], [4, 14, 15, 1]]
    assert gallery.magic(6)[:2].tolist() == [[35, 1, 6, 26, 19, 24], [3, 32, 7, 21, 23, 25]]


@pytest.mark.parametrize(("n", "rank"), [(0, 0), (1, 0), (4, 2), (7, 7), (9, 1), (3, 8)])
def test_ranks_are_exact(n, rank):
    a = gallery.rank_deficient(n, rank, seed=5)
    assert rank_and_det(a)[0] == min(rank, n)
    assert (a == a.round()).all()


def test_the_generator_is_the_published_one():
    random = gallery._Random(1234567)
    assert [random.next() for _ in range(2)] == [6457827717110365317, 3203168211198807973]
    # As the Rust library has it, of the same seed.
    assert gallery.rank_deficient(3, 2, seed=7).tolist() == [[2, 1, 0], [-2, -1, -2], [0, 0, 1]]


def test_scalings_and_spectra():
    graded = abs(gallery.graded_rows(4, -300))
    assert 0 < graded[3].max() < 1e-300
    assert graded[0].max() > 0.01
    scaled = abs(gallery.one_scaled_row(5))
    assert 0 < scaled[2].max() <= 1e-300
    assert scaled[3].max() > 0.01
    spectrum = [3, 2, 1e-3]
    np.testing.assert_allclose(np.linalg.svdvals(gallery.random_spectrum(spectrum)), spectrum, rtol=1e-11)
    assert (gallery.random_spectrum(spectrum, seed=1) != gallery.random_spectrum(spectrum, seed=2)).any()
    pairs = np.linalg.eigvalsh(gallery.wilkinson_eigen(21))
    assert 0 < pairs[-1] - pairs[-2] < 1e-13


def test_all_are_float64_matrices_also_of_order_zero():
    for name in gallery.__all__:
        function = getattr(gallery, name)
        vectors = {"cauchy": ([], []), "cauchy_inverse": ([], []), "circulant": ([],), "random_spectrum": ([],)}
        empty = function(
            *vectors.get(
                name, {"vandermonde": ([], 0), "rank_deficient": (0, 0), "graded_rows": (0, -3)}.get(name, (0,))
            )
        )
        assert empty.shape == (0, 0), name
        assert empty.dtype == np.float64, name
    with pytest.raises(ValueError, match="one dimension"):
        gallery.circulant([[1, 2]])


def test_the_examples_say_the_truth():
    assert rs.gallery is gallery
    assert doctest.testmod(gallery, extraglobs={"rs": rs}).failed == 0
