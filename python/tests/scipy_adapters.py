"""SciPy's functions with ours at work: each takes SciPy's arguments, and translates them.

What SciPy does with operands before any linear algebra (types, NaN, masked and object arrays refused) is done by its
own helpers, and is no part of what is tried here. `HANDED_BACK` lists every case in which a call goes to SciPy's own
function, and why; `handed_back` counts them.
"""

import collections
import functools
import warnings

import numpy as np
import scipy.linalg
from scipy._lib._util import _asarray_validated
from scipy.linalg import LinAlgError, LinAlgWarning
from scipy.linalg._basic import _ensure_dtype_cdsz
from scipy.linalg.lapack import _normalize_lapack_dtype, _normalize_lapack_dtype1

import resolvent as rs

# What is SciPy's own to answer, function by function.
HANDED_BACK = {
    "lu_factor": "a is rectangular; ours factors square matrices",
    "det": "a has no type that SciPy casts to one of ours: the refusal is SciPy's",
}

ADAPTED = {}
calls = collections.Counter()
handed_back = collections.Counter()


def adapted(function):
    """Counts the calls, and shows SciPy's signature."""
    name = function.__name__
    own = getattr(scipy.linalg, name)

    @functools.wraps(own)
    def call(*args, **kwargs):
        calls[name] += 1
        with warnings.catch_warnings():
            # Where SciPy warns too, `warn_as_scipy` does.
            warnings.simplefilter("ignore", rs.IllConditionedWarning)
            try:
                return function(*args, **kwargs)
            except rs.SingularMatrixError as error:
                raise LinAlgError(f"A singular matrix detected: {error}") from error

    ADAPTED[name] = (own, call)
    return call


def back(name, *args, **kwargs):
    """SciPy's own answer, in a case of `HANDED_BACK`."""
    assert name in HANDED_BACK
    handed_back[name] += 1
    return ADAPTED[name][0](*args, **kwargs)


def warn_as_scipy(info, dtype):
    """SciPy warns by rcond as it is, of bad scaling too; ours only of what scaling does not mend."""
    if (info.rcond < np.finfo(dtype).eps).any():
        warnings.warn(f"An ill-conditioned matrix detected: rcond = {info.rcond}.", LinAlgWarning, stacklevel=4)


def mirrored(a, structure, lower):
    """Of a symmetric or Hermitian matrix ours reads the upper triangle."""
    if not lower or structure not in ("sym", "symmetric", "her", "hermitian", "pos", "positive definite"):
        return a
    return a.mT if structure in ("sym", "symmetric") else a.mT.conj()


TRANSPOSED = {"upper triangular": "lower triangular", "lower triangular": "upper triangular"}


@adapted
def solve(a, b, lower=False, overwrite_a=False, overwrite_b=False, check_finite=True, assume_a=None, transposed=False):
    a1 = np.atleast_2d(_asarray_validated(a, check_finite=check_finite))
    b1 = np.atleast_1d(_asarray_validated(b, check_finite=check_finite))
    a1, b1 = _ensure_dtype_cdsz(a1, b1)
    if np.iscomplexobj(a1) and transposed:
        raise NotImplementedError("scipy.linalg.solve can currently not solve a^T x = b for complex matrices.")
    if a1.size == 1 and b1.shape[max(b1.ndim - 2, 0)] != 1:
        # A number divides any array: each element is a system of its own.
        return solve(a1.reshape(1, 1), b1.reshape(-1, 1, 1)).reshape(b1.shape)
    matrix = mirrored(a1, assume_a, lower)
    if transposed and matrix is a1:
        matrix, assume_a = a1.mT, TRANSPOSED.get(assume_a, assume_a)
    spend = overwrite_b and b1.ndim <= 2 and b1.flags.f_contiguous and b1.flags.writeable and a1.ndim == 2
    x = rs.solve(matrix, b1, assume_a=assume_a, out=b1 if spend else None)
    if x.size:
        warn_as_scipy(rs.solve_ex(matrix, np.ones(a1.shape[-1]), assume_a=assume_a).info, a1.dtype)
    return x


@adapted
def inv(a, overwrite_a=False, check_finite=True, *, assume_a=None, lower=False):
    a1 = _asarray_validated(a, check_finite=check_finite)
    a1, copied = _normalize_lapack_dtype(a1, overwrite_a)
    if assume_a not in (None, "general", "gen", "diagonal", *TRANSPOSED, "pos", "sym", "her"):
        raise KeyError(assume_a)
    matrix = mirrored(a1, assume_a, lower)
    spend = copied and a1.ndim == 2 and a1.flags.f_contiguous and a1.flags.writeable
    info = rs.inv_ex(matrix, assume_a=assume_a).info
    x = rs.inv(matrix, assume_a=assume_a, out=a1 if spend else None)
    warn_as_scipy(info, a1.dtype)
    return x


@adapted
def det(a, overwrite_a=False, check_finite=True):
    a1 = np.asarray_chkfinite(a) if check_finite else np.asarray(a)
    if a1.dtype.kind not in "biufc" or a1.dtype.char in "gG":
        return back("det", a, overwrite_a, check_finite)
    a1, _ = _normalize_lapack_dtype1(a1, overwrite_a)
    # SciPy's determinants are in double precision.
    return rs.det(a1.astype(np.complex128 if np.iscomplexobj(a1) else np.float64))


@adapted
def lstsq(a, b, cond=None, overwrite_a=False, overwrite_b=False, check_finite=True, lapack_driver=None):
    a1 = _asarray_validated(a, check_finite=check_finite)
    b1 = _asarray_validated(b, check_finite=check_finite)
    a1, b1 = _ensure_dtype_cdsz(a1, b1)
    x, residuals, rank, s = rs.lstsq(a1, b1, cond)
    m, n = a1.shape[-2:]
    # SciPy knows no residuals of a system that is not overdetermined; gelsy has neither them nor singular values.
    if lapack_driver == "gelsy" or m <= n or (rank < n).any():
        residuals = residuals[..., :0]
    elif b1.ndim == 1:
        residuals = residuals[..., 0]
    return x, residuals, rank, None if lapack_driver == "gelsy" else s


def cutoff(a, atol, rtol):
    """SciPy's `atol + rtol s[0]` as the part of `s[0]` that ours asks for."""
    if (atol or 0) < 0 or (rtol or 0) < 0:
        raise ValueError("atol and rtol values must be positive.")
    part = max(a.shape[-2:]) * np.finfo(a.dtype).eps if rtol is None else rtol
    if not atol or not a.size:
        return part
    largest = np.linalg.norm(a, 2, axis=(-2, -1))
    return part + np.divide(atol, largest, out=np.zeros_like(largest), where=largest > 0)


def pseudoinverse(a, atol, rtol, return_rank, check_finite, hermitian):
    a1 = _asarray_validated(a, check_finite=check_finite)
    a1, _ = _normalize_lapack_dtype(a1, False)
    part = cutoff(a1, atol, rtol)
    x = rs.pinv(a1, rtol=part, hermitian=hermitian)
    return (x, rs.matrix_rank(a1, rtol=part, hermitian=hermitian)) if return_rank else x


@adapted
def pinv(a, *, atol=None, rtol=None, return_rank=False, check_finite=True):
    return pseudoinverse(a, atol, rtol, return_rank, check_finite, hermitian=False)


@adapted
def pinvh(a, atol=None, rtol=None, lower=True, return_rank=False, check_finite=True):
    # As SciPy does, ours reads the lower triangle.
    return pseudoinverse(a if lower else np.conj(a).mT, atol, rtol, return_rank, check_finite, hermitian=True)


def triangle(a, b, *, lower, trans=0):
    """The solution of a triangular system, or of its transpose (1), or conjugate transpose (2)."""
    trans = {"N": 0, "T": 1, "C": 2}.get(trans, trans)
    matrix = (a, a.mT, a.mT.conj())[trans]
    return rs.solve(matrix, b, assume_a="lower triangular" if lower == (not trans) else "upper triangular")


@adapted
def solve_triangular(a, b, trans=0, lower=False, unit_diagonal=False, overwrite_b=False, check_finite=True):
    a1 = _asarray_validated(a, check_finite=check_finite)
    b1 = _asarray_validated(b, check_finite=check_finite)
    a1, b1 = _ensure_dtype_cdsz(a1, b1)
    if unit_diagonal:
        a1 = with_unit_diagonal(a1)
    return triangle(a1, b1, lower=bool(lower), trans=trans)


def with_unit_diagonal(a):
    a = a.copy()
    diagonal = np.arange(a.shape[-1])
    a[..., diagonal, diagonal] = 1
    return a


class Packed(np.ndarray):
    """L below the diagonal and U, as LAPACK keeps them, and the factors they came from."""

    factors = None


@adapted
def lu_factor(a, overwrite_a=False, check_finite=True):
    a1 = np.asarray_chkfinite(a) if check_finite else np.asarray(a)
    if a1.ndim >= 2 and a1.shape[-1] != a1.shape[-2]:
        return back("lu_factor", a, overwrite_a, check_finite)
    a1, _ = _normalize_lapack_dtype(a1, False)
    factors = rs.lu(a1)
    packed = (np.tril(factors.L, -1) + factors.U).view(Packed)
    packed.factors = factors
    piv = np.empty(factors.p.shape, np.int32)
    for index in np.ndindex(piv.shape[:-1]):
        piv[index] = exchanges(factors.p[index])
    return packed, piv


def exchanges(p):
    """A permutation as LAPACK writes it: row i was exchanged with row piv[i], one after the other."""
    rows, piv = list(range(len(p))), []
    for i, wanted in enumerate(p):
        j = rows.index(wanted)
        rows[i], rows[j] = rows[j], rows[i]
        piv.append(j)
    return piv


def permutation(piv):
    rows = list(range(len(piv)))
    for i, j in enumerate(piv):
        rows[i], rows[j] = rows[j], rows[i]
    return rows


@adapted
def lu_solve(lu_and_piv, b, trans=0, overwrite_b=False, check_finite=True):
    lu, piv = lu_and_piv
    b1 = np.asarray_chkfinite(b) if check_finite else np.asarray(b)
    factors = getattr(lu, "factors", None)
    lu, b1 = _ensure_dtype_cdsz(np.asarray(lu), b1)
    if factors is not None and factors.dtype == b1.dtype:
        return factors.solve(b1, "NTC"[trans])
    # Factors of another's making: P A = L U.
    unit, rows = with_unit_diagonal(lu), permutation(np.asarray(piv, int))
    if trans == 0:
        return triangle(lu, triangle(unit, b1[rows], lower=True), lower=False)
    x = triangle(unit, triangle(lu, b1, lower=False, trans=trans), lower=True, trans=trans)
    return x[np.argsort(rows)]


@adapted
def cho_solve(c_and_lower, b, overwrite_b=False, check_finite=True):
    c, lower = c_and_lower
    c = np.asarray_chkfinite(c) if check_finite else np.asarray(c)
    b1 = np.asarray_chkfinite(b) if check_finite else np.asarray(b)
    c, b1 = _ensure_dtype_cdsz(c, b1)
    # A = L L^H or U^H U. The factors of a stack come with an array of the same word.
    lower = bool(np.all(lower))
    first, second = (0, 2) if lower else (2, 0)
    columns = b1[:, None] if b1.ndim == 1 else b1
    x = triangle(c, triangle(c, columns, lower=lower, trans=first), lower=lower, trans=second)
    return x[..., 0] if b1.ndim == 1 else x


@adapted
def null_space(A, rcond=None, *, overwrite_a=False, check_finite=True, lapack_driver="gesdd"):
    a1 = _asarray_validated(A, check_finite=check_finite)
    a1, _ = _normalize_lapack_dtype(a1, False)
    return rs.null_space(a1, rcond)


assert LinAlgError is rs.LinAlgError
