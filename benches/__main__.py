"""`python -m benches [GROUP ...] [--rounds N]`: measures, prints ratios, records them by processor and date.

Medians over the rounds; a ratio is the median of the rounds' own ratios (see `method`). `stacks` is the groups of
`groups.STACKS` one after the other. `rust` is the Rust door, `thresholds` what `plan.rs` decides by; both need cargo.
`accuracy` prints residual ratios of large systems, `trust` what each library says of bad ones, `picture` draws the
fraction of peak by order (matplotlib, cargo).
"""

from __future__ import annotations

import argparse
import os
import warnings

import resolvent

from . import accuracy, picture, programs, trust
from .groups import ALLOCATED, GROUPS, STACKS
from .method import measure
from .report import Report
from .rivals import OURS

# A stack of a million Gaussian matrices has ill-conditioned ones, above all in single precision.
warnings.filterwarnings("ignore", category=resolvent.IllConditionedWarning)


def run(group: str, report: Report, versions: dict[str, str]) -> None:
    for table in GROUPS[group]:
        new = [rival for rival in (OURS, *table.rivals) if rival.name not in versions]
        versions |= {rival.name: rival.version() for rival in new}
        new = [rival.name for rival in new if rival is OURS or versions[rival.name] != versions[OURS.name]]
        if new:
            print("\n" + "; ".join(f"{name} {versions[name] or 'is not installed'}" for name in new))
        rivals = [rival for rival in table.rivals if versions[rival.name]]
        report.head(table.title, rivals)
        for case in table.cases:
            report.line(case, measure(case, report.rounds, rivals), rivals, versions)


def main() -> None:
    names = ["stacks", *GROUPS, "rust", "thresholds", "accuracy", "trust", "picture"]
    parser = argparse.ArgumentParser(prog="python -m benches", description=__doc__.split("\n\n")[0])
    parser.add_argument("groups", nargs="*", default=["quick"], help=f"of {', '.join(names)} (default: quick)")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--no-record", action="store_true", help="print only")
    arguments = parser.parse_args()
    unknown = [group for group in arguments.groups if group not in names]
    if unknown:
        parser.error(f"no group {', '.join(unknown)}; there are {', '.join(names)}")

    report, versions = Report(arguments.rounds), {}
    keep = not arguments.no_record
    for group in arguments.groups:
        for part in STACKS if group == "stacks" else [group]:
            if part == "isa" and programs.ISA_VARIABLE not in os.environ:
                programs.for_each_isa(part, arguments.rounds, keep)
            elif part == "accuracy":
                accuracy.run()
            elif part == "trust":
                trust.run()
            elif part == "picture":
                picture.draw(picture.run(report, versions))
            elif part == "rust":
                programs.rust_door(report)
            elif part == "thresholds":
                programs.thresholds(arguments.rounds, keep)
            else:
                run(part, report, versions)
        if group == "stacks":
            report.markdown(ALLOCATED)
    if keep and report.rows:
        report.record()


if __name__ == "__main__":
    main()
