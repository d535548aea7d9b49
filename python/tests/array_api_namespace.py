"""NumPy's namespace with our `linalg` in it: what `make test-array-api` gives to the array API's test suite."""

from typing import Any

import numpy

from resolvent import linalg as linalg

__version__ = numpy.__version__
__array_api_version__ = numpy.__array_api_version__


def __getattr__(name: str) -> Any:
    return getattr(numpy, name)
