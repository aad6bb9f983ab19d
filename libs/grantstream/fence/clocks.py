"""The clocks that a process dates its own doings with."""

import time


def boot_clock() -> float:
    """Seconds since the machine started, those included in which it, or this process, was stopped."""
    if hasattr(time, "CLOCK_BOOTTIME"):
        return time.clock_gettime(time.CLOCK_BOOTTIME)
    return time.monotonic()
