"""`diagnose`: what it finds, judged in exact arithmetic or by the literature, and its page."""

import copy
import doctest
import json
import pickle
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import resolvent as rs
from resolvent import _diagnose, gallery

SINGULAR = [[1, 2, 3], [4, 5, 6], [7, 8, 9]]
DTYPES = [np.float32, np.float64, np.complex64, np.complex128]


def rank_of(rows):
    """By elimination without rounding."""
    rows, rank = [[Fraction(x) for x in row] for row in rows], 0
    for j in range(len(rows[0]) if rows else 0):
        pivot = next((i for i in range(rank, len(rows)) if rows[i][j]), None)
        if pivot is None:
            continue
        rows[rank], rows[pivot] = rows[pivot], rows[rank]
        for i in range(rank + 1, len(rows)):
            scale = rows[i][j] / rows[rank][j]
            rows[i] = [x - scale * y for x, y in zip(rows[i], rows[rank], strict=True)]
        rank += 1
    return rank


def holds(dependency, columns):
    """Does a dependence hold, in fractions?"""
    sums = [Fraction(0)] * len(columns[dependency.index])
    for index, coefficient in dependency.terms.items():
        exact = Fraction(coefficient).limit_denominator(1024)
        assert abs(exact - Fraction(coefficient)) < Fraction(1, 10**12)
        sums = [s + exact * x for s, x in zip(sums, columns[index], strict=True)]
    return sums == [Fraction(x) for x in columns[dependency.index]]


@st.composite
def whole_matrices(draw):
    """Of small whole numbers, often of deficient rank."""
    m, n, rank = draw(st.integers(1, 5)), draw(st.integers(1, 5)), draw(st.integers(0, 5))
    numbers = st.integers(-2, 2)
    left = draw(st.lists(st.lists(numbers, min_size=rank, max_size=rank), min_size=m, max_size=m))
    right = draw(st.lists(st.lists(numbers, min_size=n, max_size=n), min_size=rank, max_size=rank))
    if rank == 0:
        return [[0] * n for _ in range(m)]
    return [
        [sum(x * y for x, y in zip(row, column, strict=True)) for column in zip(*right, strict=True)] for row in left
    ]


@given(whole_matrices(), st.data())
@settings(max_examples=150, deadline=None)
def test_ranks_dependencies_and_solutions_are_those_of_exact_arithmetic(a, data):
    m, n = len(a), len(a[0])
    b = data.draw(st.lists(st.integers(-3, 3), min_size=m, max_size=m))
    if data.draw(st.booleans()):
        x = data.draw(st.lists(st.integers(-3, 3), min_size=n, max_size=n))
        b = [sum(p * q for p, q in zip(row, x, strict=True)) for row in a]
    d = rs.diagnose(a, b)
    rank = rank_of(a)
    assert d.rank == d.rank_unscaled == rank
    columns = [list(column) for column in zip(*a, strict=True)]
    for found, lines, dependent in ((d.columns, columns, n <= m), (d.rows, a, m <= n)):
        assert len(found) == (len(lines) - rank if dependent else 0)
        left = [line for i, line in enumerate(lines) if i not in {one.index for one in found}]
        assert rank_of(left) == rank
        for one in found:
            if one.exact:
                assert holds(one, lines), str(one)
            off = np.array(lines[one.index], float) - sum(
                (c * np.array(lines[i], float) for i, c in one.terms.items()), 0.0
            )
            assert abs(off).max() < 1e-12
    consistent = rank_of([[*row, y] for row, y in zip(a, b, strict=True)]) == rank
    expected = {True: "one" if rank == n else "many", False: "least squares" if m > n else "none"}[consistent]
    assert d.system.solutions == expected
    residual = np.array(b, float) - np.array(a, float) @ d.system.solution
    if consistent:
        assert abs(residual).max() < 1e-10
        assert d.system.null_space.shape == (n, n - rank)
        assert abs(np.array(a, float) @ d.system.null_space).max(initial=0.0) < 1e-10
        assert len(d.system.free) == n - rank
    else:
        # Least squares: the residual is orthogonal to the columns.
        assert abs(np.array(a, float).T @ residual).max(initial=0.0) < 1e-10
        assert d.system.residual == pytest.approx(np.linalg.norm(residual))
    # Of a matrix that is not square it takes fractions with denominators that are not too large.
    assert d.proof == "deficient" if rank < m == n else d.proof in {None, "deficient"}
    assert rank < min(m, n) or d.proof is None


@pytest.mark.parametrize("dtype", DTYPES)
def test_a_singular_system(dtype):
    d = rs.diagnose(np.array(SINGULAR, dtype), np.array([1, 2, 4], dtype))
    assert (d.status, d.proof, d.rank, d.shape, d.dtype) == (rs.Status.SINGULAR, "deficient", 2, (3, 3), dtype)
    assert (d.rcond, d.digits, d.condition, d.distance) == (0.0, 0, np.inf, 0.0)
    assert d.columns[0].terms == {0: -1, 1: 2}
    assert str(d.rows[0]) == "row 2 = 2*row 1 - row 0, exactly"
    assert d.system.solutions == "none"
    assert d.system.contradictions == (_diagnose.Contradiction(row=2, expected=3, given=4),)
    assert d.system.solution.dtype == d.system.null_space.dtype == dtype
    assert "row 2 = 2*row 1 - row 0, but b[2] is 4, not 3" in str(d)


@pytest.mark.parametrize("dtype", DTYPES)
def test_a_regular_system(dtype):
    d = rs.diagnose(np.array([[2, 1], [1, 3]], dtype), np.array([[5], [4]], dtype))
    assert (d.status, d.proof, d.rank, d.columns, d.rows) == (rs.Status.OK, None, 2, (), ())
    assert d.rcond == pytest.approx(0.3125)
    np.testing.assert_allclose(d.singular_values, np.linalg.svdvals([[2, 1], [1, 3]]), rtol=1e-14)
    assert d.distance == d.singular_values[-1]
    np.testing.assert_allclose(d.system.solution, [2.2, 0.6], rtol=1e-5)
    assert d.structure == ("Hermitian" if np.iscomplexobj(d.system.solution) else "symmetric")
    assert d.digits == {4: 6, 8: 6 if dtype == np.complex64 else 15, 16: 15}[np.dtype(dtype).itemsize]


def test_complex_coefficients():
    d = rs.diagnose([[1 + 1j, 2j], [2j, -2 + 2j]], [1, 1 + 2j])
    assert d.columns[0].terms == {0: 1 + 1j}
    assert str(d.columns[0]) == "column 1 = (1+i)*column 0, exactly"
    assert d.system.contradictions[0].expected == 1 + 1j


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_nearly_dependent(dtype):
    distance = 1e3 * float(np.finfo(dtype).eps)
    a = gallery.nearly_dependent(6, distance, seed=2).astype(dtype)
    d = rs.diagnose(a)
    assert (d.rank, d.proof, d.status) == (6, None, rs.Status.ILL_CONDITIONED)
    assert d.columns[0].terms == dict.fromkeys(range(5), 1)
    assert not d.columns[0].exact
    assert 0.01 * distance < d.columns[0].residual < 10 * distance


def test_a_dependence_up_to_rounding():
    d = rs.diagnose([[0.1, 0.2, 0.3], [0.4, 0.5, 0.9], [0.7, 0.3, 1.0]])
    assert (d.proof, d.rank) == ("regular", 2)
    assert d.status != rs.Status.SINGULAR
    assert str(d.columns[0]) == "column 2 = column 1 + column 0, to rounding"


def test_bad_scaling_is_no_deficient_rank():
    a = gallery.one_scaled_row(6, 1e-300)
    d = rs.diagnose(a)
    assert (d.rank, d.rank_unscaled) == (6, 5)
    assert d.scaling.scaling == "rows"
    scaled = a * 2.0 ** d.scaling.row_exponents[:, None] * 2.0**d.scaling.column_exponents
    assert np.linalg.cond(scaled) == pytest.approx(d.scaling.condition)
    assert "badly scaled" in str(d)
    assert "row 3 by 2^" in str(d)


def longley():
    """Longley (1967), as NIST's StRD has the data."""
    rows = """
        83.0 234289 2356 1590 107608 1947   88.5 259426 2325 1456 108632 1948   88.2 258054 3682 1616 109773 1949
        89.5 284599 3351 1650 110929 1950   96.2 328975 2099 3099 112075 1951   98.1 346999 1932 3594 113270 1952
        99.0 365385 1870 3547 115094 1953  100.0 363112 3578 3350 116219 1954  101.2 397469 2904 3048 117388 1955
       104.6 419180 2822 2857 118734 1956  108.4 442769 2936 2798 120445 1957  110.8 444546 4681 2637 121950 1958
       112.6 482704 3813 2552 123366 1959  114.2 502601 3931 2514 125368 1960  115.7 518173 4806 2572 127852 1961
       116.9 554894 4007 2827 130081 1962"""
    return np.column_stack([np.ones(16), np.array(rows.split(), float).reshape(16, 6)])


LONGLEY_VIF = [135.53244, 1788.51348, 33.61889, 3.58893, 399.15102, 758.98060]


def test_longley():
    d = rs.diagnose(longley(), target_cond=1e4)
    found = d.collinearity
    assert found.intercept == 0
    assert np.isnan(found.vif[0])
    np.testing.assert_allclose(found.vif[1:], LONGLEY_VIF, rtol=1e-6)
    assert found.indices[-1] == pytest.approx(43275, abs=1)
    assert found.proportions.shape == (7, 7)
    np.testing.assert_allclose(found.proportions.sum(axis=0), 1)
    centred = longley()[:, 1:] - longley()[:, 1:].mean(axis=0)
    s = np.linalg.svdvals(centred / np.linalg.norm(centred, axis=0))
    np.testing.assert_allclose(found.centred_indices, s[0] / s, rtol=1e-8)
    ridged = np.vstack([longley(), np.sqrt(d.ridge) * np.eye(7)])
    assert np.linalg.cond(ridged) == pytest.approx(1e4, rel=1e-9)
    assert "1789" in str(d)


def test_without_an_intercept_the_factors_are_not_centred():
    design = longley()[:, 1:]
    found = rs.diagnose(design).collinearity
    assert found.intercept is None
    assert found.centred_indices.size == 0
    unit = design / np.linalg.norm(design, axis=0)
    np.testing.assert_allclose(found.vif, np.diag(np.linalg.inv(unit.T @ unit)), rtol=1e-5)


class Frame:
    """As much of a DataFrame as is asked for."""

    def __init__(self, data, columns):
        self.data, self.columns = np.asarray(data), columns

    def __array__(self, dtype=None, copy=None):
        return self.data.astype(dtype or self.data.dtype)


def test_columns_are_called_by_their_names():
    frame = Frame([[1, 30, 1990], [1, 40, 1980], [1, 50, 1970], [1, 55, 1965]], ["one", "age", 7])
    d = rs.diagnose(frame)
    assert d.names == ("one", "age", "7")
    assert str(d.columns[0]) == "7 = -age + 2020*one, exactly"
    assert np.isinf(d.collinearity.vif[1:]).all()
    assert rs.diagnose(frame, names="xyz").names == ("x", "y", "z")
    assert "a\ufffdb" + 37 * "c" + "..." in str(rs.diagnose(np.zeros((2, 1)), names=["a\nb" + 99 * "c"]))
    assert "y = x, exactly" in str(rs.diagnose([[1, 1], [2, 2]], names=iter(["x", "y"])))


@pytest.mark.parametrize(("m", "n"), [(0, 0), (0, 3), (3, 0)])
def test_empty(m, n):
    d = rs.diagnose(np.zeros((m, n)), np.zeros(m))
    assert (d.rank, d.status, d.singular_values.size) == (0, rs.Status.OK, 0)
    assert "empty" in str(d)
    assert d.system.solution.shape == (n,)
    assert d.system.null_space.shape == (n, n)


def test_wide():
    d = rs.diagnose([[1, 2, 3, 4], [2, 4, 6, 9]], [1, 2])
    assert (d.rank, d.status, d.columns, d.rows, d.method) == (2, rs.Status.OK, (), (), None)
    assert (d.system.solutions, d.system.free) == ("many", (1, 2))
    assert d.collinearity is None


def test_zeros_are_determined_by_anything():
    d = rs.diagnose(np.zeros((3, 2)))
    assert (d.rank, d.status) == (0, rs.Status.SINGULAR)
    assert np.isinf(d.collinearity.vif).all()
    assert np.isfinite(d.collinearity.proportions).all()


def test_nan_and_infinity_are_counted():
    d = rs.diagnose([[1, np.nan], [np.inf, np.nan]], [1, -np.inf])
    assert d.status == rs.Status.NOT_FINITE
    assert [(bad.operand, bad.first, bad.nans, bad.infinities) for bad in d.not_finite] == [
        ("a", (0, 1), 2, 1),
        ("b", (1, 0), 0, 1),
    ]
    assert "row 0, column 1" in str(d)
    assert d.singular_values.size == 0


def test_every_layout_gives_the_same():
    a = gallery.rank_deficient(7, 5, seed=1)
    expected = rs.diagnose(a).to_dict()
    wide = np.zeros((7, 14))
    wide[:, ::2] = a
    views = [np.asfortranarray(a), a[::-1, ::-1].copy()[::-1, ::-1], wide[:, ::2], a.astype(">f8"), a.astype(np.int64)]
    for view in views:
        assert rs.diagnose(view).to_dict() == expected
    a.flags.writeable = False
    assert rs.diagnose(a).to_dict() == expected


def test_json_and_copies():
    systems = [(SINGULAR, [1, 2, 4]), ([[1, 1j], [1, 1]], [1, 2]), ([[np.nan]], None), (longley(), np.ones(16))]
    for a, b in systems:
        d = rs.diagnose(a, b, target_cond=10)
        text = json.dumps(d.to_dict(), allow_nan=False)
        back = json.loads(text)
        assert back["shape"] == list(d.shape)
        assert back["status"] == d.status.name
        assert set(back) == {name for name in d.__dataclass_fields__ if not name.startswith("_")}
        for copied in (copy.deepcopy(d), pickle.loads(pickle.dumps(d))):
            assert str(copied) == str(d)
            assert copied.to_dict() == d.to_dict()
    assert rs.diagnose([[1, 1j], [1, 1]], [1, 2]).to_dict()["system"]["solution"][0] == pytest.approx([1.5, -0.5])


def test_what_is_refused():
    with pytest.raises(rs.LinAlgError, match=r"one matrix, but the shape is \(3, 2, 2\); pick one, as in a\[0\]"):
        rs.diagnose(np.zeros((3, 2, 2)))
    with pytest.raises(rs.LinAlgError, match="1-dimensional"):
        rs.diagnose([1, 2])
    with pytest.raises(ValueError, match=r"not one right-hand side; pick one of its columns"):
        rs.diagnose(np.eye(2), np.eye(2))
    with pytest.raises(ValueError, match="do not fit"):
        rs.diagnose(np.eye(2), [1, 2, 3])
    with pytest.raises(ValueError, match="names: there are 1 names for 2 columns"):
        rs.diagnose(np.eye(2), names=["x"])
    for target in (1, -5, np.nan, np.inf):
        with pytest.raises(ValueError, match=r"target_cond: .* above 1"):
            rs.diagnose(np.eye(2), target_cond=target)
    with pytest.raises(TypeError, match="float16"):
        rs.diagnose(np.eye(2, dtype=np.float16))
    with pytest.raises(TypeError, match="object"):
        rs.diagnose(Frame(np.array([["x", 1]], object), ["p", "q"]))


def test_the_examples_say_the_truth():
    assert doctest.testmod(_diagnose).failed == 0
