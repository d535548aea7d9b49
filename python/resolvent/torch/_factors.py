"""The factorization that a function and its derivatives share."""

from typing import Any

import torch
from numpy.typing import NDArray
from torch import Tensor

import resolvent
from resolvent._native import solve_unjudged
from resolvent.torch._tensors import array, raising

# Stacks of matrices up to this order are solved anew in backward: many at once are eliminated along with their
# right-hand sides faster than their factors are read. (`python -m benches gradients` shows what it costs.)
_ANEW = 32


class Factors:
    """LU factors of one matrix or stack, made when they are first asked for, kept for every derivative.

    They are asked for with the tensor that they are the factors of. Under vmap that is the same memory in backward as
    in forward, seen through wrappers that come and go; if it ever is another, it is factored anew, so the answer is
    right whatever vmap does.
    """

    def __init__(self) -> None:
        self._matrix: Tensor | None = None
        self._lu: resolvent.LU
        self._told = False

    def of(self, A: Tensor) -> resolvent.LU:
        if self._matrix is None or not _same_memory(self._matrix, A):
            self._lu = resolvent.lu(array(A))
            # Holds on to the memory, so that its address says which matrix it is.
            self._matrix = A.detach()
        return self._lu

    def solve(self, A: Tensor, B: Tensor, adjoint: bool) -> NDArray[Any]:
        """``A^-1 B`` or ``A^-H B``. Warns of a matrix once: the derivatives are as good as the solution."""
        told, self._told = self._told, True
        if A.ndim > 2 and A.shape[-1] <= _ANEW:
            a, b = array(A), array(B)
            a = a.mT.conj() if adjoint else a
            return solve_unjudged(a, b) if told else raising(resolvent.solve, a, b)
        return raising(self.of(A).solve, array(B), "C" if adjoint else "N", warn=not told)

    def inverse(self, A: Tensor) -> NDArray[Any]:
        told, self._told = self._told, True
        return raising(self.of(A).inv, warn=not told)


def _same_memory(a: Tensor, b: Tensor) -> bool:
    return (
        a.data_ptr() == b.data_ptr()
        and a.shape == b.shape
        and a.stride() == b.stride()
        and a._version == b._version
        and a.is_conj() == b.is_conj()
        and a.is_neg() == b.is_neg()
    )


def kept(factors: Factors) -> Tensor:
    """An empty tensor that factors hang on, for autograd to let go of when it lets go of saved tensors."""
    carrier = torch.empty(0)
    carrier.factors = factors
    return carrier


def kept_by(carrier: Tensor) -> Factors:
    """Saved tensors that went through hooks (to disk, or computed again) come back without; then we factor again."""
    return getattr(carrier, "factors", None) or Factors()
