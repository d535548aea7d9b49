"""What ``inv_ex`` and ``solve_ex`` answer: torch's two fields, and the quality of every matrix."""

from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.autograd import Function

import resolvent
from resolvent._derivatives import singular
from resolvent.torch._tensors import array, in_front, raising, signed, tensor, tracked


class Report:
    """Where a Function leaves what it says of the matrices. Under vmap the batch dimension is the first of them."""

    quality: resolvent.Info | None = None


class _InvFields(NamedTuple):
    inverse: Tensor
    info: Tensor


class InvEx(_InvFields):
    """The fields of ``torch.linalg.inv_ex``; `quality` is None if torch.linalg has computed it."""

    quality: resolvent.Info | None = None


class _SolveFields(NamedTuple):
    result: Tensor
    info: Tensor


class SolveEx(_SolveFields):
    """The fields of ``torch.linalg.solve_ex``; `quality` is None if torch.linalg has computed it."""

    quality: resolvent.Info | None = None


class _Pivots(Function):
    @staticmethod
    @signed
    def forward(A: Tensor, report: Report, check_errors: bool) -> Tensor:
        return _pivots(A, report, check_errors)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Tensor) -> None:
        ctx.mark_non_differentiable(output)

    @staticmethod
    def vmap(info: Any, in_dims: Any, A: Tensor, report: Report, check_errors: bool) -> tuple[Tensor, int]:
        return _Pivots.apply(in_front(A, in_dims[0], A.ndim - 1), report, check_errors), 0


def pivots(A: Tensor, report: Report, check_errors: bool) -> Tensor:
    """torch's `info`: 0, or the first column of a singular matrix, counted from 1, that depends on those before it."""
    A = A.detach()
    return _Pivots.apply(A, report, check_errors) if tracked(A) else _pivots(A, report, check_errors)


def _pivots(A: Tensor, report: Report, check_errors: bool) -> Tensor:
    assert report.quality is not None
    if not np.any(report.quality.status == resolvent.Status.SINGULAR):
        return torch.zeros(A.shape[:-2], dtype=torch.int32)
    if check_errors:
        raising(resolvent.inv, array(A))
    a = array(A)
    info = np.zeros(A.shape[:-2], np.int32)
    for index in np.argwhere(singular(resolvent.lu(a))):
        try:
            resolvent.inv(a[tuple(index)])
        except resolvent.SingularMatrixError as error:
            info[tuple(index)] = error.pivot + 1
    return tensor(info)
