"""`inv` and `inv_ex`: the textbook, the residuals, and every kind of memory."""

import mpmath
import numpy as np
import pytest
from cases import DTYPES, LAYOUTS, ORDERS, RATIO, STACKS, eps, inverse_ratio, layouts, matrices, same_bits

import resolvent as rs


def test_textbook():
    a = np.array([[2.0, 1.0], [1.0, 3.0]])
    np.testing.assert_allclose(rs.inv(a), [[0.6, -0.2], [-0.2, 0.4]], rtol=4e-16)


def test_textbook_stack():
    a = np.array([[[1.0, 2.0], [3.0, 4.0]], [[1.0, 3.0], [3.0, 5.0]]])
    expected = [[[-2.0, 1.0], [1.5, -0.5]], [[-1.25, 0.75], [0.75, -0.25]]]
    np.testing.assert_allclose(rs.inv(a), expected, rtol=2e-15)


def test_the_product_with_the_inverse_is_the_identity():
    a = matrices(50)
    np.testing.assert_allclose(a @ rs.inv(a), np.eye(50), atol=50 * eps(np.float64))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("order", ORDERS)
def test_residuals(order, dtype):
    a = matrices(order, (9,), dtype)
    x = rs.inv(a)
    assert x.dtype == dtype
    assert x.shape == a.shape
    assert inverse_ratio(a, x) < RATIO


@pytest.mark.parametrize("stack", STACKS)
@pytest.mark.parametrize("order", [3, 30])
def test_stacks(order, stack):
    a = matrices(order, stack)
    x = rs.inv(a)
    assert x.shape == a.shape
    assert inverse_ratio(a, x) < RATIO
    for index in np.ndindex(stack):
        assert same_bits(x[index], rs.inv(a[index])), f"{index}: alone is not as in the stack"


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("order", [1, 2, 3, 6, 40])
def test_every_layout_gives_the_same_bits(order, dtype):
    a = matrices(order, (2, 3), dtype)
    expected = rs.inv(a)
    for name, laid in layouts(a):
        before = laid.copy()
        x = rs.inv(laid)
        assert same_bits(x, expected), name
        assert x.flags.c_contiguous
        assert x.flags.writeable
        assert same_bits(laid, before), f"{name}: the operand was changed"


@pytest.mark.parametrize("order", [2, 40])
def test_zero_strides(order):
    one = matrices(order)
    broadcast = np.broadcast_to(one, (4, 3, order, order))
    assert broadcast.strides[0] == 0
    assert same_bits(rs.inv(broadcast), np.tile(rs.inv(one), (4, 3, 1, 1)))
    constant = np.broadcast_to(np.float64(4.0), (5, 1, 1))
    assert same_bits(rs.inv(constant), np.full((5, 1, 1), 0.25))


def test_any_stride_of_an_extent_of_one():
    a = np.lib.stride_tricks.as_strided(np.array([4.0]), (1, 1, 1), (3, 5, 7))
    assert rs.inv(a) == 0.25


@pytest.mark.parametrize("order", [2, 3, 10, 60])
def test_numpy_agrees(order):
    a = matrices(order, (5,))
    np.testing.assert_allclose(rs.inv(a), np.linalg.inv(a), rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("order", [2, 3, 4, 8, 27])
def test_fifty_digits_agree(order):
    a = matrices(order, seed=5)
    with mpmath.workdps(50):
        exact = mpmath.matrix(a.tolist()) ** -1
        exact = np.array([[float(exact[i, j]) for j in range(order)] for i in range(order)])
    kappa = np.linalg.cond(a, 1)
    np.testing.assert_allclose(rs.inv(a), exact, atol=4 * kappa * eps(np.float64) * np.abs(exact).max())


def test_hilbert_against_fifty_digits():
    order = 6
    a = 1.0 / (np.arange(order)[:, None] + np.arange(order) + 1)
    with mpmath.workdps(50):
        exact = mpmath.matrix(a.tolist()) ** -1
        exact = np.array([[float(exact[i, j]) for j in range(order)] for i in range(order)])
    answer = rs.inv_ex(a)
    error = np.abs(answer.inverse - exact).max() / np.abs(exact).max()
    # What the condition number promises, and a check that the promise is worth something.
    assert error < order * eps(np.float64) / answer.info.rcond < 1e-5
    assert answer.info.rcond == pytest.approx(1 / np.linalg.cond(a, 1), rel=1e-6)


@pytest.mark.parametrize("shape", [(0, 0), (0, 3, 3), (3, 0, 0), (0, 0, 0), (2, 0, 5, 5)])
@pytest.mark.parametrize("dtype", DTYPES)
def test_empty(shape, dtype):
    x = rs.inv(np.empty(shape, dtype))
    assert x.shape == shape
    assert x.dtype == dtype
    answer = rs.inv_ex(np.empty(shape, dtype))
    assert answer.info.status.shape == shape[:-2]
    assert (answer.info.status == rs.Status.OK).all()


def test_inv_ex_says_how_far_to_trust():
    a = matrices(6, (2, 3))
    inverse, info = answer = rs.inv_ex(a)
    assert isinstance(answer, rs.InvResult)
    assert isinstance(info, rs.Info)
    assert inverse is answer.inverse
    assert same_bits(inverse, rs.inv(a))
    assert info.status.dtype == np.uint8
    assert info.rcond.dtype == info.backward_error.dtype == np.float64
    assert info.status.shape == info.rcond.shape == info.backward_error.shape == (2, 3)
    assert (info.status == rs.Status.OK).all()
    np.testing.assert_allclose(info.rcond, 1 / np.linalg.cond(a, 1), rtol=1e-10)
    assert (info.backward_error < 10 * eps(np.float64)).all()
    assert "lu" in info.method
    assert "status=" in repr(info)


def test_inv_ex_of_one_matrix():
    _, info = rs.inv_ex([[2, 1], [1, 3]])
    assert info.status.shape == info.rcond.shape == info.backward_error.shape == ()
    assert rs.Status(info.status) is rs.Status.OK
    assert float(info.rcond) == pytest.approx(5 / 16)


@pytest.mark.parametrize("order", [3, 40])
@pytest.mark.parametrize("dtype", DTYPES)
def test_out(order, dtype):
    a = matrices(order, (3,), dtype)
    expected = rs.inv(a)
    out = np.full_like(a, 9)
    assert rs.inv(a, out=out) is out
    assert same_bits(out, expected)


@pytest.mark.parametrize("order", [3, 40])
@pytest.mark.parametrize("layout", [name for name in LAYOUTS if name not in ("read-only", "swapped")])
def test_out_of_any_layout(order, layout):
    a = matrices(order, (3,), np.complex128)
    out = LAYOUTS[layout](np.zeros_like(a))
    assert rs.inv(a, out=out) is out
    assert same_bits(out, rs.inv(a))


def test_out_shares_memory_with_itself():
    memory = np.zeros(3)
    out = np.lib.stride_tricks.as_strided(memory, (2, 2), (8, 8))
    rs.inv(np.diag([2.0, 4.0]), out=out)
    # As NumPy's own copy into such an array: the last write wins.
    assert memory.tolist() == [0.5, 0.0, 0.25]


def test_out_is_refused():
    a = matrices(3)
    with pytest.raises(TypeError, match=r"out must be a numpy\.ndarray, not list"):
        rs.inv(a, out=[[0.0]])
    with pytest.raises(TypeError, match="out must have dtype float64, as the result has, not float32"):
        rs.inv(a, out=np.zeros((3, 3), np.float32))
    with pytest.raises(TypeError, match="out must have dtype float64, as the result has, not >f8"):
        rs.inv(a, out=np.zeros((3, 3), ">f8"))
    with pytest.raises(ValueError, match=r"out must have shape \(3, 3\), as the result has, not \(1, 3, 3\)"):
        rs.inv(a, out=np.zeros((1, 3, 3)))
    with pytest.raises(ValueError, match="out is read-only"):
        rs.inv(a, out=np.broadcast_to(0.0, (3, 3)))
    with pytest.raises(TypeError):
        rs.inv(a, np.zeros((3, 3)))


def test_norms_beyond_the_range_are_no_infinity_in_the_matrix():
    a = np.array([[8.052114e07, 8.052114e07], [0.0, 4.732607e-31]], np.float32)
    inverse, info = rs.inv_ex(a)
    assert np.isfinite(inverse).all()
    assert info.status == rs.Status.NUMERICALLY_SINGULAR
    with pytest.warns(rs.IllConditionedWarning):
        assert same_bits(rs.inv(a), inverse)
