"""Which dtype computes, which is refused, and what becomes of array subclasses and other array types."""

import itertools

import numpy as np
import pytest
from cases import DTYPES, matrices, same_bits

import resolvent as rs

INTEGERS = [np.bool_, *np.typecodes["AllInteger"]]


@pytest.mark.parametrize("dtype", INTEGERS)
def test_integers_and_bools_compute_in_float64(dtype):
    a = np.array([[1, 1], [0, 1]], dtype)
    x = rs.inv(a)
    assert x.dtype == np.float64
    assert x.tolist() == [[1.0, -1.0], [0.0, 1.0]]
    assert rs.det(a) == 1.0
    assert type(rs.det(a)) is np.float64


def test_lists_of_integers():
    assert rs.inv([[2, 0], [0, 4]]).tolist() == [[0.5, 0.0], [0.0, 0.25]]
    assert rs.inv([[2, 1], [1, 3]]).dtype == np.float64


@pytest.mark.parametrize("pair", list(itertools.product([*DTYPES, np.int64, np.int8, np.bool_], repeat=2)))
def test_mixed_operands_have_numpys_type(pair):
    a, b = np.eye(2, dtype=pair[0]), np.ones(2, pair[1])
    x = rs.solve(a, b)
    assert x.dtype == np.linalg.solve(a, b).dtype
    assert (x == 1).all()


def test_byte_order_of_the_result_is_native():
    for dtype in (">f4", ">f8", ">c8", ">c16", ">i4"):
        a = np.array([[2, 0], [0, 4]], dtype)
        assert rs.inv(a).dtype == np.linalg.inv(a).dtype
        assert rs.inv(a).tolist() == [[0.5, 0.0], [0.0, 0.25]]


REFUSED = [
    (np.float16, "float16", "np.float32"),
    (np.longdouble, np.dtype(np.longdouble).name, "np.float64"),
    (np.clongdouble, np.dtype(np.clongdouble).name, "np.complex128"),
]


@pytest.mark.parametrize(("dtype", "name", "cast"), REFUSED)
def test_refused_dtypes_name_the_cast(dtype, name, cast):
    a = np.eye(2, dtype=int).astype(dtype)
    message = f"array type {name} is unsupported in linalg; use a.astype({cast})"
    for verb in (rs.inv, rs.det, rs.slogdet, rs.inv_ex, rs.lu, lambda a: rs.solve(a, [1, 2])):
        with pytest.raises(TypeError) as caught:
            verb(a)
        assert str(caught.value) == message
    # NumPy refuses all of them too.
    with pytest.raises(TypeError):
        np.linalg.inv(a)
    with pytest.raises(TypeError) as caught:
        rs.solve(np.eye(2), a)
    assert str(caught.value) == message.replace("use a.", "use b.")
    # The advice works.
    assert rs.inv(eval(f"a.astype({cast})", {"a": a, "np": np})).shape == (2, 2)


@pytest.mark.parametrize("dtype", ["M8[s]", "m8[s]", "U3", "S3", "i4,f8", "V8", np.dtypes.StringDType()], ids=str)
def test_what_is_no_number_gets_no_advice_to_cast(dtype):
    a = np.empty((2, 2), dtype)
    message = (
        f"array type {a.dtype.name} is unsupported in linalg; "
        "supported are float32, float64, complex64, complex128, integers and bools"
    )
    for verb in (rs.inv, rs.det, rs.slogdet, rs.inv_ex, rs.lu, lambda a: rs.solve(a, [1, 2])):
        with pytest.raises(TypeError) as caught:
            verb(a)
        assert str(caught.value) == message
    with pytest.raises(TypeError):
        np.linalg.inv(a)


class Marked(np.ndarray):
    """A subclass that keeps a mark."""

    mark = None

    def __array_finalize__(self, source):
        self.mark = getattr(source, "mark", None)


class Wrapper:
    """No ndarray, but wants its results wrapped."""

    def __init__(self, data):
        self.data = np.asarray(data)

    def __array__(self, dtype=None, copy=None):
        return np.array(self.data, dtype=dtype)

    def __array_wrap__(self, array, context=None, return_scalar=False):
        return Wrapper(array)


def test_subclasses_are_kept():
    a = matrices(3).view(Marked)
    a.mark = "here"
    ours, theirs = rs.inv(a), np.linalg.inv(a)
    assert type(ours) is type(theirs) is Marked
    assert ours.mark == theirs.mark
    # solve wraps as the right-hand side wishes.
    assert type(rs.solve(a, np.ones(3))) is type(np.linalg.solve(a, np.ones(3))) is np.ndarray
    assert type(rs.solve(matrices(3), np.ones(3).view(Marked))) is Marked
    assert type(rs.inv_ex(a).inverse) is Marked
    for verb in (rs.det, lambda a: rs.slogdet(a).sign, lambda a: rs.slogdet(a).logabsdet):
        assert type(verb(a)) is np.float64
        assert type(verb(np.stack([a, a]).view(Marked))) is np.ndarray


def test_matrix():
    a = np.matrix([[2.0, 1.0], [1.0, 3.0]])
    x = rs.inv(a)
    assert type(x) is np.matrix
    np.testing.assert_allclose(a @ x, np.eye(2), atol=1e-15)
    solution = rs.solve(a, np.matrix([[5.0], [4.0]]))
    assert type(solution) is np.matrix
    assert solution.shape == (2, 1)
    assert type(rs.det(a)) is np.float64


def test_masked_arrays_as_numpy_treats_them():
    a = np.ma.masked_array([[2.0, 1.0], [1.0, 3.0]], mask=[[True, False], [False, False]])
    ours, theirs = rs.inv(a), np.linalg.inv(a)
    assert type(ours) is type(theirs)
    np.testing.assert_allclose(ours.data, theirs.data, rtol=1e-14)
    assert same_bits(np.ma.getmaskarray(ours), np.ma.getmaskarray(theirs))


def test_array_wrap_of_strangers():
    x = rs.inv(Wrapper([[2.0, 0.0], [0.0, 4.0]]))
    assert type(x) is Wrapper
    assert x.data.tolist() == [[0.5, 0.0], [0.0, 0.25]]


def test_out_is_returned_as_it_is():
    out = np.zeros((3, 3)).view(Marked)
    assert rs.inv(matrices(3), out=out) is out


class Foreign:
    """An array of another library, which overrides NumPy's functions (NEP 18)."""

    def __array_function__(self, function, types, args, kwargs):
        return function, args, kwargs


def test_array_function_is_dispatched_as_by_numpy():
    foreign = Foreign()
    numpy_own = np.linalg
    assert rs.inv(foreign) == (numpy_own.inv, (foreign,), {})
    assert rs.det(foreign) == (numpy_own.det, (foreign,), {})
    assert rs.slogdet(foreign) == (numpy_own.slogdet, (foreign,), {})
    b = np.ones(2)
    function, args, _ = rs.solve(b, foreign)
    assert function is numpy_own.solve
    assert args[0] is b
    assert args[1] is foreign


class Overriding(np.ndarray):
    def __array_function__(self, function, types, args, kwargs):
        return NotImplemented


def test_array_function_is_refused_where_numpy_has_no_such_function():
    a, b = np.eye(2), np.ones(2)
    for foreign in (Foreign(), np.eye(2).view(Overriding)):
        kind = type(foreign).__name__
        for name, call in {
            "inv_ex": lambda x: rs.inv_ex(x),
            "solve_ex": lambda x: rs.solve_ex(x, b),
            "lu": lambda x: rs.lu(x),
            "LU.solve": lambda x: rs.lu(a).solve(x),
        }.items():
            with pytest.raises(TypeError) as caught:
                call(foreign)
            assert str(caught.value) == f"{name}: {kind} is unsupported, pass a numpy.ndarray"
        with pytest.raises(TypeError, match=f"^solve_ex: {kind} is unsupported"):
            rs.solve_ex(a, foreign)


def test_array_interfaces():
    a = matrices(3)

    class Interface:
        __array_interface__ = a.__array_interface__

    assert same_bits(rs.inv(Interface()), rs.inv(a))
    assert same_bits(rs.inv(memoryview(a)), rs.inv(a))
    assert same_bits(rs.inv(a.tolist()), rs.inv(a))


def test_errors_of_the_operand_come_through():
    class Broken:
        def __array__(self, dtype=None, copy=None):
            raise ZeroDivisionError("broken")

    with pytest.raises(ZeroDivisionError, match="broken"):
        rs.inv(Broken())
    with pytest.raises(ValueError, match="inhomogeneous"):
        rs.inv([[1, 2], [3]])
