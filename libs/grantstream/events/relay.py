"""The relay: what was committed to the outbox is published, in order, and deleted once the broker has it.

One relay of a database is active, held by an advisory lock; any other is a warm spare. A relay that dies between an
acknowledgement and the delete leaves an event to be published twice, with the same `ce_id`: consumers expect that.
"""

import asyncio
import logging
import time
from collections.abc import Coroutine, Sequence
from dataclasses import replace
from itertools import takewhile
from typing import Any

from grantstream.events.outbox_connection import DATABASE_FAILURES, OutboxConnection, envelope_of, open_outbox
from grantstream.events.record_window import Acknowledged, Outcome, Record, RecordWindow
from grantstream.events.relay_settings import RelayFailure, RelayObserver, RelayRole, RelaySettings, RelayStatus
from grantstream.events.retry_pause import RetryPause
from grantstream.events.token_validity import TokenValidity
from grantstream.fence import CredentialSource
from grantstream.proof import Credential, prove

logger = logging.getLogger(__name__)


class Relay:
    """Publishes the outbox of the database at `dsn`, with the access token of `token`.

    `run()` goes on until it is cancelled, whatever happens to the database or the broker.
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
        self._outbox: OutboxConnection | None = None
        self._is_active = False
        self._failure: RelayFailure | None = "database"
        self._failing_since = time.monotonic()
        self._next_measure = 0.0

    async def run(self) -> None:
        """Relays until cancelled; a window that is under way is finished first."""
        try:
            while True:
                try:
                    await self._stay_connected()
                except DATABASE_FAILURES as error:
                    self._failed("database", error)
                await asyncio.sleep(self._pause.next())
        finally:
            await self._records.close()

    def status(self) -> RelayStatus:
        """How the relay is; a spare is as healthy as the active one."""
        role: RelayRole = "disconnected" if self._outbox is None else "active" if self._is_active else "spare"
        lasting = self._failure is not None and time.monotonic() - self._failing_since > self._settings.unhealthy_after
        detail = f"{role}, failing: {self._failure}" if self._failure else role
        return RelayStatus(role=role, is_healthy=role != "disconnected" and not lasting, detail=detail)

    async def _stay_connected(self) -> None:
        async with open_outbox(self._dsn, self._settings) as outbox:
            self._outbox = outbox
            try:
                self._succeeded()
                while not await outbox.try_lock():  # noqa: ASYNC110 - the lock is the database's
                    await asyncio.sleep(self._settings.takeover_poll)
                self._is_active = True
                logger.info("this relay is the active one")
                await outbox.listen()
                await self._relay_for_ever(outbox)
            finally:
                self._outbox, self._is_active = None, False

    async def _relay_for_ever(self, outbox: OutboxConnection) -> None:
        idle_poll = self._settings.idle_poll
        while True:
            rows = await outbox.oldest()
            await self._measure(outbox)
            if not rows:
                await outbox.wait_for_nudge(idle_poll)
                idle_poll = min(idle_poll * 1.5, self._settings.longest_idle_poll)
                continue
            idle_poll = self._settings.idle_poll
            credential = await self._token.current()
            if not await _finished(self._relay_window(outbox, rows, credential), self._settings.stop_limit):
                await asyncio.sleep(self._pause.next())

    async def _relay_window(self, outbox: OutboxConnection, rows: Sequence[Any], credential: Credential) -> bool:
        """Sends rows and deletes them up to the first that failed. Whether all of them went."""
        outcomes = await self._records.send(_proven([_record(row) for row in rows], credential))
        good = _acknowledged_in_time(outcomes, TokenValidity.of(credential.token))
        if good:
            await outbox.delete([row["id"] for row in rows[:good]])
            self._observer.sent(good)
        if good == len(rows):
            self._succeeded()
            return True
        failure = outcomes[good]
        # An event that was appended outside its token's validity is refused by everybody: it goes again, with the
        # same id and a token that is current then.
        self._failed("token_validity" if isinstance(failure, Acknowledged) else "broker", failure)
        return False

    async def _measure(self, outbox: OutboxConnection) -> None:
        now = time.monotonic()
        if now >= self._next_measure:
            self._next_measure = now + self._settings.measure_every
            self._observer.backlog(*await outbox.backlog())

    def _succeeded(self) -> None:
        self._failure = None
        self._pause.reset()

    def _failed(self, kind: RelayFailure, why: object) -> None:
        if self._failure is None:
            self._failing_since = time.monotonic()
        self._failure = kind
        self._observer.failed(kind)
        logger.warning("relaying stopped and starts again: %s (%s)", kind, type(why).__name__)


def _proven(records: Sequence[Record], credential: Credential) -> list[Record]:
    """The records of one window, with what shows who sends them."""
    shown = prove(credential, records)
    return [replace(record, headers=[*record.headers, *added]) for record, added in zip(records, shown, strict=True)]


def _record(row: Any) -> Record:
    """The record of an event."""
    key = row["key"]
    return Record(
        topic=row["topic"],
        key=None if key is None else key.encode(),
        value=row["data"],
        headers=envelope_of(row).headers(),
    )


def _acknowledged_in_time(outcomes: Sequence[Outcome], validity: TokenValidity) -> int:
    """How many, from the first on, the broker has with an append time at which their token was valid."""

    def is_good(outcome: Outcome) -> bool:
        return isinstance(outcome, Acknowledged) and validity.covers(outcome.appended_at)

    return sum(1 for _ in takewhile(is_good, outcomes))


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
