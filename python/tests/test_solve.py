"""`solve` and `solve_ex`: NumPy 2's rule for the right-hand side, broadcasting, residuals, memory."""

import mpmath
import numpy as np
import pytest
from cases import DTYPES, LAYOUTS, ORDERS, RATIO, eps, layouts, matrices, right_hand_sides, same_bits, solution_ratio

import resolvent as rs


def test_textbook():
    x = rs.solve(np.array([[2.0, 1.0], [1.0, 3.0]]), np.array([5.0, 4.0]))
    np.testing.assert_allclose(x, [2.2, 0.6], rtol=4e-16)


def test_textbook_of_numpy():
    x = rs.solve([[1, 2], [3, 5]], [1, 2])
    np.testing.assert_allclose(x, [-1.0, 1.0], rtol=4e-15)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("columns", [1, 2, 5, 33])
def test_residuals(order, columns, dtype):
    a = matrices(order, (5,), dtype)
    b = right_hand_sides((5, order, columns), dtype)
    x = rs.solve(a, b)
    assert x.dtype == dtype
    assert x.shape == b.shape
    assert solution_ratio(a, x, b) < RATIO


# (stack of a), shape of b in terms of n = 4: NumPy 2 says a vector only if it has one dimension.
SHAPES = [
    ((), (4,)),
    ((3,), (4,)),
    ((2, 3), (4,)),
    ((), (4, 1)),
    ((), (4, 4)),
    ((), (4, 7)),
    ((3,), (4, 2)),
    ((3,), (3, 4, 2)),
    ((3,), (1, 4, 2)),
    ((1,), (3, 4, 2)),
    ((), (3, 4, 2)),
    ((2, 1), (3, 4, 2)),
    ((2, 3), (3, 4, 2)),
    ((4,), (4, 4)),
    ((3,), (4, 0)),
    ((0,), (4,)),
    ((0,), (4, 2)),
    ((0,), (1, 4, 2)),
    ((), (0, 4, 2)),
]


@pytest.mark.parametrize(("stack", "shape"), SHAPES)
def test_shapes_are_numpys(stack, shape):
    a, b = matrices(4, stack), right_hand_sides(shape)
    expected = np.linalg.solve(a, b)
    x = rs.solve(a, b)
    assert x.shape == expected.shape
    np.testing.assert_allclose(x, expected, rtol=1e-12, atol=1e-13)
    solution, info = rs.solve_ex(a, b)
    assert same_bits(solution, x)
    core = 1 if len(shape) == 1 else 2
    assert info.status.shape == info.rcond.shape == info.backward_error.shape == expected.shape[:-core]


@pytest.mark.parametrize(("stack", "shape"), [((), (0,)), ((), (0, 3)), ((2,), (0,)), ((2,), (0, 0)), ((0,), (0,))])
def test_order_zero(stack, shape):
    a, b = np.empty((*stack, 0, 0)), np.empty(shape)
    x = rs.solve(a, b)
    assert x.shape == np.linalg.solve(a, b).shape
    assert x.size == 0


@pytest.mark.parametrize("order", [3, 40])
@pytest.mark.parametrize("dtype", DTYPES)
def test_every_layout_gives_the_same_bits(order, dtype):
    a, b = matrices(order, (2, 3), dtype), right_hand_sides((2, 3, order, 2), dtype)
    expected = rs.solve(a, b)
    for name_a, laid_a in layouts(a):
        assert same_bits(rs.solve(laid_a, b), expected), name_a
    for name_b, laid_b in layouts(b):
        before = laid_b.copy()
        assert same_bits(rs.solve(a, laid_b), expected), name_b
        assert same_bits(laid_b, before), f"{name_b}: the operand was changed"


@pytest.mark.parametrize("order", [3, 40])
def test_vectors_of_any_stride(order):
    a, b = matrices(order), right_hand_sides((order,))
    expected = rs.solve(a, b)
    assert same_bits(rs.solve(a, np.repeat(b, 2)[::2]), expected)
    assert same_bits(rs.solve(a, b[::-1].copy()[::-1]), expected)
    assert same_bits(rs.solve(a, b.astype(b.dtype.newbyteorder())), expected)
    assert same_bits(rs.solve(a, np.broadcast_to(1.0, order)), rs.solve(a, np.ones(order)))


@pytest.mark.parametrize("order", [3, 40])
def test_alone_as_in_a_stack(order):
    a, b = matrices(order, (19,)), right_hand_sides((19, order, 3))
    x = rs.solve(a, b)
    for index in range(19):
        assert same_bits(x[index], rs.solve(a[index], b[index]))


@pytest.mark.parametrize("order", [2, 4, 9, 30])
def test_fifty_digits_agree(order):
    a, b = matrices(order, seed=7), right_hand_sides((order,))
    with mpmath.workdps(50):
        exact = mpmath.lu_solve(mpmath.matrix(a.tolist()), mpmath.matrix(b.tolist()))
        exact = np.array([float(value) for value in exact])
    kappa = np.linalg.cond(a, np.inf)
    np.testing.assert_allclose(rs.solve(a, b), exact, atol=4 * kappa * eps(np.float64) * np.abs(exact).max())


def test_solve_ex_says_how_far_to_trust():
    a, b = matrices(8, (3,)), right_hand_sides((3, 8, 2))
    solution, info = answer = rs.solve_ex(a, b)
    assert isinstance(answer, rs.SolveResult)
    assert solution is answer.solution
    assert (info.status == rs.Status.OK).all()
    # An estimate: never too pessimistic, seldom more than threefold too optimistic.
    exact = 1 / np.linalg.cond(a, 1)
    assert (info.rcond >= exact * (1 - 1e-10)).all()
    assert (info.rcond <= exact * 3).all()
    assert (info.backward_error < 20 * eps(np.float64)).all()
    assert (info.backward_error >= 0).all()


def test_numpys_objections():
    a = matrices(3)
    for wrong in (np.ones(4), np.ones((4, 3)), np.ones((1, 3)), np.ones((2, 2, 2)), np.float64(1.0)):
        with pytest.raises(ValueError) as theirs:  # noqa: PT011 (the messages are our own)
            np.linalg.solve(a, wrong)
        with pytest.raises(ValueError) as ours:  # noqa: PT011
            rs.solve(a, wrong)
        assert type(ours.value) is type(theirs.value)
    with pytest.raises(ValueError, match="broadcast"):
        rs.solve(matrices(3, (2,)), np.ones((3, 3, 1)))


@pytest.mark.parametrize("order", [3, 40])
@pytest.mark.parametrize("dtype", DTYPES)
def test_out(order, dtype):
    a, b = matrices(order, (3,), dtype), right_hand_sides((3, order, 2), dtype)
    expected = rs.solve(a, b)
    out = np.full_like(expected, 9)
    assert rs.solve(a, b, out=out) is out
    assert same_bits(out, expected)
    vector = np.full((3, order), 9, dtype)
    assert rs.solve(a, b[0, :, 0], out=vector) is vector
    assert same_bits(vector, rs.solve(a, b[0, :, 0]))


@pytest.mark.parametrize("layout", [name for name in LAYOUTS if name not in ("read-only", "swapped")])
def test_out_of_any_layout(layout):
    a, b = matrices(5, (3,), np.complex64), right_hand_sides((3, 5, 2), np.complex64)
    out = LAYOUTS[layout](np.zeros_like(b))
    assert rs.solve(a, b, out=out) is out
    assert same_bits(out, rs.solve(a, b))


def test_out_is_refused():
    a, b = matrices(3), np.ones(3)
    with pytest.raises(ValueError, match=r"out must have shape \(3,\), as the result has, not \(3, 1\)"):
        rs.solve(a, b, out=np.zeros((3, 1)))
    with pytest.raises(TypeError, match="out must have dtype float64"):
        rs.solve(a, b.astype(np.float32), out=np.zeros(3, np.float32))


# Random triangles are nearly singular: no digit may be right, but the equations are fulfilled.
@pytest.mark.filterwarnings("ignore::resolvent.IllConditionedWarning")
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("word", ["lower triangular", "upper triangular"])
@pytest.mark.parametrize("order", [1, 2, 3, 5, 8, 17, 32, 47, 48, 90])
def test_triangles_are_substituted_with(order, word, dtype):
    """Element by element as small a residual as substitution leaves, which elimination with pivoting does not."""
    rng = np.random.default_rng(order)
    a, b = (rng.random((50, order, k)) + 1e-3 for k in (order, 2))
    if np.issubdtype(dtype, np.complexfloating):
        a, b = a + 1j * rng.random(a.shape), b + 1j * rng.random(b.shape)
    a, b = a.astype(dtype), b.astype(dtype)
    given = np.tril(a) if word == "lower triangular" else np.triu(a)
    x = rs.solve(a, b, assume_a=word)
    wide = np.complex128 if np.iscomplexobj(a) else np.float64
    residual = np.abs(b.astype(wide) - given.astype(wide) @ x.astype(wide))
    scale = np.abs(given) @ np.abs(x) + np.abs(b)
    assert (residual <= (order + 2) * eps(dtype) * scale).all()
    assert same_bits(rs.solve(a[7], b[7], assume_a=word), x[7])
    out = b.copy()
    assert same_bits(rs.solve(a, out, assume_a=word, out=out), x)
