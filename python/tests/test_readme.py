"""The Python session in the README says what Python says."""

import doctest
from pathlib import Path

README = Path(__file__).parents[2] / "README.md"


def test_the_session_in_the_readme_is_true():
    blocks = README.read_text().split("```python\n")[1:]
    session = "\n".join(block.split("```")[0] for block in blocks)
    test = doctest.DocTestParser().get_doctest(session, {}, "README.md", str(README), 0)
    assert len(test.examples) >= 8
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS)
    output: list[str] = []
    runner.run(test, out=output.append)
    assert not runner.failures, "".join(output)
