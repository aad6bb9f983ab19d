"""The pace of repairs: after a delay, a few at a time, and no key too often."""

from collections.abc import Iterable, Iterator
from itertools import islice

from grantstream.events.relaying.last_word_memory import Suspicion
from grantstream.events.relaying.last_word_settings import LastWordSettings

_Place = tuple[str, bytes]


class RepairPace:
    """Decides which suspicions are due. Remembers each repair until its key may be repaired again."""

    def __init__(self, settings: LastWordSettings) -> None:
        self._settings = settings
        self._repaired_at: dict[_Place, float] = {}

    def due(self, suspicions: Iterable[Suspicion], now: float) -> Iterator[Suspicion]:
        """Those that are due, at most `repairs_at_a_time`."""
        self._forget_old(now)
        due = (suspicion for suspicion in suspicions if self._is_due(suspicion, now))
        return islice(due, self._settings.repairs_at_a_time)

    def repaired(self, suspicion: Suspicion, now: float) -> None:
        """A key was repaired."""
        place = (suspicion.topic, suspicion.key)
        self._repaired_at.pop(place, None)
        self._repaired_at[place] = now

    def _is_due(self, suspicion: Suspicion, now: float) -> bool:
        is_settled = now - suspicion.since >= self._settings.settle
        return is_settled and (suspicion.topic, suspicion.key) not in self._repaired_at

    def _forget_old(self, now: float) -> None:
        """The entries are in the order of their times."""
        while self._repaired_at:
            oldest = next(iter(self._repaired_at))
            if now - self._repaired_at[oldest] < self._settings.repeat_after:
                return
            del self._repaired_at[oldest]
