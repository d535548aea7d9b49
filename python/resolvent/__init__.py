"""Solves linear systems and inverts matrices, fast, and says how far each answer can be trusted.

>>> import resolvent as rs
>>> rs.solve([[2, 1], [1, 3]], [5, 4])
array([2.2, 0.6])

Every name of ``numpy.linalg`` is here with NumPy's signature. ``inv``, ``solve``, ``det``, ``slogdet``, ``lstsq``,
``pinv``, ``matrix_rank`` and ``cond`` are Resolvent's; the rest is NumPy's own, handed on. ``inv_ex``, ``solve_ex``,
``lu``, ``null_space``, ``ridge``, ``progress``, ``Status`` and the errors are what NumPy has not. ``exact`` has
determinants, ranks, solutions and inverses without rounding.
"""

from resolvent import exact, linalg
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

__all__ = [
    "LU",
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
    "diagonal",
    "eig",
    "eigh",
    "eigvals",
    "eigvalsh",
    "exact",
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
