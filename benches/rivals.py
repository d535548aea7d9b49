"""What stands beside our own call in a table: the peers, ourselves done another way, or the memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass

import numpy as np

import resolvent

from .engines import ENGINES, resolvent_engine

# A verb and its operands in, a function of no arguments out (see `engines`).
Prepare = Callable[[str, np.ndarray, np.ndarray], Callable[[], object] | None]


@dataclass(frozen=True)
class Column:
    """A ratio of two times. Beside a rival we want to be ahead: its time over ours. Beside a `floor`, which we cannot
    be below, what counts is how near we come: our time over its."""

    name: str
    floor: bool = False

    @property
    def heading(self) -> str:
        name = self.name.removeprefix(f"{OURS.name} ")
        return f"ours/{name}" if self.floor else f"{name}/ours"

    def fraction(self, ours: list[float], theirs: list[float]) -> tuple[list[float], list[float]]:
        return (ours, theirs) if self.floor else (theirs, ours)


@dataclass(frozen=True)
class Rival(Column):
    """An engine in a run. `version` is empty if it is not installed; `during` holds for the whole of its turn."""

    version: Callable[[], str] = str
    prepare: Prepare = lambda verb, a, b: None
    during: Callable[[], AbstractContextManager[None]] = nullcontext


def engine(name: str) -> Rival:
    return Rival(name, version=ENGINES[name].available, prepare=ENGINES[name].prepare)


OURS = engine("resolvent")
NUMPY, SCIPY, MKL, TORCH = (engine(name) for name in ("numpy", "scipy", "mkl", "torch"))
PEERS = (NUMPY, SCIPY, MKL, TORCH)


def ourselves(how: str, prepare: Prepare, **more) -> Rival:
    return Rival(f"{OURS.name} {how}", version=OURS.version, prepare=prepare, **more)


@contextmanager
def _one_thread() -> Iterator[None]:
    threads = resolvent.get_num_threads()
    resolvent.set_num_threads(1)
    try:
        yield
    finally:
        resolvent.set_num_threads(threads)


def _double(a: np.ndarray) -> np.ndarray:
    return a.astype(np.result_type(a.dtype, np.float64))


ONE_THREAD = ourselves("1 thread", resolvent_engine.prepare, during=_one_thread)
# The same numbers in double precision.
DOUBLE = ourselves("double", lambda verb, a, b: resolvent_engine.prepare(verb, _double(a), _double(b)))
# The same matrices one after the other in C order.
CONTIGUOUS = ourselves(
    "contiguous", lambda verb, a, b: resolvent_engine.prepare(verb, np.ascontiguousarray(a), b), floor=True
)


def _without_structure(verb: str, a: np.ndarray, b: np.ndarray) -> Callable[[], object]:
    """The same matrix, and nothing looked for in it."""
    if verb == "solve":
        return lambda: resolvent.solve(a, b, assume_a="general")
    return lambda: resolvent.inv(a, assume_a="general")


GENERAL = ourselves("general", _without_structure)
# `inv` beside `inv_ex`.
PLAIN = ourselves("plain", lambda verb, a, b: resolvent_engine.prepare(verb.removesuffix("_ex"), a, b), floor=True)


# The threads of `_copy`, as many as it asks for at once.
_POOL = ThreadPoolExecutor(1024)


def _copy(verb: str, a: np.ndarray, b: np.ndarray) -> Callable[[], object]:
    """Reads the bytes of `a` and writes as many, on as many threads as we use."""
    threads = resolvent.get_num_threads()
    target = np.empty_like(a)
    pieces = list(zip(np.array_split(target, threads), np.array_split(a, threads), strict=True))

    def copy() -> None:
        others = [_POOL.submit(np.copyto, *piece) for piece in pieces[1:]]
        np.copyto(*pieces[0])
        for other in others:
            other.result()

    return copy


COPY = Rival("copy", version=lambda: f"numpy {np.__version__}", prepare=_copy, floor=True)
