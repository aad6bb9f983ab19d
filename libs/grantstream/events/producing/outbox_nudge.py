"""Wakes the relay after a commit.

NOTIFY inside the writing transaction would make all commits of a database wait for each other. So it is sent after the
commit, and once for many commits. It is a hint: the relay also polls, so a lost one costs milliseconds.
"""

import asyncio
import logging

from grantstream.events.producing.outbox import QUERIES
from grantstream.postgres.passing import DATABASE_FAILURES
from grantstream.postgres.pool import Pool

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
