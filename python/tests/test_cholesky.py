"""`cholesky`, as NumPy has it."""

import numpy as np
import pytest
from cases import DTYPES, RATIO, eps, layouts, same_bits
from test_factor import adjoint, positive

import resolvent as rs


@pytest.mark.parametrize("upper", [False, True])
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("order", [1, 2, 3, 4, 5, 8, 9, 31, 44, 45, 47, 48, 100, 200])
@pytest.mark.parametrize("stack", [(), (5,), (2, 3)])
def test_factors(order, dtype, stack, upper):
    if order > 50 and len(stack) > 1:
        stack = ()
    a = positive(order, stack, dtype)
    mask = np.tri(order, dtype=bool)
    given = np.where(mask.T if upper else mask, a, np.nan).astype(dtype)
    factor = rs.cholesky(given, upper=upper)
    assert factor.dtype == dtype
    lower = adjoint(factor) if upper else factor
    assert (lower == np.tril(lower)).all()
    assert (np.diagonal(lower, axis1=-2, axis2=-1).imag == 0).all()
    wide = lower.astype(complex)
    assert np.abs(a - wide @ adjoint(wide)).max() <= RATIO * order * eps(dtype) * np.abs(a).max()
    np.testing.assert_allclose(factor, np.linalg.cholesky(a, upper=upper), rtol=0, atol=1e3 * order * eps(dtype))


@pytest.mark.parametrize("order", [3, 9, 60])
def test_every_layout(order):
    a = positive(order, (3,), np.complex128)
    for upper in (False, True):
        expected = rs.cholesky(a, upper=upper)
        for name, laid in layouts(a):
            assert same_bits(rs.cholesky(laid, upper=upper), expected), name
        for index in range(3):
            assert same_bits(rs.cholesky(a[index], upper=upper), expected[index])


def test_as_numpy():
    assert rs.cholesky([[4, 2], [2, 5]]).dtype == np.float64
    assert isinstance(rs.cholesky(np.matrix([[4, 2], [2, 5]])), np.matrix)
    for empty in ((0, 0), (0, 3, 3), (2, 0, 0)):
        assert rs.cholesky(np.empty(empty)).shape == empty
    with pytest.raises(rs.LinAlgError, match="must be square"):
        rs.cholesky(np.ones((2, 3)))
    with pytest.raises(rs.LinAlgError, match="1-dimensional array given"):
        rs.cholesky([1.0])
    with pytest.raises(TypeError, match=r"astype\(np\.float32\)"):
        rs.cholesky(np.eye(2, dtype=np.float16))
    with pytest.raises(TypeError):
        rs.cholesky(a=np.eye(2))


@pytest.mark.parametrize("order", [1, 2, 5, 47, 90])
@pytest.mark.parametrize("pivot", [0.0, -1.0, np.nan])
def test_what_is_not_positive_definite(order, pivot):
    a = positive(order, (4,))
    column = order // 2
    a[2, column, :column] = a[2, :column, column] = 0
    a[2, column, column] = pivot
    for upper in (False, True):
        with pytest.raises(rs.LinAlgError, match=r"^Matrix is not positive definite"):
            rs.cholesky(a, upper=upper)
        with pytest.raises(rs.LinAlgError, match=r"^Matrix is not positive definite$"):
            rs.cholesky(a[2], upper=upper)
        assert np.isfinite(rs.cholesky(a[[0, 1, 3]], upper=upper)).all()
