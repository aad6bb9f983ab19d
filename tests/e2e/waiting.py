"""Wait on a condition, never on a clock."""

import threading
import time
from collections.abc import Callable
from typing import TypeVar

FoundT = TypeVar("FoundT")
_PAUSE = 0.02


def until(find: Callable[[], FoundT | None], what: str, *, seconds: float = 20.0) -> FoundT:
    """The first true thing that `find` gives; fails the test if there is none within `seconds`."""
    deadline = time.monotonic() + seconds
    pause = threading.Event()
    while not (found := find()):
        assert time.monotonic() < deadline, f"not within {seconds:g} s: {what}"
        pause.wait(_PAUSE)
    return found
