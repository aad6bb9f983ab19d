"""How well the relay is: what fails and since when, how much waits, what is held back."""

import logging
import time

from grantstream.events.relaying.held_back import HeldBack
from grantstream.events.relaying.relay_settings import (
    RelayFailure,
    RelayObserver,
    RelayRole,
    RelaySettings,
    RelayStatus,
)

logger = logging.getLogger(__name__)


class RelayHealth:
    """Keeps it, logs it and tells the observer."""

    def __init__(self, settings: RelaySettings, observer: RelayObserver) -> None:
        self._settings = settings
        self._observer = observer
        self._failure: RelayFailure | None = "database"
        self._failing_since = time.monotonic()
        self._backlog = (0, 0.0)

    def succeeded(self) -> None:
        """Nothing fails any more."""
        self._failure = None

    def failed(self, kind: RelayFailure, why: object) -> None:
        """Something has to be done again."""
        if self._failure is None:
            self._failing_since = time.monotonic()
        self._failure = kind
        self._observer.failed(kind)
        logger.warning("relaying stopped and starts again: %s (%s)", kind, type(why).__name__)

    def waits_for_token(self) -> None:
        """Events wait, and there is no token to send them with."""
        if self._failure != "token":
            self.failed("token", None)

    def measured(self, size: int, age: float) -> None:
        """So many events wait, the oldest for `age` seconds."""
        self._backlog = (size, age)
        self._observer.backlog(size, age)

    def holds(self, held: HeldBack) -> None:
        """So many aggregates are held back."""
        self._observer.held(len(held))

    def status(self, role: RelayRole, held: HeldBack) -> RelayStatus:
        """All of it. A spare is as healthy as the active one, unless the active one leaves events lying."""
        now = time.monotonic()
        size, age = self._backlog
        troubles = [
            f"failing: {self._failure}" if self._failure else "",
            f"{len(held)} aggregates held back ({'; '.join(held.reasons())})" if len(held) else "",
            f"more than {self._settings.backlog_limit} events wait" if size > self._settings.backlog_limit else "",
            f"the oldest event waits for {age:.0f} s" if age > self._settings.backlog_age_limit else "",
        ]
        lasting = max(held.longest(now), now - self._failing_since if self._failure else 0.0)
        is_healthy = role != "disconnected" and lasting <= self._settings.unhealthy_after and not any(troubles[2:])
        return RelayStatus(role=role, is_healthy=is_healthy, detail=", ".join([role, *filter(None, troubles)]))
