"""Publishing from a program with its own PostgreSQL database: an event is committed with its change.

    await install_outbox(dsn)                                     # once: the tables of the library

    async with OutboxPublisher(dsn, bootstrap_servers, credentials, source="urn:example:portal") as publisher:
        async with connection.transaction():
            ...                                                   # the change
            await publisher.append(connection, AppRegistered(...))
        await publisher.nudge(connection)                         # a hint: the event is sent without delay

Either both the change and its event exist, or neither. A committed event reaches the broker, even if the program, the
database or the broker fails meanwhile.
"""

import asyncio
from contextlib import suppress
from datetime import UTC, datetime
from typing import Self

from grantstream.contracts.events.state import AggregateState, EventData
from grantstream.events.producing import outbox
from grantstream.events.relaying.relay import Relay
from grantstream.events.relaying.relay_settings import RelayObserver, RelaySettings, RelayStatus
from grantstream.fence import CredentialSource
from grantstream.postgres.pool import Connection


class OutboxPublisher:
    """The outbox of the database at `dsn` and its relay. An async context manager.

    Any number of programs may run one on the same database: one relays, the others are spare. `source` is the
    `ce_source` of the events. While database, broker or token service are down, it waits and raises nothing.
    """

    def __init__(
        self,
        dsn: str,
        bootstrap_servers: str,
        credentials: CredentialSource,
        *,
        source: str,
        settings: RelaySettings | None = None,
        observer: RelayObserver | None = None,
    ) -> None:
        self._source = source
        self._relay = Relay(dsn, bootstrap_servers, credentials, settings, observer)
        self._running: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._running = asyncio.create_task(self._relay.run(), name="outbox relay")
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._running is not None:
            self._running.cancel()
            with suppress(asyncio.CancelledError):
                await self._running

    async def append(
        self, connection: Connection, event: EventData, *, subject: str | None = None, traceparent: str | None = None
    ) -> None:
        """Writes an event with an asyncpg `connection` that is in the transaction of the change.

        `subject` is needed only for an event without its own. Raises EventTooLarge.
        """
        await outbox.append(
            connection, event, source=self._source, now=datetime.now(UTC), subject=subject, traceparent=traceparent
        )

    async def append_change(
        self, connection: Connection, state: AggregateState, *, traceparent: str | None = None
    ) -> None:
        """Writes the new state of an aggregate, and its version for the fence. Raises EventTooLarge."""
        await outbox.append_change(
            connection, state, source=self._source, now=datetime.now(UTC), traceparent=traceparent
        )

    async def nudge(self, connection: Connection) -> None:
        """Wakes the relay; call it after the commit."""
        await outbox.QUERIES.nudge(connection)

    def status(self) -> RelayStatus:
        """The relay's status, for a health check."""
        return self._relay.status()
