"""The one database connection of a relay: it holds the lock, receives nudges, reads and deletes rows.

It must be one connection: a relay that loses the lock with it can't read or delete rows any more.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any, Final

import asyncpg

from grantstream.events.producing.outbox import QUERIES, OutboxEvent
from grantstream.events.relaying.relay_settings import RelaySettings
from grantstream.postgres.pool import Connection

_LOCK_ID: Final = 0x6772_616E_7473_7472
"""Advisory locks are numbers, per database: "grantstr"."""
_CHANNEL: Final = "outbox"


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """An event that waits in the outbox."""

    id: int
    event: OutboxEvent


class OutboxConnection:
    """An open connection to one outbox."""

    def __init__(self, connection: Connection, settings: RelaySettings) -> None:
        self._connection = connection
        self._settings = settings
        self._nudged = asyncio.Event()

    async def try_lock(self) -> bool:
        """Whether this is now the one active relay of the database.

        Never waits: a waiting statement would hold back the vacuum that the outbox needs.
        """
        return bool(await QUERIES.take_lock(self._connection, lock_id=_LOCK_ID))

    async def listen(self) -> None:
        """Receives nudges from now on."""
        await self._connection.add_listener(_CHANNEL, lambda *_: self._nudged.set())

    async def wait_for_nudge(self, seconds: float) -> None:
        """Returns at a nudge, or after so many seconds."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._nudged.wait()

    async def oldest(self, except_subjects: Sequence[str] = ()) -> list[OutboxRow]:
        """The oldest rows, at most a window of them, but for those of some subjects."""
        self._nudged.clear()  # before reading: who commits later nudges later
        rows = await QUERIES.oldest_events(
            self._connection, window_size=self._settings.window, except_subjects=list(except_subjects)
        )
        return [OutboxRow(row["id"], _event(row)) for row in rows]

    async def delete(self, ids: list[int]) -> None:
        """Deletes acknowledged rows."""
        await QUERIES.delete_events(self._connection, ids=ids)

    async def backlog(self) -> tuple[int, float]:
        """How many events wait, and for how many seconds the oldest has."""
        row = await QUERIES.measure_backlog(self._connection, count_up_to=self._settings.backlog_limit + 1)
        return row["size"], row["age_seconds"]


@asynccontextmanager
async def open_outbox(dsn: str, settings: RelaySettings) -> AsyncIterator[OutboxConnection]:
    """Opens a connection of its own. Raises one of DATABASE_FAILURES."""
    connection = await asyncpg.connect(
        dsn,
        timeout=settings.database_timeout,
        command_timeout=settings.database_timeout,
        # A delete lost in a crash costs one duplicate event, so deletes do not wait for the disk.
        server_settings={
            "application_name": "grantstream-relay",
            "synchronous_commit": "off",
            # Else a relay that stands still, or whose machine is gone, could hold the lock without limit.
            "idle_session_timeout": str(int(settings.silence_limit * 1000)),
        },
    )
    try:
        yield OutboxConnection(connection, settings)
    finally:
        connection.terminate()  # not `close()`: no statement runs, and a lost server must not block the end


def _event(row: Any) -> OutboxEvent:
    return OutboxEvent(
        topic=row["topic"],
        key=row["key"],
        id=str(row["ce_id"]),
        type=row["ce_type"],
        source=row["ce_source"],
        subject=row["ce_subject"],
        time=row["ce_time"],
        dataschema=row["ce_dataschema"],
        data=row["data"],
        traceparent=row["traceparent"],
    )
