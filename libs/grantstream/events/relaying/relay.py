"""The relay: publishes the events of the outbox in order, and deletes them once the broker has acknowledged them.

One relay of a database is active and holds an advisory lock; any other is a warm spare. If a relay dies between an
acknowledgement and the delete, the event is published twice, with the same `ce_id`: consumers expect that.
"""

import asyncio
import logging
import time
from collections.abc import Coroutine, Sequence
from typing import Any

from grantstream.events.errors import Behind, TokenOutlived
from grantstream.events.producing.outbox import OutboxEvent
from grantstream.events.producing.sender import Sender, Sent, why
from grantstream.events.relaying.blocked_aggregates import BlockedAggregates
from grantstream.events.relaying.outbox_connection import OutboxConnection, OutboxRow, open_outbox
from grantstream.events.relaying.relay_health import RelayHealth
from grantstream.events.relaying.relay_settings import (
    RelayObserver,
    RelayRole,
    RelaySettings,
    RelayStatus,
)
from grantstream.fence import CredentialSource
from grantstream.kafka.record_window import OWN_FAULTS, Acknowledged, RecordWindow
from grantstream.kafka.retry_pause import RetryPause
from grantstream.postgres.passing import DATABASE_FAILURES
from grantstream.proof import Credential

logger = logging.getLogger(__name__)


class Relay:
    """Publishes the outbox of the database at `dsn`, with the access token of `token`.

    `run()` continues until it is cancelled, even if the database, the broker or the token service fails.
    """

    def __init__(
        self,
        dsn: str,
        bootstrap_servers: str,
        token: CredentialSource,
        settings: RelaySettings | None = None,
        observer: RelayObserver | None = None,
    ) -> None:
        self._dsn = dsn
        self._token = token
        self._settings = settings or RelaySettings()
        self._observer = observer or RelayObserver()
        self._sender = Sender(
            RecordWindow(bootstrap_servers, client_id="grantstream-relay", deadline=self._settings.send_deadline)
        )
        self._pause = RetryPause(self._settings.first_pause, self._settings.longest_pause)
        self._health = RelayHealth(self._settings, self._observer)
        self._blocked = BlockedAggregates(pause=self._settings.blocked_pause, at_most=self._settings.most_blocked)
        self._logged: set[str] = set()
        self._role: RelayRole = "disconnected"
        self._next_measure = 0.0

    async def run(self) -> None:
        """Relays until cancelled; finishes the current window first."""
        try:
            while True:
                try:
                    await self._stay_connected()
                except DATABASE_FAILURES as error:
                    self._health.failed("database", error)
                await asyncio.sleep(self._pause.next())
        finally:
            await self._sender.close()

    def status(self) -> RelayStatus:
        """The relay's status; a spare is as healthy as the active one."""
        return self._health.status(self._role, self._blocked)

    async def _stay_connected(self) -> None:
        async with open_outbox(self._dsn, self._settings) as outbox:
            self._role = "spare"
            try:
                self._succeeded()
                while not await outbox.try_lock():
                    await self._measure(outbox)
                    await asyncio.sleep(self._settings.takeover_poll)
                self._role = "active"
                logger.info("this relay is the active one")
                await outbox.listen()
                await self._relay_for_ever(outbox)
            finally:
                self._role = "disconnected"
                self._blocked.clear()

    async def _relay_for_ever(self, outbox: OutboxConnection) -> None:
        idle_poll = self._settings.idle_poll
        while True:
            rows = await outbox.oldest(except_subjects=self._blocked.skipped(time.monotonic()))
            await self._measure(outbox)
            if not rows:
                await outbox.wait_for_nudge(min(idle_poll, self._blocked.next_try(time.monotonic())))
                idle_poll = min(idle_poll * 1.5, self._settings.longest_idle_poll)
                continue
            idle_poll = self._settings.idle_poll
            credential = await self._credential(outbox)
            if not await _finished(self._relay_window(outbox, rows, credential), self._settings.stop_limit):
                await asyncio.sleep(self._pause.next())

    async def _credential(self, outbox: OutboxConnection) -> Credential:
        """Waits for a credential without limit; measures the backlog meanwhile, which also keeps the lock."""
        asking = asyncio.create_task(self._token.current(), name="relay-token")
        try:
            while not (await asyncio.wait({asking}, timeout=self._settings.measure_every))[0]:
                self._health.waits_for_token()
                await self._measure(outbox)
            return asking.result()
        finally:
            asking.cancel()

    async def _relay_window(self, outbox: OutboxConnection, rows: Sequence[OutboxRow], credential: Credential) -> bool:
        """Sends rows, and deletes the delivered ones. Returns False if a pause is needed."""
        sent = await self._sender.send([row.event for row in rows], credential)
        delivered = [row for row, outcome in zip(rows, sent, strict=True) if isinstance(outcome, Acknowledged)]
        if delivered:
            await outbox.delete([row.id for row in delivered])
            self._observer.sent(len(delivered))
            for row in delivered:
                self._blocked.unblock(row.event.subject)
        for row, outcome in zip(rows, sent, strict=True):
            if isinstance(outcome, OWN_FAULTS):
                self._block(row.event, outcome)
        if not self._blocked:
            self._logged.clear()
        self._health.note_blocked(self._blocked)
        if (failure := next(filter(_is_passing, sent), None)) is not None:
            self._health.failed("token_validity" if isinstance(failure, TokenOutlived) else "broker", failure)
            return False
        self._health.succeeded()
        if self._blocked.is_full:
            return False
        self._pause.reset()
        return True

    def _block(self, event: OutboxEvent, fault: Exception) -> None:
        reason = why(fault, event.topic)
        if self._blocked.block(event.subject, reason, time.monotonic()):
            self._observer.failed("event")
            if reason not in self._logged:  # one line for a wrong setting, not one for each of a thousand aggregates
                self._logged.add(reason)
                logger.error("%s can't be sent, and blocks its aggregate until it can: %s", event.type, reason)

    async def _measure(self, outbox: OutboxConnection) -> None:
        now = time.monotonic()
        if now >= self._next_measure:
            self._next_measure = now + self._settings.measure_every
            self._health.measured(*await outbox.backlog())

    def _succeeded(self) -> None:
        self._health.succeeded()
        self._pause.reset()


def _is_passing(outcome: Sent) -> bool:
    """Whether an event was not delivered for a reason that is not its own."""
    return not isinstance(outcome, Acknowledged | Behind) and not isinstance(outcome, OWN_FAULTS)


async def _finished(window: Coroutine[Any, Any, bool], stop_limit: float) -> bool:
    """The window's result. When cancelled, waits a while for it, so that sent rows are also deleted."""
    task = asyncio.create_task(window, name="relay-window")
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait({task}, timeout=stop_limit)
        task.cancel()
        await asyncio.wait({task})
        raise
