"""Dead-letters rejected records: first it stores the projection's floor, then it publishes the dead letter."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from typing import Any, Final

from grantstream.contracts.topics import TOPICS
from grantstream.events.consuming.applying import Applying
from grantstream.events.consuming.consumer_settings import ConsumerObserver, ConsumerSettings
from grantstream.events.consuming.judging import Rejected
from grantstream.events.consuming.projection_floors import raise_floor, where_floors_are_kept
from grantstream.events.dead.dead_letters import DeadLetters
from grantstream.events.errors import EventsError
from grantstream.fence.retry_pause import RetryPause

logger = logging.getLogger(__name__)

_SUBJECT: Final = "ce_subject"


class RejectionHandler:
    """Dead-letters rejected records. `floor_of`: the newest version of a subject that the fence knows."""

    def __init__(
        self,
        applying: Applying,
        dead_letters: DeadLetters,
        floor_of: Callable[[str], int],
        settings: ConsumerSettings,
        observer: ConsumerObserver,
    ) -> None:
        self._applying = applying
        self._dead_letters = dead_letters
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
            await self._note_floors(rejected)
            await self._dead_letters.publish([(each.record, each.reason) for each in rejected])
        except Exception as error:
            # Any error: continuing would lose events, and raising would rewind partitions that others may hold now.
            logger.error("events could not be dead-lettered yet: %s", _spelled(error))
            self._observer.retried(rejected[0].record.topic, type(error).__name__)
            return False
        return True

    async def _note_floors(self, rejected: Sequence[Rejected]) -> None:
        floors: dict[str, int] = {}
        for subject, version in filter(None, map(self._floor, rejected)):
            # A batch may hold several states of one subject, in any order.
            floors[subject] = max(version, floors.get(subject, 0))
        if not floors:
            return
        with where_floors_are_kept():
            async with self._applying.transaction() as connection:
                if connection is not None:
                    for subject, version in sorted(floors.items()):
                        await raise_floor(connection, subject, version)

    def _floor(self, rejected: Rejected) -> tuple[str, int] | None:
        """The subject and version that the projection lacks without this event.

        The content of a record that the guard refused is not believed. But the fence's version of the subject that it
        names is true, and may be the version that the record would have brought.
        """
        if rejected.state is not None:
            return rejected.state.subject, max(rejected.state.version, self._floor_of(rejected.state.subject))
        topic = TOPICS.get(rejected.record.topic)
        if topic is None or topic.cleanup != "compact":
            return None
        subject = _subject(rejected.record)
        version = 0 if subject is None else self._floor_of(subject)
        return (subject, version) if subject is not None and version else None


def _spelled(error: Exception) -> str:
    """The error and its causes. Only our own errors with their text: others may quote data."""
    own = f"{type(error).__name__}: {error}" if isinstance(error, EventsError) else type(error).__name__
    return own if not isinstance(error.__cause__, Exception) else f"{own} ({_spelled(error.__cause__)})"


def _subject(record: Any) -> str | None:
    subject = next((value for name, value in record.headers if name == _SUBJECT and value is not None), None)
    try:
        return None if subject is None else subject.decode()
    except UnicodeDecodeError:
        return None
