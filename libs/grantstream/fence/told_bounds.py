"""What was told void of one subject, and when: an event is judged by what had been told when it was appended."""

from collections import deque
from typing import Final, NamedTuple

from grantstream.contracts.void import VoidBelow

MOST_NAMES: Final = 1_000
"""So many scopes and grants of a subject are told apart. There are some 80; with more, whoever may narrow one subject
could fill every process's memory, and so all its tokens below the highest bound are void instead."""


class Told(NamedTuple):
    """Bounds, and their append time in epoch seconds."""

    at: float
    bounds: VoidBelow


class History:
    """What was told of one subject, in the order of the log. Bounds are only ever raised: each counts from then on."""

    __slots__ = ("_all", "_told")

    def __init__(self, first: Told) -> None:
        self._told = deque([first])
        self._all = first.bounds

    def __len__(self) -> int:
        return len(self._told)

    def covers(self, bounds: VoidBelow) -> bool:
        """Whether these bounds void nothing that isn't void anyway."""
        return self._all.raised_to(bounds) == self._all

    def add(self, told: Told, *, oldest: float) -> None:
        """One entry more. What was told before `oldest` becomes one entry, so that it does not grow."""
        self._told.append(told)
        self._all = _both(self._all, told.bounds)
        while len(self._told) > 1 and self._told[1].at < oldest:
            first, second = self._told.popleft(), self._told[0]
            self._told[0] = Told(second.at, _both(first.bounds, second.bounds))

    def is_told(self, at: float | None) -> bool:
        """Whether anything had been told at `at`; None: by now."""
        return at is None or any(told_at <= at for told_at, _ in self._told)

    def voids(self, version: int, scopes: frozenset[str], grant_type: str, *, at: float | None) -> bool:
        """Whether a token issued from `version` was void at `at`; None: is by now."""
        if at is None or self._told[-1].at <= at:
            return self._all.voids(version, scopes, grant_type)
        return any(told_at <= at and bounds.voids(version, scopes, grant_type) for told_at, bounds in self._told)


def _both(left: VoidBelow, right: VoidBelow) -> VoidBelow:
    known = left.raised_to(right)
    if len(known.scopes) + len(known.grants) <= MOST_NAMES:
        return known
    return VoidBelow(version=max(known.version, *known.scopes.values(), *known.grants.values()))
