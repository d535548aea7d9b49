"""Ourselves, through the Python door."""

import numpy as np

import resolvent

from . import gradients


def available():
    return f"{resolvent.__version__} ({resolvent.instruction_set()}, {resolvent.get_num_threads()} threads)"


def prepare(verb, a, b):
    if verb == "inv_into":
        out = np.empty(a.shape, a.dtype)
        return lambda: resolvent.inv(a, out=out)
    if verb.endswith("_gradient"):
        import resolvent.torch

        return gradients.prepare(resolvent.torch, verb, a, b)
    function = getattr(resolvent, verb)
    return (lambda: function(a, b)) if verb.startswith("solve") else (lambda: function(a))
