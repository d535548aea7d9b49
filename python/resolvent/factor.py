"""Factor objects: factor once, then ``solve(b, trans=)``, ``inv()``, ``det()``, ``slogdet()`` and ``rcond`` start from
the factors, for one matrix and for stacks.

>>> import resolvent as rs
>>> factors = rs.factor.cholesky([[4, 2], [2, 5]])
>>> factors.solve([8, 9])
array([1.375, 1.25 ])
>>> factors.L
array([[2., 0.],
       [1., 2.]])

``lu`` is for square matrices, ``cholesky`` for Hermitian positive definite ones, ``ldl`` for all that are Hermitian,
``qr`` for rectangular ones. The factors are arrays (``L``, ``U``, ``D``, ``Q``, ``R`` and the permutation ``p``); a
pickle keeps them, so nothing is factored again. ``resolvent.cholesky`` and ``resolvent.qr`` are NumPy's functions,
which return arrays.
"""

from resolvent._native import (
    LDL,
    LU,
    QR,
    Cholesky,
    lu,
)
from resolvent._native import factor_cholesky as cholesky
from resolvent._native import factor_ldl as ldl
from resolvent._native import factor_qr as qr

__all__ = ["LDL", "LU", "QR", "Cholesky", "cholesky", "ldl", "lu", "qr"]
