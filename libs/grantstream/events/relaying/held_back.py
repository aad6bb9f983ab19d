"""Aggregates whose events wait because one of them can't be sent, though the broker is well.

Its topic isn't there, or may not be written to, or is not set up as it must be, or the broker finds the record too
large. It is never skipped: the
events of its aggregate wait behind it, on every topic: the fence should not tell of a state that is told nowhere. (It
does if a broker takes the fence's record and refuses the other one: rows of that aggregate are refused meanwhile.)
Those of all other aggregates go on. It is tried again and again, so that nothing is left to do but to mend the broker.
"""

import math
from collections import Counter
from dataclasses import dataclass
from typing import Final

_MOST_REASONS: Final = 3


@dataclass(slots=True)
class _Held:
    since: float
    until: float
    why: str


class HeldBack:
    """Subjects that are passed over for `pause` seconds at a time, at most `at_most` of them."""

    def __init__(self, *, pause: float, at_most: int) -> None:
        self._pause = pause
        self._at_most = at_most
        self._held: dict[str, _Held] = {}

    def hold(self, subject: str, why: str, now: float) -> bool:
        """Passes a subject over for a while. Whether it is a new one, which is noted unless there are too many."""
        known = self._held.get(subject)
        if known is not None:
            known.until, known.why = now + self._pause, why
            return False
        if self.is_full:
            return False
        self._held[subject] = _Held(now, now + self._pause, why)
        return True

    def release(self, subject: str) -> None:
        """An event of the subject went through."""
        if self._held:
            self._held.pop(subject, None)

    def passed_over(self, now: float) -> list[str]:
        """Those that are not to be tried now. Forgets who was to be tried long ago: somebody took the event away."""
        for subject in [one for one, held in self._held.items() if now - held.until > 2 * self._pause]:
            del self._held[subject]
        return [subject for subject, held in self._held.items() if now < held.until]

    def reasons(self) -> list[str]:
        """Why they are held back, the most frequent reasons first, and no more than a few."""
        counted = Counter(held.why for held in self._held.values())
        return [why for why, _ in counted.most_common(_MOST_REASONS)]

    def longest(self, now: float) -> float:
        """For how many seconds the first of them has been held back; 0 if there is none."""
        return max((now - held.since for held in self._held.values()), default=0.0)

    def next_try(self, now: float) -> float:
        """In how many seconds the next is to be tried again; far off if there is none."""
        return min((held.until - now for held in self._held.values() if held.until > now), default=math.inf)

    def clear(self) -> None:
        """Another relay may have sent them."""
        self._held.clear()

    def __len__(self) -> int:
        return len(self._held)

    @property
    def is_full(self) -> bool:
        """Whether so many are held back that it is no longer the single event's fault."""
        return len(self._held) >= self._at_most
