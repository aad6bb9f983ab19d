"""The limits of the fence."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Self

from grantstream.contracts.claims import CLOCK_TOLERANCE, MAX_TOKEN_LIFETIME, RULE_LIFETIME

MAX_CLOCK_DRIFT: Final = 0.01
"""How much faster or slower than true time a boot-time clock runs at most, over some seconds. NTP's own limit is 500
ppm; daemons that slew faster do so for a moment."""

_RECONNECT_AFTER: Final = 4.0


@dataclass(frozen=True, slots=True, kw_only=True)
class FenceSettings:
    """All in seconds.

    `max_staleness`: a process whose proof of being current is older refuses; the longest that any process uses is also
    how long a silent one is waited for. `answer_limit`: how long an answer waits for all.
    `coalescing`: at most one `fence.reached` in this time, or in `coalescing_per_instance` for each instance there is,
    if that is longer: every process reads what every process says, so all of it grows with the square of their number.
    `reading_per_instance`: while much is going on, for each instance the pause between two looks at the log.
    `heartbeat`: at least one word in this time.
    `reconnect_after`: an own proof this old makes the clients be opened anew.
    """

    max_staleness: float = 8.0
    answer_limit: float = 2.0
    coalescing: float = 0.010
    coalescing_per_instance: float = 0.002
    reading_per_instance: float = 0.002
    heartbeat: float = 1.0
    reconnect_after: float = _RECONNECT_AFTER

    @classmethod
    def for_staleness(cls, max_staleness: float, *, answer_limit: float) -> Self:
        """Settings that go with a `max_staleness` of at least 3 s."""
        return cls(
            max_staleness=max_staleness,
            answer_limit=answer_limit,
            reconnect_after=min(_RECONNECT_AFTER, max_staleness / 2),
        )

    def pause_between_words(self, instances: int) -> float:
        """The least time between two `fence.reached` of a process that knows of so many others."""
        return min(self.heartbeat, max(self.coalescing, self.coalescing_per_instance * instances))

    def gone_after(self, told: float | None = None) -> float:
        """How long a silent instance is waited for: until it refuses by itself, however their clocks' rates differ.

        `told`: the instance's own `max_staleness`, if it said so. While a new value is brought to one process after the
        other they differ.
        """
        return max(self.max_staleness, told or 0.0) * (1 + MAX_CLOCK_DRIFT) / (1 - MAX_CLOCK_DRIFT)

    def __post_init__(self) -> None:
        """Raises ValueError for values that contradict each other."""
        if self.coalescing_per_instance < 0 or self.reading_per_instance < 0:
            raise ValueError("coalescing_per_instance and reading_per_instance can't be negative")
        if not 0 < self.coalescing <= self.heartbeat < self.reconnect_after <= self.max_staleness:
            raise ValueError("0 < coalescing <= heartbeat < reconnect_after <= max_staleness must hold")
        # A token may be issued from a state that old, and must not outlive the rule that voids it.
        if timedelta(seconds=self.gone_after()) + 2 * CLOCK_TOLERANCE > RULE_LIFETIME - MAX_TOKEN_LIFETIME:
            raise ValueError("max_staleness is more than the lifetime of rules allows for")
