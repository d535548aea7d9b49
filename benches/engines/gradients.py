"""Forward and backward through ``solve`` and ``inv``, as functions of torch's that answer the gradients."""


def prepare(functions, verb, a, b):
    """`functions`: the namespace that has ``solve`` and ``inv``."""
    import torch

    a = torch.from_numpy(a).requires_grad_()
    operands = (a, torch.from_numpy(b).requires_grad_()) if verb == "solve_gradient" else (a,)
    function = getattr(functions, verb.removesuffix("_gradient"))
    of_answer = torch.ones_like(operands[-1])
    return lambda: torch.autograd.grad(function(*operands), operands, of_answer)
