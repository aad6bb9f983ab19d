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
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import asyncpg

from grantstream.contracts.events.state import AggregateState, EventData
from grantstream.events.producing import outbox
from grantstream.events.relaying.relay import Relay
from grantstream.events.relaying.relay_settings import RelayObserver, RelaySettings, RelayStatus
from grantstream.fence import CredentialSource

MIGRATIONS: Final = Path(__file__).parents[1] / "migrations"
"""The library's tables as numbered SQL files in dbmate's format; `install_outbox` runs the new ones. A program with its
own migration tool may run them with that."""

_INSTALLING: Final = 0x6772_616E_7473_6D67
"""The advisory lock of the process that creates the tables: "grantsmg"."""


async def install_outbox(dsn: str) -> None:
    """Creates the library's tables in the first schema of the search path; existing tables stay unchanged."""
    connection = await asyncpg.connect(dsn)
    try:
        async with connection.transaction():
            await connection.execute("select pg_advisory_xact_lock($1)", _INSTALLING)
            await connection.execute("create table if not exists grantstream_migration (name text primary key)")
            for path in sorted(MIGRATIONS.glob("*.sql")):
                if await connection.fetchval(
                    "insert into grantstream_migration values ($1) on conflict do nothing returning true", path.name
                ):
                    await connection.execute(path.read_text().partition("-- migrate:down")[0])
    finally:
        await connection.close()


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

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._running is not None:
            self._running.cancel()
            with suppress(asyncio.CancelledError):
                await self._running

    async def append(
        self, connection: Any, event: EventData, *, subject: str | None = None, traceparent: str | None = None
    ) -> None:
        """Writes an event with an asyncpg `connection` that is in the transaction of the change.

        `subject` is needed only for an event without its own. Raises EventTooLarge.
        """
        await outbox.append(
            connection, event, source=self._source, now=datetime.now(UTC), subject=subject, traceparent=traceparent
        )

    async def append_change(self, connection: Any, state: AggregateState, *, traceparent: str | None = None) -> None:
        """Writes the new state of an aggregate, and its version for the fence. Raises EventTooLarge."""
        await outbox.append_change(
            connection, state, source=self._source, now=datetime.now(UTC), traceparent=traceparent
        )

    async def nudge(self, connection: Any) -> None:
        """Wakes the relay; call it after the commit."""
        await outbox.QUERIES.nudge(connection)

    def status(self) -> RelayStatus:
        """The relay's status, for a health check."""
        return self._relay.status()
