"""The sessions of the documentation."""

import doctest
from pathlib import Path

import resolvent.jax
import resolvent.torch

PAGE = Path(__file__).parents[2] / "docs" / "gradients.md"


def test_page():
    outcome = doctest.testfile(str(PAGE), module_relative=False)
    assert outcome.attempted > 10
    assert outcome.failed == 0


def test_modules():
    for module in (resolvent.torch, resolvent.jax):
        outcome = doctest.testmod(module)
        assert outcome.attempted > 2
        assert outcome.failed == 0
