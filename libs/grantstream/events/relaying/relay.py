"""The relay: publishes the events of the outbox in order, and deletes them once the broker has acknowledged them.

One relay of a database is active and holds an advisory lock; any other is a warm spare. If a relay dies between an
acknowledgement and the delete, the event is published twice, with the same `ce_id`: consumers expect that.
"""

import asyncio
import logging
import time
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass, field
from typing import Any

from grantstream.events.errors import EventsError
from grantstream.events.producing.own_token import TokenValidity
from grantstream.events.relaying.blocked_aggregates import BlockedAggregates
from grantstream.events.relaying.outbox_connection import OutboxConnection, envelope_of, open_outbox
from grantstream.events.relaying.relay_health import RelayHealth
from grantstream.events.relaying.relay_settings import (
    RelayFailure,
    RelayObserver,
    RelayRole,
    RelaySettings,
    RelayStatus,
)
from grantstream.fence import CredentialSource
from grantstream.kafka.errors import TopicFault
from grantstream.kafka.record_window import OWN_FAULTS, Acknowledged, Outcome, Record, RecordWindow, with_proofs
from grantstream.kafka.retry_pause import RetryPause
from grantstream.postgres.passing import DATABASE_FAILURES
from grantstream.proof import Credential


@dataclass(slots=True)
class WindowOutcome:
    """`delivered`: to be deleted. `blocked`: the first row of each aggregate that can't be sent, and why.

    `failure`: why others are to be sent again, if any are.
    """

    delivered: list[Any] = field(default_factory=list)
    blocked: list[tuple[Any, Exception]] = field(default_factory=list)
    failure: tuple[RelayFailure, object] | None = None


def window_outcome(rows: Sequence[Any], outcomes: Sequence[Outcome], validity: TokenValidity) -> WindowOutcome:
    """Sorts the rows. If a row was not delivered, all later rows of its aggregate are sent again after it.

    All consumers refuse an event that was appended outside its token's validity: it is sent again, with the same id and
    a new token.
    """
    result = WindowOutcome()
    stopped: set[str] = set()
    for row, outcome in zip(rows, outcomes, strict=True):
        subject = row["ce_subject"]
        if subject in stopped:
            continue
        if isinstance(outcome, Acknowledged) and validity.covers(outcome.appended_at):
            result.delivered.append(row)
            continue
        stopped.add(subject)
        if isinstance(outcome, OWN_FAULTS):
            result.blocked.append((row, outcome))
        elif result.failure is None:
            result.failure = ("token_validity" if isinstance(outcome, Acknowledged) else "broker", outcome)
    return result


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
        self._records = RecordWindow(
            bootstrap_servers, client_id="grantstream-relay", deadline=self._settings.send_deadline
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
            await self._records.close()

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

    async def _relay_window(self, outbox: OutboxConnection, rows: Sequence[Any], credential: Credential) -> bool:
        """Sends rows, and deletes the delivered ones. Returns False if a pause is needed."""
        outcomes = await self._records.send(with_proofs([_record(row) for row in rows], credential))
        outcome = window_outcome(rows, outcomes, TokenValidity.of(credential.token))
        if outcome.delivered:
            await outbox.delete([row["id"] for row in outcome.delivered])
            self._observer.sent(len(outcome.delivered))
            for row in outcome.delivered:
                self._blocked.unblock(row["ce_subject"])
        for row, fault in outcome.blocked:
            self._block(row, fault)
        if not self._blocked:
            self._logged.clear()
        self._health.note_blocked(self._blocked)
        if outcome.failure is not None:
            self._health.failed(*outcome.failure)
            return False
        self._health.succeeded()
        if self._blocked.is_full:
            return False
        self._pause.reset()
        return True

    def _block(self, row: Any, fault: Exception) -> None:
        why = str(fault) if isinstance(fault, EventsError | TopicFault) else f"{row['topic']}: {type(fault).__name__}"
        if self._blocked.block(row["ce_subject"], why, time.monotonic()):
            self._observer.failed("event")
            if why not in self._logged:  # one line for a wrong topic setting, not one for each of a thousand aggregates
                self._logged.add(why)
                logger.error("%s can't be sent, and blocks its aggregate until it can: %s", row["ce_type"], why)

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

    Events of one aggregate are sent in order, on the fence as well. Records of different topics may be appended in
    another order; their versions make that harmless.
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
    """The window's result. When cancelled, waits a while for it, so that sent rows are also deleted."""
    task = asyncio.create_task(window, name="relay-window")
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait({task}, timeout=stop_limit)
        task.cancel()
        await asyncio.wait({task})
        raise
