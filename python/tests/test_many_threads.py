"""Every public function from many Python threads at once, on operands they share and on their own: the bits are those
of calls one after the other.
"""

import pickle
import sys
import threading
import time

import numpy as np
import pytest
from cases import matrices, right_hand_sides, same_bits

import resolvent as rs

THREADS = 8
ROUNDS = 2


class Operands:
    def __init__(self, seed):
        self.small = matrices(5, (300,), np.float32, seed)
        self.small_b = right_hand_sides((300, 5, 2), np.float32, seed)
        self.middle = matrices(33, (12,), np.complex128, seed)
        self.middle_b = right_hand_sides((33, 2), np.complex128, seed)
        self.large = matrices(210, (), np.float64, seed)
        self.large_b = right_hand_sides((210,), np.float64, seed)
        self.tall = matrices(30, (4,), np.float64, seed)[:, :, :11]
        self.tall_b = right_hand_sides((30,), np.float64, seed)
        self.flat = self.tall[0, :6]
        self.whole = (self.small[0] * 8).astype(np.int64)
        self.singular = np.stack([np.eye(3), np.ones((3, 3)), np.full((3, 3), seed + 2.0)])
        self.gram = self.tall.swapaxes(-1, -2) @ self.tall
        self.tensor = matrices(6, (), np.float64, seed).reshape(2, 3, 2, 3)
        self.systems = (
            (self.small, self.small_b),
            (self.middle, self.middle_b),
            (self.large, self.large_b),
        )

    def arrays(self):
        return [value for value in vars(self).values() if isinstance(value, np.ndarray)]


def each(call):
    return lambda o: [call(a, b) for a, b in o.systems]


def by_factors(a, b):
    f = rs.lu(a)
    return [f.L, f.U, f.p, f.rcond, f.det(), f.slogdet(), f.solve(b), f.solve(b, "C"), f.inv(), repr(f)]


def by_kind(factor, a):
    f = factor(a)
    return [f.rcond, f.det(), f.inv(), f.solve(a[0], "C"), pickle.loads(pickle.dumps(f)).solve(a[0])]


def refused(o):
    out = np.empty_like(o.singular)
    with pytest.raises(rs.SingularMatrixError) as caught:
        rs.inv(o.singular, out=out)
    error = caught.value
    return [str(error), error.indices, error.pivot, error.dependence, out]


def with_progress(o):
    told = []
    with rs.progress(lambda progress: told.append(progress.what)):
        answer = rs.inv(o.large)
    # Another thread's calls are never heard of here.
    assert set(told) <= {"invert 210x210 float64"}, set(told)
    return answer


def in_place(o):
    a, b = o.large.copy(), o.large_b.copy()
    return [rs.inv(a, out=a), rs.solve(o.large, b, out=b)]


CALLS = {
    "inv": each(lambda a, b: rs.inv(a)),
    "inv, refined": lambda o: [rs.inv(o.middle, refine=True), rs.solve(o.large, o.large_b, refine=True)],
    "inv_ex": each(lambda a, b: rs.inv_ex(a)),
    "solve": each(rs.solve),
    "solve, assumed": lambda o: rs.solve(o.large, o.large_b, assume_a="general"),
    "solve_ex": each(rs.solve_ex),
    "det": each(lambda a, b: rs.det(a)),
    "slogdet": each(lambda a, b: rs.slogdet(a)),
    "lu": each(by_factors),
    "cholesky": lambda o: [rs.cholesky(o.gram), rs.cholesky(o.gram, upper=True)],
    "factor": lambda o: [
        by_kind(rs.factor.cholesky, o.gram),
        by_kind(rs.factor.ldl, o.gram),
        by_kind(rs.factor.qr, o.gram),
    ],
    "matrix_power": lambda o: rs.matrix_power(o.small, -2),
    "tensorinv, tensorsolve": lambda o: [rs.tensorinv(o.tensor), rs.tensorsolve(o.tensor, o.tensor[0, 0])],
    "lstsq": lambda o: [rs.lstsq(o.tall, o.tall_b), rs.lstsq(o.flat, o.tall_b[:6], 1e-3)],
    "pinv": lambda o: [rs.pinv(o.tall), rs.pinv(o.flat, rtol=0.1)],
    "matrix_rank": lambda o: [rs.matrix_rank(o.tall), rs.matrix_rank(o.singular, tol=0.5)],
    "cond": lambda o: [rs.cond(o.tall), rs.cond(o.middle, 1)],
    "null_space": lambda o: rs.null_space(o.flat),
    "ridge": lambda o: rs.ridge(o.tall, o.tall_b, [0.1, 1.0]),
    "diagnose": lambda o: str(rs.diagnose(o.singular[1], [1, 2, 3])),
    "exact": lambda o: [rs.exact.det(o.whole), rs.exact.inv(o.whole), rs.exact.solve(o.whole, [1, 2, 3, 4, 5])],
    "exact.rank": lambda o: rs.exact.rank(o.singular.astype(int)),
    "gallery": lambda o: [rs.gallery.hilbert(6), rs.gallery.nearly_dependent(5, 1e-6)],
    "singular": refused,
    "progress": with_progress,
    "in place": in_place,
    "settings": lambda o: rs.instruction_set(),
}


def parts(answer):
    """What an answer is made of: arrays and plain values."""
    if isinstance(answer, rs.Info):
        answer = [answer.status, answer.rcond, answer.backward_error, answer.forward_error, answer.method]
    if isinstance(answer, list | tuple):
        return [part for item in answer for part in parts(item)]
    return [answer]


def same(one, other):
    if isinstance(one, np.ndarray | np.generic) and one.dtype.kind in "fc":
        return same_bits(np.asarray(one), np.asarray(other))
    return bool(np.all(one == other))


def differences(found, expected):
    pairs = list(zip(parts(found), parts(expected), strict=True))
    return [i for i, (one, other) in enumerate(pairs) if not same(one, other)]


@pytest.fixture
def quick_switches():
    interval, count = sys.getswitchinterval(), rs.get_num_threads()
    sys.setswitchinterval(1e-5)
    yield
    sys.setswitchinterval(interval)
    rs.set_num_threads(count)


@pytest.mark.usefixtures("quick_switches")
def test_every_function_from_many_threads_at_once():
    shared, own = Operands(0), [Operands(1 + i) for i in range(THREADS)]
    before = [a.copy() for o in (shared, *own) for a in o.arrays()]
    expected = [{name: call(o) for name, call in CALLS.items()} for o in (shared, *own)]
    wrong, start = [], threading.Barrier(THREADS + 1)

    def work(number):
        start.wait()
        names = list(CALLS)
        # Each thread begins elsewhere, so that unlike calls meet.
        names = names[3 * number % len(names) :] + names[: 3 * number % len(names)]
        for _ in range(ROUNDS):
            for name in names:
                for which, operands in ((0, shared), (1 + number, own[number])):
                    try:
                        found = differences(CALLS[name](operands), expected[which][name])
                    except Exception as error:
                        found = repr(error)
                    if found:
                        wrong.append((name, number, which, found))

    workers = [threading.Thread(target=work, args=(i,)) for i in range(THREADS)]
    for worker in workers:
        worker.start()
    start.wait()
    # The number of threads changes under their feet.
    while any(worker.is_alive() for worker in workers):
        for count in (1, 2, 3):
            rs.set_num_threads(count)
            assert rs.get_num_threads() == count
            time.sleep(0.002)
    for worker in workers:
        worker.join()
    assert not wrong, wrong[:5]
    after = [a for o in (shared, *own) for a in o.arrays()]
    assert all(map(same_bits, before, after))


def test_no_public_function_is_left_out():
    tried = {word for name in CALLS for word in name.replace(",", "").split()}
    ours = {name for name in rs.__all__ if getattr(np.linalg, name, None) is not getattr(rs, name)}
    ours = {name for name in ours if callable(getattr(rs, name))}
    classes = {name for name in ours if isinstance(getattr(rs, name), type)}
    # The settings are changed by the test itself.
    assert ours - classes - {"set_num_threads", "get_num_threads", "instruction_set"} <= tried
