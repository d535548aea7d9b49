"""Matrices that are singular, nearly, or only look so: what each library says, and how many digits of its answer hold.

The truth is `resolvent.exact.solve`, over the fractions that the floating-point numbers are.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from fractions import Fraction

import numpy as np

import resolvent
from resolvent import gallery

Solve = Callable[[np.ndarray, np.ndarray], np.ndarray]

CASES: dict[str, np.ndarray] = {
    "1 to 9": np.arange(1.0, 10.0).reshape(3, 3),
    "[[3, 1], [1, 1/3]]": np.array([[3, 1], [1, 1 / 3]]),
    "[[0.1, 0.3], [0.3, 0.9]]": np.array([[0.1, 0.3], [0.3, 0.9]]),
    "magic square of order 4": gallery.magic(4),
    "magic square of order 6": gallery.magic(6),
    "rank 19 of order 20": gallery.rank_deficient(20, 19),
    "rank 99 of order 100": gallery.rank_deficient(100, 99),
    "Hilbert, 8": gallery.hilbert(8),
    "Hilbert, 12": gallery.hilbert(12),
    "Hilbert, 16": gallery.hilbert(16),
    "Lotkin, 12": gallery.lotkin(12),
    "Vandermonde, 16": gallery.vandermonde(np.arange(1, 17) / 16),
    "Pascal, 15": gallery.pascal(15),
    "Frank, 16": gallery.frank(16),
    "Kahan, 60": gallery.kahan(60),
    "diagonal 1, 1e-300": np.diag([1.0, 1e-300]),
    "one row times 1e-300": gallery.one_scaled_row(10, 1e-300),
    "rows graded to 1e-150": gallery.graded_rows(10, -150),
    "Wilkinson's growth, 60": gallery.wilkinson_growth(60),
    "random, condition 1e6": gallery.random_spectrum(np.logspace(0, -6, 20)),
    "random, condition 1e18": gallery.random_spectrum(np.logspace(0, -18, 20)),
}


def truth(a: np.ndarray, b: np.ndarray) -> list[Fraction] | None:
    """The solution; none of a singular matrix."""
    fractions = np.array([[Fraction(float(x)) for x in row] for row in a], dtype=object)
    try:
        return list(resolvent.exact.solve(fractions, [Fraction(float(x)) for x in b]))
    except resolvent.SingularMatrixError:
        return None


def digits(x: np.ndarray, exact: list[Fraction]) -> int:
    error = max(abs(Fraction(float(u)) - v) for u, v in zip(x, exact, strict=True)) / max(map(abs, exact))
    return 16 if error == 0 else max(0, int(-np.log10(max(float(error), 1e-16))))


def told(solve: Solve, a: np.ndarray, b: np.ndarray, exact: list[Fraction] | None) -> str:
    """What the library does, and what its answer is worth."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            x = solve(a, b)
        except np.linalg.LinAlgError:
            return "error" if exact is None else "**error**"
    says = "warns" if caught else "silent"
    if exact is None:
        return f"**{says}**"
    right = digits(x, exact)
    if says == "silent" and right < 1:
        return f"**silent**, {right} digits"
    return f"{says}, {right} digits"


def run() -> None:
    solvers: dict[str, Solve] = {"NumPy": np.linalg.solve}
    try:
        import scipy.linalg

        solvers["SciPy"] = scipy.linalg.solve
    except ImportError:
        print("SciPy is not installed")
    solvers["Resolvent"] = resolvent.solve
    solvers["refine=True"] = lambda a, b: resolvent.solve(a, b, refine=True)
    head = ("matrix", "truth", *solvers, "status")
    print("| " + " | ".join(head) + " |\n|" + "---|" * len(head))
    for name, a in CASES.items():
        b = a @ np.arange(1.0, len(a) + 1)
        exact = truth(a, b)
        status = resolvent.Status(int(resolvent.solve_ex(a, b).info.status)).name
        cells = [told(solve, a, b, exact) for solve in solvers.values()]
        kind = "singular" if exact is None else "regular"
        print("| " + " | ".join((name, kind, *cells, f"`{status}`")) + " |", flush=True)
