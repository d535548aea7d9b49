"""Threads: the same bits for any number of them, the GIL released, and the environment."""

import os
import signal
import subprocess
import sys
import threading
import time

import numpy as np
import pytest
from cases import DTYPES, matrices, right_hand_sides, same_bits

import resolvent as rs


@pytest.fixture
def restore_threads():
    before = rs.get_num_threads()
    yield
    rs.set_num_threads(before)


def answers(a, b):
    factors = rs.lu(a)
    slogdet = rs.slogdet(a)
    with np.errstate(over="ignore"):
        det = rs.det(a)
    return [
        rs.inv(a),
        rs.solve(a, b),
        det,
        slogdet.sign,
        slogdet.logabsdet,
        rs.inv_ex(a).info.rcond,
        rs.inv_ex(a).info.backward_error,
        rs.solve_ex(a, b).info.rcond,
        rs.solve_ex(a, b).info.backward_error,
        factors.L,
        factors.U,
        factors.p,
        factors.solve(b),
        factors.solve(b, "T"),
        factors.inv(),
    ]


@pytest.mark.usefixtures("restore_threads")
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(("order", "stack"), [(3, (5000,)), (24, (300,)), (30, (40,)), (300, ()), (700, ())])
def test_any_number_of_threads_gives_the_same_bits(order, stack, dtype):
    a, b = matrices(order, stack, dtype), right_hand_sides((*stack, order, 3), dtype)
    rs.set_num_threads(1)
    alone = answers(a, b)
    for count in (2, 3):
        rs.set_num_threads(count)
        assert rs.get_num_threads() == count
        for number, (one, several) in enumerate(zip(alone, answers(a, b), strict=True)):
            assert same_bits(np.asarray(one), np.asarray(several)), f"answer {number} with {count} threads"


def test_impossible_numbers():
    before = rs.get_num_threads()
    for wrong in (0, -1, 10**9):
        with pytest.raises(ValueError, match="threads"):
            rs.set_num_threads(wrong)
    with pytest.raises(TypeError):
        rs.set_num_threads("two")
    assert rs.get_num_threads() == before


def run(code, **environment):
    result = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return result.returncode, result.stdout.strip(), result.stderr


def test_the_environment():
    code = "import resolvent as rs; print(rs.get_num_threads()); print(rs.inv([[2.0]]))"
    assert run(code, RESOLVENT_NUM_THREADS="3") == (0, "3\n[[0.5]]", "")
    status, _, trouble = run(code, RESOLVENT_NUM_THREADS="many")
    assert status == 1
    assert "ValueError" in trouble
    assert "many" in trouble
    code = "import resolvent as rs; print(rs.instruction_set()); print(rs.inv([[2.0]]))"
    assert run(code, RESOLVENT_ISA="portable") == (0, "portable\n[[0.5]]", "")
    status, _, trouble = run(code, RESOLVENT_ISA="abacus")
    assert status == 1
    assert "abacus" in trouble
    assert "panicked" not in trouble


def test_the_instruction_set_has_a_name():
    assert rs.instruction_set() in {"portable", "avx2", "avx512", "neon", "amx"}


@pytest.mark.parametrize("call", [rs.inv, lambda a: rs.solve(a, a), rs.slogdet, rs.lu])
def test_the_gil_is_released(call):
    a = matrices(1000)
    call(a)
    started, finished = threading.Event(), threading.Event()

    def work():
        started.set()
        for _ in range(3):
            call(a)
        finished.set()

    # With the GIL held this thread would stand still during each call; the longest pause tells.
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-4)
    thread = threading.Thread(target=work)
    thread.start()
    started.wait()
    begin = time.perf_counter()
    ticks = 0
    while not finished.is_set():
        time.sleep(0.0005)
        ticks += 1
    elapsed = time.perf_counter() - begin
    thread.join()
    sys.setswitchinterval(interval)
    # Three calls held would leave at most a handful of ticks.
    assert ticks > 8, f"{ticks} ticks in {elapsed:.3f} s"


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="no interval timer on this system")
def test_a_signal_ends_a_long_call():
    a = matrices(2500)
    out = np.full_like(a, np.nan)

    class Enough(Exception):
        pass

    def enough(_number, _frame):
        raise Enough

    start = time.perf_counter()
    whole = rs.solve(a, a)
    took = time.perf_counter() - start
    before = signal.signal(signal.SIGALRM, enough)
    try:
        signal.setitimer(signal.ITIMER_REAL, took / 8)
        with pytest.raises(Enough):
            rs.solve(a, a, out=out)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    # Not when it was over: the solution, which is written last, is not there.
    assert np.isnan(out).all()
    assert same_bits(rs.solve(a, a), whole)
