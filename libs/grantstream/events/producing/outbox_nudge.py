"""Wakes the relay after a commit.

NOTIFY inside the writing transaction would make all writers of a database commit one after another, so it is sent
afterwards, and for many commits at once. It is a hint: the relay polls as well, so a lost one costs milliseconds.
"""

import asyncio
import logging

from grantstream.events.producing.outbox import QUERIES
from grantstream.postgres.passing import DATABASE_FAILURES
from grantstream.postgres.pool import Pool

logger = logging.getLogger(__name__)


class OutboxNudge:
    """At most one nudge is on its way and one waits, however many ask. `pool` is an asyncpg pool."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._wanted = False
        self._task: asyncio.Task[None] | None = None

    async def __call__(self) -> None:
        """Asks for a nudge; call it after the commit. Returns without waiting for it."""
        self._wanted = True
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._send(), name="outbox-nudge")

    async def close(self) -> None:
        """Waits for the nudge that is on its way."""
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
