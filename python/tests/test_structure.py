"""Structure that is found, structure that is assumed: the methods that run, and the answers, beside NumPy's."""

import numpy as np
import pytest
from cases import DTYPES, eps, matrices, same_bits

import resolvent as rs

RNG = np.random.default_rng(4)


def dominant(order, dtype):
    return matrices(order, dtype=dtype) + 2 * order * np.eye(order, dtype=dtype)


def permuted(a):
    n = len(a)
    return a[np.ix_(RNG.permutation(n), RNG.permutation(n))]


def band(order, lower, upper, dtype):
    return np.triu(np.tril(dominant(order, dtype), upper), -lower)


def blocks(order, size, dtype):
    place = np.arange(order) // size
    return dominant(order, dtype) * (place[:, None] == place)


# What SciPy's words mean.
MEANT = {
    "gen": lambda a: a,
    "banded": lambda a: a,
    "sym": lambda a: np.triu(a) + np.triu(a, 1).T,
    "her": lambda a: np.triu(a, 1) + np.triu(a, 1).T.conj() + np.diag(np.diag(a).real),
    "pos": lambda a: np.triu(a, 1) + np.triu(a, 1).T.conj() + np.diag(np.diag(a).real),
    "diagonal": lambda a: np.diag(np.diag(a)),
    "tridiagonal": lambda a: np.triu(np.tril(a, 1), -1),
    "upper triangular": np.triu,
    "lower triangular": np.tril,
}

STRUCTURES = {
    "diagonal: division": lambda n, dtype: np.diag(np.diag(dominant(n, dtype))),
    "triangular: substitution": lambda n, dtype: permuted(np.triu(dominant(n, dtype))),
    "banded: lu, partial pivoting": lambda n, dtype: band(n, 1, 2, dtype),
    "block triangular: lu, ldl^H of the blocks, substitution": lambda n, dtype: permuted(blocks(n, n // 5, dtype)),
    "lu, partial pivoting, blocked": dominant,
}


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("method", STRUCTURES)
def test_structure_is_found(method, dtype):
    n = 150
    a = STRUCTURES[method](n, dtype)
    b = matrices(n, dtype=dtype)[:, :3]
    x, info = rs.solve_ex(a, b)
    assert info.method == method
    assert info.status == rs.Status.OK
    np.testing.assert_allclose(x, np.linalg.solve(a, b), rtol=0, atol=1e3 * eps(dtype) * np.abs(x).max())
    inverse = rs.inv(a)
    np.testing.assert_allclose(inverse @ a, np.eye(n), atol=1e3 * eps(dtype))
    assert same_bits(rs.inv(np.asfortranarray(a)), inverse)


@pytest.mark.parametrize("order", [3, 60, 200])
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("word", MEANT)
def test_as_scipy_assumes(word, dtype, order):
    a = dominant(order, dtype)
    if word == "banded":
        a = band(order, 1, 1, dtype)
    b = matrices(order, dtype=dtype)[0]
    x = rs.solve(a, b, assume_a=word)
    expected = np.linalg.solve(MEANT[word](a), b)
    np.testing.assert_allclose(x, expected, rtol=0, atol=1e3 * eps(dtype) * np.abs(x).max())
    full = rs.inv(a, assume_a=word)
    np.testing.assert_allclose(full @ b, x, rtol=0, atol=1e3 * eps(dtype) * order * np.abs(x).max())
    out = a.copy()
    assert rs.inv(out, out=out, assume_a=word) is out
    assert same_bits(out, full)


def test_the_words():
    a = np.array([[2.0, 1.0], [np.nan, 3.0]])
    for call in (rs.inv, rs.inv_ex, lambda a, **words: rs.solve(a, a, **words)):
        with pytest.raises(
            ValueError, match=r"'psd' is nothing that a matrix can be assumed to be.*'positive definite'"
        ):
            call(a, assume_a="psd")
        with pytest.raises(TypeError):
            call(a, assume_a=3)
    assert rs.inv_ex(a, assume_a="symmetric").info.status == rs.Status.OK
    assert rs.solve_ex(a, [1, 1], assume_a="lower triangular").info.status == rs.Status.NOT_FINITE
    assert np.isnan(rs.inv(a)).all()


def test_general_looks_for_nothing():
    a = np.diag(np.arange(1.0, 201.0))
    assert rs.inv_ex(a).info.method == "diagonal: division"
    assert rs.inv_ex(a, assume_a="general").info.method == "lu, partial pivoting, blocked"


def test_one_matrix_for_many_right_hand_sides_is_read_once():
    a = np.eye(60)
    b = np.broadcast_to(np.ones((60, 0)), (3_000_000, 60, 0))
    assert rs.solve(a, b, assume_a="symmetric").shape == b.shape


def test_types_that_override_numpy_are_refused():
    masked = np.ma.masked_array(np.eye(2))

    class Mine:
        def __array_function__(self, *_):
            return "mine"

    assert rs.inv(Mine()) == "mine"
    with pytest.raises(TypeError, match="assume_a"):
        rs.inv(Mine(), assume_a="diagonal")
    np.testing.assert_array_equal(rs.inv(masked, assume_a="diagonal"), np.eye(2))
