"""SciPy; single matrices through its LAPACK wrappers, without the finiteness check."""


def available():
    try:
        import scipy
    except ImportError:
        return ""
    return scipy.__version__


def prepare(verb, a, b):
    import scipy.linalg

    if a.ndim != 2 or verb not in ("inv", "solve", "det"):
        return None
    if verb == "solve":
        return lambda: scipy.linalg.solve(a, b, check_finite=False, assume_a="gen")
    function = getattr(scipy.linalg, verb)
    return lambda: function(a, check_finite=False)
