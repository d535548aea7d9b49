"""What has to run in a process of its own: a forced instruction set (a process chooses once), and the Rust programs of
`rust/`. Those print a line `verb,dtype,count,n,engine,seconds,...` for each engine and case, one number for each round;
what is made of the numbers is made here, as for Python."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import resolvent

from .definitions import Case
from .method import Times, median_ratio
from .report import RECORD, Report, per_matrix, processor, write
from .rivals import OURS, Column

ROOT = Path(__file__).parent.parent
ISA_VARIABLE = "RESOLVENT_ISA"
# Weakest first, as `resolvent-kernels/src/isa/` has them.
INSTRUCTION_SETS = ("portable", "avx2", "avx512")


def environment(isa: str) -> dict[str, str]:
    return os.environ | {ISA_VARIABLE: isa}


def instruction_sets() -> list[str]:
    """Those this machine has, or the one that is forced already."""
    if forced := os.environ.get(ISA_VARIABLE):
        return [forced]
    probe = [sys.executable, "-c", "import resolvent; resolvent.instruction_set()"]
    runs = {isa: subprocess.run(probe, env=environment(isa), capture_output=True) for isa in INSTRUCTION_SETS}
    return [isa for isa, run in runs.items() if run.returncode == 0]


def for_each_isa(group: str, rounds: int, keep: bool) -> None:
    """The group once for each instruction set; each child prints and records for itself."""
    sys.stdout.flush()
    options = ["--rounds", str(rounds), *([] if keep else ["--no-record"])]
    for isa in instruction_sets():
        subprocess.run([sys.executable, "-m", "benches", group, *options], env=environment(isa), check=True)


def peak() -> float:
    """Flops per second of the multiply-add units, all threads together, in double precision."""
    command = ["cargo", "run", "--quiet", "--release", "--package", "resolvent-benches", "--bin", "peak"]
    lines = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    return float(lines[-1].split(",")[1])


def rust_program(name: str, rounds: int, isa: str | None = None) -> Iterator[tuple[Case, Times]]:
    """Builds and runs a program of `rust/`; its cases as they come. The lines of one case stand together."""
    command = ["cargo", "run", "--quiet", "--release", "--package", "resolvent-benches", "--bin", name, str(rounds)]
    case, times = None, {}
    with subprocess.Popen(
        command, cwd=ROOT, env=environment(isa) if isa else None, stdout=subprocess.PIPE, text=True
    ) as program:
        for line in program.stdout:
            verb, dtype, count, n, engine, *seconds = line.strip().split(",")
            at = Case(verb, int(n), int(count), dtype)
            if case is not None and at != case:
                yield case, times
                times = {}
            case = at
            times[engine] = [float(second) for second in seconds]
    if program.returncode:
        raise SystemExit(f"{' '.join(command)}: exit code {program.returncode}")
    if case is not None:
        yield case, times


def rust_door(report: Report) -> None:
    """One small matrix from Rust, beside nalgebra and faer."""
    packages = tomllib.loads((ROOT / "Cargo.lock").read_text())["package"]
    versions = {package["name"]: package["version"] for package in packages}
    peers = [Column(name) for name in ("nalgebra", "faer")]
    versions[OURS.name] += f" ({resolvent.instruction_set()})"
    print("\n" + "; ".join(f"{name} {versions[name]}" for name in (OURS.name, *(peer.name for peer in peers))))
    report.head("One matrix, one call, from Rust", peers)
    for case, times in rust_program("door", report.rounds):
        report.line(case, times, peers, versions, door=", from Rust")


def thresholds(rounds: int, keep: bool) -> None:
    """From which order on the blocked algorithms beat the kernels for small matrices: what `plan.rs` has to know."""
    lanes, blocked = Column("lanes"), Column("blocked")
    rows: list[list[object]] = []
    for isa in instruction_sets():
        print(f"\n{isa:32}{'n':>4}{'lanes':>13}{'blocked':>13}{'blocked/lanes':>16}")
        ratios: dict[str, dict[int, float]] = {}
        for case, times in rust_program("thresholds", rounds, isa):
            medians = {method: statistics.median(values) for method, values in times.items()}
            cells = [per_matrix(medians[m.name], case) if m.name in medians else "-" for m in (lanes, blocked)]
            kind = f"{case.verb} {case.dtype}, {'a stack' if case.count > 1 else 'alone'}"
            line = f"{kind:32}{case.n:4}" + "".join(f"{cell:>13}" for cell in cells)
            if len(times) == 2:
                ratio = median_ratio(times[blocked.name], times[lanes.name])
                ratios.setdefault(kind, {})[case.n] = ratio
                line += f"{ratio:15.2f}x"
            print(line, flush=True)
            seconds = [f"{medians[m.name]:.6e}" if m.name in medians else "" for m in (lanes, blocked)]
            rows.append([isa, case.dtype, case.verb, case.count, case.n, *seconds, rounds])
        print()
        for kind, by_order in ratios.items():
            print(f"{isa}, {kind}: {crossing(by_order)}")
    if keep:
        header = ["isa", "dtype", "verb", "count", "n", "lanes_s", "blocked_s", "rounds"]
        write(RECORD / processor() / "thresholds.csv", header, rows)


def crossing(ratios: dict[int, float]) -> str:
    """The order at which to change over so that the least time is lost, all orders weighing the same."""
    orders = sorted(ratios)

    def lost(first_blocked: int) -> float:
        return sum(max(r if n >= first_blocked else 1 / r, 1) for n, r in ratios.items())

    best = min([*orders, orders[-1] + 1], key=lost)
    if best > orders[-1]:
        return f"lanes up to {orders[-1]} at least"
    return f"blocked from {best} on" + (" or earlier" if best == orders[0] else "")
