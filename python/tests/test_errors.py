"""Singular, nearly singular, not finite, wrong shapes, impossible sizes: each said as it is."""

import copy
import pickle
import warnings
from functools import partial

import numpy as np
import pytest
from cases import DTYPES, matrices, right_hand_sides, same_bits

import resolvent as rs

# Nearly singular, yet no pivot vanishes: the last entry is off by a few units of rounding.
NEARLY = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [7.0, 8.0, 9.0 + 1e-14]])


def test_classes():
    assert rs.LinAlgError is np.linalg.LinAlgError
    assert rs.linalg.LinAlgError is np.linalg.LinAlgError
    assert issubclass(rs.SingularMatrixError, np.linalg.LinAlgError)
    assert issubclass(rs.IllConditionedWarning, RuntimeWarning)
    assert rs.SingularMatrixError.__module__ == rs.IllConditionedWarning.__module__ == "resolvent"
    assert [(status.name, status.value) for status in rs.Status] == [
        ("OK", 0),
        ("ILL_CONDITIONED", 1),
        ("NUMERICALLY_SINGULAR", 2),
        ("SINGULAR", 3),
        ("NOT_FINITE", 4),
    ]


def test_textbook():
    for call in (lambda a: rs.inv(a), lambda a: rs.solve(a, [1, 2])):
        with pytest.raises(rs.SingularMatrixError, match=r"^Singular matrix: row 1 = 2\*row 0$") as caught:
            call([[1, 2], [2, 4]])
        assert caught.value.indices == ((),)
        assert caught.value.pivot == 1
        assert caught.value.dependence == "row 1 = 2*row 0"


@pytest.mark.parametrize("order", [2, 3, 5, 24, 25, 44, 45, 61])
def test_the_stack_is_named(order):
    a = matrices(order, (7,))
    a[2, :, 0] = 0
    a[5, :, -1] = 0
    with pytest.raises(rs.SingularMatrixError) as caught:
        rs.inv(a)
    message = str(caught.value)
    assert message.startswith(f"Singular matrix: matrix 2 of the stack; row {order - 1} = ")
    assert "2, 5" in message
    assert caught.value.indices == (2, 5)
    assert caught.value.pivot == 0
    for index in caught.value.indices:
        assert rs.det(a[index]) == 0


def test_stacks_of_more_dimensions_have_tuples():
    a = np.broadcast_to(np.eye(3), (2, 2, 3, 3)).copy()
    a[1, 0, 2, 2] = 0
    with pytest.raises(rs.SingularMatrixError, match=r"matrix \(1, 0\) of the stack; row 2 is zero") as caught:
        rs.solve(a, np.ones(3))
    assert caught.value.indices == ((1, 0),)
    assert same_bits(a[caught.value.indices[0]], np.diag([1.0, 1.0, 0.0]))


def test_indices_of_a_broadcast_stack_are_those_of_the_result():
    a = np.zeros((2, 1, 1, 1))
    a[0] = 1
    with pytest.raises(rs.SingularMatrixError) as caught:
        rs.solve(a, np.ones((3, 1, 1)))
    assert caught.value.indices == ((1, 0), (1, 1), (1, 2))


def test_long_lists_are_cut_in_the_message_only():
    with pytest.raises(rs.SingularMatrixError, match=r"100 matrices .*: 0, 1, 2, 3, 4, 5, 6, 7, \.\.\.") as caught:
        rs.inv(np.zeros((100, 2, 2)))
    assert caught.value.indices == tuple(range(100))


def test_the_error_can_be_pickled():
    with pytest.raises(rs.SingularMatrixError) as caught:
        rs.inv(np.zeros((2, 2, 2)))
    again = pickle.loads(pickle.dumps(caught.value))
    assert type(again) is rs.SingularMatrixError
    assert (str(again), again.indices, again.pivot) == (str(caught.value), (0, 1), 0)
    assert again.dependence == "row 0 is zero"
    assert pickle.loads(pickle.dumps(rs.Status.SINGULAR)) is rs.Status.SINGULAR


@pytest.mark.parametrize("stack", [(), (3,), (2, 0), (2, 3)])
def test_results_can_be_pickled_and_copied(stack):
    a = matrices(3, stack)
    for result in (rs.inv_ex(a), rs.solve_ex(a, np.ones((3, 1)))):
        ways = [lambda x, p=p: pickle.loads(pickle.dumps(x, p)) for p in range(pickle.HIGHEST_PROTOCOL + 1)]
        for way in (*ways, copy.copy, copy.deepcopy):
            again = way(result)
            assert type(again) is type(result)
            assert same_bits(again[0], result[0])
            info = way(result.info)
            assert type(info) is type(again.info) is rs.Info
            for name in ("status", "rcond", "backward_error", "forward_error"):
                assert type(getattr(info, name)) is np.ndarray
                assert same_bits(getattr(info, name), getattr(result.info, name))
                assert same_bits(getattr(again.info, name), getattr(result.info, name))
            assert info.method == result.info.method
    assert copy.deepcopy(result.info).status is not result.info.status


def test_info_is_made_of_arrays_of_one_shape():
    status, numbers = np.zeros(2, np.uint8), np.ones(2)
    info = rs.Info(status, numbers, numbers, numbers, "small")
    assert info.rcond is numbers
    assert info.method == "small"
    with pytest.raises(TypeError, match=r"^status must be a numpy\.ndarray of dtype uint8$"):
        rs.Info(numbers, numbers, numbers, numbers, "small")
    with pytest.raises(TypeError, match=r"^rcond must be a numpy\.ndarray of dtype float64$"):
        rs.Info(status, [1.0, 1.0], numbers, numbers, "small")
    with pytest.raises(ValueError, match=r"backward_error \(3,\) and forward_error \(2,\) must be of one shape"):
        rs.Info(status, numbers, np.ones(3), numbers, "small")


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("order", [1, 2, 3, 4, 5, 9, 24, 25, 44, 45, 61])
def test_one_bad_matrix_spoils_nothing(order, dtype):
    a, b = matrices(order, (11,), dtype), right_hand_sides((11, order, 2), dtype)
    good_inverse, good_solution = rs.inv(a), rs.solve(a, b)
    a[4, :, -1] = 0
    others = np.arange(11) != 4
    for answer, good in (
        (rs.inv_ex(a), good_inverse),
        (rs.solve_ex(a, b), good_solution),
    ):
        values, info = answer
        assert np.isnan(values[4]).all()
        assert same_bits(values[others], good[others])
        assert info.status[4] == rs.Status.SINGULAR
        assert (info.status[others] == rs.Status.OK).all()
        assert info.rcond[4] == 0
        assert np.isnan(info.backward_error[4])
    with pytest.raises(rs.SingularMatrixError) as caught:
        rs.inv(a)
    assert caught.value.indices == (4,)


def test_out_holds_the_good_answers_when_the_error_comes():
    a = np.stack([np.diag([2.0, 4.0]), np.ones((2, 2))])
    out = np.zeros((2, 2, 2))
    with pytest.raises(rs.SingularMatrixError):
        rs.inv(a, out=out)
    assert out[0].tolist() == [[0.5, 0.0], [0.0, 0.25]]
    assert np.isnan(out[1]).all()


@pytest.mark.parametrize("call", [rs.inv, lambda a: rs.solve(a, np.ones(3))])
def test_nearly_singular_warns(call):
    with pytest.warns(rs.IllConditionedWarning) as caught:
        call(NEARLY)
    assert len(caught) == 1
    message = str(caught[0].message)
    assert message.startswith("the matrix is numerically singular (rcond = ")
    assert "digits of the result can be trusted" in message
    assert caught[0].filename == __file__
    with pytest.warns(rs.IllConditionedWarning, match="^matrix 1 of the stack is numerically singular"):
        call(np.stack([np.eye(3), NEARLY]))
    with pytest.warns(rs.IllConditionedWarning, match=r"^2 matrices of the stack .* they are \(0, 1\), \(1, 0\)$"):
        call(np.stack([np.eye(3), NEARLY, NEARLY, np.eye(3)]).reshape(2, 2, 3, 3))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("order", [1, 2, 3, 4, 5, 6, 7, 8, 16, 33])
def test_raised_and_warned_of_just_what_ex_says(order, dtype):
    """Every kind of matrix anywhere in a stack, with and without singular ones and nearly singular ones."""
    rng = np.random.default_rng(order)
    corners = np.eye(order, dtype=dtype)
    corners[0, -1] = corners[-1, 0] = 1
    corners[-1, -1] += np.finfo(dtype).eps
    stack = (5, 1, 7)
    for singular, doubtful in ((False, False), (False, True), (True, False), (True, True)):
        a, b = matrices(order, stack, dtype), right_hand_sides((*stack, order, 2), dtype)
        kinds = rng.integers(0, 6, stack)
        a[kinds == 1, 0, -1] = np.nan
        a[kinds == 2] *= 1e-30
        if singular:
            a[kinds == 3, :, 0] = 0
        if doubtful and order > 1:
            a[kinds == 4] = corners
        for call, answer in ((partial(rs.inv, a), rs.inv_ex(a)), (partial(rs.solve, a, b), rs.solve_ex(a, b))):
            status = answer.info.status
            assert (status == rs.Status.SINGULAR).any() == singular
            assert (status == rs.Status.NUMERICALLY_SINGULAR).any() == (doubtful and order > 1)
            if singular:
                with pytest.raises(rs.SingularMatrixError) as caught:
                    call()
                assert caught.value.indices == tuple(map(tuple, np.argwhere(status == rs.Status.SINGULAR)))
            elif doubtful and order > 1:
                with pytest.warns(rs.IllConditionedWarning) as caught:
                    assert same_bits(call(), answer[0])
                count = np.sum(status == rs.Status.NUMERICALLY_SINGULAR)
                assert str(caught[0].message).startswith((f"{count} matrices", "matrix ")[int(count == 1)])
            else:
                assert same_bits(call(), answer[0])


def test_the_warning_can_be_an_error():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(rs.IllConditionedWarning):
            rs.inv(NEARLY)


def test_ex_says_it_in_silence():
    assert rs.inv_ex(NEARLY).info.status == rs.Status.NUMERICALLY_SINGULAR
    assert rs.solve_ex(NEARLY, np.ones(3)).info.status == rs.Status.NUMERICALLY_SINGULAR


def test_ill_conditioned_is_told_not_warned():
    order = 8
    hilbert = 1.0 / (np.arange(order)[:, None] + np.arange(order) + 1)
    rs.inv(hilbert)
    assert rs.inv_ex(hilbert).info.status == rs.Status.ILL_CONDITIONED


def test_bad_scaling_is_not_singularity():
    a = np.diag([1e-200, 1.0, 1e200])
    np.testing.assert_allclose(rs.inv(a), np.diag([1e200, 1.0, 1e-200]))


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("order", [2, 3, 24, 40])
def test_not_finite_raises_nothing_and_spoils_nothing(order, bad):
    a, b = matrices(order, (5,)), right_hand_sides((5, order, 2))
    good_inverse, good_solution = rs.inv(a), rs.solve(a, b)
    a[3, 0, order // 2] = bad
    others = np.arange(5) != 3
    inverse, solution = rs.inv(a), rs.solve(a, b)
    assert same_bits(inverse[others], good_inverse[others])
    assert same_bits(solution[others], good_solution[others])
    if np.isnan(bad):
        assert np.isnan(inverse[3]).any()
        assert np.isnan(solution[3]).any()
    info = rs.inv_ex(a).info
    assert info.status[3] == rs.Status.NOT_FINITE
    assert (info.status[others] == rs.Status.OK).all()
    assert rs.solve_ex(a, b).info.status[3] == rs.Status.NOT_FINITE


@pytest.mark.parametrize("order", [1, 3, 40])
def test_an_answer_that_overflows_is_not_finite(order):
    a = np.stack([np.eye(order), np.eye(order) * 1e-320])
    inverse, info = rs.inv_ex(a)
    assert np.isinf(inverse[1]).any()
    assert info.status.tolist() == [rs.Status.OK, rs.Status.NOT_FINITE]
    solution, info = rs.solve_ex(a, np.ones(order))
    assert not np.isfinite(solution[1]).all()
    assert info.status.tolist() == [rs.Status.OK, rs.Status.NOT_FINITE]
    assert "overflowed" in rs.Status.__doc__


def test_nan_on_the_right_gives_nan():
    x = rs.solve(np.eye(2), [1.0, np.nan])
    assert np.isnan(x[1])


@pytest.mark.parametrize("verb", [rs.inv, rs.det, rs.slogdet, rs.inv_ex, rs.lu, lambda a: rs.solve(a, [1.0, 2.0])])
def test_shapes(verb):
    for shape in ((2, 3), (4, 3, 2), (0, 1), (2, 0)):
        with pytest.raises(np.linalg.LinAlgError, match="Last 2 dimensions of the array must be square"):
            verb(np.ones(shape))
    for a in (np.float64(1), 3, None, "text", b"bytes"):
        with pytest.raises(np.linalg.LinAlgError, match=r"^0-dimensional array given"):
            verb(a)
    for a in ([], [1, 2], np.ones(4)):
        message = "^1-dimensional array given. Array must be at least two-dimensional$"
        with pytest.raises(np.linalg.LinAlgError, match=message):
            verb(a)


ROWS = "b needs as many rows as a, which is 2"
MISFITS = [
    ((2, 2), (3,), ROWS),
    ((2, 2), (3, 4), ROWS),
    ((2, 2), (1, 3, 1), ROWS),
    # In NumPy 1 this was a stack of vectors.
    ((3, 2, 2), (3, 2), f"{ROWS}; for a stack of vectors use b[..., None]"),
    ((3, 2, 2), (4, 2, 1), "the stack dimensions cannot be broadcast together"),
]


@pytest.mark.parametrize(("a", "b", "reason"), MISFITS)
def test_misfits_are_named_by_the_shapes_that_were_given(a, b, reason):
    calls = (rs.solve, rs.solve_ex, lambda a, b: rs.lu(a).solve(b), lambda a, b: rs.lu(a).solve(b, "T"))
    for call in calls:
        with pytest.raises(ValueError, match="do not fit") as caught:
            call(np.zeros(a), np.zeros(b))
        assert str(caught.value) == f"a of shape {a} and b of shape {b} do not fit: {reason}"


def test_sizes_that_do_not_fit():
    with pytest.raises(MemoryError):
        rs.inv(np.broadcast_to(np.eye(2), (2**45, 2, 2)))
    with pytest.raises(MemoryError):
        rs.det(np.broadcast_to(np.eye(2), (2**50, 2, 2)))
    wide, tall = np.broadcast_to(1.0, (2**31, 1, 1, 1)), np.broadcast_to(1.0, (2**31, 1, 1))
    with pytest.raises((ValueError, MemoryError)):
        rs.solve(wide, tall)
    with pytest.raises((ValueError, MemoryError)):
        rs.lu(np.broadcast_to(np.eye(2), (2**45, 2, 2)))


@pytest.mark.parametrize("stack", [2**45, 2**59])
def test_a_multitude_of_empty_matrices(stack):
    a = np.empty((stack, 0, 0))
    assert rs.inv(a).shape == a.shape
    with pytest.raises((ValueError, MemoryError)):
        rs.det(a)
    with pytest.raises((ValueError, MemoryError)):
        rs.inv_ex(a)
    with pytest.raises((ValueError, MemoryError)):
        rs.lu(a)
