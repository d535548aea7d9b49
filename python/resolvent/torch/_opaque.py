"""What ``torch.compile`` sees: operators that it leaves as they are, with shapes and derivatives that it knows.

Between the operators of a graph there are tensors only, so that a compiled backward pass factors again.
"""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.library import custom_op

import resolvent
from resolvent import _derivatives
from resolvent.torch._tensors import array, product, raising, reduced, tensor


@custom_op("resolvent::solve", mutates_args=())
def solve(A: Tensor, B: Tensor) -> Tensor:
    return tensor(raising(resolvent.solve, array(A), array(B)))


@custom_op("resolvent::solve_adjoint", mutates_args=())
def solve_adjoint(A: Tensor, B: Tensor) -> Tensor:
    # In backward: forward has said of the matrix what is to be said.
    return tensor(resolvent.solve_ex(array(A).mT.conj(), array(B)).solution)


@custom_op("resolvent::inv", mutates_args=())
def inv(A: Tensor) -> Tensor:
    return tensor(raising(resolvent.inv, array(A)))


@custom_op("resolvent::det", mutates_args=())
def det(A: Tensor) -> Tensor:
    return tensor(resolvent.det(array(A)))


@custom_op("resolvent::cofactors", mutates_args=())
def cofactors(A: Tensor) -> Tensor:
    a = array(A)
    return tensor(_derivatives.cofactors(a, resolvent.lu(a)))


@custom_op("resolvent::slogdet", mutates_args=())
def slogdet(A: Tensor) -> tuple[Tensor, Tensor]:
    sign, logabsdet = resolvent.slogdet(array(A))
    return tensor(sign), tensor(logabsdet)


def _solution_like(A: Tensor, B: Tensor) -> Tensor:
    return B.new_empty(*torch.broadcast_shapes(A.shape[:-2], B.shape[:-2]), *B.shape[-2:])


def _like(A: Tensor) -> Tensor:
    return A.new_empty(A.shape)


solve.register_fake(_solution_like)
solve_adjoint.register_fake(_solution_like)
inv.register_fake(_like)
cofactors.register_fake(_like)
det.register_fake(lambda A: A.new_empty(A.shape[:-2]))
slogdet.register_fake(lambda A: (A.new_empty(A.shape[:-2]), A.real.new_empty(A.shape[:-2])))


def _saved(ctx: Any, inputs: tuple[Any, ...], output: Any) -> None:
    outputs = output if isinstance(output, tuple) else (output,)
    ctx.save_for_backward(*inputs, *outputs)


def _solve_backward(ctx: Any, G: Tensor) -> tuple[Tensor, Tensor]:
    A, B, X = ctx.saved_tensors
    H = solve_adjoint(A, G)
    return reduced(product(H, X.mH, minus=True), A.shape), reduced(H, B.shape)


def _solve_adjoint_backward(ctx: Any, G: Tensor) -> tuple[Tensor, Tensor]:
    A, B, X = ctx.saved_tensors
    H = solve(A, G)
    return reduced(product(X, H.mH, minus=True), A.shape), reduced(H, B.shape)


def _inv_backward(ctx: Any, G: Tensor) -> Tensor:
    _, Y = ctx.saved_tensors
    return product(Y.mH, product(G, Y.mH), minus=True)


def _det_backward(ctx: Any, g: Tensor) -> Tensor:
    A, _ = ctx.saved_tensors
    return g[..., None, None] * cofactors(A)


def _slogdet_backward(ctx: Any, G_sign: Tensor, G_log: Tensor) -> Tensor:
    A, sign, _ = ctx.saved_tensors
    if A.is_complex():
        G_log = torch.complex(G_log, (G_sign * sign.conj()).imag)
    return G_log[..., None, None] * inv(A).mH


solve.register_autograd(_solve_backward, setup_context=_saved)
solve_adjoint.register_autograd(_solve_adjoint_backward, setup_context=_saved)
inv.register_autograd(_inv_backward, setup_context=_saved)
det.register_autograd(_det_backward, setup_context=_saved)
slogdet.register_autograd(_slogdet_backward, setup_context=_saved)


@torch.compiler.disable
def between_graphs(function: Callable[..., Any], *arguments: Any, **more: Any) -> Any:
    """The call as it is without ``torch.compile``, which breaks its graph here."""
    return function(*arguments, **more)
