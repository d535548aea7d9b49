"""Peak memory: the operands, the result, and a few hundred KiB per thread, for any strides."""

import subprocess
import sys

import pytest

# Operands and results of this many bytes, and how much more a call may take.
SIZE = 64 << 20
SPARE = 3 << 20

SCRIPT = """
import sys
import numpy as np
import resolvent as rs

SIZE, verb, order = int(sys.argv[1]), sys.argv[2], int(sys.argv[3])
rs.set_num_threads(2)


def bytes_of(what):
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) * 1024 for line in status if line.startswith(what))


def growth(call):
    with open("/proc/self/clear_refs", "w") as reset:
        reset.write("5")
    before = bytes_of("VmRSS")
    call()
    return bytes_of("VmHWM") - before


rng = np.random.default_rng(0)
block = rng.uniform(-1, 1, (16, order, order)) + 4 * np.eye(order)
stack = SIZE // block[0].nbytes // 16 * 16
call = rs.inv if verb == "inv" else rs.solve
columns = order if verb == "inv" else 1
layouts = {
    "contiguous": lambda shape: np.empty(shape),
    "transposed": lambda shape: np.empty((shape[0], shape[2], shape[1])).swapaxes(1, 2),
    "stack last": lambda shape: np.moveaxis(np.empty((shape[1], shape[2], shape[0])), -1, 0),
}
call(*[block] * (1 if verb == "inv" else 2))
for name, empty in layouts.items():
    a = empty((stack, order, order))
    a.reshape(stack // 16, 16, order, order, copy=False)[...] = block
    operands = [a]
    if verb == "solve":
        operands.append(empty((stack, order, columns)))
        operands[1][...] = 1
    out = empty((stack, order, columns))
    out[...] = 0
    print(name, "out", growth(lambda: call(*operands, out=out)), 0, flush=True)
    if name == "contiguous":
        print(name, "new", growth(lambda: call(*operands)), out.nbytes, flush=True)
    print(name, "in place", growth(lambda: call(*operands, out=operands[-1])), 0, flush=True)
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="peak memory is read from /proc")
@pytest.mark.parametrize("order", [3, 8, 40])
@pytest.mark.parametrize("verb", ["inv", "solve"])
def test_nothing_is_copied(verb, order):
    arguments = [sys.executable, "-c", SCRIPT, str(SIZE), verb, str(order)]
    result = subprocess.run(arguments, capture_output=True, text=True, timeout=300, check=False)
    assert result.returncode == 0, result.stderr
    lines = result.stdout.splitlines()
    assert len(lines) == 7
    for line in lines:
        growth, result = map(int, line.split()[-2:])
        assert growth <= result + SPARE, f"{growth >> 10} KiB for a result of {result >> 10}: {line}"
