"""Dead-letters rejected records: first the row that decides, then the copy for people, and only then the group goes on.

A row that is written twice is one row, so a crash in between loses nothing and repeats nothing.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence

from grantstream.events.consuming.applying import Applying
from grantstream.events.consuming.consumer_settings import ConsumerObserver, ConsumerSettings
from grantstream.events.consuming.judging import Rejected
from grantstream.events.dead.copies import DeadLetterCopies
from grantstream.events.dead.rows import NOT_KEPT, dead_letter_of, note_dead_letters
from grantstream.events.errors import EventsError
from grantstream.kafka.errors import TopicFault
from grantstream.kafka.retry_pause import RetryPause

logger = logging.getLogger(__name__)


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
        pause = RetryPause(self._settings.first_pause, self._settings.longest_pause)
        while not await self._done(rejected):  # noqa: ASYNC110 - another server has to recover
            await asyncio.sleep(pause.next())

    async def _done(self, rejected: Sequence[Rejected]) -> bool:
        try:
            await self._note(rejected)
            await self._copies.publish([(each.record, each.reason) for each in rejected])
        except Exception as error:
            # Any error: continuing would lose events, and raising would rewind partitions that others may hold now.
            logger.error("events could not be dead-lettered yet: %s", _spelled(error))
            self._observer.retried(rejected[0].record.topic, type(error).__name__)
            return False
        return True

    async def _note(self, rejected: Sequence[Rejected]) -> None:
        letters = [dead_letter_of(each, self._group_id, self._floor_of) for each in rejected]
        try:
            async with self._applying.transaction() as connection:
                if connection is not None:
                    await note_dead_letters(connection, self._group_id, letters)
        except NOT_KEPT as error:
            # A foreign program's database, where no code of ours would go by the rows.
            logger.error("the database keeps no dead letters (%s on dead_letter)", type(error).__name__)


def _spelled(error: Exception) -> str:
    """The error and its causes. Only our own errors with their text: others may quote data."""
    own = f"{type(error).__name__}: {error}" if isinstance(error, EventsError | TopicFault) else type(error).__name__
    return own if not isinstance(error.__cause__, Exception) else f"{own} ({_spelled(error.__cause__)})"
