"""Limits and pauses of a group of consumers, and what it tells of itself."""

from collections.abc import Callable
from dataclasses import dataclass

from grantstream.guard.no_op import no_op


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsumerSettings:
    """All times in seconds.

    `max_records` are handled in one transaction. An event whose signing key isn't known waits `key_limit` for it, but
    only if it is not older than `key_limit` and `clock_tolerance` together. A handler that fails is tried
    `poison_tries` times, unless the fault passes. A member that is held up longer than `max_poll_interval` leaves its
    partitions to others until it goes on. Every `places_every` its places are compared with the topics. `lag_limit`: a
    group that is more events behind is not ready. `stuck_after`: nor is one that has events before it and finishes none
    for so long, whatever keeps it.
    """

    max_records: int = 200
    empty_poll: float = 0.01
    connection_limit: float = 5.0
    poison_tries: int = 5
    first_pause: float = 0.05
    longest_pause: float = 5.0
    key_limit: float = 5.0
    key_poll: float = 0.1
    clock_tolerance: float = 30.0
    session_timeout: float = 10.0
    heartbeat_interval: float = 0.5
    max_poll_interval: float = 300.0
    metadata_max_age: float = 5.0
    stop_limit: float = 2.0
    lag_every: float = 1.0
    lag_limit: int = 1_000
    stuck_after: float = 15.0
    places_every: float = 1.0
    dead_letter_deadline: float = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsumerObserver:
    """Who is told what a group of consumers does; metrics hang on it.

    `handled(topic, events)`, `skipped(topic, why)`, `retried(topic, error's name)`, `dead_letter(topic, reason)`,
    `lag(topic, partition, events)`.
    """

    handled: Callable[[str, int], None] = no_op
    skipped: Callable[[str, str], None] = no_op
    retried: Callable[[str, str], None] = no_op
    dead_letter: Callable[[str, str], None] = no_op
    lag: Callable[[str, int, int], None] = no_op
