"""The moments between two steps of a worker, each found or held open from outside, so that it can be killed in it.

Nothing in the product knows of this: the steps of the relay are told apart by the rows of the outbox and held open by
a row lock that its delete runs into; those of a consumer by a lock on the projection's table, or a commit that takes a
while.
"""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import asyncpg

from tests.chaos.arena import Arena
from tests.chaos.held_commit import strike_while_held
from tests.chaos.version_log import PROJECTED

RELAY: Final = "grantstream-relay"
"""How the relay's connection is called in the database."""
_POLL: Final = 0.005
_CHANCE_SECONDS: Final = 12.0
"""How long traffic is waited for that brings the moment about."""


@dataclass(frozen=True, slots=True)
class Boundaries:
    """Kills one service's worker between two steps. Each method tells whether the moment came; the worker is dead
    then, and alive and going on if not."""

    arena: Arena
    service: str

    def between_commit_and_send(self) -> bool:
        """Rows are committed, and their relay has not seen them."""
        return self._with_paused_worker(self._nothing)

    def between_send_and_acknowledgement(self) -> bool:
        """The records are on their way; a broker that stands still keeps the acknowledgements back."""

        async def unacknowledged(_: Any) -> bool:
            broker = self.arena.kafka.controller() or 1
            self.arena.kafka.pause(broker)
            try:
                self._signal(signal.SIGCONT)
                # No condition shows that a record is under way. A broker that is silent for so long is not missed yet.
                await asyncio.sleep(1.0)
                self._signal(signal.SIGKILL)
            finally:
                self.arena.kafka.resume(broker)
            return True

        return self._with_paused_worker(unacknowledged)

    def between_acknowledgement_and_delete(self) -> bool:
        """The broker has the records, and the relay waits to delete their rows."""

        async def held(connection: Any) -> bool:
            async with connection.transaction():
                await connection.execute("select id from outbox order by id for update")
                self._signal(signal.SIGCONT)
                blocked = await _soon(lambda: _is_blocked(connection, RELAY))
                if blocked:
                    self._signal(signal.SIGKILL)
                return blocked

        return self._with_paused_worker(held)

    def after_delete(self) -> bool:
        """The rows have just gone."""

        async def gone(connection: Any) -> bool:
            self._signal(signal.SIGCONT)

            async def is_empty() -> bool:
                return not await _has_rows(connection)

            seen = await _soon(is_empty)
            if seen:
                self._signal(signal.SIGKILL)
            return seen

        return self._with_paused_worker(gone)

    def between_consume_and_commit(self) -> bool:
        """A handler is in its transaction, which waits for a table."""

        async def strike() -> bool:
            async with self._connected() as connection, connection.transaction():
                for table in self._projections():
                    await connection.execute(f"lock table {table} in exclusive mode")
                blocked = await _soon(lambda: _is_blocked(connection, f"{self.service}-worker"))
                if blocked:
                    self._signal(signal.SIGKILL)
                return blocked

        return asyncio.run(strike())

    def between_commit_and_offset_commit(self) -> bool:
        """A projection is being committed, and its worker does not know it yet."""
        dsn, kill = self.arena.dsn(self.service), partial(self._signal, signal.SIGKILL)
        return asyncio.run(strike_while_held(dsn, kill, _CHANCE_SECONDS))

    @property
    def _worker(self) -> str:
        return f"{self.service}-worker"

    def _projections(self) -> list[str]:
        return [table.name for table in PROJECTED if table.service == self.service]

    def _with_paused_worker(self, then: Callable[[Any], Awaitable[bool]]) -> bool:
        """Holds the worker until there is something in the outbox, and then goes on as told; kills it if that held."""

        async def strike() -> bool:
            async with self._connected() as connection:
                self._signal(signal.SIGSTOP)
                try:
                    return await _soon(lambda: _has_rows(connection)) and await then(connection)
                finally:
                    self._signal(signal.SIGCONT)

        return asyncio.run(strike())

    async def _nothing(self, _: Any) -> bool:
        self._signal(signal.SIGKILL)
        return True

    def _signal(self, number: int) -> None:
        if self.arena.is_alive(self._worker):
            os.kill(self.arena.pid(self._worker), number)

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[Any]:
        connection = await asyncpg.connect(self.arena.dsn(self.service))
        try:
            yield connection
        finally:
            await connection.close()


async def _has_rows(connection: Any) -> bool:
    return bool(await connection.fetchval("select exists (select from outbox)"))


async def _is_blocked(connection: Any, application: str) -> bool:
    """Whether a connection of that name waits for somebody's lock."""
    return bool(
        await connection.fetchval(
            "select exists (select from pg_stat_activity where application_name = $1 and wait_event_type = 'Lock')",
            application,
        )
    )


async def _soon(condition: Callable[[], Awaitable[bool]]) -> bool:
    """Whether it came true in time."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + _CHANCE_SECONDS
    while not await condition():
        if loop.time() > deadline:
            return False
        await asyncio.sleep(_POLL)
    return True
