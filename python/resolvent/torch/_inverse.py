"""``inv`` and ``inv_ex``.

Y = A^-1 has dY = -Y dA Y; with G the gradient of Y, that of A is -Y^H G Y^H (Giles 2008, `giles2008collected`).
"""

from typing import Any

import torch
from torch import Tensor
from torch.autograd import Function

import resolvent
from resolvent._native import inv_vjp
from resolvent.torch import _opaque
from resolvent.torch._factors import Factors
from resolvent.torch._report import InvEx, Report, pivots
from resolvent.torch._tensors import (
    HALVES,
    array,
    computed,
    delivered,
    in_front,
    plain,
    product,
    raising,
    signed,
    square,
    tensor,
    tracked,
)


class Inv(Function):
    """The inverse: from `factors` if there are some, with a report if one is wanted."""

    @staticmethod
    @signed
    def forward(A: Tensor, factors: Factors | None, report: Report | None) -> Tensor:
        return _forward(A, factors, report)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Tensor) -> None:
        ctx.save_for_backward(output)
        ctx.save_for_forward(output)

    @staticmethod
    def backward(ctx: Any, G: Tensor) -> tuple[Tensor | None, ...]:
        (Y,) = ctx.saved_tensors
        if Y.ndim > 2 and plain(Y, G):
            return tensor(inv_vjp(array(Y), array(G))), None, None
        return product(Y.mH, product(G, Y.mH), minus=True), None, None

    @staticmethod
    def jvp(ctx: Any, dA: Tensor, *_: None) -> Tensor:
        (Y,) = ctx.saved_tensors
        return product(Y, product(dA, Y), minus=True)

    @staticmethod
    def vmap(
        info: Any, in_dims: tuple[int | None, ...], A: Tensor, factors: Factors | None, report: Report | None
    ) -> tuple[Tensor, int]:
        return Inv.apply(in_front(A, in_dims[0], A.ndim - 1), factors, report), 0


def _forward(A: Tensor, factors: Factors | None, report: Report | None) -> Tensor:
    if factors is not None:
        return tensor(factors.inverse(A))
    if report is not None:
        inverse, report.quality = resolvent.inv_ex(array(A))
        return tensor(inverse)
    return tensor(raising(resolvent.inv, array(A)))


def inverted(A: Tensor, factors: Factors | None = None, report: Report | None = None) -> Tensor:
    """What ``Inv`` computes, by it only if a derivative may be asked for."""
    if torch.compiler.is_compiling():
        return _opaque.inv(A)
    return Inv.apply(A, factors, report) if tracked(A) else _forward(A, factors, report)


def inv(A: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The inverse of a matrix, or of every matrix of a stack. See ``torch.linalg.inv``.

    Raises
    ------
    SingularMatrixError
        A matrix has no inverse, in exact arithmetic.

    Warns
    -----
    IllConditionedWarning
        A matrix is so nearly singular that perhaps no digit of its inverse, or of its gradient, is right.
    """
    if not computed(A) or not square(A) or (out is not None and tracked(A, out)):
        return torch.linalg.inv(A, out=out)
    if out is not None:
        return delivered(inv(A), out)
    if A.dtype in HALVES:
        return inverted(A.float()).to(A.dtype)
    return inverted(A)


def inv_ex(A: Tensor, *, check_errors: bool = False, out: tuple[Tensor, Tensor] | None = None) -> InvEx:
    """As ``inv``, and no error for a singular matrix unless `check_errors` is set. See ``torch.linalg.inv_ex``.

    Returns
    -------
    InvEx
        `inverse`, NaN where a matrix has none; `info`, int32: 0, or the first column (counted from 1) that depends
        on those before it. Beside these two its attribute `quality` holds what ``resolvent.inv_ex`` says of every
        inverse, and None where torch.linalg has computed it.
    """
    if torch.compiler.is_compiling():
        return _opaque.between_graphs(inv_ex, A, check_errors=check_errors, out=out)
    if not computed(A) or not square(A) or out is not None:
        return InvEx(*torch.linalg.inv_ex(A, check_errors=check_errors, out=out))
    report = Report()
    wide = A.float() if A.dtype in HALVES else A
    answer = InvEx(inverted(wide, report=report).to(A.dtype), pivots(wide, report, check_errors))
    answer.quality = report.quality
    return answer
