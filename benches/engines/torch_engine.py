"""PyTorch on the processor."""

from . import gradients


def available():
    try:
        import torch
    except ImportError:
        return ""
    return torch.__version__


def prepare(verb, a, b):
    import torch

    if verb.endswith("_gradient"):
        return gradients.prepare(torch.linalg, verb, a, b)
    a, b = torch.from_numpy(a), torch.from_numpy(b)
    if verb == "inv_into":
        out = torch.empty_like(a)
        return lambda: torch.linalg.inv(a, out=out)
    if verb.endswith("_ex"):
        return None
    function = getattr(torch.linalg, verb)
    return (lambda: function(a, b)) if verb == "solve" else (lambda: function(a))
