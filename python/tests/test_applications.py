"""Matrices from applications: solutions, inverses, determinants and condition numbers against ball arithmetic."""

import json
from pathlib import Path

import numpy as np
import pytest
from mpmath import mp, mpc, mpf

import resolvent as rs

DATA = json.loads((Path(__file__).parent / "data" / "matrix_market_small.json").read_text())
MATRICES = {matrix["name"]: matrix for matrix in DATA["matrices"]}
EPS = np.finfo(np.float64).eps


def number(text):
    """A number of the file in extended precision; complex ones are pairs."""
    with mp.workdps(30):
        return mpc(*text) if isinstance(text, list) else mpf(text)


def dense(matrix):
    a = np.zeros((matrix["n"], matrix["n"]), complex if matrix["complex"] else float)
    for i, j, *value in matrix["entries"]:
        a[i, j] = complex(*value) if matrix["complex"] else value[0]
    return a


@pytest.fixture(params=list(MATRICES))
def case(request):
    matrix = MATRICES[request.param]
    return dense(matrix), matrix


def test_the_set_is_whole():
    assert len(MATRICES) == 9
    assert {dense(matrix).dtype for matrix in MATRICES.values()} == {np.dtype(float), np.dtype(complex)}


def test_solutions(case):
    a, matrix = case
    x, info = rs.solve_ex(a, np.ones(len(a)))
    truth = [number(text) for text in matrix["x_for_b_ones"]]
    with mp.workdps(30):
        error = max(abs(mp.mpmathify(complex(value)) - right) for value, right in zip(x, truth, strict=True))
        relative = float(error / max(map(abs, truth)))
    # What a backward stable solver may lose by the condition of the matrix.
    assert relative <= EPS * matrix["cond1"]
    assert info.backward_error <= len(a) * EPS
    # None of them is singular, near as the condition of HB/fs_183_1 comes to 1 / eps.
    assert rs.Status(int(info.status)) <= rs.Status.NUMERICALLY_SINGULAR
    assert info.rcond >= 0.99 / matrix["cond1"]
    assert info.rcond <= 10 / matrix["cond1"]


@pytest.mark.parametrize("name", [name for name, matrix in MATRICES.items() if matrix["n"] < 200])
def test_least_squares_solutions_are_right_to_rounding(name):
    matrix = MATRICES[name]
    a = dense(matrix)
    x, _, rank, _ = rs.lstsq(a, np.ones(len(a)))
    truth = np.array([complex(number(text)) for text in matrix["x_for_b_ones"]])
    assert rank == len(a)
    assert np.abs(x - truth).max() <= 4 * EPS * np.abs(truth).max()


def test_inverses(case):
    a, matrix = case
    x = rs.inv(a)
    residual = np.abs(np.eye(len(a)) - a @ x).sum(axis=0).max()
    assert residual <= len(a) * EPS * matrix["cond1"]
    assert rs.inv_ex(a).info.rcond == pytest.approx(1 / matrix["cond1"], rel=0.02)


def test_determinants(case):
    a, matrix = case
    sign, logabsdet = rs.slogdet(a)
    # The relative error of the determinant is the absolute one of its logarithm.
    bound = len(a) * EPS * matrix["cond1"] + 4 * EPS * abs(logabsdet)
    truth = number(matrix["logabsdet"])
    with mp.workdps(30):
        assert float(abs(mpf(float(logabsdet)) - truth)) <= min(bound, 1e-3)
        assert float(abs(mp.mpmathify(complex(sign)) - number(matrix["sign"]))) <= min(bound, 1e-3)


def test_condition_numbers(case):
    a, matrix = case
    # Of the inverse as many digits are right as the condition leaves.
    assert rs.cond(a, 1) == pytest.approx(matrix["cond1"], rel=max(1e-12, 10 * EPS * matrix["cond1"]))
    assert rs.cond(a) == pytest.approx(np.linalg.cond(a), rel=max(1e-10, 10 * len(a) * EPS * rs.cond(a)))
