"""Single records, read again where they stand."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final, Protocol

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from grantstream.kafka.errors import TopicsUnreadable
from grantstream.kafka.groupless_consumer import GrouplessConsumer
from grantstream.kafka.retry_pause import RetryPause

logger = logging.getLogger(__name__)


class RecordPlace(Protocol):
    """Where a record stands. `appended_at_ms`: by the broker, in milliseconds since 1970."""

    @property
    def topic(self) -> str: ...
    @property
    def partition(self) -> int: ...
    @property
    def offset(self) -> int: ...
    @property
    def appended_at_ms(self) -> int: ...


_POLL_MS: Final = 200
_METADATA_POLL: Final = 0.02
_LIMIT: Final = 10.0


class SourceRecords:
    """Finds records by their place; `open_sources` makes one."""

    def __init__(self, consumer: AIOKafkaConsumer, limit: float) -> None:
        self._consumer = consumer
        self._limit = limit
        self._unreadable: set[TopicPartition] = set()

    async def find(self, sought: RecordPlace) -> Any | None:
        """The event's record as aiokafka has it, or None if the topic does not keep it any more, or never had it.

        The append time must be the one that is named: a topic that was made anew counts its records from 0 again.
        Raises TopicsUnreadable if the partition can't be read in time; that is tried once, however many records of it
        are asked for.
        """
        place = TopicPartition(sought.topic, sought.partition)
        if place in self._unreadable:
            raise TopicsUnreadable([sought.topic])
        try:
            async with asyncio.timeout(self._limit):
                return await self._patiently(place, sought)
        except TimeoutError as error:
            self._unreadable.add(place)
            raise TopicsUnreadable([sought.topic]) from error

    async def _patiently(self, place: TopicPartition, sought: RecordPlace) -> Any | None:
        pause = RetryPause(0.05, 1.0)
        while True:
            try:
                return await self._record_at(place, sought)
            except KafkaError as error:
                logger.warning("%s, partition %d can't be read yet: %s", *place, type(error).__name__)
            await asyncio.sleep(pause.next())

    async def _record_at(self, place: TopicPartition, sought: RecordPlace) -> Any | None:
        if not await self._is_there(place):
            # A topic that was made anew may have fewer partitions: aiokafka would wait for this one without end.
            return None
        self._consumer.assign([place])
        first = (await self._consumer.beginning_offsets([place]))[place]
        end = (await self._consumer.end_offsets([place]))[place]
        if not first <= sought.offset < end:
            return None
        self._consumer.seek(place, sought.offset)
        while await self._consumer.position(place) <= sought.offset:
            for record in (await self._consumer.getmany(place, timeout_ms=_POLL_MS, max_records=1)).get(place, ()):
                is_it = record.offset == sought.offset and record.timestamp == sought.appended_at_ms
                return record if is_it else None
        return None

    async def _is_there(self, place: TopicPartition) -> bool:
        """Whether the cluster has this partition."""
        self._consumer.assign([TopicPartition(place.topic, 0)])  # the client asks only for topics that it follows
        while (partitions := self._consumer.partitions_for_topic(place.topic)) is None:  # noqa: ASYNC110
            await asyncio.sleep(_METADATA_POLL)
        return place.partition in partitions


@asynccontextmanager
async def open_sources(bootstrap_servers: str, *, limit: float = _LIMIT) -> AsyncIterator[SourceRecords]:
    """Opens a reader without a group. `limit`: seconds for each record. Raises KafkaError."""
    consumer = GrouplessConsumer(bootstrap_servers=bootstrap_servers, fetch_max_wait_ms=50)
    try:
        await consumer.start()
        yield SourceRecords(consumer, limit)
    finally:
        await consumer.stop()
