"""How a typed program uses Resolvent. `mypy --strict` checks it; the tests run it."""

from fractions import Fraction
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

    fit = rs.lstsq(a, b)
    assert_type(fit, rs.LstsqResult)
    assert_type(fit.x, NDArray[Any])
    x, _, rank, _ = rs.lstsq(a, b, rcond=1e-10)
    assert rank == rs.matrix_rank(a) == 2
    assert x.shape == rs.ridge(a, b, 0.5).shape
    assert rs.pinv(a, rtol=None).shape == (2, 2)
    assert rs.cond(a, "fro") >= rs.cond(a)
    assert rs.null_space(a).shape == (2, 0)

    lu = rs.lu(a)
    assert_type(lu, rs.LU)
    assert_type(lu.p, NDArray[np.intp])
    lu.solve(b, trans="T")
    assert_type(rs.factor.cholesky(a), rs.factor.Cholesky)
    assert_type(rs.factor.ldl(a).D, NDArray[Any])
    assert rs.factor.qr(a).solve(b, "C", warn=False).shape == b.shape
    assert_type(rs.cholesky(a, upper=True), NDArray[np.float64])
    sign, logabsdet = rs.slogdet(a)
    assert sign * np.exp(logabsdet) > rs.det(a) - 1

    try:
        rs.inv([[1, 2], [2, 4]])
    except rs.SingularMatrixError as error:
        assert_type(error.pivot, int)
    threads: int = rs.get_num_threads()
    rs.set_num_threads(threads)
    half = Fraction(1, 2)
    assert_type(rs.exact.inv([[half, 1], [1, 1]]), NDArray[np.object_])
    assert_type(rs.exact.solve(a.astype(np.int64), [half, 1]), NDArray[np.object_])
    assert rs.exact.det([[10**50, 1], [1, 1]]) == 10**50 - 1
    assert rs.exact.rank([[1, 2], [2, 4]]) == 1
    diagnosis = rs.diagnose(a, b, names=["x", "y"], target_cond=10)
    assert_type(diagnosis, rs.Diagnosis)
    assert_type(diagnosis.singular_values, NDArray[np.float64])
    assert_type(diagnosis.to_dict(), dict[str, Any])
    assert_type(rs.gallery.hilbert(3), NDArray[np.float64])
    # NumPy's own, handed on, keep NumPy's types.
    assert rs.eigvalsh(a)[0] > 0
    assert rs.linalg.norm(a) > 0
    assert issubclass(rs.SingularMatrixError, rs.LinAlgError)


if __name__ == "__main__":
    usage()
