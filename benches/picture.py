"""The fraction of the peak of the processor that `solve` and `inv` reach, by order, beside peers: for the README."""

from __future__ import annotations

import statistics
from pathlib import Path

from . import programs
from .definitions import Case
from .method import measure
from .report import Report
from .rivals import OURS, PEERS

ORDERS = {
    "solve": (32, 48, 64, 100, 150, 200, 300, 500, 700, 1000, 1400, 2000, 2800, 4000),
    "inv": (32, 48, 64, 100, 150, 200, 300, 500, 700, 1000, 1400, 2000, 2800),
}
FILE = Path(__file__).parent.parent / "docs" / "fraction-of-peak.svg"

# Fraction of peak by verb, engine and order.
Fractions = dict[str, dict[str, dict[int, float]]]


def flops(verb: str, n: int) -> float:
    """Golub and Van Loan (2013), sections 3.2 and 3.4: what it takes, whoever does more."""
    return 2 * n**3 if verb == "inv" else 2 / 3 * n**3 + 2 * n**2


def run(report: Report, versions: dict[str, str]) -> Fractions:
    rivals = [rival for rival in PEERS if rival.version()]
    versions |= {rival.name: rival.version() for rival in (OURS, *rivals)}
    fractions: Fractions = {}
    # The clock is not the same all the time.
    peaks = [programs.peak() for _ in range(3)]
    for verb, orders in ORDERS.items():
        report.head(f"Fraction of peak: {verb}", rivals)
        for n in orders:
            case = Case(verb, n)
            times = measure(case, report.rounds, rivals)
            report.line(case, times, rivals, versions)
            peaks.append(programs.peak())
            for engine, seconds in times.items():
                rate = flops(verb, n) / statistics.median(seconds)
                fractions.setdefault(verb, {}).setdefault(engine, {})[n] = rate
    peak = statistics.median(peaks)
    print(f"\npeak {peak / 1e9:.0f} GFLOP/s in double precision, all threads")
    for by_engine in fractions.values():
        for rates in by_engine.values():
            rates |= {n: rate / peak for n, rate in rates.items()}
    return fractions


def draw(fractions: Fractions) -> None:
    import matplotlib

    matplotlib.use("svg")
    matplotlib.rcParams |= {"svg.fonttype": "none", "svg.hashsalt": "resolvent", "font.size": 11}
    from matplotlib import pyplot

    styles = {
        OURS.name: ("#c1272d", 2.6),
        "numpy": ("#0000a7", 1.4),
        "mkl": ("#008176", 1.4),
        "torch": ("#eeac00", 1.4),
    }
    figure, axes = pyplot.subplots(1, len(fractions), figsize=(10, 4), sharey=True, layout="constrained")
    for axis, (verb, by_engine) in zip(axes, fractions.items(), strict=True):
        for engine, by_order in by_engine.items():
            color, width = styles.get(engine, ("#999999", 1.2))
            axis.plot(list(by_order), [100 * f for f in by_order.values()], ".-", color=color, lw=width, label=engine)
        axis.set_xscale("log")
        ticks = [32, 64, 100, 200, 500, 1000, 2000, 4000]
        axis.set_xticks(ticks, [str(tick) for tick in ticks])
        axis.minorticks_off()
        axis.set_ylim(0, 100)
        axis.set_title(f"{verb}, float64, one matrix")
        axis.set_xlabel("order of the matrix")
        axis.grid(alpha=0.3)
    axes[0].set_ylabel("% of peak, all threads")
    axes[0].legend(frameon=False, loc="upper left")
    figure.savefig(FILE, metadata={"Date": None})
    pyplot.close(figure)
    print(f"drawn in {FILE}")
