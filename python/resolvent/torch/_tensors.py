"""Which tensors are computed here, how they become arrays and back without a copy, and what is raised."""

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.autograd import forward_ad

import resolvent

_OURS = frozenset({torch.float32, torch.float64, torch.complex64, torch.complex128})
# What torch.linalg refuses: computed in single precision.
HALVES = frozenset({torch.float16, torch.bfloat16})
# Subclasses may mean something else by every operation, so they stay with torch.linalg.
_TYPES = frozenset({Tensor, torch.nn.Parameter})


class SingularMatrixError(torch.linalg.LinAlgError, resolvent.SingularMatrixError):
    """A matrix has no inverse, in exact arithmetic: a ``torch.linalg.LinAlgError`` that says what
    ``resolvent.SingularMatrixError`` says: ``indices``, ``pivot``, ``dependence``.
    """


SingularMatrixError.__module__ = "resolvent.torch"


def computed(*tensors: Tensor) -> bool:
    """Whether these are computed here: dense tensors in main memory, of one type that we have."""
    dtype = tensors[0].dtype
    if dtype not in _OURS and dtype not in HALVES:
        return False
    for t in tensors:
        if type(t) not in _TYPES or not t.is_cpu or t.layout is not torch.strided or t.dtype is not dtype:
            return False
    return True


def square(A: Tensor) -> bool:
    return A.ndim >= 2 and A.shape[-1] == A.shape[-2]


def tracked(*tensors: Tensor) -> bool:
    """Whether anybody may want to know of operations on these: reverse mode, forward mode or torch.func."""
    if torch.compiler.is_compiling() or forward_ad._current_level >= 0:
        return True
    grad = torch.is_grad_enabled()
    # What vmap, grad or jvp has wrapped has no memory of its own.
    wrapped = torch._C._functorch.is_functorch_wrapped_tensor
    return any((grad and t.requires_grad) or wrapped(t) for t in tensors)


def legacy(*tensors: Tensor) -> bool:
    """Whether any is wrapped by the vmap of ``autograd.grad(is_grads_batched=True)``, which does not ask Functions for
    their rules. Those stay with torch.linalg.
    """
    return any(torch._C._functorch.is_legacy_batchedtensor(t) for t in tensors)


def plain(*tensors: Tensor) -> bool:
    """Whether operations on these may be done on their memory, because nobody asks how."""
    return not (tracked(*tensors) or legacy(*tensors))


def array(t: Tensor) -> NDArray[Any]:
    """The tensor's own memory, of any strides; lazy conjugates and negatives become numbers."""
    return t.numpy(force=True)


def tensor(x: Any) -> Tensor:
    return torch.from_numpy(x if type(x) is np.ndarray else np.asarray(x))


def raising(call: Callable[..., Any], *arguments: Any, **more: Any) -> Any:
    """The call, its ``SingularMatrixError`` being torch's as well."""
    try:
        return call(*arguments, **more)
    except resolvent.SingularMatrixError as error:
        raise singular(error) from None


def singular(error: resolvent.SingularMatrixError) -> SingularMatrixError:
    ours = SingularMatrixError(*error.args)
    ours.indices, ours.pivot, ours.dependence = error.indices, error.pivot, error.dependence
    return ours


def delivered(answer: Tensor, out: Tensor) -> Tensor:
    """An answer in `out`, resized and cast by torch's rules: the simplest of its operations that has them, twice."""
    return torch.neg(torch.neg(answer), out=out)


def product(a: Tensor, b: Tensor, minus: bool = False) -> Tensor:
    """``a @ b`` or ``-(a @ b)``. An outer product is faster as a multiplication, of stacks NumPy's loop over small
    matrices is faster than torch's, and into fresh memory of NumPy's, which has large pages, all are.
    """
    outer = a.shape[-1] == 1
    if tracked(a, b) or legacy(a, b):
        c = a * b if outer else a @ b
        return -c if minus else c
    if outer:
        return tensor(np.multiply(array(-a if minus else a), array(b)))
    if a.ndim == 2 and b.ndim == 2:
        c = tensor(np.empty((a.shape[0], b.shape[1]), array(a.new_empty(0)).dtype))
        return torch.addmm(c, a, b, beta=0, alpha=-1 if minus else 1, out=c)
    c = np.matmul(array(a), array(b))
    return tensor(np.negative(c, out=c) if minus else c)


def reduced(t: Tensor, shape: torch.Size) -> Tensor:
    """A gradient summed over the dimensions that were broadcast."""
    return t if t.shape == shape else t.sum_to_size(shape)


def signed(forward: Callable[..., Any]) -> Callable[..., Any]:
    """A Function's forward that knows its signature: ``apply`` asks for it in every call, and finding it out takes
    longer than to solve a small system.
    """
    forward.__signature__ = inspect.signature(forward)  # type: ignore[attr-defined]
    return forward


def in_front(t: Tensor, dim: int | None, rank: int) -> Tensor:
    """A tensor under vmap with its batch dimension in front, that of the others right-aligned to `rank` dimensions."""
    if dim is None:
        return t
    t = t.movedim(dim, 0)
    return t[(slice(None), *[None] * (rank + 1 - t.ndim))]


def logical_ndim(t: Tensor, dim: int | None) -> int:
    return t.ndim - (dim is not None)
