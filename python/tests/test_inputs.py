"""What goes in: whatever NumPy takes, and treated as NumPy treats it; and what knows DLPack alone."""

import array
import fractions
import re

import numpy as np
import pandas as pd
import pytest

import resolvent as rs

A = np.array([[4.0, 1.0, 2.0], [1.0, 5.0, 3.0], [2.0, 0.0, 6.0]])
B = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])

VERBS = {
    "inv": lambda m, a, b: m.inv(a),
    "solve": lambda m, a, b: m.solve(a, b),
    "det": lambda m, a, b: m.det(a),
    "slogdet": lambda m, a, b: m.slogdet(a),
    "lstsq": lambda m, a, b: m.lstsq(a, b),
    "pinv": lambda m, a, b: m.pinv(a),
    "matrix_rank": lambda m, a, b: m.matrix_rank(a),
    "cond": lambda m, a, b: m.cond(a),
}
each_verb = pytest.mark.parametrize("verb", VERBS)


class Speaks:
    """Memory of an array, and of its protocols those alone that are named."""

    def __init_subclass__(cls, protocols=(), **rest):
        super().__init_subclass__(**rest)
        for name in protocols:
            setattr(cls, name, SPOKEN[name])

    def __init__(self, memory):
        self.memory = memory


SPOKEN = {
    "__array__": lambda self, dtype=None, copy=None: np.array(self.memory, dtype=dtype),
    "__array_interface__": property(lambda self: self.memory.__array_interface__),
    "__array_struct__": property(lambda self: self.memory.__array_struct__),
    "__dlpack__": lambda self, **asked: self.memory.__dlpack__(**asked),
    "__dlpack_device__": lambda self: self.memory.__dlpack_device__(),
}


class WithArray(Speaks, protocols=["__array__"]):
    pass


class WithInterface(Speaks, protocols=["__array_interface__"]):
    pass


class WithStruct(Speaks, protocols=["__array_struct__"]):
    pass


class WithDlpack(Speaks, protocols=["__dlpack__", "__dlpack_device__"]):
    pass


class Labelled(Speaks, protocols=["__array__"]):
    """As xarray's arrays: no ndarray, and results come back wrapped, with the labels."""

    labels = "rows and columns"

    def __array_wrap__(self, result, context=None, return_scalar=False):
        return Labelled(np.asarray(result))


class Marked(np.ndarray):
    """A subclass that keeps a mark."""

    mark = None

    def __array_finalize__(self, source):
        self.mark = getattr(source, "mark", None)


def marked(a):
    a = a.view(Marked)
    a.mark = "here"
    return a


KINDS = {
    "lists": np.ndarray.tolist,
    "lists of arrays": list,
    "tuples of tuples": lambda a: tuple(map(tuple, a.tolist())),
    "lists of rows of array.array": lambda a: [array.array("d", row) for row in a],
    "memoryview": lambda a: memoryview(a),
    "read-only memoryview": lambda a: memoryview(a).toreadonly(),
    "__array__": WithArray,
    "__array_interface__": WithInterface,
    "__array_struct__": WithStruct,
    "__array_wrap__": Labelled,
    "subclass": marked,
    "np.matrix": np.matrix,
    "masked, with nothing masked": np.ma.masked_array,
    "masked, nomask spelled out": lambda a: np.ma.masked_array(a, mask=np.zeros(a.shape, bool)),
    "masked": lambda a: np.ma.masked_array(a, mask=a == 1),
    "DataFrame": lambda a: pd.DataFrame(a, columns=[f"column {j}" for j in range(a.shape[1])]),
    "DataFrame of several dtypes": lambda a: pd.DataFrame(a).astype({0: "float32", 1: "int64"}),
    "DataFrame of nullable numbers": lambda a: pd.DataFrame(a).astype("Float64"),
}


def outcome(call):
    try:
        return call()
    except Exception as error:
        return error


def assert_alike(ours, theirs):
    """The same type and dtype and mask, and the same numbers but for rounding; or the same kind of error."""
    if isinstance(theirs, Exception):
        assert isinstance(ours, Exception), f"{ours!r}, where NumPy raises {theirs!r}"
        public = next(kind for kind in (np.linalg.LinAlgError, TypeError, ValueError) if isinstance(theirs, kind))
        assert isinstance(ours, public), f"{ours!r}, where NumPy raises {theirs!r}"
    elif isinstance(theirs, tuple):
        for one, other in zip(ours, theirs, strict=True):
            assert_alike(one, other)
    elif isinstance(theirs, Labelled):
        assert type(ours) is Labelled
        assert_alike(ours.memory, theirs.memory)
    else:
        # NumPy's rank of `lstsq` is LAPACK's integer.
        assert type(ours) is type(theirs) or (np.isscalar(theirs) and np.isscalar(ours)), (type(ours), type(theirs))
        ours_plain, theirs_plain = np.asarray(ours), np.asarray(theirs)
        assert ours_plain.dtype == theirs_plain.dtype or theirs_plain.dtype.kind == ours_plain.dtype.kind == "i"
        np.testing.assert_allclose(ours_plain, theirs_plain, rtol=1e-13, atol=1e-14)
        if np.ma.isMaskedArray(theirs):
            np.testing.assert_array_equal(np.ma.getmaskarray(ours), np.ma.getmaskarray(theirs))
        if isinstance(theirs, Marked):
            assert ours.mark == theirs.mark


@each_verb
@pytest.mark.parametrize("kind", KINDS)
def test_as_numpy_treats_it(kind, verb):
    make, call = KINDS[kind], VERBS[verb]
    for a, b in ((make(A), B), (A, make(B)), (make(A), make(B)), (make(A), B[:, 0])):
        assert_alike(outcome(lambda: call(rs, a, b)), outcome(lambda: call(np.linalg, a, b)))  # noqa: B023


@each_verb
def test_a_series_as_numpy_treats_it(verb):
    frame = pd.DataFrame(A, columns=list("xyz"))
    for b in (frame["x"], pd.Series(B[:, 0]), pd.Index(B[:, 0])):
        assert_alike(VERBS[verb](rs, frame, b), VERBS[verb](np.linalg, frame, b))


@each_verb
def test_what_is_no_matrix_is_refused_as_by_numpy(verb):
    for nothing in (None, object(), "text", 3.0, {}, [[1, 2], [3]], [[]], B[:, 0], pd.Index([1.0, 2.0])):
        ours = outcome(lambda: VERBS[verb](rs, nothing, B))  # noqa: B023
        theirs = outcome(lambda: VERBS[verb](np.linalg, nothing, B))  # noqa: B023
        if verb == "pinv" and isinstance(theirs, TypeError):
            # NumPy conjugates before it looks at the dimensions.
            assert isinstance(ours, rs.LinAlgError)
        elif verb == "matrix_rank" and isinstance(nothing, str):
            # By NumPy the rank of a text is 1.
            assert isinstance(ours, TypeError)
        else:
            assert_alike(ours, theirs)


@each_verb
def test_dlpack_alone_is_enough(verb):
    # NumPy's functions make an object without dimensions of it.
    with pytest.raises((np.linalg.LinAlgError, TypeError)):
        np.linalg.inv(WithDlpack(A))
    expected = VERBS[verb](np.linalg, A, B)
    for a in (A, np.asfortranarray(A), A[::-1, ::-1][::-1, ::-1]):
        assert_alike(VERBS[verb](rs, WithDlpack(a), WithDlpack(B)), expected)
    single = A.astype(np.float32)
    answer = VERBS[verb](rs, WithDlpack(single), WithDlpack(B.astype(np.float32)))
    first = answer[0] if isinstance(answer, tuple) else answer
    assert np.asarray(first).dtype in (np.float32, np.intp)


def test_dlpack_in_the_other_functions():
    a, b = WithDlpack(A), WithDlpack(B)
    np.testing.assert_array_equal(rs.inv_ex(a).inverse, rs.inv(A))
    np.testing.assert_array_equal(rs.solve_ex(a, b).solution, rs.solve_ex(A, B).solution)
    np.testing.assert_array_equal(rs.lu(a).solve(b), rs.lu(A).solve(B))
    np.testing.assert_array_equal(rs.null_space(a), rs.null_space(A))
    np.testing.assert_array_equal(rs.ridge(a, b, 1.0), rs.ridge(A, B, 1.0))
    assert rs.diagnose(a, WithDlpack(B[:, 0])).rank == 3


def test_no_copy_is_made_of_dlpack():
    out = np.empty_like(A)
    memory = A.copy()
    # The result may overwrite the very memory.
    assert rs.inv(WithDlpack(memory), out=memory) is memory
    np.testing.assert_array_equal(memory, rs.inv(A, out=out))


@each_verb
def test_memory_of_another_device_is_refused(verb):
    class Elsewhere(WithDlpack):
        def __dlpack_device__(self):
            return (2, 1)

        def __dlpack__(self, **asked):
            raise AssertionError("asked for memory that cannot be read")

    message = "Elsewhere is in the memory of another device, DLPack's (2, 1); copy it to the CPU first"
    with pytest.raises(BufferError, match=f"^{re.escape(message)}$"):
        VERBS[verb](rs, Elsewhere(A), B)


def test_half_of_dlpack_is_none():
    class Half(Speaks, protocols=["__dlpack_device__"]):
        pass

    class OtherHalf(Speaks, protocols=["__dlpack__"]):
        pass

    for half in (Half(A), OtherHalf(A)):
        with pytest.raises(rs.LinAlgError, match="0-dimensional"):
            rs.inv(half)


def test_errors_of_dlpack_come_through():
    class Broken(WithDlpack):
        def __dlpack__(self, **asked):
            raise ZeroDivisionError("broken")

    with pytest.raises(ZeroDivisionError, match="broken"):
        rs.inv(Broken(A))
    with pytest.raises(TypeError, match="float16 is unsupported"):
        rs.inv(WithDlpack(A.astype(np.float16)))


OBJECTS = {
    "whole numbers": np.array([[2, 1], [1, 3]], object),
    "fractions": np.array([[fractions.Fraction(1, 2), 1], [1, 3]], object),
    "floats": np.array([[2.0, 1.0], [1.0, 3.0]], object),
    "DataFrame": pd.DataFrame([[2, 1], [1, 3]], dtype=object),
}


@each_verb
@pytest.mark.parametrize("kind", OBJECTS)
def test_object_arrays_are_refused_with_the_ways_out(kind, verb):
    a, b = OBJECTS[kind], np.ones(2)
    with pytest.raises(TypeError):
        VERBS[verb](np.linalg, a, b)
    name = {"matrix_rank": "A", "cond": "x"}.get(verb, "a")
    with pytest.raises(TypeError) as caught:
        VERBS[verb](rs, a, b)
    assert str(caught.value) == (
        f"array type object is unsupported in linalg; use {name}.astype(np.float64), or resolvent.exact for whole "
        "numbers and fractions"
    )


def test_the_ways_out_of_objects_lead_out():
    for kind in ("whole numbers", "fractions"):
        a = OBJECTS[kind]
        exact = rs.exact.solve(a, [5, 4])
        np.testing.assert_allclose(rs.solve(a.astype(np.float64), [5, 4]), np.array(exact, dtype=float), rtol=1e-15)


@each_verb
@pytest.mark.parametrize(
    ("dtype", "cast"), [(np.float16, "float32"), (np.longdouble, "float64"), (np.clongdouble, "complex128")]
)
def test_types_that_are_refused_name_the_cast(dtype, cast, verb):
    a, b = A.astype(dtype), B.astype(dtype)
    with pytest.raises(TypeError):
        VERBS[verb](np.linalg, a, b)
    with pytest.raises(TypeError, match=rf"is unsupported in linalg; use \w\.astype\(np\.{cast}\)$"):
        VERBS[verb](rs, a, b)
    # The advice works.
    VERBS[verb](rs, a.astype(cast), b.astype(cast))
