"""Progress: told on the calling thread, in order, and nobody is harmed by whoever is told."""

import contextvars
import io
import os
import subprocess
import sys
import threading
import time

import numpy as np
import pytest
from cases import matrices, same_bits

import resolvent as rs
from resolvent import _progress


@pytest.fixture(scope="module")
def long():
    """A matrix whose inverse takes a third of a second at least, on any machine."""
    n = 600
    while True:
        a = matrices(n)
        start = time.perf_counter()
        rs.inv(a)
        if time.perf_counter() - start > 0.3:
            return a
        n += n // 2


def test_a_call_tells_how_far_it_is(long):
    alone = rs.inv(long)
    told, threads = [], set()

    def callback(progress):
        told.append(progress)
        threads.add(threading.get_ident())

    with rs.progress(callback):
        inverse = rs.inv(long)
    assert same_bits(inverse, alone)
    assert threads == {threading.get_ident()}
    fractions = [progress.fraction for progress in told]
    assert len(told) > 2
    assert fractions == sorted(fractions)
    assert fractions[0] > 0
    assert fractions.count(1.0) == 1
    assert fractions[-1] == 1.0
    assert {progress.what for progress in told} == {"invert {0}x{0} float64".format(*long.shape)}
    assert all(isinstance(progress, rs.Progress) for progress in told)
    # And nobody after the block.
    rs.inv(long)
    assert len(told) == len(fractions)


@pytest.mark.parametrize(
    ("what", "call"),
    [
        ("solve 5x4x4 float32", lambda a: rs.solve(a.astype(np.float32), a.astype(np.float32))),
        ("invert 5x4x4 float64", rs.inv_ex),
        ("factor 5x4x4 float64", rs.det),
        ("factor 5x4x4 float64", rs.slogdet),
        ("factor 5x4x4 complex128", lambda a: rs.lu(a + 0j)),
    ],
)
def test_short_calls_tell_that_they_are_done(what, call):
    told = []
    with rs.progress(told.append):
        call(matrices(4, (5,)))
    assert told == [rs.Progress(1.0, what)]


def test_an_exception_ends_the_call(long):
    class Enough(Exception):
        pass

    told = []

    def callback(progress):
        told.append(progress.fraction)
        raise Enough

    out = np.full_like(long, np.nan)
    with rs.progress(callback), pytest.raises(Enough):
        rs.solve(long, long, out=out)
    assert len(told) == 1
    assert told[0] < 1
    # Then, not when it was over: the solution, which is written last, is not there.
    assert np.isnan(out).all()
    # Also one of the very last report.
    with rs.progress(callback), pytest.raises(Enough):
        rs.inv([[2.0]])
    assert rs.inv([[2.0]]) == 0.5
    with rs.progress("nobody"), pytest.raises(TypeError):
        rs.inv([[2.0]])


def test_the_innermost_is_told():
    outer, inner = [], []
    with rs.progress(outer.append):
        with rs.progress(inner.append):
            rs.inv([[2.0]])
        assert (len(outer), len(inner)) == (0, 1)
        with pytest.raises(ZeroDivisionError), rs.progress(inner.append):
            _ = 1 / 0
        rs.inv([[2.0]])
    rs.inv([[2.0]])
    assert (len(outer), len(inner)) == (1, 1)


def test_a_callback_may_call():
    told = []

    def callback(progress):
        told.append((progress.what, float(rs.det([[3.0]]))))

    with rs.progress(callback):
        rs.inv([[2.0]])
    assert told == [("invert 1x1 float64", 3.0)]


def test_threads_and_contexts_have_their_own():
    told = {name: [] for name in "abc"}
    barrier = threading.Barrier(2)

    def work(name, order):
        with rs.progress(told[name].append):
            barrier.wait()
            rs.inv(np.eye(order))
            barrier.wait()

    threads = [threading.Thread(target=work, args=arguments) for arguments in [("a", 2), ("b", 3)]]
    for thread in threads:
        thread.start()
    with rs.progress(told["c"].append):
        for thread in threads:
            thread.join()
        contextvars.Context().run(rs.inv, [[2.0]])
    assert [progress.what for progress in told["a"]] == ["invert 2x2 float64"]
    assert [progress.what for progress in told["b"]] == ["invert 3x3 float64"]
    assert told["c"] == []


def test_nothing_is_drawn_where_there_is_no_terminal(monkeypatch, long):
    stderr = io.StringIO()
    monkeypatch.setattr(_progress, "_PATIENCE", 0.0)
    monkeypatch.setattr(sys, "stderr", stderr)
    with rs.progress():
        rs.inv(long)
    monkeypatch.setattr(sys, "stderr", None)
    with rs.progress():
        rs.inv([[2.0]])
    assert stderr.getvalue() == ""


@pytest.mark.skipif(not hasattr(os, "openpty"), reason="no pseudo-terminals on this system")
def test_a_line_is_drawn_and_wiped_on_a_terminal():
    # Portable and alone, so that it takes more than a second anywhere.
    code = """
import sys, numpy as np, resolvent as rs
a = np.random.default_rng(0).random((2000, 2000))
with rs.progress():
    rs.inv([[2.0]])
    rs.inv(a)
    sys.stderr.write("over")
"""
    terminal, stderr = os.openpty()
    environment = {**os.environ, "RESOLVENT_ISA": "portable", "RESOLVENT_NUM_THREADS": "1"}
    with subprocess.Popen([sys.executable, "-c", code], stderr=stderr, env=environment) as process:
        os.close(stderr)
        drawn = b""
        # At the end of the other side some systems say so by an error.
        try:
            while piece := os.read(terminal, 4096):
                drawn += piece
        except OSError:
            pass
        finally:
            os.close(terminal)
    assert process.returncode == 0
    *lines, wiped, end = drawn.decode().split("\r")[1:]
    assert lines
    assert all(line.startswith("invert 2000x2000 float64: ") and line.endswith("%") for line in lines)
    assert (wiped.strip(), end) == ("", "over")
    assert len(wiped) == len(lines[-1])
