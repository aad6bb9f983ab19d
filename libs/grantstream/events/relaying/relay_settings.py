"""Limits and pauses of the relay, the callbacks for its metrics, and its status."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from grantstream.contracts.no_op import no_op

RelayFailure = Literal["broker", "database", "token", "token_validity", "event"]
RelayRole = Literal["active", "spare", "disconnected"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RelaySettings:
    """All times in seconds.

    `window`: so many events are sent before their acknowledgements are gathered. An empty outbox is polled every
    `idle_poll`, then less often, down to every `longest_idle_poll`, or at a nudge. `send_deadline`: the longest that a
    window may take; `stop_limit`: the same for a relay that is stopping. A spare tries to become the active relay every
    `takeover_poll`.

    The database closes the connection of a relay that is silent for `silence_limit`, and so releases its lock. A
    working relay is never silent for much longer than `send_deadline`.

    An event that can't be sent blocks its aggregate, and is retried every `blocked_pause`. With `most_blocked` such
    aggregates, single events can't be the cause, and the relay pauses after each window, up to `longest_pause`.

    The backlog is measured every `measure_every`. The relay is unhealthy with more than `backlog_limit` waiting events,
    with one older than `backlog_age_limit`, or with a failure that lasts longer than `unhealthy_after`.
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
    blocked_pause: float = 2.0
    most_blocked: int = 1_000
    database_timeout: float = 10.0
    measure_every: float = 1.0
    backlog_limit: int = 20_000
    backlog_age_limit: float = 30.0
    unhealthy_after: float = 15.0


@dataclass(frozen=True, slots=True, kw_only=True)
class RelayObserver:
    """Callbacks that count what the relay does, for metrics.

    `sent(events)`; `failed(kind)` for each failed window and each event that can't be sent; `backlog(size, age of the
    oldest in seconds)`; `held(number of blocked aggregates)`.
    """

    sent: Callable[[int], None] = no_op
    failed: Callable[[RelayFailure], None] = no_op
    backlog: Callable[[int, float], None] = no_op
    held: Callable[[int], None] = no_op


@dataclass(frozen=True, slots=True, kw_only=True)
class RelayStatus:
    """A relay's status. `role`: `active` sends, `spare` waits to take over, `disconnected` has no database.

    `is_healthy`: connected, without a lasting failure, and with a backlog within its limits. `detail` holds no secret.
    """

    role: RelayRole
    is_healthy: bool
    detail: str
