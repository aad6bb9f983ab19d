"""The record that a dead letter tells of, read again where it stands."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, TopicPartition

from grantstream.contracts.events.dead import DeadLetterEvent
from grantstream.fence.groupless_consumer import GrouplessConsumer

_POLL_MS: Final = 200


class SourceRecords:
    """Finds records by their place; `open_sources` makes one."""

    def __init__(self, consumer: AIOKafkaConsumer) -> None:
        self._consumer = consumer

    async def find(self, told: DeadLetterEvent) -> Any | None:
        """The event's record as aiokafka has it, or None if the topic does not keep it any more. Raises KafkaError.

        The append time must be the one that was told: a topic that was made anew counts its records from 0 again.
        """
        place = TopicPartition(told.topic, told.partition)
        self._consumer.assign([place])
        first = (await self._consumer.beginning_offsets([place]))[place]
        end = (await self._consumer.end_offsets([place]))[place]
        if not first <= told.offset < end:
            return None
        self._consumer.seek(place, told.offset)
        while await self._consumer.position(place) <= told.offset:
            for record in (await self._consumer.getmany(place, timeout_ms=_POLL_MS, max_records=1)).get(place, ()):
                found = record.offset == told.offset and record.timestamp == told.appended_at_ms
                return record if found else None
        return None


@asynccontextmanager
async def open_sources(bootstrap_servers: str) -> AsyncIterator[SourceRecords]:
    """Opens a reader without a group. Raises KafkaError."""
    consumer = GrouplessConsumer(
        bootstrap_servers=bootstrap_servers,
        fetch_max_wait_ms=50,
    )
    try:
        await consumer.start()
        yield SourceRecords(consumer)
    finally:
        await consumer.stop()
