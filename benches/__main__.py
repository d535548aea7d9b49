"""`python -m benches [GROUP ...] [--rounds N]`: measures, prints ratios, records them by processor and date.

One round gives every engine its turn: a pause (so that the threads of the engine before have stopped spinning), a warm
call, then the timed one. The figures are medians over the rounds; a ratio is the median of the rounds' own ratios, so
that a machine that changes its speed between rounds does not change the ratio.
"""

from __future__ import annotations

import argparse
import csv
import datetime
import platform
import re
import statistics
import time
from pathlib import Path

import numpy as np

from .definitions import CASES, Case
from .engines import ENGINES

OURS = "resolvent"
PAUSE = 0.05
# A call shorter than this is repeated until it has taken as long.
AT_LEAST = 0.005


def processor() -> str:
    """The processor's name as a folder may be called."""
    name = platform.processor() or platform.machine()
    try:
        cpuinfo = Path("/proc/cpuinfo").read_text()
        model = re.search(r"model name\s*:\s*(.*)", cpuinfo)
        numbers = [re.search(rf"{key}\s*:\s*(\d+)", cpuinfo) for key in ("cpu family", "model\t")]
        if model:
            name = " ".join([model[1], *(f"{number[1]}" for number in numbers if number)])
    except OSError:
        pass
    return re.sub(r"[^A-Za-z0-9]+", "-", name).strip("-").lower()


def seconds(call, repeats: int) -> float:
    start = time.perf_counter()
    for _ in range(repeats):
        call()
    return (time.perf_counter() - start) / repeats


def measure(case: Case, rounds: int, engines: dict) -> dict[str, list[float]]:
    """Seconds per call of every engine that can do it, one per round."""
    a, b = case.operands()
    calls = {name: engine.prepare(case.verb, a, b) for name, engine in engines.items()}
    calls = {name: call for name, call in calls.items() if call}
    check(case, calls, a, b)
    repeats = {name: max(1, int(AT_LEAST / seconds(call, 1))) for name, call in calls.items()}
    times: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(rounds):
        for name, call in calls.items():
            time.sleep(PAUSE)
            call()
            times[name].append(seconds(call, repeats[name]))
    return times


def check(case: Case, calls: dict, a: np.ndarray, b: np.ndarray) -> None:
    """An engine that answers something else is not a peer: its first matrix must agree with ours."""
    first = {name: np.asarray(call()) for name, call in calls.items()}
    ours = first[OURS].ravel()[: case.n]
    tolerance = np.finfo(case.dtype).eps ** 0.5
    for name, answer in first.items():
        theirs = answer.ravel()[: case.n] if case.verb != "det" else answer.ravel()[: ours.size]
        if not np.allclose(ours, theirs, rtol=tolerance, atol=tolerance * np.abs(ours).max()):
            raise SystemExit(f"{case.name}: {name} answers {theirs}, we {ours}")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benches", description=__doc__.split("\n\n")[0])
    parser.add_argument("groups", nargs="*", default=["quick"], help=f"of {', '.join(CASES)} (default: quick)")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--no-record", action="store_true", help="print only")
    arguments = parser.parse_args()
    unknown = [group for group in arguments.groups if group not in CASES]
    if unknown:
        parser.error(f"no group {', '.join(unknown)}; there are {', '.join(CASES)}")

    versions = {name: engine.available() for name, engine in ENGINES.items()}
    engines = {name: ENGINES[name] for name, version in versions.items() if version}
    peers = [name for name in engines if name != OURS]
    print("; ".join(f"{name} {versions[name] or 'is not installed'}" for name in ENGINES))
    print(f"\n{'':44}{'ours':>12}" + "".join(f"{name + '/ours':>16}" for name in peers))

    rows = []
    for case in (case for group in arguments.groups for case in CASES[group]):
        times = measure(case, arguments.rounds, engines)
        ours = statistics.median(times[OURS])
        line = f"{case.name:44}{ours / case.count * 1e6:9.3f} us"
        for peer in peers:
            if peer not in times:
                line += f"{'-':>16}"
                continue
            ratio = statistics.median(t / o for t, o in zip(times[peer], times[OURS], strict=True))
            line += f"{ratio:15.2f}x"
        print(line, flush=True)
        for name, values in times.items():
            median, least = statistics.median(values), min(values)
            rows.append([case.name, name, versions[name], f"{median:.6e}", f"{least:.6e}", arguments.rounds])

    if not arguments.no_record:
        folder = Path(__file__).parent / "record" / processor()
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{datetime.date.today().isoformat()}.csv"
        new = not path.exists()
        with path.open("a", newline="") as file:
            writer = csv.writer(file)
            if new:
                writer.writerow(["case", "engine", "version", "median_s", "least_s", "rounds"])
            writer.writerows(rows)
        print(f"\nrecorded in {path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path}")


if __name__ == "__main__":
    main()
