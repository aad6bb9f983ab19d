"""Which rules were told when, oldest first: so that each can be forgotten in its time, without a look at all others."""

from array import array
from collections.abc import Iterator
from typing import Final

_COMPACTED_FROM: Final = 1_024
_LATEST: Final = 2**32 - 1


def second_of(appended_at: float) -> int:
    """The second in which something was told, as it is kept: in half the room that the moment itself would take."""
    return min(max(int(appended_at), 0), _LATEST)


class RuleAges:
    """In which second each was told, and of which slot, in the order in which they came."""

    def __init__(self) -> None:
        self._seconds = array("I")
        self._slots = array("I")
        self._first = 0

    def __len__(self) -> int:
        return len(self._seconds) - self._first

    def append(self, second: int, slot: int) -> None:
        """Something was told about the rule in this slot."""
        self._seconds.append(second)
        self._slots.append(slot)

    def taken_before(self, oldest: int) -> Iterator[int]:
        """Takes out what was told before this second, up to the first that was not, and gives the slots."""
        while self._first < len(self._seconds) and self._seconds[self._first] < oldest:
            self._first += 1
            yield self._slots[self._first - 1]
        if self._first >= _COMPACTED_FROM and 2 * self._first >= len(self._seconds):
            del self._seconds[: self._first], self._slots[: self._first]
            self._first = 0
