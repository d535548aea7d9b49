"""The tables, and the groups of them that `make bench BENCH="GROUP ..."` takes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .definitions import KINDS, LAYOUTS, Case
from .rivals import CONTIGUOUS, COPY, DOUBLE, GENERAL, NUMPY, ONE_THREAD, PEERS, PLAIN, SCIPY, TORCH, Rival


@dataclass(frozen=True)
class Table:
    """A line for each case, a column for each rival."""

    title: str
    cases: Sequence[Case]
    rivals: Sequence[Rival] = PEERS


# Orders of stacks, and how many matrices of each.
SMALL = {2: 1_000_000, 3: 1_000_000, 4: 500_000, 8: 100_000, 16: 30_000, 32: 10_000, 64: 2_000}
LARGE = (32, 64, 100, 200, 300, 500, 1000, 2000)
# The table that is printed in Markdown, too.
ALLOCATED = "Stacks, the result allocated"
SINGLE, COMPLEX = "float32", ("complex64", "complex128")


def small(verb: str, least: int = 2, most: int = 64, dtype: str = "float64", **more) -> list[Case]:
    """A verb on the stacks of these orders."""
    return [Case(verb, n, count, dtype, **more) for n, count in SMALL.items() if least <= n <= most]


# What `stacks` runs, in this order; `isa` is run once for each instruction set (see `programs`).
STACKS = {
    "peers": [
        Table(ALLOCATED, small("inv") + small("solve"), (NUMPY, TORCH)),
        Table("Stacks, 8 right-hand sides", small("solve", rhs=8), (NUMPY, TORCH)),
        Table("Stacks, determinants", small("det") + small("slogdet"), (NUMPY, TORCH)),
    ],
    "copy": [Table("With out=, beside a copy of the same bytes", small("inv_into", most=4), (TORCH, COPY))],
    "precision": [
        Table(
            "Single precision beside our double", small("inv", dtype=SINGLE) + small("solve", dtype=SINGLE), (DOUBLE,)
        )
    ],
    "complex": [
        Table(
            "Complex stacks",
            [case for dtype in COMPLEX for verb in ("inv", "solve") for case in small(verb, most=16, dtype=dtype)],
            (NUMPY,),
        )
    ],
    "quality": [Table("What the report costs", small("inv_ex") + small("solve_ex"), (PLAIN,))],
    "one": [Table("One matrix, one call", [Case(verb, n) for verb in ("inv", "solve", "det") for n in (2, 3, 4, 8)])],
    "threads": [Table("All threads beside one", small("inv", least=8) + small("solve", least=8), (ONE_THREAD,))],
    "layouts": [
        Table(
            "Strided stacks beside contiguous ones",
            [
                case
                for layout in LAYOUTS
                if layout != "contiguous"
                for verb in ("inv", "solve")
                for case in small(verb, layout=layout)
            ],
            (CONTIGUOUS,),
        )
    ],
    "isa": [Table("One instruction set", small("inv", most=16) + small("solve", most=16), (NUMPY,))],
}

GROUPS: dict[str, list[Table]] = STACKS | {
    # The two figures of the foundation, quickly.
    "quick": [
        Table(
            "Quickly", [Case(verb, n, count) for n, count in ((1000, 1), (3, 1_000_000)) for verb in ("inv", "solve")]
        )
    ],
    "large": [Table("Large matrices", [Case(verb, n) for verb in ("solve", "inv") for n in LARGE])],
    "scaling": [
        Table(
            "Large matrices, all threads beside one",
            [Case(verb, n) for verb in ("solve", "inv") for n in LARGE],
            (ONE_THREAD,),
        )
    ],
    "structure": [
        Table(
            "Structure beside none",
            [
                Case(verb, n, kind=kind)
                for kind in KINDS
                if kind != "general"
                for verb in ("solve", "inv")
                for n in (200, 500, 1000, 2000)
            ],
            (GENERAL, NUMPY, SCIPY),
        )
    ],
    "gradients": [
        Table(
            "Forward and backward",
            [
                case
                for verb in ("solve_gradient", "inv_gradient")
                for case in (*small(verb, least=3, most=16), *(Case(verb, n) for n in (500, 1000, 2000)))
            ],
            (TORCH,),
        )
    ],
    "dtypes": [
        Table(
            "The other types",
            [
                Case(verb, n, count, dtype)
                for verb in ("inv", "solve")
                for n, count in ((3, 300_000), (1000, 1))
                for dtype in (SINGLE, *COMPLEX)
            ],
        )
    ],
}
