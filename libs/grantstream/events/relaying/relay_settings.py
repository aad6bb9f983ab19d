"""Limits and pauses of the relay, and what it tells of itself."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from grantstream.guard.no_op import no_op

RelayFailure = Literal["broker", "database", "token", "token_validity", "event"]
RelayRole = Literal["active", "spare", "disconnected"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RelaySettings:
    """All times in seconds.

    `window` is how many events are sent before their acknowledgements are gathered. While nothing waits, the outbox is
    looked at every `idle_poll`, and less and less often down to every `longest_idle_poll`; a nudge cuts that short.
    `send_deadline` is the most that a window may take, `stop_limit` the most when the relay is to end. A spare tries
    to become the active relay every `takeover_poll`.

    The database ends the connection, and with it the lock, of a relay that asks nothing for `silence_limit`: it stands
    still, or its machine is gone. A relay at work is never silent for longer than `send_deadline` and a little.

    An event that can't be sent holds back its aggregate, and is tried again every `held_pause`; with `most_held` such
    aggregates it is no longer the single event's fault, and the relay pauses after each window, up to `longest_pause`.

    The backlog is measured `measure_every`. The relay is unhealthy with more than `backlog_limit` events waiting, with
    one that is older than `backlog_age_limit`, and with a failure that has lasted for `unhealthy_after`.
    """

    window: int = 500
    idle_poll: float = 0.1
    longest_idle_poll: float = 0.5
    send_deadline: float = 10.0
    stop_limit: float = 2.0
    takeover_poll: float = 0.25
    silence_limit: float = 20.0
    first_pause: float = 0.05
    longest_pause: float = 5.0
    held_pause: float = 2.0
    most_held: int = 1_000
    database_timeout: float = 10.0
    measure_every: float = 1.0
    backlog_limit: int = 20_000
    backlog_age_limit: float = 30.0
    unhealthy_after: float = 15.0


@dataclass(frozen=True, slots=True, kw_only=True)
class RelayObserver:
    """Who is told what the relay does; metrics hang on it.

    `sent(events)`, `failed(kind)` once a failed window or an event that can't be sent, `backlog(size, age in seconds of
    the oldest)`, `held(aggregates)` whose events are held back.
    """

    sent: Callable[[int], None] = no_op
    failed: Callable[[RelayFailure], None] = no_op
    backlog: Callable[[int, float], None] = no_op
    held: Callable[[int], None] = no_op


@dataclass(frozen=True, slots=True, kw_only=True)
class RelayStatus:
    """How a relay is. `role`: `active` sends, `spare` waits to take over, `disconnected` has no database.

    `is_healthy`: connected, with no failure that lasts, and with no backlog beyond its limits. `detail` is safe for
    anybody.
    """

    role: RelayRole
    is_healthy: bool
    detail: str
