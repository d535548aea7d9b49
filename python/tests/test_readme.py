"""The Python sessions in the README and in docs/ say what Python says."""

import doctest
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("page", ["README.md", "docs/diagnose.md", "docs/lesson.md", "docs/numpy.md"])
def test_the_sessions_are_true(page):
    blocks = (ROOT / page).read_text().split("```python\n")[1:]
    session = "\n".join(block.split("```")[0] for block in blocks)
    test = doctest.DocTestParser().get_doctest(session, {}, page, page, 0)
    assert len(test.examples) >= 8
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS)
    output: list[str] = []
    runner.run(test, out=output.append)
    assert not runner.failures, "".join(output)
