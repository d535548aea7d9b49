"""Functions of ``torch.linalg``, computed by Resolvent, with their derivatives.

>>> import torch
>>> from resolvent.torch import solve
>>> A = torch.tensor([[2.0, 1.0], [1.0, 3.0]], dtype=torch.float64, requires_grad=True)
>>> x = solve(A, torch.tensor([5.0, 4.0], dtype=torch.float64))
>>> x.sum().backward()
>>> A.grad
tensor([[-0.8800, -0.2400],
        [-0.4400, -0.1200]], dtype=torch.float64)

Names, arguments, shapes and types are torch's. Dense tensors in main memory are computed here; all others, and what
Resolvent does not do, are handed to ``torch.linalg`` as they are.
"""

try:
    import torch as torch
except ModuleNotFoundError as _missing:
    raise ImportError("resolvent.torch needs PyTorch: pip install resolvent[torch]") from _missing

from resolvent._native import IllConditionedWarning
from resolvent.torch._determinant import det, slogdet
from resolvent.torch._inverse import inv, inv_ex
from resolvent.torch._least_squares import lstsq, pinv
from resolvent.torch._lu import lu_factor, lu_solve
from resolvent.torch._solve import solve, solve_ex
from resolvent.torch._tensors import SingularMatrixError

__all__ = [
    "IllConditionedWarning",
    "SingularMatrixError",
    "det",
    "inv",
    "inv_ex",
    "lstsq",
    "lu_factor",
    "lu_solve",
    "pinv",
    "slogdet",
    "solve",
    "solve_ex",
]
