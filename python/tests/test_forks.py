"""Forks and new processes: a child has its own threads, whatever the parent was doing."""

import multiprocessing
import os
import subprocess
import sys

import pytest

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")

# What every program below starts with: a process whose pool has run, and the answers a child has to give, bit for bit.
PREAMBLE = """
import multiprocessing, os, sys, threading
import numpy as np
import resolvent as rs

rng = np.random.default_rng(0)
LARGE = rng.random((700, 700)) + 20 * np.eye(700)
STACK = rng.random((4000, 6, 6)) + 3 * np.eye(6)

def work(_=None):
    alone = [rs.inv(LARGE), rs.solve(LARGE, LARGE[0]), rs.det(LARGE / 25)]
    return [*alone, rs.inv(STACK), rs.lu(STACK).solve(STACK[:, 0, :, None])]

def own_threads():
    # Linux lists them; elsewhere they are taken on trust.
    return len(os.listdir("/proc/self/task")) if os.path.exists("/proc/self/task") else 3

def same(found, expected):
    return all(np.array_equal(one, other) for one, other in zip(found, expected, strict=True))

def fork(task):
    child = os.fork()
    if child == 0:
        status = 1
        try:
            status = 0 if task() else 1
        finally:
            os._exit(status)
    return child

def wait(child):
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
"""


def run(tmp_path, code):
    # A file, because a spawned process imports what started it.
    program = tmp_path / "program.py"
    program.write_text(PREAMBLE + code)
    command = [sys.executable, "-W", "ignore:This process:DeprecationWarning", str(program)]
    environment = {**os.environ, "RESOLVENT_NUM_THREADS": "3"}
    result = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False, env=environment)
    assert result.returncode == 0, result.stdout + result.stderr
    assert result.stderr == ""


def test_parent_and_child_work_on_at_the_same_time(tmp_path):
    code = """
expected = work()
assert own_threads() >= 3
children = [fork(lambda: same(work(), expected) and own_threads() == rs.get_num_threads() == 3) for _ in range(3)]
assert same(work(), expected)
for child in children:
    wait(child)
assert same(work(), expected)
"""
    run(tmp_path, code)


def test_a_child_of_a_child(tmp_path):
    code = """
expected = work()

def grandchild():
    assert same(work(), expected)
    wait(fork(lambda: same(work(), expected)))
    return same(work(), expected)

wait(fork(grandchild))
"""
    run(tmp_path, code)


def test_the_number_of_threads_may_be_set_in_a_child(tmp_path):
    code = """
expected = work()

def child():
    rs.set_num_threads(2)
    return same(work(), expected) and rs.get_num_threads() == 2

wait(fork(child))
assert rs.get_num_threads() == 3
"""
    run(tmp_path, code)


def test_a_fork_while_other_threads_are_inside_of_calls(tmp_path):
    code = """
expected = work()
done = threading.Event()

def busy():
    while not done.is_set():
        assert same(work(), expected)

threads = [threading.Thread(target=busy) for _ in range(2)]
for thread in threads:
    thread.start()
try:
    for _ in range(12):
        wait(fork(lambda: same(work(), expected)))
finally:
    done.set()
    for thread in threads:
        thread.join()
"""
    run(tmp_path, code)


@pytest.mark.parametrize(
    "method", sorted({"fork", "spawn", "forkserver"} & set(multiprocessing.get_all_start_methods()))
)
def test_multiprocessing(tmp_path, method):
    code = f"""
if __name__ == "__main__":
    expected = work()
    with multiprocessing.get_context("{method}").Pool(2) as pool:
        for found in pool.map(work, range(4)):
            assert same(found, expected)
    assert same(work(), expected)
"""
    run(tmp_path, code)
