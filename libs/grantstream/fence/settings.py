"""The limits of the fence."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Self

from grantstream.contracts.claims import CLOCK_TOLERANCE, MAX_TOKEN_LIFETIME, RULE_LIFETIME

MAX_CLOCK_DRIFT: Final = 0.01
"""The greatest rate error of a boot-time clock over some seconds. NTP's own limit is 500 ppm; daemons that slew faster
do so only briefly."""

_RECONNECT_AFTER: Final = 4.0


@dataclass(frozen=True, slots=True, kw_only=True)
class FenceSettings:
    """All in seconds.

    `max_staleness`: a process whose proof of being current is older refuses; answers wait for a silent process as long
    as the longest one in use. `answer_limit`: the longest wait of an answer.
    `coalescing`: at most one `fence.reached` in this time, or in `coalescing_per_instance` for each instance, if that
    is longer: every process reads every other's records, so the load grows with the square of their number.
    `reading_per_instance`: the pause between two reads of a busy log, for each instance.
    `heartbeat`: at least one `fence.reached` in this time.
    `reconnect_after`: if this process's proof is this old, it reopens its clients.
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
        """Settings for a `max_staleness` of at least 3 s."""
        return cls(
            max_staleness=max_staleness,
            answer_limit=answer_limit,
            reconnect_after=min(_RECONNECT_AFTER, max_staleness / 2),
        )

    def pause_between_reports(self, instances: int) -> float:
        """The least time between two `fence.reached` of a process that knows so many others."""
        return min(self.heartbeat, max(self.coalescing, self.coalescing_per_instance * instances))

    def gone_after(self, reported: float | None = None) -> float:
        """How long to wait for a silent instance: until it refuses by itself, however the clocks' rates differ.

        `reported`: the instance's own `max_staleness`, if known. Values differ while a new one is rolled out.
        """
        return max(self.max_staleness, reported or 0.0) * (1 + MAX_CLOCK_DRIFT) / (1 - MAX_CLOCK_DRIFT)

    def __post_init__(self) -> None:
        """Raises ValueError for values that contradict each other."""
        if self.coalescing_per_instance < 0 or self.reading_per_instance < 0:
            raise ValueError("coalescing_per_instance and reading_per_instance can't be negative")
        if not 0 < self.coalescing <= self.heartbeat < self.reconnect_after <= self.max_staleness:
            raise ValueError("0 < coalescing <= heartbeat < reconnect_after <= max_staleness must hold")
        # A token may be issued from a state this old, and must not outlive the rule that voids it.
        if timedelta(seconds=self.gone_after()) + 2 * CLOCK_TOLERANCE > RULE_LIFETIME - MAX_TOKEN_LIFETIME:
            raise ValueError("max_staleness is more than the lifetime of rules allows for")
