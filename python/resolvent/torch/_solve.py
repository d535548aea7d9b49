"""``solve`` and ``solve_ex``.

X = A^-1 B has dX = A^-1 (dB - dA X). With G the gradient of X, that of B is A^-H G =: H and that of A is -H X^H
(Giles 2008, `giles2008collected`). X = A^-H B is the same with A^H for A.
"""

from typing import Any

import torch
from torch import Tensor
from torch.autograd import Function

import resolvent
from resolvent._native import solve_vjp
from resolvent.torch import _opaque
from resolvent.torch._factors import Factors, kept, kept_by
from resolvent.torch._report import Report, SolveEx, pivots
from resolvent.torch._tensors import (
    HALVES,
    array,
    computed,
    delivered,
    in_front,
    legacy,
    logical_ndim,
    plain,
    product,
    raising,
    reduced,
    signed,
    square,
    tensor,
    tracked,
)


class Solve(Function):
    """``A^-1 B``, or ``A^-H B`` if `adjoint`, for B of columns. With a `report`, singular matrices give NaN."""

    @staticmethod
    @signed
    def forward(A: Tensor, B: Tensor, adjoint: bool, factors: Factors, report: Report | None) -> Tensor:
        return _forward(A, B, adjoint, factors, report)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Tensor) -> None:
        A, B, ctx.adjoint, factors, report = inputs
        ctx.of_columns, ctx.lenient = B.shape, report is not None
        saved = A, output, kept(factors)
        ctx.save_for_backward(*saved)
        ctx.save_for_forward(*saved)

    @staticmethod
    def backward(ctx: Any, G: Tensor) -> tuple[Tensor | None, ...]:
        A, X, carrier = ctx.saved_tensors
        H = solved(A, G, not ctx.adjoint, kept_by(carrier), ctx.lenient)
        grad_A = grad_B = None
        if ctx.needs_input_grad[0]:
            left, right = (X, H) if ctx.adjoint else (H, X)
            if plain(H, X):
                grad_A = tensor(solve_vjp(array(left), array(right)))
            else:
                grad_A = product(left, right.mH, minus=True)
            grad_A = reduced(grad_A, A.shape)
        if ctx.needs_input_grad[1]:
            grad_B = reduced(H, ctx.of_columns)
        return grad_A, grad_B, None, None, None

    @staticmethod
    def jvp(ctx: Any, dA: Tensor | None, dB: Tensor | None, *_: None) -> Tensor:
        A, X, carrier = ctx.saved_tensors
        right = dB if dB is not None else torch.zeros_like(X)
        if dA is not None:
            right = right - (dA.mH if ctx.adjoint else dA) @ X
        return solved(A, right, ctx.adjoint, kept_by(carrier), ctx.lenient)

    @staticmethod
    def vmap(
        info: Any,
        in_dims: tuple[int | None, ...],
        A: Tensor,
        B: Tensor,
        adjoint: bool,
        factors: Factors,
        report: Report | None,
    ) -> tuple[Tensor, int]:
        rank = max(logical_ndim(A, in_dims[0]), logical_ndim(B, in_dims[1]))
        A, B = in_front(A, in_dims[0], rank), in_front(B, in_dims[1], rank)
        return Solve.apply(A, B, adjoint, factors, report), 0


def _forward(A: Tensor, B: Tensor, adjoint: bool, factors: Factors, report: Report | None) -> Tensor:
    if legacy(A, B):
        return torch.linalg.solve_ex(A.mH if adjoint else A, B, check_errors=report is None).result
    if report is None:
        return tensor(factors.solve(A, B, adjoint))
    a, b = array(A), array(B)
    solution, report.quality = resolvent.solve_ex(a.mT.conj() if adjoint else a, b)
    return tensor(solution)


def solved(A: Tensor, B: Tensor, adjoint: bool, factors: Factors, lenient: bool = False) -> Tensor:
    """What ``Solve`` computes, by it only if a derivative may be asked for."""
    report = Report() if lenient else None
    if tracked(A, B):
        return Solve.apply(A, B, adjoint, factors, report)
    return _forward(A, B, adjoint, factors, report)


def is_vector(A: Tensor, B: Tensor) -> bool:
    """Whether B is a vector for each matrix: torch's rule."""
    return B.ndim == 1 or (A.ndim - 1 == B.ndim and B.shape == A.shape[:-1])


def _fits(A: Tensor, B: Tensor, left: bool) -> bool:
    """Whether these are equations, by torch's rules. It has the words for those that are not."""
    if not square(A) or B.ndim == 0:
        return False
    n = A.shape[-1]
    if is_vector(A, B):
        return left and B.shape[-1] == n
    if B.shape[-2 if left else -1] != n:
        return False
    if A.ndim == 2 or B.ndim == 2:
        return True
    pairs = zip(reversed(A.shape[:-2]), reversed(B.shape[:-2]), strict=False)
    return all(x == y or x == 1 or y == 1 for x, y in pairs)


def solve(A: Tensor, B: Tensor, *, left: bool = True, out: Tensor | None = None) -> Tensor:
    """The solution of ``A X = B``, or of ``X A = B`` if `left` is false. See ``torch.linalg.solve``.

    Raises
    ------
    SingularMatrixError
        A matrix is singular, in exact arithmetic.

    Warns
    -----
    IllConditionedWarning
        A matrix is so nearly singular that perhaps no digit of the solution, or of its gradients, is right.
    """
    # torch.linalg says what is wrong with equations that do not fit, and with `out` where a gradient is asked for.
    if not computed(A, B) or not _fits(A, B, left) or (out is not None and tracked(A, B, out)):
        return torch.linalg.solve(A, B, left=left, out=out)
    if out is not None:
        return delivered(solve(A, B, left=left), out)
    if A.dtype in HALVES:
        return solve(A.float(), B.float(), left=left).to(A.dtype)
    vector = is_vector(A, B)
    if not tracked(A, B):
        return _plain(A, B, vector, left)
    return _shaped(A, B, vector, left, None)


def _plain(A: Tensor, B: Tensor, vector: bool, left: bool) -> Tensor:
    a, b = array(A), array(B)
    if vector and b.ndim > 1:
        return tensor(raising(resolvent.solve, a, b[..., None])[..., 0])
    if left:
        return tensor(raising(resolvent.solve, a, b))
    return tensor(raising(resolvent.solve, a.mT, b.mT)).mT


def _shaped(A: Tensor, B: Tensor, vector: bool, left: bool, report: Report | None) -> Tensor:
    """``Solve`` for whatever B is: X A = B is A^T X^T = B^T."""
    if vector:
        return _applied(A, B.unsqueeze(-1), report).squeeze(-1)
    return _applied(A, B, report) if left else _applied(A.mT, B.mT, report).mT


def _applied(A: Tensor, B: Tensor, report: Report | None) -> Tensor:
    if torch.compiler.is_compiling():
        return _opaque.solve(A, B)
    return Solve.apply(A, B, False, Factors(), report)


def solve_ex(
    A: Tensor, B: Tensor, *, left: bool = True, check_errors: bool = False, out: tuple[Tensor, Tensor] | None = None
) -> SolveEx:
    """As ``solve``, and no error for a singular matrix unless `check_errors` is set. See ``torch.linalg.solve_ex``.

    Returns
    -------
    SolveEx
        `result`, NaN where a matrix is singular; `info`, int32: 0, or the first column (counted from 1) that depends
        on those before it. Beside these two its attribute `quality` holds what ``resolvent.solve_ex`` says of every
        solution, and None where torch.linalg has computed it.
    """
    if torch.compiler.is_compiling():
        return _opaque.between_graphs(solve_ex, A, B, left=left, check_errors=check_errors, out=out)
    if not computed(A, B) or not _fits(A, B, left) or out is not None:
        return SolveEx(*torch.linalg.solve_ex(A, B, left=left, check_errors=check_errors, out=out))
    if A.dtype in HALVES:
        wide = solve_ex(A.float(), B.float(), left=left, check_errors=check_errors)
        answer = SolveEx(wide.result.to(A.dtype), wide.info)
        answer.quality = wide.quality
        return answer
    report = Report()
    X = _shaped(A, B, is_vector(A, B), left, report)
    answer = SolveEx(X, pivots(A, report, check_errors))
    answer.quality = report.quality
    return answer
