"""PyTorch's own samples of the functions of ``torch.linalg``."""

import warnings

import torch

import resolvent.torch

with warnings.catch_warnings():
    # Its test suite uses what it advises against.
    warnings.simplefilter("ignore")
    from torch.testing._internal.common_methods_invocations import op_db

NAMES = ("inv", "inv_ex", "solve", "solve_ex", "det", "slogdet", "lstsq", "pinv", "lu_factor", "lu_solve")
OPS = [op for op in op_db if op.name in [f"linalg.{name}" for name in NAMES]]
# PyTorch, too, checks the derivatives of the other variant only.
OPS = [op for op in OPS if (op.name, op.variant_test_name) != ("linalg.lstsq", "")]
CASES = [(op, dtype) for op in OPS for dtype in (torch.float64, torch.complex128)]
IDS = [f"{op.name}-{op.variant_test_name}-{dtype}" for op, dtype in CASES]

# What of the answer is differentiable.
_DIFFERENTIABLE = {"inv_ex": 1, "solve_ex": 1, "lstsq": 2, "lu_factor": 1}
# There are too many of these to check the derivatives of all: every how many-th is enough.
_EVERY = {"linalg.lu_solve": 23, "linalg.lstsq grad_oriented": 2, "linalg.pinv singular": 5}
_LARGEST = 10


def ours(op):
    """Our function as the samples call it."""
    name = op.name.removeprefix("linalg.")
    function = getattr(resolvent.torch, name)
    if op.variant_test_name == "singular":
        return lambda a, b: function(a @ b.mT)
    if name in _DIFFERENTIABLE:
        return lambda *operands, **more: tuple(function(*operands, **more)[: _DIFFERENTIABLE[name]])
    return function


def theirs(op):
    name = op.name.removeprefix("linalg.")
    if name in _DIFFERENTIABLE:
        return lambda *operands, **more: tuple(op.op(*operands, **more)[: _DIFFERENTIABLE[name]])
    return op.op


def samples(op, dtype, requires_grad):
    torch.manual_seed(0)
    step = _EVERY.get(f"{op.name} {op.variant_test_name}".strip(), 1)
    for index, sample in enumerate(op.sample_inputs("cpu", dtype, requires_grad=requires_grad)):
        rows, columns = sample.input.shape[-2:]
        # Matrices that are not square are factored by torch.linalg.
        if index % step == 0 and max(rows, columns) <= _LARGEST and (rows == columns or op.name != "linalg.lu_factor"):
            yield sample
