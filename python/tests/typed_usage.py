"""How a typed program uses Resolvent. `mypy --strict` checks it; the tests run it."""

from typing import Any, assert_type

import numpy as np
from numpy.typing import NDArray

import resolvent as rs


def usage() -> None:
    a: NDArray[np.float64] = np.array([[2.0, 1.0], [1.0, 3.0]])
    b: NDArray[np.float64] = np.array([5.0, 4.0])

    assert_type(rs.inv(a), NDArray[np.float64])
    assert_type(rs.inv(a.astype(np.complex64)), NDArray[np.complex64])
    assert_type(rs.inv([[2, 1], [1, 3]]), NDArray[np.float64])
    assert_type(rs.inv(a.astype(np.int64)), NDArray[np.float64])
    assert_type(rs.inv(a, out=np.empty_like(a)), NDArray[np.float64])
    assert_type(rs.solve(a, b), NDArray[np.float64])
    assert_type(rs.linalg.solve(a, b), NDArray[np.float64])
    assert_type(rs.solve(a, b, assume_a="positive definite"), NDArray[np.float64])

    inverse, info = rs.inv_ex(a)
    assert_type(inverse, NDArray[Any])
    assert_type(info, rs.Info)
    assert_type(info.status, NDArray[np.uint8])
    assert rs.Status(int(info.status)) is rs.Status.OK
    assert_type(rs.solve_ex(a, b).info.rcond, NDArray[np.float64])
