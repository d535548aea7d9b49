"""The factor objects `Cholesky`, `LDL` and `QR`, and what all four have in common."""

import copy
import pickle

import numpy as np
import pytest
from cases import DTYPES, RATIO, eps, inverse_ratio, matrices, right_hand_sides, same_bits, solution_ratio

import resolvent as rs

ORDERS = (1, 2, 3, 4, 5, 8, 9, 17, 33, 47, 48, 70, 130)


def adjoint(a):
    return a.conj().swapaxes(-1, -2)


def positive(order, stack=(), dtype=np.float64):
    m = matrices(order, stack, dtype)
    a = m @ adjoint(m) + np.eye(order, dtype=dtype)
    return (a + adjoint(a)) / 2


def hermitian(order, stack=(), dtype=np.float64):
    """Indefinite, with zeros on the diagonal: no pivot of order 1 in the beginning."""
    m = matrices(order, stack, dtype)
    a = m + adjoint(m)
    a[..., range(order), range(order)] = 0 if order > 1 else 1
    return a


KINDS = {
    "LU": (rs.factor.lu, matrices),
    "Cholesky": (rs.factor.cholesky, positive),
    "LDL": (rs.factor.ldl, hermitian),
    "QR": (rs.factor.qr, matrices),
}
kinds = pytest.mark.parametrize("kind", KINDS)


def triangle_only(a):
    """The upper triangle holds NaN."""
    return np.where(np.tri(a.shape[-1], dtype=bool), a, np.nan).astype(a.dtype)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("stack", [(), (5,)])
def test_cholesky_factors(order, dtype, stack):
    a = positive(order, stack, dtype)
    factors = rs.factor.cholesky(triangle_only(a))
    lower = factors.L
    assert lower.dtype == factors.dtype == dtype
    assert same_bits(lower, np.tril(lower))
    error = np.abs(a - lower.astype(complex) @ adjoint(lower)).max(initial=0)
    assert error <= RATIO * order * eps(dtype) * np.abs(a).max(initial=0)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("stack", [(), (3,)])
def test_ldl_factors(order, dtype, stack):
    a = hermitian(order, stack, dtype)
    factors = rs.factor.ldl(triangle_only(a))
    lower, middle, p = factors.L, factors.D, factors.p
    assert same_bits(lower, np.tril(lower))
    assert (np.diagonal(lower, axis1=-2, axis2=-1) == 1).all()
    assert (middle == adjoint(middle)).all()
    assert (np.triu(middle, 2) == 0).all()
    # No two pivots of order 2 overlap.
    beside = np.diagonal(middle, 1, -2, -1) != 0
    assert not (beside[..., 1:] & beside[..., :-1]).any()
    assert beside.any() or order < 2
    permuted = np.take_along_axis(np.take_along_axis(a, p[..., None], -2), p[..., None, :], -1)
    bound = order * eps(dtype) * np.abs(lower) @ np.abs(middle) @ np.abs(adjoint(lower))
    wide = lower.astype(complex)
    assert (np.abs(permuted - wide @ middle @ adjoint(wide)) <= RATIO * bound.max(initial=0)).all()


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", [(1, 1), (5, 5), (7, 3), (3, 7), (60, 49), (4, 9, 2), (3, 2, 2), (130, 130)])
def test_qr_factors(shape, dtype):
    a = right_hand_sides(shape, dtype)
    factors = rs.factor.qr(a)
    size = min(shape[-2:])
    assert factors.shape == shape
    assert factors.Q.shape == (*shape[:-1], size)
    assert factors.R.shape == (*shape[:-2], size, shape[-1])
    assert same_bits(factors.R, np.triu(factors.R))
    bound = RATIO * max(shape[-2:]) * eps(dtype)
    assert np.abs(adjoint(factors.Q) @ factors.Q - np.eye(size)).max() <= bound
    assert np.abs(factors.Q @ factors.R - a).max() <= bound * np.abs(a).max()


@kinds
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("order", ORDERS)
def test_answers(kind, order, dtype):
    factor, make = KINDS[kind]
    a, b = make(order, (4,), dtype), right_hand_sides((4, order, 3), dtype)
    factors = factor(a)
    ratio = RATIO * (4 if kind == "QR" else 1)
    assert solution_ratio(a, factors.solve(b), b) < ratio
    assert solution_ratio(a.swapaxes(-1, -2), factors.solve(b, "T"), b) < ratio
    assert solution_ratio(adjoint(a), factors.solve(b, trans="C"), b) < ratio
    inverse = factors.inv()
    assert inverse_ratio(a, inverse) < ratio
    if kind in ("Cholesky", "LDL"):
        assert same_bits(inverse, adjoint(inverse)) or (inverse == adjoint(inverse)).all()
    sign, logabsdet = factors.slogdet()
    expected = np.linalg.slogdet(a.astype(np.complex128))
    slack = 1e3 * order * eps(dtype)
    np.testing.assert_allclose(sign, expected.sign, atol=slack)
    np.testing.assert_allclose(logabsdet, expected.logabsdet, rtol=slack, atol=slack)
    if expected.logabsdet.max() < 80:
        np.testing.assert_allclose(factors.det(), np.exp(logabsdet) * sign, rtol=slack * 10)
    of = factors.R if kind == "QR" else a
    exact = 1 / np.linalg.cond(of.astype(np.complex128), 1)
    assert (factors.rcond >= exact * (1 - 1e-3)).all()
    assert (factors.rcond <= exact * 3).all()


@kinds
@pytest.mark.parametrize("order", [3, 21, 60])
def test_alone_as_in_a_stack(kind, order):
    factor, make = KINDS[kind]
    a, b = make(order, (7,)), right_hand_sides((7, order, 2))
    stacked = factor(a)
    for trans in "NTC":
        x = stacked.solve(b, trans)
        for index in range(7):
            assert same_bits(factor(a[index]).solve(b[index], trans), x[index])


@kinds
@pytest.mark.parametrize("order", [4, 50])
def test_stacks_are_broadcast(kind, order):
    factor, make = KINDS[kind]
    a, b = make(order, (2, 1)), right_hand_sides((3, order, 2))
    x = factor(a).solve(b)
    assert x.shape == (2, 3, order, 2)
    for i in range(2):
        for j in range(3):
            assert same_bits(x[i, j], factor(a[i, 0]).solve(b[j]))


def test_least_squares():
    a, b = right_hand_sides((3, 9, 4)), right_hand_sides((3, 9, 2))
    factors = rs.factor.qr(a)
    for index in range(3):
        expected = np.linalg.lstsq(a[index], b[index])[0]
        np.testing.assert_allclose(factors.solve(b)[index], expected, rtol=1e-12)
    shortest = factors.solve(b[:, :4], "C")
    assert shortest.shape == (3, 9, 2)
    np.testing.assert_allclose(adjoint(a) @ shortest, b[:, :4], atol=1e-13)
    np.testing.assert_allclose(shortest, np.linalg.pinv(adjoint(a)) @ b[:, :4], atol=1e-12)
    vector = rs.factor.qr(a[0]).solve(b[0, :, 0])
    assert vector.shape == (4,)
    with pytest.raises(ValueError, match="lstsq"):
        rs.factor.qr(adjoint(a)).solve(b[:, :4])
    with pytest.raises(ValueError, match="9 rows"):
        factors.solve(b[:, :4])
    for refused in (factors.inv, factors.det, factors.slogdet):
        with pytest.raises(rs.LinAlgError, match="must be square"):
            refused()


@kinds
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("stack", [(), (3,)])
def test_pickles_keep_the_factors(kind, dtype, stack):
    factor, make = KINDS[kind]
    a, b = make(6, stack, dtype), right_hand_sides((6, 2), dtype)
    factors = factor(a)
    assert copy.copy(factors) is copy.deepcopy(factors) is factors
    for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1):
        again = pickle.loads(pickle.dumps(factors, protocol))
        assert type(again) is type(factors)
        assert repr(again) == repr(factors)
        for trans in "NTC":
            assert same_bits(again.solve(b, trans), factors.solve(b, trans))
        assert same_bits(again.inv(), factors.inv())
        assert same_bits(np.asarray(again.det()), np.asarray(factors.det()))
        assert same_bits(np.asarray(again.rcond), np.asarray(factors.rcond))


def test_pickles_of_singular_factors():
    again = pickle.loads(pickle.dumps(rs.lu([np.eye(2), np.ones((2, 2))])))
    with pytest.raises(rs.SingularMatrixError) as caught:
        again.inv()
    assert (caught.value.indices, caught.value.pivot) == ((1,), 1)
    near = rs.lu([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [7.0, 8.0, 9.0 + 1e-14]])
    with pytest.warns(rs.IllConditionedWarning):
        pickle.loads(pickle.dumps(near)).solve([1, 2, 3])


def test_pickles_that_were_tampered_with():
    restore, (kind, (packed, p), *verdicts) = rs.lu(np.eye(3)).__reduce__()
    for wrong in (p + 1, -p, p[:2], np.zeros_like(p), p - 5):
        with pytest.raises(ValueError, match="permutations"):
            restore(kind, (packed, wrong), *verdicts)
    with pytest.raises(TypeError):
        restore(kind, (packed, p.astype(np.float32)), *verdicts)
    with pytest.raises(rs.LinAlgError, match="square"):
        restore(kind, (packed[:2], p), *verdicts)
    with pytest.raises(ValueError, match="info"):
        restore(kind, (packed, p), [2], [0, 0], [1.0, 1.0], [])
    with pytest.raises(ValueError, match="info"):
        restore(kind, (packed, p), [], [3], [0.0], [])
    with pytest.raises(ValueError, match="status"):
        restore(kind, (packed, p), [], [9], [0.0], [])
    with pytest.raises(ValueError, match="kind"):
        restore("UL", (packed, p), *verdicts)
    restore, (kind, (packed, _), *verdicts) = rs.factor.ldl(hermitian(4)).__reduce__()
    for exchanges in ([], [([0, 0, 2, 3], [])], [([0, 1, 2, 4], [])], [([0, 1, 2, 3], [3])], [([0, 1, 2, 3], [0, 1])]):
        with pytest.raises(ValueError, match=r"exchanges|permutations"):
            restore(kind, (packed, exchanges), *verdicts)
    restore, (kind, (q, r, odd), *verdicts) = rs.factor.qr(np.eye(3)).__reduce__()
    for parts in ((q, r, []), (q[:, :2].copy(), r, odd), (q, r[:2].copy(), odd)):
        with pytest.raises(ValueError, match="q, r, odd"):
            restore(kind, parts, *verdicts)


def test_cholesky_refuses():
    with pytest.raises(rs.LinAlgError, match=r"^Matrix is not positive definite$"):
        rs.factor.cholesky([[1, 2], [2, 1]])
    stack = np.array([np.eye(2), -np.eye(2), np.eye(2), [[1, 0], [np.nan, 1]]])
    with pytest.raises(rs.LinAlgError, match=r"matrix 1 .*2 matrices of the stack are not: 1, 3"):
        rs.factor.cholesky(stack)
    large = np.eye(90)
    large[70, 70] = 0
    with pytest.raises(rs.LinAlgError, match="not positive definite"):
        rs.factor.cholesky(large)


def test_ldl_refuses():
    with pytest.raises(rs.SingularMatrixError) as caught:
        rs.factor.ldl([np.eye(2), np.ones((2, 2))])
    assert caught.value.indices == (1,)
    assert caught.value.dependence == "row 1 = row 0"
    with pytest.raises(ValueError, match="finite"):
        rs.factor.ldl([[np.inf, 1], [1, 1]])


def test_qr_refuses():
    with pytest.raises(ValueError, match="matrix 1 holds NaN or infinity"):
        rs.factor.qr([np.eye(2), [[np.nan, 1], [1, 1]]])
    deficient = rs.factor.qr([[1.0, 1.0], [1.0, 1.0], [1.0, 1.0]])
    with pytest.warns(rs.IllConditionedWarning):
        deficient.solve([1, 2, 3])


@kinds
def test_warnings_can_be_left_out(kind):
    factor, make = KINDS[kind]
    a = make(3)
    a = a * np.array([1.0, 1.0, 1e-17])[:, None] * np.array([1.0, 1.0, 1e-17]) if kind == "Cholesky" else a
    factors = factor(a)
    assert factors.solve([1, 2, 3], warn=False).shape == (3,)


@kinds
@pytest.mark.parametrize("shape", [(0, 0), (3, 0, 0), (0, 2, 2)])
def test_empty(kind, shape):
    factors = KINDS[kind][0](np.empty(shape))
    assert factors.inv().shape == factors.shape == shape
    assert np.shape(factors.det()) == np.shape(factors.rcond) == shape[:-2]
    assert factors.solve(np.empty((shape[-1], 2))).shape == (*shape[:-1], 2)
    assert pickle.loads(pickle.dumps(factors)).shape == shape


@kinds
def test_operands(kind):
    factor, _ = KINDS[kind]
    with pytest.raises(TypeError, match="float16"):
        factor(np.eye(2, dtype=np.float16))
    with pytest.raises(rs.LinAlgError, match="1-dimensional array given"):
        factor([1, 2])
    if kind != "QR":
        with pytest.raises(rs.LinAlgError, match="must be square"):
            factor(np.ones((2, 3)))
    assert factor([[4, 1], [1, 3]]).dtype == np.float64
    with pytest.raises(TypeError, match="complex"):
        factor([[4, 1], [1, 3]]).solve([1j, 1])
    with pytest.raises(ValueError, match="trans must be"):
        factor([[4, 1], [1, 3]]).solve([1, 1], "H")
    assert repr(factor([[4.0, 0.0], [0.0, 4.0]])) == f"<resolvent.{kind} of shape (2, 2), float64, rcond 1.0e0>"
