"""``diagnose``: what is wrong with a system, in fields and on one page."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from resolvent import _native
from resolvent._native import Status


@dataclass(frozen=True)
class Dependency:
    """A column (or row) that is, exactly or nearly, a combination of others. Its text says which."""

    index: int
    """Which column or row it is."""
    terms: dict[int, float | complex]
    """The others, and what they are multiplied by. Empty if it is zero."""
    residual: float
    """The 2-norm of what the terms leave over, relative to the column: rounding, or how near the dependence is."""
    exact: bool
    """Nothing is left over, without any rounding."""
    text: str

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True)
class NotFinite:
    """NaN and infinities in an operand."""

    operand: Literal["a", "b"]
    first: tuple[int, int]
    """Row and column of the first of them."""
    nans: int
    infinities: int


@dataclass(frozen=True)
class ScalingAdvice:
    """Powers of two that lower the condition number."""

    scaling: Literal["rows", "columns", "both"]
    row_exponents: NDArray[np.int64]
    """Row i times ``2.0**row_exponents[i]``."""
    column_exponents: NDArray[np.int64]
    condition: float
    """The condition number after that."""


@dataclass(frozen=True)
class Contradiction:
    """A row that is a combination of others, where the right-hand side is not that combination."""

    row: int
    expected: float | complex
    """What ``b[row]`` would have to be."""
    given: float | complex


@dataclass(frozen=True)
class System:
    """How many solutions ``a x = b`` has, and which."""

    solutions: Literal["one", "many", "least squares", "none"]
    """"least squares": none, as was to be expected of more equations than unknowns."""
    solution: NDArray[Any]
    """One of them, the free unknowns 0; or one with the least residual."""
    free: tuple[int, ...]
    """The unknowns whose values may be chosen."""
    null_space: NDArray[Any]
    """Of shape (N, len(free)): ``solution + null_space @ t`` is a solution too."""
    residual: float
    """``norm(b - a @ solution)``."""
    relative_residual: float
    """That over ``norm(b)``."""
    backward_error: float
    """Of the solution of a square system; NaN where it was not measured."""
    contradictions: tuple[Contradiction, ...]


@dataclass(frozen=True)
class Collinearity:
    """How collinear the columns of a design matrix are (Belsley, Kuh and Welsch 1980).

    A condition index above 30 together with two proportions above 1/2 means harm.
    """

    intercept: int | None
    """The constant column, if there is one."""
    indices: NDArray[np.float64]
    """The condition indices of the columns scaled to unit length, the intercept among them: the largest last."""
    proportions: NDArray[np.float64]
    """Row k: which part of the variance of each coefficient belongs to index k. Columns sum to 1."""
    centred_indices: NDArray[np.float64]
    """The indices of the other columns with their means subtracted; empty without an intercept."""
    vif: NDArray[np.float64]
    """The variance inflation factor of each column, centred if there is an intercept, which itself has NaN."""


@dataclass(frozen=True)
class Diagnosis:
    """What is to be said of a matrix, and of a system with it. ``print`` shows it as one page."""

    shape: tuple[int, int]
    dtype: np.dtype[Any]
    """What it was computed as."""
    names: tuple[str, ...] | None
    """What the columns are called."""
    not_finite: tuple[NotFinite, ...]
    """If anything is NaN or infinite nothing else is looked at."""
    structure: str
    """The structure in words, such as "symmetric, tridiagonal"."""
    method: str | None
    """How a square system is solved."""
    status: Status
    """The verdict, as every answer carries it; of a matrix that is not square by its singular values."""
    proof: Literal["deficient", "regular"] | None
    """What exact arithmetic says of a matrix that rounding cannot tell from a rank-deficient one."""
    rcond: float
    """The reciprocal condition number in the 1-norm, of a matrix that is not square in the 2-norm."""
    digits: int
    """How many decimal digits of an answer can be trusted."""
    condition: float
    """The condition number in the 2-norm."""
    singular_values: NDArray[np.float64]
    distance: float
    """The 2-norm of the smallest change that makes the matrix singular: the smallest singular value."""
    rank: int
    """The rank, judged after rows and columns are scaled by powers of two."""
    rank_unscaled: int
    """The rank of the matrix as it stands, as ``matrix_rank`` has it."""
    tolerance: float
    """Singular values below that part of the largest count as zero."""
    gap: tuple[float, float] | None
    """The last singular value that counts and the first that does not, as parts of the largest, after scaling."""
    columns: tuple[Dependency, ...]
    """Columns that are combinations of others, or nearly so."""
    rows: tuple[Dependency, ...]
    scaling: ScalingAdvice | None
    """What scaling would gain, if it gains much."""
    system: System | None
    """What is to be said of ``a x = b``, if there is a ``b``."""
    collinearity: Collinearity | None
    """Of a matrix of more rows than columns."""
    ridge: float | None
    """``r`` for which ``vstack([a, sqrt(r) * eye(n)])`` has the condition number asked for."""
    _page: str = field(repr=False)
    _fields: dict[str, Any] = field(repr=False, compare=False)

    def __str__(self) -> str:
        return self._page

    def to_dict(self) -> dict[str, Any]:
        """All of it as JSON has it, by the names of the fields: lists, complex numbers as ``[re, im]``, and numbers
        that JSON lacks as "NaN", "Infinity" and "-Infinity". The shell's ``diagnose --json`` prints the same.
        """
        plain = _plain(self._fields)
        assert isinstance(plain, dict)
        return plain


Diagnosis.__module__ = "resolvent"


def diagnose(
    a: ArrayLike,
    b: ArrayLike | None = None,
    *,
    names: Iterable[str] | None = None,
    target_cond: float | None = None,
) -> Diagnosis:
    """What is wrong with a matrix, or with the system ``a x = b``.

    Rank, dependent rows and columns by name, distance to singular matrices, bad scaling, contradictions, and for a
    matrix of more rows than columns the collinearity of its columns, as regression knows it.

    Parameters
    ----------
    a : (M, N) array_like
        One matrix. The names of its columns are taken from its attribute `columns`, if it has one, as a pandas
        DataFrame.
    b : (M,) or (M, 1) array_like, optional
        The right-hand side.
    names : iterable of str, optional
        What the columns are called.
    target_cond : float, optional
        The condition number that a ridge is to bring about; the diagnosis has the `ridge` that does.

    Returns
    -------
    Diagnosis

    Raises
    ------
    LinAlgError
        `a` is a stack, or no matrix. A singular matrix is no error: that is what is asked for.

    Examples
    --------
    >>> import resolvent as rs
    >>> d = rs.diagnose([[1, 2, 3], [4, 5, 6], [7, 8, 9]])
    >>> d.rank
    2
    >>> print(d.columns[0])
    column 2 = 2*column 1 - column 0, exactly
    """
    if names is None:
        names = getattr(a, "columns", None)
    if hasattr(a, "columns"):
        a = np.asarray(a)
    listed = None if names is None else [str(name) for name in names]
    fields, page = _native.diagnose(a, b, listed, target_cond)
    return _diagnosis(fields, page)


def _diagnosis(fields: dict[str, Any], page: str) -> Diagnosis:
    found = dict(fields)
    complex_numbers = found["dtype"].startswith("complex")
    rows, columns = found["shape"]
    found["shape"] = (rows, columns)
    found["dtype"] = np.dtype(found["dtype"])
    found["status"] = Status[found["status"]]
    found["names"] = None if found["names"] is None else tuple(found["names"])
    found["gap"] = None if found["gap"] is None else tuple(found["gap"])
    found["singular_values"] = _floats(found["singular_values"])
    found["not_finite"] = tuple(NotFinite(**{**bad, "first": tuple(bad["first"])}) for bad in found["not_finite"])
    for lines in ("columns", "rows"):
        found[lines] = tuple(Dependency(**{**line, "terms": dict(line["terms"])}) for line in found[lines])
    if advice := found["scaling"]:
        exponents = {key: np.array(advice[key], dtype=np.int64) for key in ("row_exponents", "column_exponents")}
        found["scaling"] = ScalingAdvice(**{**advice, **exponents})
    if system := found["system"]:
        dtype = np.complex128 if complex_numbers else np.float64
        parts = {
            "solution": np.array(system["solution"], dtype=dtype).astype(found["dtype"]),
            "free": tuple(system["free"]),
            "null_space": _table(system["null_space"], columns, dtype).astype(found["dtype"]),
            "contradictions": tuple(Contradiction(**one) for one in system["contradictions"]),
        }
        found["system"] = System(**{**system, **parts})
    if collinearity := found["collinearity"]:
        parts = {key: _floats(collinearity[key]) for key in ("indices", "centred_indices", "vif")}
        proportions = _table(collinearity["proportions"], columns, np.float64)
        found["collinearity"] = Collinearity(**{**collinearity, **parts, "proportions": proportions})
    return Diagnosis(**found, _page=page, _fields=fields)


def _floats(numbers: Sequence[float]) -> NDArray[np.float64]:
    return np.array(numbers, dtype=np.float64)


def _table(rows: Sequence[Sequence[Any]], nrows: int, dtype: type) -> NDArray[Any]:
    """Rows that may have no elements."""
    return np.array(rows, dtype=dtype).reshape(nrows, -1) if nrows and rows[0] else np.empty((nrows, 0), dtype=dtype)


def _plain(value: Any) -> Any:
    """A value as JSON has it."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, complex):
        return [_plain(value.real), _plain(value.imag)]
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    return value
