"""The lesson, docs/lesson.md, with its PyTorch sessions: all blocks in order."""

import doctest
import re
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "lesson.md"


def test_the_lesson_is_true():
    blocks = re.findall(r"```(python|python-torch)\n(.*?)```", PAGE.read_text(), re.DOTALL)
    assert sum(kind == "python-torch" for kind, _ in blocks) >= 2
    session = "\n".join(block for _, block in blocks)
    test = doctest.DocTestParser().get_doctest(session, {}, PAGE.name, str(PAGE), 0)
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS)
    output: list[str] = []
    runner.run(test, out=output.append)
    assert not runner.failures, "".join(output)
