"""``numpy.linalg``'s namespace: Resolvent's functions where they are built, NumPy's own otherwise.

Resolvent's: ``inv``, ``solve``, ``det``, ``slogdet``, ``lstsq``, ``pinv``, ``matrix_rank``, ``cond``. Everything else
is the very function of ``numpy.linalg``, and a name that NumPy adds later falls through to it.
"""

from typing import Any

import numpy.linalg
from numpy.linalg import (
    LinAlgError,
    cholesky,
    cross,
    diagonal,
    eig,
    eigh,
    eigvals,
    eigvalsh,
    matmul,
    matrix_norm,
    matrix_power,
    matrix_transpose,
    multi_dot,
    norm,
    outer,
    qr,
    svd,
    svdvals,
    tensordot,
    tensorinv,
    tensorsolve,
    trace,
    vecdot,
    vector_norm,
)

from resolvent._native import cond, det, inv, lstsq, matrix_rank, pinv, slogdet, solve

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


def __getattr__(name: str) -> Any:
    # Private names are NumPy's own business, and asking for them here would hide mistakes.
    if not name.startswith("_") and hasattr(numpy.linalg, name):
        return getattr(numpy.linalg, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *numpy.linalg.__all__})
