"""Intel MKL's LAPACK from the `mkl` wheel, called through ctypes on column-major copies made in the call."""

import ctypes
import importlib.metadata
import sys
from pathlib import Path

import numpy as np

_PREFIX = {"float32": "s", "float64": "d", "complex64": "c", "complex128": "z"}
_library = None


def _load():
    global _library
    if _library is None:
        found = sorted(Path(sys.prefix, "lib").glob("libmkl_rt.so*"))
        _library = ctypes.CDLL(str(found[0])) if found else False
    return _library


def available():
    try:
        version = importlib.metadata.version("mkl")
    except importlib.metadata.PackageNotFoundError:
        return ""
    return version if _load() else ""


def _pointer(array):
    return array.ctypes.data_as(ctypes.c_void_p)


def _int(value):
    return ctypes.byref(ctypes.c_int(value))


def prepare(verb, a, b):
    if a.ndim != 2 or verb not in ("inv", "solve"):
        return None
    library, prefix, n = _load(), _PREFIX[a.dtype.name], a.shape[0]
    info = ctypes.c_int()
    if verb == "solve":
        gesv = getattr(library, prefix + "gesv_")

        def solve():
            lu, x = np.array(a, order="F"), np.array(b, order="F")
            pivots = np.empty(n, np.int32)
            k = 1 if b.ndim == 1 else b.shape[1]
            size = _int(n)
            gesv(size, _int(k), _pointer(lu), size, _pointer(pivots), _pointer(x), size, ctypes.byref(info))
            return x

        return solve
    getrf, getri = getattr(library, prefix + "getrf_"), getattr(library, prefix + "getri_")

    def inv():
        x = np.array(a, order="F")
        pivots, work, size = np.empty(n, np.int32), np.empty(64 * n, a.dtype), _int(n)
        getrf(size, size, _pointer(x), size, _pointer(pivots), ctypes.byref(info))
        getri(size, _pointer(x), size, _pointer(pivots), _pointer(work), _int(64 * n), ctypes.byref(info))
        return x

    return inv
