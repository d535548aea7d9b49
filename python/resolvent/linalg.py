"""``numpy.linalg``'s namespace: Resolvent's functions where they are built, NumPy's own otherwise.

Resolvent's: ``inv``, ``solve``, ``det``, ``slogdet``, ``cholesky``, ``lstsq``, ``pinv``, ``matrix_rank``, ``cond``, and
what is made of them, ``tensorinv``, ``tensorsolve`` and negative powers. Everything else is the very function of
``numpy.linalg``, and a name that NumPy adds later falls through to it.
"""

import operator
from math import prod
from typing import Any

import numpy as np
import numpy.linalg
from numpy.linalg import (
    LinAlgError,
    cross,
    diagonal,
    eig,
    eigh,
    eigvals,
    eigvalsh,
    matmul,
    matrix_norm,
    matrix_transpose,
    multi_dot,
    norm,
    outer,
    qr,
    svd,
    svdvals,
    tensordot,
    trace,
    vecdot,
    vector_norm,
)

# NumPy's own as they are now: a program may put ours in their place later.
from numpy.linalg import matrix_power as _matrix_power
from numpy.linalg import tensorinv as _tensorinv
from numpy.linalg import tensorsolve as _tensorsolve

from resolvent._native import cholesky, cond, det, inv, lstsq, matrix_rank, pinv, slogdet, solve

__all__ = [
    "LinAlgError",
    "cholesky",
    "cond",
    "cross",
    "det",
    "diagonal",
    "eig",
    "eigh",
    "eigvals",
    "eigvalsh",
    "inv",
    "lstsq",
    "matmul",
    "matrix_norm",
    "matrix_power",
    "matrix_rank",
    "matrix_transpose",
    "multi_dot",
    "norm",
    "outer",
    "pinv",
    "qr",
    "slogdet",
    "solve",
    "svd",
    "svdvals",
    "tensordot",
    "tensorinv",
    "tensorsolve",
    "trace",
    "vecdot",
    "vector_norm",
]


def _overrides(*operands: Any) -> bool:
    """Has an operand's type its own version of NumPy's functions (NEP 18)?"""
    own = np.ndarray.__array_function__
    return any(getattr(type(operand), "__array_function__", own) is not own for operand in operands)


def matrix_power(a: Any, n: Any) -> Any:
    """The n-th power of a square matrix, or of every matrix of a stack; for negative n that of the inverse.

    As ``numpy.linalg.matrix_power``, with Resolvent's ``inv``.

    >>> matrix_power([[2, 0], [0, 4]], -2)
    array([[0.25  , 0.    ],
           [0.    , 0.0625]])
    """
    try:
        exponent = operator.index(n)
    except TypeError:
        # NumPy's complaint.
        return _matrix_power(a, n)
    if exponent >= 0 or _overrides(a):
        return _matrix_power(a, exponent)
    return _matrix_power(inv(np.asanyarray(a)), -exponent)


def tensorinv(a: Any, ind: int = 2) -> Any:
    """The inverse of an array as the linear map that ``numpy.tensordot`` makes of it.

    As ``numpy.linalg.tensorinv``: ``tensordot(tensorinv(a, ind), a, ind)`` is the identity.

    >>> a = np.eye(6).reshape(6, 2, 3)
    >>> tensorinv(a, ind=1).shape
    (2, 3, 6)
    """
    if _overrides(a):
        return _tensorinv(a, ind)
    a = np.asarray(a)
    if ind <= 0:
        raise ValueError(f"ind must be positive, not {ind}")
    rows, columns = a.shape[:ind], a.shape[ind:]
    return inv(a.reshape(prod(columns), -1)).reshape(*columns, *rows)


def tensorsolve(a: Any, b: Any, axes: Any = None) -> Any:
    """The x for which ``numpy.tensordot(a, x, x.ndim)`` is b.

    As ``numpy.linalg.tensorsolve``; ``axes`` of ``a`` are moved to its end first.

    >>> a = np.eye(6).reshape(2, 3, 6)
    >>> tensorsolve(a, [[1, 2, 3], [4, 5, 6]])
    array([1., 2., 3., 4., 5., 6.])
    """
    if _overrides(a, b):
        return _tensorsolve(a, b, axes)
    a, b = np.asanyarray(a), np.asarray(b)
    if axes is not None:
        a = np.moveaxis(a, axes, range(a.ndim - len(axes), a.ndim))
    unknowns = a.shape[b.ndim :]
    if a.size != prod(unknowns) ** 2:
        raise LinAlgError(
            f"a of shape {a.shape} gives {prod(a.shape[: b.ndim])} equations for {prod(unknowns)} unknowns; "
            "it needs as many: prod(a.shape[b.ndim:]) == prod(a.shape[:b.ndim])"
        )
    return solve(a.reshape(prod(unknowns), prod(unknowns)), b.ravel()).reshape(unknowns)


def __getattr__(name: str) -> Any:
    # Private names are NumPy's own business, and asking for them here would hide mistakes.
    if not name.startswith("_") and hasattr(numpy.linalg, name):
        return getattr(numpy.linalg, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *numpy.linalg.__all__})
