"""How anything is timed here. One round gives every engine its turn: a pause (so that the threads of the engine before
have stopped spinning), a warm call, then the timed one, repeated if it is short."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterable

import numpy as np

from .definitions import Case
from .rivals import OURS, Rival

# Longer than threads spin after their work: of the libraries that share one matrix among them up to 0.2 seconds.
PAUSE, PAUSE_OF_ONE = 0.05, 0.25
# A call shorter than this is repeated until it has taken as long.
AT_LEAST = 0.005

# Seconds per call of every engine that can do a case, one per round.
Times = dict[str, list[float]]


def seconds(call: Callable[[], object], repeats: int) -> float:
    start = time.perf_counter()
    for _ in range(repeats):
        call()
    return (time.perf_counter() - start) / repeats


def measure(case: Case, rounds: int, rivals: Iterable[Rival]) -> Times:
    """Ourselves and the rivals, interleaved."""
    a, b = case.operands()
    turns = [(rival, rival.prepare(case.verb, a, b)) for rival in (OURS, *rivals)]
    turns = [(rival, call) for rival, call in turns if call]
    check(case, turns)
    repeats = {}
    for rival, call in turns:
        with rival.during():
            repeats[rival.name] = max(1, int(AT_LEAST / seconds(call, 1)))
    times: Times = {rival.name: [] for rival, _ in turns}
    for _ in range(rounds):
        for rival, call in turns:
            with rival.during():
                time.sleep(PAUSE_OF_ONE if case.count == 1 else PAUSE)
                call()
                times[rival.name].append(seconds(call, repeats[rival.name]))
    return times


def check(case: Case, turns: Iterable[tuple[Rival, Callable[[], object]]]) -> None:
    """An engine that answers something else is no rival: the first numbers of its answer must agree with ours. One that
    answers nothing (a copy of the bytes) is not asked."""
    first = {rival.name: beginning(case, answer) for rival, call in turns if (answer := call()) is not None}
    ours = first[OURS.name]
    # The condition number of a Gaussian matrix grows with its order.
    tolerance = np.finfo(case.dtype).eps ** 0.5 * max(1.0, case.n / 100)
    for name, theirs in first.items():
        if not np.allclose(ours, theirs, rtol=tolerance, atol=tolerance * np.abs(ours).max()):
            raise SystemExit(f"{case.name}: {name} answers {theirs}, we {ours}")


def beginning(case: Case, answer: object) -> np.ndarray:
    if isinstance(answer, tuple):
        answer = answer[1 if case.verb == "slogdet" else 0]
    return np.asarray(answer).ravel()[: case.n]


def median_ratio(above: list[float], below: list[float]) -> float:
    """The median of the rounds' own ratios: a machine that changes its speed between rounds does not change it."""
    return statistics.median(x / y for x, y in zip(above, below, strict=True))
