"""Aggregates whose events wait because one of them can't be sent, though the broker works.

Its topic is missing, forbidden or wrongly set up, or the record is too large. The event is retried and never skipped.
All later events of its aggregate wait, on every topic, so that the fence does not name a state that was not published.
(If the broker accepts only the fence's record, rows of that aggregate are refused meanwhile.) Events of other
aggregates are sent. Once the broker is repaired, the relay continues by itself.
"""

import math
from collections import Counter
from dataclasses import dataclass
from typing import Final

_MOST_REASONS: Final = 3


@dataclass(slots=True)
class _Blocked:
    since: float
    until: float
    why: str


class BlockedAggregates:
    """Subjects that are skipped for `pause` seconds between tries, at most `at_most` of them."""

    def __init__(self, *, pause: float, at_most: int) -> None:
        self._pause = pause
        self._at_most = at_most
        self._blocked: dict[str, _Blocked] = {}

    def block(self, subject: str, why: str, now: float) -> bool:
        """Skips a subject for a while. Returns whether it was added: False if it is known, or there are too many."""
        known = self._blocked.get(subject)
        if known is not None:
            known.until, known.why = now + self._pause, why
            return False
        if self.is_full:
            return False
        self._blocked[subject] = _Blocked(now, now + self._pause, why)
        return True

    def unblock(self, subject: str) -> None:
        """An event of the subject was acknowledged."""
        if self._blocked:
            self._blocked.pop(subject, None)

    def skipped(self, now: float) -> list[str]:
        """The subjects that are not tried now. Forgets those that were due long ago: their event is gone."""
        for subject in [one for one, entry in self._blocked.items() if now - entry.until > 2 * self._pause]:
            del self._blocked[subject]
        return [subject for subject, entry in self._blocked.items() if now < entry.until]

    def reasons(self) -> list[str]:
        """Why they are blocked: the most frequent reasons, at most a few."""
        counted = Counter(entry.why for entry in self._blocked.values())
        return [why for why, _ in counted.most_common(_MOST_REASONS)]

    def longest(self, now: float) -> float:
        """For how many seconds the first of them has been blocked; 0 if there is none."""
        return max((now - entry.since for entry in self._blocked.values()), default=0.0)

    def next_try(self, now: float) -> float:
        """In how many seconds the next one is tried again; infinity if there is none."""
        return min((entry.until - now for entry in self._blocked.values() if entry.until > now), default=math.inf)

    def clear(self) -> None:
        """Another relay may have sent them."""
        self._blocked.clear()

    def __len__(self) -> int:
        return len(self._blocked)

    @property
    def is_full(self) -> bool:
        """Whether so many are blocked that single events can't be the cause."""
        return len(self._blocked) >= self._at_most
