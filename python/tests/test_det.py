"""`det` and `slogdet`: values, types, overflow, what is not finite."""

import fractions
import itertools
import math

import numpy as np
import pytest
from cases import DTYPES, ORDERS, STACKS, eps, layouts, matrices, same_bits

import resolvent as rs


def exact_determinant(rows):
    """The sum over permutations, in fractions."""
    n = len(rows)
    total = fractions.Fraction(0)
    for permutation in itertools.permutations(range(n)):
        swaps = sum(permutation[i] > permutation[j] for i in range(n) for j in range(i + 1, n))
        total += (-1) ** swaps * math.prod(fractions.Fraction(rows[i][permutation[i]]) for i in range(n))
    return total


def test_textbook():
    assert rs.det([[2, 1], [1, 3]]) == 5.0
    assert rs.det([[1, 2], [3, 4]]) == pytest.approx(-2.0, rel=1e-15)
    stack = [[[1, 2], [3, 4]], [[1, 2], [2, 1]], [[1, 3], [3, 1]]]
    np.testing.assert_allclose(rs.det(stack), [-2.0, -3.0, -8.0], rtol=1e-15)


@pytest.mark.parametrize("order", [1, 2, 3, 4, 5, 6])
def test_against_fractions(order):
    a = matrices(order, (3,))
    exact = [float(exact_determinant(matrix.tolist())) for matrix in a]
    np.testing.assert_allclose(rs.det(a), exact, rtol=50 * eps(np.float64))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("order", ORDERS)
def test_slogdet_is_numpys(order, dtype):
    a = matrices(order, (5,), dtype)
    ours, theirs = rs.slogdet(a), np.linalg.slogdet(a)
    assert type(ours) is type(theirs)
    assert ours._fields == ("sign", "logabsdet")
    assert ours.sign.dtype == theirs.sign.dtype == dtype
    assert ours.logabsdet.dtype == theirs.logabsdet.dtype == np.zeros(0, dtype).real.dtype
    tolerance = 40 * order * eps(dtype)
    np.testing.assert_allclose(ours.sign, theirs.sign, atol=tolerance)
    np.testing.assert_allclose(ours.logabsdet, theirs.logabsdet, atol=tolerance)


@pytest.mark.parametrize("stack", STACKS)
def test_shapes_and_scalars_are_numpys(stack):
    a = matrices(3, stack)
    for ours, theirs in [
        (rs.det(a), np.linalg.det(a)),
        (rs.slogdet(a).sign, np.linalg.slogdet(a).sign),
        (rs.slogdet(a).logabsdet, np.linalg.slogdet(a).logabsdet),
    ]:
        assert type(ours) is type(theirs)
        assert ours.shape == theirs.shape
        assert ours.dtype == theirs.dtype


def test_one_matrix_gives_a_numpy_scalar():
    assert type(rs.det(np.eye(2))) is np.float64
    assert type(rs.det(np.eye(2, dtype=np.complex64))) is np.complex64
    assert type(rs.slogdet(np.eye(2, dtype=np.complex64)).logabsdet) is np.float32


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("order", [2, 5, 30])
def test_every_layout_gives_the_same_bits(order, dtype):
    a = matrices(order, (2, 3), dtype)
    det, (sign, log) = rs.det(a), rs.slogdet(a)
    for name, laid in layouts(a):
        assert same_bits(rs.det(laid), det), name
        assert same_bits(rs.slogdet(laid).sign, sign), name
        assert same_bits(rs.slogdet(laid).logabsdet, log), name
    assert same_bits(rs.det(np.broadcast_to(a[0, 0], (3, order, order))), np.repeat(det[0, 0], 3))


def test_singular():
    for a in (np.zeros((2, 2)), [[1, 2], [2, 4]], np.ones((30, 30))):
        assert rs.det(a) == 0.0
        assert rs.slogdet(a) == (0.0, -np.inf)


@pytest.mark.parametrize("dtype", DTYPES)
def test_empty(dtype):
    assert rs.det(np.empty((0, 0), dtype)) == 1
    assert rs.slogdet(np.empty((0, 0), dtype)) == (1, 0)
    assert same_bits(rs.det(np.empty((3, 0, 0), dtype)), np.ones(3, dtype))
    assert rs.det(np.empty((0, 3, 3), dtype)).shape == (0,)


@pytest.mark.parametrize("order", [2, 40])
def test_overflow_is_infinity_with_numpys_warning(order):
    a = np.diag(np.full(order, 1e200))
    with pytest.warns(RuntimeWarning, match="overflow encountered in det"):
        assert rs.det(a) == np.inf
    with pytest.warns(RuntimeWarning, match="overflow encountered in det"):
        assert rs.det(np.stack([np.eye(order), -a])).tolist()[0] == 1.0
    with np.errstate(over="ignore"):
        assert rs.det(a) == np.inf
    with np.errstate(over="raise"), pytest.raises(FloatingPointError, match="overflow encountered in det"):
        rs.det(a)
    said = []
    with np.errstate(over="call", call=lambda kind, flag: said.append(kind)):
        assert rs.det(a) == np.inf
    assert said == ["overflow"]
    sign, log = rs.slogdet(a)
    assert sign == 1
    assert log == pytest.approx(order * math.log(1e200))


def test_overflow_is_printed_and_logged_under_its_name(capfd):
    class Log:
        def write(self, message):
            logged.append(message)

    logged = []
    a = np.eye(2) * 1e200
    with np.errstate(over="log", call=Log()):
        rs.det(a)
    assert logged == ["Warning: overflow encountered in det\n"]
    with np.errstate(over="print"):
        rs.det(a)
    out, err = capfd.readouterr()
    assert "overflow encountered in det" in out + err
    assert "exp" not in out + err


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("order", [2, 40])
def test_overflow_of_the_factors_determinant_is_said_too(order, dtype):
    large = np.sqrt(np.finfo(dtype).max) * 2
    lu = rs.lu((np.eye(order) * large).astype(dtype))
    with pytest.warns(RuntimeWarning, match="overflow encountered in det") as caught:
        assert np.isinf(lu.det().real)
    assert caught[0].filename == __file__
    with np.errstate(over="ignore"):
        assert np.isinf(lu.det().real)
    with np.errstate(over="raise"), pytest.raises(FloatingPointError, match="overflow encountered in det"):
        lu.det()
    # What came in not finite has not overflowed.
    assert not np.isfinite(rs.lu(np.diag([np.inf, 1.0]).astype(dtype)).det())
    assert np.isnan(rs.lu(np.full((order, order), np.nan, dtype)).det())


@pytest.mark.parametrize("dtype", [np.float32, np.complex64])
def test_single_precision_is_rounded_once(dtype):
    a = matrices(20, (50,), dtype)
    wide = rs.det(a.astype(np.result_type(dtype, np.float64)))
    assert same_bits(rs.det(a), wide.astype(dtype))
    with pytest.warns(RuntimeWarning, match="overflow encountered in cast"):
        assert np.isinf(rs.det(np.eye(2, dtype=dtype) * 1e30).real)


def test_overflow_on_the_way_is_no_overflow():
    a = np.diag([1e200, 1e200, 1e-200, 1e-200])
    assert rs.det(a) == pytest.approx(1.0)
    assert rs.det(a.astype(complex) * 1j) == pytest.approx(1.0)


def test_underflow_is_zero_in_silence():
    a = np.diag([1e-200, 1e-200])
    assert rs.det(a) == 0.0
    assert rs.slogdet(a).logabsdet == pytest.approx(2 * math.log(1e-200))


@pytest.mark.parametrize("order", [2, 3, 40])
def test_nan_gives_nan_in_silence(order):
    a = matrices(order, (3,))
    a[1, 0, 0] = np.nan
    det, (sign, log) = rs.det(a), rs.slogdet(a)
    assert np.isnan(det).tolist() == [False, True, False]
    assert np.isnan(log).tolist() == [False, True, False]
    assert same_bits(det[[0, 2]], rs.det(a[[0, 2]]))
    assert same_bits(sign[[0, 2]], rs.slogdet(a[[0, 2]]).sign)
