"""`lstsq`, `pinv`, `matrix_rank`, `cond`, `null_space`, `ridge`: NIST's certified sets, NumPy, what defines them."""

import itertools
import json
import pickle
import warnings
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from cases import DTYPES, LAYOUTS, eps, layouts, same_bits
from mpmath import mp

import resolvent as rs

NIST = {
    data["name"]: data
    for data in json.loads((Path(__file__).parent / "data" / "nist_strd_linear.json").read_text())["datasets"]
}


def numbers(texts):
    return np.array([float(text) for text in texts])


def system(data):
    """Design matrix and observations, each number rounded to float64 once: also the powers of what is printed."""
    if data["kind"] == "columns+intercept":
        a = np.array([[1.0, *map(float, row)] for row in data["rows"]])
    elif data["kind"] == "proportional":
        a = numbers(data["x"])[:, None]
    else:
        powers = range(data["degree"] + 1)
        a = np.array([[float(Fraction(x) ** j) for j in powers] for x in data["x"]])
    assert a.shape == (data["observations"], data["parameters"])
    return a, numbers(data["y"])


def worst(x, truth):
    """The largest relative error of a coefficient; of one that is zero the absolute one."""
    pairs = zip(x, map(Fraction, truth), strict=True)
    return max(float(abs(Fraction(float(value)) - right) / (abs(right) or 1)) for value, right in pairs)


@pytest.mark.parametrize("name", NIST)
def test_nist(name):
    data = NIST[name]
    a, y = system(data)
    beta, residuals, rank, s = rs.lstsq(a, y)
    assert rank == a.shape[1]
    assert s.shape == (a.shape[1],)
    exact = data["exact_for_doubles"]
    # Every digit there is, of every coefficient; Wampler's are whole numbers.
    assert worst(beta, exact["beta"]) <= 2 * eps(np.float64)
    assert worst(beta, data["certified"]["beta"]) <= {"Filip": 1e-7}.get(name, 1e-13)
    rss = float(exact["rss"])
    if rss:
        assert residuals[0] == pytest.approx(rss, rel=1e-14)
    else:
        assert residuals[0] <= 1e-20 * (y @ y)


@pytest.mark.parametrize("name", NIST)
def test_nist_more_digits_than_numpy(name):
    data = NIST[name]
    a, y = system(data)
    exact = data["exact_for_doubles"]["beta"]
    ours, numpys = (worst(solve(a, y)[0], exact) for solve in (rs.lstsq, np.linalg.lstsq))
    assert ours <= numpys


def test_scaled_columns_keep_their_digits():
    """Filip again, with columns of other units: rank and digits are the same."""
    a, y = system(NIST["Filip"])
    factors = 2.0 ** np.arange(-50, 60, 10)
    scaled = rs.lstsq(a * factors, y)
    assert scaled.rank == 11
    assert same_bits(scaled.x * factors, rs.lstsq(a, y).x)
    # With a cutoff of one's own, it is about the matrix as it is.
    assert rs.lstsq(a, y, rcond=1e-13).rank == np.linalg.lstsq(a, y, rcond=1e-13)[2] < 11


SHAPES = [(1, 1), (5, 3), (3, 5), (4, 4), (40, 7), (7, 40)]


def full(shape, dtype, seed=0):
    rng = np.random.default_rng([seed, *shape])
    a = rng.standard_normal(shape)
    if np.issubdtype(dtype, np.complexfloating):
        a = a + 1j * rng.standard_normal(shape)
    return a.astype(dtype)


def of_rank(m, n, rank, dtype, seed=0):
    rng = np.random.default_rng([seed, m, n, rank])
    left, right = rng.integers(-4, 5, (m, rank)), rng.integers(-4, 5, (rank, n))
    return (left @ right).astype(dtype)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("k", [None, 1, 3])
def test_lstsq_is_numpys(shape, dtype, k):
    a, b = full(shape, dtype), full((shape[0],) if k is None else (shape[0], k), dtype, 1)
    ours, numpys = rs.lstsq(a, b), np.linalg.lstsq(a, b)
    assert ours._fields == ("x", "residuals", "rank", "s")
    for field, mine, theirs in zip(ours._fields, ours, numpys, strict=True):
        assert np.shape(mine) == np.shape(theirs), field
        assert field == "rank" or mine.dtype == theirs.dtype, field
        np.testing.assert_allclose(mine, theirs, rtol=1e3 * eps(dtype), atol=1e3 * eps(dtype), err_msg=field)
    assert isinstance(ours.rank, np.integer)


@pytest.mark.parametrize("dtype", DTYPES)
def test_lstsq_of_deficient_matrices_is_numpys(dtype):
    for (m, n), rank in itertools.product([(6, 4), (4, 6), (5, 5)], range(4)):
        a, b = of_rank(m, n, rank, dtype), full((m, 2), dtype)
        ours, numpys = rs.lstsq(a, b), np.linalg.lstsq(a, b, rcond=1e-5)
        assert ours.rank == numpys[2] == rank
        assert ours.residuals.shape == (0,)
        np.testing.assert_allclose(ours.x, numpys[0], rtol=0, atol=1e4 * eps(dtype))


@pytest.mark.parametrize("dtype", DTYPES)
def test_stacks(dtype):
    a, b = full((2, 1, 5, 3), dtype), full((4, 5, 2), dtype)
    answer = rs.lstsq(a, b)
    assert [part.shape for part in answer] == [(2, 4, 3, 2), (2, 4, 2), (2, 4), (2, 4, 3)]
    for i, j in np.ndindex(2, 4):
        alone = rs.lstsq(a[i, 0], b[j])
        assert all(same_bits(part[i, j], np.asarray(one)) for part, one in zip(answer, alone, strict=True))
    vector = rs.lstsq(a, b[0, :, 0])
    assert [part.shape for part in vector] == [(2, 1, 3), (2, 1, 1), (2, 1), (2, 1, 3)]
    for verb in (rs.pinv, rs.cond, rs.matrix_rank, rs.null_space):
        whole = verb(a[:, 0])
        assert all(same_bits(np.asarray(whole[i]), np.asarray(verb(a[i, 0]))) for i in range(2)), verb
    assert same_bits(rs.ridge(a, b, 0.5)[1, 2], rs.ridge(a[1, 0], b[2], 0.5))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("layout", LAYOUTS)
def test_layouts(dtype, layout):
    a, b = full((3, 6, 4), dtype), full((3, 6, 2), dtype)
    laid, side = dict(layouts(a))[layout], dict(layouts(b))[layout]
    pairs = zip(rs.lstsq(laid, side), rs.lstsq(a, b), strict=True)
    assert all(same_bits(np.asarray(x), np.asarray(y)) for x, y in pairs)
    assert same_bits(rs.ridge(laid, side, 2), rs.ridge(a, b, 2))
    for verb in (rs.pinv, rs.cond, rs.matrix_rank, rs.null_space):
        assert same_bits(np.asarray(verb(laid)), np.asarray(verb(a))), verb


def test_lstsq_without_elements():
    for m, n, k in itertools.product((0, 2), (0, 3), (0, 2)):
        ours, numpys = (f(np.zeros((m, n)), np.ones((m, k))) for f in (rs.lstsq, np.linalg.lstsq))
        for mine, theirs in zip(ours[:3], numpys[:3], strict=True):
            assert np.array_equal(mine, theirs), (m, n, k)
        # NumPy has as many as one of the extents of a matrix without elements.
        assert ours.s.shape == (min(m, n),)
    assert rs.lstsq(np.zeros((0, 4, 3)), np.ones(4)).x.shape == (0, 3)


def test_lstsq_refuses_what_numpy_refuses():
    for a, b, error in [
        (np.ones(3), np.ones(3), np.linalg.LinAlgError),
        (np.ones((3, 2)), 1.0, np.linalg.LinAlgError),
        (np.ones((3, 2)), np.ones(2), np.linalg.LinAlgError),
        (np.ones((3, 2)), np.ones((2, 3)), np.linalg.LinAlgError),
        (np.array([[1.0, np.nan]]), np.ones(1), np.linalg.LinAlgError),
        (np.ones((3, 2), np.float16), np.ones(3), TypeError),
    ]:
        for solve in (rs.lstsq, np.linalg.lstsq):
            with pytest.raises(error):
                solve(a, b)
    with pytest.raises(np.linalg.LinAlgError, match=r"matrix 1 has no singular values: NaN or infinity"):
        rs.lstsq(np.array([[[1.0]], [[np.inf]]]), np.ones(1))


def test_rcond_is_numpys():
    a, b = np.diag([1.0, 1e-5, 1e-10]), np.ones(3)
    for rcond in (None, -1, 0, 1e-12, 1e-7, 0.5, np.float32(1e-3)):
        ours, numpys = rs.lstsq(a, b, rcond), np.linalg.lstsq(a, b, rcond)
        assert ours.rank == numpys[2], rcond
        np.testing.assert_allclose(ours.x, numpys[0], rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("dtype", DTYPES)
def test_pinv_is_numpys(dtype):
    for (m, n), rank in [((1, 1), 1), ((5, 3), 3), ((3, 5), 3), ((6, 4), 2), ((4, 4), 0)]:
        a = of_rank(m, n, rank, dtype)
        ours, numpys = rs.pinv(a, rcond=1e-5), np.linalg.pinv(a, rcond=1e-5)
        assert ours.dtype == numpys.dtype
        np.testing.assert_allclose(ours, numpys, rtol=0, atol=1e3 * eps(dtype))
    a = full((3, 1, 4, 4), dtype)
    for cutoff in (0.1, [0.1], np.array([[0.01], [0.9], [0.3]])):
        ours, numpys = rs.pinv(a, cutoff), np.linalg.pinv(a, cutoff)
        np.testing.assert_allclose(ours, numpys, rtol=0, atol=1e3 * eps(dtype) * np.abs(numpys).max())
        assert same_bits(rs.pinv(a, rtol=cutoff), ours)


@pytest.mark.parametrize("dtype", DTYPES)
def test_hermitian_reads_the_lower_triangle(dtype):
    lower = np.tril(full((2, 4, 4), dtype))
    whole = np.tril(lower, -1) + np.conj(np.swapaxes(np.tril(lower, -1), -1, -2)) + np.real(np.triu(lower))
    spoilt = lower + np.triu(np.full((4, 4), np.nan), 1).astype(dtype)
    np.testing.assert_allclose(
        rs.pinv(spoilt, hermitian=True), np.linalg.pinv(whole), rtol=0, atol=1e3 * eps(dtype) * 10
    )
    assert same_bits(rs.pinv(spoilt, hermitian=True), rs.pinv(whole.astype(dtype)))
    assert (rs.matrix_rank(spoilt, hermitian=True) == 4).all()
    with pytest.raises(np.linalg.LinAlgError):
        rs.pinv(np.ones((3, 2)), hermitian=True)


def test_pinv_takes_one_cutoff():
    near = np.diag([1.0, 1e-15])
    assert rs.pinv(near)[1, 1] == np.linalg.pinv(near)[1, 1] == 0
    assert rs.pinv(near, rtol=None)[1, 1] == np.linalg.pinv(near, rtol=None)[1, 1] == pytest.approx(1e15)
    with pytest.raises(ValueError, match="can't be both set"):
        rs.pinv(near, 0.1, rtol=0.1)
    with pytest.raises(ValueError, match="can't be both set"):
        rs.pinv(near, 0.1, rtol=None)
    with pytest.raises(ValueError, match="can't be both set"):
        rs.matrix_rank(near, 0.1, rtol=0.1)
    with pytest.raises(ValueError, match="shape mismatch"):
        rs.pinv(np.ones((2, 3, 3)), np.ones(3))


@pytest.mark.parametrize("dtype", DTYPES)
def test_ranks_are_numpys(dtype):
    for m, n in [(1, 1), (5, 3), (4, 7)]:
        for rank in range(min(m, n) + 1):
            a = of_rank(m, n, rank, dtype)
            assert rs.matrix_rank(a) == np.linalg.matrix_rank(a) == rank
    stack = np.array([of_rank(4, 4, rank, dtype) for rank in range(5)])
    assert rs.matrix_rank(stack).tolist() == [0, 1, 2, 3, 4]
    for keywords in (
        {"tol": 3.0},
        {"tol": np.arange(5.0)},
        {"tol": [[0.5], [5.0]]},
        {"rtol": 0.5},
        {"rtol": np.linspace(0, 1, 5)},
    ):
        ours, numpys = rs.matrix_rank(stack, **keywords), np.linalg.matrix_rank(stack, **keywords)
        assert same_bits(ours.astype(float), numpys.astype(float)), keywords
        assert ours.dtype == numpys.dtype
    assert type(rs.matrix_rank(stack[0])) is type(np.linalg.matrix_rank(stack[0]))


def test_ranks_of_vectors_and_numbers():
    for a in (0, 3.5, [0, 0], [0, 1], [np.nan], []):
        assert rs.matrix_rank(a) == np.linalg.matrix_rank(a)
    for a in (np.zeros((0, 3)), np.zeros((3, 0)), np.zeros((2, 0, 0))):
        assert np.array_equal(rs.matrix_rank(a), np.linalg.matrix_rank(a))
    with pytest.raises(np.linalg.LinAlgError, match="SVD did not converge"):
        rs.matrix_rank([[np.nan]])


NORMS = [None, 1, -1, 2, -2, np.inf, -np.inf, "fro", "nuc"]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("p", NORMS)
def test_conditions_are_numpys(dtype, p):
    a = full((3, 5, 5), dtype)
    ours, numpys = rs.cond(a, p), np.linalg.cond(a, p)
    assert ours.dtype == numpys.dtype
    np.testing.assert_allclose(ours, numpys, rtol=1e3 * eps(dtype))
    assert type(rs.cond(a[0], p)) is type(np.linalg.cond(a[0], p))
    singular = np.array([np.zeros((2, 2)), [[1, 2], [2, 4]]], dtype)
    assert rs.cond(singular, p)[0] == np.inf
    if p in (1, -1, np.inf, -np.inf, "fro"):
        assert rs.cond(singular, p)[1] == np.inf
    undefined = np.eye(2, dtype=dtype)
    undefined[0, 1] = np.nan
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert np.isnan(rs.cond(undefined, p))
    with pytest.raises(np.linalg.LinAlgError, match="not defined on empty arrays"):
        rs.cond(np.zeros((0, 0), dtype), p)


def test_condition_of_hilbert():
    """Right to the digits that rounding the elements of the matrix leaves."""
    n = 6
    a = 1.0 / (np.arange(n)[:, None] + np.arange(n) + 1)
    with mp.workdps(60):
        exact = mp.matrix(a.tolist())
        s = mp.svd_r(exact, compute_uv=False)
        truth = float(s[0] / s[n - 1])
        one = float(mp.mnorm(exact, 1) * mp.mnorm(exact**-1, 1))
    assert rs.cond(a) == pytest.approx(truth, rel=1e-9)
    assert rs.cond(a, 1) == pytest.approx(one, rel=1e-9)


def test_unknown_norms():
    for p in ("two", 3, 0.5, np.nan, object()):
        with pytest.raises(ValueError, match="Invalid norm order"):
            rs.cond(np.eye(2), p)
    with pytest.raises(np.linalg.LinAlgError):
        rs.cond(np.ones((3, 2)), 1)
    assert rs.cond(np.ones((3, 2))) > 1e15


@pytest.mark.parametrize("dtype", DTYPES)
def test_null_spaces(dtype):
    for (m, n), rank in [((4, 4), 2), ((3, 7), 3), ((7, 3), 1), ((5, 5), 5), ((3, 3), 0)]:
        a = of_rank(m, n, rank, dtype)
        basis = rs.null_space(a)
        assert basis.shape == (n, n - rank)
        assert basis.dtype == dtype
        bound = 100 * eps(dtype)
        assert np.abs(a @ basis).max(initial=0) <= bound * max(np.abs(a).max(), 1)
        assert np.abs(basis.conj().T @ basis - np.eye(n - rank)).max(initial=0) <= bound
    assert rs.null_space(np.diag([1, 1e-3]), 1e-2).shape == (2, 1)
    assert rs.null_space(np.zeros((2, 0, 3))).shape == (2, 3, 3)
    with pytest.raises(ValueError, match="dimensions 1 and 2"):
        rs.null_space(np.array([np.diag([1, 0, 1]), np.diag([1, 0, 0])]))


@pytest.mark.parametrize("dtype", DTYPES)
def test_ridge_solves_the_augmented_system(dtype):
    for m, n in SHAPES:
        a, b = full((m, n), dtype), full((m, 2), dtype, 1)
        alphas = [0.25, 1.0, 100.0]
        path = rs.ridge(a, b, alphas)
        assert path.shape == (3, n, 2)
        assert path.dtype == dtype
        for alpha, x in zip(alphas, path, strict=True):
            augmented = np.vstack([a.astype(complex), alpha**0.5 * np.eye(n)])
            expected = np.linalg.lstsq(augmented, np.vstack([b, np.zeros((n, 2))]).astype(complex))[0]
            np.testing.assert_allclose(x, expected, rtol=0, atol=100 * eps(dtype))
            assert same_bits(x, rs.ridge(a, b, alpha))
            np.testing.assert_allclose(rs.ridge(a, b[:, 0], alpha), x[:, 0], rtol=0, atol=100 * eps(dtype))
    assert rs.ridge(a, b[:, 0], alphas).shape == (3, n)
    np.testing.assert_allclose(rs.ridge(a, b, 0), rs.lstsq(a, b).x, rtol=0, atol=1e3 * eps(dtype))


def test_ridge_refusals():
    a, b = np.eye(2), np.ones(2)
    for alpha in (-1, np.nan, [1.0, -1e-300]):
        with pytest.raises(ValueError, match="alpha"):
            rs.ridge(a, b, alpha)
    with pytest.raises(ValueError, match="one dimension"):
        rs.ridge(a, b, np.ones((2, 2)))
    with pytest.raises(np.linalg.LinAlgError, match="Incompatible dimensions"):
        rs.ridge(a, np.ones(3), 1)
    assert rs.ridge(a, b, []).shape == (0, 2)
    assert rs.ridge(a, b, np.inf).tolist() == [0, 0]


class Foreign:
    """An array type that dispatches NumPy's functions itself."""

    def __array_function__(self, func, types, args, kwargs):
        return func.__name__, kwargs


def test_overrides():
    foreign = Foreign()
    assert rs.lstsq(foreign, [1], 0.5) == ("lstsq", {"rcond": 0.5})
    assert rs.pinv(foreign, rtol=None) == ("pinv", {"hermitian": False, "rtol": None})
    assert rs.matrix_rank(foreign, 0.5) == ("matrix_rank", {"tol": 0.5, "hermitian": False})
    assert rs.cond(foreign, "fro") == ("cond", {"p": "fro"})
    for refused in (lambda: rs.null_space(foreign), lambda: rs.ridge(foreign, [1], 1)):
        with pytest.raises(TypeError, match="Foreign is unsupported"):
            refused()


def test_matrix_subclass():
    a = np.matrix([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
    assert type(rs.pinv(a)) is np.matrix
    assert type(rs.lstsq(a, np.matrix([[1.0], [2.0], [3.0]])).x) is np.matrix
    assert type(rs.null_space(a)) is np.matrix


def test_pickles():
    answer = rs.lstsq(np.eye(2), np.ones(2))
    again = pickle.loads(pickle.dumps(answer))
    assert type(again) is rs.LstsqResult
    assert again.x.tolist() == [1, 1]


@pytest.mark.parametrize("order", [2, 9, 60])
@pytest.mark.parametrize("rcond", [None, 1e-15, 1e-9, 1e-3, 0.4])
def test_full_rank_is_not_taken_for_granted(order, rcond):
    """Square matrices whose rank is beyond doubt are inverted; near the cutoff singular values decide."""
    rng = np.random.default_rng(order)
    u, v = (np.linalg.qr(rng.standard_normal((order, order)))[0] for _ in range(2))
    for least in (1, 0.5, 0.39, 1e-2, 2e-3, 9e-4, 1e-8, 2e-9, 5e-10, 1e-12, 1e-14, 1e-17, 0):
        s = np.linspace(1, least, order)
        a = (u * s) @ v.T
        keywords = {} if rcond is None else {"rcond": rcond}
        expected = np.linalg.pinv(a, **keywords)
        slack = 1e3 * order * np.finfo(float).eps * np.abs(expected).max() ** 2
        if slack < 0.1 * np.abs(expected).max():
            np.testing.assert_allclose(rs.pinv(a, **keywords), expected, rtol=0, atol=slack)
        assert rs.matrix_rank(a, rtol=rcond) == np.linalg.matrix_rank(a, rtol=rcond)
