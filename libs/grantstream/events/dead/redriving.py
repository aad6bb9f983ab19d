"""A group takes an event that it had set aside, after all, because somebody who may has asked for it.

The event is read again where it stands, with its token and its proof, and judged by its own append time: whatever was
wrong with it is still wrong. To take it twice changes nothing, as with any event, so nothing is kept of what was asked.
"""

import asyncio
import logging
from collections.abc import Collection, Sequence
from typing import Final

from grantstream.contracts.events.dead import EventRedriven, EventSetAside, RedriveAsked
from grantstream.contracts.events.state import AggregateState
from grantstream.events.consuming.applying import Applying
from grantstream.events.consuming.consumer_settings import ConsumerObserver, ConsumerSettings
from grantstream.events.consuming.judging import Accepted, Judge, Rejected
from grantstream.events.consuming.projection_floors import drop_floor, where_floors_are_kept
from grantstream.events.consuming.rejection_handling import RejectionHandler
from grantstream.events.dead.dead_letter_marks import DeadLetterMarks
from grantstream.events.dead.source_records import SourceRecords, open_sources
from grantstream.events.errors import TopicsUnreadable
from grantstream.fence.retry_pause import RetryPause

logger = logging.getLogger(__name__)

EVENT_GONE: Final = "event_gone"
"""The reason of a dead letter whose event the topic keeps no more."""

SOURCE_UNREADABLE: Final = "source_unreadable"
"""The reason of a dead letter whose event could not be read again in time: it may be asked for once more."""


class Redriving:
    """What the members of `group_id` do about requests. `topics`: those that the group follows."""

    def __init__(
        self,
        bootstrap_servers: str,
        group_id: str,
        topics: Collection[str],
        judge: Judge,
        applying: Applying,
        rejections: RejectionHandler,
        marks: DeadLetterMarks | None,
        settings: ConsumerSettings,
        observer: ConsumerObserver,
    ) -> None:
        self._bootstrap_servers = bootstrap_servers
        self._group_id = group_id
        self._topics = topics
        self._judge = judge
        self._applying = applying
        self._rejections = rejections
        self._marks = marks
        self._settings = settings
        self._observer = observer

    async def all(self, asked: Sequence[RedriveAsked]) -> None:
        """Takes what was asked of this group, or sets it aside again; goes on until that is told."""
        ours = [each for each in asked if each.group_id == self._group_id and each.topic in self._topics]
        if not ours:
            return
        pause = RetryPause(self._settings.first_pause, self._settings.longest_pause)
        while True:
            try:
                async with open_sources(self._bootstrap_servers) as sources:
                    for each in ours:
                        await self._take(each, sources)
                return
            except Exception as error:
                logger.error("events could not be driven again yet: %s", type(error).__name__)
                self._observer.retried(ours[0].topic, type(error).__name__)
            await asyncio.sleep(pause.next())

    async def _take(self, asked: RedriveAsked, sources: SourceRecords) -> None:
        place = asked.topic, asked.partition, asked.offset
        try:
            record = await sources.find(asked)
        except TopicsUnreadable:
            # Answered all the same: the group would come no further while one partition has no broker.
            logger.error("%s, partition %d, offset %d can't be read again now", *place)
            return await self._publish(EventSetAside(**asked.model_dump(), reason=SOURCE_UNREADABLE))
        if record is None:
            logger.warning("%s, partition %d, offset %d is not there", *place)
            return await self._publish(EventSetAside(**asked.model_dump(), reason=EVENT_GONE))
        verdict = await self._judge.judge(record)
        outcome = await self._applied(verdict) if isinstance(verdict, Accepted) else verdict
        if isinstance(outcome, Rejected):
            return await self._rejections.all([outcome])
        return await self._publish(EventRedriven(**asked.model_dump()))

    async def _applied(self, event: Accepted) -> Rejected | None:
        refused = await self._applying.alone(event)
        if refused is None and isinstance(event.data, AggregateState):
            with where_floors_are_kept():
                async with self._applying.transaction() as connection:
                    if connection is not None:
                        await drop_floor(connection, event.data)
        return refused

    async def _publish(self, mark: EventSetAside | EventRedriven) -> None:
        if self._marks is None:
            logger.warning("this consumer has no credential, so what became of a dead letter is not told")
            return
        await self._marks.append([mark])
