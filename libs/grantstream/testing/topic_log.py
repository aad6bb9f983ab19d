"""The records that were appended to topics since a test began."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any, Final, Self

from aiokafka import TopicPartition

from grantstream.contracts.topics import TOPICS
from grantstream.kafka.agreed_topics import partitions_of
from grantstream.kafka.groupless_consumer import GrouplessConsumer
from grantstream.kafka.topic_description import describe_topics

_WAIT_MILLISECONDS: Final = 100


class TopicLog:
    """Reads topics from where they ended when it was opened. An async context manager."""

    def __init__(self, bootstrap_servers: str) -> None:
        self._consumer = GrouplessConsumer(bootstrap_servers=bootstrap_servers)
        self._next: dict[TopicPartition, int] = {}
        self._seen: dict[str, list[Any]] = defaultdict(list)

    async def __aenter__(self) -> Self:
        await self._consumer.start()
        partitions = await self._partitions(name for each in TOPICS.values() for name in (each.name, each.dead_letters))
        self._consumer.assign(partitions)  # so that aiokafka asks for all at once, not topic by topic (4 s)
        self._next = await self._consumer.end_offsets(partitions)
        self._consumer.unsubscribe()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._consumer.stop()

    async def since_opened(self, topic: str) -> list[Any]:
        """The aiokafka records that are on a topic now and were appended after the opening."""
        # In a partition that was added since, every record is new.
        partitions = await self._partitions([topic])
        if not partitions:
            raise ValueError(f"{topic} is no topic of the register")
        ends = await self._consumer.end_offsets(partitions)
        behind = [partition for partition in partitions if self._next.get(partition, 0) < ends[partition]]
        self._consumer.assign(behind)
        for partition in behind:
            self._consumer.seek(partition, self._next.get(partition, 0))
        # By position, not by the records read: after compaction the last offsets may be gone.
        while any([await self._consumer.position(partition) < ends[partition] for partition in behind]):
            for records in (await self._consumer.getmany(timeout_ms=_WAIT_MILLISECONDS)).values():
                self._seen[topic] += records
        self._next.update({partition: await self._consumer.position(partition) for partition in behind})
        return self._seen[topic]

    async def at(self, topic: str, partition: int, offset: int) -> Any:
        """The record at one position, whenever it was appended."""
        place = TopicPartition(topic, partition)
        self._consumer.assign([place])
        self._consumer.seek(place, offset)
        while not (batches := await self._consumer.getmany(place, timeout_ms=_WAIT_MILLISECONDS, max_records=1)):
            pass
        [record] = batches[place]
        return record

    async def _partitions(self, topics: Iterable[str]) -> list[TopicPartition]:
        return partitions_of(await describe_topics(self._consumer._client, list(topics)))
