"""The clock for measuring time within a process."""

import time


def boot_clock() -> float:
    """Seconds since the machine started, including those in which it, or this process, was stopped."""
    if hasattr(time, "CLOCK_BOOTTIME"):
        return time.clock_gettime(time.CLOCK_BOOTTIME)
    return time.monotonic()
