"""What the broker has of a topic's partitions now: of which topic they are, where they begin and where they end."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from aiokafka import AIOKafkaConsumer, TopicPartition

from grantstream.kafka.topic_description import describe_topics

_NO_LEADER = -1


@dataclass(frozen=True, slots=True)
class LogBounds:
    """One partition of the topic `topic_id`: the offset of its oldest record, and that of the next to be appended."""

    topic_id: str
    beginning: int
    end: int


async def read_bounds(
    consumer: AIOKafkaConsumer, topics: Collection[str], only: Collection[TopicPartition] | None = None
) -> Mapping[TopicPartition, LogBounds]:
    """All partitions of these topics that exist, or those of them that are in `only`. Raises KafkaError.

    The ids are read first: whoever then finds the bounds of a younger topic has them under the id of the older one, and
    the next look shows that it is gone. While no broker leads one of the partitions, this goes on asking.
    """
    described = await describe_topics(consumer._client, topics)
    there = {TopicPartition(topic.name, number) for topic in described.values() for number in topic.partitions}
    wanted = there if only is None else there & set(only)
    if not wanted:
        return {}
    beginnings = await consumer.beginning_offsets(wanted)
    ends = await consumer.end_offsets(wanted)
    return {
        partition: LogBounds(described[partition.topic].topic_id, beginnings[partition], ends[partition])
        for partition in wanted
    }


def led(consumer: AIOKafkaConsumer, partitions: Collection[TopicPartition]) -> set[TopicPartition]:
    """Those that some broker leads, as far as `consumer` knows: only they can be asked about."""
    return {each for each in partitions if consumer._client.cluster.leader_for_partition(each) != _NO_LEADER}
