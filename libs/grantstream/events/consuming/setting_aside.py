"""An event that can't be taken is set aside: first noted as lacking in the database, then told, then acknowledged."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from typing import Any, Final

from grantstream.contracts.topics import TOPICS
from grantstream.events.consuming.applying import Applying
from grantstream.events.consuming.consumer_settings import ConsumerObserver, ConsumerSettings
from grantstream.events.consuming.judging import Refused
from grantstream.events.consuming.projection_floors import raise_floor, where_floors_are_kept
from grantstream.events.dead.dead_letters import DeadLetters
from grantstream.events.errors import EventsError
from grantstream.fence.retry_pause import RetryPause

logger = logging.getLogger(__name__)

_SUBJECT: Final = "ce_subject"


class SettingAside:
    """`floor_of`: the newest version of a subject that the fence has told of."""

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

    async def all(self, refused: Sequence[Refused]) -> None:
        """Goes on until all is done: whoever acknowledged without it would lose events."""
        if not refused:
            return
        pause = RetryPause(self._settings.first_pause, self._settings.longest_pause)
        while not await self._done(refused):  # noqa: ASYNC110 - somebody else has to recover
            await asyncio.sleep(pause.next())

    async def _done(self, refused: Sequence[Refused]) -> bool:
        try:
            await self._note_floors(refused)
            await self._dead_letters.publish([(each.record, each.reason) for each in refused])
        except Exception as error:
            # Whatever it is, to go on without it would lose events, and to raise would rewind what others may have now.
            logger.error("events could not be set aside yet: %s", _spelled(error))
            self._observer.retried(refused[0].record.topic, type(error).__name__)
            return False
        return True

    async def _note_floors(self, refused: Sequence[Refused]) -> None:
        floors: dict[str, int] = {}
        for subject, version in filter(None, map(self._floor, refused)):
            # A batch may hold two states of one subject, and not the newest last.
            floors[subject] = max(version, floors.get(subject, 0))
        if not floors:
            return
        with where_floors_are_kept():
            async with self._applying.transaction() as connection:
                if connection is not None:
                    for subject, version in sorted(floors.items()):
                        await raise_floor(connection, subject, version)

    def _floor(self, refused: Refused) -> tuple[str, int] | None:
        """What the projection lacks by this event.

        What the guard did not accept is believed in nothing; but what the fence has told of the subject that it names
        is true in any case, and may be what the event would have brought.
        """
        if refused.state is not None:
            return refused.state.subject, max(refused.state.version, self._floor_of(refused.state.subject))
        topic = TOPICS.get(refused.record.topic)
        if topic is None or topic.cleanup != "compact":
            return None
        subject = _subject(refused.record)
        version = 0 if subject is None else self._floor_of(subject)
        return (subject, version) if subject is not None and version else None


def _spelled(error: Exception) -> str:
    """The error and what it was raised from; only our own say more than their name, since others may quote data."""
    own = f"{type(error).__name__}: {error}" if isinstance(error, EventsError) else type(error).__name__
    return own if not isinstance(error.__cause__, Exception) else f"{own} ({_spelled(error.__cause__)})"


def _subject(record: Any) -> str | None:
    found = next((value for name, value in record.headers if name == _SUBJECT and value is not None), None)
    try:
        return None if found is None else found.decode()
    except UnicodeDecodeError:
        return None
