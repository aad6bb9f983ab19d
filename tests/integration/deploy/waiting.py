"""Wait on a condition, never on a clock."""

import threading
import time
from collections.abc import Callable


def wait_for(condition: Callable[[], bool], seconds: float = 15.0) -> None:
    """Return once `condition` holds; fail the test if it doesn't within `seconds`."""
    deadline = time.monotonic() + seconds
    pause = threading.Event()
    while not condition():
        assert time.monotonic() < deadline, f"it did not come true within {seconds} s"
        pause.wait(0.02)
