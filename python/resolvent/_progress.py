"""``progress``: told how far long calls are."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from resolvent._native import Progress, unwatch, watch

# A call that is over before that draws nothing.
_PATIENCE = 0.5


class _Line:
    """One line of a terminal, drawn over and over, and wiped when a call is done."""

    def __init__(self) -> None:
        self.start: float | None = None
        self.width = 0

    def __call__(self, progress: Progress) -> None:
        if progress.fraction == 1.0:
            self.wipe()
            return
        now = time.monotonic()
        # The first report of a call comes soon after it began.
        if self.start is None:
            self.start = now
        if now - self.start >= _PATIENCE:
            self._draw(f"{progress.what}: {int(100 * progress.fraction)}%")

    def _draw(self, text: str) -> None:
        sys.stderr.write("\r" + text.ljust(self.width))
        sys.stderr.flush()
        self.width = len(text)

    def wipe(self) -> None:
        if self.width:
            self._draw("")
            sys.stderr.write("\r")
            sys.stderr.flush()
        self.start = None


@contextmanager
def progress(callback: Callable[[Progress], object] | None = None) -> Iterator[None]:
    """Has the calls in its block tell how far they are.

    Parameters
    ----------
    callback : callable, optional
        Called with a ``Progress``, whose ``fraction`` goes from 0 to 1 in proportion to the arithmetic done, and whose
        ``what`` is as "solve 4000x4000 float64": about every 50 milliseconds, and with a fraction of 1 when a call
        is done. It runs on the calling thread; an exception of its ends the call. Without a callback a line is drawn
        on the standard error, if that is a terminal, for calls of more than half a second.

    Only calls of the same thread, or asynchronous task, are told of. Of blocks inside of blocks, the innermost is told.

    Examples
    --------
    >>> import resolvent as rs
    >>> with rs.progress(print):
    ...     rs.solve([[2, 1], [1, 3]], [5, 4])
    Progress(fraction=1.0, what='solve 2x2 float64')
    array([2.2, 0.6])
    """
    line = None
    if callback is None and sys.stderr is not None and sys.stderr.isatty():
        callback = line = _Line()
    token = watch(callback)
    try:
        yield
    finally:
        unwatch(token)
        if line is not None:
            line.wipe()
