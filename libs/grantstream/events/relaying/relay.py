"""The relay: what was committed to the outbox is published, in order, and deleted once the broker has it.

One relay of a database is active, held by an advisory lock; any other is a warm spare. A relay that dies between an
acknowledgement and the delete leaves an event to be published twice, with the same `ce_id`: consumers expect that.
"""

import asyncio
import logging
import time
from collections.abc import Coroutine, Sequence
from typing import Any

from grantstream.events.errors import EventsError
from grantstream.events.producing.proven_records import proven
from grantstream.events.producing.record_window import Record, RecordWindow
from grantstream.events.producing.token_validity import TokenValidity
from grantstream.events.relaying.held_back import HeldBack
from grantstream.events.relaying.outbox_connection import OutboxConnection, envelope_of, open_outbox
from grantstream.events.relaying.relay_health import RelayHealth
from grantstream.events.relaying.relay_outcomes import window_outcome
from grantstream.events.relaying.relay_settings import RelayObserver, RelayRole, RelaySettings, RelayStatus
from grantstream.fence import CredentialSource
from grantstream.fence.retry_pause import RetryPause
from grantstream.postgres.passing import DATABASE_FAILURES
from grantstream.proof import Credential

logger = logging.getLogger(__name__)


class Relay:
    """Publishes the outbox of the database at `dsn`, with the access token of `token`.

    `run()` goes on until it is cancelled, whatever happens to the database, the broker or the token service.
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
        self._records = RecordWindow(
            bootstrap_servers, client_id="grantstream-relay", deadline=self._settings.send_deadline
        )
        self._pause = RetryPause(self._settings.first_pause, self._settings.longest_pause)
        self._health = RelayHealth(self._settings, self._observer)
        self._held = HeldBack(pause=self._settings.held_pause, at_most=self._settings.most_held)
        self._logged: set[str] = set()
        self._role: RelayRole = "disconnected"
        self._next_measure = 0.0

    async def run(self) -> None:
        """Relays until cancelled; a window that is under way is finished first."""
        try:
            while True:
                try:
                    await self._stay_connected()
                except DATABASE_FAILURES as error:
                    self._health.failed("database", error)
                await asyncio.sleep(self._pause.next())
        finally:
            await self._records.close()

    def status(self) -> RelayStatus:
        """How the relay is; a spare is as healthy as the active one."""
        return self._health.status(self._role, self._held)

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
                self._held.clear()

    async def _relay_for_ever(self, outbox: OutboxConnection) -> None:
        idle_poll = self._settings.idle_poll
        while True:
            rows = await outbox.oldest(passing_over=self._held.passed_over(time.monotonic()))
            await self._measure(outbox)
            if not rows:
                await outbox.wait_for_nudge(min(idle_poll, self._held.next_try(time.monotonic())))
                idle_poll = min(idle_poll * 1.5, self._settings.longest_idle_poll)
                continue
            idle_poll = self._settings.idle_poll
            credential = await self._credential(outbox)
            if not await _finished(self._relay_window(outbox, rows, credential), self._settings.stop_limit):
                await asyncio.sleep(self._pause.next())

    async def _credential(self, outbox: OutboxConnection) -> Credential:
        """Waits for one as long as it takes; meanwhile the backlog is measured, which also keeps the lock."""
        asking = asyncio.create_task(self._token.current(), name="relay-token")
        try:
            while not (await asyncio.wait({asking}, timeout=self._settings.measure_every))[0]:
                self._health.waits_for_token()
                await self._measure(outbox)
            return asking.result()
        finally:
            asking.cancel()

    async def _relay_window(self, outbox: OutboxConnection, rows: Sequence[Any], credential: Credential) -> bool:
        """Sends rows, and deletes those that went in their order. Whether there is no need to pause."""
        outcomes = await self._records.send(proven([_record(row) for row in rows], credential))
        outcome = window_outcome(rows, outcomes, TokenValidity.of(credential.token))
        if outcome.gone:
            await outbox.delete([row["id"] for row in outcome.gone])
            self._observer.sent(len(outcome.gone))
            for row in outcome.gone:
                self._held.release(row["ce_subject"])
        for row, fault in outcome.held:
            self._hold_back(row, fault)
        if not self._held:
            self._logged.clear()
        self._health.holds(self._held)
        if outcome.failure is not None:
            self._health.failed(*outcome.failure)
            return False
        self._health.succeeded()
        if self._held.is_full:
            return False
        self._pause.reset()
        return True

    def _hold_back(self, row: Any, fault: Exception) -> None:
        why = str(fault) if isinstance(fault, EventsError) else f"{row['topic']}: {type(fault).__name__}"
        if self._held.hold(row["ce_subject"], why, time.monotonic()):
            self._observer.failed("event")
            if why not in self._logged:  # what one setting of a topic does to a thousand aggregates is one line
                self._logged.add(why)
                logger.error("%s can't be sent, and holds back its aggregate until it can: %s", row["ce_type"], why)

    async def _measure(self, outbox: OutboxConnection) -> None:
        now = time.monotonic()
        if now >= self._next_measure:
            self._next_measure = now + self._settings.measure_every
            self._health.measured(*await outbox.backlog())

    def _succeeded(self) -> None:
        self._health.succeeded()
        self._pause.reset()


def _record(row: Any) -> Record:
    """The record of an event.

    What is told of one aggregate is handed over in its order, on the fence as well. Records of different topics may
    be appended in another one; their versions make that harmless.
    """
    key = row["key"]
    return Record(
        topic=row["topic"],
        key=None if key is None else key.encode(),
        value=row["data"],
        headers=envelope_of(row).headers(),
        lane=row["ce_subject"],
    )


async def _finished(window: Coroutine[Any, Any, bool], stop_limit: float) -> bool:
    """The window's result. Who cancels meanwhile waits for it a while, so that what was sent is also deleted."""
    task = asyncio.create_task(window, name="relay-window")
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait({task}, timeout=stop_limit)
        task.cancel()
        await asyncio.wait({task})
        raise
