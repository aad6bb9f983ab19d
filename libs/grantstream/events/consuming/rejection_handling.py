"""Dead-letters rejected records: first the row that decides, then the copy for people, and only then the group goes on.

A row that is written twice is one row, so a crash in between loses nothing and repeats nothing.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

import asyncpg

from grantstream.events.consuming.applying import Applying
from grantstream.events.consuming.consumer_settings import ConsumerObserver, ConsumerSettings
from grantstream.events.consuming.judging import Rejected
from grantstream.events.dead.copies import DeadLetterCopies
from grantstream.events.dead.rows import dead_letter_of, note_dead_letters
from grantstream.events.errors import EventsError
from grantstream.kafka.errors import TopicFault
from grantstream.kafka.retry_pause import RetryPause

logger = logging.getLogger(__name__)

_HAS_LIBRARY: Final = "select to_regclass('group_place') is not null"


class RejectionHandler:
    """Dead-letters rejected records. `floor_of`: the newest version of a subject that the fence knows."""

    def __init__(
        self,
        applying: Applying,
        copies: DeadLetterCopies,
        group_id: str,
        floor_of: Callable[[str], int],
        settings: ConsumerSettings,
        observer: ConsumerObserver,
    ) -> None:
        self._applying = applying
        self._copies = copies
        self._group_id = group_id
        self._floor_of = floor_of
        self._settings = settings
        self._observer = observer

    async def all(self, rejected: Sequence[Rejected]) -> None:
        """Retries until all are dead-lettered: acknowledged without it, they would be lost."""
        if not rejected:
            return
        # Once: by the time that a copy succeeds, an operator may have redriven the letter.
        await self._until_done(rejected, self._note)
        await self._until_done(rejected, self._copy)

    async def _until_done(
        self, rejected: Sequence[Rejected], step: Callable[[Sequence[Rejected]], Awaitable[None]]
    ) -> None:
        pause = RetryPause(self._settings.first_pause, self._settings.longest_pause)
        while True:
            try:
                return await step(rejected)
            except Exception as error:
                # Any error: going on would lose events, and raising would rewind partitions that others may hold now.
                logger.error("events could not be dead-lettered yet: %s", _spelled(error))
                self._observer.retried(rejected[0].record.topic, type(error).__name__)
            await asyncio.sleep(pause.next())

    async def _copy(self, rejected: Sequence[Rejected]) -> None:
        await self._copies.publish([(each.record, each.reason) for each in rejected])

    async def _note(self, rejected: Sequence[Rejected]) -> None:
        letters = [dead_letter_of(each, self._group_id, self._floor_of) for each in rejected]
        try:
            async with self._applying.transaction() as connection:
                if connection is not None:
                    await note_dead_letters(connection, self._group_id, letters)
        except asyncpg.UndefinedTableError:
            async with self._applying.transaction() as connection:
                if await connection.fetchval(_HAS_LIBRARY):
                    raise  # it has to be migrated
            # A foreign program's database, where no code of ours would go by the rows.
            logger.error("the database has no table dead_letter: the group has only copies of its dead letters")


def _spelled(error: Exception) -> str:
    """The error and its causes. Only our own errors with their text: others may quote data."""
    own = f"{type(error).__name__}: {error}" if isinstance(error, EventsError | TopicFault) else type(error).__name__
    return own if not isinstance(error.__cause__, Exception) else f"{own} ({_spelled(error.__cause__)})"
