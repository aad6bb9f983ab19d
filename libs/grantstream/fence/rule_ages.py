"""Which rules were told when, oldest first: so that each can be forgotten in its time, without a look at all others."""

from array import array
from collections.abc import Iterator
from typing import Final

_COMPACTED_FROM: Final = 1_024


class RuleAges:
    """Append times and slots, in the order in which they came."""

    def __init__(self) -> None:
        self._times = array("d")
        self._slots = array("I")
        self._first = 0

    def __len__(self) -> int:
        return len(self._times) - self._first

    def append(self, appended_at: float, slot: int) -> None:
        """Something was told about the rule in this slot."""
        self._times.append(appended_at)
        self._slots.append(slot)

    def taken_before(self, oldest: float) -> Iterator[int]:
        """Takes out what was told before `oldest`, up to the first that was not, and gives the slots."""
        while self._first < len(self._times) and self._times[self._first] < oldest:
            self._first += 1
            yield self._slots[self._first - 1]
        if self._first >= _COMPACTED_FROM and 2 * self._first >= len(self._times):
            del self._times[: self._first], self._slots[: self._first]
            self._first = 0
