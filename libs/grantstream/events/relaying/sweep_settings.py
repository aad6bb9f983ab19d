"""Intervals and limits of the owner's sweep, and the callback for its metric."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from grantstream.no_op import no_op

_DAY: Final = 86_400.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepSettings:
    """All times in seconds.

    `every`: between two sweeps of one kind of aggregate; `look_every`: between two checks whether one is due.
    `records_at_a_time` are judged before other tasks of the event loop have their turn. With more than `most_keys`
    held, those that are right are dropped. `database_limit`: for a connection of the pool. A sweep that fails is
    tried again after a pause that doubles from `first_pause` to `longest_pause`.
    """

    every: float = _DAY
    look_every: float = 30.0
    records_at_a_time: int = 50
    most_keys: int = 100_000
    database_limit: float = 5.0
    first_pause: float = 1.0
    longest_pause: float = 300.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepObserver:
    """`outcome(topic, outcome)`: the result for one aggregate, a value of `Outcome` other than `right`."""

    outcome: Callable[[str, str], None] = no_op
