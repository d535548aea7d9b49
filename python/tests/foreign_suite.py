"""What the programs share that run other people's tests with our functions in the place of theirs (`numpy_suite.py`,
`scipy_suite.py`): they run pytest, and print as their last line, as JSON, the outcomes of the tests, class by class,
and how often each function was called.
"""

import collections
import json

import pytest


class Recorder:
    def __init__(self):
        self.outcomes = collections.defaultdict(collections.Counter)

    def pytest_runtest_logreport(self, report):
        # A test that is skipped or fails in its setup has no call.
        if report.when == "call" or report.outcome != "passed":
            group = report.location[2].partition("[")[0].rpartition(".")[0]
            self.outcomes[group]["xfailed" if hasattr(report, "wasxfail") else report.outcome] += 1


def run(arguments, plugins=(), **counters):
    """Runs pytest, prints the counters and the outcomes, and says what is to be the exit status."""
    recorder = Recorder()
    status = pytest.main(arguments, plugins=[recorder, *plugins])
    print(json.dumps({**counters, "outcomes": recorder.outcomes}))
    return status
