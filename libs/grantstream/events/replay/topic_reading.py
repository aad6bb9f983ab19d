"""Reads topics from their starts to their ends, without a group: for whatever is made anew from all that was told.

    async with open_topics(bootstrap_servers, ["app.registered", "app.modified"]) as topics:
        async for records in topics.to_the_ends():  # as they stand at this call
            ...
        async for records in topics.to_the_ends():  # what was appended meanwhile
            ...

All partitions that the brokers have are read, in parallel, and each in its order. A compacted topic holds fewer records
than its offsets promise, so progress is counted in offsets.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from grantstream.events.errors import TopicsUnreadable
from grantstream.fence.groupless_consumer import GrouplessConsumer
from grantstream.guard.uncounted import uncounted

Progress = Callable[[int, int], None]
"""Is told how many offsets were passed, of how many."""

_BATCH: Final = 2_000
_POLL_MS: Final = 200
_PATIENCE: Final = 60.0


class TopicReading:
    """An open reading; `open_topics` makes one. `position` counts from the topics' starts, in offsets."""

    def __init__(self, consumer: AIOKafkaConsumer, beginnings: dict[TopicPartition, int], patience: float) -> None:
        self._consumer = consumer
        self._next = dict(beginnings)
        self._beginnings = beginnings
        self._patience = patience

    @property
    def position(self) -> int:
        """How many offsets were passed until now."""
        return sum(self._next.values()) - sum(self._beginnings.values())

    async def behind(self) -> int:
        """How many offsets there are that were not read yet."""
        return sum(end - self._next[partition] for partition, end in (await self._ends()).items())

    async def to_the_ends(self, progress: Progress = uncounted) -> AsyncIterator[list[Any]]:
        """Batches of aiokafka's records, up to what had been appended when this was called.

        Raises TopicsUnreadable if nothing comes any more, and KafkaError.
        """
        ends = await self._ends()
        last = max(sum(ends.values()) - sum(self._beginnings.values()), self.position)
        moved_at = time.monotonic()
        while unread := [partition for partition, end in ends.items() if self._next[partition] < end]:
            before = self.position
            records = await self._some(unread)
            if self.position > before:
                moved_at = time.monotonic()
                progress(min(self.position, last), last)
            elif time.monotonic() - moved_at > self._patience:
                raise TopicsUnreadable(sorted({partition.topic for partition in unread}))
            if records:
                yield records

    async def _some(self, unread: list[TopicPartition]) -> list[Any]:
        found = await self._consumer.getmany(*unread, timeout_ms=_POLL_MS, max_records=_BATCH)
        for partition in unread:
            self._next[partition] = await self._consumer.position(partition)
        return [record for records in found.values() for record in records]

    async def _ends(self) -> dict[TopicPartition, int]:
        ends: dict[TopicPartition, int] = await self._consumer.end_offsets(list(self._next))
        return ends


@asynccontextmanager
async def open_topics(
    bootstrap_servers: str, topics: Iterable[str], *, patience: float = _PATIENCE
) -> AsyncIterator[TopicReading]:
    """Opens topics at their starts. `patience`: seconds without anything new before the reading is given up.

    Raises TopicsUnreadable if a topic isn't there or no broker answers.
    """
    names = sorted(set(topics))
    # Not yet an assignment: it would start anew whenever a topic got more partitions.
    consumer = GrouplessConsumer(
        *names,
        bootstrap_servers=bootstrap_servers,
        max_poll_records=_BATCH,
        # A question on this connection waits for the answer before it, so no fetch may be long in coming.
        fetch_max_wait_ms=50,
    )
    try:
        async with asyncio.timeout(patience):
            await consumer.start()
            beginnings = await _at_the_starts(consumer)
    except (KafkaError, OSError, TimeoutError) as error:
        await consumer.stop()
        raise TopicsUnreadable(names) from error
    except BaseException:
        await consumer.stop()
        raise
    try:
        yield TopicReading(consumer, beginnings, patience)
    finally:
        await consumer.stop()


async def _at_the_starts(consumer: AIOKafkaConsumer) -> dict[TopicPartition, int]:
    partitions = sorted(consumer.assignment())
    consumer.unsubscribe()
    consumer.assign(partitions)
    beginnings: dict[TopicPartition, int] = await consumer.beginning_offsets(partitions)
    for partition, offset in beginnings.items():
        consumer.seek(partition, offset)
    return beginnings
