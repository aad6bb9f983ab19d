"""How often a process reads the log: at once while it is quiet, less often while it is busy.

A fetch costs more than its records, and every process reads what every other one reports. So when many changes come, a
later fetch gets more records at once, and saves the machine's time.
"""

import math

_BUSY_FROM: float = 4.0
"""Records a second for each instance: a single change makes each of them report once, besides its heartbeat."""


class PollBackoff:
    """Counts recent records, with a memory of about a second."""

    def __init__(self) -> None:
        self._lately = 0.0
        self._counted_at = 0.0

    def pause(self, records: int, *, instances: int, per_instance: float, now: float) -> float:
        """Seconds to wait after a fetch of so many records. `now`: the boot-time clock."""
        self._lately = self._lately * math.exp(min(0.0, self._counted_at - now)) + records
        self._counted_at = now
        return per_instance * instances if self._lately > _BUSY_FROM * (instances + 1) else 0.0
