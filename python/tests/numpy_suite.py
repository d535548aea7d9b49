"""Runs NumPy's own tests of linear algebra with our functions in the place of NumPy's. A program of its own, because it
changes NumPy for the whole process; `test_numpy_suite.py` starts it. The last line printed is JSON: the outcomes of the
tests, class by class, and how often each of our functions was called.
"""

import collections
import functools
import sys

import numpy.linalg
from foreign_suite import run

import resolvent as rs

calls = collections.Counter()


def counted(name):
    function = getattr(rs, name)

    @functools.wraps(function)
    def call(*args, **kwargs):
        calls[name] += 1
        return function(*args, **kwargs)

    return call


OURS = (
    "inv",
    "solve",
    "det",
    "slogdet",
    "cholesky",
    "lstsq",
    "pinv",
    "matrix_rank",
    "cond",
    "matrix_power",
    "tensorinv",
    "tensorsolve",
)
for name in OURS:
    ours = counted(name)
    numpys = getattr(numpy.linalg, name)
    setattr(numpy.linalg, name, ours)
    # Where NumPy's own functions look.
    home = sys.modules[numpys.__globals__["__name__"] if hasattr(numpys, "__globals__") else "numpy.linalg._linalg"]
    assert getattr(home, name) is numpys
    setattr(home, name, ours)

sys.exit(run(sys.argv[1:], calls=calls))
