"""What the derivatives for PyTorch and for JAX share: which matrices are singular, and cofactors."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from resolvent._native import LU, SingularMatrixError, lu


def singular(factors: LU) -> NDArray[np.bool_]:
    """Which matrices are singular, in exact arithmetic."""
    which = np.zeros(factors.shape[:-2], bool)
    try:
        # Solves nothing, and so only says which are.
        factors.solve(np.zeros((factors.shape[-1], 0), factors.dtype), warn=False)
    except SingularMatrixError as error:
        for index in error.indices:
            which[index] = True
    return which


def cofactors(a: NDArray[Any], factors: LU) -> NDArray[Any]:
    """The matrices of conjugate cofactors, conj(det A) A^-H: C in d det(A) = tr(C^H dA).

    Both from one factorization: near singularity determinant and inverse are far off, their product is not. Singular
    matrices have cofactors by their singular values: A = U diag(s) V^H has

        C = conj(det U) det(V) U diag(prod_{j != i} s_j) V^H.
    """
    det = np.asarray(factors.det())
    # Of a product that underflows no inverse makes anything.
    zero = singular(factors) | (det == 0)
    if not zero.any():
        inverse = factors.inv(warn=False)
        return np.asarray(det.conj()[..., None, None] * inverse.mT.conj())
    result = np.empty(a.shape, factors.dtype)
    regular = a[~zero]
    result[~zero] = cofactors(regular, lu(regular))
    result[zero] = _by_singular_values(a[zero])
    return result


def _by_singular_values(a: NDArray[Any]) -> NDArray[Any]:
    u, s, vh = np.linalg.svd(a)
    others = np.where(np.eye(a.shape[-1], dtype=bool), 1, s[..., None, :]).prod(-1)
    # conj(det U) det(V), of modulus 1.
    turn = (np.linalg.det(u) * np.linalg.det(vh)).conj()
    return np.asarray((turn[..., None, None] * u * others[..., None, :]) @ vh)
