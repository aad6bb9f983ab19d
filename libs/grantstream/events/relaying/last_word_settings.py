"""Limits and pauses of keeping last words, and what is told of it."""

from collections.abc import Callable
from dataclasses import dataclass

from grantstream.guard.no_op import no_op


@dataclass(frozen=True, slots=True, kw_only=True)
class LastWordSettings:
    """All times in seconds.

    A record is suspect for `settle` before anything is done: the next one may put it right, as when a window is sent
    again. The same key is looked at again after `repeat_after`, so that a repair which is itself refused makes no loop.
    At most `repairs_at_a_time` suspicions are looked into before records are read again, every `recheck` if there are
    none to read. With `most_suspicions` nothing more is read before some are looked into. Where the topics end is asked
    every `ask_every`; who reads nothing of what is there, or fails, for `stuck_after` is in trouble.
    """

    settle: float = 2.0
    repeat_after: float = 60.0
    recheck: float = 0.5
    repairs_at_a_time: int = 20
    records_at_a_time: int = 100
    most_suspicions: int = 100_000
    key_limit: float = 5.0
    database_limit: float = 5.0
    ask_every: float = 5.0
    stuck_after: float = 15.0


@dataclass(frozen=True, slots=True, kw_only=True)
class LastWordObserver:
    """`outcome(topic, what became of a suspicion)`: the values of `last_word_repair.Repair`."""

    outcome: Callable[[str, str], None] = no_op
