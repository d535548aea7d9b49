"""What is measured: a verb on a stack of matrices of one order, dtype and layout."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

# How the matrices lie in memory: from a contiguous stack to the same matrices (broadcast: the first) lying otherwise.
LAYOUTS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "contiguous": np.ascontiguousarray,
    "transposed": lambda a: np.ascontiguousarray(a.mT).mT,
    "every second": lambda a: np.repeat(a, 2, axis=0)[::2],
    "broadcast": lambda a: np.broadcast_to(a[0], a.shape),
    "fortran": np.asfortranarray,
}

# What a Gaussian matrix is made into.
KINDS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "general": lambda a: a,
    "positive definite": lambda a: a @ a.mT.conj() / a.shape[-1] + np.eye(a.shape[-1], dtype=a.dtype),
    "upper triangular": lambda a: np.triu(a, 1) / a.shape[-1] + np.eye(a.shape[-1], dtype=a.dtype),
}


@dataclass(frozen=True)
class Case:
    """`count` matrices of order `n`; `rhs` right-hand sides, 0 meaning one vector. Verbs are ours: `inv_into` writes
    into memory that is there already, `inv_ex` and `solve_ex` say how good the answer is."""

    verb: str
    n: int
    count: int = 1
    dtype: str = "float64"
    rhs: int = 0
    layout: str = "contiguous"
    kind: str = "general"

    @property
    def name(self) -> str:
        stack = f"{self.count} x " if self.count > 1 else ""
        rhs = f", {self.rhs} rhs" if self.rhs else ""
        layout = f", {self.layout}" if self.layout != "contiguous" else ""
        kind = f", {self.kind}" if self.kind != "general" else ""
        return f"{self.verb} {stack}{self.n}x{self.n} {self.dtype}{rhs}{layout}{kind}"

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
        return LAYOUTS[self.layout](KINDS[self.kind](gaussian(self.n, self.n))), b
