"""``det`` and ``slogdet``.

d det(A) = tr(C^H dA), where C is the conjugate of the matrix of cofactors: conj(det A) A^-H if A is regular. With
S = A^-H,

    dC = conj(tr(C^H dA)) S - C dA^H S.

Of log det(A) = log|det A| + i theta the derivative is tr(S^H dA) (Giles 2008, `giles2008collected`).
"""

from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.autograd import Function

import resolvent
from resolvent._derivatives import cofactors
from resolvent.torch import _opaque
from resolvent.torch._factors import Factors, kept, kept_by
from resolvent.torch._inverse import inverted
from resolvent.torch._tensors import (
    HALVES,
    array,
    computed,
    delivered,
    in_front,
    product,
    signed,
    square,
    tensor,
    tracked,
)


class SlogDetResult(NamedTuple):
    """The fields of ``torch.linalg.slogdet``."""

    sign: Tensor
    logabsdet: Tensor


class Det(Function):
    @staticmethod
    @signed
    def forward(A: Tensor, factors: Factors) -> Tensor:
        return tensor(factors.of(A).det())

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Tensor) -> None:
        A, factors = inputs
        saved = A, kept(factors)
        ctx.save_for_backward(*saved)
        ctx.save_for_forward(*saved)

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> tuple[Tensor, None]:
        A, carrier = ctx.saved_tensors
        return _per_matrix(g) * _cofactors(A, kept_by(carrier)), None

    @staticmethod
    def jvp(ctx: Any, dA: Tensor, _: None) -> Tensor:
        A, carrier = ctx.saved_tensors
        return _inner(_cofactors(A, kept_by(carrier)), dA)

    @staticmethod
    def vmap(info: Any, in_dims: tuple[int | None, ...], A: Tensor, factors: Factors) -> tuple[Tensor, int]:
        return Det.apply(in_front(A, in_dims[0], A.ndim - 1), factors), 0


class Cofactors(Function):
    """The gradient of the determinant. It is smooth, but its own derivative here needs the inverse."""

    @staticmethod
    @signed
    def forward(A: Tensor, factors: Factors) -> Tensor:
        return tensor(cofactors(array(A), factors.of(A)))

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Tensor) -> None:
        A, factors = inputs
        saved = A, output, kept(factors)
        ctx.save_for_backward(*saved)
        ctx.save_for_forward(*saved)

    @staticmethod
    def backward(ctx: Any, G: Tensor) -> tuple[Tensor, None]:
        A, C, carrier = ctx.saved_tensors
        S = inverted(A, kept_by(carrier)).mH
        return _per_matrix(_inner(G, S)) * C - product(C, product(G.mH, S)), None

    @staticmethod
    def jvp(ctx: Any, dA: Tensor, _: None) -> Tensor:
        A, C, carrier = ctx.saved_tensors
        S = inverted(A, kept_by(carrier)).mH
        return _per_matrix(_inner(C, dA).conj()) * S - product(C, product(dA.mH, S))

    @staticmethod
    def vmap(info: Any, in_dims: tuple[int | None, ...], A: Tensor, factors: Factors) -> tuple[Tensor, int]:
        return Cofactors.apply(in_front(A, in_dims[0], A.ndim - 1), factors), 0


class SlogDet(Function):
    """Sign and logarithm. With G_l and G_s their gradients, that of A is (G_l + i Im(G_s conj(sign))) A^-H."""

    @staticmethod
    @signed
    def forward(A: Tensor, factors: Factors) -> tuple[Tensor, Tensor]:
        sign, logabsdet = factors.of(A).slogdet()
        return tensor(sign), tensor(logabsdet)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: tuple[Tensor, Tensor]) -> None:
        A, factors = inputs
        saved = A, output[0], kept(factors)
        ctx.save_for_backward(*saved)
        ctx.save_for_forward(*saved)

    @staticmethod
    def backward(ctx: Any, G_sign: Tensor, G_log: Tensor) -> tuple[Tensor, None]:
        A, sign, carrier = ctx.saved_tensors
        if A.is_complex():
            G_log = torch.complex(G_log, (G_sign * sign.conj()).imag)
        return _per_matrix(G_log) * inverted(A, kept_by(carrier)).mH, None

    @staticmethod
    def jvp(ctx: Any, dA: Tensor, _: None) -> tuple[Tensor, Tensor]:
        A, sign, carrier = ctx.saved_tensors
        dlog = _inner(inverted(A, kept_by(carrier)).mH, dA)
        if A.is_complex():
            return sign * torch.complex(torch.zeros_like(dlog.imag), dlog.imag), dlog.real
        return torch.zeros_like(sign), dlog

    @staticmethod
    def vmap(
        info: Any, in_dims: tuple[int | None, ...], A: Tensor, factors: Factors
    ) -> tuple[tuple[Tensor, Tensor], tuple[int, int]]:
        return SlogDet.apply(in_front(A, in_dims[0], A.ndim - 1), factors), (0, 0)


def _per_matrix(g: Tensor) -> Tensor:
    return g[..., None, None]


def _inner(a: Tensor, b: Tensor) -> Tensor:
    """tr(a^H b) of every matrix."""
    return (a.conj() * b).sum((-2, -1))


def _cofactors(A: Tensor, factors: Factors) -> Tensor:
    if tracked(A):
        return Cofactors.apply(A, factors)
    return tensor(cofactors(array(A), factors.of(A)))


def det(A: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The determinant of a matrix, or of every matrix of a stack. See ``torch.linalg.det``.

    Its gradient is right for singular matrices too; a second derivative asks for regular ones.
    """
    if not computed(A) or not square(A) or (out is not None and tracked(A, out)):
        return torch.linalg.det(A, out=out)
    if out is not None:
        return delivered(det(A), out)
    if A.dtype in HALVES:
        return det(A.float()).to(A.dtype)
    if not tracked(A):
        return tensor(resolvent.det(array(A)))
    return _opaque.det(A) if torch.compiler.is_compiling() else Det.apply(A, Factors())


def slogdet(A: Tensor, *, out: tuple[Tensor, Tensor] | None = None) -> SlogDetResult:
    """Sign and logarithm of the determinant of every matrix. See ``torch.linalg.slogdet``.

    Raises
    ------
    SingularMatrixError
        In backward: the logarithm of 0 has no derivative.
    """
    if not computed(A) or not square(A) or out is not None:
        return torch.linalg.slogdet(A, out=out)
    if A.dtype in HALVES:
        return SlogDetResult(*(part.to(A.dtype) for part in slogdet(A.float())))
    if not tracked(A):
        return SlogDetResult(*(tensor(part) for part in resolvent.slogdet(array(A))))
    return SlogDetResult(*(_opaque.slogdet(A) if torch.compiler.is_compiling() else SlogDet.apply(A, Factors())))
