"""SciPy's own tests of linear algebra, with `solve`, `inv`, `det`, `lstsq`, `pinv`, `pinvh`, `solve_triangular`,
`lu_factor`, `lu_solve`, `cho_solve` and `null_space` by ours.

Whole modules run; what is deselected stands in `scipy_suite.py` with its reason, and what SciPy answers itself in
`scipy_adapters.py`.
"""

import collections
import json
import subprocess
import sys
from pathlib import Path

import pytest

RUNNER = Path(__file__).parent / "scipy_suite.py"
TESTS = [
    "test_basic",
    "test_batch",
    "test_decomp_cholesky",
    "test_decomp_lu",
    "test_decomp::TestNullSpace",
    # Functions of SciPy's that build on ours.
    "test_matfuncs",
    "test_solvers",
]

# How many tests of each class have to pass, at the least. A suite that finds nothing is no suite.
LEAST = {
    "TestSolve": 1100,
    "TestSolveTriangular": 29,
    "TestInv": 52,
    "TestDet": 34,
    "TestLstsq": 129,
    "TestPinv": 12,
    "TestPinvSymmetric": 10,
    "TestLUFactor": 47,
    "TestLUSolve": 27,
    "TestCholesky": 30,
    "TestNullSpace": 14,
    "TestOverwrite": 14,
    "TestDTypes": 840,
    "TestBatch": 470,
    "TestLogM": 15,
    "TestExpM": 70,
    "TestSolveContinuousAre": 15,
}


@pytest.fixture(scope="module")
def suite(tmp_path_factory):
    here = tmp_path_factory.mktemp("scipy")
    ini = here / "pytest.ini"
    ini.write_text("[pytest]\nmarkers =\n  slow: a slow test of SciPy's\n")
    options = [
        "-c",
        str(ini),
        f"--rootdir={here}",
        "-p",
        "no:cacheprovider",
        "-q",
        "--tb=short",
        "-m",
        "not slow",
        "--pyargs",
    ]
    command = [sys.executable, str(RUNNER), *options, *(f"scipy.linalg.tests.{name}" for name in TESTS)]
    result = subprocess.run(command, cwd=here, capture_output=True, text=True, timeout=600, check=False)
    assert result.returncode == 0, result.stdout[-10_000:] + result.stderr
    return json.loads(result.stdout.splitlines()[-1])


def test_everything_passes(suite):
    total = sum(map(collections.Counter, suite["outcomes"].values()), collections.Counter())
    assert total["passed"] >= 3600
    assert total.keys() <= {"passed", "skipped", "xfailed"}


@pytest.mark.parametrize("group", LEAST)
def test_the_tests_concerned_were_there(suite, group):
    assert suite["outcomes"][group]["passed"] >= LEAST[group]


def test_ours_were_called(suite):
    least = {
        "solve": 3000,
        "inv": 200,
        "det": 100,
        "lstsq": 900,
        "pinv": 150,
        "pinvh": 100,
        "solve_triangular": 3000,
        "lu_factor": 3000,
        "lu_solve": 6000,
        "cho_solve": 100,
        "null_space": 100,
    }
    assert suite["calls"].keys() == least.keys()
    assert all(suite["calls"][name] > calls for name, calls in least.items())


def test_little_was_left_to_scipy(suite):
    assert suite["handed_back"].keys() <= {"det", "lu_factor"}
    assert sum(suite["handed_back"].values()) <= 60
    # Each reason is still needed, and stands for no more than it names.
    assert sorted(suite["deselected"].values()) == [3, 49]
