"""``lstsq`` and ``pinv``.

Of Y = A^+ the derivative is (Golub and Pereyra 1973, `golub1973differentiation`), the rank staying as it is,

    dY = -Y dA Y + Y Y^H dA^H (I - A Y) + (I - Y A) dA^H Y^H Y.
"""

from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.autograd import Function

import resolvent
from resolvent.torch import _opaque
from resolvent.torch._solve import is_vector
from resolvent.torch._tensors import (
    HALVES,
    array,
    computed,
    in_front,
    logical_ndim,
    reduced,
    signed,
    square,
    tensor,
    tracked,
)

# What each of LAPACK's drivers, none of which is needed here, makes torch.linalg.lstsq answer besides.
_WITH_RANK = frozenset({None, "gelsy", "gelsd", "gelss"})
_WITH_VALUES = frozenset({"gelsd", "gelss"})
_WITH_RESIDUALS = frozenset({"gels", "gelsd", "gelss"})


class LstsqResult(NamedTuple):
    """The fields of ``torch.linalg.lstsq``."""

    solution: Tensor
    residuals: Tensor
    rank: Tensor
    singular_values: Tensor


class Pinv(Function):
    """The pseudoinverse. `rtol` has a number for each matrix, or one for all."""

    @staticmethod
    @signed
    def forward(A: Tensor, rtol: Tensor, hermitian: bool) -> Tensor:
        return tensor(resolvent.pinv(array(A), rtol=array(rtol), hermitian=hermitian))

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Tensor) -> None:
        ctx.save_for_backward(inputs[0], output)
        ctx.save_for_forward(inputs[0], output)

    @staticmethod
    def backward(ctx: Any, G: Tensor) -> tuple[Tensor, None, None]:
        A, Y = ctx.saved_tensors
        Y_H = Y.mH
        projected = G - A.mH @ (Y_H @ G)
        # The three terms of dY in their order, the last two as products with a projection of G.
        lost = G.mH - A @ (Y @ G.mH)
        grad = -_chain(Y_H, G, Y_H) + _chain(lost, Y, Y_H) + _chain(Y_H, Y, projected.mH)
        return grad, None, None

    @staticmethod
    def jvp(ctx: Any, dA: Tensor, *_: None) -> Tensor:
        A, Y = ctx.saved_tensors
        left, right = _chain(Y, Y.mH, dA.mH), _chain(dA.mH, Y.mH, Y)
        return -_chain(Y, dA, Y) + left - _chain(left, A, Y) + right - _chain(Y, A, right)

    @staticmethod
    def vmap(
        info: Any, in_dims: tuple[int | None, ...], A: Tensor, rtol: Tensor, hermitian: bool
    ) -> tuple[Tensor, int]:
        ndim = logical_ndim(A, in_dims[0])
        A = in_front(A, in_dims[0], ndim)
        if in_dims[0] is None:
            A = A.expand(info.batch_size, *A.shape)
        return Pinv.apply(A, in_front(rtol, in_dims[1], ndim - 2), hermitian), 0


class Lstsq(Function):
    """The shortest X = A^+ B. With G its gradient, Z = A^+H G is that of B, and that of A is

    -Z X^H + (B - A X) (A^+ Z)^H + A^+H X (G - A^+ A G)^H.
    """

    @staticmethod
    @signed
    def forward(A: Tensor, B: Tensor, rcond: float | None) -> tuple[Tensor, Tensor, Tensor]:
        x, _, rank, s = resolvent.lstsq(array(A), array(B), rcond)
        return tensor(x), tensor(rank), tensor(s)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: tuple[Tensor, ...]) -> None:
        A, B, ctx.rcond = inputs
        ctx.mark_non_differentiable(*output[1:])
        ctx.save_for_backward(A, B, *output[:2])
        ctx.save_for_forward(A, B, *output[:2])

    @staticmethod
    def backward(ctx: Any, G: Tensor, *_: Tensor) -> tuple[Tensor | None, Tensor, None]:
        A, B, X, rank = ctx.saved_tensors
        Y = _pseudoinverse(A, rank, ctx.rcond)
        Z = Y.mH @ G
        grad_A = None
        if ctx.needs_input_grad[0]:
            grad_A = (B - A @ X) @ (Y @ Z).mH - Z @ X.mH + (Y.mH @ X) @ _free(G, A, Y, rank).mH
            grad_A = reduced(grad_A, A.shape)
        return grad_A, reduced(Z, B.shape), None

    @staticmethod
    def jvp(ctx: Any, dA: Tensor | None, dB: Tensor | None, _: None) -> tuple[Tensor, None, None]:
        A, B, X, rank = ctx.saved_tensors
        Y = _pseudoinverse(A, rank, ctx.rcond)
        dX = torch.zeros_like(X)
        if dB is not None:
            dX = dX + Y @ dB
        if dA is not None:
            dX = dX - Y @ (dA @ X) + Y @ (Y.mH @ (dA.mH @ (B - A @ X)))
            dX = dX + _free(dA.mH @ (Y.mH @ X), A, Y, rank)
        return dX, None, None

    @staticmethod
    def vmap(
        info: Any, in_dims: tuple[int | None, ...], A: Tensor, B: Tensor, rcond: float | None
    ) -> tuple[tuple[Tensor, ...], tuple[int, ...]]:
        rank = max(logical_ndim(A, in_dims[0]), logical_ndim(B, in_dims[1]))
        A, B = in_front(A, in_dims[0], rank), in_front(B, in_dims[1], rank)
        return Lstsq.apply(A, B, rcond), (0, 0, 0)


def _pseudoinverse(A: Tensor, rank: Tensor, rcond: float | None) -> Tensor:
    """The one that the solution belongs to: of full rank, whatever its singular values are, if that was found."""
    m, n = A.shape[-2:]
    if rcond is None:
        rcond = max(m, n) * torch.finfo(A.dtype).eps
    if m < n or n == 0:
        return pseudoinverse(A, torch.where(rank == m, 0.0, rcond), hermitian=False)
    # (A D)^+ = D^-1 A^+ for independent columns, and of columns of one length rounding spoils none.
    full = rank == n
    D = torch.where(full.unsqueeze(-1), 1 / A.detach().abs().amax(-2), 1.0).unsqueeze(-1)
    return D * pseudoinverse(A * D.mT, torch.where(full, 0.0, rcond), hermitian=False)


def _free(x: Tensor, A: Tensor, Y: Tensor, rank: Tensor) -> Tensor:
    """(I - Y A) x, the part of x that A does not see: nothing, if its columns are independent."""
    return torch.where((rank == A.shape[-1])[..., None, None], 0.0, x - Y @ (A @ x))


def pseudoinverse(A: Tensor, rtol: Tensor, hermitian: bool) -> Tensor:
    """What ``Pinv`` computes, by it only if a derivative may be asked for."""
    function = Pinv.apply if tracked(A, rtol) else Pinv.forward
    return function(A, rtol, hermitian)


def _chain(a: Tensor, b: Tensor, c: Tensor) -> Tensor:
    """a b c in the cheaper order."""
    (p, q), (r, s) = a.shape[-2:], c.shape[-2:]
    return (a @ b) @ c if p * r * (q + s) <= q * s * (r + p) else a @ (b @ c)


def lstsq(A: Tensor, B: Tensor, rcond: float | None = None, *, driver: str | None = None) -> LstsqResult:
    """The shortest ``X`` that makes ``|A X - B|`` least. See ``torch.linalg.lstsq``.

    The rank is decided as ``resolvent.lstsq`` does. `driver`, one of LAPACK's, only decides which fields are filled,
    as it does there.
    """
    if torch.compiler.is_compiling():
        return _opaque.between_graphs(lstsq, A, B, rcond, driver=driver)
    if not computed(A, B) or not _fits(A, B) or driver not in _WITH_RANK | {"gels"}:
        return LstsqResult(*torch.linalg.lstsq(A, B, rcond, driver=driver))
    if A.dtype in HALVES:
        X, *parts, rank, s = lstsq(A.float(), B.float(), rcond, driver=driver)
        return LstsqResult(X.to(A.dtype), parts[0].to(A.dtype), rank, s.to(A.dtype))
    m, n = A.shape[-2:]
    vector = is_vector(A, B)
    columns = B.unsqueeze(-1) if vector else B
    X, rank, s = (Lstsq.apply if tracked(A, B) else Lstsq.forward)(A, columns, rcond)
    if m > n and driver in _WITH_RESIDUALS and _all_of_rank(rank, n):
        residuals = (columns - A @ X).abs().square().sum(-2)
    else:
        residuals = s.new_empty(0)
    return LstsqResult(
        X.squeeze(-1) if vector else X,
        residuals,
        rank if driver in _WITH_RANK else rank.new_empty(0),
        s if driver in _WITH_VALUES else s.new_empty(0),
    )


def _fits(A: Tensor, B: Tensor) -> bool:
    if A.ndim < 2 or B.ndim == 0:
        return False
    return B.shape == A.shape[:-1] or (B.ndim == A.ndim and B.shape[:-1] == A.shape[:-1])


def _all_of_rank(rank: Tensor, n: int) -> bool:
    """Under vmap, where no decision can hang on numbers, the residuals are always given."""
    return tracked(rank) or bool((rank == n).all())


def pinv(
    A: Tensor,
    *,
    atol: Tensor | float | None = None,
    rtol: Tensor | float | None = None,
    hermitian: bool = False,
    out: Tensor | None = None,
) -> Tensor:
    """The pseudoinverse of a matrix, or of every matrix of a stack. See ``torch.linalg.pinv``."""
    if torch.compiler.is_compiling():
        return _opaque.between_graphs(pinv, A, atol=atol, rtol=rtol, hermitian=hermitian, out=out)
    # An absolute tolerance is left to torch.linalg.
    if not computed(A) or A.ndim < 2 or (hermitian and not square(A)) or atol is not None or out is not None:
        return torch.linalg.pinv(A, atol=atol, rtol=rtol, hermitian=hermitian, out=out)
    if A.dtype in HALVES:
        return pinv(A.float(), rtol=rtol, hermitian=hermitian).to(A.dtype)
    if rtol is None:
        rtol = max(A.shape[-2:]) * torch.finfo(A.dtype).eps
    return pseudoinverse(A, torch.as_tensor(rtol, dtype=torch.float64), hermitian)
