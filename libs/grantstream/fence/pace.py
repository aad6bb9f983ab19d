"""How often a process looks at the log: at once while little happens, and the less often the more is going on.

A look costs more than what it finds, and every process looks at what every other one says. So when many changes come,
looking a little later finds more at once, and leaves the machine the time to get it done.
"""

import math

_BUSY_FROM: float = 4.0
"""Records a second for each instance: a lone change makes each of them speak once, beside its heartbeat."""


class Pace:
    """Counts what was found lately, with a memory of about a second."""

    def __init__(self) -> None:
        self._lately = 0.0
        self._counted_at = 0.0

    def pause(self, found: int, *, instances: int, per_instance: float, now: float) -> float:
        """Seconds to wait after a look that found so many records. `now`: the boot-time clock."""
        self._lately = self._lately * math.exp(min(0.0, self._counted_at - now)) + found
        self._counted_at = now
        return per_instance * instances if self._lately > _BUSY_FROM * (instances + 1) else 0.0
