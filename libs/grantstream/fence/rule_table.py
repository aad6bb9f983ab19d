"""The table of rules: numbers in columns, found by the hash of their subject.

A process may have to know a million of them, and Python objects would take several times the memory. A hash of 60 bits
with a secret of the process (Python's own for texts) is as good as the subject itself; if two subjects have the same
hash nevertheless, the second check detects it, and the later one is stored by its whole name.

The columns grow in mapped memory, of which only the used pages count. In the heap, growing arrays leave holes behind: a
tenth of the memory, with a million rules.
"""

import mmap
from array import array
from collections.abc import Iterator
from typing import Final, Literal, TypeVar
from zlib import crc32

NumberT = TypeVar("NumberT", int, float)

_FIRST: Final = 1_024
"""Length of a new column."""

_WIDTHS: Final = {"I": 4, "q": 8, "Q": 8, "d": 8}
"""Bytes of a number, by type code."""


def numbers(kind: Literal["I", "q", "Q"]) -> "memoryview[int]":
    """A column of whole numbers, all of them 0; `kind` as in the module `array`."""
    return _mapped(_FIRST * _WIDTHS[kind]).cast(kind)


def moments() -> "memoryview[float]":
    """A column of epoch seconds, all of them 0.0."""
    return _mapped(_FIRST * _WIDTHS["d"]).cast("d")


def grown(column: "memoryview[NumberT]") -> "memoryview[NumberT]":
    """The column with twice the length; the new half is 0. The old memory is freed with its last reference."""
    wider: memoryview[NumberT] = _mapped(2 * column.nbytes).cast(column.format)  # type: ignore[call-overload]
    wider[: len(column)] = column
    return wider


def _mapped(size: int) -> memoryview:
    # Private: a forked process must not write into its parent's rules.
    return memoryview(mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS))


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


NOWHERE: Final = -1
"""Instead of a slot: the subject has no rule."""

_FREE: Final = 2**32 - 1
"""Instead of a second: the slot is free."""


class RuleTable:
    """Columns of numbers, with a slot for each subject; a freed slot is used again.

    `version`, `offset`: of the newest change. `changed_in`: the second of the last one. `void_version`, `void_since`:
    the bound that the first narrowing set, and its append time; 0: there is none, or it needs more than one number.
    """

    def __init__(self) -> None:
        self.version = numbers("Q")
        self.offset = numbers("q")
        self.changed_in = numbers("I")
        self.void_version = numbers("Q")
        self.void_since = moments()
        self._hashes = numbers("q")
        self._checks = numbers("I")
        self._used = 0
        self._slots: dict[int, int] = {}
        self._namesakes: dict[str, int] = {}
        self._free: list[int] = []

    def __len__(self) -> int:
        return len(self._slots) + len(self._namesakes)

    def find(self, subject: str) -> int:
        """The subject's slot, or NOWHERE."""
        slot = self._slots.get(_hashed(subject), NOWHERE)
        if slot != NOWHERE and self._checks[slot] == crc32(subject.encode()):
            return slot
        return self._namesakes.get(subject, NOWHERE) if self._namesakes else NOWHERE

    def add(self, subject: str) -> int:
        """A slot for a subject that has none; the caller sets its columns."""
        slot = self._free.pop() if self._free else self._next()
        hashed = _hashed(subject)
        self._hashes[slot] = hashed
        self._checks[slot] = crc32(subject.encode())
        if self._slots.setdefault(hashed, slot) != slot:
            self._namesakes[subject] = slot
        self.void_version[slot], self.void_since[slot] = 0, 0.0
        return slot

    def remove(self, slot: int) -> None:
        """Frees a slot, whose columns have no meaning then."""
        if self._slots.get(self._hashes[slot]) == slot:
            del self._slots[self._hashes[slot]]
        else:
            self._namesakes = {name: place for name, place in self._namesakes.items() if place != slot}
        self.changed_in[slot] = _FREE
        self._free.append(slot)

    def _next(self) -> int:
        if self._used == len(self.version):
            self.version, self.offset = grown(self.version), grown(self.offset)
            self.void_version, self.void_since = grown(self.void_version), grown(self.void_since)
            self.changed_in, self._hashes, self._checks = map(grown, (self.changed_in, self._hashes, self._checks))
        self._used += 1
        return self._used - 1


def _hashed(subject: str) -> int:
    # A number of 61 bits and more takes half as much memory again.
    return hash(subject) >> 4
