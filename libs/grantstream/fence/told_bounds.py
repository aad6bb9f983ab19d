"""What was told void of one subject, and when: an event is judged by what had been told when it was appended."""

from collections.abc import Iterable
from typing import NamedTuple

from grantstream.contracts.void import VoidBelow


class Told(NamedTuple):
    """Bounds, and their append time in epoch seconds."""

    at: float
    bounds: VoidBelow


History = tuple[Told, ...]
"""In the order of the log. Bounds are only ever raised, so that each of them counts from its time on."""


def adds_to(history: History, bounds: VoidBelow) -> bool:
    """Whether these bounds void anything that the known ones don't."""
    known = _all(history)
    return known.raised_to(bounds) != known


def told_too(history: History, told: Told, *, oldest: float) -> History:
    """The history with one entry more. What was told before `oldest` becomes one entry, so that it does not grow."""
    past = tuple(entry for entry in history if entry.at < oldest)
    if len(past) > 1:
        history = (Told(past[-1].at, _all(past)), *history[len(past) :])
    return (*history, told)


def _all(history: Iterable[Told]) -> VoidBelow:
    known = VoidBelow()
    for entry in history:
        known = known.raised_to(entry.bounds)
    return known
