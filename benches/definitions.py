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


def dominant(a: np.ndarray) -> np.ndarray:
    """Well conditioned whatever becomes of its other elements."""
    return a / a.shape[-1] + np.eye(a.shape[-1], dtype=a.dtype)


def band(a: np.ndarray, width: int) -> np.ndarray:
    """So many diagonals below and above the main one."""
    return np.tril(np.triu(dominant(a), -width), width)


def shuffled(a: np.ndarray) -> np.ndarray:
    """Rows and columns in disorder."""
    rng = np.random.default_rng(a.shape[-1])
    rows, columns = rng.permutation(a.shape[-1]), rng.permutation(a.shape[-1])
    return np.ascontiguousarray(a[..., rows, :][..., columns])


def blocks(a: np.ndarray, order: int) -> np.ndarray:
    """Blocks of that order on the diagonal."""
    place = np.arange(a.shape[-1]) // order
    return dominant(a) * (place[:, None] == place)


# What a Gaussian matrix is made into.
KINDS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "general": lambda a: a,
    "positive definite": lambda a: a @ a.mT.conj() / a.shape[-1] + np.eye(a.shape[-1], dtype=a.dtype),
    "symmetric": lambda a: (a + a.mT.conj()) / 2,
    "upper triangular": lambda a: np.triu(dominant(a)),
    "triangular in disorder": lambda a: shuffled(np.triu(dominant(a))),
    "tridiagonal": lambda a: band(a, 1),
    "21 diagonals": lambda a: band(a, 10),
    "blocks of 20 in disorder": lambda a: shuffled(blocks(a, 20)),
}


@dataclass(frozen=True)
class Case:
    """`count` matrices of order `n`; `rhs` right-hand sides, 0 meaning one vector. Verbs are ours: `inv_into` writes
    into memory that is there already, `inv_ex` and `solve_ex` say how good the answer is, `inv_gradient` and
    `solve_gradient` go forward and backward with torch's tensors."""

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
