"""When each rule was set, oldest first: so that old rules can be forgotten without a scan of all others."""

from array import array
from collections.abc import Iterator
from typing import Final

_COMPACTED_FROM: Final = 1_024
_LATEST: Final = 2**32 - 1


def second_of(appended_at: float) -> int:
    """The whole second of an append time, which needs half the memory of the exact time."""
    return min(max(int(appended_at), 0), _LATEST)


class RuleAges:
    """The seconds of changes and their slots, in the order of arrival."""

    def __init__(self) -> None:
        self._seconds = array("I")
        self._slots = array("I")
        self._first = 0

    def __len__(self) -> int:
        return len(self._seconds) - self._first

    def append(self, second: int, slot: int) -> None:
        """Notes a change of the rule in this slot."""
        self._seconds.append(second)
        self._slots.append(slot)

    def pop_before(self, oldest: int) -> Iterator[int]:
        """Removes the changes from before this second, up to the first that is not, and returns their slots."""
        while self._first < len(self._seconds) and self._seconds[self._first] < oldest:
            self._first += 1
            yield self._slots[self._first - 1]
        if self._first >= _COMPACTED_FROM and 2 * self._first >= len(self._seconds):
            del self._seconds[: self._first], self._slots[: self._first]
            self._first = 0
