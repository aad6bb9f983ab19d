"""What was appended to topics since a test began."""

from collections import defaultdict
from types import TracebackType
from typing import Any, Final, Self

from aiokafka import TopicPartition

from grantstream.contracts.topics import TOPICS
from grantstream.fence.groupless_consumer import GrouplessConsumer

_DEAD_PARTITIONS: Final = 1
_WAIT_MILLISECONDS: Final = 100


class TopicLog:
    """Reads topics from where they ended when it was opened. An async context manager."""

    def __init__(self, bootstrap_servers: str) -> None:
        self._consumer = GrouplessConsumer(bootstrap_servers=bootstrap_servers)
        self._next: dict[TopicPartition, int] = {}
        self._seen: dict[str, list[Any]] = defaultdict(list)

    async def __aenter__(self) -> Self:
        await self._consumer.start()
        partitions = _every_partition()
        self._consumer.assign(partitions)  # so that aiokafka asks for all at once, not topic by topic (4 s)
        self._next = await self._consumer.end_offsets(partitions)
        self._consumer.unsubscribe()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._consumer.stop()

    async def since_opened(self, topic: str) -> list[Any]:
        """The aiokafka records that stand in a topic now and were appended after the opening."""
        partitions = [partition for partition in self._next if partition.topic == topic]
        if not partitions:
            raise ValueError(f"{topic} is no topic of the register")
        ends = await self._consumer.end_offsets(partitions)
        behind = [partition for partition in partitions if self._next[partition] < ends[partition]]
        self._consumer.assign(behind)
        for partition in behind:
            self._consumer.seek(partition, self._next[partition])
        # By position, not by what was read: after compaction the last offsets may be gone.
        while any([await self._consumer.position(partition) < ends[partition] for partition in behind]):
            for records in (await self._consumer.getmany(timeout_ms=_WAIT_MILLISECONDS)).values():
                self._seen[topic] += records
        self._next.update({partition: await self._consumer.position(partition) for partition in behind})
        return self._seen[topic]

    async def at(self, topic: str, partition: int, offset: int) -> Any:
        """The record at one place, whenever it was appended."""
        place = TopicPartition(topic, partition)
        self._consumer.assign([place])
        self._consumer.seek(place, offset)
        while not (found := await self._consumer.getmany(place, timeout_ms=_WAIT_MILLISECONDS, max_records=1)):
            pass
        [record] = found[place]
        return record


def _every_partition() -> list[TopicPartition]:
    sources = [TopicPartition(topic.name, number) for topic in TOPICS.values() for number in range(topic.partitions)]
    dead = [
        TopicPartition(topic.dead_letters, number) for topic in TOPICS.values() for number in range(_DEAD_PARTITIONS)
    ]
    return sources + dead
