"""Where in the log a process reads on, and when it can't."""

from typing import Final

from grantstream.contracts.claims import RULE_LIFETIME

_MARGIN_SECONDS: Final = 60.0


class FenceLost(Exception):
    """A process can never go on from its place in the log; one that starts afresh can.

    The log has no record there, so that what it missed can't be told; or there stands one that it can't judge.
    """


def oldest_that_matters(*, wall: float, log_time: float) -> float:
    """The append time from which on records can matter to a process that starts, in epoch seconds.

    `wall`: the process's time of day; `log_time`: the newest append time in the log. The slower of the two counts, as
    it does for forgetting: a clock that is ahead, and is put right later, would make the process miss rules for good.
    """
    return min(wall, log_time) - RULE_LIFETIME.total_seconds() - _MARGIN_SECONDS


def place_behind(after: int, *, beginning: int, end: int) -> int:
    """The offset at which a process that has read up to `after` reads on, in a log from `beginning` to `end`.

    Raises FenceLost if the log no longer reaches back, or does not reach up, to that place.
    """
    if not beginning <= after + 1 <= end:
        raise FenceLost(f"the fence runs from {beginning} to {end}, this process stood at {after}")
    return after + 1
