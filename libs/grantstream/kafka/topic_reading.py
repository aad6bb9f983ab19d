"""Reads topics from their starts to their ends, without a group: for rebuilds, audits and the owner's sweep.

    async with open_topics(bootstrap_servers, ["app.registered", "app.modified"]) as topics:
        async for records in topics.to_the_ends():  # up to the ends at this call
            ...
        async for records in topics.to_the_ends():  # what was appended meanwhile
            ...

All partitions are read in parallel, each in its order, also those that are added meanwhile. A compacted topic has fewer
records than offsets, so progress is counted in offsets.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from grantstream.contracts.no_op import no_op
from grantstream.kafka.errors import TopicsUnreadable
from grantstream.kafka.followed_topics import FollowedTopics, Log
from grantstream.kafka.groupless_consumer import GrouplessConsumer

Progress = Callable[[int, int], None]
"""Called with the number of passed offsets, and with their total."""

_BATCH: Final = 2_000
_POLL: Final = 0.2
_PATIENCE: Final = 60.0


class TopicReading:
    """Topics that are being read; `open_topics` makes one."""

    def __init__(self, topics: FollowedTopics, consumer: AIOKafkaConsumer, patience: float) -> None:
        self._topics = topics
        self._names = frozenset(topics.topics)
        self._consumer = consumer
        self._patience = patience

    @property
    def position(self) -> int:
        """How many offsets were passed, counted from the topics' starts."""
        return sum(self._topics.next.values()) - sum(self._topics.starts.values())

    @property
    def next_offsets(self) -> Mapping[TopicPartition, tuple[str, int]]:
        """The topic's id and the next offset of each partition."""
        topics = self._topics.topics
        return {each: (topics[each.topic].topic_id, offset) for each, offset in self._topics.next.items()}

    async def behind(self) -> int:
        """How many offsets are left to read now. Raises as `to_the_ends`."""
        return sum(end - self._topics.next[partition] for partition, end in (await self._ends()).items())

    async def to_the_ends(
        self, progress: Progress = no_op, *, of: Collection[TopicPartition] | None = None
    ) -> AsyncIterator[list[Any]]:
        """Batches of aiokafka's records, up to the ends of all partitions at this call.

        `of`: only of these partitions. Raises TopicsUnreadable if no records come any more, or a topic was replaced;
        and KafkaError.
        """
        ends = {each: end for each, end in (await self._ends()).items() if of is None or each in of}
        last = max(sum(ends.values()) - sum(self._topics.starts.values()), self.position)
        moved_at = time.monotonic()
        while unread := [partition for partition, end in ends.items() if self._topics.next[partition] < end]:
            before = self.position
            records = await self._topics.read(wait=_POLL, at_most=_BATCH, of=unread)
            if self.position > before:
                moved_at = time.monotonic()
                progress(min(self.position, last), last)
            elif time.monotonic() - moved_at > self._patience:
                raise TopicsUnreadable(sorted({partition.topic for partition in unread}))
            self._refuse_others(await self._topics.look_if_due())
            if records:
                yield records
                # The caller may have taken long; that says nothing about the brokers.
                moved_at = time.monotonic()

    async def leave_missing_offsets(self) -> None:
        """Goes to the start of each partition that ends before its next offset."""
        starts = self._topics.starts
        ends = await self._ends()
        self._topics.go_to({each: starts[each] for each, end in ends.items() if end < self._topics.next[each]})

    async def _ends(self) -> dict[TopicPartition, int]:
        """The ends of all partitions that exist now."""
        try:
            self._refuse_others(await self._topics.look(self._patience))
        except TimeoutError as error:
            raise TopicsUnreadable(sorted(self._names)) from error
        ends: dict[TopicPartition, int] = await self._consumer.end_offsets(list(self._topics.next))
        return ends

    def _refuse_others(self, replaced: frozenset[str]) -> None:
        """Raises TopicsUnreadable if a topic was deleted or replaced: its old and new records must not be mixed."""
        if lost := replaced | (self._names - self._topics.topics.keys()):
            raise TopicsUnreadable(sorted(lost))


@asynccontextmanager
async def open_topics(
    bootstrap_servers: str,
    topics: Iterable[str],
    *,
    reached: Mapping[Log, int] | None = None,
    patience: float = _PATIENCE,
) -> AsyncIterator[TopicReading]:
    """Opens topics at their starts. `patience`: the reading fails after so many seconds without progress.

    `reached`: the next offsets of an earlier reading, which continues there. A log that is not among them, or does not
    have that offset any more, is read from its start. Raises TopicsUnreadable if a topic doesn't exist or no broker
    answers.
    """
    names = sorted(set(topics))
    consumer = GrouplessConsumer(
        bootstrap_servers=bootstrap_servers,
        auto_offset_reset="none",
        max_poll_records=_BATCH,
        # A request on this connection waits for the answer before it, so no fetch may take long.
        fetch_max_wait_ms=50,
    )
    followed = FollowedTopics(consumer, consumer, names, reached=reached or {})
    try:
        async with asyncio.timeout(patience):
            await consumer.start()
            await followed.look(patience)
    except (KafkaError, OSError, TimeoutError) as error:
        await consumer.stop()
        raise TopicsUnreadable(names) from error
    except BaseException:
        await consumer.stop()
        raise
    try:
        if missing := sorted(set(names) - followed.topics.keys()):
            raise TopicsUnreadable(missing)
        reading = TopicReading(followed, consumer, patience)
        if reached:
            await reading.leave_missing_offsets()
        yield reading
    finally:
        await consumer.stop()
