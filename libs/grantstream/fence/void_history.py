"""The void bounds of one subject, with their times: an event is judged by the bounds at its append time."""

from collections import deque
from typing import Final, NamedTuple

from grantstream.contracts.void import VoidBelow

MOST_NAMES: Final = 1_000
"""So many scopes and grants of a subject have bounds of their own. There are some 80; with more, one producer could
fill every process's memory, so then all the subject's tokens below the highest bound are void."""


class DatedBounds(NamedTuple):
    """Bounds, and their append time in epoch seconds."""

    at: float
    bounds: VoidBelow


class History:
    """The bounds of one subject, in the order of the log. Bounds only rise: each counts from its time on."""

    __slots__ = ("_all", "_entries")

    def __init__(self, first: DatedBounds) -> None:
        self._entries = deque([first])
        self._all = first.bounds

    def __len__(self) -> int:
        return len(self._entries)

    def covers(self, bounds: VoidBelow) -> bool:
        """Whether these bounds void no more tokens than the present ones."""
        return self._all.raised_to(bounds) == self._all

    def add(self, dated: DatedBounds, *, oldest: float) -> None:
        """Adds an entry. Entries from before `oldest` become one, so that the history does not grow."""
        self._entries.append(dated)
        self._all = _both(self._all, dated.bounds)
        while len(self._entries) > 1 and self._entries[1].at < oldest:
            first, second = self._entries.popleft(), self._entries[0]
            self._entries[0] = DatedBounds(second.at, _both(first.bounds, second.bounds))

    def is_in_force(self, at: float | None) -> bool:
        """Whether there were any bounds at `at`; None: now."""
        return at is None or any(since <= at for since, _ in self._entries)

    def voids(self, version: int, scopes: frozenset[str], grant_type: str, *, at: float | None) -> bool:
        """Whether a token issued from `version` was void at `at`; None: now."""
        if at is None or self._entries[-1].at <= at:
            return self._all.voids(version, scopes, grant_type)
        return any(since <= at and bounds.voids(version, scopes, grant_type) for since, bounds in self._entries)


def _both(left: VoidBelow, right: VoidBelow) -> VoidBelow:
    known = left.raised_to(right)
    if len(known.scopes) + len(known.grants) <= MOST_NAMES:
        return known
    return VoidBelow(version=max(known.version, *known.scopes.values(), *known.grants.values()))
