"""``resolvent.exact`` against fractions and mpmath."""

import itertools
import subprocess
import sys
from fractions import Fraction

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import resolvent as rs

BIG = 10**50


def cofactors(a):
    """The determinant as it is defined."""
    n = len(a)
    total = 0
    for order in itertools.permutations(range(n)):
        inversions = sum(order[i] > order[j] for i in range(n) for j in range(i + 1, n))
        term = (-1) ** inversions
        for i in range(n):
            term *= a[i][order[i]]
        total += term
    return total


def exact_product(a, b):
    return [[sum(x * y for x, y in zip(row, column, strict=True)) for column in zip(*b, strict=True)] for row in a]


def identity(n):
    return [[int(i == j) for j in range(n)] for i in range(n)]


numbers = st.one_of(st.integers(-4, 4), st.integers(-BIG, BIG), st.fractions(max_denominator=10**6))
squares = st.integers(1, 4).flatmap(
    lambda n: st.lists(st.lists(numbers, min_size=n, max_size=n), min_size=n, max_size=n)
)


@given(squares)
def test_small_matrices(a):
    det = rs.exact.det(a)
    assert det == cofactors(a)
    whole = all(isinstance(x, int) for row in a for x in row)
    assert type(det) is (int if whole else Fraction)
    n = len(a)
    if det == 0:
        assert rs.exact.rank(a) < n
        with pytest.raises(rs.SingularMatrixError):
            rs.exact.inv(a)
        with pytest.raises(rs.SingularMatrixError):
            rs.exact.solve(a, a)
    else:
        assert rs.exact.rank(a) == n
        inverse = rs.exact.inv(a)
        assert all(type(x) is Fraction for x in inverse.flat)
        assert exact_product(a, inverse.tolist()) == identity(n)
        b = [row[::-1] for row in a]
        assert exact_product(a, rs.exact.solve(a, b).tolist()) == b


@given(hnp.arrays(hnp.integer_dtypes() | hnp.unsigned_integer_dtypes() | hnp.boolean_dtypes(), (2, 3, 3)))
def test_arrays_of_every_integer_type(a):
    dets = rs.exact.det(a)
    assert dets.shape == (2,)
    assert dets.dtype == object
    assert dets.tolist() == [cofactors(m) for m in a.tolist()]
    assert all(type(det) is int for det in dets)


def test_against_mpmath():
    rng = np.random.default_rng(1)
    n = 30
    a = rng.integers(-(2**20), 2**20, (n, n))
    det = rs.exact.det(a)
    with mpmath.workdps(300):
        expected = mpmath.det(mpmath.matrix(a.tolist()))
        assert abs(det - expected) < mpmath.mpf(10) ** -50
    b = [BIG + i for i in range(n)]
    x = rs.exact.solve(a, b)
    assert x.shape == (n,)
    assert [sum(r * y for r, y in zip(row, x, strict=True)) for row in a.tolist()] == b
    assert (rs.exact.inv(a) @ a == np.eye(n)).all()


def test_ranks():
    rng = np.random.default_rng(2)
    left, right = rng.integers(-9, 9, (40, 17)), rng.integers(-9, 9, (17, 25))
    assert rs.exact.rank(left @ right) == 17
    assert rs.exact.rank([[BIG, 2 * BIG], [Fraction(1, BIG), Fraction(2, BIG)]]) == 1
    assert rs.exact.rank([[1, 2, 3]]) == 1
    ranks = rs.exact.rank(np.array([[[1, 2], [2, 4]], [[1, 0], [0, 1]], [[0, 0], [0, 0]]]))
    assert ranks.tolist() == [1, 2, 0]
    assert ranks.dtype == np.intp


def test_layouts():
    rng = np.random.default_rng(3)
    a = rng.integers(-9, 9, (4, 3, 3))
    expected = rs.exact.det(a).tolist()
    for view in [np.asfortranarray(a), a.astype(">i4"), a.astype(object), a.tolist(), list(a), a[::-1][::-1]]:
        assert rs.exact.det(view).tolist() == expected
    assert rs.exact.det(a[::-1]).tolist() == expected[::-1]
    assert rs.exact.det(np.broadcast_to(a[0], (2, 2, 3, 3))).tolist() == [[expected[0]] * 2] * 2


def test_stacks_of_systems():
    a = np.array([[[2, 1], [1, 3]], [[1, 1], [0, 1]]])
    b = np.array([5, 4])
    x = rs.exact.solve(a, b)
    assert x.tolist() == [[Fraction(11, 5), Fraction(3, 5)], [1, 4]]
    columns = np.array([[[1, 0], [0, 1]]])
    assert (rs.exact.solve(a, columns) == rs.exact.inv(a)).all()
    assert rs.exact.solve(a[0], np.ones((5, 3, 2, 4), int)).shape == (5, 3, 2, 4)
    assert rs.exact.solve(a[:, None], np.ones((3, 2, 1), int)).shape == (2, 3, 2, 1)


def test_empty_shapes():
    assert rs.exact.det(np.empty((0, 0), int)) == 1
    assert rs.exact.det(np.empty((3, 0, 0), int)).tolist() == [1, 1, 1]
    assert rs.exact.det(np.empty((0, 2, 2), int)).shape == (0,)
    assert rs.exact.inv(np.empty((0, 0), int)).shape == (0, 0)
    assert rs.exact.inv(np.empty((0, 2, 2), int)).shape == (0, 2, 2)
    assert rs.exact.solve(np.empty((0, 0), int), np.empty((0, 3), int)).shape == (0, 3)
    assert rs.exact.solve(np.eye(2, dtype=int), np.empty((2, 0), int)).shape == (2, 0)
    assert rs.exact.rank(np.empty((3, 0), int)) == 0


def test_singular_matrices_say_why():
    with pytest.raises(rs.SingularMatrixError, match=r"^Singular matrix: row 2 = 2\*row 1 - row 0$") as caught:
        rs.exact.inv(np.arange(1, 10).reshape(3, 3))
    assert caught.value.indices == ((),)
    assert caught.value.pivot == 2
    stack = np.array([[[1, 2], [2, 4]], [[1, 0], [0, 1]], [[0, 0], [0, 0]]])
    with pytest.raises(rs.SingularMatrixError, match=r"matrix 0 of the stack; row 1 = 2\*row 0 \(2 matrices") as caught:
        rs.exact.solve(stack, np.ones(2, int))
    assert caught.value.indices == (0, 2)
    with pytest.raises(rs.SingularMatrixError, match=r"matrix \(1, 0\) of the stack; row 0 is zero") as caught:
        rs.exact.solve(stack[[1, 2]][:, None], np.ones((2, 2, 1), int))
    assert caught.value.indices == ((1, 0), (1, 1))


@pytest.mark.parametrize(
    ("a", "error", "message"),
    [
        (np.eye(2), TypeError, r"a\[0, 0\] is a float.*Fraction\(x\)"),
        ([[1, 2.0], [3, 4]], TypeError, r"a\[0, 1\] is a float"),
        ([[1, 2], [3, np.float64(4)]], TypeError, r"a\[1, 1\] is a float64"),
        ([[1, 2j], [3, 4]], TypeError, r"a\[0, 1\] is a complex"),
        ([[1, "2"], [3, 4]], TypeError, r"a\[0, 1\] is a str, which is neither"),
        ([[1, None], [3, 4]], TypeError, r"neither an integer nor a fraction"),
        ([[[1, 2], [3, 4]], [[1, 2], [3]]], ValueError, r"a\[0, 0\] is a sequence.*same length"),
        ([[1, 2, 3], [4, 5, 6]], np.linalg.LinAlgError, r"must be square"),
        ([1, 2], np.linalg.LinAlgError, r"1-dimensional array given"),
        (3, np.linalg.LinAlgError, r"0-dimensional array given"),
    ],
)
def test_refusals(a, error, message):
    with pytest.raises(error, match=message):
        rs.exact.det(a)
    with pytest.raises(error, match=message):
        rs.exact.inv(a)


def test_more_refusals():
    with pytest.raises(ValueError, match=r"a\[0\] is a sequence, not a number: the rows must have the same length"):
        rs.exact.det([[1, 2], [3]])
    with pytest.raises(TypeError, match=r"b\[1\] is a float"):
        rs.exact.solve([[1, 0], [0, 1]], [1, 0.5])
    with pytest.raises(ValueError, match="b needs as many rows as a, which is 2"):
        rs.exact.solve([[1, 0], [0, 1]], [1, 2, 3])
    with pytest.raises(ValueError, match="do not fit"):
        rs.exact.solve(np.ones((2, 1, 1), int), np.ones((3, 1, 1), int))

    class Strange:
        numerator, denominator = 1, 0

    with pytest.raises(ValueError, match=r"the denominator of a\[0, 0\] is zero"):
        rs.exact.det(np.array([[Strange()]], dtype=object))


def test_numbers_that_are_no_pythons():
    assert rs.exact.det(np.array([[np.int8(3), True], [np.uint64(2**63), 1]], dtype=object)) == 3 - 2**63
    assert rs.exact.det([[2**63, -1], [1, 1]]) == 2**63 + 1


def test_fractions_are_imported_when_they_are_needed():
    code = "import sys, resolvent; resolvent.exact.det; print('fractions' in sys.modules)"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "False"


def test_interruption():
    """Ctrl-C is heard."""
    code = """
import _thread, threading, numpy as np, resolvent as rs
a = np.random.default_rng(0).integers(-2**62, 2**62, (160, 160))
threading.Timer(0.5, _thread.interrupt_main).start()
try:
    rs.exact.inv(a)
except KeyboardInterrupt:
    print("heard")
"""
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert result.stdout.strip() == "heard"
