"""What an answer says of itself, against arithmetic of hundreds of digits: statuses, proofs, errors."""

import warnings
from collections.abc import Iterator
from typing import Any

import mpmath
import numpy as np
import pytest
from numpy.typing import NDArray

import resolvent as rs

gallery = rs.gallery

EPS = float(np.finfo(np.float64).eps)


def spectra() -> Iterator[tuple[str, NDArray[Any]]]:
    """Random orthogonal matrices times spectra of every shape and condition."""
    for exponent in (2, 6, 9, 13, 17):
        for n in (3, 8, 15):
            yield f"geometric 1e-{exponent}, {n}", gallery.random_spectrum(np.logspace(0, -exponent, n), seed=n)
            one_small = np.append(np.ones(n - 1), 10.0**-exponent)
            yield f"one small 1e-{exponent}, {n}", gallery.random_spectrum(one_small, seed=n)


def regular() -> list[tuple[str, NDArray[Any]]]:
    """Matrices that are not singular, however near."""
    named = [(f"hilbert {n}", gallery.hilbert(n)) for n in range(2, 21)]
    named += [(f"lotkin {n}", gallery.lotkin(n)) for n in (3, 6, 9, 14)]
    named += [(f"vandermonde {n}", gallery.vandermonde(np.arange(1, n + 1) / n)) for n in (4, 8, 12, 16)]
    named += [(f"kahan {n}", gallery.kahan(n)) for n in (5, 20)]
    named += [(f"pascal {n}", gallery.pascal(n)) for n in (4, 10, 15)]
    named += [(f"frank {n}", gallery.frank(n)) for n in (5, 12, 20)]
    named += [(f"magic {n}", gallery.magic(n)) for n in (3, 5, 7, 9)]
    named += [(f"growth {n}", gallery.wilkinson_growth(n)) for n in (6, 16, 30)]
    named += [(f"graded {last}", gallery.graded_rows(9, last, seed=1)) for last in (-150, 150)]
    named += [(f"graded columns {last}", gallery.graded_rows(9, last, seed=2).T) for last in (-150, 150)]
    named += [(f"one row {n}", gallery.one_scaled_row(n, 1e-300, seed=3)) for n in (2, 5, 20)]
    named += [("nearly dependent", gallery.nearly_dependent(6, 1e-12)), ("zero pivot", np.array([[3, 1], [1, 1 / 3]]))]
    return named + list(spectra())


def singular() -> list[tuple[str, NDArray[Any]]]:
    named = [(f"magic {n}", gallery.magic(n)) for n in (4, 6, 8, 10, 20)]
    named += [(f"rank {n - 1} of {n}", gallery.rank_deficient(n, n - 1, seed=n)) for n in (2, 3, 5, 9, 20, 50, 120)]
    named += [(f"rank 2 of {n}", gallery.rank_deficient(n, 2, seed=n)) for n in (3, 17, 60)]
    named += [("1 to 9", np.arange(1.0, 10.0).reshape(3, 3))]
    return named


def exact(a: NDArray[Any]) -> "mpmath.matrix":
    return mpmath.matrix([[mpmath.mpf(float(x)) for x in row] for row in a])


def norm_one(a: "mpmath.matrix") -> Any:
    return max(mpmath.fsum(abs(a[i, j]) for i in range(a.rows)) for j in range(a.cols))


def exponents(a: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    """Powers of two that bring the largest elements of rows, then of columns, near 1."""
    rows = -np.frexp(abs(a).max(axis=1))[1]
    return rows, -np.frexp(abs(np.ldexp(a, rows[:, None])).max(axis=0))[1]


INVERSES: dict[bytes, "mpmath.matrix"] = {}


def true_inverse(a: NDArray[Any]) -> "mpmath.matrix":
    key = a.tobytes()
    if key not in INVERSES:
        with mpmath.workdps(350):
            INVERSES[key] = mpmath.inverse(exact(a))
    return INVERSES[key]


def true_rconds(a: NDArray[Any]) -> tuple[float, float]:
    """As it is, and equilibrated."""
    (rows, columns), x = exponents(a), true_inverse(a).copy()
    with mpmath.workdps(350):
        given = 1 / (norm_one(exact(a)) * norm_one(x))
        for i in range(len(a)):
            for j in range(len(a)):
                x[i, j] = mpmath.ldexp(x[i, j], -int(columns[i]) - int(rows[j]))
        scaled = np.ldexp(np.ldexp(a, rows[:, None]), columns)
        return float(given), float(1 / (norm_one(exact(scaled)) * norm_one(x)))


@pytest.mark.parametrize(("name", "a"), regular(), ids=lambda value: value if isinstance(value, str) else "")
def test_no_verdict_is_false(name: str, a: NDArray[Any]) -> None:
    rcond, scaled = true_rconds(a)
    for info in (rs.inv_ex(a).info, rs.solve_ex(a, np.ones(len(a))).info):
        status = rs.Status(int(info.status))
        assert status != rs.Status.SINGULAR
        # An estimate may be off by three; far from the thresholds there is one right verdict.
        if max(rcond, scaled) < 2 * EPS:
            assert status == rs.Status.NUMERICALLY_SINGULAR, (rcond, info)
        if max(rcond, scaled) > 40 * EPS:
            assert status != rs.Status.NUMERICALLY_SINGULAR, (rcond, info)
        if rcond < EPS**0.5 / 4:
            assert status != rs.Status.OK, (rcond, info)
        if rcond > 4 * EPS**0.5:
            assert status == rs.Status.OK, (rcond, info)


@pytest.mark.parametrize(("name", "a"), singular(), ids=lambda value: value if isinstance(value, str) else "")
def test_what_is_singular_is_proved(name: str, a: NDArray[Any]) -> None:
    for dtype in (np.float64, np.float32, np.complex64, np.complex128):
        b = a.astype(dtype)
        if (b.real != a).any():
            continue
        assert rs.inv_ex(b).info.status == rs.Status.SINGULAR
        assert rs.solve_ex(b, np.ones(len(b))).info.status == rs.Status.SINGULAR
        with pytest.raises(rs.SingularMatrixError) as caught:
            rs.inv(b)
        dependence = caught.value.dependence
        assert dependence is not None
        assert str(caught.value) == f"Singular matrix: {dependence}"
        left, _, right = dependence.partition(" = ")
        if "..." not in right and "~" not in right and "zero" not in left:
            rows = {f"row {i}": a[i] for i in range(len(a))}
            total = sum(value(term, rows) for term in terms(right))
            np.testing.assert_allclose(total, rows[left], rtol=1e-12, atol=1e-9)


def terms(text: str) -> list[str]:
    return text.replace(" - ", " + -").split(" + ")


def value(term: str, rows: dict[str, NDArray[Any]]) -> NDArray[Any]:
    factor, star, row = term.rpartition("*")
    if not star:
        return -rows[term[1:]] if term.startswith("-") else rows[term]
    numerator, _, denominator = factor.partition("/")
    return float(numerator) / float(denominator or 1) * rows[row]


def test_the_words() -> None:
    with pytest.raises(rs.SingularMatrixError, match=r"^Singular matrix: row 2 = 2\*row 1 - row 0$") as caught:
        rs.inv([[1, 2, 3], [4, 5, 6], [7, 8, 9]])
    assert (caught.value.dependence, caught.value.pivot) == ("row 2 = 2*row 1 - row 0", 2)
    with pytest.raises(
        rs.SingularMatrixError, match=r"^Singular matrix: matrix 1 of the stack; row 1 = 1/2\*row 0$"
    ) as caught:
        rs.solve([[[1, 0], [0, 1]], [[2, 4], [1, 2]]], [1, 1])
    assert caught.value.indices == (1,)
    assert rs.SingularMatrixError("mine").dependence is None
    with pytest.warns(rs.IllConditionedWarning, match=r"rcond = 3\.5e-18\): about 0 of 15 digits"):
        rs.inv([[3, 1], [1, 1 / 3]])


def test_nearly_singular_is_answered_with_a_warning() -> None:
    a = gallery.hilbert(14)
    with pytest.warns(rs.IllConditionedWarning, match="numerically singular"):
        x = rs.solve(a, np.ones(14))
    assert np.isfinite(x).all()
    residual = abs(a @ x - 1).max() / (abs(a) @ abs(x) + 1).max()
    assert residual < 1e-14
    # Far from that nobody is warned.
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        rs.inv(gallery.hilbert(9))
        rs.inv(np.diag([1.0, 1e-300]))


@pytest.mark.parametrize("embed", ["block", "stack", "corner"])
def test_the_verdict_is_the_same_everywhere(embed: str) -> None:
    for name, a in regular() + singular():
        n = len(a)
        alone = int(rs.inv_ex(a).info.status)
        if "graded" in name or "one row" in name or n > 20:
            continue
        if embed == "stack":
            stack = np.stack([np.eye(n), a, np.eye(n) * 3, a] * 3)
            assert list(rs.inv_ex(stack).info.status) == [0, alone] * 6, name
            assert list(rs.solve_ex(stack, np.ones((12, n, 1))).info.status) == [0, alone] * 6, name
            continue
        size = {"block": 180, "corner": 60}[embed]
        big = np.zeros((size, size)) if embed == "block" else np.triu(np.ones((size, size)), 30) / size
        big[range(size), range(size)] = abs(a).max()
        big[:n, :n] = a
        # The norm of the whole may be a little larger than that of the block.
        if alone != rs.Status.SINGULAR:
            near = [rcond / limit for rcond in true_rconds(a) for limit in (EPS**0.5, 10 * EPS)]
            if any(1 / 30 < ratio < 30 for ratio in near):
                continue
        assert int(rs.inv_ex(big).info.status) == alone, name
        assert int(rs.solve_ex(big, np.ones(size)).info.status) == alone, name


def forward_errors() -> list[tuple[str, float, float]]:
    """For every system: its name, the error of its solution, and the bound."""
    found = []
    rng = np.random.default_rng(5)
    systems = regular() + [(f"random {n}", rng.standard_normal((n, n))) for n in range(1, 25)]
    systems += [("random 48", rng.standard_normal((48, 48)))]
    for name, a in systems:
        for b in (np.ones(len(a)), rng.standard_normal(len(a)), a.sum(axis=1)):
            x, info = rs.solve_ex(a, b)
            with mpmath.workdps(350):
                truth = true_inverse(a) * mpmath.matrix(b.tolist())
                distance = max(abs(mpmath.mpf(float(u)) - v) for u, v in zip(x, truth, strict=True))
                error = float(distance / max(abs(v) for v in truth))
            found.append((name, error, float(info.forward_error)))
    return found


def test_forward_errors_are_bounds_and_not_far() -> None:
    found = forward_errors()
    for name, error, bound in found:
        # The bound divides by the size of what was computed.
        assert error <= bound * (1 + bound) or bound > 0.1, (name, error, bound)
    ratios = [bound / error for _, error, bound in found if error > 0 and bound < 0.1]
    assert np.median(ratios) < 100


def test_forward_errors_of_inverses() -> None:
    ratios = []
    for name, a in regular():
        x, info = rs.inv_ex(a)
        truth = true_inverse(a)
        with mpmath.workdps(350):
            error = float(norm_one(exact(x) - truth) / norm_one(truth))
        bound = float(info.forward_error)
        assert error <= bound * (1 + bound) or bound > 0.1, (name, error, bound)
        if error > 0 and bound < 0.1:
            ratios.append(bound / error)
    # From a probe and rcond alone: each of them may be pessimistic by the order and more.
    assert np.median(ratios) < 1e4


@pytest.mark.parametrize("n", [4, 8, 12, 20, 47, 48, 60, 100, 300])
def test_growth_is_repaired(n: int) -> None:
    a = gallery.wilkinson_growth(n)
    b = np.random.default_rng(n).standard_normal((n, 2))
    x, info = rs.solve_ex(a, b)
    assert (info.status, info.backward_error <= 1e-13) == (rs.Status.OK, True)
    assert abs(a @ x - b).max() < 1e-12
    assert abs(a @ rs.solve(a, b) - b).max() < 1e-12
    stack = np.stack([np.eye(n), a, a])
    assert abs(stack @ rs.solve(stack, np.stack([b] * 3)) - b).max() < 1e-12


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.complex64, np.complex128])
@pytest.mark.parametrize("n", [2, 5, 8, 11, 48])
def test_refined_answers_are_right_to_rounding(n: int, dtype: type) -> None:
    eps = float(np.finfo(dtype).eps)
    rng = np.random.default_rng(n)
    spectrum = np.logspace(0, np.log10(eps) * 0.75, n)
    a = gallery.random_spectrum(spectrum, seed=n).astype(dtype)
    if np.issubdtype(dtype, np.complexfloating):
        a = a * np.exp(1j * rng.standard_normal(n)).astype(dtype)
    b = rng.standard_normal((n, 2)).astype(dtype)
    x, info = rs.solve_ex(a, b, refine=True)
    with mpmath.workdps(60):
        matrix = mpmath.matrix(a.astype(np.complex128).tolist())
        for k in range(2):
            truth = mpmath.lu_solve(matrix, mpmath.matrix(b[:, k].astype(np.complex128).tolist()))
            distance = max(abs(mpmath.mpmathify(complex(u)) - v) for u, v in zip(x[:, k], truth, strict=True))
            error = float(distance / max(abs(v) for v in truth))
            assert error <= eps
            assert error <= info.forward_error <= 4 * eps
    np.testing.assert_array_equal(rs.solve(a, b, refine=True), x)
    plain = rs.solve_ex(a, b).info.forward_error
    assert plain > 100 * info.forward_error
    inverse, quality = rs.inv_ex(a, refine=True)
    assert quality.forward_error <= 4 * eps
    with mpmath.workdps(60):
        truth = mpmath.inverse(matrix)
        for j in range(n):
            column = [mpmath.mpmathify(complex(u)) - truth[i, j] for i, u in enumerate(inverse[:, j])]
            assert max(abs(u) for u in column) <= eps * max(abs(truth[i, j]) for i in range(n))


def test_what_cannot_be_refined_says_so() -> None:
    x, info = rs.solve_ex(gallery.hilbert(16), np.ones(16), refine=True)
    assert np.isfinite(x).all()
    assert info.status == rs.Status.NUMERICALLY_SINGULAR
    assert info.forward_error > 1e-3
    assert info.backward_error < 1e-13


def test_bad_input_stays_in_its_place() -> None:
    stack = np.stack([np.eye(3)] * 4)
    stack[1, 0, 2], stack[3, 1, 1] = np.nan, np.inf
    info = rs.inv_ex(stack).info
    assert list(info.status) == [0, 4, 0, 4]
    assert np.isnan(info.forward_error[[1, 3]]).all()
    assert (info.forward_error[[0, 2]] < 1e-14).all()


@pytest.mark.parametrize("size", [1e-310, 1e-300, 1e300, 3e307])
def test_the_ends_of_the_range(size: float) -> None:
    rng = np.random.default_rng(1)
    for n in (2, 5, 20, 60):
        a = (rng.random((n, n)) - 0.5 + np.eye(n)) * (size / 2)
        x = np.round(rng.standard_normal(n) * 4) + 1
        with mpmath.workdps(60):
            product = exact(a) * mpmath.matrix((x / n).tolist())
            b = np.array([float(u) for u in product])
            truth = mpmath.lu_solve(exact(a), mpmath.matrix(b.tolist()))
        got, info = rs.solve_ex(a, b)
        assert info.status == rs.Status.OK
        error = max(abs(mpmath.mpf(float(u)) - v) for u, v in zip(got, truth, strict=True)) / max(abs(v) for v in truth)
        # Numbers of 1e-310 have 44 bits.
        assert float(error) < (1e-9 if size < 1e-307 else 1e-11)
