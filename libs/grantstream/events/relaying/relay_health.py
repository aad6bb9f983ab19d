"""The relay's health: its failure, its backlog, its blocked aggregates."""

import logging
import time

from grantstream.events.relaying.blocked_aggregates import BlockedAggregates
from grantstream.events.relaying.relay_settings import (
    RelayFailure,
    RelayObserver,
    RelayRole,
    RelaySettings,
    RelayStatus,
)

logger = logging.getLogger(__name__)


class RelayHealth:
    """Keeps and logs the health, and calls the observer."""

    def __init__(self, settings: RelaySettings, observer: RelayObserver) -> None:
        self._settings = settings
        self._observer = observer
        self._failure: RelayFailure | None = "database"
        self._failing_since = time.monotonic()
        self._backlog = (0, 0.0)

    def succeeded(self) -> None:
        """The failure is over."""
        self._failure = None

    def failed(self, kind: RelayFailure, why: object) -> None:
        """A step failed and is retried."""
        if self._failure is None:
            self._failing_since = time.monotonic()
        self._failure = kind
        self._observer.failed(kind)
        logger.warning("relaying stopped and starts again: %s (%s)", kind, type(why).__name__)

    def waits_for_token(self) -> None:
        """Events wait for a token."""
        if self._failure != "token":
            self.failed("token", None)

    def measured(self, size: int, age: float) -> None:
        """`size` events wait, the oldest for `age` seconds."""
        self._backlog = (size, age)
        self._observer.backlog(size, age)

    def note_blocked(self, blocked: BlockedAggregates) -> None:
        """Reports the number of blocked aggregates."""
        self._observer.held(len(blocked))

    def status(self, role: RelayRole, blocked: BlockedAggregates) -> RelayStatus:
        """The status. A spare is as healthy as the active one, unless the backlog grows beyond its limits."""
        now = time.monotonic()
        size, age = self._backlog
        troubles = [
            f"failing: {self._failure}" if self._failure else "",
            f"{len(blocked)} aggregates held back ({'; '.join(blocked.reasons())})" if len(blocked) else "",
            f"more than {self._settings.backlog_limit} events wait" if size > self._settings.backlog_limit else "",
            f"the oldest event waits for {age:.0f} s" if age > self._settings.backlog_age_limit else "",
        ]
        lasting = max(blocked.longest(now), now - self._failing_since if self._failure else 0.0)
        is_healthy = role != "disconnected" and lasting <= self._settings.unhealthy_after and not any(troubles[2:])
        return RelayStatus(role=role, is_healthy=is_healthy, detail=", ".join([role, *filter(None, troubles)]))
