"""What is measured: a verb on a stack of matrices of one order and dtype."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Case:
    """`count` matrices of order `n`; `rhs` right-hand sides, 0 meaning one vector."""

    verb: str
    n: int
    count: int = 1
    dtype: str = "float64"
    rhs: int = 0

    @property
    def name(self) -> str:
        stack = f"{self.count} x " if self.count > 1 else ""
        rhs = f", {self.rhs} rhs" if self.rhs else ""
        return f"{self.verb} {stack}{self.n}x{self.n} {self.dtype}{rhs}"

    def operands(self) -> tuple[np.ndarray, np.ndarray]:
        """A Gaussian stack (a single matrix is 2-D) and right-hand sides that fit it."""
        rng = np.random.default_rng([self.n, self.count])
        batch = (self.count,) if self.count > 1 else ()

        def gaussian(*shape: int) -> np.ndarray:
            x = rng.standard_normal(batch + shape)
            if np.dtype(self.dtype).kind == "c":
                x = x + 1j * rng.standard_normal(batch + shape)
            return np.ascontiguousarray(x, dtype=self.dtype)

        # A stack of vectors is a stack of n x 1 matrices (NumPy 2's rule).
        b = gaussian(self.n, self.rhs) if self.rhs else gaussian(self.n, 1) if batch else gaussian(self.n)
        return gaussian(self.n, self.n), b


SMALL = [(2, 1_000_000), (3, 1_000_000), (4, 500_000), (8, 100_000), (16, 30_000), (32, 10_000), (64, 2_000)]
LARGE = [32, 100, 200, 500, 1000, 2000]

CASES: dict[str, list[Case]] = {
    # The two figures of the foundation, quickly.
    "quick": [Case("solve", 1000), Case("inv", 1000), Case("inv", 3, 1_000_000), Case("solve", 3, 1_000_000)],
    "stacks": [Case(verb, n, count) for verb in ("inv", "solve", "det") for n, count in SMALL],
    "large": [Case(verb, n) for verb in ("solve", "inv") for n in LARGE],
    "dtypes": [
        Case(verb, n, count, dtype)
        for verb in ("inv", "solve")
        for n, count in ((3, 300_000), (1000, 1))
        for dtype in ("float32", "complex64", "complex128")
    ],
    "one": [Case(verb, n) for verb in ("inv", "solve", "det") for n in (2, 3, 4, 8)],
}
