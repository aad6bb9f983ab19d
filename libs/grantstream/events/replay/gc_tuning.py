"""Fewer runs of Python's garbage collector while very many objects without cycles come and go."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

_THRESHOLDS: Final = (50_000, 20, 100)


@contextmanager
def reduced_gc() -> Iterator[None]:
    """Runs the collector a seventieth as often until the block ends. For a process that does nothing else meanwhile.

    A batch of thousands of records outlives the collector's first generations, so each object is examined again and
    again: that is a quarter of the time of a rebuild.
    """
    before = gc.get_threshold()
    gc.set_threshold(*_THRESHOLDS)
    try:
        yield
    finally:
        gc.set_threshold(*before)
