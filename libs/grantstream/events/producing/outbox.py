"""The outbox: an event is written in the transaction of its change; the relay publishes it after the commit.

Either both the change and its event exist, or neither. A service publishes changes only in this way. Its other records
are no changes: `grantstream/fence/connection.py` (how far a process has read) and `dead/copies.py` (events that
could not be consumed). Programs without a database use `publisher.py`.
"""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import uuid_utils

from grantstream.contracts.envelope import is_name
from grantstream.contracts.events.fence import PermissionChanged
from grantstream.contracts.events.register import TYPE_OF_DATA
from grantstream.contracts.events.state import AggregateState, EventData, VoidableState
from grantstream.contracts.subjects import record_key
from grantstream.contracts.topics import FENCE
from grantstream.contracts.void import VoidBelow
from grantstream.events.errors import EventTooLarge
from grantstream.events.producing.trace_context import current_traceparent
from grantstream.postgres.passing import DATABASE_FAILURES
from grantstream.postgres.pool import Connection, Pool
from grantstream.postgres.queries import load_queries

QUERIES: Final[Any] = load_queries(Path(__file__).with_name("outbox.sql"))

MAX_EVENT_BYTES: Final = 900_000
"""Data and attributes of one event. The rest of the broker's limit is for the token and the proof."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxEvent:
    """One event that is to be written to the outbox."""

    topic: str
    key: str | None
    id: str
    type: str
    source: str
    subject: str
    time: datetime
    dataschema: str
    data: bytes
    traceparent: str | None

    @property
    def size(self) -> int:
        """Its bytes at the broker, without the token and the proof."""
        attributes = (self.key or "", self.type, self.source, self.subject, self.dataschema, self.traceparent or "")
        return len(self.data) + sum(len(text.encode()) for text in attributes) + _FIXED_BYTES


_FIXED_BYTES: Final = 256
"""Names of the headers, `ce_id`, `ce_time`, framing."""


async def append(
    connection: Connection,
    event: EventData,
    *,
    source: str,
    now: datetime,
    subject: str | None = None,
    traceparent: str | None = None,
    max_event_bytes: int = MAX_EVENT_BYTES,
) -> None:
    """Writes an event with an asyncpg `connection` that is in the transaction of the change.

    `source` is the `ce_source`, `subject` the `ce_subject` (by default the event's own). Raises EventTooLarge.
    """
    await append_all(
        connection, [prepared(event, source=source, now=now, subject=subject, traceparent=traceparent)], max_event_bytes
    )


async def append_change(
    connection: Connection,
    state: AggregateState,
    *,
    source: str,
    now: datetime,
    traceparent: str | None = None,
) -> None:
    """Writes an aggregate's event, and its new version for the fence, which answers to clients wait for.

    Raises EventTooLarge.
    """
    events = [prepared(event, source=source, now=now, traceparent=traceparent) for event in (state, change_of(state))]
    await append_all(connection, events)


def change_of(state: AggregateState) -> PermissionChanged:
    """The fence's event for an aggregate's new state."""
    void_below = state.void_below if isinstance(state, VoidableState) else VoidBelow()
    return PermissionChanged(subject=state.subject, version=state.version, void_below=void_below)


async def is_relayed(connection: Connection, subject: str) -> bool:
    """Whether no event of a subject waits in the outbox: the broker has acknowledged all of them."""
    return bool(await QUERIES.is_relayed(connection, subject=subject))


def prepared(
    event: EventData, *, source: str, now: datetime, subject: str | None = None, traceparent: str | None = None
) -> OutboxEvent:
    """The event with all its attributes. Its id is a UUIDv7, and stays the same when it is sent again.

    `traceparent`: by default that of the current request. Raises ValueError for a subject or source that every consumer
    would refuse.
    """
    kind = TYPE_OF_DATA[type(event)]
    about = subject or _own_subject(event)
    if not (is_name(about) and is_name(source)):
        raise ValueError(f"the subject or source of {kind.name} is too long, or not of printable ASCII")
    return OutboxEvent(
        topic=kind.topic.name,
        key=about if kind.topic is FENCE else record_key(about),
        id=str(uuid_utils.uuid7()),
        type=kind.name,
        source=source,
        subject=about,
        time=now,
        dataschema=kind.dataschema,
        data=event.to_bytes(),
        traceparent=traceparent or current_traceparent(),
    )


async def append_all(
    connection: Connection, events: Sequence[OutboxEvent], max_event_bytes: int = MAX_EVENT_BYTES
) -> None:
    """Writes several events in one statement, in order. Raises EventTooLarge, and then writes none."""
    for event in events:
        if event.size > max_event_bytes:
            raise EventTooLarge(event.type, event.size, max_event_bytes)
    await QUERIES.append_events(
        connection,
        topics=[event.topic for event in events],
        keys=[event.key for event in events],
        ids=[event.id for event in events],
        types=[event.type for event in events],
        sources=[event.source for event in events],
        subjects=[event.subject for event in events],
        times=[event.time for event in events],
        dataschemas=[event.dataschema for event in events],
        data=[event.data for event in events],
        traceparents=[event.traceparent for event in events],
    )


def _own_subject(event: EventData) -> str:
    subject = getattr(event, "subject", None)
    if not isinstance(subject, str):
        raise TypeError(f"{type(event).__name__} names no subject")
    return subject


logger = logging.getLogger(__name__)


class OutboxNudge:
    """At most one nudge is being sent and one more waits. `pool` is an asyncpg pool."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._wanted = False
        self._task: asyncio.Task[None] | None = None

    async def __call__(self) -> None:
        """Requests a nudge; call it after the commit. Returns without waiting for it."""
        self._wanted = True
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._send(), name="outbox-nudge")

    async def close(self) -> None:
        """Waits until the last nudge was sent."""
        if self._task is not None:
            await self._task

    async def _send(self) -> None:
        while self._wanted:
            self._wanted = False
            try:
                async with self._pool.acquire() as connection:
                    await QUERIES.nudge(connection)
            except DATABASE_FAILURES as error:
                logger.info("the relay was not nudged and finds the event by polling: %s", type(error).__name__)
