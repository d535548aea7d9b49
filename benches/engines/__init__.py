"""One file per engine. Each has `available() -> str` (its version, or "" if it is not installed) and
`prepare(verb, a, b) -> callable or None`: a function of no arguments that computes and returns the answer, leaving `a`
and `b` as they are, or None if the engine cannot do it. The verbs are those of `definitions.Case`."""

from . import mkl_engine, numpy_engine, resolvent_engine, scipy_engine, torch_engine

ENGINES = {
    "resolvent": resolvent_engine,
    "numpy": numpy_engine,
    "scipy": scipy_engine,
    "mkl": mkl_engine,
    "torch": torch_engine,
}
