"""``lu_factor`` and ``lu_solve``: factors as torch keeps them, L and U over each other, and LAPACK's row exchanges.

P^T dA = dL U + L dU. With F = L^-1 P^T dA U^-1 it follows that dL = L tril(F, -1) and dU = triu(F) U, tril(., -1)
and triu(.) being the parts below the diagonal and from it on (de Hoog, Anderssen and Lukas 2011,
`dehoog2011differentiation`).
"""

from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.autograd import Function

import resolvent
from resolvent.torch import _opaque
from resolvent.torch._tensors import (
    HALVES,
    array,
    computed,
    in_front,
    legacy,
    logical_ndim,
    product,
    raising,
    reduced,
    signed,
    square,
    tensor,
    tracked,
)

_triangular = torch.linalg.solve_triangular


class LUFactors(NamedTuple):
    """The fields of ``torch.linalg.lu_factor``."""

    LU: Tensor
    pivots: Tensor


class LUFactor(Function):
    @staticmethod
    @signed
    def forward(A: Tensor) -> tuple[Tensor, Tensor]:
        lu = resolvent.lu(array(A))
        # Solves nothing, and so only says which matrices are singular.
        raising(lu.solve, np.zeros((A.shape[-1], 0), lu.dtype))
        return tensor(lu.packed), tensor(_exchanges(lu.p))

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Tensor], output: tuple[Tensor, Tensor]) -> None:
        ctx.mark_non_differentiable(output[1])
        ctx.save_for_backward(*output)
        ctx.save_for_forward(*output)

    @staticmethod
    def backward(ctx: Any, G: Tensor, _: Tensor) -> Tensor:
        packed, pivots = ctx.saved_tensors
        L_H, U_H = _lower(packed).mH, packed.triu().mH
        F = (L_H @ G.tril(-1)).tril(-1) + (G.triu() @ U_H).triu()
        F = _triangular(U_H, _triangular(L_H, F, upper=True, unitriangular=True), upper=False, left=False)
        return _rows(F, packed, pivots, back=True)

    @staticmethod
    def jvp(ctx: Any, dA: Tensor) -> tuple[Tensor, None]:
        packed, pivots = ctx.saved_tensors
        L, U = _lower(packed), packed.triu()
        F = _triangular(L, _rows(dA, packed, pivots, back=False), upper=False, unitriangular=True)
        F = _triangular(U, F, upper=True, left=False)
        return L @ F.tril(-1) + F.triu() @ U, None

    @staticmethod
    def vmap(info: Any, in_dims: tuple[int | None], A: Tensor) -> tuple[tuple[Tensor, Tensor], tuple[int, int]]:
        return LUFactor.apply(in_front(A, in_dims[0], A.ndim - 1)), (0, 0)


class LUSolve(Function):
    """A^-1 B, or A^-H B if `adjoint`, from the factors of A."""

    @staticmethod
    @signed
    def forward(packed: Tensor, pivots: Tensor, B: Tensor, adjoint: bool) -> Tensor:
        if legacy(packed, pivots, B):
            return torch.linalg.lu_solve(packed, pivots, B, adjoint=adjoint)
        lu = array(packed)
        lower, upper = np.tril(lu, -1) + np.eye(lu.shape[-1], dtype=lu.dtype), np.triu(lu)
        if not adjoint:
            y = _by_triangle(lower, array(_rows(B, packed, pivots, back=False)), "lower triangular")
            return tensor(_by_triangle(upper, y, "upper triangular"))
        y = _by_triangle(upper.mT.conj(), array(B), "lower triangular")
        return _rows(tensor(_by_triangle(lower.mT.conj(), y, "upper triangular")), packed, pivots, back=True)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Tensor) -> None:
        packed, pivots, B, ctx.adjoint = inputs
        ctx.of_columns = B.shape
        ctx.save_for_backward(packed, pivots, output)
        ctx.save_for_forward(packed, pivots, output)

    @staticmethod
    def backward(ctx: Any, G: Tensor) -> tuple[Tensor | None, None, Tensor, None]:
        packed, pivots, X = ctx.saved_tensors
        H = _solved(packed, pivots, G, not ctx.adjoint)
        grad = None
        if ctx.needs_input_grad[0]:
            # Of A it is -H X^H, or -X H^H if adjoint; P^T A = L U hands it on to L and U.
            first, second = (X, H) if ctx.adjoint else (H, X)
            first = -_rows(first, packed, pivots, back=False)
            L, U = _lower(packed), packed.triu()
            grad = product(first, (U @ second).mH).tril(-1) + product(L.mH @ first, second.mH).triu()
            grad = reduced(grad, packed.shape)
        return grad, None, reduced(H, ctx.of_columns), None

    @staticmethod
    def jvp(ctx: Any, dpacked: Tensor | None, _: None, dB: Tensor | None, __: None) -> Tensor:
        packed, pivots, X = ctx.saved_tensors
        right = dB if dB is not None else torch.zeros_like(X)
        if dpacked is not None:
            L, U, dL, dU = _lower(packed), packed.triu(), dpacked.tril(-1), dpacked.triu()
            if ctx.adjoint:
                Y = _rows(X, packed, pivots, back=False)
                right = right - (dU.mH @ (L.mH @ Y) + U.mH @ (dL.mH @ Y))
            else:
                right = right - _rows(dL @ (U @ X) + L @ (dU @ X), packed, pivots, back=True)
        return _solved(packed, pivots, right, ctx.adjoint)

    @staticmethod
    def vmap(
        info: Any, in_dims: tuple[int | None, ...], packed: Tensor, pivots: Tensor, B: Tensor, adjoint: bool
    ) -> tuple[Tensor, int]:
        tensors = (packed, pivots.unsqueeze(-1), B)
        ndim = max(logical_ndim(t, dim) for t, dim in zip(tensors, in_dims[:3], strict=True))
        packed, pivots, B = (in_front(t, dim, ndim) for t, dim in zip(tensors, in_dims[:3], strict=True))
        return LUSolve.apply(packed, pivots.squeeze(-1), B, adjoint), 0


def _by_triangle(a: NDArray[Any], b: NDArray[Any], which: Any) -> NDArray[Any]:
    return raising(resolvent.solve, a, b, assume_a=which)


def _solved(packed: Tensor, pivots: Tensor, B: Tensor, adjoint: bool) -> Tensor:
    function = LUSolve.apply if tracked(packed, pivots, B) else LUSolve.forward
    return function(packed, pivots, B, adjoint)


def _lower(packed: Tensor) -> Tensor:
    return packed.tril(-1) + torch.eye(packed.shape[-1], dtype=packed.dtype)


def _exchanges(p: NDArray[np.intp]) -> NDArray[np.int32]:
    """LAPACK's row exchanges that bring rows into the order p: step i exchanges rows i and pivots[i] - 1."""
    n = p.shape[-1]
    wanted = p.reshape(-1, n)
    stack = np.arange(len(wanted))
    row_at, place_of = (np.tile(np.arange(n), (len(wanted), 1)) for _ in range(2))
    pivots = np.empty(wanted.shape, np.int32)
    for i in range(n):
        place, row = place_of[stack, wanted[:, i]], row_at[:, i].copy()
        pivots[:, i] = place + 1
        row_at[stack, place], row_at[:, i] = row, wanted[:, i]
        place_of[stack, row], place_of[stack, wanted[:, i]] = place, i
    return pivots.reshape(p.shape)


def _rows(t: Tensor, packed: Tensor, pivots: Tensor, back: bool) -> Tensor:
    """P^T t, the rows of t in the order of the pivots, or P t."""
    if t.shape[-2] == 0:
        return t
    P = torch.lu_unpack(packed.detach().real, pivots, unpack_data=False).P
    rows = P.argmax(-1 if back else -2).unsqueeze(-1)
    while t.ndim < rows.ndim:
        t = t.unsqueeze(0)
    while rows.ndim < t.ndim:
        rows = rows.unsqueeze(0)
    return torch.take_along_dim(t, rows, -2)


def lu_factor(A: Tensor, *, pivot: bool = True, out: tuple[Tensor, Tensor] | None = None) -> LUFactors:
    """The LU factors of square matrices. See ``torch.linalg.lu_factor``, which has those of others.

    Raises
    ------
    SingularMatrixError
        A matrix is singular, in exact arithmetic.
    """
    if torch.compiler.is_compiling():
        return _opaque.between_graphs(lu_factor, A, pivot=pivot, out=out)
    if not computed(A) or A.dtype in HALVES or not square(A) or not pivot or out is not None:
        return LUFactors(*torch.linalg.lu_factor(A, pivot=pivot, out=out))
    return LUFactors(*(LUFactor.apply if tracked(A) else LUFactor.forward)(A))


def lu_solve(
    LU: Tensor, pivots: Tensor, B: Tensor, *, left: bool = True, adjoint: bool = False, out: Tensor | None = None
) -> Tensor:
    """The solution of ``A X = B`` or ``X A = B`` from the factors of A, with A^H if `adjoint`. See
    ``torch.linalg.lu_solve``.
    """
    if torch.compiler.is_compiling():
        return _opaque.between_graphs(lu_solve, LU, pivots, B, left=left, adjoint=adjoint, out=out)
    fits = computed(LU, B) and _pivots_of(LU, pivots) and square(LU) and B.ndim >= 2
    if not fits or LU.dtype in HALVES or out is not None or B.shape[-2 if left else -1] != LU.shape[-1]:
        return torch.linalg.lu_solve(LU, pivots, B, left=left, adjoint=adjoint, out=out)
    if left:
        return _solved(LU, pivots, B, adjoint)
    # X A = B is A^H X^H = B^H.
    return _solved(LU, pivots, B.mH, not adjoint).mH


def _pivots_of(LU: Tensor, pivots: Tensor) -> bool:
    return type(pivots) is Tensor and pivots.is_cpu and pivots.dtype is torch.int32 and pivots.shape == LU.shape[:-1]
