"""The package as such: its names, its import, its stubs, its examples."""

import doctest
import importlib.metadata
import inspect
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from typed_usage import usage

import resolvent as rs
import resolvent._native

ROOT = Path(__file__).parents[2]
TABLE = dict(re.findall(r"^\| `(\w+)` \| (\w+) \|", (ROOT / "docs/numpy.md").read_text(), re.MULTILINE))
OURS = {name for name, whose in TABLE.items() if whose == "Resolvent"}


def test_all_of_numpys_names_are_there():
    assert set(np.linalg.__all__) <= set(rs.linalg.__all__)
    for name in np.linalg.__all__:
        assert getattr(rs, name) is getattr(rs.linalg, name)
        assert (getattr(rs, name) is getattr(np.linalg, name)) == (name not in OURS), name
    assert set(rs.linalg.__all__) <= set(rs.__all__)


def test_the_table_in_the_docs_is_true():
    assert list(TABLE) == sorted(np.linalg.__all__)
    assert set(TABLE.values()) == {"NumPy", "Resolvent"}
    for name, whose in TABLE.items():
        module = getattr(rs.linalg, name).__module__ or ""
        assert module.startswith("resolvent" if whose == "Resolvent" else "numpy"), name


def test_names_that_numpy_adds_later_fall_through(monkeypatch):
    monkeypatch.setattr(np.linalg, "novelty", "new", raising=False)
    assert rs.linalg.novelty == "new"
    with pytest.raises(AttributeError, match=r"module 'resolvent\.linalg' has no attribute 'nonsense'"):
        _ = rs.linalg.nonsense
    assert "inv" in dir(rs.linalg)
    assert "eig" in dir(rs.linalg)


@pytest.mark.parametrize("name", sorted(OURS))
def test_signatures_begin_as_numpys(name):
    ours = inspect.signature(getattr(rs, name)).parameters.values()
    theirs = inspect.signature(getattr(np.linalg, name)).parameters.values()
    extra = {"out", "assume_a", "refine"}
    assert [(p.name, p.kind) for p in theirs] == [(p.name, p.kind) for p in ours if p.name not in extra]
    assert all(p.kind is p.KEYWORD_ONLY for p in ours if p.name in extra)
    operands = {"a": np.eye(4).reshape(2, 2, 2, 2) if name == "tensorinv" else np.eye(2), "b": np.ones(2), "n": 3}
    needed = [p for p in theirs if p.default is p.empty]
    given = {p.name: operands.get(p.name, np.eye(2)) for p in needed}
    positional = [given.pop(p.name) for p in needed if p.kind is p.POSITIONAL_ONLY]
    getattr(rs, name)(*positional, **given)


def test_everything_public_is_documented_and_there():
    for name in rs.__all__:
        value = getattr(rs, name)
        assert isinstance(value, str) or (value.__doc__ or "").strip(), name
        if inspect.isclass(value) and name not in np.linalg.__all__:
            assert value.__module__ == "resolvent", name


def test_the_version():
    assert rs.__version__ == importlib.metadata.version("resolvent")


def test_the_import_is_cheap_and_needs_numpy_only():
    code = """
import sys
import numpy.linalg
before = set(sys.modules)
import resolvent
print(sorted(name for name in set(sys.modules) - before if name.partition(".")[0] != "resolvent"))
"""
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"


def test_the_examples_say_the_truth():
    runner = doctest.DocTestRunner()
    native = resolvent._native
    targets = [getattr(native, name) for name in dir(native) if not name.startswith("_")]
    finder = doctest.DocTestFinder()
    tests = finder.find(rs, "resolvent") + finder.find(rs.exact, "resolvent.exact")
    for target in targets:
        if inspect.isbuiltin(target) and target.__doc__:
            parsed = doctest.DocTestParser().get_doctest(target.__doc__, {}, target.__name__, None, None)
            tests.append(parsed)
    for test in tests:
        runner.run(test)
    assert runner.failures == 0
    assert runner.tries > 15


def test_typed_usage_runs():
    usage()


def mypy(*arguments):
    command = [sys.executable, "-m", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_the_stubs_are_true():
    allowed = ("--allowlist", "python/stubtest.allow", "--ignore-unused-allowlist")
    result = mypy("mypy.stubtest", "resolvent", "--mypy-config-file", "pyproject.toml", *allowed)
    assert result.returncode == 0, result.stdout + result.stderr


def test_the_types_are_strict():
    result = mypy("mypy", "--config-file", "pyproject.toml")
    assert result.returncode == 0, result.stdout + result.stderr
