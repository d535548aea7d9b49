"""`lu`: the factor object."""

import numpy as np
import pytest
from cases import DTYPES, RATIO, eps, inverse_ratio, layouts, matrices, right_hand_sides, same_bits, solution_ratio

import resolvent as rs

ORDERS = (1, 2, 3, 8, 24, 25, 70)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("stack", [(), (3,), (2, 2)])
def test_factors(order, dtype, stack):
    a = matrices(order, stack, dtype)
    lu = rs.lu(a)
    assert lu.shape == a.shape
    assert lu.dtype == lu.L.dtype == lu.U.dtype == dtype
    assert lu.p.dtype == np.intp
    assert lu.p.shape == a.shape[:-1]
    assert same_bits(lu.L, np.tril(lu.L))
    assert same_bits(lu.U, np.triu(lu.U))
    assert (np.diagonal(lu.L, axis1=-2, axis2=-1) == 1).all()
    # Partial pivoting by |re| + |im|, as LAPACK does: no multiplier is above 1 by that measure, sqrt(2) by modulus.
    assert (np.abs(lu.L) <= (2**0.5 if np.iscomplexobj(a) else 1) * (1 + 4 * eps(dtype))).all()
    assert (np.sort(lu.p) == np.arange(order)).all()
    permuted = np.take_along_axis(a, lu.p[..., None], axis=-2)
    bound = order * eps(dtype) * np.abs(lu.L) @ np.abs(lu.U)
    assert (np.abs(permuted - lu.L.astype(complex) @ lu.U) <= bound * RATIO).all()


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("order", ORDERS)
def test_solve(order, dtype):
    a, b = matrices(order, (4,), dtype), right_hand_sides((4, order, 3), dtype)
    lu = rs.lu(a)
    x = lu.solve(b)
    assert x.dtype == dtype
    assert solution_ratio(a, x, b) < RATIO
    transposed = lu.solve(b, trans="T")
    assert solution_ratio(a.swapaxes(-1, -2), transposed, b) < RATIO
    adjoint = lu.solve(b, "C")
    assert solution_ratio(a.conj().swapaxes(-1, -2), adjoint, b) < RATIO
    if not np.iscomplexobj(a):
        assert same_bits(adjoint, transposed)


@pytest.mark.parametrize("stack", [(), (3,), (2, 3)])
@pytest.mark.parametrize("shape", [(4,), (4, 2), (3, 4, 2), (1, 4, 2), (4, 0)])
@pytest.mark.parametrize("trans", ["N", "T", "C"])
def test_solve_has_numpys_shapes(stack, shape, trans):
    a, b = matrices(4, stack), right_hand_sides(shape)
    x = rs.lu(a).solve(b, trans=trans)
    expected = np.linalg.solve(a if trans == "N" else a.swapaxes(-1, -2), b)
    assert x.shape == expected.shape
    np.testing.assert_allclose(x, expected, rtol=1e-12, atol=1e-13)


def test_right_hand_sides_of_every_layout():
    a, b = matrices(5, (2,), np.complex128), right_hand_sides((2, 5, 3), np.complex128)
    lu = rs.lu(a)
    for trans in "NTC":
        expected = lu.solve(b, trans)
        for name, laid in layouts(b):
            assert same_bits(lu.solve(laid, trans), expected), name


@pytest.mark.parametrize("order", [3, 40])
def test_inverse_and_determinant(order):
    a = matrices(order, (3,))
    lu = rs.lu(a)
    assert inverse_ratio(a, lu.inv()) < RATIO
    # Small orders have closed forms, which the factor object has not.
    np.testing.assert_allclose(lu.det(), rs.det(a), rtol=50 * np.finfo(a.dtype).eps)
    assert same_bits(lu.slogdet().sign, rs.slogdet(a).sign)
    assert same_bits(lu.slogdet().logabsdet, rs.slogdet(a).logabsdet)
    exact = 1 / np.linalg.cond(a, 1)
    assert lu.rcond.shape == (3,)
    assert (lu.rcond >= exact * (1 - 1e-9)).all()
    assert (lu.rcond <= exact * 3).all()


def test_one_matrix_gives_scalars():
    lu = rs.lu([[2, 1], [1, 3]])
    assert type(lu.det()) is type(lu.rcond) is np.float64
    assert lu.det() == 5.0
    assert lu.rcond == pytest.approx(5 / 16)
    assert lu.slogdet() == (1.0, np.log(5.0))
    assert repr(lu) == "<resolvent.LU of shape (2, 2), float64, rcond 3.1e-1>"
    assert "smallest rcond" in repr(rs.lu(np.ones((2, 1, 1))))
    assert repr(rs.lu(np.empty((0, 3, 3)))) == "<resolvent.LU of shape (0, 3, 3), float64>"
    assert repr(rs.lu([[np.nan]])) == "<resolvent.LU of shape (1, 1), float64, rcond nan>"


def test_dtypes():
    lu = rs.lu(np.eye(2, dtype=np.float32))
    assert lu.solve([1, 2]).dtype == np.float32
    with pytest.raises(TypeError, match=r"factor a\.astype\(np\.complex128\)"):
        lu.solve([1j, 2])
    assert rs.lu(np.eye(2, dtype=int)).dtype == np.float64
    assert rs.lu(np.eye(2) * 1j).solve([1, 2]).dtype == np.complex128


@pytest.mark.parametrize("order", [2, 40])
def test_singular_matrices_are_factored_but_not_solved(order):
    a = np.stack([np.eye(order), np.ones((order, order))])
    lu = rs.lu(a)
    assert lu.det().tolist() == [1.0, 0.0]
    assert lu.rcond[1] == 0.0
    for refused in (lu.inv, lambda: lu.solve(np.ones(order)), lambda: lu.solve(np.ones(order), "T")):
        with pytest.raises(rs.SingularMatrixError) as caught:
            refused()
        assert caught.value.indices == (1,)
        assert caught.value.pivot == 1


def test_nearly_singular_factors_warn():
    a = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [7.0, 8.0, 9.0 + 1e-14]])
    with pytest.warns(rs.IllConditionedWarning):
        rs.lu(a).inv()


@pytest.mark.parametrize("shape", [(0, 0), (3, 0, 0), (0, 2, 2)])
def test_empty(shape):
    lu = rs.lu(np.empty(shape))
    assert lu.L.shape == lu.U.shape == lu.inv().shape == shape
    assert lu.p.shape == shape[:-1]
    assert np.shape(lu.det()) == np.shape(lu.rcond) == shape[:-2]
    assert lu.solve(np.empty((shape[-1], 2))).shape == (*shape[:-1], 2)


def test_packed_holds_both_triangles():
    lu = rs.lu(matrices(5, (2,)))
    assert same_bits(np.tril(lu.packed, -1) + np.eye(5), lu.L)
    assert same_bits(np.triu(lu.packed), lu.U)


def test_refusals():
    with pytest.raises(rs.LinAlgError, match="must be square"):
        rs.lu(np.ones((2, 3)))
    with pytest.raises(rs.LinAlgError, match="1-dimensional array given"):
        rs.lu([1, 2])
    with pytest.raises(TypeError, match="float16"):
        rs.lu(np.eye(2, dtype=np.float16))
    lu = rs.lu(np.eye(2))
    for wrong in (np.ones(3), np.ones((1, 2)), np.float64(1)):
        with pytest.raises(ValueError, match=r"fit|dimensions"):
            lu.solve(wrong)
    with pytest.raises(ValueError, match="trans must be 'N', 'T' or 'C', not \"X\""):
        lu.solve([1, 2], "X")
    with pytest.raises(TypeError, match="cannot create"):
        rs.LU()
