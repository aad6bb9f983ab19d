"""Limits and pauses of the relay, and what it tells of itself."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

RelayFailure = Literal["broker", "database", "token_validity"]
RelayRole = Literal["active", "spare", "disconnected"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RelaySettings:
    """All times in seconds.

    `window` is how many events are sent before their acknowledgements are gathered. While nothing waits, the outbox is
    looked at every `idle_poll`, and less and less often down to every `longest_idle_poll`; a nudge cuts that short.
    `send_deadline` is the most that a window may take, `stop_limit` the most when the relay is to end. A spare tries
    to become the active relay every `takeover_poll`. The backlog is measured `measure_every`, and counted up to
    `count_up_to` events.
    """

    window: int = 500
    idle_poll: float = 0.1
    longest_idle_poll: float = 0.5
    send_deadline: float = 10.0
    stop_limit: float = 2.0
    takeover_poll: float = 0.25
    first_pause: float = 0.05
    longest_pause: float = 5.0
    database_timeout: float = 10.0
    measure_every: float = 1.0
    count_up_to: int = 10_000
    unhealthy_after: float = 15.0


def _nothing(*_arguments: object) -> None:
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class RelayObserver:
    """Who is told what the relay does; metrics hang on it.

    `sent(events)`, `failed(kind)` once a failed window, `backlog(size, age in seconds of the oldest)`.
    """

    sent: Callable[[int], None] = _nothing
    failed: Callable[[RelayFailure], None] = _nothing
    backlog: Callable[[int, float], None] = _nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class RelayStatus:
    """How a relay is. `role`: `active` sends, `spare` waits to take over, `disconnected` has no database.

    `is_healthy`: connected, and no failure has lasted longer than `unhealthy_after`. `detail` is safe for anybody.
    """

    role: RelayRole
    is_healthy: bool
    detail: str
