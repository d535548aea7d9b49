"""Residual ratios of large systems beside NumPy's, easy ones and adversaries: how right, not how fast.

`solve`: `|b - A x| / (n |A| |x| eps)`, `inv`: `|I - A X| / (n |A| |X| eps)`, in the infinity norm, probed with a vector
of ones for `inv`. Below 1 is as good as elimination can promise.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

import resolvent

Kind = Callable[[int, np.random.Generator], np.ndarray]


def _kahan(n: int, angle: float) -> np.ndarray:
    """Upper triangular, and nearly singular without a small element on its diagonal."""
    sine, cosine = np.sin(angle), np.cos(angle)
    return sine ** np.arange(n)[:, None] * (np.eye(n) - cosine * np.triu(np.ones((n, n)), 1))


def _wilkinson(n: int) -> np.ndarray:
    """Partial pivoting doubles the last column in every step."""
    a = np.eye(n) - np.tril(np.ones((n, n)), -1)
    a[:, -1] = 1
    return a


def _graded(n: int, rng: np.random.Generator) -> np.ndarray:
    """Rows from 1 down to 1e-12."""
    return rng.standard_normal((n, n)) * np.logspace(0, -12, n)[:, None]


KINDS: dict[str, Kind] = {
    "Gaussian": lambda n, rng: rng.standard_normal((n, n)),
    "graded rows": _graded,
    "near overflow": lambda n, rng: rng.standard_normal((n, n)) * 2.0**1010,
    "near underflow": lambda n, rng: rng.standard_normal((n, n)) * 2.0**-1000,
    "Kahan": lambda n, _: _kahan(n, 1.5),
    "Kahan, rows in disorder": lambda n, rng: rng.permutation(_kahan(n, 1.5)),
    "symmetric": lambda n, rng: (lambda a: a + a.T)(rng.standard_normal((n, n))),
    "positive definite": lambda n, rng: (lambda a: a @ a.T)(rng.standard_normal((n, n))),
    "Wilkinson's growth": lambda n, _: _wilkinson(n),
}

ORDERS = {kind: (1000, 2000, 4000, 8000) if kind == "Gaussian" else (1000, 4000) for kind in KINDS}
ORDERS["Wilkinson's growth"] = (60, 1000)


def _ratio(a: np.ndarray, x: np.ndarray, b: np.ndarray) -> float:
    """A is brought near 1 by a power of two first: norms are not to overflow."""
    scale = 2.0 ** -np.floor(np.log2(np.abs(a).max()))
    size = np.abs(x).max()
    if not np.isfinite(size):
        return np.inf
    a, b = a * scale, b * scale
    norm = np.abs(a).sum(axis=1).max()
    return np.abs(b - a @ x).max() / (len(a) * norm * size * np.finfo(float).eps)


def _inverse_ratio(a: np.ndarray, x: np.ndarray) -> float:
    scale = 2.0 ** -np.floor(np.log2(np.abs(a).max()))
    a, x = a * scale, x / scale
    ones = np.ones(len(a))
    norms = np.abs(a).sum(axis=1).max() * np.abs(x).sum(axis=1).max()
    return np.abs(ones - a @ (x @ ones)).max() / (len(a) * norms * np.finfo(float).eps)


def run() -> None:
    head = ("matrix", "n", "solve", "NumPy", "inv", "status", "rcond", "backward error", "method")
    print("| " + " | ".join(head) + " |\n|" + "---|" * len(head))
    for kind, make in KINDS.items():
        for n in ORDERS[kind]:
            rng = np.random.default_rng(n)
            a = make(n, rng)
            x = rng.standard_normal(n)
            b = a @ x
            y, info = resolvent.solve_ex(a, b)
            theirs = np.linalg.solve(a, b)
            inverse, _ = resolvent.inv_ex(a)
            cells = (
                kind,
                str(n),
                f"{_ratio(a, y, b):.2g}",
                f"{_ratio(a, theirs, b):.2g}",
                f"{_inverse_ratio(a, inverse):.2g}",
                resolvent.Status(int(info.status)).name,
                f"{float(info.rcond):.1e}",
                f"{float(info.backward_error):.1e}",
                info.method,
            )
            print("| " + " | ".join(cells) + " |", flush=True)
