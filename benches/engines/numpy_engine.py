"""NumPy with the OpenBLAS of its wheel."""

import numpy as np


def available():
    return np.__version__


def prepare(verb, a, b):
    function = getattr(np.linalg, verb, None)
    if function is None:
        return None
    return (lambda: function(a, b)) if verb == "solve" else (lambda: function(a))
