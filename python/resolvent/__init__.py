"""Solves linear systems and inverts matrices, fast, and says how far each answer can be trusted.

>>> import resolvent as rs
>>> rs.solve([[2, 1], [1, 3]], [5, 4])
array([2.2, 0.6])

Every name of ``numpy.linalg`` is here with NumPy's signature. ``inv``, ``solve``, ``det``, ``slogdet``, ``cholesky``,
``lstsq``, ``pinv``, ``matrix_rank``, ``cond`` and what is made of them are Resolvent's; the rest is NumPy's own,
handed on. ``inv_ex``, ``solve_ex``, ``lu``, ``null_space``, ``ridge``, ``progress``, ``Status`` and the errors are
what NumPy has not. ``factor`` has factor objects; ``diagnose`` says what is wrong with a system; ``exact`` has
determinants, ranks, solutions and inverses without rounding; ``gallery`` holds test matrices. ``resolvent.torch`` and
``resolvent.jax`` are for gradients, and imported by name.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from resolvent import exact, factor, linalg
from resolvent._native import (
    LU,
    IllConditionedWarning,
    Info,
    InvResult,
    LstsqResult,
    Progress,
    SingularMatrixError,
    SolveResult,
    Status,
    __version__,
    get_num_threads,
    instruction_set,
    inv_ex,
    lu,
    null_space,
    ridge,
    set_num_threads,
    solve_ex,
)
from resolvent._progress import progress
from resolvent.linalg import *

if TYPE_CHECKING:
    from resolvent import gallery as gallery
    from resolvent._diagnose import Diagnosis, diagnose

__all__ = [
    "LU",
    "Diagnosis",
    "IllConditionedWarning",
    "Info",
    "InvResult",
    "LinAlgError",
    "LstsqResult",
    "Progress",
    "SingularMatrixError",
    "SolveResult",
    "Status",
    "__version__",
    "cholesky",
    "cond",
    "cross",
    "det",
    "diagnose",
    "diagonal",
    "eig",
    "eigh",
    "eigvals",
    "eigvalsh",
    "exact",
    "factor",
    "get_num_threads",
    "instruction_set",
    "inv",
    "inv_ex",
    "linalg",
    "lstsq",
    "lu",
    "matmul",
    "matrix_norm",
    "matrix_power",
    "matrix_rank",
    "matrix_transpose",
    "multi_dot",
    "norm",
    "null_space",
    "outer",
    "pinv",
    "progress",
    "qr",
    "ridge",
    "set_num_threads",
    "slogdet",
    "solve",
    "solve_ex",
    "svd",
    "svdvals",
    "tensordot",
    "tensorinv",
    "tensorsolve",
    "trace",
    "vecdot",
    "vector_norm",
]

# What is imported when it is first asked for, and where from.
_LATER = {"Diagnosis": "_diagnose", "diagnose": "_diagnose", "gallery": None}


def __getattr__(name: str) -> Any:
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    home = _LATER[name]
    value = import_module(f"resolvent.{home or name}")
    if home is not None:
        value = getattr(value, name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_LATER})
