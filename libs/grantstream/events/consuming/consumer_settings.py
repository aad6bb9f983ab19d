"""Limits and pauses of a consumer, and the callbacks for its metrics."""

from collections.abc import Callable
from dataclasses import dataclass

from grantstream.contracts.no_op import no_op


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsumerSettings:
    """All times in seconds.

    `max_records`: records handled in one transaction. An event with an unknown signing key waits `key_limit` for it,
    unless it is older than `key_limit` + `clock_tolerance`. A failing handler is tried `poison_tries` times, and
    without limit while the failure is temporary. A member that is blocked longer than `max_poll_interval` loses its
    partitions to others until it continues. Every `offsets_every` its offsets are compared with the topics. A group is
    not ready if it is more than `lag_limit` events behind, or has waiting events and finishes none for `stuck_after`.
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
    offsets_every: float = 1.0
    dead_letter_deadline: float = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsumerObserver:
    """Callbacks that count what a consumer does, for metrics.

    `handled(topic, events)`, `skipped(topic, why)`, `retried(topic, error's name)`, `dead_letter(topic, reason)`,
    `lag(topic, partition, events)`.
    """

    handled: Callable[[str, int], None] = no_op
    skipped: Callable[[str, str], None] = no_op
    retried: Callable[[str, str], None] = no_op
    dead_letter: Callable[[str, str], None] = no_op
    lag: Callable[[str, int, int], None] = no_op
