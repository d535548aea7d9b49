"""The factorization that a function and its derivatives share."""

import warnings
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

import resolvent
from resolvent.torch._tensors import array, raising


class Factors:
    """LU factors of one matrix or stack, made when they are first asked for, kept for every derivative.

    They are asked for with the tensor that they are the factors of. Under vmap that is the same memory in backward as
    in forward, seen through wrappers that come and go; if it ever is another, it is factored anew, so the answer is
    right whatever vmap does.
    """

    __slots__ = ("_lu", "_matrix", "_told")

    def __init__(self) -> None:
        self._matrix: Tensor | None = None
        self._lu: resolvent.LU
        self._told = False

    def of(self, A: Tensor) -> resolvent.LU:
        if self._matrix is None or not _same_memory(self._matrix, A):
            self._lu = resolvent.lu(array(A))
            # Holds on to the memory, so that its address says which matrix it is.
            self._matrix = A.detach()
            self._told = False
        return self._lu

    def solve(self, A: Tensor, B: Tensor, adjoint: bool) -> NDArray[Any]:
        """``A^-1 B`` or ``A^-H B``. Warns of a matrix once: the derivatives are as good as the solution."""
        lu = self.of(A)
        with self._once():
            return raising(lu.solve, array(B), "C" if adjoint else "N")

    def inverse(self, A: Tensor) -> NDArray[Any]:
        lu = self.of(A)
        with self._once():
            return raising(lu.inv)

    def _once(self) -> AbstractContextManager[Any]:
        told, self._told = self._told, True
        return silent(self._lu) if told else nullcontext()


def silent(lu: resolvent.LU) -> AbstractContextManager[Any]:
    """No warning of what these factors solve."""
    # The filters of warnings belong to all threads, and are left alone if they can be.
    doubtful = np.asarray(lu.rcond) < np.sqrt(np.finfo(lu.dtype).eps)
    return _Silence() if doubtful.any() else nullcontext()


class _Silence(warnings.catch_warnings):
    def __enter__(self) -> Any:
        log = super().__enter__()
        warnings.simplefilter("ignore", resolvent.IllConditionedWarning)
        return log


def _same_memory(a: Tensor, b: Tensor) -> bool:
    return (
        a.data_ptr() == b.data_ptr()
        and a.shape == b.shape
        and a.stride() == b.stride()
        and a._version == b._version
        and a.is_conj() == b.is_conj()
        and a.is_neg() == b.is_neg()
    )
