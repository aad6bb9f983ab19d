"""The offset at which a process continues reading, and when it can't."""

from typing import Final

from grantstream.contracts.claims import RULE_LIFETIME

_MARGIN_SECONDS: Final = 60.0


class FenceLost(Exception):
    """A process can never continue from its offset in the log; a restarted one can read it.

    The log has no record there, so that what it missed is unknown; or it has one that the process can't judge.
    """


def oldest_that_matters(*, wall: float, log_time: float) -> float:
    """The append time from which on records can matter to a starting process, in epoch seconds.

    `wall`: the process's time of day; `log_time`: the newest append time in the log. The slower of the two counts, as
    it does for forgetting: with a clock that is ahead, and is corrected later, the process would miss rules for good.
    """
    return min(wall, log_time) - RULE_LIFETIME.total_seconds() - _MARGIN_SECONDS


def resume_offset(after: int, *, beginning: int, end: int) -> int:
    """The offset at which a process that has read up to `after` continues, in a log from `beginning` to `end`.

    Raises FenceLost if the log no longer reaches back, or does not reach up, to that offset.
    """
    if not beginning <= after + 1 <= end:
        raise FenceLost(f"the fence runs from {beginning} to {end}, this process stood at {after}")
    return after + 1
