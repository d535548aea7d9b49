"""Ourselves, through the Python door."""

import resolvent


def available():
    return f"{resolvent.__version__} ({resolvent.instruction_set()}, {resolvent.get_num_threads()} threads)"


def prepare(verb, a, b):
    function = getattr(resolvent, verb)
    return (lambda: function(a, b)) if verb == "solve" else (lambda: function(a))
