"""Prints what was measured and keeps it, by processor and date."""

from __future__ import annotations

import csv
import datetime
import platform
import re
import statistics
from collections.abc import Iterable, Sequence
from pathlib import Path

from .definitions import Case
from .groups import SMALL
from .method import Times, median_ratio
from .rivals import NUMPY, OURS, TORCH, Column

RECORD = Path(__file__).parent / "record"


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


def per_matrix(seconds: float, case: Case) -> str:
    nanoseconds = seconds / case.count * 1e9
    return f"{nanoseconds:8.1f} ns" if nanoseconds < 1e4 else f"{nanoseconds / 1e3:8.1f} us"


class Report:
    """Lines as they come, and everything measured so far."""

    def __init__(self, rounds: int) -> None:
        self.rounds = rounds
        self.title = ""
        # By table, case and engine: ratios are taken inside one table, where all were interleaved.
        self.times: dict[tuple[str, Case, str], list[float]] = {}
        self.rows: list[list[object]] = []

    def head(self, title: str, columns: Sequence[Column]) -> None:
        self.title = title
        print(f"\n{title:52}{'ours':>11}" + "".join(f"{column.heading:>17}" for column in columns))

    def line(self, case: Case, times: Times, columns: Sequence[Column], versions: dict[str, str], door="") -> None:
        """`door`: which one, if not Python."""
        name, ours = case.name + door, times[OURS.name]
        line = f"{name:52}{per_matrix(statistics.median(ours), case)}"
        for column in columns:
            if column.name in times:
                line += f"{median_ratio(*column.fraction(ours, times[column.name])):16.2f}x"
            else:
                line += f"{'-':>17}"
        print(line, flush=True)
        for engine, values in times.items():
            self.times[self.title, case, engine] = values
            median, least = statistics.median(values), min(values)
            self.rows.append([name, engine, versions[engine], f"{median:.6e}", f"{least:.6e}", self.rounds])

    def markdown(self, title: str) -> None:
        """Nanoseconds per matrix of the stacks in that table, to be pasted into a document."""
        columns = [(engine, verb) for engine in (NUMPY, TORCH, OURS) for verb in ("solve", "inv")]
        print(f"\nNanoseconds per matrix, float64, stacks of {', '.join(map(str, SMALL.values()))}:\n")
        names = (f"{'our' if engine is OURS else engine.name} {verb}" for engine, verb in columns)
        print("| n | " + " | ".join(names) + " |\n|" + "---:|" * (len(columns) + 1))
        for n, count in SMALL.items():
            medians = [self.times.get((title, Case(verb, n, count), engine.name)) for engine, verb in columns]
            cells = [f"{statistics.median(times) / count * 1e9:.1f}" if times else "-" for times in medians]
            print(f"| {n} | " + " | ".join(cells) + " |")

    def record(self) -> None:
        path = RECORD / processor() / f"{datetime.date.today().isoformat()}.csv"
        write(path, ["case", "engine", "version", "median_s", "least_s", "rounds"], self.rows, append=True)


def write(path: Path, header: Sequence[str], rows: Iterable[Sequence[object]], append: bool = False) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    new = not (append and path.exists())
    with path.open("w" if new else "a", newline="") as file:
        writer = csv.writer(file)
        if new:
            writer.writerow(header)
        writer.writerows(rows)
    print(f"\nrecorded in {path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path}", flush=True)
