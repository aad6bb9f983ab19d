"""Which rules were told when, oldest first: so that each can be forgotten in its time, without a look at all others."""

from array import array
from collections.abc import Iterator
from typing import Final

_COMPACTED_FROM: Final = 1_024
_LATEST: Final = 2**32 - 1


class RuleAges:
    """Append times and slots, in the order in which they came; times by the second, which takes half the room."""

    def __init__(self) -> None:
        self._times = array("I")
        self._slots = array("I")
        self._first = 0

    def __len__(self) -> int:
        return len(self._times) - self._first

    def append(self, appended_at: float, slot: int) -> None:
        """Something was told about the rule in this slot."""
        self._times.append(min(int(appended_at), _LATEST))
        self._slots.append(slot)

    def taken_before(self, oldest: int) -> Iterator[int]:
        """Takes out what was told before `oldest`, up to the first that was not, and gives the slots.

        `oldest`: a whole second of the epoch, before which a time lies exactly if its own second does.
        """
        while self._first < len(self._times) and self._times[self._first] < oldest:
            self._first += 1
            yield self._slots[self._first - 1]
        if self._first >= _COMPACTED_FROM and 2 * self._first >= len(self._times):
            del self._times[: self._first], self._slots[: self._first]
            self._first = 0
